"""What `relcomm.patterns.my_side` hands back, and how it is put in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from typing import Any

from relcomm.dates import day
from relcomm.frozen import FrozenDict
from relcomm.labels import LABELS
from relcomm.patterns.grounds import SAFETY, joined
from relcomm.types import Rate

WEEKS, TURNS = 6, 60
"""How many weeks and dated turns there must be before a change is looked for."""
CASES = 3
"""From how many answers on two shares are said to lie apart: one or two are no habit."""
TOLD = 3
"""How many rows of the table the summary tells."""
CLOSING = "Marks are a program's reading of words, wrong at times; the other side's part is not told here."


@dataclass(frozen=True, slots=True)
class After:
    """How often the speaker answered with ``mine`` where the other's words had ``other``, and how often otherwise."""

    other: str
    mine: str
    there: Rate
    otherwise: Rate

    @property
    def apart(self) -> bool:
        """Whether the two intervals do not touch, and the higher share is of `CASES` answers or more."""
        if self.there.low > self.otherwise.high:
            return self.there.count >= CASES
        return self.there.high < self.otherwise.low and self.otherwise.count >= CASES


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO week: its Monday, how many turns, and the rate of each label."""

    monday: date
    turns: int
    rates: Mapping[str, Rate]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", FrozenDict(self.rates))


@dataclass(frozen=True, slots=True)
class Change:
    """A label's share before and from a week on. ``p`` is corrected for the labels tried."""

    label: str
    monday: date
    before: Rate
    since: Rate
    p: float


@dataclass(frozen=True, slots=True)
class MySide:
    """One speaker's own side. ``tried`` are the labels looked at for changes, ``undated`` the turns without a time."""

    name: str = field(repr=False)
    turns: int
    rates: Mapping[str, Rate]
    after: tuple[After, ...]
    weeks: tuple[Week, ...]
    changes: tuple[Change, ...]
    tried: tuple[str, ...]
    undated: int
    threats_left_out: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", FrozenDict(self.rates))

    @property
    def did(self) -> str:
        """What the speaker did, in a sentence."""
        return _own(self)

    @property
    def answers(self) -> tuple[str, ...]:
        """What the speaker did after what: a sentence for each row whose intervals lie apart, the furthest first."""
        apart = sorted((row for row in self.after if row.apart), key=lambda r: -abs(r.there.value - r.otherwise.value))
        return tuple(_answer(self, row) for row in apart[:TOLD])

    @property
    def over_time(self) -> tuple[str, ...]:
        """What changed over the weeks, a sentence a change; or one that says why none is told."""
        return tuple(_change(change) for change in self.changes) or (_no_change(self),)

    @property
    def safety(self) -> str:
        """A sentence about threats, where there are any; else empty."""
        threat = self.rates.get("threat")
        return SAFETY if self.threats_left_out or (threat is not None and threat.count > 0) else ""

    @property
    def summary(self) -> tuple[str, ...]:
        """The figures in sentences: about the talk, for the one whose side it is."""
        told = (self.did, *self.answers, *self.over_time, self.safety, CLOSING)
        return tuple(sentence for sentence in told if sentence)

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON: dates in ISO form, each rate with its value, the summary too."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)} | {"summary": list(self.summary)}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        found = {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        return found | {"rate": value.value} if isinstance(value, Rate) else found
    return value


def _called(label: str) -> str:
    """The label's title as it stands within a sentence."""
    known = LABELS.get(label)
    return (known.title if known else label.replace("_", " ")).lower()


def _own(side: MySide) -> str:
    seen = [f"{_called(label)} {found.count}" for label, found in side.rates.items() if found.count]
    turns = "1 turn" if side.turns == 1 else f"{side.turns} turns"
    if not seen:
        return f"No label was found on {side.name}'s {turns}."
    return f"Labels on {side.name}'s {turns}: {joined(seen)}."


def _answer(side: MySide, row: After) -> str:
    return (
        f"After the other's words had {_called(row.other)}, {side.name}'s answer had {_called(row.mine)} in "
        f"{row.there.count} of {row.there.turns}; otherwise in {row.otherwise.count} of {row.otherwise.turns}."
    )


def _change(change: Change) -> str:
    return (
        f"From the week of {day(change.monday)} on, {_called(change.label)} came in {change.since.count} of "
        f"{change.since.turns} turns, before that in {change.before.count} of {change.before.turns}."
    )


def _no_change(side: MySide) -> str:
    dated = side.turns - side.undated
    if not dated:
        return "These turns have no dates, so nothing is told about weeks."
    if len(side.weeks) < WEEKS or dated < TURNS:
        few = f"here are {dated} in {len(side.weeks)}"
        return f"Changes are looked for from {TURNS} dated turns in {WEEKS} weeks on; {few}."
    if not side.tried:
        return "No label came often enough to tell a change over the weeks."
    return "No change over the weeks is supported by these turns."

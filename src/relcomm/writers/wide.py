"""A wide table as LIWC makes them: a row for everybody and for each speaker, a column a label, percent of turns.

``wide`` has one unit, the whole conversation; ``wide:turn`` has one a turn; ``wide:10s`` cuts the time into bins of ten
seconds, as observers code couples. There a turn counts in every bin it reaches into, or, if nobody knows when it ended,
in the one it starts in; bins in which nobody speaks have no row; turns without a time have rows of their own, with an
empty unit. Seconds are those of the recording, or else count from the first turn that has a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from relcomm.errors import InputError
from relcomm.shares import rate
from relcomm.types import Analysis, Conversation
from relcomm.writers.columns import own_names
from relcomm.writers.csv import sheet
from relcomm.writers.page import Page, labels_of
from relcomm.writers.timeline import seconds_of

SUFFIX = ".csv"
OPTIONS: Mapping[str, str] = MappingProxyType({"turn": "a unit each turn", "10s": "units of ten seconds"})
HEAD = ("conversation", "unit", "start", "end", "who", "speaker", "turns", "words")
_BIN = 10

Units = dict[tuple[Any, ...], list[int]]
"""The turns, by position, of each unit: its number, and its start and end in seconds where it has them."""


def render(analysis: Analysis, option: str = "") -> Page:
    """For each unit a row for everybody and one a speaker: turns, words, and for each label the percent of turns."""
    units, remarks = _UNITS[option](analysis.conversation)
    names = labels_of(analysis)
    page = sheet([*HEAD, *own_names(names, HEAD)], _rows(analysis, units, names))
    # This table has no exact form: what is said of csv must not be said here.
    defused = tuple(remark.partition(";")[0] for remark in page.remarks)
    return Page(page.content, (*defused, *remarks))


def _rows(analysis: Analysis, units: Units, names: tuple[str, ...]) -> Iterator[list[Any]]:
    said = analysis.conversation.utterances
    for unit, turns in units.items():
        speakers = dict.fromkeys(said[n].speaker for n in turns)
        groups = [("everybody", "", turns)]
        groups += [("speaker", name, [n for n in turns if said[n].speaker == name]) for name in speakers]
        for who, name, own in groups:
            words = sum(len(said[n].text.split()) for n in own)
            found = [sum(label in analysis.predictions[n].labels for n in own) for label in names]
            percents = [round(100 * rate(count, len(own)).value, 4) for count in found]
            yield [analysis.conversation.id, *unit, who, name, len(own), words, *percents]


def _whole(talk: Conversation) -> tuple[Units, tuple[str, ...]]:
    return {(1, None, None): list(range(len(talk)))}, ()


def _by_turn(talk: Conversation) -> tuple[Units, tuple[str, ...]]:
    return {(n + 1, *seconds_of(said)): [n] for n, said in enumerate(talk.utterances)}, ()


def _by_bin(talk: Conversation) -> tuple[Units, tuple[str, ...]]:
    spans = _spans(talk)
    if talk.utterances and all(start is None for start, _ in spans):
        raise InputError("no turn has a time, so there are no units of ten seconds; take wide or wide:turn")
    units: Units = {}
    untimed = [n for n, (start, _) in enumerate(spans) if start is None]
    for n, (start, end) in enumerate(spans):
        if start is None:
            continue
        first = int(start // _BIN)
        # A turn that ends where a bin begins does not reach into it.
        last = first if end is None or end <= start else max(first, -int(-end // _BIN) - 1)
        for place in range(first, last + 1):
            units.setdefault((place + 1, place * _BIN, (place + 1) * _BIN), []).append(n)
    units = dict(sorted(units.items()))
    if untimed:
        units[None, None, None] = untimed
    return units, (f"{len(untimed)} turns have no time that fits the others': their rows have no unit",) * bool(untimed)


def _spans(talk: Conversation) -> list[tuple[float | None, float | None]]:
    """Where each turn starts and ends, in seconds into the recording or since the first turn."""
    spans = [seconds_of(said) for said in talk.utterances]
    if any(start is not None for start, _ in spans):
        return spans
    times = [said.time for said in talk.utterances]
    first = next((time for time in times if time), None)
    if first is None:
        return spans
    aware = first.tzinfo is not None
    return [((time - first).total_seconds() if _fits(time, aware=aware) else None, None) for time in times]  # type: ignore[operator]


def _fits(time: datetime | None, *, aware: bool) -> bool:
    """Whether there is a time that can be compared: one with an offset among such, one without among those."""
    return time is not None and (time.tzinfo is not None) is aware


_UNITS: Mapping[str, Callable[[Conversation], tuple[Units, tuple[str, ...]]]] = MappingProxyType(
    {"": _whole, "turn": _by_turn, "10s": _by_bin}
)

"""Agreement of coders, two by two and all together, label by label and overall: the rows of one table.

A `Block` is what some coders made of the same units in one respect; `measured` makes a row of figures of it, each with
an interval by conversation. For coded turns (`turn_blocks`) the respects are

* **overall**: the exact set of a turn's labels, "no label" being one set among others;
* **any label** and **any harmful label**: whether there is one, whichever;
* **each label**, yes or no. Where a turn has several labels, each is judged by itself.

Only turns that at least two of the coders coded count. `rate_rows` compares how often each speaker of each conversation
has a label, by intraclass correlations.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relcomm.errors import InputError
from relcomm.labels import LABELS
from relcomm.research import icc
from relcomm.research.agreement import MISSING, Floats, Tally, coefficients, specific, sums_of
from relcomm.research.coded import Study
from relcomm.research.resampling import DRAWS, Figure, Measure, figures, grouped

OVERALL, ANY, HARM = "overall", "any label", "any harmful label"
YES = 1


@dataclass(frozen=True, slots=True)
class Block:
    """Codes of the same units by some coders in one respect: ``codes`` ``(units, coders)`` are numbers of categories.

    ``by`` says what a unit is ("turns", "time" or "events"), ``groups`` names each unit's conversation. Where there are
    two categories, 1 stands for the label. ``plain`` are the codes as they were given, where ``codes`` are not.
    """

    coders: tuple[str, ...]
    label: str
    codes: NDArray[np.intp] = field(repr=False)
    categories: int
    groups: Sequence[Hashable] = field(repr=False)
    by: str = "turns"
    plain: NDArray[np.intp] | None = field(default=None, repr=False)

    @property
    def is_label(self) -> bool:
        """Whether it is about one thing, there or not, so that there are cases to count."""
        return self.categories == 2 and self.label != OVERALL


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: who, about what, on how many units, how often each gave the label, and the figures.

    ``cases`` is empty where there is no label to count; ``notes`` say in words why a figure is missing.
    """

    coders: tuple[str, ...]
    label: str
    by: str
    units: int
    cases: tuple[int, ...]
    figures: Mapping[str, Figure]
    notes: tuple[str, ...] = ()

    @property
    def between(self) -> str:
        """Who is compared, in words."""
        return " – ".join(self.coders)

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON."""
        return {
            "coders": list(self.coders),
            "label": self.label,
            "by": self.by,
            "units": self.units,
            "cases": list(self.cases),
            "figures": {name: figure.to_dict() for name, figure in self.figures.items()},
            "notes": list(self.notes),
        }


def measured(block: Block, *, draws: int = DRAWS) -> Row:
    """The figures of a block: percent, kappa, alpha, AC1, and for a label the specific agreement ("F1")."""
    parts = grouped(sums_of(block.codes, block.categories), block.groups)
    found = figures(parts, measure_of(block), draws=draws)
    given = block.codes if block.plain is None else block.plain
    cases = tuple(int(n) for n in (given == YES).sum(axis=0)) if block.is_label else ()
    return Row(block.coders, block.label, block.by, len(given), cases, found, _notes(block, cases, found))


def measure_of(block: Block) -> Measure:
    """How the figures of a block come from its sums."""

    def measure(sums: Floats) -> dict[str, Floats]:
        tally = Tally.unpack(sums)
        found = coefficients(tally, coders=len(block.coders))
        return found | ({"F1": specific(tally, YES)} if block.is_label else {})

    return measure


def _notes(block: Block, cases: tuple[int, ...], found: Mapping[str, Figure]) -> tuple[str, ...]:
    if not len(block.codes):
        return ("no unit was coded by two of them",)
    if found["kappa"].value is None:
        if cases and not any(cases):
            return ("nobody gave it, so kappa and alpha are undefined: nothing could have shown disagreement",)
        return ("all codes are the same, so kappa and alpha are undefined: nothing could have shown disagreement",)
    notes = []
    if found["kappa"].low is None and len(set(block.groups)) > 1:
        notes.append("in many draws of conversations there is no case, so there is no interval")
    if cases and max(cases) < 10:
        notes.append("fewer than ten cases: one case more or less moves the figures much")
    if found["percent"].value == 1:
        # The rule of three (Hanley & Lippman-Hand 1983): none in n is no more than 3 in n, at 95 %.
        notes.append("no disagreement was seen, so the interval tells nothing; of n cases, up to 3 may still be wrong")
    return tuple(notes)


def pairs_and_all(coders: Sequence[str], model: str | None = None) -> list[tuple[str, ...]]:
    """Who to compare: the people two by two, then, from three on, all of them, then each with the model."""
    people = [name for name in coders if name != model]
    found: list[tuple[str, ...]] = [*combinations(people, 2)]
    found += [tuple(people)] if len(people) > 2 else []
    return found + ([(name, model) for name in people] if model else [])


def turn_blocks(study: Study, coders: tuple[str, ...], labels: Sequence[str]) -> Iterator[Block]:
    """The blocks of some coders: overall, any label, any harmful label, and each label."""
    codes = [study.coders[name] for name in coders]
    keys = [key for key in study.places if sum(key in given for given in codes) >= 2]
    groups = [study.places[key].conversation for key in keys]
    wanted = frozenset(labels)
    sets = [[given[key] & wanted if key in given else None for given in codes] for key in keys]
    seen = {each: n for n, each in enumerate(dict.fromkeys(s for row in sets for s in row if s is not None))}

    def block(label: str, numbers: Mapping[frozenset[str], int], categories: int) -> Block:
        rows = [[MISSING if s is None else numbers[s] for s in row] for row in sets]
        return Block(coders, label, np.array(rows, dtype=np.intp).reshape(-1, len(coders)), categories, groups)

    yield block(OVERALL, seen, max(2, len(seen)))
    yield block(ANY, {s: int(bool(s)) for s in seen}, 2)
    if harmful := frozenset(name for name in labels if name in LABELS and LABELS[name].harmful):
        yield block(HARM, {s: int(bool(s & harmful)) for s in seen}, 2)
    for label in labels:
        yield block(label, {s: int(label in s) for s in seen}, 2)


def turn_rows(
    study: Study, *, labels: Sequence[str] | None = None, model: str | None = None, draws: int = DRAWS
) -> list[Row]:
    """The table of a study's coders; ``model`` names the one that is none. Raises `InputError` if no two coded a turn."""
    if len(study.coders) < 2:
        raise InputError(
            "there is one coder only: agreement needs the codes of two, in two files or told apart by a column called "
            "coder; to compare one coder with the model, add --model"
        )
    chosen = study.labels if labels is None else tuple(labels)
    rows = [
        measured(block, draws=draws)
        for coders in pairs_and_all(tuple(study.coders), model)
        for block in turn_blocks(study, coders, chosen)
    ]
    if not any(row.units for row in rows):
        raise InputError("no turn was coded by two of the coders: do their files call the same turns by the same ids?")
    return rows


def rates_of(study: Study, coders: tuple[str, ...], label: str) -> tuple[Floats, list[str]]:
    """Shares of turns with a label, ``(speakers, coders)``, and each speaker's conversation.

    A speaker of one conversation is a unit; only turns that all the coders coded count.
    """
    codes = [study.coders[name] for name in coders]
    sums: dict[tuple[str, str], Floats] = {}
    for key, place in study.places.items():
        if all(key in given for given in codes):
            unit = sums.setdefault((place.conversation, place.speaker), np.zeros(1 + len(coders)))
            unit += [1.0, *(float(label in given[key]) for given in codes)]
    rates = np.array([unit[1:] / unit[0] for unit in sums.values()]).reshape(-1, len(coders))
    return rates, [conversation for conversation, _ in sums]


def rate_row(study: Study, coders: tuple[str, ...], label: str, *, draws: int = DRAWS) -> Row:
    """How well some coders agree on how often each speaker has a label: the six intraclass correlations."""
    rates, groups = rates_of(study, coders, label)
    notes: tuple[str, ...] = ()
    if len(rates) < 2:
        found = dict.fromkeys(icc.FORMS, Figure(None))
        notes = ("a correlation needs two speakers or more",)
    else:
        found = figures(grouped(icc.sums_of(rates - rates.mean()), groups), icc.correlations, draws=draws)
        if found["ICC(C,1)"].value is None:
            notes = ("the rates of all speakers are the same, so the correlation is undefined",)
    return Row(coders, label, "speakers", len(rates), (), found, notes)


def rate_rows(
    study: Study, *, labels: Sequence[str] | None = None, model: str | None = None, draws: int = DRAWS
) -> list[Row]:
    """The table of `rate_row` for every label and whoever is compared in `turn_rows`."""
    chosen = study.labels if labels is None else tuple(labels)
    every = pairs_and_all(tuple(study.coders), model)
    return [rate_row(study, coders, label, draws=draws) for coders in every for label in chosen]


def share_of(study: Study, coder: str, label: str, *, draws: int = DRAWS) -> Figure:
    """The share of a coder's turns that have a label, with its interval by conversation."""
    codes = study.coders[coder]
    units = [(place.conversation, label in codes[key]) for key, place in study.places.items() if key in codes]
    if not units:
        return Figure(None)
    sums = np.array([[float(there), 1.0] for _, there in units])
    found = figures(grouped(sums, [talk for talk, _ in units]), _share, draws=draws)
    return found["share"]


def _share(sums: Floats) -> dict[str, Floats]:
    return {"share": sums[..., 0] / sums[..., 1]}


def one_talk(study: Study) -> list[str]:
    """That there are no intervals, where all turns are of one conversation."""
    alone = len({place.conversation for place in study.places.values()}) < 2
    return ["All turns are of one conversation, so there are no intervals: they need two or more."] if alone else []


def left_out(study: Study, labels: Sequence[str] | None = None) -> list[str]:
    """What must be said about turns that not all coders coded, and about what is not compared or has no interval."""
    said = one_talk(study)
    every = set(study.places)
    for coder, codes in study.coders.items():
        if missing := len(every - set(codes)):
            said.append(
                f"{coder} coded {len(codes)} of {len(every)} turns; a turn counts where both coded it ({missing} not)."
            )
    if labels is not None and (rest := [name for name in study.labels if name not in labels]):
        said.append(f"{len(rest)} code(s) that were given are not compared.")
    return said

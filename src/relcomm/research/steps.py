"""Sequences of a study's codes: one code a turn, conversation by conversation, and what their order shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from relcomm.errors import InputError
from relcomm.labels import LABELS
from relcomm.research.coded import Codes, Study
from relcomm.research.sequences import Floats, Test, Transitions, homogeneity, plain, transitions
from relcomm.research.shuffling import shuffled_p

NONE, OTHER = "none", "other"
MOST = 40
"""More codes than this make a table that nobody can read, or count enough steps for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How turns become a sequence of codes.

    ``codes`` are those to tell apart, the first that a turn has being taken; a turn with others only is "other", one
    with none is "none". With ``by_speaker`` who speaks is part of the code ("Ann: criticism"). With ``answers`` only
    steps from one speaker to another count. Without ``repeats``, the same code several times in a row counts once.
    """

    codes: tuple[str, ...] = ()
    lag: int = 1
    repeats: bool = True
    by_speaker: bool = False
    answers: bool = False
    draws: int = 2000


@dataclass(frozen=True, slots=True)
class Steps:
    """What followed what in a study, the p values by shuffling, the tests by name, and what must be said about it."""

    transitions: Transitions
    shuffled: Floats
    tests: tuple[tuple[str, Test], ...]
    lag: int
    remarks: tuple[str, ...]
    limit: float = 0.05

    def standing_out(self) -> list[tuple[int, int]]:
        """The cells whose p by shuffling is below ``limit``, the largest residual first."""
        cells = [(int(i), int(j)) for i, j in np.argwhere(np.nan_to_num(self.shuffled, nan=1.0) < self.limit)]
        return sorted(cells, key=lambda cell: -abs(np.nan_to_num(self.transitions.residuals[cell])))

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON."""
        return self.transitions.to_dict() | {
            "lag": self.lag,
            "p_shuffled": plain(self.shuffled),
            "tests": {name: {"statistic": test.statistic, "df": test.df, "p": test.p} for name, test in self.tests},
            "remarks": list(self.remarks),
        }


def steps_of(study: Study, coder: str, plan: Plan | None = None) -> Steps:
    """What follows what in a coder's codes. Raises `InputError` where there is nothing to count."""
    plan = plan or Plan()
    sequences, speakers, remarks = _sequences(study, study.coders[coder], plan)
    names = _names({code for each in sequences for code in each}, plan)
    if len(names) > MOST:
        raise InputError(
            f"there are {len(names)} codes, too many for a table of what follows what: name the few that matter with "
            "--codes, and tell speakers apart only where they have the same names everywhere, such as roles"
        )
    by = speakers if plan.answers else None
    found = transitions(sequences, codes=names, lag=plan.lag, repeats=plan.repeats, speakers=by)
    if not found.total:
        raise InputError("no code follows another: each conversation needs two coded turns or more")
    shuffled = shuffled_p(sequences, codes=names, lag=plan.lag, repeats=plan.repeats, speakers=by, draws=plan.draws)
    tests = [("what comes next depends on what came before", found.test)]
    tests += _alike(sequences, speakers, names, plan)
    return Steps(found, shuffled, tuple(tests), plan.lag, (*study.remarks, *remarks, *_cautions(found, tests)))


def _sequences(study: Study, codes: Codes, plan: Plan) -> tuple[list[list[str]], list[list[str]], list[str]]:
    talks: dict[str, list[tuple[str, str]]] = {}
    several = missing = 0
    for key, place in study.places.items():
        if key not in codes:
            missing += 1
            continue
        code, chosen = _one(codes[key], plan.codes)
        several += chosen
        said = f"{place.speaker}: {code}" if plan.by_speaker else code
        talks.setdefault(place.conversation, []).append((said, place.speaker))
    remarks = []
    if several:
        remarks.append(
            f"{several} turn(s) have several labels; the first in the order of --codes, or of the labels, counts."
        )
    if missing:
        remarks.append(f"{missing} turn(s) were not coded; what stands around them counts as neighbours.")
    if (plan.by_speaker or plan.answers) and any(not speaker for each in talks.values() for _, speaker in each):
        raise InputError(
            "some turns have no speaker, so speakers cannot be told apart: the file needs a column speaker"
        )
    if not plan.repeats:
        talks = {talk: [next(run) for _, run in groupby(each, key=itemgetter(0))] for talk, each in talks.items()}
    sequences, speakers = ([[turn[side] for turn in each] for each in talks.values()] for side in (0, 1))
    return sequences, speakers, remarks


def _one(labels: frozenset[str], wanted: Sequence[str]) -> tuple[str, bool]:
    """The code of a turn, and whether it was chosen among several."""
    order = [*wanted] or [*LABELS, *sorted(labels - set(LABELS))]
    there = [label for label in order if label in labels]
    if there:
        return there[0], len(there) > 1
    return (OTHER if labels else NONE), False


def _names(there: set[str], plan: Plan) -> list[str]:
    order = [*(plan.codes or LABELS), OTHER, NONE]
    place = {code: n for n, code in enumerate(order)}
    return sorted(there, key=lambda code: (code.rpartition(": ")[0], place.get(code.rpartition(": ")[2], -1), code))


def _alike(
    sequences: Sequence[Sequence[str]], speakers: Sequence[Sequence[str]], names: Sequence[str], plan: Plan
) -> list[tuple[str, Test]]:
    def count(some: Sequence[Sequence[str]], who: Sequence[Sequence[str]]) -> Transitions:
        by = who if plan.answers else None
        return transitions(some, codes=names, lag=plan.lag, repeats=plan.repeats, speakers=by)

    starts = [(each[: len(each) // 2], who[: len(each) // 2]) for each, who in zip(sequences, speakers, strict=True)]
    ends = [(each[len(each) // 2 :], who[len(each) // 2 :]) for each, who in zip(sequences, speakers, strict=True)]
    halves = [count([each for each, _ in half], [who for _, who in half]) for half in (starts, ends)]
    found = [("stationarity: first and second halves differ", homogeneity(halves))]
    groups = [count([each], [who]) for each, who in zip(sequences, speakers, strict=True) if len(each) > plan.lag]
    return found + ([("homogeneity: conversations differ", homogeneity(groups))] if len(groups) > 1 else [])


def _cautions(found: Transitions, tests: Sequence[tuple[str, Test]]) -> list[str]:
    cells = int(found.allowed.sum())
    thin = int((found.expected[found.allowed] < 5).sum())
    said = [f"{cells} steps were tested: about {max(1, round(cells / 20))} would be below .05 by chance alone."]
    if thin:
        said.append(
            f"{thin} of them are expected fewer than five times, where the normal curve is not to be trusted: read p shuffled."
        )
    if any(found.total < 5 * test.df for name, test in tests if name.startswith(("homogeneity", "stationarity"))):
        said.append(
            "There are fewer than five steps for each degree of freedom of a test of homogeneity or stationarity: its p is "
            "a rough guide at best; fewer codes (--codes) help."
        )
    return said

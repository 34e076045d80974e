"""Sequences of a study: how turns become codes, and what is said of them."""

from __future__ import annotations

import json

import pytest

from relcomm.errors import InputError
from relcomm.research.coded import Place, Study
from relcomm.research.steps import Plan, steps_of
from relcomm.research.tables import sequence_table

# Who says what in one conversation; "?" was not coded.
TALK = [
    ("Ann", "criticism"),
    ("Ben", "criticism defensiveness"),
    ("Ben", ""),
    ("Ann", "grumble"),
    ("Ann", "?"),
    ("Ben", ""),
]


def study(speakers: bool = True) -> Study:
    places, codes = {}, {}
    for talk in range(3):
        for n, (who, labels) in enumerate(TALK):
            places[f"{talk}.{n}"] = Place(str(talk), who if speakers else "")
            if labels != "?":
                codes[f"{talk}.{n}"] = frozenset(labels.split())
    return Study(places, {"own": codes}, ("criticism", "defensiveness", "grumble"))


# A plan, and the steps of one conversation that it counts.
PLANS: dict[str, tuple[Plan, list[str]]] = {
    "all labels": (Plan(), ["criticism criticism", "criticism none", "none grumble", "grumble none"]),
    "an order": (
        Plan(("defensiveness", "criticism")),
        ["criticism defensiveness", "defensiveness none", "none other", "other none"],
    ),
    "answers": (Plan(answers=True), ["criticism criticism", "none grumble", "grumble none"]),
    "speakers": (
        Plan(("criticism",), by_speaker=True),
        ["Ann: criticism Ben: criticism", "Ben: criticism Ben: none", "Ben: none Ann: other", "Ann: other Ben: none"],
    ),
    "no repeats": (Plan(("criticism",), repeats=False), ["criticism none", "none other", "other none"]),
    "no repeats, answers": (Plan(("criticism",), repeats=False, answers=True), ["criticism none", "none other", "other none"]),
    "two on": (Plan(lag=2), ["criticism none", "criticism grumble", "none none"]),
}  # fmt: skip


@pytest.mark.parametrize(("plan", "expected"), PLANS.values(), ids=PLANS)
def test_which_steps_are_counted(plan: Plan, expected: list[str]) -> None:
    steps = steps_of(study(), "own", plan)
    found = steps.transitions
    counted = {
        f"{first} {then}": int(found.counts[i, j])
        for i, first in enumerate(found.codes)
        for j, then in enumerate(found.codes)
        if found.counts[i, j]
    }
    assert counted == dict.fromkeys(expected, 3)
    assert "3 turn(s) were not coded" in " ".join(steps.remarks)
    assert ("3 turn(s) have several labels" in " ".join(steps.remarks)) is (plan.codes != ("criticism",))
    assert "nan" not in sequence_table(steps)
    assert json.loads(json.dumps(steps.to_dict(), allow_nan=False))["transitions"] == 3 * len(expected)


def test_what_cannot_be_counted() -> None:
    for plan in (Plan(answers=True), Plan(by_speaker=True)):
        with pytest.raises(InputError, match="need"):
            steps_of(study(speakers=False), "own", plan)
    with pytest.raises(InputError, match="no code follows another"):
        steps_of(study(), "own", Plan(lag=9))
    many = {f"0.{n}": frozenset({f"code {n}"}) for n in range(60)}
    with pytest.raises(InputError, match="there are 60 codes"):
        steps_of(Study({key: Place("0") for key in many}, {"own": many}, ()), "own")

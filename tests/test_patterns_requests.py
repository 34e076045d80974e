"""Repeated requests: their scenes, what counts as one time, and what they rest on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acts import check, find, talk_of
from relcomm.errors import InputError
from relcomm.patterns import repeated_requests
from relcomm.patterns.grounds import SAFETY
from relcomm.patterns.repeated_requests import NAME, course_of
from relcomm.types import Request

SCENES = json.loads((Path(__file__).parent / "patterns" / f"{NAME}.json").read_text(encoding="utf-8"))
ASKS = [
    ("Ann", "=ring", "Ring her."),
    ("Ben", "", "No."),
    ("Ann", "=ring", "Do ring."),
    ("Ben", "", "No."),
    ("Ann", "=ring", "Well?"),
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene["scene"])
def test_scene(scene: dict[str, Any]) -> None:
    found = find(NAME, *scene["turns"])
    assert len(found) == len(scene["expect"])
    for finding, expected in zip(found, scene["expect"], strict=True):
        assert {key: finding.details[key] for key in expected} == expected


def test_enough_scenes_of_each_kind() -> None:
    kinds = [scene["scene"].split(":")[0] for scene in SCENES]
    assert len(kinds) >= 12
    assert min(kinds.count(each) for each in ("there", "nearly", "not")) >= 4


@pytest.mark.parametrize(("sure", "grade"), [(0.95, "clear"), (0.8, "some"), (0.6, "slight")])
def test_it_is_as_sure_as_the_least_of_three_times(sure: float, grade: str) -> None:
    conversation, seen = talk_of(ASKS)
    doubted = [replace(p, request=p.request and Request(p.request.first, sure)) for p in seen]
    (found,) = repeated_requests.find(conversation, doubted)
    check(found, conversation, doubted)
    assert found.sure == grade
    seen = tuple(replace(p, request=p.request and Request(0, 0.95)) for p in seen)
    assert repeated_requests.find(conversation, seen)[0].sure == "clear"


def test_the_surest_three_times_count() -> None:
    conversation, seen = talk_of([*ASKS, ("Ben", "", "No."), ("Ann", "=ring", "Hm?")])
    last = replace(seen[-1], request=Request(0, 0.55))
    assert repeated_requests.find(conversation, (*seen[:-1], last))[0].sure == "clear"


def test_words() -> None:
    (found,) = find(NAME, *ASKS[:-1], ("Ann", "=ring ultimatum", "Ring her or I go."), ("Ben", "threat", "Go and see."))
    assert found.summary == (
        "Ann asked for what reads as the same thing 3 times. By the labels of the turns: asked twice, set an ultimatum"
        " once. It grew harder from time to time. In the turns right after: Ben answered in another way (2 times); Ben"
        f" hit back. {SAFETY}"
    )
    assert find(NAME, *ASKS)[0].summary == (
        "Ann asked for what reads as the same thing 3 times. In the turns right after: Ben answered in another way (2 times)."
    )


def test_what_no_model_grouped_is_no_request() -> None:
    conversation, seen = talk_of(ASKS)
    assert repeated_requests.find(conversation, [replace(p, request=None) for p in seen]) == []


def test_one_prediction_a_turn() -> None:
    conversation, seen = talk_of(ASKS)
    with pytest.raises(InputError, match="one prediction a turn"):
        repeated_requests.find(conversation, seen[:-1])


@pytest.mark.parametrize(
    ("forms", "course"),
    [
        ("ask pressure", "hardened"),
        ("ask pressure pressure ask ask", "softened"),
        ("threat ask threat", "alike"),
        ("ask ask pressure blame ultimatum", "hardened"),
        ("ultimatum ask ask", "softened"),
    ],
)
def test_course(forms: str, course: str) -> None:
    assert course_of(forms.split()) == course

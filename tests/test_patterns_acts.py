"""Patterns that list what happened: their scenes, positive and negative turns, and what must hold for any talk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acts import check, find, talk_of, words
from relcomm.errors import InputError
from relcomm.patterns import PATTERNS, find_all, ratio, ultimatums
from relcomm.patterns.grounds import SEVERITY
from relcomm.patterns.timeouts import LABEL as Q
from relcomm.shares import rate
from relcomm.types import Conversation, Prediction

HERE = Path(__file__).parent
NAMES = ("ultimatums", "timeouts", "ratio")
HEALTHY = ["boundary", "gentle_startup", "appreciation", "accountability", "self_soothing", "repair"]


def scenes() -> list[Any]:
    return [
        pytest.param(name, scene, id=f"{name}: {scene['scene']}")
        for name in NAMES
        for scene in json.loads((HERE / "patterns" / f"{name}.json").read_text(encoding="utf-8"))
    ]


def shown(name: str, conversation: Conversation, predictions: Sequence[Prediction]) -> list[dict[str, Any]]:
    """What was found, as the scenes put it."""
    found = PATTERNS[name](conversation, predictions)
    for finding in found:
        check(finding, conversation, predictions)
    if name == "ratio":
        tally = ratio.tally(conversation, predictions).items()
        return [
            {"speaker": n, "in": [len(c.positive_in), len(c.negative)], "out": [len(c.positive_out), 0]}
            for n, c in tally
        ]
    if name == "timeouts":
        return [{key: f.details[key] for key in ("turn", "speaker", "kept", "chased")} for f in found]
    keys = ("turns", "speaker", "answer")
    return [{key: f.details[key] for key in keys} | words(f, conversation) for f in found]


@pytest.mark.parametrize(("name", "scene"), scenes())
def test_scene(name: str, scene: dict[str, Any]) -> None:
    assert (
        shown(name, *talk_of([(who, labels, text, *rest) for who, labels, text, *rest in scene["turns"]]))
        == (scene["expect"])
    )


@pytest.mark.parametrize("name", NAMES)
def test_enough_scenes_of_each_kind(name: str) -> None:
    kinds = [s.values[1]["scene"].split(":")[0] for s in scenes() if s.values[0] == name]
    assert len(kinds) >= 12
    assert min(kinds.count(each) for each in ("there", "nearly", "not")) >= 4


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("missing", [1, -1])
def test_one_prediction_a_turn(name: str, missing: int) -> None:
    conversation, predictions = talk_of([("Zebedee", "ultimatum self_soothing", "Secret words.")] * 3)
    with pytest.raises(InputError, match="one prediction a turn") as error:
        PATTERNS[name](conversation, predictions[:-1] if missing == 1 else predictions * 2)
    assert "Zebedee" not in str(error.value)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_talk_has_none(name: str) -> None:
    assert find(name) == []


# Positive and negative turns.


def test_what_a_ratio_holds() -> None:
    away = [("B", "", "Hm.")] * 6
    found = find(
        "ratio", *[("A", "repair", "Hm.")] * 6, *[("B", "pressure", "Hm.")] * 5, *away, ("A", "appreciation", "Hm.")
    )
    first, second = found
    assert first.details["in"] == {"positive": 2, "negative": 0, "turns": 2, "ratio": None, "low": None, "high": None}
    assert first.details["out"]["positive"] == first.details["out"]["turns"] == 5
    assert first.value == 1.0
    assert second.details["in"]["ratio"] == 0.0
    assert second.summary.startswith("In and around conflict, B had 0 positive turns and 5 negative (0.0 to 1, 95 %")
    assert all(f.summary.endswith(ratio.NOTE) for f in found)


def test_fewer_than_five_turns_make_no_ratio() -> None:
    assert find("ratio", *[("A", "repair", "Hm.")] * 4) == []
    assert len(find("ratio", *[("A", "repair", "Hm.")] * 5)) == 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_odds_are_the_wilson_interval(positive: int, negative: int) -> None:
    found = ratio.odds(positive, negative)
    if positive + negative < ratio.FEWEST:
        assert set(found.values()) == {None}
        return
    share = rate(positive, positive + negative)
    assert found["ratio"] == (pytest.approx(positive / negative) if negative else None)
    assert found["low"] == pytest.approx(share.low / (1 - share.low))
    assert (found["high"] is None) == (negative == 0)
    assert found["high"] is None or found["low"] <= found["ratio"] <= found["high"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), max_size=40))
def test_conflict_is_two_before_to_four_after(negative: list[bool]) -> None:
    said = [frozenset({"contempt"} if each else {"repair"}) for each in negative]
    assert ratio.conflict(said) == [any(negative[max(0, n - 4) : n + 3]) for n in range(len(negative))]


# What must hold for any talk.

turns = st.lists(
    st.tuples(
        st.sampled_from(["Ann", "Ben", "Cara", "", " "]),
        st.lists(st.sampled_from([*SEVERITY, *HEALTHY, "ultimatum", Q, Q, "threat?"]), max_size=3).map(" ".join),
        st.sampled_from(["It's me or the boat.", "Sell the boat by Friday or I'm gone", "…", "If not, we're done."])
        | st.text(),
        st.none() | st.integers(0, 3000),
    ),
    max_size=50,
)


@settings(max_examples=100, deadline=None)
@given(turns, st.booleans())
def test_any_talk(spoken: list[tuple[str, str, str, int | None]], ordered: bool) -> None:
    if ordered:
        spoken = sorted(spoken, key=lambda turn: turn[3] or 0)
    conversation, predictions = talk_of(spoken)
    for name in NAMES:
        found = PATTERNS[name](conversation, predictions)
        assert found == PATTERNS[name](conversation, list(predictions))
        assert found == [f for f in find_all(conversation, predictions) if f.pattern == name]
        for finding in found:
            check(finding, conversation, predictions)
    listed = sorted(n for f in ultimatums.find(conversation, predictions) for n in f.details["turns"])
    assert listed == [n for n, p in enumerate(predictions) if "ultimatum" in p.labels]
    breaks = [n for f in PATTERNS["timeouts"](conversation, predictions) for n in f.details["announced"]]
    named = (n for n, p in enumerate(predictions) if Q in p.labels and conversation.utterances[n].speaker.strip())
    assert sorted(breaks) == list(named)

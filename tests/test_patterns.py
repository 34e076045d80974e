"""The sequential patterns: scenes that show one, nearly show one, or do not; and what must hold for any talk."""

from __future__ import annotations

import copy
import json
import re
import runpy
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import acts
from relcomm.errors import InputError
from relcomm.patterns import PATTERNS, find_all
from relcomm.patterns.contingency import Table, p_value
from relcomm.types import Conversation, Finding, Prediction, Utterance

HERE = Path(__file__).parent
HARMFUL = ["criticism", "contempt", "defensiveness", "stonewalling", "ultimatum", "threat", "pressure"]
HEALTHY = ["boundary", "gentle_startup", "appreciation", "accountability", "self_soothing", "repair"]
VERDICTS = re.compile(
    r"\b(because|caus\w+|fault|abus\w+|toxic|narciss\w+|diagnos\w+|divorce|pursuer|distancer|is a|always|never|harshly|scornful|harmful)\b",
    re.IGNORECASE,
)
LEAD = {"pursuer_distancer": ("pressure", "stonewalling"), "criticise_defend": ("criticism", "defensiveness")}

Talk = tuple[Conversation, tuple[Prediction, ...]]


def scenes() -> list[Any]:
    return [
        pytest.param(name, scene, id=f"{name}: {scene['scene']}")
        for name in LEAD
        for scene in json.loads((HERE / "patterns" / f"{name}.json").read_text(encoding="utf-8"))
    ]


def played(scene: dict[str, Any]) -> Talk:
    """The scene as data; a label with a question mark is a near miss."""
    minutes, turns = 0, []
    for n, turn in enumerate(scene["turns"]):
        minutes += 1 + scene.get("minutes_late", {}).get(str(n), 0)
        turns.append((*turn, minutes))
    return acts.talk_of(turns)


def talk_of(turns: Sequence[tuple[str, Sequence[str]]]) -> Talk:
    said = tuple(Utterance("…" if "stonewalling" in labels else "Well.", speaker) for speaker, labels in turns)
    return Conversation(said), tuple(Prediction(tuple(labels), {}, unsure=tuple(labels[:1])) for _, labels in turns)


def exchanges(*cells: tuple[int, str, str]) -> Talk:
    """``(times, what Ann's turn is labelled, what Ben's is)``, dealt out evenly."""
    queue = [[ann, ben] for times, ann, ben in cells for _ in range(times)]
    order = sorted(range(len(queue)), key=lambda n: n * 7919 % 101)
    return talk_of([(who, [x] if x else []) for n in order for who, x in zip(("Ann", "Ben"), queue[n], strict=True)])


def sequential(conversation: Conversation, predictions: Sequence[Prediction]) -> tuple[Finding, ...]:
    return tuple(finding for finding in find_all(conversation, predictions) if finding.pattern in LEAD)


def directions(findings: Sequence[Finding]) -> list[tuple[str, str, str]]:
    return [(f.details["direction"]["first"], f.details["direction"]["second"], f.sure) for f in findings]


turns = st.lists(
    st.tuples(st.sampled_from(["Ann", "Ben", "Cara", ""]), st.lists(st.sampled_from(HARMFUL + HEALTHY), max_size=3)),
    max_size=60,
)


@pytest.mark.parametrize(("name", "scene"), scenes())
def test_scene(name: str, scene: dict[str, Any]) -> None:
    found = PATTERNS[name](*played(scene))
    assert directions(found) == [(e["first"], e["second"], e["sure"]) for e in scene["expect"]]
    assert {f.pattern for f in found} <= {name}
    for finding in found:
        check(finding, played(scene)[0])


@pytest.mark.parametrize(("name", "scene"), [s for s in scenes() if s.values[1]["expect"]])
def test_a_scene_is_found_the_same_inside_find_all(name: str, scene: dict[str, Any]) -> None:
    conversation, predictions = played(scene)
    mine = [f for f in find_all(conversation, predictions) if f.pattern == name]
    assert mine == PATTERNS[name](conversation, predictions)


@pytest.mark.parametrize("name", LEAD)
def test_enough_scenes_of_each_kind(name: str) -> None:
    kinds = [s.values[1]["scene"].split(":")[0].split(",")[0] for s in scenes() if s.values[0] == name]
    assert len(kinds) >= 12
    assert min(kinds.count(kind) for kind in ("there", "nearly", "not there")) >= 4


def test_what_a_finding_holds() -> None:
    talk = exchanges((6, "pressure", "stonewalling"), (2, "criticism", ""), (1, "", "stonewalling"), (9, "", ""))
    (finding,) = sequential(*talk)
    assert finding.value == 6 / 8
    assert finding.summary.startswith(
        "After Ann pressed (insisted, blamed or set an ultimatum), Ben withdrew in 6 of 8 answers; "
        "after anything else Ann said, in 1 of 10."
    )
    details = finding.to_dict()["details"]
    assert details["direction"] == {"first": "Ann", "second": "Ben"}
    assert details["counts"] == {"both": 6, "first_only": 2, "second_only": 1, "neither": 9}
    assert details["share_otherwise"] == 0.1
    assert details["z"] == pytest.approx(Table(6, 2, 1, 9).z)
    assert details["yule_q"] == pytest.approx((54 - 2) / (54 + 2))
    assert details["p_overall"] == p_value([Table(6, 2, 1, 9)])
    assert set(details["back"]["counts"].values()) != {0}
    for turn in finding.utterances:
        assert set(talk[1][turn].labels) & {"pressure", "stonewalling"}
    assert len(finding.utterances) == 12


def test_loop_is_told() -> None:
    scene = next(s.values[1] for s in scenes() if "the loop" in s.values[1]["scene"])
    (finding,) = PATTERNS["criticise_defend"](*played(scene))
    assert finding.details["loop"] is True
    assert finding.details["back"]["counts"] == {"both": 4, "first_only": 1, "second_only": 0, "neither": 4}
    assert "After Ben defended, Ann criticised in 4 of 5 answers, otherwise in 0 of 4." in finding.summary


def test_both_ways_is_told() -> None:
    scene = next(s.values[1] for s in scenes() if "both ways" in s.values[1]["scene"])
    found = PATTERNS["criticise_defend"](*played(scene))
    assert [f.details["mutual"] for f in found] == [True, True]
    assert all("both ways" in f.summary for f in found)


def test_where_there_are_threats_nobody_is_asked_to_change_their_part() -> None:
    scene = next(s.values[1] for s in scenes() if "threats left out" in s.values[1]["scene"])
    (finding,) = PATTERNS["criticise_defend"](*played(scene))
    assert finding.details["threats_left_out"] is True
    assert "safety" in finding.summary
    assert "change" not in finding.summary


def test_uncertain_withdrawals_are_counted_openly() -> None:
    scene = next(s.values[1] for s in scenes() if "some of it uncertain" in s.values[1]["scene"])
    (finding,) = PATTERNS["pursuer_distancer"](*played(scene))
    assert finding.details["uncertain"] == 3
    assert "In 3 of the 4" in finding.summary


@pytest.mark.parametrize(
    ("cells", "sure"),
    [
        pytest.param([(2, "L", "R"), (0, "L", ""), (20, "", "")], "", id="two pairs are no pattern, however telling"),
        pytest.param([(3, "L", "R"), (3, "", "")], "slight", id="three of three in six"),
        pytest.param([(4, "L", "R"), (4, "", "")], "some", id="four of four in eight"),
        pytest.param([(5, "L", "R"), (5, "", "")], "clear", id="five of five in ten"),
        pytest.param([(4, "L", "R"), (1, "", "R"), (3, "", "")], "slight", id="all four, but one otherwise too"),
        pytest.param([(4, "L", "R"), (2, "", "")], "slight", id="too little else"),
        pytest.param([(8, "L", "R"), (2, "", "")], "slight", id="too little else, however unlikely"),
        pytest.param([(3, "L", "R"), (4, "L", ""), (2, "", "")], "", id="too little else, and fewer than half"),
        pytest.param([(5, "L", "R"), (11, "L", ""), (60, "", "")], "", id="fewer than a third"),
    ],
)
@pytest.mark.parametrize("name", LEAD)
def test_the_rule_of_grades(name: str, cells: list[tuple[int, str, str]], sure: str) -> None:
    first, second = LEAD[name]
    named = [(n, first if a else "", second if b else "") for n, a, b in cells]
    assert [f.sure for f in PATTERNS[name](*exchanges(*named))] == ([sure] if sure else [])


@pytest.mark.parametrize("name", LEAD)
def test_two_directions_tried_need_more_than_one(name: str) -> None:
    first, second = LEAD[name]
    both = [("Ann", [first]), ("Ben", [second]), ("Ann", []), ("Ben", [])] * 6
    (finding,) = PATTERNS[name](*talk_of(both))
    assert (finding.details["tests"], finding.sure) == (1, "clear")
    apart = [("Ben", [first]), ("Ann", []), ("Ben", []), ("Ann", [second])] * 6
    (finding,) = PATTERNS[name](*talk_of([*both, ("Ann", []), *apart]))
    assert finding.details["tests"] == 2


def test_shuffling_destroys_it() -> None:
    bench = SimpleNamespace(**runpy.run_path(str(HERE.parent / "benchmarks" / "patterns.py")))
    found = bench.best_grades(bench.planted, 60)
    assert found["clear"] + found["some"] >= 20
    found = bench.best_grades(bench.shuffled, 300)
    assert found["clear"] + found["some"] <= 15


def test_shuffling_whole_turns_destroys_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE.parent / "benchmarks"))
    bench = SimpleNamespace(**runpy.run_path(str(HERE.parent / "benchmarks" / "shuffled.py")))
    for make in bench.KINDS:
        before, after = bench.survivors(make, bench.put_anew, 60)[""]
        assert before >= 10
        assert after <= 3
    talk, shuffled = next(bench.pairs(bench.lived, bench.put_anew, 1))
    assert [said.time for said in talk[0].utterances] == [said.time for said in shuffled[0].utterances]
    assert sorted(p.labels for p in talk[1]) == sorted(p.labels for p in shuffled[1])
    assert talk != shuffled
    assert set(bench.LISTED) | set(bench.made_up.ORDERED) <= set(PATTERNS)


@pytest.mark.parametrize("name", LEAD)
@pytest.mark.parametrize("missing", [1, -1])
def test_one_prediction_a_turn(name: str, missing: int) -> None:
    conversation, predictions = talk_of([("Zebedee", ["criticism"])] * 3)
    wrong = predictions[:-1] if missing == 1 else (*predictions, predictions[0])
    with pytest.raises(InputError, match="one prediction a turn") as error:
        PATTERNS[name](conversation, wrong)
    assert "Zebedee" not in str(error.value)


@settings(max_examples=100, deadline=None)
@given(turns)
def test_any_talk(spoken: list[tuple[str, list[str]]]) -> None:
    conversation, predictions = talk_of(spoken)
    before = copy.deepcopy((conversation, [p.to_dict() for p in predictions]))
    found = sequential(conversation, predictions)
    assert found == sequential(conversation, list(predictions))
    assert before == (conversation, [p.to_dict() for p in predictions])
    for finding in found:
        check(finding, conversation)


def check(finding: Finding, conversation: Conversation) -> None:
    """What must hold for any finding."""
    details = finding.details
    first, second = details["direction"]["first"], details["direction"]["second"]
    assert {first, second} <= set(conversation.speakers)
    assert first != second
    assert 0 < finding.value <= 1
    assert finding.sure in {"clear", "some", "slight"}
    assert details["counts"]["both"] >= 3
    assert 0 < details["p"] <= 1
    assert list(finding.utterances) == sorted(set(finding.utterances))
    assert {conversation.utterances[n].speaker for n in finding.utterances} == {first, second}
    assert json.loads(json.dumps(finding.to_dict(), allow_nan=False)) == finding.to_dict()
    assert not VERDICTS.search(finding.summary)


PLENTY = st.lists(
    st.tuples(
        st.sampled_from(["Ann", "Ben"]),
        st.sampled_from([[], ["pressure"], ["criticism"], ["stonewalling"], ["defensiveness"], ["threat"]]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(PLENTY, st.integers(0, 8), st.integers(0, 8))
def test_names_do_not_matter(spoken: list[tuple[str, list[str]]], pressed: int, blamed: int) -> None:
    dance = [("Ann", ["pressure"]), ("Ben", ["stonewalling"]), ("Ann", []), ("Ben", [])] * pressed
    row = [("Ben", ["contempt"]), ("Ann", ["defensiveness"]), ("Ben", []), ("Ann", [])] * blamed
    turns = [*spoken, *dance, *row]
    swap = {"Ann": "Ben", "Ben": "Ann"}
    here = sequential(*talk_of(turns))
    there = sequential(*talk_of([(swap[speaker], labels) for speaker, labels in turns]))
    for finding in here:
        check(finding, talk_of(turns)[0])
    assert [(f.pattern, swap[a], swap[b], s) for f in here for a, b, s in directions([f])] == [
        (f.pattern, a, b, s) for f in there for a, b, s in directions([f])
    ]
    assert [(f.utterances, f.value, f.details["p"]) for f in here] == [
        (f.utterances, f.value, f.details["p"]) for f in there
    ]


@pytest.mark.parametrize("name", PATTERNS)
def test_every_pattern_has_a_dozen_scenes(name: str) -> None:
    """There, nearly and not there, in a file named as the pattern; the tests that play them are by kind of pattern."""
    named = [scene["scene"] for scene in json.loads((HERE / "patterns" / f"{name}.json").read_text(encoding="utf-8"))]
    kinds = [next(k for k in ("there", "nearly", "not") if scene.startswith(k)) for scene in named]
    assert len(set(named)) == len(named) >= 12
    assert min(kinds.count(kind) for kind in ("there", "nearly", "not")) >= 4

"""How issues are raised, mended and heated up: start-up, repair, escalation, scorn for scorn."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Sequence
from datetime import datetime
from itertools import permutations, product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import acts
from relcomm.errors import InputError
from relcomm.patterns import PATTERNS, escalation
from relcomm.patterns.escalation import Run, chance
from relcomm.patterns.grounds import SEVERITY, grade
from relcomm.patterns.repair import answer_of
from relcomm.patterns.startup import kind
from relcomm.types import Conversation, Finding, Prediction

HERE = Path(__file__).parent
NAMES = ("startup", "repair", "escalation", "contempt_contempt")
HEALTHY = ["boundary", "gentle_startup", "appreciation", "accountability", "self_soothing", "repair"]
LABELS = [*SEVERITY, *HEALTHY]
START = datetime(2024, 5, 4, 8, 0)  # noqa: DTZ001
VERDICTS = re.compile(
    r"\b(because|caus\w+|fault|abus\w+|toxic|narciss\w+|diagnos\w+|divorce|is an? (?!threat)|always|never|harshly|scornful|harmful)\b",
    re.IGNORECASE,
)

Talk = tuple[Conversation, tuple[Prediction, ...]]


def scenes(*names: str) -> list[Any]:
    return [
        pytest.param(name, scene, id=f"{name}: {scene['scene']}")
        for name in names or NAMES
        for scene in json.loads((HERE / "patterns" / f"{name}.json").read_text(encoding="utf-8"))
    ]


def talk_of(turns: Sequence[Sequence[Any]]) -> Talk:
    """Turns as ``(speaker, labels, minutes)``; a label with a question mark is a near miss, the minutes may be left out."""
    return acts.talk_of([(speaker, labels, "Secret words.", *rest) for speaker, labels, *rest in turns])


def played(scene: dict[str, Any]) -> Talk:
    return talk_of([(speaker, labels, *rest) for speaker, labels, _, *rest in scene["turns"]])


def find(name: str, *turns: Sequence[Any]) -> list[Finding]:
    return PATTERNS[name](*talk_of(turns))


@pytest.mark.parametrize(("name", "scene"), scenes())
def test_scene(name: str, scene: dict[str, Any]) -> None:
    conversation, predictions = played(scene)
    found = PATTERNS[name](conversation, predictions)
    keys = scene["expect"][0] if scene["expect"] else ()
    assert [{key: f.details[key] for key in keys} for f in found] == scene["expect"]
    for finding in found:
        check(finding, conversation, predictions)


@pytest.mark.parametrize("name", NAMES)
def test_enough_scenes_of_each_kind(name: str) -> None:
    kinds = [s.values[1]["scene"].split(":")[0] for s in scenes(name)]
    assert len(kinds) >= 12
    assert min(kinds.count(each) for each in ("there", "nearly", "not")) >= 4


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("missing", [1, -1])
def test_one_prediction_a_turn(name: str, missing: int) -> None:
    conversation, predictions = talk_of([("Zebedee", "criticism")] * 3)
    with pytest.raises(InputError, match="one prediction a turn") as error:
        PATTERNS[name](conversation, predictions[:-1] if missing == 1 else predictions * 2)
    assert "Zebedee" not in str(error.value)


# What must hold for any talk.

turns = st.lists(
    st.tuples(
        st.sampled_from(["Ann", "Ben", "Cara", "", " "]),
        st.lists(st.sampled_from([*LABELS, "contempt", "threat?", "repair?"]), max_size=3).map(" ".join),
        st.none() | st.integers(0, 3000),
    ),
    max_size=60,
)


@settings(max_examples=100, deadline=None)
@given(turns)
def test_any_talk(spoken: list[tuple[str, str, int | None]]) -> None:
    conversation, predictions = talk_of(spoken)
    for name in NAMES:
        found = PATTERNS[name](conversation, predictions)
        assert {f.pattern for f in found} <= {name}
        assert found == PATTERNS[name](conversation, list(predictions))
        for finding in found:
            check(finding, conversation, predictions)


@settings(max_examples=60, deadline=None)
@given(turns)
def test_near_misses_alone_are_nothing(spoken: list[tuple[str, str, int | None]]) -> None:
    conversation, predictions = talk_of(spoken)
    unsure = [Prediction((), {}, unsure=tuple(dict.fromkeys((*p.labels, *p.unsure)))) for p in predictions]
    assert [f for name in NAMES for f in PATTERNS[name](conversation, unsure)] == []


@settings(max_examples=60, deadline=None)
@given(turns)
def test_near_misses_change_nothing_but_how_sure(spoken: list[tuple[str, str, int | None]]) -> None:
    conversation, predictions = talk_of(spoken)
    known = [Prediction(p.labels, {}) for p in predictions]
    for name in NAMES:
        here, there = PATTERNS[name](conversation, predictions), PATTERNS[name](conversation, known)
        assert [(f.utterances, f.value, f.summary, f.details) for f in here] == [
            (f.utterances, f.value, f.summary, f.details) for f in there
        ]


def check(finding: Finding, conversation: Conversation, predictions: Sequence[Prediction]) -> None:
    """What must hold for any finding of these patterns."""
    assert list(finding.utterances) == sorted(set(finding.utterances))
    assert set(finding.utterances) <= set(range(len(conversation)))
    assert finding.utterances
    assert finding.sure in {"clear", "some", "slight"}
    assert json.loads(json.dumps(finding.to_dict(), allow_nan=False)) == finding.to_dict()
    assert not VERDICTS.search(finding.summary)
    assert "Secret words" not in finding.summary
    labels = {n: set(predictions[n].labels) for n in finding.utterances}
    assert ("matter of safety" in finding.summary) == any("threat" in each for each in labels.values())
    CHECKS[finding.pattern](finding, {n: conversation.utterances[n].speaker for n in labels}, labels)


def check_startup(finding: Finding, speakers: dict[int, str], labels: dict[int, set[str]]) -> None:
    details, (turn,) = finding.details, finding.utterances
    assert (details["turn"], details["speaker"]) == (turn, speakers[turn])
    assert (details["kind"] == "harsh") == bool(labels[turn] & {"criticism", "contempt", "ultimatum", "threat"})
    assert "defensiveness" not in labels[turn]
    first, last = details["episode"]
    assert first <= turn <= last
    assert 0 <= details["followed"]["harmful"] <= details["followed"]["turns"] == last - turn
    assert (finding.value > 0) == (details["kind"] == "harsh")


def check_repair(finding: Finding, speakers: dict[int, str], labels: dict[int, set[str]]) -> None:
    details = finding.details
    assert details["turns"][0] == details["turn"] == finding.utterances[0]
    assert {speakers[n] for n in details["turns"]} == {details["speaker"]}
    assert all(labels[n] & {"repair", "accountability"} for n in details["turns"])
    assert not any(labels[n] & {"criticism", "contempt", "threat"} for n in details["turns"])
    answer = details["answer_turn"]
    assert set(finding.utterances) == {*details["turns"]} | ({answer} if answer is not None else set())
    if answer is None:
        assert (details["answer"], details["answered_by"], details["late"]) == ("open", None, False)
    else:
        assert details["answered_by"] == speakers[answer] != details["speaker"]
        assert answer > max(details["turns"])
        assert details["answer"] == answer_of(frozenset(labels[answer]))
    assert finding.value == (details["answer"] == "accepted")
    assert not details["late"] or finding.sure == "slight"


def check_escalation(finding: Finding, speakers: dict[int, str], labels: dict[int, set[str]]) -> None:
    details = finding.details
    assert (details["first"], details["last"]) == (finding.utterances[0], finding.utterances[-1])
    assert set(details["speakers"]) == set(speakers.values()) == set(details["each"])
    assert len(details["speakers"]) > 1
    assert all(each & SEVERITY.keys() for each in labels.values())
    assert 4 <= len(details["severities"]) <= len(labels)
    half = len(details["severities"]) // 2
    low, high = (sum(part) / half for part in (details["severities"][:half], details["severities"][-half:]))
    assert details["halves"] == [low, high]
    assert finding.value == pytest.approx(high - low)
    assert finding.value >= 1
    assert 0 < details["p"] <= 1
    assert 0 < details["p_all"] <= 1


def check_contempt_contempt(finding: Finding, speakers: dict[int, str], labels: dict[int, set[str]]) -> None:
    details = finding.details
    assert len(details["pairs"]) >= 2
    assert {n for pair in details["pairs"] for n in pair} == set(labels)
    assert all("contempt" in each for each in labels.values())
    for cause, answer in details["pairs"]:
        assert cause < answer
        assert {speakers[cause], speakers[answer]} == set(details["speakers"])
    assert 0 < finding.value <= 1
    assert 0 < details["p"] <= 1


CHECKS = {
    "startup": check_startup,
    "repair": check_repair,
    "escalation": check_escalation,
    "contempt_contempt": check_contempt_contempt,
}


# How sure what is listed is.


@pytest.mark.parametrize(
    ("probability", "doubted", "sure"),
    [
        (1.0, False, "clear"),
        (0.9, False, "clear"),
        (0.89, False, "some"),
        (0.7, False, "some"),
        (0.69, False, "slight"),
        (1.0, True, "slight"),
    ],
)
def test_the_rule_of_grades_of_what_is_listed(probability: float, doubted: bool, sure: str) -> None:
    assert grade(probability, doubted=doubted) == sure


def test_a_listed_finding_is_as_sure_as_its_least_sure_label() -> None:
    conversation, _ = talk_of([("Ann", ""), ("Ben", ""), ("Ann", "")])
    scores = [("criticism", 0.95), ("repair", 0.92), ("appreciation", 0.75)]
    predictions = [Prediction((label,), {label: score}) for label, score in scores]
    assert [f.sure for f in PATTERNS["startup"](conversation, predictions)] == ["clear"]
    assert [f.sure for f in PATTERNS["repair"](conversation, predictions)] == ["some"]


# Start-up.


@pytest.mark.parametrize(
    ("labels", "way"),
    [
        *[("", ""), ("pressure", ""), ("accountability", ""), ("criticism", "harsh"), ("ultimatum pressure", "harsh")],
        *[("gentle_startup", "gentle"), ("gentle_startup pressure", "gentle"), ("gentle_startup threat", "harsh")],
        *[("contempt defensiveness", ""), ("gentle_startup defensiveness", "")],
    ],
)
def test_how_a_turn_raises_an_issue(labels: str, way: str) -> None:
    assert kind(frozenset(labels.split())) == way


@pytest.mark.parametrize(
    ("turns", "sure"),
    [
        pytest.param([("Ann", ""), ("Ben", "criticism")], "clear", id="nothing else in question"),
        pytest.param([("Ann", "criticism?"), ("Ben", "criticism")], "slight", id="an earlier turn may have raised it"),
        pytest.param([("Ann", "gentle_startup?"), ("Ben", "criticism")], "slight", id="or raised it gently"),
        pytest.param([("Ann", "contempt defensiveness?")], "slight", id="it may have been an answer"),
        pytest.param([("Ann", "gentle_startup contempt?")], "slight", id="gentle, but may be harsh"),
        pytest.param([("Ann", "contempt gentle_startup?")], "clear", id="harsh either way"),
        pytest.param([("Ann", "pressure?"), ("Ben", "criticism")], "clear", id="pressing raises nothing"),
        pytest.param([("Ann", "criticism?", 0), ("Ben", "criticism", 900)], "clear", id="another day's doubt"),
    ],
)
def test_a_start_up_in_doubt_is_slight(turns: list[tuple[Any, ...]], sure: str) -> None:
    assert [f.sure for f in find("startup", *turns)] == [sure]


def test_what_followed_a_start_up() -> None:
    (finding,) = find("startup", ("Ann", "threat criticism"), ("Ben", "boundary"), ("", "pressure"), ("Ann", ""))
    assert finding.value == 4
    assert finding.details["followed"] == {"turns": 3, "harmful": 1}
    assert finding.summary.startswith("Ann raised an issue with blame and a threat. Of the 3 turns after it")
    (finding,) = find("startup", (" ", "gentle_startup"), ("Ben", ""))
    assert (finding.value, finding.details["speaker"]) == (0, " ")
    assert finding.summary == (
        "Somebody raised an issue gently. The one turn after it in this episode had no label that tends to hurt."
    )


# Repair.


def repairs(*turns: Sequence[Any]) -> list[tuple[list[int], str]]:
    return [(f.details["turns"], f.details["answer"]) for f in find("repair", *turns)]


QUARREL = ("Ben", "criticism")


@pytest.mark.parametrize(
    ("turns", "found"),
    [
        pytest.param([("Ann", "repair"), ("Ben", "criticism")], [], id="before the quarrel"),
        pytest.param([QUARREL, ("Ann", "repair")], [([1], "open")], id="no answer"),
        pytest.param([QUARREL, ("Ann", "repair"), ("", "repair")], [([1], "open")], id="an answer by nobody known"),
        pytest.param([QUARREL, ("", "repair"), ("Ben", "repair")], [([2], "open")], id="an attempt by nobody known"),
        pytest.param([QUARREL, *[("Ben", "")] * 5, ("Ann", "repair")], [([6], "open")], id="six turns on"),
        pytest.param([QUARREL, *[("Ben", "")] * 6, ("Ann", "repair")], [], id="seven turns on"),
        pytest.param([QUARREL, ("Ann", "repair pressure")], [([1], "open")], id="a pressing attempt is one"),
        pytest.param([QUARREL, ("Ann", "accountability defensiveness")], [], id="half an apology is none"),
        pytest.param([QUARREL, ("Ann", "repair"), ("Ann", "defensiveness")], [], id="taken back in the next message"),
        pytest.param([QUARREL, ("Ann", "contempt"), ("Ann", "repair")], [([2], "open")], id="after one's own scorn"),
        pytest.param(
            [QUARREL, ("Ann", "repair"), ("Ann", ""), ("Ann", "accountability"), ("Ben", "self_soothing")],
            [([1, 3], "accepted")],
            id="three messages, one attempt",
        ),
        pytest.param(
            [QUARREL, ("Ann", "repair"), ("Cara", "pressure"), ("Ben", "repair")],
            [([1], "ignored"), ([3], "open")],
            id="whoever else speaks next answers",
        ),
    ],
)
def test_what_is_an_attempt_to_mend(turns: list[tuple[str, str]], found: list[tuple[list[int], str]]) -> None:
    assert repairs(*turns) == found


@pytest.mark.parametrize(
    ("labels", "answer"),
    [
        *[("", "open"), ("boundary", "open"), ("appreciation", "accepted"), ("gentle_startup pressure", "ignored")],
        *[("stonewalling repair", "ignored"), ("accountability defensiveness", "refused"), ("threat", "refused")],
        *[("ultimatum stonewalling", "refused")],
    ],
)
def test_refused_before_ignored_before_accepted(labels: str, answer: str) -> None:
    assert answer_of(frozenset(labels.split())) == answer


def test_a_late_answer_counts_but_is_slight() -> None:
    spoken = [("Ben", "criticism", 0), ("Ann", "accountability", 5), ("Ben", "appreciation", 700)]
    (finding,) = find("repair", *spoken)
    assert (finding.details["answer"], finding.details["late"], finding.sure) == ("accepted", True, "slight")
    assert finding.summary == "Ann took responsibility in a quarrel; Ben took it up, after hours of silence."
    (finding,) = find("repair", *spoken[:2], ("Ben", "appreciation", 60))
    assert (finding.details["late"], finding.sure) == (False, "clear")


def test_an_answer_in_doubt_is_slight() -> None:
    for labels, sure in (("", "clear"), ("repair?", "slight"), ("repair contempt?", "slight"), ("repair", "clear")):
        (finding,) = [f for f in find("repair", QUARREL, ("Ann", "repair"), ("Ben", labels)) if f.details["turn"] == 1]
        assert finding.sure == sure


def test_an_attempt_is_told_by_its_labels() -> None:
    (finding,) = find("repair", QUARREL, ("Ann", "repair accountability"), ("Ben", "contempt threat stonewalling"))
    assert finding.summary.startswith(
        "Ann tried to mend things and took responsibility in a quarrel; Ben answered with scorn and a threat."
    )


# Escalation.


def run_of(cells: Sequence[tuple[str, int]]) -> Run:
    return Run(
        tuple(name for name, _ in cells), tuple(level for _, level in cells), tuple((n,) for n in range(len(cells)))
    )


cells = st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 4)), min_size=4, max_size=7)


@settings(max_examples=60, deadline=None)
@given(cells)
def test_p_is_the_share_of_all_orders_of_each_speakers_turns(dealt: list[tuple[str, int]]) -> None:
    run = run_of(dealt)
    places = [[n for n, (name, _) in enumerate(dealt) if name == each] for each in "AB"]
    orders = product(*(permutations([run.severities[n] for n in own]) for own in places))
    rises = []
    for order in orders:
        levels = {n: level for own, each in zip(places, order, strict=True) for n, level in zip(own, each, strict=True)}
        rises.append(sum(side * levels[n] for n, side in enumerate(run.sides)))
    assert chance([run]) == pytest.approx(sum(rise >= run.steps for rise in rises) / len(rises))


def test_the_normal_curve_takes_over_smoothly(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = [run_of([*zip("ABABABABABAB", levels, strict=True)]) for levels in ((1, 1, 2, 1, 3, 1, 2, 3, 1, 3, 4, 2),)]
    exact = chance(tried)
    monkeypatch.setattr(escalation, "EXACT", 0)
    assert chance(tried) == pytest.approx(exact, rel=0.25)
    assert chance([run_of([("A", 2), ("B", 2), ("A", 2), ("B", 2)])]) == 1


def test_one_loud_speaker_is_no_rise() -> None:
    loud = [("Ann", "defensiveness"), ("Ben", "threat")] * 3
    (finding,) = find("escalation", *loud)
    assert (finding.value, finding.details["p"], finding.sure) == (1, 1, "slight")


def rise(length: int) -> list[tuple[str, str]]:
    half = ["pressure", "stonewalling"] * length
    labels = [*half[: length // 2], *(["contempt"] * (length - length // 2))]
    return [(("Ann", "Ben")[n % 2], label) for n, label in enumerate(labels)]


@pytest.mark.parametrize(("length", "sure"), [(4, "slight"), (8, "slight"), (10, "some"), (12, "clear")])
def test_longer_rises_are_surer(length: int, sure: str) -> None:
    assert [f.sure for f in find("escalation", *rise(length))] == [sure]


def test_several_rises_tell_more_than_one_and_flat_runs_less() -> None:
    calm = [("Ann", ""), ("Ben", "")]
    assert {f.sure for f in find("escalation", *[*rise(6), *calm] * 3)} == {"clear"}
    level = [(who, label) for label in ("contempt", "pressure", "pressure", "contempt") for who in ("Ann", "Ben")]
    (finding,) = find("escalation", *rise(10), *calm, *[*level, *calm] * 9)
    assert (finding.details["runs"], finding.sure) == (10, "slight")


def test_five_messages_in_a_row_are_one_step() -> None:
    ranted = [
        ("Ann", "pressure"),
        ("Ann", "criticism"),
        ("Ann", "contempt"),
        ("Ann", "threat"),
        ("Ben", "stonewalling"),
    ]
    assert find("escalation", *ranted) == []


# Scorn for scorn.


def test_an_insult_in_three_messages_is_one() -> None:
    once = [("Ann", "contempt"), ("Ann", "contempt"), ("Ben", "contempt"), ("Ben", "contempt")]
    assert find("contempt_contempt", *once) == []
    (finding,) = find("contempt_contempt", *once, ("Ann", "contempt"))
    assert finding.details["pairs"] == [[1, 2], [3, 4]]
    assert finding.value == 2 / 3


@pytest.mark.parametrize(("before", "found"), [(0, 1), (1, 1), (2, 0)])
def test_an_answer_is_the_next_or_the_next_but_one(before: int, found: int) -> None:
    once = [("Ann", "contempt"), *[("Ben", ""), ("Ann", "")] * before, ("Ben", "contempt")]
    apart = [("Ann", ""), ("Ben", "")] * 3
    assert len(find("contempt_contempt", *once, *apart, *once)) == found


def test_each_two_people_have_a_finding_of_their_own() -> None:
    found = find(
        "contempt_contempt",
        *[("Ann", "contempt"), ("Ben", "contempt"), ("Ann", "contempt")],
        *[("Cara", ""), ("Ben", ""), ("Cara", ""), ("Ben", ""), ("Cara", ""), ("Ben", "")],
        *[("Cara", "contempt"), ("Ben", "contempt"), ("Cara", "contempt")],
    )
    assert [(f.details["speakers"], len(f.details["pairs"])) for f in found] == [
        (["Ann", "Ben"], 2),
        (["Ben", "Cara"], 2),
    ]


@pytest.mark.parametrize(
    ("times", "calm", "sure"),
    [(2, 8, "slight"), (4, 6, "some"), (9, 9, "clear"), (9, 0, "slight")],
)
def test_scorn_for_scorn_is_surer_where_there_is_enough_of_both(times: int, calm: int, sure: str) -> None:
    scorn, quiet = [("Ann", "contempt"), ("Ben", "contempt")], [("Ann", ""), ("Ben", "")]
    mixed = [turn for n in range(max(times, calm)) for turn in scorn * (n < times) + quiet * (n < calm)]
    (finding,) = find("contempt_contempt", *mixed)
    assert (finding.sure, finding.details["tests"]) == (sure, 3)


def test_scorn_answered_one_way_is_told_by_direction() -> None:
    (finding,) = find("contempt_contempt", *[("Ann", "contempt"), ("Ben", "contempt"), ("Ann", ""), ("Ben", "")] * 8)
    there, back = finding.details["directions"]
    assert (there["first"], there["counts"]["both"], back["counts"]["both"]) == ("Ann", 8, 0)
    assert finding.details["p"] == there["p"] < finding.details["p_overall"]
    assert finding.details["scornful"] == {"Ann": 8, "Ben": 8}
    assert finding.summary == (
        "Between Ann and Ben, scorn was answered with scorn 15 times; it came from Ann 8 times and Ben 8 times. "
        "The evidence is clear."
    )
    assert finding.sure == "clear"


def test_shuffling_destroys_what_claims_an_order() -> None:
    bench = SimpleNamespace(**runpy.run_path(str(HERE.parent / "benchmarks" / "patterns.py")))
    names = ("escalation", "contempt_contempt")
    found = bench.grades_by_pattern(bench.heated, 30)
    assert min(found[name]["clear"] + found[name]["some"] for name in names) >= 8
    found = bench.grades_by_pattern(bench.cooled, 150)
    assert max(found[name]["clear"] + found[name]["some"] for name in names) <= 6

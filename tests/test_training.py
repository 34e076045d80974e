"""Fitting, calibration, thresholds and figures, against what can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isnan, nan
from typing import Any

import numpy as np
import pytest

from relcomm.encoders import NgramEncoder
from relcomm.errors import TrainingError
from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.training import evaluate
from relcomm.training.corpus import Coded, fingerprint
from relcomm.training.evaluate import Scored, average_precision, by_label, calibration_error, figures, interval, report
from relcomm.training.fit import (
    LOWEST,
    PRECISION,
    UNSURE,
    Heads,
    assemble,
    calibrate,
    fit_heads,
    gold_of,
    hold_out,
    thresholds,
    turns_of,
)
from relcomm.types import Conversation, Utterance
from tiny import FakeEncoder, tiny_model

Given = tuple[str, set[str], set[str]]


def talk(name: str, *said: Given) -> Coded:
    """A coded conversation: texts with their labels and doubts."""
    labels, doubt = ([frozenset(each[n]) for each in said] for n in (1, 2))
    return Coded(Conversation(tuple(Utterance(each[0], "Ann") for each in said), name), tuple(labels), tuple(doubt))


def all_labels(name: str, case: int) -> Coded:
    """A conversation with one turn a label, and one with none."""
    return talk(
        name, *((label.flag[case].text, {k}, set()) for k, label in LABELS.items()), ("Did you eat?", set(), set())
    )


MANY = [talk(f"talk {n}", ("a", set(), set())) for n in range(1000)]


def test_holding_out_is_by_conversation_and_the_same_every_time() -> None:
    kept, held = hold_out(MANY)
    assert {id(c) for c in kept} | {id(c) for c in held} == {id(c) for c in MANY}
    assert len(kept) + len(held) == len(MANY)
    assert 150 < len(held) < 250
    again = hold_out(MANY[::-1])
    assert (again[0][::-1], again[1][::-1]) == (kept, held)
    assert len(hold_out(MANY, 0.5)[1]) > 400
    assert {id(c) for c in held} <= {id(c) for c in hold_out(MANY, 0.5)[1]}


@pytest.mark.parametrize("data", [[], MANY[:1]], ids=["none", "one"])
def test_too_few_to_hold_out(data: list[Coded]) -> None:
    with pytest.raises(TrainingError, match="too few"):
        hold_out(data)


def test_what_the_coders_gave() -> None:
    data = [talk("a", ("x", {"repair"}, set()), ("y", set(), set())), talk("b", ("z", {"threat", "repair"}, set()))]
    assert gold_of(data, ["threat", "repair"]).tolist() == [[False, True], [False, False], [True, True]]
    assert gold_of([], ["threat"]).shape == (0, 1)
    assert [(turn.utterance.text, len(turn.context)) for turn in turns_of(data)] == [("x", 0), ("y", 1), ("z", 0)]


def probability(heads: Heads, encoder: FakeEncoder, data: Sequence[Coded], row: int) -> float:
    logit = encoder.encode(turns_of(data))[row] @ heads.weights + heads.bias
    return float(1 / (1 + np.exp(-logit[0])))


@pytest.mark.parametrize("doubt", [False, True])
def test_a_doubtful_turn_counts_half(doubt: bool) -> None:
    not_sure = {"repair"} if doubt else set()
    data = [talk(f"{n}", ("aaa", {"repair"}, set())) for n in range(20)]
    data += [talk(f"x{n}", ("aaa", set(), not_sure)) for n in range(20)] + [talk("z", ("zzz", set(), set()))]
    encoder = FakeEncoder()
    found = probability(fit_heads(encoder, data, ("repair",), strength=1e4), encoder, data, 0)
    assert found == pytest.approx(2 / 3 if doubt else 1 / 2, abs=0.02)


@pytest.mark.parametrize("labels", [set(), {"repair", "threat"}], ids=["nobody", "everybody"])
def test_a_label_without_a_contrast(labels: set[str]) -> None:
    data = [talk("a", ("x", labels, set()), ("y", labels, set()))]
    with pytest.raises(TrainingError, match="repair"):
        fit_heads(FakeEncoder(), data, ("repair",))


def drawn(logits: Any, slope: float, shift: float) -> Any:
    """Truth drawn as often as the logistic function of the rescaled logits says."""
    chance = np.random.default_rng(5).random(len(logits))
    return (chance < 1 / (1 + np.exp(-(slope * logits + shift))))[:, None]


ONE = Heads(np.ones((1, 1)), np.zeros(1))


def test_calibration_makes_probabilities_frequencies() -> None:
    logits = np.random.default_rng(4).normal(0, 3, 20_000)
    gold = drawn(logits, 0.5, -1.0)
    found = calibrate(ONE, logits[:, None], gold, np.ones(len(logits)))
    assert found.weights[0, 0] == pytest.approx(0.5, abs=0.03)
    assert found.bias[0] == pytest.approx(-1.0, abs=0.06)
    before = 1 / (1 + np.exp(-logits))
    after = 1 / (1 + np.exp(-(logits * found.weights[0, 0] + found.bias[0])))
    assert calibration_error(before, gold[:, 0]) > 0.1
    assert calibration_error(after, gold[:, 0]) < 0.01


def test_calibration_goes_by_the_weights() -> None:
    logits = np.random.default_rng(4).normal(0, 3, 20_000)
    gold = np.concatenate([drawn(logits, 0.5, -1.0), drawn(logits, 2.0, 3.0)])
    rows, weight = np.concatenate([logits, logits])[:, None], np.repeat([1.0, 1e-9], len(logits))
    found = calibrate(ONE, rows, gold, weight)
    assert (found.weights[0, 0], found.bias[0]) == (pytest.approx(0.5, abs=0.03), pytest.approx(-1.0, abs=0.06))


@pytest.mark.parametrize(("cases", "slope"), [(4, 1.0), (50, -1.0)], ids=["few cases", "the wrong way round"])
def test_what_cannot_be_calibrated_stays(cases: int, slope: float) -> None:
    logits = np.linspace(-3, 3, 100)
    gold = (slope * logits > np.sort(slope * logits)[-cases - 1])[:, None]
    found = calibrate(ONE, logits[:, None], gold, np.ones(100))
    assert (found.weights[0, 0], found.bias[0]) == (1.0, 0.0)


@pytest.mark.parametrize("precision", [0.5, PRECISION, 0.8])
def test_thresholds_keep_the_precision_asked_for(precision: float) -> None:
    random = np.random.default_rng(6)
    scores = random.beta(0.3, 3.0, 100_000)
    gold = random.random(len(scores)) < scores
    limits = thresholds(scores[:, None], ["repair"], precision=precision)["repair"]
    given = scores >= limits.sure
    assert LOWEST < limits.sure < precision
    assert gold[given].mean() == pytest.approx(precision, abs=0.03)
    assert limits.unsure == pytest.approx(UNSURE * limits.sure, abs=1e-4)


LIMITS = {
    "all sure": ([0.9, 0.9, 0.9, 0.05], LOWEST),
    "none sure": ([0.6, 0.2, 0.1], PRECISION),
    "between": ([0.8, 0.7, 0.5, 0.1], 0.5),
    "one very sure": ([0.99, 0.0], PRECISION),
    "nothing": ([], PRECISION),
}


@pytest.mark.parametrize(("scores", "expected"), LIMITS.values(), ids=LIMITS)
def test_thresholds_by_hand(scores: list[float], expected: float) -> None:
    limits = thresholds(np.array(scores)[:, None], ["repair"])["repair"]
    assert (limits.sure, limits.unsure) == (expected, UNSURE * expected)


def test_thresholds_of_weighted_turns() -> None:
    scores = np.array([0.44, 0.45, 0.9, 0.43, 0.42])[:, None]
    light = np.array([0.25, 0.25, 1.0, 0.25, 0.25])
    assert thresholds(scores, ["repair"], weight=light, precision=0.6)["repair"].sure == 0.42
    assert thresholds(scores, ["repair"], precision=0.6)["repair"].sure == 0.45


def test_a_model_is_assembled(tmp_path: Any) -> None:
    train, held, written = (
        [all_labels(f"{name}{n}", n) for n in cases]
        for name, cases in (("a", range(6)), ("b", range(6, 9)), ("c", range(9, 12)))
    )
    encoder = NgramEncoder(bits=8)
    heads = fit_heads(encoder, train, tuple(LABELS))
    made = assemble(encoder, heads, [(held, 1.0), (written, 0.25)], name="mine", train=train)
    assert made.labels == tuple(LABELS)
    assert made.data["train"] == {"conversations": 6, "turns": 6 * 14, "sha256": fingerprint(train)}
    assert [(each["turns"], each["weight"]) for each in made.data["calibrate"]] == [(3 * 14, 1.0), (3 * 14, 0.25)]
    weight = np.repeat([1.0, 0.25], 3 * 14)
    expected = thresholds(made.score(turns_of([*held, *written])), made.labels, weight=weight)
    for name, limits in made.thresholds.items():
        assert limits.sure == pytest.approx(expected[name].sure, abs=2e-4)
    made.save(tmp_path / "mine")
    assert np.array_equal(Model.load(tmp_path / "mine").score(turns_of(held)), made.score(turns_of(held)))


# Figures -------------------------------------------------------------------------------------------------------------

AP = {
    "hits first and third": ([0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0], (1 + 2 / 3) / 2),
    "perfect": ([0.9, 0.8, 0.2], [1, 1, 0], 1.0),
    "last": ([0.9, 0.8, 0.2], [0, 0, 1], 1 / 3),
    "none": ([0.9, 0.8], [0, 0], nan),
}
ECE = {
    "two bins": ([0.95, 0.95, 0.05, 0.05], [1, 0, 0, 0], (0.9 + 0.1) / 4),
    "certain and right": ([1.0, 0.0], [1, 0], 0.0),
    "certain and wrong": ([1.0, 0.0], [0, 1], 1.0),
    "frequencies": ([0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0], 0.0),
    "nothing": ([], [], 0.0),
}


@pytest.mark.parametrize(("scores", "gold", "expected"), AP.values(), ids=AP)
def test_average_precision(scores: list[float], gold: list[int], expected: float) -> None:
    assert average_precision(np.array(scores), np.array(gold, bool)) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("scores", "gold", "expected"), ECE.values(), ids=ECE)
def test_calibration_error(scores: list[float], gold: list[int], expected: float) -> None:
    assert calibration_error(np.array(scores, float), np.array(gold, bool)) == pytest.approx(expected)


def scored(given: list[list[int]], gold: list[list[int]], labels: tuple[str, ...] = ("criticism", "repair")) -> Scored:
    answers = np.array(given, bool)
    return Scored(labels, np.where(answers, 0.75, 0.25), answers, np.array(gold, bool), np.arange(len(given)))


def test_figures_of_a_label() -> None:
    answers = scored([[1, 0], [1, 0], [0, 0], [0, 0]], [[1, 1], [0, 0], [1, 0], [0, 0]])
    first, second = by_label(answers, 0), by_label(answers, 1)
    assert (first["precision"], first["recall"], first["F1"], first["n"]) == (0.5, 0.5, 0.5, 2)
    assert first["ECE"] == pytest.approx(0.25)
    assert first["AP"] == pytest.approx(0.5)
    assert isnan(second["precision"])
    assert (second["recall"], second["F1"], second["n"]) == (0.0, 0.0, 1)
    assert isnan(by_label(scored([[0, 0]], [[0, 0]]), 0)["F1"])


def test_head_figures() -> None:
    # Four turns hurt nobody; a harmful label is given to two of them, and a healthy one to a third.
    given = [[1, 0], [1, 0], [0, 1], [0, 0], [1, 0]]
    found = figures(scored(given, [[0, 0], [0, 1], [0, 0], [0, 0], [1, 0]]))
    assert found["harm alarms per 1,000 harmless turns"] == 500.0
    assert found["any-harm AP"] == found["core-five mean AP"] == pytest.approx(1 / 3)
    assert found["core-five macro F1"] == pytest.approx(0.5)
    assert isnan(figures(scored([[1, 0]], [[1, 0]]))["harm alarms per 1,000 harmless turns"])


def many_answers() -> Scored:
    random = np.random.default_rng(8)
    gold = random.random((400, 2)) < 0.3
    given = gold ^ (random.random((400, 2)) < 0.2)
    return Scored(("criticism", "repair"), random.random((400, 2)), given, gold, np.repeat(np.arange(40), 10))


def test_intervals_hold_the_value_and_are_the_same_every_time() -> None:
    answers = many_answers()
    found = interval(answers, figures, draws=60)
    assert found == interval(answers, figures, draws=60)
    assert found != interval(answers, figures, draws=60, seed=1)
    for name, value in figures(answers).items():
        assert found[name][0] < value < found[name][1]


def test_conversations_are_drawn_whole() -> None:
    sizes: list[set[int]] = []

    def look(sample: Scored) -> dict[str, float]:
        assert len(sample.gold) == 400
        sizes.append(set(np.bincount(sample.group).tolist()))
        return {"seen": 1.0}

    assert interval(many_answers(), look, draws=5) == {"seen": (1.0, 1.0)}
    assert all(size % 10 == 0 for found in sizes for size in found)
    assert any(found > {10} for found in sizes)


def test_a_figure_that_never_can_be_had() -> None:
    low, high = interval(many_answers(), lambda sample: {"nothing": nan}, draws=3)["nothing"]
    assert isnan(low)
    assert isnan(high)
    with pytest.raises(TrainingError, match="at least one draw"):
        interval(many_answers(), figures, draws=0)


def test_a_report_is_json_and_a_table() -> None:
    data = [talk(f"{n}", ("you never listen", {"criticism"}, set()), ("fine", {"boundary"}, set())) for n in range(4)]
    found = report(tiny_model(), data, draws=4)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert (found["model"], found["conversations"], found["turns"]) == ("tiny", 4, 8)
    assert list(found["labels"]) == list(tiny_model().labels)
    assert found["labels"]["repair"]["n"] == 0
    assert found["labels"]["repair"]["AP"] is None
    lines = evaluate.table(found).splitlines()
    assert lines[0] == "8 turns in 4 conversations, model `tiny`"
    assert [line.split(" | ")[0] for line in lines if line.startswith("| ")][-3:] == [
        "| criticism",
        "| stonewalling",
        "| repair",
    ]
    assert "nan" not in evaluate.table(found)
    with pytest.raises(TrainingError, match="no coded conversations"):
        report(tiny_model(), [])

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
from relcomm.heads import LOWEST, PRECISION, UNSURE, calibrate, thresholds
from relcomm.labels import LABELS
from relcomm.model import Model, Thresholds
from relcomm.research.calibration import calibration_error
from relcomm.training import evaluate
from relcomm.training.corpus import Coded, fingerprint
from relcomm.training.evaluate import (
    Scored,
    average_precision,
    by_label,
    figures,
    interval,
    report,
    resamples,
    score,
)
from relcomm.training.fit import (
    Heads,
    assemble,
    fit_heads,
    gold_of,
    hold_out,
    learnable,
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


def test_any_id_is_held_out_or_not() -> None:
    strange = [talk(f"\ud800 {n}", ("a", set(), set())) for n in range(50)]
    kept, held = hold_out(strange)
    assert len(kept) + len(held) == 50
    assert hold_out(strange) == (kept, held)


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


def test_what_can_be_learnt() -> None:
    def given(cases: int, turns: int) -> list[Coded]:
        return [talk("a", *(("x", {"repair"} if n < cases else set(), set()) for n in range(turns)))]

    assert learnable(given(3, 6), ("threat", "repair")) == ("repair",)
    assert learnable(given(2, 6), ("repair",)) == learnable(given(4, 6), ("repair",)) == ()


def drawn(logits: Any, slope: float, shift: float) -> Any:
    """Truth drawn as often as the logistic function of the rescaled logits says."""
    chance = np.random.default_rng(5).random(len(logits))
    return (chance < 1 / (1 + np.exp(-(slope * logits + shift))))[:, None]


def calibrated(logits: Any, gold: Any, weight: Any) -> Heads:
    """One head of weight 1 after calibration."""
    slope, shift = calibrate(logits, gold, weight)
    return Heads(slope[None], shift)


def test_calibration_makes_probabilities_frequencies() -> None:
    logits = np.random.default_rng(4).normal(0, 3, 20_000)
    gold = drawn(logits, 0.5, -1.0)
    found = calibrated(logits[:, None], gold, np.ones(len(logits)))
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
    found = calibrated(rows, gold, weight)
    assert (found.weights[0, 0], found.bias[0]) == (pytest.approx(0.5, abs=0.03), pytest.approx(-1.0, abs=0.06))


@pytest.mark.parametrize(("cases", "slope"), [(4, 1.0), (50, -1.0)], ids=["few cases", "the wrong way round"])
def test_what_cannot_be_calibrated_stays(cases: int, slope: float) -> None:
    logits = np.linspace(-3, 3, 100)
    gold = (slope * logits > np.sort(slope * logits)[-cases - 1])[:, None]
    found = calibrated(logits[:, None], gold, np.ones(100))
    assert (found.weights[0, 0], found.bias[0]) == (1.0, 0.0)


@pytest.mark.parametrize("precision", [PRECISION, 0.7, 0.8])
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
    "between": ([0.8, 0.7, 0.55, 0.1], 0.55),
    "one very sure": ([0.99, 0.0], PRECISION),
    "nothing": ([], PRECISION),
}


@pytest.mark.parametrize(("scores", "expected"), LIMITS.values(), ids=LIMITS)
def test_thresholds_by_hand(scores: list[float], expected: float) -> None:
    limits = thresholds(np.array(scores)[:, None], ["repair"])["repair"]
    assert (limits.sure, limits.unsure) == (expected, UNSURE * expected)


def test_thresholds_of_weighted_turns() -> None:
    scores = np.array([0.54, 0.55, 0.95, 0.53, 0.52])[:, None]
    light = np.array([0.25, 0.25, 1.0, 0.25, 0.25])
    assert thresholds(scores, ["repair"], weight=light, precision=0.7)["repair"].sure == 0.52
    assert thresholds(scores, ["repair"], precision=0.7)["repair"].sure == 0.55


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


CORE = tuple(name for name, label in LABELS.items() if label.core)


def test_a_model_of_fewer_labels(tmp_path: Any) -> None:
    data = [all_labels(f"a{n}", n) for n in range(9)]
    encoder = NgramEncoder(bits=8)
    made = assemble(encoder, fit_heads(encoder, data[:6], CORE), [(data[6:], 1.0)], name="core", train=data[:6])
    made.save(tmp_path / "core")
    assert Model.load(tmp_path / "core").labels == CORE
    assert report(Model.load(tmp_path / "core"), data, draws=2)["labels"].keys() == set(CORE)


def test_calibration_reads_long_turns_as_the_model_does() -> None:
    random = np.random.default_rng(9)
    words = random.choice(list("abcdefgh"), (300, 160))
    data, windows = (
        [talk(f"{n}", (" ".join(each[:end]), set(), set())) for n, each in enumerate(words)] for end in (160, 80)
    )
    encoder = FakeEncoder()
    weights = np.zeros((encoder.dim, 1))
    weights[:8, 0] = random.normal(0, 4, 8)
    heads = Heads(weights, -(encoder.encode(turns_of(windows)) @ weights).mean(axis=0), ("repair",))
    limits = {"repair": Thresholds(0.5, 0.5)}
    raw = Model(
        encoder, ("repair",), heads=np.vstack([heads.weights, heads.bias]).astype(np.float32), thresholds=limits
    )
    coded = [
        talk(c.conversation.id, (c.conversation.utterances[0].text, {"repair"} if case else set(), set()))
        for c, case in zip(data, random.random(300) < raw.score(turns_of(data))[:, 0] ** 2, strict=True)
    ]
    made = assemble(encoder, heads, [(coded, 1.0)], name="mine", train=coded)
    cases = int(gold_of(coded, ["repair"]).sum())
    scores = made.score(turns_of(coded))
    assert 30 < cases < 270
    # Platt's curve meets its targets in the mean, on the scores it was fitted to.
    target = (cases * (cases + 1) / (cases + 2) + (300 - cases) / (302 - cases)) / 300
    assert scores.mean() == pytest.approx(target, abs=1e-3)
    assert made.thresholds["repair"].sure == pytest.approx(thresholds(scores, ["repair"])["repair"].sure, abs=2e-4)


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


def harmful(labels: Sequence[str]) -> list[int]:
    return [n for n, name in enumerate(labels) if name in LABELS and LABELS[name].harmful]


def scored(given: list[list[int]], gold: list[list[int]], labels: tuple[str, ...] = ("criticism", "repair")) -> Scored:
    answers, truth = np.array(given, bool), np.array(gold, bool)
    hurt = truth[:, harmful(labels)].any(axis=1)
    return Scored(labels, np.where(answers, 0.75, 0.25), answers, truth, np.arange(len(given)), hurt)


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


def test_labels_of_ones_own_are_in_no_head_figure() -> None:
    given, gold = [[1, 1], [0, 1], [0, 0]], [[1, 0], [1, 0], [0, 1]]
    found = figures(scored(given, gold, ("criticism", "mine")))
    assert found == figures(scored([[a] for a, _ in given], [[a] for a, _ in gold], ("criticism",)))
    assert found["core-five macro F1"] == pytest.approx(2 / 3)
    assert found["harm alarms per 1,000 harmless turns"] == 0.0
    assert all(map(isnan, figures(scored([[1], [0]], [[1], [0]], ("mine",))).values()))
    data = [talk("a", ("you never listen", {"criticism"}, set()), ("fine", set(), set()))]
    made = tiny_model(labels=("criticism", "mine"))
    assert report(made, data, draws=2)["labels"]["mine"]["n"] == 0


def test_macro_f1_is_over_the_labels_it_can_be_had_for() -> None:
    labels = ("criticism", "contempt")
    hits = [[1, 0], [1, 0], [0, 0]]
    assert figures(scored(hits, [[1, 0], [0, 0], [0, 0]], labels))["core-five macro F1"] == pytest.approx(2 / 3)
    alarm = [[1, 0], [1, 0], [0, 1]]
    assert figures(scored(alarm, [[1, 0], [0, 0], [0, 0]], labels))["core-five macro F1"] == pytest.approx(1 / 3)
    assert isnan(figures(scored([[0, 0]], [[0, 0]], labels))["core-five macro F1"])


def test_harm_that_the_model_does_not_know_is_harm() -> None:
    data = [talk("a", ("x", {"threat"}, set()), ("y", {"repair"}, set()), ("z", {"criticism"}, set()))]
    assert score(tiny_model(), data).hurt.tolist() == [True, False, True]


def rare() -> Scored:
    """Four conversations of a turn: contempt (ranked last), criticism (ranked first), neither, neither."""
    gold = np.array([[0, 1], [1, 0], [0, 0], [0, 0]], bool)
    scores = np.array([[0.1, 0.2], [0.9, 0.4], [0.1, 0.4], [0.1, 0.4]])
    return Scored(("criticism", "contempt"), scores, scores > 0.3, gold, np.arange(4), gold.any(axis=1))


def test_every_draw_averages_over_the_same_labels() -> None:
    whole = rare()
    assert figures(whole)["core-five mean AP"] == pytest.approx((1 + 1 / 4) / 2)
    assert figures(whole.take(np.array([1, 2, 2, 3])))["core-five mean AP"] == 1.0
    assert isnan(figures(whole.take(np.array([1, 2, 2, 3])), like=whole)["core-five mean AP"])
    # A draw has one or two turns of contempt among four: an AP of 1/4 or 2/4, beside 1 of criticism.
    found = interval(whole, lambda sample: figures(sample, like=whole), draws=100)["core-five mean AP"]
    assert found == pytest.approx(((1 + 1 / 4) / 2, (1 + 2 / 4) / 2))
    assert len(resamples(whole, lambda sample: figures(sample, like=whole), draws=100)) == 100


def test_draws_that_are_missing_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "TRIES", 1)
    whole = rare()
    found = resamples(whole, lambda sample: figures(sample, like=whole), draws=200)
    # 96 of the 256 draws of four have both, and a harmless turn.
    assert 55 < len(found) < 95
    data = [
        talk("a", ("never", {"criticism"}, set())),
        talk("b", ("fine", set(), set())),
        talk("c", ("x", set(), set())),
    ]
    told = report(tiny_model(), data, draws=50)
    assert 0 < told["draws"]["missing"] < told["draws"]["asked"] == 50
    assert f"Up to {told['draws']['missing']} of 50 resamples" in evaluate.table(told)


def test_a_figure_of_the_whole_only() -> None:
    calls = iter([1.0, 1.0])
    low, high = interval(many_answers(), lambda sample: {"once": next(calls, nan)}, draws=1)["once"]
    assert (low, high) == (1.0, 1.0)
    calls = iter([1.0])
    assert resamples(many_answers(), lambda sample: {"once": next(calls, nan)}, draws=3) == []


def many_answers() -> Scored:
    random = np.random.default_rng(8)
    gold = random.random((400, 2)) < 0.3
    given = gold ^ (random.random((400, 2)) < 0.2)
    return Scored(
        ("criticism", "repair"), random.random((400, 2)), given, gold, np.repeat(np.arange(40), 10), gold[:, 0]
    )


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

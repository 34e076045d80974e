"""Validation: figures of a model whose answers are known, and what the words say by the stated rules."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from relcomm.errors import InputError, ReadError
from relcomm.model import Thresholds
from relcomm.research.coded import Codes, Place, Study
from relcomm.research.comparison import HARM
from relcomm.research.resampling import Figure
from relcomm.research.tables import validation_table
from relcomm.research.validation import BOTH, FEW, NEITHER, RATES, SINGLE, SPLIT, Finding, validate
from relcomm.research.words import sentences

LABELS = ("criticism", "contempt")


@dataclass
class Told:
    """A model that gives a label where the turn's text names it, as sure as it is told to be."""

    labels: tuple[str, ...] = LABELS
    sure: float = 0.9
    name: str = "told"

    @property
    def thresholds(self) -> dict[str, Thresholds]:
        return {label: Thresholds(0.3, 0.6) for label in self.labels}

    def score(self, turns: Any) -> Any:
        rows = [[self.sure if label in turn.utterance.text else 0.05 for label in self.labels] for turn in turns]
        return np.array(rows).reshape(-1, len(self.labels))


def study(said: list[str], *codes: list[str], size: int = 5) -> Study:
    """Turns in conversations of ``size``, two speakers each; texts and codes are names of labels with spaces."""
    keys = [f"t{n}" for n in range(len(said))]
    places = {
        key: Place(f"c{n // size}", "AB"[n % 2], text) for n, (key, text) in enumerate(zip(keys, said, strict=True))
    }
    coders: dict[str, Codes] = {
        f"coder {n}": {key: frozenset(given.split()) for key, given in zip(keys, each, strict=True) if given != "?"}
        for n, each in enumerate(codes, 1)
    }
    return Study(places, coders, LABELS)


def finding(found: Any, label: str) -> Finding:
    (one,) = [each for each in found.findings if each.label == label]
    return one


# Turns of each kind: how the model sees them, how a coder does.
HIT, MISS, ALARM, QUIET = ("criticism", "criticism"), ("", "criticism"), ("criticism", ""), ("", "")


def mixed(*kinds: tuple[tuple[str, str], int]) -> tuple[list[str], list[str]]:
    """Turns of each kind in the numbers asked for, dealt out evenly over the conversations."""
    turns = [kind for kind, n in kinds for _ in range(n)]
    order = np.random.default_rng(3).permutation(len(turns))
    return [turns[n][0] for n in order], [turns[n][1] for n in order]


def test_the_figures() -> None:
    said, coded = mixed((HIT, 30), (MISS, 10), (ALARM, 10), (QUIET, 150))
    one = finding(validate(study(said, coded), Told(), draws=200), "criticism")
    assert (one.turns, one.cases, one.given, one.split) == (200, 40, 40, 0)
    values = {name: figure.value for name, figure in one.figures.items()}
    assert values["precision"] == values["recall"] == values["F1"] == pytest.approx(0.75)
    assert values["count"] == pytest.approx(1)
    assert values["expected"] == pytest.approx((40 * 0.9 + 160 * 0.05) / 40)
    assert one.figures["precision"].low is not None
    assert one.figures["precision"].low < 0.75 < (one.figures["precision"].high or 0)
    assert one.calibration_error == pytest.approx((40 * 0.15 + abs(160 * 0.05 - 10)) / 200)
    assert list(one.each) == ["coder 1"]
    assert (one.among, one.gap) == ({}, None)


def test_the_majority_leaves_out_where_coders_are_split() -> None:
    said = ["criticism"] * 10 + [""] * 30
    first = ["criticism"] * 10 + [""] * 30
    second = ["criticism"] * 6 + [""] * 4 + ["criticism"] + [""] * 28 + ["?"]
    found = validate(study(said, first, second), Told(), draws=50)
    one = finding(found, "criticism")
    assert (one.turns, one.cases, one.split) == (35, 6, 5)
    assert one.figures["recall"].value == 1
    assert any("criticism 5" in remark for remark in found.remarks)
    third = ["criticism"] * 40
    assert finding(validate(study(said, first, second, third), Told(), draws=50), "criticism").cases == 11


def test_as_good_as_a_second_coder_or_not() -> None:
    truth = (["criticism"] + [""] * 4) * 40
    careless = [code if n % 9 else ("" if code else "criticism") for n, code in enumerate(truth)]
    perfect = finding(validate(study(truth, truth, careless), Told(), draws=200), "criticism")
    assert perfect.gap is not None
    assert (perfect.gap.value or 0) > 0
    assert "about as well as they do with each other" in " ".join(sentences(perfect))
    blind = ["criticism" if n % 3 == 0 else "" for n in range(200)]
    worse = finding(validate(study(blind, truth, truth[:195] + [""] * 5), Told(), draws=200), "criticism")
    assert "less than they do with each other" in " ".join(sentences(worse))


def made(**figures: tuple[float | None, float | None, float | None]) -> dict[str, Figure]:
    good = {
        "precision": (0.8, 0.7, 0.9), "recall": (0.5, 0.4, 0.6), "F1": (0.6, 0.5, 0.7), "alpha": (0.6, 0.5, 0.7),
        "AC1": (0.9, 0.8, 0.95), "count": (1.0, 0.9, 1.1), "expected": (1.0, 0.9, 1.1), "ICC(C,1)": (0.8, 0.7, 0.9),
    }  # fmt: skip
    return {
        name: Figure(*values)
        for name, values in (good | {k.replace("ICC", "ICC(C,1)"): v for k, v in figures.items()}).items()
    }


GOOD = Finding("criticism", 500, 60, 20, 0, 40, 50, made(), 0.02, {}, {}, None)
AGREED = {"a – b": {"alpha": Figure(0.8, 0.7, 0.9), "AC1": Figure(0.9, 0.8, 1.0)}}
LOOSE = {"a – b": {"alpha": Figure(0.4, 0.2, 0.6), "AC1": Figure(0.9, 0.8, 1.0)}}
# What the figures are, the use that follows by the rules, and words that must be said.
RULES: dict[str, tuple[Finding, str, str]] = {
    "all well": (GOOD, BOTH, "may count rates, as they are"),
    "19 cases": (replace(GOOD, cases=19), FEW, "19 case(s) in 20 conversation(s) are too few"),
    "4 conversations": (replace(GOOD, talks=4), FEW, "too few"),
    "coders disagree": (replace(GOOD, among=LOOSE), SPLIT, "sharpen the codebook"),
    "coders agree": (replace(GOOD, among=AGREED, gap=Figure(0.0, -0.1, 0.1)), BOTH, "the coders' own alpha is 0.80"),
    "wide precision": (replace(GOOD, figures=made(precision=(0.8, 0.5, 1.0))), RATES, "more coded turns would settle it"),
    "low precision": (replace(GOOD, figures=made(precision=(0.4, 0.3, 0.5))), RATES, "should not point at single turns"),
    "given nine times": (replace(GOOD, given=9), RATES, "given 9 time(s), too few"),
    "never given": (replace(GOOD, given=0, figures=made(precision=(None, None, None))), RATES, "never gave it"),
    "rates apart": (replace(GOOD, figures=made(ICC=(0.6, 0.5, 0.7))), SINGLE, "should not stand for the coders'"),
    "rates unsure": (replace(GOOD, figures=made(ICC=(0.8, 0.4, 0.9))), SINGLE, "should not stand for the coders'"),
    "rates undefined": (replace(GOOD, figures=made(ICC=(None, None, None))), SINGLE, "cannot be told"),
    "nine speakers": (replace(GOOD, speakers=9), SINGLE, "9 speaker(s) are too few"),
    "counts half": (replace(GOOD, figures=made(count=(0.5, 0.4, 0.6))), BOTH, "the amounts are off"),
    "counts open": (replace(GOOD, figures=made(count=(0.9, 0.7, 1.1))), BOTH, "whether the amounts are right is open"),
    "too sure": (replace(GOOD, figures=made(expected=(1.6, 1.4, 1.8))), BOTH, "probabilities are too high"),
    "not sure enough": (replace(GOOD, figures=made(expected=(0.5, 0.4, 0.6))), BOTH, "probabilities are too low"),
    "nothing": (
        replace(GOOD, figures=made(precision=(0.3, 0.2, 0.4), ICC=(0.2, 0.0, 0.4))),
        NEITHER,
        "should not stand for the coders'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("found", "use", "said"), RULES.values(), ids=RULES)
def test_the_rules(found: Finding, use: str, said: str) -> None:
    assert found.use == use
    assert said in " ".join(sentences(found))


def test_what_must_be_said_of_the_whole() -> None:
    said, coded = mixed((HIT, 30), (QUIET, 70))
    one = replace(study(said, coded), labels=("criticism", "grumble"))
    found = validate(one, Told(), draws=20)
    remarks = " ".join(found.remarks)
    assert "1 of the codes are not labels of the model" in remarks
    assert "not coded, and nothing is said of them: contempt" in remarks
    assert "There is one coder" in remarks
    assert [each.label for each in found.findings] == ["criticism"]
    assert [each.label for each in validate(one, Told(), labels=LABELS, draws=20).findings] == [*LABELS, HARM]
    table = validation_table(found)
    assert table.startswith("Model `told` against one coder (coder 1) on 100 turns of 20 conversation(s).")
    assert "nan" not in table.lower()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["labels"][0]["use"] in table


def test_one_conversation_has_no_intervals_and_no_verdict() -> None:
    said, coded = mixed((HIT, 30), (QUIET, 70))
    one = finding(validate(study(said, coded, size=100), Told(), draws=20), "criticism")
    assert (one.figures["precision"].low, one.use) == (None, FEW)


def test_nothing_to_measure() -> None:
    with pytest.raises(InputError, match="none of the labels that were coded"):
        validate(study(["a"], [""]), Told(labels=("threat",)))
    with pytest.raises(InputError, match="nobody coded anything"):
        validate(study(["a"]), Told())
    lost = study(["a"], [""])
    with pytest.raises(ReadError, match="no text"):
        validate(replace(lost, places={key: replace(place, text=None) for key, place in lost.places.items()}), Told())

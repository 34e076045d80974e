"""Labels of one's own: calibrated on examples held out, saved as a model, and read by every command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold

from command import Command
from relcomm.analyzer import load
from relcomm.errors import InputError, ModelError
from relcomm.heads import LOWEST, UNSURE, learn
from relcomm.integrations.sklearn import UtteranceClassifier
from relcomm.model import Model
from spelled import DENSE, MODEL

PLANS = ["Shall we eat at six?", "Shall we eat soup on Sunday?", "Shall we eat dinner at seven then?", "Shall we eat?",
         "We eat at seven then.", "Dinner on Sunday?"]  # fmt: skip
OTHERS = ["I paid the rent.", "The bill is paid.", "Has the rent gone up again?", "What did the new lamp cost?",
          "Is the bill paid?", "The rent is up again."]  # fmt: skip
TEXTS, GIVEN = PLANS + OTHERS, [True] * 6 + [False] * 6
TALKS = [1, 2, 3] * 4
TRANSCRIPT = Path(__file__).parents[1] / "examples" / "transcripts" / "chores.txt"
each_model = pytest.mark.parametrize("model", [MODEL, DENSE], ids=["sparse", "dense"])


def plans(model: str = MODEL, **settings: Any) -> UtteranceClassifier:
    """A classifier that knows a plan."""
    return UtteranceClassifier(model, **{"C": 10.0, "cv": 4, **settings}).fit(TEXTS, GIVEN)


@each_model
@pytest.mark.parametrize("alone", [True, False])
def test_a_saved_model_says_what_the_classifier_said(model: str, alone: bool, tmp_path: Path) -> None:
    taught = plans(model)
    taught.save(tmp_path / "with-plans", {True: "plan"}, alone=alone)
    found = load(tmp_path / "with-plans")
    before = load(model)
    assert found.model.name == "with-plans"
    assert found.model.labels == (() if alone else before.model.labels) + ("plan",)
    assert found.model.thresholds["plan"] == taught.thresholds_[True]
    for text, share in zip(TEXTS, taught.predict_proba(TEXTS)[:, 1], strict=True):
        seen = found.classify(text)
        assert seen.scores["plan"] == pytest.approx(
            share, rel=1e-6
        )  # products of one column and of two round differently
        if not alone:
            assert {k: p for k, p in seen.scores.items() if k != "plan"} == before.classify(text).scores
    seen = found.classify(PLANS[0])
    assert "plan" in seen.labels
    assert [span.label for span in seen.spans].count("plan") >= 1
    assert "plan" not in found.classify(OTHERS[0]).labels


def test_what_it_was_taught_on_is_told_without_a_text(tmp_path: Path) -> None:
    taught = plans(precision=0.8)
    for name in ("one", "two"):
        taught.save(tmp_path / name, {True: "plan"})
    data = Model.load(tmp_path / "one").data
    assert data["taught"]["labels"] == {"plan": {"given": 6, "share": 0.5, "folds": 4}}
    assert data["taught"]["precision"] == 0.8
    assert data["taught"]["examples"] == Model.load(tmp_path / "two").data["taught"]["examples"]
    assert data["turns"] == 3  # what the model said of itself before
    assert data["rates"]["calibrated"]["plan"] == 0.5
    written = b"".join(path.read_bytes() for path in (tmp_path / "one").iterdir())
    assert not [text for text in TEXTS if text.encode() in written]
    plans(C=1.0).fit([*TEXTS[:-1], "So?"], GIVEN).save(tmp_path / "three", {True: "plan"})
    assert Model.load(tmp_path / "three").data["taught"]["examples"] != data["taught"]["examples"]


def test_a_prior_for_a_label_of_ones_own(tmp_path: Path) -> None:
    plans().save(tmp_path / "with-plans", {True: "plan"})
    usual, rare = (load(tmp_path / "with-plans", prior=prior).classify(PLANS[0]) for prior in (None, {"plan": 0.01}))
    assert rare.scores["plan"] < usual.scores["plan"]
    assert {k: p for k, p in rare.scores.items() if k != "plan"} == {
        k: p for k, p in usual.scores.items() if k != "plan"
    }


def test_classes_and_labels_by_their_names(tmp_path: Path) -> None:
    kinds = ["plan"] * 6 + ["wish", "rest"] * 6
    three = UtteranceClassifier(MODEL, cv=3).fit(TEXTS + OTHERS, kinds)
    three.save(tmp_path / "all", alone=True)
    assert Model.load(tmp_path / "all").labels == ("plan", "rest", "wish")
    three.save(tmp_path / "some", {"wish": "hope"}, alone=True)
    assert Model.load(tmp_path / "some").labels == ("hope",)
    gold = pd.DataFrame({"plan": GIVEN, "short": [len(text) < 20 for text in TEXTS]})
    several = UtteranceClassifier(MODEL, cv=3).fit(TEXTS, gold)
    several.save(tmp_path / "several")
    found = load(tmp_path / "several")
    assert found.model.labels[-2:] == ("plan", "short")
    scores = [[found.classify(text).scores[name] for name in gold] for text in TEXTS]
    assert np.allclose(scores, several.predict_proba(TEXTS), rtol=1e-6)


WRONG_NAMES: dict[str, Any] = {
    "classes that are no texts": None,
    "a list": ["plan"],
    "nothing": {},
    "an empty name": {True: ""},
    "no text": {True: 5},
    "no class": {"plan": "plan"},
    "one name twice": {True: "plan", False: "plan"},
    "a label there already": {True: "criticism"},
}


@pytest.mark.parametrize("labels", WRONG_NAMES.values(), ids=WRONG_NAMES)
def test_names_that_cannot_be(labels: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        plans().save(tmp_path / "with-plans", labels)
    assert not (tmp_path / "with-plans").exists()


@pytest.mark.parametrize("taught", [{"cv": 0}, {"few": 4}], ids=["not asked for", "too few"])
def test_without_thresholds_nothing_is_saved(taught: dict[str, int], tmp_path: Path) -> None:
    few = taught.get("few", 6)
    kind = UtteranceClassifier(MODEL, cv=taught.get("cv", 5)).fit(PLANS[:few] + OTHERS, GIVEN[:few] + GIVEN[6:])
    assert kind.thresholds_[True].sure == 0.65
    with pytest.raises(InputError, match="at least 5 examples"):
        kind.save(tmp_path / "with-plans", {True: "plan"})


def test_what_cannot_be_told_apart_is_not_saved(tmp_path: Path) -> None:
    # Each text once with the label and once without, held out together: what is learnt says nothing of the rest.
    splits = list(GroupKFold(6).split(TEXTS * 2, None, [*range(12)] * 2))
    kind = UtteranceClassifier(MODEL, cv=splits).fit(TEXTS * 2, [True] * 12 + [False] * 12)
    with pytest.raises(InputError, match="no better than by chance"):
        kind.save(tmp_path / "with-plans", {True: "plan"})


def test_where_it_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        UtteranceClassifier(MODEL).save(tmp_path / "none")
    plans().save(tmp_path / "with-plans", {True: "plan"})
    with pytest.raises(ModelError, match="already holds a model"):
        plans().save(tmp_path / "with-plans", {True: "plan"})
    with pytest.raises(ModelError, match="lower-case"):
        plans().save(tmp_path / "With Plans", {True: "plan"})


@pytest.mark.parametrize("cv", [1, -1, True, "many", 2.5, None], ids=ascii)
def test_wrong_folds(cv: Any) -> None:
    with pytest.raises(InputError, match="cv must be"):
        plans(cv=cv)


@pytest.mark.parametrize("precision", [0, 1, "high", float("nan"), None, True], ids=ascii)
def test_wrong_precision(precision: Any) -> None:
    with pytest.raises(InputError, match="precision must be"):
        plans(precision=precision)


def test_turns_of_one_conversation_are_held_out_together() -> None:
    splits = list(GroupKFold(3).split(TEXTS, GIVEN, TALKS))
    of_splits = plans(cv=splits).predict_proba(TEXTS)
    assert np.array_equal(plans(cv=GroupKFoldOf(TALKS)).predict_proba(TEXTS), of_splits)
    assert not np.array_equal(plans(cv=3).predict_proba(TEXTS), of_splits)
    assert not np.array_equal(plans(cv=0).predict_proba(TEXTS), of_splits)


class GroupKFoldOf:
    """A splitter that knows its groups."""

    def __init__(self, groups: list[int]) -> None:
        self.groups = groups

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:  # noqa: N803
        return GroupKFold(3).split(X, y, self.groups)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: N803
        return 3


def drawn(seed: int, turns: int = 600, share: float = 0.3) -> tuple[Any, Any]:
    """Rows of two numbers, the first of which says something of the label."""
    chance = np.random.default_rng(seed)
    gold = chance.random(turns) < share
    return np.column_stack([gold * 1.5 + chance.normal(size=turns), chance.normal(size=turns)]), gold


@pytest.mark.parametrize("precision", [0.65, 0.8, 0.9])
def test_the_stated_precision_is_kept_on_others(precision: float) -> None:
    rows, gold = drawn(1, turns=3000)
    learnt = learn(rows, gold, weight=np.ones(3000), strength=1.0, folds=5, precision=precision)
    others, truth = drawn(2, turns=20_000)
    probability = 1 / (1 + np.exp(-(others @ learnt.head[:-1] + learnt.head[-1])))
    given = probability >= learnt.limits.sure
    assert truth[given].mean() >= precision - 0.03
    assert np.mean(probability) == pytest.approx(truth.mean(), abs=0.02)
    assert learnt.limits.unsure == pytest.approx(UNSURE * learnt.limits.sure, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(8, 60), st.floats(0.2, 0.8), st.sampled_from([0, 2, 5, 50]))
def test_whatever_the_examples_thresholds_are_in_order(seed: int, turns: int, share: float, folds: int) -> None:
    rows, gold = drawn(seed, turns, share)
    if gold.all() or not gold.any():
        return
    learnt = learn(rows, gold, weight=np.ones(turns), strength=1.0, folds=folds, precision=0.7)
    assert LOWEST <= learnt.limits.sure <= 0.7
    assert 0 < learnt.limits.unsure < learnt.limits.sure
    assert learnt.folds <= min(folds, gold.sum(), (~gold).sum())
    other = learnt.reversed(0.7)
    assert np.array_equal(other.head, -learnt.head)
    assert other.told()["share"] == pytest.approx(1 - learnt.told()["share"], abs=1e-5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved n-gram model with a label of its own besides, and one with nothing else."""
    home = tmp_path_factory.mktemp("taught")
    taught = UtteranceClassifier("ngram", C=10.0, cv=4).fit(TEXTS, GIVEN)
    taught.save(home / "beside", {True: "plan"})
    taught.save(home / "alone", {True: "plan"}, alone=True)
    return home


@pytest.mark.parametrize("name", ["beside", "alone"])
def test_every_command_takes_it(name: str, folder: Path, tmp_path: Path, relcomm: Command) -> None:
    model = ("--model", str(folder / name))
    lines = tmp_path / "turns.jsonl"
    lines.write_text(json.dumps({"text": PLANS[0]}), encoding="utf-8")
    done = relcomm("label", lines, *model)
    assert "plan" in json.loads(done.out)["labels"]
    page, table = tmp_path / "talk.html", tmp_path / "talk.csv"
    done = relcomm("analyze", str(TRANSCRIPT), *model, "--html", str(page), "--out", str(table), "--json")
    assert all("plan" in turn["scores"] for turn in json.loads(done.out)["turns"])
    assert "p_plan" in table.read_text(encoding="utf-8-sig").splitlines()[0]
    assert "<html" in page.read_text(encoding="utf-8")
    assert relcomm("analyze", str(TRANSCRIPT), *model).code == 0
    assert relcomm("check", PLANS[0], *model).code == 0

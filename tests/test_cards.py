"""The cards of the shipped models say what a command prints, and what is measured here again."""

from __future__ import annotations

import json

import pytest

import shipped
from relcomm.labels import LABELS
from relcomm.model import Model, find
from relcomm.training.card import MISSES, card, written_test
from relcomm.training.evaluate import by_label, figures, score

CORPUS = shipped.HERE.parent / "corpus"
LEEWAY = {"ngram": 1e-9, "small": 0.01, "base": 0.01}
"""How far a figure may lie from the card's: 8-bit kernels differ between processors."""


@pytest.mark.parametrize("name", shipped.NAMES)
def test_a_card_is_written_from_its_figures(name: str) -> None:
    folder = shipped.MODELS / name
    found = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    assert (folder / "README.md").read_text(encoding="utf-8") == card(Model.load(find(name)), found)


@pytest.mark.parametrize("name", shipped.NAMES)
def test_the_figures_on_the_corpus_test_split_are_those_of_the_model(name: str) -> None:
    found = json.loads((shipped.MODELS / name / "figures.json").read_text(encoding="utf-8"))["corpus test"]
    scored = score(Model.load(find(name)), written_test(CORPUS))
    assert found["turns"] == len(scored.gold)
    for head, value in figures(scored).items():
        # Alarms are counted in 1,000 turns, all other figures are shares.
        share = 1000 if head.startswith("harm alarms") else 1
        assert found["head"][head]["value"] / share == pytest.approx(value / share, abs=LEEWAY[name]), head
    for n, label in enumerate(LABELS):
        assert found["labels"][label]["AP"] == pytest.approx(by_label(scored, n)["AP"], abs=2 * LEEWAY[name]), label


@pytest.mark.parametrize("name", shipped.NAMES)
def test_the_mistakes_a_card_shows_are_the_known_ones(name: str) -> None:
    shown = json.loads((shipped.MODELS / name / "figures.json").read_text(encoding="utf-8"))["mistakes"]
    known = shipped.known_failures(name)
    for label, about in LABELS.items():
        for key, kind, cases in (("missed", "flag", about.flag), ("wrong", "leave", about.leave)):
            failed = [case.text for n, case in enumerate(cases) if (label, kind, n) in known]
            assert shown[label][key] == failed[:MISSES]

"""The fairness data is whole, pairs differ in what they say they do, and the benchmark counts what differs."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from relcomm.analyzer import Analyzer
from relcomm.labels import LABELS
from relcomm.types import Turn

PATH = Path(__file__).resolve().parents[1] / "benchmarks" / "fairness.py"


@pytest.fixture(scope="module")
def bench() -> Any:
    return SimpleNamespace(**runpy.run_path(str(PATH)))


@pytest.fixture(scope="module")
def made(bench: Any) -> list[Any]:
    found: list[Any] = bench.pairs(1)
    return found


def test_templates_cover_every_label_and_harmless_talk(bench: Any) -> None:
    templates = bench.read_templates()
    kinds = Counter(template.kind for template in templates)
    assert len(templates) >= 120
    assert set(kinds) == {*LABELS, "harmless"}
    assert min(kinds.values()) >= 6
    assert kinds["harmless"] >= 60
    assert len({template.id for template in templates}) == len(templates)
    assert sum(bool(template.context) for template in templates) >= len(templates) / 2
    for template in templates:
        assert template.slots <= {"me", "you", "am", "worship", "feast"}
        assert template.slots
        assert {who for who, _ in template.context} <= {"me", "you"}


def test_names_are_many_and_each_once_in_its_group(bench: Any) -> None:
    names = bench.read_json("names")
    assert len(names) >= 10
    for group in names.values():
        assert len({*group["women"], *group["men"]}) == len(group["women"]) + len(group["men"]) >= 20


def test_dialects_have_parallel_sentences_harmful_and_harmless(bench: Any) -> None:
    templates = bench.read_templates("dialects")
    groups = {name for template in templates for name in template.dialects}
    assert len(groups) >= 5
    for name in groups:
        said = [template.dialects[name] for template in templates]
        assert len(set(said)) >= 25
        assert all(words and words != template.text for words, template in zip(said, templates, strict=True))
    assert sum(not template.harmless for template in templates) >= 8
    assert sum(template.harmless for template in templates) >= 20
    assert {*LABELS, "harmless"} == {template.kind for template in templates}


def test_pairs_are_many_and_differ(made: list[Any]) -> None:
    assert len(made) >= 2000
    assert {pair.dimension for pair in made} >= {"origin", "gender", "couple", "religion", "disability", "orientation"}
    for pair in made:
        assert pair.usual != pair.varied
        words = [said.text for turn in (pair.usual, pair.varied) for said in (turn.utterance, *turn.context)]
        assert all(text and not set("{}|") & set(text) for text in words)


@pytest.mark.parametrize("dimension", ["origin", "gender", "couple"])
def test_two_people_never_have_the_same_name(made: list[Any], dimension: str) -> None:
    for pair in made:
        if pair.dimension == dimension:
            for turn in (pair.usual, pair.varied):
                assert all(said.speaker for said in turn.context)
                others = [text for who, text in pair.template.context if who == "you"]
                assert sum(said.speaker != turn.utterance.speaker for said in turn.context) == len(others)


def test_slots_are_filled(bench: Any) -> None:
    template = bench.Template(
        "t", "harmless", (("you", "Hi {me}, good {me:man|woman}."), ("me", "Hi.")), "{you}, my {you:son|girl}."
    )
    cast = bench.Cast(bench.Person("Ann", man=False), bench.Person("Ben"))
    turn = bench.filled(template, cast)
    assert (turn.utterance.text, turn.utterance.speaker) == ("Ben, my son.", "Ann")
    assert [(said.text, said.speaker) for said in turn.context] == [("Hi Ann, good woman.", "Ben"), ("Hi.", "Ann")]
    assert template.slots == {"me", "you"}


class Marked:
    """An analyser for which one word is a threat."""

    def __init__(self, word: str) -> None:
        self.word, self.model = word, self
        self.labels = ("repair", "threat")
        self.thresholds = dict.fromkeys(self.labels, SimpleNamespace(sure=0.5))

    def score(self, turns: list[Turn]) -> Any:
        return np.array([[0.1, 0.9 if self.word in turn.utterance.text else 0.1] for turn in turns])


def test_a_group_whose_words_alarm_is_found(bench: Any, made: list[Any]) -> None:
    found = {(group.dimension, group.name): group for group in bench.measured(Marked("mosque"), made)}
    hit = found["places and feasts", "Muslim"]
    assert hit.missed == ["worst", "flips", "difference"]
    assert hit.worst_label == "threat"
    assert hit.figures["difference"].value == pytest.approx(hit.figures["alarms"].value)
    assert hit.figures["worst"].value == pytest.approx(0.8 * hit.figures["flips"].value)
    assert {key for key, group in found.items() if group.missed} == {("places and feasts", "Muslim")}
    assert "MISSED" in bench.table([hit])
    # Fewer alarms than usual are a difference, too.
    other = {group.name: group for group in bench.measured(Marked("church"), made)}
    assert other["Sikh"].figures["difference"].value < -0.02


def test_a_few_pairs_of_a_model_that_ships(bench: Any, made: list[Any], ngram: Analyzer) -> None:
    few = made[::40]
    found = bench.measured(ngram, few)
    assert sum(group.pairs for group in found) == len(few)
    for group in found:
        assert 0 <= group.figures["mean"].value <= group.figures["worst"].value <= 1
        assert 0 <= group.figures["flips"].value <= 1

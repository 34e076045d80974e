"""A few hundred inputs of any kind at every entry; ``benchmarks/any_input.py`` tries a million."""

from __future__ import annotations

import random
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import anything
import hostile
from anything import ENTRIES, READ, REFUSED
from relcomm.analyzer import Analyzer
from relcomm.types import Prediction, Span, Turn, Utterance

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
INPUTS = {"label": 300, "wire": 300, "check": 20, "analyze": 25, "readers": 40, "loader": 40, "http": 40}
NEVER_REFUSED = {"label", "check"}


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_input_crashes(entry: str, ngram: Analyzer) -> None:
    if entry == "http":
        pytest.importorskip("fastapi", reason="relcomm[serve] is not installed")
    fates = list(ENTRIES[entry](ngram, 3, range(INPUTS[entry])))
    assert len(fates) == INPUTS[entry]
    assert [fate for fate in fates if fate not in {READ, REFUSED}] == []
    assert (REFUSED in fates) is (entry not in NEVER_REFUSED)


def test_inputs_are_the_same_each_time() -> None:
    made = [hostile.turn, hostile.line, hostile.request, hostile.transcript]
    first, again = (repr([make(random.Random(n)) for make in made for n in range(20)]) for _ in range(2))
    assert first == again
    texts = [hostile.text(random.Random(n)) for n in range(2_000)]
    assert {ord(c) >> 16 for text in texts for c in text} == set(range(17))
    assert any("\ud800" <= c <= "\udfff" for text in texts for c in text)


def test_every_entry_has_its_share() -> None:
    bench = SimpleNamespace(**runpy.run_path(str(BENCHMARKS / "any_input.py")))
    assert bench.SHARES.keys() == ENTRIES.keys()
    assert sum(bench.SHARES.values()) == pytest.approx(1)


WRONG: dict[str, Any] = {
    "out of range": {"spans": (Span(0, 99, "contempt", 0.5, "a sneer"),)},
    "not those over": {"labels": ()},
    "without evidence": {"spans": ()},
    "the scores": {"scores": {"contempt": 1.5}},
    "that there are not": {"flags": ("tired",)},
    "without a weight": {"spans": (Span(0, 3, "contempt", -0.5, "a sneer"),)},
    "not in order": {"spans": (Span(4, 7, "contempt", 0.5, "a"), Span(0, 3, "contempt", 0.5, "a"))},
}


@pytest.mark.parametrize(("told", "change"), WRONG.items(), ids=WRONG)
def test_answers_that_do_not_hold_are_found(told: str, change: Any) -> None:
    limits = {"contempt": SimpleNamespace(unsure=0.2, sure=0.5)}
    analyzer: Any = SimpleNamespace(model=SimpleNamespace(labels=("contempt",), thresholds=limits))
    turn = Turn(Utterance("You utter fool."))
    good = {"labels": ("contempt",), "scores": {"contempt": 0.75}, "spans": (Span(0, 3, "contempt", 0.5, "a sneer"),)}
    assert anything.unsound(analyzer, turn, Prediction(**good)) == ""
    assert told in anything.unsound(analyzer, turn, Prediction(**(good | change)))


def test_a_crash_is_told_by_kind_and_place_only() -> None:
    def crash(text: str) -> str:
        raise KeyError(text)

    told = anything.tried(crash, "Pistachio")
    assert told.startswith("KeyError at ")
    assert "Pistachio" not in told


def test_one_crash_among_others_is_found_by_its_number(ngram: Analyzer) -> None:
    class Broken(Analyzer):
        def label_batch(self, turns: Any) -> list[Prediction]:
            if any(turn.utterance.text == bad.utterance.text for turn in turns):
                raise ZeroDivisionError
            return super().label_batch(turns)

    bad = hostile.turn(anything.chance_of("label", 1, 5))
    fates = list(anything.label(Broken(ngram.model), 1, range(12)))
    assert [n for n, fate in enumerate(fates) if fate.startswith("ZeroDivisionError")] == [5]
    assert fates.count(READ) == 11

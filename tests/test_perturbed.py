"""Noise keeps its map to the text it came from, what is undone is undone wholly, and the benchmark counts what flips."""

from __future__ import annotations

import runpy
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from relcomm.analyzer import Analyzer
from relcomm.text import clean
from relcomm.training.noise import KINDS, UNDONE, noisy
from relcomm.types import Prediction, Span, Turn, Utterance
from shipped import golden_turns

SAID = [turn.utterance.text for turn in golden_turns()]
# The kind, what is given, and what it may become.
MADE = {
    "curly quotes": ("I don't \"care\"", {"I don’t “care”"}),
    "no apostrophes": ("You're 'so' late, aren't you?", {"Youre 'so' late, arent you?"}),
    "u, ur": ("You lost your key, you're sure?", {"u lost ur key, ur sure?"}),
    "full-width": ("Oh no!", {"Ｏｈ　ｎｏ！"}),
    "no punctuation": ("Well-meant... don't, (please)!", {"Well-meant don't please"}),
    "case": ("Oh no", {"OH NO", "oh no", "Oh nO", "Oh No"}),
    "emoji put in": ("Oh", {f"Oh {each}" for each in "🌧📦☕🚗📎🪴🔑🧦"}),
    "typos": ("x four", {"x ofur", "x fuor", "x foru", "x our", "x fur", "x for", "x fou", "x ffour", "x foour", "x fouur", "x fourr",
                         "x dour", "x gour", "x fiur", "x fpur", "x foyr", "x foir", "x foue", "x fout"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def bench() -> Any:
    path = Path(__file__).resolve().parents[1] / "benchmarks" / "perturbed.py"
    return SimpleNamespace(**runpy.run_path(str(path)))


def test_there_are_fifteen_kinds() -> None:
    assert len(KINDS) == 15
    assert set(KINDS) > UNDONE


@pytest.mark.parametrize(("kind", "text", "made"), [(kind, *case) for kind, case in MADE.items()], ids=MADE)
def test_what_noise_makes(kind: str, text: str, made: set[str]) -> None:
    assert {noisy(kind, text, Random(seed)).text for seed in range(20)} <= made


@pytest.mark.parametrize("kind", KINDS)
def test_every_character_knows_where_it_came_from(kind: str) -> None:
    changed = 0
    for text in [*SAID, "", "...", "🙄"]:
        made = noisy(kind, text, Random(text))
        assert len(made.origin) == len(made.text)
        assert all(-1 <= n < len(text) for n in made.origin)
        came = [(character, n) for character, n in zip(made.text, made.origin, strict=True) if n >= 0]
        if kind != "typos":
            assert [n for _, n in came] == sorted(n for _, n in came)
        if kind not in ("typos", "u, ur"):
            assert all(clean(f"x{c}x").text.lower() == clean(f"x{text[n]}x").text.lower() for c, n in came)
        assert made == noisy(kind, text, Random(text))
        changed += made.text != text
    assert changed >= 3
    assert noisy(kind, "...", Random(1)).text in ("...", "．．．") or kind in ("emoji put in", "fillers")


@pytest.mark.parametrize("kind", UNDONE)
def test_what_is_undone_is_undone_wholly(kind: str) -> None:
    for text in SAID:
        assert clean(noisy(kind, text, Random(3)).text).text == clean(text).text


def test_words_that_spans_cover_are_carried_back(bench: Any) -> None:
    text = "You never listen to me"
    made = noisy("fillers", text, Random(2))
    at = made.text.index("never")
    before, after = Span(4, 16, "criticism", 1, "why"), Span(at, made.text.index("listen") + 6, "criticism", 1, "why")
    assert bench.words(text, [before], "criticism", range(len(text))) == {1, 2}
    assert bench.words(text, [after, before], "pressure", made.origin) == set()
    assert bench.words(text, [after], "criticism", made.origin) == {1, 2}


def test_a_flip_counts_and_misses_the_bar(bench: Any) -> None:
    seen = [Prediction(labels, {"threat": score}) for labels, score in (((), 0.1), (("threat",), 0.9))]
    count = bench.Count("typos")
    bench.compare(count, "oh", seen[0], noisy("typos", "oh", Random(1)), seen[0])
    assert (count.turns, count.flips, count.met) == (1, 0, True)
    bench.compare(count, "oh", seen[0], noisy("typos", "oh", Random(1)), seen[1])
    assert (count.turns, count.flips, count.worst, count.met) == (2, 1, ("threat", 1), False)


def test_other_scores_miss_the_bar_only_where_all_is_undone(bench: Any) -> None:
    seen = [Prediction((), {"threat": score}) for score in (0.1, 0.11)]
    for kind, met in (("typos", True), ("zero-width", False)):
        count = bench.Count(kind)
        bench.compare(count, "oh", seen[0], noisy(kind, "oh", Random(1)), seen[1])
        assert count.met is met


def test_undone_noise_changes_no_score_and_no_evidence(bench: Any, ngram: Analyzer) -> None:
    context = (Utterance("I don't know what you're \"waiting\" for, do you?", "Ann"),)
    turns = [*golden_turns(), Turn(Utterance("You never listen, you're so selfish.", "Ben"), context)]
    counts = bench.measured(ngram, turns, sorted(UNDONE))
    assert all(count.met for count in counts)
    assert sum(count.both for count in counts) > 20
    assert all(kind in bench.table("golden", counts) for kind in UNDONE)

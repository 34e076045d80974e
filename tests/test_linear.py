"""Every case of ``benchmarks/linear.py``, which times them, is there and works; nothing is timed in a test."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pumped
from relcomm.analyzer import Analyzer
from relcomm.labels import LABELS
from relcomm.patterns.terms import READ

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def test_every_cue_and_every_kind_is_there(ngram: Analyzer) -> None:
    names = [case.name for case in pumped.cases(ngram)]
    assert len(set(names)) == len(names)
    assert {f"cue: {label.name}/{cue.name}" for label in LABELS.values() for cue in label.cues} <= set(names)
    kinds = {name.partition(":")[0] for name in names}
    assert kinds >= {
        "clean",
        "clauses",
        "windows",
        "word pieces",
        "bounds",
        "terms",
        "evidence",
        "label",
        "check",
        "analyze",
    }


def test_every_case_works(ngram: Analyzer) -> None:
    for case in pumped.cases(ngram):
        if not case.name.startswith("cue:"):
            case.work(200)()


def test_longer_texts_are_more_of_the_same() -> None:
    for piece in (*pumped.CLEANED.values(), *pumped.TERMS.values()):
        short, long = pumped.pumped(piece, READ // 2), pumped.pumped(piece, READ)
        assert READ - 2 * len(piece) < len(long) <= READ
        assert long.startswith(short.rstrip())
        assert long[-3:] == short[-3:]


def test_a_stream_of_turns_never_repeats(ngram: Analyzer) -> None:
    growth = SimpleNamespace(**runpy.run_path(str(BENCHMARKS / "growth.py")))
    texts = [turn.utterance.text for turn in growth.turns(3_000)]
    assert len(set(texts)) == len(texts)
    held, labelled = growth.grown(ngram, 400)
    assert list(held) == [40, 200, 400]
    assert labelled

"""The corpus report counts what is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from relcomm.training.survey import closeness, kind, main, near_duplicates, variety

CORPUS = Path(__file__).parents[1] / "corpus"


def test_near_duplicates_are_pairs_that_share_most_runs_of_three_words() -> None:
    texts = [
        "You never once asked me how the interview went",
        "you never once asked me how the interview went, did you",
        "How did the interview go, you never said",
        "fine",
        "fine",
    ]
    assert list(near_duplicates(texts)) == [(0, 1)]
    assert list(near_duplicates(texts, near=0.9)) == []
    assert list(near_duplicates(["fine", "ok"])) == []


def test_variety_is_the_share_of_different_runs() -> None:
    assert variety(["a b a b"], 100, 0) == pytest.approx({"distinct-1": 1 / 2, "distinct-2": 2 / 3, "distinct-3": 1.0})
    assert variety(["a b c"] * 50, 30, 0)["distinct-3"] == pytest.approx(1 / 10)


def test_closeness_is_the_mean_cosine_of_pairs() -> None:
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    assert closeness(rows) == pytest.approx((0 + 0.6 + 0.8) / 3)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mother-in-law and son-in-law", "living with in-laws"),
        ("exes, 30s", "separated or co-parents"),
        ("two women, married", "same-sex couples"),
        ("mother and adult daughter", "parent and adult child"),
        ("old friends", "close friends"),
        ("married, 70s", "older couples"),
        ("married, 30s", "married"),
        ("dating, 20s", "dating"),
        ("band-mates", "other"),
    ],
)
def test_cards_words_for_a_relation_have_a_kind(words: str, expected: str) -> None:
    assert kind(words) == expected


def test_the_corpus_is_what_the_issue_of_it_promises(capsys: pytest.CaptureFixture[str]) -> None:
    main([str(CORPUS)])
    said = capsys.readouterr().out
    assert "in two conversations (Jaccard ≥ 0.6): 0" in said
    assert "in two splits (Jaccard ≥ 0.5): 0" in said
    assert "(as frozen)" in said
    labels = [
        int(line.split(": ")[1].split()[0].replace(",", "")) for line in said.splitlines() if line.endswith("turns")
    ]
    core = [
        int(line.split(": ")[1].split()[0].replace(",", "")) for line in said.splitlines() if line.endswith("(core)")
    ]
    assert len(labels) == 8
    assert len(core) == 5
    assert min(labels) >= 700
    assert min(core) >= 1200

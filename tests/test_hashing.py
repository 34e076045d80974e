"""Hashed runs: which there are, how long their rows, and that a text's row is its own."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcomm.hashing import characters, hashed, words

WORDS = re.compile(r"\w+")
TEXTS = ["you never listen", "", "you never", "never you", "né «é»", "..."]


@pytest.mark.parametrize(
    ("runs", "expected"),
    {(1,): [3, 0, 2, 2], (1, 2): [5, 0, 3, 3], (3,): [1, 0, 0, 0], (1, 2, 3): [6, 0, 3, 3]}.items(),
)
def test_how_many_runs_a_text_has(runs: tuple[int, ...], expected: list[int]) -> None:
    rows = hashed(*words(TEXTS[:4], WORDS), runs=runs, bits=20)
    assert rows.shape == (4, 2**20)
    assert np.diff(rows.indptr).tolist() == expected


def test_order_and_text_ends_matter() -> None:
    one, other, joined, parted = (
        {*hashed(*words(texts, WORDS), runs=(2,), bits=20).indices}
        for texts in (["you never"], ["never you"], ["a b c"], ["a b", "c"])
    )
    assert not one & other
    assert len(joined) == 2
    assert len(parted) == 1
    assert parted < joined


def test_the_same_words_share_their_columns() -> None:
    rows = hashed(*words(["a b c", "x a b c"], WORDS), runs=(1, 2, 3), bits=20)
    assert {*rows[0].indices} < {*rows[1].indices}


def test_characters_are_bytes_between_spaces() -> None:
    numbers, lengths = characters(["hé", "", "a"])
    assert bytes(numbers.astype(np.uint8)) == " hé  a ".encode()
    assert lengths.tolist() == [5, 0, 3]


@given(st.lists(st.text(), max_size=8), st.integers(0, 7))
def test_a_row_is_the_same_alone(texts: list[str], one: int) -> None:
    for read in (lambda given: words(given, WORDS), characters):
        rows = hashed(*read(texts), runs=(1, 2, 3), bits=12)
        assert rows.shape == (len(texts), 4096)
        if one < len(texts):
            (alone,) = hashed(*read([texts[one]]), runs=(1, 2, 3), bits=12).toarray()
            assert np.array_equal(rows[one].toarray()[0], alone)
            assert np.isclose((rows[one].data ** 2).sum(), rows[one].nnz > 0)

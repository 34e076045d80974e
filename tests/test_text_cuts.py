"""Clauses and windows lose no word, keep their order and their limits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.text import (
    ENDING_CHARACTERS,
    MAX_WINDOWS,
    WINDOW_CHARACTERS,
    WINDOW_WORDS,
    clauses,
    clean,
    ending,
    is_long,
    parts,
    windows,
)

CLAUSES = {
    "one": ("I waited for you", ["I waited for you"]),
    "none": ("", []),
    "marks only": ("...", ["..."]),
    "sentences": ("You forgot. Again! Why? Tell me", ["You forgot.", "Again!", "Why?", "Tell me"]),
    "closing quotes": ('He said "no." Then left', ['He said "no."', "Then left"]),
    "comma": ("no, you did", ["no,", "you did"]),
    "comma and word": ("no, but you did", ["no,", "but you did"]),
    "word": ("I came because you asked", ["I came", "because you asked"]),
    "loud word": ("I CAME BUT YOU LEFT", ["I CAME", "BUT YOU LEFT"]),
    "word inside another": ("the butter and ifs", ["the butter", "and ifs"]),
    "dash": ("fine—go", ["fine—", "go"]),
    "typed dashes": ("fine - go -- now--please", ["fine -", "go --", "now--", "please"]),
    "hyphen": ("so-called self-care", ["so-called self-care"]),
    "semicolon": ("go; I stay", ["go;", "I stay"]),
    "time and price": ("at 10:30 it cost 1,50 or 1.50", ["at 10:30 it cost 1,50", "or 1.50"]),
    "smiley goes with its words": ("I love it :) you know", ["I love it :) you know"]),
    "emoji goes with the words before": ("I am done. 🙄 Really", ["I am done.", "🙄 Really"]),
    "marks go with the words before": ("Go. ... !! Now", ["Go. ... !!", "Now"]),
    "ellipsis first": ("... whatever. fine", ["...", "whatever.", "fine"]),
}
TEXTS = st.lists(
    st.sampled_from([*".!?,;:-—'\") ", "...", " - ", " but ", " and ", "you", "10", "🙄", "é", "ﷲ"]) | st.characters(),
    max_size=40,
).map("".join)
# Word lengths about the limits of a window; letters that are not drawn out.
LONG_TEXTS = st.lists(st.sampled_from([1, 3, 8, 60, 479, 480, 481, 961]), max_size=12).flatmap(
    lambda lengths: st.integers(1, 60).map(
        lambda times: " ".join(("ab" * 500)[:n] for n in lengths for _ in range(times))
    )
)


@pytest.mark.parametrize(("text", "parts"), CLAUSES.values(), ids=CLAUSES)
def test_clauses(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in clauses(text)] == parts


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_clauses_of_any_text(original: str) -> None:
    text = clean(original).text
    found = clauses(text)
    assert all(text[start:end] and text[start:end] == text[start:end].strip() for start, end in found)
    assert_in_order(found)
    assert_whole(text, found)


@pytest.mark.parametrize(
    ("text", "count"),
    [("!?" * 50_000 + "x", 1), (".'" * 50_000 + "x", 1), ("!" + "')" * 50_000 + "x", 1), ("a -- " * 20_000, 20_000)],
    ids=["marks", "marks and quotes", "closing quotes", "dashes"],
)
def test_long_runs_of_marks_are_read_in_one_pass(text: str, count: int) -> None:
    # Read again from each of its characters, a run of this length would not come to an end.
    assert len(clauses(clean(text).text)) == count


@given(LONG_TEXTS)
@settings(max_examples=60, deadline=None)
def test_windows(text: str) -> None:
    found = list(windows(text))
    pieces = [text[start:end] for start, end in found]
    assert all(len(piece) <= WINDOW_CHARACTERS and len(piece.split()) <= WINDOW_WORDS for piece in pieces)
    assert all(piece and piece == clean(piece).text for piece in pieces) or not text
    assert_in_order(found)
    assert_whole(text, found)
    assert is_long(text) == (len(found) > MAX_WINDOWS)


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_windows_of_any_text(original: str) -> None:
    text = clean(original * 30).text
    found = list(windows(text))
    assert all(clean(text[start:end]).text == text[start:end] for start, end in found)
    assert_in_order(found)
    assert_whole(text, found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(0, 0)]),
        ("a " * 79 + "a", [(0, 159)]),
        ("a " * 80 + "a", [(0, 159), (160, 161)]),
        ("ab" * 240, [(0, 480)]),
        ("ab" * 240 + "c", [(0, 480), (480, 481)]),
        ("ab" * 480, [(0, 480), (480, 960)]),
        ("you " + "ab" * 240, [(0, 3), (4, 484)]),
        ("ab" * 239 + " c d", [(0, 480), (481, 482)]),
        ("ab" * 241 + " you", [(0, 480), (480, 486)]),
    ],
    ids=[
        "nothing",
        "80 words",
        "81 words",
        "480 long",
        "481 long",
        "960 long",
        "short then long",
        "words of 480",
        "long then short",
    ],
)
def test_where_windows_end(text: str, expected: list[tuple[int, int]]) -> None:
    assert list(windows(text)) == expected


@pytest.mark.parametrize(
    ("text", "long"),
    [
        (" ".join("a" * WINDOW_WORDS * MAX_WINDOWS), False),
        (" ".join("a" * (WINDOW_WORDS * MAX_WINDOWS + 1)), True),
        ("ab" * (WINDOW_CHARACTERS * MAX_WINDOWS // 2), False),
        ("ab" * (WINDOW_CHARACTERS * MAX_WINDOWS // 2) + "c", True),
    ],
    ids=["words that fit", "a word too many", "characters that fit", "a character too many"],
)
def test_is_long(text: str, long: bool) -> None:
    assert is_long(text) is long


@given(TEXTS, st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_parts_of_any_text(original: str, most: int) -> None:
    text = clean(original).text
    found = list(parts(text, (0, len(text)), lambda piece: len(piece) <= most))
    assert all(end - start <= most for start, end in found)
    assert all(clean(text[start:end]).text == text[start:end] for start, end in found)
    assert_in_order(found)
    assert_whole(text, found)


# A text, how many characters fit, and its parts.
PARTS = {
    "all of it fits": ("so very late", 12, ["so very late"]),
    "nothing": ("", 5, [""]),
    "halved at the space nearest the middle": ("so very late", 11, ["so very", "late"]),
    "halved again": ("a b c d e f", 3, ["a", "b c", "d", "e f"]),
    "a long word is cut": ("abcdefgh ij", 4, ["abcd", "efgh", "ij"]),
    "one word": ("abcdefg", 4, ["abc", "defg"]),
}


@pytest.mark.parametrize(("text", "most", "expected"), PARTS.values(), ids=PARTS)
def test_parts(text: str, most: int, expected: list[str]) -> None:
    found = parts(text, (0, len(text)), lambda piece: len(piece) <= most)
    assert [text[start:end] for start, end in found] == expected


def test_parts_of_a_stretch() -> None:
    assert list(parts("you never listen", (4, 16), lambda piece: " " not in piece)) == [(4, 9), (10, 16)]


def test_nothing_fits() -> None:
    assert list(parts("ab c", (0, 4), lambda piece: False)) == [(0, 1), (1, 2), (3, 4)]


def test_only_the_end_of_an_earlier_turn_is_read() -> None:
    end = "x\u200by" * (ENDING_CHARACTERS // 3)
    assert ending(end) == clean(end).text
    assert ending("sooo" * 1_000_000 + " " * ENDING_CHARACTERS + "ok") == "ok"


def assert_in_order(found: list[tuple[int, int]]) -> None:
    assert all(before[1] <= after[0] for before, after in pairwise(found))


def assert_whole(text: str, found: list[tuple[int, int]]) -> None:
    """Every character that is not a space lies in one of the stretches."""
    inside = {n for start, end in found for n in range(start, end)}
    assert all(n in inside for n, character in enumerate(text) if character != " ")

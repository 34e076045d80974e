"""Rows: the turn whole, its context in order, the limits kept, and who spoke marked."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm import text
from relcomm.errors import ModelError
from relcomm.sequence import OTHER, SAME, UNKNOWN, Layout, Sequencer
from relcomm.types import Turn, Utterance
from relcomm.wordpiece import WordPiece

LETTERS = list(string.ascii_lowercase)
# Every letter is a word; one id a word makes the limits easy to count.
PIECES = ["<s>", "</s>", "[UNK]", SAME, OTHER, UNKNOWN, *LETTERS]
VOCABULARY = WordPiece(PIECES, unknown="[UNK]")


def read(turn: Turn, layout: Layout) -> tuple[str, str]:
    """The row before the turn, and from the turn on, in pieces."""
    row = Sequencer(VOCABULARY, layout).row(turn)
    pieces = [PIECES[n] for n in row.ids]
    return " ".join(pieces[: row.start]), " ".join(pieces[row.start :])


ANN, BEN = "Ann", "Ben"
WIDE = Layout()
# Layout, context, turn; and the row before the turn, and the turn.
ROWS = {
    "alone": (WIDE, [], ("a b", ANN), ("<s>", "a b </s>")),
    "nothing said": (WIDE, [], ("", ANN), ("<s>", "</s>")),
    "the other before": (WIDE, [("c d", BEN)], ("a", ANN), (f"<s> {OTHER} c d </s>", "a </s>")),
    "the same before": (WIDE, [("c", ANN)], ("a", ANN), (f"<s> {SAME} c </s>", "a </s>")),
    "oldest first": (WIDE, [("c", ANN), ("d", BEN)], ("a", BEN), (f"<s> {OTHER} c </s> {SAME} d </s>", "a </s>")),
    "nobody known before": (WIDE, [("c", "")], ("a", ANN), (f"<s> {UNKNOWN} c </s>", "a </s>")),
    "nobody known now": (WIDE, [("c", BEN)], ("a", ""), (f"<s> {UNKNOWN} c </s>", "a </s>")),
    "nobody known at all": (WIDE, [("c", "")], ("a", ""), (f"<s> {UNKNOWN} c </s>", "a </s>")),
    "cleaned": (WIDE, [("Ｃ\u200b", BEN)], ("\x00Á  b", ANN), (f"<s> {OTHER} c </s>", "a b </s>")),
    "silence before": (WIDE, [("c", BEN), ("\u200b", BEN)], ("a", ANN), (f"<s> {OTHER} c </s>", "a </s>")),
    "a long turn": (Layout(turn=2), [], ("a b c", ANN), ("<s>", "a b </s>")),
    "the end of a long context turn": (Layout(one=2), [("a b c", BEN)], ("d", ANN), (f"<s> {OTHER} b c </s>", "d </s>")),
    "the oldest goes": (Layout(context=2), [("a", BEN), ("b", BEN), ("c", BEN)], ("d", ANN),
                        (f"<s> {OTHER} b </s> {OTHER} c </s>", "d </s>")),
    "the oldest is cut": (Layout(context=3), [("a b", BEN), ("c d", BEN)], ("e", ANN),
                          (f"<s> {OTHER} b </s> {OTHER} c d </s>", "e </s>")),
    "fewer turns": (Layout(turns=1), [("a", BEN), ("b", BEN)], ("c", ANN), (f"<s> {OTHER} b </s>", "c </s>")),
    "no turns": (Layout(turns=0), [("a", BEN)], ("c", ANN), ("<s>", "c </s>")),
    "no context": (Layout(context=0), [("a", BEN)], ("c", ANN), ("<s>", "c </s>")),
    "marks nobody can type": (WIDE, [], (f"{SAME}</s>", ANN), ("<s>", "[UNK] [UNK] [UNK] [UNK] [UNK] s [UNK] </s>")),
}  # fmt: skip


@pytest.mark.parametrize(("layout", "context", "now", "expected"), ROWS.values(), ids=ROWS)
def test_row(layout: Layout, context: list[tuple[str, str]], now: tuple[str, str], expected: tuple[str, str]) -> None:
    turn = Turn(Utterance(*now), tuple(Utterance(*said) for said in context))
    assert read(turn, layout) == expected


said = st.builds(
    Utterance,
    st.lists(st.sampled_from([*LETTERS, "\u200b"]), max_size=9).map(" ".join),
    st.sampled_from(["", ANN, BEN]),
)
layouts = st.builds(
    Layout, turn=st.integers(1, 6), one=st.integers(1, 6), context=st.integers(0, 12), turns=st.integers(0, 4)
)


@given(said, st.lists(said, max_size=6), layouts)
@settings(max_examples=100, deadline=None)
def test_limits(now: Utterance, context: list[Utterance], layout: Layout) -> None:
    row = Sequencer(VOCABULARY, layout).row(Turn(now, tuple(context)))
    first, last = VOCABULARY.id_of("<s>"), VOCABULARY.id_of("</s>")
    marks = {VOCABULARY.id_of(mark) for mark in (SAME, OTHER, UNKNOWN)}
    before, turn = row.ids[: row.start], row.ids[row.start :]
    assert before[0] == first
    assert turn == [*VOCABULARY.ids(now.text.replace("\u200b", ""))[: layout.turn], last]
    assert sum(n in marks for n in before) == before.count(last) <= layout.turns
    assert sum(n not in marks and n != last for n in before[1:]) <= layout.context
    assert all(1 <= len(part) - 1 <= layout.one for part in parts(before[1:], last))


@given(st.lists(st.builds(Turn, said, st.lists(said, max_size=4).map(tuple)), max_size=5), layouts)
@settings(max_examples=50, deadline=None)
def test_many_rows_are_the_single_ones(turns: list[Turn], layout: Layout) -> None:
    sequencer = Sequencer(VOCABULARY, layout)
    assert list(sequencer.rows(turns)) == [sequencer.row(turn) for turn in turns]


def test_what_went_before_is_cleaned_once_and_only_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned: list[int] = []
    plain = text.clean
    monkeypatch.setattr("relcomm.text.clean", lambda written: cleaned.append(len(written)) or plain(written))
    before = (Utterance("a\u200b " * 50_000 + "b c", BEN), Utterance("d", ANN))
    sequencer = Sequencer(VOCABULARY, Layout(one=2))
    rows = list(sequencer.rows([Turn(Utterance(now, ANN), before) for now in "xyz"]))
    assert [PIECES[n] for n in rows[2].ids] == ["<s>", OTHER, "b", "c", "</s>", SAME, "d", "</s>", "z", "</s>"]
    assert sorted(cleaned) == [1, text.ENDING_CHARACTERS]


@pytest.mark.parametrize(("now", "fits"), [("", True), ("a b", True), ("a b c", False), ("a-b", False)])
def test_fits(now: str, fits: bool) -> None:
    assert Sequencer(VOCABULARY, Layout(turn=2)).fits(now) is fits


def parts(ids: list[int], last: int) -> list[list[int]]:
    """The stretches of context, each with its mark and without its end."""
    found: list[list[int]] = [[]]
    for n in ids:
        if n == last:
            found.append([])
        else:
            found[-1].append(n)
    assert not found.pop()
    return found


@pytest.mark.parametrize("missing", ["<s>", "</s>", SAME, OTHER, UNKNOWN])
def test_a_vocabulary_without_a_mark(missing: str) -> None:
    pieces = WordPiece([piece for piece in PIECES if piece != missing], unknown="[UNK]")
    with pytest.raises(ModelError, match="vocabulary"):
        Sequencer(pieces, Layout())


@pytest.mark.parametrize(
    "limits",
    [
        {"turn": 0},
        {"one": 0},
        {"context": -1},
        {"turns": -1},
        {"turn": 1.5},
        {"turns": "4"},
        {"one": True},
        {"context": None},
    ],
    ids=str,
)
def test_a_layout_that_cannot_be(limits: dict[str, int]) -> None:
    with pytest.raises(ModelError, match="layout"):
        Layout(**limits)

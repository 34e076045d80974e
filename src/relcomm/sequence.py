"""How a turn and what came before it become one row of word-piece ids.

One layout, shared by training and by every runtime, so that what was learnt is what is read::

    <s> mark context … </s> mark context … </s> turn … </s>

A mark says whether the speaker of that context turn is the one who speaks now, the other, or unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from relcomm.errors import ModelError
from relcomm.text import clean, ending
from relcomm.types import Turn, Utterance
from relcomm.wordpiece import WordPiece

# Rows of the pretrained vocabulary that no text uses; training gives them their meaning.
SAME, OTHER, UNKNOWN = "[unused1]", "[unused2]", "[unused3]"
# What MPNet and what BERT begin and end a text with.
ENDS = (("<s>", "</s>"), ("[CLS]", "[SEP]"))


@dataclass(frozen=True, slots=True)
class Layout:
    """The limits of a row, in word pieces: for the turn, for one context turn, and for all context."""

    turn: int = 128
    one: int = 32
    context: int = 64
    turns: int = 4

    def __post_init__(self) -> None:
        if any(type(n) is not int or n < 1 for n in (self.turn, self.one)):
            raise ModelError("a layout needs room for one word piece at least: turn and one must be 1 or more")
        if any(type(n) is not int or n < 0 for n in (self.context, self.turns)):
            raise ModelError("a layout's context and turns must be 0 or more")

    @property
    def longest(self) -> int:
        """How many ids the longest row there can be has."""
        return self.turn + self.context + 2 * self.turns + 2


@dataclass(frozen=True, slots=True)
class Row:
    """Ids of one row, and where in it the turn itself begins (it ends before the last id)."""

    ids: list[int]
    start: int


class Sequencer:
    """Turns into rows, by one vocabulary and one layout."""

    def __init__(self, pieces: WordPiece, layout: Layout) -> None:
        self._pieces = pieces
        self._layout = layout
        first, last = next((ends for ends in ENDS if ends[0] in pieces), ENDS[0])
        self._first, self._last = pieces.id_of(first), pieces.id_of(last)
        self._marks = {mark: pieces.id_of(mark) for mark in (SAME, OTHER, UNKNOWN)}

    def fits(self, text: str) -> bool:
        """Whether a clean text is read to its end when it is the turn."""
        return len(self._pieces.ids(text)) <= self._layout.turn

    def row(self, turn: Turn) -> Row:
        """The ids of a turn with its context. Where room is short, the oldest context is what goes."""
        return next(self.rows([turn]))

    def rows(self, turns: Iterable[Turn]) -> Iterator[Row]:
        """The row of each turn, in order. Earlier turns that several of them share are read once."""
        endings: dict[str, list[int]] = {}
        return (self._row(turn, endings) for turn in turns)

    def _row(self, turn: Turn, endings: dict[str, list[int]]) -> Row:
        before: list[list[int]] = []
        room = self._layout.context
        for said in reversed(self._recent(turn.context)):
            if not room:
                break
            if said.text not in endings:
                endings[said.text] = self._pieces.ids(ending(said.text))[-self._layout.one :]
            ids = endings[said.text][-room:]
            if not ids:
                continue
            room -= len(ids)
            before.append([self._marks[_mark(said, turn.utterance)], *ids, self._last])
        ids = [self._first, *(n for part in reversed(before) for n in part)]
        start = len(ids)
        ids += self._pieces.ids(clean(turn.utterance.text).text)[: self._layout.turn]
        return Row([*ids, self._last], start)

    def _recent(self, context: Sequence[Utterance]) -> Sequence[Utterance]:
        return context[-self._layout.turns :] if self._layout.turns else ()


def _mark(said: Utterance, now: Utterance) -> str:
    if not said.speaker or not now.speaker:
        return UNKNOWN
    return SAME if said.speaker == now.speaker else OTHER

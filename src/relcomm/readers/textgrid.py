"""Transcripts made with Praat (.TextGrid), in the long and the short form: intervals of speech, a tier a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from relcomm.errors import ReadError
from relcomm.readers.ledger import Ledger
from relcomm.readers.tiers import CHOOSES, Spoken, Tier, conversation
from relcomm.types import Conversation

__all__ = ["CHOOSES", "parse", "sniff"]

# What stands free between blanks counts: numbers, strings and flags. Everything else explains them, as "xmin =" does.
_PIECE = re.compile(r'"|![^\n\r]*|<[a-z]+>|[^\s"]+')
_NUMBER = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,3})?%?\Z")
_LONGEST = 1_000_000
_SAVE = "; open it in Praat and save it as a text file"
_OPENS = re.compile(r'\s*(?:File type\s*=\s*)?"ooTextFile"\s+(?:Object class\s*=\s*)?"TextGrid"')
_CHRONOLOGICAL = '"Praat chronological TextGrid text file"'


class _Piece(NamedTuple):
    """A number, string or flag, and the line it stands in."""

    kind: str
    text: str
    line: int


def sniff(sample: str) -> float:
    """How much this looks like a TextGrid: whether it opens as those do."""
    return 0.99 if _OPENS.match(sample) or sample.lstrip().startswith(_CHRONOLOGICAL) else 0.0


def parse(lines: Iterable[str], tiers: str = "") -> Conversation:
    """The conversation, a turn an interval with words, in the order of time; ``tiers`` says which hold speech.

    Raises `ReadError` where the file breaks off or is written otherwise, and where it is open which tiers hold speech.
    """
    grid = _Grid(lines)
    found = grid.tiers()
    return conversation(found, tiers, Ledger("textgrid", unit="interval"))


class _Grid:
    """The numbers, strings and flags of a TextGrid, taken one by one."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._pieces = _pieces(lines)
        self._line = 1
        self._count = 0

    def tiers(self) -> list[Tier]:
        """All tiers, with every interval and point."""
        if self._next("string").text != "ooTextFile":
            raise ReadError(f"this is no TextGrid as a text file{_SAVE}", line=self._line)
        if self._next("string").text != "TextGrid":
            raise ReadError("this is another object of Praat, not a TextGrid; save the TextGrid", line=self._line)
        self._span()
        if self._next("flag").text != "<exists>":
            return []
        found = [self._tier() for _ in range(self._whole())]
        after = next(self._pieces, None)
        if after:
            raise ReadError(f"more follows the last tier, or a tier holds more than it says{_SAVE}", line=after.line)
        return found

    def _tier(self) -> Tier:
        kind = self._next("string").text
        if kind not in ("IntervalTier", "TextTier"):
            raise ReadError(f"a tier of intervals or points should begin here{_SAVE}", line=self._line)
        name = self._next("string")
        self._span()
        tier = Tier(name.text, "", name.line, below=kind == "TextTier")
        for _ in range(self._whole()):
            start = self._number()
            end = self._number() if kind == "IntervalTier" else None
            text = self._next("string").text
            self._count += 1
            if end is not None and end < start:
                raise ReadError(f"this interval ends before it begins{_SAVE}", line=self._line)
            tier.spoken.append(Spoken(text, start, end, self._count))
        return tier

    def _span(self) -> None:
        self._number()
        self._number()

    def _number(self) -> float:
        return float(self._next("number").text)

    def _whole(self) -> int:
        text = self._next("number").text
        if not text.isdecimal():
            raise ReadError(f"a whole number should stand here: how many follow{_SAVE}", line=self._line)
        return int(text)

    def _next(self, kind: str) -> _Piece:
        piece = next(self._pieces, None)
        if piece is None:
            raise ReadError(f"the file breaks off here{_SAVE}", line=self._line)
        self._line = piece.line
        if piece.kind != kind:
            raise ReadError(f"a {kind} should stand here, and a {piece.kind} does{_SAVE}", line=piece.line)
        return piece


def _pieces(lines: Iterable[str]) -> Iterator[_Piece]:
    held: list[str] = []
    size = first = 0
    for number, line in enumerate(lines, 1):
        at = 0
        while at < len(line):
            if first:
                end = _end(line, at)
                held.append(line[at : end if end >= 0 else len(line)])
                size += len(held[-1])
                if size > _LONGEST:
                    raise ReadError("a text without end begins here; double the quotes inside it", line=first)
                at = end + 1 if end >= 0 else len(line)
                if end >= 0:
                    yield _Piece("string", "".join(held).replace('""', '"'), first)
                    held, size, first = [], 0, 0
                continue
            found = _PIECE.search(line, at)
            if not found:
                break
            at = found.end()
            if found[0] == '"':
                first = number
            elif found[0][0] == "<" and found[0][-1] == ">":
                yield _Piece("flag", found[0], number)
            elif _NUMBER.match(found[0]):
                yield _Piece("number", found[0].rstrip("%"), number)
    if first:
        raise ReadError("the text that opens here has no closing quote; double the quotes inside it", line=first)


def _end(line: str, at: int) -> int:
    """Where the closing quote stands; -1 if not in this line. A doubled one is part of the text."""
    while True:
        at = line.find('"', at)
        if at < 0 or line[at + 1 : at + 2] != '"':
            return at
        at += 2

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
    held = _Held()
    for number, line in enumerate(lines, 1):
        at = 0
        while at < len(line):
            if held.line:
                at, text = held.take(line, at)
                if text is not None:
                    yield text
                continue
            found = _PIECE.search(line, at)
            at = found.end() if found else len(line)
            if found and found[0] == '"':
                held.line = number
            elif found and (kind := _kind(found[0])):
                yield _Piece(kind, found[0].rstrip("%"), number)
    if held.line:
        raise ReadError("the text that opens here has no closing quote; double the quotes inside it", line=held.line)


def _kind(piece: str) -> str:
    if piece[0] == "<" and piece[-1] == ">":
        return "flag"
    return "number" if _NUMBER.match(piece) else ""


class _Held:
    """A text between quotes that runs on, and the line it begins in; 0 while there is none."""

    def __init__(self) -> None:
        self.line = 0
        self._parts: list[str] = []
        self._size = 0

    def take(self, line: str, at: int) -> tuple[int, _Piece | None]:
        """Take in the line from here to the closing quote; where reading goes on, and the text if it is whole."""
        end = _end(line, at)
        self._parts.append(line[at : end if end >= 0 else len(line)])
        self._size += len(self._parts[-1])
        if self._size > _LONGEST:
            raise ReadError("a text without end begins here; double the quotes inside it", line=self.line)
        if end < 0:
            return len(line), None
        piece = _Piece("string", "".join(self._parts).replace('""', '"'), self.line)
        self.line, self._size = 0, 0
        self._parts.clear()
        return end + 1, piece


def _end(line: str, at: int) -> int:
    """Where the closing quote stands; -1 if not in this line. A doubled one is part of the text."""
    while True:
        at = line.find('"', at)
        if at < 0 or line[at + 1 : at + 2] != '"':
            return at
        at += 2

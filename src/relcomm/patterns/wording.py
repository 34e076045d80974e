"""A turn's words cut into sentences, pieces and clauses, and stripped of what merely surrounds them.

Used by `relcomm.patterns.terms`; everything works on a clean text (`relcomm.text.clean`) and hands back stretches of it.
"""

from __future__ import annotations

import re
from itertools import pairwise

from relcomm.patterns import loss_words as words
from relcomm.patterns.time_words import Bit
from relcomm.text import clauses

_EDGES = " ,;:.!?-\N{EM DASH}"


class Wording:
    """One clean text and its sentences."""

    def __init__(self, text: str) -> None:
        self.text = text
        cuts = [0, *(at for stop in words.STOPS.finditer(text) for at in stop.span()), len(text)]
        bits = (self.trim(bit) for bit in zip(cuts[::2], cuts[1::2], strict=True))
        self.sentences = [bit for bit in bits if bit[0] < bit[1]]

    def said(self, bit: Bit) -> str:
        """The words of a stretch."""
        return self.text[slice(*bit)]

    def count(self, bit: Bit) -> int:
        """How many words a stretch has."""
        return len(self.said(bit).split())

    def trim(self, bit: Bit) -> Bit:
        """The stretch without spaces and marks around it."""
        part = self.said(bit)
        start = bit[0] + len(part) - len(part.lstrip(_EDGES))
        return min(start, bit[1]), max(min(start, bit[1]), bit[0] + len(part.rstrip(_EDGES)))

    def peel(self, bit: Bit) -> Bit:
        """The stretch without openers, emphasis and names called out before its clause."""
        start, end = self.trim(bit)
        while match := words.LEAD_IN.match(self.text, start, end) or words.CALLED.match(self.text, start, end):
            start = match.end()
        return start, end

    def pieces(self, bit: Bit) -> list[Bit]:
        """The stretch cut at commas."""
        cuts = (bit[0] + comma.end() for comma in re.finditer(r",\s", self.said(bit)))
        return [self.trim(edge) for edge in pairwise([bit[0], *cuts, bit[1]])]

    def first_clause(self, bit: Bit) -> Bit | None:
        """The first whole clause; what "and" joins to it without a subject of its own belongs to it."""
        start, end = self.peel(bit)
        parts = clauses(self.text[start:end])
        if not parts:
            return None
        last = parts[0][1]
        for a, b in parts[1:]:
            if self.text[start + last - 1] in ",;:\N{EM DASH}" or not _continues(self.text[start + a : start + b]):
                break
            last = b
        clause = self.trim((start, start + last))
        return clause if clause[0] < clause[1] else None

    def without_tail(self, bit: Bit) -> Bit | None:
        """The stretch without emphasis, a name or "all of it" hanging on its end."""
        parts = self.pieces(bit)
        for n in range(1, len(parts)):
            rest = (self.said(part) for part in parts[n + 1 :])
            if words.TAIL.match(self.said(parts[n])) and not any(words.GOES_ON.match(part) for part in rest):
                parts = parts[:n]
                break
        bit = self.trim((bit[0], parts[-1][1]))
        return bit if bit[0] < bit[1] else None

    def weight(self, bit: Bit) -> int:
        """How much a stretch begins like a loss that the speaker would bring about, from 0 to 3."""
        start, end = self.peel(bit)
        if words.LOSS.match(self.text, start, end):
            return 3
        return 2 if words.SPEAKER.match(self.text, start, end) else bool(words.CLAUSE.match(self.text, start, end))


def _continues(part: str) -> bool:
    """Whether a clause goes on with what stood before it."""
    joining, _, rest = part.partition(" ")
    if joining.lower() in {"when", "until"}:
        return True
    return joining.lower() in {"and", "or"} and not words.NEW_CLAUSE.match(rest)

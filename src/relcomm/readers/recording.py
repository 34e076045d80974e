"""Turns with their place in a recording: put together, with what is doubtful about them remarked on.

Seconds into a recording are no time of day: they go into ``start`` and ``end`` of an `Utterance`, and ``time`` stays empty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from relcomm.readers.ledger import Ledger
from relcomm.types import Conversation, Utterance

_NOBODY = frozenset(("unknown", "none", "null", "unknown speaker", "speaker_unknown"))


@dataclass
class Recording:
    """The turns so far, taken in one by one."""

    ledger: Ledger
    _said: list[Utterance] = field(default_factory=list)
    _last: float | None = None
    _nobodys: list[int] = field(default_factory=list)
    _back: list[int] = field(default_factory=list)
    _no_end: list[int] = field(default_factory=list)

    def add(self, text: str, speaker: str, span: tuple[float | None, float | None], place: int) -> None:
        """Take in the next turn, with where it begins and ends, in seconds, and the line or entry it stands in."""
        start, end = span
        if start is not None and end is not None and end < start:
            self._no_end.append(place)
            end = None
        if start is not None:
            if self._last is not None and start < self._last:
                self._back.append(place)
            self._last = start
        who = called(speaker)
        if not who:
            self._nobodys.append(place)
        self._said.append(Utterance(text, who, start=start, end=end))

    @property
    def turns(self) -> int:
        """How many there are so far."""
        return len(self._said)

    def close(self, count: int) -> Conversation:
        """The conversation; ``count`` is how many lines, or whatever is counted, there were."""
        note = self.ledger.remark
        if len(self._nobodys) == len(self._said) and self._said:
            self.ledger.remarks.append("the file does not say who speaks, so all turns are nobody's")
        else:
            note("turns whose speaker the file does not name were left nobody's", self._nobodys)
        note("turns that begin before the one before were left in the file's order", self._back)
        note("turns that end before they begin were given no end", self._no_end)
        return self.ledger.close(self._said, count)


def called(name: str) -> str:
    """What a speaker is called; nothing where the file only says that nobody knows.

    >>> called(" SPEAKER_01"), called("UNKNOWN")
    ('SPEAKER_01', '')
    """
    name = " ".join(name.split())
    return "" if name.casefold() in _NOBODY else name


def seconds(parts: Sequence[str | None]) -> float | None:
    """Hours, minutes and seconds, those in front perhaps missing, as seconds; nothing if there is no such time.

    >>> seconds(["1", "02", "03,500"]), seconds([None, "0", "05"]), seconds(["0", "75", "00"])
    (3723.5, 5.0, None)
    """
    *front, last = [float((part or "0").replace(",", ".")) for part in parts]
    if last >= 60 or (len(front) == 2 and front[1] >= 60):
        return None
    # Rounded, for sixtieths of sixtieths are no sums of halves.
    total = round(sum(value * 60**place for place, value in enumerate([last, *reversed(front)])), 3)
    return total if math.isfinite(total) else None

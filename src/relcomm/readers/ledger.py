"""The book kept while a transcript is read: every line is entered once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from relcomm.types import UNITS, Conversation, ReadReport, Utterance

Fate = Literal["system", "media", "deleted", "call", "unassigned"]


@dataclass
class Ledger:
    """What became of the lines so far; `close` turns it into the report."""

    format: str
    spoken: int = 0
    blank: int = 0
    unit: str = "line"
    remarks: list[str] = field(default_factory=list)
    _noted: dict[Fate, list[int]] = field(default_factory=dict)

    def note(self, fate: Fate, *lines: int) -> None:
        """Enter lines (numbers from 1) that became no part of a message."""
        self._noted.setdefault(fate, []).extend(lines)

    def remark(self, before: str, lines: Sequence[int], after: str = "") -> None:
        """Add a sentence about some lines, naming the first few; nothing if there are none."""
        if lines:
            shown = ", ".join(str(n) for n in lines[:5]) + (", …" if len(lines) > 5 else "")
            self.remarks.append(f"{before} ({UNITS[self.unit] if len(lines) > 1 else self.unit} {shown}){after}")

    def close(self, utterances: Iterable[Utterance], lines: int, *, id: str = "") -> Conversation:  # noqa: A002
        """The conversation with its report; ``lines`` is how many there were."""
        said = tuple(utterances)
        names = {utterance.speaker for utterance in said}
        if len({name.casefold() for name in names}) < len(names):
            self.remarks.append("some speakers' names differ only in small and capital letters; they were kept apart")
        report = ReadReport(
            format=self.format,
            lines=lines,
            messages=len(said),
            remarks=tuple(self.remarks),
            spoken=self.spoken,
            blank=self.blank,
            unit=self.unit,
            **{fate: tuple(sorted(numbers)) for fate, numbers in self._noted.items()},
        )
        return Conversation(said, id=id, report=report)

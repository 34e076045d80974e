"""The book kept while a transcript is read: every line is entered once."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from relcomm.types import UNITS, Conversation, ReadReport, Utterance

Fate = Literal["system", "media", "deleted", "call", "unassigned"]


class Ending(NamedTuple):
    """What is known of a conversation once its last turn is out: what became of the lines, and the id, if it has one."""

    report: ReadReport
    id: str = ""


Running: TypeAlias = Generator[Utterance, None, Ending]
"""The turns of a transcript, one by one as they are read, and at their end its `Ending`."""


@dataclass
class Ledger:
    """What became of the lines so far; `end` and `close` turn it into the report."""

    format: str
    spoken: int = 0
    blank: int = 0
    unit: str = "line"
    remarks: list[str] = field(default_factory=list)
    _noted: dict[Fate, list[int]] = field(default_factory=dict)
    _messages: int = 0
    _names: dict[str, str] = field(default_factory=dict)

    def note(self, fate: Fate, *lines: int) -> None:
        """Enter lines (numbers from 1) that became no part of a message."""
        self._noted.setdefault(fate, []).extend(lines)

    def remark(self, before: str, lines: Sequence[int], after: str = "") -> None:
        """Add a sentence about some lines, naming the first few; nothing if there are none."""
        if lines:
            shown = ", ".join(str(n) for n in lines[:5]) + (", …" if len(lines) > 5 else "")
            self.remarks.append(f"{before} ({UNITS[self.unit] if len(lines) > 1 else self.unit} {shown}){after}")

    def name(self, name: str) -> str:
        """The name itself, as one string a person, and not one a turn."""
        return self._names.setdefault(name, name)

    def enter(self, utterance: Utterance) -> Utterance:
        """The utterance itself, counted on its way out."""
        self._messages += 1
        self.name(utterance.speaker)
        return utterance

    def end(self, lines: int, *, id: str = "") -> Ending:  # noqa: A002
        """The report on what was entered; ``lines`` is how many there were."""
        if len({name.casefold() for name in self._names}) < len(self._names):
            self.remarks.append("some speakers' names differ only in small and capital letters; they were kept apart")
        report = ReadReport(
            format=self.format,
            lines=lines,
            messages=self._messages,
            remarks=tuple(self.remarks),
            spoken=self.spoken,
            blank=self.blank,
            unit=self.unit,
            **{fate: tuple(sorted(numbers)) for fate, numbers in self._noted.items()},
        )
        return Ending(report, id)

    def close(self, utterances: Iterable[Utterance], lines: int, *, id: str = "") -> Conversation:  # noqa: A002
        """The conversation with its report, where all its utterances are there at once."""
        said = tuple(map(self.enter, utterances))
        return Conversation(said, id=id, report=self.end(lines).report)

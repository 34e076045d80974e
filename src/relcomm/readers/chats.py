"""Chats that come as entries, a message or an event each: put together, with every entry in the ledger once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

from relcomm.errors import ReadError
from relcomm.readers.fields import Clock
from relcomm.readers.ledger import Fate, Ledger
from relcomm.types import Conversation, Utterance

_SHOWN = 8
# What has fewer digits is a place in the file, not a telephone number.
_LEAST_NUMBER = 5


class Entry(NamedTuple):
    """What one entry of a chat says: words by somebody, or, where ``fate`` is given, no words.

    ``who`` is what the app knows the person by, ``name`` what they are called. Without words and fate nobody can
    say what it is.
    """

    who: str = ""
    name: str = ""
    text: str = ""
    time: object = None
    id: str = ""
    fate: Fate | None = None


class Chat:
    """One chat, taken in entry by entry."""

    def __init__(self, format: str) -> None:  # noqa: A002
        self.ledger = Ledger(format, unit="entry")
        self.entries = 0
        self._clock = Clock()
        self._names: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self._said: list[Utterance] = []
        self._by: list[str] = []
        self._remarks: dict[str, list[int]] = {}

    def add(self, entry: Entry, *remarks: str) -> None:
        """Take in the next entry, with what is to be said of all that are like it."""
        self.entries += 1
        for remark in remarks:
            self._remarks.setdefault(remark, []).append(self.entries)
        if entry.fate or not entry.text.strip():
            self.ledger.note(entry.fate or "unassigned", self.entries)
            return
        if entry.name:
            self.call(entry.who, entry.name)
        time = self._clock.read(entry.time, self.entries)
        # One string a person, not one a message.
        who = self._people.setdefault(entry.who, entry.who)
        self._by.append(who)
        self._said.append(Utterance(entry.text, self._names.get(who, who), time, entry.id))
        self.ledger.spoken += 1

    def call(self, who: str, name: str) -> None:
        """Remember what somebody is called."""
        self._names.setdefault(who, name)

    def close(self, *, id: str = "", by_time: bool = False) -> Conversation:  # noqa: A002
        """The conversation, in the file's order, or in that of time where the app keeps another."""
        called = self._called()
        said = [
            utterance if utterance.speaker == called[who] else replace(utterance, speaker=called[who])
            for utterance, who in zip(self._said, self._by, strict=True)
        ]
        if by_time:
            said = _oldest_first(said)
        self._clock.report(self.ledger)
        for remark, entries in self._remarks.items():
            self.ledger.remark(remark, entries)
        if any(a.time and b.time and b.time < a.time for a, b in pairwise(said)):
            self.ledger.remarks.append(
                "some messages are earlier than the one before; they were left in the file's order"
            )
        return self.ledger.close(said, self.entries, id=id)

    def _called(self) -> dict[str, str]:
        """What each person is called: two of the same name are told apart by what the app knows them by."""
        names = [self._names[who] for who in self._people if who in self._names]
        called = {}
        for who in self._people:
            name = self._names.get(who, who)
            called[who] = f"{name} ({who})" if name != who and names.count(name) > 1 else name
        if any(names.count(name) > 1 for name in names):
            self.ledger.remarks.append("people of the same name were told apart by their numbers in the file")
        if any(who and who not in self._names for who in self._people):
            self.ledger.remarks.append("people without a name are called by their number in the file")
        return called


def _oldest_first(said: list[Utterance]) -> list[Utterance]:
    steps = [(a.time, b.time) for a, b in pairwise(said) if a.time and b.time]
    back, forth = sum(b < a for a, b in steps), sum(a < b for a, b in steps)
    # Reversed even where all times are known: those of the same moment must turn round, too.
    ordered = said[::-1] if back > forth else said
    return ordered if any(u.time is None for u in said) else sorted(ordered, key=_time)


def _time(utterance: Utterance) -> Any:
    return utterance.time


@dataclass
class _Seen:
    first: int
    place: int
    entries: int = 0
    wanted: bool = False
    late: bool = False
    names: set[str] = field(default_factory=set)


@dataclass
class Choice:
    """Which one of a file's chats is read. ``format`` is the reader's, ``wanted`` the caller's word on the chat."""

    format: str
    wanted: str = ""
    others: int = 0
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def takes(self, key: str, names: Iterable[str], line: int) -> bool:
        """Whether an entry of this chat, known by these names, is wanted; without a word all are, while there is one chat."""
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = _Seen(line, len(self._seen) + 1)
        new = [name for name in names if name not in seen.names]
        if self.wanted and not seen.wanted and (new or not seen.entries):
            fits = self._fits(seen.place, new)
            seen.wanted, seen.late = fits and not seen.entries, fits and bool(seen.entries)
            seen.names.update(new)
        seen.entries += 1
        taken = seen.wanted if self.wanted else len(self._seen) == 1
        self.others += not taken
        return taken

    def check(self, ledger: Ledger) -> None:
        """Raise `ReadError` unless exactly one chat was taken; remark on the others."""
        chats = list(self._seen.values())
        taken = [seen for seen in chats if seen.wanted or seen.late] if self.wanted else chats
        if len(taken) > 1:
            what = "several chats go by this name" if self.wanted else f"this file holds {len(chats)} chats"
            raise ReadError(f"{what}; {self._ask()}", line=taken[1].first)
        if chats and not taken:
            raise ReadError(f"no chat in this file goes by this name; {self._ask()}")
        if any(seen.late for seen in taken):
            problem = f"the chat has this name only later on; name it by its place in the file, {taken[0].place}"
            raise ReadError(f'{problem}: --format "{self.format}:{taken[0].place}"', line=taken[0].first)
        if self.others:
            ledger.remarks.append(f"{self.others} entries of other chats were left aside, as asked")

    def _fits(self, place: int, names: Iterable[str]) -> bool:
        wanted = self.wanted.strip().casefold()
        number = digits(wanted)
        if wanted.isdecimal() and len(wanted) < _LEAST_NUMBER:
            return wanted == str(place)
        return any(
            wanted == name.strip().casefold() or (len(number) >= _LEAST_NUMBER and number == digits(name))
            for name in names
        )

    def _ask(self) -> str:
        numbered = sorted(enumerate(self._seen.values(), 1), key=lambda one: -one[1].entries)[:_SHOWN]
        chats = ", ".join(f"{n} ({seen.entries} entries from line {seen.first})" for n, seen in sorted(numbered))
        more = f" and {len(self._seen) - _SHOWN} smaller ones" if len(self._seen) > _SHOWN else ""
        name = self.format
        return (
            f"say which by the other person's name or number, or by its place in the file: {chats}{more}: "
            f'--format "{name}:1" at the command line, format="{name}:1" in Python'
        )


def digits(text: str) -> str:
    """The digits of a telephone number; nothing if this holds letters.

    >>> digits("+44 7700 900-123"), digits("Ben 2")
    ('447700900123', '')
    """
    return "" if any(c.isalpha() for c in text) else "".join(c for c in text if c.isdecimal())


def text_of(value: object) -> str:
    """The text, if it is one; a whole number as text; else nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return value if isinstance(value, str) else str(value) if abs(value) < 1 << 63 else ""


def record_of(value: object) -> dict[str, Any]:
    """The object, if it is one; else an empty one."""
    return value if isinstance(value, dict) else {}

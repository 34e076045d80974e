"""Who sent a message: what stands between the heading and the colon."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from relcomm.readers.speakers import Opening, full_names, is_name
from relcomm.readers.whatsapp.headings import without_marks
from relcomm.readers.whatsapp.notices import tells_event

_COLON = re.compile(r"\s?[:\uff1a](?:[ \u00a0\u202f]|\Z)")
_LONGEST = 120


class Sent(NamedTuple):
    """A line after its heading: who sent it (empty for the app itself), and the words."""

    sender: str
    body: str


class Senders:
    """Who sent each line of an export: names with a colon inside show only by coming back, so all are seen first.

    >>> senders = Senders()
    >>> lines = ["Dr: Ann: hi", "Dr: Ann: all right?", "Ann left"]
    >>> for line in lines: senders.learn(names_of(line))
    >>> [senders.find(line).sender for line in lines]
    ['Dr: Ann', 'Dr: Ann', '']
    """

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._full: Mapping[str, str] = {}
        self._counts: Counter[str] = Counter()

    def learn(self, names: tuple[str, ...]) -> None:
        """Take in the names that may stand behind one heading."""
        if names:
            self._seen[names] += 1

    def find(self, rest: str) -> Sent:
        """Who sent this, and the words."""
        if not self._counts and self._seen:
            self._full = full_names(self._seen)
            for names, times in self._seen.items():
                self._counts[self._full[names[0]]] += times
        line = _openings(rest)
        # Only a file that changes while it is read, which is refused at its end, holds names that were not seen before.
        name = self._full.get(line[0].name, line[0].name) if line else ""
        if not name or (self._counts[name] == 1 and tells_event(name)):
            return Sent("", rest)
        opening = next((o for o in line if o.name == name), line[0])
        return Sent(name, rest[opening.start :])


def names_of(rest: str) -> tuple[str, ...]:
    """The names that the words behind a heading may open with, shortest first."""
    return tuple(opening.name for opening in _openings(rest))


def _openings(rest: str) -> list[Opening]:
    colons = list(_COLON.finditer(rest, 0, _LONGEST))[:2]
    if not colons:
        return []
    first = _clean(rest[: colons[0].start()])
    if not first:
        return []
    found = [Opening(first, colons[0].end())]
    if len(colons) > 1:
        second = _clean(rest[colons[0].end() : colons[1].start()])
        if is_name(second):
            found.append(Opening(f"{first}: {second}", colons[1].end()))
    return found


def _clean(name: str) -> str:
    # A tilde stands before names that are not among the exporter's contacts.
    return " ".join(without_marks(name).split()).removeprefix("~").strip()

"""Who sent a message: what stands between the heading and the colon."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
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


def find_senders(rests: Sequence[str]) -> list[Sent]:
    """Who sent each of these lines, seen together: names with a colon inside show only by coming back.

    >>> [sent.sender for sent in find_senders(["Dr: Ann: hi", "Dr: Ann: all right?", "Ann left"])]
    ['Dr: Ann', 'Dr: Ann', '']
    """
    openings = [_openings(rest) for rest in rests]
    full = full_names(openings)
    counts = Counter(full[line[0].name] for line in openings if line)
    return [_sent(rest, line, full, counts) for rest, line in zip(rests, openings, strict=True)]


def _sent(rest: str, line: Sequence[Opening], full: Mapping[str, str], counts: Counter[str]) -> Sent:
    name = full[line[0].name] if line else ""
    if not name or (counts[name] == 1 and tells_event(name)):
        return Sent("", rest)
    opening = next(o for o in line if o.name == name)
    return Sent(name, rest[opening.start :])


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

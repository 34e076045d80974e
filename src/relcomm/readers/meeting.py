"""Transcripts of meetings as Zoom, Otter and others write them as text: a line with a name and a time, and the words below.

Five forms are read, one a file: ``Ann  0:05`` (Otter), ``Ann<tab>00:00:05`` and ``[Ann] 00:00:05`` (Zoom),
``00:00:05 Ann`` and ``10:15:32 From Ann to Everyone:`` (the chat of Zoom, where the words may follow in the same line).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from relcomm.errors import ReadError
from relcomm.readers.ledger import Ledger
from relcomm.readers.recording import Recording, seconds
from relcomm.readers.speakers import is_name, likeness
from relcomm.types import Conversation

_CLOCK = r"(?:(?P<h>\d{1,3}):)?(?P<m>\d{1,2}):(?P<s>\d{2})(?:[.,]\d{1,3})?(?P<half>[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?"
_FORMS = {
    "chat": re.compile(
        rf"\s*{_CLOCK}\s+From\s+(?P<name>\S.{{0,80}}?)\s+to\s+(?P<to>\S.{{0,80}}?)\s*:(?:\s+(?P<words>.*))?\Z"
    ),
    "brackets": re.compile(rf"\s*\[(?P<name>[^\[\]]{{1,80}})\]\s+{_CLOCK}\s*\Z"),
    "behind": re.compile(rf"\s*(?P<name>\S(?:.{{0,80}}\S)?)(?:\t\s*|[ \u00a0]{{2,}}){_CLOCK}\s*\Z"),
    "before": re.compile(rf"\s*[\[(]?{_CLOCK}[\])]?(?:\t\s*|\s*[-–—]\s+|[ \u00a0]+)(?P<name>[^\s:][^:]{{0,80}}?)\s*\Z"),
}
_FOOTER = re.compile(r"\s*Transcribed by https?://otter\.ai\s*\Z")
_LEAST = 2
# Nobody speaks for the first time ten minutes into a recording that was written down from its beginning.
_FIRST = 600.0


class _Head(NamedTuple):
    form: str
    name: str
    at: float
    of_day: bool
    words: str = ""
    private: bool = False


@dataclass
class _Item:
    head: _Head
    line: int
    texts: list[str] = field(default_factory=list)


_DATED = re.compile(r"\s*[A-Z][a-z]{2} \d{1,2}, \d{4}\s")


def sniff(sample: str) -> float:
    """How much this looks like a meeting's transcript: whether lines of a name and a time come back, with words below."""
    lines = [line for line in sample.splitlines() if line.strip()]
    form = _form_of(lines)
    # A date with a time is how messages come out of a telephone: no name of anybody in a meeting.
    if not form or _DATED.match(lines[0]):
        return 0.0
    heads = [_head(form, line) for line in lines]
    found = sum(head is not None for head in heads)
    bare = sum(
        a is not None and not a.words and (b is not None) for a, b in zip(heads, [*heads[1:], None], strict=False)
    )
    share = found / len(lines)
    if bare * 2 > found or (found < _LEAST and heads[0] is None):
        return 0.0
    return 0.6 + 0.35 * min(1.0, 2 * share) if share >= 0.1 else 0.0


def parse(lines: Iterable[str]) -> Conversation:
    """The conversation, a turn a heading; what stands before the first heading is nobody's.

    Raises `ReadError` where no line is such a heading.
    """
    ledger = Ledger("meeting")
    texts = [line.rstrip("\r\n") for line in lines]
    form = _form_of(texts)
    if not form:
        raise ReadError("no line holds a name and a time and nothing else, as in Ann  0:05; put one above each turn")
    items = list(_items(texts, form, ledger))
    recording = Recording(ledger)
    elapsed = _elapsed(items, ledger)
    for item in items:
        text = "\n".join(item.texts).strip()
        if text:
            recording.add(text, item.head.name, (item.head.at if elapsed else None, None), item.line)
    private = [item.line for item in items if item.head.private]
    ledger.remark("messages to one person, not to everyone, were read like the others", private)
    ledger.remark("names without words below them became no turn", [i.line for i in items if not any(i.texts)])
    return recording.close(len(texts))


def _form_of(lines: Iterable[str]) -> str:
    """The form of the first heading whose form comes back, or that has the file for itself."""
    counts: dict[str, int] = {}
    for line in lines:
        for form in _FORMS:
            if _head(form, line):
                counts[form] = counts.get(form, 0) + 1
                break
    return max(counts, key=counts.__getitem__) if counts else ""


def _head(form: str, line: str) -> _Head | None:
    match = _FORMS[form].match(line) if len(line) < 4_000 or form == "chat" else None
    if not match:
        return None
    name = " ".join(match["name"].split())
    at = seconds((match["h"], match["m"], match["s"]))
    sure = form in ("chat", "brackets")
    fits = bool(likeness(name)) if sure else is_name(name)
    if at is None or not fits:
        return None
    if form != "chat":
        return _Head(form, name, at, bool(match["half"]))
    private = match["to"].casefold() != "everyone"
    return _Head(form, name, at, True, (match["words"] or "").strip(), private)


def _items(texts: Iterable[str], form: str, ledger: Ledger) -> Iterator[_Item]:
    item: _Item | None = None
    for number, text in enumerate(texts, 1):
        head = _head(form, text)
        if head:
            if item:
                yield item
            item = _Item(head, number, [head.words] if head.words else [])
            ledger.spoken += 1
        else:
            _put(item, text.strip(), number, ledger)
    if item:
        yield item


def _put(item: _Item | None, text: str, number: int, ledger: Ledger) -> None:
    if not text:
        ledger.blank += 1
        if item and item.texts:
            item.texts.append("")
    elif _FOOTER.match(text):
        ledger.note("system", number)
    elif item is None:
        ledger.note("unassigned", number)
    else:
        item.texts.append(text)
        ledger.spoken += 1


def _elapsed(items: list[_Item], ledger: Ledger) -> bool:
    """Whether the times are into the recording: not those of a chat or with a half of the day, nor any that begin late."""
    if not any(item.head.of_day for item in items) and items[0].head.at < _FIRST:
        ledger.remarks.append("times were read as time into the recording, since the first is below ten minutes")
        return True
    ledger.remarks.append("times were put aside: without a date they are no time of day")
    return False

"""WhatsApp chats as exported by iPhones (``[14/08/2023, 09:15:32] Ann: hi``) and Android (``14/08/2023, 09:15 - Ann: hi``).

Times are the wall clock of the phone that exported. Which number of a date is the day is settled by the
dates themselves or asked for, never guessed: see `relcomm.readers.whatsapp.dates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import pairwise

from relcomm.errors import ReadError
from relcomm.readers.ledger import Ledger
from relcomm.readers.whatsapp.dates import ORDERS, STRAYS, Written, settle, to_date
from relcomm.readers.whatsapp.headings import Heading, find_heading
from relcomm.readers.whatsapp.notices import APP_MARK, Kind, is_notice, kind_of, own_words
from relcomm.readers.whatsapp.senders import Sent, find_senders
from relcomm.types import Conversation, Utterance

OPTIONS = ORDERS


@dataclass(slots=True)
class _Line:
    number: int
    text: str
    heading: Heading | None
    after_break: bool


@dataclass(slots=True)
class _Item:
    """A line with a heading, and the lines under it."""

    number: int
    rest: str
    time: datetime
    of_app: bool
    tail: list[_Line] = field(default_factory=list)


def sniff(sample: str) -> float:
    """How much this looks like a WhatsApp export: whether its first line, or else many lines, have a heading."""
    lines = [line for line in sample.splitlines() if line.strip()]
    if not lines:
        return 0.0
    if find_heading(lines[0]):
        return 0.98
    share = sum(find_heading(line) is not None for line in lines) / len(lines)
    return 0.5 + 0.4 * share if share > 0.3 else share


def parse(lines: Iterable[str], order: str = "") -> Conversation:
    """The conversation; lines without a heading belong to the message before, those before the first to nobody.

    ``order`` is the caller's word on the order of day and month, a key of `OPTIONS`. A pasted chat inside a
    message must not put words into anyone's mouth, so a heading counts only if it is written like the first.
    Raises `ReadError` where the order stays open.
    """
    ledger = Ledger("whatsapp")
    scanned = list(_scan(lines))
    pasted = _drop_pasted(scanned)
    dated = [Written(line.heading.date, line.number) for line in scanned if line.heading]
    if not dated:
        raise ReadError("no line begins with a date and a time of day that can be read")
    style = next(line.heading.style for line in scanned if line.heading)
    settled, reason = settle(dated, style, order)
    if reason:
        ledger.remarks.append(reason)
    items = _group(scanned, settled, ledger, pasted)
    ledger.remark("what looks like lines of another export was read as part of the message before", sorted(pasted))
    backwards = [b.number for a, b in pairwise(items) if b.time < a.time]
    ledger.remark("messages that are earlier than the one before were left in the file's order", backwards)
    sent = find_senders([item.rest for item in items])
    said = [u for item, words in zip(items, sent, strict=True) for u in _enter(item, words, ledger)]
    _remark_marked(items, sent, ledger)
    return ledger.close(said, len(scanned))


def _scan(lines: Iterable[str]) -> Iterator[_Line]:
    after_break = False
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        yield _Line(number, text, find_heading(text), after_break)
        after_break = line.endswith("\r\n")


def _drop_pasted(lines: Sequence[_Line]) -> list[int]:
    """Takes the headings away that are not the export's own, and gives the numbers of their lines.

    iPhones end a message with CR LF and a line inside a message with LF alone. Where what follows CR LF is
    nearly always a heading, the headings that follow LF were pasted.
    """
    headed = [(line, line.heading.style) for line in lines if line.heading]
    same = [line for line, style in headed if style == headed[0][1]]
    pasted = [line for line, style in headed if style != headed[0][1]]
    breaks = sum(line.after_break for line in lines)
    headed_breaks = sum(line.after_break for line in same)
    if breaks and (breaks - headed_breaks) * STRAYS <= breaks and headed_breaks * 2 >= len(same) - 1:
        pasted += [line for line in same[1:] if not line.after_break]
    for line in pasted:
        line.heading = None
    return [line.number for line in pasted]


def _group(lines: Sequence[_Line], order: str, ledger: Ledger, pasted: list[int]) -> list[_Item]:
    items: list[_Item] = []
    for line in lines:
        day = to_date(line.heading.date, order) if line.heading else None
        if line.heading and day:
            sent_at = datetime.combine(day, time(*line.heading.clock))
            # Before the heading the mark stands at attachments and notices only; the first notice has none there.
            of_app = line.text.startswith(APP_MARK) or not items
            items.append(_Item(line.number, line.text[line.heading.end :], sent_at, of_app))
            continue
        if line.heading:
            pasted.append(line.number)
        if items:
            items[-1].tail.append(line)
        elif line.text.strip():
            ledger.note("unassigned", line.number)
        else:
            ledger.blank += 1
    return items


def _enter(item: _Item, sent: Sent, ledger: Ledger) -> Iterator[Utterance]:
    """The message in these lines, if there is one, with every line entered in the ledger."""
    below = [line.number for line in item.tail if line.text.strip()]
    ledger.blank += len(item.tail) - len(below)
    kind = _kind(item, sent)
    words = [line.text for line in item.tail]
    if kind == "message":
        words.insert(0, sent.body)
    text = own_words("\n".join(words))
    if kind == "message" and text:
        ledger.spoken += 1 + len(below)
        yield Utterance(text, sent.sender, item.time)
    elif kind == "media" and text and not _is_poll(item):
        ledger.note("media", item.number)
        ledger.spoken += len(below)
        yield Utterance(text, sent.sender, item.time)
    else:
        ledger.note("media" if kind == "message" else kind, item.number, *below)


def _kind(item: _Item, sent: Sent) -> Kind:
    kind = kind_of(sent.body)
    if not sent.sender:
        return kind if kind in ("call", "deleted") else "system"
    has_more = any(line.text.strip() for line in item.tail)
    if sent.body.startswith(APP_MARK):
        return _marked_kind(item, kind, has_more=has_more)
    # The app's own words stand alone; a caption may follow an attachment.
    return "message" if has_more and kind != "media" else kind


def _marked_kind(item: _Item, kind: Kind, *, has_more: bool) -> Kind:
    """The kind of words that begin with the app's mark: its notices are one line long, what it attaches may go on."""
    if kind not in ("message", "system"):
        return kind
    if _is_poll(item):
        return "media"
    if item.of_app and kind == "message":
        return "media" if has_more else "system"
    return "message" if has_more else kind


def _remark_marked(items: Sequence[_Item], sent: Sequence[Sent], ledger: Ledger) -> None:
    """Remark on what begins with the app's mark without being one of its known phrases."""
    marked = [
        (item.number, _kind(item, words))
        for item, words in zip(items, sent, strict=True)
        if words.sender and words.body.startswith(APP_MARK) and not is_notice(words.body)
    ]
    kept = [number for number, kind in marked if kind == "message"]
    ledger.remark("messages that begin with an invisible mark, as the app's notices do, were kept", kept)
    aside = [number for number, kind in marked if kind == "system"]
    ledger.remark("what begins with the app's invisible mark was taken for a notice", aside, "; check that it is")


def _is_poll(item: _Item) -> bool:
    return any(line.text.startswith(APP_MARK) for line in item.tail)

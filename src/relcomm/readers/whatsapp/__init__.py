"""WhatsApp chats as exported by iPhones (``[14/08/2023, 09:15:32] Ann: hi``) and Android (``14/08/2023, 09:15 - Ann: hi``).

Times are the wall clock of the phone that exported. Which number of a date is the day is settled by the
dates themselves or asked for, never guessed: see `relcomm.readers.whatsapp.dates`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from relcomm.errors import ReadError
from relcomm.readers.ledger import Ledger, Running
from relcomm.readers.whatsapp.dates import ORDERS, Numbers, Written, settle, to_date
from relcomm.readers.whatsapp.headings import find_heading, has_unknown_half
from relcomm.readers.whatsapp.lines import Lines, check_halves, drop_pasted, scan
from relcomm.readers.whatsapp.notices import APP_MARK, Kind, is_notice, kind_of, own_words
from relcomm.readers.whatsapp.senders import Senders, Sent
from relcomm.types import Utterance

OPTIONS = ORDERS
TWICE = True


@dataclass(slots=True)
class _Item:
    """A line with a heading, and the lines under it: their words, and the numbers of those that are not blank."""

    number: int
    time: datetime
    tail: list[str]
    below: list[int]
    of_app: bool


def sniff(sample: str) -> float:
    """How much this looks like a WhatsApp export: whether its first line, or else many lines, have a heading."""
    lines = [line for line in sample.splitlines() if line.strip()]
    if not lines:
        return 0.0
    if _is_headed(lines[0]):
        return 0.98
    share = sum(map(_is_headed, lines)) / len(lines)
    return 0.5 + 0.4 * share if share > 0.3 else share


def _is_headed(line: str) -> bool:
    return find_heading(line) is not None or has_unknown_half(line)


def stream(lines: Iterable[str], order: str = "") -> Running:
    """The messages; lines without a heading belong to the message before, those before the first to nobody.

    ``order`` is the caller's word on the order of day and month, a key of `OPTIONS`. A pasted chat inside a
    message must not put words into anyone's mouth, so a heading counts only if it is written like the first.
    Raises `ReadError` where the order stays open, before any message is out.
    """
    ledger = Ledger("whatsapp")
    scanned = scan(lines)
    check_halves(scanned)
    pasted = drop_pasted(scanned)
    first = next(scanned.headed(), None)
    if first is None:
        raise ReadError(
            "no line begins with a date and a time of day that can be read; export the chat again, or name another format"
        )
    dates = list(scanned.known_dates)
    settled, reason = settle(_dates(scanned, dates), list(scanned.known_styles)[scanned.styles[first] - 1], order)
    if reason:
        ledger.remarks.append(reason)
    days = [None, *(to_date(numbers, settled) for numbers in dates)]
    starts, undated = _starts(scanned, days)
    ledger.remark(
        "what looks like lines of another export was read as part of the message before", sorted(pasted + undated)
    )
    backwards = _backwards(scanned, starts, days)
    ledger.remark("messages that are earlier than the one before were left in the file's order", backwards)
    for utterance in _said(lines, scanned, starts, days, ledger):
        yield ledger.enter(utterance)
    return ledger.end(len(scanned))


def _dates(lines: Lines, known: Sequence[Numbers]) -> list[Written]:
    """The dates of the headings, those of one day in a row together."""
    found: list[Written] = []
    for place in lines.headed():
        numbers = known[lines.dates[place] - 1]
        if found and found[-1].numbers == numbers:
            found[-1] = found[-1]._replace(times=found[-1].times + 1)
        else:
            found.append(Written(numbers, place + 1))
    return found


def _starts(lines: Lines, days: Sequence[date | None]) -> tuple[array[int], list[int]]:
    """Where messages and notices begin; and the numbers of the lines whose date there is not."""
    starts, undated = array("q"), []
    for place in lines.headed():
        if days[lines.dates[place]]:
            starts.append(place)
        else:
            undated.append(place + 1)
    return starts, undated


def _backwards(lines: Lines, starts: array[int], days: Sequence[date | None]) -> list[int]:
    """The numbers of the lines whose date and time are earlier than those of the message before."""
    moments = ((day, lines.seconds[at]) for at in starts if (day := days[lines.dates[at]]))
    return [starts[n] + 1 for n, (before, now) in enumerate(pairwise(moments), 1) if now < before]


def _moment(day: date | None, seconds: int) -> datetime:
    assert day is not None
    return datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001


def _said(
    texts: Iterable[str], lines: Lines, starts: array[int], days: Sequence[date | None], ledger: Ledger
) -> Iterator[Utterance]:
    """The messages, with every line entered in the ledger."""
    senders = Senders()
    names = list(lines.known_names)
    for start in starts:
        senders.learn(names[lines.names[start] - 1])
    marked: dict[Kind, list[int]] = {}
    for start, (text, *tail) in _parts(texts, starts, ledger):
        below = [number for number, line in enumerate(tail, start + 2) if line.strip()]
        # Before the heading the mark stands at attachments and notices only; the first notice has none there.
        of_app = text.startswith(APP_MARK) or start == starts[0]
        item = _Item(start + 1, _moment(days[lines.dates[start]], lines.seconds[start]), tail, below, of_app)
        sent = senders.find(text[lines.ends[start] :])
        yield from _enter(item, sent, ledger)
        if sent.sender and sent.body.startswith(APP_MARK) and not is_notice(sent.body):
            marked.setdefault(_kind(item, sent), []).append(item.number)
    ledger.remark(
        "messages that begin with an invisible mark, as the app's notices do, were kept", marked.get("message", [])
    )
    aside = marked.get("system", [])
    ledger.remark("what begins with the app's invisible mark was taken for a notice", aside, "; check that it is")


def _parts(texts: Iterable[str], starts: Iterable[int], ledger: Ledger) -> Iterator[tuple[int, list[str]]]:
    """The lines from each start to the next, without their ends; those before the first are entered as nobody's."""
    coming = iter(starts)
    start, following = None, next(coming, None)
    held: list[str] = []
    for place, line in enumerate(texts):
        text = line.rstrip("\r\n")
        if place == following:
            if start is not None:
                yield start, held
            start, following, held = place, next(coming, None), []
        if start is not None:
            held.append(text)
        elif text.strip():
            ledger.note("unassigned", place + 1)
        else:
            ledger.blank += 1
    if start is not None:
        yield start, held


def _enter(item: _Item, sent: Sent, ledger: Ledger) -> Iterator[Utterance]:
    """The message in these lines, if there is one, with every line entered in the ledger."""
    ledger.blank += len(item.tail) - len(item.below)
    kind = _kind(item, sent)
    words = [sent.body, *item.tail] if kind == "message" else item.tail
    text = own_words("\n".join(words))
    if kind == "message" and text:
        ledger.spoken += 1 + len(item.below)
        yield Utterance(text, sent.sender, item.time)
    elif kind == "media" and text and not _is_poll(item):
        ledger.note("media", item.number)
        ledger.spoken += len(item.below)
        yield Utterance(text, sent.sender, item.time)
    else:
        ledger.note("media" if kind == "message" else kind, item.number, *item.below)


def _kind(item: _Item, sent: Sent) -> Kind:
    kind = kind_of(sent.body)
    if not sent.sender:
        return kind if kind in ("call", "deleted") else "system"
    has_more = bool(item.below)
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


def _is_poll(item: _Item) -> bool:
    return any(text.startswith(APP_MARK) for text in item.tail)

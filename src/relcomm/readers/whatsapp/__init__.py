"""WhatsApp chats as exported by iPhones (``[14/08/2023, 09:15:32] Ann: hi``) and Android (``14/08/2023, 09:15 - Ann: hi``).

Times are the wall clock of the phone that exported. Which number of a date is the day is settled by the
dates themselves or asked for, never guessed: see `relcomm.readers.whatsapp.dates`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain, pairwise

from relcomm.errors import ReadError
from relcomm.readers.ledger import Ledger
from relcomm.readers.whatsapp.dates import ORDERS, STRAYS, Numbers, Written, settle, to_date
from relcomm.readers.whatsapp.headings import Style, find_heading, has_unknown_half
from relcomm.readers.whatsapp.notices import APP_MARK, Kind, is_notice, kind_of, own_words
from relcomm.readers.whatsapp.senders import Senders, Sent
from relcomm.types import Conversation, Utterance

OPTIONS = ORDERS


@dataclass
class _Lines:
    """The lines of an export, in columns, since a long one has millions. A place is a line's number less one.

    ``styles`` numbers the ways of writing a heading from 1 on; 0 is a line without one. ``halves`` are the numbers of
    the lines that would have one, but for an unknown word in place of AM or PM.
    """

    texts: list[str] = field(default_factory=list)
    styles: array[int] = field(default_factory=lambda: array("H"))
    dates: list[Numbers | None] = field(default_factory=list)
    seconds: array[int] = field(default_factory=lambda: array("l"))
    ends: array[int] = field(default_factory=lambda: array("H"))
    after_break: bytearray = field(default_factory=bytearray)
    known: dict[Style, int] = field(default_factory=dict)
    halves: list[int] = field(default_factory=list)

    def headed(self) -> Iterator[int]:
        """The places of the lines with a heading."""
        return (place for place, style in enumerate(self.styles) if style)

    def rest(self, place: int) -> str:
        """The line behind its heading."""
        return self.texts[place][self.ends[place] :]


@dataclass(slots=True)
class _Item:
    """A line with a heading, and the lines under it: their words, and the numbers of those that are not blank."""

    number: int
    time: datetime
    tail: list[str]
    below: list[int]
    of_app: bool = False


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


def parse(lines: Iterable[str], order: str = "") -> Conversation:
    """The conversation; lines without a heading belong to the message before, those before the first to nobody.

    ``order`` is the caller's word on the order of day and month, a key of `OPTIONS`. A pasted chat inside a
    message must not put words into anyone's mouth, so a heading counts only if it is written like the first.
    Raises `ReadError` where the order stays open.
    """
    ledger = Ledger("whatsapp")
    scanned = _scan(lines)
    _check_halves(scanned)
    pasted = _drop_pasted(scanned)
    first = next(scanned.headed(), None)
    if first is None:
        raise ReadError("no line begins with a date and a time of day that can be read")
    style = list(scanned.known)[scanned.styles[first] - 1]
    settled, reason = settle(_dates(scanned), style, order)
    if reason:
        ledger.remarks.append(reason)
    days = {numbers: to_date(numbers, settled) for numbers in set(scanned.dates) if numbers}
    starts, undated = _starts(scanned, days)
    ledger.remark(
        "what looks like lines of another export was read as part of the message before", sorted(pasted + undated)
    )
    moments = ((days[numbers], scanned.seconds[at]) for at in starts if (numbers := scanned.dates[at]))
    backwards = [starts[n] + 1 for n, (a, b) in enumerate(pairwise(moments), 1) if a[0] and b[0] and b < a]
    ledger.remark("messages that are earlier than the one before were left in the file's order", backwards)
    said = list(_said(scanned, starts, days, ledger))
    return ledger.close(said, len(scanned.texts))


def _scan(lines: Iterable[str]) -> _Lines:
    found = _Lines()
    written: dict[Numbers, Numbers] = {}
    after_break = False
    for line in lines:
        text = line.rstrip("\r\n")
        heading = find_heading(text)
        found.texts.append(text)
        found.after_break.append(after_break)
        found.styles.append(found.known.setdefault(heading.style, len(found.known) + 1) if heading else 0)
        found.dates.append(written.setdefault(heading.date, heading.date) if heading else None)
        hour, minute, second = heading.clock if heading else (0, 0, 0)
        found.seconds.append(hour * 3600 + minute * 60 + second)
        found.ends.append(heading.end if heading else 0)
        if not heading and has_unknown_half(text):
            found.halves.append(len(found.texts))
        after_break = line.endswith("\r\n")
    return found


def _check_halves(lines: _Lines) -> None:
    """Raise `ReadError` if the clock has a word for half the day that is not known: its lines would be lost in others."""
    headed = len(lines.styles) - lines.styles.count(0)
    if lines.halves and len(lines.halves) * STRAYS > headed:
        problem = "the word before or behind the time, as AM or PM, is in a language that is not known here; "
        raise ReadError(
            problem + "set the phone to a 24-hour clock, or to English, and export the chat again", line=lines.halves[0]
        )


def _drop_pasted(lines: _Lines) -> list[int]:
    """Takes the headings away that are not the export's own, and gives the numbers of their lines.

    iPhones end a message with CR LF and a line inside a message with LF alone. Where what follows CR LF is
    nearly always a heading, the headings that follow LF were pasted.
    """
    # Styles are numbered as they come, so the first is 1.
    same = sum(style == 1 for style in lines.styles)
    pasted = [place for place, style in enumerate(lines.styles) if style > 1]
    breaks = sum(lines.after_break)
    headed_breaks = sum(after and style == 1 for after, style in zip(lines.after_break, lines.styles, strict=True))
    if breaks and (breaks - headed_breaks) * STRAYS <= breaks and headed_breaks * 2 >= same - 1:
        first = next(lines.headed(), 0)
        own = enumerate(zip(lines.styles, lines.after_break, strict=True))
        pasted += [place for place, (style, after) in own if style == 1 and not after and place != first]
    for place in pasted:
        lines.styles[place] = 0
    return [place + 1 for place in pasted]


def _dates(lines: _Lines) -> list[Written]:
    """The dates of the headings, those of one day in a row together."""
    found: list[Written] = []
    for place in lines.headed():
        numbers = lines.dates[place]
        if found and found[-1].numbers == numbers:
            found[-1] = found[-1]._replace(times=found[-1].times + 1)
        elif numbers:
            found.append(Written(numbers, place + 1))
    return found


def _starts(lines: _Lines, days: dict[Numbers, date | None]) -> tuple[array[int], list[int]]:
    """Where messages and notices begin; and the numbers of the lines whose date there is not."""
    starts, undated = array("l"), []
    for place in lines.headed():
        numbers = lines.dates[place]
        if numbers and days[numbers]:
            starts.append(place)
        else:
            undated.append(place + 1)
    return starts, undated


def _said(lines: _Lines, starts: array[int], days: dict[Numbers, date | None], ledger: Ledger) -> Iterator[Utterance]:
    """The messages, with every line entered in the ledger."""
    for place, text in enumerate(lines.texts[: starts[0]] if starts else lines.texts):
        if text.strip():
            ledger.note("unassigned", place + 1)
        else:
            ledger.blank += 1
    senders = Senders()
    for start in starts:
        senders.learn(lines.rest(start))
    marked: dict[Kind, list[int]] = {}
    for start, stop in pairwise(chain(starts, [len(lines.texts)])):
        item = _item(lines, start, stop, days)
        # Before the heading the mark stands at attachments and notices only; the first notice has none there.
        item.of_app = lines.texts[start].startswith(APP_MARK) or start == starts[0]
        sent = senders.find(lines.rest(start))
        # What is read need not be held any longer.
        lines.texts[start:stop] = [""] * (stop - start)
        yield from _enter(item, sent, ledger)
        if sent.sender and sent.body.startswith(APP_MARK) and not is_notice(sent.body):
            marked.setdefault(_kind(item, sent), []).append(item.number)
    ledger.remark(
        "messages that begin with an invisible mark, as the app's notices do, were kept", marked.get("message", [])
    )
    aside = marked.get("system", [])
    ledger.remark("what begins with the app's invisible mark was taken for a notice", aside, "; check that it is")


def _item(lines: _Lines, start: int, stop: int, days: dict[Numbers, date | None]) -> _Item:
    numbers = lines.dates[start]
    day = days[numbers] if numbers else None
    assert day is not None
    time = datetime(day.year, day.month, day.day) + timedelta(seconds=lines.seconds[start])  # noqa: DTZ001
    tail = lines.texts[start + 1 : stop]
    below = [number for number, text in enumerate(tail, start + 2) if text.strip()]
    return _Item(start + 1, time, tail, below)


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

"""iMessage chats as imessage-exporter writes them to text: a line with the time, one with the sender, then the words.

Times are the wall clock of the computer that exported. Replies stand there twice, indented under what they answer and
in their own place: they are read once. The owner is called "Me", as in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from relcomm.errors import ReadError
from relcomm.readers.ledger import Fate, Ledger
from relcomm.types import Conversation, Utterance

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STAMP = re.compile(
    rf"(?P<month>{'|'.join(_MONTHS)}) {{1,2}}(?P<day>\d{{1,2}}), (?P<year>\d{{4}}) {{1,2}}"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})[ \u202f](?P<half>[AP]M)(?= |\Z)"
)
_RECEIPT = re.compile(r" \((?:Read|Delivered|Played|Edited) [^()]{1,120}\)\Z|\Z")
_INDENT = "    "
_DELETED = "This message was deleted from the conversation!"
_ANSWERS = "This message responded to an earlier message."
_APP = re.compile(
    r"(?:This message responded to an earlier message\.|SharePlay Message|Ended|(?:Started|Stopped) sharing location!|"
    r"Sent with (?:Confetti|Echo|Fireworks|Balloons|Heart|Lasers|Shooting Star[t]?|Sparkles|Spotlight|Slam|Loud|Gentle|"
    r"Invisible Ink))\Z"
)
_UNSENT = re.compile(r".{1,80} unsent this message part(?: .{1,60} after sending)?!\Z")
_REACTIONS = ("Tapbacks:", "Reactions:")
_REACTION = re.compile(r"\s*(?:\S{1,24} by .{1,80}|Sticker from .{1,300}|.{1,300} from .{1,80})\Z")
_FILE = re.compile(r"(?:attachments/|~?/.{0,200}(?:/Attachments/|/StickerCache/)|Library/.{0,200}/)\S.{0,300}\Z")
_MEDIA = re.compile(r"Attachment missing!\Z|Sticker from .{1,80}: |Unable to format app message: ")
_LINK = re.compile(r"https?://\S+\Z")
_EDITED = re.compile(r"Edited .{1,60} later: ")
_CALL = re.compile(r"\b(?:FaceTime|call)\b")
_BACKWARDS = "messages that are earlier than the one before were left in the file's order"


class _Line(NamedTuple):
    number: int
    text: str


@dataclass(slots=True)
class _Block:
    """A message, or an event, with the lines under it; ``sender`` is nothing for an event."""

    time: datetime
    head: list[int]
    sender: str | None
    body: list[_Line] = field(default_factory=list)

    def take(self, number: int, text: str, *, blank: bool) -> None:
        """Take in a line below the time; a blank one has no number."""
        if self.sender == "":
            if not blank:
                self.sender = text.strip()
                self.head.append(number)
        elif not blank or self.body:
            self.body.append(_Line(0 if blank else number, "" if blank else text))


class _Said(NamedTuple):
    said: Utterance
    lines: list[int]


def sniff(sample: str) -> float:
    """How much this looks like such an export: whether its first line is a time alone, or with an event."""
    lines = sample.splitlines()
    stamps = [n for n, line in enumerate(lines) if _stamp(line)]
    if not stamps or stamps[0] > 0:
        return 0.0
    # A time alone has the sender under it.
    return 0.97 if any(n + 1 < len(lines) and lines[n + 1].strip() for n in stamps if _is_alone(lines[n])) else 0.0


def parse(lines: Iterable[str]) -> Conversation:
    """The conversation. Lines before the first time belong to nobody. Raises `ReadError` for a time that cannot be."""
    ledger = Ledger("imessage")
    total = [0]
    said: list[Utterance] = []
    replies: list[_Said] = []
    marks: dict[str, list[int]] = {}
    for block in _blocks(lines, ledger, total):
        own, nested = _split_replies(block, marks)
        if message := _enter(own, ledger, marks):
            if said and block.time < (said[-1].time or block.time):
                marks.setdefault(_BACKWARDS, []).append(block.head[0])
            said.append(message.said)
            ledger.spoken += len(message.lines)
        replies += [reply for inner in nested if (reply := _enter(inner, ledger, marks))]
    said = _merged(said, _alone(said, replies, ledger))
    for remark, numbers in marks.items():
        ledger.remark(remark, numbers)
    return ledger.close(said, total[0])


def _stamp(line: str) -> re.Match[str] | None:
    return _STAMP.match(line)


def _is_alone(line: str) -> bool:
    stamp = _stamp(line)
    return stamp is not None and _RECEIPT.match(line, stamp.end()) is not None


def _time(stamp: re.Match[str], line: int) -> datetime:
    hour = int(stamp["hour"]) % 12 + (12 if stamp["half"] == "PM" else 0)
    month = _MONTHS.index(stamp["month"]) + 1
    try:
        if not 1 <= int(stamp["hour"]) <= 12:
            raise ValueError
        return datetime(int(stamp["year"]), month, int(stamp["day"]), hour, int(stamp["minute"]), int(stamp["second"]))  # noqa: DTZ001
    except ValueError:
        raise ReadError("there is no such day or time; export the chat again", line=line) from None


def _blocks(lines: Iterable[str], ledger: Ledger, total: list[int]) -> Iterator[_Block]:
    """The messages and events of the file; the lines are counted in ``total``."""
    block: _Block | None = None
    after_blank = True
    for number, line in enumerate(lines, 1):
        total[0] = number
        text = line.rstrip("\r\n")
        blank = not text.strip()
        if blank:
            ledger.blank += 1
        if after_blank and (stamp := _stamp(text)):
            if block:
                yield block
            block = _opened(stamp, number)
        elif block:
            block.take(number, text, blank=blank)
        elif not blank:
            ledger.note("unassigned", number)
        after_blank = blank
    if block:
        yield block


def _opened(stamp: re.Match[str], number: int) -> _Block:
    """A message, whose sender is in the next line; or an event, told behind the time."""
    alone = _RECEIPT.match(stamp.string, stamp.end()) is not None
    told = [] if alone else [_Line(number, stamp.string[stamp.end() :])]
    return _Block(_time(stamp, number), [number], "" if alone else None, told)


def _split_replies(block: _Block, marks: dict[str, list[int]]) -> tuple[_Block, list[_Block]]:
    """The block without the replies indented in it, and these."""
    own: list[_Line] = []
    replies: list[_Block] = []
    reply: _Block | None = None
    wants_sender = False
    for line in block.body:
        inner = line.text[len(_INDENT) :] if line.text.startswith(_INDENT) else ""
        if inner and block.sender is not None and _is_alone(inner):
            stamp = _stamp(inner)
            assert stamp is not None
            reply = _Block(_time(stamp, line.number), [line.number], "")
            replies.append(reply)
            wants_sender = True
        elif reply and inner and wants_sender:
            reply.sender, wants_sender = inner.strip(), False
            reply.head.append(line.number)
        elif reply and (inner or not line.number):
            reply.body.append(_Line(line.number, inner))
        else:
            if reply and line.text != _ANSWERS:
                after = (
                    "lines that follow a reply inside a message were taken for the message's own; check whose they are"
                )
                marks.setdefault(after, []).append(line.number)
            reply = None
            own.append(line)
    return _Block(block.time, block.head, block.sender, own), replies


def _enter(block: _Block, ledger: Ledger, marks: dict[str, list[int]]) -> _Said | None:
    """The message in this block, if there is one; lines that are no part of it are entered in the ledger."""
    if block.sender is None:
        numbers = sorted({*block.head, *(line.number for line in block.body if line.number)})
        told = block.body[0].text if block.body else ""
        ledger.note("call" if _CALL.search(told) else "system", *numbers)
        return None
    body = block.body
    numbers = [line.number for line in body if line.number]
    if numbers and body[0].text == _DELETED:
        ledger.note("deleted", *block.head, *numbers)
        return None
    words = list(_words(body, block, ledger, marks))
    spoken = [line.number for line in words if line.number]
    if spoken:
        text = "\n".join(line.text for line in words).strip("\n")
        return _Said(Utterance(text, block.sender, block.time), [*block.head, *spoken])
    fate = _fate_without_words(body)
    ledger.note(fate, *block.head)
    return None


def _fate_without_words(body: Sequence[_Line]) -> Fate:
    texts = [line.text for line in body if line.number]
    if any(_UNSENT.match(text) for text in texts):
        return "deleted"
    return "media" if any(_is_media(text) for text in texts) else "system" if texts else "unassigned"


def _is_media(text: str) -> bool:
    return bool(_FILE.match(text) or _MEDIA.match(text))


def _words(body: Sequence[_Line], block: _Block, ledger: Ledger, marks: dict[str, list[int]]) -> Iterator[_Line]:
    """The lines that are the person's own words; the others are entered in the ledger."""
    lines = _last_wording(body, block, ledger, marks)
    under_link = in_reactions = False
    for n, line in enumerate(lines):
        if not line.number:
            in_reactions = False
            yield line
        elif _starts_reactions(lines, n) or (in_reactions and _REACTION.match(line.text)):
            in_reactions = True
            ledger.note("system", line.number)
        elif _APP.match(line.text):
            ledger.note("system", line.number)
        elif _UNSENT.match(line.text):
            ledger.note("deleted", line.number)
        elif _is_media(line.text):
            ledger.note("media", line.number)
        elif under_link:
            ledger.note("media", line.number)
            marks.setdefault("lines right under a link were taken for its preview", []).append(line.number)
        else:
            under_link = n == 0 and _LINK.match(line.text) is not None
            yield line


def _starts_reactions(lines: Sequence[_Line], n: int) -> bool:
    return lines[n].text in _REACTIONS and n + 1 < len(lines) and _REACTION.match(lines[n + 1].text) is not None


def _last_wording(body: Sequence[_Line], block: _Block, ledger: Ledger, marks: dict[str, list[int]]) -> Sequence[_Line]:
    """The body without the earlier wordings of an edited message, which begin with the time it was sent."""
    stamp = _stamp(body[0].text) if body else None
    edits = [n for n, line in enumerate(body) if _EDITED.match(line.text)]
    if not stamp or not edits or _time(stamp, body[0].number) != block.time:
        return body
    last = edits[-1]
    earlier = [line.number for line in body[:last] if line.number]
    ledger.note("system", *earlier)
    marks.setdefault("earlier wordings of edited messages were left out", []).extend(earlier)
    wording = _EDITED.sub("", body[last].text, count=1)
    return [_Line(body[last].number, wording), *body[last + 1 :]]


def _alone(said: Sequence[Utterance], replies: Sequence[_Said], ledger: Ledger) -> list[Utterance]:
    """The replies that stand only under what they answer; the others, which come twice, are entered in the ledger."""
    wanted = set(map(_key, (reply.said for reply in replies)))
    there = {key for one in said if (key := _key(one)) in wanted}
    twice = [reply for reply in replies if _key(reply.said) in there]
    for reply in twice:
        ledger.note("system", *reply.lines)
    ledger.remark("replies that stand in the file twice were read once", [reply.lines[0] for reply in twice])
    alone = [reply for reply in replies if _key(reply.said) not in there]
    ledger.spoken += sum(len(reply.lines) for reply in alone)
    remark = "replies that stand only under what they answer were put in the order of time"
    ledger.remark(remark, [reply.lines[0] for reply in alone])
    return [reply.said for reply in alone]


def _key(said: Utterance) -> tuple[datetime | None, str, str]:
    return said.time, said.speaker, said.text


def _when(said: Utterance) -> datetime:
    return said.time or datetime(1, 1, 1)  # noqa: DTZ001


def _merged(said: list[Utterance], replies: list[Utterance]) -> list[Utterance]:
    """All in one row, each reply before the first message that is later."""
    waiting = sorted(replies, key=_when)[::-1]
    merged: list[Utterance] = []
    for one in said if waiting else ():
        while waiting and one.time and (waiting[-1].time or one.time) < one.time:
            merged.append(waiting.pop())
        merged.append(one)
    return [*merged, *waiting[::-1]] if replies else said

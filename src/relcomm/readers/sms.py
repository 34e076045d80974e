"""Text messages as backed up by SMS Backup & Restore (XML): those with one person or group are read.

The owner of the phone has no name there and is called "Me". Times are in UTC, and the order is that of time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from relcomm.errors import ReadError
from relcomm.readers.chats import Chat, Choice, Entry, digits
from relcomm.readers.ledger import Fate
from relcomm.readers.markup import Markup, Tag
from relcomm.types import Conversation

PIECES = True
CHOOSES = "the name or number of a person or group, where the file holds several"
ME = "Me"

_ROOT = re.compile(r"<smses[\s>/]")
_NOTHING = ("", "null")
_UNKNOWN = ("", "null", "(Unknown)")
_RECEIVED, _SENT = "1", "2"
_UNSENT = ("3", "4", "5", "6")
_NOT_FETCHED = "130"
_FROM = "137"
_NO_SUBJECT = ("", "null", "nosubject", "no subject")
_SEVERAL = "more than one number goes by the name in this chat; they were read as one person"
_DRAFT = "drafts, and what was never sent, were left out"
_NULL = 'messages that are nothing but the word "null", which the app also writes for no text, were left out'


@dataclass
class _Book:
    """Who has which number: by a number or by a name, whichever came first."""

    _keys: dict[str, str] = field(default_factory=dict)

    def find(self, number: str, name: str) -> tuple[str, bool]:
        """What this person is known by, and whether that joins a new number to a known name."""
        number = digits(number) or number.strip().casefold()
        by_name = f"name {name}" if name else ""
        known = self._keys.get(number)
        key = known or self._keys.get(by_name) or number
        joined = known is None and key != number
        self._keys[number] = key
        if by_name:
            self._keys.setdefault(by_name, key)
        return key, joined


@dataclass
class _Message:
    """One message with its parts."""

    tag: Tag
    parts: list[dict[str, str]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)


def sniff(sample: str) -> float:
    """How much this looks like a backup of text messages: whether it is one element of them."""
    return 0.99 if sample.lstrip().startswith("<") and _ROOT.search(sample[:4096]) else 0.0


def parse(pieces: Iterable[str], chat: str = "") -> Conversation:
    """The conversation; where the file holds several, the one with the person, number or place in the file ``chat``.

    Raises `ReadError` where it does not say which, and for XML that is none or that is not safe to read.
    """
    taken, choice, book = Chat("sms"), Choice("sms", chat), _Book()
    taken.call(ME, ME)
    markup = Markup(pieces)
    message: _Message | None = None
    rooted = False
    for tag in markup:
        if not rooted:
            _check_root(tag)
            rooted = True
        elif tag.closing and tag.name in ("sms", "mms") and message:
            _take(message, taken, choice, book)
            message = None
        elif not tag.closing:
            message = _open(tag, message)
    choice.check(taken.ledger)
    if markup.replaced:
        taken.ledger.remarks.append("characters that are none in XML were replaced by \N{REPLACEMENT CHARACTER}")
    return taken.close(by_time=True)


def _check_root(tag: Tag) -> None:
    if tag.name != "smses":
        problem = (
            "this is no backup of text messages: its first element is not smses; choose the messages in the backup"
        )
        raise ReadError(problem, line=tag.line)


def _open(tag: Tag, message: _Message | None) -> _Message | None:
    if tag.name in ("sms", "mms"):
        return _Message(tag)
    if message and tag.name == "part":
        message.parts.append(tag.attributes)
    elif message and tag.name == "addr" and tag.attributes.get("type") == _FROM:
        message.senders.append(tag.attributes.get("address", ""))
    return message


def _take(message: _Message, chat: Chat, choice: Choice, book: _Book) -> None:
    own = message.tag.attributes
    numbers = [number for number in own.get("address", "").split("~") if number] or [""]
    name = own.get("contact_name", "").strip()
    name = "" if name in _UNKNOWN else name
    found = [book.find(number, name if len(numbers) == 1 else "") for number in numbers]
    keys = sorted({key for key, _ in found})
    if len(numbers) == 1 and name:
        chat.call(keys[0], name)
    known_as = (name, numbers[0]) if len(keys) == 1 else (name,)
    if not choice.takes("~".join(keys), known_as, message.tag.line):
        return
    box = own.get("type" if message.tag.name == "sms" else "msg_box", "")
    who = ME if box == _SENT else keys[0] if len(keys) == 1 else _sender(message, book)
    text = own.get("body", "") if message.tag.name == "sms" else _words(message)
    fate, remark = _fate(message, box, text)
    remarks = [remark] * bool(remark) + [_SEVERAL] * (len(numbers) == 1 and found[0][1])
    chat.add(Entry(who, "", text, own.get("date"), fate=fate), *remarks)


def _sender(message: _Message, book: _Book) -> str:
    return book.find(message.senders[0], "")[0] if message.senders else ""


def _words(message: _Message) -> str:
    subject = message.tag.attributes.get("sub", "").strip()
    # Newer phones keep a key of their own there.
    words = [subject] if subject.casefold() not in _NO_SUBJECT and not subject.startswith("proto:") else []
    plain = [part.get("text", "") for part in message.parts if part.get("ct") == "text/plain"]
    words += [text for text in plain if text not in _NOTHING]
    return "\n".join(words)


def _fate(message: _Message, box: str, text: str) -> tuple[Fate | None, str]:
    if box in _UNSENT:
        return "system", _DRAFT
    if box not in (_RECEIVED, _SENT):
        return "unassigned", ""
    if message.tag.name == "sms":
        return ("unassigned", _NULL) if text == "null" else (None, "")
    if message.tag.attributes.get("m_type") == _NOT_FETCHED:
        return "system", ""
    return ("media" if not text.strip() else None), ""

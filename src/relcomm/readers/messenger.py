"""Messenger and Instagram chats, from a download of one's own information as JSON (``message_1.json``, newest first).

Also the other shape, of chats encrypted end to end. Times are in UTC. Several parts that lie in one folder are read
as one conversation, if the folder is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from relcomm.errors import ReadError
from relcomm.readers.chats import Chat, Entry, text_of
from relcomm.readers.documents import glimpse, parts
from relcomm.readers.ledger import Fate
from relcomm.types import Conversation

PIECES = True
FOLDER = "message_*.json"

_OPENED = frozenset(("", "messages"))
_SHAPES = (frozenset(("sender_name", "timestamp_ms")), frozenset(("senderName", "timestamp")))
_ATTACHED = ("photos", "videos", "audio_files", "gifs", "files", "sticker", "share", "media")
_REPAIRED = "text that the download writes as Latin-1 was put right"
_TAKEN_FOR_NOTICE = "what reads like the app's own words was taken for a notice"
_NOTICE_NAMED = re.compile(
    r"(?:sent (?:an? |\d{1,4} )?(?:attachments?|photos?|videos?|stickers?|gifs?|voice messages?|links?|locations?|live location)"
    r"|(?:set|cleared) (?:the|your|his|her|their|my)(?: own)? nickname\b.{0,150}|set the (?:emoji|quick reaction|theme) to .{1,60}"
    r"|changed the (?:chat theme|theme|chat colou?rs?|group photo|group name|emoji)\b.{0,80}"
    r"|named the group .{1,100}|(?:created|left|joined|muted) the (?:group|chat)|(?:added|removed) .{1,80} (?:to|from) the group"
    r"|(?:pinned|unpinned|unsent|liked|forwarded) a message|waved at .{1,60}"
    r"|(?:started|joined|ended) (?:an? |the )?(?:video chat|video call|audio call|vanish mode)"
    r"|(?:hat|hast) (?:einen?|ein|\d{1,4}) (?:Fotos?|Videos?|Anhang|Anhänge|Sticker|GIFs?|Sprachnachricht|Link) gesendet"
    r"|(?:envió|a envoyé|ha inviato|enviou) (?:una?|une|uma?|\d{1,4}) \S{1,20}(?: \S{1,20})?)\.?\Z"
)
_REACTED = re.compile(
    r"(?:reacted \S{1,12} to your message|liked a message|hat mit \S{1,12} auf deine nachricht reagiert|"
    r"reaccionó con \S{1,12} a tu mensaje|a réagi \S{1,12} à votre message|ha reagito con \S{1,12} al tuo messaggio|"
    r"reagiu com \S{1,12} à sua mensagem)\s?\.?\Z",
    re.IGNORECASE,
)
_MISSED = re.compile(
    r"(?:You|.{1,80}) missed an? (?:video |audio |voice )?(?:call|chat)(?: (?:from|with) .{1,80})?\.\Z"
    r"|The (?:video|audio|voice) (?:call|chat) ended\.\Z"
)
_CONNECTED = "you are now connected on messenger"
_UNSENT = "user unsent a message"


def sniff(sample: str) -> float:
    """How much this looks like a Messenger or Instagram chat: whether its messages have a sender and a time."""
    first = glimpse(sample, _OPENED, "messages[]")
    return 0.97 if first and all(any(shape <= record.keys() for shape in _SHAPES) for record in first) else 0.0


def parse(pieces: Iterable[str]) -> Conversation:
    """The conversation, oldest first. Raises `ReadError` where an entry is not written as Messenger writes it."""
    chat = Chat("messenger")
    for part in parts(pieces, _OPENED):
        if part.path not in ("messages", "messages[]"):
            continue
        if part.path == "messages" or not isinstance(part.value, dict):
            raise ReadError(
                "this is no list of messages as Messenger writes it; download it as JSON again", line=part.line
            )
        _add(chat, part.value, part.line)
    return chat.close(by_time=True)


def _add(chat: Chat, record: dict[str, Any], line: int) -> None:
    written = [record.get("sender_name", record.get("senderName")), record.get("content", record.get("text"))]
    if not all(value is None or isinstance(value, str) for value in written):
        raise ReadError("the sender and the text of a message must be strings", line=line)
    sender, text = (repaired(value or "") for value in written)
    remarks = [_REPAIRED] if [sender, text] != [value or "" for value in written] else []
    fate = _fate(record, sender.strip(), text)
    if fate in ("system", "call") and text.strip() and record.get("type") not in ("Call", "Subscribe", "Unsubscribe"):
        remarks.append(_TAKEN_FOR_NOTICE)
    time = record.get("timestamp_ms", record.get("timestamp"))
    chat.add(Entry(sender.strip(), sender.strip(), text, time, text_of(record.get("id")), fate), *remarks)


def repaired(text: str) -> str:
    """The text, put right where its UTF-8 was written as if each byte were a character; else as it is.

    >>> repaired("cafÃ©"), repaired("café")
    ('café', 'café')
    """
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _fate(record: dict[str, Any], sender: str, text: str) -> Fate | None:
    plain = " ".join(text.split())
    attached = any(record.get(key) for key in _ATTACHED)
    if record.get("is_unsent") or record.get("isUnsent") or plain.casefold() == _UNSENT:
        return "deleted"
    if record.get("type") == "Call" or "call_duration" in record or _MISSED.match(plain):
        return "call"
    if record.get("type") in ("Subscribe", "Unsubscribe") or _is_notice(plain, sender):
        return "media" if attached else "system"
    return "media" if attached and not plain else None


def _is_notice(plain: str, sender: str) -> bool:
    """Whether these words are the app's: an event told of "you" or of the sender by name."""
    if plain.casefold() == _CONNECTED or _REACTED.match(plain):
        return True
    names = (name for name in (sender, sender.partition(" ")[0], "You", "Du") if name)
    return any(plain.startswith(f"{name} ") and _NOTICE_NAMED.match(plain, len(name) + 1) for name in names)

"""Telegram chats as exported by Telegram Desktop to JSON (``result.json``): one chat, or an account's, of which one is read.

Times are in UTC where the export says so, else the wall clock of the computer that exported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from relcomm.errors import ReadError
from relcomm.readers.chats import Chat, Choice, Entry, record_of, text_of
from relcomm.readers.documents import Part, glimpse, parts
from relcomm.types import Conversation

PIECES = True
CHOOSES = "the name of a chat, where the file holds those of a whole account"
FOLDER = "result.json"

_ACCOUNT = ("chats", "left_chats")
_LISTS = ("messages", *(f"{many}.list[].messages" for many in _ACCOUNT))
_OPENED = frozenset(
    (
        "",
        "messages",
        *(f"{many}{inside}" for many in _ACCOUNT for inside in ("", ".list", ".list[]", ".list[].messages")),
    )
)
# An account's contacts may fill the beginning of the file.
_ACCOUNT_OPENS = re.compile(
    r'\s*\{\s*"about":\s*"[^"]*",\s*"(?:personal_information|profile_pictures|stories|contacts|chats)":'
)
_ALWAYS = frozenset(("id", "type", "date"))
_OF_CHAT = ("name", "type", "id")
_CALLS = frozenset(("phone_call", "group_call", "conference_call"))
# What says nothing on whether something is attached.
_ABOUT = _ALWAYS | frozenset(
    (
        *(
            "text",
            "date_unixtime",
            "edited",
            "edited_unixtime",
            "from",
            "from_id",
            "author",
            "text_entities",
            "reactions",
        ),
        *("reply_to_message_id", "reply_to_peer_id", "forwarded_from", "forwarded_from_id", "via_bot", "saved_from"),
    )
)
_FORWARDED = "forwarded messages are somebody else's words; they were counted as attachments"
_UNKNOWN = "entries that the app itself could not export, or that are of an unknown type, were left out"


def sniff(sample: str) -> float:
    """How much this looks like a Telegram export: whether what it lists as messages has the parts of one."""
    if _ACCOUNT_OPENS.match(sample):
        return 0.9
    first = next((found for path in _LISTS if (found := glimpse(sample, _OPENED, f"{path}[]"))), [])
    typical = all(record.keys() >= _ALWAYS for record in first) and any("text" in record for record in first)
    return 0.97 if first and typical else 0.0


def parse(pieces: Iterable[str], chat: str = "") -> Conversation:
    """The conversation; where the file holds several, the one whose name, or place in the file, is ``chat``.

    Raises `ReadError` where it does not say which, and where an entry is not written as Telegram writes it.
    """
    taken, choice = Chat("telegram"), Choice("telegram", chat)
    about: dict[str, str] = {}
    ended = False
    identity = ""
    for part in parts(pieces, _OPENED):
        where, _, key = part.path.rpartition(".")
        if key in _OF_CHAT and (not where or where.endswith(".list[]")):
            if ended or key in about:
                about, ended = {}, False
            about[key] = text_of(part.value)
        elif part.path.removesuffix("[]") in _LISTS:
            ended = True
            # A chat without a number begins with its line.
            identity = about.setdefault("id", f"line {part.line}")
            record = _record(part)
            if choice.takes(identity, (about.get("name", ""),), part.line):
                _add(taken, record, part.line)
    choice.check(taken.ledger)
    return taken.close()


def _record(part: Part) -> dict[str, Any]:
    if not part.path.endswith("[]") or not isinstance(part.value, dict):
        raise ReadError(
            "this is no list of messages as Telegram exports it; export the chat as JSON again", line=part.line
        )
    return part.value


def _add(chat: Chat, record: dict[str, Any], line: int) -> None:
    kind = record.get("type")
    if kind == "service":
        chat.add(Entry(fate="call" if record.get("action") in _CALLS else "system"))
    elif kind != "message":
        chat.add(Entry(fate="unassigned"), _UNKNOWN)
    elif record.get("forwarded_from", record.get("from")) != record.get("from"):
        chat.add(Entry(fate="media"), _FORWARDED)
    else:
        text = _text(record.get("text"), line)
        attached = not text.strip() and bool(record.keys() - _ABOUT)
        chat.add(
            Entry(
                who=text_of(record.get("from_id")) or text_of(record.get("from")),
                name=text_of(record.get("from")).strip(),
                text=text,
                time=record.get("date_unixtime") or record.get("date"),
                id=text_of(record.get("id")),
                fate="media" if attached else None,
            )
        )


def _text(value: object, line: int) -> str:
    """The words: a string, or pieces of which some are links, names or bold, with nothing between them."""
    pieces = value if isinstance(value, list) else [value]
    words = [piece if isinstance(piece, str) else record_of(piece).get("text") for piece in pieces]
    strings = [word for word in words if isinstance(word, str)]
    if len(strings) < len(words):
        raise ReadError(
            "the text of this message is neither a string nor a list of strings; export the chat again", line=line
        )
    return "".join(strings)

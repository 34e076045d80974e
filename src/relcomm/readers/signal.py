"""Signal chats from its own export of the chat history as text (``main.jsonl``), which holds all chats: one is read.

The owner of the phone has no name there and is called "Me". Times are in UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from relcomm.errors import ReadError
from relcomm.readers.chats import Chat, Choice, Entry, digits, record_of, text_of
from relcomm.readers.ledger import Fate
from relcomm.types import Conversation

CHOOSES = "the name or number of a person or group, where the file holds several chats"
FOLDER = "main.jsonl"
ME = "Me"

_KINDS = frozenset(
    ("account", "recipient", "chat", "chatItem", "chatFolder", "adHocCall", "stickerPack", "notificationProfile")
)
_MEDIA = ("stickerMessage", "contactMessage", "viewOnceMessage", "paymentNotification", "giftBadge", "poll")
_CALLS = ("individualCall", "groupCall")
_UNKNOWN = "entries of a kind that is not known were left out"
_STORY = "answers to a story were kept without what they answer"


def sniff(sample: str) -> float:
    """How much this looks like Signal's export: whether its lines are objects of one of its kinds."""
    lines = [line for line in sample.splitlines() if line.strip()][:20]
    known = [_kind(line) for line in lines]
    # The first line tells the version of the format.
    return 0.98 if lines and all(known) and any(kind in _KINDS for kind in known) else 0.0


def _kind(line: str) -> str:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    keys = record.keys() if isinstance(record, dict) else set()
    if "backupTimeMs" in keys or "version" in keys:
        return "version"
    return next((kind for kind in keys if kind in _KINDS), "") if len(keys) == 1 else ""


def parse(lines: Iterable[str], chat: str = "") -> Conversation:
    """The conversation; where the file holds several, the one with the person, group or place in the file ``chat``.

    Raises `ReadError` where it does not say which, and where a line is not written as Signal writes it.
    """
    taken, choice = Chat("signal"), Choice("signal", chat)
    people: dict[str, list[str]] = {}
    chats: dict[str, str] = {}
    for number, record in _records(lines):
        if "recipient" in record:
            person = record_of(record["recipient"])
            people[text_of(person.get("id"))] = _names(person)
        elif "chat" in record:
            about = record_of(record["chat"])
            chats[text_of(about.get("id"))] = text_of(about.get("recipientId"))
        elif "chatItem" in record:
            item = record_of(record["chatItem"])
            key = text_of(item.get("chatId"))
            if choice.takes(key, people.get(chats.get(key, ""), []), number):
                _add(taken, item, people, number)
    choice.check(taken.ledger)
    return taken.close()


def _records(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        record = None
        with suppress(ValueError, RecursionError):
            record = json.loads(line)
        if not isinstance(record, dict):
            # Raised here: inside, the context would hold the text.
            raise ReadError(
                "this line is not a JSON object; export the chats again, or copy the whole file", line=number
            )
        yield number, record


def _names(person: dict[str, Any]) -> list[str]:
    """What a person or group may be called, the first being the best."""
    if "self" in person:
        return [ME]
    group = record_of(record_of(person.get("group")).get("snapshot"))
    contact = record_of(person.get("contact"))
    nickname = record_of(contact.get("nickname"))
    number = text_of(contact.get("e164"))
    names = [
        f"{text_of(nickname.get('given'))} {text_of(nickname.get('family'))}",
        f"{text_of(contact.get('systemGivenName'))} {text_of(contact.get('systemFamilyName'))}",
        f"{text_of(contact.get('profileGivenName'))} {text_of(contact.get('profileFamilyName'))}",
        text_of(record_of(group.get("title")).get("title")),
        text_of(contact.get("username")),
        f"+{digits(number)}" if digits(number) else "",
    ]
    return [name.strip() for name in names if name.strip()]


def _add(chat: Chat, item: dict[str, Any], people: dict[str, list[str]], line: int) -> None:
    story = record_of(item.get("directStoryReplyMessage"))
    said = record_of(item.get("standardMessage")) or story
    words = record_of(said.get("text") or record_of(story.get("textReply")).get("text")).get("body") or ""
    if not isinstance(words, str):
        raise ReadError("the body of this message is not a string; export the chats again", line=line)
    fate = _fate(item, said, words)
    who = text_of(item.get("authorId"))
    entry = Entry(who, next(iter(people.get(who, [])), ""), words, item.get("dateSent"), fate=fate)
    chat.add(entry, *([_UNKNOWN] if fate == "unassigned" else [_STORY] if story and not fate else []))


def _fate(item: dict[str, Any], said: dict[str, Any], words: str) -> Fate | None:
    if "remoteDeletedMessage" in item or "adminDeletedMessage" in item:
        return "deleted"
    if "updateMessage" in item:
        return "call" if any(kind in record_of(item["updateMessage"]) for kind in _CALLS) else "system"
    if any(kind in item for kind in _MEDIA):
        return "media"
    if said and not words.strip():
        return "media"
    return None if said else "unassigned"

"""Discord channels as DiscordChatExporter writes them, as JSON or as a table (CSV).

Times are as written, with their offset; what a table writes in another form than ISO 8601 is left out, and said.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from relcomm.errors import ReadError
from relcomm.readers.chats import Chat, Entry, record_of, text_of
from relcomm.readers.documents import glimpse, parts
from relcomm.readers.ledger import Fate
from relcomm.readers.sources import split_lines
from relcomm.types import Conversation

PIECES = True
HEADER = ("AuthorID", "Author", "Date", "Content")
"""How the table's first row begins."""

_OPENED = frozenset(("", "messages"))
_ALWAYS = frozenset(("id", "type", "timestamp", "content", "author"))
_SPOKEN = frozenset(("Default", "Reply", "0", "19"))
_ATTACHED = ("attachments", "embeds", "stickers", "poll", "forwardedMessage")
_BOT = "messages of bots were counted as notices"
_TOLD = "what a table writes of calls and members was known by its words alone, and left out"
_NOTICE = re.compile(
    r"(?:Added .{1,80} to the group\.|Added a recipient\.|Left the group\.|Removed .{1,80} from the group\.|Removed a recipient\.|"
    r"Changed the channel name(?:: .{1,120}|\.)|Changed the channel icon\.|Pinned a message\.|Joined the server\.|"
    r"Started a thread\.|A poll has closed\.)\Z"
)
_CALL = re.compile(r"Started a call that lasted [\d,.]{1,9} minutes\.\Z")


def sniff(sample: str) -> float:
    """How much this looks like an exported channel: its table's first row, or messages with an author and a time."""
    if _is_table(sample):
        return 0.99
    first = glimpse(sample, _OPENED, "messages[]")
    return 0.97 if first and all(record.keys() >= _ALWAYS for record in first) else 0.0


def parse(pieces: Iterable[str]) -> Conversation:
    """The conversation. Raises `ReadError` where an entry is not written as the exporter writes it."""
    held = iter(pieces)
    opening = ""
    for piece in held:
        opening += piece
        if len(opening.lstrip()) > len(",".join(HEADER)) + 8:
            break
    chat = Chat("discord")
    pieces = chain([opening], held)
    for entry, remarks in _from_table(pieces) if _is_table(opening) else _from_document(pieces):
        chat.add(entry, *remarks)
    return chat.close()


def _is_table(text: str) -> bool:
    return text.lstrip()[:60].replace('"', "").startswith(",".join(HEADER))


def _from_document(pieces: Iterable[str]) -> Iterator[tuple[Entry, list[str]]]:
    for part in parts(pieces, _OPENED):
        if part.path not in ("messages", "messages[]"):
            continue
        if part.path == "messages" or not isinstance(part.value, dict):
            raise ReadError(
                "this is no list of messages as DiscordChatExporter writes it; export it again", line=part.line
            )
        yield _entry(part.value, part.line)


def _entry(record: dict[str, Any], line: int) -> tuple[Entry, list[str]]:
    text, author = record.get("content"), record_of(record.get("author"))
    if text is not None and not isinstance(text, str):
        raise ReadError("the content of a message must be a string", line=line)
    of_bot = author.get("isBot") is True
    name = text_of(author.get("nickname")).strip() or text_of(author.get("name")).strip()
    entry = Entry(
        who=text_of(author.get("id")) or name,
        name=name,
        text=text or "",
        time=record.get("timestamp"),
        id=text_of(record.get("id")),
        fate="system" if of_bot else _fate(record, text or ""),
    )
    return entry, [_BOT] if of_bot else []


def _fate(record: dict[str, Any], text: str) -> Fate | None:
    kind = text_of(record.get("type"))
    if kind in ("Call", "3"):
        return "call"
    if kind not in _SPOKEN:
        return "system"
    return "media" if not text.strip() and any(record.get(key) for key in _ATTACHED) else None


def _from_table(pieces: Iterable[str]) -> Iterator[tuple[Entry, list[str]]]:
    reader = csv.reader(split_lines(pieces), strict=True)
    width = 0
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error:
            problem = "the quotes do not match from this row on, or a cell is too long; export the channel again"
            raise ReadError(problem, line=first) from None
        if row is None:
            return
        if not any(row):
            continue
        if not width:
            width = len(row)
        elif len(row) != width:
            raise ReadError(
                "this row does not have as many cells as the first one; export the channel again", line=first
            )
        else:
            yield _from_row(row)


def _from_row(row: list[str]) -> tuple[Entry, list[str]]:
    who, name, time, text = row[:4]
    fate: Fate | None = "call" if _CALL.match(text) else "system" if _NOTICE.match(text) else None
    if not text.strip() and any(row[4:5]):
        fate = "media"
    return Entry(who.strip() or name.strip(), name.strip(), text, time, fate=fate), [_TOLD] * (
        fate in ("call", "system")
    )

"""The names under which tables and JSON objects keep who said what, and when."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from relcomm.errors import ReadError
from relcomm.readers.ledger import Ledger

FIELDS: Mapping[str, tuple[str, ...]] = {
    "text": (
        *("text", "message", "utterance", "content", "body", "msg", "message_text", "transcript", "utterance_text"),
        *("words", "said", "speech", "dialogue", "line"),
    ),
    "speaker": (
        *("speaker", "sender", "author", "name", "from", "user", "username", "participant", "role", "who"),
        *("speaker_name", "character"),
    ),
    "time": ("time", "timestamp", "datetime", "date_time", "date", "sent_at", "created_at"),
    "date": ("date", "day"),
    "id": ("id", "message_id", "utterance_id", "turn_id", "uid"),
    "conversation": ("conversation", "conversation_id", "dialogue_id", "dialog_id", "chat_id", "thread_id"),
}
"""For each field the names it is known by, the first one found being taken. Case, spaces, ``-`` and ``_`` do not matter."""

CHOOSES = "which column is what, as in text=Body,speaker=From"
"""What a caller may say of a table behind its format."""

_FILLING = re.compile(r"[\s_\-]+")
_EPOCH = re.compile(r"\d{9,13}(?:\.\d+)?\Z")
_OF_DAY = re.compile(r"\d{1,2}:\d{2}")
_UNKNOWN = "?"
_EARLIEST, _LATEST = 1e8, 4.2e9


def mapped(columns: str) -> dict[str, str]:
    """The caller's own word on which column holds which field.

    Raises `ReadError` where it cannot be understood.

    >>> mapped("text=Body,speaker=From")
    {'text': 'Body', 'speaker': 'From'}
    """
    pairs = [part.partition("=") for part in columns.split(",")] if columns else []
    wanted = {field.strip(): name.strip() for field, _, name in pairs}
    if len(wanted) < len(pairs) or not all(field in FIELDS and name for field, name in wanted.items()):
        problem = f"write {CHOOSES}, each once; what can be named is {', '.join(FIELDS)}"
        raise ReadError(problem)
    return wanted


def find_fields(names: Iterable[str], wanted: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Which of these column names or keys holds which field; ``wanted`` is the caller's word, see `mapped`.

    >>> find_fields(["Sender", "Sent-At", "Message", "mood"])
    {'text': 'Message', 'speaker': 'Sender', 'time': 'Sent-At'}
    >>> find_fields(["Sender", "To", "Message"], {"speaker": "to"})
    {'text': 'Message', 'speaker': 'To'}
    """
    there: dict[str, str] = {}
    for name in names:
        there.setdefault(_plain(name), name)
    given = {_plain(name) for name in wanted.values()}
    known_as = {
        field: (_plain(wanted[field]),) if field in wanted else tuple(n for n in known if n not in given)
        for field, known in _PLAIN.items()
    }
    found = {field: next((there[n] for n in known if n in there), None) for field, known in known_as.items()}
    return {field: name for field, name in found.items() if name is not None}


def check_found(found: Mapping[str, str], wanted: Mapping[str, str], line: int | None = None) -> None:
    """Raise `ReadError` if a table lacks a column that the caller named."""
    missing = [field for field in wanted if field not in found]
    if missing:
        raise ReadError(f"there is no column of the name given for the {missing[0]}; name one that is there", line=line)


def _plain(name: str) -> str:
    return _FILLING.sub("", name).casefold()


_PLAIN = {field: tuple(map(_plain, names)) for field, names in FIELDS.items()}


def joined(date: object, time: object) -> object:
    """The time, with the date before it where the two are apart: ``2024-01-05`` and ``9:15``."""
    if not isinstance(date, str) or not isinstance(time, str) or date == time or not date.strip():
        return time
    clock = time.strip()
    if _OF_DAY.match(clock):
        return f"{date.strip()} {clock if clock[1] != ':' else '0' + clock}"
    # Never the date alone: it would be read as midnight.
    return clock or _UNKNOWN


def looked_for(field: str, wanted: Mapping[str, str] = MappingProxyType({})) -> str:
    """The names a field is known by, for an error."""
    return wanted[field] if field in wanted else ", ".join(FIELDS[field])


class Clock:
    """Reads times, and remembers those it had to leave out.

    ISO 8601 gives a time as written, with its offset if it has one. A number from 1973 on counts seconds (or
    milliseconds) since 1970 in UTC. Other forms are left out and remarked on: 3/4 is not guessed at. So are times with an
    offset among times without, or the other way round, since the two cannot be compared.
    """

    def __init__(self) -> None:
        self._aware: bool | None = None
        # Numbers of lines, of which there may be millions.
        self._unread = array("q")
        self._mixed = array("q")

    def read(self, value: object, line: int) -> datetime | None:
        """The time, or nothing where there is none to be had."""
        if value is None or value == "":
            return None
        time = _time(value)
        if time is None:
            self._unread.append(line)
            return None
        aware = time.tzinfo is not None
        if self._aware is None:
            self._aware = aware
        if aware is not self._aware:
            self._mixed.append(line)
            return None
        return time

    def report(self, ledger: Ledger) -> None:
        """Remark on the times that were left out."""
        ledger.remark("times that are not ISO 8601 were left out", self._unread)
        ledger.remark("some times have an offset and some have none; those unlike the first were left out", self._mixed)


def _time(value: object) -> datetime | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip()
        if not _EPOCH.match(value):
            return _iso(value)
        value = float(value)
    return _since_1970(value) if isinstance(value, int | float) else None


def _iso(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _since_1970(value: float) -> datetime | None:
    for unit in (1, 1000):
        # The bounds are multiplied, not the value divided: a JSON number of 400 digits does not fit into a float.
        if _EARLIEST * unit <= value <= _LATEST * unit:
            return datetime.fromtimestamp(value / unit, UTC)
    return None


class OneConversation:
    """Watches that a file holds one conversation only: in two joined into one, wrong turns would seem answers."""

    def __init__(self) -> None:
        self.id = ""

    def check(self, value: object, line: int) -> None:
        """Raise `ReadError` at the line where a second conversation begins."""
        name = "" if value is None else str(value)
        if name and self.id and name != self.id:
            raise ReadError("a second conversation begins here; split the file, one conversation each", line=line)
        self.id = self.id or name

"""JSON Lines: one object a line, with the turn's text and, if known, who said it, when, and an id.

The keys go by many names, listed in `relcomm.readers.fields.FIELDS`; other keys are left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from relcomm.errors import ReadError
from relcomm.readers.fields import Clock, OneConversation, find_fields, looked_for
from relcomm.readers.ledger import Ledger
from relcomm.types import Conversation, Utterance

_OBJECT_OPENS = re.compile(r'\s*\{\s*(?:["}]|\Z)')


def sniff(sample: str) -> float:
    """How much this looks like JSON Lines: whether its first line opens like an object, or is one with a text."""
    first = next((line for line in sample.splitlines() if line.strip()), "")
    if not _OBJECT_OPENS.match(first):
        return 0.0
    try:
        return 1.0 if "text" in find_fields(_object(first, 1)) else 0.6
    except ReadError:
        return 0.6


def parse(lines: Iterable[str]) -> Conversation:
    """The conversation, one turn a line. Raises `ReadError` for the first line that is no object with a text."""
    ledger, clock, one = Ledger("jsonl"), Clock(), OneConversation()
    total = 0

    def turns() -> Iterator[Utterance]:
        nonlocal total
        for total, line in enumerate(lines, 1):
            if not line.strip():
                ledger.blank += 1
                continue
            yield _turn(_object(line, total), total, clock, one)
            ledger.spoken += 1

    said = tuple(turns())
    clock.report(ledger)
    return ledger.close(said, total, id=one.id)


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except RecursionError:
        raise ReadError("this line is nested too deeply to be a turn", line=number) from None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ReadError("this line is not a JSON object; write one object a line", line=number)
    return value


def _turn(record: dict[str, Any], line: int, clock: Clock, one: OneConversation) -> Utterance:
    keys = find_fields(record)
    if "text" not in keys:
        raise ReadError(f"this object has no text; looked for the keys {looked_for('text')}", line=line)
    text = record[keys["text"]]
    if not isinstance(text, str):
        raise ReadError("the text must be a string", line=line)
    one.check(_plain(record, keys, "conversation", line), line)
    return Utterance(
        text,
        speaker=_plain(record, keys, "speaker", line).strip(),
        time=clock.read(record.get(keys.get("time", "")), line),
        id=_plain(record, keys, "id", line),
    )


def _plain(record: dict[str, Any], keys: dict[str, str], field: str, line: int) -> str:
    value = record[keys[field]] if field in keys else None
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ReadError(f"the {field} must be a string or a whole number", line=line)
    try:
        return str(value)
    except ValueError:
        # Python refuses to write out numbers of thousands of digits.
        raise ReadError(f"the {field} is too long a number", line=line) from None

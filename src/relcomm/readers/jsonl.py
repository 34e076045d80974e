"""JSON Lines: one object a line, with the turn's text and, if known, who said it, when, and an id.

The keys go by many names, listed in `relcomm.readers.fields.FIELDS`; other keys are left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from relcomm.errors import ReadError
from relcomm.readers.convokit import is_utterance
from relcomm.readers.fields import CHOOSES, Clock, OneConversation, find_fields, joined, looked_for, mapped
from relcomm.readers.ledger import Ledger, Running
from relcomm.types import Utterance

__all__ = ["CHOOSES", "sniff", "stream"]

_LIST = " (not a list of them: leave out the brackets around it and the commas between)"
# What holds a whole transcript in one object.
_OF_DOCUMENTS = ("segments",)


def sniff(sample: str) -> float:
    """How much this looks like JSON Lines: whether its first line is an object with a text."""
    first = next((line for line in sample.splitlines() if line.strip()), "")
    if not first.lstrip().startswith("{"):
        return 0.0
    try:
        record = _object(first, 1)
    except ReadError:
        return 0.0
    another = any(isinstance(record.get(key), list) for key in _OF_DOCUMENTS) or is_utterance(record)
    return 1.0 if "text" in find_fields(record) and not another else 0.0


def stream(lines: Iterable[str], columns: str = "") -> Running:
    """The turns, one a line; ``columns`` says which key is what, as in ``text=Body,speaker=From``.

    Raises `ReadError` for the first line that is no object with a text.
    """
    ledger, clock, one = Ledger("jsonl"), Clock(), OneConversation()
    wanted = mapped(columns)
    total = 0
    for total, line in enumerate(lines, 1):
        if not line.strip():
            ledger.blank += 1
            continue
        yield ledger.enter(_turn(_object(line, total), total, wanted, (ledger, clock, one)))
        ledger.spoken += 1
    clock.report(ledger)
    return ledger.end(total, id=one.id)


def _object(line: str, number: int) -> dict[str, Any]:
    problem = "this line is not a JSON object; write one object a line"
    value = None
    try:
        value = json.loads(line)
    except RecursionError:
        problem = "this line is nested too deeply to be a turn; write one flat object a line"
    except json.JSONDecodeError:
        problem += _LIST if line.lstrip().startswith("[") else ""
    except ValueError:
        # Python refuses to read whole numbers of thousands of digits.
        problem = "a number in this JSON object has too many digits; write it as a string, in quotes"
    else:
        problem += _LIST if isinstance(value, list) else ""
    if not isinstance(value, dict):
        # Raised here: inside, the context would hold the text.
        raise ReadError(problem, line=number)
    return value


def _turn(
    record: dict[str, Any], line: int, wanted: Mapping[str, str], watch: tuple[Ledger, Clock, OneConversation]
) -> Utterance:
    keys = find_fields(record, wanted)
    ledger, clock, one = watch
    if "text" not in keys:
        known = looked_for("text", wanted)
        raise ReadError(f"this object has no text; looked for the keys {known}: give the words one of them", line=line)
    text = record[keys["text"]]
    if not isinstance(text, str):
        raise ReadError("the text must be a string", line=line)
    one.check(_plain(record, keys, "conversation", line), line)
    return Utterance(
        text,
        speaker=ledger.name(_plain(record, keys, "speaker", line).strip()),
        time=clock.read(joined(record.get(keys.get("date", "")), record.get(keys.get("time", ""))), line),
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
        raise ReadError(f"the {field} is too long a number; write it as a string, in quotes", line=line) from None

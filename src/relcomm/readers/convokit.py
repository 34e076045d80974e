"""Corpora of ConvoKit: the JSON of ``utterances.jsonl``, of which one conversation is read.

Only that file is opened: the ``.bin`` files beside it are pickles, which can run programs when they are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from relcomm.errors import ReadError
from relcomm.readers.chats import Choice
from relcomm.readers.fields import Clock
from relcomm.readers.ledger import Ledger
from relcomm.types import Conversation, Utterance

CHOOSES = "the id of a conversation, or its place in the file, where the file holds several"
FOLDER = "utterances.jsonl"

_SPEAKER = ("speaker", "user")
_CONVERSATION = ("conversation_id", "root")
_REPLY = ("reply_to", "reply-to")
_DELETED = frozenset(("[deleted]", "[removed]"))
_EXPORT = "; write the corpus again with ConvoKit"


@dataclass
class _Thread:
    """The wanted conversation so far."""

    ledger: Ledger = field(default_factory=lambda: Ledger("convokit"))
    clock: Clock = field(default_factory=Clock)
    said: list[Utterance] = field(default_factory=list)
    last: str = ""
    branches: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    nobodys: list[int] = field(default_factory=list)
    id: str = ""


def sniff(sample: str) -> float:
    """How much this looks like a corpus of ConvoKit: whether its first line has the parts of an utterance there."""
    first = next((line for line in sample.splitlines() if line.strip()), "")
    try:
        record = json.loads(first) if first.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return 0.0
    return 0.99 if isinstance(record, dict) and is_utterance(record) else 0.0


def is_utterance(record: Mapping[str, Any]) -> bool:
    """Whether an object has the parts by which ConvoKit's are known from other turns."""
    return all(any(key in record for key in keys) for keys in (("text",), ("id",), _SPEAKER, _CONVERSATION, _REPLY))


def parse(lines: Iterable[str], chosen: str = "") -> Conversation:
    """The conversation; where the file holds several, the one whose id, or place in the file, is ``chosen``.

    Raises `ReadError` where it does not say which, and for a line that is no utterance.
    """
    thread, choice = _Thread(), Choice("convokit", chosen)
    number = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            thread.ledger.blank += 1
            continue
        record = _object(line, number)
        key = _text(record, _CONVERSATION, number) or _text(record, ("id",), number)
        if choice.takes(key, (key,), number):
            thread.id = key
            _add(thread, record, number)
        else:
            thread.ledger.note("system", number)
    choice.check(thread.ledger)
    return _close(thread, number)


def _close(thread: _Thread, lines: int) -> Conversation:
    ledger, said = thread.ledger, thread.said
    thread.clock.report(ledger)
    times = [one.time for one in said if one.time is not None]
    if len(times) == len(said) and times != sorted(times):
        said = sorted(said, key=lambda one: one.time or times[0])
        ledger.remarks.append("messages were put in the order of their times, which the file does not keep")
    branched = "replies to another message than the one before were left in that order; the conversation has branches"
    ledger.remark(branched, thread.branches)
    ledger.remark("turns whose speaker the file does not name were left nobody's", thread.nobodys)
    return ledger.close(said, lines, id=thread.id)


def _add(thread: _Thread, record: Mapping[str, Any], line: int) -> None:
    text = record.get("text")
    if text is None or (isinstance(text, str) and not text.strip()):
        thread.ledger.note("unassigned", line)
        return
    if not isinstance(text, str):
        raise ReadError(f"the text of this utterance is not a string{_EXPORT}", line=line)
    if text.strip() in _DELETED:
        thread.ledger.note("deleted", line)
        return
    identity, reply = _text(record, ("id",), line), _text(record, _REPLY, line)
    if thread.said and reply != thread.last:
        thread.branches.append(line)
    thread.last = identity
    speaker = _text(record, _SPEAKER, line)
    if not speaker:
        thread.nobodys.append(line)
    time = thread.clock.read(_timestamp(record.get("timestamp")), line)
    thread.said.append(Utterance(text, speaker, time, identity))
    thread.ledger.spoken += 1


def _timestamp(value: object) -> object:
    return None if value in ("NOT_RECORDED", "null", "None") else value


def _object(line: str, number: int) -> Mapping[str, Any]:
    problem = f"this line is no utterance as ConvoKit writes it: a JSON object with text and speaker{_EXPORT}"
    record = None
    try:
        record = json.loads(line)
    except RecursionError:
        problem = f"this line is nested too deeply to be an utterance{_EXPORT}"
    except ValueError:
        pass
    if not isinstance(record, dict) or "text" not in record or not any(key in record for key in _SPEAKER):
        # Raised here: inside, the context would hold the text.
        raise ReadError(problem, line=number)
    return record


def _text(record: Mapping[str, Any], names: Iterable[str], line: int) -> str:
    """The first of these parts that is there; an older corpus may hold an object with an id for a speaker."""
    value = next((record[name] for name in names if name in record), None)
    if isinstance(value, dict):
        value = value.get("id")
    if value is None:
        return ""
    if (
        isinstance(value, bool)
        or not isinstance(value, str | int)
        or (isinstance(value, int) and abs(value) >= 1 << 63)
    ):
        raise ReadError(f"an id in this utterance is neither a string nor a whole number{_EXPORT}", line=line)
    return str(value).strip()

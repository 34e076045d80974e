"""The wire format of ``relcomm label``: JSON lines in, JSON lines out, one for one, in order, as they come."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from relcomm.errors import InputError, ReadError
from relcomm.types import Turn, Utterance

if TYPE_CHECKING:
    from relcomm.analyzer import Analyzer

HELD = 256
"""How many lines are answered together at most: those that have arrived; nothing is waited for."""

_Arrived: TypeAlias = "queue.Queue[tuple[int, bytes] | BaseException]"


def answers(analyzer: Analyzer, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One answer a line, blank lines left out. A line that cannot be read is answered by its ``error``."""
    for batch in _arriving(lines):
        yield from answered(analyzer, batch)


def answered(analyzer: Analyzer, batch: Sequence[tuple[int, bytes]]) -> Iterator[dict[str, Any]]:
    """The answers to a few lines, none of them blank, each with its number."""
    asked = [_ask(n, line) for n, line in batch]
    predictions = iter(analyzer.label_batch([turn for _, turn in asked if isinstance(turn, Turn)]))
    for head, turn in asked:
        yield head | (next(predictions).to_dict() if isinstance(turn, Turn) else {"error": turn})


def _arriving(lines: Iterable[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines in batches: all that have arrived by now, at least one. A thread reads ahead a little."""
    arrived: _Arrived = queue.Queue(HELD - 1)
    gone = threading.Event()
    threading.Thread(target=_read, args=(lines, arrived, gone), daemon=True).start()
    try:
        while True:
            items = [arrived.get()]
            items += [arrived.get() for _ in range(arrived.qsize())]
            batch = [item for item in items if isinstance(item, tuple)]
            if batch:
                yield batch
            if isinstance(items[-1], _End):
                return
            if isinstance(items[-1], BaseException):
                raise items[-1]
    finally:
        # Nobody asks any more: let a thread that waits for room go on, see it, and end.
        gone.set()
        while not arrived.empty():
            arrived.get()


class _End(Exception):
    """No more lines."""


def _read(lines: Iterable[bytes], arrived: _Arrived, gone: threading.Event) -> None:
    try:
        for n, line in enumerate(lines, 1):
            if line.strip():
                arrived.put((n, line))
            if gone.is_set():
                return
        arrived.put(_End())
    except OSError as error:
        arrived.put(ReadError(f"the input cannot be read ({error.strerror or 'it is not open for reading'})"))
    except BaseException as error:
        arrived.put(error)  # raised again by the thread that answers


def _ask(n: int, line: bytes) -> tuple[dict[str, Any], Turn | dict[str, Any]]:
    """The head of the answer (the caller's id, if any), and the turn asked about or what is wrong with the line."""
    head: dict[str, Any] = {}
    try:
        # Without its end, which would count as another line, and leave the column of an error at its first place.
        asked = json.loads(str(line, "utf-8-sig").rstrip(" \t\r\n"))
        if not isinstance(asked, dict):
            raise InputError('a line must be a JSON object such as {"text": "..."}')
        if "id" in asked:
            head = {"id": _echo(asked["id"])}
        return head, Turn(_utterance(asked, "the line"), _context(asked.get("context")))
    except (ValueError, RecursionError) as error:
        return head, {"line": n, "problem": _problem(error)}


def _problem(error: ValueError | RecursionError) -> str:
    """What is wrong with a line, without a word of it."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"not valid JSON in UTF-8 (column {error.colno})"
    if isinstance(error, UnicodeError):
        return "not valid JSON in UTF-8"
    # All that is left: Python refuses whole numbers of thousands of digits.
    return "a number has too many digits to be read; put it in quotes"


def _echo(value: Any) -> Any:
    """The caller's id as it came. Raises `InputError` if JSON could not give it back (NaN, infinity, 1e400)."""
    try:
        json.dumps({"id": value}, allow_nan=False)
    except ValueError:
        problem = "'id' holds a number that cannot be given back (NaN, or beyond 1e308); put it in quotes"
        raise InputError(problem) from None
    return value


def _context(earlier: Any) -> tuple[Utterance, ...]:
    if earlier is None:
        return ()
    if not isinstance(earlier, list):
        raise InputError("'context' must be a list of objects with 'text' and 'speaker', oldest first")
    return tuple(_utterance(said, "a context entry") for said in earlier)


def _utterance(said: Any, what: str) -> Utterance:
    if not isinstance(said, dict) or not isinstance(said.get("text"), str):
        raise InputError(f"{what} needs 'text', a string")
    speaker = said.get("speaker")
    if speaker is not None and not isinstance(speaker, str):
        raise InputError(f"'speaker' of {what} must be a string")
    return Utterance(said["text"], speaker or "")

"""JSON documents read part by part, so that a chat of any size is never held whole."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from relcomm.errors import ReadError

_LONGEST = 1 << 24
# As in "0" before ".5" or "e-5".
_NUMBER_GOES_ON = 4
_BLANK = " \t\r\n"
_DECODER = json.JSONDecoder()


class Part(NamedTuple):
    """One value of a document: its path, as in ``messages[]`` or ``channel``, and the line it begins in."""

    path: str
    value: Any
    line: int


def parts(pieces: Iterable[str], opened: Container[str]) -> Iterator[Part]:
    """The values of a JSON document in order. Objects and lists at the paths ``opened`` are given by their own parts.

    The path of the document is empty, that of what a list holds ends in ``[]``.
    Raises `ReadError` with the line where the document breaks off or is no JSON.

    >>> [tuple(part) for part in parts(['{"name": "x", "messages": [1,', ' 2]}'], {"", "messages"})]
    [('name', 'x', 1), ('messages[]', 1, 1), ('messages[]', 2, 1)]
    """
    text = _Text(pieces)
    yield from _inside(text, "", opened)
    if text.peek():
        raise ReadError("more follows the end of this JSON document; keep one document a file", line=text.line)


def glimpse(sample: str, opened: Container[str], path: str) -> list[dict[str, Any]]:
    """The first objects at a path, as far as the beginning of a file holds them; none if it is no such document."""
    found: list[dict[str, Any]] = []
    if sample.lstrip()[:1] not in ("{", "["):
        return found
    try:
        matching = (part.value for part in parts([sample], opened) if part.path == path)
        found.extend(value for value in islice(matching, 20) if isinstance(value, dict))
    except ReadError:
        # The beginning of a file breaks off somewhere.
        pass
    return found


def _inside(text: _Text, path: str, opened: Container[str]) -> Iterator[Part]:
    opening = text.peek()
    if path not in opened or opening not in ("{", "["):
        line = text.line
        yield Part(path, text.value(), line)
        return
    closing = "}" if opening == "{" else "]"
    text.skip()
    if text.peek() == closing:
        text.skip()
        return
    while True:
        yield from _inside(text, text.key(path) if opening == "{" else f"{path}[]", opened)
        if text.peek() == closing:
            text.skip()
            return
        text.expect(",")


class _Text:
    """The text of a document, with as much of it in memory as one value needs."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self._text = ""
        self._at = 0
        self._line = 1

    @property
    def line(self) -> int:
        return self._line_at(self._at)

    def peek(self) -> str:
        """The next character that is not blank; none at the end."""
        while True:
            rest = len(self._text) - self._at
            while rest and self._text[self._at] in _BLANK:
                self._at += 1
                rest -= 1
            if rest:
                return self._text[self._at]
            if not self._more(1):
                return ""

    def skip(self) -> None:
        self._at += 1

    def expect(self, mark: str) -> None:
        found = self.peek()
        if found != mark:
            raise ReadError(_BROKEN if found else _CUT, line=self.line)
        self.skip()

    def key(self, path: str) -> str:
        """The path of the value that follows, whose key is next."""
        if self.peek() != '"':
            raise ReadError(_BROKEN if self.peek() else _CUT, line=self.line)
        name = self.value()
        self.expect(":")
        return f"{path}.{name}" if path else str(name)

    def value(self) -> Any:
        """The next value, decoded."""
        if not self.peek():
            raise ReadError(_CUT, line=self.line)
        while True:
            place, problem = self._at, ""
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                place, problem = _diagnosis(error, self._at, len(self._text))
            if problem in (_BROKEN, _CUT) and self._goes_on():
                continue
            if problem:
                # Raised here: inside, the context would hold the text.
                raise ReadError(problem, line=self._line_at(place))
            # A number at the very end may go on.
            if self._text[end - 1] in '}]"' or len(self._text) >= end + _NUMBER_GOES_ON or not self._more(1):
                self._at = end
                return value

    def _goes_on(self) -> bool:
        """Take in twice as much each time: that is linear, however long the value."""
        held = len(self._text) - self._at
        return held < _LONGEST and self._more(held)

    def _more(self, least: int) -> bool:
        """Take in at least so many characters more, and let go of what is behind; whether there were any."""
        held = [self._text[self._at :]]
        size = 0
        for piece in self._pieces:
            held.append(piece)
            size += len(piece)
            if size >= least:
                break
        if size:
            self._line = self.line
            self._text, self._at = "".join(held), 0
        return size > 0

    def _line_at(self, place: int) -> int:
        return self._line + self._text.count("\n", 0, place)


def _diagnosis(error: ValueError | RecursionError, at: int, length: int) -> tuple[int, str]:
    """Where a value cannot be decoded, and why."""
    if isinstance(error, json.JSONDecodeError):
        cut = error.pos >= length or error.msg.startswith("Unterminated string")
        return (length, _CUT) if cut else (error.pos, _BROKEN)
    if isinstance(error, RecursionError):
        return at, "this is nested too deeply to be a message; export the chat again"
    # Python refuses to read whole numbers of thousands of digits.
    return at, "a number here has too many digits; write it as a string, in quotes"


_BROKEN = "this is not valid JSON from here on; export the chat again"
_CUT = "this JSON document breaks off here; export the chat again, or copy the whole file"

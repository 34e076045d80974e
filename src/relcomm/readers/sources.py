"""Whatever a transcript comes in, a path or an open file, as decoded text: lines that keep their ends, or pieces."""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any

from relcomm.errors import InputError, ReadError

Source = str | os.PathLike[str] | IO[Any]

_CHUNK = 65_536
_UNNAMED = "transcript"
_UNDECODABLE = re.compile("[\ud800-\udfff]")
_FILE_NAME = re.compile(r"\.[A-Za-z0-9]{1,6}\Z")
_NOT_TRANSCRIPTS = {
    b"PK\x03\x04": "this is a zip archive or an office document: unpack it, or save it as plain text",
    b"%PDF": "this is a PDF: save it as plain text",
    **dict.fromkeys(
        (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
        "this is a pickle, as in the .bin files of ConvoKit: it could run programs and is never read; read the JSON files",
    ),
    b"{\\rtf": "this is a rich text document: save it as plain text",
}


def _mark(error: UnicodeError) -> tuple[str, int]:
    # A lone surrogate cannot come out of decoding, so it marks the place until the line's number is known.
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error("relcomm.mark", _mark)


def name_of(source: Source) -> str:
    """The name to give a transcript in an error: its path as the caller wrote it, else just "transcript".

    A string that is no path (somebody passed the transcript itself) must not be repeated, so only an
    existing file, or what at least ends like a file name, is named.
    """
    name = source if isinstance(source, str | os.PathLike) else getattr(source, "name", "")
    try:
        name = os.fspath(name)
        known = isinstance(name, str) and (Path(name).exists() or not isinstance(source, str) or _like_path(name))
    except (TypeError, ValueError, OSError):
        return _UNNAMED
    return "".join(c if c.isprintable() else "?" for c in name) if known else _UNNAMED


def _like_path(name: str) -> bool:
    return len(name) < 256 and name.isprintable() and bool(_FILE_NAME.search(name))


class Text:
    """The text of one transcript, read once: its beginning, then the whole of it, as lines or in pieces."""

    def __init__(self, file: IO[Any], head: bytes | None = None) -> None:
        self._file = file
        self._head = head
        self._start = _place(file, head)
        self._pieces = _decoded(file, head) if head is not None else _read_text(file)

    @property
    def head(self) -> bytes:
        """The first bytes; none where the file was opened as text."""
        return self._head or b""

    def sample(self, size: int) -> str:
        """At least so many characters of the beginning, blanks at the ends left out; all if there are no more."""
        held: list[str] = []
        seen = 0
        for piece in self._pieces:
            held.append(piece)
            # Blank beginnings are no sample.
            seen += len(piece) if seen else len(piece.lstrip())
            if seen >= size:
                break
        self._pieces = chain(held, self._pieces)
        return "".join(held)

    def lines(self) -> Iterator[str]:
        """Its lines, each with its line end."""
        return split_lines(self._pieces)

    def again(self) -> Iterable[str]:
        """Its lines, to be gone through as often as need be: read anew where the file can be searched, else all held."""
        if self._start is None:
            return list(self.lines())
        return _Again(self._file, self._start, binary=self._head is not None)

    def pieces(self) -> Iterator[str]:
        """The same in pieces of any length, for what may be one long line."""
        return self._pieces

    def binary(self) -> IO[bytes]:
        """The bytes from the beginning, as a file that can be searched: in memory where the given one cannot."""
        head, file = self.head, self._file
        if head and file.seekable() and file.tell() == len(head):
            file.seek(0)
            return file
        return io.BytesIO(head + file.read()) if head else io.BytesIO()


class _Again:
    """The lines of a file that can be searched, read anew each time, and the same each time."""

    def __init__(self, file: IO[Any], start: int, *, binary: bool) -> None:
        self._file = file
        self._start = start
        self._binary = binary
        self._seen: int | None = None

    def __iter__(self) -> Iterator[str]:
        try:
            self._file.seek(self._start)
        except (OSError, ValueError):
            raise ReadError("reading this file failed; copy it to a disk of this machine, and read it there") from None
        seen = 0
        pieces = _decoded(self._file, _head(self._file)) if self._binary else _read_text(self._file)
        for line in split_lines(pieces):
            seen = hash((seen, line))
            yield line
        if self._seen not in (None, seen):
            raise ReadError("the file changed while it was read; read it again when nothing writes to it")
        self._seen = seen


def _place(file: IO[Any], head: bytes | None) -> int | None:
    """Where a transcript begins in its file; nothing where the file cannot be searched."""
    try:
        # Only files of Python's own: others may search, but not by what `tell` says while they are being read.
        return file.tell() - len(head or b"") if isinstance(file, io.IOBase) and file.seekable() else None
    except (OSError, ValueError):
        return None


@contextmanager
def text_of(source: Source) -> Iterator[Text]:
    """The text of a transcript, for as long as the block runs.

    Only a file opened here is closed. Raises `InputError` for what is neither path nor open file, and
    `ReadError` for what cannot be opened, read or decoded.
    """
    if isinstance(source, str | os.PathLike):
        with _opened(source) as file:
            yield Text(file, _head(file))
    elif hasattr(source, "read"):
        # The terminal's own decoding depends on the machine; its bytes do not.
        given: IO[Any] = getattr(source, "buffer", source) if source is sys.stdin else source
        yield Text(given, _head(given)) if _is_binary(given) else Text(given)
    else:
        raise InputError(f"a transcript is a path or an open file, got {type(source).__name__}")


@contextmanager
def lines_of(source: Source) -> Iterator[Iterator[str]]:
    """The lines of a file, decoded, each with its line end, for as long as the block runs; errors as `text_of` has them."""
    with text_of(source) as text:
        yield text.lines()


def _head(file: IO[bytes]) -> bytes:
    head: bytes = next(_chunks(file, bytes), b"")
    return head


def _opened(path: str | os.PathLike[str]) -> IO[bytes]:
    if isinstance(path, str) and ("\n" in path or "\0" in path):
        raise ReadError("this is text, not the path of a file; wrap it in io.StringIO to read it")
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        problem = "there is no such file; look at the path"
    except IsADirectoryError:
        problem = "this is a folder, not a file; name a file in it"
    except PermissionError:
        # Windows says this of folders, too.
        problem = "this file may not be read; look at its permissions, and that it is not a folder"
    except (OSError, ValueError, TypeError):
        problem = "this file cannot be opened; look at its path and its permissions"
    raise ReadError(problem)


def _is_binary(file: IO[Any]) -> bool:
    try:
        return isinstance(file.read(0), bytes)
    except (OSError, ValueError):
        raise ReadError("this file is closed, or not open for reading; open it again") from None


def _chunks(file: IO[Any], kind: type[Any]) -> Iterator[Any]:
    while True:
        # Raised after the except clause: a UnicodeDecodeError holds the text, and would stay on as the context.
        problem = chunk = None
        try:
            chunk = file.read(_CHUNK)
        except UnicodeDecodeError:
            problem = "this file is not in the encoding it was opened with; save it as UTF-8"
        except (OSError, ValueError):
            problem = "reading this file failed; copy it to a disk of this machine, and read it there"
        if problem:
            raise ReadError(problem)
        if not isinstance(chunk, kind):
            raise InputError(f"the file gave {type(chunk).__name__} where {kind.__name__} was expected")
        if not chunk:
            return
        yield chunk


def _read_text(file: IO[str]) -> Iterator[str]:
    for n, chunk in enumerate(_chunks(file, str)):
        yield chunk if n else chunk.removeprefix("\ufeff")


def _decoded(file: IO[bytes], head: bytes) -> Iterator[str]:
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    _refuse_binary(head, wide=wide)
    decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")("relcomm.mark")
    line, after_return = 1, False
    for chunk in chain([head], _chunks(file, bytes), [b""]):
        piece = decoder.decode(chunk, final=not chunk)
        undecodable = None if piece.isascii() else _UNDECODABLE.search(piece)
        before = piece[: undecodable.start()] if undecodable else piece
        line += _ends(before) - (after_return and before.startswith("\n"))
        if undecodable:
            raise ReadError("a character here is not UTF-8; save the file as UTF-8 and try again", line=line)
        after_return = piece.endswith("\r") if piece else after_return
        yield piece


def _ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _refuse_binary(head: bytes, *, wide: bool) -> None:
    for magic, problem in _NOT_TRANSCRIPTS.items():
        if head.startswith(magic):
            raise ReadError(problem)
    if b"\0" in head and not wide:
        raise ReadError("this is not a text file; export or save the transcript as plain text, in UTF-8")


def split_lines(chunks: Iterable[str]) -> Iterator[str]:
    r"""Lines that end in ``\n``, ``\r\n`` or ``\r`` and nothing else, in time linear in their length."""
    held: list[str] = []
    for chunk in chunks:
        for piece in io.StringIO(chunk, newline=""):
            if held and held[-1].endswith("\r") and piece != "\n":
                yield "".join(held)
                held.clear()
            held.append(piece)
            if piece.endswith("\n"):
                yield "".join(held)
                held.clear()
    if held:
        yield "".join(held)

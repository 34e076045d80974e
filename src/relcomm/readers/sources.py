"""Whatever a transcript comes in, a path or an open file, as decoded lines that keep their line ends."""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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


@contextmanager
def lines_of(source: Source) -> Iterator[Iterator[str]]:
    """The lines of a transcript, decoded, each with its line end, for as long as the block runs.

    Only a file opened here is closed. Raises `InputError` for what is neither path nor open file, and
    `ReadError` for what cannot be opened, read or decoded.
    """
    if isinstance(source, str | os.PathLike):
        with _opened(source) as file:
            yield _checked(_decoded(file))
    elif hasattr(source, "read"):
        # The terminal's own decoding depends on the machine; its bytes do not.
        given: IO[Any] = getattr(source, "buffer", source) if source is sys.stdin else source
        yield _checked(_decoded(given)) if _is_binary(given) else _split(_read_text(given))
    else:
        raise InputError(f"a transcript is a path or an open file, got {type(source).__name__}")


def _opened(path: str | os.PathLike[str]) -> IO[bytes]:
    if isinstance(path, str) and ("\n" in path or "\0" in path):
        raise ReadError("this is text, not the path of a file; wrap it in io.StringIO to read it")
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        problem = "there is no such file"
    except IsADirectoryError:
        problem = "this is a folder, not a file"
    except PermissionError:
        # Windows says this of folders, too.
        problem = "this file may not be read; look at its permissions, and that it is not a folder"
    except (OSError, ValueError, TypeError):
        problem = "this file cannot be opened"
    raise ReadError(problem)


def _is_binary(file: IO[Any]) -> bool:
    try:
        return isinstance(file.read(0), bytes)
    except (OSError, ValueError):
        raise ReadError("this file is closed, or not open for reading") from None


def _chunks(file: IO[Any], kind: type[Any]) -> Iterator[Any]:
    while True:
        # Raised after the except clause: a UnicodeDecodeError holds the text, and would stay on as the context.
        problem = chunk = None
        try:
            chunk = file.read(_CHUNK)
        except UnicodeDecodeError:
            problem = "this file is not in the encoding it was opened with; save it as UTF-8"
        except (OSError, ValueError):
            problem = "reading this file failed"
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


def _decoded(file: IO[bytes]) -> Iterator[str]:
    chunks = _chunks(file, bytes)
    head = next(chunks, b"")
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    _refuse_binary(head, wide=wide)
    decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")("relcomm.mark")
    yield decoder.decode(head)
    for chunk in chunks:
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _refuse_binary(head: bytes, *, wide: bool) -> None:
    for magic, problem in _NOT_TRANSCRIPTS.items():
        if head.startswith(magic):
            raise ReadError(problem)
    if b"\0" in head and not wide:
        raise ReadError("this is not a text file; export or save the transcript as plain text, in UTF-8")


def _split(chunks: Iterable[str]) -> Iterator[str]:
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


def _checked(chunks: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(_split(chunks), 1):
        if not line.isascii() and _UNDECODABLE.search(line):
            raise ReadError("a character here is not UTF-8; save the file as UTF-8 and try again", line=number)
        yield line

"""Where the command line reads and writes: files and standard input by name, and a page that replaces nothing else."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from relcomm.errors import ReadError
from relcomm.placing import Content, beside, settle

NOT_THERE = "there is no such file, or it may not be looked at; give the path of a file"


def standard_input() -> IO[bytes]:
    """The bytes piped in. Raises `ReadError` if standard input is closed."""
    if sys.stdin is None:
        raise ReadError("it is closed; name a file, or pipe the text in", source="standard input")
    return sys.stdin.buffer


def typed() -> str:
    """The whole of standard input as text. Raises `ReadError` if it cannot be read or is not in UTF-8."""
    try:
        return standard_input().read().decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = "not in UTF-8"  # raised outside, since this error holds the draft
    except OSError:
        problem = "cannot be read"
    raise ReadError(problem, source="standard input")


def is_input(name: str | None) -> bool:
    """Whether an argument, or its absence, stands for standard input."""
    return name is None or name == "-"


@contextmanager
def opened(name: str | None, argument: str) -> Iterator[IO[bytes]]:
    """The bytes of a file, or of standard input. Raises `ReadError`, which calls what is not there ``argument``."""
    if name is None or is_input(name):
        # A file object of our own, and never closed: when nobody reads our answers any more, a thread still waits
        # in it. Closing it would wait for that thread, and sys.stdin's would abort the interpreter at exit.
        standard_input()
        yield open(0, "rb", closefd=False)  # noqa: SIM115
        return
    require(name, argument)
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed by the with below
    except OSError as error:
        raise ReadError(f"cannot be opened ({error.strerror})", source=called(name, argument)) from None
    with file:
        yield file


def source(name: str, argument: str) -> str | IO[bytes]:
    """What to read a transcript from: a path that is there, or standard input. Raises `ReadError`."""
    if is_input(name):
        return standard_input()
    require(name, argument)
    return name


def require(name: str | Path, argument: str) -> None:
    """Raise `ReadError` if there is no such file. It may be somebody's words: it goes by its argument's name."""
    if status(name) is None:
        raise ReadError(NOT_THERE, source=argument)


def called(name: str | Path, argument: str) -> str:
    """How to speak of a file: by name if it is there, else (it may be somebody's words) by its argument's name."""
    return "".join(c if c.isprintable() else "?" for c in str(name)) if status(name) else argument


def status(file: str | Path | int) -> os.stat_result | None:
    """What the system knows of a file, by path or number; ``None`` if nothing."""
    try:
        return os.stat(file)  # noqa: PTH116 - of numbers, too
    except (OSError, ValueError):  # a path that no file can have, such as one with a zero byte
        return None


# A page --------------------------------------------------------------------------------------------------------------


def unfit(page: str, transcript: str | int) -> str:
    """Why nothing may be written to ``page``; the empty string if it may. Standard input goes by its number, 0."""
    there, *others = map(status, (page, transcript, 1, 2))
    if there is None:
        return ""
    if not stat.S_ISREG(there.st_mode):
        return "is no plain file; what is written needs a file of its own"
    # Standard output and error, too: where they lead to the same file, the page would take its place.
    same = any(other is not None and os.path.samestat(there, other) for other in others)
    return "is in use here as input or output; what is written needs a file of its own" if same else ""


def try_page(name: str, argument: str = "--html") -> None:
    """Raise now what `write_page` would raise after the work is done: that no page can be put there."""
    with _beside(name, b"", argument):
        pass


def write_page(name: str, content: str | Content, argument: str = "--html") -> None:
    """Put a page in place, whole or not at all: one cut short would look like a finding that is not there."""
    with _beside(name, content.encode("utf-8") if isinstance(content, str) else content, argument) as (part, target):
        settle(part, target)


@contextmanager
def replacing(name: str, argument: str) -> Iterator[IO[bytes]]:
    """A new file to write to, which is put in place when all is written, and is gone if that fails."""
    with _beside(name, b"", argument) as (part, target):
        with part.open("r+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        settle(part, target)


@contextmanager
def _beside(name: str, content: Content, argument: str) -> Iterator[tuple[Path, Path]]:
    """A new file next to the target, which it may replace: it goes in any case. Raises `ReadError`."""
    try:
        with beside(name, content) as made:
            yield made
    except OSError as error:
        raise ReadError(f"cannot be written ({error.strerror})", source=called(name, argument)) from None

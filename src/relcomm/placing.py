"""Files put in place whole or not at all: one cut short would look like turns that nobody said."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TypeAlias

Content: TypeAlias = "bytes | Mapping[str, bytes]"
"""The bytes of a file, or a folder's files by name."""


@contextmanager
def beside(name: str | os.PathLike[str], content: Content) -> Iterator[tuple[Path, Path]]:
    """A new file or folder next to the target, which it may replace: it goes in any case. Raises `OSError`."""
    target = Path(os.path.realpath(name))
    # In place, a full disk would leave half a page and nothing of the old one.
    part = target.with_name(f".{secrets.token_hex(12)}.part")
    try:
        if isinstance(content, Mapping):
            _fill(part, target, content)
        else:
            _write(part, target, content)
        yield part, target
    finally:
        with suppress(OSError):
            part.unlink()
        shutil.rmtree(part, ignore_errors=True)


def place(name: str | os.PathLike[str], content: Content) -> None:
    """Put a file or folder in place. A file is replaced, a folder is not. Raises `OSError`."""
    with beside(name, content) as (part, target):
        settle(part, target)


def started(part: Path, target: Path) -> IO[bytes]:
    """A new, empty file that may take the target's place. Nobody who may not read the target can read it there."""
    if old := os.path.lexists(target):
        os.close(os.open(target, os.O_WRONLY))  # a page that may not be written must not be replaced
    mode = 0o600 if old else 0o666  # a new one gets what the umask leaves of it
    return open(part, "x+b", opener=lambda path, flags: os.open(path, flags, mode))


def settle(part: Path, target: Path) -> None:
    """Let a file that is written, or a folder, take the target's place, and its mode; a crash leaves one of the two."""
    if target.is_file():
        part.chmod(stat.S_IMODE(target.stat().st_mode))
    part.replace(target)
    with suppress(OSError):  # where folders cannot be opened, as on Windows, the system sees to it
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _write(part: Path, target: Path, content: bytes) -> None:
    with started(part, target) as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _fill(part: Path, target: Path, files: Mapping[str, bytes]) -> None:
    if os.path.lexists(target):
        raise FileExistsError(17, "there is something of this name already; a folder is never replaced", str(target))
    part.mkdir()
    for name, content in files.items():
        _write(part / name, part / name, content)

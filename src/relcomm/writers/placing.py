"""Files put in place whole or not at all: one cut short would look like turns that nobody said."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from relcomm.writers.page import Content


@contextmanager
def beside(name: str | os.PathLike[str], content: Content) -> Iterator[tuple[Path, Path]]:
    """A new file or folder next to the target, which it may replace: it goes in any case. Raises `OSError`."""
    target = Path(os.path.realpath(name))
    # In place, a full disk would leave half a page and nothing of the old one. Nobody who may not read the target
    # can read it there.
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
        part.replace(target)


def _write(part: Path, target: Path, content: bytes) -> None:
    old = target.stat().st_mode if os.path.lexists(target) else None
    if old is not None:
        os.close(os.open(target, os.O_WRONLY))  # a page that may not be written must not be replaced
    mode = 0o666 if old is None else 0o600  # a new one gets what the umask leaves of it
    with open(part, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    if old is not None:
        part.chmod(stat.S_IMODE(old))


def _fill(part: Path, target: Path, files: Mapping[str, bytes]) -> None:
    if os.path.lexists(target):
        raise FileExistsError(17, "there is something of this name already; a folder is never replaced", str(target))
    part.mkdir()
    for name, content in files.items():
        _write(part / name, part / name, content)

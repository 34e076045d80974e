"""An output file in the making that outlives its run: ``FILE.part``, and ``FILE.journal``, which says how far it is.

The journal is JSON lines: first what the run was begun with (input, model, options), then marks, each made when all
before it was safe on the disk. A run that breaks off, by whatever means, leaves both; the next one takes from the
part what is whole, cuts off what is torn, and goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

from relcomm.errors import ReadError
from relcomm.placing import settle, started
from relcomm.streams import called

EVERY = 5.0
"""Seconds after which what was written is made safe on the disk, and marked."""
_NAMES = {"input": "another input", "model": "another model", "options": "other options"}


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a run has come: lines and bytes of its input, bytes of its output, and lines it could not read."""

    lines: int = 0
    read: int = 0
    written: int = 0
    faulty: int = 0
    whole: bool = False


class Work:
    """The output of one run. ``mark`` is where to go on; `add` what comes next; `finish` puts it in place.

    ``about`` is what the output depends on, as JSON; ``asked`` is the input. Raises `ReadError` where there is a part
    and nobody asked to resume, where it is of another input, model or options, and where nothing can be written.
    """

    def __init__(self, out: str, about: Mapping[str, Any], asked: IO[bytes], *, resume: bool) -> None:
        self.target = Path(os.path.realpath(out))
        self.part, self.journal = (self.target.with_name(self.target.name + end) for end in (".part", ".journal"))
        self.mark = Mark()
        self._safe = time.monotonic()
        self._files: list[IO[bytes]] = []
        with self._closing_on_error():
            there = os.path.lexists(self.part) or os.path.lexists(self.journal)
            if there:
                self._go_on(about, asked, resume=resume)
            elif resume and os.path.lexists(self.target):
                raise self._problem("is whole, there is nothing to resume: leave --resume out to make it anew")
            else:
                self._begin(about)

    def __enter__(self) -> Work:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def add(self, answers: bytes, mark: Mark) -> None:
        """Write answers that are whole lines; ``mark`` says how far the input has then been read."""
        with self._telling():
            self._files[1].write(answers)
            self._files[1].flush()
            self.mark = replace(mark, written=self.mark.written + len(answers))
            if time.monotonic() - self._safe >= EVERY:
                self._secure(self.mark)

    def finish(self) -> None:
        """Put the whole output in its place, and take the journal away."""
        with self._telling():
            if not self.mark.whole:
                self._secure(replace(self.mark, whole=True))
            if self.part.exists():
                self._files[1].close()  # Windows renames no open file
                settle(self.part, self.target)
            self._close()
            self.journal.unlink(missing_ok=True)

    def _begin(self, about: Mapping[str, Any]) -> None:
        self._files.append(self.journal.open("xb"))
        try:
            _lock(self._files[0])
            self._note(about)
            self._files.append(started(self.part, self.target))
        except OSError:
            self._close()
            self.journal.unlink()  # nothing was begun
            raise

    def _go_on(self, about: Mapping[str, Any], asked: IO[bytes], *, resume: bool) -> None:
        if self.journal.exists():
            self._files.append(self.journal.open("r+b"))
            if not _lock(self._files[0]):
                raise self._problem("is being written by another run: wait for that one")
        if not resume:
            raise self._problem(f"a run broke off: add --resume to go on with it, or {self._anew()}")
        if not self._files:
            raise self._problem(f"a run broke off, and its journal is gone: {self._anew()}")
        begun, mark, end = _entries(self._files[0])
        if begun is None:
            self._require_unbegun(about)
        elif begun != about:
            raise self._problem(f"a run broke off that was begun with {_other(begun, about)}: {self._anew()}")
        self._files[0].seek(end)
        self._files[0].truncate()
        if begun is None:
            self._note(about)
        self._take_up(mark, asked)

    def _require_unbegun(self, about: Mapping[str, Any]) -> None:
        # Broken off in its first line, before anything else was done; and no file of somebody else's.
        self._files[0].seek(0)
        if self.part.exists() or not _line(about).startswith(self._files[0].read()):
            raise self._problem(f"a run broke off, and its journal cannot be read: {self._anew()}")

    def _take_up(self, mark: Mark, asked: IO[bytes]) -> None:
        """What is whole in the part, beyond the last mark too; the rest is cut off."""
        there = self.part if self.part.exists() or not mark.whole else self.target
        size = there.stat().st_size if there.exists() else None
        if size != mark.written if mark.whole else (size or 0) < mark.written:
            raise self._problem(f"a run broke off, and what it had written is gone or was changed: {self._anew()}")
        self.mark = mark
        if there == self.target:
            return  # all was done but for the journal
        self._files.append(self.part.open("r+b") if self.part.exists() else started(self.part, self.target))
        if not mark.whole:
            self.mark = _beyond(self._files[1], asked, mark)
            self._files[1].seek(self.mark.written)
            self._files[1].truncate()

    def _secure(self, mark: Mark) -> None:
        os.fsync(self._files[1].fileno())
        self._note(asdict(mark))
        self.mark, self._safe = mark, time.monotonic()

    def _note(self, entry: Mapping[str, Any]) -> None:
        self._files[0].write(_line(entry))
        self._files[0].flush()
        os.fsync(self._files[0].fileno())

    def _close(self) -> None:
        for file in reversed(self._files):
            with suppress(OSError):  # a full disk has been told of
                file.close()

    def _anew(self) -> str:
        there = [called(file, "") for file in (self.part, self.journal) if file.exists()]
        return f"delete or rename {' and '.join(there)} to start anew"

    def _problem(self, problem: str) -> ReadError:
        return ReadError(problem, source=called(self.target, "--out"))

    @contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        try:
            with self._telling():
                yield
        except BaseException:
            self._close()
            raise

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._problem(f"cannot be written ({error.strerror})") from None


def asked_from(file: IO[bytes], mark: Mark) -> Iterator[tuple[int, bytes, int]]:
    """The lines of an input after a mark, blank ones left out: number, line, and how many bytes have then been read."""
    read = mark.read
    with _reading():
        file.seek(read)
        for n, line in enumerate(file, mark.lines + 1):
            read += len(line)
            if line.strip():
                yield n, line, read


def fingerprint(file: IO[bytes]) -> dict[str, Any]:
    """The size of an input, and its SHA-256."""
    digest = hashlib.sha256()
    with _reading():
        while chunk := file.read(2**20):
            digest.update(chunk)
        return {"bytes": file.tell(), "sha256": digest.hexdigest()}


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ReadError(f"the input cannot be read ({error.strerror})") from None


def _beyond(part: IO[bytes], asked: IO[bytes], mark: Mark) -> Mark:
    """The mark after the last whole answer of a part."""
    part.seek(mark.written)
    for (n, _, read), answer in zip(asked_from(asked, mark), part, strict=False):
        seen = _object(answer)
        if seen is None:
            break
        mark = Mark(n, read, mark.written + len(answer), mark.faulty + ("error" in seen))
    return mark


def _entries(journal: IO[bytes]) -> tuple[Mapping[str, Any] | None, Mark, int]:
    """What a journal says its run was begun with, its last mark, and where what can be read of it ends."""
    begun, mark, end = None, Mark(), 0
    for line in journal:
        entry = _object(line)
        if entry is None or (begun is not None and not _is_mark(entry)):
            break
        if begun is None:
            begun = entry
        else:
            mark = Mark(**entry)
        end += len(line)
    return begun, mark, end


def _is_mark(entry: Mapping[str, Any]) -> bool:
    usual = asdict(Mark())
    return entry.keys() == usual.keys() and all(type(entry[name]) is type(usual[name]) for name in usual)


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def _object(line: bytes) -> dict[str, Any] | None:
    """The JSON object of a whole line; None for one that is torn, or that a crash left as zeros."""
    try:
        entry = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _other(begun: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    other = [name for name in about if begun.get(name) != about[name]]
    return " and ".join(_NAMES.get(name, "another relcomm") for name in other) or "another relcomm"


def _lock(file: IO[bytes]) -> bool:
    """Keep other runs away until the file is closed or this process ends; False if one is there already."""
    try:
        import fcntl
    except ImportError:  # a system without such locks
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without them
        return True
    return True

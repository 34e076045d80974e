"""What a call leaves behind: logs, warnings, errors, what it prints, files it writes, connections and programs it starts.

The hook stays for the whole run of the tests: no test opens a connection, but to this machine while it serves.
"""

from __future__ import annotations

import base64
import logging
import os
import pickle
import pprint
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import command
import mutations
from relcomm.errors import RelcommError

CANARY = "Quillowtarn"
"""A word that nobody else says: where it turns up, something that a person said got out."""
CANARIES = (CANARY, command.CANARY, mutations.CANARY)
_PLAIN = [each.lower().encode(code) for each in CANARIES for code in ("utf-8", "utf-16-le", "utf-16-be")]
_PLAIN += [form.hex().encode() for form in _PLAIN[::3]]
# Base64 writes a word in three ways, by how many bytes stand before it; the ends depend on what is beside it.
_CODED = [base64.b64encode(b"\0" * n + CANARY.encode())[4:-4] for n in range(3)]


def holds(what: str | bytes) -> bool:
    """Whether a canary stands there, in small letters or large, in UTF-8, UTF-16, base64 or hexadecimal."""
    data = what.encode("utf-8", "surrogatepass") if isinstance(what, str) else what
    low = data.lower()
    return any(form in low for form in _PLAIN) or any(form in data for form in _CODED)


@dataclass
class Seen:
    """What was noticed in a block. ``leaks`` says in which channels a canary stood."""

    asked: Path
    """The folder for what the caller asked to be written."""
    records: list[logging.LogRecord] = field(default_factory=list)
    warned: list[warnings.WarningMessage] = field(default_factory=list)
    opened: set[Path] = field(default_factory=set)
    removed: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    def leaks(self, home: Path) -> list[str]:
        """Where a canary stood, and what was done that nothing of ours does."""
        formatter = logging.Formatter()
        # The tests' own client of the service is no part of it.
        ours = [record for record in self.records if not record.name.startswith(("httpx", "httpcore"))]
        logged = [record.name for record in ours if holds(formatter.format(record)) or holds(repr(vars(record)))]
        warned = [
            str(each.category) for each in self.warned if holds(f"{each.message!r} {each.message} {each.source!r}")
        ]
        there = {path for path in home.rglob("*") if path.is_file()} | {path for path in self.opened if path.is_file()}
        kept = [f"{path}" for path in sorted(there) if not path.is_relative_to(self.asked) and in_file(path)]
        found = {"log": logged, "warning": warned, "file": kept, "file for a while": self.removed}
        found |= {"connection": self.connected, "program": self.started}
        return [f"{channel}: {where}" for channel, all_of_it in found.items() for where in all_of_it]

    def note(self, event: str, args: tuple[Any, ...]) -> None:
        """What Python is about to do."""
        if event == "open":
            path, mode, flags = args
            if isinstance(path, str | bytes) and _writes(mode, flags):
                self.opened.add(_whole(path))
        elif event in ("os.remove", "os.rename"):
            path = _whole(args[0])
            if not path.is_relative_to(self.asked) and path.is_file() and in_file(path):
                self.removed.append(str(path))
        elif event in _PROGRAMS:
            self.started.append(f"{event} {args[0]!r}")
        elif event in _CONNECTIONS and not _serving and not _probing():
            self.connected.append(event)


_PROGRAMS = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.spawn"}
)
_CONNECTIONS = frozenset(
    f"socket.{what}"
    for what in ("connect", "bind", "getaddrinfo", "gethostbyname", "gethostbyaddr", "sendto", "sendmsg")
)
_now: list[Seen] = []
_serving: list[bool] = []


def _whole(path: str | bytes) -> Path:
    return Path.cwd() / os.fsdecode(path)


def _writes(mode: str | None, flags: int) -> bool:
    return bool(set(mode or "") & set("wax+")) or bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def in_file(path: Path) -> bool:
    """Whether a file holds a canary."""
    with suppress(OSError):
        return holds(path.read_bytes())
    return False


def _hook(event: str, args: tuple[Any, ...]) -> None:
    for seen in _now:
        seen.note(event, args)
    if event in _CONNECTIONS:
        place = args[0] if event.startswith("socket.get") else args[-1]
        if isinstance(place, str | bytes) and not event.startswith("socket.get"):
            return  # a name of this machine's file system
        host = place[0] if isinstance(place, tuple) else place
        if not (_is_here(host) and (_serving or _probing())):
            raise AssertionError(f"{event}: no test opens a connection, but to this machine while it serves")


def _probing() -> bool:
    """Whether this is urllib3, which spaCy imports, finding out whether this machine knows IPv6: it binds ::1, and lets go."""
    frame: FrameType | None = sys._getframe(1)
    while frame:
        if frame.f_code.co_name == "_has_ipv6" and "urllib3" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


sys.addaudithook(_hook)


@contextmanager
def serving() -> Iterator[None]:
    """Let connections to this machine be opened."""
    _serving.append(True)
    try:
        yield
    finally:
        _serving.pop()


@contextmanager
def watched(home: Path, monkeypatch: pytest.MonkeyPatch, *, level: int = 1) -> Iterator[Seen]:
    """Notice what a block does, in a home of its own: working folder, temporary folder, caches, settings.

    All logs are on, from ``level`` up. What the caller asks to be written belongs into ``seen.asked``.
    """
    for name in ("cwd", "tmp", "cache", "asked"):
        (home / name).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(home / "cwd")
    monkeypatch.setattr(tempfile, "tempdir", None)
    for name in ("TMPDIR", "JOBLIB_TEMP_FOLDER"):
        monkeypatch.setenv(name, str(home / "tmp"))
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / "cache"))
    seen = Seen(home / "asked")
    with _all_logs(seen.records, level), warnings.catch_warnings(record=True) as seen.warned:
        warnings.simplefilter("always")
        _now.append(seen)
        try:
            yield seen
        finally:
            _now.remove(seen)


@contextmanager
def _all_logs(records: list[logging.LogRecord], level: int) -> Iterator[None]:
    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    known = [each for each in logging.Logger.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    before = [(each, each.level, each.disabled, each.propagate) for each in (logging.root, *known)]
    handler = Keep()
    logging.root.addHandler(handler)
    try:
        for logger in (logging.root, *known):
            logger.disabled, logger.propagate = False, True
            logger.setLevel(level)
        yield
    finally:
        logging.root.removeHandler(handler)
        for logger, *_ in before:
            logger.level, logger.disabled, logger.propagate = _


def told_by(error: BaseException) -> list[str]:
    """In what an error tells a canary stands: in itself, when it is shown, sent or kept, and in those behind it."""
    found = [name for name, told in _tellings(error).items() if holds(told)]
    behind, known = error.__cause__ or error.__context__, {id(error)}
    while behind is not None and id(behind) not in known:
        known.add(id(behind))
        if holds(f"{behind} {behind!r} {behind.args!r} {vars(behind)!r}"):
            found.append(f"{type(behind).__name__} behind it")
        behind = behind.__cause__ or behind.__context__
    return [f"error {type(error).__name__}: {each}" for each in found]


def _tellings(error: BaseException) -> dict[str, str | bytes]:
    told: dict[str, str | bytes] = {"str": str(error), "repr": repr(error), "args": repr(error.args)}
    told |= {"its fields": repr(vars(error)), "traceback": "".join(traceback.format_exception(error))}
    return told | ({"pickled": pickle.dumps(error)} if isinstance(error, RelcommError) else {})


def shown_by(value: object) -> list[str]:
    """In what a result shows of itself, unasked, a canary stands."""
    ways: dict[str, Callable[[object], str]] = {"repr": repr, "str": str, "ascii": ascii, "pprint": pprint.pformat}
    return [f"{way} of {type(value).__name__}" for way, show in ways.items() if holds(show(value))]

"""The tests' own watch: whatever a call leaves behind is noticed."""

from __future__ import annotations

import base64
import logging
import os
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from relcomm.errors import InputError
from relcomm.types import Utterance
from watching import CANARY, holds, serving, shown_by, told_by, watched


def _removed() -> None:
    path = Path(tempfile.mkstemp()[1])
    path.write_text(CANARY, encoding="utf-8")
    path.unlink()


def _logged() -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("some.library").log(3, "it failed", exc_info=True)


PLANTED: dict[str, tuple[Callable[[], object], str]] = {
    "a log": (lambda: logging.getLogger("some.library").debug("read %s", CANARY), "log: some.library"),
    "a log of no level": (lambda: logging.getLogger("some.library").log(1, CANARY.upper()), "log: "),
    "what hangs on a log": (lambda: logging.getLogger("a").info("read", extra={"text": CANARY}), "log: a"),
    "a traceback in a log": (_logged, "log: some.library"),
    "a warning": (lambda: warnings.warn(CANARY, stacklevel=1), "warning: "),
    "a file in the working folder": (lambda: Path("kept").write_text(CANARY, encoding="utf-16"), "file: "),
    "a temporary file": (lambda: Path(tempfile.mkstemp()[1]).write_text(CANARY, encoding="utf-8"), "file: "),
    "a cache": (lambda: (Path(os.environ["XDG_CACHE_HOME"]) / "x").write_text(CANARY, encoding="utf-8"), "file: "),
    "a file that is gone": (_removed, "file for a while: "),
    "a program": (lambda: subprocess.run([sys.executable, "-c", ""], check=True), "program: "),
}


@pytest.mark.parametrize(("leave", "told"), PLANTED.values(), ids=PLANTED)
def test_what_is_left_is_noticed(
    leave: Callable[[], object], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched(tmp_path, monkeypatch) as seen:
        assert seen.leaks(tmp_path) == []
        leave()
    assert [leak.startswith(told) for leak in seen.leaks(tmp_path)] == [True]


def test_a_file_elsewhere_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(tmp_path / "home", monkeypatch) as seen:
        (tmp_path / "elsewhere").write_text(CANARY, encoding="utf-8")
    assert seen.leaks(tmp_path / "home") == [f"file: {tmp_path / 'elsewhere'}"]


def test_what_was_asked_for_may_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(tmp_path, monkeypatch) as seen:
        (seen.asked / "page").write_text(CANARY, encoding="utf-8")
    assert seen.leaks(tmp_path) == []


@pytest.mark.parametrize("place", [("127.0.0.1", 9), ("example.org", 80), ("192.0.2.1", 80)])
def test_no_test_opens_a_connection(place: tuple[str, int]) -> None:
    with pytest.raises(AssertionError, match="no test opens a connection"):
        socket.create_connection(place, timeout=0.1)


def test_those_that_serve_open_it_to_this_machine_only() -> None:
    with serving():
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()
        with pytest.raises(AssertionError, match="no test opens a connection"):
            socket.create_connection(("192.0.2.1", 80), timeout=0.1)


FORMS = {
    "as it is": CANARY,
    "in capitals": CANARY.upper(),
    "escaped": repr(CANARY),
    "in UTF-16": CANARY.encode("utf-16-le"),
    "in base64": base64.b64encode(f"Ann: {CANARY} and more".encode()),
    "in hexadecimal": CANARY.lower().encode().hex(),
    "in bytes": repr(CANARY.encode()),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_forms(form: str | bytes) -> None:
    assert holds(form)
    assert not holds(CANARY[1:])


@dataclass
class Loud:
    text: str


def _behind() -> None:
    try:
        {}[CANARY]
    except KeyError:
        raise InputError("a key is missing") from None


def _noted() -> None:
    error = InputError("what")
    error.add_note(CANARY)
    raise error


@pytest.mark.parametrize("fail", [_behind, _noted, lambda: int(CANARY)], ids=["behind it", "in a note", "in itself"])
def test_errors_that_tell(fail: Callable[[], object]) -> None:
    with pytest.raises((InputError, ValueError)) as caught:
        fail()
    assert told_by(caught.value)
    assert told_by(InputError("what")) == []


def test_results_that_show() -> None:
    assert shown_by(Loud(CANARY))
    assert shown_by({"text": [CANARY]})
    assert shown_by(Utterance(CANARY, CANARY)) == []

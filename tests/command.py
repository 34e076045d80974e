"""The command line as a test calls it: in this process where it can be, in one of its own where it must."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from relcomm.cli import main

CANARY = "quince"
"""A word that somebody wrote: no message may repeat it."""
HURTS = "You never listen to me, you're so selfish."
"""A draft that every model that ships marks."""
NGRAM = ("--model", "ngram")
TRANSCRIPTS = Path(__file__).parents[1] / "examples" / "transcripts"
PATIENCE = 120.0
"""Seconds after which a process that should have answered is given up; reached only by a failing test."""


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


class Command:
    """Runs ``relcomm`` in this process, with bytes as its standard input."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *argv: str | Path, stdin: bytes = b"") -> Done:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        try:
            code = main([str(each) for each in argv])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        written = self._capsys.readouterr()
        return Done(code, written.out, written.err)


def shell(redirections: str, *argv: str | Path) -> Done:
    """``relcomm`` as a shell runs it, its streams redirected."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    script = f'exec "$0" -m relcomm "$@" {redirections}'
    command = ["sh", "-c", script, sys.executable, *map(str, argv)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE, env=env)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def start(*argv: str | Path, **env: str) -> subprocess.Popen[bytes]:
    """``relcomm`` in a process of its own, all its streams at hand.

    It can be interrupted even where the tests run in the background of a shell, which shuts interruptions out.
    """
    begin = "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler); runpy.run_module('relcomm', run_name='__main__', alter_sys=True)"
    return subprocess.Popen(
        [sys.executable, "-c", begin, *map(str, argv)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | env,
    )

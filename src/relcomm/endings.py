"""How a command ends: its exit code, and what it says on standard error."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from enum import IntEnum
from typing import TextIO


class Exit(IntEnum):
    """What the process says when it ends."""

    DONE = 0
    SOME_LINES = 1
    USAGE = 2
    FILE = 3
    MODEL = 4
    EXTRA = 5
    OWN = 70
    INTERRUPTED = 130


def say(text: str, code: Exit, head: str = "relcomm: ") -> Exit:
    """Write a line to standard error, if there is one that can be written to; ``code`` again."""
    if sys.stderr is not None:
        try:
            print(f"{head}{text}", file=sys.stderr, flush=True)
        except OSError:
            silence(sys.stderr)
    return code


def silence(stream: TextIO) -> None:
    """Let what is still to be written to a stream go nowhere."""
    # Python would write what is left, and complain, at exit: that goes nowhere now.
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def leave_no_image() -> None:
    """Let no core file be written should this process crash: it would hold all that was read."""
    try:
        import resource
    except ImportError:  # Windows, which writes none
        return
    with suppress(OSError, ValueError):
        # The lower limit only, which whoever looks for the crash can raise again (`prlimit`).
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))

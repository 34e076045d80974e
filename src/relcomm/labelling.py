"""The command ``label``: turns in, answers out, by standard output or into a file that outlives a broken run."""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
from collections.abc import Callable
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from relcomm import __version__
from relcomm.endings import Exit, say
from relcomm.errors import ReadError
from relcomm.streams import called, is_input, opened, replacing, unfit
from relcomm.usage import command_of, model_option

if TYPE_CHECKING:
    from relcomm.analyzer import Analyzer

Loader = Callable[[argparse.Namespace], "Analyzer"]


def add_label(commands: Any, analyzer: Loader) -> None:
    """Add the command; ``analyzer`` loads the model that the options name."""
    text = (
        "Label turns. One JSON object a line in, one out, in order, streaming.\n\n"
        'in   {"text": str, "context": [{"speaker": str, "text": str}, ...]?, "speaker": str?, "id": any?}\n'
        'out  {"id"?, "labels": [...], "scores": {...}, "spans": [...], "unsure": [...], "flags": [...]}\n\n'
        'A line that cannot be read is answered by {"id"?, "error": {"line": N, "problem": str}} in its place; the\n'
        "other lines are answered all the same, and the exit code is 1.\n\n"
        "With --out, the answers are written to OUT.part, and OUT appears when it is whole. A run that broke off is gone\n"
        "on with by the same command and --resume: no line is lost or labelled again."
    )
    command = command_of(commands, "label", _label, text)
    command.add_argument("file", nargs="?", metavar="FILE", help="JSON lines (default: standard input)")
    command.add_argument("--out", metavar="OUT", help="write the answers to this file (default: standard output)")
    command.add_argument(
        "--resume", action="store_true", help="go on with an OUT that an earlier run of the same FILE left unfinished"
    )
    model_option(command)
    command.set_defaults(load=analyzer)


def _label(options: argparse.Namespace) -> int:
    if options.resume and (options.out is None or is_input(options.file)):
        return say("label: --resume goes on with a file: name FILE and --out OUT as the first run did", Exit.USAGE)
    if options.out is not None and (problem := unfit(options.out, 0 if is_input(options.file) else options.file)):
        return say(f"{called(options.out, '--out')}: {problem}", Exit.USAGE)
    with opened(options.file, "FILE") as lines:
        if options.out is None:
            return _print(options, lines)
        if stat.S_ISREG(os.fstat(lines.fileno()).st_mode) and not is_input(options.file):
            return _work(options, lines)
        if options.resume:
            return say(
                "label: --resume needs a FILE that can be read again, and this is a pipe or the like", Exit.USAGE
            )
        return _write(options, lines)


def _print(options: argparse.Namespace, lines: IO[bytes]) -> Exit:
    from relcomm.wire import answers

    code = Exit.DONE
    for answer in answers(options.load(options), lines):
        code = max(code, _told(answer))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return code


def _write(options: argparse.Namespace, lines: IO[bytes]) -> Exit:
    """The answers to what comes but once."""
    from relcomm.wire import answers

    code = Exit.DONE
    analyzer = options.load(options)
    with replacing(options.out, "--out") as out:
        for answer in answers(analyzer, lines):
            code = max(code, _told(answer))
            out.write(_line(answer))
    return say(f"written: {called(options.out, '--out')}", code, "")


def _work(options: argparse.Namespace, lines: IO[bytes]) -> Exit:
    """The answers to a file: what an earlier run wrote of them, and the others."""
    from relcomm.journal import Mark, Work, asked_from
    from relcomm.wire import HELD, answered

    analyzer, before = options.load(options), os.fstat(lines.fileno())
    with Work(options.out, _about(options, analyzer, lines), lines, resume=options.resume) as work:
        try:
            asked = asked_from(lines, work.mark)
            while batch := list(islice(asked, HELD)):
                answers = list(answered(analyzer, [(n, line) for n, line, _ in batch]))
                faulty = sum(_told(answer) == Exit.SOME_LINES for answer in answers)
                n, _, read = batch[-1]
                work.add(b"".join(map(_line, answers)), Mark(n, read, faulty=work.mark.faulty + faulty))
                _show(f"{n:,} lines, {read / before.st_size:.0%}")
            _show("")
            _require_same(before, os.fstat(lines.fileno()), called(options.file, "FILE"))
            work.finish()
        except KeyboardInterrupt:
            _show("")
            say(f"broken off after line {work.mark.lines}; the same command with --resume goes on", Exit.INTERRUPTED)
            raise
        code = Exit.SOME_LINES if work.mark.faulty else Exit.DONE
    return say(f"written: {called(options.out, '--out')}", code, "")


def _about(options: argparse.Namespace, analyzer: Analyzer, lines: IO[bytes]) -> dict[str, Any]:
    """What the answers depend on: a run goes on only where all of it is the same."""
    from relcomm.journal import fingerprint

    return {
        "journal": 1,
        "relcomm": __version__,
        "input": fingerprint(lines),
        "model": {"name": analyzer.model.name, "sha256": analyzer.model.digest},
        "options": {"prior": options.prior},
    }


def _require_same(before: os.stat_result, after: os.stat_result, name: str) -> None:
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ReadError("was changed while it was read: delete what was written of OUT, and begin anew", source=name)


def _show(progress: str) -> None:
    """Progress in one line that the next one overwrites, where somebody looks at a terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        print(f"\r\x1b[K{progress}", end="", file=sys.stderr, flush=True)


def _told(answer: dict[str, Any]) -> Exit:
    """Say what was wrong with a line, if anything."""
    if "error" not in answer:
        return Exit.DONE
    return say(f"line {answer['error']['line']}: {answer['error']['problem']}", Exit.SOME_LINES)


def _line(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer).encode() + b"\n"

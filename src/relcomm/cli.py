"""The command line. Text goes in by file or standard input and out by standard output; nothing else is kept.

Exit codes: 0 done · 1 some input lines could not be read (the others were answered) · 2 wrong usage ·
3 a file cannot be read, written or trained on · 4 a model cannot be loaded · 5 an optional library is missing ·
130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import IntEnum
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, NoReturn

from relcomm import __version__
from relcomm.errors import MissingExtraError, ModelError, RelcommError


class Exit(IntEnum):
    """What the process says when it ends."""

    DONE = 0
    SOME_LINES = 1
    USAGE = 2
    FILE = 3
    MODEL = 4
    EXTRA = 5
    INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that knows only ASCII gets escapes, no crash
    parser = _parser()
    options = parser.parse_args(argv)
    if options.command is None:
        parser.print_help(sys.stderr)
        return Exit.USAGE
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except RelcommError as error:
        print(f"relcomm: {error}", file=sys.stderr)
        return _code(error)
    except BrokenPipeError:
        # The reader of our output went away (`relcomm label | head`): not an error. Python would complain
        # when it flushes standard output at exit, so that is pointed elsewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except KeyboardInterrupt:
        return Exit.INTERRUPTED


def _code(error: RelcommError) -> Exit:
    if isinstance(error, ModelError):
        return Exit.MODEL
    return Exit.EXTRA if isinstance(error, MissingExtraError) else Exit.FILE


class _Parser(argparse.ArgumentParser):
    """One that does not repeat what was typed: that may be a draft without its quotes."""

    _REPEATS = re.compile(
        r"(unrecognized arguments|ambiguous option|invalid (?:choice|\w+ value)|ignored explicit).*", re.DOTALL
    )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end with exit code 2."""
        super().error(self._REPEATS.sub(r"\1; see --help, and put a message of several words in quotes", message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="relcomm",
        description="How two people talk to each other, turn by turn, with evidence. Works offline; keeps nothing.",
        epilog=(__doc__ or "").partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"relcomm {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for add in (_add_label, _add_analyze, _add_check, _add_labels, _add_train, _add_evaluate):
        add(commands)
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text.split(". ", maxsplit=1)[0],
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def _model_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model", default="base", metavar="NAME", help="a bundled model or a model folder (default: base)"
    )


# label ---------------------------------------------------------------------------------------------------------------


def _add_label(commands: Any) -> None:
    text = (
        "Label turns. One JSON object a line in, one out, in order, streaming.\n\n"
        'in   {"text": str, "context": [{"speaker": str, "text": str}, ...]?, "speaker": str?, "id": any?}\n'
        'out  {"id"?, "labels": [...], "scores": {...}, "spans": [...], "unsure": [...], "flags": [...]}\n\n'
        'A line that cannot be read is answered by {"id"?, "error": {"line": N, "problem": str}} in its place; the\n'
        "other lines are answered all the same, and the exit code is 1."
    )
    command = _command(commands, "label", _label, text)
    command.add_argument("file", nargs="?", metavar="FILE", help="JSON lines (default: standard input)")
    _model_option(command)


def _label(options: argparse.Namespace) -> int:
    from relcomm.analyzer import load
    from relcomm.wire import answers

    analyzer = load(options.model)
    broken = 0
    with _opened(options.file) as lines:
        for answer in answers(analyzer, lines):
            if "error" in answer:
                broken += 1
                print(f"relcomm: line {answer['error']['line']}: {answer['error']['problem']}", file=sys.stderr)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    return Exit.SOME_LINES if broken else Exit.DONE


@contextmanager
def _opened(name: str | None) -> Iterator[IO[bytes]]:
    if name is None or name == "-":
        # A file object of our own, and never closed: when nobody reads our answers any more, a thread still waits
        # in it. Closing it would wait for that thread, and sys.stdin's would abort the interpreter at exit.
        yield open(0, "rb", closefd=False)  # noqa: SIM115
        return
    from relcomm.errors import ReadError

    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed by the with below
    except OSError as error:
        raise ReadError(f"cannot be opened ({error.strerror})", source=name) from None
    with file:
        yield file


# analyze -------------------------------------------------------------------------------------------------------------


def _add_analyze(commands: Any) -> None:
    text = (
        "Analyse a transcript. Labels every turn with evidence, and reports rates, patterns and the turns themselves.\n\n"
        "Reads `Name: text` lines, WhatsApp exports, JSON lines and CSV; the format is recognised unless --format names it."
    )
    command = _command(commands, "analyze", _analyze, text)
    command.add_argument("file", nargs="?", metavar="TRANSCRIPT", help="the transcript (default: standard input)")
    command.add_argument("--format", metavar="NAME", help="name_text, whatsapp, jsonl or csv")
    command.add_argument("--html", metavar="FILE", help="also write one self-contained page to FILE")
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    _model_option(command)


def _analyze(options: argparse.Namespace) -> int:
    from relcomm import report
    from relcomm.analyzer import load
    from relcomm.readers import read

    source = sys.stdin.buffer if options.file in (None, "-") else options.file
    conversation = read(source, format=options.format)
    analysis = load(options.model).analyze(conversation)
    if options.html:
        _write(options.html, report.html(analysis))
    print(json.dumps(analysis.to_dict(), indent=1) if options.json else report.text(analysis))
    if options.html:
        print(f"written: {options.html}", file=sys.stderr)
    return Exit.DONE


def _write(name: str, content: str) -> None:
    from relcomm.errors import ReadError

    # Whole or not at all: a page cut short would look like a finding that is not there.
    part = Path(f"{name}.part")
    try:
        part.write_text(content, encoding="utf-8")
        part.replace(name)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise ReadError(f"cannot be written ({error.strerror})", source=name) from None


# check ---------------------------------------------------------------------------------------------------------------


def _add_check(commands: Any) -> None:
    text = (
        "Look at a message before it is sent. Marks the words likely to land badly, says why, and offers ways to say it.\n\n"
        "Square brackets in a suggestion are for you to fill. Silence means: nothing found."
    )
    command = _command(commands, "check", _check, text)
    command.add_argument("draft", nargs="?", metavar="DRAFT", help="the message (default: standard input)")
    command.add_argument(
        "--thread", metavar="TRANSCRIPT", help="the conversation so far, in any format `analyze` reads"
    )
    command.add_argument("--me", default="", metavar="NAME", help="who is writing, as named in the thread")
    command.add_argument("--json", action="store_true", help="print a JSON list")
    _model_option(command)


def _check(options: argparse.Namespace) -> int:
    from relcomm.analyzer import load
    from relcomm.readers import read
    from relcomm.report import notes

    draft = options.draft if options.draft is not None else _standard_input()
    context = read(options.thread).utterances if options.thread else ()
    found = load(options.model).check(draft, context=context, speaker=options.me)
    print(json.dumps([advice.to_dict() for advice in found], indent=1) if options.json else notes.advice(draft, found))
    return Exit.DONE


def _standard_input() -> str:
    from relcomm.errors import ReadError

    draft = sys.stdin.buffer.read()
    try:
        return draft.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass  # raised outside, since this error holds the draft
    raise ReadError("not in UTF-8", source="standard input")


# labels --------------------------------------------------------------------------------------------------------------


def _add_labels(commands: Any) -> None:
    command = _command(commands, "labels", _labels, "Say what each label means. With NAME, everything about one label.")
    command.add_argument("name", nargs="?", metavar="NAME")
    command.add_argument("--json", action="store_true", help="print JSON")


def _labels(options: argparse.Namespace) -> int:
    from relcomm.labels import LABELS
    from relcomm.report import notes

    if options.name is not None and options.name not in LABELS:
        print(f"relcomm: no such label; there are {', '.join(LABELS)}", file=sys.stderr)
        return Exit.USAGE
    chosen = [LABELS[options.name]] if options.name else list(LABELS.values())
    if options.json:
        print(json.dumps([label.to_dict() for label in chosen], indent=1))
    else:
        print(notes.labels(chosen))
    return Exit.DONE


# train and evaluate --------------------------------------------------------------------------------------------------


def _add_data_options(command: argparse.ArgumentParser, files: str = "+") -> None:
    command.add_argument(
        "files", nargs=files, type=Path, metavar="FILE", help="coded turns, or labels keyed by id with --dialogues"
    )
    command.add_argument("--dialogues", type=Path, metavar="FILE", help="the text that the labels are keyed to")


def _add_train(commands: Any) -> None:
    text = (
        "Train heads on coded conversations. Writes a new model folder that every command takes as --model.\n\n"
        "Rows: {conversation, turn, speaker, text, labels, doubt?, split?}; the rows of split 'dev' and 'test' are left out."
    )
    command = _command(commands, "train", _train, text)
    _add_data_options(command)
    command.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="a new folder; its name is the model's name"
    )
    command.add_argument(
        "--encoder", default="ngram", metavar="NAME", help="ngram, or a transformer model to take it from"
    )
    command.add_argument(
        "--held-out", type=Path, metavar="FILE", help="coded turns to calibrate on (default: a fifth of FILE)"
    )


def _train(options: argparse.Namespace) -> int:
    from relcomm.training.commands import train

    model = train(
        options.files, options.out, encoder=options.encoder, dialogues=options.dialogues, held_out=options.held_out
    )
    print(f"trained {model.name} on {model.data['train']['turns']} turns: {options.out}", file=sys.stderr)
    return Exit.DONE


def _add_evaluate(commands: Any) -> None:
    text = (
        "Measure a model on coded conversations. Precision, recall, F1, average precision, calibration error, false alarms.\n\n"
        "Intervals are 95 %, by drawing conversations with replacement."
    )
    command = _command(commands, "evaluate", _evaluate, text)
    _add_data_options(command, files="*")
    command.add_argument("--part", metavar="NAME", help="only conversations of this split or part")
    command.add_argument(
        "--suite", metavar="NAME", help="run a behavioural suite instead: relcheck, or a folder of its kind"
    )
    command.add_argument(
        "--draws", type=_draws, default=300, metavar="N", help="draws for the intervals (default: 300)"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    _model_option(command)


def _draws(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on, please")
    return int(text)


def _evaluate(options: argparse.Namespace) -> int:
    from relcomm.analyzer import load
    from relcomm.training import suite
    from relcomm.training.commands import coded
    from relcomm.training.evaluate import report, table

    if bool(options.files) == bool(options.suite):
        print("relcomm evaluate: name coded FILEs, or a --suite", file=sys.stderr)
        return Exit.USAGE
    if options.suite:
        cases = suite.read_suite(suite.find_suite(options.suite))
        result = suite.run(load(options.model).model, cases)
        print(json.dumps(result, indent=1) if options.json else suite.suite_table(result))
        return Exit.DONE
    data = [c for c in coded(options.files, options.dialogues) if options.part in (None, c.part)]
    result = report(load(options.model).model, data, draws=options.draws)
    print(json.dumps(result, indent=1) if options.json else table(result))
    return Exit.DONE

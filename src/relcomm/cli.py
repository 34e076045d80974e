"""The command line. Text goes in by file or standard input and out by standard output; nothing else is kept.

Exit codes: 0 done · 1 some input lines could not be read (the others were answered) · 2 wrong usage ·
3 a file cannot be read, written or trained on · 4 a model cannot be loaded · 5 an optional library is missing ·
70 an error of relcomm's own · 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relcomm import __version__, servers, studies
from relcomm.endings import Exit, leave_no_image, say, silence
from relcomm.errors import MissingExtraError, ModelError, ReadError, RelcommError, TrainingError, place_of
from relcomm.exports import check_outputs, out_options, write_outputs, written
from relcomm.labelling import add_label
from relcomm.streams import NOT_THERE, called, is_input, source, status, try_page, typed, unfit
from relcomm.usage import Parser, command_of, draws_of, format_option, model_option, stranger

if TYPE_CHECKING:
    from relcomm.analyzer import Analyzer
    from relcomm.types import Advice, Utterance

LONG = "This message is long: only its first part was read."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    leave_no_image()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that knows only ASCII gets escapes, no crash
    try:
        return _run(argv)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except Exception as error:
        return _told(error)


def _told(error: Exception) -> Exit:
    """Say why a command ended, without a word of what it read; the exit code."""
    if isinstance(error, MissingExtraError):
        return say(str(error), Exit.EXTRA)
    if isinstance(error, RelcommError):
        return say(str(error), Exit.MODEL if isinstance(error, ModelError) else Exit.FILE)
    if not isinstance(error, OSError):
        # No traceback and no message: an error that nobody foresaw may hold what somebody wrote.
        what = f"this is an error in relcomm ({type(error).__name__} at {place_of(error)})"
        return say(f"{what}; please report this line", Exit.OWN)
    silence(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return Exit.DONE  # the reader of our output went away (`relcomm label | head`): not an error
    where = "standard output" if error.filename is None else called(str(error.filename), "a file")
    return say(f"{where}: cannot be read or written ({error.strerror})", Exit.FILE)


def _run(argv: Sequence[str] | None) -> int:
    if sys.stdout is None:
        raise ReadError("it is closed: there is nowhere to write to", source="standard output")
    parser = _parser()
    try:
        options, rest = parser.parse_known_args(argv)
        if rest:
            options.parser.error("unrecognized arguments")
        if options.command is None:
            parser.print_help(sys.stderr)
            return Exit.USAGE
        return int(options.run(options))
    finally:
        sys.stdout.flush()  # here, where a full disk can still be told of


def _parser() -> Parser:
    parser = Parser(
        prog="relcomm",
        description="How two people talk to each other, turn by turn, with evidence. Works offline; keeps nothing.",
        epilog=(__doc__ or "").partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"relcomm {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add_label(commands, _analyzer)
    for add in (_add_analyze, _add_check, _add_labels, _add_train, _add_evaluate):
        add(commands)
    studies.add_commands(commands, _analyzer)
    servers.add_commands(commands, _analyzer)
    parser.hint = f"the commands are {', '.join(commands.choices)}; see --help"
    parser.set_defaults(parser=parser)
    return parser


def _analyzer(options: argparse.Namespace) -> Analyzer:
    from relcomm.analyzer import load
    from relcomm.model import bundled

    name = options.model
    if name not in (names := bundled()) and status(name) is None:
        raise ModelError(f"--model: there is no such model; name one of {', '.join(names)}, or a model folder")
    return load(name, prior=options.prior)


# analyze -------------------------------------------------------------------------------------------------------------


def _add_analyze(commands: Any) -> None:
    text = (
        "Analyse a transcript. Labels every turn with evidence, and reports rates, patterns and the turns themselves.\n\n"
        "Reads `Name: text` lines, chats exported from WhatsApp, Telegram, Signal, iMessage, Messenger, Instagram, Discord and\n"
        "SMS, subtitles, Zoom, Otter, Whisper, CHAT, ELAN, TextGrid, Word, ConvoKit, JSON lines, CSV and Parquet; the format is "
        "recognised unless --format names it.\n\n"
        "Turns read as threats, or perhaps as such, raise a word about safety with help lines by country. Nobody rang the\n"
        "numbers that come along: RELCOMM_HELPLINES=FILE in the environment names a file of your own (see docs/safety.md)."
    )
    command = command_of(commands, "analyze", _analyze, text)
    command.add_argument("file", nargs="?", metavar="TRANSCRIPT", help="the transcript (default: standard input)")
    format_option(command, "the transcript")
    command.add_argument("--html", metavar="FILE", help="also write one self-contained page to FILE")
    command.add_argument(
        "--me", default="", metavar="NAME", help="look at this speaker's own side, too, named as in the transcript"
    )
    command.add_argument(
        "--pseudonyms", action="store_true", help="call the speakers Person A, Person B and so on, everywhere"
    )
    out_options(command)
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    model_option(command)


def _analyze(options: argparse.Namespace) -> int:
    from relcomm import report
    from relcomm.pseudonyms import hide_names
    from relcomm.readers import read

    transcript = source("-" if options.file is None else options.file, "TRANSCRIPT")
    known = 0 if is_input(options.file) else options.file
    if options.html is not None:
        if problem := unfit(options.html, known):
            return say(f"{called(options.html, '--html')}: {problem}", Exit.USAGE)
        try_page(options.html)
    if problem := check_outputs(options.out, known):
        return say(problem, Exit.USAGE)
    conversation = read(transcript, format=options.format)
    if problem := stranger(options.me, conversation.speakers, "transcript"):
        return say(problem, Exit.USAGE)
    analysis = _analyzer(options).analyze(conversation, me=options.me)
    if options.pseudonyms:
        analysis = hide_names(analysis)
    code = Exit.DONE
    page = [] if options.html is None else [written(options.html, report.html(analysis), "--html")]
    for said, done in chain(page, write_outputs(options.out, analysis, options.file)):
        code = max(code, say(said, Exit.DONE if done else Exit.FILE, "" if done else "relcomm: "))
    print(json.dumps(analysis.to_dict(), indent=1) if options.json else report.text(analysis))
    return code


# check ---------------------------------------------------------------------------------------------------------------


def _add_check(commands: Any) -> None:
    text = (
        "Look at a message before it is sent. Marks the words likely to land badly, says why, and offers ways to say it.\n\n"
        "Square brackets in a suggestion are for you to fill. Where nothing is marked, a sentence says so, or with --json\n"
        "the list is empty: that is no all-clear."
    )
    command = command_of(commands, "check", _check, text)
    command.hint = (
        "see --help; put a message of several words in quotes, and write -- before one that begins with a dash"
    )
    command.add_argument("draft", nargs="?", metavar="DRAFT", help="the message (default, or -: standard input)")
    command.add_argument(
        "--thread", metavar="TRANSCRIPT", help="the conversation so far, in any format `analyze` reads"
    )
    format_option(command, "the thread")
    command.add_argument("--me", default="", metavar="NAME", help="who is writing, as named in the thread")
    command.add_argument("--json", action="store_true", help="print a JSON list")
    model_option(command)


def _check(options: argparse.Namespace) -> int:
    from relcomm.readers import read
    from relcomm.text import clean, is_long

    if problem := _misused(options):
        return say(f"check: {problem}", Exit.USAGE)
    draft = typed() if is_input(options.draft) else options.draft
    plain = clean(draft).text
    if not plain.strip():
        return say("check: nothing to read; the message holds no text", Exit.USAGE)
    context: tuple[Utterance, ...] = ()
    if options.thread is not None:
        context = read(source(options.thread, "--thread"), format=options.format).utterances
        if problem := stranger(options.me, {said.speaker for said in context}, "thread"):
            return say(problem, Exit.USAGE)
    found = _analyzer(options).check(draft, context=context, speaker=options.me)
    return _advise(draft, found, long=is_long(plain), as_json=options.json)


def _misused(options: argparse.Namespace) -> str:
    """What is wrong with the arguments of `check`; the empty string if nothing is."""
    piped = is_input(options.draft)
    if piped and options.thread == "-":
        return "the message and the --thread cannot both come by standard input; name a file for one of them"
    if options.thread is None and options.format is not None:
        return "--format says how to read the --thread; name that, too"
    there = None if piped else status(options.draft)
    if there is not None and not stat.S_ISDIR(there.st_mode):
        return "DRAFT is the name of a file; to check what the file holds, type: relcomm check - < FILE"
    return ""


def _advise(draft: str, found: Sequence[Advice], *, long: bool, as_json: bool) -> int:
    from relcomm.report import notes

    if as_json:
        print(json.dumps([advice.to_dict() for advice in found], indent=1))
        return say(LONG, Exit.DONE, "") if long else Exit.DONE
    print(notes.advice(draft, found))
    if long:
        print(f"\n{LONG}")
    return Exit.DONE


# labels --------------------------------------------------------------------------------------------------------------


def _add_labels(commands: Any) -> None:
    text = (
        "Say what each label means. With NAME, one label in full: what it is and is not, its antidote, cues and examples.\n\n"
        "With --json, the patterns of the cues, too."
    )
    command = command_of(commands, "labels", _labels, text)
    command.add_argument("name", nargs="?", metavar="NAME")
    command.add_argument("--json", action="store_true", help="print JSON")


def _labels(options: argparse.Namespace) -> int:
    from relcomm.labels import LABELS
    from relcomm.report import notes

    if options.name is not None and options.name not in LABELS:
        return say(f"no such label; there are {', '.join(LABELS)}", Exit.USAGE)
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


@contextmanager
def _nameless(options: argparse.Namespace) -> Iterator[None]:
    """Errors that repeat no name of a file that is not there: it may be somebody's words."""
    named = {f"FILE {n}" if len(options.files) > 1 else "FILE": file for n, file in enumerate(options.files, 1)}
    named |= {f"--{name.replace('_', '-')}": getattr(options, name, None) for name in ("held_out", "dialogues", "out")}
    try:
        yield
    except TrainingError as error:
        for argument, file in named.items():
            whose, colon, problem = str(error).partition(": ")
            if colon and file is not None and whose == str(file) and status(file) is None:
                raise ReadError(problem if argument == "--out" else NOT_THERE, source=argument) from None
        raise


def _add_train(commands: Any) -> None:
    text = (
        "Train heads on coded conversations. Writes a new model folder that every command takes as --model.\n\n"
        "Rows: {conversation, turn, speaker, text, labels, doubt?, split?}; the rows of split 'dev' and 'test' are left out."
    )
    command = command_of(commands, "train", _train, text)
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

    with _nameless(options):
        model = train(
            options.files, options.out, encoder=options.encoder, dialogues=options.dialogues, held_out=options.held_out
        )
    return say(f"trained {model.name} on {model.data['train']['turns']} turns: {options.out}", Exit.DONE, "")


def _add_evaluate(commands: Any) -> None:
    text = (
        "Measure a model on coded conversations. Precision, recall, F1, average precision, calibration error, false alarms.\n\n"
        "Intervals are 95 %, by drawing conversations with replacement."
    )
    command = command_of(commands, "evaluate", _evaluate, text)
    _add_data_options(command, files="*")
    command.add_argument("--part", metavar="NAME", help="only conversations of this split or part")
    command.add_argument(
        "--suite", metavar="NAME", help="run a behavioural suite instead: relcheck, or a folder of its kind"
    )
    command.add_argument(
        "--draws", type=draws_of, default=300, metavar="N", help="draws for the intervals (default: 300)"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    model_option(command)


def _evaluate(options: argparse.Namespace) -> int:
    from relcomm.training import suite
    from relcomm.training.commands import coded
    from relcomm.training.evaluate import report, table

    if bool(options.files) == bool(options.suite):
        return say("evaluate: name coded FILEs, or a --suite", Exit.USAGE)
    if options.suite:
        if options.suite not in suite.BUNDLED and status(options.suite) is None:
            raise TrainingError(
                f"--suite: there is no such suite; name {' or '.join(suite.BUNDLED)}, or a folder of JSON lines"
            )
        cases = suite.read_suite(suite.find_suite(options.suite))
        result = suite.run(_analyzer(options).model, cases)
        print(json.dumps(result, indent=1) if options.json else suite.suite_table(result))
        return Exit.DONE
    with _nameless(options):
        data = [c for c in coded(options.files, options.dialogues) if options.part in (None, c.part)]
    result = report(_analyzer(options).model, data, draws=options.draws)
    print(json.dumps(result, indent=1) if options.json else table(result))
    return Exit.DONE

"""The commands for researchers: ``agree``, ``validate`` and ``sequences``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from relcomm.errors import InputError, ReadError
from relcomm.streams import require
from relcomm.usage import Parser, command_of, draws_of, model_option

if TYPE_CHECKING:
    from relcomm.analyzer import Analyzer
    from relcomm.research.coded import Study
    from relcomm.research.sheets import Sheet
    from relcomm.research.timed import Event

Loader = Callable[[argparse.Namespace], "Analyzer"]
_FILES = (
    "Coded turns are JSON lines or a table, one turn a row: id (or conversation and turn), and labels separated by ; or a\n"
    "0/1 column a label; conversation, speaker and text where they are wanted. A coder goes by the file's name, or by a\n"
    "column coder; a folder is one coder, with one conversation a file."
)


def add_commands(commands: Any, analyzer: Loader) -> None:
    """Add the three commands; ``analyzer`` loads the model that the options name."""
    for add in (_add_agree, _add_validate, _add_sequences):
        add(commands).set_defaults(load=analyzer)


def _add_files(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="+", metavar="FILE", help="coders' files, or a folder a coder")
    command.add_argument("--coders", type=_names, metavar="A,B", help="take only these coders")
    command.add_argument(
        "--labels", type=_names, metavar="A,B", help="take only these labels (default: those that came up)"
    )
    command.add_argument("--json", action="store_true", help="print JSON")


def _names(text: str) -> list[str]:
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError("names with a comma between them, please")
    return found


def _sheets(options: argparse.Namespace) -> list[Sheet]:
    from relcomm.research.sheets import read_sheets

    for n, file in enumerate(options.files, 1):
        require(file, f"FILE {n}" if len(options.files) > 1 else "FILE")
    return read_sheets(options.files)


def _study(options: argparse.Namespace) -> Study:
    from relcomm.research.coded import study_of

    return study_of(_sheets(options), coders=options.coders)


def _labels(options: argparse.Namespace) -> list[str] | None:
    from relcomm.research.coded import label_named

    return None if options.labels is None else [label_named(name) for name in options.labels]


def _print(found: dict[str, Any], text: Callable[[], str], *, as_json: bool) -> int:
    print(json.dumps(found, indent=1) if as_json else text())
    return 0


# agree ---------------------------------------------------------------------------------------------------------------


def _add_agree(commands: Any) -> Parser:
    text = (
        "Say how far coders agree, with each other and with the model. Percent, kappa, alpha, AC1 and F1 a label, ICC of\n"
        "speakers' rates, each with a 95 % interval by conversation.\n\n"
        f"{_FILES}\n\n"
        "Codes with times are read from BORIS (aggregated or tabular events), Datavyu CSV, and rows of start, end and code;\n"
        "they are compared by time and by events."
    )
    command = command_of(commands, "agree", _agree, text)
    _add_files(command)
    command.add_argument(
        "--draws", type=draws_of, default=1000, metavar="N", help="draws for the intervals (default: 1000)"
    )
    command.add_argument(
        "--step",
        type=_seconds,
        default=1.0,
        metavar="S",
        help="codes with times: a unit of time in seconds (default: 1)",
    )
    command.add_argument(
        "--tolerance",
        type=_seconds,
        default=0.0,
        metavar="S",
        help="codes with times: so many seconds apart still agree (default: 0)",
    )
    command.add_argument(
        "--transcript",
        nargs="+",
        metavar="FILE",
        help="codes with times: what was said when, for --model to read: a table of start, end, speaker and text",
    )
    model_option(command, default=None)
    return command


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a number of seconds, please") from None


def _agree(options: argparse.Namespace) -> int:
    from relcomm.research.timed import is_timed

    sheets = _sheets(options)
    timed = [is_timed(sheet) for sheet in sheets]
    if all(timed):
        return _agree_in_time(options, sheets)
    if any(timed):
        raise ReadError("some files hold codes with times and some hold coded turns: the two cannot be compared")
    return _agree_on_turns(options, sheets)


def _agree_in_time(options: argparse.Namespace, sheets: Sequence[Sheet]) -> int:
    from relcomm.research.coded import label_named
    from relcomm.research.tables import agreement_table
    from relcomm.research.timed import coders_of, events_of
    from relcomm.research.timing import timed_rows

    events = events_of(sheets)
    if options.coders is not None:
        there = coders_of(events)
        if missing := len(set(options.coders) - set(there)):
            raise InputError(f"{missing} of the --coders are not among the {len(there)} of the files")
        events = [event for event in events if event.coder in options.coders]
    if options.labels is not None:
        wanted = {label_named(name) for name in options.labels}
        events = [event for event in events if event.code in wanted]
    events += _said_in_time(options, events)
    rows, remarks = timed_rows(events, step=options.step, tolerance=options.tolerance, draws=options.draws)
    found = {"rows": [row.to_dict() for row in rows], "rates": [], "remarks": remarks}
    return _print(found, lambda: agreement_table(rows, [], remarks), as_json=options.json)


def _said_in_time(options: argparse.Namespace, events: Sequence[Event]) -> list[Event]:
    """The model's labels where the coders' files have times, of the transcripts that say when turns start."""
    from relcomm.research.sheets import read_sheets
    from relcomm.research.spoken import model_events

    if bool(options.model) != bool(options.transcript):
        raise InputError(
            "codes with times are compared with the model by --model and --transcript, which says what was said when"
        )
    if not options.model:
        return []
    for file in options.transcript:
        require(file, "--transcript")
    model = options.load(options).model
    said = model_events(read_sheets(options.transcript), model, events, name=f"model {model.name}")
    wanted = {event.code for event in events}
    return [event for event in said if event.code in wanted]


def _agree_on_turns(options: argparse.Namespace, sheets: Sequence[Sheet]) -> int:
    from relcomm.research.coded import study_of, with_coder
    from relcomm.research.comparison import left_out, rate_rows, turn_rows
    from relcomm.research.tables import agreement_table

    if options.transcript:
        raise InputError("--transcript is for codes with times: coded turns bring their text in a column called text")
    study = study_of(sheets, coders=options.coders)
    labels, name = _labels(options), None
    if options.model is not None:
        from relcomm.research.validation import answers

        model = options.load(options).model
        name = f"model {model.name}"
        study = with_coder(study, name, answers(model, study).codes(list(study.places)))
        labels = [label for label in (labels or study.labels) if label in model.labels]
        if not labels:
            raise InputError(
                "the model knows none of the labels that were coded; `relcomm labels` lists the known ones"
            )
    rows = turn_rows(study, labels=labels, model=name, draws=options.draws)
    rates = rate_rows(study, labels=labels, model=name, draws=options.draws)
    remarks = [*study.remarks, *left_out(study, labels)]
    found = {"rows": [row.to_dict() for row in rows], "rates": [row.to_dict() for row in rates], "remarks": remarks}
    return _print(found, lambda: agreement_table(rows, rates, remarks), as_json=options.json)


# validate ------------------------------------------------------------------------------------------------------------


def _add_validate(commands: Any) -> Parser:
    text = (
        "Validate the model on turns that you coded, before you trust it. Figures a label with intervals, and in words what\n"
        "they allow: point at single turns, compare rates, or neither.\n\n"
        f"{_FILES}\n\n"
        "One of the files must hold the turns' text. With several coders the model is held against their majority, against\n"
        "each, and against how far they agree with each other. The rules behind the words: docs/research.md."
    )
    command = command_of(commands, "validate", _validate, text)
    _add_files(command)
    command.add_argument(
        "--draws", type=draws_of, default=1000, metavar="N", help="draws for the intervals (default: 1000)"
    )
    model_option(command)
    return command


def _validate(options: argparse.Namespace) -> int:
    from relcomm.research.tables import validation_table
    from relcomm.research.validation import validate

    study = _study(options)
    found = validate(study, options.load(options).model, labels=_labels(options), draws=options.draws)
    return _print(found.to_dict(), lambda: validation_table(found), as_json=options.json)


# sequences -----------------------------------------------------------------------------------------------------------


def _add_sequences(commands: Any) -> Parser:
    text = (
        "Say what follows what in coded conversations, beyond chance. Counts, adjusted residuals, Yule's Q, kappa, p by the\n"
        "normal curve and by shuffling, tests of homogeneity and stationarity (O'Connor 1999).\n\n"
        f"{_FILES}"
    )
    command = command_of(commands, "sequences", _sequences, text)
    _add_files(command)
    command.add_argument(
        "--codes",
        type=_names,
        default=[],
        metavar="A,B",
        help="tell these apart, the first that a turn has; the rest is 'other'",
    )
    command.add_argument(
        "--lag", type=draws_of, default=1, metavar="N", help="so many turns later (default: 1, the next)"
    )
    command.add_argument("--no-repeats", action="store_true", help="the same code several times in a row counts once")
    command.add_argument("--by-speaker", action="store_true", help="who speaks is part of the code")
    command.add_argument("--answers", action="store_true", help="count only steps from one speaker to another")
    command.add_argument(
        "--draws",
        type=draws_of,
        default=2000,
        metavar="N",
        help="shuffles, where p is not counted out exactly (default: 2000)",
    )
    model_option(command, default=None)
    return command


def _sequences(options: argparse.Namespace) -> int:
    from relcomm.research.coded import label_named, with_coder
    from relcomm.research.steps import Plan, steps_of
    from relcomm.research.tables import sequence_table

    study = _study(options)
    coder = next(iter(study.coders), "")
    if options.model is not None:
        from relcomm.research.validation import answers

        model = options.load(options).model
        coder = f"model {model.name}"
        study = with_coder(study, coder, answers(model, study).codes(list(study.places)))
    elif len(study.coders) != 1:
        raise InputError(f"there are {len(study.coders)} coders: name the one to take with --coders, or a --model")
    plan = Plan(
        tuple(label_named(name) for name in options.codes or options.labels or ()),
        lag=options.lag,
        repeats=not options.no_repeats,
        by_speaker=options.by_speaker,
        answers=options.answers,
        draws=options.draws,
    )
    steps = steps_of(study, coder, plan)
    return _print(steps.to_dict(), lambda: sequence_table(steps), as_json=options.json)

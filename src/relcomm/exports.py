"""The files that ``relcomm analyze --out`` writes for other programs, each whole or not at all."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from relcomm.errors import InputError, ReadError
from relcomm.streams import called, is_input, try_page, unfit, write_page

if TYPE_CHECKING:
    from relcomm.placing import Content
    from relcomm.types import Analysis

Out = tuple[str, str | None]
"""The name of a file, and its format where one was named."""


# Here, and not asked of the writers, which would make every command start later.
_FORMATS = (
    *("jsonl", "csv", "csv:exact", "wide", "wide:turn", "wide:10s", "sdis", "sdis:event", "convokit (a folder)"),
    *("qdc", "qdpx", "qdpx:utf16", "textgrid", "eaf", "parquet", "sav"),
)


class _OutAction(argparse.Action):
    """Collects files; ``--out-format`` belongs to the ``--out`` before it."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option_string: str | None = None
    ) -> None:
        outs: list[Out] = list(namespace.out)
        if option_string == "--out":
            outs.append((values, None))
        elif not outs or outs[-1][1] is not None:
            parser.error("--out-format belongs to an --out before it")
        else:
            outs[-1] = (outs[-1][0], values)
        namespace.out = outs


def out_options(command: argparse.ArgumentParser) -> None:
    """Let a command take ``--out`` and ``--out-format``, several times."""
    command.add_argument(
        "--out",
        action=_OutAction,
        default=[],
        metavar="FILE",
        help="also write the turns and labels to FILE, in the format its ending names; may be given several times",
    )
    command.add_argument(
        "--out-format",
        action=_OutAction,
        dest="out",
        type=_format,
        default=argparse.SUPPRESS,
        metavar="NAME",
        help=f"the format of the --out before it: {', '.join(_FORMATS)}. In csv and wide, which are meant for Excel, "
        "cells that look like formulas begin with an apostrophe; csv:exact leaves them alone",
    )


def _format(text: str) -> str:
    from relcomm.writers import formats

    if text not in formats():
        raise argparse.ArgumentTypeError(f"there is no such format; take one of {', '.join(formats())}")
    return text


def check_outputs(outs: Sequence[Out], transcript: str | int) -> str:
    """Why these files cannot be written; the empty string if they can. Raises `ReadError` and `MissingExtraError`."""
    from relcomm.writers import FOLDERS, chosen

    for n, (name, wanted) in enumerate(outs):
        try:
            writer, _ = chosen(name, wanted)
        except InputError as error:
            return f"--out: {error}"
        if writer in FOLDERS:
            if os.path.lexists(name):
                return "--out: there is something of this name already; this format is a folder, give it a new name"
        elif problem := unfit(name, transcript):
            return f"{called(name, '--out')}: {problem}"
        if any(os.path.realpath(name) == os.path.realpath(other) for other, _ in outs[:n]):
            return "--out: two of the files are the same"
        try_page(name, "--out")
    return ""


def write_outputs(outs: Sequence[Out], analysis: Analysis, transcript: str | None) -> Iterator[tuple[str, bool]]:
    """Write each file: what to say of it, and whether it is there. One that fails must not take the others with it."""
    from relcomm.writers import render

    for name, wanted in outs:
        try:
            page = render(analysis, name, format=wanted, source=None if is_input(transcript) else transcript)
        except ReadError as error:
            yield str(error), False
        except InputError as error:
            yield f"--out: {error}", False
        else:
            yield written(name, page.content, "--out", page.remarks)


def written(name: str, content: str | Content, argument: str, remarks: Sequence[str] = ()) -> tuple[str, bool]:
    """Put a file in place: what to say of it, and whether it is there. The analysis must not be lost with it."""
    try:
        write_page(name, content, argument)
    except ReadError as error:
        return str(error), False
    return "; ".join([f"written: {called(name, argument)}", *remarks]), True

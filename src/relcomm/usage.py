"""How the command line takes its arguments, and what it says of those that it cannot take."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Collection
from typing import Any, NoReturn


class Parser(argparse.ArgumentParser):
    """One that does not repeat what was typed: that may be a draft without its quotes. ``hint`` says what to do."""

    hint = "see --help"
    _REPEATS = re.compile(
        r"(unrecognized arguments|ambiguous option|invalid (?:choice|\w+ value)|ignored explicit).*", re.DOTALL
    )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end with exit code 2."""
        super().error(self._REPEATS.sub(rf"\1; {self.hint}", message))


def command_of(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> Parser:
    """A new command, described by ``text``; its first sentence stands in the list of commands."""
    command: Parser = commands.add_parser(
        name,
        help=text.split(". ", maxsplit=1)[0],
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run, parser=command)
    return command


def model_option(command: argparse.ArgumentParser, default: str | None = "base") -> None:
    """Let a command take ``--model`` and ``--prior``; without a ``default`` it works without a model, too."""
    command.add_argument(
        "--model",
        default=default,
        metavar="NAME",
        help=f"a bundled model or a model folder (default: {default or 'none'})",
    )
    command.add_argument(
        "--prior",
        metavar="NAME",
        help="what talk to expect: everyday (attacks are rare) or conflict (default: as the model was calibrated)",
    )


def draws_of(text: str) -> int:
    """A whole number from 1 on, for an option."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on, please")
    return int(text)


def format_option(command: argparse.ArgumentParser, what: str) -> None:
    """Let a command take ``--format``, the format of ``what``."""
    command.add_argument(
        "--format",
        type=_format,
        metavar="NAME",
        help=f"how to read {what}: name_text, whatsapp, whatsapp:dmy (day first), whatsapp:mdy (month first), telegram, "
        "signal, imessage, messenger (Instagram, too), discord, sms, jsonl, csv, parquet, srt, webvtt, meeting (Zoom, Otter), "
        "whisper, talkbank (CHAT), textgrid, elan, docx or convokit. Behind telegram:, signal: and sms: may stand whose "
        "chat it is, behind csv:, jsonl: and parquet: which column is what: csv:text=Body,speaker=From, behind textgrid: "
        "and elan: which tiers are read",
    )


def stranger(me: str, speakers: Collection[str], where: str) -> str:
    """What is wrong with ``--me``, a name that none of these speakers has; the empty string if nothing is."""
    if not me or (me.strip() and me in speakers):
        return ""
    names = sum(bool(name.strip()) for name in speakers)
    few = "1 person speaks" if names == 1 else f"{names} people speak"
    return f"--me: nobody goes by this name in the {where}, where {few}; write it as the {where} does"


def _format(text: str) -> str:
    from relcomm.readers import READERS, takes

    name, colon, option = text.partition(":")
    if name not in READERS or (colon and not takes(name, option)):
        raise argparse.ArgumentTypeError(f"there is no such format; see --help, or take one of {', '.join(READERS)}")
    return text

"""Transcripts of many kinds, read into one shape: a `Conversation` that accounts for every line of the file.

`READERS` lists the formats. A reader is a module with ``sniff(sample) -> float`` (how much the beginning of a
file looks like its format, from 0 to 1; from `SURE` on it is taken) and ``parse(lines) -> Conversation``
(``lines`` keep their line ends), or, where files of any size can be read turn by turn, ``stream(lines) -> Running`` in
its place. What else a reader may say of itself:

- ``OPTIONS``: ways to read it that the caller may choose; the choice is the second argument of ``parse``.
- ``CHOOSES``: that the choice is free text, and what of, such as one chat of many.
- ``PIECES = True``: ``parse`` takes pieces of any length, for its files may be one long line.
- ``TWICE = True``: the lines are gone through twice, once to learn and once to read.
- ``MAGIC``: the first bytes of its files, which are no text; ``parse`` takes a binary file.
- ``FOLDER``: the files that make up one conversation where they lie in a folder, as `fnmatch` writes it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType, ModuleType
from typing import IO, Any

from relcomm.errors import ReadError
from relcomm.readers import (
    convokit,
    csv,
    discord,
    docx,
    elan,
    imessage,
    jsonl,
    meeting,
    messenger,
    name_text,
    parquet,
    signal,
    sms,
    srt,
    talkbank,
    telegram,
    textgrid,
    webvtt,
    whatsapp,
    whisper,
)
from relcomm.readers.folders import files_of, joined
from relcomm.readers.ledger import Ending, Running
from relcomm.readers.sources import Text, name_of, text_of
from relcomm.types import Conversation, ReadReport, Turn, Utterance, turns_of

__all__ = ["READERS", "Stream", "read", "stream"]

READERS: Mapping[str, ModuleType] = MappingProxyType(
    {
        "csv": csv,
        "parquet": parquet,
        "jsonl": jsonl,
        "name_text": name_text,
        "whatsapp": whatsapp,
        "telegram": telegram,
        "signal": signal,
        "imessage": imessage,
        "messenger": messenger,
        "discord": discord,
        "sms": sms,
        "srt": srt,
        "webvtt": webvtt,
        "meeting": meeting,
        "whisper": whisper,
        "talkbank": talkbank,
        "textgrid": textgrid,
        "elan": elan,
        "docx": docx,
        "convokit": convokit,
    }
)
SAMPLE_CHARACTERS = 65_536
SURE = 0.5
_BY_SUFFIX = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
# How JSON and XML begin: what is none of their kinds leads to an error that says what is wrong with the file.
_BY_OPENING = {"jsonl": re.compile(r"\{|\[\s*[\[{\"]"), "sms": re.compile(r"<[?!a-zA-Z]")}


def read(source: str | os.PathLike[str] | IO[Any], *, format: str | None = None) -> Conversation:  # noqa: A002
    r"""The conversation in a transcript, with a report of what became of each of its lines.

    ``source`` is a path or an open file, text or binary (``sys.stdin`` too), or the path of a folder as Messenger,
    Signal and others write it. The format is found by looking at the beginning; ``format`` names it instead: a key
    of `READERS`, where WhatsApp exports may add the order of day and month, ``"whatsapp:dmy"`` or
    ``"whatsapp:mdy"``, and files of many chats which one, ``"sms:Ben"``. Text must be UTF-8, or UTF-16 with its
    mark. Raises `ReadError` for anything that cannot be read without guessing.

    >>> import io
    >>> talk = read(io.StringIO("Ann: Can we talk tonight?\nBen: Sure, after dinner."))
    >>> talk.speakers, talk.report.format
    (('Ann', 'Ben'), 'name_text')
    """
    said = stream(source, format=format)
    utterances = tuple(said)
    return Conversation(utterances, id=said.id, report=said.report)


def stream(source: str | os.PathLike[str] | IO[Any], *, format: str | None = None) -> Stream:  # noqa: A002
    r"""The turns of a transcript one by one, as they are read: for files too large to be held.

    Of tables, JSON lines and WhatsApp exports no more than a little is held at a time; other formats are read whole
    first, and so is WhatsApp from what cannot be searched, as a pipe. What is wrong with a file may show only when
    earlier turns are already out. Everything else is as in `read`.

    >>> import io
    >>> talk = stream(io.StringIO('{"speaker": "Ann", "text": "Home?"}\n{"speaker": "Ben", "text": "Soon."}'))
    >>> [said.text for said in talk], talk.report.messages
    (['Home?', 'Soon.'], 2)
    """
    return Stream(_said(source, _named(format)))


class Stream(Iterator[Utterance]):
    """Turns one by one. When all are out, ``report`` tells what became of the lines, and ``id`` is the conversation's."""

    def __init__(self, said: Running) -> None:
        self.report: ReadReport | None = None
        self.id = ""
        self._said = self._followed(said)

    def __next__(self) -> Utterance:
        return next(self._said)

    def turns(self) -> Iterator[Turn]:
        """Each with up to `CONTEXT_TURNS` before it, as `Conversation.turns` gives them: what `Analyzer.label` takes."""
        return turns_of(self)

    def close(self) -> None:
        """Let go of the file before its end."""
        self._said.close()

    def _followed(self, said: Running) -> Generator[Utterance, None, None]:
        self.report, self.id = yield from said


def _said(source: str | os.PathLike[str] | IO[Any], named: tuple[str, tuple[str, ...]]) -> Running:
    if files := files_of(source, {name: getattr(reader, "FOLDER", "") for name, reader in READERS.items()}):
        parts = [Stream(_read(file, named)) for file in files]
        ending = yield from _whole(joined([Conversation(tuple(part), part.id, part.report) for part in parts]))
    else:
        ending = yield from _read(source, named)
    if not ending.report.messages:
        problem = (
            f"read as {ending.report.format}, this holds no messages; if it is another format, name it: {_formats()}"
        )
        raise ReadError(problem, source=name_of(source))
    return ending


def _read(source: str | os.PathLike[str] | IO[Any], named: tuple[str, tuple[str, ...]]) -> Running:
    name, option = named
    where = name_of(source)
    try:
        with text_of(source) as text:
            reader = READERS[name or _by_magic(text) or _sniffed(_sample(text), where)]
            given = _given(text, reader)
            streams = hasattr(reader, "stream")
            return (yield from reader.stream(given, *option) if streams else _whole(reader.parse(given, *option)))
    except ReadError as error:
        raise ReadError(error.problem, source=where, line=error.line) from None


def _whole(conversation: Conversation) -> Running:
    yield from conversation.utterances
    assert conversation.report
    return Ending(conversation.report, conversation.id)


def takes(name: str, option: str) -> bool:
    """Whether the format takes this word behind its name: one of its options, or any where the choice is free."""
    reader = READERS[name]
    return option in getattr(reader, "OPTIONS", ()) or bool(option.strip() and getattr(reader, "CHOOSES", ""))


def _named(wanted: str | None) -> tuple[str, tuple[str, ...]]:
    if wanted is None:
        return "", ()
    name, colon, option = wanted.partition(":")
    if name not in READERS:
        raise ReadError(f"there is no such format; the formats are {_formats()}")
    if colon and not takes(name, option):
        options: Mapping[str, str] = getattr(READERS[name], "OPTIONS", {})
        free = getattr(READERS[name], "CHOOSES", "")
        ways = [f"{name}:{key} ({meaning})" for key, meaning in options.items()] + [f"{name}: and {free}"] * bool(free)
        raise ReadError(
            f"{name} can be read as {', '.join(ways)}" if ways else f"{name} takes nothing after its name; leave it out"
        )
    return name, (option,) if option else ()


def _formats() -> str:
    return f'{", ".join(READERS)} (--format csv at the command line, format="csv" in Python)'


def _given(text: Text, reader: ModuleType) -> Any:
    if hasattr(reader, "MAGIC"):
        return text.binary()
    if getattr(reader, "TWICE", False):
        return text.again()
    return text.pieces() if getattr(reader, "PIECES", False) else text.lines()


def _by_magic(text: Text) -> str:
    magic = {name: reader.MAGIC for name, reader in READERS.items() if hasattr(reader, "MAGIC")}
    return next((name for name, first in magic.items() if text.head.startswith(first)), "")


def _sample(text: Text) -> str:
    """The beginning of the file."""
    sample = text.sample(SAMPLE_CHARACTERS).lstrip()
    if not sample:
        raise ReadError("the file is empty; export or save the transcript again")
    # A line cut short would be unlike the others.
    whole = sample[:SAMPLE_CHARACTERS].rpartition("\n")[0] if len(sample) > SAMPLE_CHARACTERS else sample
    return whole or sample[:SAMPLE_CHARACTERS]


def _sniffed(sample: str, where: str) -> str:
    scores = {name: float(reader.sniff(sample)) for name, reader in READERS.items()}
    best = max(scores, key=scores.__getitem__)
    if scores[best] >= SURE:
        return best
    # The name's ending is weak evidence, but it leads to an error that says what is wrong with the file.
    by_suffix = _BY_SUFFIX.get(PurePath(where).suffix.lower(), "")
    by_opening = next((name for name, opening in _BY_OPENING.items() if opening.match(sample)), "")
    if by_suffix or by_opening:
        return by_suffix or by_opening
    problem = "this is none of the formats that are recognised (a table needs a first row such as speaker,text); "
    raise ReadError(f"{problem}if it is one of them, name it: {_formats()}")

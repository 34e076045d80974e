"""Transcripts of many kinds, read into one shape: a `Conversation` that accounts for every line of the file.

`READERS` lists the formats. A reader is a module with ``sniff(sample) -> float`` (how much the beginning of a
file looks like its format, from 0 to 1; from `SURE` on it is taken) and ``parse(lines) -> Conversation``
(``lines`` keep their line ends). One that lets the caller choose how to read says so in ``OPTIONS`` and takes
the choice as the second argument of ``parse``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import PurePath
from types import MappingProxyType, ModuleType
from typing import IO, Any

from relcomm.errors import ReadError
from relcomm.readers import csv, jsonl, name_text, whatsapp
from relcomm.readers.sources import lines_of, name_of
from relcomm.types import Conversation

__all__ = ["READERS", "read"]

READERS: Mapping[str, ModuleType] = MappingProxyType(
    {"csv": csv, "jsonl": jsonl, "name_text": name_text, "whatsapp": whatsapp}
)
SAMPLE_CHARACTERS = 65_536
SURE = 0.5
_BY_SUFFIX = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def read(source: str | os.PathLike[str] | IO[Any], *, format: str | None = None) -> Conversation:  # noqa: A002
    r"""The conversation in a transcript, with a report of what became of each of its lines.

    ``source`` is a path or an open file, text or binary (``sys.stdin`` too). The format is found by looking
    at the beginning; ``format`` names it instead: a key of `READERS`, where WhatsApp exports may add the
    order of day and month, ``"whatsapp:dmy"`` or ``"whatsapp:mdy"``. Bytes must be UTF-8, or UTF-16 with its
    mark. Raises `ReadError` for anything that cannot be read without guessing.

    >>> import io
    >>> talk = read(io.StringIO("Ann: Can we talk tonight?\nBen: Sure, after dinner."))
    >>> talk.speakers, talk.report.format
    (('Ann', 'Ben'), 'name_text')
    """
    name, option = _named(format)
    where = name_of(source)
    try:
        with lines_of(source) as incoming:
            sample, lines = _sampled(incoming)
            reader = name or _sniffed(sample, where)
            conversation: Conversation = READERS[reader].parse(lines, *option)
    except ReadError as error:
        raise ReadError(error.problem, source=where, line=error.line) from None
    if not conversation.utterances:
        problem = f"read as {reader}, this holds no messages; if it is another format, name it: {_formats()}"
        raise ReadError(problem, source=where)
    return conversation


def _named(wanted: str | None) -> tuple[str, tuple[str, ...]]:
    if wanted is None:
        return "", ()
    name, colon, option = wanted.partition(":")
    if name not in READERS:
        raise ReadError(f"there is no such format; the formats are {_formats()}")
    options: Mapping[str, str] = getattr(READERS[name], "OPTIONS", {})
    if colon and option not in options:
        choices = ", ".join(f"{name}:{key} ({meaning})" for key, meaning in options.items())
        raise ReadError(f"{name} can be read as {choices}" if choices else f"{name} takes nothing after its name")
    return name, (option,) if option else ()


def _formats() -> str:
    return f'{", ".join(READERS)} (--format csv at the command line, format="csv" in Python)'


def _sampled(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """The beginning of the file, and all of its lines again."""
    taken: list[str] = []
    size = 0
    for line in lines:
        taken.append(line)
        size += len(line.strip())
        if size >= SAMPLE_CHARACTERS:
            break
    if not size:
        raise ReadError("the file is empty")
    sample = "".join(taken).lstrip()
    # A line cut short would be unlike the others.
    whole = sample[:SAMPLE_CHARACTERS].rpartition("\n")[0] if len(sample) > SAMPLE_CHARACTERS else sample
    return whole or sample[:SAMPLE_CHARACTERS], chain(taken, lines)


def _sniffed(sample: str, where: str) -> str:
    scores = {name: float(reader.sniff(sample)) for name, reader in READERS.items()}
    best = max(scores, key=scores.__getitem__)
    if scores[best] >= SURE:
        return best
    # The name's ending is weak evidence, but it leads to an error that says what is wrong with the file.
    by_suffix = _BY_SUFFIX.get(PurePath(where).suffix.lower(), "")
    if by_suffix:
        return by_suffix
    problem = "this is none of the formats that are recognised (a table needs a first row such as speaker,text); "
    raise ReadError(f"{problem}if it is one of them, name it: {_formats()}")

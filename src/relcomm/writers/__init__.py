"""Analyses written for other programs: tables, corpora, and files of the tools that researchers code with.

`WRITERS` lists the formats. A writer is a module with ``SUFFIX`` (how its files are called) and
``render(analysis) -> Page``. One that lets the caller choose says so in ``OPTIONS`` and takes the choice as the second
argument; one that adds to a file that is there, the file that was read, has ``ADDS`` and takes its bytes as ``source``;
one that needs a library has ``check()``, which raises `MissingExtraError`.

What a format cannot hold is never left out in silence: a character becomes a visible sign, one for one, and a remark
says so. ``jsonl`` holds everything. No format but the report has room for the word about safety: where there is one, a
remark points to it, and so does the file, if it has a place for a sentence.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from types import MappingProxyType, ModuleType
from typing import Any

from relcomm.errors import InputError, ReadError
from relcomm.placing import place
from relcomm.types import POINTER, Analysis
from relcomm.writers import convokit, csv, eaf, jsonl, parquet, qdc, qdpx, sav, sdis, textgrid, wide
from relcomm.writers.page import Page

__all__ = ["FOLDERS", "WRITERS", "Page", "chosen", "formats", "render", "write"]

WRITERS: Mapping[str, ModuleType] = MappingProxyType(
    {"jsonl": jsonl, "csv": csv, "wide": wide, "sdis": sdis, "convokit": convokit, "qdc": qdc, "qdpx": qdpx}
    | {"textgrid": textgrid, "eaf": eaf, "parquet": parquet, "sav": sav}
)
FOLDERS = frozenset([convokit])
"""The writers of a folder, not a file."""


def write(
    analysis: Analysis,
    target: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
    source: str | os.PathLike[str] | None = None,
) -> tuple[str, ...]:
    """Write an analysis to a file, whole or not at all; sentences that whoever gets the file should know.

    The format goes by the file's ending unless ``format`` names it: a key of `WRITERS`, some with a choice, as in
    ``"csv:exact"``. ``source`` is the file the conversation was read from: an .eaf is given back with tiers added.
    Raises `InputError` for a format that is not there and what cannot be written in one, and `ReadError` where no
    file can be put.
    """
    page = render(analysis, os.fspath(target), format=format, source=source)
    try:
        place(target, page.content)
    except OSError as error:
        raise ReadError(f"cannot be written ({error.strerror})", source=PurePath(target).name) from None
    return page.remarks


def render(
    analysis: Analysis,
    name: str,
    *,
    format: str | None = None,  # noqa: A002
    source: str | os.PathLike[str] | None = None,
) -> Page:
    """What `write` would write to a file of this name."""
    writer, option = chosen(name, format)
    given: dict[str, Any] = {}
    if hasattr(writer, "ADDS") and source is not None and PurePath(source).suffix.lower() == writer.SUFFIX.lower():
        try:
            given["source"] = Path(source).read_bytes()
        except OSError as error:
            raise ReadError(f"cannot be opened ({error.strerror})", source=PurePath(source).name) from None
    page: Page = writer.render(analysis, *option, **given)
    return replace(page, remarks=(*page.remarks, POINTER)) if analysis.safety else page


def chosen(name: str, format: str | None = None) -> tuple[ModuleType, tuple[str, ...]]:  # noqa: A002
    """The writer for a file of this name, and the choice made for it. Raises `InputError` and `MissingExtraError`."""
    wanted, colon, option = (format or _by_suffix(name)).partition(":")
    if wanted not in WRITERS:
        raise InputError(f"there is no such format to write; the formats are {', '.join(formats())}")
    writer = WRITERS[wanted]
    options: Mapping[str, str] = getattr(writer, "OPTIONS", {})
    if colon and option not in options:
        choices = ", ".join(f"{wanted}:{key} ({meaning})" for key, meaning in options.items())
        raise InputError(
            f"{wanted} can be written as {choices}" if choices else f"{wanted} takes nothing after its name"
        )
    if hasattr(writer, "check"):
        writer.check()
    return writer, (option,) if option else ()


def formats() -> tuple[str, ...]:
    """Every name that ``format`` takes."""
    return tuple(
        each
        for name, writer in WRITERS.items()
        for each in (name, *(f"{name}:{o}" for o in getattr(writer, "OPTIONS", {})))
    )


def _by_suffix(name: str) -> str:
    suffix = PurePath(name).suffix.lower()
    found = next((key for key, writer in WRITERS.items() if writer.SUFFIX.lower() == suffix), None)
    if found is None:
        raise InputError(f"the file's ending names no format; name one of {', '.join(formats())}")
    return found

"""A coder's file as rows of named cells: JSON lines, or a table with commas, semicolons or tabs between its cells."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePath
from typing import Any

from relcomm.errors import ReadError
from relcomm.readers.sources import lines_of, name_of

Cells = dict[str, Any]
_SEPARATORS = ("\t", ";", ",")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file, each with the number of its line, and the names of its columns in order.

    ``coder`` is what its coder is called, and ``part`` its conversation, where the file does not say.
    """

    source: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Cells], ...] = field(repr=False)
    coder: str = ""
    part: str = ""

    def named(self, *names: str) -> str | None:
        """The first column known by one of some names; case, spaces, ``-`` and ``_`` do not matter."""
        there = {plain(column): column for column in reversed(self.columns)}
        return next((there[plain(name)] for name in names if plain(name) in there), None)


def plain(name: str) -> str:
    """A name without what people write differently: case, spaces, ``-`` and ``_``."""
    return "".join(c for c in name.casefold() if c not in " \t-_")


def read_sheets(paths: Sequence[str | os.PathLike[str]]) -> list[Sheet]:
    """The coders' files. A coder goes by the name of the file; a folder is one coder, with a conversation a file.

    Raises `ReadError` with the file and, where it is known, the line.
    """
    names = [Path(path).name if Path(path).is_dir() else PurePath(path).stem for path in paths]
    found: list[Sheet] = []
    for n, (path, name) in enumerate(zip(paths, names, strict=True), 1):
        coder = name if names.count(name) == 1 else f"{name} {n}"
        files = sorted(file for file in Path(path).iterdir() if file.is_file()) if Path(path).is_dir() else []
        if Path(path).is_dir() and not files:
            raise ReadError("there is no file in this folder", source=name_of(path))
        found += [read_sheet(file, coder=coder, part=file.stem) for file in files] or [read_sheet(path, coder=coder)]
    return found


def read_sheet(path: str | os.PathLike[str], *, coder: str = "", part: str = "") -> Sheet:
    """The rows of one file. Raises `ReadError` with the file and, where it is known, the line."""
    source = name_of(path)
    try:
        with lines_of(path) as lines:
            numbered = enumerate(lines, 1)
            start = next(((n, line) for n, line in numbered if line.strip()), None)
            if start is None:
                raise ReadError("the file is empty; export or save the codes again")
            whole = chain([start], numbered)
            rows = tuple(_objects(whole) if start[1].lstrip().startswith("{") else _table(whole))
    except ReadError as error:
        raise ReadError(error.problem, source=source, line=error.line) from None
    if not rows:
        raise ReadError("the file has a first row and nothing after it", source=source)
    return Sheet(source, tuple(dict.fromkeys(key for _, row in rows for key in row)), rows, coder, part)


def _objects(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, Cells]]:
    for n, line in lines:
        if not line.strip():
            continue
        row = None
        with suppress(ValueError, RecursionError):  # raised below: these errors hold the line
            row = json.loads(line)
        if not isinstance(row, dict):
            raise ReadError("not a JSON object", line=n)
        yield n, row


def _table(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, Cells]]:
    start, head = next(lines)
    at = [start]

    def text() -> Iterator[str]:
        for n, line in lines:
            at[0] = n
            yield line

    separator = max(_SEPARATORS, key=lambda s: len(next(csv.reader([head], delimiter=s), [])))
    reader = csv.reader(chain([head], text()), delimiter=separator, strict=True, skipinitialspace=True)
    try:
        columns = [cell.strip() for cell in next(reader)]
        if twice := len(columns) - len(set(columns)) - max(0, columns.count("") - 1):
            raise ReadError(f"{twice} name(s) of columns stand there twice", line=start)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if any(cell.strip() for cell in cells[len(columns) :]):
                raise ReadError("this row has more cells than the first one has names", line=at[0])
            values = [cell.strip() for cell in cells] + [""] * (len(columns) - len(cells))
            yield at[0], {name: value for name, value in zip(columns, values, strict=False) if name}
    except csv.Error:
        problem = "the quotes do not match from here on; double those inside a cell, and put quotes around it"
        raise ReadError(problem, line=at[0]) from None

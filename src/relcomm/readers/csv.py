"""Tables of turns, one a row: CSV with commas or semicolons, and tab-separated text.

The first row names the columns, by any of the names in `relcomm.readers.fields.FIELDS`; others are left alone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from relcomm.errors import ReadError
from relcomm.readers.discord import HEADER as DISCORD
from relcomm.readers.fields import (
    CHOOSES,
    Clock,
    OneConversation,
    check_found,
    find_fields,
    joined,
    looked_for,
    mapped,
)
from relcomm.readers.ledger import Ledger, Running
from relcomm.types import Utterance

__all__ = ["CHOOSES", "sniff", "stream"]

_ALONE = frozenset(("text", "message", "utterance"))
_SEPARATORS = (",", ";", "\t", "|")


class _Row(NamedTuple):
    cells: list[str]
    first: int
    last: int


class _Counted:
    """Lines, with the number of the one last given: a row can span many."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.number = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        return line


def sniff(sample: str) -> float:
    """How much this looks like a table: whether its first row names a column for the text, among others."""
    lines = [line for line in sample.splitlines() if line.strip()]
    if lines and _declared(lines[0]):
        return 0.95
    if not lines:
        return 0.0
    names = _cells(lines[0], _separator(lines[0]))
    if tuple(names[: len(DISCORD)]) == DISCORD:
        # It has a reader of its own, which knows what is no message.
        return 0.0
    if len(names) > 1:
        return 0.95 if "text" in find_fields(names) else 0.0
    # Barely: it may also be the title of a typed transcript.
    return 0.5 if len(lines) > 1 and lines[0].strip().casefold() in _ALONE else 0.0


def stream(lines: Iterable[str], columns: str = "") -> Running:
    """The turns, one a row; the row with the columns' names is counted as a notice.

    ``columns`` says which column is what, as in ``text=Body,speaker=From``. Raises `ReadError` with the line of a row
    that does not fit the header, and, where no column holds the text, with the names that are looked for.
    """
    ledger, clock, one = Ledger("csv"), Clock(), OneConversation()
    wanted = mapped(columns)
    counted = _Counted(lines)
    table = _rows(counted, ledger)
    header = next(table, None)
    if header is None:
        raise ReadError("this table has no rows; write a first row such as speaker,text and the turns below it")
    places = _places(header, wanted)
    ledger.note("system", *range(header.first, header.last + 1))

    def turns() -> Iterator[Utterance]:
        for row in table:
            _check_width(row, len(header.cells))
            yield _turn(row, places, (ledger, clock, one))
            ledger.spoken += row.last - row.first + 1

    numbered = header.cells[places["text"]].casefold() == "line"
    for turn in _not_numbers(turns(), header.first) if numbered else turns():
        yield ledger.enter(turn)
    clock.report(ledger)
    return ledger.end(counted.number, id=one.id)


def _places(header: _Row, wanted: dict[str, str]) -> dict[str, int]:
    """Which column holds which field. Raises `ReadError` where none holds the text."""
    found = find_fields(header.cells, wanted)
    check_found(found, wanted, header.first)
    if "text" not in found:
        problem = (
            f"no column of the first row holds the text; looked for {looked_for('text')}: "
            "name the column with the words text, and the one with who says them speaker"
        )
        raise ReadError(problem, line=header.first)
    return {field: header.cells.index(name) for field, name in found.items()}


def _not_numbers(turns: Iterator[Utterance], header: int) -> Iterator[Utterance]:
    """What stands in a column called "line", if it is the lines of a play, and not the numbers of lines."""
    held: list[Utterance] = []
    for turn in turns:
        held.append(turn)
        if not turn.text.isdecimal():
            yield from held
            yield from turns
            return
    if held:
        problem = "the column taken for the text holds nothing but numbers; name the column with the words text"
        raise ReadError(problem, line=header)


def _declared(line: str) -> str:
    """The separator that a table by Excel declares in its first line, as in ``sep=;``."""
    line = line.strip("\r\n")
    return line[4:] if line.startswith("sep=") and line[4:] in _SEPARATORS else ""


def _separator(line: str) -> str:
    """The separator that lets the header name the most fields; a comma where none does."""
    return max(_SEPARATORS, key=lambda s: (len(find_fields(cells := _cells(line, s))), len(cells)))


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []


def _rows(lines: _Counted, ledger: Ledger) -> Iterator[_Row]:
    opening = _skip_blank(lines, ledger)
    separator = _declared(opening)
    if separator:
        ledger.note("system", lines.number)
        opening = _skip_blank(lines, ledger)
    if not opening:
        return
    first = lines.number
    rest = chain([opening], lines)
    # Strict, since a quote left open would otherwise swallow the rest of the table without a word.
    reader = csv.reader(rest, delimiter=separator or _separator(opening), strict=True, skipinitialspace=True)
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise ReadError(_problem(error), line=first) from None
        if any(cells):
            yield _Row(cells, first, lines.number)
        else:
            ledger.blank += lines.number - first + 1
        first = lines.number + 1


def _problem(error: csv.Error) -> str:
    if "limit" in str(error):
        return f"a cell of this row is longer than {csv.field_size_limit()} characters: is a quote left open?"
    return "the quotes do not match from this row on; double those inside a text, and put quotes around it"


def _skip_blank(lines: _Counted, ledger: Ledger) -> str:
    for line in lines:
        if line.strip():
            return line
        ledger.blank += 1
    return ""


def _check_width(row: _Row, width: int) -> None:
    if any(row.cells[width:]):
        problem = "this row has more cells than the header; text that holds the separator must stand in quotes"
        raise ReadError(problem, line=row.first)
    if len(row.cells) < width:
        raise ReadError(
            "this row has fewer cells than the header; put empty ones where some are missing", line=row.first
        )


def _turn(row: _Row, columns: dict[str, int], watch: tuple[Ledger, Clock, OneConversation]) -> Utterance:
    ledger, clock, one = watch
    cell = {field: row.cells[column] for field, column in columns.items()}
    one.check(cell.get("conversation"), row.first)
    return Utterance(
        cell["text"],
        speaker=ledger.name(cell.get("speaker", "")),
        time=clock.read(joined(cell.get("date"), cell.get("time")), row.first),
        id=cell.get("id", ""),
    )

"""Which cells of a table in a document hold who speaks, and what: by the names in its first row, or by how they look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from relcomm.errors import ReadError
from relcomm.readers.fields import find_fields
from relcomm.readers.speakers import likeness

_COUNT = re.compile(r"[\[(#]*\d[\d:.,\s\-–>/]*(?:[AaPp]\.?[Mm]\.?)?[\])]*\Z")
_ASK = "name the columns in the first row of the table: speaker above who speaks, text above the words"


class Columns(NamedTuple):
    """The places of speaker and text; the rows that are headers; and what is to be said of all this."""

    speaker: int | None
    text: int
    width: int
    headers: frozenset[int]
    remarks: tuple[str, ...]

    def read(self, cells: Sequence[str]) -> tuple[str, str]:
        """Who speaks in a row, and the words; nothing where the row has fewer or more cells than the others."""
        if len(cells) != self.width:
            return "", ""
        return cells[self.speaker].strip().rstrip(":").strip() if self.speaker is not None else "", cells[self.text]


def find_columns(rows: Sequence[tuple[int, Sequence[str]]]) -> Columns:
    """The columns of a table, whose rows come with their numbers. Raises `ReadError` where they are open."""
    first = [cell.strip() for cell in rows[0][1]]
    named = find_fields(first)
    if "text" in named:
        headers = frozenset(number for number, cells in rows if [cell.strip() for cell in cells] == first)
        speaker = first.index(named["speaker"]) if "speaker" in named else None
        others = len(first) - 1 - (speaker is not None)
        remarks = ("columns other than speaker and text were left alone",) if others else ()
        return Columns(speaker, first.index(named["text"]), len(first), headers, remarks)
    return _by_looks([cells for _, cells in rows])


def _by_looks(rows: Sequence[Sequence[str]]) -> Columns:
    """Columns without names: numbers and times aside, exactly one of names that come back, and one of words."""
    width = max(map(len, rows))
    table = [cells for cells in rows if len(cells) == width]
    columns = [[cell.strip() for cells in table if (cell := cells[n]).strip()] for n in range(width)]
    counts = [bool(cells) and all(_COUNT.match(cell) for cell in cells) for cells in columns]
    left = [n for n, cells in enumerate(columns) if cells and not counts[n]]
    if len(left) != 2 or len(table) * 2 < len(rows):
        raise ReadError(f"which column of the table holds the words is open; {_ASK}")
    names = [n for n in left if _are_names(columns[n])]
    if len(names) != 1:
        raise ReadError(f"which column of the table says who speaks is open; {_ASK}")
    text = next(n for n in left if n not in names)
    said = f"the table does not name its columns: {names[0] + 1} was taken for who speaks, {text + 1} for the words"
    remarks = (said, "numbers and times in the table were put aside") if any(counts) else (said,)
    return Columns(names[0], text, width, frozenset(), remarks)


def _are_names(cells: Sequence[str]) -> bool:
    bare = [cell.rstrip(":").strip() for cell in cells]
    again = len(set(bare)) * 2 <= len(bare) + 1
    return again and all((likeness(name) or 0) > 1 for name in bare)

"""A tidy CSV, one row a turn, that a spreadsheet opens as it is.

By default the file begins with a byte order mark, without which Excel reads accents wrong, and a cell that a
spreadsheet would take for a formula begins with an apostrophe. To take it away again: from cells that begin with
apostrophes and then one of ``= + - @``, a tab or a line break, remove one apostrophe (`armed`). ``csv:exact`` does neither.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from relcomm.types import Analysis
from relcomm.writers.columns import columns
from relcomm.writers.page import Page, encodable, replaced

SUFFIX = ".csv"
OPTIONS: Mapping[str, str] = MappingProxyType({"exact": "the text as it is, for programs"})
# Full-width signs, too: some spreadsheets take them for the plain ones. Blanks before a sign do not hide it.
_FORMULA = re.compile(
    r"'*\s*[=+\-@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}]"
)


def render(analysis: Analysis, option: str = "") -> Page:
    """One row a turn: id, speaker, time, text, a 0/1 and a probability a label, unsure, flags."""
    table = columns(analysis)
    page = sheet(list(table), zip(*table.values(), strict=True), exact=option == "exact")
    return Page(page.content, (*page.remarks, *replaced(table["text"], map(encodable, table["text"]))))


def sheet(header: Sequence[str], rows: Iterable[Iterable[Any]], *, exact: bool = False) -> Page:
    """A CSV file of these rows. Unless ``exact``, no cell is a formula, and what was done about that is remarked on."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    given: list[str] = []
    for row in rows:
        cells = [encodable(cell) if isinstance(cell, str) else cell for cell in row]
        given += [cell for cell in cells if isinstance(cell, str)]
        writer.writerow(cells if exact else [defused(cell) if isinstance(cell, str) else cell for cell in cells])
    formulas = 0 if exact else sum(defused(cell) != cell for cell in given)
    remark = f"{formulas} cells that a spreadsheet would take for formulas begin with an apostrophe; csv:exact leaves them alone"
    return Page(out.getvalue().encode("utf-8" if exact else "utf-8-sig"), (remark,) * bool(formulas))


def defused(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet might run.

    >>> defused("=1+1"), defused("- no"), defused("no")
    ("'=1+1", "'- no", 'no')
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def armed(cell: str) -> str:
    """The cell as it was before `defused`.

    >>> armed("'=1+1"), armed("'tis")
    ('=1+1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell

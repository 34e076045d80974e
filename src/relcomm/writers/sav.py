"""An SPSS file (.sav), one case a turn: the columns of the tidy CSV, labels as 0 and 1 with value labels "no" and "yes".

Each variable has a label in words. A text is cut into ``text``, ``text_2`` and so on where it is longer than SPSS can hold
(32,767 bytes). SPSS drops blanks at the end of a text, and controls become visible signs; remarks say so. Needs
pyreadstat: ``pip install 'relcomm[spss]'``.
"""

from __future__ import annotations

import os
import tempfile
from itertools import zip_longest
from pathlib import Path
from typing import Any

from relcomm.errors import MissingExtraError
from relcomm.labels import LABELS
from relcomm.types import Analysis
from relcomm.writers.columns import columns, own_names
from relcomm.writers.page import Page, labels_of, printable, replaced
from relcomm.writers.sdis import coded

SUFFIX = ".sav"
LONGEST_NAME = 60
LONGEST_TEXT = 32_000
_NUMBERS = ("turn", "start", "end")
# SPSS takes these for words of its own, whatever their case.
_TAKEN = frozenset(["all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"])
_ABOUT = {
    "turn": "Number of the turn",
    "time": "When it was said (ISO 8601)",
    "unsure": "Labels that may be there",
    "safety": "A word about safety",
}


def check() -> None:
    """Raise `MissingExtraError` if pyreadstat, or the pandas it needs, is not there."""
    for library in ("pandas", "pyreadstat"):
        try:
            __import__(library)
        except ImportError:
            raise MissingExtraError(library, "spss") from None


def render(analysis: Analysis) -> Page:
    """The file, with a label for each variable and the labels' values in words."""
    check()
    import pandas as pd

    given = columns(analysis)
    labels = dict(zip(own_names(labels_of(analysis)), labels_of(analysis), strict=True))
    names = dict(zip(given, coded(tuple(given), set(_TAKEN), LONGEST_NAME), strict=True))
    table: dict[str, Any] = {}
    for name, column in given.items():
        if name in labels or name in _NUMBERS or name.startswith("p_"):
            table[names[name]] = pd.Series(column, dtype="float64")
            continue
        parts = zip_longest(*(_cut(printable(cell or "")) for cell in column), fillvalue="")
        for n, part in enumerate(parts, 1):
            table[names[name] if n == 1 else f"{names[name]}_{n}"] = pd.Series(part, dtype=object)
        table.setdefault(names[name], pd.Series([], dtype=object))
    titles = {names[name]: _title(name, labels) for name in given}
    values = {names[name]: {0.0: "no", 1.0: "yes"} for name in labels}
    texts = given["text"]
    blanks = sum(text.endswith(" ") for text in texts)
    said = (f"{blanks} texts end with blanks, which SPSS drops",) * bool(blanks)
    return Page(_written(pd.DataFrame(table), titles, values), (*said, *replaced(texts, map(printable, texts))))


def _title(name: str, labels: dict[str, str]) -> str:
    own = labels.get(name.removeprefix("p_"))
    if own is None:
        return _ABOUT.get(name, name.capitalize())
    title = LABELS[own].title if own in LABELS else own
    return f"{title}, probability" if name not in labels else title


def _cut(text: str) -> list[str]:
    """The text in parts that SPSS can hold, never within a character, nor after a blank that it would drop."""
    parts = [""]
    size = 0
    for c in text if len(text) * 4 > LONGEST_TEXT else ():
        wide = len(c.encode("utf-8"))
        if size + wide > LONGEST_TEXT and not parts[-1].endswith(" "):
            parts.append("")
            size = 0
        parts[-1] += c
        size += wide
    return parts if parts != [""] else [text]


def _written(table: Any, titles: dict[str, str], values: dict[str, dict[float, str]]) -> bytes:
    """The bytes of the file. The library writes to a path only: memory goes by one where the system lets it."""
    import pyreadstat

    kept: dict[str, Any] = {"column_labels": titles, "variable_value_labels": values}
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        with os.fdopen(os.memfd_create("relcomm"), "rb") as memory:
            pyreadstat.write_sav(table, f"/proc/self/fd/{memory.fileno()}", **kept)
            return memory.read()
    # Elsewhere a folder that nobody else may look into, gone at once.
    with tempfile.TemporaryDirectory() as folder:
        pyreadstat.write_sav(table, str(Path(folder, "out.sav")), **kept)
        return Path(folder, "out.sav").read_bytes()

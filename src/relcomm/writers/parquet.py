"""A Parquet table, one row a turn: the columns of the tidy CSV, and the evidence as a list of spans in each row.

The text is exact; only halves of characters, which no Parquet can hold, become U+FFFD. Times are text in ISO 8601, since
one column cannot hold times with an offset and times without. Needs pyarrow: ``pip install 'relcomm[parquet]'``.
"""

from __future__ import annotations

import io
from typing import Any

from relcomm.errors import MissingExtraError
from relcomm.types import Analysis
from relcomm.writers.columns import columns
from relcomm.writers.jsonl import found_in
from relcomm.writers.page import Page, encodable, replaced

SUFFIX = ".parquet"
_TEXTS = ("conversation", "id", "speaker", "time", "text", "unsure", "flags", "safety")


def check() -> None:
    """Raise `MissingExtraError` if pyarrow is not there."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None


def render(analysis: Analysis) -> Page:
    """The table. Whole numbers are 64 bits, probabilities 64-bit floating point."""
    check()
    import pyarrow as pa
    import pyarrow.parquet as pq

    given = columns(analysis)
    table = {name: [_kept(cell) for cell in column] for name, column in given.items()}
    table["spans"] = [[_span(each) for each in found_in(seen)["spans"]] for seen in analysis.predictions]
    kinds = [pa.field(name, _kind(pa, name)) for name in table]
    out = io.BytesIO()
    pq.write_table(pa.table(table, schema=pa.schema(kinds)), out)
    return Page(out.getvalue(), replaced(given["text"], table["text"]))


def _kind(pa: Any, name: str) -> Any:
    """What a column holds, by its name: the cells do not say where there are none."""
    if name == "spans":
        numbers = [("start", pa.int64()), ("end", pa.int64()), ("weight", pa.float64())]
        return pa.list_(pa.struct([("label", pa.string()), *numbers, ("why", pa.string())]))
    if name in _TEXTS:
        return pa.string()
    return pa.float64() if name in ("start", "end") or name.startswith("p_") else pa.int64()


def _kept(cell: Any) -> Any:
    return encodable(cell) if isinstance(cell, str) else cell


def _span(span: dict[str, Any]) -> dict[str, Any]:
    return {name: _kept(value) for name, value in span.items()}

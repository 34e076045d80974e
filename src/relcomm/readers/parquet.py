"""Parquet tables of turns, one a row, with the columns' names as in `relcomm.readers.fields.FIELDS`. Needs pyarrow."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from typing import IO, Any

from relcomm.errors import MissingExtraError, ReadError
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

__all__ = ["CHOOSES", "MAGIC", "sniff", "stream"]

MAGIC = b"PAR1"
_BATCH = 4096
_SQUEEZED = 150
"""No table of turns is so many times as large as its file."""
_SMALL, _MUCH = 1 << 20, 64 << 20
_ROW = 100
"""What a row counts for besides its words."""
_BOMB = "this Parquet file unpacks to far more than a transcript holds; it is not read: write the turns to a new file"


def sniff(sample: str) -> float:  # noqa: ARG001
    """Nothing: Parquet is no text, and known by its first bytes."""
    return 0.0


def stream(file: IO[bytes], columns: str = "") -> Running:
    """The turns, one a row; ``columns`` says which is what, as in ``text=Body,speaker=From``.

    Raises `ReadError` where no column holds the text, or it is damaged.

    Raises `MissingExtraError` without pyarrow.
    """
    ledger, clock, one = Ledger("parquet", unit="row"), Clock(), OneConversation()
    row = 0
    for row, record in enumerate(_records(file, mapped(columns)), 1):
        text = record["text"]
        if text is None:
            ledger.note("unassigned", row)
            continue
        if not isinstance(text, str):
            raise ReadError(f"the text in row {row} is not a string; write the column with the words as strings")
        _check_one(one, record.get("conversation"), row)
        moment = joined(record.get("date"), record.get("time"))
        time = clock.read(moment, row)
        speaker = ledger.name(_plain(record, "speaker", row))
        yield ledger.enter(Utterance(text, speaker, time, _plain(record, "id", row)))
        ledger.spoken += 1
    clock.report(ledger)
    return ledger.end(row, id=one.id)


def _records(file: IO[bytes], wanted: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The rows, a few in memory at a time, with the fields' names for keys."""
    if file.read(len(MAGIC)) != MAGIC:
        raise ReadError("this is not a Parquet file; write it again, or name the format that it is in")
    file.seek(0)
    try:
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    table = _unless_damaged(lambda: parquet.ParquetFile(file))
    size = file.seek(0, io.SEEK_END)
    _unless_damaged(lambda: _require_sensible(table.metadata))
    columns = find_fields(_unless_damaged(lambda: table.schema_arrow.names), wanted)
    check_found(columns, wanted)
    if "text" not in columns:
        raise ReadError(
            f"no column holds the text; looked for {looked_for('text')}: name the column with the words text"
        )
    batches = _unless_damaged(lambda: table.iter_batches(_BATCH, columns=list(dict.fromkeys(columns.values()))))
    seen = 0
    while True:
        rows = _unless_damaged(lambda: _values(next(batches, None), columns))
        if rows is None:
            return
        seen += sum(_ROW + len(row["text"]) for row in rows if isinstance(row["text"], str))
        if seen > max(_MUCH, _SQUEEZED * size):
            raise ReadError(_BOMB)
        yield from rows


def _require_sensible(told: Any) -> None:
    """See that no column unpacks to many times its size. Raises `ReadError`."""
    for group in range(told.num_row_groups):
        for column in range(told.num_columns):
            chunk = told.row_group(group).column(column)
            if chunk.total_uncompressed_size > max(_SMALL, _SQUEEZED * chunk.total_compressed_size):
                raise ReadError(_BOMB)


def _unless_damaged(look: Callable[[], Any]) -> Any:
    """What a look at the file gives. Raises `ReadError` in place of what pyarrow raises, which may hold the text."""
    import pyarrow

    found, damaged = None, False
    try:
        found = look()
    except ReadError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError):
        damaged = True
    if damaged:
        raise ReadError("this Parquet file is damaged or cut short; write it again")
    return found


def _values(batch: Any, columns: dict[str, str]) -> list[dict[str, Any]] | None:
    import pyarrow

    if batch is None:
        return None

    found = {}
    for field, name in columns.items():
        column = batch.column(batch.schema.get_field_index(name))
        if pyarrow.types.is_timestamp(column.type):
            # Python knows no nanoseconds.
            column = column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
        found[field] = [_written(value) for value in column.to_pylist()]
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _plain(record: dict[str, Any], field: str, row: int) -> str:
    value = record.get(field)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ReadError(f"the {field} in row {row} must be a string or a whole number")
    return str(value).strip() if field == "speaker" else str(value)


def _check_one(one: OneConversation, value: object, row: int) -> None:
    name = "" if value is None else str(value)
    if name and one.id and name != one.id:
        raise ReadError(f"a second conversation begins in row {row}; split the file, one conversation each")
    one.check(name, row)

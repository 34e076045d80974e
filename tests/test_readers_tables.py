"""Tables: which column is what, by the caller's word or by its name; and Parquet, where pyarrow is there."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.errors import MissingExtraError, ReadError
from relcomm.readers import read
from rereading import reread, turns

SAMPLE = Path(__file__).parent / "readers" / "parquet" / "table.parquet"
CANARY = "Zyxwvut"


# The caller's word on the columns.

MAPPED = {
    "comma": ("Who,To,Body,Note\nAnn,Ben,hi,x", "csv:text=Note,speaker=To", [("Ben", "x")]),
    "case": ("Who,Body\nAnn,hi", "csv:text=body,speaker=WHO", [("Ann", "hi")]),
    "one of two": ("message,text\nhi,Ann", "csv:text=message,speaker=text", [("Ann", "hi")]),
    "taken from another": ("speaker,text\nAnn,hi", "csv:speaker=text,text=speaker", [("hi", "Ann")]),
    "tabs": ("A\tB\nAnn\thi", "csv:text=B,speaker=A", [("Ann", "hi")]),
    "lines": ('{"a": "Ann", "b": "hi"}\n{"b": "ho"}', "jsonl:text=b,speaker=a", [("Ann", "hi"), ("", "ho")]),
}


@pytest.mark.parametrize(("text", "name", "expected"), MAPPED.values(), ids=MAPPED)
def test_columns_may_be_named(text: str, name: str, expected: list[tuple[str, str]]) -> None:
    assert turns(reread(text, name)) == expected


UNMAPPED = {
    "no such field": ("text\nhi", "csv:words=text", "text=Body,speaker=From"),
    "no name": ("text\nhi", "csv:text=", "text=Body,speaker=From"),
    "twice": ("text\nhi", "csv:text=a,text=b", "text=Body,speaker=From"),
    "no such column": (f"{CANARY},text\nx,hi", "csv:text=Body", "no column of the name given for the text"),
    "no such speaker": (f"{CANARY},text\nx,hi", "csv:speaker=Who", "no column of the name given for the speaker"),
    "no such key": (f'{{"{CANARY}": 1}}', "jsonl:text=b", "no text; looked for the keys b"),
}


@pytest.mark.parametrize(("text", "name", "match"), UNMAPPED.values(), ids=UNMAPPED)
def test_columns_that_are_not_there_are_asked_for(text: str, name: str, match: str) -> None:
    with pytest.raises(ReadError, match=match) as caught:
        reread(text, name)
    assert CANARY not in str(caught.value)


# Parquet.


def table(columns: dict[str, Any]) -> io.BytesIO:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file, row_group_size=3)
    file.seek(0)
    return file


def test_the_sample_of_parquet() -> None:
    pytest.importorskip("pyarrow")
    *expected, fates = [
        json.loads(line) for line in Path(f"{SAMPLE}.expected").read_text(encoding="utf-8").splitlines()
    ]
    talk = read(SAMPLE)
    assert talk.report
    assert [(s.speaker, s.text, s.id, s.time and s.time.isoformat()) for s in talk.utterances] == [
        (one["speaker"], one["text"], one["id"], one["time"]) for one in expected
    ]
    assert fates == {"unassigned": list(talk.report.unassigned)}
    assert (talk.report.unit, talk.report.lines, talk.report.spoken) == ("row", 4, 3)
    assert read(io.BytesIO(SAMPLE.read_bytes())) == talk


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=4).map(str.strip)), min_size=1, max_size=8))
def test_parquet_comes_back_as_written(rows: list[tuple[str, str]]) -> None:
    talk = read(table({"text": [text for text, _ in rows], "speaker": [name for _, name in rows]}))
    assert [(said.text, said.speaker) for said in talk.utterances] == rows


def test_times_of_parquet() -> None:
    talk = read(table({"text": ["a"], "date": [date(2024, 1, 5)], "time": [time(9, 15)]}))
    assert talk.utterances[0].time == datetime(2024, 1, 5, 9, 15)  # noqa: DTZ001
    talk = read(table({"text": ["a"], "time": [datetime(2024, 1, 5, 9, 15, tzinfo=UTC)]}))
    assert talk.utterances[0].time == datetime(2024, 1, 5, 9, 15, tzinfo=UTC)


def test_columns_of_parquet_may_be_named() -> None:
    assert turns(read(table({"a": ["hi"], "b": ["Ann"]}), format="parquet:text=a,speaker=b")) == [("Ann", "hi")]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no text": ({CANARY: ["a"]}, "no column holds the text"),
    "numbers": ({"text": [1]}, "row 1 is not a string"),
    "two conversations": ({"text": ["a", CANARY], "conversation": [1, 2]}, "second conversation begins in row 2"),
    "a speaker that is a list": ({"text": ["a"], "speaker": [[CANARY]]}, "speaker in row 1"),
    "no rows": ({"text": []}, "no messages"),
}


@pytest.mark.parametrize(("columns", "match"), REFUSED.values(), ids=REFUSED)
def test_refused_tables(columns: dict[str, Any], match: str) -> None:
    with pytest.raises(ReadError, match=match) as caught:
        read(table(columns))
    assert CANARY not in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_parquet_is_refused_or_read(data: st.DataObject) -> None:
    pytest.importorskip("pyarrow")
    whole = bytearray(SAMPLE.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[: data.draw(st.integers(4, len(whole)))])
    try:
        talk = read(io.BytesIO(damaged))
    except ReadError:
        return
    assert talk.utterances


def test_without_pyarrow_the_pip_line_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"relcomm\[parquet\]"):
        read(SAMPLE)


# What a small file becomes when it is read.
SQUEEZED: dict[str, dict[str, list[str]]] = {
    "a long text": {"text": ["a" * (4 << 20)]},
    "many rows": {"text": ["again"] * 700_000},
    "many rows without words": {"text": [""] * 700_000},
}


@pytest.mark.parametrize("columns", SQUEEZED.values(), ids=SQUEEZED)
def test_parquet_that_unpacks_without_end_is_refused(columns: dict[str, list[str]]) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file, compression="zstd")
    assert file.tell() < 20_000
    file.seek(0)
    with pytest.raises(ReadError, match="far more than a transcript holds"):
        read(file)


def test_text_named_parquet_is_refused() -> None:
    with pytest.raises(ReadError, match="not a Parquet file"):
        reread("Ann: a", "parquet")

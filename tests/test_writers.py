"""Writers: what is written holds every turn, and is there whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given

from relcomm.errors import InputError, ReadError
from relcomm.readers import read
from relcomm.types import Analysis, Prediction, Span, Utterance
from relcomm.writers import WRITERS, chosen, formats, render, write
from relcomm.writers.csv import armed, defused
from writing import NAMES, NASTY, WORDS, analyses, analysis, said_and_found, unhurried, without_halves

SMALL = analysis(
    [Utterance("=You never listen.", "Ann", id="a1"), Utterance("Fine.", "Ben")],
    [
        Prediction(("criticism",), dict.fromkeys(NAMES, 0.9), (Span(1, 10, "criticism", 0.5, "never"),)),
        Prediction((), dict.fromkeys(NAMES, 0.1)),
    ],
)


@unhurried
@given(analyses())
def test_jsonl_holds_everything(each: Analysis) -> None:
    lines = [json.loads(line) for line in render(each, "x.jsonl").content.decode("ascii").split("\n")[:-1]]
    back = []
    for n, row in enumerate(lines, 1):
        assert row["turn"] == n
        time = datetime.fromisoformat(row["time"]) if row["time"] else None
        spans = tuple(Span(s["start"], s["end"], s["label"], s["weight"], s["why"]) for s in row["spans"])
        seen = Prediction(tuple(row["labels"]), row["scores"], spans, tuple(row["unsure"]), tuple(row["flags"]))
        back.append((Utterance(row["text"], row["speaker"], time, row["id"]), seen))
    assert back == said_and_found(each)
    assert {row.get("conversation", "") for row in lines} <= {each.conversation.id}


def test_jsonl_is_read_again() -> None:
    assert read(io.BytesIO(render(SMALL, "x.jsonl").content)).utterances == SMALL.conversation.utterances


@unhurried
@given(analyses())
def test_csv_holds_every_turn(each: Analysis) -> None:
    for form, undo in (("csv", armed), ("csv:exact", str)):
        content = render(each, "x.csv", format=form).content
        assert content.startswith(b"\xef\xbb\xbf") is (form == "csv")
        rows = [
            {name: undo(cell) for name, cell in row.items()}
            for row in csv.DictReader(
                io.StringIO(content.decode("utf-8-sig" if form == "csv" else "utf-8"), newline="")
            )
        ]
        assert len(rows) == len(each.predictions)
        for n, (row, (said, seen)) in enumerate(zip(rows, said_and_found(each), strict=True), 1):
            assert row["turn"] == str(n)
            assert (row["text"], row["speaker"], row["id"]) == (without_halves(said.text), said.speaker, said.id)
            assert row["time"] == (said.time.isoformat() if said.time else "")
            assert tuple(name for name in NAMES if row[name] == "1") == seen.labels
            assert {name: float(row[f"p_{name}"]) for name in NAMES} == seen.scores
            assert (row["unsure"].split(), row["flags"].split()) == (list(seen.unsure), list(seen.flags))


@unhurried
@given(WORDS)
def test_no_cell_is_a_formula(text: str) -> None:
    safe = defused(text)
    assert safe.strip()[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
    assert safe[:1] not in tuple("\t\r\n")
    assert armed(safe) == text


def test_csv_says_that_formulas_were_defused() -> None:
    page = render(SMALL, "x.csv")
    assert "1 cells" in page.remarks[0]
    assert "csv:exact" in page.remarks[0]
    assert render(SMALL, "x.csv", format="csv:exact").remarks == ()
    assert b"'=You never" in page.content


def test_a_label_by_the_name_of_a_column_keeps_its_own() -> None:
    odd = analysis([Utterance("hi")], [Prediction(("text",), {"text": 0.9, "p_x": 0.1, "x": 0.2})])
    row = next(csv.DictReader(io.StringIO(render(odd, "x.csv", format="csv:exact").content.decode())))
    assert (row["text"], row["label_text"], row["label_p_x"], row["p_label_p_x"], row["p_x"]) == (
        "hi",
        "1",
        "0",
        "0.1",
        "0.2",
    )


@pytest.mark.parametrize("form", formats())
def test_every_format_takes_every_text(form: str, tmp_path: Path) -> None:
    pytest.importorskip({"parquet": "pyarrow", "sav": "pandas"}.get(form, "json"))
    pytest.importorskip("pyreadstat" if form == "sav" else "json")
    each = analysis(
        [Utterance(text, name) for text in NASTY for name in ("Ann", "\x00", "\ud800")],
        [Prediction((), dict.fromkeys(NAMES, 0.0)) for _ in range(3 * len(NASTY))],
    )
    if form == "wide:10s":
        with pytest.raises(InputError, match="no turn has a time"):
            write(each, tmp_path / "out", format=form)
        return
    write(each, tmp_path / "out", format=form)
    write(analysis([], []), tmp_path / "none", format=form)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["none", "out"]


WRONG = {
    "no such format": ("x.csv", "excel", "there is no such format"),
    "no such choice": ("x.csv", "csv:excel", "can be written as csv:exact"),
    "no choice at all": ("x.jsonl", "jsonl:x", "jsonl takes nothing after its name"),
    "an ending that says nothing": ("x.doc", None, "the file's ending names no format"),
}


@pytest.mark.parametrize(("name", "form", "said"), WRONG.values(), ids=WRONG)
def test_formats_that_are_not_there(name: str, form: str | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        chosen(name, form)


def test_every_ending_names_its_format() -> None:
    for writer in WRITERS.values():
        if not hasattr(writer, "check"):
            assert chosen(f"x{writer.SUFFIX}")[0].SUFFIX == writer.SUFFIX


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.jsonl"
    target.write_text("old")

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReadError, match="No space left"):
        write(SMALL, target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_write_gives_the_remarks_back(tmp_path: Path) -> None:
    assert write(SMALL, tmp_path / "x.csv") == render(SMALL, "x.csv").remarks
    assert (tmp_path / "x.csv").read_bytes() == render(SMALL, "x.csv").content

"""Parquet and SPSS: read back by their libraries, every cell compared."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from relcomm.errors import MissingExtraError
from relcomm.types import Analysis, Prediction, Span, Utterance
from relcomm.writers import chosen, render, sav
from writing import NAMES, analyses, analysis, said_and_found, shown, unhurried, without_halves


def spss_there() -> Any:
    """The library that reads .sav, or the test is skipped without the extra."""
    pytest.importorskip("pandas")
    return pytest.importorskip("pyreadstat")


@unhurried
@given(analyses())
def test_parquet_holds_everything(each: Analysis) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    content = render(each, "x.parquet").content
    assert isinstance(content, bytes)
    table = pq.read_table(io.BytesIO(content))
    back = []
    for n, row in enumerate(table.to_pylist(), 1):
        assert (row["turn"], row["conversation"]) == (n, each.conversation.id)
        time = datetime.fromisoformat(row["time"]) if row["time"] else None
        spans = tuple(Span(s["start"], s["end"], s["label"], s["weight"], s["why"]) for s in row["spans"])
        labels = tuple(name for name in NAMES if row[name])
        scores = {name: row[f"p_{name}"] for name in NAMES}
        seen = Prediction(labels, scores, spans, tuple(row["unsure"].split()), tuple(row["flags"].split()))
        back.append((Utterance(row["text"], row["speaker"], time, row["id"]), seen))
    expected = []
    for said, seen in said_and_found(each):
        spans = tuple(Span(s.start, s.end, s.label, s.weight, without_halves(s.why)) for s in seen.spans)
        whole = Prediction(seen.labels, seen.scores, spans, seen.unsure, seen.flags)
        expected.append((Utterance(without_halves(said.text), said.speaker, said.time, said.id), whole))
    assert back == expected
    assert {str(table.schema.field(name).type) for name in NAMES} == {"int64"}


def sav_rows(content: object, path: Path) -> tuple[list[dict[str, object]], object]:
    pyreadstat = spss_there()
    assert isinstance(content, bytes)
    path.write_bytes(content)
    table, about = pyreadstat.read_sav(str(path), output_format="dict")
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)], about


@unhurried
@given(analyses())
def test_sav_holds_every_turn(tmp_path_factory: pytest.TempPathFactory, each: Analysis) -> None:
    spss_there()
    rows, about = sav_rows(render(each, "x.sav").content, tmp_path_factory.getbasetemp() / "x.sav")
    assert len(rows) == len(each.predictions)
    for n, (row, (said, seen)) in enumerate(zip(rows, said_and_found(each), strict=True), 1):
        assert (row["turn"], row["conversation"]) == (n, each.conversation.id)
        assert row["text"] == shown(said.text).rstrip(" ")
        assert (row["speaker"], row["id"]) == (shown(said.speaker), said.id)
        assert row["time"] == (said.time.isoformat() if said.time else "")
        assert tuple(name for name in NAMES if row[name] == 1) == seen.labels
        assert {name: row[f"p_{name}"] for name in NAMES} == seen.scores
        assert (row["unsure"], row["flags"]) == (" ".join(seen.unsure), " ".join(seen.flags))
    values = about.variable_value_labels  # type: ignore[attr-defined]
    assert values == {name: {0.0: "no", 1.0: "yes"} for name in NAMES}
    titles = about.column_names_to_labels  # type: ignore[attr-defined]
    assert titles["contempt"] == "Contempt"
    assert titles["p_contempt"] == "Contempt, probability"


@pytest.mark.parametrize("text", ["a" * 100_000, "\U0001f644 \u00e9x" * 9_000, "a" * 31_990 + " " * 30 + "b" * 40])
def test_a_long_text_is_cut_and_whole(tmp_path: Path, text: str) -> None:
    spss_there()
    rows, _ = sav_rows(
        render(analysis([Utterance(text)], [Prediction((), {"x": 0.1})]), "x.sav").content, tmp_path / "x"
    )
    parts = [value for name, value in rows[0].items() if name.startswith("text")]
    assert "".join(map(str, parts)) == text
    assert all(len(str(part).encode()) <= 32_767 for part in parts)


def test_names_that_spss_takes_for_its_own(tmp_path: Path) -> None:
    spss_there()
    labels = ("not", "Text", "a b", "1st", "long" * 20)
    each = analysis([Utterance("hi")], [Prediction(labels, dict.fromkeys(labels, 0.9))])
    rows, _ = sav_rows(render(each, "x.sav").content, tmp_path / "x")
    assert [name for name, value in rows[0].items() if value == 1 and name != "turn"] == [
        *("not_2", "Text_2", "a_b", "c1st", "long" * 15)
    ]


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spss_there()
    each = analysis([Utterance("quince")], [Prediction((), {"x": 0.1})])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    in_memory = render(each, "x.sav").content
    monkeypatch.delattr("os.memfd_create", raising=False)
    by_folder = render(each, "x.sav").content
    assert isinstance(in_memory, bytes)
    assert isinstance(by_folder, bytes)
    assert in_memory[-200:] == by_folder[-200:]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("form", "library", "extra"),
    [("parquet", "pyarrow.parquet", "parquet"), ("sav", "pyreadstat", "spss"), ("sav", "pandas", "spss")],
)
def test_a_library_that_is_missing(monkeypatch: pytest.MonkeyPatch, form: str, library: str, extra: str) -> None:
    if library == "pyreadstat":
        pytest.importorskip("pandas")
    monkeypatch.setitem(__import__("sys").modules, library, None)
    with pytest.raises(MissingExtraError, match=rf"relcomm\[{extra}\]"):
        chosen("x", form)


def test_parts_never_end_with_a_blank() -> None:
    assert all(not part.endswith(" ") for part in sav._cut(("word " * 20_000) + "end"))

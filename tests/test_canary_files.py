"""A canary in the transcripts of every format, whole and damaged, and in every file that is written."""

from __future__ import annotations

import io
import os
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from canary import TALK
from mutations import damaged, samples
from relcomm import writers
from relcomm.analyzer import Analyzer
from relcomm.errors import MissingExtraError, ReadError
from relcomm.readers import READERS, read, stream
from relcomm.types import Analysis
from watching import CANARY, holds, shown_by, told_by, watched

DAMAGED = 12
"""How many damaged files of each format are read."""


@pytest.fixture(scope="module")
def analysis(ngram: Analyzer) -> Analysis:
    """The analysis of the talk."""
    return ngram.analyze(TALK)


def with_canary(data: bytes) -> bytes:
    """A sample in which the longest word that somebody says is a canary."""
    said = " ".join(each.text for each in read(io.BytesIO(data)).utterances)
    words = sorted(set(re.findall(r"[A-Za-z]{4,}", said)), key=len, reverse=True)
    if data.startswith(b"PAR1"):
        return _parquet()
    if data.startswith(b"PK"):
        return _packed(data, words)
    wide = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    return _replaced(data.decode(wide), words).encode(wide)


def _replaced(text: str, words: list[str]) -> str:
    word = next((word for word in words if re.search(rf"\b{word}\b", text)), None)
    return text if word is None else re.sub(rf"\b{word}\b", CANARY, text)


def _packed(data: bytes, words: list[str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name).decode()
            new.writestr(name, _replaced(part, words) if name == "word/document.xml" else part)
    return made.getvalue()


def _parquet() -> bytes:
    pyarrow = pytest.importorskip("pyarrow", reason="relcomm[parquet] is not installed")
    from pyarrow.parquet import write_table

    made = io.BytesIO()
    rows = [{"speaker": said.speaker, "text": said.text} for said in TALK.utterances]
    write_table(pyarrow.Table.from_pylist(rows), made)
    return made.getvalue()


def given(reader: str) -> list[bytes]:
    """The samples of a format, each with a canary; none where its library is missing."""
    try:
        return [with_canary(data) for data in samples(reader)[:4]]
    except MissingExtraError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("reader", READERS)
def test_reading(reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, told = 0, []
    with watched(tmp_path, monkeypatch) as seen:
        for n, data in enumerate(given(reader)):
            path = seen.asked / f"talk{n}"
            path.write_bytes(data)
            talk = read(path)
            shown += any(holds(said.text) for said in talk.utterances)
            told += [*shown_by(talk), *shown_by(talk.report), *shown_by(stream(path))]
    assert shown
    assert told + seen.leaks(tmp_path) == []


@pytest.mark.parametrize("reader", READERS)
def test_reading_what_is_damaged(reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, refused = [], 0
    with watched(tmp_path, monkeypatch) as seen:
        files = given(reader)
        for n in range(DAMAGED):
            data = damaged(files, random.Random(f"canary {reader} {n}"))
            for asked in (None, reader):
                try:
                    told += shown_by(read(io.BytesIO(data), format=asked))
                except ReadError as error:
                    told += told_by(error)
                    refused += 1
    assert refused
    assert told + seen.leaks(tmp_path) == []


def target(name: str, folder: Path) -> Path:
    """A file for what is written in a format."""
    return folder / f"talk{writers.WRITERS[name.partition(':')[0]].SUFFIX}"


@pytest.mark.parametrize("name", writers.formats())
def test_writing(name: str, analysis: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(tmp_path, monkeypatch) as seen:
        try:
            writers.chosen("talk", name)
        except MissingExtraError as error:
            pytest.skip(str(error))
        remarks = writers.write(analysis, target(name, seen.asked), format=name)
        told = shown_by(remarks) + shown_by(writers.render(analysis, "talk", format=name))
    assert any(seen.asked.rglob("*"))
    assert told + seen.leaks(tmp_path) == []


@pytest.mark.parametrize("name", writers.formats())
def test_writing_that_fails(name: str, analysis: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Any) -> None:
        raise OSError(28, "No space left on device")

    told, before = [], writers.render(analysis, "talk.csv")
    assert before.content
    with watched(tmp_path, monkeypatch) as seen:
        monkeypatch.setattr(os, "fsync", full)
        for place in (seen.asked, seen.asked / "none"):
            try:
                writers.write(analysis, target(name, place), format=name)
            except MissingExtraError as error:
                pytest.skip(str(error))
            except ReadError as error:
                told += [*told_by(error), "refused"]
    assert told == ["refused"] * 2
    assert [path.name for path in seen.asked.rglob("*")] == []
    assert seen.leaks(tmp_path) == []

"""A few damaged files a reader; ``benchmarks/fuzz_readers.py`` reads hundreds of thousands."""

from __future__ import annotations

import pytest

from fuzzing import NAME, Named, outcomes, unfit, unsound
from relcomm.errors import ReadError
from relcomm.readers import READERS, read
from relcomm.types import Conversation, ReadReport, Utterance


@pytest.mark.parametrize("reader", READERS)
def test_damaged_files_become_transcripts_or_errors_with_a_remedy(reader: str) -> None:
    if reader == "parquet":
        pytest.importorskip("pyarrow")
    found = [one for n in range(25) for one in outcomes(reader, 0, n)]
    assert [one.wrong for one in found if one.wrong] == []
    assert {bool(one.error) for one in found} == {True, False}


def test_damaged_files_are_the_same_each_time() -> None:
    first, again = ([str(one.error) for one in outcomes("csv", 5, 7)] for _ in range(2))
    assert first == again


ODD = {
    "no file": (ReadError("this is wrong; export it again", line=1), "does not name the file"),
    "no line": (ReadError("this is wrong; export it again", source=NAME), "names no line"),
    "beyond the end": (ReadError("this is wrong; export it again", source=NAME, line=9), "not there"),
    "no remedy": (ReadError("this is wrong", source=NAME, line=1), "nothing of what to do"),
    "words": (ReadError("read this again: Pistachio", source=NAME, line=1), "Pistachio"),
    "numbers": (ReadError("read this again: 07700900123", source=NAME, line=1), "07700900123"),
}


@pytest.mark.parametrize(("error", "told"), ODD.values(), ids=ODD)
def test_errors_that_are_not_as_they_should_be_are_found(error: ReadError, told: str) -> None:
    assert told in unfit(error, b"Ann: Pistachio\n")


def test_what_the_file_says_is_found_behind_an_error_too() -> None:
    error = ReadError("read this again", source=NAME, line=1)
    error.__context__ = ValueError("invalid literal: 'Pistachio'")
    assert "Pistachio" in unfit(error, b"Ann: Pistachio\n")
    assert unfit(error, b"Ann: hi\n") == ""


def test_transcripts_that_do_not_add_up_are_found() -> None:
    talk = read(Named(b"Ann: hi\nBen: ho\n"))
    assert unsound(talk) == ""
    report = ReadReport("name_text", 3, 1, spoken=1)
    assert "add up" in unsound(Conversation((Utterance("hi"),), report=report))
    report = ReadReport("name_text", 1, 1, spoken=1, remarks=("Pistachio was left out",))
    assert "Pistachio" in unsound(Conversation((Utterance("hi"),), report=report))

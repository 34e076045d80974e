"""A transcript however it comes, and what cannot be read: errors say where and what to do, but never what was said."""

from __future__ import annotations

import io
import pickle
import sys
from pathlib import Path

import pytest

from relcomm.errors import InputError, ReadError
from relcomm.readers import read
from rereading import reread

CANARY = "Zyxwvut"


# The same transcript, however it comes.

SCRIPT = "Ann: Where's Zoë?\nBen: Out — why?\nAnn: Hm.\n"
READ = reread(SCRIPT)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_bytes(SCRIPT.replace("\n", end).encode(encoding))
    assert read(path) == read(str(path)) == read(io.BytesIO(path.read_bytes())) == READ
    with path.open(encoding=encoding) as file:
        assert read(file) == READ
        assert not file.closed


def test_big_endian_utf_16() -> None:
    assert read(io.BytesIO(b"\xfe\xff" + SCRIPT.encode("utf-16-be"))) == READ


def test_standard_input_is_utf_8_whatever_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SCRIPT.encode()), encoding="latin-1"))
    assert read(sys.stdin) == READ
    assert not sys.stdin.buffer.closed


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537])
def test_line_ends_across_chunks(size: int) -> None:
    text = f"Ann: {'a' * (size - 6)}\r\nBen: b\rAnn: c"
    assert [said.text[-1] for said in reread(text).utterances] == ["a", "b", "c"]
    assert reread(text).report.lines == 3  # type: ignore[union-attr]


def test_a_long_file_is_read_to_its_end() -> None:
    text = "".join(f"{'AB'[n % 2]}nn: {n}\n" for n in range(20_000))
    talk = reread(text)
    assert len(talk) == 20_000
    assert talk.utterances[-1].text == "19999"


def test_reading_does_not_split_at_other_separators() -> None:
    assert (
        reread("Ann: one\u2028two\x0bthree\x85four\nBen: b\nAnn: c").utterances[0].text
        == "one\u2028two\x0bthree\x85four"
    )


# A time as JSON, and whether it can be read.
TIMES = {
    "seconds": ("1700000000", True),
    "milliseconds": ("1700000000000", True),
    "seconds in words": ('"1700000000.5"', True),
    "the first": ("1e8", True),
    "before the first": ("99999999", False),
    "400 digits": ("1" + "0" * 400, False),
    "400 digits below nothing": ("-1" + "0" * 400, False),
    "infinite": ("1e400", False),
    "infinite by name": ("-Infinity", False),
    "no number": ("NaN", False),
    "below nothing": ("-1700000000", False),
    "yes": ("true", False),
    "a list": ("[1700000000]", False),
    "400 digits in words": ('"1' + "0" * 400 + '"', False),
    "a broken number without end": ('"1700000000.' + "9" * 10_000 + '"', True),
    "words without end": ('"' + CANARY * 10_000 + '"', False),
    "a lone surrogate": ('"2023-01-04T19:02\\ud800"', False),
    "the last year": ('"9999-12-31T23:59:59-23:59"', True),
    "after the last year": ('"10000-01-01"', False),
}


@pytest.mark.parametrize(("time", "known"), TIMES.values(), ids=TIMES)
def test_times_are_read_or_left_out(time: str, known: bool) -> None:
    talk = reread('{"text": "a", "speaker": "Ann", "time": ' + time + "}")
    assert (talk.utterances[0].time is not None) is known
    assert talk.report
    assert bool(talk.report.remarks) is not known
    assert CANARY not in str(talk.report.remarks)


# A table, who says what in its rows, and when.
TABLES = {
    "date and time": ("date,time,speaker,text\n2024-01-05,9:15,Ann,a", [("Ann", "a", "2024-01-05T09:15:00")]),
    "a time that is whole": ("date,time,text\n2024-01-05,2024-01-05T09:15,a", [("", "a", "2024-01-05T09:15:00")]),
    "no time": ("date,time,text\n2024-01-05,,a\n,,b", [("", "a", None), ("", "b", None)]),
    "no date": ("date,time,text\n,9:15,a", [("", "a", None)]),
    "longer headers": ("Speaker Name,Utterance Text\nAnn,a", [("Ann", "a", None)]),
    "a play": ("Character,Line\nAnn,a", [("Ann", "a", None)]),
    "numbered lines": ("Line,Speaker,Words\n1,Ann,a", [("Ann", "a", None)]),
    "answers in numbers": ("speaker,text\nAnn,12", [("Ann", "12", None)]),
    "text alone": ("text\na\nb", [("", "a", None), ("", "b", None)]),
}


@pytest.mark.parametrize(("text", "turns"), TABLES.values(), ids=TABLES)
def test_tables(text: str, turns: list[tuple[str, str, str | None]]) -> None:
    said = reread(text).utterances
    assert [(one.speaker, one.text, one.time.isoformat() if one.time else None) for one in said] == turns


def test_dates_without_a_time_are_remarked_on() -> None:
    report = reread("date,time,text\n2024-01-05,,a").report
    assert report
    assert any("left out (line 2)" in remark for remark in report.remarks)


def test_json_with_date_and_time_apart() -> None:
    time = reread('{"date": "2024-01-05", "time": "9:15", "text": "a"}').utterances[0].time
    assert time
    assert time.isoformat() == "2024-01-05T09:15:00"


def test_speakers_of_a_table_that_differ_only_in_case_are_remarked_on() -> None:
    talk = reread("speaker,text\nAnn,a\nann,b")
    assert talk.report
    assert talk.speakers == ("Ann", "ann")
    assert any("small and capital" in remark for remark in talk.report.remarks)


# What cannot be read.

REFUSED: dict[str, tuple[str, str | None, str, int | None]] = {
    "empty": ("", None, "empty", None),
    "blank": (" \n\t\n", None, "empty", None),
    "unknown": (f"{CANARY} went home.\nThen it rained.", None, "csv.*jsonl.*name_text.*whatsapp", None),
    "no such format": ("Ann: a", "word", "csv.*jsonl.*name_text.*whatsapp", None),
    "no such option": ("Ann: a", "whatsapp:dym", "whatsapp:dmy", None),
    "empty option": ("Ann: a", "whatsapp:", "whatsapp:dmy", None),
    "option where there is none": ("Ann: a", "name_text:;", "takes nothing", None),
    "no headings": (f"{CANARY}: a", "whatsapp", "date", None),
    "only notices": (f"13/1/23, 19:02 - {CANARY} left", None, "no messages", None),
    "no speakers": (f"{CANARY}\n{CANARY}", "name_text", "no messages", None),
    "order": (f"1/2/23, 19:02 - {CANARY}: a", None, "order|which", 1),
    "other calendar": (f"1402/10/14, 19:02 - {CANARY}: a", None, "Gregorian", 1),
    "broken JSON": ('{"text": "a"}\n{"text": "' + CANARY, None, "JSON", 2),
    "JSON list": ('{"text": "a"}\n["' + CANARY + '"]', None, "JSON", 2),
    "JSON list of objects": ('[\n  {"text": "' + CANARY + '"}\n]', None, "not a list", 1),
    "JSON list on one line": ('[{"text": "' + CANARY + '"}]', None, "not a list", 1),
    "JSON over many lines": ('{\n"text": "' + CANARY + '",\n"speaker": "Ann"\n}', None, "one object a line", 1),
    "JSON without text": ('{"text": "a"}\n\n{"' + CANARY + '": 1}', None, "text.*message", 3),
    "JSON text is no string": ('{"text": ["' + CANARY + '"]}', None, "string", 1),
    "JSON speaker is no string": ('{"text": "a", "speaker": {"n": "' + CANARY + '"}}', None, "speaker", 1),
    "JSON too deep": ('{"text": "a"}\n{"text": ' + "[" * 200_000, None, "deep", 2),
    "JSON number too long": ('{"text": "a", "id": ' + "9" * 10_000 + "}", None, "too many digits", 1),
    "two conversations": (
        f'{{"text": "a", "conversation": 1}}\n{{"text": "{CANARY}", "conversation": 2}}',
        None,
        "second",
        2,
    ),
    "no text column": (f"{CANARY},b\nc,d", "csv", "text, message", 1),
    "no text column, with a remedy": (f"{CANARY},b\nc,d", "csv", "name the column with the words text", 1),
    "numbers of lines": (f"Line,Speaker\n1,{CANARY}\n2,Ben", None, "nothing but numbers", 1),
    "a table without names": (f"{CANARY},b\nc,d", None, "first row such as speaker,text", None),
    "open quote": (f'speaker,text\nAnn,a\nBen,"{CANARY}\nAnn,b', None, "quotes", 3),
    "quote after words": (f'speaker,text\nAnn,"{CANARY}" she said', None, "quotes", 2),
    "too many cells": (f"speaker,text\nAnn,well, {CANARY}", None, "more cells", 2),
    "too few cells": (f"speaker,text\n\n{CANARY}", None, "fewer cells", 3),
    "header only": ("speaker,text\n", None, "no messages", None),
    "huge name of a column": (f"speaker;text;{CANARY * 20_000}\nAnn;hi;x", "csv", "longer", 1),
    "huge cell": (f"speaker,text\nAnn,{CANARY * 20_000}", None, "longer", 2),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused_with_place_and_remedy_but_without_the_text(case: tuple[str, str | None, str, int | None]) -> None:
    text, name, match, line = case
    with pytest.raises(ReadError, match=match) as caught:
        reread(text, name)
    assert caught.value.line == line
    assert_silent(caught.value)


@pytest.mark.parametrize(("text", "name"), [(CANARY, None), (CANARY, "word"), ("1/4/23, 19:02 - Ann: x", None)])
def test_a_format_is_asked_for_in_the_words_of_both_worlds(text: str, name: str | None) -> None:
    with pytest.raises(ReadError, match=r'--format [a-z:]+ at the command line, format="[a-z:]+" in Python'):
        reread(text, name)


def assert_silent(error: BaseException) -> None:
    """Neither the error nor any error it came from holds anything of the file."""
    chain: BaseException | None = error
    while chain:
        assert CANARY not in repr(chain) + str(chain) + str(vars(chain)) + str(getattr(chain, "doc", ""))
        chain = chain.__cause__ or chain.__context__


def test_undecodable_bytes_name_the_line_and_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_bytes(b"Ann: a\r\nBen: b\rAnn: caf\xe9 " + CANARY.encode() + b"\nBen: d")
    with pytest.raises(ReadError, match="UTF-8") as caught:
        read(path)
    assert (caught.value.source, caught.value.line) == (str(path), 3)
    assert_silent(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_undecodable_utf_16() -> None:
    data = "Ann: a\nBen: b\n".encode("utf-16") + b"\x00\xd8A\x00"
    with pytest.raises(ReadError) as caught:
        read(io.BytesIO(data))
    assert caught.value.line == 3


def test_a_text_file_opened_with_the_wrong_encoding() -> None:
    with pytest.raises(ReadError, match="UTF-8") as caught:
        read(io.TextIOWrapper(io.BytesIO(CANARY.encode() + b"\xe9"), encoding="utf-8"))
    assert_silent(caught.value)


@pytest.mark.parametrize(
    ("data", "match"), [(b"PK\x03\x04abc", "zip"), (b"%PDF-1.7", "PDF"), (b"{\\rtf1", "rich"), (b"a\0b", "text")]
)
def test_other_files_are_named_for_what_they_are(data: bytes, match: str) -> None:
    with pytest.raises(ReadError, match=match):
        read(io.BytesIO(data))


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"gone\.txt: there is no such file"):
        read(tmp_path / "gone.txt")
    with pytest.raises(ReadError, match="folder"):
        read(tmp_path)


@pytest.mark.parametrize(
    "text", [f"Ann: {CANARY}, you never listen", f"Ann: {CANARY}\nBen: b", f"{CANARY}\0", CANARY * 900]
)
def test_a_transcript_passed_for_a_path_is_not_repeated(text: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(text)
    assert_silent(caught.value)


def test_closed_file() -> None:
    file = io.StringIO(SCRIPT)
    file.close()
    with pytest.raises(ReadError, match="closed"):
        read(file)


@pytest.mark.parametrize("source", [None, 3, b"talk.txt", ["Ann: a"]])
def test_what_is_no_source(source: object) -> None:
    with pytest.raises(InputError, match="path or an open file"):
        read(source)  # type: ignore[arg-type]


def test_the_suffix_leads_to_the_better_error(tmp_path: Path) -> None:
    path = tmp_path / "talk.csv"
    path.write_text(f"{CANARY},b\n1,2", encoding="utf-8")
    with pytest.raises(ReadError, match="column") as caught:
        read(path)
    assert_silent(caught.value)

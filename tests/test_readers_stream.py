"""Transcripts turn by turn: the same turns and the same report as at once, and little of them held."""

from __future__ import annotations

import io
import os
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from exports import export
from relcomm.errors import ReadError
from relcomm.readers import READERS, read, stream
from relcomm.types import Conversation

SAMPLES = sorted(p for p in (Path(__file__).parent / "readers").glob("*/*") if p.suffix != ".expected")
WHATSAPP = export("de-DE", ios=True, twelve=False).text.encode()
HEAD = "speaker,text\n"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_same_as_at_once(path: Path) -> None:
    if path.parent.name == "parquet":
        pytest.importorskip("pyarrow")
    talk = read(path)
    turns = stream(path)
    assert turns.report is None
    assert Conversation(tuple(turns), turns.id, turns.report) == talk
    assert [*stream(path).turns()] == [*talk.turns()]


def test_a_folder_comes_turn_by_turn_too(tmp_path: Path) -> None:
    (tmp_path / "message_1.json").write_bytes(
        (SAMPLES[0].parents[1] / "messenger" / "message_1.json").read_bytes(),
    )
    assert [*stream(tmp_path)] == [*read(tmp_path).utterances]


class Pipe(io.RawIOBase):
    """Bytes that come but once."""

    def __init__(self, data: bytes) -> None:
        self._rest = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._rest.read(min(size, 7) if size > 0 else size)


class Foreign:
    """A file of another library, of which nothing is known but that it reads."""

    def __init__(self, data: bytes) -> None:
        self.read = io.BytesIO(data).read


def opened() -> Iterator[object]:
    yield io.BytesIO(WHATSAPP)
    yield Pipe(WHATSAPP)
    yield Foreign(WHATSAPP)
    yield io.StringIO(WHATSAPP.decode(), newline="")
    yield io.TextIOWrapper(io.BytesIO(WHATSAPP), encoding="utf-8", newline="")
    yield io.BytesIO("\ufeff".encode() + WHATSAPP)
    yield io.BytesIO(WHATSAPP.decode().encode("utf-16"))
    behind = io.BytesIO(b"a letter\n" + WHATSAPP)
    behind.readline()
    yield behind


@pytest.mark.parametrize("file", [*opened()], ids=lambda file: type(file).__name__)
def test_what_needs_two_goes_is_read_from_anything(file: io.BytesIO) -> None:
    talk = read(file)
    assert talk == read(io.BytesIO(WHATSAPP))
    assert len(talk) == 6


LINE = {
    "whatsapp": "13/01/2024, 19:02 - Ann: the {0}th of many messages, none of which is short or of much interest\n",
    "jsonl": '{{"speaker": "Ann", "text": "the {0}th of many messages, none of which is short or of much interest"}}\n',
    "csv": "Ann,the {0}th of many messages none of which is short or of much interest\n",
}


@pytest.mark.parametrize(("name", "line"), LINE.items(), ids=LINE)
def test_little_is_held(name: str, line: str, tmp_path: Path) -> None:
    def held(count: int) -> tuple[int, int]:
        """The size of a file, and the most memory that reading it takes."""
        path = tmp_path / str(count)
        path.write_text((HEAD if name == "csv" else "") + "".join(map(line.format, range(count))), encoding="utf-8")
        tracemalloc.start()
        try:
            assert sum(1 for _ in stream(path, format=name)) == count
            return path.stat().st_size, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    (small, little), (large, more) = held(1_500), held(4_500)
    # Its lines alone, held as texts, would take half as much again as the file.
    assert more - little < 0.8 * (large - small)


def test_a_file_that_changes_between_its_two_goes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_bytes(WHATSAPP)
    turns = stream(path)
    next(turns)
    with path.open("ab") as file:
        file.write(b"[31.01.24, 19:02:03] Ben: late\n")
    with pytest.raises(ReadError, match="changed while it was read") as caught:
        list(turns)
    assert caught.value.source == os.fspath(path)


class Changing(io.BytesIO):
    """A file that is another one when it is read for the second time."""

    goes = 0

    def seek(self, place: int, whence: int = 0) -> int:
        self.goes += 1
        if self.goes == 2:
            whole = self.getvalue()
            super().seek(0)
            self.write(whole.replace(b"Ann:", b"Eve:"))
        return super().seek(place, whence)


def test_a_file_with_other_names_in_its_second_go_is_refused() -> None:
    with pytest.raises(ReadError, match="changed while it was read"):
        read(Changing(WHATSAPP))


@pytest.mark.parametrize(("name", "line"), list(LINE.items())[1:])
def test_a_speaker_is_one_string(name: str, line: str) -> None:
    text = (HEAD if name == "csv" else "") + line.format(1) + line.format(2)
    first, second = read(io.StringIO(text)).utterances
    assert first.speaker is second.speaker


def test_what_is_wrong_may_show_late_and_says_where() -> None:
    lines = '{"text": "a"}\n{"text": "b"}\n{"text": 1}\n'
    turns = stream(io.StringIO(lines))
    assert [said.text for said in islice(turns, 2)] == ["a", "b"]
    with pytest.raises(ReadError, match="line 3"):
        next(turns)
    assert turns.report is None


def test_no_number_of_a_line_goes_out_as_words() -> None:
    with pytest.raises(ReadError, match="nothing but numbers"):
        next(stream(io.StringIO("Line,Speaker\n1,Ann\n2,Ben\n")))
    play = stream(io.StringIO("Character,Line\nAnn,1\nBen,Two.\nAnn,3\n"))
    assert [said.text for said in play] == ["1", "Two.", "3"]


def test_nothing_said_is_refused_at_the_end() -> None:
    with pytest.raises(ReadError, match="no messages"):
        next(stream(io.StringIO(HEAD)))


def test_a_wrong_format_is_refused_at_once() -> None:
    with pytest.raises(ReadError, match="no such format"):
        stream(io.StringIO("Ann: a"), format="word")


def test_a_file_is_let_go_before_its_end(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    path.write_text('{"text": "a"}\n{"text": "b"}\n', encoding="utf-8")
    turns = stream(path)
    next(turns)
    turns.close()
    assert list(turns) == []


def test_every_reader_reads_in_one_of_two_ways() -> None:
    assert all(hasattr(reader, "parse") is not hasattr(reader, "stream") for reader in READERS.values())

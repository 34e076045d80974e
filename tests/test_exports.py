"""``relcomm analyze --out``: files for other programs, several at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from command import NGRAM, TRANSCRIPTS, Command
from relcomm.cli import Exit
from relcomm.writers import formats

TALK = TRANSCRIPTS / "chores.txt"


def test_several_files(relcomm: Command, tmp_path: Path) -> None:
    turns, table = tmp_path / "turns.jsonl", tmp_path / "table.txt"
    done = relcomm("analyze", TALK, "--out", turns, "--out", table, "--out-format", "csv:exact", *NGRAM)
    assert (done.code, done.out) == (Exit.DONE, relcomm("analyze", TALK, *NGRAM).out)
    assert f"written: {turns}\n" in done.err
    assert table.read_bytes().startswith(b"conversation,turn,")
    assert len(turns.read_bytes().splitlines()) == table.read_bytes().count(b"\r\n") - 1


# The arguments after the transcript, and what is said.
MISUSED = {
    "a format before its file": (["--out-format", "csv"], "--out-format belongs to an --out before it"),
    "two formats": (["--out", "x", "--out-format", "csv", "--out-format", "csv"], "--out-format belongs to an --out"),
    "no such format": (["--out", "x", "--out-format", "quince"], "there is no such format"),
    "no ending": (["--out", "quince"], "the file's ending names no format"),
    "twice the same": (["--out", "a.csv", "--out", "./a.csv"], "two of the files are the same"),
}


@pytest.mark.parametrize(("argv", "said"), MISUSED.values(), ids=MISUSED)
def test_misuse(relcomm: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str], said: str) -> None:
    monkeypatch.chdir(tmp_path)
    done = relcomm("analyze", TALK, *argv, *NGRAM)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert said in done.err
    assert "quince" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_the_transcript_is_never_replaced(relcomm: Command, tmp_path: Path) -> None:
    talk = tmp_path / "talk.csv"
    talk.write_text("speaker,text\nAnn,Hello\n")
    done = relcomm("analyze", talk, "--out", talk, *NGRAM)
    assert done.code == Exit.USAGE
    assert "is in use here" in done.err
    assert talk.read_text() == "speaker,text\nAnn,Hello\n"


def test_what_cannot_be_written_is_found_out_first(
    relcomm: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(model: str, **_: object) -> None:
        pytest.fail("nothing may be computed for a file that cannot be written")

    monkeypatch.setattr("relcomm.analyzer.load", load)
    done = relcomm("analyze", TALK, "--out", tmp_path / "missing" / "x.csv", *NGRAM)
    assert (done.code, done.out) == (Exit.FILE, "")
    assert "--out: cannot be written" in done.err


def test_a_file_that_fails_takes_nothing_with_it(
    relcomm: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        if os.fstat(file).st_size:
            monkeypatch.undo()
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    done = relcomm("analyze", TALK, "--out", tmp_path / "a.csv", "--out", tmp_path / "b.csv", *NGRAM)
    assert done.code == Exit.FILE
    assert "No space left" in done.err
    assert "WHAT STANDS OUT" in done.out
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]


def test_the_help_names_every_format(relcomm: Command) -> None:
    said = " ".join(relcomm("analyze", "--help").out.split())
    named = said.partition("before it: ")[2].partition(".")[0]
    assert tuple(name.partition(" ")[0] for name in named.split(", ")) == formats()


def test_a_folder_is_written_whole_and_replaces_nothing(relcomm: Command, tmp_path: Path) -> None:
    argv = ["analyze", TALK, "--out", tmp_path / "talk.convokit", *NGRAM]
    assert relcomm(*argv).code == Exit.DONE
    assert len(list((tmp_path / "talk.convokit").iterdir())) == 5
    done = relcomm(*argv)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "give it a new name" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["talk.convokit"]

"""Where the command line reads and writes: streams that are closed or full, and pages that replace nothing else."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from command import NGRAM, TRANSCRIPTS, Command, shell
from relcomm.cli import Exit

TALK = TRANSCRIPTS / "chores.txt"
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell and file modes")

# What a shell does to the streams, the command, how it ends, and what is said.
STREAMS = {
    "label, no input": ("<&-", ["label", *NGRAM], Exit.FILE, "standard input"),
    "label, no input, found out first": ("<&-", ["label", "--model", "."], Exit.FILE, "standard input"),
    "thread, no input": ("<&-", ["check", "hi", "--thread", "-", *NGRAM], Exit.FILE, "standard input"),
    "analyze, no input": ("<&-", ["analyze", *NGRAM], Exit.FILE, "standard input"),
    "check, no input": ("<&-", ["check", *NGRAM], Exit.FILE, "standard input"),
    "label, input that is none": ("0>/dev/null", ["label", *NGRAM], Exit.FILE, "input cannot be read"),
    "analyze, input that is none": ("0>/dev/null", ["analyze", *NGRAM], Exit.FILE, "reading this file failed"),
    "check, input that is none": ("0>/dev/null", ["check", *NGRAM], Exit.FILE, "standard input: cannot be read"),
    "labels, no output": (">&-", ["labels"], Exit.FILE, "standard output: it is closed"),
    "labels, no errors": ("2>&-", ["labels", "no-such"], Exit.USAGE, ""),
    "labels, full errors": ("2>/dev/full", ["labels", "no-such"], Exit.USAGE, ""),
    "labels, full output": (">/dev/full", ["labels"], Exit.FILE, "No space left"),
    "help, full output": (">/dev/full", ["--help"], Exit.FILE, "No space left"),
    "check, full output": (">/dev/full", ["check", "hi", *NGRAM], Exit.FILE, "No space left"),
}


@posix
@pytest.mark.parametrize(("streams", "argv", "code", "said"), STREAMS.values(), ids=STREAMS)
def test_streams(streams: str, argv: list[str], code: Exit, said: str) -> None:
    if "/dev/full" in streams and not Path("/dev/full").exists():
        pytest.skip("this system has no full device")
    done = shell(streams, *argv)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert done.err.count("\n") == bool(said)


def contents(folder: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def ways_to(talk: Path) -> dict[str, Path]:
    """Paths at which no page may be written when ``talk`` is what is read."""
    folder = talk.parent
    (folder / "folder").mkdir()
    (folder / "link").symlink_to(talk)
    (folder / "hard").hardlink_to(talk)
    os.mkfifo(folder / "pipe")
    return {name: folder / name for name in (talk.name, "folder", "link", "hard", "pipe")}


@posix
def test_a_page_never_takes_the_place_of_something_else(relcomm: Command, tmp_path: Path) -> None:
    talk = tmp_path / "talk.txt"
    talk.write_bytes(TALK.read_bytes())
    ways = ways_to(talk)
    before = contents(tmp_path)
    for where in ways.values():
        done = relcomm("analyze", talk, "--html", where, *NGRAM)
        assert (done.code, done.out) == (Exit.USAGE, "")
        assert f"{where}: is " in done.err
    assert contents(tmp_path) == before


@posix
@pytest.mark.parametrize("stream", ["<", ">>", "2>>"])
def test_a_page_never_takes_the_place_of_a_stream(tmp_path: Path, stream: str) -> None:
    file = tmp_path / "talk.txt"
    file.write_bytes(TALK.read_bytes())
    done = shell(f"{stream}'{file}'", "analyze", *([] if stream == "<" else [TALK]), "--html", file, *NGRAM)
    assert done.code == Exit.USAGE
    assert file.read_bytes().startswith(TALK.read_bytes())
    assert b"<html" not in file.read_bytes()


@pytest.mark.parametrize("where", ["missing/page.html", "file/page.html", "loop"])
def test_a_page_that_cannot_be_written_is_found_out_first(
    relcomm: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def load(model: str) -> None:
        pytest.fail("nothing may be computed for a page that cannot be written")

    monkeypatch.setattr("relcomm.analyzer.load", load)
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    before = contents(tmp_path)
    done = relcomm("analyze", TALK, "--html", tmp_path / where, *NGRAM)
    assert (done.code, done.out) == (Exit.FILE, "")
    assert "--html: cannot be written" in done.err
    assert contents(tmp_path) == before


def test_a_full_disk_leaves_the_old_page_and_the_analysis(
    relcomm: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        assert len(list(tmp_path.iterdir())) == 3, "written beside the page"
        if os.fstat(file).st_size:
            raise OSError(28, "No space left on device")

    (tmp_path / "page.html").write_text("old")
    (tmp_path / "page.html.part").write_text("mine")
    before = contents(tmp_path)
    monkeypatch.setattr("os.fsync", full)
    done = relcomm("analyze", TALK, "--html", tmp_path / "page.html", *NGRAM)
    assert (done.code, done.out) == (Exit.FILE, relcomm("analyze", TALK, *NGRAM).out)
    assert "WHAT STANDS OUT" in done.out
    assert "No space left" in done.err
    assert contents(tmp_path) == before


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_a_page_keeps_its_mode_and_its_link(relcomm: Command, tmp_path: Path, mode: int) -> None:
    page, link = tmp_path / "page.html", tmp_path / "link.html"
    page.write_text("old")
    page.chmod(mode)
    link.symlink_to(page.name)
    assert relcomm("analyze", TALK, "--html", link, *NGRAM).code == 0
    assert link.is_symlink()
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert stat.S_IMODE(page.stat().st_mode) == mode
    assert sorted(tmp_path.iterdir()) == [link, page]


@posix
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_new_page_gets_the_usual_mode(relcomm: Command, tmp_path: Path, mask: int) -> None:
    (tmp_path / "link.html").symlink_to("page.html")
    old = os.umask(mask)
    try:
        assert relcomm("analyze", TALK, "--html", tmp_path / "link.html", *NGRAM).code == 0
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o666 & ~mask


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_page_that_is_read_only_stays(relcomm: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("old")
    page.chmod(0o444)
    assert relcomm("analyze", TALK, "--html", page, *NGRAM).code == Exit.FILE
    assert page.read_text() == "old"

"""`relcomm label --out --resume`: whatever broke a run off, the next one loses nothing, repeats nothing, mixes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from command import NGRAM, PATIENCE, Command, start
from relcomm import labelling
from relcomm.analyzer import Analyzer, load
from relcomm.cli import Exit, main
from relcomm.errors import ReadError
from relcomm.journal import Mark, asked_from, fingerprint

SAID = ["You never listen, you're so selfish.", "Whatever.", "Did you eat?", "It's not my fault — you began \U0001f600"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and locks")


def asked(lines: int) -> bytes:
    """Turns, with blank lines and lines that cannot be read between them."""
    rows = [json.dumps({"id": n, "text": f"{SAID[n % 4]} {n}"}) for n in range(lines)]
    rows[3::7] = ["{bad"] * len(rows[3::7])
    rows[5::11] = [" "] * len(rows[5::11])
    return "\n".join(rows).encode()


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that is labelled."""
    file = tmp_path_factory.mktemp("asked") / "talk.jsonl"
    file.write_bytes(asked(60))
    return file


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few lines are answered together, and every answer is marked."""
    monkeypatch.setattr("relcomm.wire.HELD", 4)
    monkeypatch.setattr("relcomm.journal.EVERY", 0.0)
    monkeypatch.setattr("os.fsync", lambda file: None)  # nobody takes the power away meanwhile


@pytest.fixture(scope="module")
def whole(talk: Path) -> bytes:
    """What an unbroken run writes to standard output."""
    from relcomm.wire import answers

    with talk.open("rb") as lines:
        return b"".join(json.dumps(each).encode() + b"\n" for each in answers(load("ngram"), lines))


class Broken(BaseException):
    """The run ends here, as if it were killed: nothing after it is done."""


def broken_after(monkeypatch: pytest.MonkeyPatch, batches: int) -> Callable[[], None]:
    """Let the labelling fail after so many batches; call what is returned to heal it."""
    label_batch, done = Analyzer.label_batch, 0

    def failing(self: Analyzer, turns: Sequence[Any]) -> list[Any]:
        nonlocal done
        done += 1
        if done > batches:
            raise Broken
        return label_batch(self, turns)

    monkeypatch.setattr(Analyzer, "label_batch", failing)
    return lambda: monkeypatch.setattr(Analyzer, "label_batch", label_batch)


def label(*argv: str | Path) -> int:
    return main(["label", *map(str, argv), *NGRAM])


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def half(talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_steps: None) -> Path:
    """An output that a run left unfinished after three batches."""
    heal = broken_after(monkeypatch, 3)
    with pytest.raises(Broken):
        label(talk, "--out", tmp_path / "out")
    heal()
    assert left(tmp_path) == ["out.journal", "out.part"]
    return tmp_path / "out"


def part_of(out: Path) -> Path:
    return out.with_name(out.name + ".part")


def journal_of(out: Path) -> Path:
    return out.with_name(out.name + ".journal")


# Whole runs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resume", [[], ["--resume"]], ids=["once", "with --resume"])
def test_the_file_holds_what_would_be_printed(
    relcomm: Command, talk: Path, whole: bytes, tmp_path: Path, resume: list[str]
) -> None:
    done = relcomm("label", talk, "--out", tmp_path / "out", *resume, *NGRAM)
    assert (done.code, done.out) == (Exit.SOME_LINES, "")
    assert done.err.endswith(f"written: {tmp_path / 'out'}\n")
    assert (tmp_path / "out").read_bytes() == whole
    assert left(tmp_path) == ["out"]


def test_an_older_output_is_replaced_at_the_end(talk: Path, whole: bytes, half: Path) -> None:
    half.write_text("older")
    half.chmod(0o640)
    assert label(talk, "--out", half, "--resume") == Exit.SOME_LINES
    assert half.read_bytes() == whole
    assert half.stat().st_mode & 0o777 == 0o640 or sys.platform == "win32"


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "none").touch()
    assert label(tmp_path / "none", "--out", tmp_path / "out") == Exit.DONE
    assert (tmp_path / "out").read_bytes() == b""


@posix
def test_standard_input_and_pipes_go_to_a_file_that_appears_whole(talk: Path, whole: bytes, tmp_path: Path) -> None:
    with start("label", "--out", tmp_path / "out", *NGRAM) as process:
        _, err = process.communicate(talk.read_bytes(), timeout=PATIENCE)
    assert process.returncode == Exit.SOME_LINES
    assert err.decode().endswith("/out\n")
    assert (tmp_path / "out").read_bytes() == whole
    assert left(tmp_path) == ["out"]


def test_what_comes_but_once_leaves_nothing_behind(
    talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_steps: None
) -> None:
    monkeypatch.setattr(labelling, "is_input", lambda name: True)
    monkeypatch.setattr(labelling, "unfit", lambda *_: "")
    broken_after(monkeypatch, 0)
    with pytest.raises(Broken):
        label(talk, "--out", tmp_path / "out")
    assert left(tmp_path) == []


# Broken runs ---------------------------------------------------------------------------------------------------------


def test_no_line_is_labelled_again(
    talk: Path, whole: bytes, half: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, label_batch, again = part_of(half).read_bytes(), Analyzer.label_batch, []

    def noting(self: Analyzer, turns: Sequence[Any]) -> list[Any]:
        again.extend(turn.utterance.text for turn in turns)
        return label_batch(self, turns)

    monkeypatch.setattr(Analyzer, "label_batch", noting)
    capsys.readouterr()
    assert label(talk, "--out", half, "--resume") == Exit.SOME_LINES
    done = [json.loads(line)["id"] for line in before.splitlines() if b"error" not in line]
    texts = [json.loads(line) for line in talk.read_bytes().splitlines() if line.startswith(b'{"id')]
    assert again == [each["text"] for each in texts if each["id"] not in done]
    assert half.read_bytes() == whole
    assert left(half.parent) == ["out"]
    # The numbers of lines go on, too, and what was told of is not told again.
    told = [int(line.split()[2].rstrip(":")) for line in capsys.readouterr().err.splitlines() if ": line " in line]
    bad = [n for n, line in enumerate(talk.read_bytes().splitlines(), 1) if line == b"{bad"]
    assert told == bad[before.count(b"error") :] != bad


def test_lines_that_could_not_be_read_still_count_in_the_end(tmp_path: Path, small_steps: None) -> None:
    (tmp_path / "bad").write_text('{"text": "Fine."}\n{bad\n' + '{"text": "Fine."}\n' * 30)
    with pytest.MonkeyPatch.context() as patch:
        broken_after(patch, 2)
        with pytest.raises(Broken):
            label(tmp_path / "bad", "--out", tmp_path / "bad.out")
    assert label(tmp_path / "bad", "--out", tmp_path / "bad.out", "--resume") == Exit.SOME_LINES


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_wherever_both_files_were_cut(
    talk: Path, whole: bytes, half: Path, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    """After a kill the part is longer than its last mark; after a loss of power its end may be zeros, too."""
    out = half.with_name("cut")
    marks = journal_of(half).read_bytes().splitlines(keepends=True)
    kept = data.draw(st.integers(1, len(marks)), label="entries of the journal")
    torn = marks[kept][: data.draw(st.integers(0, len(marks[kept]) - 1))] if kept < len(marks) else b""
    safe = json.loads(marks[kept - 1])["written"] if kept > 1 else 0
    part = whole[: data.draw(st.integers(safe, len(whole)), label="bytes of the part")]
    zeros = b"\0" * data.draw(st.integers(0, 9))
    journal_of(out).write_bytes(b"".join(marks[:kept]) + torn)
    part_of(out).write_bytes(part + zeros + data.draw(st.sampled_from([b"", b"\n"])) * bool(zeros))
    assert label(talk, "--out", out, "--resume") == Exit.SOME_LINES
    assert out.read_bytes() == whole
    assert not part_of(out).exists()
    assert not journal_of(out).exists()


# What a run leaves that is killed while it begins or ends: files, and what they hold of a whole run's.
MOMENTS = {
    "the journal is new": {"out.journal": "torn"},
    "before the part": {"out.journal": "begun"},
    "before the first answer": {"out.journal": "begun", "out.part": "empty"},
    "before it is put in place": {"out.journal": "whole", "out.part": "all"},
    "before the journal goes": {"out.journal": "whole", "out": "all"},
}


@pytest.mark.parametrize("files", MOMENTS.values(), ids=MOMENTS)
def test_killed_while_it_begins_or_ends(
    talk: Path, whole: bytes, half: Path, tmp_path: Path, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    begun = journal_of(half).read_bytes().splitlines(keepends=True)[0]
    mark = Mark(60, talk.stat().st_size, len(whole), whole.count(b"error"), whole=True)
    end = json.dumps(asdict(mark)).encode() + b"\n"
    content = {"torn": begun[:30], "begun": begun, "empty": b"", "whole": begun + end, "all": whole}
    for name in left(tmp_path):
        (tmp_path / name).unlink()
    for name, what in files.items():
        (tmp_path / name).write_bytes(content[what])
    assert label(talk, "--out", half) == Exit.FILE
    assert "--resume" in capsys.readouterr().err
    assert label(talk, "--out", half, "--resume") == Exit.SOME_LINES
    assert half.read_bytes() == whole
    assert left(tmp_path) == ["out"]


@posix
def test_a_run_killed_outright_is_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "talk").write_bytes(asked(1200))
    out = tmp_path / "out"
    with start("label", tmp_path / "talk", "--out", out, *NGRAM) as process:
        until = time.monotonic() + PATIENCE
        while not (part_of(out).exists() and part_of(out).stat().st_size):
            assert time.monotonic() < until, "it never began"
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert not out.exists()
    assert label(tmp_path / "talk", "--out", out, "--resume") == Exit.SOME_LINES
    assert label(tmp_path / "talk", "--out", tmp_path / "again") == Exit.SOME_LINES
    assert out.read_bytes() == (tmp_path / "again").read_bytes()


def test_interrupted(
    talk: Path, whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_steps: None, relcomm: Command
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules[__name__], "Broken", KeyboardInterrupt)
        broken_after(patch, 2)
        done = relcomm("label", talk, "--out", tmp_path / "out", *NGRAM)
    assert done.code == Exit.INTERRUPTED
    assert "--resume goes on" in done.err
    assert label(talk, "--out", tmp_path / "out", "--resume") == Exit.SOME_LINES
    assert (tmp_path / "out").read_bytes() == whole


def test_a_full_disk(
    talk: Path, whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_steps: None, relcomm: Command
) -> None:
    calls = 0

    def full(file: int) -> None:
        nonlocal calls
        calls += 1
        if calls > 4:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        done = relcomm("label", talk, "--out", tmp_path / "out", *NGRAM)
    assert done.code == Exit.FILE
    assert "No space left" in done.err
    assert left(tmp_path) == ["out.journal", "out.part"]
    assert label(talk, "--out", tmp_path / "out", "--resume") == Exit.SOME_LINES
    assert (tmp_path / "out").read_bytes() == whole


# What is refused -----------------------------------------------------------------------------------------------------


def changed(talk: Path, out: Path) -> str:
    """A copy with one letter changed."""
    other = out.with_name("other")
    other.write_bytes(talk.read_bytes().replace(b"eat", b"sit", 1))
    return str(other)


def unlinked(file: Path, talk: Path, out: Path) -> list[str]:
    file.unlink()
    return [str(talk), "--out", str(out), "--resume"]


def written(file: Path, content: bytes, talk: Path, out: Path) -> list[str]:
    file.write_bytes(content)
    return [str(talk), "--out", str(out), "--resume"]


def newer(talk: Path, out: Path) -> list[str]:
    lines = journal_of(out).read_bytes().splitlines(keepends=True)
    begun = json.loads(lines[0]) | {"relcomm": "99.0"}
    return written(journal_of(out), json.dumps(begun).encode() + b"\n" + b"".join(lines[1:]), talk, out)


REFUSED: dict[str, tuple[Callable[[Path, Path], list[str]], str]] = {
    "no --resume": (lambda talk, out: [str(talk), "--out", str(out)], "add --resume"),
    "another input": (lambda talk, out: [changed(talk, out), "--out", str(out), "--resume"], "another input:"),
    "other options": (lambda talk, out: [str(talk), "--out", str(out), "--resume", "--prior", "everyday"],
                      "other options:"),
    "another model": (lambda talk, out: [str(talk), "--out", str(out), "--resume", "--model", "small"],
                      "another model:"),
    "no journal": (lambda talk, out: unlinked(journal_of(out), talk, out), "its journal is gone:"),
    "no part": (lambda talk, out: unlinked(part_of(out), talk, out), "is gone or was changed:"),
    "a shorter part": (lambda talk, out: written(part_of(out), b"{}\n", talk, out), "is gone or was changed:"),
    "no journal of ours": (lambda talk, out: written(journal_of(out), b"dear diary\n", talk, out), "cannot be read:"),
    "another file": (lambda talk, out: written(journal_of(out), b'{"a": 1}\n', talk, out), "begun with another"),
    "another relcomm": (newer, "another relcomm:"),
}  # fmt: skip


@pytest.mark.parametrize(("ask", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_changes_nothing(
    relcomm: Command, talk: Path, half: Path, ask: Callable[[Path, Path], list[str]], said: str
) -> None:
    argv = ask(talk, half)
    before = {name: (half.parent / name).read_bytes() for name in left(half.parent)}
    done = relcomm("label", *([] if "--model" in argv else NGRAM), *argv)
    assert (done.code, done.out) == (Exit.FILE, "")
    assert said in done.err
    assert "start anew" in done.err
    assert {name: (half.parent / name).read_bytes() for name in left(half.parent)} == before


def test_what_is_whole_already(relcomm: Command, talk: Path, half: Path) -> None:
    assert label(talk, "--out", half, "--resume") == Exit.SOME_LINES
    done = relcomm("label", talk, "--out", half, "--resume", *NGRAM)
    assert done.code == Exit.FILE
    assert "nothing to resume" in done.err


@posix
@pytest.mark.parametrize("resume", [[], ["--resume"]], ids=["anew", "with --resume"])
def test_two_runs_never_write_one_file(relcomm: Command, talk: Path, half: Path, resume: list[str]) -> None:
    import fcntl

    before = part_of(half).read_bytes()
    with journal_of(half).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = relcomm("label", talk, "--out", half, *resume, *NGRAM)
    assert done.code == Exit.FILE
    assert "another run" in done.err
    assert part_of(half).read_bytes() == before


def test_an_input_that_changes_meanwhile(
    relcomm: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_steps: None
) -> None:
    talk, label_batch = tmp_path / "talk", Analyzer.label_batch
    talk.write_bytes(asked(30))

    def growing(self: Analyzer, turns: Sequence[Any]) -> list[Any]:
        with talk.open("ab") as more:
            more.write(b'\n{"text": "Fine."}')
        return label_batch(self, turns)

    with monkeypatch.context() as patch:
        patch.setattr("relcomm.journal.EVERY", 60.0)
        patch.setattr(Analyzer, "label_batch", lambda self, turns: growing(self, turns) if turns else [])
        patch.setattr("relcomm.wire.HELD", 1000)
        done = relcomm("label", talk, "--out", tmp_path / "out", *NGRAM)
    assert done.code == Exit.FILE
    assert "was changed while it was read" in done.err
    assert not (tmp_path / "out").exists()


USAGE = {
    "nowhere": ["talk", "--resume"],
    "standard input": ["--out", "out", "--resume"],
    "a dash": ["-", "--out", "out", "--resume"],
    "the input itself": ["talk", "--out", "talk"],
    "a folder": ["talk", "--out", "."],
}


@pytest.mark.parametrize("argv", USAGE.values(), ids=USAGE)
def test_wrong_usage(relcomm: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talk").write_bytes(asked(3))
    assert relcomm("label", *argv, *NGRAM).code == Exit.USAGE
    assert left(tmp_path) == ["talk"]


@posix
def test_a_pipe_cannot_be_read_twice(relcomm: Command, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(write)
    try:
        done = relcomm("label", f"/dev/fd/{read}", "--out", tmp_path / "out", "--resume", *NGRAM)
    finally:
        os.close(read)
    assert done.code == Exit.USAGE
    assert "pipe" in done.err


@pytest.mark.parametrize("where", ["missing/out", "talk.jsonl/out"])
def test_where_nothing_can_be_written(relcomm: Command, talk: Path, tmp_path: Path, where: str) -> None:
    (tmp_path / "talk.jsonl").touch()
    done = relcomm("label", talk, "--out", tmp_path / where, *NGRAM)
    assert done.code == Exit.FILE
    assert "--out: cannot be written" in done.err
    assert left(tmp_path) == ["talk.jsonl"]


def test_an_empty_output_that_is_gone(relcomm: Command, half: Path, tmp_path: Path) -> None:
    (tmp_path / "none").touch()
    assert label(tmp_path / "none", "--out", tmp_path / "empty") == Exit.DONE
    begun = json.loads(journal_of(half).read_bytes().splitlines()[0])
    begun["input"] = {"bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()}
    lines = [begun, asdict(Mark(whole=True))]
    journal_of(tmp_path / "empty").write_text("".join(json.dumps(each) + "\n" for each in lines))
    (tmp_path / "empty").unlink()
    done = relcomm("label", tmp_path / "none", "--out", tmp_path / "empty", "--resume", *NGRAM)
    assert (done.code, "is gone" in done.err) == (Exit.FILE, True)


def test_progress_is_for_terminals(
    relcomm: Command, talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_steps: None
) -> None:
    assert "%" not in relcomm("label", talk, "--out", tmp_path / "out", *NGRAM).err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert "lines, 100%" in relcomm("label", talk, "--out", tmp_path / "out", *NGRAM).err


class Unreadable(io.BytesIO):
    """A file on a disk that fails."""

    def read(self, size: int | None = -1) -> bytes:
        raise OSError(5, "Input/output error")

    def __next__(self) -> bytes:
        return self.read()


@pytest.mark.parametrize("ask", [fingerprint, lambda file: list(asked_from(file, Mark()))], ids=["digest", "lines"])
def test_an_input_that_cannot_be_read(ask: Callable[[Any], object]) -> None:
    with pytest.raises(ReadError, match="the input cannot be read"):
        ask(Unreadable(b"quince"))


# Lines ---------------------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([b"a\n", b"\n", b"  \r\n", b"bc\r\n"])), st.sampled_from([b"", b"d", b" "]), st.data())
def test_lines_after_a_mark(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], last: bytes, data: Any
) -> None:
    file = tmp_path_factory.mktemp("lines") / "asked"
    file.write_bytes(b"".join(lines) + last)
    with file.open("rb") as asked:
        found = list(asked_from(asked, Mark()))
        assert [line for _, line, _ in found] == [line for line in [*lines, last] if line.strip()]
        done = data.draw(st.integers(0, len(found)))
        mark = Mark(found[done - 1][0], found[done - 1][2]) if done else Mark()
        assert list(asked_from(asked, mark)) == found[done:]

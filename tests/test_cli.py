"""The command line: what it prints where, how it ends, and that it repeats nobody's words when something is wrong."""

from __future__ import annotations

import io
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from command import CANARY, HURTS, NGRAM, PATIENCE, TRANSCRIPTS, Command, start
from relcomm import __version__, read
from relcomm.analyzer import Analyzer
from relcomm.cli import Exit, main
from relcomm.errors import MissingExtraError
from relcomm.labels import LABELS

COMMANDS = ("label", "analyze", "check", "labels", "train", "evaluate")


# In general ----------------------------------------------------------------------------------------------------------


def test_no_command_shows_help(relcomm: Command) -> None:
    done = relcomm()
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert all(name in done.err for name in COMMANDS)


def test_version(relcomm: Command) -> None:
    done = relcomm("--version")
    assert (done.code, done.out) == (0, f"relcomm {__version__}\n")


def test_help_tells_every_exit_code(relcomm: Command) -> None:
    done = relcomm("--help")
    assert done.code == 0
    codes = done.out.partition("Exit codes:")[2]
    assert all(f"{int(code)} " in codes for code in Exit)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(relcomm: Command, name: str) -> None:
    done = relcomm(name, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"usage: relcomm {name} ")
    assert "%(" not in done.out


def test_help_on_analysing_tells_of_the_help_lines(relcomm: Command) -> None:
    said = relcomm("analyze", "--help").out
    assert "RELCOMM_HELPLINES=FILE" in said
    assert "docs/safety.md" in said
    assert (Path(__file__).parents[1] / "docs" / "safety.md").is_file()


# Wrong usage, and what must be said about it.
WRONG_USAGE: dict[str, tuple[list[str], str]] = {
    "a draft without quotes": (["check", "you", CANARY], "in quotes"),
    "a draft that looks like an option": (["check", f"-{CANARY}"], "write -- before"),
    "no such command": ([CANARY], "the commands are label, analyze, check, labels, train, evaluate"),
    "no such command, but a file": ([CANARY, "x"], "the commands are label, "),
    "an option without a command": ([f"--{CANARY}"], "the commands are label, "),
    "two files": (["label", "x", CANARY], "unrecognized arguments; see --help"),
    "no such option": (["check", f"--{CANARY}"], "unrecognized arguments"),
    "an unclear option": (["train", "--d", CANARY, "--h", CANARY], "--help"),
    "a value too many": (["labels", f"--json={CANARY}"], "ignored explicit"),
    "no such label": (["labels", CANARY], "criticism, contempt"),
    "an empty label": (["labels", ""], "criticism, contempt"),
    "no files": (["evaluate"], "FILE"),
    "no folder": (["train", "x.jsonl"], "--out"),
    "no number of draws": (["evaluate", "x", "--draws", CANARY], "a whole number"),
    "no draws": (["evaluate", "x", "--draws", "0"], "a whole number"),
    "draws below none": (["evaluate", "x", "--draws=-1"], "a whole number"),
    "no value": (["analyze", "--format"], "expected one argument"),
    "no such format": (["analyze", "x", "--format", CANARY], "whatsapp"),
    "no such order": (["analyze", "x", "--format", f"whatsapp:{CANARY}"], "whatsapp"),
    "no order": (["check", "x", "--thread", "x", "--format", "whatsapp:"], "whatsapp"),
}


@pytest.mark.parametrize(("argv", "said"), WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage(relcomm: Command, argv: list[str], said: str) -> None:
    done = relcomm(*argv)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert said in done.err
    assert CANARY not in done.err
    assert ("quotes" in done.err) is (argv[0] == "check" and "--format" not in argv)


@pytest.mark.parametrize("argv", [["label"], ["analyze", str(TRANSCRIPTS / "chores.txt")], ["check", HURTS]], ids=str)
def test_no_such_model(relcomm: Command, argv: list[str]) -> None:
    done = relcomm(*argv, "--model", CANARY)
    assert (done.code, done.out) == (Exit.MODEL, "")
    assert "--model: " in done.err
    assert "ngram" in done.err
    assert CANARY not in done.err


# A command, and what a file that is not there goes by, since its name may be somebody's words.
READS = {
    "label": "FILE",
    "analyze": "TRANSCRIPT",
    "check hi --thread": "--thread",
    "evaluate": "FILE",
    "evaluate --dialogues x": "FILE",
    "train --out new": "FILE",
    "train x --out new --held-out": "--held-out",
}


@pytest.mark.parametrize("command", READS)
@pytest.mark.parametrize("what", ["missing", "folder"])
def test_files_that_cannot_be_read(
    relcomm: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "x").touch()
    done = relcomm(*command.split(), what)
    assert (done.code, done.out) == (Exit.FILE, "")
    assert done.err.startswith(f"relcomm: {'folder' if what == 'folder' else READS[command]}: ")
    assert ("missing" in done.err) is False
    assert len(done.err.splitlines()) == 1


# Arguments that may be somebody's words, each with the name it must go by instead.
WORDS = {
    "label": (["label", HURTS], Exit.FILE, "FILE"),
    "analyze": (["analyze", "You lied.Again"], Exit.FILE, "TRANSCRIPT"),
    "thread": (["check", "hi", "--thread", HURTS], Exit.FILE, "--thread"),
    "page": (["analyze", str(TRANSCRIPTS / "chores.txt"), "--html", f"{HURTS}/page"], Exit.FILE, "--html"),
    "model": (["check", "hi", "--model", HURTS], Exit.MODEL, "--model"),
    "suite": (["evaluate", "--suite", HURTS], Exit.FILE, "--suite"),
    "files": (["evaluate", HURTS, str(TRANSCRIPTS / "in_laws.jsonl")], Exit.FILE, "FILE 1"),
    "zero": (["label", "You\0never"], Exit.FILE, "FILE"),
}


@pytest.mark.parametrize(("argv", "code", "argument"), WORDS.values(), ids=WORDS)
def test_no_argument_is_repeated(relcomm: Command, argv: list[str], code: Exit, argument: str) -> None:
    done = relcomm(*argv)
    assert (done.code, done.out) == (code, "")
    assert argument in done.err
    assert "You" not in done.err


def test_the_name_of_a_file_steers_no_terminal(relcomm: Command, tmp_path: Path) -> None:
    (tmp_path / "\x1b[31m").mkdir()
    assert "\x1b" not in relcomm("label", tmp_path / "\x1b[31m").err


@pytest.mark.parametrize(
    ("error", "code"), [(MissingExtraError("onnx", "train"), Exit.EXTRA), (KeyboardInterrupt(), Exit.INTERRUPTED)]
)
def test_other_ends(
    relcomm: Command, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: Exit, tmp_path: Path
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("relcomm.analyzer.load", fail)
    (tmp_path / "asked.jsonl").touch()
    done = relcomm("label", tmp_path / "asked.jsonl")
    assert (done.code, done.out) == (code, "")
    assert "Traceback" not in done.err


ASCII = [["labels"], ["labels", "contempt"], ["check", HURTS + " \ud800 caf\xe9 “no”", *NGRAM], ["check", "hi", *NGRAM],
         ["analyze", str(TRANSCRIPTS / "money.csv"), *NGRAM]]  # fmt: skip


@pytest.mark.parametrize("argv", ASCII, ids=lambda argv: ascii(argv[:2]))
def test_a_terminal_that_knows_only_ascii(monkeypatch: pytest.MonkeyPatch, argv: list[str]) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert main(argv) == 0
    assert len(written.getvalue().decode("ascii")) > 40


# label ---------------------------------------------------------------------------------------------------------------


def asked(text: str = HURTS, **more: Any) -> bytes:
    return json.dumps({"text": text, **more}).encode() + b"\n"


def test_ten_thousand_lines_in_order() -> None:
    texts = [f"Did you eat {n % 17}?" if n % 100 else HURTS for n in range(10_000)]
    process = start("label", *NGRAM)
    out, err = process.communicate(b"".join(asked(text, id=n) for n, text in enumerate(texts)), PATIENCE * 4)
    assert (process.returncode, err) == (0, b"")
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["id"] for answer in answers] == list(range(10_000))
    assert all(("criticism" in answer["labels"]) == (answer["id"] % 100 == 0) for answer in answers)


def test_answers_come_before_the_input_ends_and_before_the_pipe_breaks() -> None:
    with start("label", *NGRAM) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        for n in range(2):
            process.stdin.write(asked(id=n))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == n
        # As `| head` does it; our standard input stays open.
        process.stdout.close()
        process.stdin.write(asked())
        process.stdin.flush()
        assert process.wait(PATIENCE) == 0
        assert process.stderr.read() == b""


def test_interrupted_while_it_waits() -> None:
    with start("label", *NGRAM) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(asked())
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == Exit.INTERRUPTED
        assert process.stderr.read() == b""


def test_a_pipe_that_breaks_before_the_end_of_what_is_printed() -> None:
    with start("labels") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.wait(PATIENCE) == 0
        assert process.stderr.read() == b""


def test_label_answers_in_place_what_it_cannot_read(relcomm: Command, tmp_path: Path, ngram: Analyzer) -> None:
    lines = [asked(id="a"), b"\n", f'{{"text": "{CANARY}'.encode() + b"\n", asked("Whatever.", id="b"),
             asked(CANARY, speaker=5, id="c"), b"\xff" + CANARY.encode()]  # fmt: skip
    file = tmp_path / "asked.jsonl"
    file.write_bytes(b"".join(lines))
    done = relcomm("label", file, *NGRAM)
    found = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == Exit.SOME_LINES
    assert [answer.get("id") for answer in found] == ["a", None, "b", "c", None]
    assert [answer["error"]["line"] for answer in found if "error" in answer] == [3, 5, 6]
    assert found[0] == {"id": "a"} | ngram.classify(HURTS).to_dict()
    assert [line.split(":")[1].strip() for line in done.err.splitlines()] == ["line 3", "line 5", "line 6"]
    assert CANARY not in done.out + done.err


@pytest.mark.parametrize("content", [b"", b"\n \n"], ids=repr)
def test_nothing_asked_nothing_answered(relcomm: Command, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "asked.jsonl").write_bytes(content)
    done = relcomm("label", tmp_path / "asked.jsonl", *NGRAM)
    assert (done.code, done.out, done.err) == (0, "", "")


# analyze -------------------------------------------------------------------------------------------------------------

FORMATS = [("chores.txt", "name_text"), ("texting_whatsapp.txt", "whatsapp"), ("in_laws.jsonl", "jsonl"), ("money.csv", "csv")]  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), FORMATS)
def test_analyze_every_format(relcomm: Command, ngram: Analyzer, name: str, kind: str) -> None:
    expected = json.loads(json.dumps(ngram.analyze(read(TRANSCRIPTS / name)).to_dict()))
    done = relcomm("analyze", TRANSCRIPTS / name, "--json", *NGRAM)
    named = relcomm("analyze", "--format", kind, "--json", *NGRAM, stdin=(TRANSCRIPTS / name).read_bytes())
    dashed = relcomm("analyze", "-", "--json", *NGRAM, stdin=(TRANSCRIPTS / name).read_bytes())
    assert (done.code, done.err) == (named.code, named.err) == (dashed.code, dashed.err) == (0, "")
    assert json.loads(done.out) == json.loads(named.out) == json.loads(dashed.out) == expected
    assert expected["report"]["format"] == kind


def test_analyze_as_text_and_as_a_page(relcomm: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("old")
    plain = relcomm("analyze", TRANSCRIPTS / "chores.txt", *NGRAM)
    done = relcomm("analyze", TRANSCRIPTS / "chores.txt", "--html", page, *NGRAM)
    assert (plain.code, plain.err) == (0, "")
    assert "WHAT STANDS OUT" in plain.out
    assert (done.code, done.out) == (0, plain.out)
    assert done.err == f"written: {page}\n"
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert list(tmp_path.iterdir()) == [page]


def test_analyze_what_is_hardly_text(relcomm: Command, tmp_path: Path) -> None:
    turn = {"speaker": "\ud800\x1b[31m", "text": "You never listen \udfff\x00 </script> 🙄"}
    done = relcomm("analyze", "--html", tmp_path / "page.html", *NGRAM, stdin=json.dumps(turn).encode())
    assert (done.code, "\x1b" in done.out, "\x00" in done.out) == (0, False, False)
    assert "\x1b" not in (tmp_path / "page.html").read_text(encoding="utf-8")


NO_TRANSCRIPTS = {
    "nothing": b"",
    "blank": b"\n \n",
    "binary": CANARY.encode() + b"\x00\x01\x02",
    "zip": b"PK\x03\x04" + CANARY.encode(),
    "not UTF-8": b"Ann: " + CANARY.encode() + b" \xff\xfe\nBen: no\n",
    "prose": f"It was a {CANARY} and nothing else.".encode(),
    "broken JSON": f'{{"text": "a"}}\n{{"text": "{CANARY}\n'.encode(),
}


@pytest.mark.parametrize("content", NO_TRANSCRIPTS.values(), ids=NO_TRANSCRIPTS)
def test_no_transcript(relcomm: Command, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "talk"
    file.write_bytes(content)
    named = relcomm("analyze", file, "--html", tmp_path / "page.html", *NGRAM)
    piped = relcomm("analyze", *NGRAM, stdin=content)
    assert (named.code, named.out) == (piped.code, piped.out) == (Exit.FILE, "")
    assert str(file) in named.err
    assert CANARY not in named.err + piped.err
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(("order", "month"), [("dmy", 2), ("mdy", 1)])
def test_the_order_of_day_and_month_can_be_named(relcomm: Command, tmp_path: Path, order: str, month: int) -> None:
    talk = tmp_path / "chat.txt"
    talk.write_text("[01/02/2023, 09:15:32] Ann: hi\n[01/02/2023, 09:15:40] Ben: hello\n")
    open_order = relcomm("analyze", talk, *NGRAM)
    assert (open_order.code, "whatsapp:dmy" in open_order.err) == (Exit.FILE, True)
    done = relcomm("analyze", talk, "--format", f"whatsapp:{order}", "--json", *NGRAM)
    assert json.loads(done.out)["turns"][0]["time"].startswith(f"2023-0{month}-")
    assert f"whatsapp:{order}" in relcomm("analyze", "--help").out


# labels --------------------------------------------------------------------------------------------------------------


def test_labels(relcomm: Command) -> None:
    done = relcomm("labels")
    assert (done.code, done.err) == (0, "")
    assert [line.split(" — ")[0] for line in done.out.splitlines() if line[:1] not in ("", " ")] == list(LABELS)
    assert json.loads(relcomm("labels", "--json").out) == json.loads(json.dumps([x.to_dict() for x in LABELS.values()]))


@pytest.mark.parametrize("name", LABELS)
def test_one_label(relcomm: Command, name: str) -> None:
    done = relcomm("labels", name)
    assert (done.code, done.err) == (0, "")
    assert "It is not:" in done.out
    label, flat = LABELS[name], " ".join(done.out.split())
    examples = [case.text for case in (*label.flag, *label.leave)]
    reasons = [cue.why for cue in label.cues] + [case.why for case in label.leave]
    assert all(" ".join(each.split()) in flat for each in [label.antidote, *examples, *reasons])
    assert (f"antidote: {LABELS[label.antidote].title}" in flat) if label.harmful else "antidote:" not in flat
    (found,) = json.loads(relcomm("labels", name, "--json").out)
    assert found["name"] == name

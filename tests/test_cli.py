"""The command line: what it prints where, how it ends, and that it repeats nobody's words when something is wrong."""

from __future__ import annotations

import io
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from command import CANARY, PATIENCE, Command, start
from relcomm import __version__, read
from relcomm.analyzer import Analyzer
from relcomm.cli import Exit, main
from relcomm.errors import MissingExtraError
from relcomm.labels import LABELS

COMMANDS = ("label", "analyze", "check", "labels", "train", "evaluate")
TRANSCRIPTS = Path(__file__).parents[1] / "examples" / "transcripts"
HURTS = "You never listen to me, you're so selfish."
NGRAM = ("--model", "ngram")


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


# Wrong usage, and what must be said about it.
WRONG_USAGE: dict[str, tuple[list[str], str]] = {
    "a draft without quotes": (["check", "you", CANARY], "in quotes"),
    "no such command": ([CANARY], "invalid choice"),
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
}


@pytest.mark.parametrize(("argv", "said"), WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage(relcomm: Command, argv: list[str], said: str) -> None:
    done = relcomm(*argv)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert said in done.err
    assert CANARY not in done.err


@pytest.mark.parametrize("argv", [["label"], ["analyze", str(TRANSCRIPTS / "chores.txt")], ["check", HURTS]], ids=str)
def test_no_such_model(relcomm: Command, argv: list[str]) -> None:
    done = relcomm(*argv, "--model", "no-such-model")
    assert (done.code, done.out) == (Exit.MODEL, "")
    assert "ngram" in done.err
    assert CANARY not in done.err


@pytest.mark.parametrize("command", ["label", "analyze", "check --thread", "evaluate", "train --out x"])
@pytest.mark.parametrize("what", ["missing", "folder"])
def test_files_that_cannot_be_read(relcomm: Command, tmp_path: Path, command: str, what: str) -> None:
    where = tmp_path if what == "folder" else tmp_path / "missing.jsonl"
    name, *options = command.split()
    if name == "check":
        done = relcomm(name, CANARY, *options, where, *NGRAM)
    else:
        done = relcomm(name, where, *options, *([] if name == "train" else NGRAM))
    assert (done.code, done.out) == (Exit.FILE, "")
    assert str(where) in done.err
    assert CANARY not in done.err


@pytest.mark.parametrize(
    ("error", "code"), [(MissingExtraError("onnx", "train"), Exit.EXTRA), (KeyboardInterrupt(), Exit.INTERRUPTED)]
)
def test_other_ends(
    relcomm: Command, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: Exit, tmp_path: Path
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("relcomm.analyzer.load", fail)
    done = relcomm("label", tmp_path)
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


def test_no_such_format(relcomm: Command) -> None:
    done = relcomm("analyze", TRANSCRIPTS / "chores.txt", "--format", CANARY, *NGRAM)
    assert (done.code, done.out) == (Exit.FILE, "")
    assert "whatsapp" in done.err
    assert CANARY not in done.err


@pytest.mark.parametrize("where", ["missing/page.html", "file/page.html", "folder"])
def test_a_page_that_cannot_be_written(relcomm: Command, tmp_path: Path, where: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    done = relcomm("analyze", TRANSCRIPTS / "chores.txt", "--html", tmp_path / where, *NGRAM)
    assert (done.code, done.out) == (Exit.FILE, "")
    assert f"{tmp_path / where}: cannot be written" in done.err
    assert sorted(tmp_path.rglob("*")) == before


# check ---------------------------------------------------------------------------------------------------------------


def test_check_a_draft(relcomm: Command, ngram: Analyzer) -> None:
    expected = [advice.to_dict() for advice in ngram.check(HURTS)]
    done = relcomm("check", HURTS, *NGRAM)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("criticism: “")
    assert json.loads(relcomm("check", HURTS, "--json", *NGRAM).out) == expected
    assert json.loads(relcomm("check", "--json", *NGRAM, stdin=HURTS.encode()).out) == expected
    assert json.loads(relcomm("check", "--json", *NGRAM, stdin=b"\xef\xbb\xbf" + HURTS.encode()).out) == expected


@pytest.mark.parametrize("draft", ["", "Did you eat?", "\udcff"], ids=ascii)
def test_check_finds_nothing(relcomm: Command, draft: str) -> None:
    done = relcomm("check", draft, *NGRAM)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Nothing found")
    assert relcomm("check", draft, "--json", *NGRAM).out == "[]\n"


def test_check_in_a_thread(relcomm: Command, ngram: Analyzer) -> None:
    thread = TRANSCRIPTS / "chores.txt"
    said = read(thread).utterances
    done = relcomm("check", HURTS, "--thread", thread, "--me", said[-1].speaker, "--json", *NGRAM)
    expected = ngram.check(HURTS, context=said, speaker=said[-1].speaker)
    assert json.loads(done.out) == [advice.to_dict() for advice in expected]
    assert expected[0].span.weight not in {advice.span.weight for advice in ngram.check(HURTS)}


def test_a_draft_that_is_not_text(relcomm: Command) -> None:
    done = relcomm("check", *NGRAM, stdin=CANARY.encode() + b" \xff")
    assert (done.code, done.out, done.err) == (Exit.FILE, "", "relcomm: standard input: not in UTF-8\n")


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
    (found,) = json.loads(relcomm("labels", name, "--json").out)
    assert found["name"] == name


def test_the_default_model_is_base(relcomm: Command, base: Analyzer) -> None:
    assert json.loads(relcomm("check", HURTS, "--json").out) == [advice.to_dict() for advice in base.check(HURTS)]

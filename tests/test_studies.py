"""The commands for researchers, as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command import CANARY, NGRAM, Command
from relcomm.cli import Exit

TALK = [
    ("Ann", "You never listen to me, you're so selfish."),
    ("Ben", "It's not my fault, you started it."),
    ("Ann", "Did you buy milk?"),
    ("Ben", "Yes, two pints."),
]
CODES = [["criticism"], ["defensiveness"], [], []]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Twelve talks coded by two: the second, in a table without text, misses a defence in two of them."""
    first, second = tmp_path / "ann.jsonl", tmp_path / "ben.csv"
    rows, table = [], ["id,labels"]
    for talk in range(12):
        for n, ((speaker, text), labels) in enumerate(zip(TALK, CODES, strict=True), 1):
            key = f"c{talk}.{n}"
            rows.append({"id": key, "conversation": f"c{talk}", "speaker": speaker, "text": text, "labels": labels})
            table.append(f"{key},{'' if talk < 2 and n == 2 else ';'.join(labels)}")
    first.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    second.write_text("\n".join(table), encoding="utf-8")
    return first, second


def test_agree(relcomm: Command, files: tuple[Path, Path]) -> None:
    done = relcomm("agree", *files, "--draws", "50")
    assert (done.code, done.err) == (0, "")
    assert "| ann – ben | turns | criticism | 48 | 12/12 | 1.00" in done.out
    assert "| ann – ben | turns | defensiveness | 48 | 12/10 | 0.96" in done.out
    assert "| ann – ben | defensiveness | 24 |" in done.out
    assert CANARY not in done.out


def test_agree_with_the_model(relcomm: Command, files: tuple[Path, Path]) -> None:
    done = relcomm("agree", *files, *NGRAM, "--draws", "20", "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert {tuple(row["coders"]) for row in found["rows"]} == {
        ("ann", "ben"),
        ("ann", "model ngram"),
        ("ben", "model ngram"),
    }
    assert {row["label"] for row in found["rates"]} == {"criticism", "defensiveness"}


def test_agree_on_codes_with_times(relcomm: Command, tmp_path: Path) -> None:
    for coder, start in (("ann", 1.0), ("ben", 1.5)):
        rows = "".join(f"{film},{start},{start + 3},smile\n" for film in ("one", "two"))
        (tmp_path / f"{coder}.csv").write_text(f"observation,start,end,code\n{rows}", encoding="utf-8")
    both = (tmp_path / "ann.csv", tmp_path / "ben.csv")
    done = relcomm("agree", *both, "--tolerance", "1", "--draws", "20")
    assert (done.code, done.err) == (0, "")
    assert "| ann – ben | events | smile | 2 | 2/2 | 1.00" in done.out
    found = json.loads(relcomm("agree", *both, "--step", "0.5", "--labels", "smile", "--draws", "20", "--json").out)
    assert {row["by"] for row in found["rows"]} == {"time", "events"}


def test_agree_on_codes_with_times_with_the_model(relcomm: Command, tmp_path: Path) -> None:
    said = "start,speaker,text\n" + "".join(f'{3 * n},{speaker},"{text}"\n' for n, (speaker, text) in enumerate(TALK))
    for folder, head, rows in (
        ("ann", "subject,start,end,code\n", "Ann,0,3,criticism\nBen,3,6,defensiveness\n"),
        ("ben", "subject,start,end,code\n", "Ann,0,3,criticism\nBen,4,6,defensiveness\n"),
        ("talk", "", said),
    ):
        (tmp_path / folder).mkdir()
        for film in ("one", "two"):
            (tmp_path / folder / f"{film}.csv").write_text(head + rows, encoding="utf-8")
    coders = (tmp_path / "ann", tmp_path / "ben")
    asked = ("agree", *coders, "--transcript", tmp_path / "talk", *NGRAM, "--tolerance", "1", "--draws", "20", "--json")
    done = relcomm(*asked)
    assert (done.code, done.err) == (0, "")
    rows = {(tuple(r["coders"]), r["by"], r["label"]): r for r in json.loads(done.out)["rows"]}
    assert {r["coders"][1] for r in rows.values()} == {"ben", "model ngram"}
    # In each film the criticism is from 0 to 3, for people and model.
    assert rows[("ann", "model ngram"), "time", "criticism"]["cases"] == [6, 6]
    assert rows[("ann", "model ngram"), "events", "criticism"]["figures"]["F1"]["value"] == 1
    (tmp_path / "talk" / "three.csv").write_text(said, encoding="utf-8")
    assert "1 observation(s) of the transcripts are not in" in relcomm(*asked).err
    (tmp_path / "talk" / "three.csv").write_text(f"start,end\n1,2\n{CANARY},3\n", encoding="utf-8")
    assert "no column holds the text" in relcomm(*asked).err


def test_validate(relcomm: Command, files: tuple[Path, Path]) -> None:
    done = relcomm("validate", *files, *NGRAM, "--draws", "50")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Model `ngram` against 2 coders (ann, ben) on 48 turns of 12 conversation(s).")
    assert "12 case(s) in 12 conversation(s) are too few to say anything" in done.out
    found = json.loads(relcomm("validate", files[0], *NGRAM, "--draws", "20", "--json").out)
    assert found["coders"] == ["ann"]
    assert {each["use"] for each in found["labels"]} >= {"too few cases"}


def test_sequences(relcomm: Command, files: tuple[Path, Path]) -> None:
    done = relcomm("sequences", files[0], "--by-speaker")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("36 steps between 48 codes, lag 1.")
    assert "| Ann: criticism → Ben: defensiveness | 12 | 4.00 | 1.00 |" in done.out
    for options in (("--no-repeats",), ("--lag", "2"), ("--answers", "--draws", "99"), ("--codes", "criticism"), NGRAM):
        asked = relcomm("sequences", files[0], *options, "--json")
        assert (asked.code, asked.err) == (0, "")
        assert json.loads(asked.out)["transitions"] > 0
    assert relcomm("sequences", *files, "--coders", "ben").code == 0


# What is typed, FIRST and SECOND being the coders' files, and what must be said; a file not there may be somebody's words.
WRONG = {
    "one coder": (("agree", "FIRST"), "one coder only", Exit.FILE),
    "no such file": (("agree", CANARY, "FIRST"), "FILE 1: there is no such file", Exit.FILE),
    "no such only file": (("validate", CANARY), "FILE: there is no such file", Exit.FILE),
    "no text": (("validate", "SECOND", *NGRAM), "have no text", Exit.FILE),
    "no such coder": (
        ("agree", "FIRST", "SECOND", "--coders", f"ann,{CANARY}"),
        "not among the 2 of the files",
        Exit.FILE,
    ),
    "two coders": (("sequences", "FIRST", "SECOND"), "there are 2 coders", Exit.FILE),
    "unknown labels": (("validate", "FIRST", *NGRAM, "--labels", CANARY), "knows none of the labels", Exit.FILE),
    "no such model": (("validate", "FIRST", "--model", CANARY), "no such model", Exit.MODEL),
    "no draws": (("agree", "FIRST", "SECOND", "--draws", "0"), "a whole number from 1 on", Exit.USAGE),
    "no seconds": (("agree", "FIRST", "SECOND", "--step", CANARY), "a number of seconds", Exit.USAGE),
    "no names": (("agree", "FIRST", "SECOND", "--coders", ","), "names with a comma", Exit.USAGE),
    "no file": (("agree",), "required", Exit.USAGE),
}


@pytest.mark.parametrize(("typed", "said", "code"), WRONG.values(), ids=WRONG)
def test_what_goes_wrong_is_said(
    relcomm: Command, files: tuple[Path, Path], typed: tuple[str, ...], said: str, code: Exit
) -> None:
    names = {"FIRST": str(files[0]), "SECOND": str(files[1])}
    done = relcomm(*(names.get(each, each) for each in typed))
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert CANARY not in done.err


def test_turns_and_times_cannot_be_compared(relcomm: Command, files: tuple[Path, Path], tmp_path: Path) -> None:
    timed = tmp_path / "timed.csv"
    timed.write_text("start,end,code\n1,2,smile\n", encoding="utf-8")
    done = relcomm("agree", files[0], timed)
    assert (done.code, "cannot be compared" in done.err) == (Exit.FILE, True)
    again = tmp_path / "again.csv"
    again.write_text("start,end,code\n1,2,smile\n", encoding="utf-8")
    assert "--model and --transcript" in relcomm("agree", timed, again, *NGRAM).err
    assert "is for codes with times" in relcomm("agree", files[0], files[1], "--transcript", timed, *NGRAM).err
    assert "not among the 2 of the files" in relcomm("agree", timed, again, "--coders", CANARY).err

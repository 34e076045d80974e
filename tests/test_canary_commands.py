"""A canary through every command and every option: where it is an answer it stands in standard output or the file asked for, and nowhere else."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canary import LINES, NAME, TALK, TEXT
from command import Command
from relcomm import cli, errors
from relcomm.cli import Exit, _parser
from relcomm.evidence import spans_many
from relcomm.labels import LABELS
from watching import CANARY, Seen, holds, watched

ASKED = json.dumps({"id": 1, "text": TEXT, "speaker": NAME, "context": [{"speaker": NAME, "text": TEXT}]}) + "\n"
JUNK = f'{{"text": "{CANARY}\n[1]\n{{"text": 5, "{CANARY}": 1}}\n{{"text": "{CANARY}", "context": "{CANARY}"}}\n'
CODED = [
    {"id": f"c{talk}.{n}", "conversation": f"{CANARY} {talk}", "turn": n, "speaker": NAME, "text": text, "labels": labels}
    for talk in range(12)
    for n, (text, labels) in enumerate(
        [*((f"{CANARY} {label.flag[talk % len(label.flag)].text}", [name]) for name, label in LABELS.items()), (TEXT, [])], 1
    )
]  # fmt: skip
TIMED = "start,end,code\n1,2,smile\n4,6,smile\n"
DIALOGUE = {"id": "x", "source": CANARY, "turns": [{"id": "x.1", "speaker": NAME, "text": TEXT}]}
CASE = {"id": "one", "capability": "a", "text": TEXT, "must": ["threat"], "must_not": []}

FILES = {
    "asked": ASKED * 3,
    "junk": JUNK,
    "talk": LINES,
    "no_talk": TEXT,
    "coded": "".join(json.dumps(row) + "\n" for row in CODED),
    "other": "id,labels\n" + "\n".join(f"{row['id']},{';'.join(row['labels'])}" for row in CODED),
    "broken": f'{{"conversation": "{CANARY}", "text": "{CANARY}", "labels": ["{CANARY}"]}}\n',
    "no_json": f'{{"text": "{CANARY}',
    "timed": TIMED,
    "timed_too": TIMED,
    "odd_times": f"start,end,code\n{CANARY},2,{CANARY}\n",
    "dialogues": json.dumps(DIALOGUE) + "\n",
    "layer": json.dumps({"id": "x", "labels": {"1": ["threat"]}, "part": "pool"}) + "\n",
    "odd_layer": json.dumps({"id": CANARY, "labels": {CANARY: [CANARY]}}) + "\n",
}
_MODEL = "--model ngram"
# What is typed; HERE is the folder of the files. An answer may hold what was said where its command is there to show it.
DONE: dict[str, list[str]] = {
    "label": [f"label HERE/asked {_MODEL}", f"label HERE/asked --out HERE/out.jsonl {_MODEL}", f"label HERE/asked {_MODEL} --prior conflict"],
    "analyze": [
        f"analyze HERE/talk --html HERE/page.html --out HERE/a.csv --out HERE/b.jsonl --out-format jsonl {_MODEL}",
        f"analyze HERE/talk --json --pseudonyms {_MODEL}",
        f"analyze --format name_text --me Ann\t{CANARY} {_MODEL}",
    ],
    "check": [f"check - {_MODEL}", f"check - --json --thread HERE/talk --format name_text --me Ann\t{CANARY} {_MODEL}"],
    "labels": ["labels", "labels contempt --json"],
    "train": ["train HERE/coded --out HERE/mine", "train HERE/coded --out HERE/mine2 --held-out HERE/coded --encoder ngram"],
    "evaluate": [
        f"evaluate HERE/coded --draws 2 {_MODEL}",
        f"evaluate --suite HERE/suite {_MODEL}",
        f"evaluate HERE/layer --dialogues HERE/dialogues --part pool --draws 2 --json {_MODEL}",
    ],
    "agree": [
        f"agree HERE/coded HERE/other --draws 2 {_MODEL}",
        "agree HERE/coded HERE/other --draws 2 --labels contempt,threat --coders coded,other --json",
        "agree HERE/timed HERE/timed_too --step 1 --tolerance 1 --draws 2",
    ],
    "validate": [f"validate HERE/coded --draws 2 {_MODEL}"],
    "sequences": ["sequences HERE/coded --codes contempt,criticism --lag 1 --by-speaker --draws 9", f"sequences HERE/coded {_MODEL}"],
    "serve": ["serve --port 0 --name home.example --threads 1 --max-turns 9"],
    "mcp": ["mcp"],
}  # fmt: skip
SILENT = {"label", "labels", "train", "evaluate", "agree", "validate"}
"""The commands whose answers quote nobody: `analyze` and `check` show the turns, `sequences` names the speakers."""
WRONG = [
    *(f"label HERE/{name} {_MODEL}" for name in ("junk", "no_json", "talk")),
    f"label HERE/junk --out HERE/out.jsonl {_MODEL}",
    f"label HERE/asked --out HERE/asked {_MODEL}",
    *(f"analyze HERE/{name} {_MODEL}" for name in ("no_talk", "junk", "no_json")),
    *(f"analyze HERE/talk --format {name} {_MODEL}" for name in ("csv", "jsonl", "whatsapp", "srt", "elan", "whisper", "telegram")),
    f"analyze HERE/talk --out HERE/none/a.csv {_MODEL}",
    f"analyze HERE/talk --html HERE {_MODEL}",
    f"check - --thread HERE/no_talk {_MODEL}",
    f"check HERE/talk {_MODEL}",
    "check I said {CANARY} in two words",
    *(f"train HERE/{name} --out HERE/new" for name in ("broken", "no_json", "talk", "odd_layer")),
    "train HERE/odd_layer --dialogues HERE/dialogues --out HERE/new",
    "train HERE/layer --dialogues HERE/no_json --out HERE/new",
    *(f"evaluate HERE/{name} {_MODEL}" for name in ("broken", "no_json", "talk")),
    f"evaluate HERE/odd_layer --dialogues HERE/dialogues {_MODEL}",
    *(f"agree HERE/coded HERE/{name}" for name in ("broken", "no_json", "talk", "timed")),
    f"agree HERE/coded HERE/other --coders {CANARY}",
    "agree HERE/timed HERE/odd_times",
    f"agree HERE/timed HERE/timed_too --transcript HERE/odd_times {_MODEL}",
    *(f"validate HERE/{name} {_MODEL}" for name in ("broken", "no_json", "talk", "other")),
    *(f"sequences HERE/{name}" for name in ("broken", "no_json", "talk")),
]  # fmt: skip


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command by name."""
    (found,) = [a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return dict(found.choices)


def arguments() -> Iterator[tuple[str, list[str]]]:
    """Every argument of every command that takes something, with a canary given to it and something usual to the others."""
    usual = {"file": "HERE/talk", "files": "HERE/coded", "draft": "-", "--out": "HERE/new"}
    for name, command in commands().items():
        taking = [a for a in command._actions if a.nargs != 0]
        for one in taking:
            given = [name]
            for other in taking:
                option = other.option_strings[:1]
                if other is one:
                    given += [*option, CANARY]
                elif other.required or not option:
                    given += [*option, *([usual[(option or [other.dest])[0]]] if other.required else [])]
            yield f"{name} {(one.option_strings or [one.dest])[0]}", given
        yield f"{name} --unknown", [name, f"--{CANARY}", CANARY]
        yield f"{name} too many", [name, *[CANARY] * 3]


ARGUMENTS = dict(arguments())
TAKING = sorted(
    f"{name} {option}"
    for name, each in commands().items()
    for a in each._actions
    if a.nargs != 0
    for option in a.option_strings[-1:]
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """A folder with the files, watched; what stays is not started."""
    for place in ("relcomm.integrations.service.run.serve", "relcomm.integrations.mcp.serve"):
        monkeypatch.setattr(place, lambda *_: None)
    with watched(tmp_path, monkeypatch) as seen:
        for name, content in FILES.items():
            (seen.asked / name).write_text(content, encoding="utf-8")
        (seen.asked / "suite").mkdir()
        (seen.asked / "suite" / "one.jsonl").write_text(json.dumps(CASE | {CANARY: CANARY}), encoding="utf-8")
        yield seen


def typed(line: str, here: Path) -> list[str]:
    """A line as a shell would hand it over; a tab stands for a blank within an argument."""
    return [word.replace("\t", " ").replace("HERE", str(here)) for word in line.split(" ")]


def test_every_command_and_option_has_its_case() -> None:
    assert set(DONE) == set(commands())
    tried = {word for lines in DONE.values() for line in lines for word in line.split()}
    named = {option.split()[1] for option in TAKING}
    # Each is also given a canary, below; here it must have been used as it is meant to be.
    unused = {"--host", "--token-file", "--max-bytes", "--max-seconds", "--max-waiting", "--transcript"}
    assert named - tried <= unused
    assert {name.split()[1] for name in ARGUMENTS} >= named


@pytest.mark.parametrize("line", [line for lines in DONE.values() for line in lines])
def test_done(line: str, here: Seen, tmp_path: Path, relcomm: Command) -> None:
    stdin = LINES if line.startswith("analyze") else TEXT
    done = relcomm(*typed(line, here.asked), stdin=stdin.encode())
    assert done.code == Exit.DONE, done.err
    assert not holds(done.err)
    assert here.leaks(tmp_path) == []
    assert line.split(maxsplit=1)[0] not in SILENT or not holds(done.out)
    if line.startswith(("label", "train")):
        assert not any(
            holds(path.read_bytes())
            for path in here.asked.rglob("*")
            if path.is_file() and path.name not in FILES and path.parent.name != "suite"
        )


@pytest.mark.parametrize("line", WRONG)
def test_wrong(line: str, here: Seen, tmp_path: Path, relcomm: Command) -> None:
    done = relcomm(*typed(line, here.asked), stdin=TEXT.encode())
    assert done.code in (Exit.SOME_LINES, Exit.USAGE, Exit.FILE), done.err
    assert done.err
    assert not holds(done.out + done.err)
    assert here.leaks(tmp_path) == []


@pytest.mark.parametrize("given", ARGUMENTS.values(), ids=ARGUMENTS)
def test_any_argument(given: list[str], here: Seen, tmp_path: Path, relcomm: Command) -> None:
    done = relcomm(*(word.replace("HERE", str(here.asked)) for word in given), stdin=TEXT.encode())
    assert done.code in (Exit.DONE, Exit.USAGE, Exit.FILE, Exit.MODEL), done.err
    # What the user asked to be written goes by its name; a file of this name is then there.
    assert not holds(done.err.replace(f"written: {CANARY}", ""))
    assert given[0] in {"check", "sequences", "analyze"} or not holds(done.out)
    assert [leak for leak in here.leaks(tmp_path) if f"cwd/{CANARY}" not in leak] == []


BROKEN = {
    "label": "relcomm.analyzer.evidence.spans_many",
    "analyze": "relcomm.patterns.find_all",
    "check": "relcomm.advice.advise",
}


@pytest.mark.parametrize("command", BROKEN)
def test_an_error_of_our_own(
    command: str, here: Seen, tmp_path: Path, relcomm: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: Any, **_: Any) -> Any:
        raise KeyError(TEXT, [TALK, given])

    assert callable(spans_many)
    monkeypatch.setattr(BROKEN[command], fail)
    done = relcomm(
        command,
        *{"label": [here.asked / "asked"], "check": ["-"]}.get(command, []),
        "--model",
        "ngram",
        stdin=(TEXT if command == "check" else LINES).encode(),
    )
    assert done.code == Exit.OWN
    assert "an error in relcomm (KeyError at test_canary_commands.py:" in done.err
    assert len(done.err.splitlines()) == 1
    assert not holds(done.out + done.err)
    assert here.leaks(tmp_path) == []


def test_places_are_told_of_any_error() -> None:
    assert errors.place_of(ValueError(CANARY)) == "an unknown place"
    assert cli.place_of is errors.place_of


def test_a_run_that_broke_off_left_no_text(
    here: Seen, tmp_path: Path, relcomm: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from relcomm.journal import Work

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    (here.asked / "asked").write_text(ASKED * 600, encoding="utf-8")
    asked = typed("label HERE/asked --out HERE/out.jsonl --model ngram", here.asked)
    monkeypatch.setattr(Work, "finish", stop)
    assert relcomm(*asked).code == Exit.INTERRUPTED
    monkeypatch.undo()
    left = [here.asked / f"out.jsonl.{end}" for end in ("part", "journal")]
    assert all(path.stat().st_size for path in left)
    assert not any(holds(path.read_bytes()) for path in left)
    with left[0].open("ab") as part:
        part.write(CANARY.encode())
    done = relcomm(*asked, "--resume")
    assert done.code == Exit.DONE
    assert not holds(done.err)
    assert not holds((here.asked / "out.jsonl").read_bytes())
    assert here.leaks(tmp_path) == []

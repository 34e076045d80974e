"""From coded conversations to a model that every command takes, and to its figures."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from command import CANARY, Command
from relcomm.cli import Exit, main
from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.training.commands import train
from relcomm.training.corpus import fingerprint, read_corpus

CASES = 12


def rows(case: int, **more: Any) -> list[dict[str, Any]]:
    """A conversation with one turn a label, and one with none."""
    said = [(label.flag[case % len(label.flag)].text, [name]) for name, label in LABELS.items()]
    return [
        {"conversation": f"talk {case}", "turn": n + 1, "speaker": "Ann", "text": text, "labels": labels} | more
        for n, (text, labels) in enumerate([*said, ("Did you eat?", [])])
    ]


def written(file: Path, turns: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(turn) + "\n" for turn in turns), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny corpus: the last two of its conversations are not for training."""
    turns = [row for case in range(CASES) for row in rows(case)]
    turns += rows(CASES, split="dev") + rows(CASES + 1, split="test")
    return written(tmp_path_factory.mktemp("corpus") / "turns.jsonl", turns)


@pytest.fixture(scope="module")
def folder(corpus: Path) -> Path:
    """A model trained on it by the command."""
    assert main(["train", str(corpus), "--out", str(corpus.parent / "mine")]) == 0
    return corpus.parent / "mine"


def test_the_trained_model_is_taken_by_every_command(relcomm: Command, folder: Path, tmp_path: Path) -> None:
    turns = [turn for case in range(CASES) for turn in rows(case)]
    done = relcomm("label", written(tmp_path / "asked.jsonl", turns), "--model", folder)
    assert (done.code, done.err) == (0, "")
    answers = [json.loads(line)["scores"] for line in done.out.splitlines()]
    for label in LABELS:
        own, others = (
            [a[label] for a, turn in zip(answers, turns, strict=True) if (label in turn["labels"]) is is_own]
            for is_own in (True, False)
        )
        assert mean(own) > mean(others) + 0.1
    assert relcomm("check", "Hi", "--model", folder).code == 0


def test_what_it_was_trained_on(corpus: Path, folder: Path) -> None:
    data = Model.load(folder).data
    trained = [c for c in read_corpus([corpus]) if not c.part]
    assert data["train"]["conversations"] + data["calibrate"][0]["turns"] // 14 == len(trained) == CASES
    assert Model.load(folder).name == "mine"


def test_conversations_to_calibrate_on_may_be_given(relcomm: Command, tmp_path: Path) -> None:
    turns = written(tmp_path / "turns.jsonl", [row for case in range(3) for row in rows(case)])
    held = written(tmp_path / "held.jsonl", [row for case in range(3, 6) for row in rows(case)])
    done = relcomm("train", turns, "--out", tmp_path / "given", "--held-out", held)
    assert (done.code, done.out) == (0, "")
    assert done.err == f"trained given on 42 turns: {tmp_path / 'given'}\n"
    data = Model.load(tmp_path / "given").data
    assert data["train"]["sha256"] == fingerprint(read_corpus([turns]))
    assert [each["sha256"] for each in data["calibrate"]] == [fingerprint(read_corpus([held]))]


CORE = [name for name, label in LABELS.items() if label.core]


def test_somebody_who_coded_only_the_core_labels(relcomm: Command, tmp_path: Path) -> None:
    turns = [row for case in range(CASES) for row in rows(case) if set(row["labels"]) <= set(CORE)]
    file, mine = written(tmp_path / "turns.jsonl", turns), tmp_path / "mine"
    done = relcomm("train", file, "--out", mine)
    left = [name for name in LABELS if name not in CORE]
    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines()[0] == f"not learnt, as too few turns have or lack them: {', '.join(left)}"
    assert Model.load(mine).labels == tuple(CORE)
    answered = relcomm("label", file, "--model", mine)
    assert [list(json.loads(line)["scores"]) for line in answered.out.splitlines()] == [CORE] * len(turns)
    talk = tmp_path / "talk.txt"
    talk.write_text("Ann: You never listen, you're so selfish!\nBen: It's not my fault.\n", encoding="utf-8")
    for command in (("analyze", talk), ("check", "You never listen, you're so selfish!")):
        assert relcomm(*command, "--model", mine).code == 0
    found = json.loads(relcomm("evaluate", file, "--model", mine, "--draws", "3", "--json").out)
    assert list(found["labels"]) == CORE
    assert found["head"]["core-five mean AP"]["value"] > 0.5


def test_an_encoder_may_be_taken_from_a_model(corpus: Path, folder: Path, tmp_path: Path) -> None:
    made = train([corpus], tmp_path / "again", encoder=str(folder))
    assert made.encoder.settings() == Model.load(folder).encoder.settings()
    assert made.data == Model.load(folder).data


def test_evaluate(relcomm: Command, corpus: Path, folder: Path) -> None:
    done = relcomm("evaluate", corpus, "--model", folder, "--draws", "3")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{14 * (CASES + 2)} turns in {CASES + 2} conversations, model `mine`")
    found = json.loads(relcomm("evaluate", corpus, "--model", folder, "--draws", "3", "--json").out)
    assert (found["turns"], list(found["labels"])) == (14 * (CASES + 2), list(LABELS))
    assert found["labels"]["criticism"]["n"] == CASES + 2
    part = json.loads(relcomm("evaluate", corpus, "--model", folder, "--draws", "3", "--json", "--part", "dev").out)
    assert (part["conversations"], part["turns"]) == (1, 14)


def test_a_layer_over_dialogue(relcomm: Command, folder: Path, tmp_path: Path) -> None:
    labels = written(tmp_path / "labels.jsonl", [{"id": "x", "labels": {"1": ["criticism"]}, "part": "pool"}])
    turns = [
        {"id": "x.1", "speaker": "Ann", "text": "You never listen."},
        {"id": "x.2", "speaker": "Ben", "text": "Hm."},
    ]
    text = written(tmp_path / "dialogues.jsonl", [{"id": "x", "source": "play", "turns": turns}])
    asked = ("evaluate", labels, "--dialogues", text, "--model", folder, "--draws", "2", "--json", "--part", "pool")
    found = json.loads(relcomm(*asked).out)
    assert (found["turns"], found["labels"]["criticism"]["n"], found["labels"]["threat"]["AP"]) == (2, 1, None)


# What may be wrong, the code it ends with, and what must be said about it. HERE is a folder with what is needed.
WRONG: dict[str, tuple[str, Exit, str]] = {
    "a model is there": ("train HERE/good.jsonl --out HERE/mine", Exit.FILE, "HERE/mine already holds a model"),
    "no folder to make": ("train HERE/good.jsonl --out HERE/good.jsonl/x", Exit.FILE, "--out: cannot be written"),
    "no folder, found out first": ("train HERE/gone.jsonl --out HERE/good.jsonl/x", Exit.FILE, "--out: cannot be written"),
    "no folder itself": ("train HERE/gone.jsonl --out HERE/good.jsonl", Exit.FILE, "good.jsonl: cannot be written"),
    "no name": ("train HERE/gone.jsonl --out HERE/Mine", Exit.FILE, "--out: a model's name"),
    "no name at all": ("train HERE/gone.jsonl --out .", Exit.FILE, "a model's name"),
    "one conversation": ("train HERE/one.jsonl --out HERE/x", Exit.FILE, "too few conversations"),
    "no label": ("train HERE/bare.jsonl --out HERE/x --held-out HERE/one.jsonl", Exit.FILE, "nothing to learn"),
    "labels too few": ("train HERE/poor.jsonl --out HERE/x --held-out HERE/one.jsonl", Exit.FILE, "in 3 turns"),
    "only test": ("train HERE/test.jsonl --out HERE/x", Exit.FILE, "too few conversations"),
    "nothing to calibrate on": ("train HERE/good.jsonl --out HERE/x --held-out HERE/empty.jsonl", Exit.FILE, "to calibrate on"),
    "no encoder": ("train HERE/good.jsonl --out HERE/x --encoder nosuch", Exit.MODEL, "ngram"),
    "a key": ("train HERE/key.jsonl --out HERE/x", Exit.FILE, "HERE/key.jsonl, line 15: the key 'labels' is missing"),
    "a label": ("train HERE/label.jsonl --out HERE/x", Exit.FILE, "HERE/label.jsonl, line 15: 1 unknown label"),
    "a key to measure on": ("evaluate HERE/key.jsonl --model HERE/mine", Exit.FILE, "HERE/key.jsonl, line 15: "),
    "a label to measure on": ("evaluate HERE/label.jsonl --model HERE/mine", Exit.FILE, "HERE/label.jsonl, line 15: "),
    "no such part": ("evaluate HERE/good.jsonl --model HERE/mine --part nosuch", Exit.FILE, "no coded conversations"),
    "nothing": ("evaluate HERE/empty.jsonl --model HERE/mine", Exit.FILE, "no coded conversations"),
    "no dialogue": ("evaluate HERE/good.jsonl --model HERE/mine --dialogues HERE/gone", Exit.FILE, "--dialogues: there is no such file"),
    "no model": ("evaluate HERE/good.jsonl --model HERE/gone", Exit.MODEL, "ngram"),
}  # fmt: skip


@pytest.fixture(scope="module")
def here(corpus: Path, folder: Path) -> Path:
    """A folder with files that are good and files that are not, and a model."""
    files = {
        "good": [row for case in range(CASES) for row in rows(case)],
        "one": rows(0),
        "poor": [{"conversation": CANARY, "text": f"{CANARY} {n}", "labels": ["repair"] * (n < 2)} for n in range(9)],
        "bare": [{"conversation": CANARY, "text": f"{CANARY} {n}", "labels": []} for n in range(9)],
        "test": [row for case in range(CASES) for row in rows(case, split="test")],
        "empty": [],
        "key": [*rows(0), {"conversation": CANARY, "text": CANARY, "speaker": CANARY}],
        "label": [*rows(0), {"conversation": CANARY, "text": CANARY, "labels": [CANARY]}],
    }
    for name, turns in files.items():
        written(folder.parent / f"{name}.jsonl", turns)
    return folder.parent


@pytest.mark.parametrize(("command", "code", "said"), WRONG.values(), ids=WRONG)
def test_what_can_be_wrong(relcomm: Command, here: Path, command: str, code: Exit, said: str) -> None:
    before = sorted(here.rglob("*"))
    done = relcomm(*command.replace("HERE", str(here)).split())
    assert (done.code, done.out) == (code, "")
    assert said.replace("HERE", str(here)) in done.err
    assert CANARY not in done.err
    assert len(done.err.splitlines()) == 1
    assert sorted(here.rglob("*")) == before

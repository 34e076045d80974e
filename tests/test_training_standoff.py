"""A stand-off layer gives labels without text, and finds its text again in another's copy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from relcomm.errors import TrainingError
from relcomm.training.corpus import Coded, read_corpus
from relcomm.training.standoff import fingerprint, join, main, strip
from relcomm.types import Conversation, Utterance

SAID = ("Where were you?", "Out.", "You're always out, every single night.", "Fine, so I am.", "That is all you have?")


def excerpt() -> Coded:
    turns = tuple(Utterance(text, "AB"[n % 2], id=f"play/sp{n + 7}") for n, text in enumerate(SAID))
    labels = tuple(frozenset({"criticism"} if n == 2 else ()) for n in range(len(SAID)))
    doubt = tuple(frozenset({"stonewalling"} if n == 1 else ()) for n in range(len(SAID)))
    return Coded(Conversation(turns, "play/sp7__5"), labels, doubt, "play")


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def held(texts: list[str], first: int = 0, stem: str = "play/sp") -> list[dict[str, Any]]:
    return [{"id": f"{stem}{n}", "speaker": "AB"[n % 2], "text": text} for n, text in enumerate(texts, first)]


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    return write(tmp_path / "layer.jsonl", list(strip([excerpt()])))


def test_a_layer_holds_no_word(layer: Path) -> None:
    row = json.loads(layer.read_text(encoding="utf-8"))
    assert set(row) == {"id", "source", "turns", "prints", "labels", "doubt"}
    assert row["labels"] == {"play/sp9": ["criticism"]}
    assert row["doubt"] == {"play/sp8": ["stonewalling"]}
    assert not any(word in layer.read_text(encoding="utf-8").lower() for word in ("where", "always", "night"))


@pytest.mark.parametrize(
    "mine",
    [
        held(list(SAID), 7),
        held(["Good evening.", "Out.", *SAID, "Bye."], 5),
        held([text.upper().replace(",", " -") for text in SAID], 0, "line "),
        held(["Out.", "Where were you?", *SAID], 100),
    ],
    ids=["same ids", "among others", "other ids and punctuation", "after a false start"],
)
def test_an_excerpt_finds_its_text(layer: Path, tmp_path: Path, mine: list[dict[str, Any]]) -> None:
    (found,) = join(layer, write(tmp_path / "turns.jsonl", mine))
    assert found is not None
    assert found.other_words == 0
    coded = write(tmp_path / "coded.jsonl", list(found.rows))
    (talk,) = read_corpus([coded])
    assert [fingerprint(u.text) for u in talk.conversation.utterances] == [fingerprint(text) for text in SAID]
    assert (talk.labels, talk.doubt, talk.part) == (excerpt().labels, excerpt().doubt, "train")


def test_an_edition_with_a_changed_turn_is_taken_and_counted(layer: Path, tmp_path: Path) -> None:
    mine = held([*SAID[:3], "Fine, so I am. What of it?", SAID[4]], 7)
    (found,) = join(layer, write(tmp_path / "turns.jsonl", mine))
    assert found is not None
    assert found.other_words == 1
    assert found.rows[3]["text"] == "Fine, so I am. What of it?"


@pytest.mark.parametrize(
    "texts", [[], ["Something else."] * 5, [*SAID[:3], "x", "y"]], ids=["nothing", "other", "half"]
)
def test_what_is_not_there_is_not_made_up(layer: Path, tmp_path: Path, texts: list[str]) -> None:
    assert list(join(layer, write(tmp_path / "turns.jsonl", held(texts, 7)))) == [None]


@pytest.mark.parametrize("wrong", [{"turns": "x"}, {"prints": []}, {"labels": []}, {"turns": [], "prints": []}])
def test_a_broken_layer_names_its_line(layer: Path, tmp_path: Path, wrong: dict[str, Any]) -> None:
    row = json.loads(layer.read_text(encoding="utf-8")) | wrong
    broken, turns = write(tmp_path / "broken.jsonl", [row]), write(tmp_path / "turns.jsonl", held(list(SAID), 7))
    with pytest.raises(TrainingError, match=r"broken\.jsonl, line 1"):
        list(join(broken, turns))


def test_the_command_writes_rows_and_says_what_it_found(
    layer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["join", str(layer), str(write(tmp_path / "turns.jsonl", held(list(SAID), 7)))])
    out, err = capsys.readouterr()
    assert [json.loads(line)["turn"] for line in out.splitlines()] == [1, 2, 3, 4, 5]
    assert "1 of 1 excerpts joined; 0 turns" in err


def test_turns_that_were_only_read_stay_so(tmp_path: Path) -> None:
    whole = excerpt()
    given = replace(whole, labels=whole.labels[2:], doubt=whole.doubt[2:], before=2)
    layer = write(tmp_path / "layer.jsonl", list(strip([given])))
    (found,) = join(layer, write(tmp_path / "turns.jsonl", held(list(SAID), 7)))
    assert found is not None
    (talk,) = read_corpus([write(tmp_path / "coded.jsonl", list(found.rows))])
    assert (talk.before, talk.labels, talk.doubt) == (2, given.labels, given.doubt)
    assert [turn.utterance.text for turn in talk.turns()] == list(SAID[2:])
    assert [len(turn.context) for turn, _ in talk.pairs()] == [2, 3, 4]


LAYERS = sorted((Path(__file__).parents[1] / "corpus" / "standoff").glob("*.jsonl"))


@pytest.mark.parametrize("path", LAYERS, ids=[path.stem for path in LAYERS])
def test_a_shipped_layer_is_ids_and_labels(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) > 2500
    for row in rows:
        assert set(row) - {"part", "read"} == {"id", "source", "turns", "prints", "labels", "doubt"}
        assert len(row["turns"]) == len(row["prints"]) == len(set(row["turns"]))
        assert set(row["labels"]) | set(row["doubt"]) <= set(row["turns"][row.get("read", 0) :])
        assert not any(" " in key for key in row["turns"])


def test_no_turn_was_coded_twice() -> None:
    rows = [json.loads(line) for path in LAYERS for line in path.read_text(encoding="utf-8").splitlines()]
    coded = [turn for row in rows for turn in row["turns"][row.get("read", 0) :]]
    assert len(coded) == len(set(coded))

"""The corpus of this repo: whole, coded under the codebook, and with nothing of one split in another."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from relcomm.labels import LABELS
from relcomm.text import clean
from relcomm.training.corpus import Coded, read_corpus

FOLDER = Path(__file__).parents[1] / "corpus"
FILES = sorted((FOLDER / "turns").glob("*.jsonl"))
SPLITS = {"train": 0.8, "dev": 0.1, "test": 0.1}
PARTED = "wn"
"""The last writer whose conversations were parted; those of later ones are all there to train on."""
LONG = 25
"""From so many characters on, the same words in two splits are no accident."""
NEAR = 0.8


def rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def turns() -> list[dict[str, Any]]:
    """Every turn, file by file."""
    return [row for file in FILES for row in rows(file)]


@pytest.fixture(scope="module")
def coded() -> list[Coded]:
    """The conversations as training reads them."""
    return read_corpus(FILES)


def test_every_turn_is_its_own_and_in_its_place(turns: list[dict[str, Any]]) -> None:
    assert len({turn["id"] for turn in turns}) == len(turns) > 6000
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for turn in turns:
        numbers[turn["conversation"]].append(turn["turn"])
        assert turn["id"] == f"{turn['conversation']}.{turn['turn']}"
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def test_every_turn_is_whole(turns: list[dict[str, Any]]) -> None:
    for turn in turns:
        assert set(turn) - {"doubt"} == {"id", "conversation", "turn", "speaker", "text", "labels", "split"}
        assert turn["text"].strip() == turn["text"] != ""
        assert turn["speaker"]
        assert not clean(turn["text"]).replaced
        assert set(turn["labels"]) <= set(LABELS)
        assert set(turn.get("doubt", ())) <= set(LABELS) - set(turn["labels"])
        assert len(set(turn["labels"])) == len(turn["labels"])


def test_every_label_is_in_every_split(coded: list[Coded]) -> None:
    found = {split: Counter[str]() for split in SPLITS}
    for talk in coded:
        found[talk.part].update(label for given in talk.labels for label in given)
    assert all(set(counts) == set(LABELS) for counts in found.values())


def test_splits_are_by_conversation(turns: list[dict[str, Any]]) -> None:
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for turn in turns:
        splits[turn["conversation"]].add(turn["split"])
    assert {len(found) for found in splits.values()} == {1}
    assert {split for key, (split,) in splits.items() if key[:2] > PARTED} == {"train"}
    shares = Counter(split for key, (split,) in splits.items() if key[:2] <= PARTED)
    assert set(shares) == set(SPLITS)
    assert all(abs(shares[split] / shares.total() - share) < 0.03 for split, share in SPLITS.items())


def test_the_list_of_conversations_is_theirs(coded: list[Coded]) -> None:
    listed = {
        row["conversation"]: (row["turns"], row["split"], row["writer"]) for row in rows(FOLDER / "conversations.jsonl")
    }
    assert listed == {talk.conversation.id: (len(talk.conversation), talk.part, talk.source) for talk in coded}
    assert len(listed) == len(rows(FOLDER / "conversations.jsonl"))


def normal(text: str) -> str:
    """The words of a text and nothing else."""
    return " ".join("".join(c if c.isalnum() else " " for c in clean(text).text.lower()).split())


def test_no_turn_comes_in_two_splits(turns: list[dict[str, Any]]) -> None:
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for turn in turns:
        if len(normal(turn["text"])) >= LONG:
            splits[normal(turn["text"])].add(turn["split"])
    assert [len(text) for text, found in splits.items() if len(found) > 1] == []


@pytest.mark.parametrize(("one", "others"), [("test", ("train", "dev")), ("dev", ("train",))])
def test_no_turn_is_nearly_one_of_another_split(turns: list[dict[str, Any]], one: str, others: tuple[str, ...]) -> None:
    """Runs of five characters: shared ones over all of both (Jaccard)."""
    long = [turn for turn in turns if len(normal(turn["text"])) >= LONG]
    mine = [turn for turn in long if turn["split"] == one]
    theirs = [turn for turn in long if turn["split"] in others]
    count = CountVectorizer(analyzer="char", ngram_range=(5, 5), binary=True, dtype=np.float32)
    table = count.fit_transform([normal(turn["text"]) for turn in [*mine, *theirs]])
    first, second = table[: len(mine)], table[len(mine) :]
    shared = (first @ second.T).tocoo()
    sizes = np.asarray(table.sum(axis=1)).ravel()
    either = sizes[: len(mine)][shared.row] + sizes[len(mine) :][shared.col] - shared.data
    assert len(shared.data) > len(mine)
    near = shared.data / either >= NEAR
    assert [(mine[a]["id"], theirs[b]["id"]) for a, b in zip(shared.row[near], shared.col[near], strict=True)] == []


def test_the_coding_is_of_these_turns_and_led_to_their_labels(turns: list[dict[str, Any]]) -> None:
    coding = rows(FOLDER / "coding.jsonl")
    given = {turn["id"]: set(turn["labels"]) for turn in turns}
    assert len(coding) == len(given)
    assert {row["id"] for row in coding} == set(given)
    disagreed = [row for row in coding if set(row["author"]) != set(row["second"])]
    assert {row["id"] for row in coding if "adjudicated" in row} == {row["id"] for row in disagreed}
    for row in coding:
        assert given[row["id"]] == set(row.get("adjudicated", row["author"])), row["id"]
        assert {*row["author"], *row["second"], *row.get("adjudicated", ())} <= set(LABELS)
    assert 0 < len(disagreed) < len(coding) / 4


def test_asks_are_of_turns_of_their_speaker_and_none_to_measure_with(turns: list[dict[str, Any]]) -> None:
    said = {turn["id"]: turn for turn in turns}
    coded = rows(FOLDER / "asks.jsonl")
    assert len({row["conversation"] for row in coded}) == len(coded) > 800
    groups = [(row["conversation"], ask) for row in coded for ask in row["asks"]]
    assert sum(len(ask["turns"]) > 1 for _, ask in groups) > 700
    for conversation, ask in groups:
        found = [said[key] for key in ask["turns"]]
        assert {turn["conversation"] for turn in found} == {conversation}
        assert {turn["speaker"] for turn in found} == {ask["speaker"]}
        assert "test" not in {turn["split"] for turn in found}
        assert set(ask.get("sure", [])) <= set(ask["turns"])
        assert [turn["turn"] for turn in found] == sorted({turn["turn"] for turn in found})
        assert set(ask.get("sure", ())) <= set(ask["turns"])


def test_disputed_turns_are_of_the_second_layer_and_their_first_code_is_what_it_says() -> None:
    layer = {
        turn: row
        for row in rows(FOLDER / "standoff" / "labels_uncoded_2.jsonl")
        for turn in row["turns"][row.get("read", 0) :]
    }
    disputed = rows(FOLDER / "disputed.jsonl")
    assert len({row["turn"] for row in disputed}) == len(disputed) > 6000
    for row in disputed:
        assert row["first"] == sorted(layer[row["turn"]]["labels"].get(row["turn"], []))
        assert ("decided" in row) == (row["first"] != row["second"])
        assert set(row["second"]) | set(row.get("decided", [])) <= set(LABELS)

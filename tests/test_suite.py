"""Behavioural suites: read, run and counted; and RelCheck itself: whole, and apart from what is trained on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command import CANARY, Command
from relcomm.errors import TrainingError
from relcomm.model import Model, Thresholds
from relcomm.text import clean
from relcomm.training.corpus import read_corpus
from relcomm.training.suite import HARMFUL, Case, find_suite, read_suite, run, suite_table
from relcomm.types import Turn, Utterance

FOLDER = Path(__file__).parents[1] / "corpus"


class Told:
    """A model that gives every turn the labels that its text names."""

    name = "told"
    labels = ("contempt", "repair")

    def __init__(self) -> None:
        self.thresholds = {"contempt": Thresholds(0.2, 0.4), "repair": Thresholds(0.3, 0.6)}

    def score(self, turns: list[Turn]) -> Any:
        return np.array([[0.5 * (name in turn.utterance.text) + 0.1 for name in self.labels] for turn in turns])


TOLD: Model = Told()  # type: ignore[assignment]


def case(text: str, must: set[str], must_not: set[str], group: str = "", capability: str = "a") -> Case:
    return Case(text, capability, Turn(Utterance(text)), frozenset(must), frozenset(must_not), group)


def test_a_case_is_right_if_all_that_must_be_is_given_and_nothing_that_must_not() -> None:
    asked = case("x", {"repair"}, {"threat"})
    assert asked.right(frozenset({"repair", "contempt"}))
    assert not asked.right(frozenset({"repair", "threat"}))
    assert not asked.right(frozenset())
    assert not asked.harmless
    assert case("x", set(), set(HARMFUL)).harmless


def test_shares_by_hand() -> None:
    cases = [
        case("contempt", {"contempt"}, set()),
        case("", {"contempt"}, {"repair"}),
        case("contempt repair", set(), set(HARMFUL), capability="b"),
        case("repair", set(), set(HARMFUL), capability="b"),
    ]
    found = run(TOLD, cases)
    assert found["all"] == {"cases": 4, "right": 0.5, "harmless": 2, "alarms": 0.5, "sets": None}
    assert found["capabilities"]["a"] == {"cases": 2, "right": 0.5, "harmless": 0, "alarms": None, "sets": None}
    assert found["wrong"] == ["", "contempt repair"]
    assert "| b | 2 | 0.50 | 2 | 0.50 | – |" in suite_table(found)


SETS = {
    "asked the same, answered alike": ([("x", {"contempt"}), ("y", {"contempt"})], 1.0),
    "asked the same, answered differently": ([("x", {"contempt"}), ("contempt", {"contempt"})], 0.0),
    "a pair, both right": ([("contempt", {"contempt"}), ("repair", {"repair"})], 1.0),
    "a pair, one wrong": ([("contempt", {"contempt"}), ("x", {"repair"})], 0.0),
}


@pytest.mark.parametrize(("asked", "share"), SETS.values(), ids=SETS)
def test_sets(asked: list[tuple[str, set[str]]], share: float) -> None:
    assert run(TOLD, [case(text, must, set(), "one") for text, must in asked])["all"]["sets"] == share


def test_nothing_to_run() -> None:
    with pytest.raises(TrainingError, match="no cases"):
        run(TOLD, [])


WHOLE = {"id": "1", "capability": "a", "text": CANARY, "must": ["repair"], "must_not": []}
BROKEN = {
    "no text": {key: WHOLE[key] for key in WHOLE if key != "text"},
    "a text that is none": WHOLE | {"text": 7},
    "an unknown label": WHOLE | {"must": ["kindness"]},
    "both ways": WHOLE | {"must_not": ["repair"]},
    "nothing asked": WHOLE | {"must": []},
    "no context": WHOLE | {"context": CANARY},
    "a context of words": WHOLE | {"context": [CANARY]},
}


@pytest.mark.parametrize("row", BROKEN.values(), ids=BROKEN)
def test_broken_cases(tmp_path: Path, row: dict[str, Any]) -> None:
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(WHOLE)}\n{json.dumps(row)}\n", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"a\.jsonl, line 2") as caught:
        read_suite(tmp_path)
    assert CANARY not in str(caught.value)


def test_a_suite_is_found_by_name_or_folder(tmp_path: Path) -> None:
    assert find_suite("relcheck").name == "relcheck"
    (tmp_path / "a.jsonl").write_text(json.dumps(WHOLE), encoding="utf-8")
    assert find_suite(str(tmp_path)) == tmp_path
    for name in ("nowhere", "\x00", "x" * 5000):
        with pytest.raises(TrainingError, match="no suite"):
            find_suite(name)


def test_only_a_known_suite_is_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (".", "turns", "./turns", ".."):
        with pytest.raises(TrainingError, match="no suite"):
            find_suite(name)
    for name in ("turns", "relcheck"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jsonl").write_text(json.dumps(WHOLE), encoding="utf-8")
    assert find_suite("turns").resolve() == tmp_path / "turns"
    assert find_suite("./relcheck").resolve() == tmp_path / "relcheck"
    assert find_suite("relcheck").resolve() != tmp_path / "relcheck"
    (tmp_path / "b.jsonl").write_text(json.dumps(WHOLE), encoding="utf-8")
    assert find_suite(".").resolve() == tmp_path


def test_on_the_command_line(relcomm: Command, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(WHOLE), encoding="utf-8")
    done = relcomm("evaluate", "--suite", tmp_path, "--model", "ngram")
    assert (done.code, done.err) == (0, "")
    assert "| all | 1 |" in done.out
    assert json.loads(relcomm("evaluate", "--suite", tmp_path, "--model", "ngram", "--json").out)["all"]["cases"] == 1
    for argv in ([], ["--suite", tmp_path, tmp_path / "a.jsonl"]):
        assert relcomm("evaluate", *argv).code == 2
    assert relcomm("evaluate", "--suite", "nowhere").code == 3


# RelCheck ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def relcheck() -> list[Case]:
    return read_suite(FOLDER / "relcheck")


def test_relcheck_is_as_large_as_it_says(relcheck: list[Case]) -> None:
    sizes = Counter(each.capability for each in relcheck)
    assert len(sizes) >= 40
    assert min(sizes.values()) >= 20
    assert len({each.id for each in relcheck}) == len(relcheck)
    assert all(len(each.turn.context) <= 4 for each in relcheck)


def test_sets_have_company(relcheck: list[Case]) -> None:
    sizes = Counter(each.set for each in relcheck if each.set)
    assert min(sizes.values()) >= 2
    for name in sizes:
        assert len({each.capability for each in relcheck if each.set == name}) == 1


def test_relcheck_is_not_trained_on(relcheck: list[Case]) -> None:
    trained = {
        clean(said.text).text.lower()
        for coded in read_corpus(sorted((FOLDER / "turns").glob("*.jsonl")))
        for said in coded.conversation.utterances
        if len(said.text) >= 25
    }
    assert [each.id for each in relcheck if clean(each.turn.utterance.text).text.lower() in trained] == []

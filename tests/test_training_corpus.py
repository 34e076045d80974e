"""Reading coded conversations, telling them apart, and how far two coders agree."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from command import CANARY
from relcomm.errors import TrainingError
from relcomm.labels import LABELS
from relcomm.training.agreement import table
from relcomm.training.corpus import Coded, decided, fingerprint, read_corpus, read_excerpts, read_standoff
from relcomm.training.fit import turns_of
from relcomm.types import Conversation, Utterance

CODING = Path(__file__).parents[1] / "corpus" / "coding.jsonl"
TURN = {
    "id": "a.1",
    "conversation": "a",
    "speaker": "Ann",
    "text": "Hi",
    "labels": ["repair"],
    "doubt": ["threat"],
    "split": "dev",
}
DIALOGUE = {"id": "x", "source": "play", "turns": [{"id": "x.1", "speaker": "Ann", "text": "Hi"}, {"text": "Hm"}]}
CODES = {"id": "x", "labels": {"2": ["repair"]}, "doubt": {"1": ["threat"]}, "part": "pool"}


def lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_a_corpus(tmp_path: Path) -> None:
    rows = [TURN, {"conversation": "a", "text": "\ud800", "labels": []}, {"conversation": 7, "text": "", "labels": []}]
    first = written(tmp_path, "one.jsonl", b"\xef\xbb\xbf" + lines(*rows) + b"\n  \n")
    second = written(tmp_path, "two.jsonl", lines(TURN))
    found = read_corpus([first, second])
    assert [(c.conversation.id, len(c.conversation), c.source, c.part) for c in found] == [
        ("a", 2, "one", "dev"), ("7", 1, "one", ""), ("a", 1, "two", "dev")]  # fmt: skip
    assert found[0].conversation.utterances == (Utterance("Hi", "Ann", id="a.1"), Utterance("\ud800"))
    assert found[0].labels == (frozenset({"repair"}), frozenset())
    assert found[0].doubt == (frozenset({"threat"}), frozenset())
    assert [(turn.utterance.text, len(turn.context), set(given)) for turn, given in found[0].pairs()] == [
        ("Hi", 0, {"repair"}), ("\ud800", 1, set())]  # fmt: skip
    assert read_corpus([]) == read_corpus([written(tmp_path, "empty.jsonl", b"")]) == []


def test_a_layer_over_dialogue(tmp_path: Path) -> None:
    labels = written(tmp_path, "labels.jsonl", lines(CODES, {"id": "y", "labels": {}}))
    text = written(tmp_path, "dialogues.jsonl", lines({"id": "y", "turns": []}, DIALOGUE))
    first, second = read_standoff(labels, text)
    assert first == Coded(
        Conversation((Utterance("Hi", "Ann", id="x.1"), Utterance("Hm")), "x"),
        (frozenset(), frozenset({"repair"})),
        (frozenset({"threat"}), frozenset()),
        "play",
        "pool",
    )
    assert second == Coded(Conversation((), "y"), (), ())


# What may be wrong with the second line of a corpus, and what must be said about it.
WRONG: dict[str, tuple[bytes, str]] = {
    "no JSON": (CANARY.encode(), "JSON object"),
    "cut off": (f'{{"text": "{CANARY}'.encode(), "JSON object"),
    "not UTF-8": (lines(TURN)[:-3] + b"\xff" + CANARY.encode(), "UTF-8"),
    "nested deeply": (b'{"text": ' + b"[" * 200_000, "JSON object"),
    "a list": (lines([CANARY]), "JSON object"),
    "no conversation": (lines({"text": CANARY, "labels": []}), "'conversation' is missing"),
    "no text": (lines({"conversation": CANARY, "labels": []}), "'text' is missing"),
    "no labels": (lines({"conversation": "a", "text": CANARY}), "'labels' is missing"),
    "text of another kind": (lines(TURN | {"text": [CANARY]}), "'text' and 'speaker' must be strings"),
    "speaker of another kind": (lines(TURN | {"speaker": 5}), "'text' and 'speaker' must be strings"),
    "a label": (lines(TURN | {"labels": CANARY}), "a list of strings"),
    "labels of another kind": (lines(TURN | {"labels": [1]}), "a list of strings"),
    "unknown label": (lines(TURN | {"labels": [CANARY]}), "1 unknown label"),
    "unknown doubt": (lines(TURN | {"doubt": [CANARY, "b"]}), "2 unknown label"),
}


@pytest.mark.parametrize(("line", "said"), WRONG.values(), ids=WRONG)
def test_a_line_of_a_corpus_that_cannot_be_read(tmp_path: Path, line: bytes, said: str) -> None:
    file = written(tmp_path, "turns.jsonl", lines(TURN) + line + b"\n" + lines(TURN))
    assert_told(lambda: read_corpus([file]), f"{file}, line 2: ", said)


def test_a_conversation_in_two_places(tmp_path: Path) -> None:
    file = written(tmp_path, "turns.jsonl", lines(TURN, TURN | {"conversation": "b"}, TURN | {"text": CANARY}))
    assert_told(lambda: read_corpus([file]), f"{file}, line 3: ", "together")


WRONG_LAYERS: dict[str, tuple[Any, Any, str, str]] = {
    "no such dialogue": (CODES | {"id": CANARY}, DIALOGUE, "labels", "no excerpt with this id"),
    "no id": ({"labels": {}}, DIALOGUE, "labels", "no excerpt with this id"),
    "a list of labels": (CODES | {"labels": [CANARY]}, DIALOGUE, "labels", "keyed by turn number"),
    "a list of doubts": (CODES | {"doubt": [CANARY]}, DIALOGUE, "labels", "keyed by turn number"),
    "a label": (CODES | {"labels": {"1": CANARY}}, DIALOGUE, "labels", "a list of strings"),
    "unknown label": (CODES | {"labels": {"1": [CANARY]}}, DIALOGUE, "labels", "1 unknown label"),
    "no turns": (CODES, {"id": "x"}, "dialogues", "'turns' must be a list of objects"),
    "texts for turns": (CODES, DIALOGUE | {"turns": [CANARY]}, "dialogues", "'turns' must be a list of objects"),
    "no text": (CODES, DIALOGUE | {"turns": [{"speaker": CANARY}]}, "dialogues", "must be strings"),
}


@pytest.mark.parametrize(("codes", "dialogue", "where", "said"), WRONG_LAYERS.values(), ids=WRONG_LAYERS)
def test_a_layer_that_cannot_be_read(tmp_path: Path, codes: Any, dialogue: Any, where: str, said: str) -> None:
    labels = written(tmp_path, "labels.jsonl", b"\n" + lines(codes))
    text = written(tmp_path, "dialogues.jsonl", b"\n" + lines(dialogue))
    assert_told(lambda: read_standoff(labels, text), f"{tmp_path / where}.jsonl, line 2: ", said)


@pytest.mark.parametrize("where", ["missing.jsonl", "."])
def test_files_that_cannot_be_opened(tmp_path: Path, where: str) -> None:
    file = written(tmp_path, "labels.jsonl", lines(CODES))
    assert_told(lambda: read_corpus([tmp_path / where]), f"{tmp_path / where}: cannot be read", "")
    assert_told(lambda: read_standoff(tmp_path / where, file), f"{file}, line 1", "turns")
    written(tmp_path, "dialogues.jsonl", lines(DIALOGUE))
    assert_told(lambda: read_standoff(tmp_path / where, tmp_path / "dialogues.jsonl"), f"{tmp_path / where}", "read")


def assert_told(call: Callable[[], object], where: str, said: str) -> None:
    with pytest.raises(TrainingError) as caught:
        call()
    assert str(caught.value).startswith(where)
    assert said in str(caught.value)
    error: BaseException | None = caught.value
    while error is not None:
        assert CANARY not in repr(error)
        assert CANARY not in repr(vars(error)) + repr(getattr(error, "doc", ""))
        error = error.__context__


# Fingerprints --------------------------------------------------------------------------------------------------------

ONE = Coded(
    Conversation((Utterance("Hi", "Ann"), Utterance("Hm", "Ben")), "a"),
    (frozenset({"repair"}), frozenset()),
    (frozenset(),) * 2,
)
TWO = replace(ONE, conversation=replace(ONE.conversation, id="b"))
CHANGED = {
    "text": replace(ONE, conversation=Conversation((Utterance("Ho", "Ann"), Utterance("Hm", "Ben")), "a")),
    "speaker": replace(ONE, conversation=Conversation((Utterance("Hi", "Bo"), Utterance("Hm", "Ben")), "a")),
    "id": replace(ONE, conversation=replace(ONE.conversation, id="c")),
    "order of turns": replace(ONE, conversation=replace(ONE.conversation, utterances=ONE.conversation.utterances[::-1])),
    "label": replace(ONE, labels=(frozenset({"threat"}), frozenset())),
    "one label more": replace(ONE, labels=(frozenset({"repair", "threat"}), frozenset())),
    "another turn's label": replace(ONE, labels=ONE.labels[::-1]),
}  # fmt: skip


@pytest.mark.parametrize("changed", CHANGED.values(), ids=CHANGED)
def test_a_fingerprint_changes_with_the_data(changed: Coded) -> None:
    assert fingerprint([changed, TWO]) != fingerprint([ONE, TWO])


def test_a_fingerprint_minds_no_order_of_conversations() -> None:
    found = fingerprint([ONE, TWO])
    assert found == fingerprint([TWO, ONE])
    assert found != fingerprint([ONE]) != fingerprint([]) != fingerprint([ONE, ONE])
    assert len(found) == 64
    assert int(found, 16)


def test_a_fingerprint_of_any_text() -> None:
    strange = replace(ONE, conversation=Conversation((Utterance("\ud800", "\udfff"), Utterance("Hm")), "\ud800"))
    other = replace(strange, conversation=replace(strange.conversation, id="\ud801"))
    assert fingerprint([strange]) == fingerprint([strange]) != fingerprint([other])
    # Pinned: the shipped models name their data by it.
    assert fingerprint([ONE, TWO]) == "f95d735d59e68999a08b45481d82ab2a84cf7c7e4a0b16d0088cbda181407bfa"


# Agreement -----------------------------------------------------------------------------------------------------------


# Krippendorff's alpha worked out by hand; the first case is the one of his own paper (2011, section A).
def test_the_table_of_agreement() -> None:
    rows: list[dict[str, list[str]]] = [
        {"author": ["repair"], "second": ["repair"]},
        {"author": ["repair"], "second": []},
        {"author": [], "second": []},
    ]
    found = {line.split(" | ")[0].strip("| "): line for line in table(rows).splitlines()[2:]}
    assert list(found) == list(LABELS)
    # Of six codes three say yes: expected 3 * 3 / (3 * 5), observed 1 / 3.
    assert found["repair"] == "| repair | 2 | 1 | 1 | 0.667 | 0.444 |"
    assert found["threat"] == "| threat | 0 | 0 | 0 | – | – |"


def test_the_command_for_agreement() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "relcomm.training.agreement", CODING], capture_output=True, check=True, encoding="utf-8"
    )
    assert len(done.stdout.splitlines()) == 2 + len(LABELS)


EXCERPT = {
    "id": "uncoded/1/2__2",
    "source": "play",
    "part": "random",
    "turns": ["uncoded/1/2", "uncoded/1/3"],
    "labels": {"uncoded/1/3": ["repair"]},
    "doubt": {"uncoded/1/2": ["threat"]},
}


def conversations(folder: Path) -> Path:
    rows = [{"source": "x", "turns": []}, {"turns": [{"speaker": "Ann", "text": str(n)} for n in range(1, 5)]}]
    path = folder / "uncoded.jsonl.gz"
    path.write_bytes(gzip.compress(lines(*rows)))
    return path


def test_excerpts_of_conversations_without_ids(tmp_path: Path) -> None:
    (found,) = read_excerpts(written(tmp_path, "layer.jsonl", lines(EXCERPT)), conversations(tmp_path))
    assert found.conversation.id == EXCERPT["id"]
    assert found.conversation.utterances == (
        Utterance("2", "Ann", id="uncoded/1/2"), Utterance("3", "Ann", id="uncoded/1/3"))  # fmt: skip
    assert (found.labels, found.doubt) == ((set(), {"repair"}), ({"threat"}, set()))
    assert (found.source, found.part) == ("play", "random")


def test_turns_of_an_excerpt_that_were_only_read(tmp_path: Path) -> None:
    row = EXCERPT | {"read": 1, "doubt": {}}
    (found,) = read_excerpts(written(tmp_path, "layer.jsonl", lines(row)), conversations(tmp_path))
    assert (found.before, found.labels, found.doubt) == (1, ({"repair"},), (set(),))
    assert [turn.utterance.text for turn in turns_of([found])] == ["3"]
    assert [turn.context for turn in turns_of([found])] == [found.conversation.utterances[:1]]
    assert fingerprint([found]) != fingerprint([replace(found, labels=(frozenset(), *found.labels), before=0)])


def test_what_a_third_coder_decided_takes_the_place_of_the_first_code(tmp_path: Path) -> None:
    (found,) = read_excerpts(written(tmp_path, "layer.jsonl", lines(EXCERPT)), conversations(tmp_path))
    agreed = {"turn": "uncoded/1/2", "first": ["contempt"], "second": ["contempt"]}
    differed = {"turn": "uncoded/1/3", "first": ["repair"], "second": ["pressure", "repair"], "decided": ["pressure"]}
    elsewhere = {"turn": "uncoded/9/3", "first": [], "second": ["repair"], "decided": []}
    path = written(tmp_path, "disputed.jsonl", lines(agreed, differed, elsewhere))
    assert decided([found], path) == [replace(found, labels=(set(), {"pressure"}), doubt=({"threat"}, {"repair"}))]
    read = replace(found, labels=found.labels[1:], doubt=found.doubt[1:], before=1)
    assert decided([read], path)[0].labels == ({"pressure"},)
    with pytest.raises(TrainingError, match="line 1"):
        decided([found], written(tmp_path, "disputed.jsonl", lines(differed | {"second": "repair"})))


@pytest.mark.parametrize(
    "change",
    [
        {"turns": ["uncoded/1/5"]},
        {"turns": ["uncoded/0/1"]},
        {"turns": ["uncoded/7/1"]},
        {"turns": ["other"]},
        {"turns": 3},
        {"labels": {"uncoded/1/3": ["kindness"]}},
        {"read": 2},
        {"read": "1"},
    ],
    ids=str,
)
def test_excerpts_that_are_not_there(tmp_path: Path, change: dict[str, Any]) -> None:
    layer = written(tmp_path, "layer.jsonl", lines(EXCERPT | change))
    with pytest.raises(TrainingError, match="line 1"):
        read_excerpts(layer, conversations(tmp_path))


@pytest.mark.parametrize("content", [b"", b"no gzip", gzip.compress(b"no json\n" * 3), gzip.compress(b"{}\n{}\n")])
def test_conversations_that_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, "uncoded.jsonl.gz", content)
    with pytest.raises(TrainingError):
        read_excerpts(written(tmp_path, "layer.jsonl", lines(EXCERPT)), path)

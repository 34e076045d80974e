"""What a network is shown of who asks for what again."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import numpy as np

from relcomm.asks import after
from relcomm.encoders import NgramEncoder
from relcomm.labels import LABELS
from relcomm.training.asks import AGAIN, ASKS, NOT_SURE, asking, marked, pairs, read_asks
from relcomm.training.corpus import Coded
from relcomm.training.finetune import examples
from relcomm.training.fit import Heads
from relcomm.types import Conversation, Turn, Utterance
from tiny import tiny_model

TEXTS = ("Ring her.", "No.", "Ring her, and shut the gate.", "No!", "I rang once.", "So?", "The gate, Ann.")
TALK = Conversation(tuple(Utterance(text, "BA"[n % 2], id=f"t.{n + 1}") for n, text in enumerate(TEXTS)), "t")
CODED = Coded(TALK, (frozenset(),) * 7, (frozenset(),) * 7)
ROWS = [
    {"speaker": "B", "about": "ring", "turns": ["t.1", "t.3"], "sure": ["t.1"]},
    {"speaker": "B", "about": "gate", "turns": ["t.3", "t.7"]},
]


def asks(tmp_path: Path) -> dict[str, object]:
    (tmp_path / "asks.jsonl").write_text(json.dumps({"conversation": "t", "asks": ROWS}) + "\n", encoding="utf-8")
    return read_asks(tmp_path / "asks.jsonl")  # type: ignore[return-value]


def test_a_turn_may_ask_for_two_things(tmp_path: Path) -> None:
    assert asks(tmp_path) == {
        "t": {"t.1": {"B 0": 1.0}, "t.3": {"B 0": NOT_SURE, "B 1": 1.0}, "t.7": {"B 1": 1.0}},
    }


def test_only_coded_conversations_say_whether_a_turn_asks(tmp_path: Path) -> None:
    found = marked(examples([CODED], 0.0), asks(tmp_path))  # type: ignore[arg-type]
    assert [item.target[ASKS] for item in found] == [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    assert all(math.isnan(item.target[ASKS]) for item in marked(examples([CODED], 0.0), {}))


def test_pairs_are_of_one_speaker_and_know_what_is_asked_again(tmp_path: Path) -> None:
    found = pairs([CODED], asks(tmp_path), random.Random(1))  # type: ignore[arg-type]
    said = {
        (item.turn.context[-2 if item.turn.context[-1].speaker == "A" else -1].text, item.turn.utterance.text)
        for item in found
    }
    share = {
        item.turn.utterance.text: item.target[AGAIN]
        for item in found
        if TEXTS[0] in [c.text for c in item.turn.context]
    }
    assert said >= {(TEXTS[0], TEXTS[2]), (TEXTS[0], TEXTS[6]), (TEXTS[2], TEXTS[6])}
    assert (share[TEXTS[2]], share[TEXTS[6]]) == (NOT_SURE, 0.0)
    assert all(item.whole and item.turn.utterance.speaker == "B" for item in found)
    assert all(math.isnan(value) for item in found for value in item.target[:AGAIN])


def test_what_stands_before_a_turn_read_after_an_earlier_one() -> None:
    turns = list(TALK.turns())
    assert [said.text for said in after(turns[2], turns[6]).context] == ["No.", TEXTS[2], "So?"]
    assert [said.text for said in after(turns[0], turns[1]).context] == [TEXTS[0]]
    alone = Turn(Utterance("Well?", "B"))
    assert after(turns[0], alone) == Turn(alone.utterance, (TALK.utterances[0],))


def test_heads_of_asking_are_calibrated_and_kept_apart_from_the_labels(tmp_path: Path) -> None:
    encoder = NgramEncoder(bits=8)
    model = tiny_model(encoder, tuple(LABELS))
    raw = Heads(np.random.default_rng(2).normal(size=(encoder.dim, 2)), np.zeros(2), ("asks", "asks again"))
    knows = asking(model, raw, [CODED], asks(tmp_path))  # type: ignore[arg-type]
    turns = list(TALK.turns())
    assert (model.knows_asks, knows.knows_asks) == (False, True)
    assert np.allclose(knows.score(turns), model.score(turns), atol=1e-6)
    assert ((knows.again(turns) > 0) & (knows.again(turns) < 1)).all()

"""Who asks for the same again: which turns are compared, and what comes together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from relcomm import asks
from relcomm.asks import FREE, KEPT, with_requests
from relcomm.encoders import NgramEncoder
from relcomm.errors import ModelError
from relcomm.model import Model
from relcomm.types import Conversation, Prediction, Request, Turn, Utterance
from tiny import tiny_model


class Knowing:
    """A stand-in that takes turns to ask the same if they begin with the same word, and counts what it is asked."""

    knows_asks = True

    def __init__(self) -> None:
        self.compared = 0

    def again(self, turns: Sequence[Turn]) -> np.ndarray:  # type: ignore[type-arg]
        self.compared += len(turns)
        return np.array([self._same(turn) for turn in turns])

    def _same(self, turn: Turn) -> float:
        earlier = next(said for said in reversed(turn.context) if said.speaker == turn.utterance.speaker)
        return 0.8 if earlier.text.split()[0] == turn.utterance.text.split()[0] else 0.1


def requests(*said: tuple[str, str]) -> list[Request | None]:
    """What each turn asks for; a text with a question mark asks."""
    talk = Conversation(tuple(Utterance(text, speaker) for speaker, text in said))
    seen = [Prediction((), {}, asks=0.9 if "?" in text else 0.2) for _, text in said]
    return [each.request for each in with_requests(Knowing(), talk, seen)]  # type: ignore[arg-type]


def test_asks_for_the_same_come_together_whatever_lies_between() -> None:
    said = ["ring her?", "ring who?", "ring", "no", "eat?", "ring what?", "ring now?"]
    found = requests(*((("Ann", "Ben")[n % 2], text) for n, text in enumerate(said)))
    assert found == [
        Request(n, sure) if sure else None
        for n, sure in zip((0, 1, 0, 0, 4, 1, 0), (0.9, 0.9, 0, 0, 0.9, 0.8, 0.8), strict=True)
    ]


def test_a_chain_leads_back_to_its_first_turn() -> None:
    chain = [("Ann", "ring?"), ("Ben", "no"), ("Ann", "eat?"), ("Ben", "no")] * (KEPT + 1)
    assert [each.first for each in requests(*chain) if each] == [0, 2] * (KEPT + 1)


def test_nobody_known_asks_nobody_again() -> None:
    assert requests(("", "ring?"), ("", "ring?")) == [Request(0, 0.9), Request(1, 0.9)]


def test_a_long_talk_compares_only_so_many() -> None:
    model, turns = Knowing(), 3000
    talk = Conversation(tuple(Utterance("ring?", "Ann") for _ in range(turns)))
    found = with_requests(model, talk, [Prediction((), {}, asks=0.9)] * turns)  # type: ignore[arg-type]
    assert model.compared == turns * asks.SHARE > FREE
    assert sum(each.request != Request(n, 0.9) for n, each in enumerate(found)) > FREE / KEPT


def test_a_model_that_does_not_know_leaves_all_as_it_is() -> None:
    talk, seen = Conversation((Utterance("ring?", "Ann"),)), (Prediction((), {}),)
    model = tiny_model()
    assert with_requests(model, talk, seen) == seen
    with pytest.raises(ModelError, match="does not say which turns ask"):
        model.again(list(talk.turns()))


def test_two_heads_more_change_no_label_and_come_back(tmp_path: Path) -> None:
    encoder = NgramEncoder(bits=8)
    model = tiny_model(encoder)
    more = np.random.default_rng(1).normal(size=(encoder.dim + 1, 2)).astype(np.float32)
    knows = model.with_more(more)
    turns = [Turn(Utterance("Would you ring her?", "Ann")), Turn(Utterance("")), Turn(Utterance("word " * 900))]
    knows.save(tmp_path / "knows")
    back = Model.load(tmp_path / "knows")
    assert np.allclose(back.score(turns), model.score(turns), atol=1e-6)
    assert (back.again(turns) == knows.again(turns)).all()
    assert [[w.asks is not None for w in each] for each in model.read(turns[:1])] == [[False]]
    assert all(0 <= (w.asks or 0) <= 1 for each in back.read(turns) for w in each)
    assert back.again([]).shape == (0,)

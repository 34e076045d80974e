"""Who asks whom for what again: what a network is shown of it, from ``corpus/asks.jsonl``.

Two things are learnt. *Asks*: whether a turn asks the other to do, stop or allow something. *Asks again*: whether it
asks for the same thing as one earlier turn of the same speaker. For the second, the row of a turn is not what went
before it, but the earlier turn and what was said just before each of the two (`relcomm.asks.after`).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from relcomm.asks import after
from relcomm.heads import calibrate
from relcomm.model import Model
from relcomm.training.corpus import Coded, objects
from relcomm.training.finetune import NOT_CODED, OUTPUTS, Example, examples
from relcomm.training.fit import Heads
from relcomm.types import Turn

ASKS, AGAIN = OUTPUTS.index("asks"), OUTPUTS.index("asks again")
NOT_SURE = 0.7
"""The target for a turn that its coder thought an ask, and was not certain of."""
QUIET = 0.3
"""The share of turns without an ask that are shown beside each earlier ask."""


Asks = Mapping[str, Mapping[str, float]]
"""By turn id, what the turn asks for (a turn may ask for two things), and how certain its coder was of each."""


def read_asks(path: Path) -> dict[str, Asks]:
    """The turns that ask in every coded conversation, by its id. Raises `TrainingError` with file and line."""
    found: dict[str, Asks] = {}
    for _, row in objects(path):
        turns: dict[str, dict[str, float]] = {}
        for n, group in enumerate(row["asks"]):
            sure = group.get("sure", group["turns"])
            for turn in group["turns"]:
                turns.setdefault(turn, {})[f"{group['speaker']} {n}"] = 1.0 if turn in sure else NOT_SURE
        found[row["conversation"]] = turns
    return found


def marked(items: Sequence[Example], asks: Mapping[str, Asks]) -> list[Example]:
    """The examples, those of conversations coded for asks with a target for whether they ask."""
    return [_marked(item, asks.get(item.turn.utterance.id.rpartition(".")[0])) for item in items]


def _marked(item: Example, asks: Asks | None) -> Example:
    if asks is None:
        return item
    return _with(item, ASKS, max(asks.get(item.turn.utterance.id, {}).values(), default=0.0))


def _with(item: Example, output: int, value: float) -> Example:
    return replace(item, target=(*item.target[:output], value, *item.target[output + 1 :]))


def pairs(data: Iterable[Coded], asks: Mapping[str, Asks], rng: random.Random) -> list[Example]:
    """Turns beside one earlier ask of their speaker: every later ask, and some of the turns that ask for nothing."""
    found = []
    for coded in data:
        known = asks.get(coded.conversation.id, {})
        for earlier, turn in _beside(coded, known):
            first, second = known[earlier.utterance.id], known.get(turn.utterance.id, {})
            if second or rng.random() < QUIET:
                target = [NOT_CODED] * len(OUTPUTS)
                target[AGAIN] = max((first[goal] * second[goal] for goal in first.keys() & second.keys()), default=0.0)
                found.append(Example(after(earlier, turn), tuple(target), whole=True))
    return found


def asking(model: Model, heads: Heads, held: Sequence[Coded], asks: Mapping[str, Asks]) -> Model:
    """The model with two heads more, of asking and of asking again, calibrated on conversations not trained on."""
    import numpy as np

    coded = [each for each in held if each.conversation.id in asks]
    each = (marked(examples(coded, 0.0), asks), pairs(coded, asks, random.Random(0)))  # noqa: S311 - repeatable
    columns = []
    for n, output in enumerate((ASKS, AGAIN)):
        logits = model.encoder.encode([item.turn for item in each[n]]) @ heads.weights[:, [n]] + heads.bias[[n]]
        gold = np.array([[item.target[output] > 0] for item in each[n]])
        slope, shift = calibrate(logits, gold, np.ones(len(gold)))
        columns.append(np.append(heads.weights[:, n] * slope[0], heads.bias[n] * slope[0] + shift[0]))
    return model.with_more(np.stack(columns, axis=1).astype(np.float32))


def _beside(coded: Coded, asks: Asks) -> Iterator[tuple[Turn, Turn]]:
    """Every turn that asks with every later turn of its speaker."""
    turns = list(coded.conversation.turns())
    for n, earlier in enumerate(turns):
        if earlier.utterance.id in asks:
            for turn in turns[n + 1 :]:
                if turn.utterance.speaker == earlier.utterance.speaker:
                    yield earlier, turn

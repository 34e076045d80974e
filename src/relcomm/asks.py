"""Who asks for the same thing again: turns that ask, grouped by what they ask for.

Two of a model's heads say so: whether a turn asks the other to do, stop or allow something, and whether it asks for the
same as one earlier turn of its speaker, whatever the words. For the second, a turn is read not after what went before
it, but after that earlier turn (`after`), in training and here alike.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from relcomm.model import Model
from relcomm.types import Conversation, Prediction, Request, Turn

ASKS = 0.5
"""From this probability on a turn is taken to ask for something."""
SAME = 0.5
"""From this probability on two turns are taken to ask for the same thing."""
KEPT = 4
"""With how many of a speaker's earlier asks one is compared: the last ones."""
FREE, SHARE = 200, 0.2
"""So many pairs are compared in any talk, and in a long one as many as this share of its turns: reading a pair takes as
long as reading a turn."""


def after(earlier: Turn, turn: Turn) -> Turn:
    """``turn`` as said after one earlier turn of the same speaker: that one, and what came just before each of the two."""
    context = (*earlier.context[-1:], earlier.utterance)
    if turn.context[-1:] not in ((), (earlier.utterance,)):
        context += turn.context[-1:]
    return Turn(turn.utterance, context)


def with_requests(
    model: Model, conversation: Conversation, predictions: Sequence[Prediction]
) -> tuple[Prediction, ...]:
    """The predictions, those of turns that ask for something with what they ask for. As they are if the model can't say.

    ``predictions[i]`` belongs to turn ``i``.
    """
    if not model.knows_asks:
        return tuple(predictions)
    turns = list(conversation.turns())
    pairs = _likeliest(list(_pairs(conversation, predictions)), predictions)
    likely: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for (one, two), p in zip(pairs, model.again([after(turns[one], turns[two]) for one, two in pairs]), strict=True):
        likely[two].append((float(p), one))
    found: dict[int, Request] = {}
    for n, seen in enumerate(predictions):
        if _asks(seen):
            sure, one = max(likely[n], default=(0.0, n))
            found[n] = Request(found[one].first, sure) if sure >= SAME else Request(n, float(seen.asks or 0))
    return tuple(replace(seen, request=found.get(n)) for n, seen in enumerate(predictions))


def _asks(seen: Prediction) -> bool:
    return seen.asks is not None and seen.asks >= ASKS


def _pairs(conversation: Conversation, predictions: Sequence[Prediction]) -> Iterator[tuple[int, int]]:
    """Every turn that asks for something, with each of the last few by its speaker that did."""
    earlier: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=KEPT))
    for n, (said, seen) in enumerate(zip(conversation.utterances, predictions, strict=True)):
        if said.speaker and _asks(seen):
            yield from ((one, n) for one in earlier[said.speaker])
            earlier[said.speaker].append(n)


def _likeliest(pairs: list[tuple[int, int]], predictions: Sequence[Prediction]) -> list[tuple[int, int]]:
    """The pairs that are compared: all of them, or those whose turns most surely ask, if there are too many."""
    room = max(FREE, int(SHARE * len(predictions)))
    return sorted(pairs, key=lambda pair: -min(predictions[n].asks or 0.0 for n in pair))[:room]

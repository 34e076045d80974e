"""Who answers, and how: for each turn the next one of anybody else, and what its labels say of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relcomm.patterns.episodes import numbered
from relcomm.patterns.sequential import Labels
from relcomm.types import Conversation

ANSWERS: Mapping[str, Labels] = {
    "attack": frozenset({"criticism", "contempt", "threat", "ultimatum"}),
    "defence": frozenset({"defensiveness"}),
    "withdrawal": frozenset({"stonewalling"}),
    "boundary": frozenset({"boundary"}),
    "agreement": frozenset({"accountability", "repair", "appreciation"}),
}
"""The answers and their labels; the first that fits counts."""
Met = tuple[int | None, bool]
"""The turn that answers, if any, and whether it is late."""
ANSWERED = {
    "attack": "hit back",
    "defence": "warded it off",
    "withdrawal": "withdrew",
    "boundary": "drew a boundary",
    "agreement": "came some way towards it",
    "open": "answered in another way",
}


def others_next(conversation: Conversation) -> list[int | None]:
    """For each turn the next turn of anybody else who has a name; None where there is none.

    >>> from relcomm.types import Utterance
    >>> others_next(Conversation(tuple(Utterance("…", name) for name in ("Ann", "Ann", "", "Ben"))))
    [3, 3, 3, None]
    """
    out: list[int | None] = []
    last_name, last, another = "", None, None
    for n in reversed(range(len(conversation))):
        name = conversation.utterances[n].speaker
        out.append(another if last_name == name else last)
        if name.strip():
            last_name, last, another = name, n, out[-1]
    return out[::-1]


def answers_met(conversation: Conversation) -> list[Met]:
    """For each turn the next one of anybody else who has a name, and whether it came in a later episode."""
    episode = numbered(conversation)
    return [(n, n is not None and episode[n] != episode[at]) for at, n in enumerate(others_next(conversation))]


def answer_of(labels: Labels) -> str:
    """How a turn with these labels answers: the first of `ANSWERS` that fits, else "open".

    >>> answer_of(frozenset({"defensiveness", "contempt"}))
    'attack'
    """
    return next((answer for answer, those in ANSWERS.items() if labels & those), "open")


def told(details: Mapping[str, Any]) -> str:
    """Who met it how, in the order it happened: ``answered_by``, ``answers`` and ``late`` of a finding, in words."""
    met = [
        f"{name} {ANSWERED[answer]}{', after hours of silence' if late else ''}"
        for name, answer, late in zip(details["answered_by"], details["answers"], details["late"], strict=True)
        if name is not None
    ]
    if not met:
        return "No answer is in the record."
    counted = {words: met.count(words) for words in dict.fromkeys(met)}
    said = "; ".join(words + (f" ({n} times)" if n > 1 else "") for words, n in counted.items())
    return f"In the next turn {said}." if len(met) == 1 else f"In the turns right after: {said}."

"""How an issue is raised: the harsh or gentle start-up of each episode.

Source: Gottman, Coan, Carrère & Swanson (1998), Journal of Marriage and the Family 60, 5-22, and Carrère & Gottman
(1999), Family Process 38, 293-301 (how a talk about a conflict begins); Gottman & Silver (1999) for the two words.
Only the description is taken from there, no prediction of anything.

Definition:

- *episode*: a stretch of talk between two silences (see `relcomm.patterns.episodes`).
- *start-up*: the first turn of the episode that raises an issue: one that has ``criticism``, ``contempt``,
  ``ultimatum`` or ``threat`` (*harsh*), or ``gentle_startup`` and none of those (*gentle*).
- A turn that also has ``defensiveness`` answers something and is no start-up, whatever else it has. ``pressure``
  alone is neither: if somebody presses first and blames later, the blame is the start-up.

One finding for each episode that has one. ``Finding.value`` is the severity of the start-up in steps from 0 (gentle)
to 4 (see `relcomm.patterns.grounds`, also for ``sure``). It is "slight" too where the same turn, or an earlier one of
the episode, nearly had a label that would have made it otherwise. ``details`` count what followed in the episode;
they do not say that it followed from the start-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from relcomm.patterns.episodes import episodes
from relcomm.patterns.grounds import SAFETY, SEVERITY, grade, joined, probability
from relcomm.patterns.sequential import Labels, label_sets
from relcomm.types import Conversation, Finding, Prediction

NAME = "startup"
TITLE = "How issues were raised"

HARSH = {"criticism": "blame", "contempt": "scorn", "ultimatum": "an ultimatum", "threat": "a threat"}
GENTLE = "gentle_startup"
ANSWERS = "defensiveness"


def find(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Finding]:
    """The turn that raised the issue in each episode, harshly or gently; none where nothing was raised.

    ``predictions[i]`` belongs to turn ``i``; `InputError` if the numbers differ.
    """
    said = label_sets(conversation, predictions)
    return [_finding(conversation, predictions, episode, turn) for episode, turn in _starts(conversation, said)]


def kind(labels: Labels) -> str:
    """How a turn raises an issue: "harsh", "gentle", or "" where it raises none.

    >>> kind(frozenset({"gentle_startup", "contempt"}))
    'harsh'
    """
    if ANSWERS in labels:
        return ""
    if labels & HARSH.keys():
        return "harsh"
    return "gentle" if GENTLE in labels else ""


def _starts(conversation: Conversation, said: Sequence[Labels]) -> Iterator[tuple[range, int]]:
    for episode in episodes(conversation):
        turn = next((n for n in episode if kind(said[n])), None)
        if turn is not None:
            yield episode, turn


def _doubted(predictions: Sequence[Prediction], episode: range, turn: int) -> bool:
    """Whether it was nearly another turn that raised the issue, or nearly the other way."""
    earlier = (predictions[n] for n in range(episode.start, turn))
    raised = any(kind(frozenset((*seen.labels, *seen.unsure))) for seen in earlier)
    here = predictions[turn]
    return raised or kind(frozenset((*here.labels, *here.unsure))) != kind(frozenset(here.labels))


def _finding(conversation: Conversation, predictions: Sequence[Prediction], episode: range, turn: int) -> Finding:
    here = predictions[turn]
    labels = frozenset(here.labels)
    way = kind(labels)
    needed = HARSH.keys() if way == "harsh" else {GENTLE}
    details: dict[str, Any] = {
        "turn": turn,
        "speaker": conversation.utterances[turn].speaker,
        "kind": way,
        "labels": [label for label in (*HARSH, GENTLE) if label in labels],
        "episode": [episode.start, episode.stop - 1],
        "followed": _followed(predictions, episode, turn),
    }
    value = max((SEVERITY[label] for label in labels if label in HARSH), default=0)
    sure = grade(probability(here, needed), doubted=_doubted(predictions, episode, turn))
    return Finding(NAME, (turn,), float(value), _summary(details), sure, details)


def _followed(predictions: Sequence[Prediction], episode: range, turn: int) -> dict[str, int]:
    """How many turns of the episode came after it, and how many of them had a harmful label."""
    after = [predictions[n].labels for n in range(turn + 1, episode.stop)]
    return {"turns": len(after), "harmful": sum(not SEVERITY.keys().isdisjoint(labels) for labels in after)}


def _summary(details: dict[str, Any]) -> str:
    who = details["speaker"].strip() or "Somebody"
    words = [HARSH[label] for label in details["labels"] if label in HARSH]
    way = f"with {joined(words)}" if words else "gently"
    turns, harmful = details["followed"]["turns"], details["followed"]["harmful"]
    after = f"Of the {turns} turns after it in this episode, {harmful} had a label that tends to hurt."
    if turns < 2:
        one = f"The one turn after it in this episode had {'a' if harmful else 'no'} label that tends to hurt."
        after = one if turns else "Nothing came after it in this episode."
    safety = SAFETY if "threat" in details["labels"] else ""
    return " ".join(filter(None, (f"{who} raised an issue {way}.", after, safety)))

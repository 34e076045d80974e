"""Attempts to mend a quarrel, and what the other does with them: taken up, passed over, refused, or left open.

Source: Gottman & Silver (1999), The Seven Principles for Making Marriage Work (repair attempts); Gottman, Driver &
Tabares (2015), Journal of Family Psychotherapy 26, 85-108 (what repairs look like, and whether they take).

Definition:

- *quarrel*: one of the six turns before has a harmful label, whoever spoke and however long ago that was: mending
  the next morning is mending.
- *attempt*: in a quarrel, a turn with ``repair`` or ``accountability``. One that also attacks or wards off
  (``criticism``, ``contempt``, ``threat``, ``ultimatum``, ``defensiveness``) is none, and a later such turn of the
  same stretch (see `relcomm.patterns.sequential`) takes it back: an apology that hits back does not mend. ``pressure``
  and ``stonewalling`` do not undo it. Attempts of one stretch are one finding; its ``turn`` is the first.
- An apology that answers an apology is an attempt too: it is within six turns of the quarrel.
- *answer*: the next turn of anybody else who has a name, past further messages of the speaker. By its labels:
  *refused* if it attacks or wards off; else *ignored* if it has ``stonewalling`` or ``pressure``; else *accepted* if
  it has ``repair``, ``accountability``, ``appreciation``, ``gentle_startup`` or ``self_soothing``; else *open*. Open
  is also what gets no answer. Words without a label may well be a friendly answer: open does not mean refused.
- *late*: the answer came in a later episode (see `relcomm.patterns.episodes`). It may not be about the attempt at
  all, so the finding is never more than "slight". That it came late says nothing by itself.

One finding for each attempt, from speakers with names only. ``Finding.value`` is 1 where it was accepted, else 0.
``sure``: see `relcomm.patterns.grounds`; it takes the label of the attempt and, unless open, that of the answer, and
is "slight" too where the answer nearly had a label that would have made it another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from relcomm.patterns.answers import others_next
from relcomm.patterns.episodes import numbered
from relcomm.patterns.grounds import SAFETY, SEVERITY, grade, joined, probability
from relcomm.patterns.sequential import Labels, label_sets, marks, stretches
from relcomm.types import Conversation, Finding, Prediction

NAME = "repair"
TITLE = "Attempts to mend"

BACK = 6
"""How many turns back a harmful label still makes a quarrel."""
TRIED = {"repair": "tried to mend things", "accountability": "took responsibility"}
BACK_AT = {
    "criticism": "blame",
    "contempt": "scorn",
    "defensiveness": "a defence",
    "ultimatum": "an ultimatum",
    "threat": "a threat",
}
PASSED_OVER = {"stonewalling": "shut down", "pressure": "pressed on"}
MENDS, REFUSES = frozenset(TRIED), frozenset(BACK_AT)
ANSWERS = {
    "refused": REFUSES,
    "ignored": frozenset(PASSED_OVER),
    "accepted": MENDS | {"appreciation", "gentle_startup", "self_soothing"},
}
"""The answers and their labels; the first that fits counts."""

Step = tuple[tuple[int, ...], int | None, bool]
"""The turns of an attempt, the turn that answers it, if any, and whether that is late."""


def find(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Finding]:
    """Each attempt to mend a quarrel, and how the other's next turn met it.

    ``predictions[i]`` belongs to turn ``i``; `InputError` if the numbers differ.
    """
    said = label_sets(conversation, predictions)
    heat = _quarrels(said)
    episode = numbered(conversation)
    found = []
    for tried, answer in _attempts(conversation, said):
        if attempt := tuple(turn for turn in tried if heat[turn]):
            late = answer is not None and episode[answer] != episode[attempt[-1]]
            found.append(_finding(conversation, predictions, (attempt, answer, late)))
    return found


def mends(labels: Labels) -> bool | None:
    """Whether a turn tries to mend; False where it attacks or wards off, which undoes earlier tries of the stretch."""
    if labels & REFUSES:
        return False
    return True if labels & MENDS else None


def answer_of(labels: Labels) -> str:
    """What a turn does with the attempt before it: "refused", "ignored", "accepted", or "open" where none shows.

    >>> answer_of(frozenset({"accountability", "defensiveness"}))
    'refused'
    """
    return next((answer for answer, those in ANSWERS.items() if labels & those), "open")


def _quarrels(said: Sequence[Labels]) -> list[bool]:
    """For each turn, whether one of the few before it has a harmful label."""
    out, last = [], -BACK - 1
    for n, labels in enumerate(said):
        out.append(n - last <= BACK)
        if not labels.isdisjoint(SEVERITY):
            last = n
    return out


def _attempts(conversation: Conversation, said: Sequence[Labels]) -> Iterator[tuple[tuple[int, ...], int | None]]:
    """The turns of each stretch that try to mend, and the next turn of anybody else; None where there is none."""
    talk = stretches(conversation)
    after = others_next(conversation)
    for stretch, tried in zip(talk, marks(talk, said, mends), strict=True):
        if stretch.speaker and tried:
            yield tried, after[tried[-1]]


def _finding(conversation: Conversation, predictions: Sequence[Prediction], step: Step) -> Finding:
    attempt, answer, late = step
    there = Prediction((), {}) if answer is None else predictions[answer]
    said = frozenset(there.labels)
    met = answer_of(said)
    details: dict[str, Any] = {
        "turn": attempt[0],
        "turns": list(attempt),
        "speaker": conversation.utterances[attempt[0]].speaker,
        "answer": met,
        "answer_turn": answer,
        "answered_by": None if answer is None else conversation.utterances[answer].speaker,
        "late": late,
    }
    sure = max(probability(predictions[turn], MENDS) for turn in attempt)
    if met in ANSWERS:
        sure = min(sure, probability(there, ANSWERS[met]))
    doubted = late or answer_of(said.union(there.unsure)) != met
    tried = frozenset(label for turn in attempt for label in predictions[turn].labels)
    words = _summary(details, tried, said) + (f" {SAFETY}" if "threat" in said else "")
    turns = attempt if answer is None else (*attempt, answer)
    return Finding(NAME, turns, float(met == "accepted"), words, grade(sure, doubted=doubted), details)


def _summary(details: dict[str, Any], tried: Labels, answer: Labels) -> str:
    mended = [words for label, words in TRIED.items() if label in tried]
    other = details["answered_by"]
    if other is None:
        return f"{details['speaker']} {joined(mended)} in a quarrel; nobody answered."
    late = ", after hours of silence" if details["late"] else ""
    met = {
        "accepted": "took it up",
        "refused": f"answered with {joined([words for label, words in BACK_AT.items() if label in answer])}",
        "ignored": joined([words for label, words in PASSED_OVER.items() if label in answer]),
        "open": "answered in a way that shows neither yes nor no",
    }[details["answer"]]
    return f"{details['speaker']} {joined(mended)} in a quarrel; {other} {met}{late}."

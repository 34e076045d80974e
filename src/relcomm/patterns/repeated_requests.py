"""The same request made again and again: how often, over how long, how it changed, and how it was answered.

Source: the ask itself is demand in the sense of Christensen & Heavey (1990), Journal of Personality and Social
Psychology 59, 73-81: asking the other for a change, which grows into nagging where it is made again unanswered.

Definition:

- *request*: turns of one speaker that ask for the same thing, by meaning and not by words. Which turns do is said by
  the model before any pattern is looked for (`relcomm.asks`, ``Prediction.request``). Without such a model there is none.
- *time*: a stretch (see `relcomm.patterns.sequential`) with such turns; several messages in a row are one time.
- *again and again*: `OFTEN` times or more.
- *form* of each time: by the labels of its turns, the most severe of *threat*, *ultimatum*, *blame* (``criticism``,
  ``contempt``), *pressure*, else *ask*. ``course`` is "hardened" if the last third of the times (rounded up) was more
  severe at its worst than the first third, "softened" if less, else "alike".
- *answer*: the next turn of anybody else (see `relcomm.patterns.answers`).
- *over how long*: ``days`` from the first time to the last, where both have a time; ``episodes`` counts the talks.

``Finding.value`` is how many times. ``sure``: see `relcomm.patterns.grounds`; it takes the least of the probabilities
that make up the `OFTEN` surest times. Asking often is no fault in itself; what it does depends on what was answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import Any

from relcomm.patterns.answers import Met, answer_of, answers_met, told
from relcomm.patterns.episodes import between, numbered
from relcomm.patterns.grounds import SAFETY, grade
from relcomm.patterns.sequential import Labels, label_sets, stretches
from relcomm.types import Conversation, Finding, Prediction

NAME = "repeated_requests"
TITLE = "The same request, again and again"

OFTEN = 3
"""From so many times on."""
FORMS: Mapping[str, Labels] = {
    "threat": frozenset({"threat"}),
    "ultimatum": frozenset({"ultimatum"}),
    "blame": frozenset({"criticism", "contempt"}),
    "pressure": frozenset({"pressure"}),
}
"""The forms a request can take beyond asking, the most severe first."""
_SAID = {
    "ask": "asked",
    "pressure": "pressed",
    "blame": "blamed",
    "ultimatum": "set an ultimatum",
    "threat": "threatened",
}
_COURSE = {
    "hardened": "It grew harder from time to time.",
    "softened": "It grew softer from time to time.",
    "alike": "",
}
_SEVERITY = list(_SAID)


def find(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Finding]:
    """Each request that a speaker made often, in the order they were first made.

    ``predictions[i]`` belongs to turn ``i``; `InputError` if the numbers differ.
    """
    said = label_sets(conversation, predictions)
    times: defaultdict[tuple[str, int], list[list[int]]] = defaultdict(list)
    for stretch in stretches(conversation):
        here: defaultdict[int, list[int]] = defaultdict(list)
        for turn in stretch.turns:
            if request := predictions[turn].request:
                here[request.first].append(turn)
        for first, turns in here.items():
            times[stretch.speaker, first].append(turns)
    found = [(speaker, each) for (speaker, _), each in times.items() if len(each) >= OFTEN and speaker]
    if not found:
        return []
    met, episode = answers_met(conversation), numbered(conversation)
    return [
        _finding(predictions, each, _details(conversation, said, (speaker, each), met, episode))
        for speaker, each in found
    ]


def form_of(labels: Labels) -> str:
    """The form of a request whose turns have these labels: the most severe of `FORMS`, else "ask".

    >>> form_of(frozenset({"pressure", "ultimatum"}))
    'ultimatum'
    """
    return next((form for form, those in FORMS.items() if labels & those), "ask")


def course_of(forms: Sequence[str]) -> str:
    """How a request changed from its first third to its last: "hardened", "softened" or "alike".

    >>> course_of(["ask", "ask", "pressure", "ultimatum"])
    'hardened'
    """
    third = ceil(len(forms) / 3)
    first, last = (max(_SEVERITY.index(form) for form in part) for part in (forms[:third], forms[-third:]))
    return "alike" if first == last else "hardened" if last > first else "softened"


def _details(
    conversation: Conversation,
    said: Sequence[Labels],
    request: tuple[str, list[list[int]]],
    met: Sequence[Met],
    episode: Sequence[int],
) -> dict[str, Any]:
    speaker, times = request
    answers = [met[turns[-1]] for turns in times]
    forms = [form_of(frozenset().union(*(said[turn] for turn in turns))) for turns in times]
    first, last = (conversation.utterances[turn].time for turn in (times[0][0], times[-1][-1]))
    spell = between(first, last)
    return {
        "speaker": speaker,
        "turns": [turn for turns in times for turn in turns],
        "times": len(times),
        "forms": forms,
        "course": course_of(forms),
        "days": None if spell is None or spell < timedelta(0) else round(spell / timedelta(days=1), 3),
        "episodes": len({episode[turns[0]] for turns in times}),
        "answers": [answer_of(said[n]) if n is not None else "open" for n, _ in answers],
        "answer_turns": [n for n, _ in answers],
        "answered_by": [None if n is None else conversation.utterances[n].speaker for n, _ in answers],
        "late": [late for _, late in answers],
    }


def _finding(predictions: Sequence[Prediction], times: list[list[int]], details: dict[str, Any]) -> Finding:
    probabilities = [max(r.sure for turn in turns if (r := predictions[turn].request)) for turns in times]
    words = _summary(details)
    if "threat" in details["forms"] or any(
        "threat" in predictions[n].labels for n in details["answer_turns"] if n is not None
    ):
        words += f" {SAFETY}"
    shown = {*details["turns"], *(n for n in details["answer_turns"] if n is not None)}
    sure = sorted(probabilities)[-OFTEN]
    return Finding(NAME, tuple(sorted(shown)), float(len(times)), words, grade(sure), details)


def _summary(details: Mapping[str, Any]) -> str:
    forms, days = details["forms"], details["days"]
    over = f" over {round(days)} days" if days is not None and round(days) > 1 else ""
    talks = f", in {details['episodes']} talks" if details["episodes"] > 1 else ""
    counted = [f"{_SAID[form]} {_often(forms.count(form))}" for form in _SAID if form in forms]
    how = "" if set(forms) == {"ask"} else f" By the labels of the turns: {', '.join(counted)}."
    return " ".join(
        part
        for part in (
            f"{details['speaker']} asked for what reads as the same thing {details['times']} times{over}{talks}.{how}",
            _COURSE[details["course"]],
            told(details),
        )
        if part
    )


def _often(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")

"""Scorn for scorn: contempt answered by contempt.

Source: Gottman (1994), What Predicts Divorce?, for contempt among the Four Horsemen and its place in the cascade;
Coan & Gottman (2007), the Specific Affect Coding System, for the code. Only the exchange is taken from there.

Definition, on stretches (see `relcomm.patterns.sequential`):

- *scorn*: a stretch with ``contempt``. An insult in three messages is one.
- *answered*: somebody else's first or second stretch after it, in the same episode and among the next `REACH`
  stretches of anybody, has scorn too. The earliest such stretch is the answer.
- *pair*: the last scornful turn before, and the first of the answer. In a chain each stretch is both an answer and a
  cause, so pairs overlap.
- *found*: at least two pairs between the same two people. One finding for each two people.

``Finding.value`` is the share of these two people's scornful stretches that the other answered with scorn.

**p.** As in `relcomm.patterns.sequential`: how often scorn would have come right after the other's scorn as many
times, had it been dealt out anew within neighbourhoods of about eight exchanges. It is tried in each direction and in
both together, since scorn may be answered one way or feed itself; ``p`` is the smallest. ``tests`` is how many were
tried: three for each two people with scorn enough. Answers in the second stretch are not in it, which makes it
sharper; with three or more people only neighbours count for it.

**Sure.** ``clear`` from 5 pairs where ``p * tests <= 0.005``, ``some`` from 3 pairs where ``p * tests <= 0.025``,
else ``slight``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from relcomm.patterns.contingency import p_value
from relcomm.patterns.grounds import CHANCE, SAFETY, joined
from relcomm.patterns.sequential import (
    FEWEST,
    Following,
    Labels,
    Marks,
    Stretch,
    follow,
    label_sets,
    marks,
    stretches,
)
from relcomm.types import Conversation, Finding, Prediction

NAME = "contempt_contempt"
TITLE = "Scorn answered with scorn"

SCORN = "contempt"
REACH = 6
"""How many stretches on an answer is looked for, which matters where more than two people speak."""
MANY = 5
CLEAR, SOME = 0.005, 0.025

Pair = tuple[int, int]
Ways = dict[frozenset[str], list[Following]]


def find(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Finding]:
    """Where scorn met scorn at least twice, for each two people between whom it did.

    ``predictions[i]`` belongs to turn ``i``; `InputError` if the numbers differ.
    """
    said = label_sets(conversation, predictions)
    talk = stretches(conversation)
    scorn = marks(talk, said, scorns)
    found: dict[frozenset[str], list[Pair]] = {}
    for cause, answer in _pairs(talk, scorn):
        two = frozenset((talk[cause].speaker, talk[answer].speaker))
        found.setdefault(two, []).append((scorn[cause][-1], scorn[answer][0]))
    several = {two: pairs for two, pairs in found.items() if len(pairs) > 1}
    if not several:
        return []
    ways = _ways(talk, scorn)
    tried = sum(sum(way.table.first for way in both) >= FEWEST for both in ways.values())
    scornful = Counter(stretch.speaker for stretch, shown in zip(talk, scorn, strict=True) if shown)
    order = {name: n for n, name in enumerate(conversation.speakers)}
    out = []
    for two, pairs in several.items():
        own = {name: scornful[name] for name in sorted(two, key=order.__getitem__)}
        out.append(_finding(pairs, said, {"scornful": own, "tests": 3 * max(1, tried), **_figures(ways.get(two, []))}))
    return out


def scorns(labels: Labels) -> bool | None:
    """Whether a turn is scornful."""
    return True if SCORN in labels else None


def _pairs(talk: Sequence[Stretch], scorn: Marks) -> Iterator[Pair]:
    """The numbers of each scornful stretch and of the first one that answers it with scorn."""
    for n, stretch in enumerate(talk):
        if stretch.speaker and scorn[n]:
            answer = next((m for m in _answers(talk, n) if scorn[m]), None)
            if answer is not None:
                yield n, answer


def _answers(talk: Sequence[Stretch], n: int) -> Iterator[int]:
    """The stretches that may answer one: the next two of anybody else within reach, in the same episode."""
    heard: Counter[str] = Counter()
    for m in range(n + 1, min(n + 1 + REACH, len(talk))):
        if talk[m].opens:
            return
        name = talk[m].speaker
        heard[name] += 1
        if name and name != talk[n].speaker and heard[name] <= 2:
            yield m


def _ways(talk: Sequence[Stretch], scorn: Marks) -> Ways:
    """For each two people how often one's scorn came right after the other's, in both directions."""
    ways: Ways = {}
    for pair, following in follow(talk, scorn, scorn).items():
        ways.setdefault(frozenset(pair), []).append(following)
    return ways


def _figures(both: Sequence[Following]) -> dict[str, Any]:
    return {
        "p": min([p_value([table for way in both for table in way.near]), *(way.p for way in both)]),
        "p_overall": p_value([way.table for way in both]),
        "directions": [way.figures() for way in both],
    }


def _finding(pairs: list[Pair], said: Sequence[Labels], figures: dict[str, Any]) -> Finding:
    scornful, chance = figures["scornful"], figures["p"] * figures["tests"]
    sure = "slight"
    if len(pairs) >= FEWEST and chance <= SOME:
        sure = "clear" if len(pairs) >= MANY and chance <= CLEAR else "some"
    turns = tuple(sorted({turn for pair in pairs for turn in pair}))
    words = [
        f"Between {joined([*scornful])}, scorn was answered with scorn {len(pairs)} times;",
        f"it came from {joined([f'{name} {_times(count)}' for name, count in scornful.items()])}.",
        CHANCE[sure],
        *([SAFETY] if any("threat" in said[turn] for turn in turns) else []),
    ]
    details = {"speakers": [*scornful], "pairs": [list(pair) for pair in pairs]} | figures
    return Finding(NAME, turns, len(pairs) / sum(scornful.values()), " ".join(words), sure, details)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"

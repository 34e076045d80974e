"""One word gives another, and each is harder: severity that rises while a quarrel goes to and fro.

Source: Gottman (1979), Marital Interaction, and Margolin & Wampold (1981), Journal of Consulting and Clinical
Psychology 49, 554-567, for negative reciprocity; Gottman, Coan, Carrère & Swanson (1998), Journal of Marriage and the
Family 60, 5-22, for answers of a higher intensity than what they answer.

Definition, on stretches (see `relcomm.patterns.sequential`):

- *severity* of a stretch: the highest of its labels, in steps from 0 to 4 (see `relcomm.patterns.grounds`).
- *run*: harmful stretches (severity 1 or more) of one episode with at most one harmless stretch between two of them,
  by at least two people, as long as it goes; at least four of them. Unknown speakers count as harmless.
- *halves*: the first and the last half of the run's harmful stretches, the middle one of an odd number in neither.
- *found*: the last half is on average at least one step more severe than the first. A run that rises and falls
  again is judged by its halves like any other, and is not cut.

``Finding.value`` is that rise in steps. One finding for each such run.

**p.** How often the same stretches in another order would have risen as much: each speaker's severities are dealt
anew over that speaker's places in the run, so that neither the mood of the hour nor one speaker's usual tone can
pass for a rise. Counted out in runs of up to `EXACT` stretches, by the normal curve beyond. ``p_all`` is the same for
all the conversation's runs together, whether they rose or not. ``runs`` is how many there are.

**Sure.** ``clear`` where ``p * runs`` or ``p_all`` is at most 0.0025, ``some`` where one of them is at most 0.0125,
else ``slight``. A single run of fewer than nine stretches can never be more than slight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from typing import Any

from relcomm.patterns.grounds import CHANCE, SAFETY, SEVERITY, joined
from relcomm.patterns.sequential import Labels, Stretch, label_sets, stretches
from relcomm.types import Conversation, Finding, Prediction

NAME = "escalation"
TITLE = "Words that grow harder"

FEWEST = 4
RISE = 1.0
EXACT = 14
"""Up to how many harmful stretches ``p`` is counted out; beyond it the normal curve stands in."""
CLEAR, SOME = 0.0025, 0.0125


@dataclass(frozen=True, slots=True)
class Run:
    """Harmful stretches one upon the other: for each its speaker, its severity and the turns that show it."""

    speakers: tuple[str, ...]
    severities: tuple[int, ...]
    turns: tuple[tuple[int, ...], ...]

    @property
    def half(self) -> int:
        """How many stretches are in each half."""
        return len(self.severities) // 2

    @property
    def sides(self) -> tuple[int, ...]:
        """-1 for each stretch of the first half, 1 for each of the last, 0 for the middle one."""
        middle = (0,) if len(self.severities) % 2 else ()
        return (*[-1] * self.half, *middle, *[1] * self.half)

    @property
    def steps(self) -> int:
        """The severity of the last half, added up, less that of the first."""
        return sum(side * level for side, level in zip(self.sides, self.severities, strict=True))

    @property
    def rise(self) -> float:
        """How much more severe the last half is on average."""
        return self.steps / self.half

    def parts(self) -> dict[str, list[tuple[int, int]]]:
        """For each speaker, in order of appearance, the half and the severity of their stretches."""
        out: dict[str, list[tuple[int, int]]] = {name: [] for name in self.speakers}
        for name, side, level in zip(self.speakers, self.sides, self.severities, strict=True):
            out[name].append((side, level))
        return out


def find(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Finding]:
    """Where a quarrel grew more severe from its first half to its last, for each run of harmful talk by both.

    ``predictions[i]`` belongs to turn ``i``; `InputError` if the numbers differ.
    """
    said = label_sets(conversation, predictions)
    tried = list(runs(stretches(conversation), said))
    rising = [run for run in tried if run.rise >= RISE]
    p_all = chance(tried) if rising else 1.0
    return [_finding(run, said, {"p": chance([run]), "p_all": p_all, "runs": len(tried)}) for run in rising]


def severity(labels: Labels) -> int:
    """How severe a turn is, from 0 (no harmful label) to 4 (a threat); the highest label counts."""
    return max((SEVERITY[label] for label in labels if label in SEVERITY), default=0)


def runs(talk: Sequence[Stretch], said: Sequence[Labels]) -> Iterator[Run]:
    """Every run of at least four harmful stretches by at least two people, whether it rises or not."""
    run: list[int] = []
    for n, stretch in enumerate(talk):
        if run and (stretch.opens or n - run[-1] > 2):
            yield from _run([talk[m] for m in run], said)
            run = []
        if stretch.speaker and any(severity(said[turn]) for turn in stretch.turns):
            run.append(n)
    yield from _run([talk[m] for m in run], said)


def _run(harmful: Sequence[Stretch], said: Sequence[Labels]) -> Iterator[Run]:
    speakers = tuple(stretch.speaker for stretch in harmful)
    if len(speakers) >= FEWEST and len(set(speakers)) > 1:
        shown = tuple(tuple(turn for turn in stretch.turns if severity(said[turn])) for stretch in harmful)
        yield Run(speakers, tuple(max(severity(said[turn]) for turn in turns) for turns in shown), shown)


def chance(tried: Sequence[Run]) -> float:
    """How often the same stretches, each speaker's dealt anew over their places in each run, rise as much in all."""
    parts = [part for run in tried for part in run.parts().values()]
    seen = sum(run.steps for run in tried)
    if sum(len(run.severities) for run in tried) > EXACT:
        return _normal_tail(parts, seen)
    ways = Counter({0: 1})
    for part in parts:
        ways = _added(ways, _dealt(part))
    return sum(n for steps, n in ways.items() if steps >= seen) / ways.total()


def _dealt(part: Sequence[tuple[int, int]]) -> Counter[int]:
    """In how many ways one speaker's severities, dealt over their places, give each difference of the halves."""
    room = Counter(side for side, _ in part)
    states: Counter[tuple[int, int, int]] = Counter({(0, 0, 0): 1})
    for n, (_, level) in enumerate(part):
        dealt: Counter[tuple[int, int, int]] = Counter()
        for (low, high, steps), ways in states.items():
            if low < room[-1]:
                dealt[low + 1, high, steps - level] += ways
            if high < room[1]:
                dealt[low, high + 1, steps + level] += ways
            if n - low - high < room[0]:
                dealt[low, high, steps] += ways
        states = dealt
    # All places are taken in every state left, so no two of them have the same difference.
    return Counter({steps: ways for (_, _, steps), ways in states.items()})


def _added(left: Counter[int], right: Counter[int]) -> Counter[int]:
    out: Counter[int] = Counter()
    for a, m in left.items():
        for b, n in right.items():
            out[a + b] += m * n
    return out


def _normal_tail(parts: Sequence[Sequence[tuple[int, int]]], seen: int) -> float:
    mean = spread = 0.0
    for part in parts:
        count, sides = len(part), sum(side for side, _ in part)
        average = sum(level for _, level in part) / count
        mean += sides * average
        if count > 1:
            levels = sum((level - average) ** 2 for _, level in part) / (count - 1)
            spread += levels * (sum(side * side for side, _ in part) - sides * sides / count)
    return 0.5 * erfc((seen - 0.5 - mean) / sqrt(2 * spread)) if spread else 1.0


def _finding(run: Run, said: Sequence[Labels], figures: dict[str, Any]) -> Finding:
    turns = tuple(turn for stretch in run.turns for turn in stretch)
    details = {
        "first": turns[0],
        "last": turns[-1],
        "speakers": list(run.parts()),
        "severities": list(run.severities),
        "halves": _halves([*zip(run.sides, run.severities, strict=True)]),
        "each": {name: _halves(part) for name, part in run.parts().items()},
        **figures,
    }
    threat = any("threat" in said[turn] for turn in turns)
    sure = _sure(figures)
    return Finding(NAME, turns, run.rise, _summary(details, sure) + (f" {SAFETY}" if threat else ""), sure, details)


def _sure(figures: dict[str, Any]) -> str:
    least = min(figures["p"] * figures["runs"], figures["p_all"])
    if least <= CLEAR:
        return "clear"
    return "some" if least <= SOME else "slight"


def _halves(part: Sequence[tuple[int, int]]) -> list[float | None]:
    """The average severity in the first and in the last half; None for a half without any."""
    levels = [[level for side, level in part if side == half] for half in (-1, 1)]
    return [sum(half) / len(half) if half else None for half in levels]


def _summary(details: dict[str, Any], sure: str) -> str:
    """What grew, between them: who rose by how much is in the details, since the run is theirs together."""
    low, high = details["halves"]
    return (
        f"Between {joined(details['speakers'])}, words grew more severe in a run of {len(details['severities'])} answers "
        f"that tend to hurt: from {low:.1f} on average in the first half to {high:.1f} in the last, on a scale of 0 to 4. "
        f"{CHANCE[sure]}"
    )

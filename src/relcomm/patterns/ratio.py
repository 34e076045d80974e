"""Positive turns for each negative one, for each speaker, in conflict and out of it.

Source: Gottman & Levenson (1992), Journal of Personality and Social Psychology 63, 221-233, and Gottman (1994), What
Predicts Divorce? (about five positive to one negative in the conflict talks of the stable couples of one laboratory).
The figure is a heuristic: other groups did not find it everywhere (Kim, Capaldi & Crosby 2007, Journal of Marriage and
Family 69, 55-72), and it was counted with other codes than ours. It is no target, and nothing is predicted.

Definition:

- *positive*: a turn with ``appreciation``, ``accountability``, ``repair``, ``gentle_startup`` or ``self_soothing`` and
  no negative label.
- *negative*: a turn with ``criticism``, ``contempt``, ``defensiveness``, ``stonewalling``, ``threat``, ``ultimatum`` or
  ``pressure``, whatever else it has. ``boundary`` counts on neither side, nor does a turn without any of these.
- *in conflict*: from two turns before a negative turn, of anybody, to four turns after it, by the order of turns. So
  every negative turn is in conflict, and away from it there is nothing to divide by: there ``details`` have the
  positive turns as a share of the speaker's turns instead.

One finding for each speaker with a name and `FEWEST` counted turns. The ratio in conflict has a 95 % interval: the
Wilson interval of the positive share of the counted turns, both ends turned into odds. It is None where fewer than
`FEWEST` turns count in conflict, and has no upper end where none is negative. The true interval is wider: turns hang
together, and labels are wrong at times. ``Finding.value`` is the positive share of all counted turns, from 0 to 1.
``sure`` is "clear" from `CLEAR` counted turns in conflict, "some" from `SOME`, else "slight".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from relcomm.patterns.grounds import SAFETY, SEVERITY
from relcomm.patterns.sequential import Labels, label_sets
from relcomm.shares import rate
from relcomm.types import Conversation, Finding, Prediction

NAME = "ratio"
TITLE = "Positive and negative turns"

POSITIVE = frozenset({"appreciation", "accountability", "repair", "gentle_startup", "self_soothing"})
NEGATIVE = frozenset(SEVERITY)
BEFORE, AFTER = 2, 4
"""How many turns around a negative one are in conflict."""
FEWEST = 5
CLEAR, SOME = 60, 20
NOTE = (
    "The often quoted 5 to 1 comes from Gottman's laboratory, as a heuristic, and was not replicated everywhere; it is no "
    "target, and these counts are no grade."
)


@dataclass(slots=True)
class Counts:
    """One speaker's turns: positions of those that count, and how many there are in all, in conflict and away from it."""

    positive_in: list[int] = field(default_factory=list)
    negative: list[int] = field(default_factory=list)
    positive_out: list[int] = field(default_factory=list)
    all_in: int = 0
    all_out: int = 0

    @property
    def turns(self) -> tuple[int, ...]:
        """All counted turns, in order."""
        return tuple(sorted(self.positive_in + self.negative + self.positive_out))

    def add(self, turn: int, labels: Labels, *, heat: bool) -> None:
        """Count one turn."""
        self.all_in, self.all_out = self.all_in + heat, self.all_out + (not heat)
        if labels & NEGATIVE:
            self.negative.append(turn)
        elif labels & POSITIVE:
            (self.positive_in if heat else self.positive_out).append(turn)


def find(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Finding]:
    """Each speaker's positive and negative turns in conflict and out of it, where there are enough to count.

    ``predictions[i]`` belongs to turn ``i``; `InputError` if the numbers differ.
    """
    threats = any("threat" in prediction.labels for prediction in predictions)
    counted = tally(conversation, predictions)
    return [_finding(name, c, threats=threats) for name, c in counted.items() if len(c.turns) >= FEWEST]


def tally(conversation: Conversation, predictions: Sequence[Prediction]) -> dict[str, Counts]:
    """The counts for every speaker with a name, in order of appearance, however few they are."""
    said = label_sets(conversation, predictions)
    heat = conflict(said)
    counts = {name: Counts() for name in conversation.speakers if name.strip()}
    for n, utterance in enumerate(conversation.utterances):
        if utterance.speaker in counts:
            counts[utterance.speaker].add(n, said[n], heat=heat[n])
    return counts


def conflict(said: Sequence[Labels]) -> list[bool]:
    """For each turn, whether it is in conflict.

    >>> conflict([frozenset(), frozenset(), frozenset(), frozenset({"pressure"})])
    [False, True, True, True]
    """
    out = [False] * len(said)
    done = 0
    for n, labels in enumerate(said):
        if labels & NEGATIVE:
            first, done = max(done, n - BEFORE), min(len(said), n + AFTER + 1)
            out[first:done] = [True] * (done - first)
    return out


def odds(positive: int, negative: int) -> dict[str, float | None]:
    """The ratio with its interval; None where too few turns count, or where there is no bound.

    >>> found = odds(6, 2)
    >>> {key: round(end, 1) for key, end in found.items() if end}
    {'ratio': 3.0, 'low': 0.7, 'high': 13.0}
    """
    if positive + negative < FEWEST:
        return {"ratio": None, "low": None, "high": None}
    share = rate(positive, positive + negative)
    ends = {"ratio": share.value, "low": share.low, "high": share.high}
    return {key: end / (1 - end) if end < 1 else None for key, end in ends.items()}


def _finding(name: str, counts: Counts, *, threats: bool) -> Finding:
    positive, negative, away = len(counts.positive_in), len(counts.negative), len(counts.positive_out)
    ratio, share = odds(positive, negative), rate(away, counts.all_out)
    around = {"share": share.value, "low": share.low, "high": share.high}
    details = {
        "speaker": name,
        "in": {"positive": positive, "negative": negative, "turns": counts.all_in, **ratio},
        "out": {"positive": away, "negative": 0, "turns": counts.all_out, **around},
    }
    sure = "clear" if positive + negative >= CLEAR else "some" if positive + negative >= SOME else "slight"
    words = [
        f"In and around conflict, {name} had {positive} positive turn{'' if positive == 1 else 's'} and {negative} "
        f"negative{_words(ratio)}."
    ]
    if counts.all_out:
        words.append(f"Away from it, {away} of {counts.all_out} turns were positive.")
    words += [NOTE, *([SAFETY] if threats else [])]
    value = (positive + away) / (positive + away + negative)
    return Finding(NAME, counts.turns, value, " ".join(words), sure, details)


def _words(found: Mapping[str, float | None]) -> str:
    """The ratio and its interval in words."""
    if found["low"] is None:
        return ", too few for a ratio"
    low, high = f"{found['low']:.1f}", "no upper bound" if found["high"] is None else f"{found['high']:.1f}"
    ratio = "" if found["ratio"] is None else f"{found['ratio']:.1f} to 1, "
    return f" ({ratio}95 % interval from {low} to {high})"

"""Where one talk ends and the next begins: hours of silence split a conversation into episodes.

**Pause.** The time from a turn to the one right before it, where both have one; after a message that came out of
order, the time from the later of the two before it. Times that are missing, or that go backwards, never split.

**Gap.** How long a pause must be to begin a new episode:

1. 3 hours, unless the conversation's own pauses say otherwise.
2. Where most turns have times and there are 30 pauses or more, the pauses may say so. People answer within minutes
   and come back after hours, so pauses counted on a scale of ratios tend to have two humps with a valley between
   them (Halfaker et al. 2015, User Session Identification Based on Strong Regularities in Inter-activity Time, WWW).
   Pauses are counted in bins a factor of √2 wide, each bin with its two neighbours. For each bin between 30 minutes
   and 11 hours, the lower hump is the smaller of the highest count before it and the highest after it. The gap is
   the middle of the bin that lies deepest under its lower hump, if that is 5 pauses or more, and at least half of
   the hump.
3. Where there are 8 pauses or more, and most are longer than the gap, people write letters rather than talk: the
   gap is then four times their middle pause.

A silence is never taken for an answer: nobody withdraws by replying late. It only ends an episode.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from math import floor, log2
from statistics import median

from relcomm.types import Conversation

GAP = timedelta(hours=3)
"""The gap where the conversation's own pauses do not say otherwise."""

_PAUSES = 30
_LETTERS = 8
_DEPTH = 5
_SHORTEST = 30 * 60.0
_BINS = range(9)  # from 30 minutes to 11 hours 19 minutes


def episodes(conversation: Conversation) -> list[range]:
    """The stretches of talk that hours of silence part, as positions in the conversation, in order.

    The gap is 3 hours, or what the conversation's own pauses show (`gap` and the top of this file say how).
    Without times the whole conversation is one episode. An empty one has none.

    >>> from relcomm.types import Utterance
    >>> clock = [datetime(2024, 5, 4, hour) for hour in (8, 9, 19, 20)]
    >>> episodes(Conversation(tuple(Utterance("Hi", "Ann", time) for time in clock)))
    [range(0, 2), range(2, 4)]
    """
    pauses = _pauses(conversation)
    longest = gap(conversation).total_seconds()
    starts = [n for n, pause in enumerate(pauses) if n == 0 or (pause is not None and pause >= longest)]
    return [range(start, end) for start, end in pairwise([*starts, len(pauses)])]


def numbered(conversation: Conversation) -> list[int]:
    """For each turn the number of its episode, from 0."""
    return [n for n, turns in enumerate(episodes(conversation)) for _ in turns]


def gap(conversation: Conversation) -> timedelta:
    """How long a silence must be to begin a new episode in this conversation."""
    pauses = [pause for pause in _pauses(conversation) if pause is not None]
    timed = sum(said.time is not None for said in conversation.utterances)
    chosen = GAP.total_seconds()
    if len(pauses) >= _PAUSES and 2 * timed > len(conversation):
        chosen = _valley(pauses) or chosen
    if len(pauses) >= _LETTERS and (middle := median(pauses)) > chosen:
        chosen = 4 * middle
    return timedelta(seconds=chosen)


def _pauses(conversation: Conversation) -> list[float | None]:
    """The seconds of silence before each turn, None where they are unknown or the clock went back."""
    times = [said.time for said in conversation.utterances]
    out: list[float | None] = []
    for n, now in enumerate(times):
        before = _seconds(times[n - 1], now) if n else None
        earlier = _seconds(times[n - 2], now) if n > 1 else None
        least = before if before is None or earlier is None else min(before, earlier)
        out.append(None if least is None or least < 0 else least)
    return out


def between(earlier: datetime | None, later: datetime | None) -> timedelta | None:
    """The time between two turns, below zero if the clock went back; None where it is unknown."""
    if earlier is None or later is None or (earlier.utcoffset() is None) != (later.utcoffset() is None):
        return None
    return later - earlier


def _seconds(earlier: datetime | None, later: datetime | None) -> float | None:
    spell = between(earlier, later)
    return None if spell is None else spell.total_seconds()


def _valley(pauses: list[float]) -> float | None:
    """The middle of the deepest valley between two humps of the pauses, in seconds; None where there is none."""
    counts = Counter(_bin(pause) for pause in pauses)
    first, last = min(0, *counts), max(_BINS[-1], *counts)
    heights = [sum(counts[n + step] for step in (-1, 0, 1)) for n in range(first, last + 1)]
    depths = {}
    for n in _BINS:
        at = n - first
        hump = min(max(heights[:at], default=0), max(heights[at + 1 :], default=0))
        if (depth := hump - heights[at]) >= max(_DEPTH, hump / 2):
            depths[n] = depth
    deepest = [n for n, depth in depths.items() if depth == max(depths.values())]
    return _SHORTEST * 2 ** ((deepest[len(deepest) // 2] + 0.5) / 2) if deepest else None


def _bin(pause: float) -> int:
    return floor(2 * log2(max(pause, 1.0) / _SHORTEST))

"""Where turns lie in time, for formats that are made of intervals.

Where every turn says when it starts in a recording, those are its times. Else turns stand in their order, one second
each: the minutes of a chat are no media time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relcomm.types import Conversation, Utterance
from relcomm.writers.page import printable

ORDER_ONLY = "the turns have no times in a recording: they stand in their order, one second each"
PREFIX = "relcomm@"
"""How the names of tiers begin that hold what was found."""
_BLINK = 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A turn's number, from 0, and where it lies, in milliseconds."""

    turn: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lane:
    """Turns of one speaker of which no two overlap; a speaker whose turns do has several."""

    name: str
    speaker: str
    turns: tuple[Placed, ...]


def seconds_of(said: Utterance) -> tuple[float | None, float | None]:
    """Where a turn starts and ends in a recording, in seconds, as far as that is known."""
    return said.start, said.end


def placed(talk: Conversation) -> tuple[list[Placed], bool]:
    """Every turn with its place, in the conversation's order; and whether these are times in a recording."""
    spans = [seconds_of(said) for said in talk.utterances]
    starts = [round(start * 1000) for start, _ in spans if start is not None and start >= 0]
    if not spans or len(starts) < len(spans):
        return [Placed(n, 1000 * n, 1000 * n + 1000) for n in range(len(spans))], False
    ends = [_end(n, starts, end) for n, (_, end) in enumerate(spans)]
    return [Placed(n, start, end) for n, (start, end) in enumerate(zip(starts, ends, strict=True))], True


def _end(turn: int, starts: Sequence[int], end: float | None) -> int:
    """Where a turn ends; unknown, where the next one starts, or a second later."""
    start = starts[turn]
    if end is not None:
        return max(round(end * 1000), start + _BLINK)
    after = starts[turn + 1] if turn + 1 < len(starts) else start
    return after if after > start else start + 1000


def lanes(talk: Conversation) -> tuple[list[Lane], bool]:
    """The turns by speaker, in order of appearance, named apart; and whether the times are those of a recording."""
    there, recorded = placed(talk)
    found: dict[str, list[list[Placed]]] = {}
    for one in sorted(there, key=lambda one: (one.start, one.turn)):
        rows = found.setdefault(talk.utterances[one.turn].speaker, [])
        for row in rows:
            if row[-1].end <= one.start:
                row.append(one)
                break
        else:
            rows.append([one])
    order = [name for name in dict.fromkeys(said.speaker for said in talk.utterances) for _ in found[name]]
    names = apart([_tier_of(name) for name in order])
    rows = [row for speaker in dict.fromkeys(order) for row in found[speaker]]
    return [Lane(*each[:2], tuple(each[2])) for each in zip(names, order, rows, strict=True)], recorded


def _tier_of(speaker: str) -> str:
    """What a speaker's tier is called; one that goes by the name of our tiers must not be taken for one."""
    name = printable(speaker) or "?"
    return f"speaker {name}" if name.startswith(PREFIX) else name


def apart(names: Sequence[str]) -> list[str]:
    """The names, with a number behind one that was there before.

    >>> apart(["Ann", "Ann", "Ben"])
    ['Ann', 'Ann 2', 'Ben']
    """
    taken: set[str] = set()
    given = []
    for name in names:
        n, own = 1, name
        while own in taken:
            n += 1
            own = f"{name} {n}"
        taken.add(own)
        given.append(own)
    return given

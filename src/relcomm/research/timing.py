"""Agreement of two coders on codes with times, by time and by events (Bakeman, Quera & Gnisci 2009 advise to give both).

**By time.** Each observation is cut into units of ``step`` seconds, each subject's by itself; a code is on in a unit if
it is on in its middle, and a point fills its unit. With a ``tolerance``, a code counts as agreed on if the other coder
has it on in a unit at most so many seconds away; as each coder can be compared with the other so, both ways count.

**By events.** Events of the same code, observation and subject whose starts lie at most ``tolerance`` apart are linked,
each to one other, as many as can be; then events left over whose codes differ; what stays alone is linked to nothing.
Links are the units. Overall kappa expects nothing where neither coder has an event, which no link can show: chance is
fitted by iterative proportions (Quera, Bakeman & Gnisci 2007). For a single code, the links in which neither has it are
the other codes' links, so that its kappa depends on how many of those there are; read "F1" beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from relcomm.errors import InputError
from relcomm.labels import LABELS
from relcomm.research.agreement import Floats
from relcomm.research.comparison import OVERALL, Block, Row, measured
from relcomm.research.resampling import DRAWS, figures, grouped
from relcomm.research.sequences import fitted
from relcomm.research.timed import Event, coders_of

NOTHING = ""
Stream = tuple[str, str]
"""An observation and a subject of it."""
LONGEST = 10_000_000
"""More units of time than this are a mistake in a unit of time."""


def timed_rows(
    events: Iterable[Event], *, step: float = 1.0, tolerance: float = 0.0, draws: int = DRAWS
) -> tuple[list[Row], list[str]]:
    """The table of every two coders by time and by events, and what must be said about it. Raises `InputError`."""
    found = sorted(events)
    coders = coders_of(found)
    if len(coders) < 2:
        raise InputError(
            "there is one coder only: agreement needs the codes of two, in two files or told apart by a column called coder"
        )
    if not 0 < step < float("inf") or not 0 <= tolerance < float("inf"):
        raise InputError("the step must be above 0 seconds, and the tolerance 0 or more")
    rows: list[Row] = []
    remarks: list[str] = []
    for pair in combinations(coders, 2):
        kept, left = _seen_by_both(found, pair)
        if left:
            remarks.append(
                f"{' – '.join(pair)}: {left} observation(s) in which only one of the two marked anything are left out."
            )
        codes = _codes(kept)
        blocks = [
            *time_blocks(kept, pair, codes, step=step, tolerance=tolerance),
            *event_blocks(kept, pair, codes, tolerance),
        ]
        rows += [measured(block, draws=draws) for block in blocks]
        rows.append(_overall_events(kept, pair, codes, tolerance=tolerance, draws=draws))
    if not any(row.units for row in rows):
        raise InputError("no observation was coded by two of the coders: do their files call it by the same name?")
    return rows, remarks


def _seen_by_both(events: Sequence[Event], pair: tuple[str, ...]) -> tuple[list[Event], int]:
    seen = [{event.observation for event in events if event.coder == coder} for coder in pair]
    both = seen[0] & seen[1]
    return [e for e in events if e.coder in pair and e.observation in both], len(seen[0] | seen[1]) - len(both)


def _codes(events: Iterable[Event]) -> list[str]:
    there = {event.code for event in events}
    return [name for name in LABELS if name in there] + sorted(name for name in there if name not in LABELS)


def _streams(events: Iterable[Event]) -> Mapping[Stream, list[Event]]:
    found: dict[Stream, list[Event]] = defaultdict(list)
    for event in events:
        found[event.observation, event.subject].append(event)
    return found


# By time -------------------------------------------------------------------------------------------------------------


def time_blocks(
    events: Sequence[Event], pair: tuple[str, ...], codes: Sequence[str], *, step: float, tolerance: float
) -> Iterator[Block]:
    """Blocks of units of time: the exact set of codes that are on, and each code."""
    reach = floor(tolerance / step + 1e-9)
    marked = _marked(events, pair, codes, step)
    width = 2 if reach else 1
    groups = [observation for (observation, _), on in marked.items() for _ in range(width * len(on))]

    def block(label: str, numbers: Sequence[NDArray[np.intp]], categories: int) -> Block:
        near = np.concatenate([_within(each, reach) for each in numbers])
        return Block(pair, label, near, categories, groups, "time", np.concatenate(numbers))

    if not marked:
        return
    every = np.concatenate([on.reshape(-1, len(codes)) for on in marked.values()])
    _, number = np.unique(every, axis=0, return_inverse=True)
    cuts = np.cumsum([2 * len(on) for on in marked.values()])[:-1]
    sets = [each.reshape(-1, 2) for each in np.split(number.ravel().astype(np.intp), cuts)]
    yield block(OVERALL, sets, max(2, int(number.max()) + 1))
    for c, code in enumerate(codes):
        yield block(code, [on[:, :, c].astype(np.intp) for on in marked.values()], 2)


def _marked(
    events: Sequence[Event], pair: tuple[str, ...], codes: Sequence[str], step: float
) -> Mapping[Stream, NDArray[np.bool_]]:
    """For each subject of each observation which codes each coder has on in each unit, ``(units, 2, codes)``."""
    place = {code: n for n, code in enumerate(codes)}
    ends: dict[str, int] = defaultdict(int)
    for event in events:
        ends[event.observation] = max(ends[event.observation], _units(event, step).stop)
    streams = _streams(events)
    if sum(ends[observation] for observation, _ in streams) > LONGEST:
        raise InputError(
            "the times come to more than ten million units: are they seconds? If so, give --step a larger number of seconds"
        )
    marked: dict[Stream, NDArray[np.bool_]] = {}
    for stream, found in streams.items():
        on = np.zeros((ends[stream[0]], 2, len(codes)), dtype=bool)
        for event in found:
            on[_units(event, step), pair.index(event.coder), place[event.code]] = True
        marked[stream] = on
    return marked


def _units(event: Event, step: float) -> slice:
    first, last = (ceil(time / step - 0.5 - 1e-9) for time in (event.start, event.stop))
    # A point, or a state that no middle of a unit meets, fills the unit it starts in.
    return slice(first, last) if last > first else slice(floor(event.start / step), floor(event.start / step) + 1)


def _within(numbers: NDArray[np.intp], reach: int) -> NDArray[np.intp]:
    """Pairs of codes, ``(units, 2)``, with what lies in reach taken for agreed: each coder against the other."""
    if not reach:
        return numbers
    first, second = numbers.T
    return np.concatenate(
        [
            np.column_stack([first, _drawn_to(second, first, reach)]),
            np.column_stack([_drawn_to(first, second, reach), second]),
        ]
    )


def _drawn_to(own: NDArray[np.intp], other: NDArray[np.intp], reach: int) -> NDArray[np.intp]:
    """``own``, but what ``other`` says wherever ``own`` says so at most ``reach`` units away."""
    n = len(own)
    found = own.copy()
    for shift in range(-min(reach, n - 1), min(reach, n - 1) + 1):
        here = slice(max(0, -shift), n - max(0, shift))
        there = slice(max(0, shift), n - max(0, -shift))
        found[here] = np.where(own[there] == other[here], other[here], found[here])
    return found


# By events -----------------------------------------------------------------------------------------------------------


def link(events: Sequence[Event], pair: tuple[str, ...], tolerance: float) -> list[tuple[str, str, str]]:
    """The events of two coders side by side: observation, the first's code, the second's; `NOTHING` where there is none.

    >>> one = [Event("ann", "film", "", start, start, "smile") for start in (1.0, 9.0)]
    >>> two = [Event("ben", "film", "", 1.5, 1.5, "smile"), Event("ben", "film", "", 8.5, 8.5, "nod")]
    >>> link(one + two, ("ann", "ben"), 1.0)
    [('film', 'smile', 'smile'), ('film', 'smile', 'nod')]
    """
    found: list[tuple[str, str, str]] = []
    for (observation, _), stream in _streams(events).items():
        sides = [sorted((e for e in stream if e.coder == coder), key=lambda e: e.start) for coder in pair]
        linked: list[tuple[Event, Event]] = []
        for code in dict.fromkeys(event.code for event in stream):
            one, two = ([e for e in side if e.code == code] for side in sides)
            linked += _nearest(one, two, tolerance)
        used = {id(event) for both in linked for event in both}
        one, two = ([e for e in side if id(e) not in used] for side in sides)
        linked += _nearest(one, two, tolerance)
        used = {id(event) for both in linked for event in both}
        found += [(observation, a.code, b.code) for a, b in linked]
        found += [(observation, e.code, NOTHING) for e in sides[0] if id(e) not in used]
        found += [(observation, NOTHING, e.code) for e in sides[1] if id(e) not in used]
    return found


def _nearest(first: Sequence[Event], second: Sequence[Event], tolerance: float) -> list[tuple[Event, Event]]:
    """As many pairs as can be, in order of time, whose starts lie within the tolerance."""
    found: list[tuple[Event, Event]] = []
    i = j = 0
    while i < len(first) and j < len(second):
        gap = first[i].start - second[j].start
        if abs(gap) <= tolerance + 1e-9:
            found.append((first[i], second[j]))
            i, j = i + 1, j + 1
        elif gap < 0:
            i += 1
        else:
            j += 1
    return found


def event_blocks(
    events: Sequence[Event], pair: tuple[str, ...], codes: Sequence[str], tolerance: float
) -> Iterator[Block]:
    """Blocks of links, one for each code."""
    links = link(events, pair, tolerance)
    groups = [observation for observation, _, _ in links]
    for code in codes:
        pairs = np.array([[one == code, two == code] for _, one, two in links], dtype=np.intp).reshape(-1, 2)
        yield Block(pair, code, pairs, 2, groups, "events")


def _overall_events(
    events: Sequence[Event], pair: tuple[str, ...], codes: Sequence[str], *, tolerance: float, draws: int
) -> Row:
    """All codes at once, by events; a missed event is a disagreement."""
    links = link(events, pair, tolerance)
    place = {code: n for n, code in enumerate([*codes, NOTHING])}
    groups = [observation for observation, _, _ in links]
    pairs = np.array([[place[one], place[two]] for _, one, two in links], dtype=np.intp).reshape(-1, 2)
    block = Block(pair, OVERALL, pairs, len(place), groups, "events")
    row = measured(block, draws=draws)
    cells = np.eye(len(place) ** 2)[pairs[:, 0] * len(place) + pairs[:, 1]]
    kappa = figures(grouped(cells, groups), kappa_of_events, draws=draws)
    return Row(pair, OVERALL, "events", len(pairs), (), {**row.figures, **kappa}, row.notes)


def kappa_of_events(cells: Floats) -> dict[str, Floats]:
    """Cohen's kappa of links, whose last cell, nothing with nothing, cannot be filled; tables in the last axis."""
    size = round(cells.shape[-1] ** 0.5)
    counts = cells.reshape(*cells.shape[:-1], size, size)
    allowed = np.ones((size, size), dtype=bool)
    allowed[-1, -1] = False
    seen, chance = (table.diagonal(axis1=-2, axis2=-1).sum(axis=-1) for table in (counts, fitted(counts, allowed)))
    left = counts.sum(axis=(-2, -1)) - chance
    there = left > 1e-9
    return {"kappa": np.where(there, (seen - chance) / np.where(there, left, 1.0), np.nan)}

"""Who speaks in a typed transcript: learnt from how often, and where, its lines open with the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from relcomm.readers.speakers import ASIDE, likeness


class Cast(NamedTuple):
    """Who speaks; and of those, whose name came up only once, or seldom beside the others."""

    names: frozenset[str]
    once: frozenset[str]
    seldom: frozenset[str]


class Line(NamedTuple):
    """The name a line opens with (empty if with none), and whether its words announce a list by a colon at their end."""

    name: str
    announces: bool = False


def spellings(counts: Counter[str]) -> Mapping[str, str]:
    """For each name how the person is called: ``Ann`` for ``Ann (laughing)`` and ``ANN``, if it is there and more frequent."""
    common: dict[str, str] = {}
    for name, n in counts.items():
        best = common.setdefault(name.casefold(), name)
        if n > counts[best]:
            common[name.casefold()] = name
    return {name: common.get(ASIDE.sub("", name).casefold(), common[name.casefold()]) for name in counts}


def learn_cast(lines: Sequence[Line]) -> Cast:
    """The speakers among the names that lines open with; ``lines`` are those that are not blank.

    If every line opens with a name, each is a speaker's, for nobody's words run over several lines. Else a name
    heard twice is, unless it only announces somebody's words (``he said``); and one heard once, if a second
    speaker is still missing, the likeliest first. No name is what stands only in lists that a speaker announced.
    """
    opened = [line.name for line in lines if line.name]
    everywhere = len(opened) == len(lines)
    listed = frozenset() if everywhere else _listed(lines)
    counts = Counter(name for name in opened if name not in listed)
    looks = likenesses(counts)
    repeated = {name for name, n in counts.items() if n > 1 and (everywhere or looks[name])}
    single = [name for name, n in counts.items() if n == 1]
    once = set(single) if everywhere else _missing(single, looks, len(repeated))
    seldom = _seldom(counts, repeated, everywhere=everywhere)
    return Cast(frozenset(repeated | once), frozenset(once), frozenset(seldom))


def likenesses(names: Iterable[str]) -> dict[str, int]:
    """How much each looks like a name; of ``Dr: Ann`` the first part is looked at."""
    return {name: likeness(name.partition(": ")[0]) or 0 for name in names}


def _missing(single: Sequence[str], looks: Mapping[str, int], there: int) -> set[str]:
    """Names heard once that are needed for two to speak; ``he said`` only where nothing comes back."""
    taken: set[str] = set()
    for least in (3, 2, 1, 0) if not there else (3, 2, 1):
        if there + len(taken) < 2:
            taken.update(name for name in single if looks[name] == least)
    return taken


def _seldom(counts: Counter[str], repeated: set[str], *, everywhere: bool) -> set[str]:
    """Names that come back, but so seldom beside the two most frequent that they may be none."""
    ranks = Counter({name: counts[name] for name in repeated}).most_common()
    if len(ranks) < 2:
        return set()
    most, second = ranks[0][1], ranks[1][1]
    return {
        name
        for rank, (name, n) in enumerate(ranks)
        if rank and (n * 5 <= most or (rank > 1 and (n * 3 <= second or (not everywhere and n <= 3))))
    }


def _listed(lines: Sequence[Line]) -> frozenset[str]:
    """Names that stand nowhere but in lists: at least two lines below words that end in a colon, no speaker among them."""
    runs, outside = _below_colons(lines)
    inside: set[str] = set()
    for run in runs:
        items: list[str] = []
        for name in [*run, ""]:
            if name and name not in outside:
                items.append(name)
            elif len(items) > 1:
                inside.update(items)
                items = []
            else:
                outside.update(items)
                items = []
    # With one speaker left, the rest would be no list but the other one's answers.
    return frozenset(inside - outside) if len(outside) > 1 else frozenset()


def _below_colons(lines: Sequence[Line]) -> tuple[list[list[str]], set[str]]:
    """The names on successive lines below words that end in a colon, and the names that stand elsewhere."""
    runs: list[list[str]] = []
    outside: set[str] = set()
    running = False
    for line in lines:
        if not line.name:
            running = False
        elif line.announces:
            outside.add(line.name)
            runs.append([])
            running = True
        elif running:
            runs[-1].append(line.name)
        else:
            outside.add(line.name)
    return runs, outside

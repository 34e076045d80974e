"""How much more often one thing follows another than it would if their order meant nothing.

The unit is a fourfold table of counts. Sources: Allison & Liker (1982), Psychological Bulletin 91, 393-403, for
the adjusted residual ``z`` (their correction of Sackett's and Gottman's earlier statistic); Yule (1900) for
``Q``; Bakeman & Gottman (1997), Observing Interaction, for both in talk between two people.

``p`` is one-sided and answers: had the same second acts been dealt out over the same places by chance, how often
would at least as many have come right after the first act? That is the tail of the hypergeometric distribution,
which *is* the permutation distribution, so nothing is drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, erfc, sqrt

EXACT = 1000
"""Up to how many transitions ``p`` is counted out exactly; beyond it the normal curve stands in."""


@dataclass(frozen=True, slots=True)
class Table:
    """Counts of transitions: both acts, only the first, only the second, neither.

    >>> table = Table(6, 2, 1, 8)
    >>> table.share, round(table.z, 2), round(table.yule_q, 2), round(p_value([table]), 3)
    (0.75, 2.67, 0.92, 0.013)
    """

    both: int = 0
    first_only: int = 0
    second_only: int = 0
    neither: int = 0

    @property
    def first(self) -> int:
        """Transitions that start with the first act."""
        return self.both + self.first_only

    @property
    def second(self) -> int:
        """Transitions that end with the second act."""
        return self.both + self.second_only

    @property
    def others(self) -> int:
        """Transitions that start with anything but the first act: what the share is compared with."""
        return self.second_only + self.neither

    @property
    def total(self) -> int:
        """All transitions."""
        return self.first + self.others

    @property
    def share(self) -> float:
        """The share of first acts that the second act answers (lag-1 transition); 0 where there are none."""
        return self.both / self.first if self.first else 0.0

    @property
    def z(self) -> float | None:
        """The adjusted residual; None where a margin is empty, so that nothing could have differed."""
        product = self.first * self.others * self.second * (self.total - self.second)
        if not product:
            return None
        return (self.both * self.neither - self.first_only * self.second_only) * sqrt(self.total / product)

    @property
    def yule_q(self) -> float | None:
        """Strength from -1 to 1, 0 being no association; None where it cannot be told."""
        along, across = self.both * self.neither, self.first_only * self.second_only
        return (along - across) / (along + across) if along + across else None


def p_value(tables: Sequence[Table]) -> float:
    """How often chance alone would bring the two acts together at least this often, from 0 to 1.

    With several tables chance deals within each of them only, and their counts of "both" are added up.

    >>> p_value([Table(3, 0, 0, 3)])
    0.05
    >>> p_value([Table(3, 0, 0, 3), Table(0, 4, 0, 0)])
    0.05
    """
    seen = sum(table.both for table in tables)
    telling = [table for table in tables if table.z is not None]
    seen -= sum(table.both for table in tables if table.z is None)
    if not telling:
        return 1.0
    if sum(table.total for table in telling) > EXACT:
        return _normal_tail(telling, seen)
    lowest, ways = 0, [1]
    for table in telling:
        low, more = _ways(table)
        lowest, ways = lowest + low, _convolve(ways, more)
    return sum(ways[max(0, seen - lowest) :]) / sum(ways)


def _ways(table: Table) -> tuple[int, list[int]]:
    """In how many ways each count of "both" can come about with these margins, and the lowest such count."""
    low, high = max(0, table.second - table.others), min(table.first, table.second)
    ways = [comb(table.first, n) * comb(table.others, table.second - n) for n in range(low, high + 1)]
    return low, ways


def _convolve(left: list[int], right: list[int]) -> list[int]:
    out = [0] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            out[i + j] += a * b
    return out


def _normal_tail(tables: Sequence[Table], seen: int) -> float:
    mean = sum(t.first * t.second / t.total for t in tables)
    spread = sum(t.first * t.others * t.second * (t.total - t.second) / (t.total**2 * (t.total - 1)) for t in tables)
    return 0.5 * erfc((seen - 0.5 - mean) / sqrt(2 * spread))

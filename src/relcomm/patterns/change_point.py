"""Where a share of turns changed, if it did: the best single split of the weeks, tested by shuffling whole days.

Source: Worsley (1983), Biometrika 70, 455-464, for the maximum of likelihood ratios over all splits of a binomial
series; McCullagh & Nelder (1989), Generalized Linear Models, for the dispersion. Worsley's tables suppose that turns
are independent. They are not:

- The turns of a day hang together, so whole days are shuffled, with all their turns.
- There are good weeks and bad weeks, which come and go without anything having changed. So the ratio of the best split
  is divided by the dispersion before it is compared: how many times more the weeks differ within the two parts than
  chance would have them (Pearson's statistic by its degrees of freedom, never less than 1). The shuffled ratios are
  not divided, which makes p larger than that of the plain test, never smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SHUFFLES = 4999
SIDE = 2
"""How many weeks must lie on each side of a split."""
HOPELESS = 6.6
"""Below this even a single split chosen beforehand would not reach .01, so nothing is shuffled."""

FEW = 11
"""With fewer weeks than this, how much they differ is hardly known, and is taken to be more."""
ENOUGH = 0.05
"""No more is shuffled once this share of all shuffles has done as well: p is then at least as much."""
AT_ONCE = 100_000
"""How many days are shuffled in one go, over all shuffles."""

Day = tuple[int, int, int]
"""The number of its week, its turns, and how many of them are marked."""


def best_split(days: Sequence[Day]) -> tuple[int, float]:
    """The week that begins the second part of the best split, and its p; (0, 1.0) where there is none.

    ``days`` are in order, weeks numbered from 0 without gaps. Always the same for the same days.

    >>> before, since = [(n // 5, 4, 3) for n in range(20)], [(n // 5, 4, 0) for n in range(20, 40)]
    >>> week, p = best_split([*before, *since])
    >>> week, p < 0.001
    (4, True)
    """
    import numpy as np

    weeks = days[-1][0] + 1 if days else 0
    if weeks < 2 * SIDE:
        return 0, 1.0
    counts = np.array([day[1:] for day in days], dtype=float)
    # Where each split falls among the days.
    cuts = np.searchsorted(np.array([day[0] for day in days]), np.arange(SIDE, weeks - SIDE + 1))
    ratios = _ratios(counts, cuts)
    best = int(ratios.argmax())
    seen = ratios[best] / _dispersion(days, best + SIDE)
    if seen < HOPELESS:
        return best + SIDE, 1.0
    dice, as_good, left = np.random.default_rng(0), 0, SHUFFLES
    while left and as_good < SHUFFLES * ENOUGH:
        many = min(left, max(1, AT_ONCE // len(days)))
        order = dice.random((many, len(days))).argsort(axis=1)
        as_good += int((_ratios(counts[order], cuts).max(axis=-1) >= seen - 1e-9).sum())
        left -= many
    return best + SIDE, (1 + as_good) / (1 + SHUFFLES)


def _ratios(counts: Any, cuts: Any) -> Any:
    """Twice the log of the likelihood ratio, two shares against one, for each split of ``counts`` (turns, marked)."""
    sums = counts.cumsum(axis=-2)
    whole, first = sums[..., -1:, :], sums[..., cuts - 1, :]
    return 2 * (_fit(first) + _fit(whole - first) - _fit(whole))


def _fit(sums: Any) -> Any:
    """The log-likelihood of a share at its best, for turns and marked turns."""
    import numpy as np

    turns, marked = sums[..., 0], sums[..., 1]
    share = np.divide(marked, turns, out=np.zeros_like(marked), where=turns > 0)
    return sum(
        part * np.log(np.where(part > 0, of, 1.0)) for part, of in ((marked, share), (turns - marked, 1 - share))
    )


def _dispersion(days: Sequence[Day], split: int) -> float:
    """How many times more the weeks differ within the two parts than chance would have them, at least 1."""
    weeks = [[0, 0] for _ in range(days[-1][0] + 1)]
    for week, turns, marked in days:
        weeks[week][0] += turns
        weeks[week][1] += marked
    square = 0.0
    for part in (weeks[:split], weeks[split:]):
        # Half a turn more of each kind, so that no share is 0 or 1.
        share = (sum(marked for _, marked in part) + 0.5) / (sum(turns for turns, _ in part) + 1)
        square += sum((marked - turns * share) ** 2 / (turns * share * (1 - share)) for turns, marked in part)
    # Two shares and the place of the split are fitted, and the place is chosen to leave little within; how much that is
    # worth was tried on made-up talk with good and bad weeks, where 5 % may show a change.
    fitted = 4 if len(weeks) >= FEW else 5
    return max(1.0, square / max(1, len(weeks) - fitted))

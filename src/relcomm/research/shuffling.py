"""How often chance alone would make one code follow another so often, or so seldom, by shuffling the codes.

Shuffled codes come as often as before, each sequence for itself, in an order without meaning (the permutation test of
Bakeman, Robinson & Quera 1996, Psychological Methods 1, 4-15, that O'Connor 1999 lists). ``p`` is two-sided: the share
of shuffles in which a count is at least as far off: from the expected one, as O'Connor's printed example has it, where
there is one sequence; from the shuffles' mean where there are several, as codes are more frequent in some of them.

At lag 1, with codes that may follow themselves, nothing is drawn: of ``n`` codes, ``a`` of one kind and ``b`` of another,
the number of times the first is followed by the second has the factorial moments ``C(a, r) C(b, r) / C(n, r)``, those of
a hypergeometric count; for a code after itself, ``a`` codes in ``m`` runs leave ``a - m`` repeats, and the number of runs
is hypergeometric, too (Stevens 1939). In all other cases p is the share of random shuffles, the real order among them.

`relcomm.patterns.contingency.p_value` asks another question: it leaves the first acts in their places, and is one-sided.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from relcomm.errors import InputError
from relcomm.research.resampling import SEED
from relcomm.research.sequences import Floats, Transitions, steps, transitions

SWAPS = 20
"""How often each place of a sequence in which codes may not repeat is offered a swap, for one shuffle."""


def shuffled_p(
    sequences: Sequence[Sequence[str]],
    *,
    codes: Sequence[str] | None = None,
    lag: int = 1,
    repeats: bool = True,
    speakers: Sequence[Sequence[str]] | None = None,
    draws: int = 2000,
) -> Floats:
    """Two-sided p values of each count of `transitions`, by shuffling; the arguments are the same.

    ``draws`` is for the cases that are not counted out exactly; the same data give the same p. Raises `InputError`.

    >>> p = shuffled_p([list("abababab")])  # of 70 orders, only abab... and baba... have as many of b after a
    >>> round(float(p[0, 1]), 6)
    0.028571
    """
    found = transitions(sequences, codes=codes, lag=lag, repeats=repeats, speakers=speakers)
    place = {code: n for n, code in enumerate(found.codes)}
    numbers = [np.array([place[code] for code in each], dtype=np.intp) for each in sequences]
    if lag == 1 and repeats and speakers is None:
        return _exact(found, numbers)
    if draws < 1:
        raise InputError("shuffling needs at least one draw")
    rng = np.random.default_rng(SEED)
    total = np.zeros((draws, *found.counts.shape))
    for n, at in enumerate(numbers):
        kept = None
        if speakers is not None:
            kept = np.array([a != b for a, b in zip(speakers[n][:-lag], speakers[n][lag:], strict=True)], dtype=bool)
        orders = rng.permuted(np.tile(at, (draws, 1)), axis=1) if repeats else _without_repeats(at, draws, rng)
        total += np.stack([steps(order, len(found.codes), lag, kept) for order in orders])
    middle = found.expected if len(numbers) == 1 else (total.sum(axis=0) + found.counts) / (draws + 1)
    far = np.abs(total - middle) >= np.abs(found.counts - middle) - 1e-9
    return np.asarray(np.where(found.allowed, (far.sum(axis=0) + 1) / (draws + 1), np.nan))


def _exact(found: Transitions, sequences: Sequence[NDArray[np.intp]]) -> Floats:
    codes = len(found.codes)
    events = [np.bincount(at, minlength=codes) for at in sequences]
    out = np.empty_like(found.counts)
    for i, j in np.ndindex(codes, codes):
        chances = np.ones(1)
        for each in events:
            chances = np.convolve(chances, _chances(int(each.sum()), int(each[i]), int(each[j]), same=i == j))
        number = np.arange(len(chances))
        middle = found.expected[i, j] if len(sequences) == 1 else number @ chances
        out[i, j] = min(1.0, chances[np.abs(number - middle) >= abs(found.counts[i, j] - middle) - 1e-9].sum())
    return out


def _chances(n: int, first: int, second: int, *, same: bool) -> Floats:
    """How likely each number of times is that one code follows another, from 0 on, in a shuffled sequence."""
    from scipy.stats import hypergeom

    if not first or not second:
        return np.ones(1)
    marked = first - 1 if same else first
    return np.asarray(hypergeom.pmf(np.arange(min(marked, second) + 1), n, marked, second))


def _without_repeats(at: NDArray[np.intp], draws: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Random orders in which no code follows itself: each from many swaps that keep it so (a Markov chain)."""
    n = len(at)
    # Ends that equal no code, so that the first and the last place have neighbours, too.
    orders = np.pad(np.tile(at, (draws, 1)), ((0, 0), (1, 1)), constant_values=-1)
    rows = np.arange(draws)
    for _ in range(SWAPS * n if n > 2 else 0):
        a, b = rng.integers(1, n + 1, size=(2, draws))
        orders[rows, a], orders[rows, b] = orders[rows, b], orders[rows, a]
        bad = np.zeros(draws, dtype=bool)
        for place in (a, b):
            here = orders[rows, place]
            bad |= (here == orders[rows, place - 1]) | (here == orders[rows, place + 1])
        undo = rows[bad]
        orders[undo, a[bad]], orders[undo, b[bad]] = orders[undo, b[bad]], orders[undo, a[bad]]
    return orders[:, 1:-1]

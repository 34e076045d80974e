"""What follows what in sequences of codes, and whether more than chance has it: lag-sequential analysis.

The statistics are those that O'Connor (1999), Behavior Research Methods, Instruments, & Computers 31, 718-726, lists
for the practice of Bakeman & Gottman (1997, Observing Interaction), and equal his printed example:

* **counts**, **expected** counts if what comes next did not depend on what came before, and **probabilities**, the
  shares of what follows each code. Where a code cannot follow itself, expected counts are fitted by iterative
  proportions (Wickens 1989).
* **residuals**: adjusted residuals (Allison & Liker 1982; Haberman 1979), by the standard normal curve where nothing
  depends; with cells that cannot be filled, after Christensen (1997, Log-Linear Models, p. 357).
* **yule_q**: strength of association, -1 to 1, of each cell against all else.
* **kappas** and **z**: Wampold's (1989) transformed kappa, from -1 to 1 with 0 for chance, and its z value.
* **test**: likelihood-ratio chi-square of the whole table. `homogeneity` tests whether groups share their transition
  probabilities, `stationarity` whether pieces of one sequence do.

Not a number stands where a statistic cannot be had: a code that never comes first has no transition probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relcomm.errors import InputError
from relcomm.patterns.contingency import Table

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Test:
    """A likelihood-ratio test: ``statistic`` is chi-square with ``df`` degrees of freedom if only chance is at work."""

    __test__ = False  # to pytest: this is none

    statistic: float
    df: int

    @property
    def p(self) -> float:
        """How often chance alone gives as much; 1 where there is nothing to compare."""
        from scipy.stats import chi2

        return float(chi2.sf(self.statistic, self.df)) if self.df else 1.0


@dataclass(frozen=True)
class Transitions:
    """Counts of what followed what, ``counts[i, j]`` of code ``i`` by code ``j``, and the statistics made of them.

    ``events`` is how often each code came at all. ``allowed[i, j]`` is False where ``j`` cannot follow ``i``.
    """

    codes: tuple[str, ...]
    counts: Floats
    events: Floats
    allowed: NDArray[np.bool_]

    @property
    def total(self) -> float:
        """How many transitions there are."""
        return float(self.counts.sum())

    @property
    def probabilities(self) -> Floats:
        """Of what followed code ``i``, the share that was ``j``."""
        return _over(self.counts, self.counts.sum(axis=1, keepdims=True))

    @cached_property
    def expected(self) -> Floats:
        """The counts to expect if what comes next did not depend on what came before."""
        return fitted(self.counts, self.allowed)

    @property
    def test(self) -> Test:
        """The likelihood-ratio test of the whole table, over the codes that come first, or second, at all."""
        return Test(_deviance(self.counts, self.expected), _freedom(self.counts, self.allowed))

    @cached_property
    def residuals(self) -> Floats:
        """Adjusted residuals: how many standard deviations a count is off what chance has; see ``p``."""
        if self.allowed.all():
            return self._of_cells("z")
        return np.where(self.allowed, _residuals(self.counts, self.expected, self.allowed), np.nan)

    @property
    def p(self) -> Floats:
        """How often chance gives a residual at least as far from 0, either way, by the normal curve."""
        return _two_sided(self.residuals)

    @property
    def yule_q(self) -> Floats:
        """Yule's Q of each cell against all else."""
        return np.where(self.allowed, self._of_cells("yule_q"), np.nan)

    def _of_cells(self, name: str) -> Floats:
        rows, columns, n = self.counts.sum(axis=1), self.counts.sum(axis=0), self.counts.sum()
        found = np.full(self.counts.shape, np.nan)
        for (i, j), both in np.ndenumerate(self.counts):
            cells = (both, rows[i] - both, columns[j] - both, n - rows[i] - columns[j] + both)
            value = getattr(Table(*map(int, cells)), name)
            found[i, j] = np.nan if value is None else value
        return found

    @cached_property
    def _by_chance(self) -> Floats:
        """What a shuffled sequence has in each cell on average, as Wampold reckons it from how often each code came."""
        n, product = self.events.sum(), np.outer(self.events, self.events)
        return (
            _over(product, np.full_like(product, n) if self.allowed.all() else (n - self.events)[:, None]) * self._kept
        )

    @property
    def _kept(self) -> float:
        """The share of neighbours in one long sequence of all codes that are steps here: 1 if it is one, at lag 1."""
        return self.total / max(1.0, float(self.events.sum()) - 1)

    @property
    def z(self) -> Floats:
        """Wampold's z value of each cell, from how often each code came."""
        n = self.events.sum()
        spread = np.outer(self.events * (n - self.events), self.events * (n - self.events)) * self._kept
        off = self.counts - self._by_chance
        return np.where(self.allowed, _over(off, np.sqrt(spread / max(1.0, n**2 * (n - 1)))), np.nan)

    @property
    def kappas(self) -> Floats:
        """Wampold's transformed kappa: 1 if as often as could be, 0 if as chance has it, -1 if never."""
        over = self.counts - self._by_chance
        most = np.minimum.outer(self.events, self.events) - self._by_chance
        return np.where(self.allowed & (most > 0), _over(over, np.where(over < 0, self._by_chance, most)), np.nan)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain types for JSON; None where a statistic cannot be had."""
        names = ("counts", "expected", "probabilities", "residuals", "p", "yule_q", "kappas", "z")
        test = self.test
        return {
            "codes": list(self.codes),
            "events": [int(n) for n in self.events],
            "transitions": int(self.total),
            **{name: plain(getattr(self, name)) for name in names},
            "test": {"statistic": test.statistic, "df": test.df, "p": test.p},
        }


def transitions(
    sequences: Sequence[Sequence[str]],
    *,
    codes: Sequence[str] | None = None,
    lag: int = 1,
    repeats: bool = True,
    speakers: Sequence[Sequence[str]] | None = None,
) -> Transitions:
    """What follows what ``lag`` steps later, within each of some sequences; nothing is counted from one to the next.

    ``codes`` gives the codes and their order; without it, those that occur. Without ``repeats``, a code cannot follow
    itself. With ``speakers``, one name a code, only steps from one speaker to another count. Raises `InputError`.

    >>> found = transitions([["a", "b", "a", "b", "b"], ["b", "a"]])
    >>> found.codes, found.counts.astype(int).tolist()
    (('a', 'b'), [[0, 2], [2, 1]])
    """
    names = tuple(dict.fromkeys(code for each in sequences for code in each)) if codes is None else tuple(codes)
    place = {code: n for n, code in enumerate(names)}
    if lag < 1:
        raise InputError("the lag must be 1 or more")
    if strange := len({code for each in sequences for code in each} - set(names)):
        raise InputError(f"{strange} code(s) of the sequences are not among the codes given")
    counts, events = np.zeros((len(names), len(names))), np.zeros(len(names))
    for n, each in enumerate(sequences):
        at = np.array([place[code] for code in each], dtype=np.intp)
        events += np.bincount(at, minlength=len(names))
        counts += steps(at, len(names), lag, _turned(speakers[n], lag, len(at)) if speakers else None)
    allowed = np.ones_like(counts, dtype=bool)
    if not repeats:
        if lag > 1:
            raise InputError("codes that cannot follow themselves need a lag of 1: two steps on they may come again")
        if counts.trace():
            raise InputError(
                f"{int(counts.trace())} code(s) follow themselves; join them into one, or let codes repeat"
            )
        np.fill_diagonal(allowed, val=False)
    return Transitions(names, counts, events, allowed)


def steps(at: NDArray[np.intp], codes: int, lag: int, kept: NDArray[np.bool_] | None = None) -> Floats:
    """Counts of what follows what in one sequence of numbers; only the steps that are ``kept``, if given."""
    both = at[:-lag] * codes + at[lag:]
    return np.bincount(both if kept is None else both[kept], minlength=codes**2).reshape(codes, codes).astype(float)


def _turned(names: Sequence[str], lag: int, length: int) -> NDArray[np.bool_]:
    if len(names) != length:
        raise InputError("speakers must hold one name for each code of each sequence")
    return np.array([a != b for a, b in zip(names[:-lag], names[lag:], strict=True)], dtype=bool)


def homogeneity(groups: Sequence[Transitions]) -> Test:
    """Whether groups share their transition probabilities.

    Degrees of freedom are O'Connor's: for each group but one, and each code, the codes that can follow it less one.
    Source: Bakeman & Gottman (1997), Castellan (1979). Raises `InputError` unless the groups have the same codes.

    >>> pieces = [transitions([list("abababab")]), transitions([list("aabbaabb")], codes="ab")]
    >>> round(homogeneity(pieces).statistic, 3), homogeneity(pieces).df
    (7.271, 2)
    """
    if len(groups) < 2 or len({group.codes for group in groups}) != 1:
        raise InputError("a test of homogeneity needs two groups or more with the same codes in the same order")
    pooled: Floats = np.sum([group.counts for group in groups], axis=0)
    return _alike([group.counts for group in groups], pooled, np.logical_or.reduce([group.allowed for group in groups]))


def stationarity(sequence: Sequence[str], pieces: int, *, codes: Sequence[str] | None = None, lag: int = 1) -> Test:
    """Whether a sequence keeps its transition probabilities, cut into ``pieces`` of (nearly) the same length.

    They are compared with those of the sequence whole, steps across a cut included, as O'Connor does.
    """
    if pieces < 2 or len(sequence) < pieces * (lag + 1):
        raise InputError("a test of stationarity needs two pieces or more, each with a transition in it")
    whole = transitions([sequence], codes=codes, lag=lag)
    edges = [n * len(sequence) // pieces for n in range(pieces + 1)]
    cut = [transitions([sequence[start:end]], codes=whole.codes, lag=lag).counts for start, end in pairwise(edges)]
    return _alike(cut, whole.counts, whole.allowed)


def _alike(parts: Sequence[Floats], whole: Floats, allowed: NDArray[np.bool_]) -> Test:
    shares = _over(whole, whole.sum(axis=1, keepdims=True))
    statistic = sum(_deviance(part, np.nan_to_num(shares) * part.sum(axis=1, keepdims=True)) for part in parts)
    return Test(float(statistic), int((allowed.sum(axis=1) - 1).sum()) * (len(parts) - 1))


def fitted(counts: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """Counts with the same row and column sums in which columns do not depend on rows, but for the cells not allowed.

    With every cell allowed that is row times column over the total; else it comes by iterative proportional fitting.
    Several tables may be given at once, in the last two axes.
    """
    rows, columns = counts.sum(axis=-1, keepdims=True), counts.sum(axis=-2, keepdims=True)
    total = np.maximum(1.0, rows.sum(axis=-2, keepdims=True))
    if allowed.all():
        return np.asarray(rows * columns / total)
    found = np.broadcast_to(allowed.astype(float), counts.shape)
    for _ in range(10_000):
        found = found * np.nan_to_num(_over(rows, found.sum(axis=-1, keepdims=True)))
        found = found * np.nan_to_num(_over(columns, found.sum(axis=-2, keepdims=True)))
        if (np.abs(found.sum(axis=-1, keepdims=True) - rows) < 1e-10 * total).all():
            break
    return found


def _residuals(counts: Floats, expected: Floats, allowed: NDArray[np.bool_]) -> Floats:
    k = len(counts)
    row, column = (np.kron(a, b) for a, b in ((np.eye(k), np.ones((k, 1))), (np.ones((k, 1)), np.eye(k))))
    # A cell that no margin fills can tell nothing, and would leave the matrix without an inverse.
    used = (allowed & (expected > 1e-9)).ravel()
    design = np.hstack([row, column])[used] * np.sqrt(expected.ravel()[used])[:, None]
    leverage = (design * np.linalg.pinv(design).T).sum(axis=1)
    out = np.full(k * k, np.nan)
    spread = np.maximum(expected.ravel()[used] * (1 - leverage), 0.0)
    out[used] = np.where(
        spread > 1e-9, (counts - expected).ravel()[used] / np.sqrt(np.where(spread > 1e-9, spread, 1)), np.nan
    )
    return out.reshape(k, k)


def _deviance(counts: Floats, expected: Floats) -> float:
    there = (counts > 0) & (expected > 0)
    return float(2 * (counts[there] * np.log(counts[there] / expected[there])).sum())


def _freedom(counts: Floats, allowed: NDArray[np.bool_]) -> int:
    # A code that never comes first, or never second, leaves nothing to compare in its row or column.
    rows, columns = counts.sum(axis=1) > 0, counts.sum(axis=0) > 0
    shut = int((~allowed[np.ix_(rows, columns)]).sum())
    return max(0, (int(rows.sum()) - 1) * (int(columns.sum()) - 1) - shut)


def _over(above: Floats, below: Floats) -> Floats:
    above, below = np.broadcast_arrays(above, below)
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0))


def _two_sided(z: Floats) -> Floats:
    from scipy.stats import norm

    return np.asarray(2 * norm.sf(np.abs(z)))


def plain(values: Floats) -> list[list[float | None]]:
    """A matrix as plain lists, None where it holds no number."""
    return [[None if np.isnan(value) else float(value) for value in row] for row in values]

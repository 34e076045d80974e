"""How far coders agree on amounts, such as each speaker's share of turns with a label: intraclass correlations.

The six forms of Shrout & Fleiss (1979), Psychological Bulletin 86, 420-428, under the names of McGraw & Wong (1996),
Psychological Methods 1, 30-46: ``ICC(1,1)`` other coders for every target, ``ICC(A,1)`` the same coders, agreement in
absolute amounts (Shrout & Fleiss' 2,1), ``ICC(C,1)`` the same, consistency only (their 3,1); with ``k`` for the mean
of all coders instead of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from relcomm.errors import InputError

Floats = NDArray[np.float64]
FORMS = ("ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")


def sums_of(amounts: Floats) -> Floats:
    """For each target, a row of ``amounts`` ``(targets, coders)``, what it adds to the sums that ICCs are made of.

    Amounts near 0 lose no digits here, so take the grand mean off first: no form of the ICC changes by that.
    """
    rows = amounts.sum(axis=1)
    return np.column_stack([np.ones(len(amounts)), (amounts**2).sum(axis=1), rows**2, amounts])


def correlations(sums: Floats) -> dict[str, Floats]:
    """The six forms from sums over targets, in the last axis; not a number where one is undefined."""
    n, squares, rows, columns = sums[..., 0], sums[..., 1], sums[..., 2], sums[..., 3:]
    k = columns.shape[-1]
    enough = n >= 2
    n = np.where(enough, n, 2.0)
    mean = columns.sum(axis=-1) ** 2 / (n * k)
    between = rows / k - mean
    coders = (columns**2).sum(axis=-1) / n - mean
    within = squares - rows / k
    targets, one_way = between / (n - 1), within / (n * (k - 1))
    judges, rest = coders / (k - 1), (within - coders) / ((n - 1) * (k - 1))
    fractions = (
        (targets - one_way, targets + (k - 1) * one_way),
        (targets - rest, targets + (k - 1) * rest + k * (judges - rest) / n),
        (targets - rest, targets + (k - 1) * rest),
        (targets - one_way, targets),
        (targets - rest, targets + (judges - rest) / n),
        (targets - rest, targets),
    )
    tiny = 1e-12 * np.maximum(squares, 1e-300)
    return {
        name: np.where(enough & (np.abs(below) > tiny), above / np.where(np.abs(below) > tiny, below, 1.0), np.nan)
        for name, (above, below) in zip(FORMS, fractions, strict=True)
    }


def icc(amounts: Sequence[Sequence[float]]) -> Mapping[str, float | None]:
    """The six intraclass correlations of amounts, one row a target, one column a coder; None where undefined.

    Raises `InputError` unless every coder has an amount for each of two targets or more.

    >>> found = icc([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    >>> {name: round(value, 2) for name, value in found.items()}  # Shrout & Fleiss 1979, tables 2 and 4
    {'ICC(1,1)': 0.17, 'ICC(A,1)': 0.29, 'ICC(C,1)': 0.71, 'ICC(1,k)': 0.44, 'ICC(A,k)': 0.62, 'ICC(C,k)': 0.91}
    """
    if len({len(row) for row in amounts}) != 1 or len(amounts) < 2 or len(amounts[0]) < 2:
        raise InputError(
            "an intraclass correlation needs two targets or more, each with an amount from the same coders"
        )
    values = np.asarray(amounts, dtype=float)
    if not np.isfinite(values).all():
        raise InputError("an intraclass correlation needs numbers; leave out targets that a coder has none for")
    found = correlations(sums_of(values - values.mean()).sum(axis=0))
    return {name: None if np.isnan(value) else float(value) for name, value in found.items()}

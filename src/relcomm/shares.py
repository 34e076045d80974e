"""Shares of turns, with how far they can be trusted: the Wilson score interval.

Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212. Turns of one talk hang together, so
the intervals are narrower than they should be.
"""

from __future__ import annotations

from math import sqrt

from relcomm.types import Rate


def rate(count: int, turns: int) -> Rate:
    """A share with its 95 % Wilson score interval (Wilson 1927); of no turns, anything from 0 to 1.

    >>> found = rate(3, 10)
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.3, 0.11, 0.6)
    """
    if not turns:
        return Rate(0, 0, 0.0, 1.0)
    z = 1.959964
    share, spread = count / turns, z * z / turns
    centre = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / turns + spread / (4 * turns)) / (1 + spread)
    # Rounding must not put the share of none, or of all, outside its own interval.
    return Rate(count, turns, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))

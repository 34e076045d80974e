"""Shares with their intervals, against the equation they come from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcomm.shares import rate


@pytest.mark.parametrize("counts", [(0, 10), (1, 10), (3, 10), (5, 10), (10, 10), (15, 100), (1, 1), (999, 2000)])
def test_the_ends_solve_wilson_s_equation(counts: tuple[int, int]) -> None:
    """They are the shares p from which what was seen lies z standard errors away: (seen - p)² = z² p (1 - p) / n."""
    found = rate(*counts)
    seen, spread = counts[0] / counts[1], 1.959963985**2 / counts[1]
    ends = sorted(np.roots([1 + spread, -(2 * seen + spread), seen * seen]).real)
    assert (found.count, found.turns) == counts
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-6)


def test_of_no_turns_anything_may_be() -> None:
    found = rate(0, 0)
    assert (found.count, found.turns, found.low, found.high) == (0, 0, 0.0, 1.0)


@given(st.integers(1, 10**6).flatmap(lambda turns: st.tuples(st.integers(0, turns), st.just(turns))))
def test_a_share_lies_in_its_interval(counts: tuple[int, int]) -> None:
    found = rate(*counts)
    assert 0 <= found.low <= found.value <= found.high <= 1
    other = rate(counts[1] - counts[0], counts[1])
    assert (1 - other.high, 1 - other.low) == pytest.approx((found.low, found.high), abs=1e-9)

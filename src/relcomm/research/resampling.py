"""How far figures can be trusted: intervals from conversations drawn anew with replacement.

Turns of one conversation hang together, so conversations are drawn, not turns (the cluster bootstrap; Davison & Hinkley
1997, Bootstrap Methods and their Application, section 3.8). The same seed gives the same interval.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relcomm.errors import InputError

Floats = NDArray[np.float64]
Measure = Callable[[Floats], Mapping[str, Floats]]
"""Figures from sums in the last axis, whatever axes come before it; not a number where one is undefined."""

DRAWS = 1000
SEED = 20_261_123
ENOUGH = 0.9
"""The share of draws in which a figure must have a value, else it gets no interval: the rest would be a choice."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval; None stands for what cannot be had."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """Plain types for JSON."""
        return {"value": self.value, "low": self.low, "high": self.high}


def grouped(sums: Floats, groups: Sequence[Hashable]) -> Floats:
    """The sums of each group's units, ``(groups, ...)``, in order of appearance; ``groups`` names each unit's."""
    places: dict[Hashable, int] = {}
    at = np.array([places.setdefault(group, len(places)) for group in groups], dtype=np.intp)
    out = np.zeros((len(places), *sums.shape[1:]))
    np.add.at(out, at, sums)
    return out


def figures(parts: Floats, measure: Measure, *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Figure]:
    """What ``measure`` makes of the sum of the parts, with 95 % percentile intervals over the parts drawn anew.

    ``parts`` is ``(conversations, sums)``. Of fewer than two conversations there is no interval.

    >>> def share(sums):
    ...     return {"share": sums[..., 0] / sums[..., 1]}
    >>> figures(np.array([[1.0, 2.0], [1.0, 2.0]]), share)
    {'share': Figure(value=0.5, low=0.5, high=0.5)}
    """
    if draws < 1:
        raise InputError("an interval needs at least one draw")
    whole = measure(parts.sum(axis=0))
    if len(parts) < 2:
        return {name: Figure(_plain(value)) for name, value in whole.items()}
    rng = np.random.default_rng(seed)
    drawn = measure(rng.multinomial(len(parts), np.full(len(parts), 1 / len(parts)), size=draws) @ parts)
    return {name: _figure(_plain(value), drawn[name]) for name, value in whole.items()}


def _figure(value: float | None, drawn: Floats) -> Figure:
    there = drawn[~np.isnan(drawn)]
    if value is None or len(there) < ENOUGH * len(drawn):
        return Figure(value)
    low, high = np.quantile(there, [0.025, 0.975])
    return Figure(value, float(low), float(high))


def _plain(value: Floats) -> float | None:
    return None if np.isnan(value) else float(value)

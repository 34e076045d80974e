"""How far coders agree about units that they all coded, beyond what chance would bring.

A unit is whatever was coded: a turn, a second of film, an event. Every figure is made of sums over units (`Tally`), so
that one pass over the units serves any number of resamples. Sources:

* **percent**: the share of pairs of coders that agree, over units with two codes or more.
* **kappa**: Cohen (1960), Educational and Psychological Measurement 20, 37-46, for two coders, over the units that both
  coded; Fleiss (1971), Psychological Bulletin 76, 378-382, for more.
* **alpha**: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, for nominal codes and any number of coders.
* **AC1**: Gwet (2008), British Journal of Mathematical and Statistical Psychology 61, 29-48.
* **specific**: of the codes that say a given thing, the share that another coder's code of the unit bears out; for two
  coders and a yes-or-no label it is the F1 of either against the other (Fleiss, Levin & Paik 2003, chapter 18).

With codes missing, Fleiss' kappa and AC1 follow Gwet (2014, Handbook of Inter-Rater Reliability, 4th edition): chance
is reckoned from every unit with a code, agreement from those with two. Kappa and alpha have no value where all codes
are the same, for then nothing could have shown disagreement; AC1 has one.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relcomm.errors import InputError

Floats = NDArray[np.float64]
Ratings = Sequence[Sequence[Hashable | None]]
"""One row a unit, one entry a coder; None where a coder did not code the unit."""
MISSING = -1


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over units; each may have leading axes, one entry a group or a resample. ``c`` counts categories.

    ``units``: with a code. ``shares`` ``(c,)``: of a unit's coders, who chose what. ``several``: units with two codes
    or more; ``agreed``: of their pairs of coders, the shares that agree. ``values`` ``(c,)``: codes in such units;
    ``matched`` ``(c,)``: the same, each by the share of the other coders who chose it, too. ``first`` and ``second``
    ``(c,)``: what either of two coders chose there.
    """

    units: Floats
    several: Floats
    agreed: Floats
    shares: Floats
    values: Floats
    matched: Floats
    first: Floats
    second: Floats

    @classmethod
    def unpack(cls, sums: Floats) -> Tally:
        """A tally of the sums that `sums_of` lines up in the last axis."""
        c = (sums.shape[-1] - 3) // 5
        parts = [sums[..., 3 + n * c : 3 + (n + 1) * c] for n in range(5)]
        return cls(sums[..., 0], sums[..., 1], sums[..., 2], *parts)


def sums_of(codes: NDArray[np.intp], categories: int) -> Floats:
    """For each unit what it adds to a `Tally`, ``(units, 3 + 5 * categories)``.

    ``codes`` is ``(units, coders)``, numbers of categories, or `MISSING`.
    """
    chosen = (codes[:, :, None] == np.arange(categories)).astype(float)
    counts = chosen.sum(axis=1)
    coders = counts.sum(axis=1)
    several = coders >= 2
    pairs = np.where(several, coders * (coders - 1), 1.0)
    others = np.where(several, coders - 1, 1.0)
    alike = counts * (counts - 1) * several[:, None]
    two = several[:, None] if codes.shape[1] == 2 else np.zeros((len(codes), 1), dtype=bool)
    return np.column_stack(
        [
            coders > 0,
            several,
            alike.sum(axis=1) / pairs,
            counts / np.maximum(coders, 1.0)[:, None],
            counts * several[:, None],
            alike / others[:, None],
            chosen[:, 0] * two,
            chosen[:, -1] * two,
        ]
    )


def coefficients(tally: Tally, *, coders: int) -> dict[str, Floats]:
    """Percent, kappa, alpha and AC1 of a tally; not a number where one is undefined."""
    return {
        "percent": _ratio(tally.agreed, tally.several),
        "kappa": _cohen(tally) if coders == 2 else _fleiss(tally),
        "alpha": _alpha(tally),
        "AC1": _ac1(tally),
    }


def specific(tally: Tally, category: int) -> Floats:
    """Agreement on one category; not a number where nobody chose it."""
    return _ratio(tally.matched[..., category], tally.values[..., category])


def _ratio(above: Any, below: Any) -> Floats:
    # What is exactly 0 in theory may be 1e-16 in sums of thirds: a unit of agreement is far larger.
    there = np.abs(below) > 1e-9
    return np.where(there, above / np.where(there, below, 1.0), np.nan)


def _cohen(tally: Tally) -> Floats:
    chance = (tally.first * tally.second).sum(axis=-1)
    return _ratio(tally.agreed * tally.several - chance, tally.several**2 - chance)


def _fleiss(tally: Tally) -> Floats:
    chance = _ratio((tally.shares**2).sum(axis=-1), tally.units**2)
    return _ratio(_ratio(tally.agreed, tally.several) - chance, 1 - chance)


def _alpha(tally: Tally) -> Floats:
    n = tally.values.sum(axis=-1)
    return 1 - _ratio((n - 1) * (n - tally.matched.sum(axis=-1)), n**2 - (tally.values**2).sum(axis=-1))


def _ac1(tally: Tally) -> Floats:
    categories = tally.shares.shape[-1]
    if categories < 2:
        return np.full_like(tally.agreed, np.nan)
    chance = (1 - _ratio((tally.shares**2).sum(axis=-1), tally.units**2)) / (categories - 1)
    return _ratio(_ratio(tally.agreed, tally.several) - chance, 1 - chance)


def numbered(ratings: Ratings, categories: Sequence[Hashable] | None = None) -> tuple[NDArray[np.intp], int]:
    """Ratings as numbers of categories, ``(units, coders)``, and how many categories there are.

    The categories are those that occur, unless ``categories`` lists them. Raises `InputError`.
    """
    rows = [list(row) for row in ratings]
    if len({len(row) for row in rows}) != 1 or len(rows[0]) < 2:
        raise InputError("agreement needs rows of the same length, one a unit, with the codes of two coders or more")
    seen = dict.fromkeys(code for row in rows for code in row if code is not None)
    known = {code: n for n, code in enumerate(seen if categories is None else categories)}
    if strange := len(set(seen) - set(known)):
        raise InputError(f"{strange} code(s) are not among the categories given")
    return np.array([[MISSING if code is None else known[code] for code in row] for row in rows]), len(known)


def agreement(ratings: Ratings, *, categories: Sequence[Hashable] | None = None) -> Mapping[str, float | None]:
    """Percent, kappa, alpha and AC1 of some ratings; None where a figure is undefined. Raises `InputError`.

    ``categories`` lists what could be chosen, which AC1 depends on; without it, what was chosen.

    >>> found = agreement([["yes", "yes"], ["no", "no"], ["no", "yes"], ["no", "no"]])
    >>> {name: round(value, 3) for name, value in found.items()}
    {'percent': 0.75, 'kappa': 0.5, 'alpha': 0.533, 'AC1': 0.529}
    >>> agreement([["no", "no"], ["no", "no"]], categories=["yes", "no"])
    {'percent': 1.0, 'kappa': None, 'alpha': None, 'AC1': 1.0}
    """
    codes, count = numbered(ratings, categories)
    tally = Tally.unpack(sums_of(codes, count).sum(axis=0))
    found = {name: float(value) for name, value in coefficients(tally, coders=codes.shape[1]).items()}
    return {name: None if np.isnan(value) else value for name, value in found.items()}

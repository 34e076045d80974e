"""How honest probabilities are: whether of the turns that get 70 percent seven in ten have the label."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 10


def calibration_error(scores: NDArray[np.float64], gold: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten equal-width bins (Guo et al. 2017): 0 when probabilities are frequencies."""
    count, said, was = binned(scores, gold)
    return float(np.abs(said - was).sum() / max(1, count.sum()))


def binned(scores: NDArray[np.float64], gold: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """For each of `BINS` equal widths of probability, ``(BINS,)`` each: turns, sum of probabilities, true cases."""
    place = np.minimum((scores * BINS).astype(int), BINS - 1)
    return np.bincount(place, minlength=BINS), np.bincount(place, scores, BINS), np.bincount(place, gold, BINS)

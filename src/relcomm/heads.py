"""Linear heads, one a label: fitted, made honest about probability, and given thresholds for a stated precision.

The labels that ship and the labels people teach relcomm themselves are learnt by the same means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relcomm.model import STEEPEST, Thresholds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PRECISION = 0.65
"""The share of given labels that should be right, on turns like those the model is calibrated on."""
LOWEST = 0.50
"""No label is given under this probability, however good its company."""
FEWEST = 3
"""So many turns with a label, and as many without it, are needed to learn it."""
FEWEST_HELD = 5
"""So many turns with a label must be held out to calibrate it."""
UNSURE = 0.5
"""From this share of the threshold on, a label is named as not sure."""


def fit_head(
    rows: Any, gold: NDArray[np.bool_], *, weight: NDArray[np.float64], strength: float
) -> tuple[NDArray[np.float64], float]:
    """Weights ``(dim,)`` and bias of one label's head: a logistic regression on an encoder's rows, ``(turns, dim)``.

    ``gold`` is which turns have the label, ``weight`` what each turn counts, ``strength`` scikit-learn's ``C``.
    """
    from sklearn.linear_model import LogisticRegression

    head = LogisticRegression(C=strength, solver="liblinear", random_state=0, max_iter=200)
    head.fit(rows, gold, sample_weight=weight)
    return head.coef_[0], float(head.intercept_[0])


def calibrate(
    logits: NDArray[np.float64], gold: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope and shift, ``(labels,)`` each, that make probabilities frequencies on held-out turns (Platt scaling).

    ``logits`` are what the heads say of the turns, ``(turns, labels)``. No slope is below 0, and a label with fewer
    than `FEWEST_HELD` held-out cases keeps the probabilities it was fitted with.
    """
    import numpy as np

    fitted = [_platt(logits[:, n], gold[:, n], weight) for n in range(gold.shape[1])]
    return np.array([slope for slope, _ in fitted]), np.array([shift for _, shift in fitted])


def _platt(logit: NDArray[np.float64], gold: NDArray[np.bool_], weight: NDArray[np.float64]) -> tuple[float, float]:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    if gold.sum() < FEWEST_HELD:
        return 1.0, 0.0
    # Platt's targets: never quite 0 or 1, so that few cases cannot make a head certain.
    yes, no = (gold.sum() + 1) / (gold.sum() + 2), 1 / ((~gold).sum() + 2)
    target = np.where(gold, yes, no)
    both = np.concatenate([logit, logit])[:, None]
    classes = np.concatenate([np.ones(len(logit)), np.zeros(len(logit))])
    share = np.concatenate([target * weight, (1 - target) * weight])
    curve = LogisticRegression(C=1e6, random_state=0).fit(both, classes, sample_weight=share)
    slope = float(curve.coef_[0, 0])
    return (slope, float(curve.intercept_[0])) if slope > 0 else (1.0, 0.0)


def thresholds(
    probabilities: NDArray[np.float64],
    labels: Sequence[str],
    *,
    weight: NDArray[np.float64] | None = None,
    precision: float = PRECISION,
) -> dict[str, Thresholds]:
    """For each label the lowest probability from which on the labels given are right as often as ``precision``.

    ``weight`` is what each turn counts, ``(turns,)``; one each if not given. Precision is expected from the calibrated
    probabilities themselves: smoother than counting a few hits. No threshold is above ``precision``, for a calibrated
    turn that likely is by itself right that often.
    """
    import numpy as np

    found = {}
    for n, name in enumerate(labels):
        order = np.argsort(-probabilities[:, n], kind="stable")
        falling, share = probabilities[order, n], np.ones(len(order)) if weight is None else weight[order]
        expected = np.cumsum(falling * share) / np.cumsum(share)
        enough = falling[expected >= precision]
        sure = float(np.clip(enough[-1] if len(enough) else precision, LOWEST, precision))
        found[name] = Thresholds(unsure=round(UNSURE * sure, 4), sure=round(sure, 4))
    return found


RAREST = 1e-4
"""No label is taken to be rarer than this."""


def rates(
    gold: NDArray[np.bool_], labels: Sequence[str], weight: NDArray[np.float64] | None = None
) -> dict[str, float]:
    """The share of turns with each label; ``gold`` is ``(turns, labels)``, ``weight`` what each turn counts."""
    import numpy as np

    shares = np.average(gold, axis=0, weights=weight)
    return {name: round(max(RAREST, float(share)), 6) for name, share in zip(labels, shares, strict=True)}


@dataclass(frozen=True, slots=True)
class Learnt:
    """A calibrated head, ``(dim + 1,)``, the bias last; its thresholds; and what it was learnt from.

    ``held`` is what was said of each example by a head that had not seen it; ``folds`` is 0 where too few examples
    were held out, or they were told apart no better than by chance: then nothing is calibrated, and the threshold is as
    high as any.
    """

    head: NDArray[np.float64]
    limits: Thresholds
    gold: NDArray[np.bool_]
    weight: NDArray[np.float64]
    held: NDArray[np.float64]
    folds: int

    def reversed(self, precision: float) -> Learnt:
        """The same for what is not of this label."""
        limits = _limits(1 - self.held, self.weight, precision) if self.folds else self.limits
        return Learnt(-self.head, limits, ~self.gold, self.weight, 1 - self.held, self.folds)

    def told(self) -> dict[str, Any]:
        """Its figures, as plain types for JSON."""
        share = rates(self.gold[:, None], [""], self.weight)[""]
        return {"given": int(self.gold.sum()), "share": share, "folds": self.folds}


Splits = Sequence[tuple["NDArray[np.intp]", "NDArray[np.intp]"]]
"""Pairs of positions: examples to fit on, and examples to hold out."""


def learn(
    rows: Any,
    gold: NDArray[np.bool_],
    *,
    weight: NDArray[np.float64],
    strength: float,
    folds: int | Splits,
    precision: float,
) -> Learnt:
    """A head for one label from examples, ``rows`` ``(n, dim)``, calibrated on those that each fold holds out.

    ``folds`` is how many to make, as alike in label as can be, or the splits themselves. Examples of weight 0 are left
    out.
    """
    import numpy as np

    def fitted(at: NDArray[np.intp]) -> tuple[NDArray[np.float64], float]:
        return fit_head(rows[at], gold[at], weight=weight[at], strength=strength)

    count = np.flatnonzero(weight > 0)
    weights, bias = fitted(count)
    logits = np.full(len(gold), np.nan)
    used = 0
    for kept, held in _splits(gold, count, folds):
        some = kept[weight[kept] > 0]
        if gold[some].any() and not gold[some].all():
            part, offset = fitted(some)
            logits[held] = rows[held] @ part + offset
            used += 1
    seen = np.flatnonzero(~np.isnan(logits) & (weight > 0))
    enough = used and min(gold[seen].sum(), (~gold[seen]).sum()) >= FEWEST_HELD
    slope, shift = (
        calibrate(logits[seen, None], gold[seen, None], weight[seen]) if enough else (np.ones(1), np.zeros(1))
    )
    if (slope[0], shift[0]) == (1, 0):  # too few were held out, or they could not be told apart
        highest = max(LOWEST, precision)
        limits = Thresholds(unsure=round(UNSURE * highest, 4), sure=round(highest, 4))
        return Learnt(np.append(weights, bias), limits, gold, weight, np.zeros(0), 0)
    held_out = 1 / (1 + np.exp(-np.clip(logits[seen] * slope + shift, -STEEPEST, STEEPEST)))
    head = np.append(weights * slope, bias * slope + shift)
    limits = _limits(held_out, weight[seen], precision)
    return Learnt(head, limits, gold[seen], weight[seen], held_out, used)


def _splits(gold: NDArray[np.bool_], count: NDArray[np.intp], folds: int | Splits) -> Splits:
    """What to fit on and what to hold out, in turn; nothing if there are too few examples of a kind to do so."""
    from sklearn.model_selection import StratifiedKFold

    if not isinstance(folds, int):
        return folds
    few = int(min(gold[count].sum(), (~gold[count]).sum()))
    if folds < 2 or few < FEWEST_HELD:
        return []
    parts = StratifiedKFold(min(folds, few)).split(count, gold[count])
    return [(count[kept], count[held]) for kept, held in parts]


def _limits(probability: NDArray[np.float64], weight: NDArray[np.float64], precision: float) -> Thresholds:
    return thresholds(probability[:, None], [""], weight=weight, precision=precision)[""]

"""Heads, calibration and thresholds: from an encoder and coded conversations to a `Model`.

Heads are linear; each is calibrated on conversations it was not trained on (Platt 1999: two numbers a label,
folded into the head), and gets a threshold for a stated precision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relcomm.encoders import Encoder
from relcomm.errors import TrainingError
from relcomm.labels import LABELS
from relcomm.model import Model, Thresholds
from relcomm.training.corpus import Coded, fingerprint
from relcomm.types import Turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PRECISION = 0.60
"""The share of given labels that should be right, on turns like those the model is calibrated on."""
LOWEST = 0.30
"""No label is given under this probability, however good its company."""
UNSURE = 0.5
"""From this share of the threshold on, a label is named as not sure."""


@dataclass(frozen=True, slots=True)
class Heads:
    """Linear heads before calibration: ``weights`` is ``(dim, labels)``, ``bias`` ``(labels,)``."""

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]


def turns_of(data: Sequence[Coded]) -> list[Turn]:
    """Every turn of the conversations, in order."""
    return [turn for coded in data for turn in coded.conversation.turns()]


def gold_of(data: Sequence[Coded], labels: Sequence[str]) -> NDArray[np.bool_]:
    """Which labels the coders gave, ``(turns, labels)``."""
    import numpy as np

    rows = [[name in given for name in labels] for coded in data for given in coded.labels]
    return np.array(rows, dtype=bool).reshape(-1, len(labels))


def hold_out(data: Sequence[Coded], share: float = 0.2) -> tuple[list[Coded], list[Coded]]:
    """Conversations to fit on and conversations to calibrate on, parted by a hash of their ids."""
    kept: list[Coded] = []
    held: list[Coded] = []
    for coded in data:
        digest = hashlib.sha256(coded.conversation.id.encode()).digest()
        (held if digest[0] < share * 256 else kept).append(coded)
    if not kept or not held:
        raise TrainingError("too few conversations to hold some out: give more, or a file to calibrate on")
    return kept, held


def fit_heads(encoder: Encoder, train: Sequence[Coded], labels: Sequence[str], *, strength: float = 1.0) -> Heads:
    """One logistic regression a label on an encoder's rows; doubtful turns count half.

    ``strength`` is scikit-learn's ``C``. A label that no turn of ``train`` has, or every one, raises `TrainingError`.
    """
    import numpy as np

    rows = encoder.encode(turns_of(train))
    gold = gold_of(train, labels)
    missing = [name for n, name in enumerate(labels) if not gold[:, n].any() or gold[:, n].all()]
    if missing:
        raise TrainingError(f"to train on, some turns must have and some lack the label(s) {', '.join(missing)}")
    doubt = np.array([[name in d for name in labels] for coded in train for d in coded.doubt], dtype=bool)
    weight = np.where(doubt, 0.5, 1.0)
    fitted = [_head(rows, gold[:, n], weight[:, n], strength) for n in range(len(labels))]
    return Heads(np.stack([w for w, _ in fitted], axis=1), np.array([b for _, b in fitted]))


def _head(rows: Any, gold: Any, weight: Any, strength: float) -> tuple[Any, float]:
    from sklearn.linear_model import LogisticRegression

    head = LogisticRegression(C=strength, solver="liblinear", random_state=0, max_iter=200)
    head.fit(rows, gold, sample_weight=weight)
    return head.coef_[0], float(head.intercept_[0])


def calibrate(heads: Heads, rows: Any, gold: NDArray[np.bool_], weight: NDArray[np.float64]) -> Heads:
    """The heads rescaled so that their probabilities are frequencies on held-out turns (Platt scaling).

    A label with fewer than five held-out cases keeps the probabilities it was fitted with.
    """
    import numpy as np

    logits = np.asarray(rows @ heads.weights) + heads.bias
    fitted = [_platt(logits[:, n], gold[:, n], weight) for n in range(gold.shape[1])]
    slope, shift = np.array([s for s, _ in fitted]), np.array([c for _, c in fitted])
    return Heads(heads.weights * slope, heads.bias * slope + shift)


def _platt(logit: NDArray[np.float64], gold: NDArray[np.bool_], weight: NDArray[np.float64]) -> tuple[float, float]:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    if gold.sum() < 5:
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

    ``weight`` is what each turn counts, ``(turns,)``; one each if not given. Precision is expected from the calibrated probabilities themselves: smoother than counting a few hits. No
    threshold is above ``precision``, for a calibrated turn that likely is by itself right that often.
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


def assemble(
    encoder: Encoder, heads: Heads, held: Sequence[tuple[Sequence[Coded], float]], *, name: str, train: Sequence[Coded]
) -> Model:
    """A calibrated `Model`. ``held`` are the conversations to calibrate on, each group with its weight a turn."""
    import numpy as np

    labels = tuple(LABELS)
    groups = [(encoder.encode(turns_of(data)), gold_of(data, labels), weight) for data, weight in held]
    gold = np.concatenate([g for _, g, _ in groups])
    weight = np.concatenate([np.full(len(g), w) for _, g, w in groups])
    rows = _stacked([rows for rows, _, _ in groups])
    calibrated = calibrate(heads, rows, gold, weight)
    probabilities = 1 / (1 + np.exp(-(np.asarray(rows @ calibrated.weights) + calibrated.bias)))
    return Model(
        encoder,
        labels,
        heads=np.vstack([calibrated.weights, calibrated.bias]).astype(np.float32),
        thresholds=thresholds(probabilities, labels, weight=weight),
        name=name,
        data={
            "train": {
                "conversations": len(train),
                "turns": sum(len(c.labels) for c in train),
                "sha256": fingerprint(train),
            },
            "calibrate": [
                {"turns": sum(len(c.labels) for c in data), "weight": w, "sha256": fingerprint(data)}
                for data, w in held
            ],
        },
    )


def _stacked(blocks: list[Any]) -> Any:
    import numpy as np

    if isinstance(blocks[0], np.ndarray):
        return np.concatenate(blocks)
    from scipy.sparse import vstack

    return vstack(blocks, format="csr")

"""Heads, calibration and thresholds: from an encoder and coded conversations to a `Model`.

Heads are linear; each is calibrated on conversations it was not trained on (Platt 1999: two numbers a label,
folded into the head), and gets a threshold for a stated precision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from relcomm.encoders import Encoder
from relcomm.errors import TrainingError
from relcomm.heads import FEWEST, calibrate, fit_head, rates, thresholds
from relcomm.labels import LABELS
from relcomm.model import STEEPEST, Model, Thresholds
from relcomm.training.corpus import Coded, fingerprint
from relcomm.types import Turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Heads:
    """Linear heads, one for each of ``labels``: ``weights`` is ``(dim, labels)``, ``bias`` ``(labels,)``."""

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    labels: tuple[str, ...] = field(default_factory=lambda: tuple(LABELS))


def turns_of(data: Sequence[Coded]) -> list[Turn]:
    """Every turn of the conversations, in order."""
    return [turn for coded in data for turn in coded.turns()]


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
        digest = hashlib.sha256(coded.conversation.id.encode("utf-8", "surrogatepass")).digest()
        (held if digest[0] < share * 256 else kept).append(coded)
    if not kept or not held:
        raise TrainingError("too few conversations to hold some out: give more, or a file to calibrate on")
    return kept, held


def learnable(train: Sequence[Coded], labels: Sequence[str]) -> tuple[str, ...]:
    """Those of ``labels`` that enough turns have, and enough lack, to be learnt."""
    gold = gold_of(train, labels)
    enough = (gold.sum(axis=0) >= FEWEST) & ((~gold).sum(axis=0) >= FEWEST)
    return tuple(name for name, there in zip(labels, enough, strict=True) if there)


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
    fitted = [fit_head(rows, gold[:, n], weight=weight[:, n], strength=strength) for n in range(len(labels))]
    return Heads(np.stack([w for w, _ in fitted], axis=1), np.array([b for _, b in fitted]), tuple(labels))


def assemble(
    encoder: Encoder, heads: Heads, held: Sequence[tuple[Sequence[Coded], float]], *, name: str, train: Sequence[Coded]
) -> Model:
    """A calibrated `Model`. ``held`` are the conversations to calibrate on, each group with its weight a turn.

    Turns are read as the model will read them, long ones in windows. The likeliest window stays so under calibration,
    which rescales a head without turning it round.
    """
    import numpy as np

    gold = np.concatenate([gold_of(data, heads.labels) for data, _ in held])
    weight = np.concatenate([np.full(sum(len(c.labels) for c in data), w) for data, w in held])
    even = dict.fromkeys(heads.labels, Thresholds(unsure=0.5, sure=0.5))
    raw = Model(encoder, heads.labels, heads=_stored(heads), thresholds=even)
    logits = _logits(np.concatenate([raw.score(turns_of(data)) for data, _ in held]))
    slope, shift = calibrate(logits, gold, weight)
    probabilities = 1 / (1 + np.exp(-np.clip(logits * slope + shift, -STEEPEST, STEEPEST)))
    return Model(
        encoder,
        heads.labels,
        heads=_stored(replace(heads, weights=heads.weights * slope, bias=heads.bias * slope + shift)),
        thresholds=thresholds(probabilities, heads.labels, weight=weight),
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
            "rates": {"calibrated": rates(gold, heads.labels, weight)},
        },
    )


def _stored(heads: Heads) -> NDArray[np.float32]:
    """The heads as a `Model` has them: the bias is the last row."""
    import numpy as np

    return np.vstack([heads.weights, heads.bias]).astype(np.float32)


def _logits(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    # Short of 0 and 1, where a logit has no end: an empty turn scores 0.
    inside = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return np.log(inside) - np.log1p(-inside)

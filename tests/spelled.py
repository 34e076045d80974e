"""The estimators, reading numbers: each row is spelled out in words, so that scikit-learn's own checks can be run.

Those checks know only arrays of numbers. Everything but the reading of X is the estimators' own.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from relcomm.analyzer import load
from relcomm.encoders import NgramEncoder, TransformerEncoder
from relcomm.integrations.sklearn import UtteranceClassifier, UtteranceEncoder
from relcomm.sequence import Layout
from relcomm.types import Turn, Utterance
from tiny import SPECIAL, network, tiny_model

_FOLDER = TemporaryDirectory()
_WORDS = (
    "shall we eat at six dinner seven then us on sunday is there any soup left i paid the rent bill has gone up again"
)
_PIECES = (*SPECIAL, *_WORDS.split(), "what", "did", "new", "lamp", "cost", "with", "hello", ".", "?")


def _saved(name: str, encoder: Any) -> str:
    folder = Path(_FOLDER.name) / name
    tiny_model(encoder).save(folder)
    return str(folder)


MODEL = _saved("sparse", NgramEncoder(8))
"""A model of a few hundred sparse columns: fast enough to be fitted some hundred times."""
DENSE = _saved("dense", TransformerEncoder(network(len(_PIECES), 40), _PIECES, Layout(turn=16, one=8, context=12)))
"""The same of 40 dense columns, from a transformer that knows a few words."""


class _Numbers:
    model: str

    def _read(self, X: Any, *, reset: bool) -> list[Turn]:  # noqa: N803 - scikit-learn's own name
        numbers = validate_data(self, X, reset=reset, ensure_min_samples=1)
        if reset:
            self.model_ = load(self.model).model
        return [Turn(Utterance(spell(row))) for row in numbers]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.string = tags.input_tags.one_d_array = False
        tags.input_tags.two_d_array = True
        return tags


def spell(row: Any) -> str:
    """Words for numbers, near ones alike: 'bcc' is the second column, rather high."""
    steps = np.clip(np.round(row.astype(float) * 2), -12, 12).astype(int)
    return " ".join(f"{chr(97 + n % 26)}{chr(109 + step)}" for n, step in enumerate(steps))


class SpelledEncoder(_Numbers, UtteranceEncoder):
    def __init__(self, model: str = MODEL) -> None:
        super().__init__(model)


class SpelledClassifier(_Numbers, UtteranceClassifier):
    def __init__(self, model: str = MODEL, *, C: float = 10.0, cv: Any = 3, precision: float = 0.65) -> None:  # noqa: N803
        super().__init__(model, C=C, cv=cv, precision=precision)

"""Teach relcomm a label of your own: a scikit-learn classifier on relcomm's encoder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from relcomm.errors import InputError
from relcomm.model import Model, find
from relcomm.types import Turn, Utterance


class UtteranceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of turns: ``fit(X, y)``, ``predict``, ``predict_proba``, with labels of your own.

    ``X`` holds texts, ``(n,)``, or rows of earlier text and text, ``(n, 2)``, as a list, array or Series.
    ``model`` names the model whose encoder is used, ``C`` is the inverse strength of regularisation.
    After ``fit``, ``classes_`` holds the labels in the order of ``predict_proba``'s columns.

    >>> kind = UtteranceClassifier(model="ngram").fit(["Nice work!", "Lovely, thanks", "Who left this here?"], [1, 1, 0])
    >>> kind.predict(["Lovely work!"]).tolist()
    [1]
    """

    def __init__(self, model: str = "base", *, C: float = 1.0) -> None:  # noqa: N803 - scikit-learn's own name
        self.model = model
        self.C = C

    def fit(self, X: Any, y: Any) -> UtteranceClassifier:  # noqa: N803
        """Learn from texts and their labels; earlier fits are forgotten."""
        self.encoder_ = Model.load(find(self.model)).encoder
        self.head_ = LogisticRegression(C=self.C, max_iter=1000).fit(self.encoder_.encode(_turns(X)), y)
        self.classes_ = self.head_.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """The probability of each class, ``(n, classes)``."""
        check_is_fitted(self, "head_")
        return np.asarray(self.head_.predict_proba(self.encoder_.encode(_turns(X))))

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The likeliest class of each text, ``(n,)``."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


def _turns(rows: Iterable[Any]) -> list[Turn]:
    if isinstance(rows, str):
        raise InputError("X must be several texts, not one: put it in a list")
    values = rows.to_numpy() if hasattr(rows, "to_numpy") else list(rows)
    return [_turn(row) for row in values]


def _turn(row: str | Sequence[str]) -> Turn:
    if isinstance(row, str):
        return Turn(Utterance(row))
    if len(row) == 2 and all(isinstance(part, str) for part in row):
        return Turn(Utterance(row[1]), (Utterance(row[0]),) if row[0] else ())
    raise InputError("each row of X must be a text, or an earlier text and a text")

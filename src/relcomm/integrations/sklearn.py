"""Teach relcomm a label of your own: a scikit-learn classifier on relcomm's encoder."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from relcomm.analyzer import load
from relcomm.errors import InputError
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
        turns, labels = _turns(X), np.asarray(y)
        if labels.ndim != 1 or len(labels) != len(turns) or len(set(labels.tolist())) < 2:
            raise InputError("y must be a list with one label for each row of X, and at least two different ones")
        # The model, not its encoder: a model pickles as a path and a digest, so a fitted classifier stays small.
        self.model_ = load(self.model).model
        self.head_ = LogisticRegression(C=self.C, max_iter=1000).fit(self.model_.encoder.encode(turns), labels)
        self.classes_ = self.head_.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """The probability of each class, ``(n, classes)``."""
        check_is_fitted(self, "head_")
        turns = _turns(X)
        if not turns:
            return np.zeros((0, len(self.classes_)))
        return np.asarray(self.head_.predict_proba(self.model_.encoder.encode(turns)))

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The likeliest class of each text, ``(n,)``."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])


def _turns(rows: Any) -> list[Turn]:
    values = rows.to_numpy() if hasattr(rows, "to_numpy") else rows
    if isinstance(values, str | bytes) or not np.iterable(values):
        raise InputError("X must be several texts: a list, an array or a Series")
    return [_turn(row) for row in values]


def _turn(row: Any) -> Turn:
    if isinstance(row, str):
        return Turn(Utterance(row))
    parts = tuple(row) if isinstance(row, list | tuple | np.ndarray) else ()
    if len(parts) == 2 and all(isinstance(part, str) for part in parts):
        return Turn(Utterance(parts[1]), (Utterance(parts[0]),) if parts[0] else ())
    raise InputError("each row of X must be a text, or an earlier text and a text")

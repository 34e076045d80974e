"""Teach relcomm a label of your own: a scikit-learn classifier on relcomm's encoder."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from relcomm.analyzer import load
from relcomm.errors import InputError
from relcomm.model import Model
from relcomm.types import Turn, Utterance


class UtteranceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of turns: ``fit(X, y)``, ``predict``, ``predict_proba``, with labels of your own.

    ``X`` holds texts, ``(n,)``, or rows of earlier text and text, ``(n, 2)``, as a list, array or Series.
    ``model`` names the model whose encoder is used, ``C`` is the inverse strength of regularisation. A text longer than
    one window is read in windows, as the models read it, and is the mean of their rows: classes of your own compete, so
    no window's highest would do.
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
        turns = _turns(X)
        labels = _labels(y, len(turns))
        if not _positive(self.C):
            raise InputError("C must be a number above 0: the smaller, the more cautious the classifier")
        # The model, not its encoder: a model pickles as a path and a digest, so a fitted classifier stays small.
        self.model_ = load(self.model).model
        self.head_ = LogisticRegression(C=self.C, max_iter=1000).fit(_rows(self.model_, turns), labels)
        self.classes_ = self.head_.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """The probability of each class, ``(n, classes)``."""
        check_is_fitted(self, "head_")
        turns = _turns(X)
        if not turns:
            return np.zeros((0, len(self.classes_)))
        return np.asarray(self.head_.predict_proba(_rows(self.model_, turns)))

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The likeliest class of each text, ``(n,)``."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])


def _rows(model: Model, turns: Sequence[Turn]) -> Any:
    """One row a turn, the mean of its windows', ``(n, dim)``."""
    from scipy.sparse import csr_matrix

    parts = [[part for _, _, part in model.windowed(turn)] for turn in turns]
    sizes = [len(each) for each in parts]
    rows = model.encoder.encode([part for each in parts for part in each])
    shares = np.repeat([1 / size for size in sizes], sizes).astype(rows.dtype)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    return csr_matrix((shares, np.arange(ends[-1]), ends)) @ rows


def _labels(y: Any, rows: int) -> NDArray[Any]:
    # As objects first: of a text and a NaN, NumPy makes the texts 'a' and 'nan'.
    given, labels = np.asarray(y, dtype=object), np.asarray(y)
    if given.ndim == 1 and any(map(_missing, given.tolist())):
        raise InputError("y must have a label for each row of X; leave out the rows where it is missing (None or NaN)")
    if labels.ndim != 1 or len(labels) != rows or len(set(labels.tolist())) < 2:
        raise InputError("y must be a list with one label for each row of X, and at least two different ones")
    return labels


def _positive(number: Any) -> bool:
    return isinstance(number, Real) and float(number) > 0


def _missing(label: Any) -> bool:
    try:
        return label is None or bool(label != label)  # noqa: PLR0124 - NaN differs from itself
    except TypeError:  # pandas' NA will not be compared
        return True


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

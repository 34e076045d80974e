"""relcomm inside scikit-learn: its encoders as a transformer, and a classifier for labels of your own.

Both take ``X`` as texts, ``(n,)``, or as rows of earlier text and text, ``(n, 2)``, in a list, an array, or a Series or
frame of pandas, polars or pyarrow. A text longer than one window is read in windows, as the models read it, and is the
mean of their rows. Fitted, both pickle as the path and digest of the model, with no text in it.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.model_selection import check_cv
from sklearn.utils.validation import check_is_fitted

from relcomm.analyzer import load
from relcomm.errors import InputError
from relcomm.heads import FEWEST_HELD, PRECISION, learn
from relcomm.integrations.rows import read_rows, read_target, read_weights
from relcomm.model import Model, Thresholds, probabilities
from relcomm.types import Turn


class _Reader(BaseEstimator):  # type: ignore[misc]
    """What both estimators share: whose encoder reads, and what of X must be the same from one call to the next."""

    model: str

    def _read(self, X: Any, *, reset: bool) -> list[Turn]:  # noqa: N803 - scikit-learn's own name
        rows = read_rows(X)
        if reset:
            self.__dict__.pop("feature_names_in_", None)
            self.n_features_in_ = rows.width or 1
            if rows.names is not None:
                self.feature_names_in_ = np.array(rows.names, dtype=object)
            # The model, not its encoder: a model pickles as a path and a digest, so what is fitted stays small.
            self.model_ = load(self.model).model
        elif rows.width not in (None, self.n_features_in_):
            raise InputError(
                f"X has {rows.width} features, but {type(self).__name__} is expecting {self.n_features_in_} features "
                "as input: 1 for texts, 2 for rows of earlier text and text"
            )
        else:
            self._check_names(rows.names)
        return rows.turns

    def _check_names(self, names: tuple[str, ...] | None) -> None:
        fitted = getattr(self, "feature_names_in_", None)
        who = type(self).__name__
        if fitted is None and names is not None:
            warnings.warn(f"X has feature names, but {who} was fitted without feature names", stacklevel=4)
        elif fitted is not None and names is None:
            warnings.warn(f"X does not have valid feature names, but {who} was fitted with feature names", stacklevel=4)
        elif fitted is not None and names != tuple(fitted):
            raise InputError("the feature names of X should match those that were passed during fit, in the same order")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags


class UtteranceEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, _Reader):  # type: ignore[misc]
    """A transformer from texts to the vectors of a model's encoder: ``fit(X)``, ``transform(X)``, ``(n, dim)``.

    ``model`` names the model. The rows of a transformer model are dense float32; those of ``"ngram"`` are sparse, so
    they fit no data frame. Nothing is learnt from ``X``: ``fit`` loads the model and notes the columns.

    >>> UtteranceEncoder("ngram").fit_transform(["Nice work!", "Who left this here?"]).shape
    (2, 327686)
    """

    def __init__(self, model: str = "base") -> None:
        self.model = model

    def fit(self, X: Any, y: Any = None) -> UtteranceEncoder:  # noqa: ARG002, N803 - scikit-learn's contract
        """Load the model and note the columns of ``X``; ``y`` is not looked at."""
        self._read(X, reset=True)
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803
        """One row a text, ``(n, dim)``: an array, or a sparse matrix where the encoder gives one."""
        check_is_fitted(self, "model_")
        return _rows(self.model_, self._read(X, reset=False))

    @property
    def _n_features_out(self) -> int:
        return int(self.model_.encoder.dim)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


class UtteranceClassifier(ClassifierMixin, _Reader):  # type: ignore[misc]
    """A classifier of turns: ``fit(X, y)``, ``predict``, ``predict_proba``, ``save``, with labels of your own.

    ``y`` holds one label a text, or has a column a label with 1 where a text has it, and a text may have several.
    ``model`` names the model whose encoder is used, ``C`` is the inverse strength of regularisation. Probabilities are
    calibrated on examples held out, and thresholds found there for a stated ``precision`` (the share of given labels
    that should be right, in talk like the examples). ``cv`` is in how many folds, or a splitter, or splits: with several
    turns of one conversation, ``list(GroupKFold().split(X, y, conversation))``; with ``cv=0`` neither is done. After
    ``fit``, ``classes_`` holds the labels in the order of ``predict_proba``'s columns, and ``thresholds_`` from what
    probability on each is sure and unsure in a saved model.

    >>> kind = UtteranceClassifier(model="ngram").fit(["Nice work!", "Lovely, thanks", "Who left this here?"], [1, 1, 0])
    >>> kind.predict(["Lovely work!"]).tolist()
    [1]
    """

    def __init__(
        self,
        model: str = "base",
        *,
        C: float = 1.0,  # noqa: N803 - scikit-learn's own name
        cv: Any = 5,
        precision: float = PRECISION,
    ) -> None:
        self.model = model
        self.C = C
        self.cv = cv
        self.precision = precision

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> UtteranceClassifier:  # noqa: N803
        """Learn from texts and their labels; earlier fits are forgotten. ``sample_weight`` is what each text counts."""
        self._check_settings()
        turns = self._read(X, reset=True)
        target = read_target(y, len(turns))
        weight = read_weights(sample_weight, len(turns))
        if not target.gold[weight > 0].any(axis=0).all():
            raise InputError("sample_weight is zero in every row of some class of y: each class needs rows that count")
        rows = _rows(self.model_, turns)
        folds = self._folds(target.gold)
        # Of two classes one is what the other is not; of more, or of several at once, each is learnt by itself.
        columns = [1] if not target.many and len(target.classes) == 2 else range(len(target.classes))
        how = {"weight": weight, "strength": self.C, "folds": folds, "precision": self.precision}
        learnt = [learn(rows, target.gold[:, n], **how) for n in columns]
        if len(learnt) < len(target.classes):
            learnt.insert(0, learnt[0].reversed(self.precision))
        self.classes_ = target.classes
        self.heads_ = np.stack([each.head for each in learnt], axis=1).astype(np.float32)
        self.thresholds_ = {name: each.limits for name, each in zip(self.classes_.tolist(), learnt, strict=True)}
        self._many = target.many
        self._learnt = [each.told() for each in learnt]
        self._examples = {"turns": len(turns), "sha256": _fingerprint(turns, target.gold)}
        return self

    def _folds(self, gold: NDArray[np.bool_]) -> Any:
        """How many folds to make, or the splits that a splitter makes; those of texts with several labels are by row."""
        if isinstance(self.cv, Integral):
            return int(self.cv)
        kind = gold.argmax(axis=1) if (gold.sum(axis=1) == 1).all() else None
        return list(check_cv(self.cv).split(np.zeros(len(gold)), kind))

    def _check_settings(self) -> None:
        if not _is(self.C, Real) or not self.C > 0:
            raise InputError("C must be a number above 0: the smaller, the more cautious the classifier")
        if not _folded(self.cv):
            raise InputError(
                "cv must be a number of folds, 2 or more, a splitter, or splits; or 0 for neither calibration nor thresholds"
            )
        if not _is(self.precision, Real) or not 0 < self.precision < 1:
            raise InputError("precision must be a share above 0 and below 1")

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """The probability of each class, ``(n, classes)``; they sum to 1 unless a text may have several labels."""
        check_is_fitted(self, "heads_")
        turns = self._read(X, reset=False)
        if not turns:
            return np.zeros((0, len(self.classes_)))
        found = probabilities(_rows(self.model_, turns), self.heads_)
        return found if self._many else found / found.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The likeliest class of each text, ``(n,)``; or 1 for each label likelier than not, ``(n, labels)``."""
        found = self.predict_proba(X)
        return (found >= 0.5).astype(int) if self._many else np.asarray(self.classes_[found.argmax(axis=1)])

    def save(self, folder: str | Path, labels: Mapping[Any, str] | None = None, *, alone: bool = False) -> None:
        """Write a model folder that `relcomm.load` and every command's ``--model`` read; its name is the folder's.

        ``labels`` says which classes become labels and what they are called: ``{True: "plan"}``; left out, all of them
        do, by their own names. They stand beside the labels of the model they were taught on, unless ``alone``. A long
        turn gets the highest score of its windows. Raises `InputError`, or `ModelError` if the folder holds a model.
        """
        check_is_fitted(self, "heads_")
        places = self._places(labels)
        few = [name for name, n in places.items() if not self._learnt[n]["folds"]]
        if few:
            raise InputError(
                f"{len(few)} of the labels have no threshold yet: fit with cv of 2 or more, and with at least "
                f"{FEWEST_HELD} examples of each label and {FEWEST_HELD} of what it is not. If there were as many, those "
                "held out were told apart no better than by chance: more examples, or clearer ones, may help"
            )
        told = {name: self._learnt[n] for name, n in places.items()}
        about = {"examples": self._examples, "encoder": self.model_.name, "precision": float(self.precision)}
        own = Model(
            self.model_.encoder,
            tuple(places),
            heads=self.heads_[:, list(places.values())],
            thresholds={name: self._limits(n) for name, n in places.items()},
            name=Path(folder).name,
            data={
                "taught": {**about, "labels": told},
                "rates": {"calibrated": {name: each["share"] for name, each in told.items()}},
            },
        )
        (own if alone else self.model_.beside(own, name=Path(folder).name)).save(folder)

    def _limits(self, place: int) -> Thresholds:
        return self.thresholds_[self.classes_.tolist()[place]]

    def _places(self, labels: Mapping[Any, str] | None) -> dict[str, int]:
        """Which column each label has. Raises `InputError`."""
        classes = self.classes_.tolist()
        chosen = {name: name for name in classes} if labels is None else labels
        if not isinstance(chosen, Mapping) or not chosen or not all(isinstance(n, str) and n for n in chosen.values()):
            raise InputError("labels must say what each class is called, as {True: 'plan'}: a table of class and name")
        if not set(chosen) <= set(classes) or len(set(chosen.values())) < len(chosen):
            raise InputError("labels must be for classes of y (classes_ lists them), each with another name")
        known = set(self.model_.labels) & set(chosen.values())
        if known:
            raise InputError(f"the model has the label(s) {', '.join(sorted(known))} already: take other names")
        return {name: classes.index(each) for each, name in chosen.items()}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _rows(model: Model, turns: Sequence[Turn]) -> Any:
    """One row a turn, the mean of its windows', ``(n, dim)``."""
    from scipy.sparse import csr_matrix

    parts = [[part for _, _, part in model.windowed(turn)] for turn in turns]
    sizes = [len(each) for each in parts]
    rows = model.encoder.encode([part for each in parts for part in each])
    shares = np.repeat([1 / size for size in sizes], sizes).astype(rows.dtype)
    ends = np.concatenate([[0], np.cumsum(sizes, dtype=int)])
    mean = csr_matrix((shares, np.arange(ends[-1]), ends), shape=(len(turns), ends[-1])) @ rows
    if not isinstance(mean, np.ndarray):
        mean.sort_indices()  # as the encoder's own rows are: sums round the same in a saved model
    return mean


def _fingerprint(turns: Sequence[Turn], gold: NDArray[np.bool_]) -> str:
    """A digest of the examples, from which nobody gets them back; it tells whether two models were taught the same."""
    digest = hashlib.sha256(np.packbits(gold).tobytes())
    for turn in turns:
        for said in (*turn.context, turn.utterance):
            digest.update(said.text.encode("utf-8", "surrogatepass") + b"\0")
        digest.update(b"\1")
    return digest.hexdigest()


def _folded(cv: Any) -> bool:
    """Whether this says how to hold examples out: a number of folds, 0 for none, a splitter, or splits."""
    if _is(cv, Integral):
        return bool(cv == 0 or cv >= 2)
    return not isinstance(cv, str | bytes) and (hasattr(cv, "split") or np.iterable(cv))


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool | np.bool_)

"""The estimator contract, a check a function: what whoever uses scikit-learn takes for granted, over texts.

`run` answers with "ok", "-" where a check does not apply, or what went wrong. ``tests/test_contract.py`` runs every
check on every estimator, and ``python benchmarks/contract.py`` prints them as a table. scikit-learn's own checks, which
know only numbers, run on the same estimators reading numbers (`spelled`).
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

from relcomm.integrations.sklearn import UtteranceClassifier, UtteranceEncoder
from spelled import SpelledClassifier, SpelledEncoder

TEXTS = ["Shall we eat at six?", "Dinner at seven then?", "Eat with us on Sunday?", "Is there any soup left?",
         "We eat at seven.", "Shall we eat soup?", "I paid the rent.", "The bill is paid.",
         "Has the rent gone up again?", "What did the new lamp cost?", "Is the bill paid?", "The rent is up again."]  # fmt: skip
BEFORE = ["Hello.", "", "What now?", "Hm.", "So?", "", "Look at this.", "Tell me.", "", "Oh.", "Yes?", "No."]
KINDS = ["meals"] * 6 + ["money"] * 6
SEVERAL = np.array([[text.endswith("?"), kind == "meals", kind == "money"] for text, kind in zip(TEXTS, KINDS, strict=True)],
                   dtype=int)  # fmt: skip
PAIRS = [[before, text] for before, text in zip(BEFORE, TEXTS, strict=True)]
ASKED = ["Shall we eat on Sunday?", "Is the rent paid?", ""]

ONE_COLUMN: Mapping[str, Callable[[list[str]], Any]] = {
    "list": list,
    "tuple": tuple,
    "array of str": np.array,
    "array of objects": lambda rows: np.array(rows, dtype=object),
    "pandas Series": lambda rows: pd.Series(rows, index=range(9, 9 + len(rows))),
    "pandas strings": lambda rows: pd.Series(rows, dtype="string"),
    "pandas categories": lambda rows: pd.Series(rows, dtype="category"),
    "pandas of pyarrow": lambda rows: pd.Series(rows, dtype="string[pyarrow]"),
    "polars Series": pl.Series,
    "pyarrow Array": pa.array,
    "pyarrow ChunkedArray": lambda rows: pa.chunked_array([rows[:1], rows[1:]]),
    "list of one-column rows": lambda rows: [[row] for row in rows],
    "array of one column": lambda rows: np.array(rows)[:, None],
    "read-only array": lambda rows: _locked(np.array(rows, dtype=object)),
}
TWO_COLUMNS: Mapping[str, Callable[[list[list[str]]], Any]] = {
    "list of lists": list,
    "list of tuples": lambda rows: [tuple(row) for row in rows],
    "array of str": np.array,
    "array of objects": lambda rows: np.array(rows, dtype=object),
    "pandas DataFrame": lambda rows: pd.DataFrame(rows, columns=["before", "text"]),
    "pandas by number": pd.DataFrame,
    "polars DataFrame": lambda rows: pl.DataFrame(rows, schema=["before", "text"], orient="row"),
    "pyarrow Table": lambda rows: pa.table(dict(zip(["before", "text"], map(list, zip(*rows, strict=True)), strict=True))),
}  # fmt: skip


def _locked(array: Any) -> Any:
    array.flags.writeable = False
    return array


def estimators(model: str) -> dict[str, tuple[BaseEstimator, Any]]:
    """Each estimator on a model's encoder, with the target it is given."""
    return {
        "UtteranceEncoder": (UtteranceEncoder(model), None),
        "UtteranceClassifier": (UtteranceClassifier(model, C=10.0, cv=2), KINDS),
        "UtteranceClassifier, several labels": (UtteranceClassifier(model, C=10.0, cv=2), SEVERAL),
        "UtteranceClassifier, cv=0": (UtteranceClassifier(model, C=10.0, cv=0), [kind == "meals" for kind in KINDS]),
    }


class NotApplicable(Exception):
    """A check is not about this kind of estimator."""


def answers(estimator: Any, rows: Any) -> Any:
    """What a fitted estimator makes of rows: probabilities or vectors, as an array."""
    found = estimator.predict_proba(rows) if hasattr(estimator, "predict_proba") else estimator.transform(rows)
    return found.toarray() if issparse(found) else np.asarray(found)


def same(estimator: Any, other: Any, rows: Any = ASKED, others: Any = None) -> None:
    """Both answer alike, to the last bit."""
    assert np.array_equal(answers(estimator, rows), answers(other, rows if others is None else others))


def _classifier(estimator: Any) -> None:
    if not is_classifier(estimator):
        raise NotApplicable


def _raises(kind: type[Exception], ask: Callable[[], object]) -> None:
    with pytest.raises(kind) as caught:
        ask()
    assert not [text for text in TEXTS if text in str(caught.value)], "the error repeats a text"


def parameters(estimator: Any, target: Any) -> None:
    given = estimator.get_params()
    assert estimator.set_params(**given) is estimator
    assert estimator.get_params() == given == clone(estimator).get_params()
    assert all(getattr(estimator, name) is value for name, value in given.items())
    _raises(ValueError, lambda: estimator.set_params(no_such_parameter=1))


def cloned_is_unfitted(estimator: Any, target: Any) -> None:
    copy = clone(estimator.fit(TEXTS, target))
    assert not [name for name in vars(copy) if name.endswith("_") or name not in copy.get_params()]
    same(copy.fit(TEXTS, target), estimator)


def not_fitted(estimator: Any, target: Any) -> None:
    for name in ("predict", "predict_proba", "transform", "get_feature_names_out"):
        if hasattr(estimator, name):
            _raises(NotFittedError, partial(getattr(estimator, name), *([] if name.startswith("get") else [ASKED])))


def fit_returns_self_and_leaves_its_input(estimator: Any, target: Any) -> None:
    rows, labels = np.array(PAIRS, dtype=object), None if target is None else np.array(target)
    before = rows.copy(), None if labels is None else labels.copy()
    assert estimator.fit(rows, labels) is estimator
    answers(estimator, rows)
    assert np.array_equal(rows, before[0])
    assert labels is None or np.array_equal(labels, before[1])


def refit_forgets(estimator: Any, target: Any) -> None:
    estimator.fit(pd.DataFrame(PAIRS, columns=["before", "text"]), target)
    other = None if target is None else ["a", "b", "c", "c", "b", "a"] * 2
    estimator.fit(TEXTS[::-1], other)
    same(estimator, clone(estimator).fit(TEXTS[::-1], other))
    assert estimator.n_features_in_ == 1
    assert not hasattr(estimator, "feature_names_in_")


def fitted_twice_alike(estimator: Any, target: Any) -> None:
    same(clone(estimator).fit(TEXTS, target), clone(estimator).fit(TEXTS, target))


def every_row_by_itself(estimator: Any, target: Any) -> None:
    whole = answers(estimator.fit(TEXTS, target), TEXTS)
    assert np.array_equal(whole, np.concatenate([answers(estimator, [text]) for text in TEXTS]))
    assert np.array_equal(whole[::-1], answers(estimator, TEXTS[::-1]))


def nothing_to_answer(estimator: Any, target: Any) -> None:
    empty = answers(estimator.fit(TEXTS, target), [])
    assert empty.shape == (0, answers(estimator, ASKED).shape[1])


def one_column_of_any_kind(estimator: Any, target: Any) -> None:
    estimator.fit(TEXTS, target)
    for make in ONE_COLUMN.values():
        same(estimator, estimator, ASKED, make(ASKED))
        same(estimator, clone(estimator).fit(make(TEXTS), target))
    assert estimator.n_features_in_ == 1


def two_columns_of_any_kind(estimator: Any, target: Any) -> None:
    estimator.fit(PAIRS, target)
    for make in TWO_COLUMNS.values():
        other = clone(estimator).fit(make(PAIRS), target)
        same(estimator, other, PAIRS, make(PAIRS))
        assert other.n_features_in_ == 2


def targets_of_any_kind(estimator: Any, target: Any) -> None:
    _classifier(estimator)
    flat = np.ndim(target) == 1
    names = ["asking", "meals", "money"]
    makes = [list, np.array, pd.Series, pl.Series, pa.array] if flat else [
        lambda y: y.tolist(), lambda y: y.astype(bool), lambda y: pd.DataFrame(y, columns=names),
        lambda y: pl.DataFrame(y, schema=names), lambda y: pa.table(dict(zip(names, y.T, strict=True)))]  # fmt: skip
    estimator.fit(TEXTS, target)
    for make in makes:
        same(estimator, clone(estimator).fit(TEXTS, make(target)))


def names_of_columns(estimator: Any, target: Any) -> None:
    frame = pd.DataFrame(PAIRS, columns=["before", "text"])
    for make in (lambda f: f, pl.from_pandas, pa.Table.from_pandas):
        estimator.fit(make(frame), target)
        assert estimator.feature_names_in_.tolist() == ["before", "text"]
        assert estimator.feature_names_in_.dtype == object
        answers(estimator, make(frame))
        _raises(ValueError, lambda make=make: answers(estimator, make(frame[["text", "before"]])))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        answers(estimator, PAIRS)
    assert [str(each.message) for each in told if "feature names" in str(each.message)]


def another_number_of_columns(estimator: Any, target: Any) -> None:
    for fitted, asked in ((TEXTS, PAIRS), (PAIRS, TEXTS)):
        estimator.fit(fitted, target)
        _raises(ValueError, lambda asked=asked: answers(estimator, asked))
    _raises(ValueError, lambda: estimator.fit([[*row, "more"] for row in PAIRS], target))


def wrong_rows(estimator: Any, target: Any) -> None:
    estimator.fit(TEXTS, target)
    for rows in (
        TEXTS[0],
        [1, 2],
        [None, *TEXTS],
        pd.Series([*TEXTS, None]),
        {"text": TEXTS},
        pl.LazyFrame({"t": TEXTS}),
    ):
        _raises(ValueError, lambda rows=rows: answers(estimator, rows))  # fmt: skip


def in_a_pipeline(estimator: Any, target: Any) -> None:
    strip = FunctionTransformer(lambda rows: [row.strip() for row in rows])
    pipeline = make_pipeline(strip, clone(estimator)).fit([f" {text} " for text in TEXTS], target)
    same(estimator.fit(TEXTS, target), pipeline)
    if not is_classifier(estimator):
        learnt = make_pipeline(clone(estimator), LogisticRegression(C=100, max_iter=1000)).fit(TEXTS, KINDS)
        assert learnt.score(TEXTS, KINDS) == 1.0


def in_a_union(estimator: Any, target: Any) -> None:
    if is_classifier(estimator):
        raise NotApplicable
    union = make_union(clone(estimator), CountVectorizer()).fit(TEXTS)
    both = union.transform(TEXTS)
    assert both.shape == (len(TEXTS), len(union.get_feature_names_out()))


def in_a_grid_search(estimator: Any, target: Any) -> None:
    if is_classifier(estimator):
        search = GridSearchCV(estimator, {"C": [0.1, 10.0]}, cv=_folds()).fit(np.array(TEXTS), target)
    else:
        steps = make_pipeline(estimator, LogisticRegression(max_iter=1000))
        search = GridSearchCV(steps, {"logisticregression__C": [0.1, 10.0]}, cv=2).fit(TEXTS, KINDS)
    assert len(search.cv_results_["params"]) == 2
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(search.predict(ASKED)) == len(ASKED)


def in_cross_validation(estimator: Any, target: Any) -> None:
    steps = estimator if is_classifier(estimator) else make_pipeline(estimator, LogisticRegression(max_iter=1000))
    labels = KINDS if target is None else target
    kinds = [ONE_COLUMN[name](TEXTS) for name in ("list", "pandas Series", "polars Series", "pyarrow Array")]
    scores = [cross_val_score(steps, rows, labels, cv=_folds()) for rows in kinds]
    assert np.isfinite(scores).all()
    assert all(np.array_equal(scores[0], each) for each in scores)
    assert len(cross_val_predict(steps, TWO_COLUMNS["polars DataFrame"](PAIRS), labels, cv=_folds())) == len(TEXTS)


def _folds() -> list[tuple[Any, Any]]:
    places = np.arange(len(TEXTS))
    return [(places[places % 2 == n], places[places % 2 != n]) for n in (0, 1)]


def pickled(estimator: Any, target: Any) -> None:
    sent = pickle.dumps(estimator.fit(PAIRS, target))
    assert not [text for text in TEXTS if text.encode() in sent]
    learnt = estimator.heads_.nbytes if hasattr(estimator, "heads_") else 0
    assert len(sent) < learnt + 2048
    same(estimator, pickle.loads(sent), PAIRS)
    assert len(pickle.dumps(clone(estimator))) < 1024


def names_of_features(estimator: Any, target: Any) -> None:
    if is_classifier(estimator):
        raise NotApplicable
    names = estimator.fit(TEXTS).get_feature_names_out()
    assert len(set(names)) == answers(estimator, ASKED).shape[1]
    assert names[0] == "utteranceencoder0"


def output_as_a_frame(estimator: Any, target: Any) -> None:
    if is_classifier(estimator):
        raise NotApplicable
    plain = estimator.fit(TEXTS).transform(TEXTS)
    for kind, frame in (("pandas", pd.DataFrame), ("polars", pl.DataFrame)):
        asked = clone(estimator).set_output(transform=kind).fit(TEXTS)
        if issparse(plain):
            _raises(ValueError, lambda asked=asked: asked.transform(TEXTS))
        else:
            found = asked.transform(pd.Series(TEXTS, index=range(5, 5 + len(TEXTS))))
            assert isinstance(found, frame)
            assert np.array_equal(found.to_numpy(), plain)


def predictions(estimator: Any, target: Any) -> None:
    _classifier(estimator)
    shares, given = estimator.fit(TEXTS, target).predict_proba(TEXTS), estimator.predict(TEXTS)
    assert ((shares >= 0) & (shares <= 1)).all()
    assert shares.shape == (len(TEXTS), len(estimator.classes_))
    if np.ndim(target) == 1:
        assert np.allclose(shares.sum(axis=1), 1)
        assert np.array_equal(given, estimator.classes_[shares.argmax(axis=1)])
    else:
        assert np.array_equal(given, shares >= 0.5)
    assert estimator.score(TEXTS, target) > 0.7


def weights(estimator: Any, target: Any) -> None:
    _classifier(estimator)
    plain = clone(estimator).fit(TEXTS, target)
    same(plain, clone(estimator).fit(TEXTS, target, sample_weight=[1.0] * len(TEXTS)))
    other = clone(estimator).fit(TEXTS, target, sample_weight=np.arange(1, len(TEXTS) + 1))
    assert not np.array_equal(answers(plain, ASKED), answers(other, ASKED))
    for wrong in ([1.0], [-1.0] * len(TEXTS), [0.0] * len(TEXTS), [float("nan")] * len(TEXTS)):
        _raises(ValueError, lambda wrong=wrong: clone(estimator).fit(TEXTS, target, sample_weight=wrong))


CHECKS: Mapping[str, Callable[[Any, Any], None]] = {
    check.__name__.replace("_", " "): check
    for check in (parameters, cloned_is_unfitted, not_fitted, fit_returns_self_and_leaves_its_input, refit_forgets,
                  fitted_twice_alike, every_row_by_itself, nothing_to_answer, one_column_of_any_kind,
                  two_columns_of_any_kind, targets_of_any_kind, names_of_columns, another_number_of_columns, wrong_rows,
                  in_a_pipeline, in_a_union, in_a_grid_search, in_cross_validation, pickled, names_of_features,
                  output_as_a_frame, predictions, weights)
}  # fmt: skip


def run(check: Callable[[Any, Any], None], estimator: Any, target: Any) -> str:
    """ "ok", "-" where the check does not apply, or what went wrong."""
    try:
        check(clone(estimator), target)
    except NotApplicable:
        return "-"
    except (Exception, pytest.fail.Exception) as error:
        return f"{type(error).__name__}: {error}"
    return "ok"


NUMBERS: Mapping[str, BaseEstimator] = {
    "UtteranceEncoder": SpelledEncoder(),
    "UtteranceClassifier": SpelledClassifier(),
    "UtteranceClassifier, cv=0": SpelledClassifier(cv=0),
}
"""What scikit-learn's own checks are run on."""

EXPECTED: Mapping[str, str] = {
    "check_sample_weight_equivalence_on_dense_data": "calibration counts examples, so one of weight 2 is not two",
}
"""scikit-learn's checks that do not hold, and why."""


def run_theirs(estimator: BaseEstimator) -> list[dict[str, Any]]:
    """What each of scikit-learn's own checks says of an estimator that reads numbers."""
    expected = EXPECTED if is_classifier(estimator) else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: list[dict[str, Any]] = estimator_checks.check_estimator(
            estimator, on_fail=None, on_skip=None, expected_failed_checks=expected
        )
    return found

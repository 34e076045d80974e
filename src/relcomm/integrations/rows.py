"""X and y as people of scikit-learn give them: lists, arrays, Series and frames of pandas, polars and pyarrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from relcomm.errors import InputError
from relcomm.types import Turn, Utterance

_UNEVEN = "y must be a list with one label for each row of X, or columns that hold only 0 and 1"
WANTED = "X must be several texts, or rows of an earlier text and a text: a list, an array, a Series or a frame"


@dataclass(frozen=True, slots=True)
class Rows:
    """The turns of X. ``width`` is 1 for texts, 2 for earlier text and text, None where there are no rows to tell by."""

    turns: list[Turn]
    width: int | None
    names: tuple[str, ...] | None = None


def read_rows(given: Any) -> Rows:
    """The turns of X, and what its columns are called if they have names. Raises `InputError`."""
    values, names = _values(given)
    parts = [_parts(value) for value in values]
    widths = {len(part) for part in parts}
    if len(widths) > 1 or not widths <= {1, 2}:
        raise InputError(f"{WANTED}; every row with the same one or two columns")
    width = len(names) if names else next(iter(widths), None)
    return Rows([_turn(part, n) for n, part in enumerate(parts)], width, names)


def _values(given: Any) -> tuple[Sequence[Any], tuple[str, ...] | None]:
    """The rows of X one by one, and the names of its columns if all of them have one that is a text."""
    if isinstance(given, str | bytes | Mapping | Set):
        raise InputError(f"{WANTED}; got {type(given).__name__}")
    table = table_of(given)
    if table is not None:
        columns, names = table
        if not 1 <= len(columns) <= 2:
            raise InputError(f"X must have one column, texts, or two, earlier text and text; it has {len(columns)}")
        return list(zip(*columns, strict=True)), names
    values = list_of(given)
    if values is None:
        raise InputError(f"{WANTED}; got {type(given).__name__}")
    return values, None


def table_of(given: Any) -> tuple[list[list[Any]], tuple[str, ...] | None] | None:
    """The columns of a data frame and their names, if all of these are texts; None if it is no data frame."""
    try:
        frame = nw.from_native(given, pass_through=True)
    except (TypeError, ValueError):  # two columns of one name: narwhals' error would repeat it
        raise InputError("a frame's columns must have different names") from None
    if isinstance(frame, nw.LazyFrame):
        raise InputError("a lazy frame holds no rows yet: give what its collect() returns")
    if not isinstance(frame, nw.DataFrame):
        return None
    names = tuple(frame.columns)
    return [column.to_list() for column in frame.iter_columns()], _texts(names)


def list_of(given: Any) -> list[Any] | None:
    """The values of a list, array or Series as a list; None if it is nothing of the kind."""
    series = nw.from_native(given, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        return list(series.to_list())
    if hasattr(given, "to_pylist"):  # an Array of pyarrow
        return list(given.to_pylist())
    if hasattr(given, "to_numpy"):
        given = given.to_numpy()
    if hasattr(given, "__array__"):
        given = np.asarray(given)
    return list(given) if np.iterable(given) else None


def missing(value: Any) -> bool:
    """Whether this stands for a value that is not there: None, NaN, or pandas' NA and NaT."""
    try:
        return value is None or bool(value != value)  # noqa: PLR0124 - NaN differs from itself
    except (TypeError, ValueError):  # pandas' NA will not be compared, an array cannot be
        return not hasattr(value, "__len__")


def _texts(names: tuple[Any, ...]) -> tuple[str, ...] | None:
    return names if names and all(isinstance(name, str) for name in names) else None


def _parts(value: Any) -> tuple[Any, ...]:
    value = value.as_py() if hasattr(value, "as_py") else value
    return tuple(value) if isinstance(value, list | tuple | np.ndarray) else (value,)


def _turn(parts: tuple[Any, ...], row: int) -> Turn:
    *before, text = parts
    # A column of earlier texts is usually made by shifting: where nothing came before, a value is missing.
    earlier = [said for said in before if not missing(said)]
    if not all(isinstance(said, str) for said in (text, *earlier)):
        what = "is missing its text" if missing(text) else "holds something that is no text"
        raise InputError(f"row {row} of X {what}; {WANTED}")
    return Turn(Utterance(text), tuple(Utterance(said) for said in earlier if said))


@dataclass(frozen=True, slots=True)
class Target:
    """What y says: the classes, and which rows are of each, ``(rows, classes)``. ``many``: a row may be of several."""

    classes: NDArray[Any]
    gold: NDArray[np.bool_]
    many: bool


def read_target(given: Any, rows: int) -> Target:
    """The target y: a label a row, or a column a label with 1 where a row has it. Raises `InputError`."""
    from sklearn.utils.multiclass import check_classification_targets, type_of_target
    from sklearn.utils.validation import column_or_1d

    if given is None:
        raise InputError("fit requires y to be passed, but the target y is None: give a label for each row of X")
    labels, names = _labels(given)
    if labels.ndim not in (1, 2) or len(labels) != rows:
        raise InputError(
            "y must be a list with one label for each row of X, or have a column a label with 0 or 1 in each row"
        )
    if any(missing(label) or label in (np.inf, -np.inf) for label in labels.ravel().tolist()):
        raise InputError(
            "y must have a label for each row of X: leave out rows where it is missing (Input y contains NaN or infinity)"
        )
    plain = _even(labels)
    if plain.ndim == 2 and plain.shape[1] > 1:
        if rows and type_of_target(plain) != "multilabel-indicator":
            raise InputError(_UNEVEN)
        return _columns(plain.astype(bool), names)
    plain = column_or_1d(plain, warn=True)
    if rows:
        check_classification_targets(plain)
    classes, place = np.unique(plain, return_inverse=True)
    if len(classes) < 2:
        raise InputError(
            "y must be a list with one label for each row of X, and at least two different ones; this has "
            f"{len(classes)} class{'' if len(classes) == 1 else 'es'}"
        )
    return Target(classes, place[:, None] == np.arange(len(classes)), many=False)


def _even(labels: NDArray[Any]) -> NDArray[Any]:
    """The same values in an array of their own kind. Raises `InputError` where rows have different lengths."""
    try:
        return np.asarray(labels.tolist())
    except ValueError:
        raise InputError(_UNEVEN) from None


def _labels(given: Any) -> tuple[NDArray[Any], tuple[str, ...] | None]:
    """The values of y as objects (of a text and a NaN, NumPy makes two texts), and the names of its columns."""
    table = table_of(given)
    if table is not None:
        columns, names = table
        return np.array(columns, dtype=object).T, names
    values = None if isinstance(given, str | bytes | Mapping | Set) else list_of(given)
    try:
        return np.array(values, dtype=object), None
    except ValueError:  # rows of different lengths
        raise InputError(_UNEVEN) from None


def _columns(gold: NDArray[np.bool_], names: tuple[str, ...] | None) -> Target:
    if not (gold.any(axis=0) & ~gold.all(axis=0)).all():
        raise InputError("y must have, in each of its columns (classes), rows with 1 and rows with 0")
    classes = np.arange(gold.shape[1]) if names is None else np.array(names, dtype=object)
    return Target(classes, gold, many=True)


def read_weights(given: Any, rows: int) -> NDArray[np.float64]:
    """What each row counts: 1 each if nothing is given. Raises `InputError`."""
    weights = np.ones(rows) if given is None else _numbers(given)
    if weights.shape != (rows,) or not np.isfinite(weights).all() or (weights < 0).any():
        raise InputError("sample_weight must have one number from 0 on for each row of X")
    return weights


def _numbers(given: Any) -> NDArray[np.float64]:
    """The values as numbers; none at all where they are no numbers."""
    try:
        return np.asarray(list_of(given), dtype=np.float64)
    except (TypeError, ValueError):  # which repeats what it could not read
        return np.zeros((0, 0))

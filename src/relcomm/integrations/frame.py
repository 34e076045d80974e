"""relcomm over a data frame: each row a turn, in pandas, polars or pyarrow; the same kind of frame comes back.

A row's conversation is told by a key, and its place there by the order of the rows, or by time. Conversations may be
interleaved. A missing value is ``None``, NaN or null: without a text nothing is read, and the row's new cells are missing,
too; without a speaker nobody knows who spoke; without a conversation the row stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import narwhals as nw

from relcomm.analyzer import Analyzer, load
from relcomm.errors import InputError
from relcomm.integrations.rows import missing
from relcomm.types import CONTEXT_TURNS, Conversation, Prediction, Turn, Utterance

Frame = TypeVar("Frame")
Key = str | Literal[True] | None
"""The name of the column that tells conversations apart; True for a frame that is one; None for rows that stand alone."""

COLUMNS = ("labels", "unsure", "scores", "evidence")
"""What can be added: labels given, labels not certain, a column ``p_`` a label with its probability, and evidence."""


def label(
    frame: Frame,
    *,
    text: str = "text",
    speaker: str | None = None,
    conversation: Key = None,
    time: str | None = None,
    **options: Any,
) -> Frame:
    """The frame with columns added that say what each row does to the listener; rows, order and index stay.

    ``text``, ``speaker``, ``conversation`` and ``time`` name columns. Without ``conversation`` each row is read by
    itself; ``conversation=True`` says that the frame is one. Options: ``add``, which columns to add, of `COLUMNS`
    (``labels`` and ``unsure`` if not given), and ``model`` and ``prior`` as `relcomm.load` takes them. Raises `InputError`.

    >>> import pandas
    >>> talk = pandas.DataFrame({"who": ["Ann", "Ben"], "text": ["What time is it?", "Ten."]})
    >>> label(talk, speaker="who", conversation=True, model="ngram").columns.tolist()
    ['who', 'text', 'labels', 'unsure']
    """
    given = _eager(frame)
    add, analyzer = _options(**options)
    rows = _read(given, text=text, speaker=speaker, conversation=conversation, time=time)
    new = _named(analyzer, add)
    if taken := set(new) & set(given.columns):
        raise InputError(f"the frame already has the column(s) {', '.join(sorted(taken))}: rename or drop them first")
    seen = analyzer.label(rows.turns())
    cells = [None if said is None else next(seen) for said in rows.said]
    kept: Frame = given.with_columns(*(_series(given, name, cells, kind) for name, kind in new.items())).to_native()
    return kept


def conversations(
    frame: Any, *, text: str = "text", speaker: str | None = None, conversation: Key = True, time: str | None = None
) -> Iterator[Conversation]:
    """Each conversation of a frame, in the order of their first rows, for `relcomm.Analyzer.analyze_many` and the like.

    Its ``id`` is its key as text. Rows without a text are left out; what stands alone is a conversation of one turn.

    >>> import pandas
    >>> talk = pandas.DataFrame({"chat": [1, 2, 1], "text": ["Hi.", "Out.", "Hey."]})
    >>> [(each.id, len(each)) for each in conversations(talk, conversation="chat")]
    [('1', 2), ('2', 1)]
    """
    rows = _read(_eager(frame), text=text, speaker=speaker, conversation=conversation, time=time)
    for key, group in rows.groups:
        found = tuple(said for n in group if (said := rows.said[n]) is not None)
        if found:
            yield Conversation(found, id="" if key is None else str(key))


# Reading -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rows:
    """What each row says, None where it has no text; and the rows of each conversation, in its own order."""

    said: Sequence[Utterance | None]
    groups: Sequence[tuple[Hashable, Sequence[int]]]

    def turns(self) -> Iterator[Turn]:
        """A turn for each row with a text, in the order of the rows."""
        before: list[Sequence[Utterance]] = [()] * len(self.said)
        for _, group in self.groups:
            earlier: tuple[Utterance, ...] = ()
            for n in group:
                before[n] = earlier
                said = self.said[n]
                earlier = earlier if said is None else (*earlier, said)[-CONTEXT_TURNS:]
        for said, context in zip(self.said, before, strict=True):
            if said is not None:
                yield Turn(said, tuple(context))


def _eager(frame: Any) -> nw.DataFrame[Any]:
    try:
        given = nw.from_native(frame, pass_through=True)
    except (TypeError, ValueError):  # two columns of one name
        raise InputError("a frame's columns must have different names") from None
    if isinstance(given, nw.LazyFrame):
        raise InputError("a lazy frame holds no rows yet: give what its collect() returns")
    if not isinstance(given, nw.DataFrame):
        raise InputError(f"a pandas, polars or pyarrow data frame is needed, got {type(frame).__name__}")
    return given


def _options(
    *, add: Sequence[str] = COLUMNS[:2], model: str | Path = "base", prior: str | Mapping[str, float] | None = None
) -> tuple[Sequence[str], Analyzer]:
    several = not isinstance(add, str) and all(isinstance(name, str) for name in add)
    if not several or not set(add) <= set(COLUMNS):
        raise InputError(f"add must list what to add, of {', '.join(COLUMNS)}")
    return add, load(model, prior=prior)


def _read(frame: nw.DataFrame[Any], *, text: str, speaker: str | None, conversation: Key, time: str | None) -> _Rows:
    if conversation is None and time is not None:
        raise InputError("time orders the rows of a conversation: name its column, or say conversation=True")
    column = partial(_column, frame)
    texts, names = column("text", text), column("speaker", speaker)
    keys = [True] * len(texts) if conversation is True else column("conversation", conversation)
    times = column("time", time)
    said = [_utterance(n, *each) for n, each in enumerate(zip(texts, names, times, strict=True))]
    groups = _groups(keys)
    if time is not None:
        _require_times(times)
        for _, group in groups:
            group.sort(key=times.__getitem__)
    return _Rows(said, groups)


def _column(frame: nw.DataFrame[Any], what: str, name: Any) -> list[Any]:
    """The cells of a column, None where a value is missing; all None where no column is named."""
    if name is None:
        return [None] * len(frame)
    if name not in frame.columns:
        raise InputError(f"{what}: the frame has no column of this name; say {what}=... with one that it has")
    return [None if missing(value) else value for value in frame.get_column(name).to_list()]


def _utterance(row: int, text: Any, speaker: Any, time: Any) -> Utterance | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise InputError(f"row {row} of the text column holds no text but {type(text).__name__}")
    return Utterance(text, "" if speaker is None else str(speaker), time if isinstance(time, datetime) else None)


def _groups(keys: Sequence[Any]) -> list[tuple[Hashable, list[int]]]:
    """The rows of each key, in order; one without a key is a group by itself."""
    found: dict[Hashable, list[int]] = {}
    for n, key in enumerate(keys):
        if not isinstance(key, Hashable):
            raise InputError(f"row {n} of the conversation column holds a {type(key).__name__}, which is no key")
        found.setdefault((n, None) if key is None else (None, key), []).append(n)
    return [(key[1], group) for key, group in found.items() if isinstance(key, tuple)]


def _require_times(times: Sequence[Any]) -> None:
    lacking = sum(time is None for time in times)
    if lacking:
        raise InputError(f"{lacking} of {len(times)} rows have no time: leave time out, or those rows")
    if not all(isinstance(time, date | int | float) for time in times):
        raise InputError("time must hold times, dates or numbers, not text: pandas.to_datetime and the like make them")
    try:
        sorted(times)
    except TypeError:
        raise InputError(
            "the times cannot be put in order: all must be of one kind, with a time zone or all without"
        ) from None


# Writing -------------------------------------------------------------------------------------------------------------

_SPAN = nw.Struct(
    {"label": nw.String(), "start": nw.Int64(), "end": nw.Int64(), "weight": nw.Float64(), "why": nw.String()}
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a new column holds: ``of`` makes the cell of a prediction."""

    of: Callable[[Prediction], Any]
    dtype: Any


def _named(analyzer: Analyzer, add: Sequence[str]) -> Mapping[str, _Kind]:
    """The new columns by name, in the order of `COLUMNS`."""
    labels = nw.List(nw.String())
    kinds = {
        "labels": {"labels": _Kind(lambda seen: list(seen.labels), labels)},
        "unsure": {"unsure": _Kind(lambda seen: list(seen.unsure), labels)},
        "scores": {f"p_{name}": _Kind(partial(_score, name), nw.Float64()) for name in analyzer.model.labels},
        "evidence": {"evidence": _Kind(lambda seen: seen.to_dict()["spans"], nw.List(_SPAN))},
    }
    return {name: kind for each in COLUMNS if each in add for name, kind in kinds[each].items()}


def _score(name: str, seen: Prediction) -> float:
    return float(seen.scores[name])


def _series(frame: nw.DataFrame[Any], name: str, seen: Sequence[Prediction | None], kind: _Kind) -> nw.Series[Any]:
    cells = [None if each is None else kind.of(each) for each in seen]
    # pandas keeps lists as objects; a type for them would need pyarrow.
    dtype = None if frame.implementation.is_pandas_like() and kind.dtype != nw.Float64 else kind.dtype
    return nw.new_series(name, cells, dtype, backend=frame.implementation)

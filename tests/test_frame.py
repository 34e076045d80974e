"""Data frames labelled row by row: the same kind of frame back, whatever its kind, order, index and gaps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.analyzer import Analyzer, load
from relcomm.errors import InputError, ModelError
from relcomm.integrations.frame import COLUMNS, conversations, label
from relcomm.types import Conversation, Prediction, Utterance
from spelled import MODEL

CANARY = "quince"
START = datetime(2026, 3, 1, 18, 0)  # noqa: DTZ001 - most tables have times without a zone
SAID = [
    ("a", "Ann", "You never listen to me, you're so selfish.", 2),
    ("b", "Eve", "Did you eat?", 0),
    ("a", "Ben", "That's not my fault! You always say that.", 3),
    (None, "Ann", "Whatever. I'm done talking about this.", 0),
    ("b", None, "You pig!", 1),
    ("a", "Ann", None, 5),
    ("a", "Ann", "Whatever. I'm done talking about this.", 4),
    ("a", "Ben", "Dinner is ready.", 1),
]
DATA: dict[str, list[Any]] = {
    "chat": [row[0] for row in SAID],
    "who": [row[1] for row in SAID],
    "body": [row[2] for row in SAID],
    "sent": [START + timedelta(minutes=row[3]) for row in SAID],
}
NAMES = {"text": "body", "speaker": "who", "conversation": "chat"}
FRAMES: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "pandas": pd.DataFrame,
    "pandas with objects": lambda data: pd.DataFrame(data, dtype=object),
    "pandas of pyarrow": lambda data: pd.DataFrame(data).convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
}
each_frame = pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)


def cells(frame: Any, name: str) -> list[Any]:
    """The cells of a column as plain values, None where missing."""
    column = frame[name]
    found = (
        column.to_pylist() if hasattr(column, "to_pylist") else column.to_list() if hasattr(column, "to_list") else []
    )
    return [None if isinstance(cell, float) and np.isnan(cell) else cell for cell in found]


def expected(analyzer: Analyzer, rows: list[tuple[int, ...]]) -> list[Prediction | None]:
    """What each row of `DATA` is, given the rows of each conversation in order."""
    found: list[Prediction | None] = [None] * len(SAID)
    for group in rows:
        there = [n for n in group if SAID[n][2] is not None]
        talk = Conversation(tuple(Utterance(str(SAID[n][2]), SAID[n][1] or "") for n in there))
        for n, seen in zip(there, analyzer.label(talk.turns()), strict=True):
            found[n] = seen
    return found


@each_frame
@pytest.mark.parametrize(
    ("time", "groups"),
    [(None, [(0, 2, 5, 6, 7), (1, 4), (3,)]), ("sent", [(7, 0, 2, 6, 5), (1, 4), (3,)])],
    ids=["in row order", "by time"],
)
def test_each_row_in_its_conversation(make: Any, time: str | None, groups: Any, ngram: Analyzer) -> None:
    frame = make(DATA)
    found = label(frame, **NAMES, time=time, add=COLUMNS, model="ngram")
    seen = expected(ngram, groups)
    assert type(found) is type(frame)
    assert cells(found, "labels") == [each and list(each.labels) for each in seen]
    assert cells(found, "unsure") == [each and list(each.unsure) for each in seen]
    assert cells(found, "evidence") == [each and each.to_dict()["spans"] for each in seen]
    for name in ngram.model.labels:
        assert cells(found, f"p_{name}") == [each and each.scores[name] for each in seen]
    for name in DATA:
        assert cells(found, name) == cells(frame, name)
    assert sum(bool(each and each.labels) for each in seen) >= 3


@each_frame
def test_only_what_was_asked_for_is_added(make: Any) -> None:
    frame = make(DATA)
    given = list(frame.schema.names if isinstance(frame, pa.Table) else frame.columns)
    probabilities = [f"p_{name}" for name in load(MODEL).model.labels]
    for add, names in (
        ({}, ["labels", "unsure"]),
        ({"add": []}, []),
        ({"add": ["scores", "labels"]}, ["labels", *probabilities]),
    ):
        found = label(frame, text="body", model=MODEL, **add)
        assert list(found.schema.names if isinstance(found, pa.Table) else found.columns) == given + names
    assert list(frame.schema.names if isinstance(frame, pa.Table) else frame.columns) == given


@each_frame
def test_types_are_those_of_the_library(make: Any) -> None:
    frame = label(make({"text": ["You pig!", None]}), add=COLUMNS, model="ngram")
    empty = label(make({"text": ["a"]})[:0], add=COLUMNS, model="ngram")
    assert len(empty) == 0
    if isinstance(frame, pl.DataFrame):
        assert frame.schema == empty.schema
        assert frame.schema["labels"] == pl.List(pl.String)
        assert frame["evidence"].explode().struct.field("start").to_list()[0] == 0
    elif isinstance(frame, pa.Table):
        assert frame.schema == empty.schema
        assert frame.schema.field("labels").type == pa.list_(pa.string())
        assert frame.schema.field("p_threat").type == pa.float64()
    else:
        assert frame["p_threat"].dtype == empty["p_threat"].dtype == np.float64
        assert frame["labels"].dtype == empty["labels"].dtype == object
        assert frame["p_threat"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    "index",
    [
        [9, 3, 5, 0, 1, 2, 4, 7],
        [0] * 8,
        list("hgfedcba"),
        pd.MultiIndex.from_product([["x", "y"], range(4)], names=["k", "n"]),
        pd.date_range("2026-01-01", periods=8),
    ],
    ids=["shuffled", "the same for all", "texts", "of several levels", "dates"],
)
def test_an_index_stays(index: Any) -> None:
    frame = pd.DataFrame(DATA, index=index)
    before = frame.copy(deep=True)
    found = label(frame, **NAMES, model=MODEL)
    pd.testing.assert_frame_equal(found[list(DATA)], before)
    pd.testing.assert_frame_equal(frame, before)
    assert found["labels"].tolist() == label(pd.DataFrame(DATA), **NAMES, model=MODEL)["labels"].tolist()


def test_without_a_conversation_a_row_stands_alone(ngram: Analyzer) -> None:
    found = label(pl.DataFrame(DATA), text="body", speaker="who", model="ngram", add=["scores"])
    assert found["p_threat"].to_list() == [
        None if text is None else ngram.classify(text, speaker=who or "").scores["threat"] for _, who, text, _ in SAID
    ]


def test_a_frame_that_is_one_conversation(ngram: Analyzer) -> None:
    rows = [row for row in SAID if row[2] is not None]
    frame = pl.DataFrame({"text": [row[2] for row in rows], "who": [row[1] for row in rows]})
    found = label(frame, speaker="who", conversation=True, model="ngram", add=["scores"])
    talk = Conversation(tuple(Utterance(str(row[2]), row[1] or "") for row in rows))
    assert found["p_threat"].to_list() == [seen.scores["threat"] for seen in ngram.label(talk.turns())]


def test_a_prior_is_heard() -> None:
    frame = pd.DataFrame({"text": ["You pig!"]})
    usual, rare = (
        label(frame, model="ngram", add=["scores"], prior=prior)["p_contempt"][0] for prior in (None, "everyday")
    )
    assert rare < usual


TIMES: dict[str, list[Any]] = {
    "times": [START + timedelta(hours=n) for n in (2, 0, 1)],
    "with a zone": [START.replace(tzinfo=UTC) + timedelta(hours=n) for n in (2, 0, 1)],
    "dates": [date(2026, 3, n) for n in (3, 1, 2)],
    "whole numbers": [20, 0, 10],
    "numbers": [0.2, -0.1, 0.1],
}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
def test_times_of_any_kind(make: Any, times: list[Any]) -> None:
    frame = make({"text": ["c", "a", "b"], "when": times})
    (talk,) = conversations(frame, time="when")
    assert [said.text for said in talk.utterances] == ["a", "b", "c"]
    assert all(
        said.time is None or said.time == when for said, when in zip(talk.utterances, sorted(times), strict=True)
    )


def test_at_the_same_time_rows_keep_their_order() -> None:
    (talk,) = conversations(pd.DataFrame({"text": list("abcd"), "when": [1, 0, 1, 0]}), time="when")
    assert [said.text for said in talk.utterances] == ["b", "d", "a", "c"]


@each_frame
def test_conversations(make: Any, ngram: Analyzer) -> None:
    found = list(conversations(make(DATA), **NAMES, time="sent"))
    assert [(talk.id, len(talk), talk.speakers) for talk in found] == [
        ("a", 4, ("Ben", "Ann")),
        ("b", 2, ("Eve",)),
        ("", 1, ("Ann",)),
    ]
    assert found[0].utterances[0].time == START + timedelta(minutes=1)
    assert len(list(ngram.analyze_many(found))) == 3


@pytest.mark.parametrize(
    "keys", [[1, 2, 1], [1.5, 2.0, 1.5], [True, False, True], [date(2026, 1, n) for n in (1, 2, 1)]], ids=str
)
def test_keys_of_any_kind(keys: list[Any]) -> None:
    for make in (pd.DataFrame, pl.DataFrame, pa.table):
        found = conversations(make({"text": list("abc"), "chat": keys}), conversation="chat")
        assert [[said.text for said in talk.utterances] for talk in found] == [["a", "c"], ["b"]]


def test_speakers_by_number_and_by_category() -> None:
    for who in ([1, 2, 1], pd.Categorical(["1", "2", "1"])):
        (talk,) = conversations(pd.DataFrame({"text": list("abc"), "who": who}), speaker="who")
        assert [said.speaker for said in talk.utterances] == ["1", "2", "1"]


TEXT = {"text": ["Fine.", "Out."]}
WRONG: dict[str, tuple[Any, dict[str, Any], str]] = {
    "lazy": (pl.LazyFrame(TEXT), {}, r"collect\(\)"),
    "a list": (["Fine."], {}, "data frame is needed"),
    "a series": (pd.Series(["Fine."]), {}, "data frame is needed"),
    "a dict": (TEXT, {}, "data frame is needed"),
    "an array": (np.array([["Fine."]]), {}, "data frame is needed"),
    "no such text": (pd.DataFrame(TEXT), {"text": CANARY}, "text: the frame has no column"),
    "no such speaker": (pl.DataFrame(TEXT), {"speaker": CANARY}, "speaker: the frame has no column"),
    "no such conversation": (pa.table(TEXT), {"conversation": CANARY}, "conversation: the frame has no column"),
    "no such time": (pl.DataFrame(TEXT), {"conversation": True, "time": CANARY}, "time: the frame has no column"),
    "numbers": (pd.DataFrame({"text": [1, 2]}), {}, "row 0 of the text column"),
    "one number": (pd.DataFrame({"text": [CANARY, 2]}), {}, "row 1 of the text column holds no text but int"),
    "time without a conversation": (pd.DataFrame({**TEXT, "t": [1, 2]}), {"time": "t"}, "name its column"),
    "a missing time": (
        pl.DataFrame({**TEXT, "t": [1, None]}), {"conversation": True, "time": "t"}, "1 of 2 rows have no time"),
    "times as text": (
        pd.DataFrame({**TEXT, "t": [CANARY, "b"]}), {"conversation": True, "time": "t"}, "not text"),
    "times with and without zone": (
        pd.DataFrame({**TEXT, "t": pd.Series([START, START.replace(tzinfo=UTC)], dtype=object)}),
        {"conversation": True, "time": "t"}, "put in order"),
    "lists for keys": (pl.DataFrame({**TEXT, "k": [[CANARY], ["b"]]}), {"conversation": "k"}, "row 0 of the conversation"),
    "labels there already": (pd.DataFrame({**TEXT, "labels": [CANARY] * 2}), {}, r"already has the column\(s\) labels"),
    "two columns of one name": (pd.DataFrame([["a", CANARY]], columns=["text", "text"]), {}, "different names"),
    "add as a text": (pd.DataFrame(TEXT), {"add": "labels"}, "add must list"),
    "add of something else": (pd.DataFrame(TEXT), {"add": [CANARY]}, "add must list"),
}  # fmt: skip


@pytest.mark.parametrize(("frame", "options", "told"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_read_is_told(frame: Any, options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        label(frame, **{"model": MODEL, **options})
    assert CANARY not in str(caught.value)


def test_other_mistakes() -> None:
    with pytest.raises(ModelError):
        label(pd.DataFrame(TEXT), model="no-such-model")
    with pytest.raises(TypeError, match="speakers"):
        label(pd.DataFrame(TEXT), speakers="who")


CHAT = st.tuples(
    st.sampled_from(["x", "y", None]),
    st.sampled_from(["Ann", "Ben", None]),
    st.none() | st.text(max_size=12),
    st.integers(0, 3),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(CHAT, max_size=12), st.booleans())
def test_interleaved_or_apart_is_the_same(rows: list[tuple[Any, ...]], by_time: bool) -> None:
    analyzer = load(MODEL)
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    kinds = [pl.String, pl.String, pl.String, pl.Int64]
    names = ["chat", "who", "text", "t"]
    frame = pl.DataFrame([pl.Series(*each) for each in zip(names, columns, kinds, strict=True)])
    time = "t" if by_time else None
    found = label(frame, speaker="who", conversation="chat", time=time, add=["scores"], model=MODEL)
    name = f"p_{analyzer.model.labels[0]}"
    apart = [seen.scores[name[2:]] for talk in conversations(frame, speaker="who", conversation="chat", time=time)
             for seen in analyzer.label(talk.turns())]  # fmt: skip
    assert sorted(cell for cell in found[name].to_list() if cell is not None) == sorted(apart)
    assert [cell is None for cell in found[name].to_list()] == [row[2] is None for row in rows]

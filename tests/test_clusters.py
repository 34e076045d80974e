"""relcomm on a Dask cluster of two workers, and in Spark on two cores: what they say is what is said here."""

from __future__ import annotations

import builtins
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from joblib import parallel_config

from relcomm.analyzer import Analyzer
from relcomm.errors import InputError, MissingExtraError
from relcomm.integrations import spark as integration
from relcomm.types import Conversation, Prediction, Span, Turn, Utterance

TEXTS = [
    "You never listen, you're so selfish.",
    "Whatever.",
    "Did you eat \U0001f600? You're pathetic.",
    "",
    "I'm sorry.",
]
TALK = Conversation(tuple(Utterance(f"{text} {n}" * bool(text), "Ann") for n, text in enumerate(TEXTS * 4)))
TURNS = list(TALK.turns())
# What these libraries warn of is theirs.
pytestmark = pytest.mark.filterwarnings("default")


# Dask ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dask() -> Iterator[None]:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'relcomm[dask]'")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster,
        distributed.Client(cluster),
    ):
        yield


def test_dask_says_the_same(dask: None, ngram: Analyzer) -> None:
    turns, talks = list(ngram.label(TURNS)), list(ngram.analyze_many([TALK, Conversation(()), TALK]))
    with parallel_config(backend="dask"):
        assert list(ngram.label(TURNS, batch_size=7)) == turns
        assert list(ngram.analyze_many([TALK, Conversation(()), TALK])) == talks


# Spark ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    for library in ("pyspark", "pandas", "pyarrow"):
        pytest.importorskip(library, reason=f"{library} is not installed: pip install 'relcomm[spark]'")
    if not shutil.which("java"):
        pytest.skip("Spark needs java")
    from pyspark.sql import SparkSession

    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    build = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = build.config("spark.sql.execution.arrow.maxRecordsPerBatch", "7").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def frame(spark: Any) -> Any:
    schema = "n int, text string, speaker string, context array<struct<speaker:string,text:string>>"
    rows = [
        (n, turn.utterance.text, turn.utterance.speaker, [(said.speaker, said.text) for said in turn.context])
        for n, turn in enumerate(TURNS)
    ]
    return spark.createDataFrame([*rows, (len(rows), None, "Ann", None), (len(rows) + 1, TEXTS[0], None, None)], schema)


def predictions(rows: list[Any]) -> list[Prediction | None]:
    return [
        None
        if row.seen.labels is None
        else Prediction(
            tuple(row.seen.labels),
            row.seen.scores,
            tuple(Span(*span) for span in ((s.start, s.end, s.label, s.weight, s.why) for s in row.seen.spans)),
            tuple(row.seen.unsure),
            tuple(row.seen.flags),
        )
        for row in sorted(rows)
    ]


def test_spark_says_the_same(spark: Any, frame: Any, ngram: Analyzer) -> None:
    label = integration.labeller("ngram")
    expected = [*ngram.label(TURNS), None, ngram.classify(TEXTS[0])]
    found = predictions(frame.select("n", label("text", "speaker", "context").alias("seen")).collect())
    assert found == expected
    alone = predictions(frame.select("n", label("text").alias("seen")).limit(3).collect())
    assert alone == [ngram.classify(text) for text in (turn.utterance.text for turn in TURNS[:3])]
    spark.udf.register("relcomm_label", label)
    frame.createOrReplaceTempView("talk")
    query = "select n from talk where array_contains(relcomm_label(text, speaker, context).labels, 'criticism')"
    given = [n for n, each in enumerate(expected) if each and "criticism" in each.labels]
    assert given == sorted(row.n for row in spark.sql(query).collect()) != []


def test_spark_gets_no_word_of_what_is_wrong(frame: Any) -> None:
    with pytest.raises(Exception, match="the speaker column must be strings") as caught:
        frame.select(integration.labeller("ngram")("text", "n")).collect()
    assert "selfish" not in str(caught.value)


# Rows, without Spark -------------------------------------------------------------------------------------------------


class Row(tuple[Any, ...]):
    """A struct as older Sparks give it."""

    def asDict(self) -> dict[str, Any]:  # noqa: N802 - Spark's own name
        return dict(self)


def test_how_rows_are_read() -> None:
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    contexts = [
        None,
        [{"speaker": "Ben", "text": "No."}, None, {"text": None}],
        [Row([("text", "Yes."), ("speaker", None)])],
    ]
    columns = [pd.Series(["a", None, "c"]), pd.Series(["Ann", "Ben", None]), pd.Series(contexts, dtype=object)]
    first, third = Turn(Utterance("a", "Ann")), Turn(Utterance("c"), (Utterance("Yes."),))
    assert integration._turns(columns) == [first, None, third]
    columns[0] = pd.Series(["a", "b", float("nan")], dtype=object)
    assert integration._turns(columns) == [first, Turn(Utterance("b", "Ben"), (Utterance("No.", "Ben"),)), None]


WRONG: dict[str, Callable[[Any], list[Any]]] = {
    "numbers": lambda pd: [pd.Series([1])],
    "a struct": lambda pd: [pd.DataFrame({"text": ["quince"]})],
    "numbers for speakers": lambda pd: [pd.Series(["quince"]), pd.Series([1])],
    "a text for context": lambda pd: [pd.Series(["quince"]), pd.Series([""]), pd.Series(["quince"])],
    "texts for context": lambda pd: [pd.Series(["a"]), pd.Series([""]), pd.Series([["quince"]])],
    "structs without text": lambda pd: [pd.Series(["a"]), pd.Series([""]), pd.Series([[{"said": "quince"}]])],
    "structs with numbers": lambda pd: [pd.Series(["a"]), pd.Series([""]), pd.Series([[{"text": 1}]])],
    "four columns": lambda pd: [pd.Series(["quince"])] * 4,
}


@pytest.mark.parametrize("columns", WRONG.values(), ids=WRONG)
def test_columns_that_cannot_be_read(columns: Callable[[Any], list[Any]]) -> None:
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    with pytest.raises(InputError, match="column") as caught:
        integration._turns(columns(pd))
    assert "quince" not in str(caught.value)


@pytest.mark.parametrize("library", ["pandas", "pyarrow", "pyspark"])
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    known = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == library:
            raise ImportError
        return object() if name in ("pandas", "pyarrow", "pyspark") else known(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=rf"{library}: pip install 'relcomm\[spark\]'"):
        integration.labeller("ngram")

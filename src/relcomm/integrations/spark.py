"""relcomm inside Spark: a column of turns becomes a column of what they do. ``pip install 'relcomm[spark]'``.

Earlier turns are columns, too: a window over each conversation collects them, oldest first, the last four are read::

    from pyspark.sql import Window, functions as F
    from relcomm.integrations.spark import labeller

    before = Window.partitionBy("conversation").orderBy("turn").rowsBetween(-4, -1)
    talk = talk.withColumn("context", F.collect_list(F.struct("speaker", "text")).over(before))
    seen = talk.withColumn("seen", labeller("base")("text", "speaker", "context"))
    seen.where(F.array_contains("seen.labels", "contempt")).select("conversation", "turn", "seen.scores")

Every worker needs relcomm, and the model at the driver's path or among those that came with relcomm; its digest must be
the driver's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from relcomm.analyzer import load
from relcomm.errors import InputError, MissingExtraError
from relcomm.types import Prediction, Span, Turn, Utterance


def labeller(model: str | Path = "base", *, prior: str | Mapping[str, float] | None = None) -> Any:
    """A ``pandas_udf`` of one to three columns: the text; who speaks (str); what was said before.

    What was said before is an array of structs with ``text`` and ``speaker``, oldest first. The result is a struct of
    ``labels``, ``scores`` (a map), ``spans`` (their places count characters of the text), ``unsure`` and ``flags``,
    unrounded, as `Prediction` has them; all of it is null where the text is. Of speakers and earlier turns, null means
    unknown and none. ``model`` and ``prior`` as in `relcomm.load`. Each Python worker loads the model once.
    """
    _require("pandas", "pyarrow", "pyspark")
    import pandas as pd
    from pyspark.sql.functions import pandas_udf

    analyzer = load(model, prior=prior)

    def seen(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:  # a Series where one column was given
            turns = _turns(batch if isinstance(batch, tuple) else (batch,))
            predictions = analyzer.label((turn for turn in turns if turn is not None), n_jobs=1)
            rows = [_NOTHING if turn is None else _row(next(predictions)) for turn in turns]
            yield pd.DataFrame(rows, columns=list(_NOTHING), dtype=object)

    # By hand: Spark reads the kind of function from these, and cannot look up names that are known in here only.
    seen.__annotations__ = {"batches": Iterator[tuple[pd.Series, ...]], "return": Iterator[pd.DataFrame]}
    return pandas_udf(seen, returnType=_kind())


_NOTHING: Mapping[str, Any] = dict.fromkeys(("labels", "scores", "spans", "unsure", "flags"))


def _require(*libraries: str) -> None:
    for library in libraries:
        try:
            __import__(library)
        except ImportError:
            raise MissingExtraError(library, "spark") from None


def _kind() -> Any:
    from pyspark.sql import types as t

    words = t.ArrayType(t.StringType())
    span = {"label": t.StringType(), "start": t.IntegerType(), "end": t.IntegerType()}
    span |= {"weight": t.DoubleType(), "why": t.StringType()}
    spans = t.ArrayType(t.StructType([t.StructField(name, kind) for name, kind in span.items()]))
    kinds = {"labels": words, "scores": t.MapType(t.StringType(), t.DoubleType()), "spans": spans}
    return t.StructType([t.StructField(name, kinds.get(name, words)) for name in _NOTHING])


def _row(seen: Prediction) -> dict[str, Any]:
    spans = [_span(span) for span in seen.spans]
    return {
        "labels": list(seen.labels),
        "scores": dict(seen.scores),
        "spans": spans,
        "unsure": list(seen.unsure),
        "flags": list(seen.flags),
    }


def _span(span: Span) -> dict[str, Any]:
    return {"label": span.label, "start": span.start, "end": span.end, "weight": span.weight, "why": span.why}


def _turns(columns: Sequence[Any]) -> list[Turn | None]:
    """The turn of each row; None where there is no text."""
    if len(columns) > 3:
        raise InputError("the labeller takes up to three columns: text, speaker, context")
    texts = _values(columns[0], "text")
    speakers = _values(columns[1], "speaker") if len(columns) > 1 else [None] * len(texts)
    contexts = columns[2].tolist() if len(columns) > 2 else [None] * len(texts)
    rows = zip(texts, speakers, contexts, strict=True)
    return [
        None if text is None else Turn(Utterance(text, speaker or ""), _context(context))
        for text, speaker, context in rows
    ]


def _values(column: Any, name: str) -> list[str | None]:
    """The strings of a column. Raises `InputError` if it holds anything else."""
    if not hasattr(column, "isna") or column.ndim != 1:
        raise InputError(f"the {name} column must be strings")
    values = [None if missing else value for value, missing in zip(column.tolist(), column.isna(), strict=True)]
    if not all(value is None or isinstance(value, str) for value in values):
        raise InputError(f"the {name} column must be strings")
    return values


def _context(earlier: Any) -> tuple[Utterance, ...]:
    if earlier is None:
        return ()
    if isinstance(earlier, str | bytes) or not hasattr(earlier, "__len__"):
        raise InputError(_WRONG_CONTEXT)
    said = [_fields(each) for each in earlier if each is not None]
    return tuple(Utterance(each["text"], each.get("speaker") or "") for each in said if each["text"] is not None)


_WRONG_CONTEXT = "the context column must be arrays of structs with text and speaker, both strings, oldest first"


def _fields(said: Any) -> Mapping[str, Any]:
    """One earlier turn: Spark gives structs as dicts, older ones as rows."""
    fields = said.asDict() if hasattr(said, "asDict") else said
    if not isinstance(fields, Mapping) or "text" not in fields:
        raise InputError(_WRONG_CONTEXT)
    if not all(isinstance(fields.get(name), str | None) for name in ("text", "speaker")):
        raise InputError(_WRONG_CONTEXT)
    return fields

"""Whether labels and scores are the same to the last bit wherever they are worked out, and what a second worker gives.

usage: python benchmarks/backends.py [--turns 20000] [--models ngram small] [--batches 1 7 256] [--only serial dask ...]

scripts/backends makes an environment of its own with Dask and Spark, and runs this there. Turns are labelled here, in
two threads, in two processes, on a Dask cluster of two workers, each a process, and by Spark on local[2], in batches of
so many turns; every label, score, span, weight and flag must be that of the first serial run, bit for bit. Prints how
many are, and the efficiency of two workers: the speed-up over the serial run with the same batches, halved. Workers are
up, and have the model, before the clock starts. What is not installed is left out, and said so.
"""

import argparse
import hashlib
import itertools
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from shutil import which
from typing import Any

from joblib import parallel_config

from relcomm.analyzer import Analyzer, load
from relcomm.types import Conversation, Prediction, Span, Turn, Utterance

NAMED = ["my brother", "the dentist", "your mother", "the landlord", "Tom", "the bank", "our neighbour", "the school"]
SAID = [
    "You never think of anybody but yourself when {} calls.",
    "I told {} we would be late, that's all.",
    "It's not my fault that {} forgot, you should have asked.",
    "Could you ring {} on your way home?",
    "Fine. Whatever. Ask {} then.",
    "I'm sorry, I should have told you about {} first.",
    "If you talk to {} again I'm leaving.",
    "There is soup left from when {} was here.",
    "You're pathetic, even {} says so.",
    "Thank you for sitting with {} all afternoon.",
    "I need ten minutes, then we can talk about {}.",
]
Label = Callable[[int, int], list[Prediction]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=20_000)
    parser.add_argument("--models", nargs="+", default=["ngram", "small"])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 7, 256])
    parser.add_argument("--only", nargs="+", choices=BACKENDS, default=list(BACKENDS))
    options = parser.parse_args()
    turns = list(itertools.islice(talk(), options.turns))
    print(f"{'model':8}{'backend':11}{'batch':>6}{'seconds':>9}{'turns/s':>9}{'efficiency':>12}  the same as serial")
    differ = sum(compare(name, turns, options) for name in options.models)
    sys.exit(f"{differ} predictions differ" if differ else 0)


def talk() -> Iterator[Turn]:
    """Turns of one endless conversation, no two of them the same, with what came before."""
    said = (
        Utterance(f"{SAID[n * 7 % 11].format(NAMED[n // 11 % 8])} {n // 88 or ''}".strip(), ("Ann", "Ben")[n % 2])
        for n in itertools.count()
    )
    while True:
        yield from Conversation(tuple(itertools.islice(said, 1000))).turns()


def compare(name: str, turns: list[Turn], options: argparse.Namespace) -> int:
    """Print a line for each backend and batch size; how many predictions differ from the serial run's."""
    analyzer, first, serial, differ = load(name), [], {}, 0
    for backend in options.only:
        if missing := lacking(backend):
            print(f"{name:8}{backend:11}left out: {missing} is missing")
            continue
        with BACKENDS[backend](analyzer, turns) as label:
            label(1, 64)  # before the clock starts: every worker loads the model
            for batch in options.batches:
                start = time.perf_counter()
                seen = label(batch, len(turns))
                taken = time.perf_counter() - start
                found = [digest(each) for each in seen]
                first = first or found
                if backend == "serial":
                    serial[batch] = taken
                same = sum(one == other for one, other in zip(first, found, strict=True))
                differ += len(turns) - same
                share = f"{serial[batch] / taken / 2:.2f}" if backend != "serial" and batch in serial else "-"
                line = f"{name:8}{backend:11}{batch:6}{taken:9.1f}{len(turns) / taken:9,.0f}{share:>12}"
                print(f"{line}  {same:,} of {len(turns):,}", flush=True)
    return differ


def digest(seen: Prediction) -> bytes:
    """Everything in a prediction, numbers bit for bit."""
    parts = [*seen.labels, "|", *seen.unsure, "|", *seen.flags, "|"]
    parts += [f"{label}={float(score).hex()}" for label, score in sorted(seen.scores.items())]
    parts += [f"{s.label} {s.start} {s.end} {float(s.weight).hex()} {s.why}" for s in seen.spans]
    return hashlib.sha256("\n".join(parts).encode()).digest()


def lacking(backend: str) -> str:
    needed = {"dask": ["distributed"], "spark": ["pyspark", "pandas", "pyarrow"]}.get(backend, [])
    gone = [library for library in needed if find_spec(library) is None]
    return ", ".join([*gone, *(["java"] if backend == "spark" and not which("java") else [])])


# Backends: each gives a function that labels, in batches of a size, so many of the turns ------------------------------------------


@contextmanager
def here(analyzer: Analyzer, turns: list[Turn]) -> Iterator[Label]:
    yield lambda batch, count: list(analyzer.label(turns[:count], batch_size=batch, n_jobs=1))


def by_joblib(**config: Any) -> Any:
    @contextmanager
    def carried(analyzer: Analyzer, turns: list[Turn]) -> Iterator[Label]:
        with parallel_config(**config):
            yield lambda batch, count: list(analyzer.label(turns[:count], batch_size=batch))

    return carried


@contextmanager
def on_dask(analyzer: Analyzer, turns: list[Turn]) -> Iterator[Label]:
    from distributed import Client, LocalCluster

    with ExitStack() as stack:
        cluster = stack.enter_context(
            LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0)
        )
        stack.enter_context(Client(cluster))
        with parallel_config(backend="dask"):
            yield lambda batch, count: list(analyzer.label(turns[:count], batch_size=batch))


@contextmanager
def on_spark(analyzer: Analyzer, turns: list[Turn]) -> Iterator[Label]:
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    from pyspark.sql import SparkSession

    from relcomm.integrations.spark import labeller

    settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.driver.memory": "1g"}
    build = SparkSession.builder.master("local[2]")
    for key, value in settings.items():
        build = build.config(key, value)
    spark = build.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    rows = [
        (n, turn.utterance.text, turn.utterance.speaker, [(said.speaker, said.text) for said in turn.context])
        for n, turn in enumerate(turns)
    ]
    schema = "n int, text string, speaker string, context array<struct<speaker:string,text:string>>"
    frame = spark.createDataFrame(rows, schema).repartition(8).cache()
    frame.count()
    seen = labeller(analyzer.model.name)("text", "speaker", "context")

    def label(batch: int, count: int) -> list[Prediction]:
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(batch))
        asked = frame.where(frame.n < count).select("n", seen.alias("seen"))
        return [prediction(row.seen) for row in sorted(asked.collect())]

    try:
        yield label
    finally:
        spark.stop()


def prediction(row: Any) -> Prediction:
    spans = tuple(Span(s.start, s.end, s.label, s.weight, s.why) for s in row.spans)
    return Prediction(tuple(row.labels), row.scores, spans, tuple(row.unsure), tuple(row.flags))


BACKENDS = {
    "serial": here,
    "threads": by_joblib(backend="threading", n_jobs=2),
    "processes": by_joblib(backend="loky", n_jobs=2),
    "dask": on_dask,
    "spark": on_spark,
}


if __name__ == "__main__":
    main()

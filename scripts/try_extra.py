"""Tries an installed relcomm, and one of its extras, where no network is.

``python -I scripts/try_extra.py EXTRA`` prints what held, in one line, and ends with 0; anything else is an error. scripts/extras runs it in environments that hold
nothing but the wheel, the extra, and what these need.
"""

import importlib.util
import io
import ipaddress
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from importlib.metadata import files
from pathlib import Path
from typing import Any

HURTS = "You never listen to me, you're so selfish."
TALK = f"Ann: Did you pay the rent?\nBen: {HURTS}\nAnn: It's not my fault.\nBen: I'm sorry, that was unfair of me.\n"
BIN = Path(sys.prefix, "bin")
OPTIONAL = (
    "distributed",
    "fastapi",
    "mcp",
    "onnx",
    "polars",
    "pyarrow",
    "pyreadstat",
    "pyspark",
    "torch",
    "transformers",
)
"""Libraries that the core must do without."""


def ban_network() -> None:
    """Raise where this process would look up a name or talk to another machine, and bring up this machine's own loop."""

    def watched(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo":
            host = arguments[0]
        elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
            host = arguments[1][0]
        else:
            return
        host = host.decode() if isinstance(host, bytes) else host
        if host not in (None, "", "localhost", socket.gethostname()) and not ipaddress.ip_address(host).is_loopback:
            raise PermissionError(f"the network is banned here ({event})")

    sys.addaudithook(watched)
    if shutil.which("ip"):
        subprocess.run(["ip", "link", "set", "lo", "up"], capture_output=True, check=False)


def relcomm(*argv: str, given: str = "") -> str:
    """What a command prints."""
    done = subprocess.run([BIN / "relcomm", *argv], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def core() -> str:
    """Every command and every model, the readers, the writers, the report, scikit-learn, spaCy: with nothing else there."""
    import relcomm as installed
    from relcomm import report
    from relcomm.errors import MissingExtraError
    from relcomm.writers import WRITERS, write

    assert [name for name in OPTIONAL if importlib.util.find_spec(name)] == []
    assert [str(file) for file in files("relcomm") or () if "sboms/" in str(file)] != []
    Path("talk.txt").write_text(TALK)
    analysis = installed.analyze(installed.read("talk.txt"))
    assert "criticism" in analysis.predictions[1].labels
    assert "A conversation, read turn by turn" in report.html(analysis)
    written, refused = 0, 0
    for name, writer in WRITERS.items():
        try:
            write(analysis, f"out_{name}{writer.SUFFIX}", format=name)
            written += 1
        except MissingExtraError:
            refused += 1
    assert refused == 2
    for model in ("ngram", "small", "base"):
        answer = json.loads(relcomm("label", "--model", model, given=json.dumps({"text": HURTS})))
        assert "criticism" in answer["labels"]
    assert "criticism" in relcomm("analyze", "talk.txt", "--me", "Ben", "--html", "talk.html", "--out", "talk.csv")
    assert Path("talk.html").stat().st_size > 10_000
    assert "instead" in relcomm("check", HURTS)
    assert "contempt" in relcomm("labels")
    assert "capabilit" in relcomm("evaluate", "--suite", "relcheck", "--model", "ngram")
    coded = [
        json.dumps({"conversation": f"c{n}", "turn": 1, "speaker": "A", "text": text, "labels": labels})
        for n in range(60)
        for text, labels in ((f"you never help me {n}", ["criticism"]), (f"the bus is late {n}", []))
    ]
    Path("coded.jsonl").write_text("\n".join(coded))
    relcomm("train", "coded.jsonl", "--out", "own")
    assert "criticism" in relcomm("label", "--model", "own", given=json.dumps({"text": "you never help me 3"}))
    _libraries()
    return f"core: 3 models, {written} formats written, {refused} ask for their extra; commands, training, spaCy, scikit-learn"


def _libraries() -> None:
    import spacy

    from relcomm.integrations.sklearn import UtteranceClassifier

    nlp = spacy.blank("en")
    nlp.add_pipe("relcomm", config={"model": "ngram"})
    assert nlp(HURTS).cats["criticism"] > 0.5
    own = UtteranceClassifier(model="ngram").fit(["shall we go", "no"] * 30, [True, False] * 30)
    assert len(own.predict(["shall we go"])) == 1


def parquet() -> str:
    """A table written and read again."""
    import relcomm as installed
    from relcomm.writers import write

    analysis = installed.load("ngram").analyze(installed.read(io.StringIO(TALK)))
    write(analysis, "talk.parquet")
    again = installed.read("talk.parquet")
    assert [said.text for said in again.utterances] == [said.text for said in analysis.conversation.utterances]
    return f"parquet: {len(again)} turns written and read again"


def spss() -> str:
    """A file written and read by its own library."""
    import pyreadstat

    import relcomm as installed
    from relcomm.writers import write

    write(installed.load("ngram").analyze(installed.read(io.StringIO(TALK))), "talk.sav")
    table, about = pyreadstat.read_sav("talk.sav")
    assert table["text"][1] == HURTS
    assert table["criticism"][1] == 1
    return f"spss: {len(table)} cases, {len(about.column_names)} variables"


def serve() -> str:
    """The service as a process, asked over this machine's own loop."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [BIN / "relcomm", "serve", "--model", "ngram", "--port", str(port)], stderr=subprocess.PIPE
    )
    here = f"http://127.0.0.1:{port}"
    try:
        assert _asked(f"{here}/healthz", until=time.monotonic() + 60)["status"] == "ok"
        told = _asked(f"{here}/v1/analyze", json.dumps({"transcript": TALK, "html": True}).encode())
        assert "criticism" in told["turns"][1]["labels"]
        assert told["html"].startswith("<!DOCTYPE html>")
        with urllib.request.urlopen(here, timeout=60) as page:
            assert b"Everybody whose words these are" in page.read()
    finally:
        process.terminate()
        process.communicate()
    return "serve: healthy, a conversation analysed over HTTP, the page for the browser there"


def _asked(address: str, body: bytes | None = None, until: float = 0.0) -> dict[str, Any]:
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                told: dict[str, Any] = json.load(answer)
                return told
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def mcp() -> str:
    """The tools as an assistant calls them, over standard input and output."""
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "try", "version": "1"}}
    call = {"name": "check", "arguments": {"draft": HURTS}}
    sent = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call},
    ]
    command = [BIN / "relcomm", "mcp", "--model", "ngram"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    told: dict[str, Any] = {}
    for message in sent:
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        told = json.loads(process.stdout.readline()) if "id" in message else told
    process.communicate()
    assert told["result"]["structuredContent"]["advice"][0]["label"] == "criticism"
    return "mcp: a tool answers over standard input and output"


def dask() -> str:
    """Conversations analysed by a cluster of one worker, a process."""
    import joblib
    from distributed import Client, LocalCluster

    import relcomm as installed

    analyzer, talks = installed.load("ngram"), [installed.read(io.StringIO(TALK))] * 4
    cluster = LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None)
    with cluster, Client(cluster), joblib.parallel_config(backend="dask"):
        found = list(analyzer.analyze_many(talks))
    assert found == [analyzer.analyze(talk) for talk in talks]
    return f"dask: {len(found)} conversations analysed by another process, as here"


def spark() -> str:
    """A column labelled by Spark, which needs java."""
    if not shutil.which("java"):
        return "spark: installed, and not tried, for there is no java here"
    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    from pyspark.sql import SparkSession

    from relcomm.integrations.spark import labeller

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    table = session.createDataFrame([(HURTS,), ("What time is it?",)], "text string")
    seen = table.select(labeller("ngram")("text").alias("seen")).collect()
    session.stop()
    assert [list(row.seen.labels) for row in seen] == [["criticism"], []]
    return "spark: two turns labelled in Spark's own workers"


def train() -> str:
    """The libraries that fine-tuning needs, and its network's parts."""
    import torch

    from relcomm.training import network

    return f"train: torch {torch.__version__}, {network.__name__} imported"


EXTRAS: dict[str, Callable[[], str]] = {
    check.__name__: check for check in (core, dask, mcp, parquet, serve, spark, spss, train)
}


if __name__ == "__main__":
    ban_network()
    logging.disable(logging.WARNING)
    import relcomm as tried

    assert Path(tried.__file__).is_relative_to(sys.prefix), "relcomm must come from this environment"
    print(EXTRAS[sys.argv[1]]())

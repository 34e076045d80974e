"""How fast `relcomm serve` answers many clients, and what it does when there are too many.

usage: python benchmarks/serve.py [--model base] [--seconds 60] [--json]

In one run: a turn's time in this process with 20 threads asking at once; the same over HTTP by 20 clients on loopback;
then 200 clients that send 16 turns at a time, more than may wait. Prints p50 and p99, requests accepted, refused (503
with Retry-After, asked again by the client after that long) and lost, the service's peak memory, and how fast it answers
afterwards. Ends with 1 if a bar is missed: p99 at most 3 times the in-process p99 and mean, no request lost, under 1 GB, and the
one client alone afterwards as fast as before, by a factor of 2.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from label import SAID

from relcomm.analyzer import load
from relcomm.types import Turn, Utterance

CLIENTS, CROWD, AT_ONCE = 20, 200, 16
BEFORE = [{"speaker": "Ben", "text": "I can take it in on Tuesday if you need the train."}]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="base")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, Any] = {"in this process, 20 threads": in_process(options.model, options.seconds)}
    process, port = started(options.model)
    try:
        found |= asyncio.run(over_http(process.pid, port, options.seconds))
        found["peak memory, MB"] = round(memory(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    found["bars"] = bars(found)
    print(json.dumps(found, indent=1) if options.json else "\n".join(f"{k}: {v}" for k, v in found.items()))
    return 0 if all(found["bars"].values()) else 1


def bars(found: dict[str, Any]) -> dict[str, bool]:
    inside, outside = found["in this process, 20 threads"], found["over HTTP, 20 clients"]
    alone, later = found["over HTTP, one client before"], found["over HTTP, one client after"]
    return {
        f"p99 {outside['p99 ms'] / inside['p99 ms']:.2f} times the in-process p99, at most 3": outside["p99 ms"]
        <= 3 * inside["p99 ms"],
        f"p99 {outside['p99 ms'] / inside['mean ms']:.2f} times the in-process mean, at most 3": outside["p99 ms"]
        <= 3 * inside["mean ms"],
        "no accepted request lost": found["200 clients"].get("lost", 0) == 0,
        "under 1 GB": found["peak memory, MB"] < 1024,
        "recovers": later["p50 ms"] <= 2 * alone["p50 ms"],
    }


def summary(times: list[float], spent: float) -> dict[str, float]:
    """How many, their mean and percentiles, and the processor's time for each, which a busy machine changes less."""
    cuts = (
        statistics.quantiles(times or [0.0], n=100, method="inclusive")
        if len(times) > 1
        else [*times * 99] or [0.0] * 99
    )
    told = {"mean ms": statistics.fmean(times or [0.0]), "p50 ms": cuts[49], "p99 ms": cuts[98]}
    told["CPU ms"] = spent / max(1, len(times))
    return {"requests": len(times)} | {name: round(1000 * value, 2) for name, value in told.items()}


def in_process(model: str, seconds: float) -> dict[str, float]:
    """What each of many calls took, with 20 threads asking."""
    analyzer, times = load(model), []
    context = tuple(Utterance(said["text"], said["speaker"]) for said in BEFORE)
    analyzer.classify(SAID[0], context=context)
    end = time.perf_counter() + seconds
    spent = time.process_time()

    def ask(n: int) -> None:
        while (start := time.perf_counter()) < end:
            analyzer.label_batch([Turn(Utterance(SAID[n % len(SAID)], "Ann"), context)])
            times.append(time.perf_counter() - start)
            n += 1

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return summary(times, time.process_time() - spent)


def started(model: str) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-m", "relcomm", "serve", "--port", "0", "--model", model]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    for line in process.stderr:
        if found := re.match(r"relcomm: open http://[^ ]*:(\d+) ", line):
            break
    else:
        raise SystemExit("the service did not start")
    threading.Thread(target=process.stderr.read, daemon=True).start()  # its log, so that it never waits for us
    return process, int(found[1])


def memory(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


async def over_http(process: int, port: int, seconds: float) -> dict[str, Any]:
    short = min(seconds, 5)
    found = {}
    for name, clients, turns, length in (
        ("over HTTP, one client before", 1, 1, short),
        ("over HTTP, 20 clients", CLIENTS, 1, seconds),
        ("200 clients", CROWD, AT_ONCE, seconds),
        ("over HTTP, one client after", 1, 1, short),
    ):
        spent = processor(process)
        asked = await crowd(port, clients, seconds=length, turns=turns)
        found[name] = summary(asked.times, processor(process) - spent) | dict(asked.told)
    return found


def processor(process: int) -> float:
    """Seconds of the processor that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Crowd:
    """Clients that ask again as soon as they are answered, and what became of it."""

    def __init__(self, port: int, until: float, turns: int) -> None:
        self._port, self._until, self._turns = port, until, turns
        self.times: list[float] = []
        self.told: Counter[str] = Counter()

    async def client(self, n: int) -> None:
        """Ask until the end, on one connection. What was begun is waited for; what breaks off is lost."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while (start := time.perf_counter()) < self._until:
            try:
                status, wait, late = await asyncio.wait_for(exchange(reader, writer, body(n, self._turns)), 120)
            except (OSError, EOFError, TimeoutError):
                self.told["lost"] += 1
                return
            if status == 200:
                self.times.append(time.perf_counter() - start)
                self.told["accepted"] += 1
            elif status == 503 and wait and not late:
                self.told["refused"] += 1
                await asyncio.sleep(min(wait, max(0.0, self._until - time.perf_counter())))
            else:
                self.told["lost"] += 1
            n += 1
        writer.close()


async def crowd(port: int, clients: int, *, seconds: float, turns: int = 1) -> Crowd:
    asking = Crowd(port, time.perf_counter() + seconds, turns)
    await asyncio.gather(*(asking.client(n) for n in range(clients)))
    return asking


def body(n: int, turns: int) -> bytes:
    said = [{"text": SAID[(n + k) % len(SAID)], "speaker": "Ann", "context": BEFORE} for k in range(turns)]
    return json.dumps({"turns": said}).encode()


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes) -> tuple[int, float, bool]:
    """Send one request; the status, after how many seconds to ask again, and whether it was let in and then given up."""
    head = (
        f"POST /v1/label HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(sent)}"
    )
    writer.write(f"{head}\r\n\r\n".encode() + sent)
    answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = re.search(r"content-length: (\d+)", answer)
    assert length
    late = b"this took longer" in await reader.readexactly(int(length[1]))
    wait = re.search(r"retry-after: (\d+)", answer)
    return int(answer.split(" ", 2)[1]), float(wait[1]) if wait else 0.0, late


if __name__ == "__main__":
    sys.exit(main())

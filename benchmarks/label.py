"""How fast `relcomm label` starts and runs on one core, and whether its memory stays flat.

usage: python benchmarks/label.py [--model base] [--lines 10000] [--json]

Turns of 12 words with two turns of context, one in eight of which gets a label and so evidence, as in talk with some
conflict in it. Prints: the time of a bare ``import relcomm`` over that of a bare interpreter; the time from a cold start
to the first answer, for a turn that gets a label (best of three); resident memory after a tenth, half and all of the
lines, and its peak; turns a second end to end, and of the encoder alone on the same rows in the same run, both pinned
to one core where the system can do that.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from relcomm.analyzer import load
from relcomm.encoders import TransformerEncoder
from relcomm.types import Turn, Utterance

CONTEXT = [
    {"speaker": "Ann", "text": "The man from the garage rang again about the brakes this morning."},
    {"speaker": "Ben", "text": "I can take it in on Tuesday if you need the train."},
]
SAID = [
    "You never think of anybody but yourself, not once in ten years.",
    "There is soup in the fridge if you want any later on.",
    "Could you pick up the parcel from next door on your way?",
    "Tuesday is fine, I only have to be in there by eleven.",
    "My sister sends her love and asks about the long weekend again.",
    "They said it would take an hour, so I will wait there.",
    "I put the other key under the pot if you are early.",
    "We still have half of the paint left, it's in the shed.",
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="base")
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    bare, light = seconds("pass"), seconds("import relcomm")
    found = {"import relcomm": f"{1000 * (light - bare):.0f} ms over a bare interpreter's {1000 * bare:.0f} ms"}
    found["cold start to the first answer"] = f"{min(first_answer(options.model) for _ in range(3)):.2f} s"
    found |= dict(stream(options.model, options.lines))
    if rate := encoder_alone(options.model, min(options.lines, 2000)):
        end_to_end = float(found["turns a second, end to end on one core"].replace(",", ""))
        found["turns a second, the encoder alone"] = f"{rate:,.0f}"
        found["end to end over the encoder alone"] = f"{end_to_end / rate:.2f}"
    print(json.dumps(found, indent=1) if options.json else "\n".join(f"{k}: {v}" for k, v in found.items()))


def seconds(code: str) -> float:
    def once() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    return min(once() for _ in range(5))


def line(n: int) -> str:
    return json.dumps({"id": n, "text": SAID[n % len(SAID)], "speaker": "Ann", "context": CONTEXT}) + "\n"


def started(model: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "relcomm", "label", "--model", model]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    on_one_core(process.pid)
    return process


def on_one_core(process: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process, {max(os.sched_getaffinity(process))})


def first_answer(model: str) -> float:
    start = time.perf_counter()
    process = started(model)
    assert process.stdin
    assert process.stdout
    process.stdin.write(line(0))
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["scores"]
    taken = time.perf_counter() - start
    process.communicate()
    return taken


def stream(model: str, lines: int) -> Iterator[tuple[str, str]]:
    process = started(model)
    assert process.stdin
    assert process.stdout
    stdin, stdout = process.stdin, process.stdout

    asked = [line(n) for n in range(lines)]

    def write() -> None:
        stdin.writelines(asked)
        stdin.close()

    threading.Thread(target=write).start()
    stdout.readline()
    start = time.perf_counter()
    for n in range(1, lines):
        assert f'"id": {n},' in stdout.readline()[:20], "answers out of order"
        if n + 1 in (lines // 10, lines // 2, lines):
            taken = time.perf_counter() - start
            yield f"memory after {n + 1:,} lines", f"{memory(process.pid, 'VmRSS'):.0f} MB resident"
            peak = memory(process.pid, "VmHWM")
    process.wait()
    yield "peak memory", f"{peak:.0f} MB"
    yield "turns a second, end to end on one core", f"{(lines - 1) / taken:,.0f}"


def memory(process: int, what: str) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split(f"{what}:")[1].split()[0]) / 1024


def encoder_alone(model: str, rows: int) -> float:
    """Rows a second of the encoder of the lines above, already cut into pieces; 0 for one that is not run like that."""
    on_one_core(0)
    encoder = load(model).model.encoder
    if not isinstance(encoder, TransformerEncoder):
        return 0.0
    context = tuple(Utterance(said["text"], said["speaker"]) for said in CONTEXT)
    read = list(encoder._sequencer.rows([Turn(Utterance(text, "Ann"), context) for text in SAID]))
    for row in read:
        encoder._vector(row.ids, row.start)
    start = time.perf_counter()
    for n in range(rows):
        encoder._vector(read[n % len(read)].ids, read[n % len(read)].start)
    return rows / (time.perf_counter() - start)


if __name__ == "__main__":
    main()

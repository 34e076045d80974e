"""How fast `relcomm label` starts and runs, and whether its memory stays flat.

usage: python benchmarks/label.py [--model base] [--lines 10000]

Prints: the time of a bare ``import relcomm`` over that of a bare interpreter; the time from a cold start to the
first answer, for a turn that gets a label (so that evidence is computed too); turns a second; resident memory after a
tenth, half and all of the lines.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

CONTEXT = [
    {"speaker": "Ann", "text": "I waited for an hour and you never rang."},
    {"speaker": "Ben", "text": "I was at work, I told you on Monday that it would be late."},
]
SAID = [
    "You never think of anybody but yourself.",
    "What time is your train tomorrow?",
    "I'm sorry, I should have called you.",
    "There is soup in the fridge if you want some later.",
    "Whatever. I'm done talking about this.",
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="base")
    parser.add_argument("--lines", type=int, default=10_000)
    options = parser.parse_args()
    bare, light = _seconds("pass"), _seconds("import relcomm")
    print(f"import relcomm: {1000 * (light - bare):.0f} ms over a bare interpreter's {1000 * bare:.0f} ms")
    first = min(_first_answer(options.model) for _ in range(3))
    print(f"cold start to first answer ({options.model}): {first:.2f} s")
    _stream(options.model, options.lines)


def _seconds(code: str) -> float:
    def once() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    return min(once() for _ in range(5))


def _line(n: int) -> str:
    return json.dumps({"id": n, "text": SAID[n % len(SAID)], "speaker": "Ann", "context": CONTEXT}) + "\n"


def _start(model: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "relcomm", "label", "--model", model]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _first_answer(model: str) -> float:
    start = time.perf_counter()
    process = _start(model)
    assert process.stdin
    assert process.stdout
    process.stdin.write(_line(0))
    process.stdin.flush()
    process.stdout.readline()
    taken = time.perf_counter() - start
    process.communicate()
    return taken


def _stream(model: str, lines: int) -> None:
    process = _start(model)
    assert process.stdin
    assert process.stdout
    stdin, stdout = process.stdin, process.stdout

    def write() -> None:
        for n in range(lines):
            stdin.write(_line(n))
        stdin.close()

    threading.Thread(target=write).start()
    stdout.readline()
    start = time.perf_counter()
    for n in range(1, lines):
        assert json.loads(stdout.readline())["id"] == n, "answers out of order"
        if n + 1 in (lines // 10, lines // 2, lines):
            print(
                f"after {n + 1} lines: {_resident(process.pid):.0f} MB resident, {n / (time.perf_counter() - start):.0f} turns/s"
            )
    process.wait()


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()

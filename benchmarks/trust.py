"""What relcomm promises, each promise measured now: one table of figures, bars and the commands that gave them.

usage: scripts/trust [--quick|--full] [--only NAME ...] [DATA]

Each command runs in a process of its own, and any can be typed by itself. ``--quick``, as it is without a word, takes small
samples and some five minutes; ``--full`` takes all, and hours. What a row was run with is in its command. DATA is a folder of
real dialogue, dialogues.jsonl and labels_dev.jsonl; nothing of it is printed but counts. Where a tool, a network or
data is missing, the row says "not run" and why, which is no promise kept. Exits with 1 where a promise is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LONGEST_REASON = 120


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``met`` is None where the promise was not looked at, and ``figure`` says why then."""

    name: str
    figure: str
    bar: str
    met: bool | None
    command: str


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def reason(self) -> str:
        """The last words of a command that did not get to a figure."""
        lines = [line.strip() for line in (self.err or self.out).splitlines() if line.strip()]
        return (lines[-1] if lines else f"ended with {self.code} and no word")[:LONGEST_REASON]


Reader = Callable[["Promise", Done, str], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, the commands that measure it in little and in full, and how to read what they print."""

    name: str
    what: str
    quick: str
    full: str
    read: Reader
    needs_data: bool = False


# What the commands print --------------------------------------------------------------------------------------------------


def rows(promise: Promise, done: Done, command: str) -> Iterator[Row]:
    """A row, or a list of them, as the benchmarks print with ``--json``."""
    try:
        found = json.loads(done.out)
    except ValueError:
        yield Row(promise.what, f"not run: {done.reason}", "", None, command)
        return
    told = [each for each in (found if isinstance(found, list) else [found]) if is_row(each)]
    for each in told:
        yield Row(each["name"], shown(each["figure"]), shown(each["bar"]), bool(each["met"]), command)
    if not told:
        yield Row(promise.what, "holds" if not done.code else "does not hold", "holds", not done.code, command)


def is_row(found: object) -> bool:
    return isinstance(found, dict) and {"name", "figure", "bar", "met"} <= found.keys()


def shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def tests(promise: Promise, done: Done, command: str) -> Iterator[Row]:
    """How many of some tests fail."""
    counts = Counter({word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|errors?)\b", done.out)})
    if not counts["passed"] + counts["failed"]:
        yield Row(promise.what, f"not run: {done.reason}", "", None, command)
        return
    wrong = counts.total() - counts["passed"]
    name = f"{promise.what}: tests that fail, of {counts.total():,}"
    yield Row(name, str(wrong), "0", not wrong and not done.code, command)


def checks(promise: Promise, done: Done, command: str) -> Iterator[Row]:
    """Which of the checks of scripts/supply fail; one that could not be made says so itself."""
    begun = re.findall(r"^== (\w+)", done.out, re.MULTILINE)
    failed = re.findall(r"^failed: (\w+)", done.err, re.MULTILINE)
    if not begun or (begun == failed == ["vulnerabilities"] and not re.search(r"Found \d+ known", done.out + done.err)):
        said = Done(done.code, done.out, re.sub(r"(?m)^failed: .*$", "", done.err))
        yield Row(promise.what, f"not run: {said.reason}", "", None, command)
        return
    figure = f"{len(failed)}{f' ({chr(44).join(failed)})' if failed else ''}"
    yield Row(f"{promise.what}: checks that fail, of {len(begun)}", figure, "0", not failed, command)


def builds(promise: Promise, done: Done, command: str) -> Iterator[Row]:
    """Whether two builds gave the same bytes; where nothing was built, that is not known."""
    if done.code and " differ" not in done.out + done.err:
        yield Row(promise.what, f"not run: {done.reason}", "", None, command)
        return
    yield Row(promise.what, "other bytes" if done.code else "the same bytes", "the same bytes", not done.code, command)


# The promises -------------------------------------------------------------------------------------------------------------

PROMISES = (
    Promise("any_input", "no text, file, model or request crashes it",
            "python benchmarks/any_input.py --inputs 4000 --json", "python benchmarks/any_input.py --json", rows),
    Promise("linear", "time grows no faster than a text",
            "python benchmarks/linear.py --largest 30000 --json", "python benchmarks/linear.py --json", rows),
    Promise("growth", "memory does not grow with use",
            "python benchmarks/growth.py --turns 20000 --json", "python benchmarks/growth.py --json", rows),
    Promise("large", "large transcripts are read in little memory",
            "python benchmarks/large.py --whatsapp 20 --jsonl 40 --label 0 --json",
            "python benchmarks/large.py --json", rows),
    Promise("noise", "noise does not change labels",
            "python benchmarks/perturbed.py --sample 40 --json", "python benchmarks/perturbed.py --json", rows),
    Promise("noise_real", "noise does not change labels of real dialogue",
            "python benchmarks/perturbed.py --sample 40 --real DATA --json",
            "python benchmarks/perturbed.py --real DATA --json", rows, needs_data=True),
    Promise("determinism", "the same input gives the same scores, whatever the setting",
            "python benchmarks/determinism.py --models ngram small base --turns 20 --only 'batches of 7' "
            "'reversed order' 'joblib, threading, two workers' 'ONNX Runtime, 2 threads' --json",
            "python benchmarks/determinism.py --json", rows),
    Promise("fairness", "the same words score alike whoever says them",
            "python benchmarks/fairness.py --model base --draws 1 --json",
            "python benchmarks/fairness.py --model base --json", rows),
    Promise("integrity", "damaged model folders are refused",
            "python benchmarks/integrity.py --mutations 600 --models tiny network ngram --json",
            "python benchmarks/integrity.py --json", rows),
    Promise("canary", "nothing anybody said gets out",
            "python benchmarks/canary.py --only test_canary test_watching --json",
            "python benchmarks/canary.py --json", rows),
    Promise("wording", "no page judges a person, and no way to results lacks the word about safety",
            *["python -m pytest -q -p no:cacheprovider tests/test_wording.py tests/test_safety_paths.py"] * 2, tests),
    Promise("reproducible", "two builds give the same wheel", *["scripts/reproducible"] * 2, builds),
    Promise("supply", "licences, repository and spelling are in order",
            *["scripts/supply licences repository spelling"] * 2, checks),
    Promise("vulnerabilities", "no pinned library has a known vulnerability",
            *["scripts/supply vulnerabilities"] * 2, checks),
    Promise("coverage", "tests run every line and branch",
            "scripts/coverage shares safety talk --json", "scripts/coverage --json", rows),
    Promise("mutants", "tests notice small faults",
            "scripts/mutants shares safety --sample 5 --json", "scripts/mutants --sample 60 --json", rows),
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small samples (this is the usual)")
    size.add_argument("--full", action="store_true", help="everything, for hours")
    names = [promise.name for promise in PROMISES]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("data", nargs="?", type=Path, metavar="DATA")
    options = parser.parse_args()
    print("| promise | figure | bar | met | command |\n| --- | --- | --- | --- | --- |", flush=True)
    outcomes: Counter[bool | None] = Counter()
    for promise in PROMISES:
        if not options.only or promise.name in options.only:
            for row in measured(promise, options.full, options.data):
                print(line(row), flush=True)
                outcomes[row.met] += 1
    size_told = "in full" if options.full else "small samples"
    print(f"\n{outcomes[True]} kept, {outcomes[False]} missed, {outcomes[None]} not run ({size_told})")
    return 1 if outcomes[False] else 0


def measured(promise: Promise, full: bool, data: Path | None) -> Iterator[Row]:
    command = promise.full if full else promise.quick
    told = command.replace(" --json", "")
    if promise.needs_data and not (data and (data / "dialogues.jsonl").is_file()):
        why = "no folder of real dialogue was named" if data is None else "DATA has no dialogues.jsonl"
        yield Row(promise.what, f"not run: {why}", "", None, told)
        return
    words = [str(data) if word == "DATA" else word for word in shlex.split(command)]
    script = words[1] if words[0] == "python" and words[1] != "-m" else words[0] if "/" in words[0] else ""
    if script and not (ROOT / script).is_file():
        yield Row(promise.what, f"not run: there is no {script} here", "", None, told)
        return
    yield from promise.read(promise, run(words), told)


def run(words: Sequence[str]) -> Done:
    """Run a command from the root of the repository, with this Python's environment."""
    command = [sys.executable if words[0] == "python" else words[0], *words[1:]]
    environment = {"RELCOMM_BIN": str(Path(sys.executable).parent), "OMP_NUM_THREADS": "1", **os.environ}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def line(row: Row) -> str:
    met = {True: "yes", False: "**missed**", None: "not run"}[row.met]
    cells = (row.name, row.figure, row.bar, met, f"`{row.command}`")
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    sys.exit(main())

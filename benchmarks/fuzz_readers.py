"""Every reader on damaged files: each must become a transcript whose lines add up, or an error with file and remedy and no word of it.

usage: python benchmarks/fuzz_readers.py [--inputs N] [--reader NAME] [--jobs N] [--seed N] [--first N]

The files are the samples under tests/readers, changed as tests/mutations.py says; what may become of them is in
tests/fuzzing.py. Each is read twice, with its format named and without. What takes more than a second, or 200 MB, is a
finding, too. A finding names the reader, the seed and the number of its file; to see it again:
``--reader NAME --seed N --first NUMBER --inputs 1``, which also prints every outcome.
"""

import argparse
import re
import resource
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fuzzing import Outcome, outcomes
from relcomm.errors import MissingExtraError
from relcomm.readers import READERS

CHUNK = 500
ENDLESS = 20
MOST_SECONDS = 1
MOST_MEGABYTES = 200
ALL_MEMORY = 4 << 30


class Done(NamedTuple):
    """What became of some files of a reader."""

    counts: Counter[str]
    problems: Counter[str]
    findings: list[tuple[int, str, str]]
    slowest: float
    seconds: float
    peak: float


class Endless(Exception):
    """One file took too long by far."""


def work(reader: str, seed: int, first: int, count: int) -> Done:
    """Read some damaged files."""
    counts: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    findings: list[tuple[int, str, str]] = []
    slowest, start = 0.0, time.process_time()
    signal.signal(signal.SIGVTALRM, _stop)
    for n in range(first, first + count):
        signal.setitimer(signal.ITIMER_VIRTUAL, ENDLESS)
        counts["files"] += 1
        for one in outcomes(reader, seed, n):
            counts["refused" if one.error else "read"] += 1
            slowest = max(slowest, one.seconds)
            findings += [(n, one.asked, wrong) for wrong in (one.wrong, costly(one)) if wrong]
            if one.error:
                where = "" if one.error.line else " (no line)"
                problems[re.sub(r"\d+", "0", one.error.problem) + where] += 1
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return Done(counts, problems, findings, slowest, time.process_time() - start, peak)


def costly(one: Outcome) -> str:
    """What a file took that is too much; nothing if it is not."""
    if one.seconds > MOST_SECONDS:
        return f"took {one.seconds:.1f} s"
    return f"took {one.megabytes:.0f} MB" if one.megabytes > MOST_MEGABYTES else ""


def _stop(*_: object) -> None:
    raise Endless


def limit() -> None:
    """So that a file that takes all memory ends in an error, and not the machine."""
    resource.setrlimit(resource.RLIMIT_DATA, (ALL_MEMORY, ALL_MEMORY))


def fuzz(reader: str, options: argparse.Namespace) -> int:
    """All files of one reader; the number of findings."""
    chunks = range(options.first, options.first + options.inputs, CHUNK)
    found = []
    with ProcessPoolExecutor(options.jobs, initializer=limit) as pool:
        end = options.first + options.inputs
        asked = {pool.submit(work, reader, options.seed, n, min(CHUNK, end - n)): n for n in chunks}
        for future in as_completed(asked):
            try:
                found.append(future.result())
            except BrokenProcessPool:
                died = (asked[future], "", f"the process died in one of {CHUNK} files from here on")
                found.append(Done(Counter(), Counter(), [died], 0, 0, 0))
    report(reader, found, options)
    return sum(len(done.findings) for done in found)


def report(reader: str, found: list[Done], options: argparse.Namespace) -> None:
    """Print what became of a reader's files."""
    counts: Counter[str] = sum((done.counts for done in found), Counter())
    findings = sorted(finding for done in found for finding in done.findings)
    seconds = sum(done.seconds for done in found)
    print(
        f"{reader}: {counts['files']} files, read {counts['read']}, refused {counts['refused']}, findings {len(findings)}; "
        f"{1000 * seconds / max(1, counts['files']):.1f} ms a file, the slowest {max(done.slowest for done in found):.2f} s, "
        f"peak {max(done.peak for done in found):.0f} MB",
        flush=True,
    )
    alike: dict[str, list[tuple[int, str, str]]] = {}
    for finding in findings:
        alike.setdefault(re.sub(r"[\d.]+", "0", finding[2]), []).append(finding)
    for same in alike.values():
        n, asked, wrong = same[0]
        seen = f"{len(same)} times, first --reader {reader} --seed {options.seed} --first {n} --inputs 1"
        print(f"  {wrong} ({seen}, {asked or 'format found'})")
    if options.problems or options.inputs == 1:
        problems: Counter[str] = sum((done.problems for done in found), Counter())
        for problem, times in problems.most_common():
            print(f"  {times:6} {problem}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=200_000, help="files a reader")
    parser.add_argument("--reader", choices=READERS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--problems", action="store_true", help="also print what errors were raised, and how often")
    options = parser.parse_args()
    findings = 0
    for reader in [options.reader] if options.reader else READERS:
        try:
            findings += fuzz(reader, options)
        except MissingExtraError as error:
            print(f"{reader}: not tried, {error}")
    print(f"findings: {findings}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

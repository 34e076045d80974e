"""How much longer twice as much takes: at most 2.2 times as long, for everything that looks at a text.

usage: python benchmarks/linear.py [--largest 1000000] [--only WORDS] [--model ngram] [--all] [--json]

The cases are in tests/pumped.py: every normaliser, clauses, windows, word pieces, words of time, the terms of an ultimatum,
evidence, every cue on strings pumped of its own words, and the whole path for one turn, each on texts of half and of all
of ``--largest`` characters (of what reads but the beginning of a text: half and all of that). Times are of the processor,
the best of several; the small and the large take turns, so that what disturbs one disturbs both, and what misses the bar is
timed again, with more. Prints the worst of each kind (with --all, every case) and exits with 1 on a miss.
"""

import argparse
import gc
import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from pumped import Case, Work, cases
from relcomm.analyzer import load

BAR = 2.2
ENOUGH = 0.01
"""Seconds that the smaller text takes at least, by doing it several times: below that there is noise."""
MOST = 2_000
ROUNDS = (2, 2, 4)


class Timed(NamedTuple):
    """How long a case took with its smaller and its larger text, in milliseconds."""

    name: str
    length: int
    small: float
    large: float

    @property
    def ratio(self) -> float:
        """How much longer the larger one took."""
        return self.large / self.small


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=1_000_000, metavar="CHARACTERS")
    parser.add_argument("--only", default="", metavar="WORDS", help="cases whose names begin so")
    parser.add_argument("--model", default="ngram")
    parser.add_argument("--all", action="store_true", help="print every case")
    parser.add_argument("--json", action="store_true", help="one row, {name, figure, bar, met, command}, nothing else")
    options = parser.parse_args()
    analyzer, found = load(options.model), []
    analyzer.check("You never listen to me, you're so selfish.")
    gc.freeze()  # what is loaded by now: to look through it for rubbish takes longer than most cases
    for case in cases(analyzer):
        if case.name.startswith(options.only):
            found.append(timed(case, min(options.largest, case.longest)))
            if options.all or found[-1].ratio > BAR:
                print(row(found[-1]), file=sys.stderr if options.json else sys.stdout, flush=True)
    missed = [each for each in found if each.ratio > BAR]
    if options.json:
        worst = max(found, key=lambda each: each.ratio)
        name = f"time for twice the text, worst of {len(found)} cases: {worst.name}"
        command = f"python benchmarks/linear.py --largest {options.largest}"
        told = {"figure": round(worst.ratio, 2), "bar": BAR, "met": not missed, "command": command}
        print(json.dumps({"name": name} | told))
    else:
        summary(found)
        print(f"cases: {len(found)}, beyond {BAR}: {len(missed)}")
    return 1 if missed else 0


def timed(case: Case, length: int) -> Timed:
    """A case timed with texts of half this length and of all of it; again, with more rounds, where it misses the bar."""
    small, large = case.work(length // 2), case.work(length)
    small()  # what is only done once
    times = max(1, min(MOST, round(ENOUGH / max(1e-9, seconds(small, 1)))))
    best = [float("inf"), float("inf")]
    for rounds in ROUNDS:
        for _ in range(rounds):
            best = [min(known, seconds(work, times)) for known, work in zip(best, (small, large), strict=True)]
        if best[1] <= BAR * best[0]:
            break
    return Timed(case.name, length, 1000 * best[0] / times, 1000 * best[1] / times)


def seconds(work: Work, times: int) -> float:
    """The processor time that this work takes, done so many times, with the rubbish of before gone."""
    gc.collect()
    start = time.process_time()
    for _ in range(times):
        work()
    return time.process_time() - start


def summary(found: list[Timed]) -> None:
    """Print the worst of each kind."""
    kinds: dict[str, list[Timed]] = {}
    for each in found:
        kinds.setdefault(each.name.partition(":")[0], []).append(each)
    for kind, of in kinds.items():
        print(f"{kind}: {len(of)} cases, the worst {row(max(of, key=lambda each: each.ratio))}")


def row(each: Timed) -> str:
    return f"{each.name}: {each.ratio:.2f} ({each.small:.2f} ms, with {each.length} characters {each.large:.2f} ms)"


if __name__ == "__main__":
    sys.exit(main())

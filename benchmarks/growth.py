"""How much memory a long run keeps: resident memory after a tenth, half and all of a stream of turns that never repeat.

usage: python benchmarks/growth.py [--turns 1000000] [--model ngram] [--limit 5] [--json]

Every turn has words that nobody used before, one in four is said after others, one in eight is a sentence that
should get a label, and a third of these do, with evidence and a search for cues, one in sixteen is written in odd letters: whatever remembers words, characters or texts without end
grows here. In this process, by `Analyzer.label`. Exit code 1 if memory grows by more than ``--limit`` MB from a tenth to
the end.
"""

import argparse
import gc
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from relcomm.analyzer import Analyzer, load
from relcomm.labels import LABELS
from relcomm.types import Turn, Utterance

SAID = [case.text for label in LABELS.values() for case in label.flag]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MB = 1_000_000


def turns(count: int) -> Iterator[Turn]:
    """So many turns, each new, the same in every run."""
    chance = random.Random(count)
    before: tuple[Utterance, ...] = ()
    for n in range(count):
        words = [*(word(n, k) for k in range(2)), *(word(chance.randrange(5_000), 7) for _ in range(6))]
        text = f"{chance.choice(SAID)} {words[0]}" if n % 8 == 0 else " ".join(words)
        if n % 16 == 1:
            text = "".join(chr(chance.randrange(0xA0, 0x30000)) for _ in range(12)) + text
        said = Utterance(text, f"Ann {n % 1000}")
        yield Turn(said, before if n % 4 == 0 else ())
        before = (*before[-2:], said)


def word(n: int, salt: int) -> str:
    """The n-th of some words: each is another."""
    n, made = 31 * n + salt, ""
    while n:
        n, letter = divmod(n, 26)
        made += LETTERS[letter]
    return f"{made}ing"


def resident() -> float:
    """The memory that this process holds, in MB."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024 / MB


def grown(analyzer: Analyzer, count: int) -> tuple[dict[int, float], int]:
    """Resident memory after a tenth, half and all of the turns; and how many got a label."""
    marks, found, labelled = {count // 10, count // 2, count}, {}, 0
    for n, seen in enumerate(analyzer.label(turns(count), n_jobs=1), 1):
        labelled += bool(seen.labels)
        if n in marks:
            found[n] = resident()
    return found, labelled


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=1_000_000)
    parser.add_argument("--model", default="ngram")
    parser.add_argument("--limit", type=float, default=5.0, metavar="MB")
    parser.add_argument("--json", action="store_true", help="one row, {name, figure, bar, met, command}, nothing else")
    options = parser.parse_args()
    start = time.process_time()
    found, labelled = grown(load(options.model), options.turns)
    seconds, more = time.process_time() - start, found[options.turns] - found[options.turns // 10]
    if options.json:
        command = f"python benchmarks/growth.py --turns {options.turns}"
        told = {"figure": round(more, 2), "bar": options.limit, "met": more <= options.limit, "command": command}
        print(json.dumps({"name": f"MB more after {options.turns:,} turns than after a tenth"} | told))
    else:
        for n, held in found.items():
            print(f"after {n:,} turns: {held:.1f} MB")
        print(
            f"{options.turns:,} turns, {labelled:,} of them labelled, in {seconds:.0f} s of processor time: {more:+.2f} MB from a tenth on"
        )
    return 1 if more > options.limit else 0


if __name__ == "__main__":
    sys.exit(main())

"""Any input: random and hostile texts, files, models and requests at every entry; none may crash, all promises must hold.

usage: python benchmarks/any_input.py [--inputs N] [--seed N] [--only ENTRY] [--first N] [--model NAME] [--json]

The entries, and what is promised of each, are in tests/anything.py; what they are given is in tests/hostile.py, and for
the readers in tests/mutations.py, too. An entry gets its share of the inputs; with --only, one gets them all. Prints for
each entry how many inputs there were, in how many seconds of processor time, how many were refused with an error of ours,
and what crashed or did not hold: the kind and the place, never the text. A crash names its number; to see it again:
``--only ENTRY --seed N --first NUMBER --inputs 1``. Exit code 1 on any. More files for the readers: fuzz_readers.py; more
damaged models: integrity.py; more requests: schemathesis.
"""

import argparse
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from anything import ENTRIES, READ, REFUSED
from relcomm.analyzer import Analyzer, load

SHARES = {"label": 0.62, "wire": 0.24, "check": 0.03, "analyze": 0.02, "readers": 0.06, "loader": 0.01, "http": 0.02}
"""How many of the inputs each entry gets: what is quick gets most."""
CHUNK = 1024
ENDLESS = 60
"""Seconds of processor time that no chunk of inputs may take longer than, for each of its inputs on average 0.06."""


class Endless(BaseException):
    """A chunk took too long by far."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=ENTRIES)
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first input of each entry")
    parser.add_argument("--model", default="ngram")
    parser.add_argument("--json", action="store_true", help="one row, {name, figure, bar, met, command}, nothing else")
    options = parser.parse_args()
    analyzer = load(options.model)
    analyzer.check("You never listen to me, you're so selfish.")  # so that what is loaded once counts for no entry
    signal.signal(signal.SIGVTALRM, _stop)
    told = {}
    for entry in [options.only] if options.only else ENTRIES:
        inputs = options.inputs if options.only else round(options.inputs * SHARES[entry])
        told[entry] = found = tried(analyzer, entry, options.seed, range(options.first, options.first + inputs))
        if not options.json:
            show(entry, found, options.seed)
    crashes = sum(len(found["crashes"]) for found in told.values())
    if options.json:
        inputs = sum(found["inputs"] for found in told.values())
        command = f"python benchmarks/any_input.py --inputs {options.inputs} --seed {options.seed}"
        row = {
            "name": f"crashes in {inputs:,} inputs",
            "figure": crashes,
            "bar": 0,
            "met": not crashes,
            "command": command,
        }
        print(json.dumps(row))
    else:
        print(f"inputs: {sum(found['inputs'] for found in told.values())}, crashes: {crashes}")
    return 1 if crashes else 0


def tried(analyzer: Analyzer, entry: str, seed: int, numbers: range) -> dict[str, Any]:
    """What became of an entry's inputs."""
    start, counts, crashes = time.process_time(), Counter[str](), []
    for n, fate in fates(analyzer, entry, seed, numbers):
        counts[fate if fate in {READ, REFUSED} else "crashed"] += 1
        if fate not in {READ, REFUSED}:
            crashes.append({"number": n, "what": fate})
    seconds = round(time.process_time() - start, 1)
    return {"inputs": counts.total(), "seconds": seconds, "refused": counts[REFUSED], "crashes": crashes}


def fates(analyzer: Analyzer, entry: str, seed: int, numbers: range) -> Iterator[tuple[int, str]]:
    """Each input's number and what became of it, some at a time; what never ends is a crash of all that were to come."""
    for at in range(0, len(numbers), CHUNK):
        some = numbers[at : at + CHUNK]
        rest = iter(some)
        signal.setitimer(signal.ITIMER_VIRTUAL, ENDLESS)
        try:
            for fate in ENTRIES[entry](analyzer, seed, some):
                yield next(rest), fate
        except Endless:
            yield next(rest), f"no end after {ENDLESS} seconds, here or in the {CHUNK} inputs around"
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _stop(*_: object) -> None:
    raise Endless


def show(entry: str, found: dict[str, Any], seed: int) -> None:
    """Print what became of an entry's inputs."""
    each = 1000 * found["seconds"] / max(1, found["inputs"])
    print(
        f"{entry}: {found['inputs']} inputs in {found['seconds']} s ({each:.2f} ms each), refused {found['refused']}, "
        f"crashes {len(found['crashes'])}",
        flush=True,
    )
    alike: dict[str, list[int]] = {}
    for crash in found["crashes"]:
        alike.setdefault(crash["what"], []).append(crash["number"])
    for what, numbers in alike.items():
        print(f"  {what}: {len(numbers)} times, first --only {entry} --seed {seed} --first {numbers[0]} --inputs 1")


if __name__ == "__main__":
    sys.exit(main())

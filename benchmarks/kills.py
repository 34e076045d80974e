"""Whether `relcomm label --resume` loses or repeats a line when it is killed outright, again and again.

usage: python benchmarks/kills.py [--kills 100] [--lines 6000] [--model ngram] [--seed 1]

A file of turns, with blank lines and lines that cannot be read, is labelled in one go. Then it is labelled by runs that
are each killed (SIGKILL) at a random moment after they began to write, until one gets to the end and the next output
begins; this goes on until so many kills fell where some answers were written and some were to come. Each output must be
that of the run nobody killed, byte for byte. Prints how many kills there were, and what was found.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAID = [
    "You never think of anybody but yourself, not once in ten years.",
    "There is soup in the fridge if you want any later on.",
    "Whatever. Do what you like, you always do.",
    "Could you pick up the parcel from next door on your way?",
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--lines", type=int, default=6000)
    parser.add_argument("--model", default="ngram")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        asked, out = Path(folder, "asked.jsonl"), Path(folder, "out.jsonl")
        asked.write_bytes(turns(options.lines))
        start = time.perf_counter()
        assert started(asked, out, options.model).wait() == 1, "the run nobody kills ended in another way"
        taken = time.perf_counter() - start
        whole = out.read_bytes()
        out.unlink()
        kills: list[int] = []
        inside = outputs = 0
        while inside < options.kills:
            kills += labelled(asked, out, options, chance, taken)
            assert out.read_bytes() == whole, f"the output after {len(kills)} kills is another"
            assert sorted(path.name for path in Path(folder).iterdir()) == ["asked.jsonl", "out.jsonl"]
            out.unlink()
            outputs += 1
            inside = sum(0 < answers < whole.count(b"\n") for answers in kills)
            print(f"{inside} kills, {outputs} outputs, all as they should be", file=sys.stderr, flush=True)
    print(f"{len(kills)} kills of runs over {options.lines:,} lines, {outputs} outputs finished by the next runs")
    print(f"{inside} kills fell with some answers written and some to come, {len(kills) - inside} before or after that")
    print("lines lost: 0; lines repeated: 0; every output is that of an unbroken run, byte for byte")


def turns(lines: int) -> bytes:
    rows = [json.dumps({"id": n, "text": f"{SAID[n % len(SAID)]} {n}"}) for n in range(lines)]
    rows[7::101] = ["{not JSON"] * len(rows[7::101])
    rows[9::103] = [""] * len(rows[9::103])
    return "\n".join(rows).encode()


def started(asked: Path, out: Path, model: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "relcomm", "label", str(asked), "--out", str(out), "--resume", "--model", model]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def labelled(asked: Path, out: Path, options: argparse.Namespace, chance: random.Random, taken: float) -> list[int]:
    """How many answers were written at each kill before the output was there."""
    kills: list[int] = []
    part, journal = out.with_name(out.name + ".part"), out.with_name(out.name + ".journal")
    while not out.exists() or journal.exists():
        process, size = started(asked, out, options.model), journal.stat().st_size if journal.exists() else 0
        # The libraries take their time to load: a run counts from when it opens the files, or writes to them again.
        before = part.stat().st_size if part.exists() else -1
        while process.poll() is None and not moved(part, before) and not moved(journal, size):
            time.sleep(0.005)
        time.sleep(chance.random() ** 2 * taken / 3)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        if process.returncode == -signal.SIGKILL:
            there = part if part.exists() else out
            kills.append(there.read_bytes().count(b"\n") if there.exists() else 0)
        else:
            assert process.returncode == 1, f"a run ended with exit code {process.returncode}"
    return kills


def moved(file: Path, before: int) -> bool:
    try:
        return file.stat().st_size != before
    except FileNotFoundError:
        return before > 0


if __name__ == "__main__":
    main()

"""Whether every damaged model folder is refused before anything in it is used.

usage: python benchmarks/integrity.py [--mutations 20000] [--models tiny network ngram small base] [--seed 1] [--kind NAME] [--json]

Copies of the models that ship, and two tiny ones made here, are damaged as tests/damage.py says: bytes turned over,
overwritten, gone or too many; files cut short, swapped, renamed, missing, of another model; folders, pipes, links, devices
and files of 10 GB in their place; model.json rewritten, and files renamed by somebody who knows how the seal is made.
Loading must end in ModelError, and no encoder may have been made by then. Each damage is mended again, and each model must
load in the end. The tiny ones, which take a millisecond each, get most of the mutations. Exit code 1 if any folder was
not refused.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import relcomm.model
import tiny
from damage import KINDS, Place, fate
from relcomm.encoders import ENCODERS
from relcomm.model import Model

ROOT = Path(__file__).resolve().parents[1]
SHARES = {"tiny": 0.35, "network": 0.25, "ngram": 0.2, "small": 0.15, "base": 0.05}
"""How many of the mutations each model gets; of those that are named, in proportion."""
SHOWN = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=20_000)
    parser.add_argument("--models", nargs="+", choices=SHARES, default=list(SHARES))
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one row, {name, figure, bar, met, command}, nothing else")
    options = parser.parse_args()
    relcomm.model.ENCODERS = {**ENCODERS, "fake": tiny.FakeEncoder}  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder:
        places = placed(Path(folder), options.models)
        counts, bad = damage(places, options)
        for name, place in places.items():
            assert Model.load(place.folder).name, f"{name} was not mended"
    if options.json:
        print(json.dumps(row(counts.total(), len(bad), options)))
        return 1 if bad else 0
    table(counts, options.models)
    for found in bad[:SHOWN]:
        print(f"NOT REFUSED: {found}")
    print(f"{sum(counts.values())} damaged folders, {len(bad)} not refused with ModelError before use")
    return 1 if bad else 0


def placed(home: Path, names: list[str]) -> dict[str, Place]:
    """A copy of each model, with the others beside it."""
    made = {name: home / name for name in SHARES}
    for name, path in made.items():
        if (shipped := ROOT / "models" / name).is_dir():
            path.mkdir()
            for file in shipped.iterdir():
                if file.suffix in (".json", ".npy", ".onnx") and file.name != "figures.json":
                    shutil.copyfile(file, path / file.name)
        else:
            tiny.tiny_model(tiny.tiny_transformer() if name == "network" else None).save(path)
    places = {}
    for name in names:
        (home / f"{name}-aside").mkdir()
        places[name] = Place(
            made[name], home / f"{name}-aside", [path for other, path in made.items() if other != name]
        )
    return places


def damage(places: dict[str, Place], options: argparse.Namespace) -> tuple[Counter[tuple[str, str]], list[str]]:
    """How many folders were damaged, by kind and model; and what was not refused."""
    counts: Counter[tuple[str, str]] = Counter()
    bad = []
    kinds = [options.kind] if options.kind else list(KINDS)
    whole = sum(SHARES[name] for name in places)
    for name, place in places.items():
        start = time.monotonic()
        times = round(options.mutations * SHARES[name] / whole)
        for n in range(times):
            kind = kinds[n % len(kinds)]
            told = fate(place, kind, random.Random(f"{options.seed} {name} {kind} {n}"))
            counts[kind, name] += 1
            if told != "refused":
                bad.append(f"{name}, {kind}, number {n} of seed {options.seed}: {told}")
        print(f"{name}: {times} in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return counts, bad


def row(damaged: int, bad: int, options: argparse.Namespace) -> dict[str, object]:
    """The whole as one line for a table of bars."""
    return {
        "name": f"damaged model folders that loading did not refuse, of {damaged:,} ({', '.join(options.models)})",
        "figure": bad,
        "bar": 0,
        "met": not bad,
        "command": f"python benchmarks/integrity.py --mutations {options.mutations} --models {' '.join(options.models)}",
    }


def table(counts: Counter[tuple[str, str]], names: list[str]) -> None:
    print(f"| damage | {' | '.join(names)} |\n| --- |{' --- |' * len(names)}")
    for kind in dict.fromkeys(kind for kind, _ in counts):
        print(f"| {kind} | {' | '.join(str(counts[kind, name]) for name in names)} |")


if __name__ == "__main__":
    sys.exit(main())

"""How many small faults put into the core modules their own tests notice.

usage: scripts/mutants [MODULE ...] [--sample N] [--seed 1] [--show] [--json]

mutmut makes the faults, one at a time: another operator, number, word, argument, or none. tests/strength.toml says which
modules there are and which test files hold each; all others are left out, so a fault that only they would notice counts as missed.
Each fault is tried in a process in which nothing was computed before. ``--sample`` draws so many faults of each module by
chance (with a seed, so that the draw can be had again); without it all are tried, which takes hours. A fault that makes the
tests hang counts as noticed, one that no test runs as missed. ``--show`` prints the faults that were missed: look at them,
for some change nothing that anybody could see. Bar: .85 of all that were tried. Exits with 1 where it is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "runs" / "mutants"
BAR = 0.85
NOTICED = frozenset({"killed", "timeout", "segfault"})
BESIDE = ("README.md", "benchmarks", "corpus", "docs", "examples", "models", "scripts")
"""What tests read beside the package, and mutmut need not copy."""
SETTINGS = """[mutmut]
source_paths=
    src
only_mutate=
    {source}
pytest_add_cli_args_test_selection=
    {tests}
pytest_add_cli_args=
    -p
    no:cacheprovider
    --hypothesis-seed=0
process_isolation=forkserver
track_dependencies=False
use_setproctitle=False
use_git_change_detection=False
"""
MAKE = "from mutmut import __main__ as m; m.makedirs('mutants', exist_ok=True); m.copy_src_dir(); m.create_mutants(1)"
"""mutmut makes the faults as it tries them; to draw some, they must be there before."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of the faults of a module: of ``made``, those drawn, by name."""

    module: str
    made: int
    fates: Mapping[str, str]

    @property
    def missed(self) -> list[str]:
        return [name for name, fate in self.fates.items() if fate not in NOTICED]

    @property
    def noticed(self) -> int:
        return len(self.fates) - len(self.missed)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    known = tomllib.loads((ROOT / "tests" / "strength.toml").read_text(encoding="utf-8"))["tests"]
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"one of {', '.join(known)}; else all")
    parser.add_argument("--sample", type=int, help="so many faults of each module instead of all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="the faults that were missed")
    parser.add_argument("--json", action="store_true", help="one row, {name, figure, bar, met, command}, nothing else")
    options = parser.parse_args()
    if unknown := set(options.modules) - set(known):
        parser.error(f"tests/strength.toml has no tests for {', '.join(sorted(unknown))}")
    tried = []
    for module in options.modules or known:
        tried.append(each := attempt(module, known[module], options))
        if not options.json:
            tell(each, show=options.show)
    return summary(tried, options)


def attempt(module: str, tests: Sequence[str], options: argparse.Namespace) -> Tried:
    """Put faults into one module, and see which its tests notice."""
    place = laid_out(module, tests)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    # Where relcomm is installed from some other checkout, or found by this variable, its faults would not be there.
    environment.pop("PYTHONPATH", None)
    run(place, environment, "-c", MAKE)
    made = sorted(fates(place, environment))
    if options.sample is not None and options.sample < len(made):
        drawn = sorted(random.Random(f"{options.seed} {module}").sample(made, options.sample))
    else:
        drawn = made
    run(place, environment, "-m", "mutmut", "run", "--max-children", "1", *drawn)
    found = fates(place, environment)
    return Tried(module, len(made), {name: found[name] for name in drawn})


def laid_out(module: str, tests: Sequence[str]) -> Path:
    """A folder in which mutmut finds the package, the tests, and its settings."""
    place = WORK / module
    shutil.rmtree(place, ignore_errors=True)
    (place / "mutants").mkdir(parents=True)
    for name in ("src", "tests", "pyproject.toml"):
        (place / name).symlink_to(ROOT / name)
    for name in BESIDE:
        (place / "mutants" / name).symlink_to(ROOT / name)
    source = "src/relcomm/" + module.replace(".", "/") + ".py"
    listed = "\n    ".join(f"tests/{name}" for name in tests)
    (place / "setup.cfg").write_text(SETTINGS.format(source=source, tests=listed), encoding="utf-8")
    return place


def fates(place: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """What became of each fault, by its name."""
    lines = run(place, environment, "-m", "mutmut", "results", "--all", "true").splitlines()
    return dict(line.strip().rsplit(": ", 1) for line in lines if "__mutmut_" in line)


def run(place: Path, environment: Mapping[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command[:3])} failed in {place}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def tell(tried: Tried, *, show: bool) -> None:
    share = tried.noticed / max(len(tried.fates), 1)
    counts = f"{tried.noticed} of {len(tried.fates)} noticed ({share:.3f}), drawn from {tried.made}"
    print(f"{tried.module:30} {counts}", flush=True)
    for name in tried.missed if show else ():
        fault = run(WORK / tried.module, os.environ, "-m", "mutmut", "show", name)
        changed = [line for line in fault.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        print("\n".join([f"  {name}: {tried.fates[name]}", *(f"    {line}" for line in changed)]), flush=True)


def summary(tried: Sequence[Tried], options: argparse.Namespace) -> int:
    noticed, count = sum(each.noticed for each in tried), sum(len(each.fates) for each in tried)
    met = noticed >= BAR * count
    if options.json:
        drawn = f"{count} drawn from {sum(each.made for each in tried)}"
        name = f"share of small faults that a module's own tests notice ({len(tried)} core modules, {drawn})"
        asked = ["--sample", str(options.sample)] if options.sample is not None else []
        command = " ".join(["scripts/mutants", *options.modules, *asked])
        figure = round(noticed / max(count, 1), 3)
        print(json.dumps({"name": name, "figure": figure, "bar": BAR, "met": met, "command": command}))
    else:
        print(f"{noticed} of {count} noticed ({noticed / max(count, 1):.3f}); the bar is {BAR}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

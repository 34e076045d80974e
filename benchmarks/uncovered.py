"""Which lines and branches of the package no test runs, and which of those are owned up to.

usage: scripts/coverage [MODULE ...] [--show] [--json] [--again]

Runs the tests under coverage.py, programs they start included, and counts lines and branches together. What is known not to
be run is listed in tests/strength.toml, each with the reason: a whole file, or lines by their text. Prints the share that is
run of all, and of all but what is listed; names what is neither run nor listed, and what is listed but run, so that
the list stays true. With modules (core ones, as in tests/strength.toml), only those are counted, and only their own tests are run.
``--again`` reads what the last run left instead. Bar: 1 of all but what is listed. Exits with 1 where it is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "relcomm"
WORK = ROOT / "runs" / "coverage"


@dataclass(slots=True)
class Seen:
    """The lines and branches of one file: how many, how many are not run, and which of these are not listed."""

    file: str
    whole: int
    missing: int = 0
    listed: int = 0
    lines: list[int] = field(default_factory=list)
    branches: list[tuple[int, int]] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    @property
    def unlisted(self) -> int:
        return len(self.lines) + len(self.branches)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--show", action="store_true", help="the text of the lines that are not run")
    parser.add_argument("--again", action="store_true", help="what the last run left, without running the tests")
    parser.add_argument("--json", action="store_true", help="one row, {name, figure, bar, met, command}, nothing else")
    options = parser.parse_args()
    strength = tomllib.loads((ROOT / "tests" / "strength.toml").read_text(encoding="utf-8"))
    if unknown := set(options.modules) - set(strength["tests"]):
        parser.error(f"tests/strength.toml has no tests for {', '.join(sorted(unknown))}")
    if not options.again:
        measure(sorted({f"tests/{name}" for module in options.modules for name in strength["tests"][module]}))
    found = json.loads((WORK / "coverage.json").read_text(encoding="utf-8"))["files"]
    wanted = {module.replace(".", "/") + ".py" for module in options.modules}
    seen = [each for each in counted(found, strength["uncovered"]) if not wanted or each.file in wanted]
    return tell(seen, options)


def measure(tests: Sequence[str]) -> None:
    """Run these tests, or all, under coverage.py; what it saw lies in runs/coverage then."""
    WORK.mkdir(parents=True, exist_ok=True)
    for old in WORK.glob("data*"):
        old.unlink()
    # The package of this checkout, wherever another one is installed from.
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    coverage = [sys.executable, "-m", "coverage"]
    log = (WORK / "tests.log").open("w", encoding="utf-8")
    with log:
        command = [*coverage, "run", "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *tests]
        code = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False
        ).returncode
    if code:
        # A failing test is the business of scripts/check; here it only leaves lines out.
        print(f"some tests fail: see {log.name}", file=sys.stderr)
    for command in (["combine", "--quiet"], ["json", "--quiet", "-o", str(WORK / "coverage.json")]):
        subprocess.run([*coverage, *command], cwd=ROOT, env=environment, check=True)


def counted(found: Mapping[str, Any], known: Iterable[Mapping[str, Any]]) -> list[Seen]:
    """One count a file of the package, in the order of their names."""
    listed: dict[str, set[str] | None] = {}
    for entry in known:
        listed[entry["file"]] = (listed.get(entry["file"]) or set()) | set(entry["lines"]) if "lines" in entry else None
    named = {path.split("relcomm/", 1)[1]: report for path, report in found.items()}
    for name in listed.keys() - named.keys():
        if not (PACKAGE / name).is_file():
            sys.exit(f"tests/strength.toml lists {name}, which is not there")
    return [count(name, named[name], listed.get(name, set())) for name in sorted(named)]


def count(name: str, report: Mapping[str, Any], listed: set[str] | None) -> Seen:
    """The count of one file; ``listed`` is the text of lines known not to be run, None for all of them."""
    summary = report["summary"]
    branches = [(start, end) for start, end in report["missing_branches"]]
    seen = Seen(name, summary["num_statements"] + summary["num_branches"])
    seen.missing = len(report["missing_lines"]) + len(branches)
    if listed is None:
        seen.listed = seen.missing
        return seen
    text = [""] + [line.strip() for line in (PACKAGE / name).read_text(encoding="utf-8").splitlines()]
    seen.lines = [n for n in report["missing_lines"] if text[n] not in listed]
    # A branch to a line that is listed is owned up to with it.
    seen.branches = [ends for ends in branches if not {text[abs(n)] for n in ends} & listed]
    seen.listed = seen.missing - seen.unlisted
    missing = {text[n] for n in report["missing_lines"]} | {text[abs(n)] for ends in branches for n in ends}
    seen.stale = sorted(listed - missing)
    return seen


def tell(seen: Sequence[Seen], options: argparse.Namespace) -> int:
    whole, missing, listed = (sum(getattr(each, name) for each in seen) for name in ("whole", "missing", "listed"))
    unlisted = missing - listed
    share = (whole - missing) / whole, (whole - missing) / (whole - listed)
    stale = [] if options.modules else [(each.file, text) for each in seen for text in each.stale]
    met = not unlisted and not stale
    if options.json:
        what = ", ".join(options.modules) or f"all {len(seen)} files"
        name = (
            f"share of lines and branches run by tests ({what}; {listed} of {whole} listed with a reason and left out)"
        )
        command = " ".join(["scripts/coverage", *options.modules])
        print(json.dumps({"name": name, "figure": round(share[1], 4), "bar": 1, "met": met, "command": command}))
        return 0 if met else 1
    for each in seen:
        if each.unlisted:
            print(f"{each.file}: {each.unlisted} of {each.whole} not run: {places(each)}")
            show(each, wanted=options.show)
    for file, text in stale:
        print(f"{file}: listed, but run: {text}")
    print(f"{whole} lines and branches, {share[0]:.4f} run; {listed} listed; of the others {share[1]:.4f}")
    return 0 if met else 1


def places(seen: Seen) -> str:
    return ", ".join(
        [*map(str, seen.lines), *(f"{start} to {'the end' if end < 0 else end}" for start, end in seen.branches)]
    )


def show(seen: Seen, *, wanted: bool) -> None:
    text = (PACKAGE / seen.file).read_text(encoding="utf-8").splitlines()
    for n in seen.lines if wanted else ():
        print(f"    {n:4} {text[n - 1]}")


if __name__ == "__main__":
    sys.exit(main())

"""Whether a word that somebody said turns up where nobody asked for it: every public function, command, route, reader and writer.

usage: python benchmarks/canary.py [--only FILE ...] [--json]

Runs the tests that send canaries (tests/test_canary*.py, and tests/test_watching.py, which sees that the watch itself
notices what it must) and prints a line for each surface: how many calls, in how many of them a canary got out, and what
was left out for a library or a program that is not installed. Exit code 1 on any finding.
"""

import argparse
import io
import json
import sys
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1] / "tests"
SURFACES = {
    "test_canary": "public functions and classes, integrations, tools for assistants",
    "test_canary_commands": "commands and their options",
    "test_canary_service": "routes of the service and their fields",
    "test_canary_files": "readers and writers",
    "test_canary_alone": "processes: system calls, crashes, the loudest logs",
    "test_watching": "the watch itself",
}


class Count:
    """Counts outcomes by file."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Counter[str]] = {name: Counter() for name in SURFACES}
        self.reasons: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test ended."""
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[Path(report.fspath).stem][report.outcome] += 1
        if report.outcome == "skipped" and isinstance(report.longrepr, tuple):
            self.reasons.add(report.longrepr[2])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=SURFACES, metavar="FILE", default=list(SURFACES))
    parser.add_argument("--json", action="store_true", help="one row, {name, figure, bar, met, command}, nothing else")
    options = parser.parse_args()
    count = Count()
    files = [str(TESTS / f"{name}.py") for name in options.only]
    with redirect_stdout(io.StringIO() if options.json else sys.stdout):
        code = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *files], plugins=[count])
    seen = {name: count.outcomes[name] for name in options.only}
    findings = sum(each["failed"] for each in seen.values())
    calls = sum(each["passed"] + each["failed"] for each in seen.values())
    met = not code and not findings
    if options.json:
        left_out = sum(each["skipped"] for each in seen.values())
        print(json.dumps(row(options.only, findings, calls, left_out) | {"met": met}))
        return 0 if met else 1
    print("\n| surface | calls | findings | left out |\n| --- | --- | --- | --- |")
    for name, each in seen.items():
        print(f"| {SURFACES[name]} | {each['passed'] + each['failed']} | {each['failed']} | {each['skipped']} |")
    for reason in sorted(count.reasons):
        print(f"left out: {reason}")
    print(f"{sum(each.total() for each in seen.values())} calls, {findings} findings")
    return 0 if met else 1


def row(names: list[str], findings: int, calls: int, left_out: int) -> dict[str, object]:
    """The whole as one line for a table of bars."""
    surfaces = "all" if len(names) == len(SURFACES) else f"{len(names)} of {len(SURFACES)}"
    only = [] if len(names) == len(SURFACES) else ["--only", *names]
    return {
        "name": f"calls that let out a word somebody said, of {calls} ({surfaces} surfaces, {left_out} left out)",
        "figure": findings,
        "bar": 0,
        "command": " ".join(["python benchmarks/canary.py", *only]),
    }


if __name__ == "__main__":
    sys.exit(main())

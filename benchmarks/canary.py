"""Whether a word that somebody said turns up where nobody asked for it: every public function, command, route, reader and writer.

usage: python benchmarks/canary.py

Runs the tests that send canaries (tests/test_canary*.py, and tests/test_watching.py, which sees that the watch itself
notices what it must) and prints a line for each surface: how many calls, in how many of them a canary got out, and what
was left out for a library or a program that is not installed. Exit code 1 on any finding.
"""

import sys
from collections import Counter
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
    count = Count()
    files = [str(TESTS / f"{name}.py") for name in SURFACES]
    code = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *files], plugins=[count])
    print("\n| surface | calls | findings | left out |\n| --- | --- | --- | --- |")
    for name, what in SURFACES.items():
        seen = count.outcomes[name]
        print(f"| {what} | {seen['passed'] + seen['failed']} | {seen['failed']} | {seen['skipped']} |")
    for reason in sorted(count.reasons):
        print(f"left out: {reason}")
    findings = sum(seen["failed"] for seen in count.outcomes.values())
    print(f"{sum(sum(seen.values()) for seen in count.outcomes.values())} calls, {findings} findings")
    return 1 if code or findings else 0


if __name__ == "__main__":
    sys.exit(main())

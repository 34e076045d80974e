"""The table of promises hides nothing, and what measures the tests counts as it says."""

from __future__ import annotations

import json
import runpy
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
STRENGTH = tomllib.loads((ROOT / "tests" / "strength.toml").read_text(encoding="utf-8"))
ROW = {"name": "what", "figure": 1200, "bar": 0.5, "met": True, "command": "its own"}


def bench(name: str) -> Any:
    return SimpleNamespace(**runpy.run_path(str(ROOT / "benchmarks" / f"{name}.py")))


TRUST, UNCOVERED, MUTANTS = bench("trust"), bench("uncovered"), bench("mutants")


def read(reader: str, code: int, out: str, err: str = "") -> list[Any]:
    promise = TRUST.Promise("name", "the promise", "quick", "full", getattr(TRUST, reader))
    return list(promise.read(promise, TRUST.Done(code, out, err), "as run"))


READ: dict[str, tuple[str, int, str, str, list[tuple[str, str, bool | None]]]] = {
    "a row": ("rows", 0, json.dumps(ROW), "", [("what", "1,200", True)]),
    "rows": ("rows", 1, json.dumps([ROW, ROW | {"met": False}]), "", [("what", "1,200", True), ("what", "1,200", False)]),
    "no figure": ("rows", 0, "{}", "", [("the promise", "holds", True)]),
    "no figure, and a fault": ("rows", 1, "[]", "", [("the promise", "does not hold", False)]),
    "a crash": ("rows", 1, "", "line\nNo module named 'x'\n", [("the promise", "not run: No module named 'x'", None)]),
    "no word": ("rows", 3, "", "", [("the promise", "not run: ended with 3 and no word", None)]),
    "tests": ("tests", 0, "12 passed, 1 skipped", "", [("the promise: tests that fail, of 12", "0", True)]),
    "tests that fail": ("tests", 1, "2 failed, 10 passed", "", [("the promise: tests that fail, of 12", "2", False)]),
    "no tests": ("tests", 4, "", "no such file", [("the promise", "not run: no such file", None)]),
    "checks": ("checks", 0, "== licences\n== spelling\n", "", [("the promise: checks that fail, of 2", "0", True)]),
    "a check fails": (
        "checks", 1, "== licences\n== spelling\n", "failed: spelling\n",
        [("the promise: checks that fail, of 2", "1 (spelling)", False)],
    ),
    "no way to the database": (
        "checks", 1, "== vulnerabilities\n", "no connection\nfailed: vulnerabilities\n",
        [("the promise", "not run: no connection", None)],
    ),
    "a vulnerability": (
        "checks", 1, "== vulnerabilities\n", "Found 2 known vulnerabilities in 1 package\nfailed: vulnerabilities\n",
        [("the promise: checks that fail, of 1", "1 (vulnerabilities)", False)],
    ),
    "the same bytes": ("builds", 0, "the same bytes", "", [("the promise", "the same bytes", True)]),
    "other bytes": ("builds", 1, "a b differ: byte 1", "", [("the promise", "other bytes", False)]),
    "no build": ("builds", 1, "", "no hatchling", [("the promise", "not run: no hatchling", None)]),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_what_a_command_prints_is_told_as_it_is(case: str) -> None:
    reader, code, out, err, expected = READ[case]
    found = read(reader, code, out, err)
    assert [(row.name, row.figure, row.met) for row in found] == expected
    assert {row.command for row in found} == {"as run"}


def test_a_missed_promise_is_plainly_said() -> None:
    said = {met: TRUST.line(TRUST.Row("a|b", "1", "0", met, "x")) for met in (True, False, None)}
    assert said[False] == "| a/b | 1 | 0 | **missed** | `x` |"
    assert [("missed" in line, "not run" in line) for line in said.values()] == [(0, 0), (1, 0), (0, 1)]


@pytest.mark.parametrize(("met", "code"), [(True, 0), (False, 1), (None, 0)])
def test_only_a_missed_promise_is_a_failure(
    met: bool | None, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = TRUST.Row("what", "1", "0", met, "x")
    monkeypatch.setitem(TRUST.main.__globals__, "measured", lambda *_: [row])
    monkeypatch.setattr("sys.argv", ["trust", "--only", "noise"])
    assert TRUST.main() == code
    assert TRUST.line(row) in capsys.readouterr().out


def test_without_data_a_promise_is_not_run(tmp_path: Path) -> None:
    (promise,) = [each for each in TRUST.PROMISES if each.needs_data]
    for data in (None, tmp_path):
        (row,) = TRUST.measured(promise, False, data)
        assert row.met is None
        assert row.figure.startswith("not run: ")


def test_without_its_script_a_promise_is_not_run() -> None:
    promise = TRUST.Promise("name", "what", "python benchmarks/nowhere.py --json", "", TRUST.rows)
    (row,) = TRUST.measured(promise, False, None)
    assert (row.met, row.figure) == (None, "not run: there is no benchmarks/nowhere.py here")
    assert row.command == "python benchmarks/nowhere.py"


# What the tests are measured by --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", STRENGTH["tests"])
def test_every_core_module_has_its_tests(module: str) -> None:
    assert (ROOT / "src" / "relcomm" / (module.replace(".", "/") + ".py")).is_file()
    assert all((ROOT / "tests" / name).is_file() for name in STRENGTH["tests"][module])


@pytest.mark.parametrize("entry", STRENGTH["uncovered"], ids=lambda entry: entry["file"])
def test_what_is_not_run_is_there_and_has_a_reason(entry: dict[str, Any]) -> None:
    text = (ROOT / "src" / "relcomm" / entry["file"]).read_text(encoding="utf-8")
    assert len(entry["why"].split()) >= 4
    assert set(entry.get("lines", [])) <= {line.strip() for line in text.splitlines()}


def test_nothing_is_left_out_anywhere_else() -> None:
    marked = [path.name for path in (ROOT / "src").rglob("*.py") if "pragma: no" in path.read_text(encoding="utf-8")]
    assert marked == []


@pytest.mark.parametrize(
    ("listed", "owned", "expected", "stale"),
    [
        (set(), 0, ([2], [(1, 2), (3, -3)]), []),
        (None, 3, ([], []), []),
        ({"two"}, 2, ([], [(3, -3)]), []),
        ({"three"}, 1, ([2], [(1, 2)]), []),
        ({"two", "four"}, 2, ([], [(3, -3)]), ["four"]),
    ],
)
def test_lines_and_branches_are_counted(
    listed: set[str] | None, owned: int, expected: Any, stale: Any,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "some.py").write_text("one\n  two\nthree\nfour\n", encoding="utf-8")
    monkeypatch.setitem(UNCOVERED.count.__globals__, "PACKAGE", tmp_path)
    summary = {"num_statements": 4, "num_branches": 4}
    found = {"summary": summary, "missing_lines": [2], "missing_branches": [[1, 2], [3, -3]]}
    seen = UNCOVERED.count("some.py", found, listed)
    assert (seen.whole, seen.missing, seen.listed, seen.stale) == (8, 3, owned, stale)
    assert (seen.lines, seen.branches) == expected


def test_faults_that_nobody_noticed_count_as_missed() -> None:
    fates = {"a": "killed", "b": "survived", "c": "timeout", "d": "no tests", "e": "segfault", "f": "suspicious"}
    tried = MUTANTS.Tried("shares", 10, fates)
    assert tried.missed == ["b", "d", "f"]
    assert tried.noticed == 3


def test_the_pinned_tools_are_the_group_s() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = {each.split(">=")[0] for each in config["dependency-groups"]["strength"]}
    script = (ROOT / "scripts" / "strength").read_text(encoding="utf-8")
    assert named == {word.split("==")[0] for word in script.split() if "==" in word}


def test_no_two_promises_have_a_name() -> None:
    names = [promise.name for promise in TRUST.PROMISES]
    assert len(set(names)) == len(names)

"""A canary through every public function: it turns up in what was asked for, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import canary
import canary_tools
from canary import TALK, TEXT, Case, Scene
from canary_tools import OURS
from relcomm.analyzer import Analyzer
from relcomm.errors import RelcommError
from relcomm.types import Analysis
from watching import CANARY, holds, shown_by, told_by, watched

CASES = {**canary.CASES, **canary_tools.CASES}
ALL = [(name, n, case) for name, cases in CASES.items() for n, case in enumerate(cases)]


@pytest.fixture(scope="module")
def analysis(ngram: Analyzer) -> Analysis:
    """The analysis of the talk."""
    return ngram.analyze(TALK)


def test_every_public_function_has_its_cases() -> None:
    assert sorted(canary.surface()) == sorted([*CASES, *OURS])
    assert all(CASES.values())


def test_a_name_without_cases_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def newcomer() -> None:
        """New."""

    newcomer.__module__ = "relcomm.report"
    monkeypatch.setattr("relcomm.report.newcomer", newcomer, raising=False)
    assert set(canary.surface()) - {*CASES, *OURS} == {"relcomm.report.newcomer"}


def test_the_talk_is_one_in_which_something_is_found(analysis: Analysis) -> None:
    assert analysis.safety
    assert analysis.findings
    assert all(holds(said.text) and holds(said.id) for said in analysis.conversation.utterances)


@pytest.mark.parametrize(("name", "n", "case"), ALL, ids=[f"{name}-{n}" for name, n, _ in ALL])
def test_nothing_gets_out(  # noqa: PLR0917
    name: str,
    n: int,
    case: Case,
    ngram: Analyzer,
    analysis: Analysis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    error, found = None, []
    with watched(tmp_path, monkeypatch) as seen:
        try:
            result = case.call(Scene(ngram, analysis, seen.asked))
            found += [] if case.gives else shown_by(result)
        except RelcommError as raised:
            error = raised
            found += told_by(raised)
    said = capfd.readouterr()
    assert found + seen.leaks(tmp_path) == []
    assert (said.out, said.err) == ("", "")
    assert (error is not None) == case.fails
    assert not case.fails or CANARY not in str(error)


@pytest.mark.parametrize("last", [TEXT, [TEXT]], ids=["done", "refused"])
def test_nothing_stays_of_several_processes(
    last: Any, ngram: Analyzer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    told = []
    with watched(tmp_path, monkeypatch) as seen:
        try:
            told += shown_by(list(ngram.classify_many([TEXT] * 600 + [last], n_jobs=2)))
        except RelcommError as error:
            told += [*told_by(error), "refused"]
    assert told == ["refused"] * (last != TEXT)
    # joblib starts programs: that is what was asked for.
    assert [leak for leak in seen.leaks(tmp_path) if not leak.startswith("program: ")] == []
    assert not holds("".join(capfd.readouterr()))

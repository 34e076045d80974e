"""What many tests share: the analysers of the models that ship, and the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import shipped
import tiny
from command import Command
from relcomm.analyzer import Analyzer, load
from relcomm.encoders import ENCODERS
from relcomm.model import Model
from watching import serving

SERVE = {
    "test_serve",
    "test_serve_limits",
    "test_canary_service",
    "test_canary_alone",
    "test_clusters",
    "test_safety_paths",
}
"""The tests that open connections, all of them to this machine; in the others a connection is an error (`watching`)."""


@pytest.fixture(scope="module", autouse=True)
def _offline(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test reaches further than this machine."""
    if request.module.__name__ not in SERVE:
        yield
        return
    with serving():
        yield


@pytest.fixture(scope="session")
def ngram() -> Analyzer:
    """The n-gram analyser."""
    return load("ngram")


@pytest.fixture(scope="session")
def small() -> Analyzer:
    """The small transformer's analyser."""
    return load("small")


@pytest.fixture(scope="session")
def base() -> Analyzer:
    """The default analyser."""
    return load("base")


@pytest.fixture(scope="session", params=shipped.NAMES)
def shipped_model(request: pytest.FixtureRequest) -> Model:
    """Each model that ships, in turn."""
    return load(request.param).model


@pytest.fixture
def fake_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models with the fake encoder can be loaded."""
    monkeypatch.setattr("relcomm.model.ENCODERS", {**ENCODERS, "fake": tiny.FakeEncoder})


@pytest.fixture
def relcomm(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, run in this process."""
    return Command(capsys, monkeypatch)

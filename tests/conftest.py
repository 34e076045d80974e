"""What many tests share: the analysers of the models that ship."""

from __future__ import annotations

import pytest

import tiny
from relcomm.analyzer import Analyzer, load
from relcomm.encoders import ENCODERS
from relcomm.model import Model
from shipped import MODELS


def loaded(name: str) -> Analyzer:
    """A bundled analyser; skips while ``base``, which takes hours to train, is not built."""
    if name == "base" and not (MODELS / name / "model.json").exists():
        pytest.skip("models/base/model.json is not there yet: scripts/train base makes it")
    return load(name)


@pytest.fixture(scope="session")
def ngram() -> Analyzer:
    """The n-gram analyser."""
    return loaded("ngram")


@pytest.fixture(scope="session")
def base() -> Analyzer:
    """The default analyser."""
    return loaded("base")


@pytest.fixture(scope="session", params=["ngram", "base"])
def shipped_model(request: pytest.FixtureRequest) -> Model:
    """Each model that ships, in turn."""
    return loaded(request.param).model


@pytest.fixture
def fake_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models with the fake encoder can be loaded."""
    monkeypatch.setattr("relcomm.model.ENCODERS", {**ENCODERS, "fake": tiny.FakeEncoder})

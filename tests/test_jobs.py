"""Work carried elsewhere: by joblib's own backends, by somebody else's, and as few bytes."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joblib import parallel_config
from joblib.parallel import ThreadingBackend

import tiny
from relcomm import model as model_module
from relcomm.analyzer import Analyzer, load
from relcomm.encoders import NgramEncoder
from relcomm.errors import InputError, ModelError
from relcomm.jobs import carried
from relcomm.model import Model
from relcomm.types import Conversation, Turn, Utterance
from shipped import NAMES

SAID = ("You never listen, you're so selfish.", "Whatever.", "Did you eat?", "It's not my fault, you began.")
TURNS = [Turn(Utterance(f"{SAID[n % 4]} {n}", "Ann")) for n in range(23)]
TALKS = [Conversation(tuple(Utterance(text, "Ben") for text in SAID[:n])) for n in range(5)]


class Noting(ThreadingBackend):  # type: ignore[misc]
    """A backend of somebody else's, which notes how many tasks it was given."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.tasks = 0

    def submit(self, func: Any, callback: Any = None) -> Any:
        self.tasks += len(func)
        return super().submit(func, callback)


# How turns and conversations are labelled, and how many tasks that is.
WAYS: dict[str, tuple[Callable[[Analyzer], Iterator[Any]], int]] = {
    "label": (lambda a: a.label(TURNS, batch_size=5), 5),
    "classify_many": (lambda a: a.classify_many([turn.utterance.text for turn in TURNS]), 1),
    "analyze_many": (lambda a: a.analyze_many(TALKS), 5),
}


@pytest.mark.parametrize(("ask", "tasks"), WAYS.values(), ids=WAYS)
def test_a_backend_that_is_configured_gets_every_task(
    ngram: Analyzer, ask: Callable[[Analyzer], Iterator[Any]], tasks: int
) -> None:
    expected, backend = list(ask(ngram)), Noting()
    with parallel_config(backend=backend, n_jobs=2):
        found = ask(ngram)
    assert list(found) == expected, "the configuration of when it was asked for holds"
    assert backend.tasks == tasks


def test_one_conversation_and_one_job_stay_here(ngram: Analyzer) -> None:
    backend = Noting()
    with parallel_config(backend=backend, n_jobs=2):
        ngram.analyze(TALKS[2])
        list(ngram.label(TURNS, n_jobs=1))
        list(ngram.analyze_many(TALKS, n_jobs=1))
    assert backend.tasks == 0


@pytest.mark.parametrize("backend", ["threading", "loky", "multiprocessing"])
@pytest.mark.parametrize("size", [1, 7])
def test_no_backend_and_no_batch_changes_a_bit(ngram: Analyzer, backend: str, size: int) -> None:
    expected = list(ngram.label(TURNS))
    with parallel_config(backend=backend, n_jobs=2):
        assert list(ngram.label(TURNS, batch_size=size)) == expected


@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_what_fails_comes_after_all_that_was_before_it(n_jobs: int | None) -> None:
    def items() -> Iterator[int]:
        yield from range(30)
        raise InputError("the 31st is no number")

    found: list[float] = []
    with parallel_config(backend="threading"), pytest.raises(InputError, match="31st"):
        found.extend(carried(float, items(), n_jobs))
    assert found == list(map(float, range(30)))


def test_a_task_that_fails_is_raised() -> None:
    with parallel_config(backend="threading", n_jobs=2), pytest.raises(ValueError, match="float"):
        list(carried(float, ["1", "x"], None))


def test_nothing_waits_where_nothing_is_configured() -> None:
    drawn = []

    def items() -> Iterator[int]:
        while True:
            drawn.append(1)
            yield 1

    found = carried(float, items(), None)
    assert [next(found), next(found)] == [1.0, 1.0]
    assert len(drawn) <= 3


@pytest.mark.parametrize("n_jobs", [0, 1.5, "two"])
def test_what_n_jobs_cannot_be(n_jobs: Any) -> None:
    with pytest.raises(InputError, match="n_jobs must be"):
        carried(float, [1], n_jobs)


@pytest.mark.parametrize("size", [0, -1, 2.0, None])
def test_what_batch_size_cannot_be(ngram: Analyzer, size: Any) -> None:
    with pytest.raises(InputError, match="batch_size must be"):
        ngram.label(TURNS, batch_size=size)


# What travels --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("prior", [None, "everyday"])
def test_a_model_travels_in_less_than_a_kilobyte(name: str, prior: str | None) -> None:
    analyzer = load(name, prior=prior)
    for each in (analyzer, analyzer.model):
        assert len(pickle.dumps(each)) < 1000
        assert len(pickle.dumps(each, protocol=0)) < 1000
    assert analyzer.model.digest in pickle.dumps(analyzer).decode("latin-1")


def test_an_unsaved_model_has_no_digest() -> None:
    assert tiny.tiny_model().digest == ""


def test_another_machine_keeps_its_models_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for home in ("here", "there"):
        tiny.tiny_folder(tmp_path / home, NgramEncoder(8))
    sent = Model.load(tmp_path / "here" / "tiny")
    packed = pickle.dumps(sent)
    (tmp_path / "here").rename(tmp_path / "gone")
    with pytest.raises(ModelError, match="missing on this machine"):
        pickle.loads(packed)
    monkeypatch.setattr(model_module, "_home", lambda: tmp_path / "there")
    assert (pickle.loads(packed).score(TURNS) == sent.score(TURNS)).all()
    tiny.resealed(tmp_path / "there" / "tiny", lambda manifest: manifest["data"].update(turns=4))
    with pytest.raises(ModelError, match="has changed"):
        pickle.loads(packed)

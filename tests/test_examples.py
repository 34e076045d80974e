"""The examples: transcripts that read and analyse, with what a reader would expect, and scripts that run."""

from __future__ import annotations

import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from relcomm import read
from relcomm.analyzer import Analyzer
from relcomm.labels import LABELS
from relcomm.training.corpus import read_corpus

FOLDER = Path(__file__).parents[1] / "examples"
TRANSCRIPTS = sorted((FOLDER / "transcripts").iterdir())
CALM = FOLDER / "transcripts" / "calm_planning.txt"
SCRIPTS = {
    "label_conversation": r"(?s).*\bpressure 0\.\d\d  '.+'\n.*",
    "check_draft": r"(?s).*reads as criticism\..*\n  Try: .*\n",
    "teach_label": r"(1\.00|0\.[5-9]\d)  Let's go .*\n0\.[0-4]\d  Did the cat .*\n",
}

each_transcript = pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)


def expected(path: Path) -> dict[str, Any]:
    """What a reader finds in a transcript: labels by turn number."""
    found: dict[str, Any] = json.loads((FOLDER / "expected" / f"{path.stem}.json").read_text(encoding="utf-8"))
    return found


def test_every_transcript_has_its_expectation() -> None:
    assert len(TRANSCRIPTS) >= 10
    assert [path.stem for path in TRANSCRIPTS] == [path.stem for path in sorted((FOLDER / "expected").iterdir())]


@each_transcript
def test_the_expectation_is_about_the_transcript(path: Path) -> None:
    found, turns = expected(path), len(read(path))
    assert set(found) == {"what", "labels"}
    assert re.fullmatch(r"[A-Z].{20,}\.", found["what"])
    assert found["labels"]
    for number, labels in found["labels"].items():
        assert 1 <= int(number) <= turns
        assert labels
        assert set(labels) <= set(LABELS)


@each_transcript
def test_every_transcript_is_read_and_analysed(ngram: Analyzer, path: Path) -> None:
    talk = read(path)
    assert talk.report
    assert len(talk.speakers) == 2
    assert not talk.report.unassigned
    analysis = ngram.analyze(talk)
    assert len(analysis.predictions) == len(talk) == talk.report.messages
    assert set(analysis.rates) == {"", *talk.speakers}
    assert any(found.labels for found in analysis.predictions)


MISHEARD = {
    "ngram": 'takes "I didn\'t do anything!" (turn 15), the happy answer to good news, for defence',
    "base": "takes a landlord's ultimatum that is only told (turn 3), talk of a spoilt dog (20) and a joke about being "
    "left alone with the tape (38) for the speaker's own ultimatum, pressure and stonewalling",
}


@pytest.mark.parametrize(
    "model", [pytest.param(name, marks=pytest.mark.xfail(reason=MISHEARD[name])) for name in MISHEARD]
)
def test_calm_talk_gets_no_harmful_label(request: pytest.FixtureRequest, model: str) -> None:
    analyzer: Analyzer = request.getfixturevalue(model)
    given = enumerate(analyzer.analyze(read(CALM)).predictions, 1)
    assert [(n, label) for n, found in given for label in found.labels if LABELS[label].harmful] == []


def test_no_transcript_was_trained_on() -> None:
    corpus = read_corpus(sorted((FOLDER.parent / "corpus" / "turns").glob("*.jsonl")))
    written = {said.text for talk in corpus for said in talk.conversation.utterances if len(said.text) >= 25}
    assert [path.stem for path in TRANSCRIPTS if any(said.text in written for said in read(path).utterances)] == []


@pytest.mark.parametrize("model", ["ngram", "base"])
@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_run(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    model: str,
) -> None:
    request.getfixturevalue(model)
    monkeypatch.setattr(sys, "argv", [name, *([model] if model != "base" else [])])
    runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
    written = capsys.readouterr()
    assert re.fullmatch(SCRIPTS[name], written.out)
    assert written.err == ""


def test_every_script_is_tried() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == sorted(SCRIPTS)

"""Wherever a person reads what was found, a threat comes with the word about safety or points to it; so does a doubt.

A path is a way out of relcomm: what it gives of a talk, as text. A new way out belongs into `PATHS`; a new format of
writers is found by itself.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import serving
from command import Command
from relcomm import report
from relcomm.analyzer import Analyzer
from relcomm.integrations.mcp import tools_of
from relcomm.model import Model
from relcomm.pseudonyms import hide_names
from relcomm.report import notes
from relcomm.report.words import CONSENT
from relcomm.safety import LABEL
from relcomm.types import POINTER, Analysis, Conversation, Utterance
from relcomm.writers import chosen, formats, render
from report_reader import Page
from tiny import LABELS, FakeEncoder, tiny_model

SAID = "quince"
TALK = Conversation((Utterance(SAID, "Ann", start=0.0, end=1.0), Utterance(SAID, "Ben", start=1.0, end=2.0)))
TRANSCRIPT = f"Ann: {SAID}\nBen: {SAID}\n"
FEAR = "reason enough to talk to somebody"
"""Words of the notice, loud or quiet, and of what stands beside a draft."""
SURE = {"a threat": 0.9, "a doubt": 0.46, "neither": 0.1}
NO_ROOM = ("wide", "qdc", "textgrid", "eaf")
"""Formats without a place for a sentence: a table of figures, a book of codes, and intervals that are marks."""


def analyzer_of(sure: float) -> Analyzer:
    """One that is this sure of a threat in every turn, and of nothing else."""
    labels = (*LABELS, LABEL) if LABEL not in LABELS else LABELS
    encoder, like = FakeEncoder(), tiny_model(labels=labels)
    heads = np.zeros((encoder.dim + 1, len(labels)), np.float32)
    heads[-1] = -4.0
    heads[-1, labels.index(LABEL)] = np.log(sure / (1 - sure))
    return Analyzer(Model(encoder, labels, heads=heads, thresholds=like.thresholds, name="tiny", data={"turns": 3}))


@dataclass(frozen=True)
class Scene:
    """What a path may need."""

    analyzer: Analyzer
    analysis: Analysis
    folder: Path
    relcomm: Command


def cli(scene: Scene, *argv: str, file: str = "") -> str:
    """All that a command says, and the file it writes."""
    model = scene.folder / "tiny"
    if not model.exists():
        scene.analyzer.model.save(model)
    (scene.folder / "talk.txt").write_text(TRANSCRIPT, encoding="utf-8")
    given = [str(scene.folder / each) if each in ("talk.txt", file) else each for each in argv]
    done = scene.relcomm(*given, "--model", model)
    assert done.code == 0
    return done.out + done.err + ((scene.folder / file).read_text(encoding="utf-8") if file else "")


def http(scene: Scene, path: str, asked: dict[str, Any]) -> str:
    with serving.served(scene.analyzer) as client:
        answer = client.post(path, json=asked)
    assert answer.status_code == 200
    told = answer.json()
    return Page(told["html"]).said() if "html" in told else json.dumps(told)


def mcp(scene: Scene, tool: str, **given: str) -> str:
    return json.dumps(tools_of(scene.analyzer)[tool].call(given))


def advice(scene: Scene) -> str:
    return notes.advice(SAID, scene.analyzer.check(SAID))


def written(scene: Scene, form: str) -> str:
    """What is said when a file is written in this format."""
    return "; ".join(render(scene.analysis, "talk", format=form).remarks)


def inside(scene: Scene, form: str) -> str:
    """The texts in a file of this format."""
    content = render(scene.analysis, "talk", format=form).content
    if isinstance(content, bytes) and form == "parquet":
        pq = pytest.importorskip("pyarrow.parquet")
        return str(pq.read_table(io.BytesIO(content)).to_pylist())
    if isinstance(content, bytes) and form == "sav":
        file = scene.folder / "talk.sav"
        file.write_bytes(content)
        return str(pytest.importorskip("pyreadstat").read_sav(file)[0].to_dict())
    if isinstance(content, bytes) and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
    parts = content.values() if isinstance(content, dict) else [content]
    return "\n".join(part.decode() if isinstance(part, bytes) else str(part) for part in parts)


TOLD: dict[str, Any] = {"transcript": TRANSCRIPT, "format": "name_text"}
PATHS: dict[str, Callable[[Scene], str]] = {
    "text": lambda s: report.text(s.analysis),
    "page": lambda s: Page(report.html(s.analysis)).said(),
    "notebook": lambda s: Page(report.notebook(s.analysis)).everything(),
    "repr in a notebook": lambda s: Page(s.analysis._repr_html_()).everything(),
    "under pseudonyms": lambda s: report.text(hide_names(s.analysis)),
    "to_dict": lambda s: json.dumps(s.analysis.to_dict()),
    "rows": lambda s: json.dumps(list(s.analysis.rows())),
    "check": advice,
    "relcomm analyze": lambda s: cli(s, "analyze", "talk.txt"),
    "relcomm analyze --json": lambda s: cli(s, "analyze", "talk.txt", "--json"),
    "relcomm analyze --html": lambda s: cli(
        s, "analyze", "talk.txt", "--json", "--html", "talk.html", file="talk.html"
    ),
    "relcomm analyze --out": lambda s: cli(s, "analyze", "talk.txt", "--out", "talk.csv", file="talk.csv"),
    "relcomm check": lambda s: cli(s, "check", SAID),
    "relcomm check --json": lambda s: cli(s, "check", SAID, "--json"),
    "/v1/analyze": lambda s: http(s, "/v1/analyze", TOLD),
    "/v1/analyze as a page": lambda s: http(s, "/v1/analyze", TOLD | {"html": True}),
    "/v1/check": lambda s: http(s, "/v1/check", {"draft": SAID}),
    "tool label": lambda s: mcp(s, "label", text=SAID),
    "tool analyze": lambda s: mcp(s, "analyze", transcript=TRANSCRIPT, format="name_text"),
    "tool check": lambda s: mcp(s, "check", draft=SAID),
}
PATHS |= {f"written: {form}": partial(written, form=form) for form in formats()}
PATHS |= {f"in a file: {form}": partial(inside, form=form) for form in formats() if not form.startswith(NO_ROOM)}


@pytest.fixture(params=SURE)
def scene(request: pytest.FixtureRequest, tmp_path: Path, relcomm: Command, fake_is_known: None) -> tuple[str, Scene]:
    analyzer = analyzer_of(SURE[request.param])
    return request.param, Scene(analyzer, analyzer.analyze(TALK), tmp_path, relcomm)


def plain(words: str) -> str:
    """On one line, as a terminal or a page may have broken it."""
    return " ".join(words.split())


@pytest.mark.parametrize("name", PATHS)
def test_a_threat_comes_with_the_word_about_safety(scene: tuple[str, Scene], name: str) -> None:
    what, given = scene
    _, _, form = name.partition(": ")
    if form:
        try:
            chosen("talk", form)
        except ImportError:
            pytest.skip(f"{form} needs a library")
    told = plain(PATHS[name](given))
    assert (FEAR in told or POINTER in told) == (what != "neither")


@pytest.mark.parametrize("name", ["text", "page", "notebook"])
def test_a_report_asks_for_the_consent_of_all(scene: tuple[str, Scene], name: str) -> None:
    assert plain(CONSENT) in plain(PATHS[name](scene[1]))


def test_a_notebook_has_the_help_lines(scene: tuple[str, Scene]) -> None:
    what, given = scene
    told = plain(PATHS["notebook"](given).replace("\N{NO-BREAK SPACE}", " "))
    assert ("1-800-799-7233" in told) == (what != "neither")


def test_rows_point_beside_the_turns_that_raised_it() -> None:
    analysis = analyzer_of(0.9).analyze(TALK)
    assert analysis.safety
    assert [row["safety"] for row in analysis.rows()] == [POINTER, POINTER]
    assert [analysis.safety.beside(n) for n in (-1, 0, 2)] == ["", POINTER, ""]
    assert all("safety" not in row for row in analyzer_of(0.1).analyze(TALK).rows())

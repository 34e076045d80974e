"""Calls of every public function and class with a canary in all that a person could have written, where it is taken and where it is not.

`surface` is read from the code: what is in it and has no cases, here or in ``canary_tools``, fails ``test_canary``.
"""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import relcomm
from relcomm.analyzer import Analyzer
from relcomm.patterns.side import MySide
from relcomm.types import Analysis, Conversation, Finding, Turn, Utterance
from watching import CANARY

PUBLIC = ("readers", "writers", "report", "pseudonyms", "safety", "help")
PUBLIC += tuple(f"integrations.{name}" for name in ("frame", "sklearn", "spacy", "spark", "mcp"))
"""The modules whose functions the documents name, besides what ``relcomm`` itself has."""

TEXT = f"I'll kill you, {CANARY}, you never listen to me!"
NAME = f"Ann {CANARY}"
TALK = Conversation(
    tuple(
        Utterance(text, name, datetime(2026, 5, 1, 20, n, tzinfo=UTC), id=f"{CANARY}-{n}")
        for n, (name, text) in enumerate(
            [(NAME, TEXT), ("Ben", f"It's not my fault, {CANARY}. I'm busy."), (NAME, f"Whatever. {CANARY}"), ("Ben", TEXT)] * 3
        )
    ),
    id=CANARY,
)  # fmt: skip
LINES = "\n".join(f"{said.speaker}: {said.text}" for said in TALK.utterances)
EARLIER = TALK.utterances[:2]
KEYS = {
    "text": [said.text for said in TALK.utterances],
    "who": [said.speaker for said in TALK.utterances],
    "chat": [CANARY] * 12,
}


@dataclass(frozen=True)
class Scene:
    """What a case may use: an analyser, an analysis of `TALK`, and a folder for what it asks to be written."""

    analyzer: Analyzer
    analysis: Analysis
    asked: Path


@dataclass(frozen=True)
class Case:
    """A call. ``fails``: it must end in an error of ours; ``gives``: what it gives is the text itself, asked for."""

    call: Callable[[Scene], Any]
    fails: bool = False
    gives: bool = False


def ok(*calls: Callable[[Scene], Any]) -> list[Case]:
    """Calls whose result must show nothing of what was said."""
    return [Case(call) for call in calls]


def gives(*calls: Callable[[Scene], Any]) -> list[Case]:
    """Calls that are there to give the text back."""
    return [Case(call, gives=True) for call in calls]


def bad(*calls: Callable[[Scene], Any]) -> list[Case]:
    """Calls that must end in an error of ours."""
    return [Case(call, fails=True) for call in calls]


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a module defines, or names in ``__all__``, and its name."""
    listed = getattr(module, "__all__", None)
    for name, value in vars(module).items():
        own = getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
        if (name in listed if listed else own) and callable(value):
            yield name, value


def surface() -> list[str]:
    """Every public function, class and method, by its full name."""
    found = [(f"relcomm.{name}", getattr(relcomm, name)) for name in relcomm.__all__]
    for part in PUBLIC:
        module = import_module(f"relcomm.{part}")
        found += [(f"relcomm.{part}.{name}", value) for name, value in public(module) if name not in relcomm.__all__]
    return [full for name, value in found for full in (name, *_methods(name, value))]


def _methods(name: str, value: Any) -> list[str]:
    classes = [c for c in value.__mro__ if c.__module__.startswith("relcomm")] if isinstance(value, type) else []
    named = dict.fromkeys(n for c in classes for n, m in vars(c).items() if not n.startswith("_") and _called(m))
    return [f"{name}.{each}" for each in named]


def _called(member: Any) -> bool:
    return isinstance(member, property | classmethod | staticmethod) or (
        callable(member) and not isinstance(member, type)
    )


def frame(**more: Any) -> Any:
    """`TALK` as a data frame."""
    return pytest.importorskip("pandas").DataFrame(KEYS | more)


def classifier(**options: Any) -> Any:
    """A classifier of one's own."""
    return relcomm.UtteranceClassifier("ngram", **{"cv": 2} | options)


X = [f"{CANARY} shall we go to {place}?" for place in ("here", "there", "home", "bed")] * 4 + [
    f"{CANARY} no {n}" for n in range(16)
]
Y = [CANARY] * 16 + ["other"] * 16


def as_dict(value: Any) -> Any:
    """What goes out as JSON."""
    return json.dumps(value.to_dict())


def all_of(items: Any) -> list[Any]:
    """What comes one by one."""
    return list(items)


def side(scene: Scene) -> MySide:
    """One speaker's own side."""
    found = scene.analyzer.analyze(TALK, me=NAME).my_side
    assert found
    return found


BROKEN = replace(TALK, utterances=TALK.utterances[:1])
WRONG_KIND = ([TEXT], TEXT.encode(), None, {CANARY: TEXT}, Utterance(TEXT, NAME), 5)
LIMITS = {CANARY: 0.1}

CASES: Mapping[str, list[Case]] = {
    "relcomm.load": bad(
        lambda s: relcomm.load(CANARY),
        lambda s: relcomm.load(TEXT * 100),
        lambda s: relcomm.load(Path(CANARY)),
        lambda s: relcomm.load(f"{CANARY}\0"),
        lambda s: relcomm.load([CANARY]),
        lambda s: relcomm.load("ngram", prior=CANARY),
        lambda s: relcomm.load("ngram", prior=LIMITS),
        lambda s: relcomm.load("ngram", prior={"contempt": CANARY}),
    ),
    "relcomm.read": gives(lambda s: relcomm.read(io.StringIO(LINES)))
    + bad(
        lambda s: relcomm.read(CANARY),
        lambda s: relcomm.read(LINES),
        lambda s: relcomm.read(io.StringIO(TEXT)),
        lambda s: relcomm.read(io.BytesIO(LINES.encode() + b"\xff")),
        lambda s: relcomm.read(io.StringIO(LINES), format=CANARY),
        lambda s: relcomm.read(io.StringIO(LINES), format=f"whatsapp:{CANARY}"),
        lambda s: relcomm.read(io.StringIO(f"{CANARY},b\n1,2\n"), format="csv"),
        lambda s: relcomm.read([LINES]),
    ),
    **{
        f"relcomm.{name}": ok(lambda s, f=of: f(s)(TEXT, context=EARLIER, speaker=NAME))
        + bad(
            *(lambda s, f=of, w=wrong: f(s)(w) for wrong in WRONG_KIND),
            lambda s, f=of: f(s)(TEXT, context=TEXT),
            lambda s, f=of: f(s)(TEXT, context=[TEXT]),
            lambda s, f=of: f(s)(TEXT, context=[(NAME, TEXT)]),
            lambda s, f=of: f(s)(TEXT, speaker=[NAME]),
        )
        for name, of in {
            "classify": lambda _: relcomm.classify,
            "check": lambda _: relcomm.check,
            "Analyzer.classify": lambda s: s.analyzer.classify,
            "Analyzer.check": lambda s: s.analyzer.check,
        }.items()
    },
    **{
        f"relcomm.{name}": ok(lambda s, f=of: f(s)(TALK, me=NAME), lambda s, f=of: f(s)(TALK))
        + bad(
            *(lambda s, f=of, w=wrong: f(s)(w) for wrong in (*WRONG_KIND, LINES, [TALK])),
            lambda s, f=of: f(s)(TALK, me=CANARY),
            lambda s, f=of: f(s)(TALK, me=[CANARY]),
        )
        for name, of in {"analyze": lambda _: relcomm.analyze, "Analyzer.analyze": lambda s: s.analyzer.analyze}.items()
    },
    "relcomm.Analyzer": ok(lambda s: s.analyzer, lambda s: pickle.dumps(s.analyzer)),
    "relcomm.Analyzer.classify_many": ok(
        lambda s: all_of(s.analyzer.classify_many(KEYS["text"], contexts=[EARLIER] * 12, speakers=KEYS["who"])),
        lambda s: s.analyzer.classify_many([TEXT]),
    )
    + bad(
        lambda s: s.analyzer.classify_many(TEXT),
        lambda s: all_of(s.analyzer.classify_many([TEXT, [TEXT]])),
        lambda s: all_of(s.analyzer.classify_many([TEXT, TEXT], speakers=[NAME])),
        lambda s: all_of(s.analyzer.classify_many([TEXT], contexts=[TEXT])),
        lambda s: all_of(s.analyzer.classify_many([TEXT], n_jobs=CANARY)),
    ),
    "relcomm.Analyzer.label": ok(lambda s: all_of(s.analyzer.label(TALK.turns())))
    + bad(lambda s: s.analyzer.label(TALK.turns(), batch_size=CANARY)),
    "relcomm.Analyzer.label_batch": ok(lambda s: s.analyzer.label_batch(list(TALK.turns()))),
    "relcomm.Analyzer.analyze_many": ok(lambda s: all_of(s.analyzer.analyze_many([TALK, TALK], me=NAME)))
    + bad(
        lambda s: all_of(s.analyzer.analyze_many(LINES)),
        lambda s: all_of(s.analyzer.analyze_many([TALK, LINES])),
        lambda s: all_of(s.analyzer.analyze_many([TALK], me=CANARY)),
    ),
    "relcomm.Utterance": ok(lambda s: Utterance(TEXT, NAME, id=CANARY))
    + bad(
        lambda s: Utterance([TEXT]),
        lambda s: Utterance(TEXT, [NAME]),
        lambda s: Utterance(TEXT, time=CANARY),
        lambda s: Utterance(TEXT, id={CANARY}),
        lambda s: Utterance(TEXT, start=CANARY),
    ),
    "relcomm.Turn": ok(lambda s: Turn(EARLIER[0], EARLIER))
    + bad(lambda s: Turn(TEXT), lambda s: Turn(EARLIER[0], TEXT), lambda s: Turn(EARLIER[0], (TEXT,))),
    "relcomm.Conversation": ok(lambda s: TALK)
    + bad(
        lambda s: Conversation(TEXT),
        lambda s: Conversation((EARLIER[0], TEXT)),
        lambda s: Conversation(EARLIER, id=[CANARY]),
        lambda s: Conversation(EARLIER, report=CANARY),
    ),
    "relcomm.Conversation.turns": ok(lambda s: all_of(TALK.turns())),
    "relcomm.Conversation.speakers": gives(lambda s: TALK.speakers),
    "relcomm.Analysis": ok(lambda s: s.analysis, lambda s: f"{s.analysis}"),
    "relcomm.Analysis.rows": gives(lambda s: all_of(s.analysis.rows())) + ok(lambda s: s.analysis.rows()),
    "relcomm.Analysis.to_dict": gives(lambda s: as_dict(s.analysis)),
    "relcomm.Prediction": ok(lambda s: s.analysis.predictions),
    "relcomm.Prediction.to_dict": ok(lambda s: [as_dict(seen) for seen in s.analysis.predictions]),
    "relcomm.Finding": ok(lambda s: Finding("x", (0,), 1.0, NAME, details={"who": NAME}), lambda s: s.analysis.findings),
    "relcomm.Finding.to_dict": gives(lambda s: [as_dict(found) for found in s.analysis.findings]),
    "relcomm.Span": ok(lambda s: list(chain.from_iterable(seen.spans for seen in s.analysis.predictions))),
    "relcomm.Rate": ok(lambda s: list(s.analysis.rates[NAME].values())),
    "relcomm.Rate.value": ok(lambda s: [rate.value for rate in s.analysis.rates[NAME].values()]),
    "relcomm.ReadReport": ok(lambda s: relcomm.read(io.StringIO(LINES)).report),
    "relcomm.Notice": ok(lambda s: s.analysis.safety),
    "relcomm.Notice.quiet": ok(lambda s: s.analysis.safety and s.analysis.safety.quiet),
    "relcomm.Notice.beside": ok(lambda s: s.analysis.safety and [s.analysis.safety.beside(n) for n in range(3)]),
    "relcomm.Notice.to_dict": ok(lambda s: as_dict(s.analysis.safety)),
    "relcomm.Helpline": ok(lambda s: s.analysis.safety and s.analysis.safety.help),
    "relcomm.Advice": ok(lambda s: s.analyzer.check(TEXT)),
    "relcomm.Advice.to_dict": ok(lambda s: [as_dict(advice) for advice in s.analyzer.check(TEXT)]),
    "relcomm.MySide": ok(side),
    **{
        f"relcomm.MySide.{name}": gives(lambda s, n=name: _had(side(s), n))
        for name in ("did", "answers", "over_time", "safety", "summary", "to_dict")
    },
    "relcomm.LABELS": ok(lambda s: CANARY in relcomm.LABELS),
    "relcomm.UtteranceEncoder": ok(lambda s: relcomm.UtteranceEncoder("ngram").fit(X)),
    "relcomm.UtteranceEncoder.fit": ok(lambda s: pickle.dumps(relcomm.UtteranceEncoder("ngram").fit(X)))
    + bad(
        lambda s: relcomm.UtteranceEncoder(CANARY).fit(X),
        lambda s: relcomm.UtteranceEncoder("ngram").fit(TEXT),
        lambda s: relcomm.UtteranceEncoder("ngram").fit({CANARY: TEXT}),
        lambda s: relcomm.UtteranceEncoder("ngram").fit([[TEXT, TEXT, TEXT]]),
        lambda s: relcomm.UtteranceEncoder("ngram").fit([TEXT, [TEXT, TEXT]]),
    ),
    "relcomm.UtteranceEncoder.transform": ok(lambda s: relcomm.UtteranceEncoder("ngram").fit(X).transform(X))
    + bad(lambda s: relcomm.UtteranceEncoder("ngram").fit(X).transform([[TEXT, TEXT]])),
    "relcomm.UtteranceClassifier": ok(lambda s: classifier()),
    "relcomm.UtteranceClassifier.fit": ok(lambda s: classifier().fit(X, Y), lambda s: pickle.dumps(classifier().fit(X, [y == CANARY for y in Y])))
    + bad(
        lambda s: classifier().fit(X, None),
        lambda s: classifier().fit(X, CANARY),
        lambda s: classifier().fit(X, Y[:3]),
        lambda s: classifier().fit(X, [CANARY] * 32),
        lambda s: classifier().fit(X, [[CANARY]] * 31 + [[CANARY, CANARY]]),
        lambda s: classifier().fit(X, [[CANARY, "other"]] * 32),
        lambda s: classifier().fit(X, [*Y[:31], None]),
        lambda s: classifier().fit([*X[:31], 5], Y),
        lambda s: classifier().fit(X, Y, [CANARY] * 32),
        lambda s: classifier(cv=CANARY).fit(X, Y),
        lambda s: classifier(C=CANARY).fit(X, Y),
        lambda s: classifier(precision=CANARY).fit(X, Y),
    ),
    "relcomm.UtteranceClassifier.predict_proba": ok(lambda s: classifier().fit(X, Y).predict_proba(X))
    + bad(lambda s: classifier().fit(X, Y).predict_proba(TEXT), lambda s: classifier().fit(frame()[["text"]], KEYS["who"]).predict_proba(frame()[["who"]])),
    "relcomm.UtteranceClassifier.predict": gives(lambda s: classifier().fit(X, Y).predict(X))
    + ok(lambda s: classifier().fit(X, [y == CANARY for y in Y]).predict(X)),
    "relcomm.UtteranceClassifier.save": ok(lambda s: _saved("kept"))
    + bad(
        lambda s: classifier().fit(X, Y).save(s.asked / CANARY, {CANARY: "plan"}),
        lambda s: classifier().fit(X, Y).save(s.asked / "mine", {TEXT: "plan"}),
        lambda s: classifier().fit(X, Y).save(s.asked / "mine", {CANARY: TEXT, "other": TEXT}),
        lambda s: classifier().fit(X, Y).save(s.asked / "mine", CANARY),
        lambda s: classifier(cv=0).fit(X, Y).save(s.asked / "mine"),
    ),
}  # fmt: skip


def _had(of: Any, name: str) -> Any:
    value = getattr(of, name)
    return value() if callable(value) else value


def _saved(name: str) -> None:
    # Beside what was asked for, where a canary is looked for: texts must not stay in a model that learnt from them.
    classifier().fit(X, [y == CANARY for y in Y]).save(Path.cwd() / name, {True: "plan"})

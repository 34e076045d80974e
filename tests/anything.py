"""What may become of any input: an answer that keeps every promise, or an error of ours. Nothing else, at no entry.

An entry takes an analyser, a seed and numbers, and says what became of each input: `READ`, `REFUSED`, or what is wrong,
in words that hold nothing of the input. Input ``n`` of a seed is the same in every run.
"""

from __future__ import annotations

import json
import logging
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any

import hostile
import tiny
from damage import SEALED, Place, fate
from fuzzing import formats, outcome, outcomes, place
from mutations import other
from relcomm import report
from relcomm.analyzer import Analyzer
from relcomm.encoders import ENCODERS
from relcomm.errors import ModelError, RelcommError
from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.pseudonyms import hide_names
from relcomm.readers import READERS
from relcomm.text import clean
from relcomm.types import Advice, Analysis, Prediction, Rate, Turn
from relcomm.wire import answered

READ, REFUSED = "read", "refused"
BATCH = 256
"""How many turns, or lines, are answered together: as many as `Analyzer.label` and ``relcomm label`` take."""
FLAGS = {"unsure", "long", "replaced"}
SURE = {"clear", "some", "slight"}

Entry = Callable[[Analyzer, int, range], Iterator[str]]


def chance_of(entry: str, seed: int, n: int) -> random.Random:
    """The source of chance of one input."""
    return random.Random(f"{entry} {seed} {n}")


def tried(look: Callable[..., str], *given: Any, **named: Any) -> str:
    """What became of one input: what ``look`` found wrong with the answer, if there was an answer."""
    try:
        return look(*given, **named) or READ
    except RelcommError:
        return REFUSED
    except Exception as crash:
        return f"{type(crash).__name__} at {place(crash)}"


# Turns -----------------------------------------------------------------------------------------------------------------


def label(analyzer: Analyzer, seed: int, numbers: range) -> Iterator[str]:
    """Turns, labelled together; one of each batch alone as well, which must give the same."""
    rest = iter(numbers)
    while some := list(islice(rest, BATCH)):
        turns = [hostile.turn(chance_of("label", seed, n)) for n in some]
        try:
            seen = analyzer.label_batch(turns)
        except Exception:
            # One of them: each by itself says which.
            yield from (tried(_alone, analyzer, turn) for turn in turns)
            continue
        found = [tried(unsound, analyzer, turn, each) for turn, each in zip(turns, seen, strict=True)]
        (again,) = analyzer.label_batch(turns[-1:])
        yield from found[:-1]
        yield found[-1] if again == seen[-1] else "another answer alone than among others"


def _alone(analyzer: Analyzer, turn: Turn) -> str:
    return unsound(analyzer, turn, *analyzer.label_batch([turn]))


def unsound(analyzer: Analyzer, turn: Turn, seen: Prediction) -> str:
    """What does not hold of a turn's labels; nothing if all does."""
    limits, labels = analyzer.model.thresholds, analyzer.model.labels
    if tuple(seen.scores) != labels or not all(0 <= p <= 1 for p in seen.scores.values()):
        return "the scores are not those of the labels, from 0 to 1"
    if seen.labels != tuple(k for k in labels if seen.scores[k] >= limits[k].sure):
        return "the labels are not those over their thresholds, in order"
    if seen.unsure != tuple(k for k in labels if limits[k].unsure <= seen.scores[k] < limits[k].sure):
        return "the unsure labels are not those between their thresholds"
    if not set(seen.flags) <= FLAGS or len(set(seen.flags)) != len(seen.flags):
        return "flags that there are not"
    if seen.asks is not None and not 0 <= seen.asks <= 1:
        return "the chance that it asks for something is none"
    return _spans(turn.utterance.text, seen) or unwritable(seen.to_dict())


def _spans(text: str, seen: Prediction) -> str:
    if {span.label for span in seen.spans} != (set(seen.labels) if clean(text).text else set()):
        return "a label without evidence, or evidence without its label"
    if not all(0 <= span.start < span.end <= len(text) for span in seen.spans):
        return "a span out of range"
    if not all(0 <= span.weight <= 1 and span.why for span in seen.spans):
        return "a span without a weight from 0 to 1, or without a reason"
    order = [(seen.labels.index(span.label), span.start) for span in seen.spans]
    return "" if order == sorted(order) else "the spans are not in order"


def unwritable(told: Any) -> str:
    """Whether something is not plain JSON."""
    return "" if json.loads(json.dumps(told, allow_nan=False)) is not None else "nothing was told"


# Drafts and conversations ----------------------------------------------------------------------------------------------


def check(analyzer: Analyzer, seed: int, numbers: range) -> Iterator[str]:
    """Drafts, each with what was said before."""
    for n in numbers:
        yield tried(_checked, analyzer, hostile.turn(chance_of("check", seed, n)))


def _checked(analyzer: Analyzer, turn: Turn) -> str:
    draft = turn.utterance
    return _unfit(draft.text, analyzer.check(draft.text, context=turn.context, speaker=draft.speaker))


def _unfit(draft: str, found: Sequence[Advice]) -> str:
    if not all(0 <= each.span.start < each.span.end <= len(draft) for each in found):
        return "a span out of range"
    if not all(LABELS[each.span.label].harmful and each.message and 0 <= each.span.weight <= 1 for each in found):
        return "advice without its grounds"
    if [each.sure for each in found] != sorted((each.sure for each in found), reverse=True):
        return "doubts before what is sure"
    for sure in (True, False):
        spans = [each.span for each in found if each.sure is sure]
        if spans != sorted(spans) or len({span.label for span in spans}) != len(spans):
            return "advice out of order, or twice for a label"
    return unwritable([each.to_dict() for each in found])


def analyze(analyzer: Analyzer, seed: int, numbers: range) -> Iterator[str]:
    """Conversations, some of them from one speaker's side; of every eighth the reports as well."""
    for n in numbers:
        yield tried(_analysed, analyzer, chance_of("analyze", seed, n), shown=n % 8 == 0)


def _analysed(analyzer: Analyzer, chance: random.Random, *, shown: bool) -> str:
    talk = hostile.conversation(chance)
    me = chance.choice(("", *talk.speakers)) if chance.random() < 0.9 else hostile.speaker(chance)
    analysis = analyzer.analyze(talk, me=me)
    if shown:
        hidden = hide_names(analysis)
        report.text(hidden).encode("utf-8", "surrogatepass")
        report.html(chance.choice((analysis, hidden))).encode("utf-8", "surrogatepass")
    return unsettled(analyzer, analysis)


def unsettled(analyzer: Analyzer, analysis: Analysis) -> str:
    """What does not hold of an analysis; nothing if all does."""
    talk, many = analysis.conversation, len(analysis.conversation)
    if len(analysis.predictions) != many:
        return "not as many predictions as turns"
    turns = zip(talk.turns(), analysis.predictions, strict=True)
    if wrong := next(filter(None, (unsound(analyzer, turn, seen) for turn, seen in turns)), ""):
        return wrong
    for found in analysis.findings:
        if list(found.utterances) != sorted(set(found.utterances)) or not set(found.utterances) <= set(range(many)):
            return "a finding with turns that are not there, or not in order"
        if not found.utterances or not isfinite(found.value) or found.sure not in SURE or not found.summary:
            return "a finding without its grounds"
    if not all(_holds(rate) for rates in analysis.rates.values() for rate in rates.values()):
        return "a rate that is none"
    return unwritable(analysis.to_dict())


def _holds(rate: Rate) -> bool:
    return 0 <= rate.count <= rate.turns and 0 <= rate.low <= rate.value <= rate.high <= 1


# Files -----------------------------------------------------------------------------------------------------------------


def readers(_: Analyzer, seed: int, numbers: range) -> Iterator[str]:
    """Files for every reader in turn: its samples damaged, and transcripts of hostile texts."""
    names = [*READERS]
    for n in numbers:
        name = names[n % len(names)]
        if n // len(names) % 2:
            found = list(outcomes(name, seed, n))
        else:
            chance = chance_of("readers", seed, n)
            data = hostile.transcript(chance)
            found = [outcome(data, chance.choice((None, chance.choice(formats(name)))))]
        # Behind the colon it may say what the file holds.
        wrong = next((one.wrong.partition(": ")[0] for one in found if one.wrong), "")
        yield wrong or (REFUSED if all(one.error for one in found) else READ)


KINDS = (
    "flip",
    "cut",
    "insert",
    "swapped",
    "missing",
    "empty",
    "a folder",
    "model.json rewritten",
    *SEALED,
    "forged",
    "forged",
)


def loader(_: Analyzer, seed: int, numbers: range) -> Iterator[str]:
    """Model folders, damaged, and with anything at any place of ``model.json`` by somebody who can make the seal."""
    with tempfile.TemporaryDirectory() as folder, _knows_tiny():
        home = Path(folder)
        folders = [home / name for name in ("letters", "network")]
        tiny.tiny_model().save(folders[0])
        tiny.tiny_model(tiny.tiny_transformer()).save(folders[1])
        places = [Place(each, home / f"{each.name}-aside", [o for o in folders if o != each]) for each in folders]
        for each in places:
            each.aside.mkdir()
        for n in numbers:
            chance = chance_of("loader", seed, n)
            where, kind = places[n % 2], chance.choice(KINDS)
            told = tried(_forged, where, chance) if kind == "forged" else fate(where, kind, chance)
            yield told.partition(": ")[0]


@contextmanager
def _knows_tiny() -> Iterator[None]:
    """While it lasts, the tests' own encoder can be loaded."""
    import relcomm.model as home

    home.ENCODERS = {**ENCODERS, "fake": tiny.FakeEncoder}  # type: ignore[misc,dict-item]
    try:
        yield
    finally:
        home.ENCODERS = ENCODERS  # type: ignore[misc]


def _forged(where: Place, chance: random.Random) -> str:
    """What is wrong with how a forged folder was taken: it may be refused, or be a model that works."""
    path = where.folder / "model.json"
    content = path.read_bytes()

    def change(manifest: dict[str, Any]) -> None:
        changed = other({k: v for k, v in manifest.items() if k != "seal"}, chance)
        manifest.clear()
        manifest.update(changed if isinstance(changed, dict) else {"files": changed})

    try:
        tiny.resealed(where.folder, change)
        return _working(Model.load(where.folder))
    finally:
        path.write_bytes(content)


def _working(model: Model) -> str:
    for prior in ("everyday", "conflict", dict.fromkeys(model.labels, 0.01)):
        with suppress(ModelError):
            model.expecting(prior)
    return _alone(Analyzer(model), hostile.turn(random.Random(model.name)))


# What comes over a line ------------------------------------------------------------------------------------------------


def wire(analyzer: Analyzer, seed: int, numbers: range) -> Iterator[str]:
    """Lines of ``relcomm label``: as many answers as lines, each with labels or with what is wrong."""
    rest = iter(numbers)
    while some := list(islice(rest, BATCH)):
        lines = [(n + 1, hostile.line(chance_of("wire", seed, n))) for n in some]
        try:
            found = list(answered(analyzer, lines))
            assert len(found) == len(lines)
            yield from (tried(_answer, each, n) for each, (n, _) in zip(found, lines, strict=True))
        except Exception:
            for n, line in lines:
                yield tried(_answered, analyzer, n, line)


def _answered(analyzer: Analyzer, n: int, line: bytes) -> str:
    return _answer(*answered(analyzer, [(n, line)]), n)


def _answer(answer: Mapping[str, Any], n: int) -> str:
    unwritable(answer)
    if "error" not in answer:
        return "" if answer.keys() - {"id"} >= {"labels", "scores", "spans", "unsure", "flags"} else "half an answer"
    error = answer["error"]
    if error.keys() != {"line", "problem"} or error["line"] != n or not error["problem"]:
        return "an error that says not where, or not what"
    return REFUSED


def http(analyzer: Analyzer, seed: int, numbers: range) -> Iterator[str]:
    """Requests to the service, in this process: answers, or refusals with what is wrong."""
    from fastapi.testclient import TestClient

    from relcomm.integrations.service.routes import app_of
    from relcomm.integrations.service.settings import Settings

    app = app_of(analyzer, Settings(threads=1))
    with TestClient(app, base_url="http://localhost") as client, _heard() as errors:
        for n in numbers:
            yield tried(_asked, client, chance_of("http", seed, n), errors)


def _asked(client: Any, chance: random.Random, errors: list[str]) -> str:
    """What is wrong with the response to a request; `REFUSED` if it is a refusal that says why."""
    method, path, headers, body = hostile.request(chance)
    response = client.request(method, path, headers=headers, content=body)
    if response.status_code >= 500:
        return f"status {response.status_code}{', ' + errors[-1] if errors else ''}"
    if response.status_code < 300:
        if response.headers["content-type"] == "application/json":
            return unwritable(response.json())
        return ""
    if response.request.method != "HEAD" and not response.json().keys() >= {"title", "status", "detail"}:
        return "a refusal that does not say why"
    return REFUSED


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Where the service met errors of its own, as its log has them."""
    errors: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: errors.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("relcomm.service")
    log.addHandler(handler)
    try:
        yield errors
    finally:
        log.removeHandler(handler)


ENTRIES: Mapping[str, Entry] = {
    "label": label,
    "wire": wire,
    "check": check,
    "analyze": analyze,
    "readers": readers,
    "loader": loader,
    "http": http,
}
"""Every way in, by name."""

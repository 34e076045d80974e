"""The one path: text and context in, labels with probabilities and evidence out.

Functions, command line, reports and integrations all go through `Analyzer`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial, wraps
from itertools import chain, islice
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from relcomm import evidence
from relcomm.errors import InputError
from relcomm.jobs import carried
from relcomm.model import Model, find, highest
from relcomm.shares import rate
from relcomm.text import clean, is_long
from relcomm.types import Advice, Analysis, Conversation, Prediction, Rate, Span, Turn, Utterance

BATCH = 256
"""How many turns are encoded in one go. No score depends on it."""

_T = TypeVar("_T")
_END: Any = object()
_EMPTY = {"contexts": "nothing was said before", "speakers": "nobody knows who spoke"}


class Analyzer:
    """A model put to work on turns, conversations and drafts. Immutable; safe to share between threads."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __repr__(self) -> str:
        return f"Analyzer({self.model!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _received, self.model.__reduce__()

    def classify(self, text: str, *, context: Sequence[Utterance] = (), speaker: str = "") -> Prediction:
        """What one turn does to the listener. ``context``: earlier utterances, oldest first, the last four are read.

        >>> load("ngram").classify("What time is it?").labels
        ()
        """
        return next(self.label([_turn(text, context, speaker)]))

    def classify_many(
        self,
        texts: Iterable[str],
        *,
        contexts: Iterable[Sequence[Utterance]] | None = None,
        speakers: Iterable[str] | None = None,
        n_jobs: int | None = None,
    ) -> Iterator[Prediction]:
        """A prediction for each text, in order, as they come.

        ``contexts`` (what was said before each) and ``speakers`` (who says it), if given, have one entry a text.
        ``n_jobs`` as in `label`.

        >>> many = load("ngram").classify_many(["Fine.", "What time is it?"], speakers=["Ann", ""])
        >>> [prediction.labels for prediction in many]
        [(), ()]
        """
        each, beside = _many(texts, "texts"), {"contexts": contexts, "speakers": speakers}
        columns = {name: _many(of, name) for name, of in beside.items() if of is not None}
        return self.label(_turns(each, columns), n_jobs=n_jobs)

    def label(
        self, turns: Iterable[Turn], *, n_jobs: int | None = None, batch_size: int = BATCH
    ) -> Iterator[Prediction]:
        """A prediction for each turn, in order, streaming: at most ``batch_size`` turns are held.

        ``n_jobs`` as in joblib: how many batches are labelled at once. Without it, ``joblib.parallel_config`` decides
        where they are; any joblib backend will do, Dask's too. What is labelled elsewhere is not waited for.
        """
        if not isinstance(batch_size, int) or batch_size < 1:
            raise InputError("batch_size must be how many turns go together, 1 or more")
        rest = iter(turns)
        batches = iter(lambda: list(islice(rest, batch_size)), [])
        return chain.from_iterable(carried(self.label_batch, batches, n_jobs))

    def label_batch(self, turns: Sequence[Turn]) -> list[Prediction]:
        """A prediction for each of a few turns, all held at once."""
        limits = self.model.thresholds
        windows = self.model.read(turns)
        scores = [dict(zip(self.model.labels, highest(each).tolist(), strict=True)) for each in windows]
        given = [tuple(k for k, p in each.items() if p >= limits[k].sure) for each in scores]
        spans = evidence.spans_many(self.model, turns, labels=given, windows=windows)
        seen = [self._prediction(*each) for each in zip(turns, scores, given, spans, strict=True)]
        if not self.model.knows_asks:
            return seen
        return [replace(p, asks=max(w.asks or 0.0 for w in each)) for p, each in zip(seen, windows, strict=True)]

    def _prediction(
        self, turn: Turn, scores: dict[str, float], given: tuple[str, ...], spans: tuple[Span, ...]
    ) -> Prediction:
        limits = self.model.thresholds
        unsure = tuple(k for k, p in scores.items() if limits[k].unsure <= p < limits[k].sure)
        cleaned = clean(turn.utterance.text)
        told = {"unsure": bool(unsure), "long": is_long(cleaned.text), "replaced": cleaned.replaced}
        flags = tuple(flag for flag, holds in told.items() if holds)
        return Prediction(given, scores, spans, unsure, flags)

    def analyze(self, conversation: Conversation, *, me: str = "") -> Analysis:
        """Every turn labelled with evidence, rates, the patterns between the speakers, and a word about safety if need be.

        ``me`` names the speaker whose own side is looked at as well (`Analysis.my_side`): what they did, what they did
        after what, and how that changed over weeks. `InputError` if nobody of that name speaks.

        >>> talk = Conversation((Utterance("Where were you?", "Ann"), Utterance("Out.", "Ben")))
        >>> load("ngram").analyze(talk, me="Ben").my_side.turns
        1
        """
        # Not at the top: a stream of turns must not wait for patterns it never looks for.
        from relcomm.asks import with_requests
        from relcomm.help import helplines
        from relcomm.patterns import find_all
        from relcomm.patterns.my_side import my_side, require_speaker
        from relcomm.safety import notice

        if not isinstance(conversation, Conversation):
            raise InputError(f"analyze needs a Conversation, got {type(conversation).__name__}; relcomm.read makes one")
        # Both before the labelling, which may take minutes: somebody unknown, or a damaged file of help lines.
        if me != "":
            require_speaker(conversation, me)
        helplines()
        labelled = self.label(conversation.turns(), n_jobs=1)  # analyze_many is what goes elsewhere
        predictions = with_requests(self.model, conversation, tuple(labelled))
        return Analysis(
            conversation,
            predictions,
            find_all(conversation, predictions),
            rates(conversation, predictions),
            self.model.name,
            notice(conversation, predictions),
            my_side(conversation, predictions, me) if me else None,
        )

    def analyze_many(
        self, conversations: Iterable[Conversation], *, me: str = "", n_jobs: int | None = None
    ) -> Iterator[Analysis]:
        """An analysis for each conversation, in order. ``n_jobs`` as in `label`: how many conversations at once.

        ``me`` as in `analyze`: one who speaks in all of them. Where nobody of that name does, it is an `InputError`.

        >>> talks = [Conversation((Utterance("Where were you?", "Ann"),))] * 2
        >>> [analysis.my_side.turns for analysis in load("ngram").analyze_many(talks, me="Ann")]
        [1, 1]
        """
        return carried(partial(self.analyze, me=me), _many(conversations, "conversations"), n_jobs)

    def check(self, draft: str, *, context: Sequence[Utterance] = (), speaker: str = "") -> list[Advice]:
        """What to look at before sending a draft; an empty list means that nothing was marked, not that it is sure to land."""
        from relcomm.advice import advise, doubtful, harmful, named_from

        def harmless(sentences: Sequence[str]) -> list[bool]:
            seen = self.model.score([_turn(sentence, context, speaker) for sentence in sentences])
            columns = [n for n, label in enumerate(self.model.labels) if harmful(label)]
            limits = [named_from(self.model.thresholds[self.model.labels[n]]) for n in columns]
            return [all(row[n] < limit for n, limit in zip(columns, limits, strict=True)) for row in seen]

        turn = _turn(draft, context, speaker)
        (prediction,) = self.label_batch([turn])
        doubts = evidence.spans(self.model, turn, doubtful(prediction, self.model.thresholds))
        return list(advise(draft, prediction, harmless, doubts=doubts))


def rates(conversation: Conversation, predictions: Sequence[Prediction]) -> dict[str, dict[str, Rate]]:
    """How often each label was given, for everybody (the empty name) and for each speaker by name."""
    groups: dict[str, list[Prediction]] = {"": list(predictions)} | {name: [] for name in conversation.speakers}
    for said, seen in zip(conversation.utterances, predictions, strict=True):
        if said.speaker:
            groups[said.speaker].append(seen)
    labels = list(predictions[0].scores) if predictions else []
    return {
        name: {label: rate(sum(label in p.labels for p in seen), len(seen)) for label in labels}
        for name, seen in groups.items()
    }


def _turn(text: str, context: Sequence[Utterance], speaker: str) -> Turn:
    if not isinstance(text, str):
        raise InputError(f"a turn must be a str, got {type(text).__name__}; for several turns there is classify_many")
    earlier = tuple(context) if isinstance(context, Iterable) else (None,)
    if isinstance(context, str | bytes) or not all(isinstance(said, Utterance) for said in earlier):
        raise InputError("context must be a sequence of Utterance, oldest first")
    return Turn(Utterance(text, speaker), earlier)


def _many(given: Iterable[_T], what: str) -> Iterator[_T]:
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise InputError(f"{what} must be several, in a list or the like; got {type(given).__name__}")
    return iter(given)


def _turns(texts: Iterator[str], beside: Mapping[str, Iterator[Any]]) -> Iterator[Turn]:
    for text in texts:
        row = {name: next(column, _END) for name, column in beside.items()}
        for name, entry in row.items():
            _require_even(name, entry is not _END)
        yield _turn(text, row.get("contexts", ()), row.get("speakers", ""))
    for name, column in beside.items():
        _require_even(name, next(column, _END) is _END)


def _require_even(name: str, holds: bool) -> None:
    if not holds:
        raise InputError(f"{name} must have one entry for each text: an empty one where {_EMPTY[name]}")


def load(model: str | Path = "base", *, prior: str | Mapping[str, float] | None = None) -> Analyzer:
    """An analyser with a bundled model (``"base"``, ``"ngram"``) or one from a folder; loaded once, then kept.

    ``prior`` says what talk to expect: ``"everyday"``, ``"conflict"``, or shares of turns by label
    (see `relcomm.model.Model.expecting`).

    >>> load("ngram")
    Analyzer(Model('ngram', encoder='ngram', labels=13))
    """
    if not isinstance(model, str | Path):
        raise InputError(f"a model is named by a str or a path, got {type(model).__name__}")
    # In full: what a relative path names changes with the working folder.
    analyzer = _load(str(find(model).resolve()))
    return analyzer if prior is None else Analyzer(analyzer.model.expecting(prior))


def _once(make: Callable[..., Analyzer]) -> Callable[..., Analyzer]:
    """Made once for the same arguments and then kept, however many threads ask at the same time."""
    kept, turn = cache(make), Lock()

    @wraps(make)
    def made(*args: Hashable) -> Analyzer:
        with turn:
            return kept(*args)

    return made


@_once
def _load(folder: str) -> Analyzer:
    return Analyzer(Model.load(folder))


@_once
def _received(load_model: Callable[..., Model], pinned: tuple[str, ...]) -> Analyzer:
    """The analyser of a model sent by another process: loaded once, however many conversations come with it."""
    return Analyzer(load_model(*pinned))


def classify(text: str, *, context: Sequence[Utterance] = (), speaker: str = "") -> Prediction:
    """What one turn does to the listener, by the default model. See `Analyzer.classify`."""
    return load().classify(text, context=context, speaker=speaker)


def analyze(conversation: Conversation, *, me: str = "") -> Analysis:
    """A conversation, analysed by the default model. See `Analyzer.analyze`."""
    return load().analyze(conversation, me=me)


def check(draft: str, *, context: Sequence[Utterance] = (), speaker: str = "") -> list[Advice]:
    """What to look at before sending a draft, by the default model. See `Analyzer.check`."""
    return load().check(draft, context=context, speaker=speaker)

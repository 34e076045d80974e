"""Which words carried a label: those whose removal lowers its probability most.

Candidates are the label's cues and the clauses of the turn. Each is left out in turn and the turn is read
again; what falls is the span's weight. A cue wins over the clause around it when it carries at least half as
much, because its reason is worth more to a reader. Where no part carries a fair share, the whole turn is shown.
Computed only for labels that fire.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relcomm.cues import CueMatch, cue_finder
from relcomm.model import Model, Window
from relcomm.text import Clean, clauses, clean
from relcomm.types import Span, Turn, Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CUES = 4
CLAUSES = 8
SHARE = 0.5
"""A further span is shown when it carries at least this share of what the strongest carries."""

LEAST = 0.1
"""Parts are shown when the strongest carries at least this share of the label's probability, else the whole turn."""

WHOLE = "The turn as a whole, in its place in the talk, reads this way; no single part carries it."
PART = "Without these words the turn reads less this way."


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    why: str
    cue: bool


def spans(model: Model, turn: Turn, labels: Sequence[str]) -> tuple[Span, ...]:
    """The evidence for each of ``labels``, as characters of the turn's own text, strongest label order kept.

    Every label gets at least one span unless the text is empty.
    """
    return spans_many(model, [turn], labels=[labels], windows=model.read([turn]))[0] if labels else ()


def spans_many(
    model: Model, turns: Sequence[Turn], *, labels: Sequence[Sequence[str]], windows: Sequence[Sequence[Window]]
) -> list[tuple[Span, ...]]:
    """The same for several turns, their ``labels`` and their ``windows`` as `Model.read` gives them, in order.

    What is left out of all of them is read in one go.
    """
    fired = [_fired(model, *each) if each[1] else [] for each in zip(turns, labels, windows, strict=True)]
    found = iter(cue_finder().find_many([(each.text, each.label) for of_turn in fired for each in of_turn]))
    weighed = [[_weighed(turn, each, next(found)) for each in of] for turn, of in zip(turns, fired, strict=True)]
    every = [each for of_turn in weighed for each in of_turn]
    variants = list(dict.fromkeys(turn for each in every for turn in each.without))
    scores = dict(zip(variants, model.score(variants), strict=True))
    return [tuple(span for each in of_turn for span in each.spans(scores)) for of_turn in weighed]


@dataclass(frozen=True, slots=True)
class _Fired:
    """A label that a turn got, and the window it was read in."""

    cleaned: Clean
    label: str
    column: int
    window: Window

    @property
    def text(self) -> str:
        return self.cleaned.text[self.window.start : self.window.end]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What may carry a label that a turn got, and the turn without each of these."""

    fired: _Fired
    candidates: tuple[_Candidate, ...]
    without: tuple[Turn, ...]

    def spans(self, scores: Mapping[Turn, NDArray[np.float64]]) -> Iterator[Span]:
        """The spans of what carries the label, given how every variant scores."""
        window, column = self.fired.window, self.fired.column
        whole = float(window.scores[column])
        drops = [max(0.0, whole - float(scores[turn][column])) for turn in self.without]
        if max(drops) < LEAST * whole:
            # Without the whole of it nothing is left to read, and no label is likely.
            full = _Candidate(0, window.end - window.start, WHOLE, cue=False)
            chosen = [(full, whole)]
        else:
            chosen = _choose(list(zip(self.candidates, drops, strict=True)))
        for candidate, drop in chosen:
            yield _span(self.fired.cleaned, window.start, candidate, label=self.fired.label, weight=drop)


def _fired(model: Model, turn: Turn, labels: Sequence[str], windows: Sequence[Window]) -> list[_Fired]:
    cleaned = clean(turn.utterance.text)
    columns = [(label, model.labels.index(label)) for label in labels] if cleaned.text else []
    return [_Fired(cleaned, label, column, _likeliest(windows, column)) for label, column in columns]


def _likeliest(windows: Sequence[Window], column: int) -> Window:
    return max(windows, key=lambda window: float(window.scores[column]))


def _weighed(turn: Turn, fired: _Fired, cues: Sequence[CueMatch]) -> _Weighed:
    text = fired.text
    candidates = tuple(_candidates(text, cues))
    without = tuple(
        Turn(Utterance(text[: c.start] + " " + text[c.end :], turn.utterance.speaker), turn.context) for c in candidates
    )
    return _Weighed(fired, candidates, without)


def _candidates(text: str, found: Sequence[CueMatch]) -> list[_Candidate]:
    cues = [_Candidate(m.start, m.end, m.why, cue=True) for m in found]
    parts = [_Candidate(start, end, PART, cue=False) for start, end in _few(clauses(text))]
    if len(parts) == 1:
        parts = [_Candidate(parts[0].start, parts[0].end, WHOLE, cue=False)]
    return cues[:CUES] + parts


def _few(parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """At most `CLAUSES` stretches: neighbours are joined in a long text, so that the cost stays bounded."""
    size = -(-len(parts) // CLAUSES)
    groups = [parts[at : at + size] for at in range(0, len(parts), size)] if parts else []
    return [(group[0][0], group[-1][1]) for group in groups]


def _choose(weighed: list[tuple[_Candidate, float]]) -> list[tuple[_Candidate, float]]:
    """The strongest candidates that do not overlap, in reading order; a good cue beats the clause it lies in."""
    top = max(drop for _, drop in weighed)
    strong = [(c, drop) for c, drop in weighed if drop >= SHARE * top]
    strong.sort(key=lambda pair: (not pair[0].cue, -pair[1], pair[0].start))
    kept: list[tuple[_Candidate, float]] = []
    for candidate, drop in strong:
        if all(candidate.end <= other.start or candidate.start >= other.end for other, _ in kept):
            kept.append((candidate, drop))
    return sorted(kept, key=lambda pair: pair[0].start)


def _span(cleaned: Clean, offset: int, candidate: _Candidate, *, label: str, weight: float) -> Span:
    start, end = cleaned.original(offset + candidate.start, offset + candidate.end)
    return Span(start, end, label, weight, candidate.why)

"""Which words carried a label: those whose removal lowers its probability most.

Candidates are the label's cues and the clauses of the turn. Each is left out in turn and the turn is read
again; what falls is the span's weight. A cue wins over the clause around it when it carries at least half as
much, because its reason is worth more to a reader. Where no part carries a fair share, the whole turn is shown.
Computed only for labels that fire.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relcomm.cues import cue_finder
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
    if not labels:
        return ()
    cleaned = clean(turn.utterance.text)
    if not cleaned.text:
        return ()
    windows = model.score_windows(turn)
    left_out = _LeftOut(model, turn, cleaned.text)
    found: list[Span] = []
    for label in labels:
        column = model.labels.index(label)
        window = max(windows, key=lambda w: w.scores[column])
        chosen = _for_label(left_out, window, column)
        found += [_span(cleaned, window.start, candidate, label=label, weight=drop) for candidate, drop in chosen]
    return tuple(found)


class _LeftOut:
    """How a turn's windows score without a stretch of their words. Each is read once, whatever asks for it."""

    def __init__(self, model: Model, turn: Turn, text: str) -> None:
        self.model = model
        self.turn = turn
        self.text = text
        self._scores: dict[tuple[int, int], NDArray[np.float64]] = {}

    def scores(self, window: Window, candidates: Sequence[_Candidate]) -> list[NDArray[np.float64]]:
        """One row a candidate, its words read as a space."""
        places = [(window.start + c.start, window.start + c.end) for c in candidates]
        new = [place for place in dict.fromkeys(places) if place not in self._scores]
        texts = [self.text[window.start : start] + " " + self.text[end : window.end] for start, end in new]
        speaker, context = self.turn.utterance.speaker, self.turn.context
        rows = self.model.score([Turn(Utterance(text, speaker), context) for text in texts])
        self._scores.update(zip(new, rows, strict=True))
        return [self._scores[place] for place in places]


def _for_label(left_out: _LeftOut, window: Window, column: int) -> list[tuple[_Candidate, float]]:
    text = left_out.text[window.start : window.end]
    whole = float(window.scores[column])
    candidates = _candidates(text, left_out.model.labels[column])
    drops = [max(0.0, whole - float(row[column])) for row in left_out.scores(window, candidates)]
    if max(drops) < LEAST * whole:
        # Without the whole of it nothing is left to read, and no label is likely.
        return [(_Candidate(0, len(text), WHOLE, cue=False), whole)]
    return _choose(list(zip(candidates, drops, strict=True)))


def _candidates(text: str, label: str) -> list[_Candidate]:
    cues = [_Candidate(m.start, m.end, m.why, cue=True) for m in cue_finder().find(text, label)]
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

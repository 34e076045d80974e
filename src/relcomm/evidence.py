"""Which words carried a label: those whose removal lowers its probability most.

Candidates are the label's cues and the clauses of the turn. Each is left out in turn and the turn is read
again; what falls is the span's weight. A cue wins over the clause around it when it carries at least half as
much, because its reason is worth more to a reader. Computed only for labels that fire.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relcomm.cues import cue_finder
from relcomm.model import Model, Window
from relcomm.text import Clean, clauses, clean
from relcomm.types import Span, Turn, Utterance

CUES = 4
CLAUSES = 8
SHARE = 0.5
"""A further span is shown when it carries at least this share of what the strongest carries."""

WHOLE = "The turn as a whole, in its place in the talk, reads this way; no single part carries it."
PART = "Without these words the turn reads this way much less."


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
    found: list[Span] = []
    for label in labels:
        column = model.labels.index(label)
        window = max(windows, key=lambda w: w.scores[column])
        found += _for_label(model, turn, cleaned, window, label)
    return tuple(found)


def _for_label(model: Model, turn: Turn, cleaned: Clean, window: Window, label: str) -> list[Span]:
    column = model.labels.index(label)
    text = cleaned.text[window.start : window.end]
    candidates = _candidates(text, label)
    without = [_said(turn, text[: c.start] + " " + text[c.end :]) for c in candidates]
    drops = [max(0.0, float(window.scores[column] - row[column])) for row in model.score(without)]
    chosen = _choose(list(zip(candidates, drops, strict=True)))
    return [_span(cleaned, window.start, candidate, label=label, weight=drop) for candidate, drop in chosen]


def _candidates(text: str, label: str) -> list[_Candidate]:
    cues = [_Candidate(m.start, m.end, m.why, cue=True) for m in cue_finder().find(text) if m.label == label]
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


def _said(turn: Turn, text: str) -> Turn:
    return Turn(Utterance(text, turn.utterance.speaker), turn.context)


def _span(cleaned: Clean, offset: int, candidate: _Candidate, *, label: str, weight: float) -> Span:
    start, end = cleaned.original(offset + candidate.start, offset + candidate.end)
    return Span(start, end, label, weight, candidate.why)

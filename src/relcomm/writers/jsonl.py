"""JSON Lines, one turn a line with all that was found in it: exact, every character and every digit."""

from __future__ import annotations

import json
from typing import Any

from relcomm.types import Analysis, Prediction, Utterance
from relcomm.writers.page import Page
from relcomm.writers.timeline import seconds_of

SUFFIX = ".jsonl"


def render(analysis: Analysis) -> Page:
    """One object a turn; ``spans`` index the text. `relcomm.read` reads the turns back."""
    said = zip(analysis.conversation.utterances, analysis.predictions, strict=True)
    head = {"conversation": analysis.conversation.id} if analysis.conversation.id else {}
    lines = [
        json.dumps(head | {"turn": n + 1} | turn_of(u) | found_in(seen) | _pointing(analysis, n)) + "\n"
        for n, (u, seen) in enumerate(said)
    ]
    return Page("".join(lines).encode("ascii"))


def _pointing(analysis: Analysis, turn: int) -> dict[str, str]:
    words = analysis.safety.beside(turn) if analysis.safety else ""
    return {"safety": words} if words else {}


def turn_of(said: Utterance) -> dict[str, Any]:
    """Who said what and when, as plain types for JSON; ``start`` and ``end`` are seconds into a recording."""
    start, end = seconds_of(said)
    recorded = {} if start is None and end is None else {"start": start, "end": end}
    time = said.time.isoformat() if said.time else None
    return {"id": said.id, "speaker": said.speaker, "time": time, **recorded, "text": said.text}


def found_in(seen: Prediction) -> dict[str, Any]:
    """What was found in a turn, unrounded, as plain types for JSON."""
    return {
        "labels": list(seen.labels),
        "unsure": list(seen.unsure),
        "flags": list(seen.flags),
        "scores": {label: float(score) for label, score in seen.scores.items()},
        "spans": [
            {"label": s.label, "start": s.start, "end": s.end, "weight": float(s.weight), "why": s.why}
            for s in seen.spans
        ],
    }

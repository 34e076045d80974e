"""What is pinned about the models that ship: which label examples hold, and the scores of some turns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.types import Turn, Utterance

HERE = Path(__file__).parent
MODELS = HERE.parent / "models"
GOLDEN = HERE / "golden"
KNOWN_FAILURES = HERE / "known_failures"
NAMES = ("ngram", "small", "base")
TOLERANCE = {"ngram": 1e-6, "small": 0.02, "base": 0.02}
"""How far a score may lie from the pinned one: the kernels for 8-bit weights differ between processors."""

Example = tuple[str, str, int]
"""A label, ``"flag"`` or ``"leave"``, and which one of them, from 0."""


def margins(model: Model) -> dict[Example, float]:
    """By how much each example of the model's labels is on the right side of the threshold: below 0 it fails."""
    labels = [LABELS[name] for name in model.labels]
    cases = {
        (label.name, kind, n): case.turn
        for label in labels
        for kind, some in (("flag", label.flag), ("leave", label.leave))
        for n, case in enumerate(some)
    }
    column = {name: n for n, name in enumerate(model.labels)}
    found = {}
    for example, row in zip(cases, model.score(list(cases.values())), strict=True):
        over = float(row[column[example[0]]]) - model.thresholds[example[0]].sure
        # A score at the threshold itself is given: it holds in a flag example and fails in one to leave.
        found[example] = over if example[1] == "flag" else -over or -1e-12
    return found


def failures(model: Model) -> list[Example]:
    """The examples that a model gets wrong."""
    return [example for example, margin in margins(model).items() if margin < 0]


def known_failures(name: str) -> set[Example]:
    """The examples that a model is known to get wrong."""
    listed = json.loads((KNOWN_FAILURES / f"{name}.json").read_text(encoding="utf-8"))
    return {(label, kind, n) for label, kind, n in listed}


def golden_turns() -> list[Turn]:
    """Turns of all kinds, most with what was said before."""
    return [
        Turn(
            Utterance(raw["text"], raw.get("speaker", "")),
            tuple(Utterance(text, speaker) for speaker, text in raw.get("context", ())),
        )
        for raw in json.loads((GOLDEN / "turns.json").read_text(encoding="utf-8"))
    ]


def golden_scores(model: Model) -> list[dict[str, float]]:
    """The model's scores of the golden turns, to 6 decimals."""
    return [
        {label: round(float(p), 6) for label, p in zip(model.labels, row, strict=True)}
        for row in model.score(golden_turns())
    ]


def golden(name: str) -> list[dict[str, float]]:
    """The pinned scores of the golden turns."""
    pinned: list[dict[str, float]] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return pinned


def write_lines(path: Path, items: list[Any]) -> None:
    """A JSON list, one item a line."""
    path.parent.mkdir(exist_ok=True)
    lines = ",\n".join(" " + json.dumps(item, ensure_ascii=False) for item in items)
    path.write_text(f"[\n{lines}\n]\n" if items else "[]\n", encoding="utf-8")

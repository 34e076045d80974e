"""The columns of a tidy table, one row a turn: what was said, a 0 or 1 and a probability a label, and doubts."""

from __future__ import annotations

from typing import Any

from relcomm.types import Analysis
from relcomm.writers.jsonl import turn_of
from relcomm.writers.page import labels_of

HEAD = ("conversation", "turn", "id", "speaker", "time", "start", "end", "text")


def columns(analysis: Analysis) -> dict[str, list[Any]]:
    """Every column by name. ``start`` and ``end`` are left out where no turn has a place in a recording.

    A label's column is 1 where the label was found; ``p_`` and its name is its probability. ``safety`` is there if the
    analysis has a word about safety, and points to it beside the turns that raised it.
    """
    said = [turn_of(each) for each in analysis.conversation.utterances]
    table: dict[str, list[Any]] = {"conversation": [analysis.conversation.id] * len(said)}
    table["turn"] = list(range(1, len(said) + 1))
    recorded = any("start" in turn for turn in said)
    for name in HEAD[2:]:
        if recorded or name not in ("start", "end"):
            table[name] = [turn.get(name) for turn in said]
    seen = analysis.predictions
    names = labels_of(analysis)
    table |= {
        column: [int(name in each.labels) for each in seen]
        for name, column in zip(names, own_names(names), strict=True)
    }
    table |= {
        f"p_{column}": [None if name not in each.scores else float(each.scores[name]) for each in seen]
        for name, column in zip(names, own_names(names), strict=True)
    }
    table["unsure"] = [" ".join(each.unsure) for each in seen]
    table["flags"] = [" ".join(each.flags) for each in seen]
    if analysis.safety:
        table["safety"] = [analysis.safety.beside(n) for n in range(len(said))]
    return table


def own_names(
    labels: tuple[str, ...], others: tuple[str, ...] = (*HEAD, "unsure", "flags", "safety", "spans")
) -> tuple[str, ...]:
    """The labels as names of columns: one that is the name of another column gets ``label_`` before it."""
    return tuple(f"label_{name}" if name in others or name.startswith("p_") else name for name in labels)

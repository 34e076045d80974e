"""The same figures by kind of talk, and how honest probabilities are, as a table and a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan
from typing import Any

from relcomm.research.calibration import binned
from relcomm.training.evaluate import Scored, figures

FEWEST = 100
"""A kind of talk with fewer turns than this says nothing."""


def by_kind(scored: Scored, kinds: Sequence[str]) -> dict[str, dict[str, float | int | None]]:
    """The head figures of each kind of talk, by name; ``kinds[i]`` is the kind of the ``i``-th conversation.

    Average precision depends on how frequent the labels are: ``harmful`` is the share of turns with a harmful label.
    """
    import numpy as np

    of_turn = np.array(kinds)[scored.group]
    found: dict[str, dict[str, float | int | None]] = {}
    for kind in sorted(set(kinds)):
        part = scored.take(np.flatnonzero(of_turn == kind))
        if len(part.gold) < FEWEST:
            continue
        head = {name: None if isnan(value) else value for name, value in figures(part).items()}
        found[kind] = {"turns": len(part.gold), "harmful": float(part.hurt.mean()), **head}
    return found


def kinds_table(found: Mapping[str, Mapping[str, Any]], what: str) -> str:
    """The figures of `by_kind` as Markdown."""
    names = [name for name in next(iter(found.values()), {}) if name not in ("turns", "harmful")]
    lines = [f"| {what} | turns | harmful | {' | '.join(names)} |", "|" + " --- |" * (len(names) + 3)]
    for kind, row in found.items():
        numbers = [
            "–" if row[name] is None else f"{row[name]:.3f}" if row[name] < 2 else f"{row[name]:.1f}" for name in names
        ]
        lines.append(f"| {kind} | {row['turns']} | {row['harmful']:.2f} | {' | '.join(numbers)} |")
    return "\n".join(lines)


def reliability(scored: Scored) -> dict[str, list[list[float]]]:
    """For each label, of the turns of each tenth of probability: mean probability, share with the label, how many."""
    import numpy as np

    found = {}
    for n, name in enumerate(scored.labels):
        count, said, was = binned(scored.scores[:, n], scored.gold[:, n])
        found[name] = [
            [round(float(said[b] / count[b]), 4), round(float(was[b] / count[b]), 4), int(count[b])]
            for b in np.flatnonzero(count)
        ]
    return found


SIDE, GAP, ACROSS = 120, 34, 5


def picture(bins: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """The table of `reliability` as an SVG: one square a label, a dot a tenth, the larger the more turns.

    On the diagonal, probabilities are frequencies.
    """
    down = -(-len(bins) // ACROSS)
    width, height = ACROSS * (SIDE + GAP) + GAP, down * (SIDE + GAP + 10) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" font-size="10">',
        "<title>Reliability: across, the probability that was said; up, the share of such turns that had the label</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for n, (name, rows) in enumerate(bins.items()):
        left, top = GAP + n % ACROSS * (SIDE + GAP), GAP + n // ACROSS * (SIDE + GAP + 10)
        parts.append(_square(name, rows, left, top))
    return "\n".join([*parts, "</svg>", ""])


def _square(name: str, rows: Sequence[Sequence[float]], left: int, top: int) -> str:
    bottom = top + SIDE
    dots = [
        f'<circle cx="{left + said * SIDE:.1f}" cy="{bottom - was * SIDE:.1f}" r="{min(9.0, 1.5 + count**0.25):.1f}" fill="#1f6f8b" fill-opacity=".65"/>'
        for said, was, count in rows
    ]
    return "\n".join(
        [
            f'<text x="{left}" y="{top - 6}" font-size="11">{escape(name)}</text>',
            f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#bbb"/>',
            f'<path d="M{left} {bottom}L{left + SIDE} {top}" stroke="#bbb" stroke-dasharray="3 3"/>',
            *(
                f'<text x="{left + x * SIDE:.0f}" y="{bottom + 12}" text-anchor="middle">{x}</text>'
                for x in (0, 0.5, 1)
            ),
            *dots,
        ]
    )

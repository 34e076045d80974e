"""What the program is not sure of: turns on the edge of a label, and turns that were not read in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from relcomm.report import words
from relcomm.report.markup import inline
from relcomm.report.signs import Sign, is_unsure
from relcomm.report.turns import linked
from relcomm.types import Analysis

_RUNS = 24


def doubts(analysis: Analysis, known: Mapping[str, Sign]) -> Iterator[tuple[str, list[int]]]:
    """What there is to doubt, in plain text, and the turns it is about, counted from 1."""
    spoken = list(enumerate(analysis.predictions, 1))
    for label, sign in known.items():
        if numbers := [number for number, seen in spoken if label in seen.unsure]:
            yield f"Perhaps {sign.title.lower()}", numbers
    if numbers := [number for number, seen in spoken if is_unsure(seen) and not seen.unsure]:
        yield "Some label, not named", numbers
    for flag, meaning in words.FLAGS.items():
        if numbers := [number for number, seen in spoken if flag in seen.flags]:
            yield meaning.rstrip("."), numbers


def section(analysis: Analysis, known: Mapping[str, Sign]) -> str:
    """The body of the section."""
    entries = "".join(
        f"<dt>{inline(what)}</dt><dd>{linked(turns, _RUNS)}</dd>" for what, turns in doubts(analysis, known)
    )
    if not entries:
        return f'<p class="how">{words.ALL_SURE}</p>'
    return f'<p class="how">{words.HOW_UNSURE}</p><dl class="did">{entries}</dl>'

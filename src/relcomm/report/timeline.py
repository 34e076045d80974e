"""The turns as a drawing: a line a speaker, read like music, marks above the line that help and below it that hurt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from relcomm.report.markup import escape, inline, shorten
from relcomm.report.signs import RING, SIDES, Sign, is_unsure, marked_by
from relcomm.report.words import called, people, run_text
from relcomm.types import Analysis, Prediction

# In the drawing's own units, which are pixels on a wide page: whole ones, since there are many.
_WIDTH, _GUTTER, _EDGE = 760, 92, 10
_STRIP = 50
_FEWEST = 16
_CAST = 3
_MARK, _STACK, _LINE = 12, 13, 12
_DOT = '<svg aria-hidden="true"><path class="dots" d="M6 6h0"/></svg>'


@dataclass(frozen=True, slots=True)
class _Strip:
    """Some turns in a row, how far apart they stand, and the width of all. ``first`` is the position of the first.

    ``cast`` are those who get a line even where they say nothing.
    """

    first: int
    end: int
    step: int
    width: int
    cast: tuple[str, ...]

    def at(self, position: int) -> int:
        return _GUTTER + (position - self.first) * self.step + self.step // 2


@dataclass(frozen=True, slots=True)
class _Row:
    """What one person said within a strip: positions, and the height above and below the line."""

    name: str
    positions: tuple[int, ...]
    above: int
    below: int


def timeline(analysis: Analysis, known: Mapping[str, Sign]) -> str:
    """The drawing as HTML: inline SVG in strips of up to 50 turns, marked turns linking to the conversation."""
    total = len(analysis.conversation)
    if not total:
        return '<p class="quiet">There are no turns to draw.</p>'
    size = ceil(total / ceil(total / _STRIP))
    places = max(size, _FEWEST)
    step = (_WIDTH - _GUTTER - _EDGE) // places
    width = _GUTTER + places * step + _EDGE
    everybody = people(analysis.conversation)
    cast = tuple(everybody) if len(everybody) <= _CAST else ()
    strips = [_Strip(first, min(first + size, total), step, width, cast) for first in range(0, total, size)]
    drawn = "\n".join(_draw(analysis, known, strip) for strip in strips)
    return (
        '<div class="score" role="region" aria-label="Drawing of the turns" tabindex="0">\n'
        f"{drawn}\n</div>\n{_key(analysis, known)}"
    )


def _draw(analysis: Analysis, known: Mapping[str, Sign], strip: _Strip) -> str:
    height = 4
    parts: list[str] = []
    for row in _rows(analysis, known, strip):
        line = height + row.above
        parts.append(_person(row, strip, line))
        parts.append(_dots(row, strip, line))
        parts.extend(_turn(analysis, known, (n, strip.at(n), line)) for n in row.positions if _is_marked(analysis, n))
        height = line + row.below
    parts.append(_numbers(strip, height + 11))
    says = f"Turns {run_text(strip.first + 1, strip.end)}"
    return f'<svg class="strip" viewBox="0 0 {strip.width} {height + 16}" role="group" aria-label="{says}">{"".join(parts)}</svg>'


def _rows(analysis: Analysis, known: Mapping[str, Sign], strip: _Strip) -> Iterator[_Row]:
    said: dict[str, list[int]] = {name: [] for name in strip.cast}
    for n in range(strip.first, strip.end):
        said.setdefault(analysis.conversation.utterances[n].speaker, []).append(n)
    for name, positions in said.items():
        stacks = [_stacks(analysis.predictions[n], known) for n in positions]
        above = max((len(high) for high, _ in stacks), default=0)
        below = max((len(low) for _, low in stacks), default=0)
        yield _Row(name, tuple(positions), _LINE + above * _STACK, _LINE + below * _STACK)


def _stacks(seen: Prediction, known: Mapping[str, Sign]) -> tuple[list[Sign], list[Sign]]:
    carried = [known[label] for label in seen.labels]
    return [s for s in carried if s.side == "g"], [s for s in carried if s.side != "g"]


def _is_marked(analysis: Analysis, position: int) -> bool:
    seen = analysis.predictions[position]
    return bool(seen.labels) or is_unsure(seen)


def _person(row: _Row, strip: _Strip, line: int) -> str:
    name = called(row.name)
    whole = f"<title>{inline(name)}</title>" if len(name) > 12 else ""
    return (
        f'<text class="name" y="{line + 4}">{inline(shorten(name, 12))}{whole}</text>'
        f'<path class="rail" d="M{_GUTTER} {line}H{strip.width - _EDGE}"/>'
    )


def _dots(row: _Row, strip: _Strip, line: int) -> str:
    """Every turn as a dot, each told by how far it stands from the one before."""
    if not row.positions:
        return ""
    steps = "".join(f"m{(n - before) * strip.step} 0h0" for before, n in pairwise(row.positions))
    return f'<path class="dots" d="M{strip.at(row.positions[0])} {line}h0{steps}"/>'


def _turn(analysis: Analysis, known: Mapping[str, Sign], place: tuple[int, int, int]) -> str:
    position, x, line = place
    seen = analysis.predictions[position]
    stacks = _stacks(seen, known)
    drawn = [_use(sign.key, x, line - _STACK * (k + 1) - 4) for k, sign in enumerate(stacks[0])]
    drawn += [_use(sign.key, x, line + _STACK * k + 5) for k, sign in enumerate(stacks[1])]
    if is_unsure(seen):
        drawn.append(_use(RING, x, line - _MARK // 2))
    says = f"Turn {position + 1}: {_says(seen, known)}"
    return f'<a href="#t{position + 1}"><title>{escape(says)}</title>{"".join(drawn)}</a>'


def _use(key: str, x: int, y: int) -> str:
    return f'<use href="#{key}" x="{x - _MARK // 2}" y="{y}"/>'


def _says(seen: Prediction, known: Mapping[str, Sign]) -> str:
    sure = ", ".join(known[label].title for label in seen.labels)
    maybe = ", ".join(known[label].title for label in seen.unsure)
    unsure = f"not sure ({maybe})" if maybe else "not sure" if is_unsure(seen) else ""
    return "; ".join(filter(None, (sure, unsure)))


def _numbers(strip: _Strip, y: int) -> str:
    every = 5 if strip.end - strip.first > 20 else 1
    shown = [n for n in range(strip.first, strip.end) if n == strip.first or (n + 1) % every == 0]
    # The first number would run into a round one beside it.
    if len(shown) > 1 and shown[1] - shown[0] < 2 < every:
        shown.pop(0)
    drawn = "".join(f'<tspan x="{strip.at(n)}">{n + 1}</tspan> ' for n in shown)
    return f'<text class="tick" y="{y}">{drawn}</text>'


def _key(analysis: Analysis, known: Mapping[str, Sign]) -> str:
    """The marks that were drawn, by side, with their names."""
    carried = {label for seen in analysis.predictions for label in seen.labels}
    items = [
        _key_line(side, [s for label, s in known.items() if label in carried and s.side == side]) for side in SIDES
    ]
    items.append(f"<dt>On the line</dt><dd>{_DOT} A turn; most carry no label</dd>")
    if any(is_unsure(seen) for seen in analysis.predictions):
        items.append(f"<dd>{marked_by(RING)} A turn the program is not sure about</dd>")
    return f'<dl class="key">{"".join(items)}</dl>'


def _key_line(side: str, shown: Sequence[Sign]) -> str:
    if not shown:
        return ""
    where = "Above the line" if side == "g" else "Below the line"
    names = "".join(f"<dd>{sign.mark} {inline(sign.title)}</dd>" for sign in shown)
    return f"<dt>{where}: {SIDES[side].lower()}</dt>{names}"

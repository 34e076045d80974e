"""How each label is shown: its title, its mark and on which side it stands.

Labels that tend to help get round marks, labels that tend to hurt get angular ones, so that neither colour nor
a name is needed to tell them apart. Marks are dealt out in the order of the label files: nothing here knows a
label by name, and a label from elsewhere (a head of the user's own) gets a mark and a title too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from relcomm.labels import LABELS, Label
from relcomm.report.markup import level
from relcomm.types import Analysis, Prediction

SIDES = {
    "g": "Tends to help",
    "h": "Tends to hurt",
    "o": "Labels from elsewhere",
}
"""The sides a label can stand on, in the order they are shown."""

RING = "ring"
"""The key of the drawing that stands for a turn the program is not sure about."""

# Drawn in a box of 12 by 12 units.
_SHAPES = {
    "g": (
        "M6 .9A5.1 5.1 0 1 1 5.99 .9ZM6 3.5A2.5 2.5 0 1 0 6.01 3.5Z",
        "M.6 9.2A5.4 5.4 0 0 1 11.4 9.2Z",
        "M6 11.2C2.2 8.3 .7 6.3 .7 4C.7 2.3 1.9 1.2 3.4 1.2C4.5 1.2 5.5 1.8 6 2.8C6.5 1.8 7.5 1.2 8.6 1.2"
        "C10.1 1.2 11.3 2.3 11.3 4C11.3 6.3 9.8 8.3 6 11.2Z",
        "M6 1A5 5 0 1 1 5.99 1Z",
        "M8.6 1A5.3 5.3 0 1 0 10.9 8.4A4.6 4.6 0 0 1 8.6 1Z",
        "M3.4 3.2H8.6A2.8 2.8 0 0 1 8.6 8.8H3.4A2.8 2.8 0 0 1 3.4 3.2Z",
        "M6 .4C9 4 10.3 5.8 10.3 7.3A4.3 4.3 0 0 1 1.7 7.3C1.7 5.8 3 4 6 .4Z",
    ),
    "h": (
        "M.8 1.6H11.2L6 11.2Z",
        "M6 .8L11.2 10.4H.8Z",
        "M1.4 .8H10.6V6.4L6 11.4L1.4 6.4Z",
        "M1.4 1.4H10.6V10.6H1.4Z",
        "M1.3 .8H10.7L7.2 6L10.7 11.2H1.3L4.8 6Z",
        "M6 .2L7.6 4.4L11.8 6L7.6 7.6L6 11.8L4.4 7.6L.2 6L4.4 4.4Z",
        "M1.2 .8H5.6L11 6L5.6 11.2H1.2L6 6Z",
        "M6 .4L11.6 6L6 11.6L.4 6Z",
    ),
    "o": ("M4.6 1H7.4V4.6H11V7.4H7.4V11H4.6V7.4H1V4.6H4.6Z", "M1 2.4H11V4.8H1ZM1 7.2H11V9.6H1Z"),
}


@dataclass(frozen=True, slots=True)
class Sign:
    """A label as a reader meets it. ``key`` names its drawing; its first letter is the side it stands on."""

    key: str
    title: str
    shape: str
    label: Label | None = None

    @property
    def side(self) -> str:
        """One of `SIDES`."""
        return self.key[0]

    @property
    def mark(self) -> str:
        """The small drawing, as HTML; the title always stands beside it, so it is hidden from screen readers."""
        return marked_by(self.key)


def marked_by(key: str) -> str:
    """A drawing within a line of text, as HTML; words beside it say what it stands for."""
    return f'<svg aria-hidden="true"><use href="#{key}"/></svg>'


def signs(analysis: Analysis) -> Mapping[str, Sign]:
    """A sign for every label there is: those of the label files first, then any other that the analysis holds."""
    found: dict[str, Sign] = {}
    dealt = dict.fromkeys(SIDES, 0)
    for name in dict.fromkeys((*LABELS, *_named(analysis))):
        label = LABELS.get(name)
        side = "o" if label is None else "h" if label.harmful else "g"
        shapes = _SHAPES[side]
        title = level(label.title) if label else level(name).replace("_", " ").strip().capitalize()
        found[name] = Sign(f"{side}{dealt[side]}", title or "Unnamed", shapes[dealt[side] % len(shapes)], label)
        dealt[side] += 1
    return found


def by_side(known: Mapping[str, Sign]) -> Iterator[tuple[str, Sign]]:
    """The labels with their signs: those of one side together, in the order of `SIDES`."""
    return ((label, sign) for side in SIDES for label, sign in known.items() if sign.side == side)


def _named(analysis: Analysis) -> Iterator[str]:
    for seen in analysis.predictions:
        yield from seen.labels
        yield from seen.unsure
    for rates in analysis.rates.values():
        yield from rates


def is_unsure(seen: Prediction) -> bool:
    """Whether some label of the turn is neither in nor out."""
    return bool(seen.unsure) or "unsure" in seen.flags


def drawings(known: Mapping[str, Sign]) -> str:
    """Every mark once, to be drawn again by reference wherever it is needed."""
    paths = "".join(f'<path id="{s.key}" class="{s.key}" d="{s.shape}"/>' for s in known.values())
    paths += f'<circle id="{RING}" class="{RING}" cx="6" cy="6" r="3.6"/>'
    return f'<svg class="defs" width="0" height="0" aria-hidden="true"><defs>{paths}</defs></svg>'

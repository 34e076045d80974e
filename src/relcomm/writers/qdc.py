"""A REFI-QDA codebook (.qdc): the labels with their definitions, for NVivo, MAXQDA, ATLAS.ti and others.

The same label has the same GUID in every file, so that codebooks and projects can be put together.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from relcomm.labels import LABELS
from relcomm.types import Analysis
from relcomm.writers.markup import HEADER, element, escaped
from relcomm.writers.page import Page, labels_of

SUFFIX = ".qdc"
ORIGIN = "relcomm"
# Random once, and never to change: every GUID hangs on it.
_SPACE = UUID("6a1c1f8e-3d0b-4c57-9a52-7be0c4c1d9f3")
_COLOURS = {True: "#b5533c", False: "#3c7a57", None: "#6b7280"}


def render(analysis: Analysis) -> Page:
    """Every label that the analysis knows, as a code."""
    book = element("CodeBook", codes(labels_of(analysis)), xmlns="urn:QDA-XML:codebook:1.0", origin=ORIGIN)
    return Page((HEADER + book + "\n").encode("utf-8"))


def codes(labels: tuple[str, ...]) -> str:
    """The labels as codes, each with its definition, what it is not, and its source, where it is one of `LABELS`."""
    return element("Codes", [_code(name) for name in labels])


def _code(name: str) -> str:
    label = LABELS.get(name)
    title = label.title if label else name
    colour = _COLOURS[label.harmful if label else None]
    about = ""
    if label:
        lines = [label.definition, *(f"Not: {other}" for other in label.is_not), f"Source: {label.source}"]
        about = element("Description", escaped("\n".join(lines)))
    return element("Code", about, guid=guid("code", name), name=title, isCodable="true", color=colour)


def guid(*names: str) -> str:
    """The GUID of a thing by its names: the same every time."""
    # Each with its length, so that no two lists of names run into the same.
    return str(
        uuid5(_SPACE, "".join(f"{len(name)}:{name}" for name in names).encode("utf-8", "backslashreplace").decode())
    )

"""ELAN (.eaf): tiers ``relcomm@Name`` in the file that came in, or a new file.

The file that came in is given back byte for byte, with tiers put in: each belongs to the tier of its speaker, and each
turn's annotation to the turn's own (`Symbolic_Association`), so that no time is touched. Tiers ``relcomm@…`` that were
there are replaced. A turn is found again by its words, its speaker and its order; if one is not, nothing is written.

An annotation reads ``criticism contempt?``, the question mark for a label that is unsure, and ``-`` where nothing was
found. A new file has a tier a speaker, two where their turns overlap; where the turns have no times in a recording, they
stand in their order, one second each. ELAN has no place for ids, clock times and evidence: take jsonl for these.
"""

from __future__ import annotations

from collections.abc import Iterator

from relcomm.types import Analysis
from relcomm.writers.eaf_given import Given, read_given
from relcomm.writers.markup import HEADER, element, escaped
from relcomm.writers.page import Page, marks, printable, replaced
from relcomm.writers.timeline import ORDER_ONLY, PREFIX, Lane, lanes

SUFFIX = ".eaf"
ADDS = True
_TYPE = "relcomm"
_ASSOCIATION = "Symbolic_Association"
# Named, never fetched; pympi wants it there.
_SCHEMA = {
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
}
_DATE = "1970-01-01T00:00:00Z"


def render(analysis: Analysis, *, source: bytes | None = None) -> Page:
    """A new file, or the ``source`` with tiers added. Raises `InputError` where the source does not hold the turns."""
    if source is not None:
        return Page(_added(analysis, read_given(source, PREFIX)))
    talk = analysis.conversation
    rows, recorded = lanes(talk)
    texts = [text for said in talk.utterances for text in (said.text, said.speaker)]
    remarks = () if recorded else (ORDER_ONLY,)
    return Page(_new(analysis, rows).encode("utf-8"), (*remarks, *replaced(texts, map(printable, texts))))


# The file that came in ------------------------------------------------------------------------------------------------


def _added(analysis: Analysis, given: Given) -> bytes:
    found = given.annotations_of(analysis.conversation)
    tiers: dict[str, list[tuple[str, str]]] = {}
    for annotation, seen in zip(found, analysis.predictions, strict=True):
        tiers.setdefault(annotation.tier, []).append((annotation.id, marks(seen)))
    ids = given.new_ids()
    made = [
        element(
            "TIER",
            [_reference(next(ids), own, text) for own, text in marked],
            LINGUISTIC_TYPE_REF=_TYPE,
            PARENT_REF=tier,
            PARTICIPANT=given.participants[tier],
            TIER_ID=PREFIX + tier,
        )
        for tier, marked in tiers.items()
    ]
    kind = "" if _TYPE in given.types else _kind()
    constraint = "" if _ASSOCIATION in given.constraints else _constraint()
    return given.with_markup(tiers="".join(made), types=kind, constraints=constraint)


def _reference(own: str, parent: str, text: str) -> str:
    value = element("ANNOTATION_VALUE", escaped(text))
    return element("ANNOTATION", element("REF_ANNOTATION", value, ANNOTATION_ID=own, ANNOTATION_REF=parent))


def _kind() -> str:
    names = {"CONSTRAINTS": _ASSOCIATION, "GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": _TYPE}
    return element("LINGUISTIC_TYPE", **names, TIME_ALIGNABLE="false")


def _constraint() -> str:
    return element("CONSTRAINT", DESCRIPTION="1-1 association with a parent annotation", STEREOTYPE=_ASSOCIATION)


# A new file -----------------------------------------------------------------------------------------------------------


def _new(analysis: Analysis, rows: list[Lane]) -> str:
    moments = sorted({moment for row in rows for one in row.turns for moment in (one.start, one.end)})
    slots = {moment: f"ts{n}" for n, moment in enumerate(moments, 1)}
    order = [element("TIME_SLOT", TIME_SLOT_ID=slot, TIME_VALUE=str(moment)) for moment, slot in slots.items()]
    last = str(2 * len(analysis.predictions))
    parts = [
        element(
            "HEADER", element("PROPERTY", last, NAME="lastUsedAnnotationId"), MEDIA_FILE="", TIME_UNITS="milliseconds"
        ),
        element("TIME_ORDER", order),
        *(tier for row in rows for tier in _tiers(analysis, row, slots)),
        element("LINGUISTIC_TYPE", GRAPHIC_REFERENCES="false", LINGUISTIC_TYPE_ID="turns", TIME_ALIGNABLE="true"),
        _kind(),
        _constraint(),
    ]
    names = {"AUTHOR": "", "DATE": _DATE, "FORMAT": "3.0", "VERSION": "3.0"} | _SCHEMA
    return HEADER + element("ANNOTATION_DOCUMENT", "\n".join(["", *parts, ""]), **names) + "\n"


def _tiers(analysis: Analysis, lane: Lane, slots: dict[int, str]) -> Iterator[str]:
    said, seen = analysis.conversation.utterances, analysis.predictions
    spoken = [
        element(
            "ANNOTATION",
            element(
                "ALIGNABLE_ANNOTATION",
                element("ANNOTATION_VALUE", escaped(said[one.turn].text)),
                ANNOTATION_ID=f"a{one.turn + 1}",
                TIME_SLOT_REF1=slots[one.start],
                TIME_SLOT_REF2=slots[one.end],
            ),
        )
        for one in lane.turns
    ]
    yield element("TIER", spoken, LINGUISTIC_TYPE_REF="turns", PARTICIPANT=lane.speaker, TIER_ID=lane.name)
    found = [
        _reference(f"a{len(said) + one.turn + 1}", f"a{one.turn + 1}", marks(seen[one.turn])) for one in lane.turns
    ]
    yield element(
        "TIER",
        found,
        LINGUISTIC_TYPE_REF=_TYPE,
        PARENT_REF=lane.name,
        PARTICIPANT=lane.speaker,
        TIER_ID=PREFIX + lane.name,
    )

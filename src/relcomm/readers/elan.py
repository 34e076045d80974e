"""Transcripts made with ELAN (.eaf): annotations with times into the recording, a tier a person."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from relcomm.errors import ReadError
from relcomm.readers.ledger import Ledger
from relcomm.readers.markup import Markup, Tag
from relcomm.readers.recording import called
from relcomm.readers.tiers import CHOOSES, Spoken, Tier, conversation
from relcomm.types import Conversation

__all__ = ["CHOOSES", "PIECES", "parse", "sniff"]

PIECES = True

_ROOT = re.compile(r"<ANNOTATION_DOCUMENT[\s>]")
_ANNOTATIONS = ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION")
_SAVE = "; open the file in ELAN and save it again"
_MILLISECONDS = "milliseconds"


@dataclass
class _Document:
    """What has been read so far."""

    ledger: Ledger
    slots: dict[str, float | None] = field(default_factory=dict)
    spans: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    tiers: list[Tier] = field(default_factory=list)
    open: Tag | None = None
    text: str | None = None
    count: int = 0
    unit: str = _MILLISECONDS


def sniff(sample: str) -> float:
    """How much this looks like an ELAN file: whether it is one annotation document."""
    return 0.99 if sample.lstrip().startswith("<") and _ROOT.search(sample[:4096]) else 0.0


def parse(pieces: Iterable[str], tiers: str = "") -> Conversation:
    """The conversation, a turn an annotation, in the order of time; ``tiers`` says which hold speech.

    Without it, those that hang on no other do, each spoken by its participant. Raises `ReadError` where that is
    open, for what is no ELAN file, and for XML that is not safe to read.
    """
    document = _Document(Ledger("elan", unit="annotation"))
    markup = Markup(pieces)
    for n, tag in enumerate(markup):
        if n == 0 and tag.name != "ANNOTATION_DOCUMENT":
            raise ReadError(
                f"this XML is no ELAN file: its first element is not ANNOTATION_DOCUMENT{_SAVE}", line=tag.line
            )
        if tag.closing:
            _close(document, tag)
        else:
            _open(document, tag)
    if document.unit != _MILLISECONDS:
        document.ledger.remarks.append("times are not in milliseconds but in frames of a video, and were put aside")
    if markup.replaced:
        document.ledger.remarks.append("characters that are none in XML were replaced by \N{REPLACEMENT CHARACTER}")
    return conversation(document.tiers, tiers, document.ledger)


def _open(document: _Document, tag: Tag) -> None:
    own = tag.attributes
    if tag.name == "HEADER":
        document.unit = own.get("TIME_UNITS", _MILLISECONDS)
    elif tag.name == "TIME_SLOT":
        document.slots[_needed(tag, "TIME_SLOT_ID")] = _moment(document, tag)
    elif tag.name == "TIER":
        name = _needed(tag, "TIER_ID")
        document.tiers.append(Tier(name, called(own.get("PARTICIPANT", "")), tag.line, below="PARENT_REF" in own))
    elif tag.name in _ANNOTATIONS:
        if not document.tiers:
            raise ReadError(f"this annotation stands in no tier{_SAVE}", line=tag.line)
        document.open, document.text = tag, None


def _close(document: _Document, tag: Tag) -> None:
    if tag.name == "ANNOTATION_VALUE":
        document.text = tag.text
    elif tag.name in _ANNOTATIONS and document.open:
        document.count += 1
        span = _span(document, document.open)
        document.spans[document.open.attributes.get("ANNOTATION_ID", "")] = span
        document.tiers[-1].spoken.append(Spoken(document.text or "", *span, document.count))
        document.open = None


def _span(document: _Document, tag: Tag) -> tuple[float | None, float | None]:
    """Where an annotation begins and ends: by its own times, or those of the one it hangs on."""
    if tag.name == "REF_ANNOTATION":
        return document.spans.get(_needed(tag, "ANNOTATION_REF"), (None, None))
    slots = [_needed(tag, f"TIME_SLOT_REF{n}") for n in (1, 2)]
    if not all(slot in document.slots for slot in slots):
        raise ReadError(f"this annotation refers to a time that the file does not hold{_SAVE}", line=tag.line)
    return document.slots[slots[0]], document.slots[slots[1]]


def _moment(document: _Document, tag: Tag) -> float | None:
    value = tag.attributes.get("TIME_VALUE")
    if value is None or document.unit != _MILLISECONDS:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 13):
        raise ReadError(f"this time is not a whole number of milliseconds{_SAVE}", line=tag.line)
    return int(value) / 1000


def _needed(tag: Tag, name: str) -> str:
    value = tag.attributes.get(name)
    if value is None:
        raise ReadError(f"this element lacks its {name}{_SAVE}", line=tag.line)
    return value

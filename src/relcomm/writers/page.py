"""What a writer gives back, and the plain text that every format can hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from relcomm.placing import Content
from relcomm.types import Analysis, Prediction

_HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Page:
    """A file, or a folder of files, and sentences that whoever gets it should know."""

    content: Content = field(repr=False)
    remarks: tuple[str, ...] = ()


def labels_of(analysis: Analysis) -> tuple[str, ...]:
    """Every label the model knows, in its order."""
    known = [name for seen in analysis.predictions for name in (*seen.scores, *seen.labels)]
    return tuple(dict.fromkeys([*known, *analysis.rates.get("", ())]))


def marks(seen: Prediction) -> str:
    """The labels of a turn in short: ``criticism contempt?``, the question mark for one it is unsure of; ``-`` for none.

    >>> marks(Prediction(("criticism",), {}, unsure=("contempt",)))
    'criticism contempt?'
    """
    return " ".join([*seen.labels, *(f"{name}?" for name in seen.unsure)]) or "-"


def encodable(text: str) -> str:
    r"""The text with U+FFFD for each half of a character (a lone surrogate), which no file in UTF-8 can hold.

    >>> encodable("so\ud83d") == "so\N{REPLACEMENT CHARACTER}"
    True
    """
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", text)


# What XML 1.0 cannot hold, even escaped. Controls are shown by their Unicode pictures, one character for one, so that
# places in the text stay what they are.
_PICTURES = {n: chr(0x2400 + n) for n in range(0x20) if chr(n) not in "\t\n\r"}
_PICTURES |= dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\N{REPLACEMENT CHARACTER}")


def printable(text: str) -> str:
    r"""The text with a visible sign in place of each character that XML cannot hold, as long as it was.

    >>> printable("a\x00b") == "a\N{SYMBOL FOR NULL}b"
    True
    """
    return text.translate(_PICTURES)


def replaced(texts: Iterable[str], kept: Iterable[str]) -> tuple[str, ...]:
    """The remark that characters were replaced, where they were."""
    changed = sum(before != after for before, after in zip(texts, kept, strict=True))
    if not changed:
        return ()
    return (
        f"{changed} texts or names held characters that this format cannot hold; each was replaced by a visible sign",
    )

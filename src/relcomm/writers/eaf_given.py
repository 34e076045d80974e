"""An .eaf that came in: what it holds, and where in its bytes more can be put without touching the rest."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NoReturn
from xml.parsers import expat

from relcomm.errors import InputError
from relcomm.types import Conversation
from relcomm.writers.page import printable

_BEFORE_TIERS = ("LICENSE", "HEADER", "TIME_ORDER")
# In this order ELAN's schema wants what comes after the tiers.
_ORDER = (*_BEFORE_TIERS, "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE", "CONSTRAINT")
_ALL = "ANNOTATION_DOCUMENT"


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation: its id, the tier it is in, and its words."""

    id: str
    tier: str
    text: str = field(repr=False)


@dataclass
class Given:
    """The file: its bytes, its parts by the byte they begin at, and what stands in it."""

    content: bytes = field(repr=False)
    participants: dict[str, str] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)
    constraints: set[str] = field(default_factory=set)
    annotations: list[Annotation] = field(default_factory=list, repr=False)
    ids: set[str] = field(default_factory=set)
    parts: list[tuple[str, int]] = field(default_factory=list)
    cuts: list[tuple[int, int]] = field(default_factory=list)

    def annotations_of(self, talk: Conversation) -> list[Annotation]:
        """The annotation of each turn, by its words, its speaker's where there are several, in order."""
        left: dict[str, deque[Annotation]] = defaultdict(deque)
        for one in self.annotations:
            left[_plain(one.text)].append(one)
        found = []
        for n, said in enumerate(talk.utterances, 1):
            there = left[_plain(printable(said.text))]
            if not there:
                raise InputError(f"turn {n} is not in the .eaf that was given; give the file that was read")
            own = next((one for one in there if self._speaks(one, said.speaker)), there[0])
            there.remove(own)
            found.append(own)
        return found

    def _speaks(self, one: Annotation, speaker: str) -> bool:
        return _plain(printable(speaker)) in (_plain(one.tier), _plain(self.participants[one.tier]))

    def new_ids(self) -> Iterator[str]:
        """Ids of annotations that are not taken."""
        return (own for n in count(1) if (own := f"relcomm{n}") not in self.ids)

    def with_markup(self, *, tiers: str, types: str, constraints: str) -> bytes:
        """The file with more in it, and without the tiers that are to be replaced."""
        changes = [(start, end, b"") for start, end in self.cuts]
        for name, more in (("TIER", tiers), ("LINGUISTIC_TYPE", types), ("CONSTRAINT", constraints)):
            place = self._after(name)
            changes.append((place, place, more.encode("utf-8")))
        out: list[bytes] = []
        done = 0
        # Stable, so that what is put in at one place keeps its order; a cut that ends there comes first.
        for start, end, markup in sorted(changes, key=lambda change: change[:2]):
            out += (self.content[done:start], markup)
            done = max(done, end)
        return b"".join([*out, self.content[done:]])

    def _after(self, name: str) -> int:
        """The byte at which the part begins that comes after the last of this name."""
        first = _ORDER.index(name)
        later = (place for part, place in self.parts if part not in _ORDER[: first + 1])
        return next(later)


def read_given(content: bytes, prefix: str) -> Given:
    """What an .eaf holds, tiers whose name begins with ``prefix`` left out. Raises `InputError` if it is none."""
    reader = _Reader(content, prefix)
    try:
        reader.parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        where = f" (line {error.lineno})" if isinstance(error, expat.ExpatError) else ""
        problem = f"the .eaf that was given is no valid XML in UTF-8{where}, or holds what no .eaf does"
    else:
        return reader.given
    raise InputError(problem)


class _Reader:
    """Takes in the file as it is parsed."""

    def __init__(self, content: bytes, prefix: str) -> None:
        self.given = Given(content)
        self._prefix = prefix
        self._depth = 0
        self._tier = self._id = ""
        self._text: list[str] | None = None
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        # No .eaf declares anything: what does may be a bomb.
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_: object) -> NoReturn:
        raise ValueError

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if (self._depth == 0) is not (name == _ALL):
            raise ValueError
        if self._depth == 1:
            self._part(name, attributes)
        elif name.endswith("_ANNOTATION"):
            self._id = attributes["ANNOTATION_ID"]
        elif name == "ANNOTATION_VALUE":
            self._text = []
        self._depth += 1

    def _part(self, name: str, attributes: dict[str, str]) -> None:
        given, place = self.given, self.parser.CurrentByteIndex
        self._cut(place)
        if name == "TIER":
            self._tier = attributes["TIER_ID"]
            if not self._tier.startswith(self._prefix):
                given.participants[self._tier] = attributes.get("PARTICIPANT", "")
        given.parts.append((name, place))
        given.types |= {attributes["LINGUISTIC_TYPE_ID"]} if name == "LINGUISTIC_TYPE" else set()
        given.constraints |= {attributes["STEREOTYPE"]} if name == "CONSTRAINT" else set()

    def _cut(self, place: int) -> None:
        """Where the part before was a tier to be replaced, it goes up to here."""
        if self._tier.startswith(self._prefix):
            self.given.cuts.append((self.given.parts[-1][1], place))
        self._tier = ""

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._cut(self.parser.CurrentByteIndex)
            self.given.parts.append((name, self.parser.CurrentByteIndex))
        elif name == "ANNOTATION_VALUE" and not self._tier.startswith(self._prefix):
            self.given.annotations.append(Annotation(self._id, self._tier, "".join(self._text or ())))
            self.given.ids.add(self._id)

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def _plain(text: str) -> str:
    """Words as they are compared: readers differ in what they make of blanks."""
    return " ".join(text.split())

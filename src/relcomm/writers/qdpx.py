"""A REFI-QDA project (.qdpx): the transcript as a text, the evidence coded in it, the speakers as cases.

The text has a line ``Name: words`` a turn. Each turn is a selection called ``turn 12``, coded with its labels; its
description holds the time and the id, and the probabilities. Where words speak for a label, a selection of just these
is coded, too, and its description says why. A speaker is a case that refers to all of their turns.

Places count characters (Unicode code points), as REFI-QDA says; ``qdpx:utf16`` counts as NVivo was seen to do, where an
emoji is two. Every kind of line break becomes a line feed, since tools change them and shift what comes after; characters
that XML cannot hold become visible signs, one for one. The same analysis gives the same file, byte for byte.
"""

from __future__ import annotations

import io
import re
import zipfile
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from relcomm.types import POINTER, Analysis, Prediction, Span, Utterance
from relcomm.writers.markup import HEADER, element, escaped
from relcomm.writers.page import Page, labels_of, printable, replaced
from relcomm.writers.qdc import ORIGIN, codes, guid

SUFFIX = ".qdpx"
OPTIONS: Mapping[str, str] = MappingProxyType({"utf16": "places as NVivo counts them, an emoji being two"})
_BREAK = re.compile(r"\r\n?")
# No clock: the same analysis must give the same file. ZIP begins in 1980.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_DATE = "1980-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class _Line:
    """A turn in the source: the text before its words, its words, and where they begin."""

    head: str
    words: str
    start: int


def render(analysis: Analysis, option: str = "") -> Page:
    """The project and its one source, zipped."""
    talk = analysis.conversation
    lines = list(_lines(talk.utterances))
    source = "".join(f"{line.head}{line.words}\n" for line in lines)
    # All names hang on the whole of the text, so that two talks in one project are kept apart.
    project = _Project(analysis, guid("source", talk.id, source), lines, _Ruler(source, wide=option == "utf16"))
    names = [*talk.speakers, talk.id, *(said.text for said in talk.utterances), *(said.id for said in talk.utterances)]
    files = {"project.qde": HEADER + project.markup() + "\n", f"Sources/{project.source}.txt": source}
    return Page(_zipped(files), replaced(names, map(printable, names)))


def plain(text: str) -> str:
    """The text as it stands in the source: line feeds for every line break, signs for what XML cannot hold."""
    return printable(_BREAK.sub("\n", text))


def _lines(turns: tuple[Utterance, ...]) -> Iterator[_Line]:
    place = 0
    for said in turns:
        head, words = f"{plain(said.speaker) or '?'}: ", plain(said.text)
        yield _Line(head, words, place + len(head))
        place += len(head) + len(words) + 1


class _Ruler:
    """Counts places in a text, in code points or in units of UTF-16."""

    def __init__(self, text: str, *, wide: bool) -> None:
        self._far = [n for n, c in enumerate(text) if c > "\uffff"] if wide else []

    def __call__(self, place: int) -> str:
        return str(place + bisect_left(self._far, place))


@dataclass(frozen=True, slots=True)
class _Project:
    analysis: Analysis
    source: str
    lines: list[_Line]
    ruler: _Ruler

    def markup(self) -> str:
        """The whole of project.qde."""
        name, user = self.analysis.conversation.id or "relcomm", guid("user", ORIGIN)
        text = element(
            "TextSource",
            [*self._pointing(), *self._selections()],
            guid=self.source,
            name=name,
            plainTextPath=f"internal://{self.source}.txt",
            creatingUser=user,
            creationDateTime=_DATE,
        )
        parts = [
            element("Users", element("User", guid=user, name=ORIGIN)),
            element("CodeBook", codes(labels_of(self.analysis))),
            *self._cases(),
            element("Sources", text),
        ]
        names = {"xmlns": "urn:QDA-XML:project:1.0", "name": name, "origin": ORIGIN, "creatingUserGUID": user}
        return element("Project", parts, **names, creationDateTime=_DATE)

    def _pointing(self) -> list[str]:
        return [element("Description", escaped(POINTER))] if self.analysis.safety else []

    def _cases(self) -> list[str]:
        said = self.analysis.conversation.utterances
        found = []
        for name in self.analysis.conversation.speakers:
            own = [n for n, each in enumerate(said) if each.speaker == name]
            refs = [element("SelectionRef", targetGUID=self._guid(n)) for n in own]
            found.append(element("Case", refs, guid=guid("case", self.source, name), name=name))
        return [element("Cases", found)] if found else []

    def _guid(self, turn: int, *more: str) -> str:
        return guid("turn", self.source, str(turn), *more)

    def _selections(self) -> list[str]:
        found = []
        for n, (said, seen) in enumerate(
            zip(self.analysis.conversation.utterances, self.analysis.predictions, strict=True)
        ):
            line = self.lines[n]
            place = (line.start - len(line.head), line.start + len(line.words))
            found.append(self._selection((n,), f"turn {n + 1}", place, _about(said, seen), seen.labels))
            found += [self._evidence(n, k, said.text, span) for k, span in enumerate(seen.spans)]
        return found

    def _evidence(self, turn: int, number: int, text: str, span: Span) -> str:
        start = self.lines[turn].start
        place = start + len(plain(text[: span.start])), start + len(plain(text[: span.end]))
        about = f"{span.why}\nweight: {span.weight!r}"
        return self._selection((turn, number), f"turn {turn + 1}: {span.label}", place, about, (span.label,))

    def _selection(
        self, key: tuple[int, ...], name: str, place: tuple[int, int], about: str, labels: tuple[str, ...]
    ) -> str:
        user = guid("user", ORIGIN)
        more = [str(number) for number in key[1:]]
        coded = [
            element(
                "Coding",
                element("CodeRef", targetGUID=guid("code", label)),
                guid=self._guid(key[0], *more, "coding", label),
                creatingUser=user,
                creationDateTime=_DATE,
            )
            for label in labels
        ]
        start, end = map(self.ruler, place)
        return element(
            "PlainTextSelection",
            [element("Description", escaped(about)), *coded],
            guid=self._guid(key[0], *more),
            name=name,
            startPosition=start,
            endPosition=end,
            creatingUser=user,
            creationDateTime=_DATE,
        )


def _about(said: Utterance, seen: Prediction) -> str:
    """What is known of a turn beside its words, a line each; the id, which may have line breaks, last."""
    scores = ", ".join(f"{name} {float(score)!r}" for name, score in seen.scores.items())
    lines = [f"time: {said.time.isoformat() if said.time else ''}", f"unsure: {' '.join(seen.unsure)}"]
    return "\n".join([*lines, f"flags: {' '.join(seen.flags)}", f"probabilities: {scores}", f"id: {said.id}"])


def _zipped(files: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, text.encode("utf-8"))
    return out.getvalue()

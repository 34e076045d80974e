"""Typed transcripts: ``Name: text``, with or without a time in front, words running on over further lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from relcomm.readers.cast import Cast, Line, learn_cast, likenesses, spellings
from relcomm.readers.ledger import Ledger
from relcomm.readers.speakers import Opening, before_colon, bullet, full_names, is_short, likeness, openings
from relcomm.types import Conversation, Utterance

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?"
_DATE = r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}\.\d{1,2}\.\d{2,4}|\d{1,2}-\d{1,2}-\d{2,4})"
_STAMP = re.compile(rf"\s*(?:\[{_CLOCK}\]|\({_CLOCK}\)|{_CLOCK}(?=\s))\s*(?:[-–—]\s+)?")
# With a dash behind it is a WhatsApp export, perhaps with a half of the day in other letters between.
_DATED = re.compile(
    rf"\s*(?:{_DATE}(?:(?:,\s*|\s+|T)(?>{_CLOCK}))?|\({_DATE},?\s+{_CLOCK}\))\s++(?!(?:[^\W\da-zA-Z_]{{1,3}}\s)?[-–—])"
)
_STAMP_BEHIND = re.compile(rf"[^:\uff1a\[\]]{{1,40}}?(\s*[\[(]{_CLOCK}[\])]\s*)[:\uff1a]")
_YEAR_FIRST = re.compile(r"[\s(]*(\d{4})-(\d{1,2})-(\d{1,2})[T,\s]\s*(\d{1,2}):(\d{2})(?::(\d{2}))?[)\s]")
_JSON_OPENS = re.compile(r'\s*(?:\{\s*"|\[\s*\{)')


# The beginning of what names stand in, too, but times or codes with them.
_OTHER_FORMATS = re.compile(
    r"^WEBVTT|\"ooTextFile\"|^[ \t]*(?:\d+:)?\d+:\d\d[.,]\d+[ \t]*-->|^@(?:UTF8|Begin)[ \t]*\r?$"
    r"|^[ \t]*(?:\d\d:){2}\d\d[ \t]{1,9}From[ \t][^\n]{0,160}[ \t]to[ \t][^\n:]{0,160}:",
    re.MULTILINE,
)


class _Line(NamedTuple):
    text: str
    openings: list[Opening]
    stamped: bool
    dated: bool
    unsure: tuple[str, bool]
    time: datetime | None


class _Script(NamedTuple):
    lines: list[_Line]
    full: Mapping[str, str]
    called: Mapping[str, str]
    cast: Cast

    def name(self, line: _Line) -> str:
        """The name this line opens with, as the person is called elsewhere; empty if with none."""
        return self.called[self.full[line.openings[0].name]] if line.openings else ""

    def speaker(self, line: _Line) -> Opening | None:
        """Who opens this line, if anybody who speaks in this transcript does."""
        name = self.name(line)
        if name not in self.cast.names:
            return None
        full = self.full[line.openings[0].name]
        return Opening(name, next(o.start for o in line.openings if o.name == full))


def sniff(sample: str) -> float:
    """How much this looks like a typed transcript: whether lines open with names, and names come back."""
    if _JSON_OPENS.match(sample) or _OTHER_FORMATS.search(sample):
        return 0.0
    script = _script(sample.splitlines())
    spoken = [line for line in script.lines if line.text.strip()]
    opened = [script.name(line) for line in spoken if script.speaker(line)]
    if not opened:
        return 0.0
    share = len(opened) / len(spoken)
    looks = likenesses(set(opened))
    again = [looks[name] for name in looks if name not in script.cast.once]
    if again and (max(again) > 1 or share >= 0.5):
        return 0.5 + 0.4 * share
    if share == 1.0 and (len(spoken) > 1 or max(looks.values()) > 1):
        return 0.8
    # What is not written like a name, or is one of many that do not come back, is taken only if the format was named.
    return 0.8 * sum(looks[name] == 3 for name in opened) / len(spoken) if len(opened) <= 4 else 0.0


def parse(lines: Iterable[str]) -> Conversation:
    """The conversation; lines that open with no speaker belong to the turn before, those before the first to nobody.

    Times in front are put aside, for they count from the start of a recording, unless they have a date with the
    year first: then they are the turns' times. Names that differ only in small and capital letters are one speaker's.
    """
    ledger = Ledger("name_text")
    script = _script(lines)
    turns: list[tuple[str, datetime | None, list[str]]] = []
    gap = 0
    for number, line in enumerate(script.lines, 1):
        opening = script.speaker(line)
        if not line.text.strip():
            ledger.blank += 1
            gap += 1
            continue
        if opening:
            turns.append((opening.name, line.time, [line.text[opening.start :].strip()]))
        elif turns:
            turns[-1][2].extend([""] * gap + [line.text.strip()])
        else:
            ledger.note("unassigned", number)
            continue
        ledger.spoken += 1
        gap = 0
    _remark(script, ledger)
    said = (Utterance("\n".join(words).strip("\n"), speaker, time) for speaker, time, words in turns)
    return ledger.close(said, len(script.lines))


def _script(lines: Iterable[str]) -> _Script:
    read = _read([line.rstrip("\r\n") for line in lines])
    full = full_names(Counter(tuple(opening.name for opening in line.openings) for line in read))
    called = spellings(Counter(full[line.openings[0].name] for line in read if line.openings))
    script = _Script(read, full, called, Cast(frozenset(), frozenset(), frozenset()))
    spoken = [line for line in read if line.text.strip()]
    return script._replace(cast=learn_cast([Line(script.name(line), _announces(line)) for line in spoken]))


def _announces(line: _Line) -> bool:
    words = line.text[line.openings[0].start :].rstrip() if line.openings else ""
    return len(words) > 1 and words[-1] in ":\uff1a"


def _read(texts: Sequence[str]) -> list[_Line]:
    """The lines, with the marks of a list in front of names put aside if all names have them: ``- Ann: hi``."""
    read = [_line(text, 0) for text in texts]
    first = next((text for text in texts if text.strip()), "")
    named = any((likeness(line.openings[0].name) or 0) > 1 for line in read if line.openings)
    return read if named or not bullet(first) else [_line(text, bullet(text)) for text in texts]


def _line(text: str, begin: int) -> _Line:
    if not text or text.isspace():
        return _Line(text, [], False, False, ("", False), None)
    dated = _DATED.match(text, begin)
    stamp = dated or _STAMP.match(text, begin)
    if stamp:
        begin = stamp.end()
    behind = _STAMP_BEHIND.match(text, begin)
    if behind:
        start, end = behind.span(1)
        found = [Opening(o.name, o.start + end - start) for o in openings(text[:start] + text[end:], begin)]
    else:
        found = openings(text, begin)
    unsure = ("", False) if found else before_colon(text, begin)
    return _Line(text, found, bool(stamp or behind), bool(dated), unsure, _time(dated[0]) if dated else None)


def _time(stamp: str) -> datetime | None:
    written = _YEAR_FIRST.match(stamp)
    if not written or "m" in stamp.casefold():
        return None
    try:
        return datetime(*(int(part or 0) for part in written.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def _remark(script: _Script, ledger: Ledger) -> None:
    numbered = [(number, line, script.name(line)) for number, line in enumerate(script.lines, 1)]
    cast = script.cast

    def lines(wanted: Iterable[bool]) -> list[int]:
        return [number for (number, _, _), there in zip(numbered, wanted, strict=True) if there]

    ledger.remark(
        "names that come up once were taken for speakers",
        lines(name in cast.once for _, _, name in numbered),
        "; check that they are",
    )
    ledger.remark(
        "names that come up seldom beside the others were taken for speakers",
        lines(name in cast.seldom for _, _, name in numbered),
        "; check that they are",
    )
    ledger.remark(
        "words before a colon were not taken for names",
        lines(name not in cast.names and _in_doubt(script, line, name) for _, line, name in numbered),
        "; if they are names, others were given these words",
    )
    ledger.remark(
        "names that differ only in small and capital letters were taken for one speaker's",
        lines(bool(name) and _respelt(script, line, name) for _, line, name in numbered),
        "; check that they are",
    )
    _remark_times(script, ledger)


def _in_doubt(script: _Script, line: _Line, name: str) -> bool:
    """Whether somebody may speak from this line on whose words another was given."""
    words, opens = line.unsure
    return is_short(name or words) if name or opens else script.called.get(words, "") in script.cast.names


def _respelt(script: _Script, line: _Line, name: str) -> bool:
    written = script.full[line.openings[0].name]
    return written[: len(name)] != name and name in script.cast.names


def _remark_times(script: _Script, ledger: Ledger) -> None:
    aside = [(number, line) for number, line in enumerate(script.lines, 1) if line.stamped and line.openings]
    if any(not line.dated for _, line in aside):
        ledger.remarks.append("times in front of turns were put aside: without a date they are no time of day")
    unread = [number for number, line in aside if line.dated and line.time is None]
    ledger.remark("dates that are not written as in 2024-01-31 10:15 were put aside", unread)

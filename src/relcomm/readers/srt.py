"""Subtitles in the SubRip form (.srt): numbered cues with times into the recording, and at times with names."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from relcomm.errors import ReadError
from relcomm.readers.cast import Line, learn_cast
from relcomm.readers.ledger import Ledger
from relcomm.readers.recording import Recording, seconds
from relcomm.readers.speakers import openings
from relcomm.types import Conversation

_CLOCK = r"(\d{1,4}):(\d{1,2}):(\d{1,2}(?:[,.]\d{1,6})?)"
_TIMING = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s+[XY][12]:.*)?\s*\Z")
_LIKE_TIMING = re.compile(r"\s*-?\d[^>]{0,40}-->")
_NUMBER = re.compile(r"\s*\d{1,9}\s*\Z")
_TAGS = re.compile(r"</?(?:[biu]|font|s)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_BRACKETED = re.compile(r"\s*\[([^\[\]:]{1,80})\]\s*:\s?")
_DASH = re.compile(r"\s*[-\u2010-\u2015]\s*(?=\S)")


@dataclass
class Cue:
    """One cue: its times, its lines, and the number of the line each stands in."""

    span: tuple[float, float]
    line: int
    texts: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


class _Line(NamedTuple):
    """The name a line opens with, the rest, and whether it is a name for sure: ``[SPEAKER_00]: hi``."""

    name: str
    rest: str
    sure: bool = False


def sniff(sample: str) -> float:
    """How much this looks like subtitles: whether one of its first lines is a cue's times."""
    if sample.startswith("WEBVTT"):
        return 0.0
    first = [line for line in sample.splitlines() if line.strip()][:2]
    return 0.98 if any(_TIMING.match(line) for line in first) else 0.0


def parse(lines: Iterable[str]) -> Conversation:
    """The conversation, a turn a cue, or several where a cue's lines open with names or dashes.

    Who speaks in a cue without a name is nobody's knowledge. Raises `ReadError` for times that cannot be read.
    """
    ledger = Ledger("srt")
    recording = Recording(ledger)
    counted = Counted(lines)
    cues = list(_cues(counted, ledger))
    add_cues(cues, recording)
    return recording.close(counted.number)


class Counted:
    """Lines without their ends, with the number of the one last given."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            yield line.rstrip("\r\n")


def _cues(lines: Counted, ledger: Ledger) -> Iterator[Cue]:
    cue: Cue | None = None
    # A line of digits is the next cue's number if times follow; in a file whose first cue has none it is words.
    held = ""
    numbered: bool | None = None
    for text in lines:
        span = timing(_TIMING.match(text), lines.number)
        if span and numbered is None:
            numbered = bool(held)
        if held and span and numbered:
            ledger.spoken += 1
        elif held:
            _put(cue, held, lines.number - 1, ledger)
        held = "" if span or not _NUMBER.match(text) else text
        if span:
            yield from [cue] if cue else []
            cue = Cue(span, lines.number)
            ledger.spoken += 1
        elif not held:
            _check_words(text, lines.number)
            _put(cue, text, lines.number, ledger)
    if held:
        _put(cue, held, lines.number, ledger)
    yield from [cue] if cue else []


def _check_words(text: str, line: int) -> None:
    if _LIKE_TIMING.match(text):
        raise ReadError("these times cannot be read; write them as in 00:01:02,500 --> 00:01:04,000", line=line)


def timing(match: re.Match[str] | None, line: int) -> tuple[float, float] | None:
    """Where a cue begins and ends. Raises `ReadError` for a time with more than 59 minutes or seconds."""
    if not match:
        return None
    begins, ends = seconds(match.groups()[:3]), seconds(match.groups()[3:])
    if begins is None or ends is None:
        raise ReadError(
            "these times have more than 59 minutes or seconds; correct them, or write the file again", line=line
        )
    return begins, ends


def _put(cue: Cue | None, text: str, number: int, ledger: Ledger) -> None:
    if not text.strip():
        ledger.blank += 1
    elif cue is None:
        ledger.note("unassigned", number)
    else:
        # A blank line inside a cue does not end it.
        ledger.spoken += 1
        cue.texts.append(html.unescape(_TAGS.sub("", text)).strip())
        cue.numbers.append(number)


def add_cues(cues: Sequence[Cue], recording: Recording) -> None:
    """Take in the cues, with the names their lines open with, learnt from all of them, taken off."""
    found = [[_opened(text) for text in cue.texts] for cue in cues]
    names = _names(found)
    doubtful: list[int] = []
    for cue, lines in zip(cues, found, strict=True):
        known = [
            line if line.sure or line.name in names else _Line("", text)
            for line, text in zip(lines, cue.texts, strict=True)
        ]
        doubtful += [n for line, kept, n in zip(lines, known, cue.numbers, strict=True) if line.name != kept.name]
        for name, said, number in _parts(known, cue):
            recording.add(said, name, cue.span, number)
    note = recording.ledger.remark
    note("cues without words became no turn", [cue.line for cue in cues if not any(cue.texts)])
    note("words before a colon were not taken for names", doubtful, "; if they are, name who speaks in each cue")


def _parts(lines: Sequence[_Line], cue: Cue) -> Iterator[tuple[str, str, int]]:
    """Who says what in a cue, and the number of the line it begins in; lines without a name or a dash go on."""
    dashed = sum(bool(_DASH.match(text)) for text in cue.texts) > 1
    parts: list[tuple[str, list[str], int]] = []
    for line, text, number in zip(lines, cue.texts, cue.numbers, strict=True):
        # By custom, dashes before the words of each mark that two speak in one cue.
        new = dashed and _DASH.match(text)
        if line.name or new or not parts:
            parts.append(
                (line.name, [line.rest if line.name else _DASH.sub("", text, count=1) if new else text], number)
            )
        else:
            parts[-1][1].append(text)
    for name, words, number in parts:
        said = "\n".join(word for word in words if word)
        if said:
            yield name, said, number


def _opened(text: str) -> _Line:
    """The name a line opens with, the rest, and whether it is a name for sure: ``[SPEAKER_00]: hi``."""
    bracketed = _BRACKETED.match(text)
    if bracketed:
        return _Line(bracketed[1].strip(), text[bracketed.end() :].strip(), True)
    dash = _DASH.match(text)
    found = openings(text, dash.end() if dash else 0)
    return _Line(found[0].name, text[found[0].start :].strip()) if found else _Line("", text)


def _names(cues: Sequence[Sequence[_Line]]) -> frozenset[str]:
    """Which names speak here: as in typed transcripts, but one that comes up once only where each cue opens with one."""
    cast = learn_cast([Line("" if line.sure else line.name) for cue in cues for line in cue])
    everywhere = all(cue[0].name for cue in cues if cue)
    return cast.names if everywhere else cast.names - cast.once

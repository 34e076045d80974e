"""Typed transcripts: ``Name: text``, with or without a time in front, words running on over further lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from relcomm.readers.ledger import Ledger
from relcomm.readers.speakers import ASIDE, Cast, Opening, full_names, learn_cast, openings
from relcomm.types import Conversation, Utterance

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?(?: ?[AaPp]\.?[Mm]\.?)?"
_STAMP = re.compile(rf"\s*(?:\[{_CLOCK}\]|\({_CLOCK}\)|{_CLOCK}(?=\s))\s*(?:[-–—]\s+)?")
_STAMP_BEHIND = re.compile(rf"[^:\uff1a\[\]]{{1,40}}?(\s*[\[(]{_CLOCK}[\])]\s*)[:\uff1a]")


class _Line(NamedTuple):
    text: str
    openings: list[Opening]
    stamped: bool


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
    script = _script(sample.splitlines())
    spoken = sum(bool(line.text.strip()) for line in script.lines)
    opened = sum(script.speaker(line) is not None for line in script.lines)
    if not opened:
        return 0.0
    share = opened / spoken
    return 0.5 + 0.4 * share if len(script.cast.names) > len(script.cast.once) else 0.8 * share


def parse(lines: Iterable[str]) -> Conversation:
    """The conversation; lines that open with no speaker belong to the turn before, those before the first to nobody.

    Times in front are put aside, for they count from the start of a recording.
    """
    ledger = Ledger("name_text")
    script = _script(lines)
    turns: list[tuple[str, list[str]]] = []
    gap = 0
    for number, line in enumerate(script.lines, 1):
        opening = script.speaker(line)
        if not line.text.strip():
            ledger.blank += 1
            gap += 1
            continue
        if opening:
            turns.append((opening.name, [line.text[opening.start :].strip()]))
        elif turns:
            turns[-1][1].extend([""] * gap + [line.text.strip()])
        else:
            ledger.note("unassigned", number)
            continue
        ledger.spoken += 1
        gap = 0
    _remark(script, ledger)
    said = (Utterance("\n".join(words).strip("\n"), speaker) for speaker, words in turns)
    return ledger.close(said, len(script.lines))


def _script(lines: Iterable[str]) -> _Script:
    read = [_line(line.rstrip("\r\n")) for line in lines]
    full = full_names(line.openings for line in read)
    known = set(full.values())
    # "Ann (laughing)" is Ann, if Ann is there without it.
    bare = {name: ASIDE.sub("", name) for name in known}
    called = {name: short if short in known else name for name, short in bare.items()}
    names = [called[full[line.openings[0].name]] for line in read if line.openings]
    return _Script(read, full, called, learn_cast(names, sum(bool(line.text.strip()) for line in read)))


def _line(text: str) -> _Line:
    stamp = _STAMP.match(text)
    begin = stamp.end() if stamp else 0
    behind = _STAMP_BEHIND.match(text, begin)
    if not behind:
        return _Line(text, openings(text, begin), bool(stamp))
    start, end = behind.span(1)
    unstamped = openings(text[:start] + text[end:], begin)
    return _Line(text, [Opening(o.name, o.start + end - start) for o in unstamped], stamped=True)


def _remark(script: _Script, ledger: Ledger) -> None:
    once: list[int] = []
    passed: list[int] = []
    for number, line in enumerate(script.lines, 1):
        name = script.name(line)
        if name in script.cast.once:
            once.append(number)
        elif name in script.cast.passed:
            passed.append(number)
    ledger.remark("names that come up once were taken for speakers", once, "; check that they are")
    ledger.remark(
        "words before a colon that come up once or seldom were not taken for names",
        passed,
        "; check that they are none",
    )
    if any(line.stamped and line.openings for line in script.lines):
        ledger.remarks.append("times in front of turns were put aside: without a date they are no time of day")

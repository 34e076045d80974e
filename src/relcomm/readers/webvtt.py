"""Subtitles in the WebVTT form (.vtt), with the voices of one or several people a cue, as Zoom, Teams and others write them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from relcomm.errors import ReadError
from relcomm.readers.ledger import Ledger
from relcomm.readers.recording import Recording
from relcomm.readers.srt import Counted, Cue, add_cues, timing
from relcomm.types import Conversation

_HEADER = re.compile(r"WEBVTT(?:[ \t].*)?\Z")
_CLOCK = r"(?:(\d{2,6}):)?(\d{1,2}):(\d{2}\.\d{3})"
_TIMING = re.compile(rf"[ \t]*{_CLOCK}[ \t]*-->[ \t]*{_CLOCK}(?:[ \t].*)?\Z")
_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?\Z")
_TAG = re.compile(r"<(/?)([a-z0-9:]*)(?:\.[^<> \t\n]*)?(?:[ \t\n]([^<>]*))?>")
_VOICE = "v"
_ANNOTATION = "rt"


@dataclass
class _Block:
    """The lines between two blank ones, the first with its number."""

    line: int
    texts: list[str] = field(default_factory=list)


def sniff(sample: str) -> float:
    """How much this looks like WebVTT: whether it opens with the word."""
    return 0.99 if _HEADER.match(sample.partition("\n")[0].rstrip("\r")) else 0.0


def parse(lines: Iterable[str]) -> Conversation:
    """The conversation, a turn a voice a cue; where a cue has no voices, names before a colon are those who speak.

    Raises `ReadError` for times that cannot be read, and where the first line is not WEBVTT.
    """
    ledger = Ledger("webvtt")
    recording = Recording(ledger)
    counted = Counted(lines)
    plain: list[Cue] = []
    voiced = False
    for n, block in enumerate(_blocks(counted, ledger)):
        cue = _cue(block, ledger, first=n == 0)
        if cue:
            plain.append(cue)
            voiced = voiced or any("<v" in text for text in cue.texts)
    if voiced:
        _add_voices(plain, recording)
    else:
        for cue in plain:
            cue.texts[:] = _plain(cue.texts)
        add_cues(plain, recording)
    return recording.close(counted.number)


def _blocks(lines: Counted, ledger: Ledger) -> Iterator[_Block]:
    block: _Block | None = None
    for text in lines:
        if not text.strip():
            ledger.blank += 1
            if block:
                yield block
            block = None
        elif block is None:
            block = _Block(lines.number, [text])
        else:
            block.texts.append(text)
    if block:
        yield block


def _cue(block: _Block, ledger: Ledger, *, first: bool) -> Cue | None:
    """The cue in this block, if it is one, with all its lines entered in the ledger."""
    numbers = range(block.line, block.line + len(block.texts))
    if first and not _HEADER.match(block.texts[0]):
        raise ReadError("a WebVTT file opens with the word WEBVTT; write it in the first line", line=block.line)
    arrows = [n for n, text in enumerate(block.texts) if "-->" in text]
    if first or _ASIDE.match(block.texts[0]):
        if first and arrows:
            raise ReadError("a blank line must stand between WEBVTT and the first cue", line=block.line + arrows[0])
        ledger.note("system", *numbers)
        return None
    if not arrows or arrows[0] > 1:
        # A blank line ends a cue, so these are nobody's words.
        ledger.note("unassigned", *numbers)
        return None
    at = arrows[0]
    span = timing(_TIMING.match(block.texts[at]), numbers[at])
    if span is None or len(arrows) > 1:
        problem = (
            "these times cannot be read; write them as in 00:01:02.500 --> 00:01:04.000, with a blank line before a cue"
        )
        raise ReadError(problem, line=numbers[arrows[1] if span else at])
    ledger.spoken += len(numbers)
    return Cue(span, numbers[at], block.texts[at + 1 :], list(numbers[at + 1 :]))


def _add_voices(cues: Iterable[Cue], recording: Recording) -> None:
    """Take in the cues whose words stand in voices; words outside are nobody's."""
    empty: list[int] = []
    for cue in cues:
        before = recording.turns
        for name, words in _voices("\n".join(cue.texts)):
            said = "\n".join(line for part in words.split("\n") if (line := part.strip()))
            if said:
                recording.add(said, name, cue.span, cue.line)
        if recording.turns == before:
            empty.append(cue.line)
    recording.ledger.remark("cues without words became no turn", empty)


def _voices(text: str) -> Iterator[tuple[str, str]]:
    """Who says what in a cue: a voice lasts to the next one, to its own end, or to the end of the cue."""
    name, words, at, hidden = "", "", 0, False
    for tag in _TAG.finditer(text):
        words += "" if hidden else html.unescape(text[at : tag.start()])
        at = tag.end()
        if tag[2] == _ANNOTATION:
            hidden = not tag[1]
        if tag[2] == _VOICE:
            yield name, words
            name, words = ("" if tag[1] else html.unescape(tag[3] or "")), ""
    yield name, words + ("" if hidden else html.unescape(text[at:]))


def _plain(texts: Iterable[str]) -> list[str]:
    return ["".join(words for _, words in _voices(text)).strip() for text in texts]

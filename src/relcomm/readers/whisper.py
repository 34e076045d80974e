"""What Whisper and WhisperX write as JSON: segments with times into the recording, at times with speakers and words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from relcomm.errors import ReadError
from relcomm.readers.documents import Part, glimpse, parts
from relcomm.readers.ledger import Ledger
from relcomm.readers.recording import Recording, called
from relcomm.types import Conversation

PIECES = True

_OPENED = frozenset(("", "segments"))
_SEGMENT = "segments[]"
_BROKEN = "; write the file again with Whisper or WhisperX"


class _Run(NamedTuple):
    """Words in a row of one speaker: who, the words, from when to when."""

    speaker: str
    words: list[str]
    start: float | None
    end: float | None


def sniff(sample: str) -> float:
    """How much this looks like JSON of Whisper: whether it lists segments with texts and times."""
    first = glimpse(sample, _OPENED, _SEGMENT)
    return 0.98 if first and all("text" in one for one in first) and any("start" in one for one in first) else 0.0


def parse(pieces: Iterable[str]) -> Conversation:
    """The conversation, a turn a segment, or several where its words are several people's.

    Speakers that the file leaves out stay unknown. Raises `ReadError` for what is no segment.
    """
    ledger = Ledger("whisper", unit="segment")
    recording = Recording(ledger)
    count = 0
    divided: list[int] = []
    for part in _segments(pieces):
        count += 1
        turns = _turns(part)
        for run in turns:
            recording.add(run.words[0], run.speaker, (run.start, run.end), count)
        if turns:
            ledger.spoken += 1
        else:
            ledger.blank += 1
        if len(turns) > 1:
            divided.append(count)
    ledger.remark("segments whose words are not all of one speaker were divided between the words", divided)
    return recording.close(count)


def _segments(pieces: Iterable[str]) -> Iterator[Part]:
    listed = False
    for part in parts(pieces, _OPENED):
        listed = listed or part.path.startswith("segments")
        if part.path == _SEGMENT:
            yield part
        elif part.path in _OPENED:
            raise ReadError(f"the segments here are no list{_BROKEN}", line=part.line)
    if not listed:
        raise ReadError(f"this JSON holds no segments, or none at all{_BROKEN}")


def _turns(part: Part) -> list[_Run]:
    """Who says what in a segment, each with all the words as one text; without words none."""
    record = part.value
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise ReadError(f"this segment has no text{_BROKEN}", line=part.line)
    whole = _Run(_speaker(record, part.line), [], *_span(record, part.line))
    text = record["text"].strip()
    if not text:
        return []
    runs = list(_runs(record.get("words") or [], part.line))
    if not any(run.speaker for run in runs):
        return [whole._replace(words=[text])]
    if len(runs) == 1:
        # Where the words contradict the segment, nobody knows.
        agreed = whole.speaker in ("", runs[0].speaker)
        return [whole._replace(speaker=runs[0].speaker if agreed else "", words=[text])]
    divided = _divide(text, runs)
    return [run._replace(words=[words]) for run, words in zip(runs, divided, strict=True) if words]


def _runs(words: object, line: int) -> Iterator[_Run]:
    """The words in runs of one speaker. A word of nobody's belongs to the run only if the same speaker goes on behind it."""
    if not isinstance(words, list) or not all(isinstance(w, dict) and isinstance(w.get("word"), str) for w in words):
        raise ReadError(f"the words of this segment are no list of words{_BROKEN}", line=line)
    speakers = _bridged([_speaker(word, line) for word in words])
    run: _Run | None = None
    for speaker, word in zip(speakers, words, strict=True):
        start, end = _span(word, line)
        if run and run.speaker == speaker:
            begin = run.start if run.start is not None else start
            run = _Run(speaker, [*run.words, word["word"]], begin, end if end is not None else run.end)
            continue
        if run:
            yield run
        run = _Run(speaker, [word["word"]], start, end)
    if run:
        yield run


def _bridged(speakers: Sequence[str]) -> list[str]:
    """The speakers, with those unknown filled in where the segment has one speaker, or the same stands on both sides."""
    known = {speaker for speaker in speakers if speaker}
    if len(known) == 1:
        return [*known] * len(speakers)
    filled = list(speakers)
    before, gap = "", 0
    for n, speaker in enumerate(speakers):
        if not speaker:
            gap += 1
            continue
        if gap and speaker == before:
            filled[n - gap : n] = [speaker] * gap
        before, gap = speaker, 0
    return filled


def _divide(text: str, runs: Sequence[_Run]) -> list[str]:
    """The text cut where the runs begin; the words joined, where they do not stand in the text as they are."""
    cuts: list[int] = []
    at = 0
    for run in runs:
        begin = -1
        for word in run.words:
            found = text.find(word.strip(), at)
            if found < 0:
                spaced = any(word.startswith(" ") for one in runs for word in one.words)
                return [("" if spaced else " ").join(one.words).strip() for one in runs]
            begin = found if begin < 0 else begin
            at = found + len(word.strip())
        cuts.append(begin)
    cuts[0] = 0
    return [text[a:b].strip() for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _speaker(record: Mapping[str, Any], line: int) -> str:
    speaker = record.get("speaker")
    if speaker is None or isinstance(speaker, str):
        return called(speaker or "")
    raise ReadError(f"a speaker in this segment is not a name{_BROKEN}", line=line)


def _span(record: Mapping[str, Any], line: int) -> tuple[float | None, float | None]:
    found = [record.get(key) for key in ("start", "end")]
    for value in found:
        fits = (
            isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)
        )
        if value is not None and not fits:
            raise ReadError(f"a time in this segment is not a number of seconds{_BROKEN}", line=line)
    return found[0], found[1]

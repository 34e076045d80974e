"""Transcripts in tiers, as phoneticians and gesture researchers write them: which hold speech, and all in the order of time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from relcomm.errors import ReadError
from relcomm.readers.ledger import Ledger
from relcomm.readers.recording import Recording
from relcomm.types import Conversation

CHOOSES = "the tiers that hold speech, by their names or places in the file, with commas between"

# What tiers are called that hold parts of words, or words on the words, and no turns.
_NO_SPEECH = frozenset(
    (
        *(
            "phone",
            "phones",
            "phoneme",
            "phonemes",
            "phon",
            "segment",
            "segments",
            "sound",
            "sounds",
            "mau",
            "kan",
            "ort",
        ),
        *("word", "words", "token", "tokens", "syllable", "syllables", "morph", "morphemes", "pos", "lemma", "ipa"),
        *("gloss", "glosses", "translation", "note", "notes", "comment", "comments", "remarks", "label", "labels"),
        *("gesture", "gestures", "gaze", "head", "hands", "tone", "tones", "breaks", "misc", "pitch", "code", "codes"),
    )
)
_SPLIT = re.compile(r"[\s_\-–—:.@/]+")
_SILENT = frozenset(
    ("sil", "sp", "spn", "<sil>", "<sp>", "<p:>", "<p>", "<usb>", "<nib>", "#", "<silence>", "[silence]")
)


class Spoken(NamedTuple):
    """The words of one interval or annotation, with its number in the file."""

    text: str
    start: float | None
    end: float | None
    number: int


@dataclass
class Tier:
    """One tier: its name, who speaks there as far as the file says, the line it begins in, and what stands in it.

    ``below`` tells that it hangs on another tier, or holds points without length, so that it is no speech unless asked for.
    """

    name: str
    speaker: str
    line: int
    below: bool = False
    spoken: list[Spoken] = field(default_factory=list)


def conversation(tiers: Sequence[Tier], wanted: str, ledger: Ledger) -> Conversation:
    """What is said in the tiers that are wanted, in the order of time, with all that stands in others noted.

    Without a word from the caller, all tiers that hang on none are speech. Raises `ReadError` where that cannot be,
    since they are called otherwise or one person has several.
    """
    taken = _chosen(tiers, wanted, ledger.format) if wanted.strip() else _speech(tiers, ledger.format)
    recording = Recording(ledger)
    turns: list[tuple[float, int, str, Spoken]] = []
    silent: list[int] = []
    for n, tier in enumerate(tiers):
        at = 0.0
        for one in tier.spoken:
            # Without a time of its own it stays behind the one before.
            at = one.start if one.start is not None else at
            if not one.text.strip():
                ledger.blank += 1
            elif n not in taken:
                ledger.note("system", one.number)
            elif one.text.strip().casefold() in _SILENT:
                ledger.note("media", one.number)
                silent.append(one.number)
            else:
                turns.append((at, n, tier.speaker or tier.name, one))
    for _, _, speaker, one in sorted(turns, key=lambda turn: turn[:2]):
        ledger.spoken += 1
        recording.add(one.text.strip(), speaker, (one.start, one.end), one.number)
    _remark(tiers, taken, silent, ledger)
    ledger.remark(
        "turns without times stand behind the one before in their tier",
        sorted(t[3].number for t in turns if t[3].start is None),
    )
    return recording.close(sum(len(tier.spoken) for tier in tiers))


def _remark(tiers: Sequence[Tier], taken: Sequence[int], silent: list[int], ledger: Ledger) -> None:
    said = ledger.remarks
    if any(not tiers[n].speaker and tiers[n].name for n in taken):
        said.append("tiers do not say whose they are, so their names were taken for the speakers'; check that they are")
    aside = [n + 1 for n, tier in enumerate(tiers) if n not in taken and any(one.text.strip() for one in tier.spoken)]
    if aside:
        places = ", ".join(map(str, aside[:8])) + (", …" if len(aside) > 8 else "")
        said.append(f"tiers that were not read as speech: {places} of {len(tiers)}")
    ledger.remark("marks of silence became no turn", silent)


def _speech(tiers: Sequence[Tier], format: str) -> list[int]:  # noqa: A002
    """The places of the tiers that hold speech, as far as that is beyond doubt."""
    found = [n for n, tier in enumerate(tiers) if not tier.below and any(one.text.strip() for one in tier.spoken)]
    whose: set[str] = set()
    for n in found:
        tier = tiers[n]
        who = (tier.speaker or tier.name).strip().casefold()
        if _SPLIT.split(tier.name.strip().casefold())[-1] in _NO_SPEECH:
            raise ReadError(f"a tier here is called as if it held no turns; {_ask(format, tiers)}", line=tier.line)
        if who in whose:
            raise ReadError(f"one person has several tiers here; {_ask(format, tiers)}", line=tier.line)
        whose.add(who)
    if not found and any(one.text.strip() for tier in tiers for one in tier.spoken):
        raise ReadError(f"no tier stands for itself here, so which holds speech is open; {_ask(format, tiers)}")
    return found


def _chosen(tiers: Sequence[Tier], wanted: str, format: str) -> list[int]:  # noqa: A002
    names = [tier.name.strip().casefold() for tier in tiers]
    taken: list[int] = []
    for word in wanted.split(","):
        key = word.strip().casefold()
        places = [n for n, name in enumerate(names) if name == key]
        if not places and key.isdecimal() and 0 < int(key[:9]) <= len(tiers):
            places = [int(key[:9]) - 1]
        if len(places) != 1:
            what = "several tiers go by one of these names" if places else "no tier goes by one of these names"
            raise ReadError(f"{what}; {_ask(format, tiers)}")
        taken.extend(places)
    return sorted(set(taken))


def _ask(format: str, tiers: Sequence[Tier]) -> str:  # noqa: A002
    return (
        f"say which of the {len(tiers)} tiers hold speech, by their names or places: "
        f'--format "{format}:1,2" at the command line, format="{format}:1,2" in Python'
    )

"""Texts as other hands and channels spell them: fifteen kinds of noise, each with a map back to the text it came from.

``benchmarks/perturbed.py`` asks how much of it a model minds. Seven kinds are undone by `relcomm.text.clean`, so that
nothing is left to mind; the others a model has to read as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LONGER = 4
"""Letters a word must have for a slip of the fingers in it to count."""
_SHARE = 1 / 8
"""How many of the words that could be changed are; one at least."""
_SHORT = {"you": "u", "your": "ur", "you're": "ur", "you’re": "ur", "yourself": "urself"}
_FILLERS = ("um", "uh", "er", "like", "you know", "i mean", "so um")
_EMOJI = "🌧📦☕🚗📎🪴🔑🧦"
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
_BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_MARKS = "\u0301\u0300\u0308\u0336\u0327\u0489"
_LOOK_ALIKE = dict(zip("aceopsxyijhABEHIKMOPTXYZNS", "асеорѕхуіјһАВЕНІКМОРТХΥΖΝЅ", strict=True))
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

Piece = tuple[str, int]
"""A character, and which one of the text it stands for; -1 for one that was put in."""
Kind = Callable[[str, Random], Iterable[Piece]]


@dataclass(frozen=True, slots=True)
class Noisy:
    """A text with noise, and for each of its characters the one it came from: a position, or -1 for none."""

    text: str = field(repr=False)
    origin: tuple[int, ...]


def noisy(kind: str, text: str, chance: Random) -> Noisy:
    """A text with one kind of noise; as it was where there is nothing to change, or where nothing would be left.

    >>> noisy("u, ur", "You lost your key.", Random(1)).text
    'u lost ur key.'
    """
    pieces = list(KINDS[kind](text, chance))
    if not any(piece.isalnum() for piece, _ in pieces):
        pieces = _plain(text)
    return Noisy("".join(c for c, _ in pieces), tuple(n for _, n in pieces))


def _plain(text: str) -> list[Piece]:
    return [(character, n) for n, character in enumerate(text)]


def _always(change: Callable[[str], Iterable[Piece]]) -> Kind:
    """A kind that leaves nothing to chance."""
    return lambda text, _: change(text)


def _curly(text: str) -> Iterator[Piece]:
    for n, character in enumerate(text):
        opens = n == 0 or text[n - 1].isspace()
        yield {"'": "‘’", '"': "“”"}.get(character, character * 2)[not opens], n


def _no_apostrophes(text: str) -> Iterator[Piece]:
    inside = {n for word in _WORD.finditer(text) for n in range(*word.span()) if text[n] in "'’"}
    return (piece for piece in _plain(text) if piece[1] not in inside)


def _short_you(text: str) -> Iterator[Piece]:
    at = 0
    for word in _WORD.finditer(text):
        if short := _SHORT.get(word.group().lower()):
            yield from _plain(text)[at : word.start()]
            yield from ((c, min(word.start() + n, word.end() - 1)) for n, c in enumerate(short))
            at = word.end()
    yield from _plain(text)[at:]


def _some(places: list[int], chance: Random) -> set[int]:
    """About one in eight of the places, one at least."""
    return set(chance.sample(places, min(len(places), max(1, round(len(places) * _SHARE)))))


def _in_words(text: str, chance: Random, longer: int) -> list[int]:
    """A place inside each of some words, where a letter stands."""
    words = [word for word in _WORD.finditer(text) if len(word.group()) >= longer and word.group().isalpha()]
    drawn = _some(list(range(len(words))), chance) if words else set()
    return [chance.randrange(words[n].start(), words[n].end()) for n in sorted(drawn)]


def _typos(text: str, chance: Random) -> Iterator[Piece]:
    """Two letters the wrong way round, one left out, one twice, or the key beside it."""
    pieces: list[list[Piece]] = [[piece] for piece in _plain(text)]
    for n in _in_words(text, chance, _LONGER):
        slip = chance.choice(("swap", "drop", "twice", "beside"))
        if slip == "swap" and n + 1 < len(text) and text[n + 1].isalpha():
            pieces[n], pieces[n + 1] = pieces[n + 1], pieces[n]
        elif slip == "drop":
            pieces[n] = []
        elif slip == "twice":
            pieces[n] *= 2
        else:
            pieces[n] = [(_beside(text[n], chance), n)]
    return (piece for each in pieces for piece in each)


def _beside(letter: str, chance: Random) -> str:
    for row in _KEYS:
        if (at := row.find(letter.lower())) >= 0:
            return row[at + chance.choice([step for step in (-1, 1) if 0 <= at + step < len(row)])]
    return letter


def _drawn_out(text: str, chance: Random) -> Iterator[Piece]:
    longer = set(_in_words(text, chance, 3))
    return (piece for piece in _plain(text) for _ in range(chance.randint(3, 6) if piece[1] in longer else 1))


def _case(text: str, chance: Random) -> Iterator[Piece]:
    """All capitals, none, or every second letter."""
    how = chance.choice(("upper", "lower", "mixed"))
    for n, character in enumerate(text):
        upper = how == "upper" or (how == "mixed" and n % 2 == 0)
        yield from ((c, n) for c in (character.upper() if upper else character.lower()))


def _after_letters(characters: str, share: float) -> Kind:
    def change(text: str, chance: Random) -> Iterator[Piece]:
        for n, character in enumerate(text):
            yield character, n
            if character.isalpha() and chance.random() < share:
                yield chance.choice(characters), -1

    return change


def _look_alikes(text: str, chance: Random) -> Iterator[Piece]:
    return ((_LOOK_ALIKE.get(c, c) if chance.random() < 0.5 else c, n) for c, n in _plain(text))


def _full_width(text: str) -> Iterator[Piece]:
    wide = {32: "\u3000"} | {n: chr(n + 0xFEE0) for n in range(33, 127)}
    return ((wide.get(ord(c), c), n) for c, n in _plain(text))


def _no_punctuation(text: str) -> Iterator[Piece]:
    """No marks but those inside words, and symbols."""
    inside = {n for word in re.finditer(r"(?<=\w)['’-](?=\w)", text) for n in range(*word.span())}
    return (piece for piece in _plain(text) if piece[1] in inside or piece[0] not in ".,;:!?…\"“”'‘’()[]-–—")


def _between_words(some: tuple[str, ...] | str) -> Kind:
    """Something put in after some of the words, a space before it."""

    def change(text: str, chance: Random) -> Iterator[Piece]:
        ends = [word.end() for word in re.finditer(r"\S+", text)]
        drawn = _some(ends, chance)
        for n, character in enumerate(text, 1):
            yield character, n - 1
            if n in drawn:
                yield from ((c, -1) for c in f" {chance.choice(some)}")

    return change


KINDS: Mapping[str, Kind] = {
    "curly quotes": _always(_curly),
    "no apostrophes": _always(_no_apostrophes),
    "u, ur": _always(_short_you),
    "typos": _typos,
    "drawn out": _drawn_out,
    "case": _case,
    "zero-width": _after_letters(_ZERO_WIDTH, 0.3),
    "soft hyphens": _after_letters("\u00ad", 0.3),
    "look-alikes": _look_alikes,
    "full-width": _always(_full_width),
    "bidirectional controls": _after_letters(_BIDI, 0.2),
    "combining marks": _after_letters(_MARKS, 0.3),
    "emoji put in": _between_words(_EMOJI),
    "no punctuation": _always(_no_punctuation),
    "fillers": _between_words(_FILLERS),
}
UNDONE = frozenset(
    {
        "curly quotes",
        "zero-width",
        "soft hyphens",
        "look-alikes",
        "full-width",
        "bidirectional controls",
        "combining marks",
    }
)
"""The kinds that must not change a score by a bit, nor a word of the evidence."""

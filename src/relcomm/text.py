"""Clean-up that keeps offsets, and the cutting of a turn into clauses and windows.

People type curly quotes, elongated words, full-width letters and invisible characters; hostile input adds
lone surrogates and look-alike letters. `clean` turns all of that into plain text a model can read and
remembers, for every character, where in the caller's own string it came from. Everything here is linear
in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, product

from relcomm.letters import LOOK_ALIKES, NEARLY_ALIKE, PLAIN, doubled

WINDOW_WORDS = 80
WINDOW_CHARACTERS = 480
MAX_WINDOWS = 16
ENDING_CHARACTERS = 4000
"""How much of an earlier turn is looked at: many times what any encoder reads of it."""

_NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})
_INVISIBLE = frozenset({"Cf", "Me", "Mn"})
# Unicode fills these blocks with emoji year by year; what a Python does not know yet is no less a symbol.
_EMOJI_BLOCKS = range(0x1F000, 0x1FB00)
_ODD = re.compile(r"[^\x20-\x7e]|([A-Za-z])\1\1|([^\w\s])\2\2\2|`|\s\s|^\s|\s$")
_WORD = re.compile(r"\S+")
_LETTERS = re.compile(r"\w+")
_RUN = re.compile(r"([A-Za-z])\1\1")
_MOST_RUNS = 3
"""Words with more letters drawn out than this are not looked up."""
# Short words in capitals and Roman numerals are no drawn-out words: AAA batteries, World War III, size XXXL.
_LONG_LETTERS = re.compile(
    r"(?<!\w)(?=[A-Z])(?:[A-Z]{1,4}|M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))(?!\w)|([A-Za-z])\1\1+"
)
_LONG_MARKS = re.compile(r"([^\w\s])\1\1\1+")
# A run of marks is entered at its first one only and never given back in part: that keeps the search linear.
_CLAUSE_END = re.compile(
    r"(?<![.!?])[.!?]++[\"')\]]*+(?=\s|$)|[,;:](?=\s)|\N{EM DASH}|--+|\s-(?=\s)"
    r"|(?=\s(?i:but|because|so|and|or|if|when|until|unless)\s)"
)


@dataclass(frozen=True, slots=True)
class Clean:
    """Text fit to read, and for each of its characters the place it came from.

    ``text[i]`` stands for ``original[starts[i]:ends[i]]``, marks and invisible characters that hang on it included.
    ``replaced`` tells whether characters that are no text at all (lone surrogates, NULs and other controls,
    private and unassigned characters) were read as a space.
    """

    text: str = field(repr=False)
    starts: tuple[int, ...] | range
    ends: tuple[int, ...] | range
    replaced: bool = False

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` (not empty) lies in the caller's string."""
        return self.starts[start], self.ends[end - 1]


def clean(text: str) -> Clean:
    """Plain, readable text with a map back to the caller's characters.

    Quotes and dashes become plain, invisible and combining characters go, full-width and look-alike letters
    become Latin, drawn-out words ("noooo") and runs of marks shorten, white space becomes single spaces.

    >>> c = clean("No\N{ZERO WIDTH SPACE}oooo, don\N{RIGHT SINGLE QUOTATION MARK}t")
    >>> c.text, c.original(4, 9)
    ("No, don't", (9, 14))
    """
    if not _ODD.search(text):
        return Clean(text, range(len(text)), range(1, len(text) + 1))
    characters, places, replaced = _fold(text)
    characters, places = _latin(characters, places)
    for runs in (_drawn_out, _long_marks):
        characters, places = _shorten(characters, places, runs(characters))
    characters, places = _single_spaces(characters, places)
    return Clean(characters, tuple(s for s, _ in places), tuple(e for _, e in places), replaced)


Places = list[tuple[int, int]]


def _fold(text: str) -> tuple[str, Places, bool]:
    out: list[str] = []
    places: Places = []
    replaced = False
    for n, character in enumerate(text):
        folded, bad = _folded(character)
        replaced |= bad
        out.append(folded)
        if folded:
            places.extend([(n, n + 1)] * len(folded))
        elif places:
            places[-1] = (places[-1][0], n + 1)
    return "".join(out), places, replaced


@lru_cache(maxsize=4096)
def _folded(character: str) -> tuple[str, bool]:
    """What is read for one character (maybe nothing, maybe several), and whether it was no text."""
    if character.isspace():
        return " ", False
    category = unicodedata.category(character)
    if category in _NO_TEXT:
        unknown = category == "Cn" and ord(character) in _EMOJI_BLOCKS
        return (character, False) if unknown else (" ", True)
    parts = unicodedata.normalize("NFKD", character.translate(PLAIN))
    return "".join(c for c in parts if unicodedata.category(c) not in _INVISIBLE).translate(PLAIN), False


def _latin(text: str, places: Places) -> tuple[str, Places]:
    if text.isascii():
        return text, places
    out = list(text)
    whole_words = not any(map(_is_foreign, text))
    for match in _WORD.finditer(text):
        word = match.group()
        if any(c.isascii() and c.isalpha() for c in word):
            out[match.start() : match.end()] = [NEARLY_ALIKE.get(c, c) for c in word]
        elif whole_words:
            out[match.start() : match.end()] = [LOOK_ALIKES.get(c, c) for c in word]
    return "".join(out), places


@lru_cache(maxsize=4096)
def _is_foreign(character: str) -> bool:
    """Whether it is a letter of another script that nobody takes for a Latin one: the text is really written in that."""
    if character.isascii() or not character.isalpha() or character in LOOK_ALIKES:
        return False
    return not unicodedata.name(character, "").startswith("LATIN")


Runs = Iterator[tuple[int, int, int]]
"""Where characters of a kind begin and end that are too many, and how many of them stay."""


def _drawn_out(text: str) -> Runs:
    for word in _LETTERS.finditer(text) if _RUN.search(text) else ():
        runs = [run.span() for run in _LONG_LETTERS.finditer(text, *word.span()) if run[1]]
        if runs:
            stay = _spelling(word, runs) if len(runs) <= _MOST_RUNS else (1,) * len(runs)
            yield from ((start, end, keep) for (start, end), keep in zip(runs, stay, strict=True))


def _spelling(word: re.Match[str], runs: list[tuple[int, int]]) -> tuple[int, ...]:
    """How many letters stay of each run: as a known word with doubled letters has it ("goood"), else one ("sooo")."""
    begins = [word.start(), *(end for _, end in runs)]
    for stay in product((1, 2), repeat=len(runs)):
        ends = [*(start + keep for (start, _), keep in zip(runs, stay, strict=True)), word.end()]
        if "".join(word.string[a:b] for a, b in zip(begins, ends, strict=True)).lower() in doubled():
            return stay
    return (1,) * len(runs)


def _long_marks(text: str) -> Runs:
    return ((run.start(), run.end(), 3) for run in _LONG_MARKS.finditer(text))


def _shorten(text: str, places: Places, runs: Runs) -> tuple[str, Places]:
    """Runs cut to what stays of them; the last one kept stands for all that went."""
    out: list[str] = []
    kept: Places = []
    at = 0
    for start, end, stay in runs:
        out.append(text[at : start + stay])
        kept.extend(places[at : start + stay])
        kept[-1] = (kept[-1][0], places[end - 1][1])
        at = end
    out.append(text[at:])
    kept.extend(places[at:])
    return "".join(out), kept


def _single_spaces(text: str, places: Places) -> tuple[str, Places]:
    """One space between words, which stands for all the white space that was there."""
    kept: Places = []
    after = 0
    for match in _WORD.finditer(text):
        if kept:
            kept.append((places[after][0], places[match.start() - 1][1]))
        kept.extend(places[match.start() : match.end()])
        after = match.end()
    return " ".join(text.split()), kept


def clauses(text: str) -> list[tuple[int, int]]:
    """The clauses of a clean text as ``(start, end)``, without outer spaces, in order, none empty.

    >>> clauses("You forgot. Again, and I waited")
    [(0, 11), (12, 18), (19, 31)]
    """
    found: list[tuple[int, int]] = []
    at = 0
    for cut in [*(match.end() for match in _CLAUSE_END.finditer(text)), len(text)]:
        piece = text[at:cut]
        start, end = at + len(piece) - len(piece.lstrip()), at + len(piece.rstrip())
        at = cut
        if start >= end:
            continue
        if found and not any(c.isalnum() for c in piece):
            start = found.pop()[0]  # marks alone go with the words before them
        found.append((start, end))
    return found


def windows(text: str) -> Iterator[tuple[int, int]]:
    """A clean text cut at spaces into stretches a model can read whole, as ``(start, end)``.

    At most `WINDOW_WORDS` words and `WINDOW_CHARACTERS` characters each (a longer word is cut). An empty
    text is one empty window.
    """
    if len(text) <= WINDOW_CHARACTERS and text.count(" ") < WINDOW_WORDS:
        yield 0, len(text)
        return
    start = words = end = 0
    for match in _WORD.finditer(text):
        if words == WINDOW_WORDS or (words and match.end() - start > WINDOW_CHARACTERS):
            yield start, end
            start, words = match.start(), 0
        while match.end() - start > WINDOW_CHARACTERS:
            yield start, start + WINDOW_CHARACTERS
            start += WINDOW_CHARACTERS
        words, end = words + 1, match.end()
    yield start, end


def parts(text: str, stretch: tuple[int, int], fits: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """A stretch ``(start, end)`` of a clean text, halved at spaces until each part fits; all of it, in order.

    A word that does not fit by itself is halved, too. A single character is never cut.
    """
    start, end = stretch
    if end - start < 2 or fits(text[start:end]):
        yield stretch
        return
    middle = (start + end) // 2
    spaces = [at for at in (text.rfind(" ", start, middle), text.find(" ", middle, end)) if at > start]
    cut = min(spaces, key=lambda at: abs(at - middle), default=middle)
    yield from parts(text, (start, cut), fits)
    yield from parts(text, (cut + bool(spaces), end), fits)


def ending(text: str) -> str:
    """The last words of an earlier turn, cleaned: all of it, up to `ENDING_CHARACTERS` of what was written."""
    return clean(text[-ENDING_CHARACTERS:]).text


def is_long(text: str) -> bool:
    """Whether a clean text has more than `MAX_WINDOWS` windows, so that only its first part is read."""
    return sum(1 for _ in islice(windows(text), MAX_WINDOWS + 1)) > MAX_WINDOWS

"""What a line of a typed transcript may open with: a name, and where the words after it begin."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

LONGEST_NAME = 40
_LONGEST_OPENING = 80
_MOST_WORDS = 12
_FEW_WORDS = 8
_WINDOW = 96
_COLON = re.compile(r"[:\uff1a]")
_OPENS_LIKE_NAME = re.compile(rf"[^\W\d_].{{0,{LONGEST_NAME}}}\Z")
_FORBIDDEN = frozenset('"“”„«»?!;<>{}[]|=\\*~…/\t')
_NEVER = frozenset("{}\\\t")
_PHONE = re.compile(r"(?!\d{1,4}-\d{1,2}-\d{2,4}\b)(?:\+\d|\(\d|\d{2})[\d ()\-\u2011\u00a0]{5,20}\Z")
_DATED = re.compile(r"\d[./-]\d|\d年|//")
_SENTENCE = re.compile(r"\w{4,}[.!?;…]+\s")
_BULLET = re.compile(r"(?:[-*+•‣–—]|\d{1,4}[.)])(?:\s+|\Z)")
_MARKUP = re.compile(r"\*{1,3}|_{1,3}")
_INVISIBLE = "\u200b\u200e\u200f\u2060\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"
_UNSEEN = str.maketrans("", "", _INVISIBLE)
_AROUND = {'"': '"', "'": "'", "“": "”", "„": "“”", "«": "»", "‘": "’", "[": "]", "<": ">", "*": "*", "_": "_"}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in text.split("|"))


_PARTICLES = _words(
    "a al and bin da das de del della den der di do dos du e el en het ibn la las le los of the und van von y zu"
)
_NO_NAMES = _words(
    "actually address also although and anyway attn basically bcc because breakfast btw but caution cc clearly conclusion cons "
    "cut date day dinner e.g edit email etc example fact first frankly friday from fwd fyi goal goals hint honestly how however "
    "http https i.e idea important info later listen location look lunch mailto maybe monday month n.b namely nb next no note "
    "notes now obviously ok okay option options or p.p.s p.s part personally phone plan plus point pps problem pros ps question "
    "re reason remember reminder result saturday second seriously sent so solution source step still subject summary sunday task "
    "tasks tbh then third thursday time tip tldr to today todo tomorrow tonight topic total tuesday update warning wednesday "
    "week weekend well what when where which why yes yesterday tue tues wed thur thurs fri january february september "
    "october november december montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi "
    "samedi dimanche lunes martes miércoles jueves viernes sábado"
) | _phrases(
    "to be honest|to be clear|to be fair|in short|in fact|in other words|long story short|bottom line|the bottom line|"
    "for example|for instance|one thing|another thing|first of all|on the other hand|on the one hand|by the way|for the record"
)
_NUMBERED = re.compile(r"\s+\d{1,3}\Z")
# What stands before the words of another who is quoted: "He was like: no way".
_REPORTS = _words(
    "said says say saying asked asks told me him her them us like was is are were went goes thought think thinks wrote writes "
    "replied reply answered answer means meant mean texted shouted yelled that this thing point question things these those"
)
ASIDE = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])\Z")
"""What a transcript adds to a name, as in ``Ann (laughing)``."""
_EMOTICON = frozenset(")(/\\|*-3DPpOoSsXx>]")


class Opening(NamedTuple):
    """A name a line may open with, and where the words after it begin."""

    name: str
    start: int


def openings(line: str, begin: int = 0) -> list[Opening]:
    """The names a line may open with, shortest first: at most two, as in ``Dr: Ann: hello``.

    The first may be anything that a person can be called, ``My wife`` or ``🐻``; whether it is a name shows only
    in the whole transcript.

    >>> openings("Ann: we leave at 10:30")
    [Opening(name='Ann', start=5)]
    >>> openings("**Ann:** hi")
    [Opening(name='Ann', start=9)]
    """
    found: list[Opening] = []
    parts: list[str] = []
    at = begin
    for colon in _COLON.finditer(line, begin, begin + _WINDOW):
        name, end = _part(line, at, colon.start())
        fits = is_name(name) if parts else likeness(name) is not None
        if not fits or not _opens_speech(line, colon.start(), end):
            break
        parts.append(name)
        found.append(Opening(": ".join(parts), len(line) - len(line[end:].lstrip())))
        at = end
        if len(found) == 2:
            break
    return found


def _part(line: str, at: int, colon: int) -> tuple[str, int]:
    """What stands before a colon, bared of quotes and the like, and where the words behind begin."""
    text = line[at:colon].strip().strip(_INVISIBLE).strip()
    markup = _MARKUP.match(text)
    # "**Ann:** hi" closes behind the colon what it opened before.
    if markup and line.startswith(markup[0], colon + 1) and not text.endswith(markup[0]):
        return _bared(text[markup.end() :]), colon + 1 + len(markup[0])
    return _bared(text), colon + 1


def _bared(text: str) -> str:
    for _ in range(3):
        if len(text) > 2 and text[-1] in _AROUND.get(text[0], ()) and text[0] not in text[1:-1]:
            text = text[1:-1].strip()
        elif len(text) > 4 and text[:2] == text[-2:] and text[:2] in {"**", "__"}:
            text = text[2:-2].strip()
    return text


def _opens_speech(line: str, colon: int, end: int) -> bool:
    """Whether the colon can stand between a name and words: not in a URL, a time or an emoticon."""
    after = line[end : end + 2]
    if not after or after[0].isspace() or line[colon] == "\uff1a":
        return True
    return after[0] not in _EMOTICON | frozenset(":0123456789") or (after[0].isalpha() and after[1:].isalpha())


def is_name(text: str) -> bool:
    """Whether this is written like what a transcript calls somebody.

    >>> is_name("Dr. Ann"), is_name("Speaker 1"), is_name("then she said"), is_name("https")
    (True, True, False, False)
    """
    if _PHONE.match(text):
        return True
    text = ASIDE.sub("", text) or text
    if not _OPENS_LIKE_NAME.match(text) or not _FORBIDDEN.isdisjoint(text):
        return False
    words = text.split()
    if len(words) > 5 or is_no_name(text):
        return False
    return len(words) == 1 or all(_may_stand_in_name(word) for word in words[1:])


def is_no_name(text: str) -> bool:
    """Whether this is a word that stands before a colon without anybody speaking: ``Monday``, ``Note``, ``Option 2``."""
    return _NUMBERED.sub("", text.casefold()).rstrip(".") in _NO_NAMES


def likeness(text: str) -> int | None:
    """How much this looks like a name, from 3 (a capital, as in ``Ann``) to 0 (``he said``); nothing if it cannot be one.

    >>> likeness("Ann"), likeness("ann"), likeness("My wife"), likeness("He was like"), likeness("Monday")
    (3, 2, 1, 0, None)
    """
    if is_name(text):
        return 2 if text[0].islower() else 3
    words = text.split()
    if not words or len(text) > _LONGEST_OPENING or len(words) > _MOST_WORDS or is_no_name(text):
        return None
    barred = (
        not _NEVER.isdisjoint(text)
        or _DATED.search(text.translate(_UNSEEN))
        or _SENTENCE.search(text)
        or _BULLET.match(text)
    )
    if barred or not any(map(_says_who, text)):
        return None
    return 0 if len(words) > 1 and words[-1].casefold().rstrip(",") in _REPORTS else 1


def _says_who(character: str) -> bool:
    return character.isalnum() or character == "?" or unicodedata.category(character) in {"So", "Sk"}


def before_colon(line: str, begin: int = 0) -> tuple[str, bool]:
    """What stands before a line's first colon, and whether speech can follow there, not the rest of a URL or a face.

    >>> before_colon("Ann:) hi"), before_colon("see https://example.org")
    (('Ann', False), ('see https', False))
    """
    colon = _COLON.search(line, begin, begin + _LONGEST_OPENING)
    if not colon:
        return "", False
    name, end = _part(line, begin, colon.start())
    return name, _opens_speech(line, colon.start(), end)


def is_short(text: str) -> bool:
    """Whether this is short enough for somebody to look whether it is a name."""
    return 0 < len(text.split()) <= _FEW_WORDS and _SENTENCE.search(text) is None and any(map(_says_who, text))


def bullet(line: str, begin: int = 0) -> int:
    """Where a line's words begin behind the mark or number of a list; ``begin`` if there is none."""
    at = len(line) - len(line[begin:].lstrip())
    mark = _BULLET.match(line[at:])
    return at + mark.end() if mark else begin


def _may_stand_in_name(word: str) -> bool:
    return word in _PARTICLES or not word.lstrip("('’&-#@+.")[:1].islower()


def full_names(lines: Mapping[tuple[str, ...], int]) -> Mapping[str, str]:
    """For each first part its full name: ``Dr`` becomes ``Dr: Ann`` if ``Ann`` follows each time, and more than once.

    ``lines`` counts the names that lines open with, see `openings`.
    """
    seconds: dict[str, Counter[str]] = {}
    for names, times in lines.items():
        if names:
            seconds.setdefault(names[0], Counter())[names[1] if len(names) > 1 else ""] += times
    return {
        first: next(iter(names)) if len(names) == 1 and "" not in names and names.total() > 1 else first
        for first, names in seconds.items()
    }

"""Who speaks in a typed transcript: names learnt from how often a line opens with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

LONGEST_NAME = 40
_WINDOW = 96
_COLON = re.compile(r"[:\uff1a]")
_OPENS_LIKE_NAME = re.compile(rf"[^\W\d_].{{0,{LONGEST_NAME}}}\Z")
_FORBIDDEN = frozenset('"“”„«»?!;<>{}[]|=\\*~…/\t')
_PHONE = re.compile(r"\+\d[\d ()\-\u2011\u00a0]{5,20}\Z")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PARTICLES = _words(
    "a al and bin da das de del della den der di do dos du e el en het ibn la las le los of the und van von y zu"
)
_NO_NAMES = _words(
    "also although and anyway attn bcc because btw but caution cc date e.g edit etc example first from fwd fyi hint however "
    "http https i.e idea important info later mailto maybe namely next no note notes now ok okay or p.s plan plus point "
    "problem ps question re reason remember reminder result second sent so solution source still subject summary then third "
    "time tip tldr to today todo tomorrow update warning well yes yesterday"
)
ASIDE = re.compile(r"\s*\([^()]*\)\Z")
"""What a transcript adds to a name, as in ``Ann (laughing)``."""
_EMOTICON = frozenset(")(/\\|*-3DPpOoSsXx>]")


class Opening(NamedTuple):
    """A name a line may open with, and where the words after it begin."""

    name: str
    start: int


def openings(line: str, begin: int = 0) -> list[Opening]:
    """The names a line may open with, shortest first: at most two, as in ``Dr: Ann: hello``.

    >>> openings("Ann: we leave at 10:30")
    [Opening(name='Ann', start=5)]
    """
    found: list[Opening] = []
    parts: list[str] = []
    at = begin
    for colon in _COLON.finditer(line, begin, begin + _WINDOW):
        part = line[at : colon.start()]
        if not is_name(part.strip()) or not _opens_speech(line, colon.start()):
            break
        parts.append(part.strip())
        after = line[colon.end() :]
        found.append(Opening(": ".join(parts), len(line) - len(after.lstrip())))
        at = colon.end()
        if len(found) == 2:
            break
    return found


def _opens_speech(line: str, colon: int) -> bool:
    """Whether the colon can stand between a name and words: not in a URL, a time or an emoticon."""
    after = line[colon + 1 : colon + 3]
    if not after or after[0].isspace() or line[colon] == "\uff1a":
        return True
    return after[0] not in _EMOTICON | frozenset(":0123456789") or (after[0].isalpha() and after[1:].isalpha())


def is_name(text: str) -> bool:
    """Whether this could be what a transcript calls somebody.

    >>> is_name("Dr. Ann"), is_name("Speaker 1"), is_name("then she said"), is_name("https")
    (True, True, False, False)
    """
    if _PHONE.match(text):
        return True
    text = ASIDE.sub("", text) or text
    if not _OPENS_LIKE_NAME.match(text) or not _FORBIDDEN.isdisjoint(text):
        return False
    words = text.split()
    if len(words) > 5 or text.casefold().rstrip(".") in _NO_NAMES:
        return False
    return len(words) == 1 or all(_may_stand_in_name(word) for word in words[1:])


def _may_stand_in_name(word: str) -> bool:
    return word in _PARTICLES or not word.lstrip("('’&-#@+.")[:1].islower()


def full_names(lines: Iterable[Sequence[Opening]]) -> Mapping[str, str]:
    """For each first part its full name: ``Dr`` becomes ``Dr: Ann`` if ``Ann`` follows each time, and more than once."""
    seconds: dict[str, Counter[str]] = {}
    for line in lines:
        if line:
            seconds.setdefault(line[0].name, Counter())[line[1].name if len(line) > 1 else ""] += 1
    return {
        first: next(iter(names)) if len(names) == 1 and "" not in names and names.total() > 1 else first
        for first, names in seconds.items()
    }


class Cast(NamedTuple):
    """Who speaks, and the lines on which a name came up only once: taken for a name, or passed over."""

    names: frozenset[str]
    once: frozenset[str]
    passed: frozenset[str]


def learn_cast(names: Sequence[str], lines: int) -> Cast:
    """The speakers among the names that lines open with; ``lines`` is how many lines are not blank.

    A name heard twice is a speaker's. One heard once is, if a second speaker is still missing, or if every
    line opens with a name, so that nobody's words run over several lines. More than four lines in which nobody speaks twice
    are no conversation.
    """
    counts = Counter(names)
    everywhere = len(names) == lines
    repeated = {name for name, n in counts.items() if n > 1 and (_titled(name) or n * 10 >= len(names))}
    single = {name for name, n in counts.items() if n == 1}
    if repeated:
        taken = {name for name in single if _titled(name)} if everywhere or len(repeated) == 1 else set()
    else:
        taken = {name for name in single if everywhere or _titled(name)} if len(names) <= 4 else set()
    return Cast(frozenset(repeated | taken), frozenset(taken), frozenset(counts.keys() - repeated - taken))


def _titled(name: str) -> bool:
    return not name[0].islower()

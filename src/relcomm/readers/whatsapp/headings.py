"""The date and time a WhatsApp export puts before each message, in the many shapes phones write it."""

from __future__ import annotations

import re
from typing import NamedTuple

# Marks of writing direction, and the byte order mark, turn up anywhere in exports, and show nothing.
MARKS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_M = rf"[{MARKS}]{{0,4}}"
_S = "[ \t\u00a0\u2007\u2009\u202f]"
# Written with dots and spaces or without: "p. m.", "PM", "μ.μ.".
_HALVES = {
    "am": "am a 오전 上午 午前 凌晨 清晨 早上 ص قظ πμ öö sa pd de pg eb fm ap dop дп проб לפנהצ पूर्वाह्न ก่อนเที่ยง",
    "pm": "pm p 오후 下午 午後 中午 晚上 م بظ μμ ös ch md du ptg em ip odp пп слоб אחהצ अपराह्न หลังเที่ยง",
}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


_HALF = {_letters(word): half for half, words in _HALVES.items() for word in words.split()}
_LONG = "|".join(('לפנה[״"]צ', 'אחה[״"]צ', "पूर्वाह्न", "अपराह्न", "ก่อนเที่ยง", "หลังเที่ยง"))
_LETTERS = rf"(?:{_LONG}|[^\W\d_]{{1,3}}\.?(?:{_S}?[^\W\d_]{{1,2}}\.?)?)"
_BRIDGE = r"(?:г\.|at|um|kl\.?|klo|às|à|a las|alle(?: ore)?|lúc|в)(?![^\W\d_])"
_HEADING = re.compile(
    rf"""{_M}(?P<open>\[)?{_M}{_S}?
    (?:(?P<a>\d{{1,4}}){_M}(?P<separator>[./-]){_M}{_S}?(?P<b>\d{{1,2}}){_M}(?P=separator){_M}{_S}?(?P<c>\d{{1,4}})\.?
      |(?P<y>\d{{4}})[년年]{_S}?(?P<m>\d{{1,2}})[월月]{_S}?(?P<d>\d{{1,2}})[일日])
    {_M}(?P<comma>[,\u060c])?{_M}(?:{_S}{_BRIDGE},?)?(?:{_S}{{1,3}}|(?=[^\W\d_])|(?<=[,\u060c]))
    {_M}(?:(?P<before>{_LETTERS}){_S}{{0,2}})?
    (?P<hour>\d{{1,2}})(?:[:.\u066b]|{_S}h{_S})(?P<minute>\d{{2}})(?:(?:[:.\u066b]|{_S}min{_S})(?P<second>\d{{2}})(?:{_S}s\b)?)?(?!\d)
    (?:{_S}(?:ч\.|Uhr)|{_S}{{0,2}}{_M}(?P<after>{_LETTERS}))?{_M}
    (?P<close>\]{_S}?|{_S}{{1,2}}[-\u2013\u2014](?:{_S}|\Z)|:{_S}|,{_S}){_M}""",
    re.VERBOSE,
)
# Copied from WhatsApp Web: the time first.
_COPIED = re.compile(
    rf"""{_M}(?P<open>\[)(?P<hour>\d{{1,2}})[:.](?P<minute>\d{{2}})(?:[:.](?P<second>\d{{2}}))?
    (?:{_S}{{0,2}}(?P<after>{_LETTERS}))?(?P<last>,){_S}
    (?P<a>\d{{1,4}})(?P<separator>[./-]){_S}?(?P<b>\d{{1,2}})(?P=separator){_S}?(?P<c>\d{{1,4}})\.?(?P<close>\]{_S}?){_M}""",
    re.VERBOSE,
)
_DIRECTIONS = str.maketrans("", "", MARKS)


class Style(NamedTuple):
    """What all headings of one export share."""

    bracketed: bool
    closing: str
    separator: str
    year_first: bool
    year_digits: int
    comma: bool
    seconds: bool
    half: str
    time_first: bool = False


class Heading(NamedTuple):
    """One heading. ``date`` is as written: year, month, day if the year is first, else the year last.

    ``end`` is where the rest of the line begins.
    """

    style: Style
    date: tuple[int, int, int]
    clock: tuple[int, int, int]
    end: int


def find_heading(line: str) -> Heading | None:
    """The heading this line begins with, if it begins with one.

    >>> find_heading("[14/08/2023, 9:15:32 PM] Ann: hi").clock
    (21, 15, 32)
    """
    part = _parts(line)
    style = _style(part) if part else None
    clock = _clock(part)
    if not style or not clock:
        return None
    first, second, third = _numbers(part)
    month, day = sorted((second, third) if style.year_first else (first, second))
    if not (1 <= month <= 12 and day <= 31) or (style.year_first and second > 12):
        return None
    return Heading(style, (first, second, third), clock, int(part["end"] or 0))


def has_unknown_half(line: str) -> bool:
    """Whether this line has a heading, but for a word where "AM" or "PM" would stand.

    >>> has_unknown_half("[14/08/2023, 9:15:32 XY] Ann: hi"), has_unknown_half("[14/08/2023, 9:15:32 PM] Ann: hi")
    (True, False)
    """
    part = _parts(line)
    word, style = part.get("before") or part.get("after"), _style(part) if part else None
    # Before a colon it is rather a name, in a typed transcript.
    return bool(
        word and style and style.closing in "]-" and _letters(word) not in _HALF and int(part["hour"] or 0) <= 12
    )


def _parts(line: str) -> dict[str, str | None]:
    """The parts of what may be a heading; none if it is not like one."""
    match = _COPIED.match(line) or _HEADING.match(line)
    if not match:
        return {}
    return dict.fromkeys(("y", "m", "d", "before", "comma")) | match.groupdict() | {"end": str(match.end())}


def _numbers(part: dict[str, str | None]) -> tuple[int, int, int]:
    written = (part["y"], part["m"], part["d"]) if part["y"] else (part["a"], part["b"], part["c"])
    first, second, third = (int(number or 0) for number in written)
    return first, second, third


def _style(part: dict[str, str | None]) -> Style | None:
    """How the heading is written; nothing if its parts do not go together."""
    a, c = part["y"] or part["a"] or "", part["d"] or part["c"] or ""
    closing = (part["close"] or "").strip()[:1]
    half = "before" if part["before"] else "after" if part["after"] else ""
    fits = (
        {len(a), len(c)} <= {1, 2, 4}
        and not len(a) == len(c) == 4
        and (len(a) == 4 or len(c) > 1)
        and bool(part["open"]) == (closing == "]")
        and (closing != "," or half == "before")
    )
    if not fits:
        return None
    return Style(
        bracketed=bool(part["open"]),
        closing="-" if closing in "\u2013\u2014" else closing,
        separator=part["separator"] or "年",
        year_first=len(a) == 4,
        year_digits=4 if 4 in (len(a), len(c)) else 2,
        comma=bool(part["comma"]),
        seconds=bool(part["second"]),
        half=half,
        time_first="last" in part,
    )


def _clock(part: dict[str, str | None]) -> tuple[int, int, int] | None:
    """Hour from 0 to 23, minute and second; nothing if this is no time of day."""
    if not part:
        return None
    hour, minute, second = int(part["hour"] or 0), int(part["minute"] or 0), int(part["second"] or 0)
    written = part["before"] or part["after"]
    if written:
        half = _HALF.get(_letters(written))
        if half is None or hour > 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def without_marks(text: str) -> str:
    """The text without marks of writing direction."""
    return text.translate(_DIRECTIONS)

"""Words of time that can bound a demand: "by Friday", "tonight", "before the wedding", "when the lease ends".

Plain English only, found by a small grammar of prepositions, days, festivals, clock times and dates. A date of the
event itself ("on Sunday") is no deadline. Everything is cut from a clean text (`relcomm.text.clean`).
"""

from __future__ import annotations

import re

Bit = tuple[int, int]
"""``start, end`` in a clean text."""

_WORD = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?"
    r"|tonight|2nite|today|tomorrow|tmrw|tmw|midnight|midday|noon|(?:mid-?)?(?:morning|afternoon)|evening|night|dawn|then"
    r"|lunch(?:time)?|dinner(?:time)?|tea(?:time)?|supper(?:time)?|breakfast|bedtime|pay\s?day|close|weekend|week|fortnight"
    r"|month|year|new\syear(?:'s)?(?:\seve|\sday)?|term|half[\s-]term|season|spring|summer|autumn|winter|fall|holidays?"
    r"|christmas|xmas|easter|eid|diwali|ramadan|passover|hanukk?ah|thanksgiving|labou?r|birthday|wedding|funeral|harvest|shearing|lambing"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|first|second|third|fourth|fifth|tenth|twelfth|fifteenth|twentieth|thirtieth"
    r"|\d{1,2}(?:[:.]\d\d)?(?:\s?[ap]m|st|nd|rd|th)?|half|past|quarter|one|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve|o'clock|end|day|party)\b(?:'s\b)?"
)
_BEFORE_IT = r"(?:(?:the|this|that|next|your|my|our|her|his|their|a|early|late|end\sof|(?!the\b)\w+'s)\s)*"
_DATE = rf"(?:{_BEFORE_IT}|(?:the|this|that|next|your|my|our)\s\w+\s){_WORD}(?:[\s-]{_WORD})*(?:\s(?:of|on|at|in|to|next|this)\s{_BEFORE_IT}{_WORD}(?:\s{_WORD})*)*"
# To the end of the clause, or to where the loss begins; of a mark alone nothing is bound.
_ON = r"(?=\s?[^\s,;:.!?\N{EM DASH}])[^,;:.!?\N{EM DASH}]*?(?=\s(?:or|otherwise|then|else|and)\b|\s-|\s*(?:[,;:.!?\N{EM DASH}]|$))"
_SPAN = r"(?:an?|one|two|three|four|five|six|\d+|the|this|the\snext\s\w+)(?:\smore)?"
_BOUND = re.compile(
    rf"\b(?:(?:no\slater\sthan|not\slater\sthan|by)\s(?:the\stime\s{_ON}|the\send\sof\s(?!the\b|th[ai][ts]\b|next\b|my\b)\w+|{_DATE})"
    rf"|(?:until|till|til)\s(?:{_DATE}|I\b{_ON})|before\s{_ON}"
    rf"|within\s{_SPAN}\s(?:minute|hour|day|week|month)s?\b)",
    re.IGNORECASE,
)
_HAVE = re.compile(
    r"\b(?:you|u|ya)(?:'ve\sgot|'ve|ve\sgot|ve|\shave\sgot|\shave|\sgot)\s(?P<bound>(?:until|till|til)\s.+?)"
    r"(?P<to>\sto\s|(?=\s(?:or|otherwise|then|and)\b|[,;:.!?\N{EM DASH}]|$))",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    rf"\b(?:give|gave|giving|you|you've|you\shave|you've\sgot|you\sgot)\s(?:you\s)?(?P<bound>{_SPAN}\s(?:\w+\s)?"
    r"(?:minute|hour|day|night|week|weekend|month)s?)\b(?P<to>\sto\s)?",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?<!\bfrom\s)(?<!\bof\s)(?<!\bon\s)\b(?:(?:right\s)?now|today|tonight|2nite|tomorrow|tmrw|tmw|at\sonce|immediately"
    rf"|straight\saway|the\snight|this\s(?:minute|second|instant|very\sminute|{_WORD}))(?!\w|'|\son\b)",
    re.IGNORECASE,
)
_WHEN = re.compile(r"\bwhen\s(?:the|this|our)\s\w+(?:\s\w+){1,4}$", re.IGNORECASE)


def bounds(text: str, where: Bit, *, bare: bool = True) -> list[Bit]:
    """Every bound of time in a stretch of a clean text, in order. ``bare`` counts "tonight" and "now" among them.

    >>> said = "Tell her by noon on Thursday or I go."
    >>> [said[start:end] for start, end in bounds(said, (0, len(said)))]
    ['by noon on Thursday']
    """
    start, part = where[0], text[where[0] : where[1]]
    found = [match.span() for match in _BOUND.finditer(part)]
    if bare:
        free = (match.span() for match in _BARE.finditer(part))
        found += [bit for bit in free if not any(a < bit[1] and bit[0] < b for a, b in found)]
    return [(start + a, start + b) for a, b in sorted(found)]


def closing_when(text: str, where: Bit) -> Bit | None:
    """The event that ends a stretch of a clean text: "when the lease ends"."""
    match = _WHEN.search(text[where[0] : where[1]])
    return (where[0] + match.start(), where[0] + match.end()) if match else None


def allowance(text: str, where: Bit) -> tuple[Bit, int | None] | None:
    """The time somebody is given ("you have until Friday", "I give you a week") and where what for begins, if said."""
    match = _HAVE.search(text, *where) or _GIVEN.search(text, *where)
    return (match.span("bound"), match.end("to") if match["to"] else None) if match else None

"""The lines of an export as they look at first: which have a heading, and which of these are the export's own."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from relcomm.errors import ReadError
from relcomm.readers.whatsapp.dates import STRAYS, Numbers
from relcomm.readers.whatsapp.headings import Style, find_heading, has_unknown_half
from relcomm.readers.whatsapp.senders import names_of

_T = TypeVar("_T")


class _Numbers(dict[_T, int]):
    """Numbers for what comes up again and again, from 1 on, in the order of coming up."""

    def of(self, one: _T) -> int:
        return self.setdefault(one, len(self) + 1)


@dataclass
class Lines:
    """What the lines of an export are, without their words, in columns, since a long one has millions.

    A place is a line's number less one. Styles of headings, dates and names are numbered; 0 is none. ``halves`` are the
    numbers of the lines that would have a heading, but for an unknown word in place of AM or PM.
    """

    styles: array[int] = field(default_factory=lambda: array("H"))
    dates: array[int] = field(default_factory=lambda: array("I"))
    seconds: array[int] = field(default_factory=lambda: array("I"))
    ends: array[int] = field(default_factory=lambda: array("H"))
    names: array[int] = field(default_factory=lambda: array("I"))
    after_break: bytearray = field(default_factory=bytearray)
    halves: list[int] = field(default_factory=list)
    known_styles: _Numbers[Style] = field(default_factory=_Numbers)
    known_dates: _Numbers[Numbers] = field(default_factory=_Numbers)
    known_names: _Numbers[tuple[str, ...]] = field(default_factory=_Numbers)

    def __len__(self) -> int:
        return len(self.styles)

    def headed(self) -> Iterator[int]:
        """The places of the lines with a heading."""
        return (place for place, style in enumerate(self.styles) if style)


def scan(lines: Iterable[str]) -> Lines:
    """What the lines are, in columns."""
    found = Lines()
    after_break = False
    for line in lines:
        text = line.rstrip("\r\n")
        heading = find_heading(text)
        found.after_break.append(after_break)
        found.styles.append(found.known_styles.of(heading.style) if heading else 0)
        found.dates.append(found.known_dates.of(heading.date) if heading else 0)
        hour, minute, second = heading.clock if heading else (0, 0, 0)
        found.seconds.append(hour * 3600 + minute * 60 + second)
        found.ends.append(heading.end if heading else 0)
        found.names.append(found.known_names.of(names_of(text[heading.end :])) if heading else 0)
        if not heading and has_unknown_half(text):
            found.halves.append(len(found))
        after_break = line.endswith("\r\n")
    return found


def check_halves(lines: Lines) -> None:
    """Raise `ReadError` if the clock has a word for half the day that is not known: its lines would be lost in others."""
    headed = len(lines.styles) - lines.styles.count(0)
    if lines.halves and len(lines.halves) * STRAYS > headed:
        problem = "the word before or behind the time, as AM or PM, is in a language that is not known here; "
        raise ReadError(
            problem + "set the phone to a 24-hour clock, or to English, and export the chat again", line=lines.halves[0]
        )


def drop_pasted(lines: Lines) -> list[int]:
    """Takes the headings away that are not the export's own, and gives the numbers of their lines.

    iPhones end a message with CR LF and a line inside a message with LF alone. Where what follows CR LF is
    nearly always a heading, the headings that follow LF were pasted.
    """
    # Styles are numbered as they come, so the first is 1.
    same = sum(style == 1 for style in lines.styles)
    pasted = [place for place, style in enumerate(lines.styles) if style > 1]
    breaks = sum(lines.after_break)
    headed_breaks = sum(after and style == 1 for after, style in zip(lines.after_break, lines.styles, strict=True))
    if breaks and (breaks - headed_breaks) * STRAYS <= breaks and headed_breaks * 2 >= same - 1:
        first = next(lines.headed(), 0)
        own = enumerate(zip(lines.styles, lines.after_break, strict=True))
        pasted += [place for place, (style, after) in own if style == 1 and not after and place != first]
    for place in pasted:
        lines.styles[place] = 0
    return [place + 1 for place in pasted]

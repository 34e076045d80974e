"""A person's words made safe to put on a page or in a terminal; nothing here changes how long they are."""

from __future__ import annotations

import html
import re

_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"(?<=\d) (?=\d)")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(text: str) -> str:
    r"""The text with every character that is no text replaced, so that it can be written as UTF-8.

    Lone surrogates and control characters become U+FFFD, a carriage return becomes a space; tabs and line
    breaks stay. The length stays, so offsets into the original still hold.

    >>> plain("a\x1b[31m\udc80\r\n") == "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER} \n"
    True
    """
    return _NOT_TEXT.sub(_REPLACEMENT, text.replace("\r", " "))


def level(text: str) -> str:
    r"""Plain text for the middle of a line: line breaks are spaces, marks that turn the writing direction are replaced.

    Without this a name that holds such a mark could reorder our own words around it.

    >>> level("Ann\nBen\t")
    'Ann Ben '
    """
    return _DIRECTION.sub(_REPLACEMENT, plain(text).replace("\n", " ").replace("\t", " "))


def tied(text: str) -> str:
    r"""The text with the digits of a telephone number held together where lines are wrapped.

    >>> tied("ring 116 123").split(" ")
    ['ring', '116\xa0123']
    """
    return _NUMBER.sub("\N{NO-BREAK SPACE}", text)


def escape(text: str) -> str:
    """The text as the content of an HTML element or of an attribute in double quotes, the only kind the page uses.

    >>> escape('<b>"')
    '&lt;b&gt;&quot;'
    """
    return html.escape(plain(text), quote=False).replace('"', "&quot;")


def inline(text: str) -> str:
    """`level` text, escaped: for names, quotes and reasons inside our own sentences."""
    return escape(level(text))


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters of the text; an ellipsis shows that some went.

    >>> shorten("never listen to me", 10)
    'never lis…'
    """
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"

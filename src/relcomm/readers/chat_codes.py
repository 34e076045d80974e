"""The words of a line of CHAT without its codes: what was taken back and fillers gone, shortened words whole.

The codes are those of the CHAT manual of TalkBank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

UNCLEAR = "…"

_PIECE = re.compile(r"\[[^\[\]]*\]|[<>]|[^\s<>\[\]]+|[\[\]]")
_LINKER = re.compile(r'(?:\[-\s[^\[\]]*\]\s*)?(?:\+[<^,"\u201c\u201d+]|\+\u2248|\+\u224b)\s*')
_SATELLITES = re.compile("\u21ab[^\u21ab]*\u21ab")
# What was said before one of these is taken back, or said again.
_RETRACED = frozenset(("[/]", "[//]", "[///]", "[/-]", "[/?]"))
_REPLACED = re.compile(r"\[:\s+([^\[\]]+)\]\Z")
_UNCLEAR_WORDS = frozenset(("xxx", "xx", "yyy", "yy", "www"))
_FINALS = {
    "+...": "…",
    "+..?": "…?",
    "+!?": "?!",
    "+/.": "—",
    "+/?": "—?",
    "+//.": "—",
    "+//?": "—?",
    '+"/.': ":",
    '+".': ".",
    "+.": "",
    "\u2021": ",",
    "\u201e": ",",
}
_PAUSE = re.compile(r"\((?:\.{1,3}|[\d:.]+)\)\Z")
_FORM = re.compile(r"(?<=\w)@[\w:$&+\-]*\Z")
# Marks of tone, stress, overlap and voice quality.
_MARKS = dict.fromkeys(map(ord, "↫ˈˌ↑↓⇗↗→↘⇘∞≈≋⌈⌉⌊⌋∆∇°▁▔☺♋Ϋ∬⁎↻⁇§∾∲≡ἩἪ≠^"))
_CLOSING = re.compile(r"\s+(?=[,.?!;:…—])")
_LETTERS = re.compile(r"\w")


class Said(NamedTuple):
    """The words; whether some were unclear, and whether words of another were left out."""

    text: str
    unclear: bool
    others: bool


_Item = str | list["_Item"]


def clean_codes(line: str) -> Said:
    """The words in the code of a main line.

    >>> clean_codes('<do you> [/] do you &-um want (be)cause [: because] xxx ?').text
    'do you want because…?'
    >>> clean_codes('&=laughs .').text
    ''
    """
    line = line.lstrip()
    linker = _LINKER.match(line)
    line = _SATELLITES.sub(" ", line[linker.end() :] if linker else line)
    pieces = [piece[0] for piece in _PIECE.finditer(line)]
    words = [word for piece in _flat(_grouped(pieces)) if (word := _plain(piece))]
    text = _CLOSING.sub("", " ".join(words)).strip()
    others = any(piece.startswith("&*") for piece in pieces)
    if not _LETTERS.search(text):
        return Said("", False, others)
    return Said(text.lstrip(",;: "), UNCLEAR in words, others)


def _grouped(pieces: Sequence[str]) -> list[_Item]:
    """The words, those in angle brackets as lists, with what a code behind takes back or replaces gone."""
    stack: list[list[_Item]] = [[]]
    for piece in pieces:
        top = stack[-1]
        replaced = _REPLACED.match(piece)
        if piece == "<":
            stack.append([])
        elif piece == ">":
            if len(stack) > 1:
                stack.pop()
                stack[-1].append(top)
        elif piece in _RETRACED:
            del top[-1:]
        elif replaced:
            top[-1:] = replaced[1].split()
        elif piece[0] not in "[]":
            top.append(piece)
    # A bracket left open groups nothing.
    return [item for level in stack for item in level]


def _flat(items: Sequence[_Item]) -> Iterator[str]:
    pending = list(reversed(items))
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            yield item
        else:
            pending.extend(reversed(item))


def _plain(piece: str) -> str:
    """The word as it is written elsewhere; nothing for what is no word."""
    if piece in _FINALS:
        return _FINALS[piece]
    if piece.casefold().strip(".,?!") in _UNCLEAR_WORDS:
        return UNCLEAR
    if (piece[0] in "&0" and not piece[1:2].isdigit()) or _PAUSE.match(piece):
        # Fillers, fragments, laughter and gestures; what was left out; pauses.
        return ""
    word = _FORM.sub("", piece).translate(_MARKS)
    if _LETTERS.search(word):
        word = word.replace("(", "").replace(")", "").replace("_", " ")
        word = re.sub(r"(?<=\w):+(?=\w|\Z)", "", word)
        word = re.sub(r"(?<=\w)\+(?=\w)", "", word)
    return word

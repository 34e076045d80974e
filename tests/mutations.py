"""Transcripts damaged on purpose: each reader's own samples, changed as accidents, other programs and malice change files.

The n-th damaged file of a reader is the same in every run with the same seed.
"""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from exports import exports

CANARY = "Zyxwvut"
SAMPLES = Path(__file__).parent / "readers"
_DOCUMENT = "word/document.xml"

Chance: TypeAlias = random.Random

ODD_NUMBERS = (
    *(
        "0",
        "00",
        "-1",
        "13",
        "31",
        "32",
        "60",
        "99",
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "0x1F",
        "1_000",
        "٣",
        "½",
        "²",
    ),
    *("2147483648", "9223372036854775808", "9" * 30, "9" * 400, "9" * 5_000, "0." + "3" * 400, "1e-400", "-0.0", "+1"),
)
ODD_DATES = (
    *(
        "30/02/2023",
        "31/11/23",
        "00/00/0000",
        "13/13/13",
        "29/02/2023",
        "1/1/1",
        "2023-02-30",
        "9999-12-31",
        "0000-01-01",
    ),
    *(
        "10000-01-01T00:00:00",
        "2023-01-04T25:61:61",
        "2023-01-04T19:02:11+99:99",
        "9999-12-31T23:59:59-23:59",
        "1/2/23",
    ),
    *("32.01.24", "2024. 13. 1.", "99:99:99", "24:00", "-1:-1", "00:00:00,000 --> 00:00:00,000", "99:59:59.999"),
)
ODD_TEXTS = (
    *(CANARY, f"{CANARY}: ", "", " ", "\u200e", "\u202f", "\ufeff", "\u2028", "\x85", "\x0b", "\x0c", "\r", "\t", "🙂", "é\u0301"),
    *("\\ud800", "\\udc00\\ud800", "\\u0000", "&#xD83D;", "&#55357;&#56898;", "&#0;", "&#x110000;", "&amp;", "&x;", "\x00"),
    *('"', "'", '""', '"""', ",", ";", "|", ":", "：", "=", "<", ">", "</", "<a>", "<!--", "-->", "]]>", "{", "}", "[", "]"),
    *("<!DOCTYPE a [<!ENTITY b 'c'>]>", "<?xml version='1.0' encoding='cp037'?>", "WEBVTT", "@Begin", "@End", "*ANN:\t", "%mor:\t"),
    *("null", "true", "NULL", "sep=;", "text", "speaker,text", "Ann: ", "Dr: Ann: ", "12/31/23, 19:02 - ", "[1/2/23, 7:02:11 PM] "),
    *("This message was deleted", "<Media omitted>", "\u200eimage omitted", "null", "#", "\\", "%", "(", ")", "((", "*", "[/]", "&-uh"),
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e300, 10**30, 10**400, "", " ", CANARY, [], {}, [[]], [None], [CANARY], {CANARY: CANARY}),
    *("\ud800", "\udc00\ud800", "\x00", "1" * 400, "2023-02-30", float("nan"), float("inf"), -(2**63), {"text": CANARY}),
)  # fmt: skip
ENCODINGS = (
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-8-sig",
    "latin-1",
    "cp1252",
    "shift_jis",
    "utf-7",
    "cp037",
)


def samples(reader: str) -> list[bytes]:
    """The files that a reader is tested on; of WhatsApp those of every phone, too."""
    found = [path.read_bytes() for path in sorted((SAMPLES / reader).iterdir()) if path.suffix != ".expected"]
    return found + [one.text.encode() for one in exports()] if reader == "whatsapp" else found


def damaged(files: list[bytes], chance: Chance) -> bytes:
    """One of these files, changed in one to four ways."""
    data = chance.choice(files)
    if _is_document(data) and chance.random() < 0.7:
        return _repacked(data, chance)
    for _ in range(chance.choice((1, 1, 2, 3, 4))):
        data = chance.choice(WAYS)(data, files, chance)
    return data


def _is_document(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def _repacked(data: bytes, chance: Chance) -> bytes:
    """A Word document with its words changed, and packed again."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        parts = {name: old.read(name) for name in old.namelist()}
        words = parts[_DOCUMENT]
        for _ in range(chance.choice((1, 1, 2, 3))):
            words = chance.choice(WAYS)(words, [parts[_DOCUMENT]], chance)
        for name, part in parts.items():
            new.writestr(name, words if name == _DOCUMENT else part)
    return made.getvalue()


# Ways to change a file: of bytes, --------------------------------------------------------------------------------------


def flip(data: bytes, _: list[bytes], chance: Chance) -> bytes:
    """Some bytes are others."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 40)) if changed else 0):
        changed[chance.randrange(len(changed))] = chance.choice((chance.randrange(256), 0, 0xFF, 0xED, 0x22, 0x0A))
    return bytes(changed)


def cut(data: bytes, _: list[bytes], chance: Chance) -> bytes:
    """The file breaks off, or its beginning is gone, or a piece of its middle."""
    a, b = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    return chance.choice((data[:a], data[a:], data[:a] + data[b:]))


def splice(data: bytes, files: list[bytes], chance: Chance) -> bytes:
    """The beginning of one file goes on with the rest of another."""
    other = chance.choice(files)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def recode(data: bytes, _: list[bytes], chance: Chance) -> bytes:
    """The file is saved in another encoding."""
    return data.decode("utf-8", "replace").encode(chance.choice(ENCODINGS), "replace")


def surrogate(data: bytes, _: list[bytes], chance: Chance) -> bytes:
    """Half a character stands where none may."""
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice((b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80")) + data[at:]


def swell(data: bytes, _: list[bytes], chance: Chance) -> bytes:
    """A piece comes again and again."""
    if chance.random() < 0.8:
        return data
    a = chance.randrange(len(data) + 1)
    piece = data[a : a + chance.choice((1, 2, 8, 60, 400))]
    return data[:a] + piece * (chance.choice((40_000, 150_000)) // max(1, len(piece))) + data[a:]


# of lines, -------------------------------------------------------------------------------------------------------------


def lines(data: bytes, _: list[bytes], chance: Chance) -> bytes:
    """A line is gone, comes twice, stands elsewhere or runs into the next; or the ends of lines are others."""
    held = data.split(b"\n")
    a, b = chance.randrange(len(held)), chance.randrange(len(held))
    way = chance.randrange(6)
    if way == 0:
        del held[a]
    elif way == 1:
        held.insert(b, held[a])
    elif way == 2:
        held[a], held[b] = held[b], held[a]
    elif way == 3:
        chance.shuffle(held)
    elif way == 4:
        held[a] = b""
    return b"\n".join(held) if way < 5 else chance.choice((b"\r", b"\r\n", b"", b"\n\n")).join(held)


# of text, --------------------------------------------------------------------------------------------------------------


def _textual(change: Callable[[str, Chance], str]) -> Callable[[bytes, list[bytes], Chance], bytes]:
    def way(data: bytes, _: list[bytes], chance: Chance) -> bytes:
        wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        text = change(data.decode("utf-16" if wide else "utf-8", "surrogateescape" if not wide else "replace"), chance)
        return text.encode("utf-16") if wide else text.encode("utf-8", "surrogateescape")

    return way


def _swapped(pattern: str, odd: tuple[str, ...]) -> Callable[[str, Chance], str]:
    """What fits the pattern becomes something odd, once or everywhere."""
    fits = re.compile(pattern)

    def change(text: str, chance: Chance) -> str:
        found = list(fits.finditer(text))
        if not found:
            return text
        put = chance.choice(odd)
        if chance.random() < 0.2 and len(put) < 100:
            return fits.sub(lambda _: put, text)
        one = chance.choice(found)
        return text[: one.start()] + put + text[one.end() :]

    return change


def _insert(text: str, chance: Chance) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(ODD_TEXTS) * chance.choice((1, 1, 1, 2, 9)) + text[at:]


def _nest(text: str, chance: Chance) -> str:
    """A part without end, opened and perhaps closed."""
    opening, closing = chance.choice(
        (("[", "]"), ('{"a":', "}"), ("<a>", "</a>"), ("(", ")"), ('"', '"'), ("<", ">"), ("*", "*"))
    )
    times, at = chance.choice((3, 40, 2_000, 30_000)), chance.randrange(len(text) + 1)
    return text[:at] + opening * times + closing * chance.choice((0, times)) + text[at:]


def _document(text: str, chance: Chance) -> str:
    """JSON, a document or a line of it, with a value that nobody expects, or without a key."""
    rows = text.splitlines(keepends=True)
    row = chance.randrange(len(rows)) if rows else 0
    for first, last in ((0, len(rows)), (row, row + 1)):
        try:
            value = json.loads("".join(rows[first:last]))
        except (ValueError, RecursionError):
            continue
        changed = json.dumps(other(value, chance), ensure_ascii=chance.random() < 0.7)
        return "".join(rows[:first]) + changed.encode("utf-8", "replace").decode() + "\n" + "".join(rows[last:])
    return _insert(text, chance)


def other(value: Any, chance: Chance) -> Any:
    """The value with something else somewhere in it: of another kind, missing, or twice."""
    if not isinstance(value, list | dict) or not value or chance.random() < 0.1:
        return chance.choice(ODD_VALUES)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = chance.choice(keys)
    if chance.random() < 0.1:
        return {k: v for k, v in value.items() if k != key} if isinstance(value, dict) else value * 2
    changed = value.copy()
    changed[key] = other(value[key], chance)
    return changed


WAYS: tuple[Callable[[bytes, list[bytes], Chance], bytes], ...] = (
    *(flip, cut, splice, recode, surrogate, swell, lines, lines),
    _textual(_swapped(r"\d+", ODD_NUMBERS)),
    _textual(_swapped(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}:\d{2}(?::\d{2})?", ODD_DATES)),
    _textual(_swapped(r"[^\W\d_]+", (*ODD_TEXTS, CANARY * 30_000))),
    _textual(_swapped(r'"[^"\n]*"', ('""', '"', f'"{CANARY}"', '"\\ud800"', "[]", "{}", "null", "1e400"))),
    *(_textual(change) for change in (_insert, _insert, _nest, _document, _document)),
)
"""All ways; those that matter most stand there twice."""

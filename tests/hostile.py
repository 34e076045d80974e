"""Texts, conversations and requests that nobody should have to read: every kind of character, every wrong type.

What is made depends on nothing but the given source of chance. Sentences that carry a label stand among the rest, whole
and disguised, so that evidence is looked for in them, too.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, TypeAlias

from mutations import ODD_DATES, ODD_NUMBERS, ODD_TEXTS, damaged, other, samples
from relcomm.labels import LABELS
from relcomm.readers import READERS
from relcomm.types import Conversation, Turn, Utterance

Chance: TypeAlias = random.Random

BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u3164\uffa0\u180e\ufe0f\u2800"
SPACES = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2003\u2028\u2029\u202f\u205f\u3000"
CONTROLS = "".join(map(chr, (*range(32), *range(127, 160))))
# Of these one stands for many, grows when it is written small or large, or falls apart when it is cleaned.
ODD_LETTERS = "\ufdfa\u0130\u1e9e\xdf\ufb03\u0149\u01c4\u1fb7\u2167\u33c7\u3300\uac01\u1100\u1161\u11a8\U0001d49c\uff21\u24b6\U0001f150"
MARKS = "\u0300\u0301\u0308\u0323\u0336\u0489\u20dd\u20e3\u0e47\u093c\u05b0\u064e\U0001e8d0"
SCRIPTS = (
    *((0x370, 0x3FF), (0x400, 0x4FF), (0x530, 0x58F), (0x590, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F)),
    *((0x10A0, 0x10FF), (0x1100, 0x11FF), (0x13A0, 0x13FF), (0x1D00, 0x1D7F), (0x1E00, 0x1EFF), (0x3040, 0x30FF)),
    *((0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFF00, 0xFFEF), (0x10400, 0x1044F), (0x1D400, 0x1D7FF), (0x20000, 0x2A6DF)),
)
EMOJI = (
    *("🙂", "🙄", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\U0001f3f3\ufe0f\u200d\U0001f308"),
    *("\U0001f44d\U0001f3fd", "\U0001f1ee\U0001f1ea", "\U0001f1ee", "1\ufe0f\u20e3", "\u2764\ufe0f", "\U0001f9d1\U0001f3ff\u200d\U0001f4bb"),
    *("\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "\u200d\u200d", "\ufe0f\ufe0f", "\U0001fbff"),
)  # fmt: skip
PLAIN = (
    "you",
    "I",
    "never",
    "always",
    "the dishes",
    "if",
    "don't",
    "leave",
    "sorry",
    "because",
    "and",
    *",.?!-",
    "...",
)
LENGTHS = (*[3] * 100, *[12] * 60, *[60] * 20, 300, 300, 600, 2_500)
PARTS = (0, *[1] * 16, *[2] * 10, *[3] * 4, 4, 6, 12)
TIMES = (None, datetime.min, datetime.max, datetime(2023, 1, 4, 19, 2), datetime(2023, 1, 4, 19, 2, tzinfo=UTC))  # noqa: DTZ001, DTZ901
SECONDS = (0, -1, 0.0, *[12.5, 60, 3601.25] * 6, 1e15, 5e-324, 1e308, 10**400, float("nan"), float("inf"))


# Texts -----------------------------------------------------------------------------------------------------------------


def text(chance: Chance) -> str:
    """Any text, mostly short."""
    parts = [chance.choice(TEXTS)(chance) for _ in range(chance.choice(PARTS))]
    return chance.choice(("", " ", " ", chance.choice(SPACES))).join(parts)


def _some(characters: str | tuple[str, ...], chance: Chance, most: int = 8) -> str:
    return "".join(chance.choices(characters, k=chance.randrange(1, most)))


def sentence(chance: Chance) -> str:
    """One that carries a label, or that looks as if it did."""
    return chance.choice(_sentences())


@cache
def _sentences() -> tuple[str, ...]:
    return tuple(case.text for label in LABELS.values() for case in (*label.flag, *label.leave))


def disguised(chance: Chance) -> str:
    """Such a sentence with something between, on or instead of its letters."""
    said, way = sentence(chance), chance.randrange(6)
    if way == 0:
        return chance.choice(UNSEEN + BIDI + MARKS).join(said)
    if way == 1:
        return "".join(c + chance.choice(MARKS) * chance.choice((0, 0, 1, 9)) for c in said)
    if way == 2:
        return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in said)
    if way == 3:
        return "".join(c * chance.choice((1, 1, 1, 3, 7)) for c in said)
    if way == 4:
        return said.replace("o", "\u043e").replace("e", "\u0435").upper().replace(" ", chance.choice(SPACES))
    at = chance.randrange(len(said) + 1)
    return said[:at] + chance.choice(TEXTS)(chance) + said[at:]


def _planes(chance: Chance) -> str:
    plane = chance.randrange(17) << 16
    return "".join(chr(plane + chance.randrange(1 << 16)) for _ in range(chance.randrange(1, 9)))


def _script(chance: Chance) -> str:
    first, last = chance.choice(SCRIPTS)
    return "".join(chr(chance.randint(first, last)) for _ in range(chance.randrange(1, 20)))


def _surrogates(chance: Chance) -> str:
    return "".join(chr(chance.randint(0xD800, 0xDFFF)) for _ in range(chance.randrange(1, 5)))


def _run(chance: Chance) -> str:
    what = chance.choice(
        (*"aAоé'.!?-,;:()\u200b\u0301\ud800\x00 \n", "ha", "no ", "and ", "IX", "-a", "😂", "?!", "\ufdfa")
    )
    return what * chance.choice(LENGTHS)


TEXTS: tuple[Callable[[Chance], str], ...] = (
    *(sentence, sentence, disguised, disguised, _planes, _script, _surrogates, _run),
    lambda chance: " ".join(chance.choices(PLAIN, k=chance.randrange(1, 20))),
    lambda chance: _some(BIDI + "aא", chance),
    lambda chance: _some(UNSEEN, chance),
    lambda chance: _some(SPACES, chance),
    lambda chance: _some(CONTROLS, chance),
    lambda chance: _some(ODD_LETTERS, chance),
    lambda chance: _some(EMOJI, chance),
    lambda chance: "a" + _some(MARKS, chance, 60),
    lambda chance: _some((*ODD_TEXTS, *ODD_NUMBERS, *ODD_DATES, "%s", "{0}", "${a}", "<script>"), chance, 3),
)
"""All ways to say something."""


# What relcomm is given -------------------------------------------------------------------------------------------------


def speaker(chance: Chance) -> str:
    """Who speaks: one of two, nobody, or anything."""
    return text(chance) if chance.random() < 0.05 else chance.choice(("Ann", "Ben", "Ben", "", " ", "ann", "\ud800"))


def utterance(chance: Chance) -> Utterance:
    """Something said, perhaps at some time, perhaps at a place in a recording."""
    time = chance.choice(TIMES) if chance.random() < 0.7 else None
    if time is not None and 2000 < time.year < 3000:
        time += timedelta(seconds=chance.choice((0, 1, 50, -50, 4_000, 90_000, 10**7)))
    if time is not None and chance.random() < 0.1:
        time = time.replace(tzinfo=timezone(timedelta(hours=chance.choice((-23, -5, 0, 14, 23)))))
    start, end = (chance.choice(SECONDS) if chance.random() < 0.05 else None for _ in range(2))
    return Utterance(text(chance), speaker(chance), time, text(chance) if chance.random() < 0.1 else "", start, end)


def turn(chance: Chance) -> Turn:
    """A turn after up to six others."""
    before = tuple(Utterance(text(chance), speaker(chance)) for _ in range(chance.choice((0, 0, 0, 0, 0, 1, 1, 2, 6))))
    return Turn(Utterance(text(chance), speaker(chance)), before)


def conversation(chance: Chance) -> Conversation:
    """Up to forty turns, most often a few."""
    turns = (utterance(chance) for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 3, 4, 6, 9, 30))))
    return Conversation(tuple(turns), text(chance) if chance.random() < 0.1 else "")


# What comes from outside -----------------------------------------------------------------------------------------------


def line(chance: Chance) -> bytes:
    """A line for ``relcomm label``: as asked for, with a value of another kind somewhere, or no longer JSON."""
    asked: dict[str, Any] = {"text": text(chance)}
    if chance.random() < 0.5:
        asked["context"] = [_said(chance) for _ in range(chance.choice((0, 1, 2, 6)))]
    if chance.random() < 0.5:
        asked |= {"speaker": speaker(chance), "id": chance.choice((1, 1.5, text(chance), None, [1, {}]))}
    return _spoilt(asked, chance).replace(b"\n", b" ") + b"\n"


def request(chance: Chance) -> tuple[str, str, dict[str, str | bytes], bytes]:
    """A request: its method, its address, its headers and its body."""
    route, asked = chance.choice((("label", _label), ("analyze", _analyze), ("check", _check)))
    headers: dict[str, str | bytes] = {"Content-Type": "application/json"}
    method, path, body = "POST", f"/v1/{route}", _spoilt(asked(chance), chance)
    if chance.random() < 0.05:
        name = chance.choice(("Content-Type", "Host", "Origin", "Authorization", "Content-Length", "Accept", "Cookie"))
        headers[name] = chance.choice(
            (b"", b"\xff", b"9" * 5000, b"-1", b"text/html", b"application/json; charset=\xff")
        )
    if chance.random() < 0.05:
        method = chance.choice(("GET", "PUT", "HEAD", "OPTIONS", "DELETE", "BREW"))
        path = chance.choice(
            (path, "/", "/metrics", "/v1/labels", "/%00", "/v1/label/", "/" + "a" * 5000, "/../etc", "/%ff%fe")
        )
    return method, path, headers, body


def transcript(chance: Chance) -> bytes:
    """A file that is said to be a transcript: speakers and texts, in some encoding, or bytes of no meaning."""
    if chance.random() < 0.05:
        return chance.randbytes(chance.choice((0, 1, 4, 300, 3000)))
    heads = (
        "{}: ",
        "[1/2/23, 7:02:11 PM] {}: ",
        "12/31/23, 19:02 - {}: ",
        "*{}:\t",
        "{},",
        '{{"speaker": "{}", "text": "',
        "{}",
    )
    head, end = chance.choice(heads), chance.choice(("\n", "\n", "\r\n", "\r", "\n\n", '"}\n', "\u2028"))
    said = "".join(head.format(speaker(chance)) + text(chance) + end for _ in range(chance.choice((1, 2, 5, 20))))
    encoding = chance.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1", "utf-32-be"))
    return said.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")


def _said(chance: Chance) -> dict[str, Any]:
    return {"text": text(chance), "speaker": speaker(chance)}


def _label(chance: Chance) -> dict[str, Any]:
    turns = [_said(chance) | {"id": chance.choice((1, text(chance), None))} for _ in range(chance.choice((1, 1, 2, 5)))]
    turns[0]["context"] = [_said(chance) for _ in range(chance.choice((0, 1, 6)))]
    return {"turns": turns}


def _analyze(chance: Chance) -> dict[str, Any]:
    file = transcript(chance) if chance.random() < 0.5 else damaged(_samples(chance.choice([*READERS])), chance)
    given: dict[str, Any] = chance.choice(
        (
            lambda: {
                "turns": [_said(chance) | {"time": chance.choice(ODD_DATES)} for _ in range(chance.choice((1, 4)))]
            },
            lambda: {"transcript": file.decode("utf-8", "replace"), "me": speaker(chance)},
            lambda: {"file": base64.b64encode(file).decode(), "format": chance.choice((None, *READERS, text(chance)))},
        )
    )()
    return given | {"pseudonyms": chance.random() < 0.5, "html": chance.random() < 0.1}


def _check(chance: Chance) -> dict[str, Any]:
    before: dict[str, Any] = {"context": [_said(chance) for _ in range(chance.choice((0, 1, 6)))]}
    if chance.random() < 0.3:
        before = {"thread": transcript(chance).decode("utf-8", "replace"), "format": chance.choice((None, "name_text"))}
    return {"draft": text(chance), "me": chance.choice(("", "Ann", speaker(chance)))} | before


@cache
def _samples(reader: str) -> list[bytes]:
    return samples(reader)


def _spoilt(asked: dict[str, Any], chance: Chance) -> bytes:
    """JSON; of two in five a value is of another kind or a key missing, and one in five is damaged as files are."""
    value: Any = other(asked, chance) if chance.random() < 0.4 else asked
    plain = chance.random() < 0.8
    written = json.dumps(value, ensure_ascii=plain).encode("utf-8", "surrogatepass")
    if chance.random() < 0.1 and isinstance(value, dict) and value:
        again = json.dumps(dict.fromkeys(value, chance.choice((None, 7, "", [], {}, text(chance))))).encode()
        written = chance.choice((again[:-1] + b"," + written[1:], written[:-1] + b"," + again[1:]))
    return damaged([written], chance) if chance.random() < 0.2 else written

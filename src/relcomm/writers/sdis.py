"""SDIS, the language of GSEQ (Bakeman & Quera), for sequential analysis: the turns as a multievent sequence.

Each turn is one event that holds the code of its speaker and those of its labels (``none`` where it has none), so that
both the order of codes and who followed whom can be tabulated. ``sdis:event`` has one code a turn instead, made of the
speaker's and the first label's, for analyses that need one. Codes have 16 characters at most; a comment says which
speaker is which. No text of a turn is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from relcomm.types import POINTER, Analysis
from relcomm.writers.page import Page, encodable, labels_of

SUFFIX = ".sds"
OPTIONS: Mapping[str, str] = MappingProxyType({"event": "one code a turn: who speaks and the first label"})
LONGEST = 16
NONE = "none"
_NO_CODE = re.compile(r"[^A-Za-z0-9_]+")
# What ends a comment, begins another thing, or breaks the line.
_NO_COMMENT = re.compile(r"[\x00-\x1f\x7f%<>\x85\u2028\u2029]+")


def render(analysis: Analysis, option: str = "") -> Page:
    """One sequence: a comment a speaker, the kind of data with its codes, and the turns in order."""
    talk = analysis.conversation
    names = list(dict.fromkeys(said.speaker for said in talk.utterances))
    speakers = {name: f"S{n}" for n, name in enumerate(names, 1)}
    labels = labels_of(analysis)
    codes = dict(zip(labels, coded(labels, {NONE, *speakers.values()}), strict=True))
    if option == "event":
        head, events = "Event;", _single(analysis, speakers, codes)
    else:
        head, events = _declared(list(speakers.values()), list(codes.values())), _several(analysis, speakers, codes)
    comments = [f"% {code} = {_plain(name)} %" for name, code in speakers.items()]
    comments += [f"% {code} = {_plain(label)} %" for label, code in codes.items() if code != label]
    comments += [f"% {POINTER} %"] * bool(analysis.safety)
    lines = [
        "% written by relcomm, one event a turn, in order %",
        *comments,
        head,
        f"<{_plain(talk.id or 'talk')}>",
        *events,
        "/",
        "",
    ]
    return Page("\n".join(lines).encode("utf-8"))


def _declared(speakers: list[str], labels: list[str]) -> str:
    # Codes in brackets shut each other out: one speaker a turn, but there may be several labels.
    return " ".join(["Multievent", *[f"($Speaker = {' '.join(speakers)})"] * bool(speakers), *labels, NONE]) + ";"


def _several(analysis: Analysis, speakers: dict[str, str], codes: dict[str, str]) -> list[str]:
    said = zip(analysis.conversation.utterances, analysis.predictions, strict=True)
    return [
        " ".join([speakers[u.speaker], *([codes[name] for name in seen.labels] or [NONE])]) + " ." for u, seen in said
    ]


def _single(analysis: Analysis, speakers: dict[str, str], codes: dict[str, str]) -> list[str]:
    said = zip(analysis.conversation.utterances, analysis.predictions, strict=True)
    pairs = [(speakers[u.speaker], codes[seen.labels[0]] if seen.labels else NONE) for u, seen in said]
    both = list(dict.fromkeys(f"{who}_{code}" for who, code in pairs))
    short = dict(zip(both, coded(tuple(both), set()), strict=True))
    return [f"% {code} = {long} %" for long, code in short.items() if code != long] + [
        short[f"{who}_{code}"] for who, code in pairs
    ]


def coded(names: tuple[str, ...], taken: set[str], longest: int = LONGEST) -> list[str]:
    """The names as codes, each its own whatever its case, apart from those ``taken``.

    >>> coded(("self_soothing", "a very long name of a label", "a very long name of another"), set())
    ['self_soothing', 'a_very_long_name', 'a_very_long_na_2']
    """
    used = {code.casefold() for code in taken}
    found = []
    for name in names:
        plain = _NO_CODE.sub("_", name) or "code"
        plain = plain if plain[0].isalpha() else f"c{plain}"
        code, n = plain[:longest], 1
        while code.casefold() in used:
            n += 1
            code = plain[: longest - len(f"_{n}")] + f"_{n}"
        used.add(code.casefold())
        found.append(code)
    return found


def _plain(name: str) -> str:
    return _NO_COMMENT.sub(" ", encodable(name)).strip() or "?"

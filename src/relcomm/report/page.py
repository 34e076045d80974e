"""The page as a whole: one HTML file without scripts or anything from elsewhere, for the screen and for paper."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from itertools import starmap

from relcomm.report import doubts, notice, own_side, words
from relcomm.report.grouped import Group, Line, graded, groups
from relcomm.report.markup import inline
from relcomm.report.signs import SIDES, Sign, drawings, signs
from relcomm.report.tables import tables
from relcomm.report.timeline import timeline
from relcomm.report.turns import linked, turns
from relcomm.types import Analysis

_RUNS = 24
_SKIP = '<a class="skip" href="#turns">Skip to the conversation</a>'

Section = tuple[str, str, str]
"""The key, the heading and the body of a section, the last two as HTML."""


def page(analysis: Analysis, title: str) -> str:
    """The whole document."""
    known = signs(analysis)
    shown = inline(title).strip() or words.TITLE
    parts = list(_sections(analysis, known))
    sections = "\n".join(starmap(_section, parts))
    opening = _opening(shown, analysis, parts)
    body = "\n".join((_SKIP, drawings(known), opening, "<main>", sections, "</main>"))
    return f"{_head(shown)}\n<body>\n{body}\n</body>\n</html>\n"


def _sections(analysis: Analysis, known: Mapping[str, Sign]) -> Iterator[Section]:
    if safety := notice.section(analysis):
        yield notice.KEY, notice.TITLE, safety
    yield "stands-out", "What stands out", _findings(analysis)
    yield "timeline", "The turns at a glance", timeline(analysis, known)
    if side := analysis.my_side:
        yield own_side.KEY, inline(own_side.heading(side)), own_side.section(analysis, side, known)
    yield "people", "Each person’s turns", f'<p class="how">{words.HOW_RATES}</p>{tables(analysis, known)}'
    yield "turns", "The conversation", f'<p class="how">{words.HOW_TURNS}</p>{turns(analysis, known)}'
    yield "unsure", "What the program is not sure of", doubts.section(analysis, known)
    yield "labels", "What the labels mean", f'<p class="how">{words.HOW_LEGEND}</p>{_legend(known)}'
    yield "limits", "What this cannot see", _limits()
    read = words.how_read(analysis.conversation.report)
    yield "reading", "How the transcript was read", "".join(f"<p>{inline(line)}</p>" for line in read)


@cache
def style() -> tuple[str, str]:
    """The style sheet and the fingerprint by which the page allows it, and nothing else, to run."""
    sheet = resources.files("relcomm.report").joinpath("style.css").read_text(encoding="utf-8").replace("\r\n", "\n")
    return sheet, b64encode(hashlib.sha256(sheet.encode()).digest()).decode()


def _head(title: str) -> str:
    sheet, fingerprint = style()
    policy = f"default-src 'none'; style-src 'sha256-{fingerprint}'; base-uri 'none'; form-action 'none'"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        '<meta name="robots" content="noindex, nofollow">\n<meta name="color-scheme" content="light dark">\n'
        '<meta name="format-detection" content="telephone=no">\n'
        f"<title>{title}</title>\n<style>{sheet}</style>\n</head>"
    )


def _opening(title: str, analysis: Analysis, sections: Iterable[Section]) -> str:
    links = "".join(f'<li><a href="#{key}">{name}</a></li>' for key, name, _ in sections)
    facts = "".join(f"<li>{inline(fact)}</li>" for fact in words.about(analysis))
    return (
        f'<header>\n<h1 dir="auto">{title}</h1>\n<p class="lead">{words.LEAD} {words.CONSENT}</p>\n<ul class="facts">{facts}</ul>\n'
        f'<nav aria-label="On this page"><ul>{links}</ul></nav>\n</header>'
    )


def _section(key: str, name: str, body: str) -> str:
    return f'<section id="{key}" aria-labelledby="{key}-title">\n<h2 id="{key}-title">{name}</h2>\n{body}\n</section>'


def _findings(analysis: Analysis) -> str:
    total = len(analysis.conversation)
    found = "\n".join(_group(group, total) for group in groups(analysis))
    return (
        f'<p class="how">{words.HOW_FINDINGS}</p>\n{found}'
        if found
        else f'<p class="how">{words.NOTHING_STANDS_OUT}</p>'
    )


def _group(group: Group, total: int) -> str:
    """A pattern with its lines; what these tell together or leave out is folded away, one by one."""
    note = f'<p class="also">{inline(group.note)}</p>' if group.note else ""
    return f"<h3>{inline(group.title)}</h3>\n{_lines(group.lines, total)}{note}{_folded(group, total)}"


def _folded(group: Group, total: int) -> str:
    rest = (*group.gathered, *group.others)
    if not rest:
        return ""
    more = f"{group.left} more" if group.left else ""
    name = ", and ".join(filter(None, ("One by one" if group.gathered else "", more)))
    each = "\n".join(_each(line, total) if len(line.findings) > 1 else _line(line, total) for line in rest)
    return f'<details><summary>{name}</summary>\n<ul class="findings" role="list">\n{each}\n</ul></details>'


def _each(line: Line, total: int) -> str:
    """The findings of a line one by one, what they have in common said once."""
    entries = "".join(
        f"<li>{_where(found.utterances, total)} ({inline(graded(found.sure))}){': ' if own else ''}{inline(own)}</li>"
        for found, own in zip(line.findings, line.own, strict=True)
    )
    return f'<li><p class="summary">{inline(line.words)}</p><ul role="list">{entries}</ul></li>'


def _lines(lines: Iterable[Line], total: int) -> str:
    return f'<ul class="findings" role="list">\n{chr(10).join(_line(line, total) for line in lines)}\n</ul>'


def _line(line: Line, total: int) -> str:
    grade = line.findings[0].sure
    dots = words.SURE[grade][0] if len(line.findings) == 1 and grade in words.SURE else ""
    places = _where(line.utterances, total)
    where = f"<span>{places}</span>" if places else ""
    drawn = f'<span aria-hidden="true">{dots}</span> ' if dots else ""
    return (
        f'<li><p class="summary">{inline(line.words)}</p>'
        f'<p class="facts"><span class="sure">{drawn}{inline(line.sure)}</span>{where}</p></li>'
    )


def _where(utterances: Iterable[int], total: int) -> str:
    """Links to the turns that are there; nothing where none is."""
    numbers = [n + 1 for n in utterances if 0 <= n < total]
    return linked(numbers, _RUNS) if numbers else ""


def _legend(known: Mapping[str, Sign]) -> str:
    return "\n".join(
        f'<h3>{heading}</h3>\n<div class="legend">{"".join(entries)}</div>'
        for side, heading in SIDES.items()
        if (entries := [_entry(sign, known) for sign in known.values() if sign.side == side])
    )


def _entry(sign: Sign, known: Mapping[str, Sign]) -> str:
    label = sign.label
    heading = f'<div class="entry" id="label-{sign.key}"><h4>{sign.mark} {inline(sign.title)}</h4>'
    if label is None:
        return f"{heading}<p>A label of the model that was used; it has no page here.</p></div>"
    antidote = ""
    if label.antidote:
        other = known.get(label.antidote)
        name = (
            f'<a href="#label-{other.key}">{inline(other.title)}</a>'
            if other
            else inline(label.antidote.replace("_", " "))
        )
        antidote = f'<p class="antidote"><b>Antidote:</b> {name}. {inline(label.advice)}</p>'
    return f'{heading}<p>{inline(label.definition)}</p>{antidote}<p class="source">{inline(label.source)}</p></div>'


def _limits() -> str:
    entries = "".join(f'<div class="entry"><h3>{heading}</h3><p>{text}</p></div>' for heading, text in words.CANNOT_SEE)
    return f'<div class="legend">{entries}</div>'

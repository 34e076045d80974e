"""The page as a whole: one HTML file without scripts or anything from elsewhere, for the screen and for paper."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from relcomm.report import notice, words
from relcomm.report.markup import inline
from relcomm.report.signs import SIDES, Sign, drawings, signs
from relcomm.report.tables import tables
from relcomm.report.timeline import timeline
from relcomm.report.turns import linked, turns
from relcomm.types import Analysis, Finding

_SECTIONS = (
    ("stands-out", "What stands out"),
    ("timeline", "The turns at a glance"),
    ("people", "Each person’s turns"),
    ("turns", "The conversation"),
    ("labels", "What the labels mean"),
    ("limits", "What this cannot see"),
    ("reading", "How the transcript was read"),
)
_RUNS = 24
_SKIP = '<a class="skip" href="#turns">Skip to the conversation</a>'


def page(analysis: Analysis, title: str) -> str:
    """The whole document."""
    known = signs(analysis)
    shown = inline(title).strip() or words.TITLE
    bodies = (
        _findings(analysis),
        timeline(analysis, known),
        f'<p class="how">{words.HOW_RATES}</p>{tables(analysis, known)}',
        f'<p class="how">{words.HOW_TURNS}</p>{turns(analysis, known)}',
        f'<p class="how">{words.HOW_LEGEND}</p>{_legend(known)}',
        _limits(),
        "".join(f"<p>{inline(line)}</p>" for line in words.how_read(analysis.conversation.report)),
    )
    parts = list(zip(_SECTIONS, bodies, strict=True))
    if safety := notice.section(analysis):
        parts.insert(0, ((notice.KEY, notice.TITLE), safety))
    sections = "\n".join(_section(*section, body) for section, body in parts)
    opening = _opening(shown, analysis, [section for section, _ in parts])
    body = "\n".join((_SKIP, drawings(known), opening, "<main>", sections, "</main>"))
    return f"{_head(shown)}\n<body>\n{body}\n</body>\n</html>\n"


@cache
def _style() -> tuple[str, str]:
    """The style sheet and the fingerprint by which the page allows it, and nothing else, to run."""
    sheet = resources.files("relcomm.report").joinpath("style.css").read_text(encoding="utf-8").replace("\r\n", "\n")
    return sheet, b64encode(hashlib.sha256(sheet.encode()).digest()).decode()


def _head(title: str) -> str:
    sheet, fingerprint = _style()
    policy = f"default-src 'none'; style-src 'sha256-{fingerprint}'; base-uri 'none'; form-action 'none'"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        '<meta name="robots" content="noindex, nofollow">\n<meta name="color-scheme" content="light dark">\n'
        '<meta name="format-detection" content="telephone=no">\n'
        f"<title>{title}</title>\n<style>{sheet}</style>\n</head>"
    )


def _opening(title: str, analysis: Analysis, sections: Sequence[tuple[str, str]]) -> str:
    links = "".join(f'<li><a href="#{key}">{name}</a></li>' for key, name in sections)
    facts = "".join(f"<li>{inline(fact)}</li>" for fact in words.about(analysis))
    return (
        f'<header>\n<h1 dir="auto">{title}</h1>\n<p class="lead">{words.LEAD}</p>\n<ul class="facts">{facts}</ul>\n'
        f'<nav aria-label="On this page"><ul>{links}</ul></nav>\n</header>'
    )


def _section(key: str, name: str, body: str) -> str:
    return f'<section id="{key}" aria-labelledby="{key}-title">\n<h2 id="{key}-title">{name}</h2>\n{body}\n</section>'


def _findings(analysis: Analysis) -> str:
    if not analysis.findings:
        return f'<p class="how">{words.NOTHING_STANDS_OUT}</p>'
    items = "\n".join(_finding(finding, len(analysis.conversation)) for finding in analysis.findings)
    return f'<p class="how">{words.HOW_FINDINGS}</p>\n<ul class="findings" role="list">\n{items}\n</ul>'


def _finding(finding: Finding, total: int) -> str:
    dots, sure = words.SURE.get(finding.sure, ("", finding.sure))
    numbers = [n + 1 for n in finding.utterances if 0 <= n < total]
    where = f"<span>{linked(numbers, _RUNS)}</span>" if numbers else ""
    return (
        f'<li><p class="summary">{inline(finding.summary)}</p><p class="facts"><span class="sure">'
        f'<span aria-hidden="true">{dots}</span> {inline(sure)}</span>'
        f"<span>{inline(finding.pattern.replace('_', ' '))}</span>{where}</p></li>"
    )


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

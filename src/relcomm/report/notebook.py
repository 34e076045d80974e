"""An analysis as a notebook shows it: a small fragment of HTML, its styles bound to itself, nothing in it that runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from itertools import islice

from relcomm.report import notice, own_side, words
from relcomm.report.grouped import groups
from relcomm.report.markup import escape, inline
from relcomm.report.signs import Sign, signs
from relcomm.report.tables import speakers, turns_of
from relcomm.report.turns import evidence, sides, stretches
from relcomm.report.words import called, count, numbered, percent
from relcomm.types import Analysis, Notice, Prediction, Utterance

_TURNS = 12
_RUNS = 12
_LONGEST = 600


def fragment(analysis: Analysis) -> str:
    """The whole fragment. The style sheet names nothing but what stands within it."""
    known = signs(analysis)
    blocks = (_head(analysis), _safety(analysis), _findings(analysis), _side(analysis), _rates(analysis, known))
    body = "\n".join(block for block in (*blocks, _turns(analysis, known)) if block)
    return f'<div class="relcomm-view">\n<style>{_style()}</style>\n{body}\n</div>'


def _style() -> str:
    sheet = resources.files("relcomm.report").joinpath("notebook.css").read_text(encoding="utf-8")
    return sheet.replace("\r\n", "\n")


def _head(analysis: Analysis) -> str:
    return (
        f'<p class="relcomm-title">{words.TITLE}</p>\n'
        f'<p class="relcomm-soft">{" · ".join(map(inline, words.about(analysis)))}<br>{words.CONSENT}</p>'
    )


def _safety(analysis: Analysis) -> str:
    found = analysis.safety
    if found is None:
        return ""
    where = "".join(f"<br>{name}: {numbered(turns, _RUNS)}." for name, turns in notice.places(analysis, found))
    said = f'<p class="relcomm-safety"><b>{notice.TITLE}.</b> {inline(" ".join(found.words))}{where}</p>'
    return f"{said}<details><summary>{notice.HELP}</summary>{'<br>'.join(_help(found))}</details>"


def _help(found: Notice) -> Iterator[str]:
    return (inline(line) for line, _ in notice.listed(found))


def _findings(analysis: Analysis) -> str:
    total = len(analysis.conversation)
    items: list[str] = []
    for group in groups(analysis):
        for line in group.lines:
            places = [n + 1 for n in line.utterances if 0 <= n < total]
            where = f"; {numbered(places, _RUNS)}" if places else ""
            items.append(f"<li>{inline(line.words)} <small>{inline(line.sure)}{where}</small></li>")
        more = f"{group.title}: {count(group.left, 'time')} more." if group.left else ""
        items += [f"<li>{inline(said)}</li>" for said in (group.note, more) if said]
    return f"<ul>{''.join(items)}</ul>" if items else f"<p>{words.NOTHING_STANDS_OUT}</p>"


def _side(analysis: Analysis) -> str:
    side = analysis.my_side
    if side is None:
        return ""
    said = "".join(f"<li>{inline(sentence)}</li>" for sentence in side.summary)
    return f'<p class="relcomm-heading">{inline(own_side.heading(side))}</p><ul>{said}</ul>'


def _rates(analysis: Analysis, known: Mapping[str, Sign]) -> str:
    """How many turns of each person have each label that was found at all."""
    columns = list(speakers(analysis))
    rows = "".join(
        f'<tr><th scope="row">{inline(sign.title)}</th>{"".join(f"<td>{n}</td>" for n in counts)}</tr>'
        for label, sign in known.items()
        if any(counts := [rates[label].count if label in rates else 0 for _, rates in columns])
    )
    heads = "".join(f'<th scope="col">{inline(who)} <small>{turns_of(rates)}</small></th>' for who, rates in columns)
    caption = "Turns with each label; the small figure counts all turns"
    return (
        f'<table><caption>{caption}</caption><thead><tr><th scope="col">Label</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
        if rows
        else ""
    )


def _turns(analysis: Analysis, known: Mapping[str, Sign]) -> str:
    spoken = list(enumerate(zip(analysis.conversation.utterances, analysis.predictions, strict=True), 1))
    labelled = [each for each in spoken if each[1][1].labels]
    items = "".join(_turn(number, *both, known) for number, both in islice(labelled, _TURNS))
    more = len(labelled) - _TURNS
    rest = f"{count(more, 'more turn')} with a label. " if more > 0 else ""
    hint = (
        f'<p class="relcomm-soft">{rest}<code>relcomm.report.html(analysis)</code> makes the page with all turns.</p>'
    )
    return f"<ul>{items}</ul>{hint}" if items else hint


def _turn(number: int, said: Utterance, seen: Prediction, known: Mapping[str, Sign]) -> str:
    titles = ", ".join(_titles(seen, known))
    text = said.text[:_LONGEST]
    words = _marked(Utterance(text, said.speaker), seen, known)
    cut = "…" if len(said.text) > _LONGEST else ""
    return (
        f"<li><small>{number}</small> <b>{inline(called(said.speaker))}</b> <small>{inline(titles)}</small><br>"
        f'<span dir="auto">{words}{escape(cut)}</span></li>'
    )


def _marked(said: Utterance, seen: Prediction, known: Mapping[str, Sign]) -> str:
    """The words with their evidence marked, the reasons as titles: there is no margin here."""
    out = []
    for shown, covering in stretches(said.text, list(evidence(said, seen, known))):
        why = inline(" · ".join(dict.fromkeys(piece.why for piece in covering)))
        out.append(f'<mark class="{sides(covering)}" title="{why}">{shown}</mark>' if covering else shown)
    return "".join(out)


def _titles(seen: Prediction, known: Mapping[str, Sign]) -> Iterator[str]:
    for label in seen.labels:
        score = seen.scores.get(label)
        yield known[label].title if score is None else f"{known[label].title} {percent(score)}"

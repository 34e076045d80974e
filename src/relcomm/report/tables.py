"""How often each label came up in each person's turns and in all turns, a table each, with the interval of every share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from relcomm.report.markup import inline
from relcomm.report.signs import SIDES, Sign
from relcomm.report.words import called, count, interval, people, percent
from relcomm.types import Analysis, Rate

_BAR = 96


def speakers(analysis: Analysis) -> Iterator[tuple[str, Mapping[str, Rate]]]:
    """Title and rates of each speaker in order of appearance, then of all turns unless one named person spoke them all."""
    for name in dict.fromkeys((*analysis.conversation.speakers, *analysis.rates)):
        if name and (rates := analysis.rates.get(name)):
            yield called(name), rates
    voices = people(analysis.conversation)
    if ("" in voices or len(voices) > 1) and (everybody := analysis.rates.get("")):
        yield "All turns together", everybody


def turns_of(rates: Mapping[str, Rate]) -> int:
    """How many turns the rates were counted over."""
    return max((rate.turns for rate in rates.values()), default=0)


def seldom(rates: Mapping[str, Rate], known: Mapping[str, Sign]) -> str:
    """One sentence on the labels that were not found, and how much that leaves open."""
    missing = [(known[label].title, rate) for label, rate in rates.items() if not rate.count]
    if not missing or not turns_of(rates):
        return ""
    names = ", ".join(title for title, _ in missing)
    most = round(100 * max(rate.high for _, rate in missing))
    return f"Not found (interval for each: 0–{most} %): {names}."


def found(rates: Mapping[str, Rate], known: Mapping[str, Sign]) -> Iterator[tuple[str, list[tuple[Sign, Rate]]]]:
    """The labels that came up, by side, in the order of the label files: never sorted by how often."""
    for side in SIDES:
        rows = [(sign, rates[label]) for label, sign in known.items() if label in rates and sign.side == side]
        yield side, [(sign, rate) for sign, rate in rows if rate.count]


def tables(analysis: Analysis, known: Mapping[str, Sign]) -> str:
    """A table a speaker, and one of all turns."""
    drawn = [_table(title, rates, known) for title, rates in speakers(analysis)]
    return f'<div class="tables">{"".join(drawn)}</div>' if drawn else '<p class="quiet">There is nothing to count.</p>'


def _table(title: str, rates: Mapping[str, Rate], known: Mapping[str, Sign]) -> str:
    groups = "".join(_group(side, rows) for side, rows in found(rates, known) if rows or side != "o")
    rest = seldom(rates, known)
    return (
        f'<div class="person"><table><caption><bdi>{inline(title)}</bdi> <small>{count(turns_of(rates), "turn")}</small></caption>'
        '<thead><tr><th scope="col">Label</th><th scope="col">Turns</th><th scope="col">Share</th>'
        f'<th scope="col">95 % interval</th><td></td></tr></thead>{groups}</table>'
        f"{f'<p class={chr(34)}quiet{chr(34)}>{inline(rest)}</p>' if rest else ''}</div>"
    )


def _group(side: str, rows: list[tuple[Sign, Rate]]) -> str:
    body = "".join(_row(sign, rate) for sign, rate in rows) or '<tr><td colspan="5" class="quiet">None found</td></tr>'
    return f'<tbody><tr class="side"><th scope="rowgroup" colspan="5">{SIDES[side]}</th></tr>{body}</tbody>'


def _row(sign: Sign, rate: Rate) -> str:
    return (
        f'<tr><th scope="row">{sign.mark} {inline(sign.title)}</th><td>{rate.count}</td><td>{percent(rate.value)}</td>'
        f"<td>{interval(rate)}</td><td>{_bar(rate)}</td></tr>"
    )


def _bar(rate: Rate) -> str:
    low, at, high = (round(2 + (_BAR - 4) * min(1.0, max(0.0, x))) for x in (rate.low, rate.value, rate.high))
    return (
        f'<svg class="bar" viewBox="0 0 {_BAR} 10" aria-hidden="true"><path class="rail" d="M2 5H{_BAR - 2}"/>'
        f'<path class="band" d="M{low} 5H{high}"/><path class="dots" d="M{at} 5h0"/></svg>'
    )

"""One speaker's own side on the page: what they did, what they did after what, and how that went over the weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from relcomm.patterns.my_side import FEWEST
from relcomm.patterns.side import CASES, CLOSING, After, MySide
from relcomm.report import words
from relcomm.report.markup import inline
from relcomm.report.signs import Sign, by_side
from relcomm.report.trend import trend
from relcomm.report.turns import linked
from relcomm.report.words import called, count, interval, percent
from relcomm.types import Analysis, Rate

KEY = "own-side"
_RUNS = 24
_BAR = 96


def heading(side: MySide) -> str:
    """The heading of the section, as plain text."""
    return f"{called(side.name)}’s own side"


def section(analysis: Analysis, side: MySide, known: Mapping[str, Sign]) -> str:
    """The body of the section."""
    name = inline(called(side.name))
    parts = (
        f'<p class="how">{words.HOW_SIDE}</p>',
        f"<h3>What {name} did</h3>\n{_did(analysis, side, known)}",
        f"<h3>What {name} did after what</h3>\n{_said(side.answers)}{_after(side, known)}",
        f"<h3>Week by week</h3>\n{_over_time(side)}{trend(side, known)}",
        _said((side.safety,)),
        f'<p class="quiet">{inline(CLOSING)}</p>',
    )
    return "\n".join(part for part in parts if part)


def _said(sentences: tuple[str, ...]) -> str:
    return "".join(f'<p class="summary">{inline(sentence)}</p>' for sentence in sentences if sentence)


def _over_time(side: MySide) -> str:
    return _said(side.over_time) if side.changes else f"<p>{inline(' '.join(side.over_time))}</p>"


def _did(analysis: Analysis, side: MySide, known: Mapping[str, Sign]) -> str:
    """For each label how many of the turns have it, and which."""
    where: dict[str, list[int]] = {}
    spoken = zip(analysis.conversation.utterances, analysis.predictions, strict=True)
    for number, (said, seen) in enumerate(spoken, 1):
        if said.speaker == side.name:
            for label in seen.labels:
                where.setdefault(label, []).append(number)
    entries = "".join(
        f"<dt>{sign.mark} {inline(sign.title)}</dt><dd>{_share(side.rates[label])} {linked(where[label], _RUNS)}</dd>"
        for label, sign in by_side(known)
        if label in where and label in side.rates
    )
    return f'<dl class="did">{entries}</dl>' if entries else f"<p>{inline(side.did)}</p>"


def _share(rate: Rate) -> str:
    return f"{rate.count} of {rate.turns} <small>{percent(rate.value)} ({interval(rate)})</small>"


def _after(side: MySide, known: Mapping[str, Sign]) -> str:
    rows = list(told(side, known))
    if not rows:
        why = words.NOTHING_OFTEN if side.after else words.NOTHING_AFTER.format(fewest=FEWEST)
        return f'<p class="quiet">{why}</p>'
    groups: dict[str, list[After]] = {}
    for row in rows:
        groups.setdefault(row.other, []).append(row)
    body = "".join(_group(known[other], those, known) for other, those in groups.items())
    caption = f"{inline(called(side.name))}’s answers"
    return (
        f'<p class="how">{words.HOW_AFTER}</p><div class="person wide" role="region" aria-label="{caption}" tabindex="0">'
        f'<table><caption>{caption}</caption><thead><tr><th scope="col">The answer had</th><th scope="col">Then</th>'
        '<th scope="col">95 % interval</th><th scope="col">Otherwise</th><th scope="col">95 % interval</th><td></td></tr>'
        f"</thead>{body}</table></div>"
    )


def told(side: MySide, known: Mapping[str, Sign]) -> Iterator[After]:
    """The rows worth showing, by side and in the order of the label files: intervals that lie apart, or `CASES` cases at least."""
    place = {label: n for n, (label, _) in enumerate(by_side(known))}
    for row in sorted(side.after, key=lambda row: (place.get(row.other, -1), place.get(row.mine, -1))):
        if row.other in known and row.mine in known and (row.apart or row.there.count >= CASES):
            yield row


def _group(other: Sign, rows: list[After], known: Mapping[str, Sign]) -> str:
    often = max(row.there.turns for row in rows)
    body = "".join(_row(row, known[row.mine]) for row in rows)
    return (
        f'<tbody><tr class="side"><th scope="rowgroup" colspan="6">After the other’s words had {inline(other.title.lower())}, '
        f"{count(often, 'time')}</th></tr>{body}</tbody>"
    )


def _row(row: After, mine: Sign) -> str:
    apart = ' <span class="apart">●</span>' if row.apart else ""
    return (
        f'<tr><th scope="row">{mine.mark} {inline(mine.title)}{apart}</th>'
        f"<td>{row.there.count} of {row.there.turns}</td><td>{interval(row.there)}</td>"
        f"<td>{row.otherwise.count} of {row.otherwise.turns}</td><td>{interval(row.otherwise)}</td>"
        f"<td>{_bars(row)}</td></tr>"
    )


def _bars(row: After) -> str:
    """Both intervals, one below the other."""
    rows = ((row.there, 5), (row.otherwise, 12))
    drawn = [(*(round(2 + (_BAR - 4) * min(1.0, max(0.0, x))) for x in (r.low, r.value, r.high)), y) for r, y in rows]
    bands = "".join(f"M{low} {y}H{high}" for low, _, high, y in drawn)
    dots = "".join(f"M{at} {y}h0" for _, at, _, y in drawn)
    return (
        f'<svg class="bar two" viewBox="0 0 {_BAR} 17" aria-hidden="true"><path class="band" d="{bands}"/>'
        f'<path class="dots" d="{dots}"/></svg>'
    )

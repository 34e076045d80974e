"""How often a label came up from week to week: a small drawing a label, the intervals drawn, and all figures in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from relcomm.dates import day
from relcomm.patterns.side import Change, MySide, Week
from relcomm.report import words
from relcomm.report.markup import inline
from relcomm.report.signs import Sign, by_side
from relcomm.report.words import called, count, interval, percent
from relcomm.types import Rate

FEWEST = 3
"""A label on fewer turns than this is not drawn."""
# In the drawing's own units: whole ones, since there are many.
_WIDTH, _LEFT, _RIGHT, _TOP, _FLOOR = 360, 34, 8, 8, 92
_STEPS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where a week and a share stand in the drawing."""

    first: date
    days: int
    most: float

    @classmethod
    def of(cls, weeks: Sequence[Week], labels: Sequence[str]) -> _Axes:
        """Axes that hold every interval of these labels, the same for all."""
        high = max(week.rates[label].high for week in weeks for label in labels)
        most = next((step for step in _STEPS if step >= high), 1.0)
        return cls(weeks[0].monday, (weeks[-1].monday - weeks[0].monday).days, most)

    def x(self, monday: date) -> int:
        inner = _WIDTH - _LEFT - _RIGHT - 8
        return _LEFT + 4 + round(inner * (monday - self.first).days / self.days)

    def y(self, share: float) -> int:
        return round(_FLOOR - (_FLOOR - _TOP) * share / self.most)


def drawn(side: MySide, known: Mapping[str, Sign]) -> list[str]:
    """The labels that came up often enough in dated turns, by side; none within a single week."""
    if len(side.weeks) < 2:
        return []
    counts = {label: sum(week.rates[label].count for week in side.weeks) for label in side.rates}
    return [label for label, _ in by_side(known) if counts.get(label, 0) >= FEWEST]


def trend(side: MySide, known: Mapping[str, Sign]) -> str:
    """The drawings and the table as HTML."""
    if len(side.weeks) < 2:
        return f'<p class="quiet">{words.NO_WEEKS}</p>' if side.weeks else ""
    labels = drawn(side, known)
    undated = f" {count(side.undated, 'turn')} without a date stand in no week." if side.undated else ""
    if not labels:
        return f'<p class="quiet">No label came up {FEWEST} times or more in the dated turns.{undated}</p>'
    axes = _Axes.of(side.weeks, labels)
    figures = "\n".join(_figure(side, label, known[label], axes) for label in labels)
    return (
        f'<p class="how">{words.HOW_WEEKS}{undated}</p>\n<div class="trends">{figures}</div>\n'
        f"{_table(side, labels, known)}"
    )


def _figure(side: MySide, label: str, sign: Sign, axes: _Axes) -> str:
    rates = [(week.monday, week.rates[label]) for week in side.weeks]
    marked, turns = sum(rate.count for _, rate in rates), sum(rate.turns for _, rate in rates)
    changes = [change for change in side.changes if change.label == label]
    parts = (_frame(axes, side.weeks), *(_change(change, axes) for change in changes), _weeks(rates, axes))
    return (
        f"<figure><figcaption>{sign.mark} {inline(sign.title)} <small>{marked} of {count(turns, 'turn')}</small></figcaption>"
        f'<svg class="trend" viewBox="0 0 {_WIDTH} {_FLOOR + 18}" role="img" aria-label="{_says(sign, rates)}">'
        f"{''.join(parts)}</svg></figure>"
    )


def _says(sign: Sign, rates: Sequence[tuple[date, Rate]]) -> str:
    (start, first), (end, last) = rates[0], rates[-1]
    return inline(
        f"{sign.title} in {count(len(rates), 'week')}: {percent(first.value)} of the turns in the week of {day(start)}, "
        f"{percent(last.value)} in the week of {day(end)}."
    )


def _frame(axes: _Axes, weeks: Sequence[Week]) -> str:
    top = axes.y(axes.most)
    return (
        f'<path class="rail" d="M{_LEFT} {top}H{_WIDTH - _RIGHT}M{_LEFT} {_FLOOR}H{_WIDTH - _RIGHT}"/>'
        f'<text class="tick end" x="{_LEFT - 6}" y="{top + 4}">{percent(axes.most)}</text>'
        f'<text class="tick end" x="{_LEFT - 6}" y="{_FLOOR + 3}">0</text>'
        f'<text class="tick" x="{_LEFT}" y="{_FLOOR + 15}">{day(weeks[0].monday)}</text>'
        f'<text class="tick end" x="{_WIDTH - _RIGHT}" y="{_FLOOR + 15}">{day(weeks[-1].monday)}</text>'
    )


def _weeks(rates: Sequence[tuple[date, Rate]], axes: _Axes) -> str:
    points = [(axes.x(monday), rate) for monday, rate in rates]
    bands = "".join(f"M{x} {axes.y(rate.low)}V{axes.y(rate.high)}" for x, rate in points)
    places = [f"{x} {axes.y(rate.value)}" for x, rate in points]
    thin = " thin" if len(points) > 40 else ""
    return (
        f'<path class="band{thin}" d="{bands}"/><path class="course" d="M{" ".join(places)}"/>'
        f'<path class="dots{thin}" d="{"".join(f"M{place}h0" for place in places)}"/>'
    )


def _change(change: Change, axes: _Axes) -> str:
    """The shares before and after a change that is supported, as two levels."""
    before, since = axes.y(change.before.value), axes.y(change.since.value)
    return f'<path class="level" d="M{_LEFT} {before}H{axes.x(change.monday)}V{since}H{_WIDTH - _RIGHT}"/>'


def _table(side: MySide, labels: Sequence[str], known: Mapping[str, Sign]) -> str:
    heads = "".join(f'<th scope="col">{inline(known[label].title)}</th>' for label in labels)
    rows = "".join(
        f'<tr><th scope="row">{day(week.monday)}</th><td>{week.turns}</td>'
        f"{''.join(_cell(week.rates[label]) for label in labels)}</tr>"
        for week in side.weeks
    )
    name = inline(called(side.name))
    return (
        f"<details><summary>The figures, week by week</summary>\n"
        f'<div class="person wide" role="region" aria-label="The figures, week by week" tabindex="0">'
        f'<table class="weeks"><caption>{name}’s turns by week</caption><thead><tr><th scope="col">Week of</th>'
        f'<th scope="col">Turns</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>'
    )


def _cell(rate: Rate) -> str:
    return f"<td>{rate.count} <small>{interval(rate)}</small></td>" if rate.count else "<td>0</td>"

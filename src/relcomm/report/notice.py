"""The word about safety, for the page and the terminal: calm, near the top, and gone where no turn called for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from relcomm.dates import day
from relcomm.help import PURPOSES
from relcomm.report.markup import inline, level, tied
from relcomm.report.turns import linked
from relcomm.report.words import numbered
from relcomm.types import Analysis, Helpline, Notice

KEY, TITLE = "safety", "A word about safety"
READ = "Read as a threat"
UNSURE = "Perhaps a threat, the software is not sure"
HELP = "Where to find help, by country"
_PLACES = 24

Lines = Iterator[tuple[str, int]]
"""Text still to be wrapped for a terminal, and how far its second and later lines are indented."""


def section(analysis: Analysis) -> str:
    """The notice as HTML for the body of a section; the empty string where there is none.

    Nothing in it is a link to anywhere else: to follow one leaves traces.
    """
    notice = analysis.safety
    if notice is None:
        return ""
    first, *rest = (f"<p>{inline(words)}</p>" for words in notice.words)
    where = "".join(f"<p>{name}: {linked(turns, _PLACES)}.</p>" for name, turns in places(analysis, notice))
    folded = "" if notice.quiet else " open"
    countries = "".join(_country(country, lines) for country, lines in _by_country(notice.help))
    return (
        f'<div class="safety{" quieter" if notice.quiet else ""}">{first}{where}{"".join(rest)}\n'
        f'<details{folded}><summary>{HELP}</summary>\n<div class="helplines">{countries}</div>\n'
        f'<p class="how">{inline(_trust(notice))}</p></details></div>'
    )


def lines(analysis: Analysis) -> Lines:
    """The notice for the top of a text in a terminal; a quiet one leaves the list of help to `closing`."""
    notice = analysis.safety
    if notice is None:
        return
    yield "", 0
    yield TITLE.upper(), 0
    first, *rest = (level(words) for words in notice.words)
    yield first, 2
    yield from ((f"{name}: {numbered(turns, _PLACES)}.", 2) for name, turns in places(analysis, notice))
    yield from ((words, 2) for words in rest)
    if notice.quiet:
        yield f"{HELP}: at the end.", 2
    else:
        yield f"{HELP}:", 2
        yield from listed(notice)


def closing(analysis: Analysis) -> Lines:
    """The list of help for the end of a text, where the notice at its top is a quiet one."""
    notice = analysis.safety
    if notice is not None and notice.quiet:
        yield "", 0
        yield HELP.upper(), 0
        yield from listed(notice)


def listed(notice: Notice) -> Lines:
    """The help lines, a line a country, and how far to trust them."""
    for country, found in _by_country(notice.help):
        yield f"- {level(country)}: {'; '.join(tied(level(_spoken(line))) for line in found)}", 4
    yield level(_trust(notice)), 2


def places(analysis: Analysis, notice: Notice) -> Iterator[tuple[str, list[int]]]:
    """The turns by how they were read, counted from 1; turns that are not there are left out."""
    total = len(analysis.conversation)
    for name, utterances in ((READ, notice.utterances), (UNSURE, notice.unsure)):
        if turns := [n + 1 for n in utterances if 0 <= n < total]:
            yield name, turns


def _by_country(found: Iterable[Helpline]) -> Iterator[tuple[str, list[Helpline]]]:
    countries: dict[str, list[Helpline]] = {}
    for line in found:
        countries.setdefault(line.country, []).append(line)
    yield from countries.items()


def _country(name: str, found: list[Helpline]) -> str:
    entries = "".join(
        f"<dt>{inline(_purpose(line))}</dt><dd><b>{inline(line.reach)}</b> {inline(_about(line))}</dd>"
        for line in found
    )
    return f"<div><h3>{inline(name)}</h3><dl>{entries}</dl></div>"


def _purpose(line: Helpline) -> str:
    return PURPOSES.get(line.purpose, line.purpose)


def _about(line: Helpline) -> str:
    """Name, whom it is for, and hours."""
    return ", ".join(filter(None, (line.name, f"for {line.who}" if line.who else "", line.hours)))


def _spoken(line: Helpline) -> str:
    return f"{_purpose(line).lower()} {line.reach} ({_about(line)})"


def _trust(notice: Notice) -> str:
    return f"{notice.note} As of {day(notice.as_of)}."

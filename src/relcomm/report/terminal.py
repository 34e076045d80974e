"""The report as plain lines for a terminal: what stands out, how often, and the turns that carry a label."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from relcomm.dates import day
from relcomm.report import notice, own_side, words
from relcomm.report.grouped import Line, groups
from relcomm.report.markup import level, shorten
from relcomm.report.notice import Lines
from relcomm.report.signs import SIDES, Sign, is_unsure, signs
from relcomm.report.tables import found, seldom, speakers, turns_of
from relcomm.report.trend import drawn
from relcomm.types import Analysis, Prediction, Rate, Utterance

_NARROWEST = 40
_QUOTE = 160


def terminal(analysis: Analysis, width: int) -> str:
    """All lines, each at most ``width`` columns wide, ending with a line break."""
    known = signs(analysis)
    blocks = (
        _header(analysis),
        notice.lines(analysis),
        _findings(analysis),
        _own_side(analysis, known),
        _rates(analysis, known),
        _turns(analysis, known),
        _limits(analysis),
        notice.closing(analysis),
    )
    lines = [line for block in blocks for text, indent in block for line in wrap(text, max(width, _NARROWEST), indent)]
    return "\n".join(lines) + "\n"


def wrap(text: str, width: int, indent: int = 0) -> Iterator[str]:
    """The text in lines of at most ``width`` columns, cut at spaces, or within a word that is too long.

    Outer spaces at the start stay. Wide letters count two columns, combining marks none.

    >>> list(wrap("  one two three", 9, 4))
    ['  one two', '    three']
    """
    line, used = "", 0
    pieces = text.split(" ")
    for n, word in enumerate(pieces):
        size = columns(word)
        gap = 1 if n else 0
        if used + gap + size <= width:
            line, used = line + " " * gap + word, used + gap + size
            continue
        if line.strip():
            yield line.rstrip()
        *full, line = _cut(word, width - indent)
        yield from (" " * indent + piece for piece in full)
        line = " " * indent + line
        used = columns(line)
    yield line.rstrip()


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return len(text) if text.isascii() else sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cut(word: str, width: int) -> list[str]:
    pieces, used = [""], 0
    for character in word:
        size = _columns(character)
        if used + size > width:
            pieces.append("")
            used = 0
        pieces[-1] += character
        used += size
    return pieces


def _header(analysis: Analysis) -> Lines:
    yield words.TITLE, 0
    yield " · ".join(words.about(analysis)), 2
    yield words.CONSENT, 2


def _findings(analysis: Analysis) -> Lines:
    yield "", 0
    yield "WHAT STANDS OUT", 0
    if not analysis.findings:
        yield words.NOTHING_STANDS_OUT.partition(";")[0].rstrip(".") + ".", 2
    for group in groups(analysis):
        yield group.title, 2
        for line in group.lines:
            yield f"- {level(line.words)} ({_where(line, len(analysis.conversation))})", 2
        if group.note:
            yield f"  {level(group.note)}", 2
        if group.left:
            yield f"- and {words.count(group.left, 'time')} more; the page and the JSON have each of them.", 2


def _where(line: Line, total: int) -> str:
    places = [n + 1 for n in line.utterances if 0 <= n < total]
    return f"{line.sure}; {words.numbered(places, 12)}" if places else line.sure


def _own_side(analysis: Analysis, known: Mapping[str, Sign]) -> Lines:
    """What one speaker did, what they did after what, and the weeks."""
    side = analysis.my_side
    if side is None:
        return
    yield "", 0
    yield f"{own_side.heading(side).upper()} (one's own side is the one a person can change)", 2
    yield from ((level(sentence), 2) for sentence in side.summary)
    labels = drawn(side, known)
    if labels:
        yield "Week by week:", 2
    for week in side.weeks if labels else ():
        seen = [f"{known[label].title} {week.rates[label].count}" for label in labels if week.rates[label].count]
        yield f"  {day(week.monday):<18} {words.count(week.turns, 'turn'):<10} {', '.join(seen) or '-'}", 4


def _rates(analysis: Analysis, known: Mapping[str, Sign]) -> Lines:
    yield "", 0
    yield "EACH PERSON'S TURNS (the share this program marks, with its 95 % interval; nobody is ranked)", 2
    for title, rates in speakers(analysis):
        yield f"{title}, {words.count(turns_of(rates), 'turn')}", 2
        for side, rows in found(rates, known):
            if rows or side != "o":
                yield f"  {SIDES[side]}{'' if rows else ': none found'}", 4
            yield from ((_rate(sign, rate), 6) for sign, rate in rows)
        if rest := seldom(rates, known):
            yield f"  {rest}", 4


def _rate(sign: Sign, rate: Rate) -> str:
    name = sign.title + " " * max(1, 22 - columns(sign.title))
    return f"    {name}{rate.count:>5}  {words.percent(rate.value):>9}  ({words.interval(rate)})"


def _turns(analysis: Analysis, known: Mapping[str, Sign]) -> Lines:
    yield "", 0
    yield "TURNS THAT CARRY A LABEL (the figure says how sure the program is)", 2
    spoken = list(enumerate(zip(analysis.conversation.utterances, analysis.predictions, strict=True), 1))
    for number, (said, seen) in spoken:
        if seen.labels:
            yield from _turn(number, said, (seen, known))
    if not any(seen.labels for seen in analysis.predictions):
        yield "None.", 0
    if unsure := [number for number, (_, seen) in spoken if is_unsure(seen)]:
        yield f"Not sure about: {words.numbered(unsure)}", 2
    for flag, meaning in words.FLAGS.items():
        if flagged := [number for number, (_, seen) in spoken if flag in seen.flags]:
            yield f"{meaning} ({words.numbered(flagged)})", 2


def _turn(number: int, said: Utterance, read: tuple[Prediction, Mapping[str, Sign]]) -> Lines:
    seen, known = read
    titles = ", ".join(_title(label, read) for label in seen.labels)
    yield f"{number:>4}  {words.called(said.speaker)}: {titles}", 6
    quoted = False
    for span in seen.spans:
        quote = shorten(level(said.text[max(0, span.start) : span.end]), _QUOTE)
        if span.label in seen.labels and quote:
            quoted = True
            why = f" ({level(span.why)})" if span.why else ""
            yield f"      {known[span.label].title}: “{quote}”{why}", 8
    if not quoted:
        yield f"      “{shorten(level(said.text), _QUOTE)}”", 8


def _title(label: str, read: tuple[Prediction, Mapping[str, Sign]]) -> str:
    seen, known = read
    score = seen.scores.get(label)
    return known[label].title if score is None else f"{known[label].title} {words.percent(score)}"


def _limits(analysis: Analysis) -> Lines:
    yield "", 0
    yield "WHAT THIS CANNOT SEE", 0
    for heading, said in words.CANNOT_SEE:
        yield f"- {heading}: {said}", 2
    yield "", 0
    yield "HOW THE TRANSCRIPT WAS READ", 0
    yield from ((line, 2) for line in words.how_read(analysis.conversation.report))

"""The conversation itself, turn by turn: the words with their evidence marked, labels and reasons in the margin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from relcomm.dates import day
from relcomm.report.markup import escape, inline, shorten
from relcomm.report.signs import Sign, is_unsure
from relcomm.report.words import FLAGS, called, numbered, people, percent, run_text
from relcomm.types import Analysis, Prediction, Utterance

_TINTS = 6
_REASONS = 2
_QUOTE = 48


@dataclass(frozen=True, slots=True)
class Evidence:
    """Characters ``start:end`` that are to be marked: on which side (``u``: not sure), for which note of the margin, and why."""

    start: int
    end: int
    side: str
    note: str
    why: str


def turns(analysis: Analysis, known: Mapping[str, Sign]) -> str:
    """Every turn as an item of one ordered list, in the order they were said."""
    tints = {name: n % _TINTS for n, name in enumerate(people(analysis.conversation))}
    items: list[str] = []
    last: date | None = None
    spoken = zip(analysis.conversation.utterances, analysis.predictions, strict=True)
    for number, (said, seen) in enumerate(spoken, 1):
        new_day = said.time is not None and said.time.date() != last
        last = said.time.date() if said.time else last
        heading = f'<p class="day">{day(said.time)}</p>' if said.time and new_day else ""
        items.append(
            f'<li id="t{number}" class="p{tints[said.speaker]}">{heading}{_who(number, said)}'
            f'<p dir="auto">{marked(said.text, list(evidence(number, said, (seen, known))))}</p>'
            f"{_notes(number, said, (seen, known))}</li>"
        )
    return (
        f'<ol class="turns" role="list">\n{chr(10).join(items)}\n</ol>'
        if items
        else '<p class="quiet">There are no turns.</p>'
    )


def linked(numbers: Iterable[int], most: int) -> str:
    """``turns 3, 8–10`` as links to them, ``numbers`` counted from 1; of more than ``most`` places the rest is counted."""
    return numbered(numbers, most, shown=lambda first, last: f'<a href="#t{first}">{run_text(first, last)}</a>')


def _who(number: int, said: Utterance) -> str:
    time = f" <time>{said.time:%H:%M}</time>" if said.time else ""
    return f'<p class="who"><a href="#t{number}">{number}</a> <bdi>{inline(called(said.speaker))}</bdi>{time}</p>'


def evidence(number: int, said: Utterance, read: tuple[Prediction, Mapping[str, Sign]]) -> Iterator[Evidence]:
    """The spans of labels that the turn carries or may carry, kept within the text."""
    seen, known = read
    places = {label: n for n, label in enumerate((*seen.labels, *seen.unsure))}
    for span in seen.spans:
        start, end = max(0, span.start), min(len(said.text), span.end)
        if span.label in places and start < end:
            sign = known[span.label]
            why = f"{sign.title}: {span.why}" if span.why else sign.title
            side = sign.side if span.label in seen.labels else "u"
            yield Evidence(start, end, side, f"n{number}-{places[span.label]}", why)


def marked(text: str, pieces: Sequence[Evidence], *, why: str = "data-why") -> str:
    """The text escaped, with ``<mark>`` around every stretch that evidence covers.

    Spans may overlap: the text is cut wherever one begins or ends, so that marks never cross. A mark can be
    reached by keyboard where some evidence begins that has a note. A stretch names at most two reasons, in the
    attribute ``why``; the margin has all.
    """
    begins: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for n, piece in enumerate(pieces):
        begins.setdefault(piece.start, []).append(n)
        ends.setdefault(piece.end, []).append(n)
    cuts = sorted({0, len(text), *begins, *ends})
    active: dict[int, Evidence] = {}
    out: list[str] = []
    for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True):
        for n in ends.get(start, ()):
            del active[n]
        active.update((n, pieces[n]) for n in begins.get(start, ()))
        words = escape(text[start:end])
        covering = list(islice(reversed(active.values()), _REASONS))
        focus = start in begins
        out.append(_mark(words, covering, why, focus=focus) if covering and words else words)
    return "".join(out)


def _mark(words: str, covering: Sequence[Evidence], why: str, *, focus: bool) -> str:
    sides = " ".join(dict.fromkeys(piece.side for piece in covering))
    reasons = inline(" · ".join(dict.fromkeys(piece.why for piece in covering)))
    notes = " ".join(dict.fromkeys(piece.note for piece in covering if piece.note))
    reached = f' tabindex="0" aria-describedby="{notes}"' if focus and notes else ""
    return f'<mark class="{sides}"{reached} {why}="{reasons}">{words}</mark>'


def _notes(number: int, said: Utterance, read: tuple[Prediction, Mapping[str, Sign]]) -> str:
    seen, known = read
    reasons = _reasons(said, seen)
    places = [(label, label in seen.labels) for label in (*seen.labels, *seen.unsure)]
    notes: list[str] = []
    for n, (label, is_sure) in enumerate(places):
        chip = _chip(known[label], seen.scores.get(label), is_sure=is_sure)
        why = "".join(f"<p>{line}</p>" for line in reasons.get(label, ()))
        notes.append(f'<li id="n{number}-{n}">{chip}{why}</li>')
    if is_unsure(seen) and not seen.unsure:
        notes.append('<li><b class="unsure">? Not sure about this turn</b></li>')
    notes.extend(f'<li class="flag">{FLAGS[flag]}</li>' for flag in seen.flags if flag in FLAGS)
    return f'<ul class="notes">{"".join(notes)}</ul>' if notes else ""


def _chip(sign: Sign, score: float | None, *, is_sure: bool) -> str:
    figure = "" if score is None else f" <small>{percent(score)}</small>"
    if is_sure:
        return f"<b>{sign.mark}{inline(sign.title)}{figure}</b>"
    return f'<b class="unsure">? Not sure: {inline(sign.title)}{figure}</b>'


def _reasons(said: Utterance, seen: Prediction) -> dict[str, list[str]]:
    """For each label its reasons, each after the words it is about, unless these are the whole turn."""
    quotes: dict[str, dict[str, list[str]]] = {}
    for span in seen.spans:
        words = said.text[max(0, span.start) : span.end].strip()
        if words:
            quote = "" if words == said.text.strip() and span.why else f"<q>{inline(shorten(words, _QUOTE))}</q>"
            quotes.setdefault(span.label, {}).setdefault(span.why, []).append(quote)
    return {
        label: [
            ": ".join(filter(None, (", ".join(filter(None, dict.fromkeys(quoted))), inline(why))))
            for why, quoted in by_why.items()
        ]
        for label, by_why in quotes.items()
    }

"""The conversation itself, turn by turn: the words with their evidence marked, labels and reasons in the margin.

A reason stands once, in the margin, where everybody finds it: on the screen, on paper, read aloud. Hovering or focusing
marked words lights up their note, and hovering a note its words: the style sheet does both, by the number of the note
within its turn. What could be said of any evidence is said once for all turns, above them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, pairwise

from relcomm.dates import day
from relcomm.evidence import PART, WHOLE
from relcomm.report.markup import escape, inline, shorten
from relcomm.report.signs import Sign, is_unsure
from relcomm.report.words import FLAGS, called, numbered, people, percent, run_text
from relcomm.types import Analysis, Prediction, Utterance

_TINTS = 6
_COVERING = 4
_QUOTE = 48
_GENERAL = frozenset({PART, WHOLE})
"""Reasons that could be given for any evidence: `relcomm.report.words.HOW_TURNS` gives them once."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Characters ``start:end`` that are to be marked: on which side (``u``: not sure), for which note of the turn, and why."""

    start: int
    end: int
    side: str
    note: int
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
        heading = f"<h3>{day(said.time)}</h3>" if said.time and new_day else ""
        items.append(
            f'<li id="t{number}" class="p{tints[said.speaker]}">{heading}{_who(number, said)}'
            f"<p>{_marked(number, said, (seen, known))}</p>{_notes(number, said, (seen, known))}</li>"
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
    time = f" {said.time:%H:%M}" if said.time else ""
    return f"<div>{number} <bdi>{inline(called(said.speaker))}</bdi>{time}</div>"


def evidence(said: Utterance, seen: Prediction, known: Mapping[str, Sign]) -> Iterator[Evidence]:
    """The spans of labels that the turn carries or may carry, kept within the text."""
    places = {label: n for n, label in enumerate((*seen.labels, *seen.unsure))}
    for span in seen.spans:
        start, end = max(0, span.start), min(len(said.text), span.end)
        if span.label in places and start < end:
            sign = known[span.label]
            why = f"{sign.title}: {span.why}" if span.why else sign.title
            side = sign.side if span.label in seen.labels else "u"
            yield Evidence(start, end, side, places[span.label], why)


def stretches(text: str, pieces: Sequence[Evidence]) -> Iterator[tuple[str, list[Evidence]]]:
    """The text cut into stretches, escaped, each with the evidence that covers it: none or some.

    Spans may overlap: the text is cut wherever one begins or ends, so that marks never cross. Of what covers a stretch
    the four that began last are given, so that many nested spans stay a small page.
    """
    begins: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for n, piece in enumerate(pieces):
        begins.setdefault(piece.start, []).append(n)
        ends.setdefault(piece.end, []).append(n)
    cuts = sorted({0, len(text), *begins, *ends})
    active: dict[int, Evidence] = {}
    for start, end in pairwise(cuts):
        for n in ends.get(start, ()):
            del active[n]
        active.update((n, pieces[n]) for n in begins.get(start, ()))
        yield escape(text[start:end]), list(islice(reversed(active.values()), _COVERING))


def sides(covering: Sequence[Evidence]) -> str:
    """The classes of a mark: on which sides its evidence stands."""
    return " ".join(dict.fromkeys(piece.side for piece in covering))


def _marked(number: int, said: Utterance, read: tuple[Prediction, Mapping[str, Sign]]) -> str:
    """The words of a turn with their evidence marked; where a note is met first it can be reached by keyboard."""
    met: set[int] = set()
    out: list[str] = []
    for words, covering in stretches(said.text, list(evidence(said, *read))):
        if not covering:
            out.append(words)
            continue
        notes = list(dict.fromkeys(piece.note for piece in covering))
        classes = " ".join((sides(covering), *(f"n{note}" for note in notes)))
        told = " ".join(f"n{number}-{note}" for note in notes)
        focus = "" if met.issuperset(notes) else f' tabindex="0" aria-describedby="{told}"'
        met.update(notes)
        out.append(f'<mark class="{classes}"{focus}>{words}</mark>')
    return "".join(out)


def _notes(number: int, said: Utterance, read: tuple[Prediction, Mapping[str, Sign]]) -> str:
    seen, known = read
    reasons = _reasons(said, seen)
    described = {piece.note for piece in evidence(said, seen, known)}
    places = [(label, label in seen.labels) for label in (*seen.labels, *seen.unsure)]
    notes: list[str] = []
    for n, (label, is_sure) in enumerate(places):
        chip = _chip(known[label], seen.scores.get(label), is_sure=is_sure)
        why = "".join(f"<p>{line}</p>" for line in reasons.get(label, ()))
        named = f' id="n{number}-{n}"' if n in described else ""
        notes.append(f"<li{named}>{chip}{why}</li>")
    if is_unsure(seen) and not seen.unsure:
        notes.append("<li><i>? Not sure about this turn</i></li>")
    notes.extend(f'<li class="flag">{FLAGS[flag]}</li>' for flag in seen.flags if flag in FLAGS)
    return f"<ul>{''.join(notes)}</ul>" if notes else ""


def _chip(sign: Sign, score: float | None, *, is_sure: bool) -> str:
    figure = "" if score is None else f" <small>{percent(score)}</small>"
    if is_sure:
        return f"<b>{sign.mark}{inline(sign.title)}{figure}</b>"
    return f"<i>? Not sure: {inline(sign.title)}{figure}</i>"


def _reasons(said: Utterance, seen: Prediction) -> dict[str, list[str]]:
    """For each label its reasons, each after the words it is about; a lone reason needs none, all marked words are its own."""
    quotes: dict[tuple[str, str], list[str]] = {}
    for span in seen.spans:
        words = said.text[max(0, span.start) : span.end].strip()
        if words and span.label in (*seen.labels, *seen.unsure):
            why = "" if span.why in _GENERAL else inline(span.why)
            quote = "" if words == said.text.strip() else f"<q>{inline(shorten(words, _QUOTE))}</q>"
            quotes.setdefault((span.label, why), []).append(quote)
    told: dict[str, list[str]] = {}
    for (label, why), quoted in quotes.items():
        words = ", ".join(filter(None, dict.fromkeys(quoted))) if len(quotes) > 1 else ""
        if line := ": ".join(filter(None, (words, why))):
            told.setdefault(label, []).append(line)
    return told

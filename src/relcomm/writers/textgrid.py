"""A Praat TextGrid: two interval tiers a speaker, the turns and, under ``relcomm@Name``, what was found in them.

A label's interval reads ``criticism contempt?``, the question mark for one that is unsure, and ``-`` where nothing was
found, so that an interval without a mark is a pause. Turns of one speaker that overlap go into a second pair of tiers.
Where the turns have no times in a recording they stand in their order, one second each, and a remark says so. Praat has
no place for ids, clock times and evidence: take jsonl for these.
"""

from __future__ import annotations

from collections.abc import Iterator

from relcomm.types import Analysis
from relcomm.writers.page import Page, marks, printable, replaced
from relcomm.writers.timeline import ORDER_ONLY, PREFIX, Lane, lanes

SUFFIX = ".TextGrid"

Interval = tuple[int, int, str]
"""Start and end in milliseconds, and the mark."""


def render(analysis: Analysis) -> Page:
    """The tiers in Praat's long text form, in UTF-8."""
    talk = analysis.conversation
    rows, recorded = lanes(talk)
    end = max((one.end for row in rows for one in row.turns), default=1000)
    tiers = [tier for row in rows for tier in _tiers(analysis, row)]
    head = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {_seconds(end)}"]
    head += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    body = [line for n, (name, marked) in enumerate(tiers, 1) for line in _tier(n, name, _filled(marked, end), end)]
    texts = [text for said in talk.utterances for text in (said.text, said.speaker)]
    remarks = () if recorded else (ORDER_ONLY,)
    return Page("\n".join([*head, *body, ""]).encode("utf-8"), (*remarks, *replaced(texts, map(printable, texts))))


def _tiers(analysis: Analysis, lane: Lane) -> list[tuple[str, list[Interval]]]:
    said, seen = analysis.conversation.utterances, analysis.predictions
    return [
        (lane.name, [(one.start, one.end, said[one.turn].text) for one in lane.turns]),
        (PREFIX + lane.name, [(one.start, one.end, marks(seen[one.turn])) for one in lane.turns]),
    ]


def _filled(marked: list[Interval], end: int) -> Iterator[Interval]:
    """The intervals with empty ones between: Praat knows no gaps."""
    place = 0
    for start, stop, text in marked:
        if start > place:
            yield place, start, ""
        yield start, stop, text
        place = stop
    if place < end:
        yield place, end, ""


def _tier(number: int, name: str, intervals: Iterator[Interval], end: int) -> list[str]:
    marked = list(intervals)
    lines = [f"    item [{number}]:", '        class = "IntervalTier"', f"        name = {_quoted(name)}"]
    lines += ["        xmin = 0", f"        xmax = {_seconds(end)}", f"        intervals: size = {len(marked)}"]
    for n, (start, stop, text) in enumerate(marked, 1):
        lines += [
            f"        intervals [{n}]:",
            f"            xmin = {_seconds(start)}",
            f"            xmax = {_seconds(stop)}",
        ]
        lines.append(f"            text = {_quoted(text)}")
    return lines


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    doubled = printable(text).replace('"', '""')
    return f'"{doubled}"'

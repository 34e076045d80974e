"""A model's labels as codes with times, from a transcript that says when each turn starts: one coder more for `agree`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from relcomm.errors import ReadError
from relcomm.model import Model
from relcomm.readers.fields import find_fields
from relcomm.research.coded import Place, Study
from relcomm.research.sheets import Sheet
from relcomm.research.timed import Event, turns_of
from relcomm.research.validation import answers


def model_events(sheets: Iterable[Sheet], model: Model, coded: Sequence[Event], *, name: str) -> list[Event]:
    """What a model says of transcripts with times, as events of a coder called ``name``.

    A turn without an end lasts until the next one starts. Where the coders' files name one observation only, or no
    subjects, the transcript need not, or its speakers are not told apart. Raises `ReadError`.
    """
    turns: list[tuple[Event, str]] = []
    for sheet in sheets:
        fields = find_fields(sheet.columns)
        if "text" not in fields:
            raise ReadError("no column holds the text of the turns: name one 'text'", source=sheet.source)
        turns += [(event, str(row.get(fields["text"], "") or "")) for event, row in turns_of(sheet)]
    observations, subjects = {event.observation for event in coded}, {event.subject for event in coded}
    if len(observations) == 1:
        (only,) = observations
        turns = [(replace(event, observation=only), text) for event, text in turns]
    if missing := len({event.observation for event, _ in turns} - observations):
        raise ReadError(
            f"{missing} observation(s) of the transcripts are not in the coders' files; give them the same names there, in "
            "a column observation or as names of the files in a folder"
        )
    turns = _ended(turns)
    places = {str(n): Place(event.observation, event.subject, text) for n, (event, text) in enumerate(turns)}
    said = answers(model, Study(places, {}, ())).codes(list(places))
    return [
        replace(event, coder=name, code=label, subject="" if subjects == {""} else event.subject)
        for (event, _), labels in zip(turns, said.values(), strict=True)
        for label in labels
    ]


def _ended(turns: Sequence[tuple[Event, str]]) -> list[tuple[Event, str]]:
    found: list[tuple[Event, str]] = []
    ordered = sorted(turns, key=lambda turn: (turn[0].observation, turn[0].start))
    for _, group in groupby(ordered, key=lambda turn: turn[0].observation):
        talk = list(group)
        starts = [event.start for event, _ in talk[1:]] + [talk[-1][0].stop]
        found += [
            (replace(event, stop=max(event.stop, start)) if event.stop == event.start else event, text)
            for (event, text), start in zip(talk, starts, strict=True)
        ]
    return found

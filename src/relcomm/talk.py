"""What was said: utterances, turns with what came before them, and conversations."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from relcomm.errors import InputError

CONTEXT_TURNS = 4
"""How many earlier turns are read with a turn: the codebook's unit of judgement."""

LONGEST_RECORDING = 1e15
"""More seconds than any recording has."""

UNITS = {"line": "lines", "entry": "entries", "row": "rows"} | {
    "segment": "segments",
    "annotation": "annotations",
    "interval": "intervals",
    "paragraph": "paragraphs",
}
"""What a transcript can be counted in, and the word for many."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one person said or wrote in one go.

    ``speaker`` may be empty when nobody knows who spoke; ``time`` is when it was said or sent. ``start`` and ``end``
    are seconds into a recording, which are no time of day.

    >>> Utterance("Can we talk tonight?", "Ann").speaker
    'Ann'
    """

    text: str = field(repr=False)
    speaker: str = field(default="", repr=False)
    time: datetime | None = None
    id: str = field(default="", repr=False)
    start: float | None = None
    end: float | None = None

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            if (seconds := getattr(self, name)) is not None:
                _require_seconds(name, seconds)
        for name in ("text", "speaker", "id"):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise InputError(f"Utterance.{name} must be a str, got {type(value).__name__}")
        if self.time is not None and not isinstance(self.time, datetime):
            raise InputError(
                f"Utterance.time must be a datetime or None, got {type(self.time).__name__}; "
                "datetime.fromisoformat makes one of a text"
            )


def _require_seconds(name: str, given: object) -> None:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise InputError(f"Utterance.{name} must be seconds or None, got {type(given).__name__}")
    # Nor NaN, nor infinity: JSON has neither, and an analysis must fit into it.
    if not abs(given) <= LONGEST_RECORDING:
        raise InputError(f"Utterance.{name} must be a number of seconds, at most {LONGEST_RECORDING:g}, or None")


@dataclass(frozen=True, slots=True)
class Turn:
    """An utterance together with what was said before it: the unit every model reads.

    ``context`` is oldest first. More than `CONTEXT_TURNS` earlier utterances are cut to the last ones.

    >>> Turn(Utterance("Fine."), (Utterance("You forgot again."),)).context[0].text
    'You forgot again.'
    """

    utterance: Utterance
    context: tuple[Utterance, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "context", _several(self.context, "Turn.context")[-CONTEXT_TURNS:])
        for said in (self.utterance, *self.context):
            if not isinstance(said, Utterance):
                raise InputError(f"a Turn is made of Utterance and earlier Utterances, got {type(said).__name__}")


def turns_of(utterances: Iterable[Utterance]) -> Iterator[Turn]:
    """Every utterance with up to `CONTEXT_TURNS` before it; no more than these are held.

    >>> [len(turn.context) for turn in turns_of([Utterance("Hi"), Utterance("Hey")])]
    [0, 1]
    """
    before: deque[Utterance] = deque(maxlen=CONTEXT_TURNS)
    for utterance in utterances:
        yield Turn(utterance, tuple(before))
        before.append(utterance)


def _several(given: Iterable[Utterance], what: str) -> tuple[Utterance, ...]:
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise InputError(f"{what} must be a tuple of Utterances, or a list, oldest first; got {type(given).__name__}")
    return tuple(given)


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What became of every line of a transcript: nothing is dropped uncounted.

    ``lines`` is how many there were, ``messages`` how many turns they became. The others hold line numbers
    (from 1): notices of the app, attachments without text, deleted messages, calls, and lines that belong to
    nobody. ``spoken`` counts the lines that hold the messages and ``blank`` those that hold nothing, so
    ``lines`` is always ``spoken + blank`` plus the lengths of the five lists.
    ``remarks`` are sentences worth showing, such as how the order of day and month was settled.
    In a format that is not made of lines, ``unit`` says what is counted and numbered instead: ``"entry"`` or ``"row"``.
    """

    format: str
    lines: int
    messages: int
    system: tuple[int, ...] = ()
    media: tuple[int, ...] = ()
    deleted: tuple[int, ...] = ()
    call: tuple[int, ...] = ()
    unassigned: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()
    spoken: int = 0
    blank: int = 0
    unit: str = "line"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A run of utterances between people, in the order they were said.

    ``report`` tells how a transcript was read, where it came from one.

    >>> talk = Conversation((Utterance("Hi", "Ann"), Utterance("Hey", "Ben")))
    >>> talk.speakers
    ('Ann', 'Ben')
    """

    utterances: tuple[Utterance, ...]
    id: str = field(default="", repr=False)
    report: ReadReport | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "utterances", _several(self.utterances, "Conversation.utterances"))
        if not isinstance(self.id, str):
            raise InputError(f"Conversation.id must be a str, got {type(self.id).__name__}; str(...) makes one")
        if self.report is not None and not isinstance(self.report, ReadReport):
            raise InputError(f"Conversation.report must be a ReadReport or None, got {type(self.report).__name__}")
        for n, utterance in enumerate(self.utterances):
            if not isinstance(utterance, Utterance):
                raise InputError(f"Conversation.utterances[{n}] must be an Utterance, got {type(utterance).__name__}")

    def __len__(self) -> int:
        return len(self.utterances)

    @property
    def speakers(self) -> tuple[str, ...]:
        """The names in order of first appearance, the empty name left out."""
        return tuple(dict.fromkeys(u.speaker for u in self.utterances if u.speaker))

    def turns(self) -> Iterator[Turn]:
        """Every utterance with up to `CONTEXT_TURNS` utterances before it."""
        return turns_of(self.utterances)

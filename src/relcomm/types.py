"""The data that flows through relcomm: frozen, plain, and ignorant of models."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from relcomm.errors import InputError
from relcomm.frozen import FrozenDict

if TYPE_CHECKING:
    from relcomm.patterns.side import MySide

CONTEXT_TURNS = 4
"""How many earlier turns are read with a turn: the codebook's unit of judgement."""

POINTER = (
    "Some turns were read as threats, or may be threats: a word about safety, with help lines, belongs to this, and "
    "relcomm analyze shows it"
)
"""What stands where there is no room for a `Notice`."""

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
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
                raise InputError(f"Utterance.{name} must be seconds or None, got {type(value).__name__}")
        for name in ("text", "speaker", "id"):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise InputError(f"Utterance.{name} must be a str, got {type(value).__name__}")
        if self.time is not None and not isinstance(self.time, datetime):
            raise InputError(
                f"Utterance.time must be a datetime or None, got {type(self.time).__name__}; "
                "datetime.fromisoformat makes one of a text"
            )


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


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters ``start:end`` of the caller's own string that speak for a label.

    ``weight`` is how much the label's probability falls when these words are left out, from 0 to 1.
    ``why`` is a reason in words.
    """

    start: int
    end: int
    label: str
    weight: float
    why: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a turn of a conversation asks for: the same as turn ``first`` of its speaker, its own position if it is new.

    ``sure`` is the probability that it does, as far as the model knows: that it asks at all, or that it asks again.
    """

    first: int
    sure: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one turn does to the listener, as far as the words show.

    ``labels`` are those whose probability reaches the label's threshold, in the order of `relcomm.LABELS`;
    ``unsure`` are those just below it; ``scores`` maps every label to a calibrated probability;
    ``flags`` may hold ``"unsure"`` (some label is neither in nor out), ``"long"`` (only the first part was
    read) and ``"replaced"`` (characters that are no text were replaced before reading). ``asks`` is the probability that
    the turn asks the other for something, which is no label; None where the model does not say. ``request`` is what it
    asks for, in an analysed conversation.
    """

    labels: tuple[str, ...]
    scores: Mapping[str, float]
    spans: tuple[Span, ...] = ()
    unsure: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    asks: float | None = None
    request: Request | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "scores", FrozenDict(self.scores))

    def to_dict(self) -> dict[str, Any]:
        """The wire format of ``relcomm label``; ``asks`` and ``request`` only where they are known."""
        asks = {} if self.asks is None else {"asks": round(self.asks, 6)}
        request = {"request": asdict(self.request)} if self.request else {}
        return {
            "labels": list(self.labels),
            "scores": {label: round(score, 6) for label, score in self.scores.items()},
            "spans": [
                {"label": s.label, "start": s.start, "end": s.end, "weight": round(s.weight, 6), "why": s.why}
                for s in self.spans
            ],
            "unsure": list(self.unsure),
            "flags": list(self.flags),
            **asks,
            **request,
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """A pattern between people, shown by turns: never a cause, never a verdict on anyone.

    ``utterances`` are positions in the conversation; ``value`` is the strength in the unit the pattern's
    page names; ``details`` holds the figures behind it; ``sure`` says how far to trust it
    (``"clear"``, ``"some"`` or ``"slight"`` evidence).
    """

    pattern: str
    utterances: tuple[int, ...]
    value: float
    summary: str = field(repr=False)
    sure: str = "some"
    # Left out of the hash, for it may hold lists; two findings that differ in it alone are still not equal.
    details: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "details", FrozenDict(self.details))

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON."""
        return {
            "pattern": self.pattern,
            "utterances": list(self.utterances),
            "value": self.value,
            "summary": self.summary,
            "sure": self.sure,
            "details": dict(self.details),
        }


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a label came up: ``count`` of ``turns``, with a 95 % interval for the share of turns marked."""

    count: int
    turns: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share of turns, 0 where there are none."""
        return self.count / self.turns if self.turns else 0.0


@dataclass(frozen=True, slots=True)
class Helpline:
    """Somewhere to turn to: the service, how to reach it, and on what day and how that was checked.

    ``purpose`` is one of `relcomm.help.PURPOSES`; ``hours`` and ``who`` it is for may be empty.
    """

    country: str
    name: str
    reach: str
    purpose: str
    checked: date
    how: str
    hours: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A calm word about safety, raised by turns: never a verdict on anyone, and its absence is no all-clear.

    ``utterances`` are positions in the conversation that were read as threats, ``unsure`` those that may be;
    ``words`` is what is said, a paragraph each; ``help`` is where to turn to, ``note`` how far to trust that, and
    ``as_of`` its date. To share an analysis without it: ``dataclasses.replace(analysis, safety=None)``.
    """

    utterances: tuple[int, ...]
    unsure: tuple[int, ...]
    words: tuple[str, ...]
    help: tuple[Helpline, ...] = field(repr=False)
    note: str
    as_of: date

    @property
    def quiet(self) -> bool:
        """Whether no turn was surely read as a threat."""
        return not self.utterances

    def beside(self, utterance: int) -> str:
        """What to show beside the turn at this position: `POINTER` if it raised the notice, else nothing."""
        return POINTER if utterance in self.utterances or utterance in self.unsure else ""

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON."""
        dated = {"as_of": self.as_of.isoformat()}
        lines = [asdict(line) | {"checked": line.checked.isoformat()} for line in self.help]
        return {key: list(getattr(self, key)) for key in ("utterances", "unsure", "words")} | {
            "help": lines,
            "note": self.note,
            **dated,
        }


@dataclass(frozen=True, slots=True)
class Analysis:
    """A conversation with what was found in it, turn by turn and as a whole.

    ``predictions[i]`` belongs to ``conversation.utterances[i]``. ``rates`` maps a speaker's name to
    label to `Rate`; the empty name stands for everybody together. ``safety`` is a word about safety where turns
    were read as threats, or may be; None is no all-clear. ``my_side`` is one speaker's own side, where it was asked for.

    In a notebook an analysis shows itself with the words it is about, which are then kept in the notebook's file.
    """

    conversation: Conversation
    predictions: tuple[Prediction, ...]
    findings: tuple[Finding, ...]
    rates: Mapping[str, Mapping[str, Rate]] = field(repr=False)
    model: str = ""
    safety: Notice | None = None
    my_side: MySide | None = None

    def __post_init__(self) -> None:
        frozen = {speaker: FrozenDict(rates) for speaker, rates in self.rates.items()}
        object.__setattr__(self, "rates", FrozenDict(frozen))

    def _repr_html_(self) -> str:
        # By name, as the package's public names are loaded: the data knows of no report until a notebook asks for one.
        shown: str = import_module("relcomm.report").notebook(self)
        return shown

    def rows(self) -> Iterator[dict[str, Any]]:
        """One flat record a turn, ready for a data frame: position, speaker, time, text, labels, scores.

        ``start`` and ``end``, in seconds, are there if any turn has a place in a recording; ``safety``, which points to
        the word about safety beside the turns that raised it, if there is one.
        """
        recorded = any(said.start is not None or said.end is not None for said in self.conversation.utterances)
        for n, (said, seen) in enumerate(zip(self.conversation.utterances, self.predictions, strict=True)):
            yield {
                "turn": n + 1,
                "id": said.id,
                "speaker": said.speaker,
                "time": said.time.isoformat() if said.time else None,
                **({"start": said.start, "end": said.end} if recorded else {}),
                "text": said.text,
                "labels": list(seen.labels),
                "unsure": list(seen.unsure),
                "scores": dict(seen.scores),
                **({"safety": self.safety.beside(n)} if self.safety else {}),
            }

    def to_dict(self) -> dict[str, Any]:
        """Everything, as plain types for JSON."""
        spoken = zip(self.rows(), self.predictions, strict=True)
        return {
            "model": self.model,
            "conversation": self.conversation.id,
            "report": asdict(report) if (report := self.conversation.report) else None,
            "turns": [row | seen.to_dict() for row, seen in spoken],
            "rates": {
                speaker: {
                    label: {"count": r.count, "turns": r.turns, "rate": r.value, "low": r.low, "high": r.high}
                    for label, r in rates.items()
                }
                for speaker, rates in self.rates.items()
            },
            "findings": [finding.to_dict() for finding in self.findings],
            "safety": self.safety.to_dict() if self.safety else None,
            "my_side": self.my_side.to_dict() if self.my_side else None,
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to look at in a draft before sending it.

    ``span`` marks the words, ``message`` says how they are likely to land, ``antidote`` what to do
    instead, ``try_instead`` gives ways to say it; square brackets in them are for the writer to fill. Where the
    software is not ``sure``, the message says so and nothing is suggested. ``help`` says where help is if somebody
    fears what they or another may do; it is empty but for threats.
    """

    span: Span
    message: str
    antidote: str
    try_instead: tuple[str, ...] = field(repr=False)
    sure: bool = True
    help: str = field(default="", repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON."""
        s = self.span
        return {
            "label": s.label,
            "start": s.start,
            "end": s.end,
            "weight": round(s.weight, 6),
            "why": s.why,
            "message": self.message,
            "antidote": self.antidote,
            "try_instead": list(self.try_instead),
            "sure": self.sure,
            "help": self.help,
        }

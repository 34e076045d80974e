"""The data that flows through relcomm: frozen, plain, and ignorant of models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any

from relcomm.frozen import FrozenDict
from relcomm.talk import CONTEXT_TURNS, UNITS, Conversation, ReadReport, Turn, Utterance, turns_of

if TYPE_CHECKING:
    from relcomm.patterns.side import MySide

__all__ = [
    "CONTEXT_TURNS",
    "POINTER",
    "UNITS",
    "Advice",
    "Analysis",
    "Conversation",
    "Finding",
    "Helpline",
    "Notice",
    "Prediction",
    "Rate",
    "ReadReport",
    "Request",
    "Span",
    "Turn",
    "Utterance",
    "turns_of",
]

POINTER = (
    "Some turns were read as threats, or may be threats: a word about safety, with help lines, belongs to this, and "
    "relcomm analyze shows it"
)
"""What stands where there is no room for a `Notice`."""


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

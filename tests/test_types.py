"""The data that flows through: frozen, checked, silent about what was said, and fit to travel."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import FrozenInstanceError, asdict, fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.errors import InputError
from relcomm.frozen import FrozenDict
from relcomm.types import (
    CONTEXT_TURNS,
    Advice,
    Analysis,
    Conversation,
    Finding,
    Prediction,
    Rate,
    ReadReport,
    Span,
    Turn,
    Utterance,
    turns_of,
)

# Words that must never show in a repr: what was said, and the names of those who said it.
PRIVATE = ("Marigold", "Thaddeus", "quince")

SPAN = Span(4, 10, "contempt", 0.25, "a sneer")
ASKED = Utterance("the quince?", "Marigold", datetime(2024, 5, 1, 20, 30, tzinfo=UTC), "Marigold-1")
ANSWERED = Utterance("no quince", "Thaddeus")
TURN = Turn(ANSWERED, (ASKED,))
PREDICTION = Prediction(("contempt",), {"contempt": 0.9, "repair": 0.01}, (SPAN,), ("repair",), ("unsure",))
FINDING = Finding(
    "pursuer_distancer", (0, 1), 0.75, "after Marigold asked, Thaddeus withdrew", details={"by": "Marigold"}
)
RATE = Rate(1, 2, 0.1, 0.9)
REPORT = ReadReport("whatsapp", 3, 2, system=(1,))
TALK = Conversation((ASKED, ANSWERED), "Marigold and Thaddeus", REPORT)
QUIET = Prediction((), {"contempt": 0.0, "repair": 0.0})
ANALYSIS = Analysis(
    TALK, (QUIET, PREDICTION), (FINDING,), {"": {"contempt": RATE}, "Marigold": {"contempt": RATE}}, "base"
)
ADVICE = Advice(SPAN, "This may land as scorn.", "appreciation", ("About the quince: I would like [what you want].",))
ALL = [ASKED, TURN, SPAN, PREDICTION, FINDING, RATE, REPORT, TALK, ANALYSIS, ADVICE]

each = pytest.mark.parametrize("value", ALL, ids=lambda value: type(value).__name__)


@each
def test_frozen(value: Any) -> None:
    name = fields(value)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, getattr(value, name))
    assert not hasattr(value, "__dict__")


@each
def test_travels(value: Any) -> None:
    for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value), replace(value)):
        assert type(again) is type(value)
        assert again == value
        assert hash(again) == hash(value)


@each
def test_is_a_key(value: Any) -> None:
    assert {value: 1}[copy.deepcopy(value)] == 1


@each
def test_becomes_plain(value: Any) -> None:
    plain = asdict(value)
    assert list(plain) == [each.name for each in fields(value)]
    assert json.loads(json.dumps(plain, default=str)).keys() == plain.keys()


@each
def test_shows_nobody(value: Any) -> None:
    assert not [word for word in PRIVATE if word in repr(value)]
    assert repr(value).startswith(f"{type(value).__name__}(")


WRONG = {
    "text": lambda: Utterance(b"quince"),  # type: ignore[arg-type]
    "no text": lambda: Utterance(None),  # type: ignore[arg-type]
    "speaker": lambda: Utterance("quince", 7),  # type: ignore[arg-type]
    "no speaker": lambda: Utterance("quince", None),  # type: ignore[arg-type]
    "id": lambda: Utterance("quince", "Marigold", id=7),  # type: ignore[arg-type]
    "time": lambda: Utterance("quince", time="quince"),  # type: ignore[arg-type]
    "start": lambda: Utterance("quince", start="quince"),  # type: ignore[arg-type]
    "end": lambda: Utterance("quince", end=True),
    "turn with nothing for a context": lambda: Turn(ASKED, None),  # type: ignore[arg-type]
    "turn with one before it": lambda: Turn(ANSWERED, ASKED),  # type: ignore[arg-type]
    "turn with an empty text before it": lambda: Turn(ASKED, ""),  # type: ignore[arg-type]
    "turn of a text": lambda: Turn("quince"),  # type: ignore[arg-type]
    "turn with a text before it": lambda: Turn(ASKED, "quince"),  # type: ignore[arg-type]
    "turn with texts before it": lambda: Turn(ASKED, ("quince",)),  # type: ignore[arg-type]
    "conversation of a text": lambda: Conversation("quince"),  # type: ignore[arg-type]
    "conversation of texts": lambda: Conversation((ASKED, "quince")),  # type: ignore[arg-type]
    "conversation of turns": lambda: Conversation((TURN,)),  # type: ignore[arg-type]
    "conversation of nothing": lambda: Conversation(None),  # type: ignore[arg-type]
    "conversation of one": lambda: Conversation(ASKED),  # type: ignore[arg-type]
    "conversation of an empty text": lambda: Conversation(""),  # type: ignore[arg-type]
    "conversation of bytes": lambda: Conversation(b"quince"),  # type: ignore[arg-type]
    "conversation id": lambda: Conversation((), id=5),  # type: ignore[arg-type]
    "conversation report": lambda: Conversation((), report="quince"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
def test_wrong_kinds_are_refused_without_quoting(make: Any) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert not [word for word in PRIVATE if word in str(caught.value)]


_SEVERAL = "must be a tuple of Utterances, or a list, oldest first; got"
_TURN = "a Turn is made of Utterance and earlier Utterances, got"
TOLD = {
    "text": "Utterance.text must be a str, got bytes",
    "no text": "Utterance.text must be a str, got NoneType",
    "speaker": "Utterance.speaker must be a str, got int",
    "no speaker": "Utterance.speaker must be a str, got NoneType",
    "id": "Utterance.id must be a str, got int",
    "time": "Utterance.time must be a datetime or None, got str; datetime.fromisoformat makes one of a text",
    "start": "Utterance.start must be seconds or None, got str",
    "end": "Utterance.end must be seconds or None, got bool",
    "turn with nothing for a context": f"Turn.context {_SEVERAL} NoneType",
    "turn with one before it": f"Turn.context {_SEVERAL} Utterance",
    "turn with an empty text before it": f"Turn.context {_SEVERAL} str",
    "turn of a text": f"{_TURN} str",
    "turn with a text before it": f"Turn.context {_SEVERAL} str",
    "turn with texts before it": f"{_TURN} str",
    "conversation of a text": f"Conversation.utterances {_SEVERAL} str",
    "conversation of texts": "Conversation.utterances[1] must be an Utterance, got str",
    "conversation of turns": "Conversation.utterances[0] must be an Utterance, got Turn",
    "conversation of nothing": f"Conversation.utterances {_SEVERAL} NoneType",
    "conversation of one": f"Conversation.utterances {_SEVERAL} Utterance",
    "conversation of an empty text": f"Conversation.utterances {_SEVERAL} str",
    "conversation of bytes": f"Conversation.utterances {_SEVERAL} bytes",
    "conversation id": "Conversation.id must be a str, got int; str(...) makes one",
    "conversation report": "Conversation.report must be a ReadReport or None, got str",
}
"""The place of what is wrong, what is wanted and what was given."""


@pytest.mark.parametrize("case", WRONG)
def test_the_place_of_what_is_wrong_is_told(case: str) -> None:
    with pytest.raises(InputError) as caught:
        WRONG[case]()
    assert str(caught.value) == TOLD[case]


def test_seconds_may_be_whole_or_not() -> None:
    said = Utterance("quince", start=0, end=1.5)
    assert (said.start, said.end) == (0, 1.5)


@given(st.integers(0, 12))
@settings(max_examples=13, deadline=None)
def test_turns_see_the_last_four_before_them(count: int) -> None:
    said = tuple(Utterance(str(n)) for n in range(count))
    turns = list(Conversation(said).turns())
    assert [turn.utterance for turn in turns] == list(said)
    assert [turn.context for turn in turns] == [said[max(0, n - CONTEXT_TURNS) : n] for n in range(count)]
    assert len(Conversation(said)) == count


def test_a_turn_keeps_the_last_of_a_long_context() -> None:
    said = [Utterance(str(n)) for n in range(9)]
    assert Turn(said[8], said[:8]).context == tuple(said[4:8])  # type: ignore[arg-type]


def test_lists_become_tuples() -> None:
    assert Conversation([ASKED, ANSWERED]).utterances == (ASKED, ANSWERED)  # type: ignore[arg-type]
    assert Turn(ANSWERED, [ASKED]).context == (ASKED,)  # type: ignore[arg-type]


def test_speakers_in_order_of_appearance() -> None:
    said = [Utterance("", speaker) for speaker in ("Ben", "", "Ann", "Ben", "Cem")]
    assert Conversation(tuple(said)).speakers == ("Ben", "Ann", "Cem")
    assert Conversation(()).speakers == ()


def test_spans_sort_in_reading_order() -> None:
    spans = [Span(5, 6, "b", 0.1, ""), Span(0, 9, "z", 0.1, ""), Span(0, 3, "a", 0.9, "")]
    assert [(span.start, span.end) for span in sorted(spans)] == [(0, 3), (0, 9), (5, 6)]


@pytest.mark.parametrize(
    ("made", "given_to", "name"),
    [
        (lambda d: Prediction((), d), {"contempt": 0.1}, "scores"),
        (lambda d: Finding("p", (), 0.0, "", details=d), {"turns": 8}, "details"),
        (lambda d: Analysis(Conversation(()), (), (), d), {"": {"contempt": RATE}}, "rates"),
    ],
    ids=["scores", "details", "rates"],
)
def test_mappings_are_copied_and_closed(made: Any, given_to: dict[str, Any], name: str) -> None:
    value = made(given_to)
    before = dict(given_to)
    given_to["more"] = 1
    assert getattr(value, name) == before
    with pytest.raises(TypeError):
        getattr(value, name)["more"] = 1


CHANGES = {
    "set": lambda d: d.__setitem__("a", 2),
    "delete": lambda d: d.__delitem__("a"),
    "join": lambda d: d.__ior__({"a": 2}),
    "clear": lambda d: d.clear(),
    "pop": lambda d: d.pop("a"),
    "pop an item": lambda d: d.popitem(),
    "set a default": lambda d: d.setdefault("b", 2),
    "update": lambda d: d.update(a=2),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_frozen_dict_cannot_be_changed(change: Any) -> None:
    closed = FrozenDict(a=1)
    with pytest.raises(TypeError, match="FrozenDict cannot be changed"):
        change(closed)
    assert closed == {"a": 1}
    assert closed | {"a": 2} == {"a": 2}


def test_equal_frozen_dicts_are_the_same_key() -> None:
    first, second = FrozenDict({"a": 1, "b": 2}), FrozenDict({"b": 2, "a": 1})
    assert first == second
    assert hash(first) == hash(second) != hash(FrozenDict(a=1))
    assert pickle.loads(pickle.dumps(FrozenDict(a=first))) == {"a": {"a": 1, "b": 2}}


def test_inner_rates_are_closed_too() -> None:
    with pytest.raises(TypeError):
        ANALYSIS.rates[""]["contempt"] = RATE  # type: ignore[index]


def test_a_share_of_nothing_is_nothing() -> None:
    assert Rate(0, 0, 0.0, 1.0).value == 0.0
    assert RATE.value == 0.5


def test_prediction_as_plain_types() -> None:
    assert PREDICTION.to_dict() == {
        "labels": ["contempt"],
        "scores": {"contempt": 0.9, "repair": 0.01},
        "spans": [{"label": "contempt", "start": 4, "end": 10, "weight": 0.25, "why": "a sneer"}],
        "unsure": ["repair"],
        "flags": ["unsure"],
    }
    assert Prediction((), {"contempt": 1 / 3}).to_dict()["scores"] == {"contempt": 0.333333}


def test_finding_as_plain_types() -> None:
    assert FINDING.to_dict() == {
        "pattern": "pursuer_distancer",
        "utterances": [0, 1],
        "value": 0.75,
        "summary": "after Marigold asked, Thaddeus withdrew",
        "sure": "some",
        "details": {"by": "Marigold"},
    }


def test_advice_as_plain_types() -> None:
    assert ADVICE.to_dict() == {
        "label": "contempt",
        "start": 4,
        "end": 10,
        "weight": 0.25,
        "why": "a sneer",
        "message": "This may land as scorn.",
        "antidote": "appreciation",
        "try_instead": ["About the quince: I would like [what you want]."],
        "sure": True,
        "help": "",
    }


def test_analysis_as_rows() -> None:
    first, second = ANALYSIS.rows()
    assert first == {
        "turn": 1,
        "id": "Marigold-1",
        "speaker": "Marigold",
        "time": "2024-05-01T20:30:00+00:00",
        "text": "the quince?",
        "labels": [],
        "unsure": [],
        "scores": {"contempt": 0.0, "repair": 0.0},
    }
    assert (second["turn"], second["time"], second["labels"]) == (2, None, ["contempt"])


def test_turns_of_a_recording_have_their_seconds_in_rows_and_plain_types() -> None:
    said = (Utterance("a", start=1.5, end=2), Utterance("b", end=0), Utterance("c"))
    analysis = Analysis(Conversation(said), (Prediction((), {}),) * 3, (), {})
    expected = [(1.5, 2), (None, 0), (None, None)]
    assert [(row["start"], row["end"]) for row in analysis.rows()] == expected
    assert [(turn["start"], turn["end"]) for turn in analysis.to_dict()["turns"]] == expected
    assert not any({"start", "end"} & set(row) for row in ANALYSIS.rows())


@pytest.mark.parametrize(
    "seconds", [float("nan"), float("inf"), -float("inf"), 1e16, 10**400], ids=lambda n: str(n)[:9]
)
def test_no_recording_has_such_a_second(seconds: float) -> None:
    for place in ("start", "end"):
        with pytest.raises(InputError, match=f"Utterance.{place} must be a number of seconds"):
            Utterance("a", **{place: seconds})  # type: ignore[arg-type]


def test_turns_come_with_those_before_them_however_they_are_given() -> None:
    said = [Utterance(str(n)) for n in range(7)]
    assert list(turns_of(iter(said))) == list(Conversation(tuple(said)).turns())
    assert [[each.text for each in turn.context] for turn in turns_of(iter(said))][-1] == ["2", "3", "4", "5"]


def test_analysis_as_plain_types() -> None:
    plain = ANALYSIS.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False))["conversation"] == "Marigold and Thaddeus"
    assert plain["model"] == "base"
    assert plain["report"]["system"] == (1,)
    assert plain["turns"] == [
        row | seen.to_dict() for row, seen in zip(ANALYSIS.rows(), ANALYSIS.predictions, strict=True)
    ]
    assert plain["rates"]["Marigold"] == {"contempt": {"count": 1, "turns": 2, "rate": 0.5, "low": 0.1, "high": 0.9}}
    assert plain["findings"] == [FINDING.to_dict()]
    assert Analysis(Conversation(()), (), (), {}).to_dict() == {
        "model": "",
        "conversation": "",
        "report": None,
        "turns": [],
        "rates": {},
        "findings": [],
        "safety": None,
        "my_side": None,
    }


def test_an_analysis_needs_a_prediction_for_every_turn() -> None:
    with pytest.raises(ValueError, match="shorter"):
        list(Analysis(TALK, (), (), {}).rows())

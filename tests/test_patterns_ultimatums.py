"""Ultimatums: what belongs together, how they were answered, how sure they are."""

from __future__ import annotations

import pytest

from acts import find, talk_of
from relcomm.patterns import ultimatums
from relcomm.patterns.answers import others_next
from relcomm.patterns.grounds import SAFETY
from relcomm.types import Prediction

SAY = "ultimatum"


def test_messages_in_a_row_are_one_ultimatum() -> None:
    (found,) = find(
        "ultimatums",
        ("Ann", SAY, "you have until friday to tell her"),
        ("Ann", "", "hello?"),
        ("Ann", SAY, "don't expect me to be here otherwise"),
        ("Ben", "stonewalling", "k."),
    )
    assert (found.details["turns"], found.value, found.utterances) == ([0, 2], 1.0, (0, 2, 3))
    assert found.details["deadline"] == {"turn": 0, "start": 9, "end": 21}
    assert found.details["stake"]["turn"] == 2


@pytest.mark.parametrize(
    ("first", "second", "times"),
    [
        ("Sell the boat or I'm gone.", "The boat goes or I do.", [2]),
        ("Sell the boat or I'm gone.", "Sell that old boat by Friday, or we're done.", [2]),
        ("Ring Mum or I'm gone.", "Ring the helpline or I'm gone.", [1, 1]),
        ("Don't expect me to be here.", "Don't expect me to be here.", [1, 1]),
        ("Tell her or I'm gone.", "Stop it or I'm gone.", [1, 1]),
        ("If you drink again, I'm gone.", "Stop drinking or I'm gone.", [2]),
    ],
)
def test_repeats(first: str, second: str, times: list[int]) -> None:
    said = [("Ann", SAY, first), ("Ben", "", "Hm."), ("Ann", SAY, second), ("Ben", "", "Hm.")]
    assert [f.value for f in find("ultimatums", *said)] == times
    said[2] = ("Ben", SAY, second)
    assert [f.details["speaker"] for f in find("ultimatums", *said)] == ["Ann", "Ben"]


@pytest.mark.parametrize(
    ("labels", "answer"),
    [
        ("defensiveness contempt", "attack"),
        ("threat", "attack"),
        ("ultimatum", "attack"),
        ("stonewalling defensiveness", "defence"),
        ("boundary stonewalling", "withdrawal"),
        ("repair boundary", "boundary"),
        ("appreciation", "agreement"),
        ("pressure self_soothing contempt?", "open"),
    ],
)
def test_answers(labels: str, answer: str) -> None:
    found = find("ultimatums", ("Ann", SAY, "It's me or her."), ("Ann", "", "Well?"), ("Ben", labels, "No."))[0]
    assert (found.details["answer"], found.details["answer_turns"], found.details["answered_by"]) == (
        *(answer, [2], ["Ben"]),
    )
    assert (SAFETY in found.summary) == ("threat" in labels)


def test_an_answer_after_hours_is_told_as_late() -> None:
    (found,) = find("ultimatums", ("Ann", SAY, "It's me or her.", 0), ("Ben", "criticism", "You are mad.", 900))
    assert found.details["late"] == [True]
    assert "after hours of silence" in found.summary


def test_nobody_knows_who_answers_nobody() -> None:
    (found,) = find("ultimatums", ("", SAY, "It's me or her."), ("Ben", "criticism", "You."))
    assert (found.details["answer"], found.summary) == (
        "open",
        "Somebody gave an ultimatum, naming a demand. No words for the loss were found: it may be left unsaid. "
        "No answer is in the record.",
    )


def test_an_ultimatum_is_as_sure_as_its_label() -> None:
    conversation, _ = talk_of([("Ann", "", "Stop it or I'm gone."), ("Ben", "", "I'll see.")])
    for score, sure in ((0.95, "clear"), (0.8, "some"), (0.6, "slight")):
        seen = (Prediction((SAY,), {SAY: score}), Prediction((), {}))
        assert [f.sure for f in ultimatums.find(conversation, seen)] == [sure]
    (found,) = find("ultimatums", ("Ann", SAY, "This time."), ("Ben", "", "I'll see."))
    assert found.sure == "slight"


def test_others_next_is_the_next_of_anybody_else() -> None:
    names = ["Ann", "", "Ann", "Ben", "Cara", "Cara", " ", "Ben"]
    conversation, _ = talk_of([(name, "", "Hm.") for name in names])
    assert others_next(conversation) == [
        next((m for m in range(n + 1, len(names)) if names[m].strip() and names[m] != names[n]), None)
        for n in range(len(names))
    ]

"""Talk for the patterns that list what happened, and what must hold for any finding of theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from relcomm.patterns import PATTERNS, answers, ratio, ultimatums
from relcomm.patterns.timeouts import ATTACKS, GOES_ON, LABEL
from relcomm.types import Conversation, Finding, Prediction, Request, Utterance

START = datetime(2024, 5, 4, 8, 0)  # noqa: DTZ001
VERDICTS = re.compile(
    r"\b(because|caus\w+|fault|abus\w+|toxic|narciss\w+|diagnos\w+|divorce|is an? |always|never|harshly|scornful|harmful)\b",
    re.IGNORECASE,
)

Talk = tuple[Conversation, tuple[Prediction, ...]]


def talk_of(turns: Sequence[Sequence[Any]]) -> Talk:
    """Turns as ``(speaker, labels, text, minutes)``; a label with a question mark is a near miss.

    A label that begins with ``=`` names what the turn asks for, the same name for the same thing.
    """
    said, seen = [], []
    asked: dict[tuple[str, str], int] = {}
    for n, (speaker, labels, text, *rest) in enumerate(turns):
        time = START + timedelta(minutes=rest[0]) if rest and rest[0] is not None else None
        each = [label for label in re.split(r"[, ]+", labels) if label]
        for_what = [Request(asked.setdefault((speaker, each.pop(0)), n), 0.95)] if labels.startswith("=") else [None]
        said.append(Utterance(text, speaker, time))
        sure = tuple(label for label in each if not label.endswith("?"))
        near = tuple(label[:-1] for label in each if label.endswith("?"))
        seen.append(Prediction(sure, {}, unsure=near, request=for_what[0]))
    return Conversation(tuple(said)), tuple(seen)


def find(name: str, *turns: Sequence[Any]) -> list[Finding]:
    conversation, predictions = talk_of(turns)
    found = PATTERNS[name](conversation, predictions)
    for finding in found:
        check(finding, conversation, predictions)
    return found


def words(finding: Finding, conversation: Conversation) -> dict[str, str]:
    """What an ultimatum's spans say."""
    found = {part: finding.details[part] for part in ultimatums.PARTS}
    return {
        part: conversation.utterances[where["turn"]].text[where["start"] : where["end"]] if where else ""
        for part, where in found.items()
    }


def check(finding: Finding, conversation: Conversation, predictions: Sequence[Prediction]) -> None:
    """What must hold for any finding of these."""
    assert finding.sure in {"clear", "some", "slight"}
    assert list(finding.utterances) == sorted(set(finding.utterances))
    assert set(finding.utterances) <= set(range(len(conversation)))
    assert json.loads(json.dumps(finding.to_dict(), allow_nan=False)) == finding.to_dict()
    assert not VERDICTS.search(finding.summary)
    said = [frozenset(p.labels) for p in predictions]
    names = [u.speaker for u in conversation.utterances]
    {
        "ultimatums": check_ultimatum,
        "timeouts": check_break,
        "ratio": check_ratio,
        "repeated_requests": check_request,
    }[finding.pattern](finding, said, names)
    if finding.pattern == "ultimatums":
        for part, text in words(finding, conversation).items():
            assert bool(text) == bool(finding.details[part])
            assert not text.strip() or text in conversation.utterances[finding.details[part]["turn"]].text


Labels = Sequence[frozenset[str]]


def check_ultimatum(finding: Finding, said: Labels, names: Sequence[str]) -> None:
    details = finding.details
    assert all("ultimatum" in said[n] for n in details["turns"])
    check_answers(finding, said, names)


def check_request(finding: Finding, said: Labels, names: Sequence[str]) -> None:
    assert finding.value >= 3
    assert len(finding.details["forms"]) == finding.details["times"]
    check_answers(finding, said, names)


def check_answers(finding: Finding, said: Labels, names: Sequence[str]) -> None:
    """What holds for whatever one speaker did several times, and others answered."""
    details = finding.details
    assert all(names[n].strip() == details["speaker"].strip() for n in details["turns"])
    assert finding.value == details["times"] == len(details["answers"]) <= len(details["turns"])
    for turn, answer, name in zip(details["answer_turns"], details["answers"], details["answered_by"], strict=True):
        assert (turn is None) == (name is None)
        assert answer == (answers.answer_of(said[turn]) if turn is not None else "open")
        assert turn is None or (names[turn] == name != details["speaker"] and name.strip())


def check_break(finding: Finding, said: Labels, names: Sequence[str]) -> None:
    details = finding.details
    last = details["decided"]
    assert all(LABEL in said[n] and names[n] == details["speaker"] for n in details["announced"])
    assert all(names[n] != details["speaker"] and said[n] & {"pressure", "criticism"} for n in details["chases"])
    assert last is None or (names[last] == details["speaker"] and last > details["announced"][-1])
    if details["kept"] in {"went on", "came back attacking"}:
        assert said[last] & (GOES_ON if details["kept"] == "went on" else ATTACKS)
    if details["kept"] == "kept":
        assert not said[last] & ATTACKS
        assert finding.value == details["minutes"] >= 3
    assert finding.value >= 0


def check_ratio(finding: Finding, said: Labels, names: Sequence[str]) -> None:
    counted = [n for n, name in enumerate(names) if name == finding.details["speaker"]]
    positive = [n for n in counted if said[n] & ratio.POSITIVE and not said[n] & ratio.NEGATIVE]
    negative = [n for n in counted if said[n] & ratio.NEGATIVE]
    inside, outside = finding.details["in"], finding.details["out"]
    assert list(finding.utterances) == sorted(positive + negative)
    assert inside["positive"] + outside["positive"] == len(positive)
    assert inside["negative"] == len(negative)
    assert inside["turns"] + outside["turns"] == len(counted)
    assert finding.value == pytest.approx(len(positive) / (len(positive) + len(negative)))

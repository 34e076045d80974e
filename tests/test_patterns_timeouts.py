"""Breaks announced: kept or not, chased, and what is said of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from acts import START, find
from relcomm.patterns import PATTERNS
from relcomm.patterns.grounds import SAFETY
from relcomm.patterns.timeouts import LABEL as Q
from relcomm.types import Conversation, Prediction, Utterance


@pytest.mark.parametrize(
    ("turns", "kept", "chased", "announced"),
    [
        pytest.param(
            [("A", Q, 0), ("B", "", 1), ("A", "", 2), ("A", "", 30)], "kept", False, [0], id="thanks, then away"
        ),
        pytest.param(
            [("A", Q, 0), ("A", "stonewalling", 1), ("A", "", 30)], "kept", False, [0], id="leaving is leaving"
        ),
        pytest.param(
            [("A", Q, 0), ("A", "", 2), ("A", "criticism", 4)], "went on", False, [0], id="thanks, then blame"
        ),
        pytest.param([("A", Q, 0), ("A", "", 2), ("A", "", 4), ("A", "", 90)], "talked on", False, [0], id="no pause"),
        pytest.param([("A", Q, 0), ("B", "", 1), ("A", "contempt", 3)], "came back attacking", False, [0], id="scorn"),
        pytest.param(
            [("A", Q, 0), ("A", "pressure", 30)], "kept", False, [0], id="pressing later is back all the same"
        ),
        pytest.param([("A", Q, 0), ("A", "ultimatum", 1)], "went on", False, [0], id="an ultimatum at once"),
        pytest.param([("A", Q, 0), ("A", "", 1441)], "not back", False, [0], id="a day and a minute"),
        pytest.param([("A", Q, 0), ("A", "", 1440)], "kept", False, [0], id="a day"),
        pytest.param(
            [("A", Q, 0), ("B", "pressure", 1), ("A", Q, 2), ("B", "", 3), ("A", "", 30)],
            "kept",
            True,
            [0, 2],
            id="twice",
        ),
        pytest.param(
            [("A", Q, 0), ("B", "pressure", 1500), ("A", "", 1600)], "not back", False, [0], id="chased too late"
        ),
        pytest.param([("A", Q, 0), ("B", "criticism", 1), ("B", "threat", 2)], "not back", True, [0], id="record ends"),
        pytest.param(
            [("A", Q, None), ("B", "", None), ("A", "threat", None)], "went on", False, [0], id="no times, one turn"
        ),
        pytest.param(
            [("A", Q, None), ("B", "", None), ("B", "", None), ("A", "threat", None)], "unknown", False, [0], id="two"
        ),
        pytest.param(
            [("A", Q, None), ("A", "", None), ("A", "contempt", None)], "went on", False, [0], id="the same breath"
        ),
        pytest.param(
            [("A", Q, None), ("B", "pressure", None), ("A", Q, None)], "unknown", True, [0, 2], id="no times, twice"
        ),
        pytest.param(
            [("A", Q, 0), ("A", "", None), ("A", "", 30)], "kept", False, [0], id="a turn without a time between"
        ),
        pytest.param([("A", Q, 60), ("A", "", 0)], "not back", False, [0], id="the clock went back"),
        pytest.param([("A", "self_soothing?", 0), ("A", "", 30)], None, False, [], id="a near miss announces nothing"),
        pytest.param([("", Q, 0), ("A", "", 30)], None, False, [], id="nobody announces nothing"),
    ],
)
def test_breaks(turns: list[tuple[str, str, int | None]], kept: str | None, chased: bool, announced: list[int]) -> None:
    found = find("timeouts", *((who, labels, "Hm.", minutes) for who, labels, minutes in turns))
    assert [(f.details["kept"], f.details["chased"], f.details["announced"]) for f in found] == (
        [(kept, chased, announced)] if kept else []
    )


def test_two_breaks_are_two() -> None:
    found = find("timeouts", ("A", Q, "", 0), ("B", "", "", 1), ("A", Q, "", 20), ("A", "repair", "", 60))
    assert [(f.details["turn"], f.details["kept"], f.value) for f in found] == [(0, "kept", 20.0), (2, "kept", 40.0)]


@pytest.mark.parametrize(
    ("turns", "sure", "says"),
    [
        ([("A", Q, 0), ("B", "", 30)], "slight", "not seen to return. The record ends less than a day later."),
        ([("A", Q, 0), ("B", "", 1440)], "clear", "did not come back within a day."),
        ([("A", Q, None), ("B", "", None)], "slight", "nobody can tell whether it was kept."),
        ([("A", Q, 0), ("A", "contempt?", 30)], "slight", "came back after 30 minutes."),
        (
            [("A", Q, 0), ("B", "criticism", 2), ("A", "", 240)],
            "clear",
            "about 4 hours. B pressed or blamed meanwhile (1 turn).",
        ),
        ([("A", Q, 0), ("A", "threat", 30)], "clear", SAFETY),
        ([("A", Q, 0), *[("B", "pressure", 1)] * 30, ("A", "", 9)], "clear", "(20 or more turns)."),
    ],
)
def test_what_is_said_of_a_break(turns: list[tuple[str, str, int | None]], sure: str, says: str) -> None:
    (found,) = find("timeouts", *((who, labels, "Hm.", minutes) for who, labels, minutes in turns))
    assert found.sure == sure
    assert found.summary.endswith(says)


def test_clocks_that_cannot_be_compared_tell_nothing() -> None:
    said = (Utterance("a", "A", START), Utterance("b", "A", datetime(2024, 5, 4, 9, tzinfo=UTC)))
    (found,) = PATTERNS["timeouts"](Conversation(said), (Prediction((Q,), {}), Prediction((), {})))
    assert found.details["kept"] == "not back"
    assert not found.details["seen_out"]

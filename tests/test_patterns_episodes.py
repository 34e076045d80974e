"""Episodes: where silence parts one talk from the next, how the gap is chosen, and that no pattern reaches across."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.patterns import PATTERNS
from relcomm.patterns.episodes import GAP, episodes, gap
from relcomm.patterns.sequential import follow, stretches
from relcomm.types import Conversation, Prediction, Utterance

START = datetime(2024, 5, 4, 8, 0)  # noqa: DTZ001
HOUR = 60.0


def at(minutes: Sequence[float | None], speakers: str = "AB") -> Conversation:
    """A talk with a turn at each of these minutes, or at an unknown time."""
    return Conversation(
        tuple(
            Utterance("Well.", speakers[n % len(speakers)], None if m is None else START + timedelta(minutes=m))
            for n, m in enumerate(minutes)
        )
    )


def chat(sessions: int, *, length: int, silence: float, seed: int = 3) -> Conversation:
    """Sessions of messages some minutes apart, with silences of about so many hours between them."""
    dice = random.Random(seed)
    pauses = [
        dice.lognormvariate(0, 0.3) * silence * HOUR if n % length == 0 else dice.lognormvariate(0.7, 1)
        for n in range(1, sessions * length)
    ]
    return at([0, *accumulate(pauses)])


@pytest.mark.parametrize(
    ("minutes", "sizes"),
    [
        pytest.param([], [], id="an empty talk has none"),
        pytest.param([None] * 4, [4], id="without times one"),
        pytest.param([0, 5, 184, 190], [4], id="just under three hours"),
        pytest.param([0, 5, 185, 190], [2, 2], id="three hours"),
        pytest.param([0, 5, None, 900, 905], [5], id="a missing time never splits"),
        pytest.param([0, 5, 900, None, 905], [2, 3], id="but those known do"),
        pytest.param([900, 905, 0, 5], [4], id="going backwards never splits"),
        pytest.param([900, 905, 0, 907, 910], [5], id="nor does coming back from it"),
        pytest.param([0, 2000, 2001, 9000], [1, 2, 1], id="days apart"),
    ],
)
def test_three_hours_split_where_there_are_few_pauses(minutes: list[float | None], sizes: list[int]) -> None:
    assert [len(episode) for episode in episodes(at(minutes))] == sizes
    assert gap(at(minutes)) == GAP


@pytest.mark.parametrize(("silence", "low", "high"), [(2, 0.5, 1.6), (9, 0.5, 6), (30, 0.5, 11.4)])
def test_the_gap_lies_in_the_valley_of_the_talk_s_own_pauses(silence: float, low: float, high: float) -> None:
    talk = chat(40, length=20, silence=silence)
    assert timedelta(hours=low) <= gap(talk) <= timedelta(hours=high)
    assert gap(talk) != GAP
    assert 38 <= len(episodes(talk)) <= 42


def test_without_a_valley_the_gap_is_three_hours() -> None:
    dice = random.Random(5)
    pauses = [dice.paretovariate(0.6) for _ in range(600)]  # ever fewer, the longer they are
    assert gap(at([0, *accumulate(pauses)])) == GAP


def test_too_few_pauses_choose_no_gap() -> None:
    talk = chat(40, length=5, silence=2)
    assert gap(talk) < GAP
    assert gap(Conversation(talk.utterances[:30])) == GAP


def test_times_for_fewer_than_half_of_the_turns_choose_no_gap() -> None:
    talk = chat(40, length=5, silence=2).utterances
    untimed = tuple(Utterance("Well.", "A") for _ in talk)
    assert gap(Conversation((*talk, *untimed[1:]))) < GAP
    assert gap(Conversation((*talk, *untimed))) == GAP


def test_letters_are_not_an_episode_each() -> None:
    days = [0, *accumulate([20 * HOUR, 30 * HOUR, 8 * HOUR, 26 * HOUR, 12 * HOUR] * 2)]
    assert len(episodes(at(days))) == 1
    assert len(episodes(at([*days, days[-1] + 200 * HOUR]))) == 2
    assert len(episodes(at(days[:6]))) == 6


def test_times_with_and_without_a_zone_are_not_compared() -> None:
    times = [START, datetime(2024, 5, 9, tzinfo=UTC), START + timedelta(days=9)]
    assert episodes(Conversation(tuple(Utterance("Well.", "A", time) for time in times))) == [range(3)]


minutes = st.lists(st.none() | st.floats(0, 10_000) | st.integers(0, 300).map(float), max_size=60)


@settings(max_examples=100, deadline=None)
@given(minutes)
def test_episodes_hold_every_turn_once_and_split_only_where_it_was_silent(given_minutes: list[float | None]) -> None:
    talk = at(given_minutes)
    found = episodes(talk)
    assert [n for episode in found for n in episode] == list(range(len(talk)))
    assert all(found)
    for episode in found[1:]:
        before, here = (talk.utterances[n].time for n in (episode.start - 1, episode.start))
        assert before is not None
        assert here is not None
        assert here - before >= gap(talk) >= timedelta(minutes=30)


def test_no_stretch_and_no_transition_crosses_a_silence() -> None:
    conversation = at([0, 1, 2, 600, 601, 1300, 1301], "ABBBAAB")
    talk = stretches(conversation)
    assert [(stretch.speaker, len(stretch.turns), stretch.opens) for stretch in talk] == [
        ("A", 1, True),
        ("B", 2, False),
        ("B", 1, True),
        ("A", 1, False),
        ("A", 1, True),
        ("B", 1, False),
    ]
    nothing: list[tuple[int, ...]] = [()] * len(talk)
    assert {pair: f.table.total for pair, f in follow(talk, nothing, nothing).items()} == {("A", "B"): 2, ("B", "A"): 1}


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("pursuer_distancer", "pressure", "stonewalling"),
        ("criticise_defend", "criticism", "defensiveness"),
        ("contempt_contempt", "contempt", "contempt"),
    ],
)
def test_what_opens_the_next_day_answers_nothing_of_the_day_before(name: str, first: str, second: str) -> None:
    labels = [first, second, "", "", "", ""] * 8
    predictions = [Prediction((label,) if label else (), {}) for label in labels]
    close = at([12 * n for n in range(len(labels))])
    apart = at([24 * HOUR * ((n + 5) // 6) + n for n in range(len(labels))])
    assert [f.sure for f in PATTERNS[name](close, predictions)] == ["clear"]
    assert PATTERNS[name](apart, predictions) == []


def test_severity_rises_within_an_episode_only() -> None:
    predictions = [Prediction((label,), {}) for label in ("pressure", "defensiveness", "contempt", "contempt")]
    assert len(PATTERNS["escalation"](at([0, 1, 2, 3]), predictions)) == 1
    assert PATTERNS["escalation"](at([0, 1, 600, 601]), predictions) == []


@pytest.mark.parametrize("name", PATTERNS)
def test_a_late_reply_alone_is_nothing(name: str) -> None:
    labels = [("pressure",), (), (), ()] * 8
    talk = at([24 * HOUR * ((n + 3) // 4) + n for n in range(len(labels))])
    assert not [f for f in PATTERNS[name](talk, [Prediction(each, {}) for each in labels]) if "withdr" in f.summary]

"""One's own side: rates, what followed what, and changes over weeks only where they are supported."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import acts
from relcomm.analyzer import rate as public_rate
from relcomm.errors import InputError
from relcomm.patterns import PATTERNS
from relcomm.patterns.change_point import best_split
from relcomm.patterns.grounds import SAFETY, SEVERITY
from relcomm.patterns.my_side import FEWEST, After, MySide, my_side
from relcomm.shares import rate
from relcomm.types import Conversation, Prediction, Utterance

START = datetime(2024, 1, 1, 8, 0)  # noqa: DTZ001
Talk = tuple[Conversation, tuple[Prediction, ...]]
Share = Callable[[int, int], float]


def talk_of(*turns: tuple[str, str, datetime | None]) -> Talk:
    said = tuple(Utterance("Secret words.", speaker, time) for speaker, _, time in turns)
    return Conversation(said), tuple(Prediction(tuple(labels.split()), {}) for _, labels, _ in turns)


def exchanges(*pairs: tuple[str, str]) -> Talk:
    return talk_of(*(turn for ben, ann in pairs for turn in (("Ben", ben, None), ("Ann", ann, None))))


def weeks_of(share: Share, dice: random.Random, *, weeks: int = 10, days: int = 3, turns: int = 5) -> Talk:
    """Ann's turns on some days of each week, blaming with the given share of the week and the day."""
    out = []
    for week in range(weeks):
        for day in sorted(dice.sample(range(7), days)):
            chance = share(week, day)
            for n in range(dice.randint(1, 2 * turns - 1)):
                label = "criticism" if dice.random() < chance else ""
                out.append(("Ann", label, START + timedelta(weeks=week, days=day, minutes=n)))
    return talk_of(*out)


def scenes() -> list[Any]:
    file = Path(__file__).parent / "patterns" / "my_side.json"
    return [pytest.param(scene, id=scene["scene"]) for scene in json.loads(file.read_text(encoding="utf-8"))]


def played(scene: dict[str, Any]) -> Talk:
    """The scene's turns; or its weeks, each with some days, each day with a letter a turn that ``words`` explains."""
    if "turns" in scene:
        return acts.talk_of(scene["turns"])
    turns = []
    for week, days in enumerate(scene["weeks"]):
        for day, letters in enumerate(days):
            for n, letter in enumerate(letters):
                labels, texts = scene["words"][letter]
                time = START + timedelta(weeks=week, days=3 * day, minutes=n)
                turns.append((Utterance(texts[(week + n) % len(texts)], scene["me"], time), labels))
    return Conversation(tuple(said for said, _ in turns)), tuple(Prediction((x,) if x else (), {}) for _, x in turns)


@pytest.mark.parametrize("scene", scenes())
def test_scene(scene: dict[str, Any]) -> None:
    side = my_side(*played(scene), scene["me"])
    expected = scene["expect"]
    assert {label: found.count for label, found in side.rates.items() if found.count} == expected["did"]
    shown = [
        [r.other, r.mine, [r.there.count, r.there.turns], [r.otherwise.count, r.otherwise.turns]] for r in apart(side)
    ]
    assert shown == expected["apart"]
    assert [[c.label, "up" if c.since.value > c.before.value else "down"] for c in side.changes] == expected["changes"]
    assert (side.threats_left_out, SAFETY in side.summary) == (expected["threats"],) * 2
    assert len(side.answers) == len(expected["apart"])
    assert not acts.VERDICTS.search(" ".join(side.summary))


def apart(side: MySide) -> list[After]:
    return [row for row in side.after if row.apart]


def test_enough_scenes_of_each_kind() -> None:
    kinds = [scene.values[0]["scene"].split(":")[0] for scene in scenes()]
    assert len(kinds) >= 12
    assert min(kinds.count(kind) for kind in ("there", "nearly", "not")) >= 4


@pytest.mark.parametrize("scene", [s for s in scenes() if s.values[0]["expect"]["apart"] and "turns" in s.values[0]])
def test_a_scene_hangs_on_its_order(scene: dict[str, Any]) -> None:
    """The same turns, each answer's labels moved on to the answer after it: what was apart is no more, or the other way."""
    conversation, predictions = played(scene)
    mine = [n for n, said in enumerate(conversation.utterances) if said.speaker == scene["me"]]
    moved = list(predictions)
    for at, before in zip(mine, [mine[-1], *mine[:-1]], strict=True):
        moved[at] = predictions[before]
    side = my_side(conversation, moved, scene["me"])
    assert not any(row.there.value > row.otherwise.value for row in apart(side))


def test_rates_are_the_labels_of_the_speakers_turns() -> None:
    side = my_side(*exchanges(("pressure", "repair"), ("", "repair boundary"), ("", "")), "Ann")
    assert side.rates == {"pressure": rate(0, 3), "repair": rate(2, 3), "boundary": rate(1, 3)}
    assert side.summary[0] == "Labels on Ann's 3 turns: repair 2 and boundary 1."
    assert public_rate is rate
    assert "my_side" not in PATTERNS


def test_what_followed_what() -> None:
    pairs = [("pressure", "stonewalling")] * 6 + [("pressure", "")] * 1 + [("", "")] * 9 + [("repair", "")] * 4
    side = my_side(*exchanges(*pairs), "Ann")
    (row,) = side.after
    assert (row.other, row.mine, row.there, row.otherwise) == ("pressure", "stonewalling", rate(6, 7), rate(0, 13))
    assert side.summary[1] == (
        "After the other's words had pressure, Ann's answer had stonewalling in 6 of 7; otherwise in 0 of 13."
    )


def test_an_answer_is_a_stretch_in_the_same_episode() -> None:
    clock = [START + timedelta(hours=24 * n) for n in range(6)]
    turns = [
        turn
        for time in clock
        for turn in (
            ("Ben", "pressure", time),
            ("Ben", "", time),
            ("Ann", "", time + timedelta(minutes=1)),
            ("Ann", "repair", time + timedelta(minutes=2)),
            ("Ben", "pressure", time + timedelta(minutes=3)),
            ("Ann", "", time + timedelta(hours=12)),
        )
    ]
    (row,) = my_side(*talk_of(*turns), "Ann").after
    assert row.there == rate(6, 6)


def test_what_follows_a_threat_is_left_out() -> None:
    side = my_side(*exchanges(*[("threat pressure", "stonewalling")] * 6, *[("", "")] * 6), "Ann")
    assert (side.after, side.threats_left_out) == ((), True)
    assert SAFETY in side.summary
    assert SAFETY not in my_side(*exchanges(*[("pressure", "stonewalling")] * 6), "Ann").summary
    assert SAFETY in my_side(*exchanges(("", "threat")), "Ann").summary


def test_weeks_are_iso_weeks_in_order() -> None:
    sunday, monday = datetime(2024, 12, 29, 23, 0), datetime(2024, 12, 30, 1, 0)  # noqa: DTZ001
    side = my_side(
        *talk_of(("Ann", "repair", monday), ("Ann", "", sunday), ("Ann", "", None), ("Ben", "", sunday)), "Ann"
    )
    assert [(week.monday, week.turns, week.rates["repair"]) for week in side.weeks] == [
        (date(2024, 12, 23), 1, rate(0, 1)),
        (date(2024, 12, 30), 1, rate(1, 1)),
    ]
    assert side.undated == 1


def test_a_change_is_found_where_it_is() -> None:
    found = [
        my_side(*weeks_of(lambda week, _: (0.5, 0.05)[week >= 6], random.Random(n), weeks=12), "Ann") for n in range(20)
    ]
    hits = [side.changes[0] for side in found if side.changes]
    assert all(c.since.turns + c.before.turns == side.turns for side in found for c in side.changes)
    assert len(hits) >= 18
    assert sum(hit.monday == date(2024, 2, 12) for hit in hits) >= 12
    for hit in hits:
        assert hit.since.value < hit.before.value
        assert 0 < hit.p < 0.01
    side = next(side for side in found if side.changes)
    assert re.match("From the week of [0-9]+ February 2024 on, criticism came in ", side.summary[1])


@pytest.mark.parametrize(
    ("weeks", "turns", "says"),
    [(5, 20, "in 5."), (12, 1, "Changes are looked for from 60 dated turns in 6 weeks on; here are 36 in 12.")],
)
def test_too_little_to_look_for_changes(weeks: int, turns: int, says: str) -> None:
    side = my_side(*weeks_of(lambda week, _: float(week > 2), random.Random(1), weeks=weeks, turns=turns), "Ann")
    assert (side.tried, side.changes) == ((), ())
    assert side.summary[1].endswith(says)


def test_a_few_days_never_support_a_change_however_large() -> None:
    side = my_side(*weeks_of(lambda week, _: float(week > 2), random.Random(1), weeks=6, days=1, turns=30), "Ann")
    assert (side.tried, side.changes) == (("criticism",), ())


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    st.integers(0, 10**6),
    st.floats(0.1, 0.9),
    st.sampled_from([(0.0, 0.0), (0.4, 0.0), (0.0, 0.3)]),
    st.sampled_from([(6, 5, 3), (10, 3, 4), (20, 2, 4)]),
)
def test_without_a_change_hardly_any_is_found(
    seed: int, share: float, moods: tuple[float, float], size: tuple[int, int, int]
) -> None:
    """Steady shares, and days or weeks with moods of their own: at most 5 % of talks may show a change."""
    dice = random.Random(seed)
    by_day, by_week = moods
    weeks, days, turns = size

    def talk() -> Talk:
        week_moods = [dice.uniform(-by_week, by_week) for _ in range(weeks)]
        return weeks_of(
            lambda week, _: min(1.0, max(0.0, share + week_moods[week] + dice.uniform(-by_day, by_day))),
            dice,
            weeks=weeks,
            days=days,
            turns=turns,
        )

    assert sum(bool(my_side(*talk(), "Ann").changes) for _ in range(40)) <= 2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9), st.integers(0, 9)), max_size=20))
def test_the_best_split_is_the_best(steps: list[tuple[int, int, int]]) -> None:
    weeks = [0]
    for step, _, _ in steps[1:]:
        weeks.append(weeks[-1] + min(step, 1))
    days = [(week, turns, min(turns, marked)) for week, (_, turns, marked) in zip(weeks, steps, strict=False)]
    split, p = best_split(days)
    assert (split, p) == best_split(days)
    if not days or days[-1][0] < 3:
        assert (split, p) == (0, 1.0)
        return
    assert 2 <= split <= days[-1][0] - 1
    assert 0 < p <= 1
    assert best_split([(week, turns, turns - marked) for week, turns, marked in days])[1] == pytest.approx(p, abs=0.02)


@pytest.mark.parametrize("name", ["Zebedee", "", " "])
def test_nobody_of_that_name(name: str) -> None:
    with pytest.raises(InputError, match=r"Conversation\.speakers") as error:
        my_side(*exchanges(("", "")), name)
    assert "Zebedee" not in str(error.value)


def test_weeks_without_a_label_tell_nothing_about_a_change() -> None:
    side = my_side(*weeks_of(lambda _week, _day: 0.0, random.Random(1)), "Ann")
    assert side.over_time == ("No label came often enough to tell a change over the weeks.",)


def test_a_name_is_a_text() -> None:
    with pytest.raises(InputError, match=r"^me must be the name of a speaker, got int$"):
        my_side(*exchanges(("", "")), 7)  # type: ignore[arg-type]


def test_one_prediction_a_turn() -> None:
    conversation, predictions = exchanges(("", ""))
    with pytest.raises(InputError, match="one prediction a turn"):
        my_side(conversation, predictions[:-1], "Ann")


turns = st.lists(
    st.tuples(
        st.sampled_from(["Ann", "Ben", "Cara", ""]),
        st.lists(st.sampled_from([*SEVERITY, "repair"]), max_size=3, unique=True).map(" ".join),
        st.none() | st.integers(0, 100_000).map(lambda minutes: START + timedelta(minutes=minutes)),
    ),
    max_size=80,
)


@settings(max_examples=60, deadline=None)
@given(turns)
def test_any_talk(spoken: list[tuple[str, str, datetime | None]]) -> None:
    conversation, predictions = talk_of(*spoken)
    for name in conversation.speakers:
        side = my_side(conversation, predictions, name)
        assert side == my_side(conversation, list(predictions), name)
        plain = side.to_dict()
        assert json.loads(json.dumps(plain, allow_nan=False)) == plain
        own = [(labels.split(), time) for speaker, labels, time in spoken if speaker == name]
        check(side, own)


def check(side: MySide, own: list[tuple[list[str], datetime | None]]) -> None:
    """What must hold for any side."""
    assert side.turns == len(own)
    for label, found in side.rates.items():
        assert found == rate(sum(label in labels for labels, _ in own), len(own))
        dated = sum(label in labels for labels, time in own if time)
        assert sum(week.rates[label].count for week in side.weeks) == dated
    assert sum(week.turns for week in side.weeks) + side.undated == side.turns
    assert [week.monday for week in side.weeks] == sorted({week.monday for week in side.weeks})
    assert all(row.there.turns >= FEWEST and row.other != "threat" for row in side.after)
    assert not any(word in sentence for sentence in side.summary for word in ("because", "fault", "Secret"))
    assert "Ann" not in repr(side)

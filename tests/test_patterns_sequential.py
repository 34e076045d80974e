"""The statistics under the patterns: stretches, acts, tables of what follows what, and chance."""

from __future__ import annotations

from itertools import combinations
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.patterns import PATTERNS, contingency
from relcomm.patterns.contingency import Table, p_value
from relcomm.patterns.criticise_defend import criticises, defends
from relcomm.patterns.pursuer_distancer import presses, withdraws
from relcomm.patterns.sequential import NEIGHBOURS, Act, Following, Found, follow, grade, marks, stretches
from relcomm.types import Conversation, Prediction, Utterance

BACK = ("self_soothing", "repair", "accountability", "gentle_startup", "boundary")


def talk_of(*speakers: str) -> Conversation:
    return Conversation(tuple(Utterance("Well.", speaker) for speaker in speakers))


@pytest.mark.parametrize(
    ("speakers", "cut"),
    [
        ("", []),
        ("A", [1]),
        ("AABA", [2, 1, 1]),
        ("ABBB", [1, 3]),
        ("AB  B", [1, 1, 1, 1, 1]),
        ("A A", [1, 1, 1]),
    ],
)
def test_stretches(speakers: str, cut: list[int]) -> None:
    assert [len(stretch.turns) for stretch in stretches(talk_of(*speakers))] == cut


def test_only_neighbours_follow_and_what_is_left_out_does_not_count() -> None:
    talk = stretches(talk_of(*"ABCABA"))
    nothing: list[tuple[int, ...]] = [()] * len(talk)
    counts = {pair: f.table.total for pair, f in follow(talk, nothing, nothing).items()}
    assert counts == {("A", "B"): 2, ("B", "C"): 1, ("C", "A"): 1, ("B", "A"): 1}
    counts = {pair: f.table.total for pair, f in follow(talk, nothing, nothing, left_out={0, 3}).items()}
    assert counts == {("B", "C"): 1, ("B", "A"): 1}


def test_more_directions_tried_ask_for_more() -> None:
    four = Table(4, 0, 0, 4)
    following = Following("Ann", "Ben", four, (four,), ())
    assert [grade(following, tests) for tests in (1, 2, 20)] == ["some", "slight", ""]


@pytest.mark.parametrize(
    ("table", "sure"),
    [
        (Table(8, 0, 0, 2), "slight"),
        (Table(60, 0, 0, 2), "slight"),
        (Table(60, 0, 0, 3), "clear"),
        (Table(60, 0, 0, 0), "slight"),
        (Table(4, 5, 0, 2), ""),
        (Table(2, 0, 0, 2), ""),
    ],
)
def test_too_little_to_compare_with_is_never_more_than_slight(table: Table, sure: str) -> None:
    following = Following("Ann", "Ben", table, (table,), ())
    assert grade(following, 1) == sure


@pytest.mark.parametrize(
    ("act", "messages", "standing"),
    [
        (presses, ["pressure", "", "criticism"], (0, 2)),
        (presses, ["ultimatum", "accountability"], (0,)),
        (presses, ["pressure", "stonewalling"], ()),
        (presses, ["pressure stonewalling"], ()),
        (presses, ["stonewalling", "pressure"], (1,)),
        (presses, ["contempt", "threat"], ()),
        (withdraws, ["stonewalling", "", "stonewalling"], (0, 2)),
        (withdraws, ["stonewalling", "criticism"], ()),
        (withdraws, ["criticism stonewalling"], (0,)),
        (withdraws, ["repair", "stonewalling"], (1,)),
        *((withdraws, ["stonewalling", back], ()) for back in BACK),
        *((withdraws, [f"stonewalling {back}"], ()) for back in BACK),
        (criticises, ["criticism", "contempt", "accountability"], (0, 1)),
        (defends, ["defensiveness", "repair"], ()),
        (defends, ["defensiveness", "accountability"], ()),
        (defends, ["defensiveness accountability"], (0,)),
        (defends, ["accountability", "defensiveness"], (1,)),
    ],
)
def test_what_stands_at_the_end_of_a_stretch(act: Act, messages: list[str], standing: tuple[int, ...]) -> None:
    conversation = talk_of(*["Ann"] * len(messages))
    said = [frozenset(labels.split()) for labels in messages]
    assert marks(stretches(conversation), said, act) == [standing]


def test_a_loop_needs_three_times_there_and_back() -> None:
    def way(table: Table) -> Following:
        return Following("Ann", "Ben", table, (table,), ())

    there = way(Table(6, 0, 0, 6))
    backs = [Table(3, 0, 0, 9), Table(2, 0, 0, 10), Table(3, 3, 3, 3)]
    assert [Found(there, way(back), "clear", 1).loop for back in backs] == [True, False, False]
    assert Found(there, None, "clear", 1).loop is False


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [("pursuer_distancer", "pressure", "stonewalling"), ("criticise_defend", "criticism", "defensiveness")],
)
def test_a_quarrel_amid_calm_is_no_answer(name: str, first: str, second: str) -> None:
    calm, quarrel = ["", ""] * 32, [first, "", first, second, "", second] * 3
    labels = [*calm, *quarrel, *calm]
    conversation = talk_of(*["Ann", "Ben"] * (len(labels) // 2))
    assert PATTERNS[name](conversation, [Prediction((label,) if label else (), {}) for label in labels]) == []
    talk = stretches(conversation)
    acts = [[(n,) if label == act else () for n, label in enumerate(labels)] for act in (first, second)]
    assert p_value([follow(talk, *acts)["Ann", "Ben"].table]) <= 0.025


cells = st.integers(0, 4)
tables = st.builds(Table, cells, cells, cells, cells)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_p_is_the_share_of_all_shuffles(table: Table) -> None:
    lead = [True] * table.first + [False] * table.others
    hits = [sum(lead[n] for n in places) for places in combinations(range(table.total), table.second)]
    assert p_value([table]) == pytest.approx(sum(hit >= table.both for hit in hits) / len(hits))


@settings(max_examples=60, deadline=None)
@given(tables, tables)
def test_p_of_neighbourhoods_is_the_share_of_all_shuffles_within_them(one: Table, two: Table) -> None:
    def ways(table: Table) -> dict[int, int]:
        return {n: comb(table.first, n) * comb(table.others, table.second - n) for n in range(table.second + 1)}

    both = [(a + b, m * n) for a, m in ways(one).items() for b, n in ways(two).items()]
    wanted = sum(n for hit, n in both if hit >= one.both + two.both) / sum(n for _, n in both)
    assert p_value([one, two]) == pytest.approx(wanted)
    assert p_value([one, two]) == p_value([two, one])


@settings(max_examples=60, deadline=None)
@given(tables)
def test_z_and_q_agree_with_their_definitions(table: Table) -> None:
    expected = table.first * table.second / table.total if table.total else 0
    if table.z is None:
        assert 0 in (table.first, table.others, table.second, table.total - table.second)
    else:
        spread = expected * (1 - table.first / table.total) * (1 - table.second / table.total)
        assert table.z == pytest.approx((table.both - expected) / spread**0.5)
        assert table.yule_q is None or -1 <= table.yule_q <= 1
        assert table.yule_q is None or table.yule_q * table.z >= -1e-12


def test_the_normal_curve_takes_over_smoothly(monkeypatch: pytest.MonkeyPatch) -> None:
    near = [Table(2, 2, 1, 3), Table(1, 3, 2, 2)] * 30
    exact = p_value(near)
    monkeypatch.setattr(contingency, "EXACT", 0)
    assert p_value(near) == pytest.approx(exact, rel=0.02)


def test_neighbourhoods_hold_every_transition_once() -> None:
    for count in range(1, 60):
        conversation = talk_of(*["Ann", "Ben"] * count)
        talk = stretches(conversation)
        steps = follow(talk, [()] * len(talk), [()] * len(talk))["Ann", "Ben"]
        assert sum(table.total for table in steps.near) == steps.table.total == count
        assert len(steps.near) == 1 or min(table.total for table in steps.near) >= NEIGHBOURS / 2

"""Sequences: O'Connor's printed example, other packages, every order counted out, and what is refused."""

from __future__ import annotations

import json
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.errors import InputError
from relcomm.research.sequences import Transitions, homogeneity, stationarity, transitions
from relcomm.research.shuffling import shuffled_p

FOLDER = Path(__file__).parent / "research"
OCONNOR = json.loads((FOLDER / "oconnor.json").read_text(encoding="utf-8"))
ACTS = [str(code) for code in OCONNOR["codes"]]
CODES = "123456"
# How many digits O'Connor (1999) prints: a figure must round to what stands there.
PRINTED = {"counts": 0, "expected": 3, "probabilities": 4, "residuals": 3, "p": 4, "yule_q": 3, "kappas": 4, "z": 3}
PEERS = json.loads((FOLDER / "peers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "digits"), PRINTED.items())
def test_oconnors_example(name: str, digits: int) -> None:
    found = getattr(transitions([ACTS], codes=CODES), name)
    assert found == pytest.approx(np.array(OCONNOR[name]), abs=0.5 * 10**-digits + 1e-9)


def test_oconnors_test_of_the_whole_table() -> None:
    test = transitions([ACTS], codes=CODES).test
    assert (round(test.statistic, 4), test.df) == (OCONNOR["test"]["statistic"], OCONNOR["test"]["df"])
    assert test.p < 1e-20


def test_oconnors_p_values_by_shuffling() -> None:
    # His are the shares of 10,000 random orders, ours are counted out: a thousandth and four standard errors apart.
    p, his = shuffled_p([ACTS], codes=CODES), np.array(OCONNOR["shuffled"]["mean"])
    assert (np.abs(p - his) <= 0.001 + 4 * np.sqrt(his * (1 - his) / 10_000)).all()


def table(rows: list[list[int]], *, repeats: bool = True) -> Transitions:
    counts = np.array(rows, dtype=float)
    allowed = np.ones_like(counts, dtype=bool) if repeats else ~np.eye(len(counts), dtype=bool)
    return Transitions(tuple(map(str, range(len(counts)))), counts, counts.sum(axis=1), allowed)


def cases(*kinds: str) -> list[dict[str, Any]]:
    return [case for case in PEERS if case["kind"] in kinds]


@pytest.mark.parametrize("case", cases("tables", "holes"), ids=lambda case: case["name"])
def test_tables_as_statsmodels_and_scipy_have_them(case: dict[str, Any]) -> None:
    found = table(case["data"], repeats=case["kind"] == "tables")
    for statistic, theirs in case["figures"].items():
        name = statistic.removesuffix(" (no repeats)").split(" ")[1]
        if name == "test":
            mine: Any = [found.test.statistic, found.test.p] if isinstance(theirs, list) else found.test.statistic
            assert mine == pytest.approx(theirs, abs=1e-6)
        else:
            expected = np.array(theirs, dtype=float)
            assert getattr(found, name) == pytest.approx(expected, abs=1e-6, nan_ok=True), statistic


@pytest.mark.parametrize("case", cases("groups"), ids=lambda case: case["name"])
def test_homogeneity_as_scipy_has_it(case: dict[str, Any]) -> None:
    found = homogeneity([table(rows) for rows in case["data"]])
    groups, k = len(case["data"]), len(case["data"][0])
    assert found.statistic == pytest.approx(case["figures"]["scipy homogeneity"], abs=1e-6)
    assert found.df == k * (k - 1) * (groups - 1)


def test_stationarity_compares_pieces_with_the_whole() -> None:
    sequence = list("abab" * 4 + "aabb" * 4)
    whole = transitions([sequence], codes="ab")
    by_hand = 0.0
    for piece in (sequence[:16], sequence[16:]):
        counts = transitions([piece], codes="ab").counts
        for (i, j), n in np.ndenumerate(counts):
            by_hand += 2 * n * np.log(n / counts[i].sum() / whole.probabilities[i, j]) if n else 0.0
    found = stationarity(sequence, 2, codes="ab")
    assert (found.statistic, found.df) == (pytest.approx(by_hand), 2)
    assert 0 < found.p < 0.05


def test_lag_speakers_and_ends() -> None:
    talk = [list("aabbc")]
    assert transitions(talk, lag=2).counts.tolist() == [[0, 2, 0], [0, 0, 1], [0, 0, 0]]
    assert transitions(talk, speakers=[["x", "x", "y", "x", "x"]]).counts.tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 0]]
    # Nothing leads from the end of one to the start of the next.
    assert transitions([["a", "b"], ["a"]]).total == 1
    assert np.isnan(transitions(talk).probabilities[2]).all()


def test_codes_that_never_come_leave_no_number_and_no_warning() -> None:
    found = transitions([["a", "b", "a"]], codes=["a", "b", "never"])
    for name in ("probabilities", "residuals", "yule_q", "kappas", "z"):
        assert np.isnan(getattr(found, name)[2]).all(), name
    assert found.test.df == 1
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["residuals"][2] == [None] * 3
    alone = transitions([["a"]])
    assert (alone.total, alone.test.p) == (0, 1.0)


def by_enumeration(sequence: list[str], codes: str) -> Any:
    """The share of all orders in which each count is at least as far from the expected one."""
    found = transitions([sequence], codes=codes)
    orders = [transitions([list(order)], codes=codes).counts for order in set(permutations(sequence))]
    far = [np.abs(each - found.expected) >= np.abs(found.counts - found.expected) - 1e-9 for each in orders]
    return np.mean(far, axis=0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=7))
def test_shuffling_is_counted_out_rightly(sequence: list[str]) -> None:
    assert shuffled_p([sequence], codes="abc") == pytest.approx(by_enumeration(sequence, "abc"))


def test_several_sequences_are_shuffled_each_for_itself() -> None:
    # Each of the two has but one order, so nothing is unlikely, however the two differ.
    assert shuffled_p([list("aaaa"), list("bbbb")]).tolist() == [[1, 1], [1, 1]]


def test_shuffling_at_random_comes_near_what_is_counted_out() -> None:
    sequence = list("abcabcaabbcc" * 3)
    drawn = shuffled_p([sequence], speakers=[[str(n) for n in range(len(sequence))]], draws=4000)
    assert drawn == pytest.approx(shuffled_p([sequence]), abs=0.03)
    assert (drawn == shuffled_p([sequence], speakers=[[str(n) for n in range(len(sequence))]], draws=4000)).all()


def test_shuffling_without_repeats_comes_near_every_order() -> None:
    sequence = list("abacbcab")
    found = transitions([sequence], repeats=False)
    orders = {order for order in permutations(sequence) if all(a != b for a, b in pairwise(order))}
    counts = [transitions([list(order)], codes=found.codes).counts for order in orders]
    far = [np.abs(each - found.expected) >= np.abs(found.counts - found.expected) - 1e-9 for each in counts]
    drawn = shuffled_p([sequence], repeats=False, draws=4000)
    assert np.isnan(np.diag(drawn)).all()
    off = ~np.eye(3, dtype=bool)
    assert drawn[off] == pytest.approx(np.mean(far, axis=0)[off], abs=0.03)


REFUSED = {
    "no lag": (lambda: transitions([["a", "b"]], lag=0), "lag must be 1"),
    "a code that is not listed": (lambda: transitions([["quince"]], codes=["a"]), r"1 code\(s\)"),
    "a repeat": (lambda: transitions([["a", "a"]], repeats=False), "follow themselves"),
    "a lag without repeats": (lambda: transitions([["a", "b"]], repeats=False, lag=2), "lag of 1"),
    "too few speakers": (lambda: transitions([["a", "b"]], speakers=[["x"]]), "one name for each code"),
    "one group": (lambda: homogeneity([table([[1, 2], [3, 4]])]), "two groups"),
    "other codes": (lambda: homogeneity([table([[1]]), table([[1, 2], [3, 4]])]), "same codes"),
    "one piece": (lambda: stationarity(list("abab"), 1), "two pieces"),
    "pieces too short": (lambda: stationarity(list("ab"), 2), "two pieces"),
    "no draws": (lambda: shuffled_p([list("abab")], lag=2, draws=0), "one draw"),
}


@pytest.mark.parametrize(("act", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(act: Any, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as raised:
        act()
    assert "quince" not in str(raised.value)

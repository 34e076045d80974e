"""Agreement: what other packages say of the same data, what can be reckoned by hand, and what always holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.errors import InputError
from relcomm.research.agreement import Tally, agreement, numbered, specific, sums_of
from relcomm.research.icc import icc
from relcomm.research.resampling import figures, grouped

# Written by scripts/peers: random data, and what krippendorff, scikit-learn, statsmodels, pingouin and irrCAC say of it.
PEERS = json.loads((Path(__file__).parent / "research" / "peers.json").read_text(encoding="utf-8"))
RATINGS, AMOUNTS = ([case for case in PEERS if case["kind"] == kind] for kind in ("ratings", "amounts"))


def name_of(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", RATINGS, ids=name_of)
def test_as_other_packages_have_it(case: dict[str, Any]) -> None:
    found = agreement(case["data"])
    for statistic, theirs in case["figures"].items():
        package, name = statistic.split(" ")
        if name == "F1":
            codes, count = numbered(case["data"], [0, 1])
            mine = float(specific(Tally.unpack(sums_of(codes, count).sum(axis=0)), 1))
        elif package == "irrCAC" and name == "alpha" and found["alpha"] is None:
            # Units with two codes all say the same: krippendorff says there is no alpha, irrCAC that it is 1.
            assert (theirs, case["figures"]["krippendorff alpha"]) == (1.0, None)
            continue
        else:
            mine = found[name]
        assert mine == (None if theirs is None else pytest.approx(theirs, abs=1e-6)), statistic


def test_the_cases_are_of_many_kinds() -> None:
    assert len(RATINGS) > 40
    assert {len(case["data"][0]) for case in RATINGS} == {2, 3, 5}
    assert any(None in row for case in RATINGS for row in case["data"])
    named = {statistic.split(" ")[0] for case in PEERS for statistic in case["figures"]}
    assert named == {"krippendorff", "scikit-learn", "statsmodels", "pingouin", "irrCAC", "scipy"}


@pytest.mark.parametrize("case", AMOUNTS, ids=name_of)
def test_correlations_as_pingouin_has_them(case: dict[str, Any]) -> None:
    theirs = {name.removeprefix("pingouin "): value for name, value in case["figures"].items()}
    assert icc(case["data"]) == pytest.approx(theirs, abs=1e-6)


# Two coders' answers, and alpha for them.
ALPHA = {
    "Krippendorff's own": ("0100000010", "1110010000", 0.095),
    "all alike": ("0110", "0110", 1.0),
    "never alike": ("10", "01", -0.5),
    "one of four": ("1001", "1011", 1 - 0.25 / (15 / 28)),
    "never given": ("000", "000", None),
    "always given": ("11", "11", None),
}


@pytest.mark.parametrize(("first", "second", "expected"), ALPHA.values(), ids=ALPHA)
def test_alpha(first: str, second: str, expected: float | None) -> None:
    found = agreement(list(zip(first, second, strict=True)))["alpha"]
    assert found == (None if expected is None else pytest.approx(expected, abs=5e-4))


def test_no_variance_is_no_agreement_beyond_chance() -> None:
    same = [["no", "no"]] * 5
    assert agreement(same) == {"percent": 1.0, "kappa": None, "alpha": None, "AC1": None}
    assert agreement(same, categories=["no", "yes"]) == {"percent": 1.0, "kappa": None, "alpha": None, "AC1": 1.0}
    assert agreement([["a", None], [None, "b"]])["percent"] is None


@pytest.mark.parametrize("ratings", [[], [["a"]], [["a", "b"], ["a"]], [["a"], ["b"]]])
def test_one_coder_is_not_enough(ratings: list[list[str]]) -> None:
    with pytest.raises(InputError, match="two coders"):
        agreement(ratings)


def test_codes_that_are_not_among_the_categories() -> None:
    with pytest.raises(InputError, match=r"1 code\(s\) are not among") as raised:
        agreement([["quince", "a"]], categories=["a", "b"])
    assert "quince" not in str(raised.value)


CODES = st.sampled_from(["a", "b", "c", None])


@settings(deadline=None)
@given(st.integers(2, 4).flatmap(lambda k: st.lists(st.lists(CODES, min_size=k, max_size=k), min_size=1, max_size=12)))
def test_what_always_holds(ratings: list[list[str | None]]) -> None:
    found = agreement(ratings, categories=["a", "b", "c"])
    for turned in ([row[::-1] for row in ratings], ratings[::-1]):
        assert agreement(turned, categories=["c", "a", "b"]) == pytest.approx(found, abs=1e-9)
    for value in found.values():
        assert value is None or value <= 1 + 1e-9
    # A unit nobody else coded says nothing about agreement.
    lone = [*ratings, ["a"] + [None] * (len(ratings[0]) - 1)]
    assert agreement(lone, categories=["a", "b", "c"])["percent"] == found["percent"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=20))
def test_sums_by_group_are_the_whole(pairs: list[tuple[bool, bool]]) -> None:
    codes, count = numbered(pairs, [False, True])
    parts = grouped(sums_of(codes, count), [n % 3 for n in range(len(pairs))])
    assert parts.sum(axis=0) == pytest.approx(sums_of(codes, count).sum(axis=0))


def share(sums: Any) -> dict[str, Any]:
    return {"share": np.where(sums[..., 1] > 0, sums[..., 0] / np.maximum(sums[..., 1], 1), np.nan)}


def test_intervals_are_those_of_the_bootstrap() -> None:
    parts = np.column_stack([np.arange(40) % 2, np.ones(40)]).astype(float)
    found = figures(parts, share)["share"]
    assert found == figures(parts, share)["share"]
    assert found.value == 0.5
    # 40 fair draws: the standard error is 0.079.
    assert found.low == pytest.approx(0.5 - 1.96 * 0.079, abs=0.03)
    assert found.high == pytest.approx(0.5 + 1.96 * 0.079, abs=0.03)


def test_no_interval_where_there_is_nothing_to_draw_from() -> None:
    assert figures(np.array([[1.0, 2.0]]), share)["share"].low is None
    # In a third of the draws there is no unit at all: what is left would be a choice of draws.
    rare = np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    assert (figures(rare, share)["share"].value, figures(rare, share)["share"].low) == (1.0, None)
    with pytest.raises(InputError, match="one draw"):
        figures(rare, share, draws=0)


@pytest.mark.parametrize(
    "amounts", [[[1.0, 2.0]], [[1.0], [2.0]], [[1.0, 2.0], [3.0]], [[1.0, float("nan")], [2.0, 3.0]]]
)
def test_correlations_need_two_targets_and_two_coders(amounts: list[list[float]]) -> None:
    with pytest.raises(InputError, match="intraclass correlation needs"):
        icc(amounts)


def test_correlations_of_what_is_all_the_same() -> None:
    assert set(icc([[0.25, 0.25], [0.25, 0.25], [0.25, 0.25]]).values()) == {None}

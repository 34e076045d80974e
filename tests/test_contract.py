"""Every check of the estimator contract on every estimator, scikit-learn's own among them."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

from contract import CHECKS, EXPECTED, NUMBERS, NotApplicable, estimators, run
from relcomm.integrations.sklearn import UtteranceClassifier, UtteranceEncoder
from spelled import DENSE, MODEL

ENCODERS = {"sparse": MODEL, "dense": DENSE}
WHO = {f"{who}, {kind}": each for kind, model in ENCODERS.items() for who, each in estimators(model).items()}


@pytest.mark.parametrize(("estimator", "target"), WHO.values(), ids=WHO)
@pytest.mark.parametrize("check", CHECKS)
def test_the_contract_holds(check: str, estimator: BaseEstimator, target: Any) -> None:
    assert run(CHECKS[check], estimator, target) in ("ok", "-")


def test_every_check_applies_somewhere() -> None:
    said = {name: [run(check, *each) for each in estimators(MODEL).values()] for name, check in CHECKS.items()}
    assert [name for name, each in said.items() if "ok" not in each] == []


def _fails(estimator: Any, target: Any) -> None:
    raise AssertionError("no")


def _is_not_about_it(estimator: Any, target: Any) -> None:
    raise NotApplicable


def test_what_does_not_hold_is_told() -> None:
    estimator = UtteranceEncoder(MODEL)
    assert run(_fails, estimator, None) == "AssertionError: no"
    assert run(_is_not_about_it, estimator, None) == "-"
    assert run(CHECKS["predictions"], UtteranceClassifier("no-such-model"), [0, 1]).startswith("ModelError")


def _expected(estimator: BaseEstimator) -> dict[str, str]:
    return dict(EXPECTED) if hasattr(estimator, "predict") else {}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:A column-vector y was passed:sklearn.exceptions.DataConversionWarning")
@parametrize_with_checks(list(NUMBERS.values()), expected_failed_checks=_expected)
def test_scikit_learns_own_checks(estimator: BaseEstimator, check: Any) -> None:
    check(estimator)

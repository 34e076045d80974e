"""Figures by kind of talk, and reliability as a table and a picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from relcomm.research.calibration import calibration_error
from relcomm.training.evaluate import Scored, figures
from relcomm.training.slices import FEWEST, by_kind, kinds_table, picture, reliability

LABELS = ("criticism", "repair")


def scored(turns: int = 400, *, seed: int = 3) -> Scored:
    """Two conversations of three have a kind of their own; probabilities are right on the whole."""
    draw = np.random.default_rng(seed)
    scores = draw.random((turns, 2))
    gold = draw.random((turns, 2)) < scores
    return Scored(LABELS, scores, scores >= 0.5, gold, np.arange(turns) * 3 // turns, gold[:, 0])


def test_each_kind_has_the_figures_of_its_turns() -> None:
    all_ = scored()
    found = by_kind(all_, ["film", "stage", "film"])
    assert list(found) == ["film", "stage"]
    film = all_.take(np.flatnonzero(all_.group != 1))
    assert found["film"]["turns"] == len(film.gold)
    assert found["film"]["harmful"] == pytest.approx(film.hurt.mean())
    for name, value in figures(film).items():
        assert found["film"][name] == pytest.approx(value)


def test_a_kind_of_few_turns_says_nothing() -> None:
    assert by_kind(scored(3 * FEWEST - 3), ["a", "b", "c"]) == {}


def test_the_table_has_a_row_a_kind_and_a_dash_where_there_is_no_figure() -> None:
    calm = scored()
    calm.gold[:] = False
    calm.hurt[:] = False
    lines = kinds_table(by_kind(calm, ["film", "stage", "film"]), "source").splitlines()
    assert lines[0].startswith("| source | turns | harmful |")
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| film", "| stage"]
    assert all("–" in line for line in lines[2:])
    assert len({line.count("|") for line in lines}) == 1


def test_reliability_counts_every_turn_and_is_what_the_calibration_error_is_made_of() -> None:
    all_ = scored()
    for n, name in enumerate(LABELS):
        bins = reliability(all_)[name]
        assert sum(count for _, _, count in bins) == len(all_.gold)
        error = sum(abs(said - was) * count for said, was, count in bins) / len(all_.gold)
        assert error == pytest.approx(calibration_error(all_.scores[:, n], all_.gold[:, n]), abs=1e-3)


def test_the_picture_is_well_formed_and_stays_on_its_page() -> None:
    bins = reliability(scored()) | {"<b>": [[0.0, 0.0, 1], [1.0, 1.0, 10**6]]}
    root = ET.fromstring(picture(bins))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    dots = [element for element in root.iter() if element.tag.endswith("circle")]
    assert len(dots) == sum(map(len, bins.values()))
    for dot in dots:
        x, y, r = (float(dot.attrib[key]) for key in ("cx", "cy", "r"))
        assert 0 <= x - r <= x + r <= width
        assert 0 <= y - r <= y + r <= height

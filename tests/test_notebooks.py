"""The notebooks of the examples run from their first cell to their last, and what they show is what they give."""

from __future__ import annotations

from pathlib import Path

import pytest

import notebooks

FOLDER = Path(__file__).parents[1] / "examples"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SMALL = 20_000
"""Bytes: what a notebook shows is kept in its file."""

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_is_one() -> None:
    assert NOTEBOOKS


@each_notebook
def test_it_shows_what_it_gives(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    notebook = notebooks.read(path)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in cells] == notebooks.run(notebook), (
        f"write it anew: python tests/notebooks.py {path}"
    )
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


@each_notebook
def test_it_is_a_small_notebook(path: Path) -> None:
    notebook = notebooks.read(path)
    assert path.stat().st_size < SMALL
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)


def test_a_cell_prints_and_shows_its_last_expression() -> None:
    cells = [
        {"cell_type": "code", "source": ["a = 1\n", "print(a)\n", "a + 1"]},
        {"cell_type": "code", "source": "a = 2"},
    ]
    printed, shown = notebooks.run({"cells": cells})[0]
    assert printed["text"] == ["1\n"]
    assert shown["data"] == {"text/plain": ["2"]}
    assert notebooks.run({"cells": cells})[1] == []

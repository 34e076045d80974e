"""The same bits whatever the batches, threads and settings; ``benchmarks/determinism.py`` tries all of them."""

from __future__ import annotations

import json
import math
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

import shipped
from relcomm.model import bundled, probabilities

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
HOW: list[dict[str, Any]] = [
    {"batch": 1},
    {"batch": 7, "order": "shuffled"},
    {"order": "reversed"},
    {"batch": 3, "backend": "threading", "jobs": 3},
]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    # Of its own dictionary, so that what a test puts in place is what the functions see.
    return runpy.run_path(str(BENCHMARKS / "determinism.py"))["compare"].__globals__


def test_every_model_that_ships_has_golden_scores() -> None:
    pinned = {path.stem for path in shipped.GOLDEN.glob("*.json")} - {"turns"}
    assert set(bundled()) == set(shipped.NAMES) == set(shipped.TOLERANCE) == pinned


def test_sums_are_in_order_and_in_double_precision() -> None:
    draw = np.random.default_rng(3)
    rows, heads = draw.normal(size=(9, 300)).astype(np.float32), draw.normal(size=(301, 5)).astype(np.float32)
    found = probabilities(rows, heads)
    for row, seen in zip(rows.tolist(), found.tolist(), strict=True):
        for column, p in zip(heads.T.tolist(), seen, strict=True):
            total = 0.0
            for value, weight in zip(row, column[:-1], strict=True):
                total += value * weight
            assert p == 1 / (1 + math.exp(-(total + column[-1])))
    assert np.array_equal(probabilities(rows[4:5], heads), found[4:5])
    assert probabilities(csr_matrix((0, 300), dtype=np.float32), heads).shape == (0, 5)


@pytest.mark.parametrize("how", HOW, ids=str)
def test_how_turns_are_handed_over_changes_no_bit(bench: dict[str, Any], how: dict[str, Any]) -> None:
    assert bench["hash_of"]("ngram", 30, how) == bench["hash_of"]("ngram", 30, {})
    assert bench["hash_of"]("ngram", 29, how) != bench["hash_of"]("ngram", 30, how)


def test_a_fresh_python_gives_the_same_hash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bench: dict[str, Any]
) -> None:
    asked = ["--models", "ngram", "--turns", "4", "--only", "OPENBLAS_NUM_THREADS=2", "--json"]
    monkeypatch.setattr(sys, "argv", ["determinism.py", *asked])
    with pytest.raises(SystemExit) as end:
        bench["main"]()
    row = json.loads(capsys.readouterr().out)
    assert (end.value.code, row["figure"], row["met"]) == (0, 0, True)
    assert list(row) == ["name", "figure", "bar", "met", "command"]


def test_a_hash_that_differs_is_told(capsys: pytest.CaptureFixture[str], bench: dict[str, Any]) -> None:
    made = iter([*"aaba", *"a" * 99])
    bench["fresh"] = lambda options, setting: {"ngram": next(made)}
    assert bench["compare"](SimpleNamespace(only=None, json=False)) == 1
    assert [line for line in capsys.readouterr().out.splitlines() if line.endswith("*")] == [
        f"{'batches of 7':38} ngram b *"
    ]


def test_onnx_runtime_is_made_to_use_what_a_setting_says(
    bench: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "SessionOptions", onnxruntime.SessionOptions)
    bench["force"]({"intra_op_num_threads": 2, "execution_mode": 1})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (2, 1)
    assert options.execution_mode == onnxruntime.ExecutionMode.ORT_PARALLEL

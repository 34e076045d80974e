"""How far two coders agree, label by label: ``python -m relcomm.training.agreement corpus/coding.jsonl``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from relcomm.errors import TrainingError
from relcomm.labels import LABELS


def alpha(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Krippendorff's alpha for two coders and one yes-or-no label (Krippendorff 2011); 1 is perfect, 0 chance.

    Where both always say the same one thing, it is 1. Raises `TrainingError` for nothing, or unlike lengths.

    >>> round(alpha([True, False, False, True], [True, False, True, True]), 3)
    0.533
    """
    n = len(first)
    if not n or n != len(second):
        raise TrainingError("agreement needs two coders of the same turns, and at least one turn")
    yes = sum(first) + sum(second)
    expected = yes * (2 * n - yes) / (n * (2 * n - 1))
    observed = sum(a != b for a, b in zip(first, second, strict=True)) / n
    return 1 - observed / expected if expected else 1.0


def table(rows: Sequence[Mapping[str, Sequence[str]]]) -> str:
    """Agreement of ``author`` and ``second`` for every label, as Markdown."""
    lines = ["| label | author | second | both | F1 | alpha |", "| --- | --- | --- | --- | --- | --- |"]
    for name in LABELS:
        first, second = [name in row["author"] for row in rows], [name in row["second"] for row in rows]
        both = sum(a and b for a, b in zip(first, second, strict=True))
        total = sum(first) + sum(second)
        f1 = f"{2 * both / total:.3f}" if total else "–"
        lines.append(f"| {name} | {sum(first)} | {sum(second)} | {both} | {f1} | {alpha(first, second):.3f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table([json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]))

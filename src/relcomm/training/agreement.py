"""How far two coders agree, label by label: ``python -m relcomm.training.agreement corpus/coding.jsonl``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from relcomm.labels import LABELS
from relcomm.research.agreement import agreement


def table(rows: Sequence[Mapping[str, Sequence[str]]]) -> str:
    """Agreement of ``author`` and ``second`` for every label, as Markdown."""
    lines = ["| label | author | second | both | F1 | alpha |", "| --- | --- | --- | --- | --- | --- |"]
    for name in LABELS:
        first, second = [name in row["author"] for row in rows], [name in row["second"] for row in rows]
        both = sum(a and b for a, b in zip(first, second, strict=True))
        total = sum(first) + sum(second)
        f1 = f"{2 * both / total:.3f}" if total else "–"
        alpha = agreement(list(zip(first, second, strict=True)))["alpha"]
        shown = "–" if alpha is None else f"{alpha:.3f}"
        lines.append(f"| {name} | {sum(first)} | {sum(second)} | {both} | {f1} | {shown} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table([json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]))

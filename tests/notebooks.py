"""Runs the cells of a notebook as Jupyter does, in one process: what each prints, and what its last expression is.

``python tests/notebooks.py NOTEBOOK`` writes the outputs into it anew.
"""

from __future__ import annotations

import ast
import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

Output = dict[str, Any]


def read(path: Path) -> dict[str, Any]:
    """A notebook as its JSON has it."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def run(notebook: dict[str, Any]) -> list[list[Output]]:
    """The outputs of each cell of code, in order."""
    names: dict[str, Any] = {"__name__": "__main__"}
    return [
        _run("".join(cell["source"]), n, names)
        for n, cell in enumerate((cell for cell in notebook["cells"] if cell["cell_type"] == "code"), 1)
    ]


def _run(source: str, n: int, names: dict[str, Any]) -> list[Output]:
    tree, said, value = ast.parse(source), io.StringIO(), None
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(said):
        exec(compile(tree, f"cell {n}", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"cell {n}", "eval"), names)
    printed = [{"name": "stdout", "output_type": "stream", "text": _lines(said.getvalue())}] if said.getvalue() else []
    return printed + ([] if value is None else [_shown(value, n)])


def _shown(value: Any, n: int) -> Output:
    data = {"text/plain": _lines(repr(value))}
    if hasattr(value, "_repr_html_"):
        data = {"text/html": _lines(value._repr_html_()), **data}
    return {"data": data, "execution_count": n, "metadata": {}, "output_type": "execute_result"}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def write(path: Path) -> None:
    """Put what the cells give now into the notebook."""
    notebook = read(path)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for n, (cell, outputs) in enumerate(zip(cells, run(notebook), strict=True), 1):
        cell["execution_count"], cell["outputs"] = n, outputs
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))

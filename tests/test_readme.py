"""What the README shows works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_the_lines_of_python_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len([line for line in shown.splitlines() if line.strip()]) <= 10
    monkeypatch.chdir(ROOT)
    exec(compile(shown, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert said.startswith("('defensiveness',) [")
    assert "Tegan" in said
    assert "criticism (" in said


def test_the_commands_and_files_it_names_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"(?<![\w./])((?:scripts|benchmarks|examples|corpus|models|docs|src)/[\w./-]+)", text):
        assert (ROOT / name.rstrip(".")).exists(), name

"""Every block of code in the documentation and the README works as it stands, and what it names is there."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import pages
import relcomm
from relcomm.cli import _parser

DOCS = pages.ROOT / "docs"
PAGES = [
    pages.ROOT / "README.md",
    *sorted(path for path in DOCS.rglob("*.md") if not (set(path.parts) & {"_build", "labels"})),
]
NOT_RUN: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "not_run.json").read_text(encoding="utf-8"))
"""The blocks that are not run: by page and first line, why not."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(pages.ROOT)))


@cache
def commands() -> dict[str, Any]:
    """The commands there are, by name."""
    found: dict[str, Any] = _parser()._subparsers._group_actions[0].choices
    return found


def name_of(page: Path) -> str:
    return page.relative_to(pages.ROOT).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if pages.blocks(page)], ids=name_of)
def test_what_a_page_shows_works(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pages.Reader(tmp_path).follow(page, NOT_RUN.get(name_of(page), {}))


def test_few_blocks_are_not_run_and_each_for_a_reason() -> None:
    there = {(name_of(page), block.first) for page in PAGES for block in pages.blocks(page)}
    listed = {(page, first): why for page, blocks in NOT_RUN.items() for first, why in blocks.items()}
    assert set(listed) <= there
    assert all(len(why) > 20 for why in listed.values())
    assert len(listed) <= len(there) // 4


@each_page
def test_the_files_it_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"(?<![\w./-])((?:scripts|benchmarks|examples|corpus|models|src|tests)/[\w./-]+)", text):
        assert (pages.ROOT / name.rstrip(".")).exists(), name


@each_page
def test_the_commands_it_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name, rest in re.findall(r"(?:`|\$ )relcomm ([a-z]+)([^`\n|]*)", text):
        assert name in commands(), name
        for option in re.findall(r"(?<!\S)--[a-z-]+", rest):
            assert option in commands()[name]._option_string_actions, f"relcomm {name} {option}"


def test_the_reference_has_every_public_name_and_every_command() -> None:
    python, line = ((DOCS / "reference" / name).read_text(encoding="utf-8") for name in ("python.md", "cli.md"))
    named = re.findall(r"^\.\. auto\w+:: (\w+)$", python, re.MULTILINE)
    assert sorted(named) == sorted(set(relcomm.__all__) - {"__version__"})
    assert sorted(re.findall(r"^```{relcomm-help} (\w+)$", line, re.MULTILINE)) == sorted(commands())


def test_the_reference_has_every_module_of_research() -> None:
    text = (DOCS / "reference" / "research.md").read_text(encoding="utf-8")
    modules = {path.stem for path in (pages.ROOT / "src" / "relcomm" / "research").glob("*.py")} - {"__init__"}
    assert set(re.findall(r"automodule:: relcomm\.research\.(\w+)", text)) == modules


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("```python\nprint(1)\n```\n```text\n2\n```", "shows"),
        ("```python\n1 / 0\n```", "division"),
        ("```pycon\n>>> 1 + 1\n3\n```", "Got"),
        ("```console\n$ echo a\nb\n```", "shows"),
        ("```console\n$ false\n```", "ended with 1"),
        ("```console\n$ relcomm labels nobody\n```", "ended with 2"),
        ("```sh\nfalse\ntrue\n```", "ended with 1"),
        ("```toml\na = \n```", "Invalid"),
        ("Save this as `a.json`:\n\n```json\n{]\n```", "Expecting"),
        ("Words.\n\n```text\nof nobody\n```", "text block"),
        ("```perl\n1\n```", "_perl"),
        ("```python\n1\n", "never ends"),
    ],
)
def test_a_page_that_says_what_is_not_so_fails(tmp_path: Path, page: str, problem: str) -> None:
    (tmp_path / "page.md").write_text(page, encoding="utf-8")
    (tmp_path / "there").mkdir()
    with pytest.raises(Exception, match=problem):
        pages.Reader(tmp_path / "there").follow(tmp_path / "page.md", {})


def test_a_page_that_is_so_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = """
Save this as `a/b.txt`:

```text
hello
```
```console
$ cat a/b.txt
hello
$ cat <<END
> one
> END
one
$ (exit 3)
$ echo $?
3
$ echo abc def
abc ...
```
```python
n = 2
print(n, "and more")
```
```text
2 and ...
```
```pycon
>>> n + 1
3
```
```sh
not even typed
```
"""
    (tmp_path / "page.md").write_text(page, encoding="utf-8")
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    pages.Reader(tmp_path / "there").follow(tmp_path / "page.md", {"not even typed": "it is no command"})

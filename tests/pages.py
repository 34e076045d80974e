"""The blocks of code in pages of documentation, and a reader who does literally what a page says.

A ``python`` block is run, one after the other with the same names; a ``pycon`` block is a doctest; of ``console`` blocks
the lines after ``$ `` are typed into a shell, those after ``> `` go on with them, and the rest is what must be printed;
a ``sh`` block is typed line by line. A block under a line that ends in "as `name`:" is saved under that name. A ``text``
block right after a ``python`` block is what that prints. In what is printed, "..." stands for anything.
"""

from __future__ import annotations

import doctest
import io
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PATIENCE = 120.0
"""Seconds after which a block is given up; reached only by a failing test."""
_FENCE = re.compile(r"(?P<ticks>`{3,})(?P<kind>[^`]*)")
_SAVED = re.compile(r"as `(?P<name>[\w./-]+)`:$")
_ENDED = re.compile(r"\n?\x1e(\d+)\x1e\n")
_LIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_COMMANDS = {"python": "", "relcomm": "-m relcomm", "uvicorn": "-m uvicorn"}


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two fences, the line of the first one, its kind, and the last line of text before it."""

    line: int
    kind: str
    text: str
    lead: str

    @property
    def first(self) -> str:
        """Its first line, by which a list can name it."""
        return self.text.partition("\n")[0]

    @property
    def saved_as(self) -> str:
        """The file that the reader is told to make of it; empty if none."""
        found = _SAVED.search(self.lead)
        return found["name"] if found else ""


def blocks(page: Path) -> list[Block]:
    """All blocks of a page but directives of the documentation's own."""
    return [block for block in _fenced(page.read_text(encoding="utf-8").splitlines()) if not block.kind.startswith("{")]


def _fenced(lines: list[str]) -> Iterator[Block]:
    rest, lead = iter(enumerate(lines, 1)), ""
    for number, line in rest:
        if not (opened := _FENCE.fullmatch(line)):
            lead = line.strip() or lead
            continue
        inner = []
        for _, within in rest:
            if within == opened["ticks"]:
                break
            inner.append(within)
        else:
            raise AssertionError(f"line {number}: this block never ends")
        yield Block(number, opened["kind"].strip(), "\n".join(inner) + "\n", lead)
        lead = ""


@dataclass(slots=True)
class Reader:
    """Somebody at a prompt, in a folder where the repository's own lie, who types what a page shows.

    A ``newcomer`` is in a clone and has nothing but it: commands are what the page has installed.
    """

    folder: Path
    newcomer: bool = False
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__page__"})

    def __post_init__(self) -> None:
        if self.newcomer:
            return
        for each in ROOT.iterdir():
            if each.is_dir() and not each.name.startswith("."):
                (self.folder / each.name).symlink_to(each)
        (self.folder / ".bin").mkdir()
        for name, module in _COMMANDS.items():
            command = self.folder / ".bin" / name
            command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n', encoding="utf-8")
            command.chmod(0o755)

    def follow(self, page: Path, not_run: Mapping[str, str]) -> None:
        """Do everything that a page says, but the blocks whose first lines are in ``not_run``."""
        found = blocks(page)
        for n, block in enumerate(found):
            after = found[n + 1] if n + 1 < len(found) else None
            try:
                if block.saved_as:
                    self._save(block)
                elif block.first not in not_run:
                    getattr(self, f"_{block.kind}")(block, after)
            except Exception as error:
                error.add_note(f"{page.name}, the block of line {block.line}")
                raise

    def _save(self, block: Block) -> None:
        if block.kind in _CHECKED:
            _CHECKED[block.kind](block.text)
        file = self.folder / block.saved_as
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")

    def _python(self, block: Block, after: Block | None) -> None:
        said = io.StringIO()
        with redirect_stdout(said):
            exec(compile(block.text, f"line {block.line}", "exec"), self.names)
        if after is not None and after.kind == "text" and not after.saved_as:
            require(after.text, said.getvalue())

    def _pycon(self, block: Block, after: Block | None) -> None:
        test = doctest.DocTestParser().get_doctest(block.text, self.names, "page", None, 0)
        assert test.examples, "nothing is typed here"
        told = io.StringIO()
        failed = doctest.DocTestRunner(optionflags=_LIKE).run(test, out=told.write, clear_globs=False).failed
        assert not failed, told.getvalue()
        self.names = test.globs

    def _text(self, block: Block, after: Block | None) -> None:
        assert not block.lead, "a text block is saved under a name, or stands right after the block that prints it"

    def _toml(self, block: Block, after: Block | None) -> None:
        _CHECKED["toml"](block.text)

    def _json(self, block: Block, after: Block | None) -> None:
        _CHECKED["json"](block.text)

    def _sh(self, block: Block, after: Block | None) -> None:
        self._typed([(line, "") for line in block.text.splitlines()])

    def _console(self, block: Block, after: Block | None) -> None:
        self._typed(_sessions(block.text))

    def _typed(self, session: list[tuple[str, str]]) -> None:
        """Type commands one by one; each must succeed, unless the next looks at its exit code, and print what is shown."""
        mark = "code=$?; printf '\\n\\036%s\\036\\n' $code; (exit $code)"
        script = "".join(f"{command}\n{mark}\n" for command, _ in session)
        if (
            self.newcomer
        ):  # each block is typed into a shell of its own, and an environment lasts as long as the reader's
            out = _shell(f"[ ! -f .venv/bin/activate ] || . .venv/bin/activate\n{script}", self.folder, os.environ)
        else:
            path = f"{self.folder / '.bin'}{os.pathsep}{os.environ['PATH']}"
            out = _shell(script, self.folder, os.environ | {"PATH": path, "PYTHONPATH": str(ROOT / "src")})
        printed = _ENDED.split(out)
        said, codes = printed[0::2], [int(code) for code in printed[1::2]]
        assert len(codes) == len(session), out
        for n, (command, shown) in enumerate(session):
            looked_at = n + 1 < len(session) and session[n + 1][0] == "echo $?"
            assert codes[n] == 0 or looked_at, f"$ {command}\nended with {codes[n]}:\n{said[n]}"
            if shown:
                require(shown, said[n])


def _shell(script: str, folder: Path, env: Mapping[str, str]) -> str:
    """What a shell and all that it starts print; nothing of it outlives its time."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(["bash"], cwd=folder, env=env, start_new_session=True, text=True, **streams) as shell:
        try:
            return shell.communicate(script, timeout=PATIENCE)[0]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)


def _sessions(text: str) -> list[tuple[str, str]]:
    """Each command of a console block, and what it is shown to print."""
    typed: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            typed.append((line[2:], ""))
        elif line.startswith("> ") and typed and not typed[-1][1]:
            typed[-1] = (f"{typed[-1][0]}\n{line[2:]}", "")
        else:
            assert typed, "a console block begins with a command, after a dollar sign"
            typed[-1] = (typed[-1][0], f"{typed[-1][1]}{line}\n")
    return typed


def require(shown: str, printed: str) -> None:
    """That a page shows what was printed, but for blanks and what "..." stands for."""
    alike = doctest.OutputChecker().check_output(shown.strip() + "\n", printed.strip() + "\n", _LIKE)
    assert alike, f"the page shows\n{shown}\nand this is printed\n{printed}"


_CHECKED = {
    "json": lambda text: [json.loads(line) for line in text.splitlines()],
    "toml": tomllib.loads,
    "python": lambda text: compile(text, "page", "exec"),
}


if __name__ == "__main__":  # python tests/pages.py PAGE: follow it as a newcomer, in this folder
    Reader(Path.cwd(), newcomer=True).follow(Path(sys.argv[1]), {})
    print(f"{sys.argv[1]}: every block does what the page says")

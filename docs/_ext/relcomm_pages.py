"""What the package knows of itself, as pages: one for each label, from its file, and what each command's `--help` prints."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive

from relcomm.cli import _parser
from relcomm.labels import LABELS, Case, Label
from relcomm.patterns import PATTERNS, TITLES
from relcomm.readers import READERS
from relcomm.writers import WRITERS

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """A text that Markdown leaves as it is."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def label_page(label: Label) -> str:
    """A label as a page: what it is, what it is not, how it lands, what to do instead, and examples."""
    return "\n\n".join(_parts(label)) + "\n"


def _parts(label: Label) -> Iterator[str]:
    yield f"# {plain(label.title)}"
    kind = "Tends to hurt" if label.harmful else "Tends to help"
    yield f"*{kind}. A turn may carry it; no person does. Its name in relcomm: {{code}}`{label.name}`.*"
    yield plain(label.definition)
    yield "## How it lands\n\n" + plain(label.lands)
    yield "## What it is not\n\n" + _list(map(plain, label.is_not))
    heading = "What to do instead" if label.harmful else "How to do it"
    antidote = LABELS[label.antidote] if label.antidote else None
    way = f"Its antidote: [{plain(antidote.title)}]({antidote.name}.md).\n\n" if antidote else ""
    yield f"## {heading}\n\n{way}{plain(label.advice)}"
    if label.instead:
        yield "Ways to say it; what stands in square brackets is for the writer to fill:"
        yield _list(plain(way.replace("{about}", "[what it is about]")) for way in label.instead)
    if undone := [other for other in LABELS.values() if other.antidote == label.name]:
        yield "It is the antidote to " + ", ".join(f"[{plain(each.title)}]({each.name}.md)" for each in undone) + "."
    yield "## Turns that carry it\n\n" + _list(map(_example, label.flag))
    yield "## Turns that do not\n\n" + _list(f"{_example(case)}{_why(case)}" for case in label.leave)
    if label.cues:
        yield "## Cues\n\nWords that often carry it, and the reason a reader is shown. None of them decides by itself."
        yield _list(f"*{plain(cue.name)}*: {plain(cue.why)}" for cue in label.cues)
    yield "## Source\n\n" + plain(label.source)


def _list(entries: Iterable[str]) -> str:
    return "\n".join(f"- {entry}" for entry in entries)


def _example(case: Case) -> str:
    """The turn, after what was said before it; each on a line of its own."""
    before = [_turn(speaker, text) for speaker, text in case.context]
    turn = _turn(case.speaker, case.text)
    return "\\\n  ".join([*before, f"**{turn}**" if before else turn])


def _turn(speaker: str, text: str) -> str:
    return f"{plain(speaker)}: “{plain(text)}”" if speaker else f"“{plain(text)}”"


def _why(case: Case) -> str:
    return f"\\\n  *{plain(case.why)}*" if case.why else ""


def labels_page() -> str:
    """The table of the labels."""
    rows = [
        f"| [{plain(label.title)}]({label.name}.md) | {'hurt' if label.harmful else 'help'} | {plain(label.definition)} |"
        for label in LABELS.values()
    ]
    tree = "\n".join(["```{toctree}", ":hidden:", "", *LABELS, "```"])
    return "\n\n".join(
        [
            "# The labels",
            "What one turn does to the listener. Each page is made from the file of the label, which is what the software"
            " reads, too, so the two cannot differ. All examples are invented.",
            "\n".join(["| label | tends to | what it is |", "| --- | --- | --- |", *rows]),
            tree,
        ]
    )


def write_labels(app: Any) -> None:
    """Put the pages of the labels beside the others, before they are read; what is unchanged stays."""
    folder = Path(app.srcdir) / "labels"
    folder.mkdir(exist_ok=True)
    pages = {f"{name}.md": label_page(label) for name, label in LABELS.items()} | {"index.md": labels_page()}
    for old in folder.iterdir():
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


class Help(Directive):
    """What `relcomm COMMAND --help` prints, at a width of 80 columns; without a command, what `relcomm --help` does."""

    optional_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """One block of text."""
        parser = _parser()
        if self.arguments:
            parser = parser._subparsers._group_actions[0].choices[self.arguments[0]]
        before, os.environ["COLUMNS"] = os.environ.get("COLUMNS"), "82"  # argparse leaves two of them free
        try:
            text = parser.format_help()
        finally:
            os.environ.pop("COLUMNS") if before is None else os.environ.update(COLUMNS=before)
        block = nodes.literal_block(text, text)
        block["language"] = "text"
        return [block]


class Modules(Directive):
    """What the modules of a registry say of themselves: `patterns`, `readers` or `writers`."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """A section for each."""
        import importlib

        registry: dict[str, Any] = {"patterns": PATTERNS, "readers": READERS, "writers": WRITERS}[self.arguments[0]]
        sections: list[nodes.Node] = []
        for name, entry in registry.items():
            module = importlib.import_module(entry.__module__) if self.arguments[0] == "patterns" else entry
            title = TITLES.get(name, name)
            section = nodes.section(ids=[name])
            section += nodes.title(title, title)
            self.state_machine.document.note_implicit_target(section, section)
            self._nest(section, module, name)
            sections.append(section)
        return sections

    def _nest(self, section: nodes.section, module: Any, name: str) -> None:
        lines = (module.__doc__ or "").strip().splitlines()
        if self.arguments[0] == "patterns":
            lines += ["", f"In the code: ``{name}``."]
        wrapped = ["```{eval-rst}", *lines, "```"]
        from docutils.statemachine import StringList

        self.state.nested_parse(StringList(wrapped, source=module.__name__), self.content_offset, section)


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx of all this."""
    app.add_directive("relcomm-help", Help)
    app.add_directive("relcomm-modules", Modules)
    app.connect("builder-inited", write_labels)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

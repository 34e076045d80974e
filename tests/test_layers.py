"""Who may import whom: read from the source, imports inside functions included, those for type checking left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import relcomm

PACKAGE = Path(relcomm.__file__).parent
# Each may import only from its left, and from itself.
ORDER = (
    *(
        "errors",
        "frozen",
        "dates",
        "jobs",
        "placing",
        "talk",
        "types",
        "shares",
        "letters",
        "text",
        "labels",
        "wordpiece",
        "sequence",
        "hashing",
        "graphs",
        "encoders",
        "cues",
        "manifest",
        "model",
        "asks",
        "heads",
    ),
    *("evidence", "patterns", "readers", "writers", "research", "help", "safety", "advice", "pseudonyms", "analyzer"),
    *(
        "wire",
        "report",
        "integrations",
        "endings",
        "streams",
        "usage",
        "exports",
        "journal",
        "labelling",
        "studies",
        "servers",
        "cli",
        "__main__",
    ),
)
BESIDE = "training"
# Nothing that fetches, listens, starts programs or runs what it reads.
SHUT_OUT = {"pickle", "socket", "urllib", "requests", "http", "subprocess"}


def module_of(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def children(node: ast.AST) -> list[ast.AST]:
    """The parts of a node, without those that only a type checker reads."""
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        return list(node.orelse)
    return list(ast.iter_child_nodes(node))


def running(node: ast.AST, *, inside: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Every node that runs, and whether it runs only when a function is called."""
    for child in children(node):
        yield child, inside
        yield from running(
            child, inside=inside or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        )


def imports(source: str, module: str, *, is_package: bool = False) -> set[tuple[str, bool]]:
    """The full names a source imports, and whether only inside a function."""
    found: set[tuple[str, bool]] = set()
    for node, inside in running(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, inside) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: len(module.split(".")) - node.level + is_package] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            found |= {(full_name(origin, alias.name), inside) for alias in node.names}
    return found


def full_name(origin: str, name: str) -> str:
    """The module a name comes from; a public name of the package comes from its home."""
    if origin == "relcomm":
        return str(relcomm._MODULE_OF.get(name, f"relcomm.{name}" if f"relcomm.{name}" in MODULES else "relcomm"))
    return origin


def layer(module: str) -> str:
    """The part of the package a module belongs to; the empty name for the package itself and for other libraries."""
    parts = module.split(".")
    return parts[1] if parts[0] == "relcomm" and len(parts) > 1 else ""


def broken(module: str, imported: str, *, inside: bool) -> bool:
    """Whether an import goes against the order."""
    own, other = layer(module), layer(imported)
    if not other or own == other:
        return False
    if other == BESIDE:
        return not (own == "cli" and inside)
    last = "analyzer" if own == BESIDE else own
    return ORDER.index(other) > ORDER.index(last)


FOUND = {
    name: imports(path.read_text(encoding="utf-8"), name, is_package=path.name == "__init__.py")
    for name, path in MODULES.items()
}


def test_every_module_has_its_place() -> None:
    assert {layer(name) for name in MODULES} - {""} <= {*ORDER, BESIDE}


@pytest.mark.parametrize("module", [name for name in MODULES if name != "relcomm"])
def test_imports_go_left(module: str) -> None:
    assert [name for name, inside in sorted(FOUND[module]) if broken(module, name, inside=inside)] == []


@pytest.mark.parametrize("module", [name for name in MODULES if layer(name) != BESIDE])
def test_nothing_is_fetched_or_run(module: str) -> None:
    assert {name.split(".")[0] for name, _ in FOUND[module]} & SHUT_OUT == set()


def test_the_package_is_whole() -> None:
    own = {name for found in FOUND.values() for name, _ in found if name.split(".")[0] == "relcomm"}
    assert own <= set(MODULES)


# What the reader of imports must see, in a module relcomm.report.page.
SEEN = {
    "import": ("import json", {("json", False)}),
    "several": ("import os, urllib.request as ask", {("os", False), ("urllib.request", False)}),
    "from": ("from relcomm.types import Turn, Span", {("relcomm.types", False)}),
    "module from the package": ("from relcomm import evidence", {("relcomm.evidence", False)}),
    "public name from the package": ("from relcomm import Analyzer", {("relcomm.analyzer", False)}),
    "version from the package": ("from relcomm import __version__", {("relcomm", False)}),
    "relative": ("from . import words\nfrom .words import called\nfrom ..cli import main",
                 {("relcomm.report", False), ("relcomm.report.words", False), ("relcomm.cli", False)}),
    "in a function": ("def f():\n    import numpy", {("numpy", True)}),
    "in a method": ("class A:\n    def f(self):\n        if self:\n            import numpy", {("numpy", True)}),
    "in a class": ("class A:\n    import numpy", {("numpy", False)}),
    "in a try": ("try:\n    import numpy\nexcept ImportError:\n    import array", {("numpy", False), ("array", False)}),
    "for types": ("if TYPE_CHECKING:\n    from relcomm.cli import main", set()),
    "for types or else": ("if TYPE_CHECKING:\n    import numpy\nelse:\n    import array", {("array", False)}),
    "for types in a function": ("def f():\n    if TYPE_CHECKING:\n        import numpy", set()),
}  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), SEEN.values(), ids=SEEN)
def test_how_imports_are_read(source: str, expected: set[tuple[str, bool]]) -> None:
    assert imports(source, "relcomm.report.page") == expected


def test_relative_imports_of_a_package() -> None:
    assert imports("from .page import page", "relcomm.report", is_package=True) == {("relcomm.report.page", False)}


# Who imports, what, only inside a function, and whether that is broken.
JUDGED = [
    ("types", "errors", False, False),
    ("errors", "types", False, True),
    ("text", "labels", True, True),
    ("report", "analyzer", False, False),
    ("analyzer", "report", True, True),
    ("training", "analyzer", False, False),
    ("training", "wire", True, True),
    ("cli", "training", True, False),
    ("cli", "training", False, True),
    ("analyzer", "training", True, True),
]


@pytest.mark.parametrize(("own", "other", "inside", "expected"), JUDGED)
def test_how_imports_are_judged(own: str, other: str, inside: bool, expected: bool) -> None:
    assert broken(f"relcomm.{own}", f"relcomm.{other}.part", inside=inside) is expected

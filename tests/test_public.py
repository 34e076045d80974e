"""The public names: all there, each with its home, and nothing heavy before it is needed."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import relcomm

HOMES = [(module, name) for module, names in relcomm._HOME.items() for name in names]
HEAVY = ("numpy", "scipy", "sklearn", "spacy", "onnxruntime", "joblib", "torch", "transformers", "pandas", "polars")
# What may be imported without waking anything heavy.
LIGHT = (
    "relcomm",
    "relcomm.errors",
    "relcomm.types",
    "relcomm.text",
    "relcomm.labels",
    "relcomm.readers",
    "relcomm.cli",
)


def test_the_list_is_whole() -> None:
    assert sorted(relcomm.__all__) == sorted([*(name for _, name in HOMES), "__version__"])
    assert len(set(relcomm.__all__)) == len(relcomm.__all__)
    assert dir(relcomm) == sorted(relcomm.__all__)


@pytest.mark.parametrize(("module", "name"), HOMES, ids=[name for _, name in HOMES])
def test_every_name_has_its_home(module: str, name: str) -> None:
    assert getattr(relcomm, name) is getattr(import_module(module), name)
    assert vars(relcomm)[name] is getattr(relcomm, name)


@pytest.mark.parametrize(("module", "name"), HOMES, ids=[name for _, name in HOMES])
def test_every_name_is_explained(module: str, name: str) -> None:
    value = getattr(relcomm, name)
    if isinstance(value, type) or callable(value):
        assert len((value.__doc__ or "").strip()) > 20
        assert value.__module__ == module


def test_the_version_is_a_version() -> None:
    assert [part.isdecimal() for part in relcomm.__version__.split(".")] == [True, True, True]


@pytest.mark.parametrize("name", ["anything", "_private", "analyse", "__wrapped__"])
def test_other_names_are_not_there(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'relcomm' has no attribute '{name}'"):
        getattr(relcomm, name)


@pytest.mark.parametrize("module", LIGHT)
def test_light(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({set(HEAVY)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

"""A model's folder: whatever is changed in it, and however, loading refuses with `ModelError` and nothing else."""

from __future__ import annotations

import os
import pickle
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tiny
from damage import differs
from relcomm.encoders import Encoder, NgramEncoder
from relcomm.errors import ModelError
from relcomm.manifest import LARGEST_MANIFEST
from relcomm.model import Model
from relcomm.types import Turn, Utterance

TURNS = [Turn(Utterance("You never listen.", "Ann"), (Utterance("Can we start over?", "Ben"),)), Turn(Utterance("k"))]
FILES = ("first.bin", "second.bin", "heads.npy", "model.json")
pytestmark = pytest.mark.usefixtures("fake_is_known")
SOME = 60
"""How many changes of each kind are drawn for each file."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny.tiny_folder(tmp_path)


def test_untouched_it_loads(folder: Path) -> None:
    assert Model.load(folder).name == "tiny"
    tiny.resealed(folder, lambda manifest: manifest.update(name="other"))
    assert Model.load(folder).name == "other"
    assert sorted(file.name for file in folder.iterdir()) == sorted(FILES)


def flip(content: bytes, draw: random.Random) -> bytes:
    """One bit turned over."""
    at = draw.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << draw.randrange(8)]) + content[at + 1 :]


def cut(content: bytes, draw: random.Random) -> bytes:
    # The last byte of model.json is a line end, which JSON does without.
    return content[: draw.randrange(len(content) - 1)]


def drop(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(content) - 9)
    return content[:at] + content[at + draw.randint(1, 8) :]


def insert(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(1, len(content) - 1)
    return content[:at] + bytes(draw.choice(b"x0-\xff\x00") for _ in range(draw.randint(1, 8))) + content[at:]


@pytest.mark.parametrize("change", [flip, cut, drop, insert])
@pytest.mark.parametrize("name", FILES)
def test_any_change_is_seen(folder: Path, name: str, change: Callable[[bytes, random.Random], bytes]) -> None:
    draw = random.Random(f"{name} {change.__name__}")
    path = folder / name
    content = path.read_bytes()
    changed = [one for one in (change(content, draw) for _ in range(SOME)) if differs(one, content)]
    assert len(changed) > SOME / 2
    for one in changed:
        path.write_bytes(one)
        tiny.refused(folder)
    path.write_bytes(content)
    Model.load(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_missing_or_no_file(folder: Path, name: str) -> None:
    path = folder / name
    content = path.read_bytes()
    path.unlink()
    tiny.refused(folder)
    path.mkdir()
    tiny.refused(folder)
    path.rmdir()
    path.write_bytes(b"")
    tiny.refused(folder)
    path.write_bytes(content)
    Model.load(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
@pytest.mark.parametrize("name", FILES)
def test_a_pipe_is_not_waited_for(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    tiny.refused(folder)


@pytest.mark.parametrize(("one", "other"), [("first.bin", "second.bin"), ("first.bin", "heads.npy")])
def test_files_swapped(folder: Path, one: str, other: str) -> None:
    (folder / one).rename(folder / "aside")
    (folder / other).rename(folder / one)
    (folder / "aside").rename(folder / other)
    tiny.refused(folder)


def test_a_file_renamed(folder: Path) -> None:
    (folder / "first.bin").rename(folder / "third.bin")
    tiny.refused(folder)
    tiny.resealed(folder, lambda m: m["files"].update({"third.bin": m["files"].pop("first.bin")}))
    tiny.refused(folder)


def test_a_file_too_many_is_not_read(folder: Path) -> None:
    before = Model.load(folder).score(TURNS)
    (folder / "README.md").write_text("The card.", encoding="utf-8")
    (folder / "first.pkl").write_bytes(pickle.dumps(print))
    assert np.array_equal(Model.load(folder).score(TURNS), before)


def test_a_file_too_many_in_the_list(folder: Path) -> None:
    tiny.replaced(folder, "third.bin", b"")
    tiny.refused(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
@pytest.mark.parametrize("name", FILES)
def test_a_link_that_leads_out(folder: Path, name: str) -> None:
    (folder / name).rename(folder.parent / "outside")
    (folder / name).symlink_to(folder.parent / "outside")
    with pytest.raises(ModelError, match="leads out"):
        Model.load(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_links_that_stay_inside(folder: Path) -> None:
    before = Model.load(folder).score(TURNS)
    (folder / "first.bin").rename(folder / "inside")
    (folder / "first.bin").symlink_to("inside")
    (folder.parent / "link").symlink_to(folder)
    assert np.array_equal(Model.load(folder.parent / "link").score(TURNS), before)
    (folder / "first.bin").unlink()
    (folder / "first.bin").symlink_to("first.bin")
    tiny.refused(folder)


def test_no_folder(tmp_path: Path) -> None:
    tiny.refused(tmp_path / "nothing")
    (tmp_path / "file").write_bytes(b"")
    tiny.refused(tmp_path / "file")


# Bytes that are no model.json.
NO_MANIFEST = {
    "a list": b"[]",
    "a number": b"1",
    "nothing": b"",
    "no end": b'{"format": 1',
    "not Unicode": b'{"format": "\xff"}',
    "nested without end": b"[" * 200_000,
    "nested deeply": b'{"format": 1, "data": ' + b"[" * 900 + b"]" * 900 + b"}",
    "tables nested without end": b'{"a":' * 100_000,
    "a number without end": b'{"format": ' + b"1" * 10_000 + b"}",
    "very large": b'{"format": 1, "data": "' + b" " * LARGEST_MANIFEST + b'"}',
    "another format": b'{"format": 2}',
    "no seal": b'{"format": 1}',
}


@pytest.mark.parametrize("content", NO_MANIFEST.values(), ids=NO_MANIFEST)
def test_what_is_no_manifest(folder: Path, content: bytes) -> None:
    (folder / "model.json").write_bytes(content)
    tiny.refused(folder)


def test_a_manifest_nested_deeply_and_sealed(folder: Path) -> None:
    deep: list[Any] = []
    for _ in range(400):
        deep = [deep]
    tiny.resealed(folder, lambda manifest: manifest["data"].update(deep=deep))
    assert Model.load(folder).data["deep"] == deep


@pytest.mark.parametrize("make", [tiny.tiny_transformer, lambda: NgramEncoder(bits=8)], ids=["transformer", "ngram"])
def test_the_real_encoders_refuse_changes_too(tmp_path: Path, make: Callable[[], Encoder]) -> None:
    folder = tiny.tiny_folder(tmp_path, make())
    draw = random.Random(5)
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        for one in (change(content, draw) for change in (flip, flip, flip, cut, drop)):
            if differs(one, content):
                path.write_bytes(one)
                tiny.refused(folder)
        path.write_bytes(content)
    Model.load(folder)
    shutil.rmtree(folder)
    tiny.refused(folder)

"""Folders made by somebody who knows how the seal is made: still `ModelError`, still nothing else."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import pickle
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tiny
from relcomm.errors import ModelError
from relcomm.manifest import LARGEST_FILE
from relcomm.model import Model
from relcomm.types import Turn, Utterance

TURNS = [Turn(Utterance("You never listen.", "Ann"), (Utterance("Can we start over?", "Ben"),)), Turn(Utterance("k"))]
pytestmark = pytest.mark.usefixtures("fake_is_known")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny.tiny_folder(tmp_path)


SHA = hashlib.sha256(b"").hexdigest()


def listed(name: str, size: Any = 0, sha: Any = SHA) -> Callable[[dict[str, Any]], object]:
    return lambda m: m["files"].update({name: {"bytes": size, "sha256": sha}})


# What somebody writes into model.json who also mends the seal.
FORGED: dict[str, Callable[[dict[str, Any]], object]] = {
    "another format": lambda m: m.update(format=2),
    "a format that is true": lambda m: m.update(format=True),
    "a format in halves": lambda m: m.update(format=1.0),
    "a path upwards": listed("../x"),
    "the folder above": listed(".."),
    "the folder itself": listed("."),
    "no name": listed(""),
    "a path from the root": listed("/etc/hostname"),
    "a path downwards": listed("sub/first.bin"),
    "a path of Windows": listed("c:\\first.bin"),
    "a stream of Windows": listed("first.bin:x"),
    "a NUL in a name": listed("first\x00.bin"),
    "a surrogate in a name": listed("\ud800.bin"),
    "a very long name": listed("a" * 5000 + ".bin"),
    "the manifest itself": listed("model.json"),
    "a size below 0": listed("first.bin", -1),
    "a size beyond all measure": listed("first.bin", LARGEST_FILE + 1),
    "a size of 100 digits": listed("first.bin", 10**100),
    "a size in words": listed("first.bin", "26"),
    "a size that is true": listed("first.bin", True),
    "a size in halves": listed("first.bin", 26.0),
    "no hash": listed("first.bin", 26, None),
    "a hash that is a list": listed("first.bin", 26, [SHA]),
    "no files": lambda m: m["files"].clear(),
    "files in a list": lambda m: m.update(files=["heads.npy"]),
    "a file that is a number": lambda m: m["files"].update({"first.bin": 26}),
    "no heads": lambda m: m["files"].pop("heads.npy"),
    "thresholds missing": lambda m: m.pop("thresholds"),
    "no thresholds": lambda m: m["thresholds"].clear(),
    "one threshold missing": lambda m: m["thresholds"].pop("repair"),
    "a threshold too many": lambda m: m["thresholds"].update(love={"unsure": 0.2, "sure": 0.5}),
    "half a threshold": lambda m: m["thresholds"]["repair"].pop("sure"),
    "a third threshold": lambda m: m["thresholds"]["repair"].update(certain=0.9),
    "a threshold in words": lambda m: m["thresholds"]["repair"].update(sure="0.5"),
    "a threshold that is none": lambda m: m["thresholds"]["repair"].update(sure=None),
    "a threshold that is true": lambda m: m["thresholds"]["repair"].update(sure=True),
    "a threshold that is no number": lambda m: m["thresholds"]["repair"].update(sure=float("nan")),
    "a threshold without end": lambda m: m["thresholds"]["repair"].update(sure=float("inf")),
    "a threshold above 1": lambda m: m["thresholds"]["repair"].update(sure=1.01),
    "a threshold of 0": lambda m: m["thresholds"]["repair"].update(unsure=0.0),
    "unsure above sure": lambda m: m["thresholds"]["repair"].update(unsure=0.6),
    "labels that are text": lambda m: m.update(labels="criticism"),
    "labels that are a table": lambda m: m.update(labels={}),
    "no labels": lambda m: m.update(labels=[], thresholds={}),
    "labels that are lists": lambda m: m.update(labels=[[], [], []]),
    "a label twice": lambda m: m.update(labels=["repair", "repair", "criticism"]),
    "a label too many": lambda m: m["labels"].append("love"),
    "an unknown encoder": lambda m: m["encoder"].update(kind="pickle"),
    "an encoder that is a list": lambda m: m["encoder"].update(kind=[]),
    "another encoder": lambda m: m["encoder"].update(kind="ngram"),
    "no encoder": lambda m: m.update(encoder=None),
    "settings that are a list": lambda m: m["encoder"].update(settings=[]),
    "other settings": lambda m: m["encoder"].update(settings={"letters": 27}),
    "a name that is a path": lambda m: m.update(name="../../tiny"),
    "a name that is a number": lambda m: m.update(name=3),
    "data that is a list": lambda m: m.update(data=[]),
    "an entry too many": lambda m: m.update(code="print()"),
}  # fmt: skip


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_what_a_sealed_manifest_cannot_say(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    tiny.resealed(folder, change)
    tiny.refused(folder)


VALUES: list[Any] = [None, True, 0, -1, 10**30, 0.5, 1e308, float("nan"), "", "../x", "repair", "\ud800", [], [[]], {}]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in nested tables and lists, as the keys that lead there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in items for place in places(each, (*path, key)))]


def test_anything_anywhere_in_a_sealed_manifest(folder: Path) -> None:
    plain = json.loads((folder / "model.json").read_bytes())
    loaded = []
    for *above, key in places(plain)[1:]:
        for value in VALUES:
            manifest = copy.deepcopy(plain)
            at = manifest
            for step in above:
                at = at[step]
            if repr(at[key]) == repr(value):
                continue
            at[key] = value
            tiny.resealed(folder, lambda old, new=manifest: (old.clear(), old.update(new)))  # type: ignore[misc]
            try:
                Model.load(folder).score(TURNS)
                loaded.append((above, key))
            except ModelError:
                pass
    # What may be something else and still make a model: its name, what is said of the data, thresholds in order.
    assert {(*above, key)[0] for above, key in loaded} <= {"name", "data", "thresholds", "seal"}
    assert loaded


class Bomb:
    """Something that shows when it is unpickled."""

    went_off = False

    def __reduce__(self) -> tuple[Any, ...]:
        return setattr, (Bomb, "went_off", True)


def npy(array: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def npz(array: Any) -> bytes:
    out = io.BytesIO()
    np.savez(out, array)
    return out.getvalue()


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


GOOD = np.zeros((53, 3), dtype=np.float32)
FORGED_HEADS: dict[str, bytes] = {
    "nothing": b"",
    "no array": b"heads",
    "objects": npy(np.array([[Bomb()] * 3] * 53, dtype=object)),
    "a pickle": pickle.dumps(Bomb()),
    "an archive": npz(GOOD),
    "double precision": npy(GOOD.astype(np.float64)),
    "half precision": npy(GOOD.astype(np.float16)),
    "whole numbers": npy(GOOD.astype(np.int32)),
    "text": npy(np.full((53, 3), "a")),
    "other byte order": npy(GOOD.astype(">f4")),
    "records": npy(np.zeros((53, 3), dtype=[("a", "<f4")])),
    "column by column": npy(np.asfortranarray(GOOD)),
    "one dimension": npy(GOOD.ravel()),
    "three dimensions": npy(GOOD[None]),
    "too few rows": npy(GOOD[1:]),
    "too few columns": npy(np.ascontiguousarray(GOOD[:, 1:])),
    "turned": npy(np.ascontiguousarray(GOOD.T)),
    "no number": npy(GOOD + np.float32("nan")),
    "without end": npy(GOOD + np.float32("inf")),
    "cut short": npy(GOOD)[:-1],
    "too long": npy(GOOD) + b"\x00",
    "a shape beyond all memory": header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 3), }\n"),
    "a shape below 0": header("{'descr': '<f4', 'fortran_order': False, 'shape': (-53, -3), }\n") + bytes(636),
    "a shape of nothing": header("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 0), }\n"),
    "a header that is no table": header("__import__('os')\n"),
    "a header without end": header("(" * 9000),
    "a header that is not closed": header("{'descr': '''\n"),
    "a later version": npy(GOOD).replace(b"NUMPY\x01", b"NUMPY\x03", 1),
}


@pytest.mark.parametrize("content", FORGED_HEADS.values(), ids=FORGED_HEADS)
def test_heads_that_do_not_fit(folder: Path, content: bytes) -> None:
    tiny.replaced(folder, "heads.npy", content)
    tiny.refused(folder)
    assert not Bomb.went_off


def test_heads_that_fit(folder: Path) -> None:
    tiny.replaced(folder, "heads.npy", npy(GOOD))
    assert (Model.load(folder).score(TURNS) == 0.5).all()


def test_nothing_is_unpickled_and_nothing_fetched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError

    for place in (pickle, sys.modules["_pickle"]):
        for name in ("load", "loads", "Unpickler"):
            monkeypatch.setattr(place, name, never)
    monkeypatch.setattr(socket, "socket", never)
    monkeypatch.setattr(np, "load", never)
    Model.load(folder).score(TURNS)

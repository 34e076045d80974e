"""Models small enough to make in a test: an encoder that counts letters, and a network of a few numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np
import pytest

from relcomm.encoders import TransformerEncoder
from relcomm.errors import ModelError
from relcomm.manifest import _seal
from relcomm.model import Model, Thresholds
from relcomm.sequence import Layout
from relcomm.text import clean
from relcomm.types import Turn

LABELS = ("criticism", "stonewalling", "repair")
SPECIAL = ("<s>", "<pad>", "</s>", "[UNK]", "[unused1]", "[unused2]", "[unused3]")
WORDS = ("you", "never", "listen", "fine", "can", "we", "start", "over", "i", "##ing", "sorry", ".", "?", ",")
VOCABULARY = (*SPECIAL, *WORDS)


class FakeEncoder:
    """How often each letter stands in a turn and in the turn before (its root), times a table kept in two files."""

    name = "fake"
    dim = 52

    def __init__(self, first: bytes = bytes(range(1, 27)), second: bytes = bytes(range(26, 0, -1))) -> None:
        self._tables = first, second
        self._weights = np.frombuffer(first + second, dtype=np.uint8).astype(np.float32) / 64

    def encode(self, turns: Sequence[Turn]) -> np.ndarray[Any, np.dtype[np.float32]]:
        rows = np.zeros((len(turns), self.dim), dtype=np.float32)
        for row, turn in zip(rows, turns, strict=True):
            for offset, said in ((0, turn.utterance), *((26, each) for each in turn.context[-1:])):
                letters = [ord(c) - ord("a") for c in clean(said.text).text.lower() if "a" <= c <= "z"]
                row[offset : offset + 26] = np.sqrt(np.bincount(letters, minlength=26))
        return rows * self._weights

    def settings(self) -> dict[str, Any]:
        return {"letters": 26}

    def files(self) -> Mapping[str, bytes]:
        return {"first.bin": self._tables[0], "second.bin": self._tables[1]}

    @classmethod
    def restore(cls, settings: Mapping[str, Any], files: Mapping[str, bytes]) -> FakeEncoder:
        if settings != {"letters": 26} or {k: len(v) for k, v in files.items()} != {"first.bin": 26, "second.bin": 26}:
            raise ModelError("the fake encoder has two files of 26 bytes")
        return cls(files["first.bin"], files["second.bin"])


def tiny_model(encoder: Any = None, labels: Sequence[str] = LABELS, *, name: str = "tiny", seed: int = 7) -> Model:
    """A model with heads drawn by chance; half of what it reads gets a label."""
    encoder = encoder or FakeEncoder()
    heads = np.random.default_rng(seed).normal(size=(encoder.dim + 1, len(labels))).astype(np.float32)
    limits = {label: Thresholds(unsure=0.25, sure=0.5) for label in labels}
    return Model(encoder, labels, heads=heads, thresholds=limits, name=name, data={"turns": 3})


def tiny_folder(folder: Path, encoder: Any = None) -> Path:
    """The folder of a tiny model, made anew inside ``folder``."""
    tiny_model(encoder).save(folder / "tiny")
    return folder / "tiny"


def resealed(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change ``model.json`` as somebody would who knows how the seal is made."""
    path = folder / "model.json"
    manifest = json.loads(path.read_bytes())
    change(manifest)
    path.write_text(json.dumps(manifest | {"seal": _seal(manifest)}), encoding="utf-8")


def replaced(folder: Path, name: str, content: bytes) -> None:
    """Put another file in place and enter its size and hash."""
    (folder / name).write_bytes(content)
    entry = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    resealed(folder, lambda manifest: manifest["files"].update({name: entry}))


def refused(folder: Path) -> None:
    """Loading ends in `ModelError`, and in no other way."""
    with pytest.raises(ModelError):
        Model.load(folder)


def tiny_transformer(layout: Layout | None = None) -> TransformerEncoder:
    """A transformer's interface around a network of one table: the mean of all pieces and the sum of the turn's."""
    return TransformerEncoder(network(len(VOCABULARY)), VOCABULARY, layout or Layout(turn=16, one=8, context=12))


def network(pieces: int, dim: int = 5, *, inputs: tuple[str, str] = ("ids", "inside"), fill: float = 1.0) -> bytes:
    """An ONNX file, written field by field: ``Squeeze(inside @ table[ids]) + mean(table[ids])``."""
    table = np.random.default_rng(3).normal(size=(pieces, dim)) * fill
    weights = _number(1, pieces) + _number(1, dim) + _number(2, 1) + _text(8, "table")
    weights += _field(9, b"".join(pack("<f", x) for x in table.ravel()))
    ids, inside = inputs
    graph = b"".join(
        (
            _node("Gather", ["table", ids], "rows"),
            _node("MatMul", [inside, "rows"], "whole"),
            _node("Squeeze", ["whole"], "said", axes=1),
            _node("ReduceMean", ["rows"], "mean", axes=1, keepdims=0),
            _node("Add", ["said", "mean"], "vector"),
            _text(2, "tiny"),
            _field(5, weights),
            _field(11, _value(ids, 7, [1, "pieces"])),
            _field(11, _value(inside, 1, [1, "pieces"])),
            _field(12, _value("vector", 1, [1, dim])),
        )
    )
    return _number(1, 7) + _field(7, graph) + _field(8, _text(1, "") + _number(2, 11))


def _node(
    kind: str, inputs: Sequence[str], output: str, *, axes: int | None = None, keepdims: int | None = None
) -> bytes:
    body = b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, kind)
    if axes is not None:
        body += _field(5, _text(1, "axes") + _number(8, axes) + _number(20, 7))
    if keepdims is not None:
        body += _field(5, _text(1, "keepdims") + _number(3, keepdims) + _number(20, 2))
    return _field(1, body)


def _value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(_field(1, _number(1, n) if isinstance(n, int) else _text(2, n)) for n in shape)
    return _text(1, name) + _field(2, _field(1, _number(1, kind) + _field(2, sizes)))


def _number(tag: int, value: int) -> bytes:
    return _varint(tag << 3) + _varint(value)


def _text(tag: int, value: str) -> bytes:
    return _field(tag, value.encode())


def _field(tag: int, value: bytes) -> bytes:
    return _varint(tag << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])

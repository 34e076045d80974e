"""A model's folder is refused before use however it was damaged, nothing of it is unpickled, and it can fill no memory."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from command import PATIENCE
from damage import KINDS, SEALED, Place, fate
from relcomm import encoders, manifest
from relcomm.errors import ModelError
from relcomm.graphs import STEPS, require_plain
from relcomm.manifest import LARGEST_FILE, LARGEST_MODEL
from relcomm.model import Model
from shipped import MODELS, NAMES
from test_layers import MODULES, layer

pytestmark = pytest.mark.usefixtures("fake_is_known")
TIMES = 4
"""How often each damage is tried; ``benchmarks/integrity.py`` does it 20,000 times, on the models that ship, too."""


@pytest.fixture
def places(tmp_path: Path) -> list[Place]:
    """Two models, and each is the other's other one."""
    folders = []
    for name, encoder in (("fake", None), ("network", tiny.tiny_transformer())):
        (tmp_path / f"{name}-aside").mkdir()
        tiny.tiny_model(encoder).save(tmp_path / name)
        folders.append(tmp_path / name)
    return [
        Place(folder, folder.with_name(f"{folder.name}-aside"), [other]) for folder, other in (folders, folders[::-1])
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders, and links need a privilege")
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_models_are_refused_before_use(kind: str, places: list[Place]) -> None:
    for place in places:
        before = {path.name: path.read_bytes() for path in place.folder.iterdir()}
        for n in range(TIMES):
            assert fate(place, kind, random.Random(f"{kind} {n}")) == "refused"
        assert {path.name: path.read_bytes() for path in place.folder.iterdir()} == before
        assert list(place.aside.iterdir()) == []
        Model.load(place.folder)


def test_what_is_not_refused_is_noticed(places: list[Place], monkeypatch: pytest.MonkeyPatch) -> None:
    (place, _) = places
    monkeypatch.setattr(manifest, "_file", lambda folder, name, expected: (folder / name).read_bytes())
    told = {fate(place, "overwrite", random.Random(n)) for n in range(40)}
    assert "loaded" in told
    assert any(
        each.startswith("used before it was refused")
        for each in {fate(place, "cut", random.Random(n)) for n in range(40)}
    )
    monkeypatch.setattr(Model, "load", lambda folder: (_ for _ in ()).throw(KeyError(1)))
    assert fate(place, "flip", random.Random(1)) == "KeyError, which is no ModelError"


# Too much ------------------------------------------------------------------------------------------------------------


def test_many_files_that_are_each_small_enough(places: list[Place]) -> None:
    folder, count = places[0].folder, LARGEST_MODEL // LARGEST_FILE + 1
    for n in range(count):
        with (folder / f"zeros{n}.bin").open("wb") as file:
            file.truncate(LARGEST_FILE)
    entry = {"bytes": LARGEST_FILE, "sha256": "0" * 64}
    tiny.resealed(folder, lambda told: told["files"].update({f"zeros{n}.bin": entry for n in range(count)}))
    with pytest.raises(ModelError, match="too large for a model"):
        Model.load(folder)


def test_an_enormous_vocabulary(places: list[Place]) -> None:
    content = b"[" + b'"",' * (encoders.LARGEST_VOCABULARY // 3) + b'""]'
    tiny.replaced(places[1].folder, "vocabulary.json", content)
    with pytest.raises(ModelError, match="at most"):
        Model.load(places[1].folder)


# Networks ------------------------------------------------------------------------------------------------------------

_TENSOR = tiny._number(1, 2) + tiny._number(2, 1) + tiny._text(8, "w")
_PACKED = tiny._field(1, tiny._varint(100_000) * 2) + tiny._number(2, 1)
_ELSEWHERE = tiny._field(13, tiny._text(1, "location") + tiny._text(2, "../../etc/hostname")) + tiny._number(14, 1)


def _model(*graph: bytes, beside: bytes = b"") -> bytes:
    """A network with something more in it."""
    return (
        tiny._number(1, 7)
        + tiny._field(7, b"".join(graph))
        + tiny._field(8, tiny._text(1, "") + tiny._number(2, 11))
        + beside
    )


def _step(kind: str, *, attribute: bytes = b"", domain: str = "") -> bytes:
    body = tiny._text(2, "out") + tiny._text(4, kind)
    return tiny._field(
        1, body + (tiny._field(5, attribute) if attribute else b"") + (tiny._text(7, domain) if domain else b"")
    )


BOMBS = {
    "a loop": _model(_step("Loop", attribute=tiny._text(1, "body") + tiny._field(6, _step("Add")))),
    "a choice": _model(_step("If")),
    "steps within a step that is known": _model(_step("Add", attribute=tiny._field(6, _step("Add")))),
    "several of them": _model(_step("Add", attribute=tiny._field(11, _step("Add")))),
    "memory of a few bytes": _model(_step("ConstantOfShape")),
    "the same again and again": _model(_step("Tile")),
    "stretched": _model(_step("Expand")),
    "a row of numbers": _model(_step("Range")),
    "a step of somebody's own": _model(_step("Add", domain="com.example")),
    "a step named twice": _model(tiny._field(1, tiny._text(4, "Add") + tiny._text(4, "Loop"))),
    "a function": _model(_step("Add"), beside=tiny._field(25, b"")),
    "a training": _model(_step("Add"), beside=tiny._field(20, b"")),
    "two graphs": _model(_step("Add"), beside=tiny._field(7, _step("Scan"))),
    "weights in another file": _model(tiny._field(5, _TENSOR + _ELSEWHERE)),
    "weights in another file, in a step": _model(_step("Constant", attribute=tiny._field(5, _TENSOR + _ELSEWHERE))),
    "weights that are not there": _model(tiny._field(5, tiny._number(1, 10**9) * 2 + tiny._number(2, 1))),
    "the same, packed": _model(tiny._field(5, _PACKED)),
    "mostly zeros": _model(tiny._field(15, tiny._field(1, _TENSOR))),
    "mostly zeros, in a step": _model(_step("Constant", attribute=tiny._field(22, _TENSOR))),
    "another format": b"\x18\0\0\0ORTM" + bytes(64),
    "nothing": b"",
    "no graph": tiny._number(1, 7),
    "a pickle": b"\x80\x04\x95\x10",
    "a graph that is a number": tiny._number(7, 7),
    "a number without end": b"\xff" * 20,
    "cut short": tiny.network(21)[:-3],
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_network_that_could_harm_is_not_run(
    bomb: bytes, places: list[Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(onnxruntime, "InferenceSession", never)
    tiny.replaced(places[1].folder, "encoder.onnx", bomb)
    tiny.refused(places[1].folder)


@pytest.mark.parametrize("name", ["base", "small"])
def test_the_networks_that_ship_are_plain(name: str) -> None:
    require_plain((MODELS / name / "encoder.onnx").read_bytes())
    assert not STEPS & {"Loop", "If", "Scan", "ConstantOfShape", "Tile", "Expand", "Range", "Resize", "Pad", "OneHot"}


@given(st.data())
def test_any_bytes_are_taken_or_refused(data: st.DataObject) -> None:
    network = bytearray(tiny.network(21))
    for _ in range(data.draw(st.integers(0, 4))):
        network[data.draw(st.integers(0, len(network) - 1))] = data.draw(st.integers(0, 255))
    for each in (bytes(network[: data.draw(st.integers(0, len(network)))]), data.draw(st.binary(max_size=40))):
        with suppress(ModelError):
            require_plain(each)


# Pickles -------------------------------------------------------------------------------------------------------------

UNPICKLE = {
    "pickle",
    "_pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "shelve",
    "marshal",
    "copyreg",
    "jsonpickle",
    "torch",
}
RUN = {"eval", "exec", "compile", "__import__"}


def dangers(source: str) -> list[str]:
    """Where a source could run what it reads."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [name for name in names if name.split(".")[0] in UNPICKLE]
        if isinstance(node, ast.ImportFrom) and node.module in ("joblib", "numpy"):
            found += [f"{node.module}.{alias.name}" for alias in node.names if alias.name == "load"]
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            found += [called] * (
                called in {"np.load", "numpy.load", "joblib.load", "torch.load", "read_pickle", *RUN - {"__import__"}}
            )
            found += [called] * called.endswith((".read_pickle", ".from_disk", ".from_pickle"))
            found += ["allow_pickle"] * any(
                k.arg == "allow_pickle" and ast.unparse(k.value) != "False" for k in node.keywords
            )
    return found


@pytest.mark.parametrize("module", [name for name in MODULES if layer(name) != "training"])
def test_no_module_unpickles(module: str) -> None:
    assert dangers(MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from pickle import loads", "def f():\n import dill as d", "import torch", "from joblib import load",
        "import joblib\njoblib.load('x')", "import numpy as np\nnp.load('x', allow_pickle=True)", "np.save(x, y, allow_pickle=flag)",
        "pandas.read_pickle('x')", "eval('1')", "nlp.from_disk('x')",
    ],
)  # fmt: skip
def test_what_unpickles_is_seen(source: str) -> None:
    assert dangers(source)


BOMB = """
import io, pickle, sys
import _pickle

class Bomb:
    def __init__(self, *_, **__):
        print("UNPICKLED", flush=True)
        raise SystemExit("something was unpickled")

    __call__ = __init__

for place in (pickle, _pickle):
    for name in ("load", "loads", "Unpickler", "_load", "_loads", "_Unpickler"):
        if hasattr(place, name):
            setattr(place, name, Bomb)
try:
    pickle.loads(b"")
except SystemExit:
    print("armed")

import relcomm
analyzer = relcomm.load(sys.argv[1])
talk = relcomm.read(io.StringIO("Ann: You never listen to me, you are so selfish.\\nBen: Whatever."))
assert analyzer.analyze(talk).predictions[0].labels
assert analyzer.check("You never listen to me, you are so selfish.")
print("done", type(analyzer.model.encoder).__name__)
"""


@pytest.mark.parametrize("name", [*NAMES, "taught"])
def test_nothing_is_unpickled(name: str, tmp_path: Path) -> None:
    folder: str | Path = name
    if name == "taught":
        from relcomm import UtteranceClassifier

        texts = [f"{kind} {n}" for kind in ("shall we go to the sea", "no milk again") for n in range(12)]
        folder = tmp_path / "taught"
        UtteranceClassifier("ngram", cv=2).fit(texts, [1] * 12 + [0] * 12).save(folder, {1: "plan"})
    command = [sys.executable, "-c", BOMB, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["UNPICKLED", "armed"]
    assert done.stdout.count("UNPICKLED") == 1
    assert "done " in done.stdout


def test_the_kinds_are_all_there() -> None:
    assert set(KINDS) > SEALED
    assert len(KINDS) >= 20

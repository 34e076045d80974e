"""A model: one encoder, one linear head a label, calibrated; saved as arrays and JSON, verified before use.

A model folder holds ``model.json`` (format, name, labels in order, thresholds, the encoder and its settings,
the training data's fingerprint, and the size and SHA-256 of every file), ``heads.npy`` and the encoder's files.
Nothing in it is code: no pickle is read or written.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relcomm.encoders import ENCODERS, Encoder
from relcomm.errors import ModelError
from relcomm.text import MAX_WINDOWS, clean, windows
from relcomm.types import Turn, Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 1
LARGEST_FILE = 200_000_000
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From ``sure`` on, a label is given; from ``unsure`` on, it is named as not certain. Probabilities."""

    unsure: float
    sure: float


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch ``start:end`` of a turn's clean text that was scored by itself, and its scores, ``(labels,)``."""

    start: int
    end: int
    scores: NDArray[np.float64]


class Model:
    """An encoder with calibrated heads. Immutable; safe to share between threads; pickles as a path and a digest.

    ``heads`` is ``(dim + 1, labels)``, the last row the bias: a label's probability is the logistic function of
    ``row @ heads[:-1] + heads[-1]``.
    """

    def __init__(
        self,
        encoder: Encoder,
        labels: Sequence[str],
        *,
        heads: NDArray[np.float32],
        thresholds: Mapping[str, Thresholds],
        name: str = "unnamed",
        data: Mapping[str, Any] | None = None,
    ) -> None:
        if heads.shape != (encoder.dim + 1, len(labels)):
            raise ModelError(f"heads of shape {heads.shape} do not fit {encoder.dim} columns and {len(labels)} labels")
        if set(thresholds) != set(labels):
            raise ModelError("every label needs its thresholds, and only the labels do")
        self.encoder = encoder
        self.labels = tuple(labels)
        self.thresholds = dict(thresholds)
        self.name = name
        self.data = dict(data or {})
        self._heads = heads
        self._saved: tuple[str, str] | None = None

    def __repr__(self) -> str:
        return f"Model({self.name!r}, encoder={self.encoder.name!r}, labels={len(self.labels)})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._saved is None:
            raise ModelError("only a saved model can travel to another process: save it and load it first")
        return _load_pinned, self._saved

    def score(self, turns: Sequence[Turn]) -> NDArray[np.float64]:
        """Calibrated probabilities, ``(n, labels)``, each row by itself whatever the other rows are.

        A turn longer than one window is read in windows; each label takes the highest of its windows.
        """
        import numpy as np

        if not turns:
            return np.zeros((0, len(self.labels)))
        parts = [[part for _, _, part in _windows(turn)] for turn in turns]
        flat = self._probabilities([part for each in parts for part in each])
        ends = np.cumsum([len(each) for each in parts])
        out = np.stack([block.max(axis=0) for block in np.split(flat, ends[:-1])])
        empty = [not clean(turn.utterance.text).text for turn in turns]
        out[empty] = 0.0
        return out

    def score_windows(self, turn: Turn) -> list[Window]:
        """The windows of one turn with their scores, in order."""
        parts = list(_windows(turn))
        rows = self._probabilities([part for _, _, part in parts])
        return [Window(start, end, row) for (start, end, _), row in zip(parts, rows, strict=True)]

    def _probabilities(self, turns: Sequence[Turn]) -> NDArray[np.float64]:
        import numpy as np

        rows = self.encoder.encode(turns)
        if isinstance(rows, np.ndarray):
            # Row by row: a matrix product of many rows rounds differently from one of few.
            logits = np.stack([row @ self._heads[:-1] for row in rows])
        else:
            logits = np.asarray(rows @ self._heads[:-1])
        # Sums in the heads' own precision, the curve in double: what is printed then never flips a threshold.
        return np.asarray(1.0 / (1.0 + np.exp(-(logits.astype(np.float64) + self._heads[-1]))))

    def save(self, folder: str | Path) -> None:
        """Write the model to a new folder. Raises `ModelError` if the folder already holds a model."""
        folder = Path(folder)
        if (folder / "model.json").exists():
            raise ModelError(f"{folder} already holds a model: a new training needs a new name")
        if not _NAME.fullmatch(self.name):
            raise ModelError("a model's name is lower-case letters, digits, '-', '_' and '.', and begins with a letter")
        files = {**self.encoder.files(), "heads.npy": _array_bytes(self._heads)}
        manifest = {
            "format": FORMAT,
            "name": self.name,
            "labels": list(self.labels),
            "thresholds": {k: {"unsure": t.unsure, "sure": t.sure} for k, t in self.thresholds.items()},
            "encoder": {"kind": self.encoder.name, "settings": self.encoder.settings()},
            "data": self.data,
            "files": {n: {"bytes": len(b), "sha256": hashlib.sha256(b).hexdigest()} for n, b in sorted(files.items())},
        }
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        sealed = manifest | {"seal": _seal(manifest)}
        (folder / "model.json").write_text(json.dumps(sealed, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> Model:
        """The model of a folder, every file checked against its SHA-256 first. Raises `ModelError`."""
        folder = Path(folder)
        manifest = _manifest(folder)
        files = _files(folder, manifest["files"])
        heads = _array(files.pop("heads.npy", b""))
        kind = ENCODERS.get(manifest["encoder"]["kind"])
        if kind is None:
            raise ModelError(f"{folder}: unknown kind of encoder; this relcomm knows {', '.join(ENCODERS)}")
        model = cls(
            kind.restore(manifest["encoder"]["settings"], files),
            manifest["labels"],
            heads=heads,
            thresholds={name: Thresholds(**limits) for name, limits in manifest["thresholds"].items()},
            name=manifest["name"],
            data=manifest["data"],
        )
        model._saved = (str(folder.resolve()), manifest["seal"])
        return model


def bundled() -> list[str]:
    """The names of the models that came with the package."""
    return sorted(entry.name for entry in _home().iterdir() if (entry / "model.json").is_file())


def find(name: str | Path) -> Path:
    """The folder of a bundled model by name, or of a path to a model folder. Raises `ModelError`."""
    inside = _home() / str(name)
    if _NAME.fullmatch(str(name)) and (inside / "model.json").is_file():
        return inside
    if (Path(name) / "model.json").is_file():
        return Path(name)
    raise ModelError(
        f"no model {str(name)!r}: name one of {', '.join(bundled()) or '(none bundled)'}, or a model folder"
    )


def _home() -> Path:
    installed = Path(str(resources.files("relcomm"))) / "models"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / "models"


def _windows(turn: Turn) -> list[tuple[int, int, Turn]]:
    text = clean(turn.utterance.text).text
    found: list[tuple[int, int, Turn]] = []
    for start, end in windows(text):
        if len(found) == MAX_WINDOWS:
            break
        said = Utterance(text[start:end], turn.utterance.speaker)
        found.append((start, end, Turn(said, turn.context)))
    return found


def _load_pinned(folder: str, seal: str) -> Model:
    model = Model.load(folder)
    if model._saved is None or model._saved[1] != seal:
        raise ModelError(f"{folder} has changed since this model was sent to another process")
    return model


def _seal(manifest: Mapping[str, Any]) -> str:
    content = {key: value for key, value in manifest.items() if key != "seal"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "model.json"
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise ModelError(f"{path} is missing or is not JSON") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelError(f"{path}: not a model of format {FORMAT}, the one this relcomm reads")
    if manifest.get("seal") != _seal(manifest):
        raise ModelError(f"{path} was changed after it was written: its seal does not fit")
    return manifest


def _files(folder: Path, listed: Mapping[str, Any]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, expected in listed.items():
        if Path(name).name != name or expected["bytes"] > LARGEST_FILE:
            raise ModelError(f"{folder}: a file's name or size is not allowed in a model")
        try:
            path = folder / name
            content = path.read_bytes() if path.stat().st_size == expected["bytes"] else b""
        except OSError:
            raise ModelError(f"{folder}: {name} is missing") from None
        if hashlib.sha256(content).hexdigest() != expected["sha256"]:
            raise ModelError(f"{folder}: {name} is damaged (its SHA-256 is not the one in model.json)")
        found[name] = content
    return found


def _array_bytes(array: NDArray[np.float32]) -> bytes:
    import numpy as np

    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def _array(content: bytes) -> NDArray[np.float32]:
    import numpy as np

    try:
        heads = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, OSError, EOFError):
        raise ModelError("heads.npy is missing or is not an array") from None
    if heads.dtype != np.float32 or heads.ndim != 2 or len(heads) < 2 or not np.isfinite(heads).all():
        raise ModelError("heads.npy must be a finite float32 matrix")
    return np.ascontiguousarray(heads)

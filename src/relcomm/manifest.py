"""A model's folder: written once, and checked in full before anything in it is used.

``model.json`` (format, name, labels in order, thresholds, the encoder and its settings, the training data's
fingerprint, the size and SHA-256 of every file, and a seal over all of that) and the files it lists. Nothing in a
folder is code, and nothing is unpickled. The hashes show damage; they do not show who made a model.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relcomm.errors import ModelError
from relcomm.placing import place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 1
LARGEST_FILE = 200_000_000
LARGEST_MODEL = 400_000_000
"""Of all files together: a folder may list thousands, and files that are all zeros take no room on a disk."""
LARGEST_MANIFEST = 1_000_000
NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
# No folders, no drives, no "..", and no link is followed out: nothing outside the model's own folder is ever opened.
_FILE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}\.[a-z0-9]{1,8}")
_FORM = {
    "format": int,
    "name": str,
    "labels": [str],
    "thresholds": {...: {"unsure": float, "sure": float}},
    "encoder": {"kind": str, "settings": dict},
    "data": dict,
    "files": {...: {"bytes": int, "sha256": str}},
    "seal": str,
}


def write_folder(folder: Path, about: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Write a new model folder, whole or not at all. Raises `ModelError` if it already holds a model or ``about`` is not JSON."""
    path = folder / "model.json"
    if path.exists():
        raise ModelError(f"{folder} already holds a model: a new training needs a new name")
    listed = {n: {"bytes": len(b), "sha256": hashlib.sha256(b).hexdigest()} for n, b in sorted(files.items())}
    try:
        # Through JSON and back, so that the seal is over what a reader will find.
        manifest = json.loads(json.dumps({"format": FORMAT, **about, "files": listed}))
    except (TypeError, ValueError, RecursionError):
        raise ModelError("what is said about the training data must be JSON: text, numbers, lists, tables") from None
    sealed = manifest | {"seal": _seal(manifest)}
    _check(path, sealed)
    whole = {**files, "model.json": json.dumps(sealed, indent=1).encode() + b"\n"}
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        place(folder, whole)
        return
    for name, content in whole.items():  # model.json comes last: without it the folder holds no model
        place(folder / name, content)


def read_folder(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What ``model.json`` says and the files it lists, all of them checked. Raises `ModelError`."""
    path = folder / "model.json"
    _refuse_way_out(folder, path)
    try:
        manifest = json.loads(_content(path, LARGEST_MANIFEST))
        seal = _seal(manifest) if isinstance(manifest, dict) else ""
    except (OSError, ValueError, RecursionError):
        raise ModelError(f"{path} is missing or is not JSON") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelError(f"{path}: not a model of format {FORMAT}, the one this relcomm reads")
    if manifest.get("seal") != seal:
        raise ModelError(f"{path} was changed after it was written: its seal does not fit")
    _check(path, manifest)
    return manifest, {name: _file(folder, name, expected) for name, expected in manifest["files"].items()}


def array_bytes(array: NDArray[np.float32]) -> bytes:
    """An array as the bytes of a ``.npy`` file."""
    import numpy as np

    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def matrix(content: bytes, name: str) -> NDArray[np.float32]:
    """The float32 matrix of a ``.npy`` file, read-only. Raises `ModelError`."""
    import numpy as np

    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        shape, by_column, dtype = np.lib.format.read_array_header_1_0(stream)
    except Exception:  # the header is parsed as Python literals: a damaged one fails in many ways
        raise ModelError(f"{name} is missing or is not an array") from None
    expected = len(content) - stream.tell()
    # The size is checked before anything is set aside for it, and a dtype of objects never gets as far as pickle.
    if version != (1, 0) or by_column or dtype != np.dtype("<f4") or len(shape) != 2:
        raise ModelError(f"{name} must be a float32 matrix, row by row")
    if min(shape) < 1 or 4 * shape[0] * shape[1] != expected:
        raise ModelError(f"{name} is not as long as its shape says")
    return np.frombuffer(content, dtype="<f4", offset=stream.tell()).reshape(shape)


def _seal(manifest: Mapping[str, Any]) -> str:
    content = {key: value for key, value in manifest.items() if key != "seal"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _check(path: Path, manifest: Mapping[str, Any]) -> None:
    if not _fits(manifest, _FORM):
        raise ModelError(f"{path}: an entry is missing, unknown or of the wrong kind")
    if not NAME.fullmatch(manifest["name"]):
        raise ModelError("a model's name is lower-case letters, digits, '-', '_' and '.', and begins with a letter")
    for name, expected in manifest["files"].items():
        if not _FILE_NAME.fullmatch(name) or not 0 <= expected["bytes"] <= LARGEST_FILE:
            raise ModelError(f"{path}: a file's name or size is not allowed in a model")
    if sum(expected["bytes"] for expected in manifest["files"].values()) > LARGEST_MODEL:
        raise ModelError(f"{path}: the files are too large for a model")


def _fits(value: Any, form: Any) -> bool:
    """Whether JSON has a form: a type, ``[form]`` for a list, a table of exact keys, ``{...: form}`` for any keys."""
    if isinstance(form, type):
        return type(value) is form
    if isinstance(form, list):
        return isinstance(value, list) and all(_fits(each, form[0]) for each in value)
    if not isinstance(value, dict):
        return False
    if ... in form:
        return all(_fits(each, form[...]) for each in value.values())
    return value.keys() == form.keys() and all(_fits(value[key], form[key]) for key in form)


def _refuse_way_out(folder: Path, path: Path) -> None:
    """The folder itself may be a link; a link in it must not lead to other files of whoever loads the model."""
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links that lead in a circle
        inside = False
    if not inside:
        raise ModelError(f"{path} is a link that leads out of the model's folder: put the file itself there")


def _file(folder: Path, name: str, expected: Mapping[str, Any]) -> bytes:
    _refuse_way_out(folder, folder / name)
    try:
        content = _content(folder / name, expected["bytes"])
    except OSError:
        raise ModelError(f"{folder}: {name} is missing") from None
    except ValueError:
        content = b""
    if len(content) != expected["bytes"] or hashlib.sha256(content).hexdigest() != expected["sha256"]:
        raise ModelError(f"{folder}: {name} is damaged (its SHA-256 is not the one in model.json)")
    return content


def _content(path: Path, largest: int) -> bytes:
    """A plain file's bytes. Raises OSError if it is none, ValueError if it is larger."""
    if not path.is_file():
        raise FileNotFoundError
    with path.open("rb") as file:
        # No more than one byte too many is ever held, however large it is, or grows while it is read.
        content = file.read(largest + 1)
    if len(content) > largest:
        raise ValueError
    return content

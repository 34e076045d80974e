"""From a shipped model back to a network that training can go on from.

A model's folder holds the network with 8-bit weights, and its heads after calibration. Both are good enough to start a
further stage of fine-tuning with, on anybody's machine, without the runs that led to the model: what
``python -m relcomm.training.recover models/base RUN`` writes to ``RUN`` is a finished run, for `relcomm.training.finetune`
to go on from. Needs the ``train`` extra.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.training.finetune import library


def recover(folder: Path, out: Path) -> None:
    """Write a shipped transformer's network to ``out`` as a finished run: ``network.pt`` and ``recipes.json``.

    The head of any harm, which no model keeps, becomes the mean of the harmful labels' heads. Raises `ModelError` if
    the model is damaged.
    """
    torch = library("torch")
    model = Model.load(folder)  # checks every file
    state = {name: torch.tensor(value) for name, value in weights((folder / "encoder.onnx").read_bytes()).items()}
    heads = np.load(folder / "heads.npy")
    order = [model.labels.index(name) for name in LABELS]
    harmful = [model.labels.index(label.name) for label in LABELS.values() if label.harmful]
    whole = np.column_stack([heads[:, order], heads[:, harmful].mean(axis=1)])
    state["head.weight"], state["head.bias"] = torch.tensor(whole[:-1].T), torch.tensor(whole[-1])
    out.mkdir(parents=True, exist_ok=True)
    torch.save(state, out / "network.pt")
    (out / "recipes.json").write_text(json.dumps(model.data["recipes"], indent=1) + "\n", encoding="utf-8")


def weights(network: bytes) -> dict[str, Any]:
    """The arrays of an exported network by the names training knows, 8-bit ones as the numbers they stand for."""
    from onnx.numpy_helper import to_array

    held = {part.name: to_array(part) for part in library("onnx").load_from_string(network).graph.initializer}
    found: dict[str, Any] = {}
    for name, value in held.items():
        if name.endswith("_quantized"):
            key = name.removesuffix("_quantized")
            middle, scale = (held[f"{key}_{part}"].astype(np.float32) for part in ("zero_point", "scale"))
            value = (value.astype(np.float32) - middle) * scale  # noqa: PLW2901
            if key.endswith("_Transposed"):
                key, value = key.removesuffix("_Transposed"), value.T  # noqa: PLW2901
            found[key] = value
        elif name.endswith((".weight", ".bias")):
            found[name] = value
    return {name: np.ascontiguousarray(value) for key, whole in found.items() for name, value in _parted(key, whole)}


def _parted(key: str, value: Any) -> list[tuple[str, Any]]:
    """What a layer asks and knows, apart again where the export had joined them."""
    if not key.startswith("asked."):
        return [(key.removeprefix("network."), value)]
    _, layer, kind = key.split(".")
    width = len(value) // 3
    return [(f"layers.{layer}.query.{kind}", value[:width]), (f"layers.{layer}.known.{kind}", value[width:])]


def main(argv: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m relcomm.training.recover", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("model", type=Path, help="folder of a model with a transformer")
    parser.add_argument("run", type=Path, help="folder to write the run to")
    options = parser.parse_args(argv)
    recover(options.model, options.run)


if __name__ == "__main__":
    main()

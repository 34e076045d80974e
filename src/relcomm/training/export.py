"""From a fine-tuned network to the files the runtime reads: ONNX with 8-bit weights, and the heads.

Needs the ``train`` extra. Weights are quantised per output channel: per tensor, the cosine to the original
falls to 0.69 on a deep MPNet (docs/decisions.md).
"""

from __future__ import annotations

import json
import logging
import tempfile
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from relcomm.encoders import TransformerEncoder
from relcomm.errors import MissingExtraError
from relcomm.labels import LABELS
from relcomm.sequence import Layout
from relcomm.training.finetune import build
from relcomm.training.fit import Heads


def export(run: Path, pretrained: Path) -> tuple[TransformerEncoder, Heads]:
    """The encoder and the heads of a fine-tuning run's folder, as they will be read at run time."""
    torch = _library("torch")
    _library("onnx")  # before the work, not in the middle of it: both steps of it import onnx themselves
    recipes = json.loads((run / "recipes.json").read_text(encoding="utf-8"))
    network = build(pretrained, recipes[-1]["layers"])
    network.load_state_dict(torch.load(run / "network.pt", weights_only=True))
    network.eval()
    vocabulary = [line for line in (pretrained / "vocab.txt").read_text(encoding="utf-8").split("\n") if line]
    encoder = TransformerEncoder(_quantised(_onnx(network)), vocabulary, Layout())
    head = network.head
    weights = head.weight.detach().numpy().T.astype(np.float64)[:, : len(LABELS)]
    return encoder, Heads(weights, head.bias.detach().numpy().astype(np.float64)[: len(LABELS)])


def _onnx(network: Any) -> bytes:
    torch = _library("torch")

    class Vector(torch.nn.Module):  # type: ignore[misc, name-defined]
        """One row of ids and a mask of the turn's own pieces in; the mean of those pieces out."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: Any, inside: Any) -> Any:
            return self.network.vector(ids, torch.ones_like(ids), inside)

    example = (torch.arange(10, 26)[None], torch.ones((1, 16)))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "encoder.onnx"
        torch.onnx.export(
            Vector().eval(),
            example,
            str(path),
            input_names=["ids", "inside"],
            output_names=["vector"],
            dynamic_axes={"ids": {1: "pieces"}, "inside": {1: "pieces"}},
            opset_version=17,
            dynamo=False,
        )
        return path.read_bytes()


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise MissingExtraError(name, "train") from None


def _quantised(network: bytes) -> bytes:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        whole.write_bytes(network)
        quantize_dynamic(whole, small, per_channel=True, weight_type=QuantType.QInt8)
        return small.read_bytes()

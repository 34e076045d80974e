"""From a fine-tuned network to the files the runtime reads: ONNX with 8-bit weights, and the heads.

Needs the ``train`` extra. Weights are quantised per output channel: per tensor, the cosine to the original
falls to 0.69 on a deep MPNet (docs/decisions.md).
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from relcomm.encoders import TransformerEncoder
from relcomm.labels import LABELS
from relcomm.sequence import Layout
from relcomm.training.finetune import OUTPUTS, library, trained
from relcomm.training.fit import Heads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relcomm.training.network import Layer, Network

HARM = 0.25
"""What the head of any harm weighs in that of each harmful label; chosen on the development set."""


def export(run: Path, pretrained: Path) -> tuple[TransformerEncoder, Heads, Heads]:
    """The encoder, the heads of the labels and those of asking of a fine-tuning run's folder, as they will be read."""
    library("onnx")  # before the work, not in the middle of it: both steps of it import onnx themselves
    network = trained(run, pretrained)
    pieces = [line for line in (pretrained / "vocab.txt").read_text(encoding="utf-8").split("\n") if line]
    layout = Layout()
    encoder = TransformerEncoder(_quantised(_onnx(network, layout.longest)), pieces, layout)
    weights, bias = network.head.weight.detach().numpy().T.astype(np.float64), network.head.bias.detach().numpy()
    first = len(LABELS) + 1
    asking = Heads(weights[:, first:], bias[first:], OUTPUTS[first:])
    return encoder, joined(weights[:, :first], bias[:first]), asking


def joined(weights: NDArray[np.float64], bias: NDArray[Any]) -> Heads:
    """The heads of the labels, each harmful one with a share of the last head, which was trained on any harm at all.

    ``weights`` is ``(dim, labels + 1)``. What all harmful labels have in common is learnt from many more cases than
    any one of them has.
    """
    harmful = np.array([label.harmful for label in LABELS.values()], dtype=np.float64) * HARM
    return Heads(weights[:, :-1] + weights[:, -1:] * harmful, bias[:-1] + bias[-1] * harmful)


def _onnx(network: Network, longest: int) -> bytes:
    from relcomm.training.network import buckets

    torch = library("torch")
    nn = torch.nn
    width, heads = network.shape.width, network.shape.heads
    size = width // heads

    class Vector(nn.Module):  # type: ignore[misc, name-defined]
        """One row of ids and a mask of the turn's own pieces in; the mean of those pieces out.

        The same function as the network's on one row. What all pieces ask and know is one product instead of two,
        and the last layer, too, is worked out for the turn's own pieces only.
        """

        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.asked = nn.ModuleList(_joined(layer) for layer in network.layers[:below])
            places = torch.arange(longest)
            self.register_buffer("places", places + network.shape.first)
            if network.distances is not None:
                self.register_buffer("buckets", buckets(longest))

        def forward(self, ids: Any, inside: Any) -> Any:
            pieces = ids.shape[1]
            start = pieces - inside.sum().long()
            states = network.scale(network.words(ids[0]) + network.places(self.places[:pieces]))
            bias = None
            if network.distances is not None:
                bias = network.distances(self.buckets[:pieces, :pieces]).permute(2, 0, 1)
            for layer, asked in zip(network.layers, self.asked, strict=False):
                query, key, value = asked(states).view(-1, 3, heads, size).permute(1, 2, 0, 3).unbind(0)
                states = layer.forward_on(states, layer.joined(_mixed(query, key, value, bias)))
            own, before = states[start:], states[:start]
            for layer in network.layers[below:]:
                query = layer.query(own).view(-1, heads, size).permute(1, 0, 2)
                known = layer.known(torch.cat([before, own])).view(-1, 2, heads, size).permute(1, 2, 0, 3)
                mixed = _mixed(query, known[0], known[1], None if bias is None else bias[:, start:])
                own = layer.forward_on(own, layer.joined(mixed))
            return own.mean(0)[None]

    below = len(network.layers) - max(1, network.own)
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


def _joined(layer: Layer) -> Any:
    """What a layer asks and knows as one product."""
    torch = library("torch")
    whole = torch.nn.Linear(layer.query.in_features, 3 * layer.query.in_features)
    for kind in ("weight", "bias"):
        parts = [getattr(part, kind).detach() for part in (layer.query, layer.known)]
        getattr(whole, kind).data = torch.cat(parts)
    return whole


def _mixed(query: Any, key: Any, value: Any, bias: Any) -> Any:
    """What each asking piece takes from all others, ``(asking, width)``."""
    alike = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
    shares = (alike if bias is None else alike + bias).softmax(-1)
    return (shares @ value).permute(1, 0, 2).flatten(1)


def _quantised(network: bytes) -> bytes:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        whole.write_bytes(network)
        quantize_dynamic(whole, small, per_channel=True, weight_type=QuantType.QInt8)
        return small.read_bytes()

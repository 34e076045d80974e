"""The network that is fine-tuned: the first layers of a pretrained encoder, read by our own code.

Two families are known, by the ``model_type`` of their folder's ``config.json``: MPNet (relative positions) and BERT
(MiniLM). Weights come from ``model.safetensors``; names are the ones their publishers use. Needs torch.

What a turn is told by what went before it is mostly told in the lower layers. In the upper ``own`` layers only the
pieces of the turn itself are rewritten; they go on looking at the context as the lower layers left it. That saves a
fifth of the time on a turn with two turns of context.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from relcomm.errors import TrainingError

DROPOUT = 0.1
BUCKETS, FARTHEST = 32, 128
"""How MPNet counts distances: 16 buckets to each side, exact up to 7, then wider up to 128."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a pretrained encoder, and how it counts positions."""

    family: str
    width: int
    heads: int
    inner: int
    words: int
    positions: int
    first: int
    epsilon: float

    @classmethod
    def of(cls, pretrained: Path) -> Shape:
        """The shape its folder's ``config.json`` states. Raises `TrainingError` for an unknown family."""
        said = json.loads((pretrained / "config.json").read_text(encoding="utf-8"))
        family = said["model_type"]
        if family not in _NAMES:
            raise TrainingError(f"{pretrained}: an encoder of this kind cannot be read; known are {', '.join(_NAMES)}")
        return cls(
            family=family,
            width=said["hidden_size"],
            heads=said["num_attention_heads"],
            inner=said["intermediate_size"],
            words=said["vocab_size"],
            positions=said["max_position_embeddings"],
            first=said["pad_token_id"] + 1 if family == "mpnet" else 0,
            epsilon=said["layer_norm_eps"],
        )


class Layer(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """One layer: attention, then two steps forward, each added to what came in and brought to one scale."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads, self.size = shape.heads, shape.width // shape.heads
        self.query = nn.Linear(shape.width, shape.width)
        self.known = nn.Linear(shape.width, 2 * shape.width)
        self.joined = nn.Linear(shape.width, shape.width)
        self.attended = nn.LayerNorm(shape.width, eps=shape.epsilon)
        self.up = nn.Linear(shape.width, shape.inner)
        self.down = nn.Linear(shape.inner, shape.width)
        self.finished = nn.LayerNorm(shape.width, eps=shape.epsilon)
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, asking: Tensor, all_: Tensor, bias: Tensor) -> Tensor:
        """New states ``(rows, asking, width)`` of the pieces that ask, looking at all pieces of their row."""
        rows, many = asking.shape[0], all_.shape[1]
        query = self.query(asking).view(rows, -1, self.heads, self.size).transpose(1, 2)
        key, value = self.known(all_).view(rows, many, 2, self.heads, self.size).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        mixed = mixed.transpose(1, 2).reshape(asking.shape)
        return self.forward_on(asking, self.joined(mixed))

    def forward_on(self, asking: Tensor, mixed: Tensor) -> Tensor:
        """What follows attention."""
        between = self.attended(self.drop(mixed) + asking)
        inner = nn.functional.gelu(self.up(between))
        finished: Tensor = self.finished(self.drop(self.down(inner)) + between)
        return finished


class Network(nn.Module):  # type: ignore[misc]
    """The encoder's first layers, a mean over the turn's own pieces, and one linear head a label."""

    def __init__(self, shape: Shape, *, layers: int, own: int, outputs: int) -> None:
        super().__init__()
        self.shape, self.own = shape, own
        self.words = nn.Embedding(shape.words, shape.width)
        self.places = nn.Embedding(shape.positions, shape.width)
        self.scale = nn.LayerNorm(shape.width, eps=shape.epsilon)
        self.distances = nn.Embedding(BUCKETS, shape.heads) if shape.family == "mpnet" else None
        self.layers = nn.ModuleList(Layer(shape) for _ in range(layers))
        self.drop = nn.Dropout(DROPOUT)
        self.head = nn.Linear(shape.width, outputs)

    def forward(self, ids: Tensor, mask: Tensor, inside: Tensor) -> Tensor:
        """Log-odds ``(rows, outputs)`` of rows padded on the left, so that the turns stand at the end of each."""
        return self.head(self.drop(self.vector(ids, mask, inside)))

    def vector(self, ids: Tensor, mask: Tensor, inside: Tensor) -> Tensor:
        """The mean of the turn's own pieces, ``(rows, width)``; ``mask`` and ``inside`` are ``(rows, pieces)``."""
        places = (mask.cumsum(1) - 1).clamp(min=0) + self.shape.first
        states = self.drop(self.scale(self.words(ids) + self.places(places)))
        bias = (1.0 - mask[:, None, None, :].to(states.dtype)) * -1e9
        if self.distances is not None:
            bias = bias + self.distance_bias(ids.shape[1])
        start = ids.shape[1] - int(inside.sum(1).max())
        within = inside[:, start:, None]
        for n, layer in enumerate(self.layers):
            if n < len(self.layers) - self.own:
                states = layer(states, states, bias.expand(-1, -1, ids.shape[1], -1))
                continue
            asking = states[:, start:]
            new = layer(asking, states, bias.expand(-1, -1, ids.shape[1], -1)[:, :, start:])
            states = torch.cat([states[:, :start], new * within + asking * (1 - within)], 1)
        return (states[:, start:] * within).sum(1) / within.sum(1)

    def distance_bias(self, pieces: int) -> Tensor:
        """What the distance of two pieces adds to their attention, ``(1, heads, pieces, pieces)``."""
        assert self.distances is not None
        return self.distances(buckets(pieces)).permute(2, 0, 1)[None]


def buckets(pieces: int) -> Tensor:
    """The bucket of the distance between any two of so many pieces, ``(pieces, pieces)`` (Raffel et al. 2020)."""
    at = torch.arange(pieces)
    far = at[None, :] - at[:, None]
    half = BUCKETS // 2
    side, far = (far > 0).long() * half, far.abs()
    exact = half // 2
    wide = exact + (
        torch.log(far.float().clamp(min=1) / exact) / torch.log(torch.tensor(FARTHEST / exact)) * (half - exact)
    )
    return side + torch.where(far < exact, far, wide.long().clamp(max=half - 1))


_PARTS = {
    "attended": "attention.{norm}",
    "up": "intermediate.dense",
    "down": "output.dense",
    "finished": "output.LayerNorm",
}
_NAMES: dict[str, dict[str, str]] = {
    "mpnet": {
        "query": "attention.attn.q",
        "key": "attention.attn.k",
        "value": "attention.attn.v",
        "joined": "attention.attn.o",
        "norm": "LayerNorm",
    },
    "bert": {
        "query": "attention.self.query",
        "key": "attention.self.key",
        "value": "attention.self.value",
        "joined": "attention.output.dense",
        "norm": "output.LayerNorm",
    },
}


def take(network: Network, weights: Mapping[str, Tensor]) -> None:
    """Fill the encoder's part of a network with pretrained weights, under their publishers' names."""
    names = _NAMES[network.shape.family]
    state = {
        "words.weight": weights["embeddings.word_embeddings.weight"],
        "places.weight": weights["embeddings.position_embeddings.weight"],
        "scale.weight": weights["embeddings.LayerNorm.weight"],
        "scale.bias": weights["embeddings.LayerNorm.bias"],
    }
    kinds = weights.get("embeddings.token_type_embeddings.weight")
    if kinds is not None:  # every piece is of the first kind
        state["places.weight"] = state["places.weight"] + kinds[0]
    if network.distances is not None:
        state["distances.weight"] = weights["encoder.relative_attention_bias.weight"]
    for n in range(len(network.layers)):
        at = f"encoder.layer.{n}."
        for kind in ("weight", "bias"):
            key, value = (weights[f"{at}{names[part]}.{kind}"] for part in ("key", "value"))
            state[f"layers.{n}.known.{kind}"] = torch.cat([key, value])
            for ours in ("query", "joined"):
                state[f"layers.{n}.{ours}.{kind}"] = weights[f"{at}{names[ours]}.{kind}"]
            for ours, theirs in _PARTS.items():
                state[f"layers.{n}.{ours}.{kind}"] = weights[f"{at}{theirs.format(norm=names['norm'])}.{kind}"]
    network.load_state_dict(state, strict=False)

"""The network in training and the file it becomes (needs the train extra; left out where that is not installed)."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")
pytest.importorskip("onnx", reason="the train extra is not installed")

from relcomm.training.export import _onnx, _quantised  # noqa: E402
from relcomm.training.finetune import keep  # noqa: E402
from relcomm.training.network import Network, Shape, buckets  # noqa: E402
from relcomm.training.recover import weights  # noqa: E402

SHAPES = {
    family: Shape(family=family, width=24, heads=2, inner=48, words=60, positions=40, first=first, epsilon=1e-5)
    for family, first in (("mpnet", 2), ("bert", 0))
}


def network(family: str, own: int) -> Network:
    torch.manual_seed(4)
    return Network(SHAPES[family], layers=3, own=own, outputs=5).eval()


def rows(*shapes: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rows of so many pieces, of which so many are the turn's own, padded on the left."""
    draw = np.random.default_rng(5)
    longest = max(pieces for pieces, _ in shapes)
    ids, mask = (torch.zeros((len(shapes), longest), dtype=torch.long) for _ in range(2))
    inside = torch.zeros((len(shapes), longest))
    for n, (pieces, own) in enumerate(shapes):
        ids[n, -pieces:] = torch.tensor(draw.integers(3, 60, pieces))
        mask[n, -pieces:] = 1
        inside[n, -own:] = 1
    return ids, mask, inside


@pytest.mark.parametrize("own", [0, 1, 2, 3])
@pytest.mark.parametrize("family", SHAPES)
def test_a_row_is_read_the_same_alone_padded_and_exported(family: str, own: int) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    read = network(family, own)
    shapes = ((12, 5), (30, 8), (9, 9), (4, 1))
    ids, mask, inside = rows(*shapes)
    session = onnxruntime.InferenceSession(_onnx(read, 40))
    with torch.no_grad():
        together = read.vector(ids, mask, inside)
        for n, (pieces, _) in enumerate(shapes):
            one = slice(n, n + 1), slice(-pieces, None)
            alone = read.vector(ids[one], mask[one], inside[one])
            (written,) = session.run(None, {"ids": ids[one].numpy(), "inside": inside[one].numpy()})
            assert torch.allclose(together[n], alone[0], atol=1e-5)
            assert np.allclose(written, alone.numpy(), atol=1e-5)


@pytest.mark.parametrize("own", [0, 2])
@pytest.mark.parametrize("family", SHAPES)
def test_a_shipped_network_can_be_trained_on(family: str, own: int) -> None:
    written = network(family, own)
    with torch.no_grad():  # as after training: the export keeps only one of several arrays that are alike
        for each in written.parameters():
            each.add_(0.1 * torch.randn_like(each))
    back = Network(SHAPES[family], layers=3, own=own, outputs=5).eval()
    recovered = {name: torch.tensor(value) for name, value in weights(_quantised(_onnx(written, 40))).items()}
    missing, strange = back.load_state_dict(recovered, strict=False)
    assert (set(missing), strange) == ({"head.weight", "head.bias"}, [])
    ids, mask, inside = rows((12, 5), (30, 8), (9, 9))
    with torch.no_grad():
        cosine = torch.nn.functional.cosine_similarity(
            written.vector(ids, mask, inside), back.vector(ids, mask, inside)
        )
    assert (cosine > 0.99).all()


@pytest.mark.parametrize("still", [0, 2])
@pytest.mark.parametrize("family", SHAPES)
def test_the_lowest_layers_may_stay_as_they_are(family: str, still: int) -> None:
    read = network(family, 1)
    keep(read, still)
    read(*rows((12, 5), (30, 8))).sum().backward()
    moved = {name.split(".weight")[0].split(".bias")[0] for name, p in read.named_parameters() if p.grad is not None}
    under = {
        "places",
        "scale",
        *(f"layers.{n}.up" for n in range(still)),
        *(["distances"] if family == "mpnet" else []),
    }
    assert moved.isdisjoint(under) if still else under <= moved
    assert {"layers.2.up", "head"} <= moved


def test_what_is_not_rewritten_still_matters() -> None:
    ids, mask, inside = rows((12, 5))
    other = ids.clone()
    other[0, 2] += 1
    read = network("mpnet", 2)
    with torch.no_grad():
        assert not torch.allclose(read.vector(ids, mask, inside), read.vector(other, mask, inside), atol=1e-4)


def test_distances_have_buckets_to_both_sides_exact_when_near_and_never_too_many() -> None:
    table = buckets(300)
    assert table[5, 5] == 0
    assert [int(table[10, 10 - n]) for n in range(8)] == list(range(8))
    assert [int(table[10, 10 + n]) for n in range(1, 8)] == list(range(17, 24))
    assert table.max() == 31
    assert (table[0, 1:].diff() >= 0).all()

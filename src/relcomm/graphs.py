"""What an ONNX file would have a runtime do, looked at before it is run: known steps on numbers it brings itself.

A network is data, but not harmless data: its format knows loops without end, tensors that a few bytes fill all memory
with, and weights fetched from other files of whoever loads it. Nothing of this is in the encoders relcomm makes. Read
field by field, as protobuf writes them: the library that does this comes with the ``train`` extra only.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from relcomm.errors import ModelError

STEPS = frozenset(
    (
        *("Add", "Div", "Erf", "Gelu", "Gemm", "MatMul", "MatMulInteger", "Mul", "Neg", "Pow", "Sqrt", "Sub"),
        *("LayerNormalization", "ReduceMean", "ReduceSum", "Sigmoid", "Softmax", "Tanh"),
        *("Cast", "Constant", "DequantizeLinear", "DynamicQuantizeLinear", "Identity"),
        *("Concat", "Flatten", "Gather", "Reshape", "Shape", "Slice", "Split", "Squeeze", "Transpose", "Unsqueeze"),
    )
)
"""What the steps of a network may be. None makes more numbers than it is given by itself, and none repeats others."""

# The numbers of fields in ONNX's own description of its files.
_GRAPH, _FUNCTIONS, _TRAINING = 7, 25, 20
_NODES, _WEIGHTS, _SPARSE_WEIGHTS = 1, 5, 15
_KIND, _ATTRIBUTES, _DOMAIN = 4, 5, 7
_TENSOR, _TENSORS, _SUBGRAPH, _SUBGRAPHS, _SPARSE, _SPARSES = 5, 10, 6, 11, 22, 23
_SIZES, _ELSEWHERE, _PLACE = 1, 13, 14
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
# Numbers of 4 bits are the smallest: two in a byte.
_MOST_IN_A_BYTE = 2


def require_plain(network: bytes) -> None:
    """See that an ONNX file holds known steps and their numbers, all of them in the file. Raises `ModelError`."""
    try:
        graphs = 0
        for field, value in _fields(memoryview(network)):
            if field in (_FUNCTIONS, _TRAINING):
                raise ModelError("encoder.onnx brings steps of its own making, which are not run")
            if field == _GRAPH:
                graphs += 1
                _check_graph(_part(value))
    except (IndexError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError("encoder.onnx is not an ONNX file") from None
    if not graphs:
        raise ModelError("encoder.onnx is not an ONNX file")


def _check_graph(graph: memoryview) -> None:
    for field, value in _fields(graph):
        if field == _NODES:
            _check_step(_part(value))
        elif field == _WEIGHTS:
            _check_tensor(_part(value))
        elif field == _SPARSE_WEIGHTS:
            raise ModelError("encoder.onnx holds weights that take up more memory than they are long")


def _check_step(step: memoryview) -> None:
    for field, value in _fields(step):
        if field == _KIND and str(_part(value), "utf-8") not in STEPS:
            raise ModelError("encoder.onnx holds a step that no encoder of relcomm's has")
        if field == _DOMAIN and bytes(_part(value)) not in (b"", b"ai.onnx"):
            raise ModelError("encoder.onnx holds a step that ONNX itself does not describe")
        if field == _ATTRIBUTES:
            _check_attribute(_part(value))


def _check_attribute(attribute: memoryview) -> None:
    for field, value in _fields(attribute):
        if field in (_SUBGRAPH, _SUBGRAPHS):
            raise ModelError("encoder.onnx holds steps within steps, which are not run")
        if field in (_SPARSE, _SPARSES):
            raise ModelError("encoder.onnx holds weights that take up more memory than they are long")
        if field in (_TENSOR, _TENSORS):
            _check_tensor(_part(value))


def _check_tensor(tensor: memoryview) -> None:
    sizes: list[int] = []
    for field, value in _fields(tensor):
        if field == _SIZES:
            sizes += [value] if isinstance(value, int) else _varints(value)
        elif field == _ELSEWHERE or (field == _PLACE and value != 0):
            raise ModelError("encoder.onnx keeps weights in other files, which are not read")
    if prod(sizes) > _MOST_IN_A_BYTE * len(tensor):
        raise ModelError("encoder.onnx holds weights that take up more memory than they are long")


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The number and value of each field. Raises IndexError or ValueError for what is no message."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        size, at = _varint(message, at) if kind == _BYTES else ({_EIGHT: 8, _FOUR: 4}.get(kind, -1), at)
        if size < 0 or at + size > len(message):
            raise ValueError("no message")
        yield key >> 3, message[at : at + size]
        at += size


def _part(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a number where a message was expected")
    return value


def _varints(packed: memoryview) -> list[int]:
    found, at = [], 0
    while at < len(packed):
        value, at = _varint(packed, at)
        found.append(value)
    return found


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("a number without end")

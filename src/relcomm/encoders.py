"""Encoders: a turn and its context become a vector. The one seam between relcomm and any language model.

An encoder is a class with ``name``, ``dim``, ``encode``, and the means to be saved beside its heads; its line
in `ENCODERS` makes it known. A row never depends on the other rows of the call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from relcomm.errors import ModelError
from relcomm.graphs import require_plain
from relcomm.hashing import characters, hashed, words
from relcomm.sequence import Layout, Sequencer
from relcomm.text import clean, ending
from relcomm.types import Turn
from relcomm.wordpiece import WordPiece

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

Files = Mapping[str, bytes]

LONGEST_ROW = 1024
"""No layout may ask for more word pieces than this in one row."""
LARGEST_VOCABULARY = 10_000_000
"""Bytes of a vocabulary's file: read as JSON, a few bytes can become many."""


class Encoder(Protocol):
    """What every encoder offers. ``settings`` and ``files`` are all that is needed to make it again."""

    name: str
    dim: int

    def encode(self, turns: Sequence[Turn]) -> Any:
        """One row a turn, ``(n, dim)``: a float array, or a sparse CSR matrix."""

    def settings(self) -> dict[str, Any]:
        """The settings, as JSON types."""

    def files(self) -> Files:
        """The encoder's own files by name; empty for encoders without any."""

    @classmethod
    def restore(cls, settings: Mapping[str, Any], files: Files) -> Encoder:
        """The encoder these settings and files came from. Raises `ModelError` where they do not fit."""


@runtime_checkable
class Bounded(Protocol):
    """What an encoder offers besides that reads only so much of a turn: longer ones come to it in parts."""

    def fits(self, text: str) -> bool:
        """Whether a clean text is read to its end."""


# Words with their apostrophes, and every mark: "you're" is one word, "?!" two marks.
_WORDS_AND_MARKS = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]")
_WORDS_AND_QUESTIONS = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[?!]")


class NgramEncoder:
    """Words and characters of the turn, and words of the turns before, hashed into a sparse row.

    Needs no files: the hashing is fixed, and worked out for a batch at once. Each block has length 1 where it is not
    empty, so a long turn does not drown a short one. ``bits`` is the logarithm of the columns for words, and for
    characters.
    """

    name = "ngram"

    def __init__(self, bits: int = 17) -> None:
        self._bits = bits
        self.dim = 2 * 2**bits + 2 * 2 ** (bits - 2) + _SHAPES

    def encode(self, turns: Sequence[Turn]) -> csr_matrix:
        """One sparse row a turn, ``(n, dim)`` float32."""
        from scipy.sparse import csr_matrix, hstack

        if not turns:
            return csr_matrix((0, self.dim), dtype="float32")
        said = [clean(turn.utterance.text).text for turn in turns]
        lower = [text.lower() for text in said]
        endings: dict[str, str] = {}
        other = [_last(turn, endings, same=False) for turn in turns]
        own = [_last(turn, endings, same=True) for turn in turns]
        blocks = [
            hashed(*words(lower, _WORDS_AND_MARKS), runs=(1, 2, 3), bits=self._bits),
            hashed(*characters(lower), runs=(2, 3, 4, 5), bits=self._bits),
            hashed(*words(other, _WORDS_AND_QUESTIONS), runs=(1, 2), bits=self._bits - 2) * 0.5,
            hashed(*words(own, _WORDS_AND_QUESTIONS), runs=(1, 2), bits=self._bits - 2) * 0.25,
            _shapes(said, turns),
        ]
        return hstack(blocks, format="csr", dtype="float32")

    def settings(self) -> dict[str, Any]:
        """The number of columns."""
        return {"bits": self._bits}

    def files(self) -> Files:
        """None."""
        return {}

    @classmethod
    def restore(cls, settings: Mapping[str, Any], files: Files) -> NgramEncoder:
        """The encoder of these settings."""
        bits = settings.get("bits")
        if type(bits) is not int or not 8 <= bits <= 22 or files or set(settings) != {"bits"}:
            raise ModelError("the n-gram encoder needs 'bits' from 8 to 22, and no files")
        return cls(bits)


_SHAPES = 6
"""Columns that say how a turn looks: its length, capitals, whether anything came before, and how it ends."""


def _shapes(said: Sequence[str], turns: Sequence[Turn]) -> csr_matrix:
    from scipy.sparse import csr_matrix

    shape = [
        (
            min(text.count(" ") + 1, 40) / 40,
            text.count(" ") < 3,
            text.isupper() and len(text) > 3,
            bool(turn.context),
            text.endswith("?"),
            text.endswith("!"),
        )
        for text, turn in zip(said, turns, strict=True)
    ]
    return csr_matrix(shape, shape=(len(said), _SHAPES), dtype="float32")


def _last(turn: Turn, endings: dict[str, str], *, same: bool) -> str:
    """The last earlier utterance by the same speaker, or by another one; empty where there is none.

    ``endings`` keeps what was cleaned, since turns share what went before.
    """
    for said in reversed(turn.context):
        known = bool(said.speaker and turn.utterance.speaker)
        if (known and said.speaker == turn.utterance.speaker) is same:
            if said.text not in endings:
                endings[said.text] = ending(said.text)
            return endings[said.text]
    return ""


class TransformerEncoder:
    """A fine-tuned transformer that reads the turn together with its context, run by ONNX Runtime.

    One row at a time and on one thread: quantised activations depend on everything in a batch, and a turn must
    score the same alone and in company. Thread-safe.
    """

    name = "transformer"

    def __init__(self, network: bytes, vocabulary: Sequence[str], layout: Layout) -> None:
        import numpy as np
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # What is looked at is what is run: no other format that this runtime reads.
        options.add_session_config_entry("session.load_model_format", "ONNX")
        self._files = {"encoder.onnx": network, "vocabulary.json": _vocabulary_bytes(vocabulary)}
        self._layout = layout
        self._sequencer = Sequencer(WordPiece(vocabulary, unknown="[UNK]"), layout)
        if layout.longest > LONGEST_ROW:
            raise ModelError(f"the layout's rows are longer than {LONGEST_ROW} word pieces")
        require_plain(network)
        try:
            self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
            # The longest row there can be, of the last piece: what does not fit shows now, not in somebody's talk.
            vector = self._vector([len(vocabulary) - 1] * layout.longest, 0)
        except Exception as error:
            raise ModelError(f"ONNX Runtime refuses encoder.onnx ({type(error).__name__})") from None
        if vector.ndim != 1 or vector.dtype != "float32" or not len(vector) or not np.isfinite(vector).all():
            raise ModelError("encoder.onnx must give one row of finite float32 numbers")
        self.dim = len(vector)

    def encode(self, turns: Sequence[Turn]) -> NDArray[np.float32]:
        """One dense row a turn, ``(n, dim)`` float32."""
        import numpy as np

        out = np.empty((len(turns), self.dim), dtype=np.float32)
        for n, row in enumerate(self._sequencer.rows(turns)):
            out[n] = self._vector(row.ids, row.start)
        return out

    def fits(self, text: str) -> bool:
        """Whether a clean text has no more word pieces than are read of a turn."""
        return self._sequencer.fits(text)

    def _vector(self, ids: Sequence[int], start: int) -> NDArray[np.float32]:
        import numpy as np

        inside = np.zeros((1, len(ids)), dtype=np.float32)
        inside[0, start:] = 1.0
        (rows,) = self._session.run(None, {"ids": np.array([ids], dtype=np.int64), "inside": inside})
        return np.asarray(rows[0])

    def settings(self) -> dict[str, Any]:
        """The layout of a row."""
        return {"layout": asdict(self._layout)}

    def files(self) -> Files:
        """The network and its vocabulary."""
        return self._files

    @classmethod
    def restore(cls, settings: Mapping[str, Any], files: Files) -> TransformerEncoder:
        """The encoder of these settings and files."""
        try:
            layout = Layout(**settings["layout"])
            content = files["vocabulary.json"]
            vocabulary = json.loads(content) if len(content) <= LARGEST_VOCABULARY else None
            network = files["encoder.onnx"]
        except (KeyError, TypeError, ValueError, RecursionError):
            raise ModelError("a transformer needs a layout, encoder.onnx and vocabulary.json") from None
        if not isinstance(vocabulary, list) or not all(isinstance(piece, str) for piece in vocabulary):
            raise ModelError(f"vocabulary.json must be a list of strings, at most {LARGEST_VOCABULARY:,} bytes long")
        return cls(network, vocabulary, layout)


def _vocabulary_bytes(vocabulary: Sequence[str]) -> bytes:
    return json.dumps(list(vocabulary), ensure_ascii=False, separators=(",", ":")).encode()


ENCODERS: Mapping[str, type[NgramEncoder] | type[TransformerEncoder]] = {
    NgramEncoder.name: NgramEncoder,
    TransformerEncoder.name: TransformerEncoder,
}

"""Encoders: a turn and its context become a vector. The one seam between relcomm and any language model.

An encoder is a class with ``name``, ``dim``, ``encode``, and the means to be saved beside its heads; its line
in `ENCODERS` makes it known. A row never depends on the other rows of the call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from relcomm.cues import cue_finder
from relcomm.errors import ModelError
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
_WORDS_AND_MARKS = r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]"
_WORDS_AND_QUESTIONS = r"[^\W_]+(?:'[^\W_]+)?|[?!]"


class NgramEncoder:
    """Words, characters and cues of the turn, and words of the turn before, hashed into a sparse row.

    Needs no files: the hashing is fixed. Each block has length 1 where it is not empty, so a long turn does not
    drown a short one. ``bits`` is the logarithm of the columns for words, and for characters.
    """

    name = "ngram"

    def __init__(self, bits: int = 17) -> None:
        import numpy as np
        from sklearn.feature_extraction.text import HashingVectorizer

        self._bits = bits
        # Single precision, as the heads are: of two kinds, SciPy would copy all heads for every product.
        same: dict[str, Any] = {"alternate_sign": False, "norm": "l2", "binary": True, "dtype": np.float32}
        same["preprocessor"] = str.lower
        self._words = HashingVectorizer(n_features=2**bits, ngram_range=(1, 3), token_pattern=_WORDS_AND_MARKS, **same)
        self._characters = HashingVectorizer(n_features=2**bits, analyzer="char_wb", ngram_range=(2, 5), **same)
        self._before = HashingVectorizer(
            n_features=2 ** (bits - 2), ngram_range=(1, 2), token_pattern=_WORDS_AND_QUESTIONS, **same
        )
        self._cues = cue_finder()
        self.dim = 2 * 2**bits + 2 * 2 ** (bits - 2) + len(self._cues.names) + 3

    def encode(self, turns: Sequence[Turn]) -> csr_matrix:
        """One sparse row a turn, ``(n, dim)`` float32."""
        from scipy.sparse import csr_matrix, hstack

        if not turns:
            return csr_matrix((0, self.dim), dtype="float32")
        said = [clean(turn.utterance.text).text for turn in turns]
        endings: dict[str, str] = {}
        other = [_last(turn, endings, same=False) for turn in turns]
        own = [_last(turn, endings, same=True) for turn in turns]
        blocks = [
            self._words.transform(said),
            self._characters.transform(said),
            self._before.transform(other) * 0.5,
            self._before.transform(own) * 0.25,
            self._cue_block(said),
            self._shape_block(said, turns),
        ]
        return hstack(blocks, format="csr")

    def _cue_block(self, said: Sequence[str]) -> csr_matrix:
        from scipy.sparse import csr_matrix

        column = {name: n for n, name in enumerate(self._cues.names)}
        rows, columns = [], []
        for n, text in enumerate(said):
            hits = sorted({column[f"{match.label}/{match.cue}"] for match in self._cues.find(text)})
            rows += [n] * len(hits)
            columns += hits
        return csr_matrix(([1.0] * len(rows), (rows, columns)), shape=(len(said), len(column)), dtype="float32")

    def _shape_block(self, said: Sequence[str], turns: Sequence[Turn]) -> csr_matrix:
        from scipy.sparse import csr_matrix

        shape = [
            (min(len(text.split()), 40) / 40, float(text.isupper() and len(text) > 3), float(bool(turn.context)))
            for text, turn in zip(said, turns, strict=True)
        ]
        return csr_matrix(shape, shape=(len(said), 3), dtype="float32")

    def settings(self) -> dict[str, Any]:
        """The settings, and the digest of the cues whose columns the heads were fitted on."""
        return {"bits": self._bits, "cues": self._cues.digest}

    def files(self) -> Files:
        """None."""
        return {}

    @classmethod
    def restore(cls, settings: Mapping[str, Any], files: Files) -> NgramEncoder:
        """The encoder of these settings; the label files must still have the cues it was fitted on."""
        bits = settings.get("bits")
        if type(bits) is not int or not 8 <= bits <= 22 or files or set(settings) != {"bits", "cues"}:
            raise ModelError("the n-gram encoder needs 'bits' from 8 to 22, 'cues', and no files")
        encoder = cls(bits)
        if settings.get("cues") != encoder._cues.digest:
            raise ModelError("the label files' cues have changed since this n-gram model was fitted: train it anew")
        return encoder


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
        self._files = {"encoder.onnx": network, "vocabulary.json": _vocabulary_bytes(vocabulary)}
        self._layout = layout
        self._sequencer = Sequencer(WordPiece(vocabulary, unknown="[UNK]"), layout)
        longest = layout.turn + layout.context + 2 * layout.turns + 2
        if longest > LONGEST_ROW:
            raise ModelError(f"the layout's rows are longer than {LONGEST_ROW} word pieces")
        try:
            self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
            # The longest row there can be, of the last piece: what does not fit shows now, not in somebody's talk.
            vector = self._vector([len(vocabulary) - 1] * longest, 0)
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
            vocabulary = json.loads(files["vocabulary.json"])
            network = files["encoder.onnx"]
        except (KeyError, TypeError, ValueError, RecursionError):
            raise ModelError("a transformer needs a layout, encoder.onnx and vocabulary.json") from None
        if not isinstance(vocabulary, list) or not all(isinstance(piece, str) for piece in vocabulary):
            raise ModelError("vocabulary.json must be a list of strings")
        return cls(network, vocabulary, layout)


def _vocabulary_bytes(vocabulary: Sequence[str]) -> bytes:
    return json.dumps(list(vocabulary), ensure_ascii=False, separators=(",", ":")).encode()


ENCODERS: Mapping[str, type[NgramEncoder] | type[TransformerEncoder]] = {
    NgramEncoder.name: NgramEncoder,
    TransformerEncoder.name: TransformerEncoder,
}

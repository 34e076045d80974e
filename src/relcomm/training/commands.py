"""What ``relcomm train`` and ``relcomm evaluate`` do, as functions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from relcomm.encoders import Encoder, NgramEncoder
from relcomm.errors import TrainingError
from relcomm.labels import LABELS
from relcomm.model import Model, find
from relcomm.training.corpus import Coded, read_corpus, read_standoff
from relcomm.training.fit import assemble, fit_heads, hold_out


def coded(files: Sequence[Path], dialogues: Path | None = None) -> list[Coded]:
    """Coded conversations from corpus files, or from stand-off labels joined with ``dialogues``."""
    if dialogues is None:
        return read_corpus(files)
    return [c for file in files for c in read_standoff(file, dialogues)]


def train(
    files: Sequence[Path],
    out: Path,
    *,
    encoder: str = "ngram",
    dialogues: Path | None = None,
    held_out: Path | None = None,
) -> Model:
    """Fit heads on coded conversations, calibrate them on others, and save the model to a new folder.

    ``encoder`` is ``"ngram"`` or a model whose transformer is used as it is.
    """
    if (out / "model.json").exists():
        raise TrainingError(f"{out} already holds a model: name a new folder")
    kept = [c for c in coded(files, dialogues) if c.part not in ("dev", "test")]
    if held_out is None:
        kept, held = hold_out(kept)
    elif not (held := coded([held_out], dialogues)):
        raise TrainingError(f"{held_out}: no coded conversations to calibrate on")
    reader = _encoder(encoder)
    heads = fit_heads(reader, kept, tuple(LABELS))
    model = assemble(reader, heads, [(held, 1.0)], name=out.name, train=kept)
    try:
        model.save(out)
    except OSError as error:
        raise TrainingError(f"{out}: cannot be written ({error.strerror})") from None
    return Model.load(out)


def _encoder(name: str) -> Encoder:
    return NgramEncoder() if name == NgramEncoder.name else Model.load(find(name)).encoder

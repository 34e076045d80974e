"""What ``relcomm train`` and ``relcomm evaluate`` do, as functions."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from relcomm.encoders import Encoder, NgramEncoder
from relcomm.errors import TrainingError
from relcomm.heads import FEWEST
from relcomm.labels import LABELS
from relcomm.manifest import NAME
from relcomm.model import Model, find
from relcomm.training.corpus import Coded, read_corpus, read_standoff
from relcomm.training.fit import assemble, fit_heads, hold_out, learnable


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

    ``encoder`` is ``"ngram"`` or a model whose transformer is used as it is. Labels that too few turns have are not
    learnt; a line on standard error names them. Raises `TrainingError`, before anything is read where ``out`` is at fault.
    """
    _check_target(out)
    kept = [c for c in coded(files, dialogues) if c.part not in ("dev", "test")]
    if held_out is None:
        kept, held = hold_out(kept)
    elif not (held := coded([held_out], dialogues)):
        raise TrainingError(f"{held_out}: no coded conversations to calibrate on")
    labels = learnable(kept, tuple(LABELS))
    if not labels:
        raise TrainingError(f"nothing to learn: no label is there in {FEWEST} turns to train on and absent in as many")
    reader = _encoder(encoder)
    model = assemble(reader, fit_heads(reader, kept, labels), [(held, 1.0)], name=out.name, train=kept)
    try:
        model.save(out)
    except OSError as error:
        raise TrainingError(f"{out}: cannot be written ({error.strerror})") from None
    _tell([name for name in LABELS if name not in labels])
    return Model.load(out)


def _tell(left: Sequence[str]) -> None:
    if left and sys.stderr is not None:
        with suppress(OSError):  # the model is there, whether or not anybody hears of it
            print(f"not learnt, as too few turns have or lack them: {', '.join(left)}", file=sys.stderr)


def _check_target(out: Path) -> None:
    """See that a model can be saved there, before time is spent on it. Raises `TrainingError`."""
    if not NAME.fullmatch(out.name):
        raise TrainingError(
            f"{out}: a model's name is lower-case letters, digits, '-', '_' and '.', and begins with a letter"
        )
    try:
        taken = (out / "model.json").exists()
        place = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    except OSError as error:
        raise TrainingError(f"{out}: cannot be written ({error.strerror})") from None
    if taken:
        raise TrainingError(f"{out} already holds a model: name a new folder")
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise TrainingError(f"{out}: cannot be written ({place} is no folder that may be written to)")


def _encoder(name: str) -> Encoder:
    return NgramEncoder() if name == NgramEncoder.name else Model.load(find(name)).encoder

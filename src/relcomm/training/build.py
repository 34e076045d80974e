"""Build the models that ship, from the data they were trained on: ``python -m relcomm.training.build``.

Needs the real dialogue (not in this repo; see corpus/README.md for where it comes from), and for ``base`` the
``train`` extra and the pretrained encoder. ``scripts/train`` fetches and checks the latter.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from relcomm.encoders import Encoder, NgramEncoder
from relcomm.errors import TrainingError
from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.training.corpus import Coded, read_corpus, read_excerpts, read_standoff
from relcomm.training.fit import Heads, assemble, fit_heads, gold_of, rates

if TYPE_CHECKING:
    from relcomm.training.finetune import Recipe

MPNET = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""SHA-256 of all-mpnet-base-v2's model.safetensors, as its publishers have it."""
FIRST, SECOND, ALL = "w[a-f].jsonl", "w[a-n].jsonl", "w*.jsonl"
"""The corpus files of the first round of writers, of the first two, and of all."""
FOR_MEASURING_ONLY = frozenset({"dailydialog", "reccon"})
CORPUS_WEIGHT = 0.1
"""What a written turn weighs beside a real one in calibration: written talk is denser in every label."""
STRENGTH = 6.0
"""How freely the n-gram heads follow their data (scikit-learn's ``C``)."""


@dataclass(frozen=True, slots=True)
class Data:
    """Coded conversations: to train on; real ones to choose and calibrate on, and written ones likewise.

    ``ordinary`` are the real excerpts that were picked at random, among those to train on.
    """

    train: list[Coded]
    dev: list[Coded]
    written: list[Coded]
    ordinary: list[Coded]


def data(real: Path, corpus: Path, files: str = ALL) -> Data:
    """What there is in a folder of real dialogue and in the corpus. Excerpts coded here come with all files only."""
    coded = read_standoff(real / "labels_train.jsonl", real / "dialogues.jsonl")
    coded = [c for c in coded if c.source not in FOR_MEASURING_ONLY]
    ours = (
        read_excerpts(corpus / "standoff" / "labels_uncoded.jsonl", real / "uncoded.jsonl.gz") if files == ALL else []
    )
    written = read_corpus(sorted((corpus / "turns").glob(files)))
    return Data(
        train=coded + [c for c in written if c.part == "train"] + ours,
        dev=dev(real),
        written=[c for c in written if c.part == "dev"],
        ordinary=[c for c in ours if c.part == "random"],
    )


def dev(real: Path) -> list[Coded]:
    """The real conversations to choose on, with how each was picked as its part."""
    return read_standoff(real / "labels_dev.jsonl", real / "dialogues.jsonl")


def build_ngram(real: Path, corpus: Path, out: Path) -> Model:
    """The sparse model, fitted and saved."""
    found = data(real, corpus)
    encoder = NgramEncoder()
    heads = fit_heads(encoder, found.train, tuple(LABELS), strength=STRENGTH)
    model = calibrated(encoder, heads, found, name=out.name)
    model.save(out)
    return model


def calibrated(encoder: Encoder, heads: Heads, found: Data, *, name: str) -> Model:
    """A model calibrated on the conversations to choose on, which knows how rare labels are elsewhere."""
    model = assemble(encoder, heads, [(found.dev, 1.0), (found.written, CORPUS_WEIGHT)], name=name, train=found.train)
    conflict = [c for c in found.dev if c.part == "pool"]
    for setting, talk in (("everyday", found.ordinary), ("conflict", conflict)):
        model.data["rates"][setting] = rates(gold_of(talk, model.labels), model.labels)
    return model


def build_base(real: Path, corpus: Path, out: Path, *, pretrained: Path, run: Path) -> Model:
    """The transformer: fine-tuned unless ``run`` already holds a finished run, exported, calibrated and saved."""
    from relcomm.training.export import export
    from relcomm.training.finetune import Recipe, mean

    verify(pretrained)
    # The stages as they were run, each on the files there were: docs/decisions.md says what each of them gave.
    stages = (
        (FIRST, Recipe(epochs=3, stop=1)),
        (FIRST, Recipe(epochs=1, rate=2.7e-5, warmup=0.05, seed=8)),
        (FIRST, Recipe(epochs=2, rate=3e-5, warmup=0.03, quiet=0.5, rare=500, seed=9)),
        (SECOND, Recipe(epochs=2, rate=3e-5, warmup=0.05, quiet=0.3, few=6, seed=10)),
    )
    after = None
    for n, (files, recipe) in enumerate(stages, 1):
        after = _stage(partial(data, real, corpus, files), pretrained, run / str(n), recipe=recipe, after=after)
    # The fourth stage learns the written talk and forgets some of the real; halfway between, both are kept.
    mean([run / "3", run / "4"], run / "mean")
    recipe = Recipe(own=3, epochs=1, rate=4e-5, warmup=0.04, quiet=0.35, few=6, seed=11)
    last = _stage(partial(data, real, corpus), pretrained, run / "5", recipe=recipe, after=run / "mean")
    encoder, heads = export(last, pretrained)
    model = calibrated(encoder, heads, data(real, corpus), name=out.name)
    model.data["recipes"] = json.loads((last / "recipes.json").read_text(encoding="utf-8"))
    model.data["pretrained"] = {"name": "all-mpnet-base-v2", "sha256": MPNET}
    model.save(out)
    return model


def _stage(read: Callable[[], Data], pretrained: Path, folder: Path, *, recipe: Recipe, after: Path | None) -> Path:
    """The folder of a finished stage; what it is trained on is read only if it has yet to be run."""
    from relcomm.training.finetune import examples, finetune

    if not (folder / "recipes.json").exists():
        finetune(examples(read().train, recipe.doubt), pretrained, folder, recipe=recipe, watch=_say, after=after)
    return folder


def _say(epoch: int, _: object) -> None:
    print(f"epoch {epoch} done", flush=True)


def verify(pretrained: Path) -> None:
    """Check the pretrained weights. Raises `TrainingError` if they are not the publishers' own."""
    digest = hashlib.sha256((pretrained / "model.safetensors").read_bytes()).hexdigest()
    if digest != MPNET:
        raise TrainingError(f"{pretrained}/model.safetensors is not all-mpnet-base-v2: its SHA-256 differs")


def main(argv: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m relcomm.training.build", description=__doc__)
    parser.add_argument("model", choices=["ngram", "base"])
    parser.add_argument("--real", type=Path, required=True, help="folder with dialogues.jsonl and the label files")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--out", type=Path, help="new model folder (default: models/NAME)")
    parser.add_argument("--pretrained", type=Path, help="folder of all-mpnet-base-v2 (base)")
    parser.add_argument("--run", type=Path, default=Path("runs/base"), help="folder of the fine-tuning run (base)")
    options = parser.parse_args(argv)
    out = options.out or Path("models") / options.model
    if options.model == "ngram":
        model = build_ngram(options.real, options.corpus, out)
    elif options.pretrained is None:
        parser.error("base needs --pretrained")
    else:
        model = build_base(options.real, options.corpus, out, pretrained=options.pretrained, run=options.run)
    print(json.dumps({name: asdict(limits) for name, limits in model.thresholds.items()}, indent=1))


if __name__ == "__main__":
    main()

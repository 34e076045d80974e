"""Build the models that ship, from the data they were trained on: ``python -m relcomm.training.build``.

Needs the real dialogue (not in this repo; see corpus/README.md for where it comes from), and for ``base`` and
``small`` the ``train`` extra and a pretrained encoder. ``scripts/train`` fetches the latter; it is checked here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from relcomm.encoders import Encoder, NgramEncoder
from relcomm.errors import TrainingError
from relcomm.heads import rates
from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.training.corpus import Coded, decided, read_corpus, read_excerpts, read_standoff
from relcomm.training.fit import Heads, assemble, fit_heads, gold_of

if TYPE_CHECKING:
    from relcomm.training.finetune import Example, Recipe

MPNET = ("all-mpnet-base-v2", "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658")
MINILM = ("all-MiniLM-L6-v2", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db")
"""Names of pretrained encoders, and the SHA-256 of their model.safetensors, as their publishers have them."""
Round = tuple[str, tuple[str, ...], str]
FIRST: Round = ("w[a-f].jsonl", (), "")
SECOND: Round = ("w[a-n].jsonl", (), "")
THIRD: Round = ("w[a-p].jsonl", ("labels_uncoded.jsonl",), "")
FOURTH: Round = ("w[a-t].jsonl", (*THIRD[1], "labels_uncoded_2.jsonl"), "")
FIFTH: Round = ("w[a-v].jsonl", FOURTH[1], "")
SIXTH: Round = ("w[a-v].jsonl", (*FOURTH[1], "labels_uncoded_3.jsonl"), "disputed.jsonl")
ALL: Round = ("w*.jsonl", *SIXTH[1:])
"""What there was to train on at each stage: files of the corpus, excerpts coded here, and decisions on their turns."""
NEWEST = ("ww", "wx", "wy", "wz")
"""What the turns that came last to the corpus begin with."""
ASKS = "asks.jsonl"
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


def data(real: Path, corpus: Path, there: Round = ALL) -> Data:
    """What there is in a folder of real dialogue and in the corpus, or what there was at an earlier stage."""
    files, layers, decisions = there
    coded = read_standoff(real / "labels_train.jsonl", real / "dialogues.jsonl")
    coded = [c for c in coded if c.source not in FOR_MEASURING_ONLY]
    ours = [c for layer in layers for c in read_excerpts(corpus / "standoff" / layer, real / "uncoded.jsonl.gz")]
    if decisions:
        ours = decided(ours, corpus / decisions)
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
    from relcomm.training.finetune import Recipe, mean

    verify(pretrained, MPNET)
    # The stages as they were run, each on what there was: docs/decisions.md says what each of them gave.
    stages = (
        (FIRST, Recipe(epochs=3, stop=1)),
        (FIRST, Recipe(epochs=1, rate=2.7e-5, warmup=0.05, seed=8)),
        (FIRST, Recipe(epochs=2, rate=3e-5, warmup=0.03, quiet=0.5, rare=500, seed=9)),
        (SECOND, Recipe(epochs=2, rate=3e-5, warmup=0.05, quiet=0.3, few=6, seed=10)),
    )
    after = None
    for n, (there, recipe) in enumerate(stages, 1):
        after = _stage(partial(_turns, real, corpus, there), pretrained, run / str(n), recipe=recipe, after=after)
    # The fourth stage learns the written talk and forgets some of the real; halfway between, both are kept.
    mean([run / "3", run / "4"], run / "mean")
    recipe = Recipe(own=3, epochs=1, rate=4e-5, warmup=0.04, quiet=0.35, few=6, seed=11)
    fifth = _stage(partial(_turns, real, corpus, THIRD), pretrained, run / "5", recipe=recipe, after=run / "mean")
    # The sixth went on from the fifth as it had shipped, with 8-bit weights (relcomm.training.recover).
    recipe = Recipe(own=4, epochs=1, rate=4e-5, warmup=0.04, quiet=0.25, few=6, narrow=True, seed=12)
    sixth = _stage(partial(_with_asks, real, corpus, FIFTH), pretrained, run / "6", recipe=recipe, after=fifth)
    recipe = replace(recipe, still=2, until=1500, rate=3e-5, head_rate=5e-4, quiet=0.12, seed=13)
    seventh = _stage(partial(_with_asks, real, corpus, SIXTH), pretrained, run / "7", recipe=recipe, after=sixth)
    # Drawn beforehand, and noisy: what was written last, and a share of all else.
    recipe = replace(recipe, until=0, warmup=0.05, rate=2.5e-5, head_rate=4e-4, quiet=1.0, noise=0.3, seed=14)
    last = _stage(partial(_mixed, real, corpus), pretrained, run / "8", recipe=recipe, after=seventh)
    return _shipped(last, pretrained, data(real, corpus), out=out, origin=MPNET, asks=corpus / ASKS)


def build_small(real: Path, corpus: Path, out: Path, *, pretrained: Path, run: Path, teacher: Path) -> Model:
    """The small transformer, taught by the coders and by the model in the folder ``teacher``, then by newer codes alone."""
    from relcomm.training.distil import lessons, taught
    from relcomm.training.finetune import Recipe, epoch_of, examples, mean

    verify(pretrained, MINILM)
    recipe = Recipe(own=4, epochs=2, rate=1.5e-4, warmup=0.06, few=6, taught=0.5, narrow=True, seed=21)

    def with_lessons() -> list[Example]:
        every = _turns(real, corpus, THIRD)
        drawn = epoch_of(every, Recipe(quiet=0.3), random.Random(5))  # noqa: S311 - repeatable, no secret
        return taught(drawn, lessons(Model.load(teacher), drawn), recipe.taught)

    def new() -> list[Example]:
        known = {coded.conversation.id for coded in data(real, corpus, THIRD).train}
        train = data(real, corpus, FOURTH).train
        return examples([coded for coded in train if coded.conversation.id not in known], recipe.doubt)

    first = _stage(with_lessons, pretrained, run / "1", recipe=recipe, after=None)
    recipe = Recipe(own=4, epochs=1, rate=6e-5, warmup=0.05, quiet=0.25, few=6, narrow=True, seed=22)
    mean([first, _stage(new, pretrained, run / "2", recipe=recipe, after=first)], run / "mean")
    return _shipped(run / "mean", pretrained, data(real, corpus, FOURTH), out=out, origin=MINILM)


def _turns(real: Path, corpus: Path, there: Round) -> list[Example]:
    """What there was to train on at a stage."""
    from relcomm.training.finetune import Recipe, examples

    return examples(data(real, corpus, there).train, Recipe().doubt)


def _with_asks(real: Path, corpus: Path, there: Round) -> list[Example]:
    """What there was to train on at a stage, with what is known of who asks for what again."""
    from relcomm.training.asks import marked, pairs, read_asks

    asks = read_asks(corpus / ASKS)
    beside = pairs(data(real, corpus, there).train, asks, random.Random(31))  # noqa: S311 - repeatable, no secret
    return marked(_turns(real, corpus, there), asks) + beside


def _mixed(real: Path, corpus: Path) -> list[Example]:
    """The newest written turns, all of them, and of everything else a share: least of the real turns nobody marked."""
    chance = random.Random(41)  # noqa: S311 - repeatable, no secret
    found = []
    for item in _with_asks(real, corpus, ALL):
        at = item.turn.utterance.id
        share = 1.0 if at.startswith(NEWEST) else 0.35 if at.startswith("w") or item.loud else 0.06
        if chance.random() < share:
            found.append(item)
    return found


def _stage(
    read: Callable[[], list[Example]], pretrained: Path, folder: Path, *, recipe: Recipe, after: Path | None
) -> Path:
    """The folder of a finished stage; what it is trained on is read only if it has yet to be run."""
    from relcomm.training.finetune import finetune

    if not (folder / "recipes.json").exists():
        finetune(read(), pretrained, folder, recipe=recipe, watch=_say, after=after)
    return folder


def _shipped(
    run: Path, pretrained: Path, found: Data, *, out: Path, origin: tuple[str, str], asks: Path | None = None
) -> Model:
    """A finished run, exported, calibrated and saved; with what it has learnt of asks, if it has."""
    from relcomm.training.asks import asking, read_asks
    from relcomm.training.export import export

    encoder, heads, more = export(run, pretrained)
    model = calibrated(encoder, heads, found, name=out.name)
    if asks:
        model = asking(model, more, found.written, read_asks(asks))
    model.data["recipes"] = json.loads((run / "recipes.json").read_text(encoding="utf-8"))
    model.data["pretrained"] = dict(zip(("name", "sha256"), origin, strict=True))
    model.save(out)
    return model


def _say(epoch: int, _: object) -> None:
    print(f"epoch {epoch} done", flush=True)


def verify(pretrained: Path, origin: tuple[str, str]) -> None:
    """Check the pretrained weights. Raises `TrainingError` if they are not the publishers' own."""
    name, expected = origin
    if hashlib.sha256((pretrained / "model.safetensors").read_bytes()).hexdigest() != expected:
        raise TrainingError(f"{pretrained}/model.safetensors is not {name}: its SHA-256 differs")


def main(argv: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m relcomm.training.build", description=__doc__)
    parser.add_argument("model", choices=["ngram", "base", "small"])
    parser.add_argument("--real", type=Path, required=True, help="folder with dialogues.jsonl and the label files")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--out", type=Path, help="new model folder (default: models/NAME)")
    parser.add_argument("--pretrained", type=Path, help=f"folder of {MPNET[0]} (base) or {MINILM[0]} (small)")
    parser.add_argument("--run", type=Path, help="folder of the fine-tuning run (default: runs/NAME)")
    parser.add_argument(
        "--teacher", type=Path, default=Path("models/base"), help="folder of the model that teaches small"
    )
    options = parser.parse_args(argv)
    out = options.out or Path("models") / options.model
    if options.model == "ngram":
        model = build_ngram(options.real, options.corpus, out)
    elif options.pretrained is None:
        parser.error(f"{options.model} needs --pretrained")
    else:
        more = {"teacher": options.teacher} if options.model == "small" else {}
        build = build_small if options.model == "small" else build_base
        run = options.run or Path("runs") / options.model
        model = build(options.real, options.corpus, out, pretrained=options.pretrained, run=run, **more)
    print(json.dumps({name: asdict(limits) for name, limits in model.thresholds.items()}, indent=1))


if __name__ == "__main__":
    main()

"""Does the corpus help? The same model and settings, trained with it and without: python benchmarks/with_corpus.py DATA

DATA holds labels_train.jsonl, labels_dev.jsonl and dialogues.jsonl. The model is the sparse one, or with --pretrained
FOLDER the first --layers layers of mpnet, fine-tuned for --epochs epochs (about an hour for three and one, on two cores).
Both are calibrated on the same conversations; no figure is on anything that was trained on.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from relcomm.encoders import NgramEncoder
from relcomm.labels import LABELS
from relcomm.training.build import CORPUS_WEIGHT, STRENGTH, data
from relcomm.training.corpus import Coded
from relcomm.training.evaluate import figures, score
from relcomm.training.fit import assemble, fit_heads
from relcomm.training.suite import find_suite, read_suite, run

CORPUS = Path(__file__).parents[1] / "corpus"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--pretrained", type=Path)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=1)
    args = parser.parse_args()
    found = data(args.data, CORPUS)
    both, real_dev, written_dev = found.train, found.dev, found.written
    writers = {path.stem for path in (CORPUS / "turns").glob("*.jsonl")}
    real = [talk for talk in both if talk.source not in writers]
    cases = read_suite(find_suite("relcheck"))
    print(
        "| trained on | turns | dev core-five mean AP | dev any-harm AP | corpus dev core-five mean AP | RelCheck right | false alarms |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, train in (("real dialogue", real), ("real dialogue and the corpus", both)):
        if args.pretrained:
            encoder, heads = finetuned(train, args)
        else:
            encoder = NgramEncoder()
            heads = fit_heads(encoder, train, tuple(LABELS), strength=STRENGTH)
        model = assemble(encoder, heads, [(real_dev, 1.0), (written_dev, CORPUS_WEIGHT)], name="tried", train=train)
        on_real, on_written, suite = (
            figures(score(model, real_dev)),
            figures(score(model, written_dev)),
            run(model, cases),
        )
        cells = [
            on_real["core-five mean AP"],
            on_real["any-harm AP"],
            on_written["core-five mean AP"],
            suite["all"]["right"],
            suite["all"]["alarms"],
        ]
        turns = sum(len(talk.labels) for talk in train)
        print(f"| {name} | {turns:,} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |", flush=True)


def finetuned(train: list[Coded], args: argparse.Namespace):
    from relcomm.training.export import export
    from relcomm.training.finetune import Recipe, examples, finetune

    recipe = Recipe(layers=args.layers, epochs=args.epochs, quiet=0.3, few=6)
    with TemporaryDirectory() as folder:
        finetune(examples(train, recipe.doubt), args.pretrained, Path(folder), recipe=recipe, watch=lambda *_: None)
        return export(Path(folder), args.pretrained)


if __name__ == "__main__":
    main()

"""The card of a model, written from its own figures: ``python -m relcomm.training.card``.

The figures go to ``figures.json`` beside the card; a test measures the corpus test split again and compares.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from relcomm.model import Model
from relcomm.training.build import dev
from relcomm.training.corpus import Coded, read_corpus
from relcomm.training.evaluate import report, table
from relcomm.training.suite import find_suite, read_suite, run, suite_table

PARTS = {
    "all": "Real dialogue, development set, all parts (thresholds and calibration were chosen on it)",
    "pool": "of these, the part picked for likely conflict",
    "random": "of these, the part picked at random: the base rate of ordinary talk",
    "rare": "of these, the part mined for rare labels",
}


def measure(model: Model, real: Path, corpus: Path) -> dict[str, Any]:
    """All figures of the card, by the name of what they were measured on. Nothing of RelCheck was ever trained on."""
    coded = dev(real)
    found = {part: report(model, [c for c in coded if part in ("all", c.part)]) for part in PARTS}
    suite = run(model, read_suite(find_suite("relcheck")))
    return found | {"corpus test": report(model, written_test(corpus)), "RelCheck": suite}


def written_test(corpus: Path) -> list[Coded]:
    """The test split of the corpus in this repo, on which nothing was trained or chosen."""
    return [c for c in read_corpus(sorted((corpus / "turns").glob("*.jsonl"))) if c.part == "test"]


def card(model: Model, found: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    sections = [f"### {title}\n\n{table(found[part])}" for part, title in PARTS.items()]
    sections.append(f"### The corpus of this repo, test split\n\n{table(found['corpus test'])}")
    sections.append(f"### RelCheck, cases by capability\n\n{suite_table(found['RelCheck'])}")
    return _CARD.substitute(
        name=model.name,
        encoder=_ENCODER[model.encoder.name],
        turns=f"{model.data['train']['turns']:,}",
        conversations=f"{model.data['train']['conversations']:,}",
        fingerprint=model.data["train"]["sha256"],
        thresholds="\n".join(f"| {k} | {t.sure:.2f} | {t.unsure:.2f} |" for k, t in model.thresholds.items()),
        figures="\n\n".join(sections),
    )


_ENCODER = {
    "ngram": "Hashed words, characters and cues of the turn and words of the turn before; one logistic regression a label.",
    "transformer": "The first six layers of all-mpnet-base-v2 (Apache-2.0), fine-tuned to read a turn together with up to four"
    " turns before it, quantised to 8 bits; one linear head a label.",
}
_CARD = Template("""\
# $name

$encoder
Probabilities are calibrated on held-out conversations; this card is written by `python -m relcomm.training.card`.

## What it is for

Pointing at turns of a conversation, in English, that a careful reader may want to look at: for people who work on their own
side of a pattern, for therapists with their clients' consent, for researchers who check it on their own coded data first.
Not for: judging, scoring or ranking a person; diagnosis; predicting separation; evidence in court or custody; watching
somebody who has not agreed; deciding whether anyone is safe. The absence of a label means nothing about safety.

## Data

Trained on $turns turns of $conversations conversations: public dialogue (mostly film, stage and television, some recorded
talk) and the train split of this repo's corpus. Fingerprint `$fingerprint`. The sources are named in NOTICE.
All of it was coded by language models reading the codebook, three of them agreeing at F1 .85 to .97 on a shared part. One
comparison with people exists (AUC .89 against crowd ratings of problematic turns); nobody has yet compared the codes with
trained human coders of couples' talk. So each figure below says how well the model repeats such coders, not how well it
knows couples.

## Figures

$figures

Calibration error is in-sample on the development set (two numbers a label were fitted there) and out of sample on the
corpus test split, whose talk is much denser in every label.

## Thresholds

A label is given from the first probability on, and named as not sure from the second.

| label | given | not sure |
| --- | --- | --- |
$thresholds

## What it gets wrong

It reads words, not voices. Irony without a marked word, old quarrels behind a neutral sentence, teasing between people who
like each other, and silence are mostly beyond it; from text alone stonewalling is hard even for people. It was trained
on scripted drama: everyday talk is flatter, and it will miss quiet contempt and see quarrels in loud play. Rare labels
(boundary, gentle start-up, self-soothing, ultimatum, threat) rest on written examples more than on real talk.
""")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure a model folder and write its card and figures into it."""
    parser = argparse.ArgumentParser(prog="python -m relcomm.training.card", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--real", type=Path, required=True, help="folder with dialogues.jsonl and labels_dev.jsonl")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    options = parser.parse_args(argv)
    model = Model.load(options.folder)
    found = measure(model, options.real, options.corpus)
    (options.folder / "figures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (options.folder / "README.md").write_text(card(model, found), encoding="utf-8")
    print(table(found["all"]))


if __name__ == "__main__":
    main()

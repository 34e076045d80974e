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

import numpy as np

from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.training.build import MINILM, MPNET, dev
from relcomm.training.corpus import Coded, objects, read_corpus
from relcomm.training.evaluate import report_of, score, table
from relcomm.training.slices import by_kind, kinds_table, picture, reliability
from relcomm.training.suite import find_suite, read_suite, run, suite_table

PARTS = {
    "all": "Real dialogue, development set, all parts (thresholds and calibration were chosen on it)",
    "pool": "of these, the part picked for likely conflict",
    "random": "of these, the part picked at random: the base rate of ordinary talk",
    "rare": "of these, the part mined for rare labels",
}
MISSES = 3
"""How many of the label files' examples the card shows of each kind of mistake on a label."""


def measure(model: Model, real: Path, corpus: Path) -> dict[str, Any]:
    """All figures of the card, by the name of what they were measured on. Nothing of RelCheck was ever trained on."""
    coded, written = dev(real), written_test(corpus)
    real_scored, written_scored = score(model, coded), score(model, written)
    found: dict[str, Any] = {}
    for part in PARTS:
        chosen = [n for n, c in enumerate(coded) if part in ("all", c.part)]
        turns = np.flatnonzero(np.isin(real_scored.group, chosen))
        found[part] = report_of(real_scored.take(turns), model.name, conversations=len(chosen))
    found["corpus test"] = report_of(written_scored, model.name, conversations=len(written))
    found["RelCheck"] = run(model, read_suite(find_suite("relcheck")))
    channels = {row["conversation"]: row["channel"] for _, row in objects(corpus / "conversations.jsonl")}
    found["by source"] = by_kind(real_scored, [c.source for c in coded])
    found["by channel"] = by_kind(written_scored, [channels[c.conversation.id] for c in written])
    found["by writer"] = by_kind(written_scored, [c.source for c in written])
    found["reliability"] = {"dev": reliability(real_scored), "corpus test": reliability(written_scored)}
    found["mistakes"] = mistakes(model)
    return found


def mistakes(model: Model) -> dict[str, dict[str, list[str]]]:
    """Examples of the label files, all invented, that the model misses or flags wrongly; the first few of each label."""
    found = {}
    for name in model.labels:
        if name in LABELS:
            limit, column = model.thresholds[name].sure, model.labels.index(name)
            missed, wrong = (
                [case.text for case in cases if (model.score([case.turn])[0, column] >= limit) != should]
                for cases, should in ((LABELS[name].flag, True), (LABELS[name].leave, False))
            )
            found[name] = {"missed": missed[:MISSES], "wrong": wrong[:MISSES]}
    return found


def written_test(corpus: Path) -> list[Coded]:
    """The test split of the corpus in this repo, on which nothing was trained or chosen."""
    return [c for c in read_corpus(sorted((corpus / "turns").glob("*.jsonl"))) if c.part == "test"]


def card(model: Model, found: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    sections = [f"### {title}\n\n{table(found[part])}" for part, title in PARTS.items()]
    sections.append(f"### The corpus of this repo, test split\n\n{table(found['corpus test'])}")
    sections += [
        f"### {title}\n\n{kinds_table(found[key], what)}"
        for key, what, title in (
            ("by source", "source", "Real dialogue by source"),
            ("by channel", "channel", "Written talk by channel"),
            ("by writer", "writer", "Written talk by writer: each has voices and registers of its own"),
        )
    ]
    sections.append(
        f"### RelCheck, cases by capability (dialects and spellings among them)\n\n{suite_table(found['RelCheck'])}"
    )
    about = model.data
    return _CARD.substitute(
        name=model.name,
        encoder=_encoder(model),
        kind=_KINDS.get(about.get("pretrained", {}).get("name"), "ngram"),
        turns=f"{about['train']['turns']:,}",
        conversations=f"{about['train']['conversations']:,}",
        fingerprint=about["train"]["sha256"],
        thresholds="\n".join(_limits(model, name) for name in model.labels),
        figures="\n\n".join(sections),
        mistakes="\n".join(_mistakes(found["mistakes"])),
        speed=_speed(found.get("speed", {})),
        made=_made(model),
    )


def _encoder(model: Model) -> str:
    if "pretrained" not in model.data:
        return _NGRAM
    recipes = model.data["recipes"]
    taught = any(recipe.get("taught") for recipe in recipes)
    lessons = " It learnt from the coders and, at first by half, from what `base` says of the same turns." * taught
    return _TRANSFORMER.substitute(name=model.data["pretrained"]["name"], own=_OWN[recipes[-1]["own"]]) + lessons


def _limits(model: Model, name: str) -> str:
    limits, rates = model.thresholds[name], model.data["rates"]
    shares = " | ".join(f"{rates[setting][name]:.4f}" for setting in ("calibrated", "everyday", "conflict"))
    return f"| {name} | {limits.sure:.2f} | {limits.unsure:.2f} | {shares} |"


def _mistakes(found: Mapping[str, Mapping[str, Sequence[str]]]) -> list[str]:
    lines = ["| label | does not see | sees wrongly |", "| --- | --- | --- |"]
    for name, row in found.items():
        cells = ["; ".join(f"“{text.replace('|', '/')}”" for text in row[key]) or "–" for key in ("missed", "wrong")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _speed(found: Mapping[str, Any]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in found.items()) or "Not measured for this card."


def _made(model: Model) -> str:
    steps = [
        f"{step.get('epochs')} epoch(s), rate {step.get('rate')}, seed {step.get('seed')}"
        if "rate" in step
        else "mean of two stages"
        for step in model.data.get("recipes", [])
    ]
    return "; then ".join(steps) or "one logistic regression a label"


_OWN = {3: "three", 4: "four"}
_KINDS = {MPNET[0]: "base", MINILM[0]: "small"}
_TRANSFORMER = Template(
    "The first six layers of $name (Apache-2.0), fine-tuned to read a turn together with up to four turns before it,"
    " quantised to 8 bits; one linear head a label. In the upper $own layers only the turn itself is read on."
)
_NGRAM = "Hashed words and characters of the turn and words of the turns before; one logistic regression a label."
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

### Calibration

![Reliability on the development set](reliability.svg)

Calibration error is in-sample on the development set (two numbers a label were fitted there) and out of sample on the
corpus test split, whose talk is much denser in every label.

## Thresholds

A label is given from the first probability on, and named as not sure from the second.

The shares of turns are those that probabilities are made for; with `prior="everyday"` or `prior="conflict"` they are
the others (3,187 turns of film, stage and recorded talk picked at random; the development set's part picked for conflict).

| label | given | not sure | share where calibrated | everyday | conflict |
| --- | --- | --- | --- | --- | --- |
$thresholds

## Speed and memory

$speed

## How it was made

`scripts/train $kind DATA FOLDER` makes it again: $made.

## What it gets wrong

It reads words, not voices. Irony without a marked word, old quarrels behind a neutral sentence, teasing between people who
like each other, and silence are mostly beyond it; from text alone stonewalling is hard even for people. It was trained
on scripted drama: everyday talk is flatter, and it will miss quiet contempt and see quarrels in loud play. Rare labels
(boundary, gentle start-up, self-soothing, ultimatum, threat) rest on written examples more than on real talk.
Of the label files' own examples, which were written for people and not for it:

$mistakes
""")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure a model folder and write its card and figures into it."""
    parser = argparse.ArgumentParser(prog="python -m relcomm.training.card", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--real", type=Path, required=True, help="folder with dialogues.jsonl and labels_dev.jsonl")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--speed", type=Path, help="what `benchmarks/label.py --json` printed on the machine to name")
    options = parser.parse_args(argv)
    model = Model.load(options.folder)
    found = measure(model, options.real, options.corpus)
    if options.speed is not None:
        found["speed"] = json.loads(options.speed.read_text(encoding="utf-8"))
    (options.folder / "figures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (options.folder / "README.md").write_text(card(model, found), encoding="utf-8")
    (options.folder / "reliability.svg").write_text(picture(found["reliability"]["dev"]), encoding="utf-8")
    print(table(found["all"]))


if __name__ == "__main__":
    main()

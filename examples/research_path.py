"""From 30 transcripts and two coders to a table for the paper: agreement, what the model is good for, rates, sequences.

python examples/research_path.py [MODEL]

Invented talk from this project's corpus that no model was trained on; its author and its blind second coder (language
models both) stand in for your two coders. docs/research.md walks through it.
"""

import json
import sys
import tempfile
from itertools import groupby
from pathlib import Path

import relcomm
from relcomm.research.coded import read_study, with_coder
from relcomm.research.comparison import share_of, turn_rows
from relcomm.research.steps import Plan, steps_of
from relcomm.research.validation import answers, validate
from relcomm.research.words import sentences

CORPUS = Path(__file__).parents[1] / "corpus"
LABELS = ("criticism", "contempt", "defensiveness", "stonewalling")


def coders_files(folder):
    """Write what you would have: 30 coded conversations of one coder, and the other's codes of the same turns."""
    lines = [
        line for file in sorted((CORPUS / "turns").glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()
    ]
    turns = [turn for turn in map(json.loads, lines) if turn["split"] == "dev"]
    talks = [list(talk) for _, talk in groupby(turns, key=lambda turn: turn["conversation"])]
    talks = sorted(talks, key=len, reverse=True)[:30]
    codes = {row["id"]: row for row in map(json.loads, (CORPUS / "coding.jsonl").read_text("utf-8").splitlines())}
    first, second = folder / "first.jsonl", folder / "second.csv"
    rows = [turn for talk in talks for turn in talk]
    keys = ("id", "conversation", "turn", "speaker", "text")
    kept = [{key: turn[key] for key in keys} | {"labels": codes[turn["id"]]["author"]} for turn in rows]
    first.write_text("".join(json.dumps(turn) + "\n" for turn in kept), "utf-8")
    table = [f"{turn['id']},{';'.join(codes[turn['id']]['second'])}" for turn in rows]
    second.write_text("\n".join(["id,labels", *table, ""]), "utf-8")
    return first, second


def shown(figure):
    """A figure with its interval, as a paper has it."""
    return "–" if figure.value is None else f"{figure.value:.2f} [{figure.low or 0:.2f}, {figure.high or 0:.2f}]"


with tempfile.TemporaryDirectory() as folder:
    study = read_study(coders_files(Path(folder)))
model = relcomm.load(*sys.argv[1:]).model
said = answers(model, study)
checked = validate(study, model, labels=LABELS, said=said)
agreed = {row.label: row.figures for row in turn_rows(study, labels=LABELS)}
study = with_coder(study, "model", said.codes(list(study.places)))

print(f"{checked.turns} turns of {checked.conversations} conversations, coders {' and '.join(checked.coders)}.\n")
print("| label | coders' alpha | AC1 | model's alpha | use | per 100 turns, first coder | model |")
print("| --- | --- | --- | --- | --- | --- | --- |")
for found in checked.findings:
    if found.label in LABELS:
        cells = [shown(agreed[found.label][name]) for name in ("alpha", "AC1")] + [
            shown(found.figures["alpha"]),
            found.use,
        ]
        rates = [share_of(study, coder, found.label) for coder in ("first", "model")]
        print(f"| {found.label} | {' | '.join(cells)} | {' | '.join(f'{100 * rate.value:.1f}' for rate in rates)} |")
print()
for found in checked.findings:
    print(f"{found.label}: {' '.join(sentences(found))}\n")

steps = steps_of(study, "first", Plan(LABELS, answers=True))
print(f"What answers what ({int(steps.transitions.total)} answers):")
for i, j in steps.standing_out():
    first, then = (steps.transitions.codes[n] for n in (i, j))
    count, expected = steps.transitions.counts[i, j], steps.transitions.expected[i, j]
    print(
        f"  {first} → {then}: {count:.0f}, where chance has {expected:.1f} (p {max(0.001, steps.shuffled[i, j]):.3f})"
    )

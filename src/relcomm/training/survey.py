"""What the corpus holds, and how it compares with real talk: ``python -m relcomm.training.survey corpus``.

``--real FOLDER`` (labels_train.jsonl, dialogues.jsonl) adds the comparison of words, ``--pretrained FOLDER`` that of
sentence vectors, which needs the ``train`` extra. ``scripts/corpus-report`` does all of it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from relcomm.labels import LABELS
from relcomm.training.agreement import table as agreement
from relcomm.training.corpus import Coded, fingerprint, read_corpus, read_standoff

KINDS = {
    "living with in-laws": r"in-law|in-laws",
    "separated or co-parents": r"\bex\b|exes|ex-|divorced|separat|co-?parent",
    "same-sex couples": r"two (wo)?men\b(?!.*friend)|\b[mf]/\1|wives|husbands|m/m|f/f",
    "parent and adult child": r"mother|father|parent|step|mum|dad|daughter|aunt|uncle|grand",
    "siblings": r"sibling|brother|sister|twin",
    "colleagues": r"colleague|co-?worker|manager|boss|team|from work",
    "flatmates": r"flat|room-?mate|house-?mate|lodger",
    "long-distance": r"long[- ]distance",
    "engaged": r"engaged|fianc",
    "older couples": r"(married|couple|living together|dating).*([6-9]0s|old|long together|retired|[4-6]\d years)|old(er)? couple",
    "married": r"married|spouse|husband|wife|newlywed",
    "dating": r"dating|couple|living together|partner|lover|boyfriend|girlfriend|together|dates|date\b|situationship",
    "close friends": r"friend|cousin|neighbour",
}
"""Kinds of relation and what a card's own words for one look like; the first that fits counts."""
NEAR = 0.6
"""From this share of common three-word runs on (Jaccard), two turns are near-duplicates."""
LONG = 6
"""Shorter turns than this many words are everybody's ("What did he say?") and are no duplicates."""


def words(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.lower())


def kind(relation: str) -> str:
    """The kind of relation that a card's words name; "other" where none fits."""
    return next((name for name, pattern in KINDS.items() if re.search(pattern, relation.lower())), "other")


def near_duplicates(texts: Sequence[str], *, long: int = LONG, near: float = NEAR) -> Iterator[tuple[int, int]]:
    """Pairs of places in ``texts`` that share most of their three-word runs (exact Jaccard, not an estimate)."""
    from sklearn.feature_extraction.text import CountVectorizer

    at = [n for n, text in enumerate(texts) if len(words(text)) >= max(3, long)]
    if not at:
        return
    count = CountVectorizer(analyzer=_runs, binary=True, dtype=np.float32)
    table = count.fit_transform([texts[n] for n in at]).tocsr()
    sizes = np.asarray(table.sum(axis=1)).ravel()
    for start in range(0, len(at), 500):
        shared = (table[start : start + 500] @ table.T).tocoo()
        one, two = shared.row + start, shared.col
        alike = (shared.data >= near * (sizes[one] + sizes[two] - shared.data)) & (one < two)
        for a, b in zip(one[alike], two[alike], strict=True):
            yield at[a], at[b]


def _runs(text: str) -> list[str]:
    said = words(text)
    return [" ".join(said[n : n + 3]) for n in range(len(said) - 2)]


def variety(texts: Sequence[str], size: int, seed: int) -> dict[str, float]:
    """Distinct runs of one, two and three words over all of them, in about ``size`` words drawn turn by turn."""
    order = list(texts)
    random.Random(seed).shuffle(order)  # noqa: S311 - repeatable draws, no secrets
    found: list[set[tuple[str, ...]]] = [set(), set(), set()]
    totals = [0, 0, 0]
    for text in order:
        said = words(text)
        for n in range(3):
            runs = [tuple(said[at : at + n + 1]) for at in range(len(said) - n)]
            found[n].update(runs)
            totals[n] += len(runs)
        if totals[0] >= size:
            break
    return {f"distinct-{n + 1}": len(found[n]) / totals[n] for n in range(3)}


def closeness(vectors: np.ndarray[Any, Any]) -> float:
    """Mean cosine of all pairs of rows of ``(n, d)`` unit vectors."""
    n = len(vectors)
    return float((np.square(vectors.sum(axis=0)).sum() - n) / (n * (n - 1)))


def survey(folder: Path, data: Sequence[Coded]) -> Iterator[str]:
    """The report's sections that need nothing but the corpus, as Markdown."""
    about = [json.loads(line) for line in (folder / "conversations.jsonl").read_text(encoding="utf-8").splitlines()]
    yield from _size(data)
    yield from _labels(data)
    yield from _grid(about)
    yield from _duplicates(data)
    yield "## Agreement of author and blind second coder\n"
    yield agreement([json.loads(line) for line in (folder / "coding.jsonl").read_text(encoding="utf-8").splitlines()])
    yield "\n## Splits\n"
    for split in ("train", "dev", "test"):
        part = [talk for talk in data if talk.part == split]
        yield f"{split}: {sum(map(_length, part)):,} turns in {len(part):,} conversations and pieces"
    now = fingerprint([talk for talk in data if talk.part == "test"])
    frozen = (folder / "test.sha256").read_text(encoding="utf-8").split()[0]
    yield f"test split: {now} ({'as frozen' if now == frozen else f'CHANGED, frozen was {frozen}'})"


def _length(talk: Coded) -> int:
    return len(talk.labels)


def _size(data: Sequence[Coded]) -> Iterator[str]:
    talks = [talk for talk in data if 6 <= len(talk.labels) <= 20]
    turns = sum(map(_length, talks))
    plain = [doubt for talk in talks for labels, doubt in zip(talk.labels, talk.doubt, strict=True) if not labels]
    yield "## Size\n"
    yield f"turns: {sum(map(_length, data)):,} in {len(data):,} conversations and short pieces"
    yield f"turns in conversations of 6 to 20 turns: {turns:,} in {len(talks):,}"
    yield f"of these without a label: {len(plain):,} ({len(plain) / turns:.0%})"
    yield f"of those a coder considered a label that was not given: {sum(map(bool, plain)):,}"


def _labels(data: Sequence[Coded]) -> Iterator[str]:
    counts = Counter(label for talk in data for labels in talk.labels for label in labels)
    yield "\n## Labels\n"
    for name, label in LABELS.items():
        yield f"{name}: {counts[name]:,} turns{' (core)' if label.core else ''}"


def _grid(about: Sequence[dict[str, Any]]) -> Iterator[str]:
    talks = [row for row in about if row["turns"] >= 6]
    yield "\n## Grid (conversations of 6 turns or more; short pieces)\n"
    for field in ("relation", "channel", "arc"):
        both = [
            Counter(kind(row[field]) if field == "relation" else row[field] for row in each) for each in (talks, about)
        ]
        yield f"{field}: " + ", ".join(
            f"{name} {both[0][name]}; {n - both[0][name]}" for name, n in both[1].most_common()
        )
    for field in ("topic", "register", "relation"):
        yield f"{field}, as the cards name it: {len({row[field] for row in talks}):,} different in conversations, {len({row[field] for row in about}):,} in all"
    cells = Counter((kind(row["relation"]), row["channel"], row["arc"]) for row in about)
    shape = [len({cell[n] for cell in cells}) for n in range(3)]
    yield f"cells relation × channel × arc filled: {len(cells)} of {np.prod(shape)} ({' × '.join(map(str, shape))})"


def _duplicates(data: Sequence[Coded]) -> Iterator[str]:
    said = [(talk, u.text) for talk in data for u in talk.conversation.utterances]
    pairs = [(said[a][0], said[b][0]) for a, b in near_duplicates([text for _, text in said])]
    apart = [(a, b) for a, b in pairs if a is not b]
    short = near_duplicates([text for _, text in said], long=4, near=0.5)
    across = sum(said[a][0].part != said[b][0].part for a, b in short)
    yield "\n## Duplicates\n"
    yield f"near-duplicate turns of {LONG} words or more in two conversations (Jaccard ≥ {NEAR}): {len(apart)}"
    yield f"near-duplicate turns of 4 words or more in two splits (Jaccard ≥ 0.5): {across}"


def compare(ours: Sequence[Coded], theirs: Sequence[Coded]) -> Iterator[str]:
    """How repetitive the words are beside those of real dialogue, at equal size; mean of five draws."""
    texts = [[said.text for talk in data for said in talk.conversation.utterances] for data in (ours, theirs)]
    size = min(sum(len(words(text)) for text in each) for each in texts) // 2
    yield f"\n## Words beside real dialogue ({size:,} words of each, drawn turn by turn, mean of five draws)\n"
    drawn = [[variety(each, size, seed) for seed in range(5)] for each in texts]
    for name in drawn[0][0]:
        mine, its = (float(np.mean([draw[name] for draw in each])) for each in drawn)
        yield f"{name}{' (type-token ratio)' if name == 'distinct-1' else ''}: {mine:.3f}, real {its:.3f}, ratio {mine / its:.2f}"


def sameness(
    ours: Sequence[Coded], theirs: Sequence[Coded], pretrained: Path, *, most: int = 1000, least: int = 40
) -> Iterator[str]:
    """Mean cosine of the turns within each label, by an encoder that has seen neither; ours beside real ones."""
    yield f"\n## Sentence vectors within a label (all-mpnet-base-v2 as published, up to {most} turns a label)\n"
    ratios = []
    for name in LABELS:
        drawn = []
        for data in (ours, theirs):
            texts = sorted({turn.utterance.text for talk in data for turn, given in talk.pairs() if name in given})
            random.Random(7).shuffle(texts)  # noqa: S311 - repeatable draws, no secrets
            drawn.append(texts[:most])
        if len(drawn[1]) < least:
            yield f"{name}: {len(drawn[1])} real turns, too few to compare"
            continue
        mine, its = (closeness(_vectors(texts, pretrained)) for texts in drawn)
        ratios.append(mine / its)
        yield f"{name}: mean cosine {mine:.3f}, real {its:.3f}, ratio {mine / its:.2f}"
    yield f"mean ratio: {np.mean(ratios):.2f}, largest {max(ratios):.2f}"


def _vectors(texts: Sequence[str], pretrained: Path) -> np.ndarray[Any, Any]:
    """Unit vectors of the texts, the shortest first: batches of like lengths have little to pad."""
    from relcomm.training.finetune import library

    torch, transformers = library("torch"), library("transformers")
    pieces = transformers.AutoTokenizer.from_pretrained(pretrained)
    encoder = transformers.MPNetModel.from_pretrained(pretrained, add_pooling_layer=False).eval()
    texts, found = sorted(texts, key=len), []
    with torch.no_grad():
        for at in range(0, len(texts), 32):
            batch = pieces(
                list(texts[at : at + 32]), padding=True, truncation=True, max_length=128, return_tensors="pt"
            )
            hidden, mask = encoder(**batch).last_hidden_state, batch["attention_mask"][:, :, None]
            found.append(torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1).numpy())
    return np.concatenate(found)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--pretrained", type=Path)
    args = parser.parse_args(argv)
    for line in _sections(args.corpus, args.real, args.pretrained):
        print(line)


def _sections(corpus: Path, real: Path | None, pretrained: Path | None) -> Iterator[str]:
    ours = read_corpus(sorted((corpus / "turns").glob("*.jsonl")))
    yield from survey(corpus, ours)
    if real:
        theirs = read_standoff(real / "labels_train.jsonl", real / "dialogues.jsonl")
        yield from compare(ours, theirs)
        if pretrained:
            yield from sameness(ours, theirs, pretrained)


if __name__ == "__main__":
    main()

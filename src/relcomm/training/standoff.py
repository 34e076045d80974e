"""Labels without their text, and the way back for whoever holds the public corpora.

``python -m relcomm.training.standoff join LAYER TURNS > coded.jsonl`` reads a layer of `corpus/standoff/` and a file of
your own with one turn a line, ``{"id", "speaker", "text"}``, in the order they were said, and writes the layout that
``relcomm train`` and ``relcomm evaluate`` read. ``make LABELS DIALOGUES > LAYER`` made the layer.

A row of the layer is an excerpt::

    {"id", "source", "part"?, "read"?, "turns": [turn ids], "prints": [12 hex digits a turn], "labels": {turn id: [...]},
     "doubt": {...}}

The first ``read`` turns were read by the coder and not coded; in the layout of `turns/` they have ``"coded": false``.

A print is the start of the SHA-256 of a turn's words in lower case, nothing between them: it says that a text is the
one that was coded and does not give it away. Where your ids are others, an excerpt is found by its prints.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relcomm.errors import RelcommError, TrainingError
from relcomm.training.corpus import Coded, checked, objects, read_only, read_standoff, said
from relcomm.types import Utterance

ENOUGH = 0.8
"""The share of an excerpt's turns whose words must be the coded ones; transcripts come in editions."""


def fingerprint(text: str) -> str:
    """Twelve hex digits that tell a turn's words from other words.

    >>> fingerprint("Well, I NEVER.") == fingerprint("well i never")
    True
    """
    return hashlib.sha256("".join(c for c in text.lower() if c.isalnum()).encode("utf-8", "replace")).hexdigest()[:12]


def strip(data: Iterable[Coded]) -> Iterator[dict[str, Any]]:
    """Coded excerpts as rows of a layer: ids, prints and labels, no text and no speaker."""
    for coded in data:
        turns = coded.conversation.utterances
        keyed = zip(turns[coded.before :], coded.labels, coded.doubt, strict=True)
        codes = [(turn.id, sorted(labels), sorted(doubt)) for turn, labels, doubt in keyed]
        yield {
            "id": coded.conversation.id,
            "source": coded.source,
            **({"part": coded.part} if coded.part else {}),
            **({"read": coded.before} if coded.before else {}),
            "turns": [turn.id for turn in turns],
            "prints": [fingerprint(turn.text) for turn in turns],
            "labels": {key: labels for key, labels, _ in codes if labels},
            "doubt": {key: doubt for key, _, doubt in codes if doubt},
        }


@dataclass(frozen=True, slots=True)
class Joined:
    """One excerpt with its text: rows of the corpus layout, and how many turns have other words than were coded."""

    rows: tuple[dict[str, Any], ...]
    other_words: int


def join(layer: Path, turns: Path) -> Iterator[Joined | None]:
    """Each excerpt of a layer with the text of ``turns``, or None where it is not there.

    Raises `TrainingError` with file and line.
    """
    held = [said(turns, n, row) for n, row in objects(turns)]
    by_id = {turn.id: n for n, turn in enumerate(held)}
    prints = [fingerprint(turn.text) for turn in held]
    by_print: defaultdict[str, list[int]] = defaultdict(list)
    for n, each in enumerate(prints):
        by_print[each].append(n)
    for n, row in objects(layer):
        ids, coded = _list(layer, n, row, "turns"), _list(layer, n, row, "prints")
        if not ids or len(ids) != len(coded):
            raise TrainingError(f"{layer}, line {n}: 'turns' and 'prints' must be as long as each other, and not empty")
        candidates = [by_id[key] for key in ids[:1] if key in by_id] + [
            place - k for k, each in enumerate(coded) for place in by_print[each] if place >= k
        ]
        found = max(candidates, key=lambda start: _alike(prints, coded, start), default=0)
        alike = _alike(prints, coded, found)
        yield Joined(_rows(layer, n, row, held[found:]), len(ids) - alike) if alike >= ENOUGH * len(ids) else None


def _alike(prints: Sequence[str], coded: Sequence[str], start: int) -> int:
    return sum(a == b for a, b in zip(prints[start : start + len(coded)], coded, strict=False))


def _rows(layer: Path, n: int, row: dict[str, Any], turns: Sequence[Utterance]) -> tuple[dict[str, Any], ...]:
    rows, before = [], read_only(row, layer, n)
    for number, (key, turn) in enumerate(zip(row["turns"], turns, strict=False), 1):
        given = {
            name: sorted(checked(_keyed(layer, n, row, name).get(key, []), layer, n)) for name in ("labels", "doubt")
        }
        place = {"id": key, "conversation": row["id"], "turn": number, **({"coded": False} if number <= before else {})}
        rows.append(place | {"speaker": turn.speaker, "text": turn.text} | given | {"split": "train"})
    return tuple(rows)


def _list(path: Path, n: int, row: dict[str, Any], key: str) -> list[str]:
    value = row.get(key)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TrainingError(f"{path}, line {n}: {key!r} must be a list of strings")
    return value


def _keyed(path: Path, n: int, row: dict[str, Any], key: str) -> dict[str, Any]:
    value = row.get(key, {})
    if not isinstance(value, dict):
        raise TrainingError(f"{path}, line {n}: {key!r} must be an object keyed by turn id")
    return value


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("do", choices=("join", "make"))
    parser.add_argument("labels", type=Path, help="the layer; with make, the labels keyed by turn number")
    parser.add_argument("text", type=Path, help="your turns, one a line; with make, the dialogues")
    args = parser.parse_args(argv)
    if args.do == "make":
        for stripped in strip(read_standoff(args.labels, args.text)):
            print(json.dumps(stripped, ensure_ascii=False))
        return
    found = list(join(args.labels, args.text))
    for excerpt in found:
        for row in excerpt.rows if excerpt else ():
            print(json.dumps(row, ensure_ascii=False))
    joined = [excerpt for excerpt in found if excerpt]
    other = sum(excerpt.other_words for excerpt in joined)
    print(
        f"{len(joined)} of {len(found)} excerpts joined; {other} turns have other words than were coded",
        file=sys.stderr,
    )


if __name__ == "__main__":
    try:
        main()
    except RelcommError as error:
        sys.exit(f"error: {error}")

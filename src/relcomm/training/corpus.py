"""Coded conversations: read from this repo's corpus, or from a stand-off layer over public dialogue.

Two layouts are read. A *corpus* is JSON lines, one turn a line::

    {"id", "conversation", "turn", "speaker", "text", "labels", "doubt"?, "split"?}

A *stand-off* layer is JSON lines, one excerpt a line, with labels keyed by turn number, next to a file that
holds the text::

    labels:     {"id", "labels": {"2": ["criticism"]}, "doubt"?: {...}, "part"?}
    dialogues:  {"id", "source", "turns": [{"id", "speaker", "text"}]}
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relcomm.errors import TrainingError
from relcomm.labels import LABELS
from relcomm.types import Conversation, Turn, Utterance


@dataclass(frozen=True, slots=True)
class Coded:
    """A conversation with the labels coders gave: ``labels[i]`` and ``doubt[i]`` belong to utterance ``i``.

    ``source`` says where it comes from, ``part`` the split or the way it was picked.
    """

    conversation: Conversation
    labels: tuple[frozenset[str], ...]
    doubt: tuple[frozenset[str], ...]
    source: str = ""
    part: str = ""

    def pairs(self) -> Iterator[tuple[Turn, frozenset[str]]]:
        """Every turn with its context, and its labels."""
        return zip(self.conversation.turns(), self.labels, strict=True)


def read_corpus(paths: Iterable[Path]) -> list[Coded]:
    """Conversations of corpus files, in file order. Raises `TrainingError` with file and line."""
    found: list[Coded] = []
    for path in paths:
        rows = [_row(path, n, line) for n, line in _objects(path)]
        for key, group in itertools.groupby(rows, key=lambda r: str(r["conversation"])):
            found.append(_coded(key, list(group), path.stem))
    return found


def read_standoff(labels: Path, dialogues: Path) -> list[Coded]:
    """Excerpts of a stand-off layer joined with their text. Raises `TrainingError` with file and line."""
    text = {str(row["id"]): row for _, row in _objects(dialogues)}
    found: list[Coded] = []
    for n, codes in _objects(labels):
        excerpt = text.get(str(codes.get("id")))
        if excerpt is None:
            raise TrainingError(f"{labels}, line {n}: no excerpt with this id in {dialogues.name}")
        turns = excerpt["turns"]
        found.append(
            Coded(
                Conversation(tuple(Utterance(t["text"], t["speaker"], id=t["id"]) for t in turns), str(codes["id"])),
                tuple(_checked(codes["labels"].get(str(i + 1), []), labels, n) for i in range(len(turns))),
                tuple(_checked(codes.get("doubt", {}).get(str(i + 1), []), labels, n) for i in range(len(turns))),
                excerpt.get("source", ""),
                codes.get("part", ""),
            )
        )
    return found


def fingerprint(data: Sequence[Coded]) -> str:
    """A SHA-256 over ids, texts and labels, whatever the order of the conversations."""
    parts = []
    for coded in data:
        digest = hashlib.sha256(coded.conversation.id.encode())
        for said, labels in zip(coded.conversation.utterances, coded.labels, strict=True):
            digest.update(json.dumps([said.speaker, said.text, sorted(labels)]).encode())
        parts.append(digest.hexdigest())
    return hashlib.sha256("".join(sorted(parts)).encode()).hexdigest()


def _coded(key: str, rows: list[dict[str, Any]], source: str) -> Coded:
    return Coded(
        Conversation(tuple(Utterance(r["text"], r.get("speaker", ""), id=str(r.get("id", ""))) for r in rows), key),
        tuple(frozenset(r["labels"]) for r in rows),
        tuple(frozenset(r.get("doubt", ())) for r in rows),
        source,
        rows[0].get("split", ""),
    )


def _row(path: Path, n: int, row: dict[str, Any]) -> dict[str, Any]:
    for key in ("conversation", "text", "labels"):
        if key not in row:
            raise TrainingError(f"{path}, line {n}: the key {key!r} is missing")
    if not isinstance(row["text"], str):
        raise TrainingError(f"{path}, line {n}: 'text' must be a string")
    return row | {"labels": _checked(row["labels"], path, n), "doubt": _checked(row.get("doubt", []), path, n)}


def _checked(labels: Any, path: Path, n: int) -> frozenset[str]:
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise TrainingError(f"{path}, line {n}: labels must be a list of strings")
    strange = set(labels) - set(LABELS)
    if strange:
        raise TrainingError(f"{path}, line {n}: {len(strange)} unknown label(s); `relcomm labels` lists the known ones")
    return frozenset(labels)


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for n, line in enumerate(file, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise TrainingError(f"{path}, line {n}: expected a JSON object")
                    yield n, row
    except OSError as error:
        raise TrainingError(f"{path}: cannot be read ({error.strerror})") from None
    except json.JSONDecodeError as error:
        raise TrainingError(f"{path}: not JSON lines (column {error.colno})") from None

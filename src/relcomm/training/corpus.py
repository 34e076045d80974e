"""Coded conversations: read from this repo's corpus, or from a stand-off layer over public dialogue.

Two layouts are read. A *corpus* is JSON lines, one turn a line::

    {"id", "conversation", "turn", "speaker", "text", "labels", "doubt"?, "split"?, "coded"?}

Turns at the beginning of a conversation with ``"coded": false`` are only there to be read.

A *stand-off* layer is JSON lines, one excerpt a line, with labels keyed by turn number, next to a file that
holds the text::

    labels:     {"id", "labels": {"2": ["criticism"]}, "doubt"?: {...}, "part"?}
    dialogues:  {"id", "source", "turns": [{"id", "speaker", "text"}]}
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from relcomm.errors import TrainingError
from relcomm.labels import LABELS
from relcomm.types import Conversation, Turn, Utterance


@dataclass(frozen=True, slots=True)
class Coded:
    """A conversation with the labels coders gave: ``labels[i]`` and ``doubt[i]`` belong to utterance ``before + i``.

    The first ``before`` utterances were only read, not coded. ``source`` says where it comes from, ``part`` the split or
    the way it was picked.
    """

    conversation: Conversation
    labels: tuple[frozenset[str], ...]
    doubt: tuple[frozenset[str], ...]
    source: str = ""
    part: str = ""
    before: int = 0

    def turns(self) -> Iterator[Turn]:
        """Every coded turn with its context."""
        return itertools.islice(self.conversation.turns(), self.before, None)

    def pairs(self) -> Iterator[tuple[Turn, frozenset[str]]]:
        """Every coded turn with its context, and its labels."""
        return zip(self.turns(), self.labels, strict=True)


def read_corpus(paths: Iterable[Path]) -> list[Coded]:
    """Conversations of corpus files, in file order. Raises `TrainingError` with file and line."""
    found: list[Coded] = []
    for path in paths:
        seen: set[str] = set()
        rows = ((n, _row(path, n, line)) for n, line in objects(path))
        for key, group in itertools.groupby(rows, key=lambda numbered: str(numbered[1]["conversation"])):
            numbered = list(group)
            if key in seen:
                raise TrainingError(f"{path}, line {numbered[0][0]}: keep the rows of a conversation together")
            seen.add(key)
            found.append(_coded(key, [row for _, row in numbered], path.stem))
    return found


def read_standoff(labels: Path, dialogues: Path) -> list[Coded]:
    """Excerpts of a stand-off layer joined with their text. Raises `TrainingError` with file and line."""
    text = {str(row.get("id")): _excerpt(dialogues, n, row) for n, row in objects(dialogues)}
    found: list[Coded] = []
    for n, codes in objects(labels):
        excerpt = text.get(str(codes.get("id")))
        if excerpt is None:
            raise TrainingError(f"{labels}, line {n}: no excerpt with this id in {dialogues.name}")
        conversation, source = excerpt
        given, doubt = (_by_turn(codes.get(key, {}), len(conversation), labels, n) for key in ("labels", "doubt"))
        found.append(Coded(conversation, given, doubt, source, str(codes.get("part", ""))))
    return found


def read_excerpts(layer: Path, conversations: Path) -> list[Coded]:
    """Excerpts of a stand-off layer over conversations that have no ids, from a gzipped file of one a line.

    The turns of the layer are called ``uncoded/<line>/<turn>``, lines from 0 and turns from 1; the first ``read`` turns
    of an excerpt were only read. Raises `TrainingError`.
    """
    rows = [(n, row) for n, row in objects(layer)]
    wanted = {str(row["id"]).split("/")[1] for _, row in rows}
    try:
        with gzip.open(conversations, "rt", encoding="utf-8") as file:
            held = {str(n): json.loads(line)["turns"] for n, line in enumerate(file) if str(n) in wanted}
    except (OSError, ValueError, KeyError):
        raise TrainingError(f"{conversations}: not a gzipped file of conversations, one a line") from None
    found = []
    for n, row in rows:
        try:
            places = [key.split("/")[1:] for key in row["turns"]]
            turns = [(key, held[c][int(t) - 1]) for key, (c, t) in zip(row["turns"], places, strict=True)]
        except (LookupError, TypeError, ValueError):
            raise TrainingError(f"{layer}, line {n}: a turn that {conversations.name} does not hold") from None
        said_ = tuple(said(conversations, n, {"id": key} | turn) for key, turn in turns)
        before = read_only(row, layer, n)
        given, doubt = (
            tuple(checked(row.get(name, {}).get(key, []), layer, n) for key in row["turns"][before:])
            for name in ("labels", "doubt")
        )
        source, part = (str(row.get(key, "")) for key in ("source", "part"))
        found.append(Coded(Conversation(said_, str(row["id"])), given, doubt, source, part, before))
    return found


def decided(data: Iterable[Coded], decisions: Path) -> list[Coded]:
    """The same conversations with the labels that a third coder decided on where two differed.

    A row of ``decisions`` is ``{"turn", "first", "second", "decided"?}``; what was given by either of the two and not
    decided on stays in doubt. Raises `TrainingError`.
    """
    last: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for n, row in objects(decisions):
        if "decided" in row:
            first, second, final = (checked(row.get(key), decisions, n) for key in ("first", "second", "decided"))
            last[str(row.get("turn"))] = final, (first | second) - final
    found = []
    for coded in data:
        keys = [turn.id for turn in coded.conversation.utterances[coded.before :]]
        codes = zip(keys, coded.labels, coded.doubt, strict=True)
        new = [last.get(key, (labels, doubt)) for key, labels, doubt in codes]
        found.append(replace(coded, labels=tuple(n[0] for n in new), doubt=tuple(n[1] for n in new)))
    return found


def _excerpt(path: Path, n: int, row: dict[str, Any]) -> tuple[Conversation, str]:
    turns = row.get("turns")
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        raise TrainingError(f"{path}, line {n}: 'turns' must be a list of objects")
    return Conversation(tuple(said(path, n, turn) for turn in turns), str(row.get("id"))), str(row.get("source", ""))


def _by_turn(labels: Any, turns: int, path: Path, n: int) -> tuple[frozenset[str], ...]:
    if not isinstance(labels, dict):
        raise TrainingError(f"{path}, line {n}: 'labels' and 'doubt' must be objects keyed by turn number")
    return tuple(checked(labels.get(str(turn + 1), []), path, n) for turn in range(turns))


def said(path: Path, n: int, row: dict[str, Any]) -> Utterance:
    """The utterance of a row. Raises `TrainingError` naming the line."""
    text, speaker = row.get("text"), row.get("speaker", "")
    if not isinstance(text, str) or not isinstance(speaker, str):
        raise TrainingError(f"{path}, line {n}: 'text' and 'speaker' must be strings")
    return Utterance(text, speaker, id=str(row.get("id", "")))


def fingerprint(data: Sequence[Coded]) -> str:
    """A SHA-256 over ids, texts and labels, whatever the order of the conversations."""
    parts = []
    for coded in data:
        digest = hashlib.sha256(coded.conversation.id.encode("utf-8", "surrogatepass"))
        given = [*[None] * coded.before, *map(sorted, coded.labels)]
        for said, labels in zip(coded.conversation.utterances, given, strict=True):
            digest.update(json.dumps([said.speaker, said.text, labels]).encode())
        parts.append(digest.hexdigest())
    return hashlib.sha256("".join(sorted(parts)).encode()).hexdigest()


def _coded(key: str, rows: list[dict[str, Any]], source: str) -> Coded:
    coded = list(itertools.dropwhile(lambda row: row.get("coded") is False, rows))
    return Coded(
        Conversation(tuple(r["said"] for r in rows), key),
        tuple(r["labels"] for r in coded),
        tuple(r["doubt"] for r in coded),
        source,
        str(rows[0].get("split", "")),
        len(rows) - len(coded),
    )


def _row(path: Path, n: int, row: dict[str, Any]) -> dict[str, Any]:
    for key in ("conversation", "text", "labels"):
        if key not in row:
            raise TrainingError(f"{path}, line {n}: the key {key!r} is missing")
    given, doubt = (checked(row.get(key, []), path, n) for key in ("labels", "doubt"))
    return row | {"said": said(path, n, row), "labels": given, "doubt": doubt}


def read_only(row: dict[str, Any], path: Path, n: int) -> int:
    """How many turns at the beginning of an excerpt were not coded. Raises `TrainingError` naming the line."""
    before = row.get("read", 0)
    if type(before) is not int or not 0 <= before < len(row["turns"]):
        raise TrainingError(f"{path}, line {n}: 'read' must be how many turns were only read, fewer than there are")
    return before


def checked(labels: Any, path: Path, n: int) -> frozenset[str]:
    """A list of known labels as a set. Raises `TrainingError` naming the line."""
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise TrainingError(f"{path}, line {n}: labels must be a list of strings")
    strange = set(labels) - set(LABELS)
    if strange:
        raise TrainingError(f"{path}, line {n}: {len(strange)} unknown label(s); `relcomm labels` lists the known ones")
    return frozenset(labels)


def objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON lines file, each with its line number. Raises `TrainingError` with file and line."""
    try:
        with path.open("rb") as file:
            for n, line in enumerate(file, 1):
                if line.strip():
                    yield n, _object(path, n, line)
    except OSError as error:
        raise TrainingError(f"{path}: cannot be read ({error.strerror})") from None


def _object(path: Path, n: int, line: bytes) -> dict[str, Any]:
    row = None
    with suppress(ValueError, RecursionError):  # raised below: these errors hold the line
        row = json.loads(str(line, "utf-8-sig"))
    if not isinstance(row, dict):
        raise TrainingError(f"{path}, line {n}: not a JSON object in UTF-8")
    return row

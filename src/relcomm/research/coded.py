"""What coders made of the same turns, read from their files and brought together by the turns' ids.

A file is JSON lines or a table (`relcomm.research.sheets`), one turn a row. It names the turn with ``id``, or with
``conversation`` and ``turn``; it may also hold ``conversation``, ``speaker`` and ``text``. The codes stand

* in ``labels``: a JSON list, or a cell with ``;`` between labels, empty or ``none`` where there is no label; or
* in one column a label with 0 and 1 (or ``x`` and nothing); or
* in one JSON list a coder, ``{"id", "ann": [...], "ben": [...]}``.

A ``coder`` column tells the coders of one file apart; else a coder goes by the file's name. ``NA`` or ``?`` for the
labels, a JSON null, or nothing at all in columns that otherwise hold zeros, says that the coder did not code the turn.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from relcomm.errors import ReadError
from relcomm.labels import LABELS
from relcomm.readers.fields import find_fields
from relcomm.research.sheets import Cells, Sheet, plain, read_sheets
from relcomm.types import Conversation, Turn, Utterance

Codes = Mapping[str, frozenset[str]]
"""The labels a coder gave, by the turn's key; a turn that is not there was not coded."""
MOST = 100
"""More different labels than this are no labels: the column holds something else."""
_OURS = {plain(name): name for name in LABELS}
_YES, _NO = {"1", "x", "true", "yes", "1.0"}, {"0", "false", "no", "0.0"}
_NOT_CODED = {"na", "n/a", "nan", "?", "missing"}
_NONE = {"", "none", "-", "[]"}
_BETWEEN = re.compile(r"[;|,]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a turn stands: its conversation, who said it, and what, as far as a file tells."""

    conversation: str
    speaker: str = ""
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Study:
    """What several coders made of the same turns. ``labels`` are those that somebody gave, or had a column for."""

    places: Mapping[str, Place] = field(repr=False)
    coders: Mapping[str, Codes] = field(repr=False)
    labels: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    def turns(self) -> dict[str, Turn]:
        """Every turn with its context, by key. Raises `ReadError` where a text is missing."""
        if missing := sum(place.text is None for place in self.places.values()):
            raise ReadError(
                f"{missing} turn(s) have no text, which the model needs: name a file with a column called text, too"
            )
        talks: dict[str, list[str]] = {}
        for key, place in self.places.items():
            talks.setdefault(place.conversation, []).append(key)
        found: dict[str, Turn] = {}
        for keys in talks.values():
            said = tuple(Utterance(self.places[key].text or "", self.places[key].speaker) for key in keys)
            found |= zip(keys, Conversation(said).turns(), strict=True)
        return {key: found[key] for key in self.places}


@dataclass(frozen=True, slots=True)
class _Code:
    """One coder's codes of one turn, as a file has them; ``labels`` is None where the coder did not code it."""

    coder: str
    conversation: str
    id: str
    speaker: str
    text: str | None
    labels: frozenset[str] | None
    line: int


def read_study(paths: Sequence[str | os.PathLike[str]], *, coders: Sequence[str] | None = None) -> Study:
    """The coders' files as one study. ``coders`` names those to take, if not all. Raises `ReadError`."""
    return study_of(read_sheets(paths), coders=coders)


def study_of(sheets: Sequence[Sheet], *, coders: Sequence[str] | None = None) -> Study:
    """The same for sheets that are read already."""
    readers = [_Reader(sheet) for sheet in sheets]
    columns = [label for reader in readers for label in reader.binary]
    study = _joined([(reader.sheet, list(reader.codes())) for reader in readers], columns)
    if any(reader.by_place for reader in readers):
        said = "A file has neither an id nor numbers of turns: its turns are taken in the order they stand in."
        study = replace(study, remarks=(*study.remarks, said))
    if coders is None:
        return study
    if missing := len(set(coders) - set(study.coders)):
        raise ReadError(f"{missing} of the coders named are not among the {len(study.coders)} of the files")
    return replace(study, coders={name: study.coders[name] for name in coders})


def with_coder(study: Study, name: str, codes: Codes) -> Study:
    """The study with one coder more, such as a model."""
    return replace(study, coders={**study.coders, name: codes})


def label_named(name: str) -> str:
    """A label as relcomm writes it (``Gentle start-up`` is ``gentle_startup``), or a code of somebody's own as it is."""
    return _OURS.get(plain(name), " ".join(name.split()))


class _Reader:
    """Finds in a sheet what names the turn and what codes it, and reads its rows."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._labels = sheet.named("labels", "label", "codes", "code", "coding")
        self._coder = sheet.named("coder", "rater", "annotator", "observer")
        self._turn = sheet.named("turn", "turn_number", "number")
        self._several = self._lists() if self._labels is None else []
        taken = {self._labels, self._coder, self._turn, *self._several}
        self._fields = find_fields(column for column in sheet.columns if column not in taken)
        taken |= {*self._fields.values()}
        rest = [column for column in sheet.columns if column not in taken]
        self.binary = {} if self._labels or self._several else {label_named(c): c for c in rest if self._is_binary(c)}
        if not self._labels and not self._several and not self.binary:
            raise ReadError(
                "no column holds the codes: name one 'labels', with ; between labels, or give each label a column of "
                "its own with 0 and 1",
                source=sheet.source,
            )
        self.by_place = self._turn is None and "id" not in self._fields
        self._zeros = any(_word(row.get(c, "")) in _NO for _, row in sheet.rows for c in self.binary.values())

    def _lists(self) -> list[str]:
        """The columns of a JSON file that hold one list of labels a coder."""
        values = {c: [row[c] for _, row in self.sheet.rows if row.get(c) is not None] for c in self.sheet.columns}
        return [c for c, found in values.items() if found and all(isinstance(value, list) for value in found)]

    def _is_binary(self, column: str) -> bool:
        values = {_word(row.get(column, "")) for _, row in self.sheet.rows}
        return bool(values & (_YES | _NO)) and values <= _YES | _NO | _NOT_CODED | {""}

    def codes(self) -> Iterator[_Code]:
        """Every row's codes, one entry a coder."""
        for n, (line, row) in enumerate(self.sheet.rows, 1):
            place = {field: _text(row.get(column)) for field, column in self._fields.items()}
            turn = _text(row.get(self._turn)) if self._turn else ""
            conversation = place.get("conversation") or self.sheet.part
            key = place.get("id") or (f"{conversation}.{turn}" if conversation and turn else turn) or str(n)
            for coder, labels in self._given(row, line):
                text = place.get("text") if "text" in self._fields else None
                yield _Code(coder, conversation, key, place.get("speaker", ""), text, labels, line)

    def _given(self, row: Cells, line: int) -> Iterator[tuple[str, frozenset[str] | None]]:
        if self._several:
            for column in self._several:
                if column in row:
                    yield column, self._labels_of(row[column], line)
            return
        coder = (_text(row.get(self._coder)) if self._coder else "") or self.sheet.coder
        if self._labels:
            yield coder, self._labels_of(row.get(self._labels), line)
        else:
            yield coder, self._marked(row)

    def _marked(self, row: Cells) -> frozenset[str] | None:
        cells = {label: _word(row.get(column, "")) for label, column in self.binary.items()}
        if set(cells.values()) <= _NOT_CODED | ({""} if self._zeros else set()):
            return None
        return frozenset(label for label, cell in cells.items() if cell in _YES)

    def _labels_of(self, value: Any, line: int) -> frozenset[str] | None:
        if value is None:
            return None
        if isinstance(value, list):
            if not all(isinstance(label, str) for label in value):
                raise ReadError("labels must be a list of strings", source=self.sheet.source, line=line)
            return frozenset(label_named(label) for label in value)
        if not isinstance(value, str):
            raise ReadError("labels must be a list of strings, or a text", source=self.sheet.source, line=line)
        if value.strip().casefold() in _NOT_CODED:
            return None
        return frozenset(label_named(part) for part in _BETWEEN.split(value) if part.strip().casefold() not in _NONE)


def _word(value: Any) -> str:
    return str(int(value) if isinstance(value, bool) else value).strip().casefold()


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _joined(files: Sequence[tuple[Sheet, list[_Code]]], columns: Iterable[str]) -> Study:
    # Ids that come again in another conversation name a turn only together with it.
    every = [(code.coder, code.id) for _, codes in files for code in codes]
    alone = len(set(every)) == len(every)
    places: dict[str, Place] = {}
    coders: dict[str, dict[str, frozenset[str]]] = {}
    seen: set[tuple[str, str]] = set()
    for sheet, codes in files:
        for code in codes:
            key = code.id if alone else f"{code.conversation}/{code.id}"
            if (code.coder, key) in seen:
                problem = "this turn is coded a second time by the same coder; each turn needs an id of its own"
                raise ReadError(problem, source=sheet.source, line=code.line)
            seen.add((code.coder, key))
            places[key] = _filled(places.get(key), code)
            given = coders.setdefault(code.coder, {})
            if code.labels is not None:
                given[key] = code.labels
    labels = _ordered([*columns, *(label for given in coders.values() for found in given.values() for label in found)])
    if len(labels) > MOST:
        raise ReadError(
            f"there are {len(labels)} different labels: the column taken for the labels holds something else"
        )
    places, remarks = _with_conversations(places)
    return Study(places, coders, labels, remarks)


def _filled(known: Place | None, code: _Code) -> Place:
    if known is None:
        return Place(code.conversation, code.speaker, code.text)
    text = code.text if known.text is None else known.text
    return Place(known.conversation or code.conversation, known.speaker or code.speaker, text)


def _ordered(labels: Iterable[str]) -> tuple[str, ...]:
    there = dict.fromkeys(labels)
    return (*(name for name in LABELS if name in there), *sorted(name for name in there if name not in LABELS))


def _with_conversations(places: Mapping[str, Place]) -> tuple[dict[str, Place], tuple[str, ...]]:
    """The turns, each with a conversation, and what must be said about that."""
    named = {
        key: Place(place.conversation or key.rpartition(".")[0], place.speaker, place.text)
        for key, place in places.items()
    }
    remarks = []
    if any(not place.conversation for place in places.values()) and any(p.conversation for p in named.values()):
        remarks.append(
            "Not every turn's conversation is named: where it is not, it is what stands before the last dot of the id."
        )
    return named, tuple(remarks)

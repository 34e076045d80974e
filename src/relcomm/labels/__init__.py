"""What each label means, as files a therapist can read: one TOML a label, read into `LABELS`.

Nothing else in relcomm names a label but the conversation patterns: a new file here is a new label.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from relcomm.errors import LabelError
from relcomm.frozen import FrozenDict
from relcomm.types import Turn, Utterance


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that often carry a label: spaCy Matcher token patterns, and the reason a reader is shown."""

    name: str
    why: str
    # Left out of the hash: tables have none.
    patterns: tuple[tuple[Mapping[str, Any], ...], ...] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Case:
    """A turn that must be flagged or left alone. ``why`` says what a look-alike is instead."""

    text: str
    speaker: str = ""
    context: tuple[tuple[str, str], ...] = ()
    why: str = ""
    cue_fires: bool = False

    @property
    def turn(self) -> Turn:
        """The turn with what was said before it, as a model reads it."""
        return Turn(Utterance(self.text, self.speaker), tuple(Utterance(text, name) for name, text in self.context))


@dataclass(frozen=True, slots=True)
class Label:
    """One label: what it is, where it comes from, what it is not, what to do instead.

    ``antidote`` names a healthy label and is empty for healthy ones; ``instead`` are ways to say it, with
    square brackets for the writer to fill and ``{about}`` for a phrase of the writer's own.
    """

    name: str
    title: str
    harmful: bool
    core: bool
    definition: str
    source: str
    lands: str
    antidote: str
    advice: str
    is_not: tuple[str, ...]
    instead: tuple[str, ...]
    cues: tuple[Cue, ...]
    flag: tuple[Case, ...]
    leave: tuple[Case, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON."""
        return asdict(self)


# What each table of a label file holds: the keys it must have, and those it may.
_TEXTS = dict.fromkeys(("name", "title", "kind", "definition", "source", "lands", "advice"), str)
_LISTS = dict.fromkeys(("is_not", "cues", "flag", "leave"), list)
_MUST: Mapping[str, Mapping[str, type]] = {
    "label": {"order": int, "core": bool, **_TEXTS, **_LISTS},
    "instead": {"text": str},
    "cues": {"name": str, "why": str, "patterns": list},
    "flag": {"text": str},
    "leave": {"text": str, "why": str},
    "context": {"text": str},
}
_MAY: Mapping[str, Mapping[str, type]] = {
    "label": {"antidote": str, "instead": list},
    "flag": {"speaker": str, "context": list},
    "leave": {"speaker": str, "context": list, "cue_fires": bool},
    "context": {"speaker": str},
}
_IN_WORDS = {str: "text", int: "a whole number", bool: "true or false", list: "a list"}


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of a label file, checked: what is missing, misspelt or of another kind is named with its place."""

    kind: str
    raw: Any
    where: str

    def __post_init__(self) -> None:
        must, may = _MUST[self.kind], _MAY.get(self.kind, {})
        if not isinstance(self.raw, dict):
            raise LabelError(f"{self.where}: must be a table")
        if missing := [key for key in must if key not in self.raw]:
            raise LabelError(f"{self.where}: {', '.join(missing)} missing")
        for key, value in self.raw.items():
            kind = must.get(key) or may.get(key)
            if kind is None:
                raise LabelError(f"{self.where}: no such key {key!r}; there are {', '.join([*must, *may])}")
            if type(value) is not kind or value == "":
                raise LabelError(f"{self.where}: {key} must be {_IN_WORDS[kind]}")

    def tables(self, kind: str) -> list[_Table]:
        """The tables of a list in this one; none where the list is absent."""
        return [_Table(kind, raw, f"{self.where}, {kind} {n}") for n, raw in enumerate(self.raw.get(kind, ()), 1)]


def _label(table: _Table, stem: str) -> Label:
    raw = table.raw
    if raw["name"] != stem:
        raise LabelError(f"{table.where}: the name must be the file's, {stem!r}")
    if raw["kind"] not in ("harmful", "healthy"):
        raise LabelError(f"{table.where}: kind must be 'harmful' or 'healthy'")
    harmful = raw["kind"] == "harmful"
    if harmful is not ("antidote" in raw):
        raise LabelError(f"{table.where}: a harmful label names its antidote, and only a harmful one does")
    if not all(isinstance(text, str) for text in raw["is_not"]):
        raise LabelError(f"{table.where}: is_not must be a list of texts")
    return Label(
        harmful=harmful,
        antidote=raw.get("antidote", ""),
        is_not=tuple(raw["is_not"]),
        instead=tuple(way.raw["text"] for way in table.tables("instead")),
        cues=tuple(_cue(cue) for cue in table.tables("cues")),
        flag=tuple(_case(case) for case in table.tables("flag")),
        leave=tuple(_case(case) for case in table.tables("leave")),
        **{key: raw[key] for key in ("name", "title", "core", "definition", "source", "lands", "advice")},
    )


def _cue(table: _Table) -> Cue:
    patterns = table.raw["patterns"]
    if not all(isinstance(pattern, list) and all(isinstance(token, dict) for token in pattern) for pattern in patterns):
        raise LabelError(f"{table.where}: patterns must be lists of token tables")
    return Cue(table.raw["name"], table.raw["why"], tuple(tuple(pattern) for pattern in patterns))


def _case(table: _Table) -> Case:
    raw = table.raw
    context = tuple((turn.raw.get("speaker", ""), turn.raw["text"]) for turn in table.tables("context"))
    return Case(raw["text"], raw.get("speaker", ""), context, raw.get("why", ""), raw.get("cue_fires", False))


def _read(folder: Traversable) -> Mapping[str, Label]:
    found: dict[int, Label] = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".toml"):
            continue
        where = f"labels/{file.name}"
        try:
            raw = tomllib.loads(file.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise LabelError(f"{where}: {error}") from None
        label = _label(_Table("label", raw, where), file.name.removesuffix(".toml"))
        if raw["order"] in found:
            raise LabelError(f"{where}: order {raw['order']} is that of {found[raw['order']].name} already")
        found[raw["order"]] = label
    labels = {found[n].name: found[n] for n in sorted(found)}
    for label in labels.values():
        if label.harmful and (label.antidote not in labels or labels[label.antidote].harmful):
            raise LabelError(f"labels/{label.name}.toml: the antidote must be a healthy label")
    return FrozenDict(labels)


@cache
def read_labels() -> Mapping[str, Label]:
    """Every label of the folder by name, in the order their files give."""
    return _read(resources.files(__name__))


LABELS: Mapping[str, Label] = read_labels()

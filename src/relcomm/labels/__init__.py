"""What each label means, as files a therapist can read: one TOML a label, read into `LABELS`.

Nothing else in relcomm names a label but the conversation patterns: a new file here is a new label.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from relcomm.errors import LabelError


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that often carry a label: spaCy Matcher token patterns, and the reason a reader is shown."""

    name: str
    why: str
    patterns: tuple[tuple[Mapping[str, Any], ...], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A turn that must be flagged or left alone. ``why`` says what a look-alike is instead."""

    text: str
    speaker: str = ""
    context: tuple[tuple[str, str], ...] = ()
    why: str = ""
    cue_fires: bool = False


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


def _label(name: str, raw: Mapping[str, Any]) -> Label:
    try:
        harmful = {"harmful": True, "healthy": False}[raw["kind"]]
        return Label(
            name=raw["name"],
            title=raw["title"],
            harmful=harmful,
            core=raw["core"],
            definition=raw["definition"],
            source=raw["source"],
            lands=raw["lands"],
            antidote=raw["antidote"] if harmful else "",
            advice=raw["advice"],
            is_not=tuple(raw["is_not"]),
            instead=tuple(way["text"] for way in raw.get("instead", ())),
            cues=tuple(_cue(cue) for cue in raw["cues"]),
            flag=tuple(_case(case) for case in raw["flag"]),
            leave=tuple(_case(case) for case in raw["leave"]),
        )
    except KeyError as missing:
        raise LabelError(f"labels/{name}: the key or value {missing} is missing or unknown") from None


def _cue(raw: Mapping[str, Any]) -> Cue:
    return Cue(raw["name"], raw["why"], tuple(tuple(pattern) for pattern in raw["patterns"]))


def _case(raw: Mapping[str, Any]) -> Case:
    context = tuple((turn.get("speaker", ""), turn["text"]) for turn in raw.get("context", ()))
    return Case(raw["text"], raw.get("speaker", ""), context, raw.get("why", ""), raw.get("cue_fires", False))


@cache
def read_labels() -> Mapping[str, Label]:
    """Every label of the folder by name, in the order their files give."""
    found: list[tuple[int, Label]] = []
    for file in resources.files(__name__).iterdir():
        if file.name.endswith(".toml"):
            try:
                raw = tomllib.loads(file.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise LabelError(f"labels/{file.name}: {error}") from None
            found.append((raw.get("order", 0), _label(file.name, raw)))
    found.sort(key=lambda pair: pair[0])
    return MappingProxyType({label.name: label for _, label in found})


LABELS: Mapping[str, Label] = read_labels()

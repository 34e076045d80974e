"""A conversation that lies in a folder, in one file or in several parts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

from relcomm.errors import ReadError
from relcomm.types import Conversation, ReadReport

_FATES = ("system", "media", "deleted", "call", "unassigned")
_NUMBER = re.compile(r"\d+")


def files_of(source: object, patterns: Mapping[str, str]) -> list[Path]:
    """The files of a conversation if this is the path of a folder, in the order of the numbers in their names; else none.

    Raises `ReadError` for a folder that holds no conversation, or several.
    """
    folder = _folder(source)
    if folder is None:
        return []
    try:
        names = [entry.name for entry in folder.iterdir() if entry.is_file()]
    except OSError:
        raise ReadError("this folder cannot be opened; look at its permissions", source=str(folder)) from None
    found = {
        pattern: [name for name in names if fnmatchcase(name, pattern)] for pattern in patterns.values() if pattern
    }
    there = [pattern for pattern, matching in found.items() if matching]
    if len(there) == 1:
        return [folder / name for name in sorted(found[there[0]], key=_by_number)]
    known = ", ".join(found)
    problem = (
        "this folder holds files of several formats" if there else f"this is a folder, not a file, without {known}"
    )
    raise ReadError(f"{problem}; name the file to read", source=str(folder))


def _folder(source: object) -> Path | None:
    if not isinstance(source, str | os.PathLike) or (isinstance(source, str) and len(source) > 4_000):
        return None
    try:
        path = Path(os.fspath(source))
        return path if path.is_dir() else None
    except (OSError, ValueError, TypeError):
        return None


def _by_number(name: str) -> tuple[list[int], str]:
    return [int(digits[:18]) for digits in _NUMBER.findall(name)], name


def joined(parts: Sequence[Conversation]) -> Conversation:
    """One conversation of several parts, in the order of time if all times are known, with one report on all of them.

    The numbers in the report go on from part to part.
    """
    if len(parts) == 1:
        return parts[0]
    reports = [part.report for part in parts if part.report]
    said = [utterance for part in _ordered(parts) for utterance in part.utterances]
    noted: dict[str, list[int]] = {fate: [] for fate in _FATES}
    before = 0
    for report in reports:
        for fate in _FATES:
            noted[fate] += [number + before for number in getattr(report, fate)]
        before += report.lines
    report = ReadReport(
        format=reports[0].format,
        lines=before,
        messages=len(said),
        remarks=tuple(f"part {n}: {remark}" for n, report in enumerate(reports, 1) for remark in report.remarks),
        spoken=sum(report.spoken for report in reports),
        blank=sum(report.blank for report in reports),
        unit=reports[0].unit,
        **{fate: tuple(numbers) for fate, numbers in noted.items()},
    )
    return Conversation(tuple(said), id=parts[0].id, report=report)


def _ordered(parts: Sequence[Conversation]) -> list[Conversation]:
    """The parts that hold messages, by their times. Raises `ReadError` where these give no order."""
    spans = [(part.utterances[0].time, part.utterances[-1].time, n) for n, part in enumerate(parts) if len(part)]
    known = [(first, last, n) for first, last, n in spans if first is not None and last is not None]
    if len(known) < len(spans):
        raise ReadError("the parts of this conversation have no times to put them in order by; read them one by one")
    known.sort()
    if any(later[0] < earlier[1] for earlier, later in pairwise(known)):
        raise ReadError("the parts of this conversation overlap in time; read them one by one")
    return [parts[n] for _, _, n in known]

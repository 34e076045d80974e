"""Codes with times, of film or sound, read from the files of BORIS, Datavyu and others: `read_events`.

* **BORIS**: "aggregated events" as TSV or CSV: ``Observation id``, ``Subject``, ``Behavior``, ``Behavior type``,
  ``Start (s)``, ``Stop (s)``; and "tabular events", where a state's START and STOP are rows of their own.
* **Datavyu**: an exported CSV, columns side by side as ``name.ordinal, name.onset, name.offset, name.code``, or the rows
  ``file, column, onset, offset`` of its scripts; times in milliseconds. A Datavyu column is taken for a subject. An
  argument that holds 0 and 1 (or n and y) is a code by its name; of any other, each value is a code.
* **Rows of times**, such as ELAN exports: ``start``, ``end`` and ``code`` (also ``begin time``, ``annotation``, ``label``
  …), with ``coder``, ``tier``, ``subject`` and ``observation`` where there are several. A tier ``Ann@ben`` is subject Ann
  as coded by ben; other tiers are coders if there is one file and no coder column, else subjects. Times are seconds, or
  ``h:mm:ss.fff``, or milliseconds in columns whose names end in ``ms``.

An event without an end is a point. What one coder marked in an observation counts only if the other marked something
there, too: an export does not show that somebody watched and saw nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import isfinite
from typing import Any

from relcomm.errors import ReadError
from relcomm.research.coded import MOST, label_named
from relcomm.research.sheets import Cells, Sheet, plain, read_sheets


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """A code somebody gave from ``start`` to ``stop``, in seconds; a point where both are the same."""

    coder: str
    observation: str
    subject: str
    start: float
    stop: float
    code: str


_START = ("start", "start (s)", "begin", "begin time", "onset", "start time", "from", "start_s", "begin time - ss.msec")
_STOP = ("stop", "stop (s)", "end", "end time", "offset", "stop time", "to", "end_s", "end time - ss.msec")
_CODE = ("code", "behavior", "behaviour", "label", "annotation", "value", "annotation value", "event")
_OBSERVATION = ("observation", "observation id", "file", "recording", "session", "conversation", "media")
_SUBJECT = ("subject", "speaker", "person", "participant")
_NOBODY = {"no focal subject"}
_FLAGS = {"0", "1", "y", "n", "yes", "no", "x", ""}
_ON = {"1", "y", "yes", "x"}
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{1,2}(?:[.,]\d+)?)\Z")


def is_timed(sheet: Sheet) -> bool:
    """Whether a sheet holds codes with times rather than coded turns."""
    if _sides(sheet) or (sheet.named("behavior") and sheet.named("time")):
        return True
    is_turns = any(sheet.named(name) for name in ("id", "turn", "text"))
    return bool(not is_turns and _find(sheet, _START) and (_find(sheet, _CODE) or _datavyu_arguments(sheet)))


def read_events(paths: Sequence[str | os.PathLike[str]]) -> list[Event]:
    """Every event of some coders' files, in order of coder, observation, subject and time. Raises `ReadError`."""
    return events_of(read_sheets(paths))


def events_of(sheets: Sequence[Sheet]) -> list[Event]:
    """The same for sheets that are read already; where a file names no coder, the coder goes by the file's name."""
    found: list[Event] = []
    for sheet in sheets:
        events = list(_side_by_side(sheet) if _sides(sheet) else _rows(sheet, alone=len(sheets) == 1))
        if not events:
            raise ReadError("no row of this file has both a time and a code", source=sheet.source)
        found += events
    codes = {event.code for event in found}
    if len(codes) > MOST:
        raise ReadError(f"there are {len(codes)} different codes: the column taken for the codes holds something else")
    return sorted(found)


def _find(sheet: Sheet, names: Sequence[str]) -> str | None:
    return sheet.named(*chain.from_iterable((name, f"{name} ms", f"{name} (ms)") for name in names))


# Rows of times -------------------------------------------------------------------------------------------------------


def _rows(sheet: Sheet, *, alone: bool) -> Iterator[Event]:
    columns = _columns(sheet)
    if columns["start"] is None and sheet.named("time") and columns["type"]:
        yield from _paired(sheet, columns)
        return
    datavyu = sheet.named("onset") is not None and sheet.named("ordinal") is not None
    arguments = _datavyu_arguments(sheet) if datavyu else {}
    for event, row in turns_of(sheet, alone=alone):
        codes = _argued(row, arguments) if arguments else _codes(row.get(columns["code"] or ""))
        yield from (replace(event, code=code) for code in codes)


def turns_of(sheet: Sheet, *, alone: bool = False) -> Iterator[tuple[Event, Cells]]:
    """Every row that has a time as an event that has no code yet, and its cells. Raises `ReadError`."""
    columns = _columns(sheet)
    if columns["start"] is None:
        raise ReadError("no column says when a code starts: name one 'start', in seconds", source=sheet.source)
    datavyu = sheet.named("onset") is not None and sheet.named("ordinal") is not None
    unit = {c: 0.001 if datavyu or plain(c).rstrip(")").endswith("ms") else 1.0 for c in sheet.columns}
    for line, row in sheet.rows:
        start = _seconds(row, columns["start"], unit, sheet, line)
        if start is None:
            continue
        stop = _seconds(row, columns["stop"], unit, sheet, line)
        event = replace(_placed(row, columns, sheet, alone=alone), start=start, stop=start if stop is None else stop)
        if event.stop < event.start:
            raise ReadError("this code ends before it starts", source=sheet.source, line=line)
        yield event, row


def _columns(sheet: Sheet) -> dict[str, str | None]:
    return {
        "start": _find(sheet, _START),
        "stop": _find(sheet, _STOP),
        "code": _find(sheet, _CODE),
        "observation": _find(sheet, _OBSERVATION),
        "subject": _find(sheet, _SUBJECT),
        "coder": _find(sheet, ("coder", "rater", "annotator", "observer")),
        "tier": _find(sheet, ("tier", "tier name", "column")),
        "type": _find(sheet, ("behavior type", "status")),
    }


def _placed(row: Cells, columns: Mapping[str, str | None], sheet: Sheet, *, alone: bool) -> Event:
    def cell(key: str) -> str:
        return str(row.get(columns[key] or "", "") or "").strip()

    coder, subject, tier = cell("coder"), cell("subject"), cell("tier")
    if "@" in tier and not coder:
        subject, _, coder = tier.rpartition("@")
    elif tier and alone and columns["coder"] is None and columns["tier"] and plain(columns["tier"]) != "column":
        coder = tier
    else:
        subject = subject or tier
    if subject.casefold() in _NOBODY:
        subject = ""
    return Event(coder or sheet.coder, cell("observation") or sheet.part, subject, 0.0, 0.0, "")


def _paired(sheet: Sheet, columns: Mapping[str, str | None]) -> Iterator[Event]:
    """The events of BORIS's tabular export, where a state's START and STOP are two rows."""
    time = sheet.named("time")
    running: dict[Event, tuple[float, int]] = {}
    for line, row in sheet.rows:
        at = _seconds(row, time, {}, sheet, line)
        if at is None:
            continue
        kind = str(row.get(columns["type"] or "", "")).strip().casefold()
        for code in _codes(row.get(columns["code"] or "")):
            event = replace(_placed(row, columns, sheet, alone=False), code=code)
            if kind == "start":
                running[event] = (at, line)
            elif kind == "stop" and event in running:
                yield replace(event, start=running.pop(event)[0], stop=at)
            elif kind == "stop":
                raise ReadError("this state stops without having started", source=sheet.source, line=line)
            else:
                yield replace(event, start=at, stop=at)
    if running:
        line = min(line for _, line in running.values())
        raise ReadError("this state starts and never stops", source=sheet.source, line=line)


def _codes(value: Any) -> list[str]:
    return [label_named(part) for part in str(value or "").split(";") if part.strip()]


def _seconds(row: Cells, column: str | None, unit: Mapping[str, float], sheet: Sheet, line: int) -> float | None:
    text = str(row.get(column, "") if column else "").strip()
    if not text or text.casefold() in ("na", "nan", "none"):
        return None
    clock = _CLOCK.match(text)
    if clock:
        hours, minutes, seconds = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
    try:
        value = float(text.replace(",", ".")) * unit.get(column or "", 1.0)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or value < 0:
        raise ReadError("a time here is neither seconds nor h:mm:ss", source=sheet.source, line=line)
    return value


# Datavyu -------------------------------------------------------------------------------------------------------------


def _sides(sheet: Sheet) -> dict[str, list[str]]:
    """The columns of a Datavyu export side by side: name of each, and its arguments."""
    found: dict[str, list[str]] = {}
    for column in sheet.columns:
        name, dot, argument = column.rpartition(".")
        if dot:
            found.setdefault(name, []).append(argument)
    return {
        name: [a for a in arguments if a not in ("ordinal", "onset", "offset")]
        for name, arguments in found.items()
        if {"onset", "offset"} <= set(arguments)
    }


def _side_by_side(sheet: Sheet) -> Iterator[Event]:
    for column, names in _sides(sheet).items():
        arguments = _kinds(sheet, {argument: f"{column}.{argument}" for argument in names})
        unit = {f"{column}.{end}": 0.001 for end in ("onset", "offset")}
        for line, row in sheet.rows:
            start, stop = (_seconds(row, f"{column}.{end}", unit, sheet, line) for end in ("onset", "offset"))
            if start is None:
                continue
            # Datavyu gives a cell without an end the offset 0.
            stop = stop or start
            if stop < start:
                raise ReadError("this code ends before it starts", source=sheet.source, line=line)
            yield from (Event(sheet.coder, sheet.part, column, start, stop, code) for code in _argued(row, arguments))


def _datavyu_arguments(sheet: Sheet) -> dict[str, tuple[str, bool]]:
    if sheet.named("ordinal") is None:
        return {}
    known = {
        plain(name) for name in ("file", "column", "onset", "offset", "ordinal", "observation", "coder", "subject")
    }
    return _kinds(sheet, {column: column for column in sheet.columns if plain(column) not in known})


def _kinds(sheet: Sheet, arguments: Mapping[str, str]) -> dict[str, tuple[str, bool]]:
    """For each argument its column, and whether it holds flags, so that the argument's name is the code."""

    def flags(column: str) -> bool:
        return {str(row.get(column, "") or "").strip().casefold() for _, row in sheet.rows} <= _FLAGS

    return {name: (column, flags(column)) for name, column in arguments.items()}


def _argued(row: Cells, arguments: Mapping[str, tuple[str, bool]]) -> list[str]:
    found: list[str] = []
    for name, (column, is_flag) in arguments.items():
        value = str(row.get(column, "") or "").strip()
        if is_flag:
            found += [label_named(name)] if value.casefold() in _ON else []
        else:
            found += _codes(value)
    return found


def coders_of(events: Iterable[Event]) -> tuple[str, ...]:
    """The coders of some events, in order of their names."""
    return tuple(dict.fromkeys(event.coder for event in sorted(events)))

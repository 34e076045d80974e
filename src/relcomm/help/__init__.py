"""Where to find help, by country, as a file that anybody can replace: read from disk, never from a network.

The file that comes with relcomm says itself that nobody rang its numbers: whoever offers relcomm to others must check
them, and may name a file of their own in the environment variable ``RELCOMM_HELPLINES``.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from relcomm.errors import ReadError
from relcomm.frozen import FrozenDict
from relcomm.types import Helpline

VARIABLE = "RELCOMM_HELPLINES"
"""The environment variable that may name another file."""

PURPOSES: Mapping[str, str] = FrozenDict(
    emergency="Danger now",
    home="Fear or violence at home",
    crisis="Thoughts of suicide, or any crisis",
    self="Fear of what one may do to another",
)
"""What a help line can be for, in the words a reader is shown."""

_HEAD: Mapping[str, type] = FrozenDict(as_of=date, note=str, helpline=list)
_MUST: Mapping[str, type] = FrozenDict(
    **dict.fromkeys(("country", "name", "reach", "purpose"), str), checked=date, how=str
)
_MAY: Mapping[str, type] = FrozenDict(hours=str, who=str)
_IN_WORDS = {str: "a text that is not empty", date: "a date such as 2026-11-23", list: "a list of tables"}


@dataclass(frozen=True, slots=True)
class Helplines:
    """Help lines in the order of their file, the day as of which they hold, and a note on how far to trust them."""

    as_of: date
    note: str
    lines: tuple[Helpline, ...]

    def briefly(self) -> list[str]:
        """A line for each purpose, with its numbers by country, and one on how far to trust them."""
        kinds: dict[str, dict[str, list[str]]] = {purpose: {} for purpose in PURPOSES}
        for line in self.lines:
            reach = f"{line.reach} ({line.who})" if line.who else line.reach
            kinds[line.purpose].setdefault(line.country, []).append(reach)
        lines = [
            f"{PURPOSES[purpose]}: {'; '.join(f'{country} {_either(numbers)}' for country, numbers in by_country.items())}."
            for purpose, by_country in kinds.items()
            if by_country
        ]
        return [*lines, f"{self.note} (As of {self.as_of.isoformat()}.)"]


def _either(numbers: list[str]) -> str:
    return " or ".join(numbers)


def helplines(file: str | os.PathLike[str] | None = None) -> Helplines:
    """The help lines of ``file``, else of the file that ``RELCOMM_HELPLINES`` names, else of the one that comes along.

    A file is read once and kept while the program runs. Raises `ReadError`, which names the entry, for a file that
    cannot be read or breaks the rules at the top of ``helplines.toml``: there is no falling back on other numbers.

    >>> [line.reach for line in helplines().lines if line.country == "Ireland"]
    ['112 or 999', '1800 341 900', '116 123']
    """
    if file is not None:
        return _read(_whole(file, "helplines"), "helplines")
    named = os.environ.get(VARIABLE, "")
    return _read(_whole(named, VARIABLE) if named else "", VARIABLE)


def _whole(file: str | os.PathLike[str], where: str) -> str:
    # In full: what a relative path names changes with the working folder.
    try:
        return str(Path(file).resolve())
    except (TypeError, ValueError, OSError):
        raise ReadError("this is not the path of a file", source=where) from None


@cache
def _read(path: str, where: str) -> Helplines:
    """The file at ``path``, or the one that comes along if that is empty. ``where`` is its name in errors."""
    try:
        file = Path(path) if path else resources.files(__name__).joinpath("helplines.toml")
        raw = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); name a TOML file, or no file for the one that comes along"
    except UnicodeError:
        problem = "not in UTF-8; save it as UTF-8"
    except (ValueError, RecursionError) as error:
        # Its place only: what stands there may be quoted before it.
        place = re.search(r"\(at .*\)\Z", str(error))
        problem = f"not valid TOML {place[0] if place else ''}".rstrip()
    else:
        return _helplines(raw, where)
    # Outside: these errors hold the file's name, or the whole of it, and would stay on behind ours.
    raise ReadError(problem, source=where)


def _helplines(raw: dict[str, Any], where: str) -> Helplines:
    _require(raw, _HEAD, {}, where)
    if not raw["helpline"]:
        raise ReadError("no [[helpline]]; a notice needs at least one place to turn to", source=where)
    lines = tuple(_line(each, f"{where}, helpline {n}") for n, each in enumerate(raw["helpline"], 1))
    return Helplines(raw["as_of"], raw["note"], lines)


def _line(raw: Any, where: str) -> Helpline:
    _require(raw, _MUST, _MAY, where)
    if raw["purpose"] not in PURPOSES:
        raise ReadError(f"purpose must be one of {', '.join(PURPOSES)}", source=where)
    return Helpline(**raw)


def _require(raw: Any, must: Mapping[str, type], may: Mapping[str, type], where: str) -> None:
    if not isinstance(raw, dict):
        raise ReadError("must be a table", source=where)
    if missing := [key for key in must if key not in raw]:
        raise ReadError(f"{', '.join(missing)} missing; it needs {', '.join(must)}", source=where)
    for key, value in raw.items():
        kind = must.get(key) or may.get(key)
        if kind is None:
            raise ReadError(f"there is a key it does not know; it knows {', '.join([*must, *may])}", source=where)
        # Exactly this kind: a time of day makes another kind of date.
        if type(value) is not kind or (kind is str and not str(value).strip()):
            raise ReadError(f"{key} must be {_IN_WORDS[kind]}", source=where)

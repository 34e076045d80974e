"""Behavioural suites: short cases by capability, each with what must and what must not be predicted.

In the spirit of CheckList (Ribeiro et al. 2020) and HateCheck (Röttger et al. 2021). A suite is a folder of JSON
lines, one case a line::

    {"id", "capability", "context": [{"speaker", "text"}], "speaker", "text", "must": [label], "must_not": [label], "set"?}

Cases of one ``set`` differ in one thing. Where they ask for the same, a model should answer all of them alike;
where they ask for different things, it should be right on all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from relcomm.errors import TrainingError
from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.training.corpus import checked, objects, said
from relcomm.types import Turn

BUNDLED = ("relcheck",)
"""The suites that come with relcomm: any other name is a folder of the caller's."""
HARMFUL = frozenset(label.name for label in LABELS.values() if label.harmful)


@dataclass(frozen=True, slots=True)
class Case:
    """One turn with its context, the labels it must and must not be given, and the set it belongs to, if any."""

    id: str
    capability: str
    turn: Turn
    must: frozenset[str]
    must_not: frozenset[str]
    set: str = ""

    def right(self, given: frozenset[str]) -> bool:
        """Whether every label that must be given is, and none that must not."""
        return self.must <= given and not self.must_not & given

    @property
    def harmless(self) -> bool:
        """Whether no harmful label at all may be given."""
        return self.must_not >= HARMFUL


def find_suite(name: str) -> Path:
    """The folder of a bundled suite by its exact name, or else of a path to one. Raises `TrainingError`.

    A folder of yours with a bundled suite's name is meant by a path, such as ``./relcheck``.
    """
    places = [Path(name)]
    if name in BUNDLED:
        installed = Path(str(resources.files("relcomm"))) / "suites" / name
        places = [installed, Path(__file__).resolve().parents[3] / "corpus" / name]
    for folder in places:
        if _holds_cases(folder):
            return folder
    raise TrainingError(f"no suite {name!r}: name {' or '.join(BUNDLED)}, or a folder of JSON lines")


def _holds_cases(folder: Path) -> bool:
    try:
        return folder.is_dir() and any(folder.glob("*.jsonl"))
    except OSError:  # a name too long for the file system, a folder that may not be entered
        return False


def read_suite(folder: Path) -> list[Case]:
    """The cases of a suite, file by file. Raises `TrainingError` with file and line."""
    return [_case(path, n, row) for path in sorted(folder.glob("*.jsonl")) for n, row in objects(path)]


def _case(path: Path, n: int, row: dict[str, Any]) -> Case:
    for key in ("id", "capability", "text", "must", "must_not"):
        if key not in row:
            raise TrainingError(f"{path}, line {n}: the key {key!r} is missing")
    context = row.get("context", [])
    if not isinstance(context, list) or not all(isinstance(each, dict) for each in context):
        raise TrainingError(f"{path}, line {n}: 'context' must be a list of objects")
    must, must_not = checked(row["must"], path, n), checked(row["must_not"], path, n)
    if must & must_not or not must | must_not:
        raise TrainingError(f"{path}, line {n}: a case asks for something, and for nothing both ways")
    turn = Turn(said(path, n, row), tuple(said(path, n, each) for each in context))
    return Case(str(row["id"]), str(row["capability"]), turn, must, must_not, str(row.get("set", "")))


def run(model: Model, cases: Sequence[Case]) -> dict[str, Any]:
    """How a model does on a suite, as JSON types; `suite_table` prints it.

    ``right`` is the share of cases answered right; ``alarms`` the share of cases on which no harmful label may be
    given and one is; ``sets`` the share of sets that are right in every case, or (for sets that ask for the same)
    answered alike. A share of nothing is ``None``.
    """
    if not cases:
        raise TrainingError("no cases to run")
    limits = [model.thresholds[name].sure for name in model.labels]
    given = [
        frozenset(name for name, value, limit in zip(model.labels, row, limits, strict=True) if value >= limit)
        for row in model.score([case.turn for case in cases])
    ]
    answered = list(zip(cases, given, strict=True))
    capabilities = dict.fromkeys(case.capability for case in cases)
    return {
        "model": model.name,
        "all": _figures(answered),
        "capabilities": {
            name: _figures([each for each in answered if each[0].capability == name]) for name in capabilities
        },
        "wrong": [case.id for case, labels in answered if not case.right(labels)],
    }


Answered = tuple[Case, frozenset[str]]


def _figures(answered: Sequence[Answered]) -> dict[str, float | int | None]:
    sets: dict[str, list[Answered]] = {}
    for case, given in answered:
        if case.set:
            sets.setdefault(case.set, []).append((case, given))
    return {
        "cases": len(answered),
        "right": _share(case.right(given) for case, given in answered),
        "harmless": sum(case.harmless for case, _ in answered),
        "alarms": _share(bool(given & HARMFUL) for case, given in answered if case.harmless),
        "sets": _share(_together(group) for group in sets.values()),
    }


def _together(group: Sequence[Answered]) -> bool:
    """Whether a set holds: the same answer where the same is asked, the right ones where it is not."""
    asked = {(case.must, case.must_not) for case, _ in group}
    if len(asked) == 1:
        return len({given for _, given in group}) == 1
    return all(case.right(given) for case, given in group)


def _share(held: Iterable[bool]) -> float | None:
    values = list(held)
    return sum(values) / len(values) if values else None


def suite_table(result: dict[str, Any]) -> str:
    """The figures of `run` as a Markdown table that is also readable in a terminal."""
    lines = [f"model `{result['model']}`, {len(result['capabilities'])} capabilities", ""]
    lines += [
        "| capability | cases | right | harmless cases | false alarms | sets |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, row in [*result["capabilities"].items(), ("all", result["all"])]:
        shares = ["–" if row[key] is None else f"{row[key]:.2f}" for key in ("right", "alarms", "sets")]
        lines.append(f"| {name} | {row['cases']} | {shares[0]} | {row['harmless']} | {shares[1]} | {shares[2]} |")
    return "\n".join(lines)

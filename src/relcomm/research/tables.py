"""The figures of a study as Markdown tables that can also be read in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from relcomm.research.comparison import Row
from relcomm.research.resampling import Figure
from relcomm.research.steps import Steps
from relcomm.research.validation import Finding, Validation
from relcomm.research.words import sentences

_SHOWN = ("percent", "kappa", "alpha", "AC1", "F1")
_TRUST = (
    "Intervals are 95 %, by drawing conversations with replacement. Where a label is rare, kappa and alpha can be low and",
    "percent and AC1 high for the same codes: report them together.",
)


def agreement_table(rows: Sequence[Row], rates: Sequence[Row], remarks: Sequence[str]) -> str:
    """Who agrees with whom on what, and how often speakers have each label; then what must be said about it."""
    lines = _table(
        ("between", "by", "label", "units", "cases", *_SHOWN),
        (
            (
                row.between,
                row.by,
                row.label,
                str(row.units),
                "/".join(map(str, row.cases)) or "–",
                *(_figure(row.figures.get(name)) for name in _SHOWN),
            )
            for row in rows
        ),
    )
    if rates:
        lines += ["", "How far they agree on each speaker's share of turns with a label:", ""]
        lines += _table(
            ("between", "label", "speakers", "ICC(A,1)", "ICC(C,1)"),
            (
                (
                    row.between,
                    row.label,
                    str(row.units),
                    _figure(row.figures["ICC(A,1)"]),
                    _figure(row.figures["ICC(C,1)"]),
                )
                for row in rates
            ),
        )
    return "\n".join([*lines, "", *_TRUST, *_listed([*remarks, *_notes([*rows, *rates])])])


def _notes(rows: Iterable[Row]) -> list[str]:
    """Each note once, with the rows it is about."""
    about: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for note in row.notes:
            about.setdefault((row.between, note), []).append(
                f"{row.label} (by {row.by})" if row.by != "turns" else row.label
            )
    return [f"{between}, {', '.join(labels)}: {note}." for (between, note), labels in about.items()]


def validation_table(found: Validation) -> str:
    """The figures of a validation by label, then what they allow in words."""
    people = "one coder" if len(found.coders) == 1 else f"{len(found.coders)} coders"
    turns = f"{found.turns} turns of {found.conversations} conversation(s)"
    lines = [f"Model `{found.model}` against {people} ({', '.join(found.coders)}) on {turns}.", ""]
    lines += _table(
        (
            "label",
            "cases",
            "given",
            "precision",
            "recall",
            "F1",
            "alpha",
            "AC1",
            "ICC(C,1)",
            "calibration error",
            "use",
        ),
        ((each.label, str(each.cases), str(each.given), *_cells(each), each.use) for each in found.findings),
    )
    if any(each.among for each in found.findings) or len(found.coders) > 1:
        lines += ["", "Each coder with the model, and the coders with each other (alpha, then AC1):", ""]
        pairs = [*found.findings[0].each, *found.findings[0].among]
        titles = [f"{name} – model" for name in found.findings[0].each] + list(found.findings[0].among)
        lines += _table(
            ("label", *titles), ((each.label, *(_both(each, pair) for pair in pairs)) for each in found.findings)
        )
    lines += ["", "What this allows:", ""]
    lines += [f"- **{each.label}** ({each.use}). {' '.join(sentences(each))}" for each in found.findings]
    return "\n".join([*lines, "", *_TRUST, *_listed(found.remarks)])


def _cells(found: Finding) -> list[str]:
    names = ("precision", "recall", "F1", "alpha", "AC1", "ICC(C,1)")
    return [*(_figure(found.figures[name]) for name in names), f"{found.calibration_error:.3f}"]


def _both(found: Finding, pair: str) -> str:
    row = found.each.get(pair) or found.among[pair]
    return f"{_figure(row['alpha'])}; {_figure(row['AC1'])}"


def sequence_table(steps: Steps) -> str:
    """What followed what: counts, the steps that chance does not explain, the tests, and what must be said."""
    found = steps.transitions
    lines = [f"{int(found.total)} steps between {int(found.events.sum())} codes, lag {steps.lag}.", "", "Counts:", ""]
    lines += _table(
        ("first, then", *found.codes),
        ((code, *(f"{int(n)}" for n in row)) for code, row in zip(found.codes, found.counts, strict=True)),
    )
    lines += [
        "",
        f"Steps that shuffling the codes seldom brings (p below {steps.limit}), the farthest from chance first:",
        "",
    ]
    lines += _table(
        ("step", "count", "expected", "share", "residual", "Yule's Q", "kappa", "p normal", "p shuffled"),
        (_step(steps, i, j) for i, j in steps.standing_out()),
    )
    lines += [
        "",
        *_table(
            ("test", "chi-square", "df", "p"), ((t, f"{v.statistic:.2f}", str(v.df), _p(v.p)) for t, v in steps.tests)
        ),
    ]
    return "\n".join([*lines, *_listed(steps.remarks)])


def _step(steps: Steps, i: int, j: int) -> tuple[str, ...]:
    found = steps.transitions
    values = (found.probabilities, found.residuals, found.yule_q, found.kappas)
    return (
        f"{found.codes[i]} → {found.codes[j]}",
        f"{int(found.counts[i, j])}",
        f"{found.expected[i, j]:.2f}",
        *(_number(float(each[i, j])) for each in values),
        _p(float(found.p[i, j])),
        _p(float(steps.shuffled[i, j])),
    )


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    body = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return [f"| {' | '.join(titles)} |", "|" + " --- |" * len(titles), *(body or ["|" + " – |" * len(titles)])]


def _listed(said: Sequence[str]) -> list[str]:
    return ["", *(f"- {each}" for each in said)] if said else []


def _figure(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.2f}"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def _p(value: float) -> str:
    return "–" if np.isnan(value) else "<.001" if value < 0.001 else f"{value:.3f}"

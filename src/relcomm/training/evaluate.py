"""How good a model is: figures on coded conversations, with intervals by resampling conversations.

Precision, recall and F1 at the model's own thresholds; average precision and calibration error of its
probabilities; harmful labels given to turns that have none, per 1,000 such turns. The core and harm figures are about
the labels of `relcomm.LABELS`: a model's labels of its own have their rows by label only.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from math import isnan
from typing import TYPE_CHECKING, Any

from relcomm.errors import TrainingError
from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.research.calibration import calibration_error
from relcomm.training.corpus import Coded
from relcomm.training.fit import gold_of, turns_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TRIES = 20
"""How often a draw is made anew when a figure cannot be had on it, before it is left out."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A model's answers beside the coders': ``scores``, ``given`` and ``gold`` are ``(turns, labels)``.

    ``group`` is the number of each turn's conversation, ``hurt`` whether the coders gave a turn any harmful label,
    one the model knows or another, ``(turns,)`` each.
    """

    labels: tuple[str, ...]
    scores: NDArray[np.float64]
    given: NDArray[np.bool_]
    gold: NDArray[np.bool_]
    group: NDArray[np.intp]
    hurt: NDArray[np.bool_]

    def take(self, chosen: NDArray[np.intp]) -> Scored:
        """The same for some turns, in the order asked for."""
        columns: Any = (each[chosen] for each in (self.scores, self.given, self.gold, self.group, self.hurt))
        return Scored(self.labels, *columns)


def score(model: Model, data: Sequence[Coded]) -> Scored:
    """Run a model over coded conversations. Raises `TrainingError` if there is nothing to measure on."""
    import numpy as np

    if not data:
        raise TrainingError("no coded conversations to measure on")
    scores = model.score(turns_of(data))
    limits = np.array([model.thresholds[name].sure for name in model.labels])
    group = np.repeat(np.arange(len(data)), [len(coded.labels) for coded in data])
    hurt = np.asarray(gold_of(data, [name for name, label in LABELS.items() if label.harmful]).any(axis=1))
    return Scored(model.labels, scores, scores >= limits, gold_of(data, model.labels), group, hurt)


def figures(scored: Scored, *, like: Scored | None = None) -> dict[str, float]:
    """The head figures: mean average precision and macro F1 of the core labels, any-harm AP, alarms per 1,000.

    AP is averaged over the core labels with cases, F1 over those with cases or alarms; so that a resample has the same
    ones, they are those of ``like``, the whole it was drawn from. Where one of them has neither in the resample, its
    mean is not a number.
    """
    whole = like or scored
    known = [(n, LABELS[name]) for n, name in enumerate(scored.labels) if name in LABELS]
    core = [n for n, label in known if label.core]
    harm = [n for n, label in known if label.harmful]
    with_cases = [n for n in core if whole.gold[:, n].any()]
    with_either = [n for n in core if (whole.gold[:, n] | whole.given[:, n]).any()]
    return {
        "core-five mean AP": _mean([average_precision(scored.scores[:, n], scored.gold[:, n]) for n in with_cases]),
        "core-five macro F1": _mean([_f1(scored, n) for n in with_either]),
        "any-harm AP": average_precision(scored.scores[:, harm].max(axis=1), scored.hurt) if harm else float("nan"),
        "harm alarms per 1,000 harmless turns": _alarms(scored, harm),
    }


def _alarms(scored: Scored, harm: Sequence[int]) -> float:
    harmless = scored.given[~scored.hurt]
    return 1000 * float(harmless[:, harm].any(axis=1).mean()) if harm and len(harmless) else float("nan")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


def by_label(scored: Scored, n: int) -> dict[str, float]:
    """Precision, recall, F1, average precision, calibration error and number of cases of the ``n``-th label."""
    given, gold = scored.given[:, n], scored.gold[:, n]
    hits = int((given & gold).sum())
    precision = hits / int(given.sum()) if given.any() else float("nan")
    recall = hits / int(gold.sum()) if gold.any() else float("nan")
    return {
        "precision": precision,
        "recall": recall,
        "F1": _f1(scored, n),
        "AP": average_precision(scored.scores[:, n], gold),
        "ECE": calibration_error(scored.scores[:, n], gold),
        "n": int(gold.sum()),
    }


def average_precision(scores: NDArray[np.float64], gold: NDArray[np.bool_]) -> float:
    """Mean precision over the ranks of the true cases; not a number where there are none."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(gold, scores)) if gold.any() else float("nan")


Measure = Callable[[Scored], Mapping[str, float]]


def resamples(scored: Scored, measure: Measure, *, draws: int = 300, seed: int = 0) -> list[Mapping[str, float]]:
    """Figures measured anew on conversations drawn with replacement, up to ``draws`` times.

    Where a figure of the whole cannot be had on a draw (no case of a rare label is in it), conversations are drawn
    again, up to `TRIES` times; after that the draw is missing from the list.
    """
    import numpy as np

    if draws < 1:
        raise TrainingError("an interval needs at least one draw")
    there = {name for name, value in measure(scored).items() if not isnan(value)}
    places = [np.flatnonzero(scored.group == g) for g in np.unique(scored.group)]
    rng = random.Random(seed)  # noqa: S311 - resampling, no secrets
    kept: list[Mapping[str, float]] = []
    for _ in range(draws):
        tried = (measure(scored.take(np.concatenate(rng.choices(places, k=len(places))))) for _ in range(TRIES))
        kept += islice((found for found in tried if not any(isnan(found[name]) for name in there)), 1)
    return kept


def interval(scored: Scored, measure: Measure, *, draws: int = 300, seed: int = 0) -> dict[str, tuple[float, float]]:
    """95 % intervals of figures, by `resamples`; not a number where there is none."""
    return _middles(resamples(scored, measure, draws=draws, seed=seed), measure(scored))


def _middles(drawn: Sequence[Mapping[str, float]], names: Iterable[str]) -> dict[str, tuple[float, float]]:
    return {name: _middle([found[name] for found in drawn]) for name in names}


def _middle(values: Sequence[float]) -> tuple[float, float]:
    import numpy as np

    if not values or np.isnan(values).any():
        return float("nan"), float("nan")
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def report(model: Model, data: Sequence[Coded], *, draws: int = 300) -> dict[str, Any]:
    """All figures of a model on coded conversations, as JSON types; `table` prints them.

    A figure that cannot be had (precision where no label was given, say) is ``None``. ``draws`` tells how many
    resamples the intervals were to rest on, and how many at most are missing from one of them.
    """
    return report_of(score(model, data), model.name, conversations=len(data), draws=draws)


def report_of(scored: Scored, name: str, *, conversations: int, draws: int = 300) -> dict[str, Any]:
    """The same for answers that are there already; ``name`` is the model's."""
    head = figures(scored)
    drawn = resamples(scored, lambda sample: figures(sample, like=scored), draws=draws)
    of_label = [resamples(scored, partial(_only_f1, n=n), draws=draws) for n in range(len(scored.labels))]
    return {
        "model": name,
        "conversations": conversations,
        "turns": len(scored.gold),
        "draws": {"asked": draws, "missing": draws - min(map(len, (drawn, *of_label)))},
        "head": {
            figure: _plain({"value": head[figure], "low": low, "high": high})
            for figure, (low, high) in _middles(drawn, head).items()
        },
        "labels": {
            label: _plain(by_label(scored, n) | _f1_interval(of_label[n])) for n, label in enumerate(scored.labels)
        },
    }


def _plain(row: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if isnan(value) else value for name, value in row.items()}


def _f1_interval(drawn: Sequence[Mapping[str, float]]) -> dict[str, float]:
    low, high = _middle([found["F1"] for found in drawn])
    return {"F1 low": low, "F1 high": high}


def _only_f1(scored: Scored, n: int) -> dict[str, float]:
    return {"F1": _f1(scored, n)}


def _f1(scored: Scored, n: int) -> float:
    given, gold = scored.given[:, n], scored.gold[:, n]
    cases = int(given.sum()) + int(gold.sum())
    return 2 * int((given & gold).sum()) / cases if cases else float("nan")


def table(result: Mapping[str, Any]) -> str:
    """The figures of `report` as a Markdown text that is also readable in a terminal."""
    lines = [f"{result['turns']} turns in {result['conversations']} conversations, model `{result['model']}`", ""]
    lines += ["| figure | value | 95 % interval |", "| --- | --- | --- |"]
    for name, value in result["head"].items():
        lines.append(f"| {name} | {_number(value['value'])} | {_number(value['low'])} to {_number(value['high'])} |")
    lines += [
        "",
        "| label | precision | recall | F1 | 95 % interval | AP | calibration error | cases |",
        "|" + " --- |" * 8,
    ]
    for name, row in result["labels"].items():
        numbers = [_number(row[key]) for key in ("precision", "recall", "F1")]
        spread = f"{_number(row['F1 low'])} to {_number(row['F1 high'])}"
        lines.append(
            f"| {name} | {' | '.join(numbers)} | {spread} | {_number(row['AP'])} | {_number(row['ECE'])} | {row['n']} |"
        )
    if missing := result["draws"]["missing"]:
        why = "lacked what a figure needs (a case of a rare label, say) and are left out of its interval"
        lines += ["", f"Up to {missing} of {result['draws']['asked']} resamples {why}."]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"

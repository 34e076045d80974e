"""How good a model is: figures on coded conversations, with intervals by resampling conversations.

Precision, recall and F1 at the model's own thresholds; average precision and calibration error of its
probabilities; harmful labels given to turns that have none, per 1,000 such turns.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from relcomm.errors import TrainingError
from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.training.corpus import Coded
from relcomm.training.fit import gold_of, turns_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True, slots=True)
class Scored:
    """A model's answers beside the coders': ``scores``, ``given`` and ``gold`` are ``(turns, labels)``.

    ``group`` is the number of each turn's conversation.
    """

    labels: tuple[str, ...]
    scores: NDArray[np.float64]
    given: NDArray[np.bool_]
    gold: NDArray[np.bool_]
    group: NDArray[np.intp]

    def take(self, chosen: NDArray[np.intp]) -> Scored:
        """The same for some turns, in the order asked for."""
        return Scored(self.labels, self.scores[chosen], self.given[chosen], self.gold[chosen], self.group[chosen])


def score(model: Model, data: Sequence[Coded]) -> Scored:
    """Run a model over coded conversations. Raises `TrainingError` if there is nothing to measure on."""
    import numpy as np

    if not data:
        raise TrainingError("no coded conversations to measure on")
    scores = model.score(turns_of(data))
    limits = np.array([model.thresholds[name].sure for name in model.labels])
    group = np.repeat(np.arange(len(data)), [len(coded.labels) for coded in data])
    return Scored(model.labels, scores, scores >= limits, gold_of(data, model.labels), group)


def figures(scored: Scored) -> dict[str, float]:
    """The head figures: mean average precision and macro F1 of the core labels, any-harm AP, alarms per 1,000."""
    import numpy as np

    core = [n for n, name in enumerate(scored.labels) if LABELS[name].core]
    harm = [n for n, name in enumerate(scored.labels) if LABELS[name].harmful]
    seen = [average_precision(scored.scores[:, n], scored.gold[:, n]) for n in core if scored.gold[:, n].any()]
    hurt = np.asarray(scored.gold[:, harm].any(axis=1))
    alarms = np.asarray(scored.given[~hurt][:, harm].any(axis=1))
    return {
        "core-five mean AP": float(np.mean(seen)) if seen else float("nan"),
        "core-five macro F1": float(np.mean([_f1(scored, n) for n in core])),
        "any-harm AP": average_precision(scored.scores[:, harm].max(axis=1), hurt),
        "harm alarms per 1,000 harmless turns": 1000 * float(alarms.mean()) if len(alarms) else float("nan"),
    }


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


def calibration_error(scores: NDArray[np.float64], gold: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten equal-width bins (Guo et al. 2017): 0 when probabilities are frequencies."""
    import numpy as np

    place = np.minimum((scores * BINS).astype(int), BINS - 1)
    count = np.bincount(place, minlength=BINS)
    said, was = np.bincount(place, scores, BINS), np.bincount(place, gold, BINS)
    return float(np.abs(said - was).sum() / max(1, count.sum()))


def interval(
    scored: Scored, measure: Callable[[Scored], Mapping[str, float]], *, draws: int = 300, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """95 % intervals of figures, by drawing conversations with replacement ``draws`` times."""
    import numpy as np

    if draws < 1:
        raise TrainingError("an interval needs at least one draw")
    places = [np.flatnonzero(scored.group == g) for g in np.unique(scored.group)]
    rng = random.Random(seed)  # noqa: S311 - resampling, no secrets
    drawn: dict[str, list[float]] = {}
    for _ in range(draws):
        chosen = np.concatenate(rng.choices(places, k=len(places)))
        for name, value in measure(scored.take(chosen)).items():
            drawn.setdefault(name, []).append(value)
    return {name: _middle(values) for name, values in drawn.items()}


def _middle(values: list[float]) -> tuple[float, float]:
    import numpy as np

    low, high = np.nanquantile(values, [0.025, 0.975]) if not np.isnan(values).all() else (np.nan, np.nan)
    return float(low), float(high)


def report(model: Model, data: Sequence[Coded], *, draws: int = 300) -> dict[str, Any]:
    """All figures of a model on coded conversations, as JSON types; `table` prints them.

    A figure that cannot be had (precision where no label was given, say) is ``None``.
    """
    scored = score(model, data)
    head, spread = figures(scored), interval(scored, figures, draws=draws)
    return {
        "model": model.name,
        "conversations": len(data),
        "turns": len(scored.gold),
        "head": {
            name: _plain({"value": value, "low": spread[name][0], "high": spread[name][1]})
            for name, value in head.items()
        },
        "labels": {
            name: _plain(by_label(scored, n) | _f1_interval(scored, n, draws)) for n, name in enumerate(scored.labels)
        },
    }


def _plain(row: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if isnan(value) else value for name, value in row.items()}


def _f1_interval(scored: Scored, n: int, draws: int) -> dict[str, float]:
    low, high = interval(scored, lambda drawn: {"F1": _f1(drawn, n)}, draws=draws)["F1"]
    return {"F1 low": low, "F1 high": high}


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
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"

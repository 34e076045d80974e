"""What a model's labels are worth on turns that people coded, label by label, in figures and in words.

The model is measured against the **majority** of the coders: a turn has a label if more than half of those who coded it
gave it, and a turn on which they are split is left out for that label. Intervals are 95 %, over conversations. What the
figures allow (``use``) follows these rules, in this order:

* **too few cases**: fewer than `CASES` turns with the label, or in fewer than `TALKS` conversations.
* **coders disagree**: two coders or more, and their alpha is below `TENTATIVE`, the least with which Krippendorff
  (2004, Content Analysis, 2nd edition, p. 241) would draw even tentative conclusions: nothing can be measured against it.
* **single turns**: the model gave the label `GIVEN` times or more, and at least `RIGHT` of the turns it marks are right
  with the lower end of the interval counted; a person still looks at each. If only the share itself reaches `RIGHT`, the
  words say that more coded turns could settle it.
* **rates**: over `SPEAKERS` speakers or more the model's share of turns and the coders' go together, with ICC(C,1) of at
  least `GOOD` (Koo & Li 2016) and the lower end of its interval at least `FAIR`. Rates stand as they are if the interval
  of the model's count over the coders' lies within `EVEN`; else speakers can be compared, but the amounts are off.
* **neither**, if it fits none of these.

The model agrees **as well as a second coder** where its mean alpha with each coder is no lower than the coders' own: the
interval of the difference, over the same conversations, does not lie below 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relcomm.errors import InputError
from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.research import icc
from relcomm.research.agreement import MISSING, Floats, Tally, coefficients, sums_of
from relcomm.research.calibration import calibration_error
from relcomm.research.coded import Study
from relcomm.research.comparison import HARM, one_talk
from relcomm.research.resampling import DRAWS, Figure, Measure, figures, grouped

CASES, TALKS, GIVEN, SPEAKERS = 20, 5, 10, 10
RIGHT, GOOD, FAIR, TENTATIVE = 0.6, 0.75, 0.5, 0.667
EVEN = (0.8, 1.25)
FEW, SPLIT, BOTH, SINGLE, RATES, NEITHER = (
    *("too few cases", "coders disagree", "single turns and rates", "single turns", "rates", "neither"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A label's figures. ``turns`` were coded without a split, ``cases`` of them with the label, in ``talks`` conversations.

    ``split`` turns are left out, as the coders were. ``given`` is how often the model gave it there. ``figures`` are against the majority: precision, recall, F1, alpha,
    AC1, ICC(C,1) of speakers' rates, ``count`` (the model's labels over the coders') and ``expected`` (the sum of its
    probabilities over the coders'). ``each`` and ``among`` are alpha and AC1 of the model with each coder, and of
    coders two by two; ``gap`` is by how much the model's mean alpha with coders exceeds their own.
    """

    label: str
    turns: int
    cases: int
    talks: int
    split: int
    speakers: int
    given: int
    figures: Mapping[str, Figure]
    calibration_error: float
    each: Mapping[str, Mapping[str, Figure]]
    among: Mapping[str, Mapping[str, Figure]]
    gap: Figure | None

    @property
    def people(self) -> float | None:
        """The coders' mean alpha; None with one coder, or where it is undefined."""
        found = [row["alpha"].value for row in self.among.values()]
        values = [value for value in found if value is not None]
        return sum(values) / len(values) if values and len(values) == len(found) else None

    @property
    def shows_turns(self) -> bool:
        """Whether it may point at single turns."""
        return self.given >= GIVEN and _at_least(self.figures["precision"].low, RIGHT)

    @property
    def counts(self) -> bool:
        """Whether it may compare how often speakers do it."""
        together = self.figures["ICC(C,1)"]
        return self.speakers >= SPEAKERS and _at_least(together.value, GOOD) and _at_least(together.low, FAIR)

    @property
    def use(self) -> str:
        """What the figures allow, in a word or two, by the rules at the top."""
        if self.cases < CASES or self.talks < TALKS:
            return FEW
        if self.people is not None and self.people < TENTATIVE:
            return SPLIT
        if self.shows_turns:
            return BOTH if self.counts else SINGLE
        return RATES if self.counts else NEITHER

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON."""
        plain = {
            name: getattr(self, name) for name in ("label", "turns", "cases", "talks", "split", "speakers", "given")
        }
        return plain | {
            "use": self.use,
            "figures": {name: figure.to_dict() for name, figure in self.figures.items()},
            "calibration_error": self.calibration_error,
            "model_with_coder": {k: {n: f.to_dict() for n, f in row.items()} for k, row in self.each.items()},
            "coders": {k: {n: f.to_dict() for n, f in row.items()} for k, row in self.among.items()},
            "gap": self.gap.to_dict() if self.gap else None,
        }


@dataclass(frozen=True, slots=True)
class Validation:
    """The findings of all labels, and what must be said of the whole."""

    model: str
    coders: tuple[str, ...]
    turns: int
    conversations: int
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON, the sentences included."""
        from relcomm.research.words import sentences

        whole = {name: getattr(self, name) for name in ("model", "turns", "conversations")}
        labels = [found.to_dict() | {"sentences": sentences(found)} for found in self.findings]
        return whole | {"coders": list(self.coders), "labels": labels, "remarks": list(self.remarks)}


@dataclass(frozen=True, slots=True)
class Answers:
    """A model's answers to the turns of a study, ``(turns, labels)`` each: probabilities, and whether labels are given."""

    labels: tuple[str, ...]
    scores: Floats = field(repr=False)
    given: NDArray[np.bool_] = field(repr=False)

    def codes(self, keys: Sequence[str]) -> dict[str, frozenset[str]]:
        """The labels given, by the turns' keys: the model as one coder more."""
        return {
            key: frozenset(label for label, there in zip(self.labels, row, strict=True) if there)
            for key, row in zip(keys, self.given, strict=True)
        }


def answers(model: Model, study: Study) -> Answers:
    """What a model says of the turns of a study. Raises `ReadError` where a text is missing."""
    scores = np.asarray(model.score(list(study.turns().values())), dtype=float)
    limits = np.array([model.thresholds[name].sure for name in model.labels])
    return Answers(model.labels, scores, scores >= limits)


def validate(
    study: Study,
    model: Model,
    *,
    labels: Sequence[str] | None = None,
    said: Answers | None = None,
    draws: int = DRAWS,
) -> Validation:
    """Measure a model on the turns of a study. Raises `InputError` or `ReadError` where there is nothing to measure.

    ``labels`` are those that were coded; without it, those that a coder gave or had a column for. ``said`` is what
    `answers` gave, if the model was asked already.
    """
    if not study.coders:
        raise InputError("nobody coded anything: the files name no coder")
    wanted = study.labels if labels is None else tuple(labels)
    known = tuple(name for name in model.labels if name in wanted)
    if not known:
        raise InputError("the model knows none of the labels that were coded; `relcomm labels` lists the known ones")
    said = said or answers(model, study)
    harmful = tuple(name for name in known if name in LABELS and LABELS[name].harmful)
    asked = [((name,), name) for name in known] + ([(harmful, HARM)] if len(harmful) > 1 else [])
    found = tuple(_finding(study, said, names, label, draws=draws) for names, label in asked)
    talks = len({place.conversation for place in study.places.values()})
    return Validation(
        model.name,
        tuple(study.coders),
        len(study.places),
        talks,
        found,
        (*_remarks(study, model, wanted, known), *_splits(found)),
    )


def _remarks(study: Study, model: Model, wanted: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    remarks = [*study.remarks, *one_talk(study)]
    if strange := len(set(wanted) - set(model.labels)):
        remarks.append(f"{strange} of the codes are not labels of the model and are left out.")
    if silent := [name for name in model.labels if name not in known]:
        remarks.append(
            f"Nobody gave these labels, so it is taken that they were not coded, and nothing is said of them: "
            f"{', '.join(silent)}. If they were coded and did not come up, name all labels with --labels."
        )
    if len(study.coders) == 1:
        remarks.append(
            "There is one coder: how far two people would agree is not known, and the model is held against that one "
            "person's reading. Have a second person code a part of the turns without seeing the first codes."
        )
    remarks.append(
        "Precision and recall are for talk in which the labels are as frequent as here. If the model was trained on "
        "these turns, or if they were chosen by its labels, the figures are too good."
    )
    return tuple(remarks)


def _splits(found: Sequence[Finding]) -> list[str]:
    split = [f"{each.label} {each.split}" for each in found if each.split and each.label != HARM]
    if not split:
        return []
    return [
        f"Turns left out as the coders are split on them: {', '.join(split)}. They are the hard ones, so figures against the "
        "majority are kinder than life; those with each coder are not."
    ]


def _finding(study: Study, said: Answers, names: Sequence[str], label: str, *, draws: int) -> Finding:
    coded = np.array([_yes_or_no(study, codes, names) for codes in study.coders.values()]).T
    columns = [said.labels.index(name) for name in names]
    given: NDArray[np.bool_] = np.any(said.given[:, columns], axis=1)
    scores = said.scores[:, columns].max(axis=1)
    gold = _majority(coded)
    kept = np.flatnonzero(gold != MISSING)
    split = int(((gold == MISSING) & (coded != MISSING).any(axis=1)).sum())
    places = [list(study.places.values())[n] for n in kept]
    talks = [place.conversation for place in places]
    truth, marked, likely = gold[kept] == 1, given[kept], scores[kept]
    found = figures(grouped(_hits(truth, marked, likely), talks), _shares, draws=draws)
    pair = np.column_stack([truth, marked]).astype(np.intp)
    found |= figures(grouped(sums_of(pair, 2), talks), _alpha_and_ac1, draws=draws)
    speakers = [(place.conversation, place.speaker) for place in places]
    found["ICC(C,1)"], counted = _rates(truth, marked, speakers, draws=draws)
    each, among, gap = _with_people(study, coded, given, draws=draws)
    return Finding(
        label,
        len(kept),
        int(truth.sum()),
        len({talk for talk, there in zip(talks, truth, strict=True) if there}),
        split,
        counted,
        int(marked.sum()),
        found,
        calibration_error(likely, truth),
        each,
        among,
        gap,
    )


def _yes_or_no(study: Study, codes: Mapping[str, frozenset[str]], names: Sequence[str]) -> list[int]:
    return [int(bool(codes[key] & set(names))) if key in codes else MISSING for key in study.places]


def _majority(coded: NDArray[np.intp]) -> NDArray[np.intp]:
    yes, no = (coded == 1).sum(axis=1), (coded == 0).sum(axis=1)
    return np.where(yes > no, 1, np.where(no > yes, 0, MISSING)).astype(np.intp)


def _hits(truth: NDArray[np.bool_], marked: NDArray[np.bool_], likely: Floats) -> Floats:
    return np.column_stack([truth & marked, marked, truth, likely]).astype(float)


def _shares(sums: Floats) -> dict[str, Floats]:
    hits, marked, truth, likely = (sums[..., n] for n in range(4))
    return {
        "precision": _over(hits, marked),
        "recall": _over(hits, truth),
        "F1": _over(2 * hits, marked + truth),
        "count": _over(marked, truth),
        "expected": _over(likely, truth),
    }


def _over(above: Floats, below: Floats) -> Floats:
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)


def _alpha_and_ac1(sums: Floats) -> dict[str, Floats]:
    found = coefficients(Tally.unpack(sums), coders=2)
    return {name: found[name] for name in ("alpha", "AC1")}


def _rates(
    truth: NDArray[np.bool_], marked: NDArray[np.bool_], speakers: Sequence[tuple[str, str]], *, draws: int
) -> tuple[Figure, int]:
    """How far the model's share of turns and the coders' go together over speakers, and how many speakers there are."""
    sums = grouped(np.column_stack([truth, marked, np.ones(len(truth))]).astype(float), speakers)
    if len(sums) < 2:
        return Figure(None), len(sums)
    rates = sums[:, :2] / sums[:, 2:]
    talks = [talk for talk, _ in dict.fromkeys(speakers)]
    found = figures(grouped(icc.sums_of(rates - rates.mean()), talks), icc.correlations, draws=draws)
    return found["ICC(C,1)"], len(sums)


_Rows = dict[str, dict[str, Figure]]


def _with_people(
    study: Study, coded: NDArray[np.intp], given: NDArray[np.bool_], *, draws: int
) -> tuple[_Rows, _Rows, Figure | None]:
    talks = [place.conversation for place in study.places.values()]
    names = list(study.coders)

    def parts(first: NDArray[np.intp], second: NDArray[np.intp]) -> Floats:
        both = np.column_stack([first, second])
        # A turn that one of them did not code tells nothing about this pair.
        return sums_of(np.where((both == MISSING).any(axis=1, keepdims=True), MISSING, both), 2)

    with_model = [parts(coded[:, n], given.astype(np.intp)) for n in range(len(names))]
    two = list(combinations(range(len(names)), 2))
    with_people = [parts(coded[:, a], coded[:, b]) for a, b in two]
    each = {
        name: figures(grouped(sums, talks), _alpha_and_ac1, draws=draws)
        for name, sums in zip(names, with_model, strict=True)
    }
    among = {
        f"{names[a]} – {names[b]}": figures(grouped(sums, talks), _alpha_and_ac1, draws=draws)
        for (a, b), sums in zip(two, with_people, strict=True)
    }
    if not two:
        return each, among, None
    measure = _difference(len(names))
    joined = np.concatenate([*with_model, *with_people], axis=1)
    return each, among, figures(grouped(joined, talks), measure, draws=draws)["gap"]


def _difference(coders: int) -> Measure:
    """The model's mean alpha with each coder less the coders' mean alpha with each other."""

    def measure(sums: Floats) -> dict[str, Floats]:
        width = 3 + 5 * 2
        cuts = [sums[..., n : n + width] for n in range(0, sums.shape[-1], width)]
        alphas = np.stack([_alpha_and_ac1(cut)["alpha"] for cut in cuts])
        return {"gap": alphas[:coders].mean(axis=0) - alphas[coders:].mean(axis=0)}

    return measure


def _at_least(value: float | None, limit: float) -> bool:
    return value is not None and value >= limit

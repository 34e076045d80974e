"""Whether the same words score alike whoever says them, to whom, and in which English.

usage: python benchmarks/fairness.py [--model base] [--draws 4] [--json]

benchmarks/fairness_data holds templates in the middle of a talk, for every label and for harmless talk: of two people with
names (13 origins, 24 names each), of somebody who is something (religion, disability, orientation), of places and feasts
of a religion, and the same acts said in six kinds of English. Templates, names and dialects were written by one hand, not
by people of these groups. Pairs differ in one thing: names of another origin against English ones (English ones against
other English ones show what any name changes), a woman against a man, two of one gender against a woman and a man, an
identity against a trait nobody minds (left-handed), a dialect against plain English.

Prints for each group: pairs; the mean change of a probability, for the label it is largest for, and over all labels;
flips, pairs whose labels differ; false alarms, the share of harmless turns given a harmful label, and its difference from
the other half of the pairs. Intervals are 95 %, from templates drawn anew. Bars: mean change of every label .02, flips
.01, difference .02 either way, 2,000 pairs. Exits with 1 where one is missed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from relcomm.analyzer import Analyzer, load
from relcomm.labels import LABELS
from relcomm.research.resampling import Figure, Floats, figures, grouped
from relcomm.types import Turn, Utterance

DATA = Path(__file__).resolve().parent / "fairness_data"
HARMFUL = frozenset(name for name, label in LABELS.items() if label.harmful)
USUAL = "English"
CHANGE, FLIPS, DIFFERENCE, PAIRS = 0.02, 0.01, 0.02, 2000
_SLOT = re.compile(r"\{(\w+)(?::([^|}]*)\|([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Template:
    """Somebody's turn, what was said before it by ``me`` and ``you``, and what it is: a label or ``"harmless"``."""

    id: str
    kind: str
    context: tuple[tuple[str, str], ...]
    text: str
    dialects: Mapping[str, str] = field(default_factory=dict)

    @property
    def slots(self) -> frozenset[str]:
        """What is to be filled in."""
        every = " ".join([self.text, *(text for _, text in self.context)])
        return frozenset(match[1] for match in _SLOT.finditer(every))

    @property
    def harmless(self) -> bool:
        """Whether a harmful label is a false alarm."""
        return self.kind not in HARMFUL


@dataclass(frozen=True, slots=True)
class Person:
    """A name, and which of two words stands for them."""

    name: str
    man: bool = True


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks, to whom, and the words for what is said of them."""

    me: Person = Person("me")
    you: Person = Person("you")
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same turn twice, but for one thing: as it is usual, and as it is for a group."""

    dimension: str
    group: str
    template: Template
    usual: Turn
    varied: Turn


# Pairs -----------------------------------------------------------------------------------------------------------------


def read_templates(name: str = "templates") -> list[Template]:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Template(**{**row, "context": tuple(map(tuple, row["context"]))}) for row in rows]


def read_json(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def filled(template: Template, cast: Cast, text: str | None = None) -> Turn:
    """The turn of a template with everything in its place; ``text`` instead of its own where it is given."""
    people = {"me": cast.me, "you": cast.you}

    def word(match: re.Match[str]) -> str:
        if match[2] is not None:
            return match[2] if people[match[1]].man else match[3]
        return people[match[1]].name if match[1] in people else cast.words[match[1]]

    said = tuple(Utterance(_SLOT.sub(word, each), people[who].name) for who, each in template.context)
    return Turn(Utterance(_SLOT.sub(word, text or template.text), cast.me.name), said)


def pairs(draws: int) -> list[Pair]:
    """Every pair whose two turns are not the same words; ``draws`` is how many names each template gets of a group."""
    templates, names = read_templates(), read_json("names")
    of_people = [each for each in templates if each.slots & {"me", "you"}]
    made = [
        pair
        for draw in range(draws)
        for n, template in enumerate(of_people)
        for pair in (*by_origin(template, names, n, draw), *by_gender(template, names, n, draw))
    ]
    made += by_identity([each for each in templates if "am" in each.slots], draws)
    made += by_place([each for each in templates if each.slots & {"worship", "feast"}])
    made += by_dialect(read_templates("dialects"))
    return [pair for pair in made if pair.usual != pair.varied]


Names = Mapping[str, Mapping[str, Sequence[str]]]


def cast_of(names: Mapping[str, Sequence[str]], men: tuple[bool, bool], at: int) -> Cast:
    """Two people with names from a group, never the same name."""
    some = [names["men" if man else "women"] for man in men]
    me, you = some[0][at % len(some[0])], some[1][(at + 5) % len(some[1])]
    return Cast(Person(me, men[0]), Person(you, men[1]))


def by_origin(template: Template, names: Names, n: int, draw: int) -> Iterator[Pair]:
    men = bool((n + draw) % 2), bool((n + draw) // 2 % 2)
    usual = filled(template, cast_of(names[USUAL], men, n + 7 * draw))
    for group, some in names.items():
        shift = group == USUAL  # English names against other English names
        yield Pair("origin", group, template, usual, filled(template, cast_of(some, men, n + 7 * draw + shift)))


def by_gender(template: Template, names: Names, n: int, draw: int) -> Iterator[Pair]:
    """Either of the two a woman instead of a man; and two women, or two men, instead of one of each."""
    some = list(names.values())[(n + draw) % len(names)]
    turn = {
        (me, you): filled(template, cast_of(some, (me, you), n + 7 * draw))
        for me in (True, False)
        for you in (True, False)
    }
    other = bool((n + draw) % 2)
    yield Pair("gender", "a woman speaks", template, turn[True, other], turn[False, other])
    yield Pair("gender", "to a woman", template, turn[other, True], turn[other, False])
    if "me" in template.slots:
        yield Pair("couple", "two women", template, turn[True, False], turn[False, False])
        yield Pair("couple", "two men", template, turn[False, True], turn[True, True])


def by_identity(templates: Sequence[Template], draws: int) -> Iterator[Pair]:
    """Somebody is this or that, against something nobody minds, or one such thing against another."""
    told = read_json("identities")
    plain = told["reference"]
    groups = {(kind, group): words for kind, some in told["groups"].items() for group, words in some.items()}
    groups["identity", "everyday traits"] = [*plain[1:], plain[0]]
    for n, template in enumerate(templates):
        for (kind, group), words in groups.items():
            for draw in range(min(draws, len(plain) if kind == "identity" else len(words))):
                at = n + draw
                usual = filled(template, Cast(words={"am": plain[at % len(plain)]}))
                yield Pair(kind, group, template, usual, filled(template, Cast(words={"am": words[at % len(words)]})))


def by_place(templates: Sequence[Template]) -> Iterator[Pair]:
    places = read_json("identities")["places"]
    usual = next(iter(places.values()))
    for template in templates:
        for group, words in places.items():
            turns = [filled(template, Cast(words=each)) for each in (usual, words)]
            yield Pair("places and feasts", group, template, *turns)


def by_dialect(templates: Sequence[Template]) -> Iterator[Pair]:
    for template in templates:
        for group, text in template.dialects.items():
            yield Pair("dialect", group, template, filled(template, Cast()), filled(template, Cast(), text))


# Figures ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """What one group's pairs gave."""

    dimension: str
    name: str
    pairs: int
    harmless: int
    worst_label: str
    figures: Mapping[str, Figure]

    @property
    def missed(self) -> list[str]:
        """The bars it misses."""
        bars = {"worst": CHANGE, "flips": FLIPS, "difference": DIFFERENCE}
        values = {name: self.figures[name].value for name in bars}
        # Half a rounding error of room: a mean of .02 is no more than .02.
        return [name for name, bar in bars.items() if abs(values[name] or 0.0) > bar + 1e-12]


def measured(analyzer: Analyzer, made: Sequence[Pair]) -> list[Group]:
    """The figures of each group, in order of appearance."""
    turns = list(dict.fromkeys(turn for pair in made for turn in (pair.usual, pair.varied)))
    scores = dict(zip(turns, analyzer.model.score(turns), strict=True))
    groups: dict[tuple[str, str], list[Pair]] = {}
    for pair in made:
        groups.setdefault((pair.dimension, pair.group), []).append(pair)
    return [group_of(analyzer, some, scores) for some in groups.values()]


def group_of(analyzer: Analyzer, some: Sequence[Pair], scores: Mapping[Turn, Floats]) -> Group:
    labels = analyzer.model.labels
    limits = np.array([analyzer.model.thresholds[label].sure for label in labels])
    harmful = np.array([label in HARMFUL for label in labels])
    usual, varied = np.stack([scores[p.usual] for p in some]), np.stack([scores[p.varied] for p in some])
    given = usual >= limits, varied >= limits
    quiet = np.array([pair.template.harmless for pair in some])
    alarms = [(each & harmful).any(axis=1) & quiet for each in given]
    flips = (given[0] != given[1]).any(axis=1)
    sums = np.column_stack([np.ones(len(some)), quiet, flips, *alarms, np.abs(varied - usual)]).astype(float)
    parts = grouped(sums, [pair.template.id for pair in some])
    means = sums[:, 5:].mean(axis=0)
    return Group(
        some[0].dimension,
        some[0].group,
        len(some),
        int(quiet.sum()),
        labels[int(means.argmax())],
        figures(parts, partial(measure, worst=int(means.argmax()))),
    )


def measure(sums: Floats, worst: int) -> dict[str, Floats]:
    """Shares from sums: pairs, harmless pairs, flips, false alarms of the usual and of the group, changes by label."""
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs, quiet = sums[..., 0], sums[..., 1]
        changes = sums[..., 5:] / pairs[..., None]
        return {
            "worst": changes[..., worst],
            "mean": changes.mean(axis=-1),
            "flips": sums[..., 2] / pairs,
            "alarms": sums[..., 4] / quiet,
            "difference": (sums[..., 4] - sums[..., 3]) / quiet,
        }


# Output ----------------------------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="base")
    parser.add_argument(
        "--draws", type=int, default=4, help="how many names of each group every template is tried with"
    )
    parser.add_argument("--json", action="store_true", help="one row, {name, figure, bar, met, command}, nothing else")
    options = parser.parse_args()
    made = pairs(options.draws)
    found = measured(load(options.model), made)
    missed = [group for group in found if group.missed]
    met = not missed and len(made) >= PAIRS
    if options.json:
        name = f"groups of {len(found)} that a bar of fairness is missed for, {options.model}, {len(made)} pairs"
        command = f"python benchmarks/fairness.py --model {options.model} --draws {options.draws}"
        print(json.dumps({"name": name, "figure": len(missed), "bar": 0, "met": met, "command": command}))
    else:
        print(table(found))
        print(f"{len(made):,} pairs, model {options.model}; {len(missed)} of {len(found)} groups miss a bar")
    sys.exit(0 if met else 1)


def table(found: Sequence[Group]) -> str:
    lines = [
        f"{'group':36} {'pairs':>6}  {'largest mean change of a label':34} {'all':5}  {'flips':20} "
        f"{'false alarms':12} difference"
    ]
    for group in found:
        shown = {name: text_of(figure) for name, figure in group.figures.items()}
        lines.append(
            f"{group.dimension + ', ' + group.name:36} {group.pairs:6}  {shown['worst'] + ' ' + group.worst_label:34} "
            f"{group.figures['mean'].value:.3f}  {shown['flips']:20} "
            f"{shown['alarms'][:6] + f' of {group.harmless}':12} {shown['difference']}"
            f"{'  MISSED: ' + ', '.join(group.missed) if group.missed else ''}"
        )
    return "\n".join(lines)


def text_of(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    return f"{figure.value:.3f}" + (f" ({figure.low:.3f} to {figure.high:.3f})" if figure.low is not None else "")


if __name__ == "__main__":
    main()

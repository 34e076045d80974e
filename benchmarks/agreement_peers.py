"""Agreement and sequence figures against krippendorff, scikit-learn, statsmodels, pingouin, irrCAC and SciPy.

``scripts/peers`` makes their environments and runs this. Random data of many shapes go through both; printed is the
largest difference for each statistic of theirs. ``--write`` writes data and answers to tests/research/peers.json.
"""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from relcomm.research.agreement import agreement
from relcomm.research.icc import icc
from relcomm.research.sequences import Transitions, homogeneity

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "tests" / "research" / "peers.json"
SEED = 20_261_123
DIGITS = 6


def main() -> None:
    """Ask everybody, compare, print."""
    data = made(np.random.default_rng(SEED))
    said = defaultdict(dict)
    for venv in ("main", "irr"):
        python = ROOT / "runs" / "peers" / venv / "bin" / "python"
        command = [str(python), str(Path(__file__).with_name("peers_ask.py")), venv]
        done = subprocess.run(command, input=json.dumps(data), capture_output=True, check=True, text=True)
        for name, figures in json.loads(done.stdout).items():
            said[name] |= figures
    differences = compare(data, said)
    print(f"{'statistic':42} {'compared':>8} {'largest difference':>20}  only one has a value")
    for statistic, found in sorted(differences.items()):
        there = [each for each in found if each is not None]
        print(f"{statistic:42} {len(there):>8} {max(there):>20.2e}  {len(found) - len(there) or ''}")
    if "--write" in sys.argv:
        KEPT.write_text(written(data, said), encoding="utf-8")
        print(f"written: {KEPT.relative_to(ROOT)}")


def made(rng):
    """Random data: ratings with and without gaps, amounts, tables of counts, tables without repeats, groups of tables."""
    data = defaultdict(dict)
    shapes = [(u, c, k, gaps) for u in (6, 25, 120) for c in (2, 3, 5) for k in (2, 3, 6) for gaps in (0.0, 0.25)]
    for units, coders, kinds, gaps in shapes:
        rows = drawn(rng, units, coders, kinds, gaps)
        if len({code for row in rows for code in row if code is not None}) > 1:
            data["ratings"][f"{units} units, {coders} coders, {kinds} codes, gaps {gaps}"] = rows
    rare = (rng.random((400, 2)) < 0.015).astype(int)
    rare[:3] = 1
    data["ratings"]["rare"] = rare.tolist()
    for targets, coders in ((3, 2), (8, 3), (40, 2), (25, 5)):
        level = rng.normal(0, 2, (targets, 1)) + rng.normal(0, 1, coders)
        data["amounts"][f"{targets} targets, {coders} coders"] = (
            (level + rng.normal(0, 1, (targets, coders))).round(3).tolist()
        )
    shares = (rng.binomial(20, 0.1, (30, 2)) / 20).tolist()
    data["amounts"]["shares of turns"] = shares
    for k, mean in ((2, 12), (3, 6), (5, 9), (6, 40)):
        data["tables"][f"{k} codes, about {mean} a cell"] = (rng.poisson(mean, (k, k)) + 1).tolist()
    for k, mean in ((3, 9), (4, 6), (6, 20)):
        counts = rng.poisson(mean, (k, k)) + 1
        np.fill_diagonal(counts, 0)
        data["holes"][f"{k} codes, no repeats"] = counts.tolist()
    for k, some, mean in ((2, 3, 8), (4, 2, 5), (3, 6, 1)):
        data["groups"][f"{some} groups of {k} codes, about {mean} a cell"] = rng.poisson(mean, (some, k, k)).tolist()
    return data


def drawn(rng, units, coders, kinds, gaps):
    """Ratings of coders who see the same thing seven times in ten, and guess else; None where one did not look."""
    odds = rng.dirichlet(np.ones(kinds))
    truth = rng.choice(kinds, units, p=odds)
    seen = rng.random((units, coders)) < 0.7
    rows = np.where(seen, truth[:, None], rng.choice(kinds, (units, coders), p=odds))
    gone = rng.random((units, coders)) < gaps
    return [
        [None if no else int(code) for code, no in zip(row, lost, strict=True)]
        for row, lost in zip(rows, gone, strict=True)
    ]


def ours(kind, rows):
    """relcomm's figures, by the last words of the peers' names for them."""
    if kind == "ratings":
        found = dict(agreement(rows))
        if len(rows[0]) == 2 and {code for row in rows for code in row} == {0, 1}:
            found["F1"] = f1(rows)
        return found
    if kind == "amounts":
        return dict(icc(rows))
    if kind == "groups":
        return {"homogeneity": homogeneity([table(each) for each in rows]).statistic}
    made_of = table(rows, repeats=kind == "tables")
    note = "" if kind == "tables" else " (no repeats)"
    test = made_of.test
    return {
        f"expected{note}": made_of.expected.tolist(),
        f"residuals{note}": made_of.residuals.tolist(),
        "yule_q": made_of.yule_q.tolist(),
        f"test{note}": [test.statistic, test.p] if kind == "tables" else test.statistic,
    }


def f1(rows):
    """The specific agreement on 1, as the tables of `relcomm agree` have it."""
    from relcomm.research.agreement import Tally, numbered, specific, sums_of

    codes, count = numbered(rows, [0, 1])
    return float(specific(Tally.unpack(sums_of(codes, count).sum(axis=0)), 1))


def table(rows, *, repeats=True):
    """Counts as transitions."""
    counts = np.array(rows, dtype=float)
    allowed = np.ones_like(counts, dtype=bool) if repeats else ~np.eye(len(counts), dtype=bool)
    return Transitions(tuple(map(str, range(len(counts)))), counts, counts.sum(axis=1), allowed)


def compare(data, said):
    """For each statistic of the peers the difference on every set of data; None where only one of the two has a value.

    That is one set: its units with two codes all say the same, so that alpha has no value; irrCAC gives it a 1.
    """
    found_by = defaultdict(list)
    for kind, sets in data.items():
        for name, rows in sets.items():
            found = ours(kind, rows)
            for statistic, theirs in said[name].items():
                found_by[statistic].append(difference(found[statistic.split(" ", 1)[1]], theirs))
    return found_by


def difference(mine, theirs):
    """The largest difference of numbers or tables; None where only one of the two has a value."""
    one, two = (np.array(each, dtype=float) for each in (mine, theirs))
    if (np.isnan(one) != np.isnan(two)).any():
        return None
    return float(np.abs(np.nan_to_num(one) - np.nan_to_num(two)).max())


def written(data, said):
    """Data and answers, a set of data a line."""
    lines = [
        json.dumps({"kind": kind, "name": name, "data": rows, "figures": rounded(said[name])})
        for kind, sets in data.items()
        for name, rows in sets.items()
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def rounded(value):
    """Figures to ten digits: four more than they are compared to."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return None if value is None else round(value, DIGITS + 4)


if __name__ == "__main__":
    main()

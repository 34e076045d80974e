"""How figures grow with the coded turns there are to learn from, and the picture of it in docs/.

usage: python benchmarks/learning_curve.py DATA [--vary real written] [--jobs N] [--pretrained FOLDER] [--out docs/learning_curve.svg]

DATA holds the real dialogue. The n-gram model, or with --pretrained six layers of that encoder for one epoch, is trained
on a share of the real turns beside all the written ones, and on a share of the written ones beside all the real ones;
measured on the development set. A straight line through the last points over the logarithm of the turns says what
100,000 real turns would give, if it went on like that.
"""

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from with_corpus import CORPUS, finetuned

from relcomm.encoders import NgramEncoder
from relcomm.labels import LABELS
from relcomm.training.build import CORPUS_WEIGHT, STRENGTH, data
from relcomm.training.evaluate import figures, score
from relcomm.training.fit import assemble, fit_heads

SHARES = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
GOAL = 100_000
FIGURES = ("core-five mean AP", "any-harm AP")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--vary", nargs="+", choices=["real", "written"], default=["real", "written"])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--pretrained", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/learning_curve.svg"))
    parser.set_defaults(layers=6, epochs=1)
    args = parser.parse_args()
    found = data(args.data, CORPUS)
    writers = {path.stem for path in (CORPUS / "turns").glob("*.jsonl")}
    written = [talk for talk in found.train if talk.source in writers]
    real = [talk for talk in found.train if talk.source not in writers]
    for talks in (written, real):
        random.Random(3).shuffle(talks)
    kinds = {"real": (real, written), "written": (written, real)}

    def point(name: str, share: float) -> tuple[int, dict[str, float]]:
        some, rest = kinds[name]
        part = some[: max(1, int(share * len(some)))]
        train = part + rest
        if args.pretrained:
            encoder, heads = finetuned(train, args)
        else:
            encoder = NgramEncoder()
            heads = fit_heads(encoder, train, tuple(LABELS), strength=STRENGTH)
        held = [(found.dev, 1.0), (found.written, CORPUS_WEIGHT)]
        model = assemble(encoder, heads, held, name="tried", train=train)
        head = figures(score(model, found.dev))
        turns = sum(len(talk.labels) for talk in part)
        print(json.dumps({"varied": name, "turns": turns} | {key: round(head[key], 4) for key in FIGURES}), flush=True)
        return turns, {key: round(head[key], 4) for key in FIGURES}

    # The largest first: they take longest.
    wanted = [(name, share) for share in reversed(SHARES) for name in args.vary]
    points = Parallel(n_jobs=args.jobs, prefer="threads")(delayed(point)(*each) for each in wanted)
    curves = {
        name: sorted((at for (n, _), at in zip(wanted, points, strict=True) if n == name), key=lambda at: at[0])
        for name in args.vary
    }
    if "real" in curves:
        for key in FIGURES:
            print(f"{key} at {GOAL:,} real turns, by the last four points: {expected(curves['real'], key):.3f}")
    args.out.write_text(picture(curves), encoding="utf-8")


def expected(curve: Sequence[tuple[int, dict[str, float]]], key: str) -> float:
    """Where a straight line through the last four points over log turns meets `GOAL`."""
    turns, values = zip(*((np.log(n), head[key]) for n, head in curve[-4:]), strict=True)
    slope, start = np.polyfit(turns, values, 1)
    return float(start + slope * np.log(GOAL))


WIDE, HIGH, EDGE = 640, 360, 48
COLOURS = {"real": "#1f6f8b", "written": "#b8860b"}


def picture(curves: dict[str, list[tuple[int, dict[str, float]]]]) -> str:
    """Both figures over the logarithm of the turns, as an SVG."""
    low, high = (f(n for curve in curves.values() for n, _ in curve) for f in (min, max))
    top = 0.1 * np.ceil(10 * max(head[k] for curve in curves.values() for _, head in curve for k in FIGURES))

    def at(n: float, value: float) -> tuple[float, float]:
        across = EDGE + (WIDE - 2 * EDGE) * np.log(n / low) / np.log(high / low)
        return round(float(across), 1), round(float(HIGH - EDGE - (HIGH - 2 * EDGE) * value / top), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" font-family="sans-serif" font-size="12">',
        "<title>Average precision on the development set over the number of coded turns, log scale</title>",
        f'<rect width="{WIDE}" height="{HIGH}" fill="white"/>',
    ]
    for tick in np.arange(0, top + 0.01, 0.1):
        _, y = at(low, tick)
        parts.append(
            f'<path d="M{EDGE} {y}H{WIDE - EDGE}" stroke="#ddd"/><text x="{EDGE - 30}" y="{y + 4}">{tick:.1f}</text>'
        )
    for n in (1000, 2000, 5000, 10_000, 20_000, 50_000):
        if low <= n <= high:
            x, y = at(n, 0)
            parts.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{n:,}</text>')
    for name, curve in curves.items():
        for key, dash in zip(FIGURES, ("", "5 4"), strict=True):
            points = [at(n, head[key]) for n, head in curve]
            line = " ".join(f"{x},{y}" for x, y in points)
            parts.append(
                f'<polyline points="{line}" fill="none" stroke="{COLOURS[name]}" stroke-width="2" stroke-dasharray="{dash}"/>'
            )
            x, y = points[-1]
            parts.append(f'<text x="{x - 4}" y="{y - 6}" text-anchor="end" fill="{COLOURS[name]}">{name}: {key}</text>')
    parts.append(
        f'<text x="{WIDE / 2}" y="{HIGH - 10}" text-anchor="middle">coded turns of the kind that is varied, all of the other</text>'
    )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    main()

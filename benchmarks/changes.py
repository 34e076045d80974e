"""How often `my_side` reports a change over weeks where there is one, and where there is none.

    python benchmarks/changes.py [TALKS]

Prints, for made-up talks of one speaker with four labels, the share with a change reported: steady shares, days with
moods of their own, weeks with moods of their own (none of these is a change; at most 5 % may be reported), and one
label falling from 40 % to 8 % of turns in the middle.
"""

from __future__ import annotations

import random
import sys
from datetime import datetime, timedelta

from relcomm.patterns.my_side import my_side
from relcomm.types import Conversation, Prediction, Utterance

LABELS = ("criticism", "repair", "pressure", "contempt")
START = datetime(2024, 1, 1)  # noqa: DTZ001
SIZES = ((6, 5, 4), (8, 5, 4), (10, 3, 5), (12, 5, 4), (20, 4, 4), (52, 5, 5))
KINDS = {"steady": (0.0, 0.0, False), "days": (0.4, 0.0, False), "weeks": (0.0, 0.3, False), "change": (0.0, 0.0, True)}
Size = tuple[int, int, int]


def talk(dice: random.Random, size: Size, kind: str) -> tuple[Conversation, list[Prediction]]:
    """Some weeks, days a week and about so many turns a day."""
    weeks, days, turns = size
    by_day, by_week, changes = KINDS[kind]
    base = {label: dice.uniform(0.1, 0.6) for label in LABELS}
    said, seen = [], []
    for week in range(weeks):
        weekly = {label: dice.uniform(-by_week, by_week) for label in LABELS}
        if changes:
            base[LABELS[0]] = 0.4 if week < weeks // 2 else 0.08
        for day in sorted(dice.sample(range(7), days)):
            chance = {label: base[label] + weekly[label] + dice.uniform(-by_day, by_day) for label in LABELS}
            for n in range(dice.randint(1, 2 * turns - 1)):
                said.append(Utterance("", "Ann", START + timedelta(weeks=week, days=day, minutes=n)))
                seen.append(Prediction(tuple(label for label in LABELS if dice.random() < chance[label]), {}))
    return Conversation(tuple(said)), seen


def main() -> None:
    """Print the shares."""
    talks = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for size in SIZES:
        dice = random.Random(5)
        shares = {
            kind: sum(bool(my_side(*talk(dice, size, kind), "Ann").changes) for _ in range(talks)) / talks
            for kind in KINDS
        }
        told = ", ".join(f"{kind} {share:.1%}" for kind, share in shares.items())
        print("{} weeks, {} days a week, about {} turns a day: {}".format(*size, told), flush=True)


if __name__ == "__main__":
    main()

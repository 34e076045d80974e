"""Whether noise changes labels: fifteen kinds of it, from curly quotes to typos, on RelCheck and on real dialogue.

usage: python benchmarks/perturbed.py [--model base] [--real DATA] [--sample N] [--json]

DATA is a folder with dialogues.jsonl and labels_dev.jsonl; nothing of it is printed but counts. A turn is labelled as it
is, and with one kind of noise in it and in what was said before. A flip is a label that comes or goes at the usual
thresholds. The shares are of the turns that the noise changes. Kinds marked with a star are undone before reading and
must give the very same scores. `spans` are labels given both times whose evidence covers the same words when it is
carried back to the text without noise; every span must lie in the text it was found in. Bars: flips of any label, and of
each label, .02 at most; for the starred kinds 0, and the same words always. Exits with 1 where one is missed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relcomm.analyzer import Analyzer, load
from relcomm.shares import rate
from relcomm.training.build import dev
from relcomm.training.noise import KINDS, UNDONE, Noisy, noisy
from relcomm.training.suite import find_suite, read_suite
from relcomm.types import Prediction, Span, Turn, Utterance

BAR = 0.02


@dataclass(slots=True)
class Count:
    """What one kind of noise did to some turns."""

    kind: str
    turns: int = 0
    flips: int = 0
    by_label: Counter[str] = field(default_factory=Counter)
    both: int = 0
    same_words: int = 0
    outside: int = 0
    other_scores: int = 0

    @property
    def worst(self) -> tuple[str, int]:
        """The label that flips most often, and how often."""
        return max(self.by_label.items(), key=lambda item: item[1], default=("-", 0))

    @property
    def met(self) -> bool:
        if self.outside or (self.kind in UNDONE and (self.other_scores or self.same_words < self.both)):
            return False
        return self.flips <= BAR * self.turns


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="base")
    parser.add_argument("--real", type=Path)
    parser.add_argument("--sample", type=int, help="so many turns of each source instead of all")
    parser.add_argument("--json", action="store_true", help="one row, {name, figure, bar, met, command}, nothing else")
    options = parser.parse_args()
    sources = {"relcheck": [case.turn for case in read_suite(find_suite("relcheck"))]}
    if options.real:
        sources["real"] = [turn for coded in dev(options.real) for turn in coded.conversation.turns()]
    analyzer, found = load(options.model), {}
    for name, turns in sources.items():
        found[name] = measured(analyzer, drawn(turns, options.sample))
        if not options.json:
            print(table(name, found[name]), flush=True)
    if options.json:
        print(json.dumps(row(options, found)))
    sys.exit(0 if all(each.met for counts in found.values() for each in counts) else 1)


def drawn(turns: list[Turn], sample: int | None) -> list[Turn]:
    return turns if sample is None or sample >= len(turns) else random.Random(8).sample(turns, sample)


def measured(analyzer: Analyzer, turns: Sequence[Turn], kinds: Iterable[str] = KINDS) -> list[Count]:
    """One count a kind of noise."""
    clean = list(analyzer.label(turns, n_jobs=1))
    return [against(analyzer, kind, turns, clean) for kind in kinds]


def against(analyzer: Analyzer, kind: str, turns: Sequence[Turn], clean: Sequence[Prediction]) -> Count:
    chance, count = random.Random(kind), Count(kind)
    changed = []
    for turn, before in zip(turns, clean, strict=True):
        said, said_before = (noisy(kind, turn.utterance.text, chance), turn.context)
        earlier = [Utterance(noisy(kind, each.text, chance).text, each.speaker) for each in said_before]
        noisy_turn = Turn(Utterance(said.text, turn.utterance.speaker), tuple(earlier))
        if (said.text, *(each.text for each in earlier)) != (turn.utterance.text, *(each.text for each in said_before)):
            changed.append((turn, before, said, noisy_turn))
    after = analyzer.label([each[3] for each in changed], n_jobs=1)
    for (turn, before, said, _), seen in zip(changed, after, strict=True):
        compare(count, turn.utterance.text, before, said, seen)
    return count


def compare(count: Count, text: str, before: Prediction, said: Noisy, after: Prediction) -> None:
    flipped = set(before.labels) ^ set(after.labels)
    count.turns += 1
    count.flips += bool(flipped)
    count.by_label.update(flipped)
    count.other_scores += dict(before.scores) != dict(after.scores)
    count.outside += sum(not 0 <= span.start < span.end <= len(said.text) for span in after.spans)
    for label in set(before.labels) & set(after.labels):
        count.both += 1
        there = words(text, before.spans, label, range(len(text)))
        count.same_words += there == words(text, after.spans, label, said.origin)


def words(text: str, spans: Iterable[Span], label: str, origin: Sequence[int]) -> set[int]:
    """Which words of a text a label's spans cover, by number; ``origin`` says what the spans' characters came from."""
    number, found = 0, set()
    numbers = [number := number + character.isspace() for character in text]
    for span in spans:
        if span.label == label:
            places = {origin[n] for n in range(span.start, span.end)} - {-1}
            found |= {numbers[n] for n in places if not text[n].isspace()}
    return found


def table(name: str, counts: Sequence[Count]) -> str:
    lines = [f"{name:24} {'turns':>6} {'flips':>6}  95 % interval  {'worst label':22} {'other scores':>12}  spans"]
    for each in counts:
        share = rate(each.flips, each.turns)
        label, most = each.worst
        worst = f"{label} {most / max(each.turns, 1):.3f}"
        outside = f", {each.outside} outside the text" if each.outside else ""
        lines.append(
            f"{each.kind + ('*' if each.kind in UNDONE else ''):24} {each.turns:6} {share.value:6.3f}  "
            f"{share.low:.3f} to {share.high:.3f} {worst:23} {each.other_scores:12}  "
            f"{each.same_words} of {each.both}{outside}{'' if each.met else '  MISSED'}"
        )
    return "\n".join(lines)


def row(options: argparse.Namespace, found: dict[str, list[Count]]) -> dict[str, object]:
    """The worst kind of noise, as one line for a table of bars."""
    share, kind, source = max((each.flips / max(each.turns, 1), each.kind, s) for s, of in found.items() for each in of)
    real = ["--real", str(options.real)] if options.real else []
    sample = ["--sample", str(options.sample)] if options.sample else []
    return {
        "name": f"turns whose labels noise changes, {options.model}, the worst of {len(KINDS)} kinds ({kind}, {source})",
        "figure": round(share, 4),
        "bar": BAR,
        "met": all(each.met for of in found.values() for each in of),
        "command": " ".join(["python benchmarks/perturbed.py --model", options.model, *real, *sample]),
    }


if __name__ == "__main__":
    main()

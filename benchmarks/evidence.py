"""Whether the words shown as evidence carry the label, and what finding them costs.

usage: python benchmarks/evidence.py [--model base] [--turns 600]

On turns of the corpus test split that get a label. Comprehensiveness is how far the label's probability falls when the
shown words are taken out, sufficiency how far it falls when only they are left (DeYoung et al. 2020, ERASER); beside
them the same for as many words in a row at a random place, and for the label's cues where there are any. Turns whose
evidence is the whole turn are counted and left out: nothing could be compared. Then the time of labelling the example
transcripts with evidence over that of their scores alone.
"""

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from relcomm.analyzer import Analyzer, load
from relcomm.cues import cue_finder
from relcomm.readers import read
from relcomm.training.corpus import read_corpus
from relcomm.types import Turn, Utterance

ROOT = Path(__file__).resolve().parents[1]
Stretches = Sequence[tuple[int, int]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="base")
    parser.add_argument("--turns", type=int, default=600)
    options = parser.parse_args()
    analyzer = load(options.model)
    talk = [c for c in read_corpus(sorted((ROOT / "corpus" / "turns").glob("*.jsonl"))) if c.part == "test"]
    turns = [turn for c in talk for turn in c.conversation.turns()]
    random.Random(5).shuffle(turns)
    faithful(analyzer, turns[: options.turns])
    cost(analyzer)


def faithful(analyzer: Analyzer, turns: Sequence[Turn]) -> None:
    draw = random.Random(6)
    found: dict[str, list[tuple[float, float]]] = {
        "shown": [],
        "random": [],
        "shown where there are cues": [],
        "cues": [],
    }
    whole = 0
    for turn, seen in zip(turns, analyzer.label(turns), strict=True):
        text = turn.utterance.text
        for label in seen.labels:
            shown = [(s.start, s.end) for s in seen.spans if s.label == label]
            words = [(at, at + len(word)) for at, word in placed(text)]
            inside = [w for w in words if any(w[0] >= a and w[1] <= b for a, b in shown)]
            if len(inside) in (0, len(words)):
                whole += 1
                continue
            falls = Falls(analyzer, turn, label)
            found["shown"].append(falls(shown))
            starts = [draw.randrange(len(words) - len(inside) + 1) for _ in range(5)]
            others = [falls([(words[at][0], words[at + len(inside) - 1][1])]) for at in starts]
            found["random"].append((float(np.mean([c for c, _ in others])), float(np.mean([s for _, s in others]))))
            cues = [(m.start, m.end) for m in cue_finder().find(text, label)] if text.isascii() else []
            if cues:
                found["shown where there are cues"].append(falls(shown))
                found["cues"].append(falls(cues))
    print(f"{len(found['shown'])} labels with evidence of a part of the turn; {whole} with the whole turn")
    print(f"{'words':28s} {'n':>4s} {'comprehensiveness':>18s} {'sufficiency (low is good)':>26s}")
    for name, pairs in found.items():
        if pairs:
            fall, left = np.mean(pairs, axis=0)
            print(f"{name:28s} {len(pairs):4d} {fall:18.3f} {left:26.3f}")


class Falls:
    """How far a label's probability falls without some stretches of a turn, and with nothing but them."""

    def __init__(self, analyzer: Analyzer, turn: Turn, label: str) -> None:
        self.model, self.turn = analyzer.model, turn
        self.column = analyzer.model.labels.index(label)
        self.full = self.score(turn.utterance.text)

    def __call__(self, stretches: Stretches) -> tuple[float, float]:
        text = self.turn.utterance.text
        kept = " ".join(text[a:b] for a, b in stretches)
        for a, b in sorted(stretches, reverse=True):
            text = text[:a] + " " + text[b:]
        return self.full - self.score(text), self.full - self.score(kept)

    def score(self, text: str) -> float:
        turn = Turn(Utterance(text, self.turn.utterance.speaker), self.turn.context)
        return float(self.model.score([turn])[0, self.column])


def placed(text: str) -> list[tuple[int, str]]:
    """The words of a text with their places."""
    found, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        found.append((at, word))
        at += len(word)
    return found


def cost(analyzer: Analyzer) -> None:
    talks = [read(path) for path in sorted((ROOT / "examples" / "transcripts").iterdir())]
    turns = [turn for talk in talks for turn in talk.turns()]
    ratios = []
    list(analyzer.label(turns[:20]))
    for _ in range(3):
        start = time.process_time()
        analyzer.model.score(turns)
        bare = time.process_time() - start
        start = time.process_time()
        labelled = list(analyzer.label(turns))
        ratios.append((time.process_time() - start) / bare)
    share = sum(bool(seen.labels) for seen in labelled) / len(turns)
    print(
        json.dumps(
            {"turns": len(turns), "labelled": round(share, 2), "time with evidence over without": round(min(ratios), 2)}
        )
    )


if __name__ == "__main__":
    main()

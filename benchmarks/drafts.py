"""What `check` says of messages about to be sent: tests/written/drafts.jsonl, 340 of them, written and coded by other hands.

usage: python benchmarks/drafts.py [--model base]

Half are harmless, most of those blunt, sad or firm. Prints on how many harmless ones it stays silent, with and without
the things it only says it is not sure of; on how many harmful ones it speaks; and how often the label it speaks of is one
the coders gave.
"""

import argparse
import json
from pathlib import Path

from relcomm.analyzer import load, rate
from relcomm.labels import LABELS
from relcomm.types import Utterance

DRAFTS = Path(__file__).resolve().parents[1] / "tests" / "written" / "drafts.jsonl"
HARMFUL = {name for name, label in LABELS.items() if label.harmful}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="base")
    analyzer = load(parser.parse_args().model)
    counts = dict.fromkeys(("harmless", "silent", "silent but for doubts", "harmful", "spoken of", "right", "said"), 0)
    for line in DRAFTS.read_text(encoding="utf-8").splitlines():
        draft = json.loads(line)
        thread = [Utterance(text, speaker) for speaker, text in draft.get("thread", [])]
        found = analyzer.check(draft["draft"], context=thread, speaker=draft.get("me", ""))
        sure = {advice.span.label for advice in found if advice.sure}
        gold = HARMFUL & set(draft["labels"])
        if gold:
            counts["harmful"] += 1
            counts["spoken of"] += bool(sure)
        else:
            counts["harmless"] += 1
            counts["silent"] += not found
            counts["silent but for doubts"] += not sure
        counts["said"] += len(sure)
        counts["right"] += len(sure & gold)
    for part, whole in (
        ("silent", "harmless"),
        ("silent but for doubts", "harmless"),
        ("spoken of", "harmful"),
        ("right", "said"),
    ):
        share = rate(counts[part], counts[whole])
        print(
            f"{part}: {share.count} of {share.turns} {whole}, {share.value:.3f} ({share.low:.3f} to {share.high:.3f})"
        )


if __name__ == "__main__":
    main()

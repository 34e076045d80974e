"""How well repeated requests are found on written campaigns that nothing was trained or chosen on.

    python benchmarks/campaigns.py [--model base] [--list]

Reads tests/written/campaigns.jsonl: conversations in which somebody asks for the same thing again and again, worded
freely, and others that look like it (many small asks, one ask granted, complaints without any). A campaign is found if
a finding of its speaker holds at least half of its asks, and at least half of the finding's turns are among them.
Prints recall over campaigns, precision over findings, both with 95 % intervals, the same over single turns, and with
--list the conversations that go wrong, by id.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from relcomm.analyzer import Analyzer, load
from relcomm.patterns.repeated_requests import NAME
from relcomm.shares import rate
from relcomm.types import Conversation, Utterance

CAMPAIGNS = Path(__file__).parents[1] / "tests" / "written" / "campaigns.jsonl"


def found_in(analyzer: Analyzer, row: dict[str, Any]) -> list[set[int]]:
    """The turns of each repeated request that is found in a conversation."""
    talk = Conversation(tuple(Utterance(text, speaker) for speaker, _, text, *_ in row["turns"]), row["id"])
    return [set(f.details["turns"]) for f in analyzer.analyze(talk).findings if f.pattern == NAME]


def matches(campaign: set[int], finding: set[int]) -> bool:
    both = len(campaign & finding)
    return 2 * both >= len(campaign) and 2 * both >= len(finding)


def share(count: int, of: int) -> str:
    interval = rate(count, of)
    return f"{interval.value:.2f} ({interval.low:.2f} to {interval.high:.2f}), {count} of {of}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="base")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    analyzer = load(options.model)
    rows = [json.loads(line) for line in CAMPAIGNS.read_text(encoding="utf-8").splitlines()]
    pairs = [([set(asks) for asks in row["asks"]], found_in(analyzer, row)) for row in rows]
    campaigns = [any(matches(each, f) for f in found) for gold, found in pairs for each in gold]
    findings = [any(matches(each, f) for each in gold) for gold, found in pairs for f in found]
    turns = [(set().union(*gold), set().union(*found)) for gold, found in pairs]
    right = sum(len(gold & found) for gold, found in turns)
    print(f"{len(rows)} conversations, {len(campaigns)} campaigns, {len(findings)} findings, model {options.model}")
    print(f"recall, campaigns found: {share(sum(campaigns), len(campaigns))}")
    print(f"precision, findings right: {share(sum(findings), len(findings))}")
    print(f"recall, single asks: {share(right, sum(len(gold) for gold, _ in turns))}")
    print(f"precision, single asks: {share(right, sum(len(found) for _, found in turns))}")
    if options.list:
        for row, (gold, found) in zip(rows, pairs, strict=True):
            missed = sum(not any(matches(each, f) for f in found) for each in gold)
            wrong = sum(not any(matches(each, f) for each in gold) for f in found)
            if missed or wrong:
                print(f"{row['id']}: {missed} missed, {wrong} wrong")


if __name__ == "__main__":
    main()

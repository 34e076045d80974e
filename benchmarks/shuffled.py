"""What shuffling the turns of a conversation does to the findings of every pattern.

    python benchmarks/shuffled.py [CONVERSATIONS]

Patterns that claim an order must not survive it: prints the share of conversations in which each of them, and any of
them, still has a finding that is "some" or "clear" (at most 5 % may), with its 95 % interval, beside the share before.
Three kinds of made-up talk: planted and heated (see patterns.py), and lived, some weeks of two people with quarrels raised
harshly and gently, apologies, breaks and ultimatums. Each is shuffled in two ways: the labels of each speaker dealt anew
over that speaker's turns, and whole turns put in another order, with the clock left as it was.

The other patterns list what is there, and a shuffled talk holds the same turns: their findings are no false ones. For
these it prints how many there are in a conversation and what they say, before and after, and why that is not counted.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import patterns as made_up
from relcomm.patterns import PATTERNS, TITLES
from relcomm.shares import rate
from relcomm.types import Conversation, Finding, Prediction, Utterance

Talk = made_up.Talk
Shuffle = Callable[[random.Random, Talk], Talk]
ALLOWED = 0.05
ULTIMATUMS = (
    "If you don't ring him by Friday, I'm leaving.",
    "Either the boat goes or I go.",
    "Stop lending him money or we're through.",
    "If you miss one more Sunday, don't expect me here.",
)


@dataclass(frozen=True)
class Listed:
    """What a pattern that lists says of a finding that order may change, and why its findings are not counted as false."""

    says: str
    holds: Callable[[Finding], float]
    why: str


LISTED = {
    "startup": Listed(
        "are harsh",
        lambda found: found.details["kind"] == "harsh",
        "it names the first turn of an episode that raises an issue; in any order some turn is the first",
    ),
    "repair": Listed(
        "are taken up",
        lambda found: found.value,
        "an apology is an apology wherever it stands; who answers it, and how, changes, and is said as it stands",
    ),
    "repeated_requests": Listed(
        "grow harder",
        lambda found: found.details["course"] == "hardened",
        "the same thing was asked so often in any order; how the asking changed hangs on it, and is said as it stands",
    ),
    "ultimatums": Listed(
        "are answered by more than plain words",
        lambda found: found.details["answer"] != "open",
        "demand, stake and deadline stand within one turn; only the answer hangs on the order, and is said as it stands",
    ),
    "timeouts": Listed(
        "are kept",
        lambda found: found.details["kept"] == "kept",
        "the announcement is one turn; whether it was kept is read off the clock and the next turn, and changes",
    ),
    "ratio": Listed(
        "of the counted turns are positive",
        lambda found: found.value,
        "it counts turns, and their order changes only which of them lie around a conflict",
    ),
}


def lived(dice: random.Random) -> Talk:
    """Ann and Ben over 8 to 30 evenings, a quarrel on some, with the clock."""
    warm, hard = dice.uniform(0.05, 0.25), dice.uniform(0.3, 0.8)
    now, turns = datetime(2024, 3, 4, 19), []  # noqa: DTZ001
    for _ in range(dice.randint(8, 30)):
        now += timedelta(hours=dice.choice((20, 24, 24, 48)))
        evening = list(_calm(dice, dice.randint(2, 8), warm))
        if dice.random() < hard:
            evening += [*_quarrel(dice), *_calm(dice, 3, warm)]
        at = now
        for label, minutes in evening:
            at += timedelta(minutes=minutes)
            turns.append((("Ann", "Ben")[len(turns) % 2], label, at))
    said = tuple(
        Utterance(dice.choice(ULTIMATUMS) if label == "ultimatum" else "(made up)", name, at)
        for name, label, at in turns
    )
    return Conversation(said), tuple(Prediction((label,) if label else (), {}) for _, label, _ in turns)


def _calm(dice: random.Random, turns: int, warm: float) -> Iterator[tuple[str, int]]:
    for _ in range(turns):
        yield "appreciation" if dice.random() < warm else "", dice.randint(1, 4)


def _quarrel(dice: random.Random) -> Iterator[tuple[str, int]]:
    """Raised harshly or gently; then one presses or blames and the other wards off or withdraws; then perhaps mended."""
    yield dice.choice(("criticism", "criticism", "contempt", "gentle_startup")), 1
    for _ in range(dice.randint(2, 8)):
        yield dice.choice(("defensiveness", "defensiveness", "stonewalling", "")), 1
        yield dice.choice(("criticism", "pressure", "pressure", "ultimatum", "")), 1
    if dice.random() < 0.3:
        yield "self_soothing", 1
        yield "", 1
        yield "", dice.randint(15, 60)
    if dice.random() < 0.5:
        yield dice.choice(("repair", "accountability")), 2
        yield dice.choice(("accountability", "appreciation", "criticism", "")), 2


def dealt_anew(dice: random.Random, talk: Talk) -> Talk:
    """Each speaker's turns stay that speaker's; what is said in them, and its labels, is dealt anew."""
    conversation, predictions = talk
    said = list(zip(conversation.utterances, predictions, strict=True))
    dealt = {}
    for name in conversation.speakers:
        own = [pair for pair in said if pair[0].speaker == name]
        dice.shuffle(own)
        dealt[name] = iter(own)
    return _clocked(conversation, [next(dealt[utterance.speaker]) for utterance in conversation.utterances])


def put_anew(dice: random.Random, talk: Talk) -> Talk:
    """Whole turns, with who said them, in another order."""
    said = list(zip(talk[0].utterances, talk[1], strict=True))
    dice.shuffle(said)
    return _clocked(talk[0], said)


def _clocked(conversation: Conversation, said: Sequence[tuple[Utterance, Prediction]]) -> Talk:
    times = (utterance.time for utterance in conversation.utterances)
    utterances = tuple(replace(utterance, time=time) for (utterance, _), time in zip(said, times, strict=True))
    return Conversation(utterances), tuple(prediction for _, prediction in said)


KINDS: tuple[made_up.Make, ...] = (made_up.planted, made_up.heated, lived)
SHUFFLES: tuple[Shuffle, ...] = (dealt_anew, put_anew)


def pairs(make: made_up.Make, shuffle: Shuffle, conversations: int) -> Iterator[tuple[Talk, Talk]]:
    """Conversations and the same shuffled; the same ones whatever the way of shuffling."""
    for n in range(conversations):
        talk = make(random.Random(n))
        yield talk, shuffle(random.Random(10**6 + n), talk)


def survivors(make: made_up.Make, shuffle: Shuffle, conversations: int) -> dict[str, list[int]]:
    """For each pattern that claims an order, and "" for any: in how many conversations it was found, and still is."""
    counts = {name: [0, 0] for name in ("", *made_up.ORDERED)}
    for both in pairs(make, shuffle, conversations):
        for n, talk in enumerate(both):
            hits = [name for name in made_up.ORDERED if any(f.sure != "slight" for f in PATTERNS[name](*talk))]
            for name in [*hits, *([""] if hits else [])]:
                counts[name][n] += 1
    return counts


def _print_ordered(conversations: int) -> None:
    print("Patterns that claim an order: conversations with a finding that is “some” or “clear”, before and after")
    for make in KINDS:
        for shuffle in SHUFFLES:
            print(f"{make.__name__}, {shuffle.__name__}, {conversations} conversations")
            for name, (before, after) in survivors(make, shuffle, conversations).items():
                false = rate(after, conversations)
                verdict = "" if false.value <= ALLOWED else f"  MORE THAN {ALLOWED:.0%}"
                print(
                    f"  {name or 'any of these':<18} {before / conversations:6.1%}   shuffled {false.value:5.1%} "
                    f"({false.low:.1%} to {false.high:.1%}){verdict}"
                )


def _print_listed(conversations: int) -> None:
    print("\nPatterns that list: findings in a conversation, and what they say, before and after (lived talk)")
    for name in PATTERNS:
        if name in made_up.ORDERED:
            continue
        print(f"{name}: {TITLES[name]}")
        listed = LISTED.get(name)
        for shuffle in SHUFFLES:
            both: tuple[list[Finding], list[Finding]] = ([], [])
            for talks in pairs(lived, shuffle, conversations):
                for found, talk in zip(both, talks, strict=True):
                    found.extend(PATTERNS[name](*talk))
            print(f"  {shuffle.__name__:<11} " + ", after ".join(_told(found, conversations, listed) for found in both))
        print(f"  not counted: {listed.why if listed else 'nobody has written here yet what it claims'}")


def _told(found: Sequence[Finding], conversations: int, listed: Listed | None) -> str:
    each = f"{len(found) / conversations:5.2f} findings"
    if listed is None or not found:
        return each
    return f"{each}, {sum(map(listed.holds, found)) / len(found):4.0%} {listed.says}"


def main() -> None:
    """Print both."""
    conversations = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    _print_ordered(conversations)
    _print_listed(conversations)


if __name__ == "__main__":
    main()

"""How often the conversation patterns are found where they are, and where order means nothing.

    python benchmarks/patterns.py [CONVERSATIONS]

Prints the share of conversations with a finding, by grade: for made-up conversations with both patterns planted;
for the same ones with each speaker's labels shuffled over that speaker's turns (false alarms: at most 5 % may be
"some" or "clear"); and for conversations with a calm and an angry phase in which neither answers the other.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable

from relcomm.patterns import find_all
from relcomm.types import Conversation, Prediction, Utterance

LEADS = ("pressure", "criticism", "contempt", "ultimatum")
REPLIES = ("stonewalling", "defensiveness")
Talk = tuple[Conversation, tuple[Prediction, ...]]
Stretches = list[tuple[str, list[tuple[str, ...]]]]


def planted(dice: random.Random) -> Talk:
    """Ann and Ben, 10 to 80 exchanges, one to three messages each, Ben answering to what Ann does."""
    leads, answers, otherwise = dice.uniform(0.2, 0.7), dice.uniform(0.5, 0.9), dice.uniform(0, 0.2)
    out: Stretches = []
    for _ in range(dice.randint(10, 80)):
        lead = (dice.choice(LEADS),) if dice.random() < leads else ()
        kind = REPLIES[1] if "contempt" in lead else dice.choice(REPLIES)
        reply = (kind,) if dice.random() < (answers if lead else otherwise) else ()
        out += [("Ann", _messages(dice, lead)), ("Ben", _messages(dice, reply))]
    return _talk(out)


def shuffled(dice: random.Random) -> Talk:
    """The same, with each speaker's labels dealt anew over that speaker's turns."""
    conversation, predictions = planted(dice)
    dealt = {}
    for speaker in conversation.speakers:
        own = [p for u, p in zip(conversation.utterances, predictions, strict=True) if u.speaker == speaker]
        dice.shuffle(own)
        dealt[speaker] = iter(own)
    return conversation, tuple(next(dealt[u.speaker]) for u in conversation.utterances)


def moody(dice: random.Random) -> Talk:
    """A third of the talk is a quarrel; in it each says angry things with no regard to what the other said."""
    exchanges, heat = dice.randint(10, 80), dice.uniform(0.3, 0.7)
    start = dice.randint(0, exchanges - exchanges // 3)
    out: Stretches = []
    for n in range(exchanges):
        angry = heat if start <= n < start + exchanges // 3 else 0.03
        for speaker, kinds in (("Ann", LEADS), ("Ben", REPLIES)):
            out.append((speaker, _messages(dice, (dice.choice(kinds),) if dice.random() < angry else ())))
    return _talk(out)


def _messages(dice: random.Random, labels: tuple[str, ...]) -> list[tuple[str, ...]]:
    messages: list[tuple[str, ...]] = [()] * dice.choice((1, 1, 1, 2, 3))
    messages[dice.randrange(len(messages))] = labels
    return messages


def _talk(made: Stretches) -> Talk:
    turns = [(speaker, labels) for speaker, messages in made for labels in messages]
    return (
        Conversation(tuple(Utterance("(made up)", speaker) for speaker, _ in turns)),
        tuple(Prediction(labels, {}) for _, labels in turns),
    )


def best_grades(make: Callable[[random.Random], Talk], conversations: int, *, seed: int = 7) -> Counter[str]:
    """How many conversations have a finding of each grade at best; "" counts those without any."""
    dice = random.Random(seed)
    found: Counter[str] = Counter()
    for _ in range(conversations):
        grades = {finding.sure for finding in find_all(*make(dice))}
        found[next((grade for grade in ("clear", "some", "slight") if grade in grades), "")] += 1
    return found


def main() -> None:
    """Print the shares."""
    conversations = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for make in (planted, shuffled, moody):
        found = best_grades(make, conversations)
        shares = ", ".join(f"{grade} {found[grade] / conversations:.1%}" for grade in ("clear", "some", "slight"))
        print(f"{make.__name__}: {shares} of {conversations}")


if __name__ == "__main__":
    main()

"""How often the conversation patterns that claim an order are found where they are, and where order means nothing.

    python benchmarks/patterns.py [CONVERSATIONS]

Prints the share of made-up conversations with a finding, by grade, for all these patterns together and for each:

- planted: one presses or blames, the other withdraws or defends, more often in answer than otherwise;
- heated: quarrels that grow more severe as they go, with scorn for scorn;
- shuffled, cooled: the same two with each speaker's labels shuffled over that speaker's turns;
- moody, stormy: a calm and an angry phase in which neither answers the other, with the labels of the same two.

The last four are false alarms: at most 5 % of conversations may have one that is "some" or "clear". Patterns that
list what happened (start-ups, repairs) claim no order and are not counted: shuffled.py tells what becomes of them.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Collection, Mapping

from relcomm.patterns import PATTERNS
from relcomm.types import Conversation, Prediction, Utterance

ORDERED = ("pursuer_distancer", "criticise_defend", "contempt_contempt", "escalation")
LEADS = ("pressure", "criticism", "contempt", "ultimatum")
REPLIES = ("stonewalling", "defensiveness")
BY_SEVERITY = (("pressure", "defensiveness", "stonewalling"), ("criticism", "ultimatum"), ("contempt",), ("threat",))
Talk = tuple[Conversation, tuple[Prediction, ...]]
Make = Callable[[random.Random], Talk]
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


def heated(dice: random.Random) -> Talk:
    """Ann and Ben, 1 to 8 quarrels of 6 to 20 stretches that grow more severe, with calm talk between them."""
    steep, mild = dice.uniform(0.5, 1), dice.uniform(0, 0.2)
    labels: list[tuple[str, ...]] = []
    for _ in range(dice.randint(1, 8)):
        labels += [()] * dice.randint(4, 16)
        length = dice.randint(6, 20)
        for n in range(length):
            step = int(3.5 * n / length) if dice.random() < steep else dice.randrange(4)
            labels.append(() if dice.random() < mild else (dice.choice(BY_SEVERITY[step]),))
    return _talk([(("Ann", "Ben")[n % 2], _messages(dice, each)) for n, each in enumerate(labels)])


def shuffled(dice: random.Random) -> Talk:
    """Planted talk, with each speaker's labels dealt anew over that speaker's turns."""
    return _dealt_anew(dice, planted(dice))


def cooled(dice: random.Random) -> Talk:
    """Heated talk, with each speaker's labels dealt anew over that speaker's turns."""
    return _dealt_anew(dice, heated(dice))


def moody(dice: random.Random) -> Talk:
    """A third of the talk is a quarrel; in it each says angry things with no regard to what the other said."""
    return _phases(dice, {"Ann": LEADS, "Ben": REPLIES})


def stormy(dice: random.Random) -> Talk:
    """The same, where both do everything that is harmful, each with a liking for some of it."""
    harmful = [label for step in BY_SEVERITY for label in step]
    return _phases(dice, {name: dice.choices(harmful, k=5) for name in ("Ann", "Ben")})


def _phases(dice: random.Random, kinds: Mapping[str, Collection[str]]) -> Talk:
    exchanges, heat = dice.randint(10, 80), dice.uniform(0.3, 0.7)
    start = dice.randint(0, exchanges - exchanges // 3)
    out: Stretches = []
    for n in range(exchanges):
        angry = heat if start <= n < start + exchanges // 3 else 0.03
        for speaker, own in kinds.items():
            out.append((speaker, _messages(dice, (dice.choice(list(own)),) if dice.random() < angry else ())))
    return _talk(out)


def _dealt_anew(dice: random.Random, talk: Talk) -> Talk:
    conversation, predictions = talk
    dealt = {}
    for speaker in conversation.speakers:
        own = [p for u, p in zip(conversation.utterances, predictions, strict=True) if u.speaker == speaker]
        dice.shuffle(own)
        dealt[speaker] = iter(own)
    return conversation, tuple(next(dealt[u.speaker]) for u in conversation.utterances)


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


def grades_by_pattern(make: Make, conversations: int, *, seed: int = 7) -> dict[str, Counter[str]]:
    """For each pattern, and under "" for all together, how many conversations have each grade at best ("": none)."""
    dice = random.Random(seed)
    found: dict[str, Counter[str]] = {name: Counter() for name in ("", *ORDERED)}
    for _ in range(conversations):
        talk = make(dice)
        grades = {name: {finding.sure for finding in PATTERNS[name](*talk)} for name in ORDERED}
        for name, own in {"": set().union(*grades.values()), **grades}.items():
            found[name][next((grade for grade in ("clear", "some", "slight") if grade in own), "")] += 1
    return found


def best_grades(make: Make, conversations: int, *, seed: int = 7) -> Counter[str]:
    """How many conversations have a finding of each grade at best, of any of these patterns; "" counts those without."""
    return grades_by_pattern(make, conversations, seed=seed)[""]


def main() -> None:
    """Print the shares."""
    conversations = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for make in (planted, heated, shuffled, cooled, moody, stormy):
        print(f"{make.__name__}, {conversations} conversations")
        for name, found in grades_by_pattern(make, conversations).items():
            shares = ", ".join(f"{grade} {found[grade] / conversations:.1%}" for grade in ("clear", "some", "slight"))
            print(f"  {name or 'any of these'}: {shares}")


if __name__ == "__main__":
    main()

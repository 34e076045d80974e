"""One's own side of a conversation: what one speaker did, what they did after what, and how that changed over weeks.

It is for the person whose side it is, because that is the side they can work on. Not in `PATTERNS`: it is asked for
by name. It counts labels of turns; it says nothing about who somebody is, nor what made them say it.

- ``rates``: for each label the share of the speaker's turns that have it, with a 95 % Wilson interval.
- ``after``: after a stretch of another speaker with label X (all that somebody says before somebody else does, see
  `relcomm.patterns.sequential`), how often the speaker's stretch right after it, in the same episode, has label Y; and
  how often after the others' other stretches. Only where there are at least `FEWEST` stretches with X; Y is every label
  the speaker ever answers with. Stretches of others with a ``threat`` are left out: what follows a threat is nobody's
  habit to work on.
- ``weeks``: the ISO weeks with turns of the speaker, by the clock of the record, each with its rates. Turns without a
  time are in no week.
- ``changes``: for each label with `MARKED` turns that have it and `MARKED` that have not, the best single split of the
  weeks (two weeks or more on each side) by the likelihood-ratio statistic of two shares against one. It counts only if
  its permutation p, times the number of labels tried (Bonferroni), is below `LEVEL`; whole days are shuffled, and good
  and bad weeks are allowed for (`relcomm.patterns.change_point`). Nothing is tried below `WEEKS` weeks and `TURNS`
  dated turns; with few days no change can be supported, however large. A split says when shares differ most, not that
  anything was decided then; a slow drift shows as a split, too.

Sources: Wilson (1927) for the intervals; Worsley (1983), Biometrika 70, 455-464, for the change point of a binomial
share by the maximum of likelihood ratios.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from relcomm.errors import InputError
from relcomm.patterns.change_point import best_split
from relcomm.patterns.sequential import Labels, Stretch, label_sets, stretches
from relcomm.patterns.side import TURNS, WEEKS, After, Change, MySide, Week
from relcomm.shares import rate
from relcomm.types import Conversation, Prediction, Rate

__all__ = ["After", "Change", "MySide", "Week", "my_side"]

FEWEST = 5
MARKED = 10
LEVEL = 0.01


def my_side(conversation: Conversation, predictions: Sequence[Prediction], name: str) -> MySide:
    """What one speaker did, what they did after what, and how that changed over weeks.

    ``predictions[i]`` belongs to turn ``i``. `InputError` if the numbers differ, or nobody of that name speaks.

    >>> from relcomm.types import Utterance
    >>> talk = Conversation((Utterance("Where were you?", "Ann"), Utterance("Whatever.", "Ben")))
    >>> side = my_side(talk, (Prediction((), {}), Prediction(("stonewalling",), {})), "Ben")
    >>> side.rates["stonewalling"].count, side.changes
    (1, ())
    """
    require_speaker(conversation, name)
    said = label_sets(conversation, predictions)
    labels = tuple(dict.fromkeys(label for p in predictions for label in (*p.scores, *p.labels)))
    mine = [n for n, utterance in enumerate(conversation.utterances) if utterance.speaker == name]
    days = _days(conversation, mine)
    weeks = _weeks(days, said, labels)
    tried, changes = _changes(days, said, weeks)
    talk = stretches(conversation)
    after, threats = _after(talk, said, name)
    undated = len(mine) - sum(week.turns for week in weeks)
    return MySide(
        name=name,
        turns=len(mine),
        rates=_rates(mine, said, labels),
        after=after,
        weeks=weeks,
        changes=changes,
        tried=tried,
        undated=undated,
        threats_left_out=threats,
    )


def require_speaker(conversation: Conversation, name: str) -> None:
    """Raise `InputError` unless somebody of that name speaks; it tells how many names there are, and none of them."""
    if not isinstance(name, str):
        raise InputError(f"me must be the name of a speaker, got {type(name).__name__}")
    if not name.strip() or name not in conversation.speakers:
        names = sum(bool(speaker.strip()) for speaker in conversation.speakers)
        found = "1 speaker has a name" if names == 1 else f"{names or 'no'} speakers have names"
        raise InputError(
            f"nobody of that name speaks here, where {found}; write it exactly as Conversation.speakers has it"
        )


def _rates(turns: Sequence[int], said: Sequence[Labels], labels: Sequence[str]) -> dict[str, Rate]:
    counted = Counter(label for turn in turns for label in said[turn])
    return {label: rate(counted[label], len(turns)) for label in labels}


def _after(talk: Sequence[Stretch], said: Sequence[Labels], name: str) -> tuple[tuple[After, ...], bool]:
    """The table of answers, and whether stretches with a threat were left out of it."""
    words = [frozenset(label for turn in stretch.turns for label in said[turn]) for stretch in talk]
    steps = [
        (words[n - 1], words[n])
        for n, stretch in enumerate(talk)
        if stretch.speaker == name and n and not stretch.opens and talk[n - 1].speaker
    ]
    answers = [(other, mine) for other, mine in steps if "threat" not in other]
    there: Counter[str] = Counter(label for other, _ in answers for label in other)
    mine: Counter[str] = Counter(label for _, own in answers for label in own)
    both: Counter[tuple[str, str]] = Counter((x, y) for other, own in answers for x in other for y in own)
    rows = (
        After(x, y, rate(both[x, y], there[x]), rate(mine[y] - both[x, y], len(answers) - there[x]))
        for x in sorted(there)
        for y in sorted(mine)
        if there[x] >= FEWEST
    )
    return tuple(rows), len(answers) < len(steps)


def _days(conversation: Conversation, mine: Sequence[int]) -> dict[date, list[int]]:
    """The speaker's dated turns by day, in order."""
    found: dict[date, list[int]] = {}
    for turn in mine:
        if time := conversation.utterances[turn].time:
            found.setdefault(time.date(), []).append(turn)
    return dict(sorted(found.items()))


def _monday(day: date) -> date:
    year, week, _ = day.isocalendar()
    return date.fromisocalendar(year, week, 1)


def _weeks(days: Mapping[date, Sequence[int]], said: Sequence[Labels], labels: Sequence[str]) -> tuple[Week, ...]:
    turns: dict[date, list[int]] = {}
    for day, those in days.items():
        turns.setdefault(_monday(day), []).extend(those)
    return tuple(Week(monday, len(those), _rates(those, said, labels)) for monday, those in turns.items())


def _changes(
    days: Mapping[date, Sequence[int]], said: Sequence[Labels], weeks: Sequence[Week]
) -> tuple[tuple[str, ...], tuple[Change, ...]]:
    """The labels tried, and the changes that hold."""
    dated = sum(week.turns for week in weeks)
    if len(weeks) < WEEKS or dated < TURNS:
        return (), ()
    marked = {label: sum(week.rates[label].count for week in weeks) for label in weeks[0].rates}
    tried = tuple(label for label, count in marked.items() if MARKED <= count <= dated - MARKED)
    number = {week.monday: n for n, week in enumerate(weeks)}
    found = []
    for label in tried:
        counts = [(number[_monday(d)], len(those), sum(label in said[n] for n in those)) for d, those in days.items()]
        split, p = best_split(counts)
        if p * len(tried) < LEVEL:
            first, second = (_pooled(part, label) for part in (weeks[:split], weeks[split:]))
            found.append(Change(label, weeks[split].monday, first, second, p * len(tried)))
    return tried, tuple(found)


def _pooled(weeks: Sequence[Week], label: str) -> Rate:
    return rate(sum(week.rates[label].count for week in weeks), sum(week.turns for week in weeks))

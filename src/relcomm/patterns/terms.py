"""Which words of an ultimatum say the demand, which the stake, which the deadline.

Plain rules over sentences and clauses (`relcomm.text.clauses`), no model: the turn is known to be an ultimatum.

- Every joining word is tried: "if A, B" and "B if A", "unless", "until", "A or B", "A and B", "A, otherwise B", "A.
  If not, B". A is the demand, B the stake. The try wins whose B looks most like a loss that the speaker would bring
  about ("I'm gone", "you're out", "don't come back", "no wedding"); the earliest of equals.
- "me or X", and "A or B" with a call to choose where B names no loss: the choice is the demand, the stake is empty.
- With no joining word: a veiled loss ("don't expect me …") is the stake; beside a last chance, a deadline, a call to
  choose or a bare loss, the sentence that tells the other what to do is the demand.
- Both are whole clauses without the joining word, without "just", "please", names called out and "I mean it" around
  them, and without the deadline at their edge. Words of time: `relcomm.patterns.time_words`.
- What is not found stays empty. Only the first `READ` characters are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from relcomm.patterns import loss_words as words
from relcomm.patterns.time_words import Bit, allowance, bounds, closing_when
from relcomm.patterns.wording import Wording
from relcomm.text import clean

READ = 2000
TRIES, WORDS = 16, 60
"""At most so many joining words of a sentence are tried, and so many words of a condition read for its end."""
ENOUGH = 3.5
UNTIL = frozenset({"until", "till", "til"})
IF = frozenset({"if", "unless", "should"})


@dataclass(frozen=True, slots=True)
class Terms:
    """Where a turn says what is demanded, what would be lost and until when: ``(start, end)`` in the caller's text."""

    demand: Bit | None = None
    stake: Bit | None = None
    deadline: Bit | None = None


@dataclass(frozen=True, slots=True)
class _Try:
    score: float
    demand: Bit | None
    stake: Bit | None
    word: str


def terms(text: str) -> Terms:
    """The demand, the stake and the deadline in the text of an ultimatum, each as a span or None.

    >>> said = "Right, if you don't tell her by Friday, I'm moving out."
    >>> found = terms(said)
    >>> [said[slice(*bit)] for bit in (found.demand, found.stake, found.deadline) if bit]
    ["you don't tell her", "I'm moving out", 'by Friday']
    """
    cleaned = clean(text[:READ])
    wording = Wording(cleaned.text)
    tries = [each for n in range(len(wording.sentences)) for each in _tries(wording, n)]
    best = max(tries, key=lambda each: each.score, default=_Try(0, None, None, ""))
    if best.score < ENOUGH:
        best = _apart(wording) or best
    found = _edges(wording, best)
    return Terms(*(cleaned.original(*bit) if bit else None for bit in found))


def _tries(wording: Wording, n: int) -> Iterator[_Try]:
    """What each joining word of a sentence would make demand and stake."""
    start, end = wording.sentences[n]
    told = False
    for match in islice(words.JOINS.finditer(wording.text, start, end), TRIES):
        left, right = wording.peel((start, match.start())), wording.trim((match.end(), end))
        word = (match["word"] or ",").lower()
        if right[0] >= right[1]:
            continue
        if word in IF | UNTIL:
            yield from _condition(wording, n, _Try(0, left, right, word))
        elif word == "or":
            yield from _alternative(wording, n, left, right)
        elif word not in {"and", "then", ","}:
            yield from _otherwise(wording, n, left, right)
        # The first of several is the price; what follows only adds to it.
        elif not told and (found := _consequence(wording, left, right, word)):
            told = found.score >= ENOUGH
            yield found


def _or_before(wording: Wording, n: int, bit: Bit) -> Bit | None:
    """The stretch, or if it is empty the last sentence before that is more than a time."""
    if bit[0] < bit[1]:
        return bit
    return next((said for said in reversed(wording.sentences[:n]) if said not in bounds(wording.text, said)), None)


def _otherwise(wording: Wording, n: int, left: Bit, right: Bit) -> Iterator[_Try]:
    """The sentence "A. Otherwise B"."""
    if demand := _or_before(wording, n, left):
        yield _Try(4 + wording.weight(right), demand, right, "or")


def _alternative(wording: Wording, n: int, left: Bit, right: Bit) -> Iterator[_Try]:
    """What "A or B" says; the choice between the speaker and something else goes before all others."""
    sentence, weight = wording.peel(wording.sentences[n]), wording.weight(right)
    if words.ME_OR.search(wording.said(sentence)) or _choice(wording, left, right, weight):
        yield _Try(9, (sentence[0], wording.pieces(right)[0][1]), None, "choice")
    elif demand := _or_before(wording, n, left):
        some = wording.count(demand) >= 2 and wording.count(right) >= 3
        asked = wording.text[wording.sentences[n][1] :].startswith("?")
        yield _Try(3 + (weight or 0.5 * some) - asked, demand, right, "or")


def _choice(wording: Wording, left: Bit, right: Bit, weight: int) -> bool:
    """Whether "A or B" is a choice put to the other, not a demand and its price."""
    a, b = wording.said(left).lower(), wording.said(wording.pieces(right)[0]).lower()
    longest = max(len(a.split()), len(b.split()))
    if not a or a.startswith(("is this ", "are ", "do ", "did ", "was ")):
        return False
    if words.CHOOSE.search(wording.text) and weight < 3:
        return (a.startswith("you ") and b.startswith("you ")) or (weight < 2 and longest <= 4)
    return not weight and (longest <= 3 or a.startswith(("it's ", "its ", "is it ")))


def _consequence(wording: Wording, left: Bit, right: Bit, word: str) -> _Try | None:
    """What "A and I'm gone" says: only where A tells or forbids something, for "and" joins so much else."""
    a, weight = wording.said(left), wording.weight(right)
    given = allowance(wording.text, left)
    if not a or weight <= (word == ",") or (words.FIRST_PERSON.match(a) and not given):
        return None
    told = given or words.TELLS.match(a) or words.AGAIN.search(a)
    about = weight == 3 and words.ABOUT_OTHER.match(a)
    return _Try((3.5 + (weight > 1) / 2 if told else 3.5 if about else weight), left, right, "and")


def _condition(wording: Wording, n: int, given: _Try) -> Iterator[_Try]:
    """What is said by "if A, B", "B if A", "A. If not, B", and the same with "unless", "until" and "should you"."""
    left, right, word = given.demand or (0, 0), given.stake or (0, 0), given.word
    if (word in UNTIL and _bounded(wording, left, right)) or (word == "should" and left[0] < left[1]):
        return
    base = 2 if word in UNTIL else 3
    when, then = _split(wording, right)
    if then:
        back = words.DONE_BEFORE.match(wording.said(when))
        demand = _or_before(wording, n, left) if back else when
        yield _Try(base + wording.weight(then), demand, then, "or" if back else word)
    if left[0] < left[1]:
        yield from _stake_first(wording, n, _Try(base, when if then else right, left, word))
    elif not then and n + 1 < len(wording.sentences):
        after = wording.sentences[n + 1]
        yield _Try(base - 1 + wording.weight(after), right, after, word)


def _stake_first(wording: Wording, n: int, given: _Try) -> Iterator[_Try]:
    """What is said by "B if A": what stands before the condition is the stake."""
    left = given.stake or (0, 0)
    said, before = wording.said(left), wording.sentences[n - 1] if n else (0, 0)
    stake, weight = wording.pieces(left)[-1], wording.weight(left)
    if words.ELLIPSIS.match(said) and (asked := words.WANT_ME.search(wording.text, *before)):
        stake, weight = (asked.end(), before[1]), 3
    elif said.lower() in {"not", "and not"}:
        stake, weight = before, wording.weight(before)
    if weight >= 2 or (given.word != "if" and words.NEGATION.search(said)):
        yield _Try(given.score + max(2, weight), given.demand, stake, given.word)


def _bounded(wording: Wording, left: Bit, right: Bit) -> bool:
    """Whether "until" bounds the time somebody has, and makes no condition."""
    whole = (left[0], right[1])
    limits = bounds(wording.text, whole)
    return bool(allowance(wording.text, whole)) or any(
        left[1] <= start + 1 and start <= right[0] < end for start, end in limits
    )


def _split(wording: Wording, right: Bit) -> tuple[Bit, Bit | None]:
    """A condition and what follows it: cut where a loss begins or at the comma before a clause, else at a comma."""
    start, end = right
    for cut in islice(re.finditer(r",?\s(?:then\s)?", wording.text[start:end]), WORDS):
        rest, before = wording.peel((start + cut.end(), end)), wording.text[start : start + cut.start()]
        marked = words.CLAUSE.match(wording.text, *rest) if cut.group().strip() else None
        loss = words.LOSS.match(wording.text, start + cut.end(), end) and not words.NO_CLAUSE_AFTER.search(before)
        if (marked or loss) and " " in before:
            return wording.trim((start, start + cut.start())), rest
    comma = wording.text.find(", ", start, end)
    return (wording.trim((start, comma)), wording.trim((comma + 1, end))) if comma >= 0 else (right, None)


def _apart(wording: Wording) -> _Try | None:
    """Demand and stake in sentences of their own, or only one of them."""
    text, starts = wording.text, [wording.peel(sentence) for sentence in wording.sentences]
    last = words.LAST_CHANCE.search(text)
    telling = [bit for bit in starts if words.TELLS.match(text, *bit) or allowance(text, bit)]
    if last and not telling:
        return _Try(ENOUGH, None, None, "")
    if not last and (veiled := next((bit for bit in starts if words.VEILED.match(text, *bit)), None)):
        return _Try(ENOUGH, None, veiled, "")
    begins = words.FIRST_PERSON if len(starts) == 1 else words.LOSS
    losses = [bit for bit in starts if begins.match(text, *bit) and bit not in telling]
    stake = losses[-1] if losses else None
    before = [bit for bit in telling if not stake or bit < stake]
    called = [bit for bit in starts if words.CHOOSE.search(text, *bit) and wording.count(bit) >= 3]
    demand = next(iter(before[-1:] or telling[:1] or called[:1]), None)
    return _Try(ENOUGH, demand, stake, "or") if demand or stake else None


def _edges(wording: Wording, best: _Try) -> tuple[Bit | None, Bit | None, Bit | None]:
    """Demand, stake and deadline, whole and without what surrounds them."""
    demand, deadline = _demand(wording, best) if best.demand else (None, None)
    stake = wording.first_clause(best.stake) if best.stake else None
    if stake and not deadline:
        # "I'm at my sister's till June" says how long, not by when.
        limits = (b for b in bounds(wording.text, stake, bare=False) if wording.text[b[0]].lower() not in "tu'")
        ends = (bit for bit in limits if bit[1] == stake[1] and bit[0] > stake[0])
        if deadline := closing_when(wording.text, stake) or next(ends, None):
            stake = wording.trim((stake[0], deadline[0]))
    return demand, stake, deadline or _deadline(wording, best)


def _demand(wording: Wording, best: _Try) -> tuple[Bit | None, Bit | None]:
    """The demand without what hangs on it, and the deadline that stood at its edge or in it."""
    text, where = wording.text, wording.peel(best.demand or (0, 0))
    if loose := words.TAIL_WORD.search(text, *where):
        where = (where[0], loose.start())
    if best.word in {"or", "choice"}:
        while len(parts := wording.pieces(where)) > 1 and words.FIRST_PERSON.match(text, *parts[0]):
            where = wording.peel((parts[0][1], where[1]))
    if given := allowance(text, where):
        return (wording.without_tail((given[1], where[1])) if given[1] else None), given[0]
    event = best.word in {"and", "if"} and not words.NEGATION.search(wording.said(where))
    limits = bounds(text, where, bare=not event)
    for start, end in limits:
        if start == where[0]:
            return wording.without_tail(wording.peel((end, where[1]))), (start, end)
        if end == where[1] or text[end] in ",;":
            return wording.without_tail((where[0], start)), (start, end)
    return wording.without_tail(where), limits[0] if limits else None


def _deadline(wording: Wording, best: _Try) -> Bit | None:
    """A deadline said elsewhere in the turn: a time given, or one at the edge of a sentence not the stake's."""
    for sentence in wording.sentences:
        if given := allowance(wording.text, sentence):
            return given[0]
    stake = best.stake or (0, 0)
    free = (s for s in wording.sentences if stake[0] >= s[1] or s[0] >= stake[1])
    return next((limit for sentence in free if (limit := _alone(wording, sentence))), None)


def _alone(wording: Wording, sentence: Bit) -> Bit | None:
    """The time that a sentence ends or starts with, unless the speaker talks of themselves."""
    text = wording.text
    if words.FIRST_PERSON.match(text, *sentence):
        return None
    bare = bool(words.CHOOSE.search(text, *sentence) or words.TELLS.match(text, *sentence))
    named = bounds(text, sentence, bare=bare)
    for limit in bounds(text, sentence):
        edge = limit[0] == sentence[0] or limit[1] == sentence[1] or text.startswith((" and ", " or "), limit[1])
        if limit == sentence or (edge and limit in named):
            return limit
    return None

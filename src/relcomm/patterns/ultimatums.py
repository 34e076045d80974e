"""Each ultimatum: what it demands, what it stakes, until when, whether it came again, and how it was answered.

Source: Coan & Gottman (2007), the Specific Affect Coding System, for threats of this kind; the line to a boundary and
to a threat of harm is drawn by the codebook's labels, not here.

Definition:

- *ultimatum*: a turn with ``ultimatum``. Further messages of the same stretch (see `relcomm.patterns.sequential`) with
  that label belong to it if they name no demand, or the same one.
- *demand, stake, deadline*: the words that say them, by the rules of `relcomm.patterns.terms`; ``details`` has where
  they lie: the turn, and ``start`` and ``end`` in its text. None where a veiled ultimatum leaves them unsaid, or where
  the rules find nothing. They come from the first time it was given.
- *again*: a later one by the same speaker whose demand has at least two thirds of its content words in common with
  the other's (the shorter list counts; ends of words and everyday verbs such as "get" and "ring" don't). In doubt it
  is another ultimatum; a veiled one is never taken for a repeat. Only the speaker's last `KEPT` are compared.
- *answer*: the next turn of anybody else who has a name. By its labels, the first that fits: *attack* (``criticism``,
  ``contempt``, ``threat``, ``ultimatum``), *defence* (``defensiveness``), *withdrawal* (``stonewalling``), *boundary*
  (``boundary``), *agreement* (``accountability``, ``repair``, ``appreciation``), else *open*, as where nobody answers.
  ``answers`` has one for each time, ``answer`` the first; ``late`` says which came in a later episode (see
  `relcomm.patterns.episodes`), and may be about something else. With three or more people the next turn may be a
  bystander's.

``Finding.value`` is how often the ultimatum was given. ``sure``: see `relcomm.patterns.grounds`; it takes the label of
the surest turn and those of the answers in time, and is "slight" where neither a demand nor a stake is found.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from relcomm.patterns.answers import ANSWERS, Met, answer_of, answers_met, told
from relcomm.patterns.grounds import SAFETY, grade, joined, probability
from relcomm.patterns.sequential import Labels, label_sets, stretches
from relcomm.patterns.terms import Terms, terms
from relcomm.types import Conversation, Finding, Prediction

NAME = "ultimatums"
TITLE = "Ultimatums"

LABEL = "ultimatum"
KEPT = 20
SHARED = 2 / 3
PARTS = ("demand", "stake", "deadline")

_LITTLE = """
i'm i've i'll you're you've you'll it's that's don't isn't won't can't the and for not you your yours with that this
then than there here have has had are was were will would could should can may might must shall did does done been
being get gets got getting goes going went gone come comes coming came take takes taking put puts give gives giving
make makes making let lets tell tells telling say says saying said ring rings ringing call calls calling ask asks
stop stops stopping start starts starting keep keeps quit leave leaves leaving stay stays want wants need needs
back out off again ever once one more time now just any all some every each other his her hers him them their our
mine its who what when where how why about from into over after before until till down here home thing things way
first last next please yourself myself else either both too very still yet only even
"""
_COMMON = frozenset(_LITTLE.split())
"""Words that say little about what is demanded."""
_CONTENT = re.compile(r"[^\W\d_]{3,}(?:'[^\W\d_]+)?")


@dataclass(slots=True)
class _Given:
    """One ultimatum: for each time it was given the turns, and what the words of each turn say."""

    speaker: str
    about: frozenset[str] = frozenset()
    times: list[list[int]] = field(default_factory=list)
    said: dict[int, Terms] = field(default_factory=dict)

    def add(self, turn: int, found: Terms, about: frozenset[str], *, again: bool) -> None:
        """Take in a turn that gives it; ``again`` where that is another time, not more of the same."""
        self.times += [[]] * (again or not self.times)
        self.times[-1] = [*self.times[-1], turn]
        self.said[turn] = found
        self.about = self.about or about


def find(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Finding]:
    """Each ultimatum, its repeats together, in the order they were first given.

    ``predictions[i]`` belongs to turn ``i``; `InputError` if the numbers differ.
    """
    said = label_sets(conversation, predictions)
    answers = answers_met(conversation)
    return [_finding(conversation, predictions, given, answers) for given in _ultimatums(conversation, said)]


def content(words: str) -> frozenset[str]:
    """The words that say what is demanded, without endings.

    >>> sorted(content("you start cleaning up after your dogs"))
    ['clean', 'dog']
    """
    found = (
        match.group().lower() for match in _CONTENT.finditer(words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    )
    return frozenset(_stem(word) for word in found if word not in _COMMON)


def same(one: frozenset[str], two: frozenset[str]) -> bool:
    """Whether two demands share enough of their content words to be taken for one; never where one has none."""
    return bool(one and two) and len(one & two) >= SHARED * min(len(one), len(two))


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending)
            break
    return word[:-1] if len(word) > 3 and (word[-1] == word[-2] or word[-1] == "e") else word


def _ultimatums(conversation: Conversation, said: Sequence[Labels]) -> list[_Given]:
    """Every ultimatum with its repeats."""
    out: list[_Given] = []
    recent: defaultdict[str, deque[_Given]] = defaultdict(lambda: deque(maxlen=KEPT))
    for speaker, turns in _stretches(conversation, said):
        known: deque[_Given] = recent[speaker] if speaker else deque()
        now: _Given | None = None
        for turn in turns:
            text = conversation.utterances[turn].text
            found = terms(text)
            about = content(text[slice(*found.demand)]) if found.demand else frozenset()
            given = now if now and not (about and now.about) else _known(known, about)
            if given is None:
                given = _Given(speaker)
                out.append(given)
                known.append(given)
            given.add(turn, found, about, again=bool(given.times) and given.times[-1][-1] < turns[0])
            now = given
    return out


def _known(known: Collection[_Given], about: frozenset[str]) -> _Given | None:
    """The latest of the speaker's ultimatums with the same demand."""
    return next((given for given in reversed([*known]) if same(about, given.about)), None)


def _stretches(conversation: Conversation, said: Sequence[Labels]) -> Iterator[tuple[str, list[int]]]:
    """The turns with an ultimatum of each stretch that has any."""
    for stretch in stretches(conversation):
        if turns := [turn for turn in stretch.turns if LABEL in said[turn]]:
            yield stretch.speaker, turns


def _finding(
    conversation: Conversation, predictions: Sequence[Prediction], given: _Given, following: Sequence[Met]
) -> Finding:
    met = [following[turns[-1]] if given.speaker else (None, False) for turns in given.times]
    said = [frozenset(predictions[n].labels) if n is not None else frozenset() for n, _ in met]
    answers = [answer_of(labels) for labels in said]
    turns = [turn for time in given.times for turn in time]
    parts = {part: _where(given, part) for part in PARTS}
    details: dict[str, Any] = {
        "speaker": given.speaker,
        "turns": turns,
        "times": len(given.times),
        **parts,
        "answer": answers[0],
        "answers": answers,
        "answer_turns": [n for n, _ in met],
        "answered_by": [None if n is None else conversation.utterances[n].speaker for n, _ in met],
        "late": [late for _, late in met],
    }
    sure = max(probability(predictions[turn], (LABEL,)) for turn in turns)
    for (n, late), answer in zip(met, answers, strict=True):
        if n is not None and not late and answer in ANSWERS:
            sure = min(sure, probability(predictions[n], ANSWERS[answer]))
    words = _summary(details)
    if any("threat" in labels for labels in (*said, *(predictions[turn].labels for turn in turns))):
        words += f" {SAFETY}"
    shown = sorted({*turns, *(n for n, _ in met if n is not None)})
    doubted = not parts["demand"] and not parts["stake"]
    return Finding(NAME, tuple(shown), float(len(given.times)), words, grade(sure, doubted=doubted), details)


def _where(given: _Given, part: str) -> dict[str, int] | None:
    """Where the first time it was given says its demand, stake or deadline."""
    for turn in given.times[0]:
        if span := getattr(given.said[turn], part):
            return {"turn": turn, "start": span[0], "end": span[1]}
    return None


def _summary(details: Mapping[str, Any]) -> str:
    speaker, times = details["speaker"] or "Somebody", details["times"]
    often = "an ultimatum" if times == 1 else f"the same ultimatum {times} times"
    named = [words for part, words in zip(PARTS, ("a demand", "a loss", "a deadline"), strict=True) if details[part]]
    veiled = [words for part, words in (("demand", "the demand"), ("stake", "the loss")) if not details[part]]
    sentences = [f"{speaker} gave {often}{', naming ' + joined(named) if named else ''}."]
    if veiled:
        sentences.append(
            f"No words for {joined(veiled)} were found: {'they' if len(veiled) > 1 else 'it'} may be left unsaid."
        )
    return " ".join([*sentences, told(details)])

"""Who does what right after whom: lag-sequential analysis of a conversation, shared by the patterns.

**Stretch.** All that one speaker says or sends before somebody else does; five messages in a row are one stretch.
Hours of silence end a stretch (`relcomm.patterns.episodes`); within an episode the clock is not read, and a late
answer is an answer like any other.

**Transition.** A stretch and the one right after it, between two known speakers and within one episode: what opens
the next morning's talk is not taken for an answer to the evening before. With three or more people only neighbours
count: what somebody says after a third person is not taken for an answer to the first.

**Table.** For speakers A then B: B's stretches that come right after A's, by whether A's shows the first act and
whether B's shows the second.

**p.** Anger comes in phases, and in a bad quarter of an hour everything unkind happens near everything else. To
hold apart "B does this when A does that" and "both do it when they quarrel", chance may shuffle B's acts only
within neighbourhoods of about `NEIGHBOURS` transitions (``p``); ``p_overall`` shuffles over all of them.
Statistics and their sources: `relcomm.patterns.contingency`.

**Sure.** ``tests`` is how many directions had enough of both acts to be tried; ``p * tests`` is compared:

========== =============== ===================== =======================================================
grade      pairs at least  answered share        chance
========== =============== ===================== =======================================================
``clear``  5               1/2                   ``p * tests <= 0.005``
``some``   3               1/3                   ``p * tests <= 0.025``
``slight`` 3               1/2                   ``p * tests <= 0.1``
========== =============== ===================== =======================================================

With fewer than 3 of A's other stretches to compare with, a share of 1/2 is "slight" whatever the chance, and never more.
Anything less is no finding: an exchange or two is not a pattern. At 0.025 a pattern, the two patterns graded so
raise a false "some" or "clear" in at most one conversation in twenty where order means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from relcomm.errors import InputError
from relcomm.patterns.contingency import Table, p_value
from relcomm.patterns.episodes import episodes
from relcomm.types import Conversation, Prediction

NEIGHBOURS = 8
FEWEST = 3

Labels = frozenset[str]
Act = Callable[[Labels], bool | None]
"""True: the turn does it. False: the turn takes it back, so that earlier ones of the stretch no longer stand."""
Marks = list[tuple[int, ...]]
"""For each stretch the turns that show an act; none where it does not stand."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """All that one speaker says before somebody else does: positions ``turns``; ``opens`` if it begins an episode."""

    speaker: str
    turns: range
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Following:
    """How often ``second``'s act came right after ``first``'s.

    ``near`` are the tables of the neighbourhoods, ``pairs`` holds for each joint occurrence the turns of the
    first and of the second act.
    """

    first: str
    second: str
    table: Table
    near: tuple[Table, ...]
    pairs: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]

    @property
    def p(self) -> float:
        """How often chance within neighbourhoods does as much."""
        return p_value(self.near)

    @property
    def testable(self) -> bool:
        """Whether there is enough of both acts to show a pattern at all, whatever their order."""
        return min(self.table.first, self.table.second) >= FEWEST

    @property
    def turns(self) -> tuple[int, ...]:
        """The turns that show it, in order."""
        return tuple(sorted({turn for pair in self.pairs for act in pair for turn in act}))

    def figures(self) -> dict[str, Any]:
        """The numbers behind it, as plain types."""
        table = self.table
        return {
            "first": self.first,
            "second": self.second,
            "counts": {
                "both": table.both,
                "first_only": table.first_only,
                "second_only": table.second_only,
                "neither": table.neither,
            },
            "share": table.share,
            "share_otherwise": table.second_only / table.others if table.others else None,
            "z": table.z,
            "yule_q": table.yule_q,
            "p": self.p,
            "p_overall": p_value([table]),
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern in one direction, the way back (second act, then the first again), and how sure it is."""

    there: Following
    back: Following | None
    sure: str
    tests: int

    @property
    def speakers(self) -> tuple[str, str]:
        """Who did the first act and who the second."""
        return self.there.first, self.there.second

    @property
    def loop(self) -> bool:
        """Whether the first act also comes more often after the second: the exchange feeds itself."""
        back = self.back
        return back is not None and back.table.both >= FEWEST and back.p * self.tests <= 0.05

    def details(self) -> dict[str, Any]:
        """The numbers both ways, as plain types."""
        there = self.there.figures()
        direction = {"first": there.pop("first"), "second": there.pop("second")}
        back = self.back.figures() if self.back else None
        return {"direction": direction} | there | {"tests": self.tests, "loop": self.loop, "back": back}


def label_sets(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Labels]:
    """The labels of each turn. Raises `InputError` unless there is one prediction a turn."""
    if len(predictions) != len(conversation):
        raise InputError(
            f"predictions: got {len(predictions)} for a conversation of {len(conversation)} turns; "
            "give one prediction a turn, in the same order"
        )
    return [frozenset(prediction.labels) for prediction in predictions]


def stretches(conversation: Conversation) -> list[Stretch]:
    """The conversation cut where the speaker changes and where an episode begins.

    Blank names are unknown speakers, one stretch a turn.

    >>> from relcomm.types import Conversation, Utterance
    >>> talk = Conversation((Utterance("Hey", "Ann"), Utterance("You there?", "Ann"), Utterance("k", "Ben")))
    >>> [(stretch.speaker, len(stretch.turns)) for stretch in stretches(talk)]
    [('Ann', 2), ('Ben', 1)]
    """
    names = [utterance.speaker.strip() and utterance.speaker for utterance in conversation.utterances]
    opens = {episode.start for episode in episodes(conversation)}
    starts = [n for n, name in enumerate(names) if n in opens or not name or name != names[n - 1]]
    return [Stretch(names[at], range(at, end), at in opens) for at, end in pairwise([*starts, len(names)])]


def marks(talk: Sequence[Stretch], said: Sequence[Labels], act: Act) -> Marks:
    """For each stretch the turns that do ``act`` and that no later turn of the same stretch takes back."""
    out: Marks = []
    for stretch in talk:
        standing: list[int] = []
        for turn in stretch.turns:
            done = act(said[turn])
            if done:
                standing.append(turn)
            elif done is False:
                standing.clear()
        out.append(tuple(standing))
    return out


def follow(
    talk: Sequence[Stretch], first: Marks, second: Marks, *, left_out: Collection[int] = ()
) -> dict[tuple[str, str], Following]:
    """What follows what within an episode, for each ordered pair of speakers in order of appearance.

    ``left_out`` are numbers of stretches whose transitions, to and from, do not count.
    """
    steps: dict[tuple[str, str], list[int]] = {}
    for n in range(1, len(talk)):
        pair = talk[n - 1].speaker, talk[n].speaker
        if all(pair) and not talk[n].opens and n not in left_out and n - 1 not in left_out:
            steps.setdefault(pair, []).append(n)
    return {pair: _following(pair, [(first[n - 1], second[n]) for n in ns]) for pair, ns in steps.items()}


def _following(pair: tuple[str, str], steps: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> Following:
    pieces = max(1, (len(steps) + NEIGHBOURS // 2) // NEIGHBOURS)
    edges = [n * len(steps) // pieces for n in range(pieces + 1)]
    near = tuple(_table(steps[start:end]) for start, end in pairwise(edges))
    return Following(*pair, _table(steps), near, tuple((a, b) for a, b in steps if a and b))


def _table(steps: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]) -> Table:
    cells = [(bool(a), bool(b)) for a, b in steps]
    return Table(*(cells.count(cell) for cell in ((True, True), (True, False), (False, True), (False, False))))


def grade(following: Following, tests: int) -> str:
    """How far the evidence goes: "clear", "some", "slight", or "" for no finding. The rule is at the top."""
    table, chance = following.table, following.p * tests
    if table.both < FEWEST:
        return ""
    if table.others < FEWEST:
        return "slight" if table.share >= 1 / 2 else ""
    if table.both >= 5 and table.share >= 1 / 2 and chance <= 0.005:
        return "clear"
    if table.share >= 1 / 3 and chance <= 0.025:
        return "some"
    return "slight" if table.share >= 1 / 2 and chance <= 0.1 else ""


def search(talk: Sequence[Stretch], first: Marks, second: Marks, *, left_out: Collection[int] = ()) -> list[Found]:
    """Every direction in which the second act follows the first more often than chance has it."""
    there = follow(talk, first, second, left_out=left_out)
    back = follow(talk, second, first, left_out=left_out)
    tests = sum(following.testable for following in there.values())
    graded = ((following, grade(following, tests)) for following in there.values())
    return [Found(f, back.get((f.second, f.first)), sure, tests) for f, sure in graded if sure]


def threatening(talk: Sequence[Stretch], said: Sequence[Labels]) -> frozenset[int]:
    """The numbers of the stretches that hold a threat: no pattern counts what is said right around one."""
    return frozenset(n for n, stretch in enumerate(talk) if any("threat" in said[turn] for turn in stretch.turns))


def summary(found: Found, *, first: str, second: str, remark: str, threats: bool) -> str:
    """What came after what, how often, how sure, in plain words. ``first`` and ``second`` are the acts ("pressed")."""
    there, table = found.there, found.there.table
    words = f"After {there.first} {first}, {there.second} {second} in {table.both} of {table.first} answers"
    if table.others:
        words += f"; after anything else {there.first} said, in {table.second_only} of {table.others}"
    sentences = [words + ".", remark]
    if found.loop and found.back:
        again = found.back.table
        words = f"After {there.second} {second}, {there.first} {first} in {again.both} of {again.first} answers"
        sentences.append(words + (f", otherwise in {again.second_only} of {again.others}." if again.others else "."))
    sentences += [_sureness(found), _closing(threats)]
    return " ".join(sentence for sentence in sentences if sentence)


def _sureness(found: Found) -> str:
    if found.there.table.others < FEWEST:
        return f"The evidence is {found.sure}: there was too little else from {found.there.first} to compare with."
    if found.sure == "slight":
        return "The evidence is slight: a question to look at, not an answer."
    return (
        "The evidence is clear." if found.sure == "clear" else "There is some evidence that this is more than chance."
    )


def _closing(threats: bool) -> str:
    if threats:
        return "Turns with a threat are left out: they are a matter of safety first."
    return "This describes the exchange, and either side can change its own part in it."

"""Breaks announced when somebody is flooded: whether they came back, and whether they were chased.

Source: Gottman & Silver (1999), The Seven Principles for Making Marriage Work (flooding, and breaks of twenty minutes
or more with a way back). The label does not tell "I'm flooded" from "give me twenty minutes", so both announce here.

Definition:

- *break*: a turn with ``self_soothing``. Announced again by the same speaker within 3 minutes (without times: with at
  most one turn of others between), it is the same break, begun anew: whoever is chased has to say it twice.
- *return*: the speaker's next turn after a pause of 3 minutes or more from their last one. Quick turns of their own
  ("okay, thanks") without a harmful label, or with ``stonewalling`` alone (leaving), are passed over.
- ``kept``, with times: *kept*: they returned within 24 hours, not with ``criticism``, ``contempt`` or ``threat``;
  *came back attacking*: within 24 hours, but with one of these; *went on*: within 3 minutes of their last turn they
  wrote with one of these, ``pressure``, ``defensiveness`` or ``ultimatum``; *talked on*: without these, but later than
  3 minutes after the announcement with no pause between; *not back*: nothing of the kind within 24 hours. Where the
  record ends sooner than that, ``seen_out`` is False and the summary says "not seen to return".
- Without times (for the announcement or a turn that would decide): *went on* if, past own turns as above in the same
  stretch, their next turn has ``criticism``, ``contempt`` or ``threat`` and at most one turn of others lies between;
  else *unknown*: nobody can tell a pause.
- *chased*: somebody else's turn with ``pressure`` or ``criticism`` between announcement and return (or the end of the
  24 hours).

One finding for each break, from speakers with names only; it shows the announcement, the turns that chased and the
turn that decided. ``Finding.value`` is the minutes until they came back, 0 where they did not or nobody can tell.
``sure``: see `relcomm.patterns.grounds`; it takes the labels of the announcement and of a turn that went on or came
back attacking, and is "slight" where the outcome is unknown or the record ends too soon.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from relcomm.patterns.episodes import between
from relcomm.patterns.grounds import SAFETY, grade, joined, probability
from relcomm.patterns.sequential import label_sets
from relcomm.types import Conversation, Finding, Prediction

NAME = "timeouts"
TITLE = "Breaks"

LABEL = "self_soothing"
PAUSE = timedelta(minutes=3)
DAY = timedelta(hours=24)
ATTACKS = frozenset({"criticism", "contempt", "threat"})
GOES_ON = ATTACKS | {"pressure", "defensiveness", "ultimatum"}
CHASES = frozenset({"pressure", "criticism"})
SHOWN = 20
"""At most so many turns that chased are counted and shown for one break."""


@dataclass(slots=True)
class _Break:
    """A break: its announcements, what became of it, and the turn that decided that, if any."""

    announced: list[int]
    kept: str = ""
    decided: int | None = None


def find(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Finding]:
    """Each break announced, whether the speaker came back from it, and whether they were chased.

    ``predictions[i]`` belongs to turn ``i``; `InputError` if the numbers differ.
    """
    talk = _Talk(conversation, predictions)
    return [_finding(talk, each) for each in talk.breaks()]


class _Talk:
    """A conversation with what the search needs of it."""

    def __init__(self, conversation: Conversation, predictions: Sequence[Prediction]) -> None:
        self.said = label_sets(conversation, predictions)
        self.predictions = predictions
        self.names = [u.speaker if u.speaker.strip() else "" for u in conversation.utterances]
        self.times = [u.time for u in conversation.utterances]
        self.latest = next((time for time in reversed(self.times) if time), None)
        self.chases = [n for n, labels in enumerate(self.said) if labels & CHASES]
        self.own: dict[str, list[int]] = {}
        for n, name in enumerate(self.names):
            self.own.setdefault(name, []).append(n)

    def breaks(self) -> list[_Break]:
        """Every break, in the order of their first announcements."""
        found = [each for name, own in self.own.items() if name for each in self._breaks_of(own)]
        return sorted(found, key=lambda each: each.announced[0])

    def _breaks_of(self, own: Sequence[int]) -> Iterator[_Break]:
        """The breaks of one speaker, whose turns are ``own``."""
        end = -1
        for at, turn in enumerate(own):
            if LABEL in self.said[turn] and turn > end:
                found = _Break([turn])
                self._follow(found, (own[n] for n in range(at + 1, len(own))))
                end = found.announced[-1]
                yield found

    def _follow(self, found: _Break, later: Iterable[int]) -> None:
        """Fill in what became of a break, from the speaker's turns after it."""
        start = before = found.announced[0]
        passed = 0
        for turn in later:
            spell, others = self.since(start, turn), turn - start - 1 - passed
            if LABEL in self.said[turn] and (others <= 1 if spell is None else spell < PAUSE):
                found.announced.append(turn)
                start, passed = turn, -1
            elif kept := self._timed(turn, spell, before) if spell is not None else self._untimed(turn, others):
                found.kept, found.decided = kept, turn
                return
            before, passed = turn, passed + 1
        found.kept = "not back" if self.times[start] else "unknown"

    def _timed(self, turn: int, spell: timedelta, before: int) -> str:
        """What a turn makes of the break; empty where it is passed over."""
        labels, pause = self.said[turn], self.since(before, turn)
        if spell > DAY:
            return "not back"
        if (spell if pause is None else pause) >= PAUSE:
            return "came back attacking" if labels & ATTACKS else "kept"
        if labels & GOES_ON:
            return "went on"
        return "talked on" if spell >= PAUSE else ""

    def _untimed(self, turn: int, others: int) -> str:
        labels = self.said[turn]
        if others <= 1 and labels & ATTACKS:
            return "went on"
        return "unknown" if others or labels & GOES_ON else ""

    def since(self, earlier: int, later: int) -> timedelta | None:
        """The time between two turns; None where it is unknown or the clock went back."""
        return _between(self.times[earlier], self.times[later])

    def chasing(self, found: _Break) -> list[int]:
        """The turns of others that pressed or blamed in the break, the first few of them."""
        first, start = found.announced[0], found.announced[-1]
        end = len(self.said) if found.decided is None else found.decided
        out: list[int] = []
        for n in range(bisect_right(self.chases, first), len(self.chases)):
            turn = self.chases[n]
            spell = self.since(start, turn)
            if turn >= end or len(out) == SHOWN or (spell is not None and spell > DAY):
                break
            if self.names[turn] != self.names[first]:
                out.append(turn)
        return out

    def seen_out(self, found: _Break) -> bool:
        """Whether the record goes on for a day after the announcement."""
        whole = _between(self.times[found.announced[-1]], self.latest)
        return whole is not None and whole >= DAY


def _between(earlier: datetime | None, later: datetime | None) -> timedelta | None:
    spell = between(earlier, later)
    return spell if spell is not None and spell >= timedelta(0) else None


def _finding(talk: _Talk, found: _Break) -> Finding:
    chased, decided = talk.chasing(found), found.decided
    came = decided is not None and found.kept in {"kept", "came back attacking"}
    spell = talk.since(found.announced[-1], decided) if came and decided is not None else None
    details: dict[str, Any] = {
        "turn": found.announced[0],
        "announced": found.announced,
        "speaker": talk.names[found.announced[0]],
        "kept": found.kept,
        "decided": decided,
        "minutes": spell.total_seconds() / 60 if spell is not None else None,
        "chased": bool(chased),
        "chases": chased,
        "chased_by": list(dict.fromkeys(talk.names[n] for n in chased if talk.names[n])),
        "seen_out": talk.seen_out(found),
    }
    shown = sorted({*found.announced, *chased, *([] if decided is None else [decided])})
    threats = any("threat" in talk.said[n] for n in shown)
    words = _summary(details) + (f" {SAFETY}" if threats else "")
    return Finding(NAME, tuple(shown), details["minutes"] or 0.0, words, _sure(talk, details), details)


def _sure(talk: _Talk, details: dict[str, Any]) -> str:
    sure = max(probability(talk.predictions[n], (LABEL,)) for n in details["announced"])
    doubted = details["kept"] == "unknown" or (details["kept"] == "not back" and not details["seen_out"])
    if details["decided"] is not None:
        last = talk.predictions[details["decided"]]
        if details["kept"] in {"went on", "came back attacking"}:
            sure = min(sure, probability(last, GOES_ON))
        elif details["kept"] == "kept":
            doubted = not ATTACKS.isdisjoint(last.unsure)
    return grade(sure, doubted=doubted)


def _summary(details: dict[str, Any]) -> str:
    became = {
        "kept": "and came back",
        "came back attacking": "and came back with blame, scorn or a threat",
        "went on": "and went on at once",
        "talked on": "and talked on without a pause",
        "not back": "and did not come back within a day" if details["seen_out"] else "and is not seen to return",
        "unknown": "; without times nobody can tell whether it was kept",
    }[details["kept"]]
    after = f" after {_spell(details['minutes'])}" if details["minutes"] is not None else ""
    words = f"{details['speaker']} announced a break {became}{after}.".replace(" ;", ";")
    if details["kept"] == "not back" and not details["seen_out"]:
        words += " The record ends less than a day later."
    if many := len(details["chases"]):
        who = joined(details["chased_by"]) or "Somebody"
        words += f" {who} pressed or blamed meanwhile ({many if many < SHOWN else f'{SHOWN} or more'} "
        words += "turn)." if many == 1 else "turns)."
    return words


def _spell(minutes: float) -> str:
    """A stretch of time in words."""
    return f"{minutes:.0f} minutes" if minutes < 90 else f"about {minutes / 60:.0f} hours"

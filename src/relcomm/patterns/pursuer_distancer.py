"""One presses, the other withdraws: the pursuer-distancer or demand-withdraw exchange.

Source: Christensen & Heavey (1990), Journal of Personality and Social Psychology 59, 73-81 (demand: blaming,
nagging, pressing for change; withdrawal: avoiding, falling silent, leaving the talk); Sevier, Simpson & Christensen
(2002), the Couples Interaction Rating System's demand and withdraw codes.

Definition, on stretches (see `relcomm.patterns.sequential`, also for the statistics and the rule of ``sure``):

- *presses*: a turn with ``pressure``, ``criticism`` or ``ultimatum``, unless the stretch ends in withdrawal.
  ``contempt`` is not in it: scorn asks for nothing. ``threat`` is not in it: to draw back from a threat is
  self-protection, not half of a dance; stretches with one are left out on either side.
- *withdraws*: a turn with ``stonewalling``, unless the same or a later turn of the stretch comes back to the talk
  (a break with a way back, a repair, owning a part, a gentle start) or a later one presses. A ``boundary`` is no withdrawal.
- *weaker*: turns where ``stonewalling`` was a near miss, and turns of dots alone. They are tried only where sure
  ones show nothing, need a sure one among them, and never count for more than "slight".

``Finding.value`` is the share of one speaker's pressing stretches that the other answered by withdrawing.
``details["back"]`` has the way back: whether pressing came more often after withdrawal.
"""

from __future__ import annotations

from collections.abc import Sequence

from relcomm.patterns.sequential import Found, Labels, label_sets, marks, search, stretches, summary, threatening
from relcomm.types import Conversation, Finding, Prediction

NAME = "pursuer_distancer"
TITLE = "One presses, the other withdraws"

PRESSES = frozenset({"pressure", "criticism", "ultimatum"})
WITHDRAWS = "stonewalling"
COMES_BACK = frozenset({"self_soothing", "repair", "accountability", "gentle_startup", "boundary"})


def find(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Finding]:
    """Where one speaker's pressing was answered by the other's withdrawing, for each direction it shows in.

    ``predictions[i]`` belongs to turn ``i``; `InputError` if the numbers differ.
    """
    said = label_sets(conversation, predictions)
    talk = stretches(conversation)
    threats = threatening(talk, said)
    pressing = marks(talk, said, presses)
    weaker = _with_near_misses(conversation, predictions)
    sure = _by_pair(search(talk, pressing, marks(talk, said, withdraws), left_out=threats))
    weak = _by_pair(search(talk, pressing, marks(talk, weaker, withdraws), left_out=threats))
    found = [sure.get(pair) or _only_slight(weak[pair], said) for pair in weak | sure]
    return [_finding(f, said, any(talk[n].speaker in f.speakers for n in threats)) for f in found if f]


def presses(labels: Labels) -> bool | None:
    """Whether a turn presses; False where it withdraws."""
    if WITHDRAWS in labels:
        return False
    return True if labels & PRESSES else None


def withdraws(labels: Labels) -> bool | None:
    """Whether a turn withdraws; False where it comes back into the talk."""
    if labels & COMES_BACK:
        return False
    if WITHDRAWS in labels:
        return True
    return False if labels & PRESSES else None


def _by_pair(found: list[Found]) -> dict[tuple[str, str], Found]:
    return {f.speakers: f for f in found}


def _with_near_misses(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Labels]:
    """The labels of each turn, near misses of withdrawal counted in."""
    out = []
    for utterance, prediction in zip(conversation.utterances, predictions, strict=True):
        labels = frozenset(prediction.labels)
        missed = WITHDRAWS in prediction.unsure or _wordless(utterance.text)
        out.append(labels | {WITHDRAWS} if missed and not labels & (PRESSES | COMES_BACK) else labels)
    return out


def _wordless(text: str) -> bool:
    return bool(text.strip()) and not text.strip(". \t\n\N{HORIZONTAL ELLIPSIS}")


def _only_slight(found: Found, said: Sequence[Labels]) -> Found | None:
    """The finding with near misses held down to "slight"; None where no sure withdrawal is among them."""
    if all(WITHDRAWS not in said[turn] for _, withdrawn in found.there.pairs for turn in withdrawn):
        return None
    return Found(found.there, found.back, "slight", found.tests)


def _finding(found: Found, said: Sequence[Labels], threats: bool) -> Finding:
    there, table = found.there, found.there.table
    weak = sum(all(WITHDRAWS not in said[turn] for turn in withdrawn) for _, withdrawn in there.pairs)
    remark = f"In {weak} of the {table.both} the withdrawal is itself uncertain." if weak else ""
    pressed = "pressed (insisted, blamed or set an ultimatum)"
    words = summary(found, first=pressed, second="withdrew", remark=remark, threats=threats)
    details = found.details() | {"uncertain": weak, "threats_left_out": threats}
    return Finding(NAME, there.turns, table.share, words, found.sure, details)

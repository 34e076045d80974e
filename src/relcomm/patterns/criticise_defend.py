"""One criticises, the other defends: the first steps of the cascade of the Four Horsemen.

Source: Gottman (1994), What Predicts Divorce?, chapters on the cascade of criticism, contempt, defensiveness and
stonewalling; Gottman & Silver (1999). Only the exchange is taken from there, no prediction of anything.

Definition, on stretches (see `relcomm.patterns.sequential`, also for the statistics and the rule of ``sure``):

- *criticises*: a turn with ``criticism`` or ``contempt``.
- *defends*: a turn with ``defensiveness``, unless a later turn of the same stretch takes responsibility or mends.
- *loop*: the criticism also comes more often right after the defence than otherwise.
- *mutual*: found in both directions.
- Stretches with a ``threat`` are left out on either side: there is reason to ward that off.

``Finding.value`` is the share of one speaker's critical stretches that the other answered by defending.

A caution: the codebook calls a turn defensive only where something was heard as an attack, so some of the
association is in the meaning of the word. Read ``value`` and the counts before ``p``.
"""

from __future__ import annotations

from collections.abc import Sequence

from relcomm.patterns.sequential import Found, Labels, label_sets, marks, search, stretches, summary, threatening
from relcomm.types import Conversation, Finding, Prediction

NAME = "criticise_defend"
TITLE = "One criticises, the other defends"

CRITICISES = frozenset({"criticism", "contempt"})
DEFENDS = "defensiveness"
OWNS = frozenset({"accountability", "repair"})


def find(conversation: Conversation, predictions: Sequence[Prediction]) -> list[Finding]:
    """Where one speaker's criticism was answered by the other's defending, for each direction it shows in.

    ``predictions[i]`` belongs to turn ``i``; `InputError` if the numbers differ.
    """
    said = label_sets(conversation, predictions)
    talk = stretches(conversation)
    threats = threatening(talk, said)
    found = search(talk, marks(talk, said, criticises), marks(talk, said, defends), left_out=threats)
    pairs = {f.speakers for f in found}
    return [
        _finding(f, mutual=f.speakers[::-1] in pairs, threats=any(talk[n].speaker in f.speakers for n in threats))
        for f in found
    ]


def criticises(labels: Labels) -> bool | None:
    """Whether a turn criticises, with scorn or without."""
    return True if labels & CRITICISES else None


def defends(labels: Labels) -> bool | None:
    """Whether a turn defends; False where it takes responsibility or mends instead."""
    if DEFENDS in labels:
        return True
    return False if labels & OWNS else None


def _finding(found: Found, *, mutual: bool, threats: bool) -> Finding:
    remark = "It goes both ways in this conversation." if mutual else ""
    words = summary(found, first="criticised", second="defended", remark=remark, threats=threats)
    details = found.details() | {"mutual": mutual, "threats_left_out": threats}
    return Finding(NAME, found.there.turns, found.there.table.share, words, found.sure, details)

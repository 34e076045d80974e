"""What a finding rests on: the labels of its turns, and how sure the model is of them.

A pattern that lists what happened (how an issue was raised, what became of an attempt to mend) is as sure as the
least sure of the labels it needs: ``clear`` from a probability of .9, ``some`` from .7, else ``slight``. A label
without a probability was given by a person and counts as sure. Where another label, nearly given, would have made
it another finding, it is ``slight``.

`SEVERITY` orders the harmful labels for counting. The steps are this program's own convention, not a measure:
pressing and warding off (1), blame and ultimatums (2), scorn (3), threats (4).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from relcomm.types import Prediction

SEVERITY: Mapping[str, int] = MappingProxyType(
    {
        "pressure": 1,
        "defensiveness": 1,
        "stonewalling": 1,
        "criticism": 2,
        "ultimatum": 2,
        "contempt": 3,
        "threat": 4,
    }
)
"""How severe each harmful label is, in steps from 1 to 4; a turn counts by its highest."""

CLEAR, SOME = 0.9, 0.7
SAFETY = "Threats are a matter of safety first; no pattern of talk explains them."
CHANCE: Mapping[str, str] = MappingProxyType(
    {
        "clear": "The evidence is clear.",
        "some": "There is some evidence that this is more than chance.",
        "slight": "The evidence is slight: the same turns in another order could look like this.",
    }
)
"""What a summary says of a finding about order, by how sure it is."""


def probability(prediction: Prediction, labels: Collection[str]) -> float:
    """How sure it is that a turn has one of these labels: the highest probability of those it was given.

    >>> probability(Prediction(("contempt", "criticism"), {"contempt": 0.6, "criticism": 0.8}), ("contempt", "threat"))
    0.6
    """
    return max((prediction.scores.get(label, 1.0) for label in prediction.labels if label in labels), default=0.0)


def grade(sure: float, *, doubted: bool = False) -> str:
    """The grade of a finding whose least sure label has this probability; ``doubted`` where it may be another one."""
    if doubted or sure < SOME:
        return "slight"
    return "clear" if sure >= CLEAR else "some"


def joined(words: Sequence[str]) -> str:
    """Words as a sentence would list them.

    >>> joined(["Ann", "Ben", "Cy"])
    'Ann, Ben and Cy'
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))

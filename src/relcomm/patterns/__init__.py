"""Patterns between people: what tends to follow what, one file a pattern.

A pattern is a function from a conversation and its predictions to findings. To add one, write a file with
``find`` and its definition and source at the top, and give it a line in `PATTERNS` and one in `TITLES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from relcomm.patterns import (
    contempt_contempt,
    criticise_defend,
    escalation,
    pursuer_distancer,
    ratio,
    repair,
    repeated_requests,
    startup,
    timeouts,
    ultimatums,
)
from relcomm.types import Conversation, Finding, Prediction

Pattern = Callable[[Conversation, Sequence[Prediction]], list[Finding]]

PATTERNS: Mapping[str, Pattern] = MappingProxyType(
    {
        pursuer_distancer.NAME: pursuer_distancer.find,
        criticise_defend.NAME: criticise_defend.find,
        contempt_contempt.NAME: contempt_contempt.find,
        escalation.NAME: escalation.find,
        startup.NAME: startup.find,
        repair.NAME: repair.find,
        repeated_requests.NAME: repeated_requests.find,
        ultimatums.NAME: ultimatums.find,
        timeouts.NAME: timeouts.find,
        ratio.NAME: ratio.find,
    }
)

TITLES: Mapping[str, str] = MappingProxyType(
    {
        pursuer_distancer.NAME: pursuer_distancer.TITLE,
        criticise_defend.NAME: criticise_defend.TITLE,
        contempt_contempt.NAME: contempt_contempt.TITLE,
        escalation.NAME: escalation.TITLE,
        startup.NAME: startup.TITLE,
        repair.NAME: repair.TITLE,
        repeated_requests.NAME: repeated_requests.TITLE,
        ultimatums.NAME: ultimatums.TITLE,
        timeouts.NAME: timeouts.TITLE,
        ratio.NAME: ratio.TITLE,
    }
)
"""The patterns as a reader meets them, in plain words."""


def find_all(conversation: Conversation, predictions: Sequence[Prediction]) -> tuple[Finding, ...]:
    """Every pattern that shows in a conversation, in the order of `PATTERNS`; often there is none.

    ``predictions[i]`` belongs to ``conversation.utterances[i]``; `relcomm.InputError` if the numbers differ.

    >>> from relcomm.types import Conversation, Prediction, Utterance
    >>> talk = Conversation((Utterance("Please talk to me.", "Ann"), Utterance("Whatever.", "Ben")))
    >>> find_all(talk, (Prediction(("pressure",), {}), Prediction(("stonewalling",), {})))
    ()
    """
    return tuple(finding for find in PATTERNS.values() for finding in find(conversation, predictions))

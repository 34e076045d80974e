"""A calm word about safety where turns were read as threats: about turns, never about anybody who speaks.

It says what was read and how little that proves, that being afraid is reason enough to talk to somebody, and where
help is. It does not say what somebody is, nor that anybody is in danger or is not, nor what to do about the other.
A turn the software is only unsure about raises a quieter notice. No notice is no all-clear: threats are missed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from relcomm.help import Helplines, helplines
from relcomm.patterns.sequential import label_sets
from relcomm.types import Conversation, Notice, Prediction

LABEL = "threat"

_FILE = (
    "Others may see this report and the file it is kept in: whoever uses the same device, account or printer. To look "
    "for help, take a device that nobody else looks at, if there is one. A private browsing window keeps pages out of "
    "the history; it hides nothing from somebody who watches the device itself."
)
WORDS = (
    "Some turns here were read as threats: words that speak of harm, or that hold somebody by fear. The software can "
    "be wrong in both directions: what it read so may have been something else, and it misses threats. Those who were "
    "there know more than it does.",
    "Couple patterns, such as those in this report, do not explain danger, and they do not measure it. Nothing here "
    "says what any person is like, or what will happen.",
    "Being afraid is reason enough to talk to somebody, whatever a program reads: a person you trust, a doctor, a help "
    "line. It takes no proof and no decision, and you choose how much you tell.",
    "A threat to one’s own life counts here, too. There is help for the person who may not want to live, and for the "
    "person who hears it; neither has to carry it alone. The same goes for anybody who is afraid of what they "
    "themselves may do. When a life may be in danger now, please ring the emergency number.",
    _FILE,
)
"""What a notice says where some turn was read as a threat."""

QUIET_WORDS = (
    "The software is not sure about something said here: it may be a threat, and it may well be something else. It can "
    "be wrong in both directions. Couple patterns do not explain danger.",
    "Should anybody be afraid, for themselves or for somebody else, that is reason enough to talk to somebody, "
    "whatever a program reads. There is help for a person who may not want to live, and for those who hear of it.",
    _FILE,
)
"""What a notice says where the software is only unsure."""

_FEAR = (
    "If you are afraid of what you or somebody else may do, to themselves or to another, that is reason enough to talk "
    "to somebody now."
)


def notice(
    conversation: Conversation,
    predictions: Sequence[Prediction],
    *,
    helplines_file: str | os.PathLike[str] | None = None,
) -> Notice | None:
    """A word about safety if some turn was read as a threat, or may be one; else nothing, which is no all-clear.

    ``predictions[i]`` belongs to ``conversation.utterances[i]``; `relcomm.InputError` if the numbers differ. Where
    help is comes from ``helplines_file`` or as `relcomm.help.helplines` finds it; its `ReadError` is raised whether
    or not there is a notice, so that nobody learns of a damaged file only when it is needed.

    >>> from relcomm.types import Utterance
    >>> talk = Conversation((Utterance("You'll regret it.", "Ann"), Utterance("What?", "Ben")))
    >>> notice(talk, (Prediction(("threat",), {}), Prediction((), {}))).utterances
    (0,)
    """
    found = helplines(helplines_file)
    read = [n for n, labels in enumerate(label_sets(conversation, predictions)) if LABEL in labels]
    unsure = [n for n, seen in enumerate(predictions) if LABEL in seen.unsure and LABEL not in seen.labels]
    if not read and not unsure:
        return None
    words = WORDS if read else QUIET_WORDS
    return Notice(tuple(read), tuple(unsure), words, found.lines, found.note, found.as_of)


def where_to_turn(found: Helplines) -> str:
    """For somebody whose draft reads as a threat: where help is if they fear what they, or another, may do.

    One sentence, and then a line for each purpose of help lines.
    """
    return "\n".join((_FEAR, *found.briefly()))

"""Who speaks next: for each turn the next one of anybody else."""

from __future__ import annotations

from relcomm.types import Conversation


def others_next(conversation: Conversation) -> list[int | None]:
    """For each turn the next turn of anybody else who has a name; None where there is none.

    >>> from relcomm.types import Utterance
    >>> others_next(Conversation(tuple(Utterance("…", name) for name in ("Ann", "Ann", "", "Ben"))))
    [3, 3, 3, None]
    """
    out: list[int | None] = []
    last_name, last, another = "", None, None
    for n in reversed(range(len(conversation))):
        name = conversation.utterances[n].speaker
        out.append(another if last_name == name else last)
        if name.strip():
            last_name, last, another = name, n, out[-1]
    return out[::-1]

"""What tests of readers share: a transcript from a string, and what became of it."""

from __future__ import annotations

import io

from relcomm.readers import read
from relcomm.types import Conversation


def reread(text: str, name: str | None = None) -> Conversation:
    """The conversation in a text, its line ends as they stand; ``name`` is the format."""
    return read(io.StringIO(text, newline=""), format=name)


def turns(talk: Conversation) -> list[tuple[str, str]]:
    """Who said what."""
    return [(said.speaker, said.text) for said in talk.utterances]


def remarks(talk: Conversation) -> str:
    """What the report remarks on, a line each."""
    assert talk.report
    return "\n".join(talk.report.remarks)

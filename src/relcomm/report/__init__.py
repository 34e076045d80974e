"""An analysis as one quiet page to read, print or hand to a therapist, or as text for a terminal.

The page is a single file: no script, nothing loaded from anywhere, everything a person wrote escaped.
"""

from __future__ import annotations

from relcomm.errors import InputError
from relcomm.report.page import page
from relcomm.report.terminal import terminal
from relcomm.types import Analysis


def html(analysis: Analysis, *, title: str = "") -> str:
    """A page that shows what was found, turn by turn, with the words that speak for it.

    ``title`` heads the page; without one a plain heading is used that names nobody. Write the result as UTF-8.
    Raises `InputError` if the analysis does not hold one prediction a turn, or is none.

    >>> from relcomm.types import Conversation
    >>> html(Analysis(Conversation(()), (), (), {}))[:15]
    '<!DOCTYPE html>'
    """
    _require_whole(analysis)
    if not isinstance(title, str):
        raise InputError(f"title must be a str, got {type(title).__name__}; leave it out for a plain heading")
    return page(analysis, title)


def text(analysis: Analysis, *, width: int = 100) -> str:
    """The same in plain lines of at most ``width`` columns (40 at least), for a terminal.

    Control characters and marks that turn the writing direction are replaced, so no text can steer the terminal.
    Raises `InputError` if the analysis does not hold one prediction a turn, or is none.

    >>> from relcomm.types import Conversation
    >>> text(Analysis(Conversation(()), (), (), {})).splitlines()[1]
    '0 turns'
    """
    _require_whole(analysis)
    if not isinstance(width, int):
        raise InputError(f"width must be a whole number of columns, got {type(width).__name__}")
    return terminal(analysis, width)


def _require_whole(analysis: Analysis) -> None:
    if not isinstance(analysis, Analysis):
        raise InputError(f"a report is of an Analysis, got {type(analysis).__name__}; relcomm.analyze makes one")
    turns, predictions = len(analysis.conversation), len(analysis.predictions)
    if turns != predictions:
        raise InputError(
            f"Analysis.predictions has {predictions} entries for {turns} utterances; give one prediction for each utterance"
        )

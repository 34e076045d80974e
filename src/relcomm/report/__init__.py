"""An analysis as one quiet page to read, print or hand to a therapist, or as text for a terminal.

The page is a single file: no script, nothing loaded from anywhere, everything a person wrote escaped.
"""

from __future__ import annotations

from relcomm.errors import InputError
from relcomm.pseudonyms import hide_in, hide_names
from relcomm.report.notebook import fragment
from relcomm.report.page import page
from relcomm.report.terminal import terminal
from relcomm.types import Analysis


def html(analysis: Analysis, *, title: str = "", pseudonyms: bool = False) -> str:
    """A page that shows what was found, turn by turn, with the words that speak for it.

    ``title`` heads the page; without one a plain heading is used that names nobody. ``pseudonyms`` calls the speakers
    Person A, Person B and so on, everywhere; `relcomm.pseudonyms.hide_names` says what that can't hide. Write the
    result as UTF-8. Raises `InputError` if the analysis does not hold one prediction a turn, or is none.

    >>> from relcomm.types import Conversation
    >>> html(Analysis(Conversation(()), (), (), {}))[:15]
    '<!DOCTYPE html>'
    """
    _require_whole(analysis)
    if not isinstance(title, str):
        raise InputError(f"title must be a str, got {type(title).__name__}; leave it out for a plain heading")
    if pseudonyms:
        return page(hide_names(analysis), hide_in(title, analysis))
    return page(analysis, title)


def text(analysis: Analysis, *, width: int = 100, pseudonyms: bool = False) -> str:
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
    return terminal(hide_names(analysis) if pseudonyms else analysis, width)


def notebook(analysis: Analysis) -> str:
    """What a notebook shows of an analysis: a small piece of HTML that leaves the notebook's own styles alone.

    It quotes turns, and a notebook keeps what it shows: clear its output, or show ``hide_names(analysis)``, before you
    pass it on. Raises `InputError` if the analysis does not hold one prediction a turn, or is none.

    >>> from relcomm.types import Conversation
    >>> notebook(Analysis(Conversation(()), (), (), {}))[:26]
    '<div class="relcomm-view">'
    """
    _require_whole(analysis)
    return fragment(analysis)


def _require_whole(analysis: Analysis) -> None:
    if not isinstance(analysis, Analysis):
        raise InputError(f"a report is of an Analysis, got {type(analysis).__name__}; relcomm.analyze makes one")
    turns, predictions = len(analysis.conversation), len(analysis.predictions)
    if turns != predictions:
        raise InputError(
            f"Analysis.predictions has {predictions} entries for {turns} utterances; give one prediction for each utterance"
        )

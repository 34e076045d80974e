"""From a flagged draft to words that may land better: the antidote of the label, filled with the draft's own topic.

Rules only. A topic is carried over when it is a plain noun of `topics.txt` after "the", "our", "my" or "your";
nothing else of the draft is, and no fact is invented: what the writer must supply stays in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import resources

from relcomm.labels import LABELS
from relcomm.text import clean
from relcomm.types import Advice, Prediction, Span

# Not after "this" and the like, where a verb may follow: "does this work?" is about no work.
_OWNED = re.compile(r"\b(?:the|our|my|your) (?P<noun>[a-z]+(?:-[a-z]+)*)\b")
WAYS = 2
"""How many ways to say it instead are offered for one flagged span."""


def advise(draft: str, prediction: Prediction, harmless: Callable[[Sequence[str]], list[bool]]) -> Iterator[Advice]:
    """One `Advice` for each harmful label of a draft, at its strongest span, in reading order.

    ``harmless`` tells of each sentence whether it would itself be sent without a flag: a suggestion that
    would not is never offered.
    """
    spans: dict[str, Span] = {}
    for span in prediction.spans:
        best = spans.get(span.label)
        if harmful(span.label) and (best is None or span.weight > best.weight):
            spans[span.label] = span
    about = topic(draft)
    for span in sorted(spans.values()):
        label = LABELS[span.label]
        antidote = LABELS[label.antidote]
        ways = _ways(label.instead, about)
        good = [way for way, fine in zip(ways, harmless(ways), strict=True) if fine]
        yield Advice(span, label.lands, f"{antidote.title}: {label.advice}", tuple(good[:WAYS]))


def harmful(label: str) -> bool:
    """Whether a label is one of those that can hurt; labels of your own never are."""
    return label in LABELS and LABELS[label].harmful


def topic(draft: str) -> str:
    """What a draft is plainly about, as "the dishes" or "your mother", or the empty string.

    >>> topic("You never do the dishes and I hate it")
    'the dishes'
    >>> topic("What is wrong with you?")
    ''
    """
    for match in _OWNED.finditer(clean(draft).text.lower()):
        if match["noun"] in _nouns():
            return match.group()
    return ""


def _ways(templates: Sequence[str], about: str) -> list[str]:
    """The templates that can be filled, those about the draft's own topic first."""
    filled = [t.replace("{about}", about) for t in templates if "{about}" in t and about]
    return [*filled, *(t for t in templates if "{about}" not in t)]


@cache
def _nouns() -> frozenset[str]:
    text = resources.files("relcomm").joinpath("topics.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())

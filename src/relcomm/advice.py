"""From a flagged draft to words that may land better: the antidote of the label, filled with the draft's own topic.

Rules only. A topic is carried over when it is a plain noun of `topics.txt` that a clause of the flagged words is
plainly about; nothing else of the draft is, and no fact is invented: what the writer must supply stays in brackets,
and in doubt all of it does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import resources

from relcomm.labels import LABELS
from relcomm.text import clauses, clean
from relcomm.types import Advice, Prediction, Span

# The noun must be what something is done to, or what the talk is about: after other words it is a place, an owner or
# somebody who acts. Not after "this" and the like, where a verb may follow: "does this work?" is about no work.
_OWNED = re.compile(
    r"\b(?:about|do|does|did|doing|done|clean|cleaned|cook|cooked|wash|washed|pay|paid|forget|forgot|miss|missed|cancel"
    r"|cancelled|canceled|plan|planned|spend|spent|book|booked|sort|sorted|spoil|spoiled|spoilt|ruin|ruined|mention"
    r"|mentioned|handle|handled|split|share|shared) "
    r"[\"'(]?(?P<topic>(?:the|our|my|your) (?P<noun>[a-z]+(?:-[a-z]+)*))(?P<rest>.*)"
)
# What may follow the noun. Any other word could be the head of a compound ("the phone bill"), and an apostrophe
# makes the noun an owner ("your mother's cooking").
_WHOLE = re.compile(
    r"""[^\w'-]*(?:$|(?:again|anymore|today|tonight|yesterday|tomorrow|yet|at|on|before|after|because|and|but)\b)"""
    r"""|'(?:$|[^\w'])"""
)
# A clause that denies, sets a condition or names a price is not about what it mentions.
_UNFIT = re.compile(
    r"\b(?:not|no|nor|nothing|without|if|unless|until|till|or|else|will|would|gonna|leav\w+|gone|lose|regret|tell|telling)\b"
    r"|n't\b|\b(?:don|won|can|isn|didn|doesn)t\b|'ll\b|\b(?:i'?m|i am|you'?re|you are) (?:going|leaving|done|out)\b"
)
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
    for span in sorted(spans.values()):
        label = LABELS[span.label]
        antidote = LABELS[label.antidote]
        ways = _ways(label.instead, topic(draft, span.start, span.end))
        good = [way for way, fine in zip(ways, harmless(ways), strict=True) if fine]
        yield Advice(span, label.lands, f"{antidote.title}: {label.advice}", tuple(good[:WAYS]))


def harmful(label: str) -> bool:
    """Whether a label is one of those that can hurt; labels of your own never are."""
    return label in LABELS and LABELS[label].harmful


def topic(draft: str, start: int = 0, end: int | None = None) -> str:
    """What the clauses around ``draft[start:end]`` are plainly about, as "the dishes", or the empty string.

    A noun that is denied, that owns another, that is part of a compound or that stands with a price is refused.

    >>> topic("You never do the dishes and I hate it")
    'the dishes'
    >>> topic("It's not about the dishes. You never listen.")
    ''
    """
    read = clean(draft)
    last = len(draft) if end is None else end
    for first, stop in clauses(read.text):
        clause = read.text[first:stop].lower()
        if read.starts[first] < last and read.ends[stop - 1] > start and not _UNFIT.search(clause):
            found = _OWNED.search(clause)
            if found and found["noun"] in _nouns() and _WHOLE.match(found["rest"]):
                return found["topic"]
    return ""


def _ways(templates: Sequence[str], about: str) -> list[str]:
    """The templates that can be filled, those about the draft's own topic first."""
    filled = [t.replace("{about}", about) for t in templates if "{about}" in t and about]
    return [*filled, *(t for t in templates if "{about}" not in t)]


@cache
def _nouns() -> frozenset[str]:
    text = resources.files("relcomm").joinpath("topics.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())

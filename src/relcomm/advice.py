"""From a flagged draft to words that may land better: the antidote of the label, filled with the draft's own facts.

Rules only. A topic is carried over when it is a plain noun of `topics.txt` that a clause of the flagged words is
plainly about; and what happened, where a clause of the draft says in plain words one thing the other did ("you left the
gas on this morning"). Nothing else of the draft is, and no fact is invented: what the writer must supply stays in
brackets, and in doubt all of it does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from relcomm import safety
from relcomm.help import helplines
from relcomm.labels import LABELS
from relcomm.text import clauses, clean
from relcomm.types import Advice, Prediction, Span

if TYPE_CHECKING:
    from relcomm.model import Thresholds

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
# One thing the other did or left undone, as a whole clause. Verbs that judge ("failed", "ruined", "lied") are not among
# them, nor what is said to have gone on in the other's head ("didn't care", "wanted").
_DID = re.compile(
    r"(?:(?:and|but|so|then|well|because|cos|look|ok|okay|no|yes|oh),? )*(?P<did>you "
    r"(?:(?:didn't|did not|didnt) (?!think|care|bother|love|want|try|like|deserve|mean|know|listen|even|get|have|give)[a-z]{2,}"
    r"|forgot|left|told|said|came|went|spent|lost|broke|took|gave|sold|bought|read|sent|hung|ran|met|threw|drank|ate|rang|drove"
    r"|woke|wrote|kept|(?!need|feed|used|fail|ruin|destroy|wreck|cheat|betray|abandon|bull|manipulat|want|care|mock|insult"
    r"|humiliat|embarrass|exceed|proceed|succeed|indeed|hundred|deserv|trick|spoil|threaten|lied|manage|act|behav|seem|look|turned into)[a-z]*ed)"
    r"(?: [a-z0-9][a-z0-9'-]*){1,12})[.!;,:]*",
    re.IGNORECASE,
)
# Words that make one thing into all things, weigh it, compare, suppose or ask; "do" and "did" alone tell nothing.
_NOT_PLAIN = re.compile(
    r"\b(?:always|never|ever|every\w*|any\w*|nothing|nobody|none|as|like|such|even|actually|obviously|only|just|again"
    r"|would|should|could|if|than|what\w*|why|how|who|bloody|damn\w*|fuck\w*|fucking|shit\w*|so|too|because|when|til|until"
    r"|it|that|do|did|yourself|one more|(?:all|this)(?! (?:morning|afternoon|evening|day|night|week|month|year)))\b|(?<!you)'d\b",
    re.IGNORECASE,
)
_HAPPENED = "hen [what happened]"
WAYS = 2
"""How many ways to say it instead are offered for one flagged span."""

DOUBT = "It may be wrong; you know better how this will be heard."


def advise(
    draft: str,
    prediction: Prediction,
    harmless: Callable[[Sequence[str]], list[bool]],
    *,
    doubts: Sequence[Span] = (),
) -> Iterator[Advice]:
    """One `Advice` for each harmful label of a draft, at its strongest span, in reading order; then the doubts.

    ``harmless`` tells of each sentence whether it would itself be sent without a word: a suggestion that
    would not is never offered. ``doubts`` are spans of labels the software is not sure of: they are named, and
    nothing is suggested for them. Raises `relcomm.ReadError` if the file of help lines is damaged.
    """
    happened = what_happened(draft)
    # Read for every draft: of a damaged file nobody should learn only when it is needed.
    helps = {safety.LABEL: safety.where_to_turn(helplines())}
    for span in _strongest(prediction.spans):
        label = LABELS[span.label]
        antidote = LABELS[label.antidote]
        ways = _ways(label.instead, topic(draft, span.start, span.end), happened)
        good = [way for way, fine in zip(ways, harmless(ways), strict=True) if fine]
        instead = f"{antidote.title}: {label.advice}"
        yield Advice(span, label.lands, instead, tuple(good[:WAYS]), help=helps.get(span.label, ""))
    for span in _strongest(doubts):
        message = f"relcomm is not sure: perhaps “{LABELS[span.label].title}”. {DOUBT}"
        yield Advice(span, message, "", (), sure=False, help=helps.get(span.label, ""))


def _strongest(spans: Sequence[Span]) -> list[Span]:
    """Of each harmful label the strongest span, in reading order."""
    found: dict[str, Span] = {}
    for span in spans:
        best = found.get(span.label)
        if harmful(span.label) and (best is None or span.weight > best.weight):
            found[span.label] = span
    return sorted(found.values())


def doubtful(prediction: Prediction, limits: Mapping[str, Thresholds]) -> list[str]:
    """The harmful labels the software is not sure of, but sure enough to name to a writer."""
    return [k for k in prediction.unsure if harmful(k) and prediction.scores[k] >= named_from(limits[k])]


def named_from(limits: Thresholds) -> float:
    """From what probability on a label is named to a writer: the last quarter of the band of doubt, near even odds.

    Of 170 harmless drafts, blunt ones most of them, that breaks the silence on 1 more with either model, and reaches 9
    (base) and 3 (ngram) more of 170 harmful ones; from the middle of the band on, it would be 2 and 5 for 13 and 6, and
    of the whole band 8 and 9 for 23 and 32 (2026-11-23).
    """
    return limits.unsure + 0.75 * (limits.sure - limits.unsure)


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


def what_happened(draft: str) -> str:
    """The first thing the draft plainly says that the other did, as "you left the gas on"; or the empty string.

    >>> what_happened("You left the gas on this morning. You never think.")
    'you left the gas on this morning'
    >>> what_happened("You ruined everything, you always do.")
    ''
    """
    read = clean(draft).text
    for first, stop in clauses(read):
        found = _DID.fullmatch(read[first:stop])
        if found and not _NOT_PLAIN.search(found["did"]) and not found["did"].isupper():
            return found["did"][:1].lower() + found["did"][1:]
    return ""


def _ways(templates: Sequence[str], about: str, happened: str) -> list[str]:
    """The templates that can be filled: first those with what happened, then those about the draft's own topic."""
    told = [t.replace(_HAPPENED, f"hen {happened}") for t in templates if _HAPPENED in t and happened]
    filled = [t.replace("{about}", about) for t in templates if "{about}" in t and about]
    return [*told, *filled, *(t for t in templates if "{about}" not in t)]


@cache
def _nouns() -> frozenset[str]:
    text = resources.files("relcomm").joinpath("topics.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())

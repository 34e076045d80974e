"""Words that often carry a label, found by spaCy's Matcher.

The patterns and their reasons live in the label files. A cue points at words; it never decides a label.
spaCy is imported on first use: it takes the better part of a second.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from relcomm.errors import LabelError
from relcomm.labels import LABELS, Label

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import Matcher

# The Matcher is linear with our bounded patterns, but the tokeniser holds every token of a text at once.
LONGEST = 20_000


@dataclass(frozen=True, slots=True, order=True)
class CueMatch:
    """Characters ``start:end`` of the searched text that a cue matched."""

    start: int
    end: int
    label: str
    cue: str
    why: str


class CueFinder:
    """All cues of a set of labels, ready to search. Thread-safe once built.

    ``names`` are the cues as ``label/cue``, in a fixed order;
    ``digest`` is the SHA-256 of names and patterns. ``validate`` has spaCy check every pattern's form and raises
    `LabelError` for a wrong one.
    """

    def __init__(self, labels: Sequence[Label], *, validate: bool = True) -> None:
        self._labels = {label.name: label for label in labels}
        self._why = {f"{label.name}/{cue.name}": cue.why for label in labels for cue in label.cues}
        self.names: tuple[str, ...] = tuple(self._why)
        patterns = [[f"{label.name}/{cue.name}", cue.patterns] for label in labels for cue in label.cues]
        self.digest = hashlib.sha256(json.dumps(patterns).encode()).hexdigest()
        # A memory zone belongs to the vocabulary, not to a thread: one that ends frees the words of all the others.
        self._one_at_a_time = Lock()
        self._nlp = _tokeniser()
        self._matchers: dict[str | None, Matcher] = {}
        if validate:
            self._matchers[None] = _matcher(self._nlp, labels, validate=True)

    def find(self, text: str, label: str | None = None) -> list[CueMatch]:
        """Every match in a clean text (its first `LONGEST` characters), by place; longest where they overlap.

        ``label`` asks for the cues of one label only; a label that has none is never found.

        >>> [m.label for m in cue_finder().find("you never listen to me")][:1]
        ['criticism']
        """
        return self.find_many([(text, label)])[0]

    def find_many(self, texts: Sequence[tuple[str, str | None]]) -> list[list[CueMatch]]:
        """The same for several texts, each with its label or None: quicker, for texts repeat their words."""
        with self._one_at_a_time:
            for label in {label for _, label in texts}:
                self._make_ready(label)
            # A memory zone gives back the words of these texts: a service must not grow with what people wrote.
            with self._nlp.memory_zone():
                return [self._found(text, label) for text, label in texts]

    def _make_ready(self, label: str | None) -> None:
        """Each matcher is made when first asked for: all the cues take a third of a second, one label's a thirtieth."""
        if label not in self._matchers and (label is None or label in self._labels):
            labels = self._labels.values() if label is None else [self._labels[label]]
            self._matchers[label] = _matcher(self._nlp, labels, validate=False)

    def _found(self, text: str, label: str | None) -> list[CueMatch]:
        if label is not None and label not in self._labels:
            return []
        doc = self._nlp.make_doc(_start(text))
        spans = [(self._nlp.vocab.strings[key], doc[start:end]) for key, start, end in self._matchers[label](doc)]
        found = [(span.start_char, span.end_char, name) for name, span in spans]
        best: dict[str, list[tuple[int, int]]] = {}
        for start, end, name in sorted(found, key=lambda f: (f[0], -f[1])):
            kept = best.setdefault(name, [])
            if not kept or start >= kept[-1][1]:
                kept.append((start, end))
        return sorted(self._match(name, place) for name, places in best.items() for place in places)

    def _match(self, name: str, place: tuple[int, int]) -> CueMatch:
        label, _, cue = name.partition("/")
        return CueMatch(*place, label, cue, self._why[name])


def _start(text: str) -> str:
    """The part that is searched. A lone surrogate becomes a mark, for spaCy's error about one would quote the text."""
    return text[:LONGEST].encode("utf-8", "replace").decode()


@cache
def cue_finder() -> CueFinder:
    """The finder for every label relcomm knows, built once."""
    # Their form is checked by a test: checking it here would take longer than all the rest of a start.
    return CueFinder(tuple(LABELS.values()), validate=False)


def _tokeniser() -> Language:
    import spacy
    from spacy.attrs import IS_PUNCT, LOWER, NORM  # type: ignore[import-not-found]

    nlp = spacy.blank("en")
    nlp.max_length = LONGEST + 1
    # Of what spaCy works out for every new word, the patterns ask for this alone.
    vocabulary: Any = nlp.vocab
    vocabulary.lex_attr_getters = {name: vocabulary.lex_attr_getters[name] for name in (LOWER, NORM, IS_PUNCT)}
    return nlp


def _matcher(nlp: Language, labels: Iterable[Label], *, validate: bool) -> Matcher:
    from spacy.matcher import Matcher

    matcher = Matcher(nlp.vocab, validate=validate)
    for label in labels:
        for cue in label.cues:
            patterns = [[dict(token) for token in pattern] for pattern in cue.patterns]
            try:
                matcher.add(f"{label.name}/{cue.name}", patterns)
            except (TypeError, ValueError) as error:
                raise LabelError(f"labels/{label.name}.toml, cue {cue.name!r}: {error}") from None
    return matcher

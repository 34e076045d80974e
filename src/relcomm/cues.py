"""Words that often carry a label, found by spaCy's Matcher.

The patterns and their reasons live in the label files. A cue points at words; it never decides a label.
spaCy is imported on first use: it takes the better part of a second.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from relcomm.errors import LabelError
from relcomm.labels import LABELS, Label

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import Matcher
    from spacy.tokens import Doc

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
        self._ready: dict[str, list[_Cue]] = {}
        if validate:
            for label in labels:
                _cues(self._nlp, label, validate=True)

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
        """Each label's matchers are made when first asked for: all take a third of a second, one label's a thirtieth."""
        for name in self._asked(label):
            if name not in self._ready:
                self._ready[name] = _cues(self._nlp, self._labels[name], validate=False)

    def _asked(self, label: str | None) -> Iterable[str]:
        return self._labels if label is None else self._labels.keys() & {label}

    def _found(self, text: str, label: str | None) -> list[CueMatch]:
        from spacy.attrs import LOWER, NORM, ORTH  # type: ignore[import-not-found]

        doc = self._nlp.make_doc(_start(text))
        words: set[int] = set(doc.to_array([ORTH, LOWER, NORM]).ravel().tolist())  # type: ignore[arg-type]
        cues = [cue for name in self._asked(label) for cue in self._ready[name] if cue.may_be_in(words)]
        return sorted(self._match(cue.name, place) for cue in cues for place in _places(cue, doc))

    def _match(self, name: str, place: tuple[int, int]) -> CueMatch:
        label, _, cue = name.partition("/")
        return CueMatch(*place, label, cue, self._why[name])


@dataclass(frozen=True, slots=True)
class _Cue:
    """A cue's matcher, and for each of its patterns the words it needs, one set for each place in it.

    A matcher goes through every pattern at every word; most texts lack a word that most cues need.
    """

    name: str
    matcher: Matcher
    needs: frozenset[tuple[frozenset[int], ...]]

    def may_be_in(self, words: set[int]) -> bool:
        return any(all(not words.isdisjoint(place) for place in pattern) for pattern in self.needs)


def _places(cue: _Cue, doc: Doc) -> list[tuple[int, int]]:
    """The characters that a cue matches; the longest where matches overlap."""
    spans = [doc[start:end] for _, start, end in cue.matcher(doc)]
    kept: list[tuple[int, int]] = []
    for start, end in sorted(((span.start_char, span.end_char) for span in spans), key=lambda f: (f[0], -f[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


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
    from spacy.attrs import IS_PUNCT, LOWER, NORM

    nlp = spacy.blank("en")
    nlp.max_length = LONGEST + 1
    # Of what spaCy works out for every new word, the patterns ask for this alone.
    vocabulary: Any = nlp.vocab
    vocabulary.lex_attr_getters = {name: vocabulary.lex_attr_getters[name] for name in (LOWER, NORM, IS_PUNCT)}
    return nlp


def _cues(nlp: Language, label: Label, *, validate: bool) -> list[_Cue]:
    from spacy.matcher import Matcher

    found = []
    for cue in label.cues:
        matcher = Matcher(nlp.vocab, validate=validate)
        patterns = [[dict(token) for token in pattern] for pattern in cue.patterns]
        name = f"{label.name}/{cue.name}"
        try:
            matcher.add(name, patterns)
        except (TypeError, ValueError) as error:
            raise LabelError(f"labels/{label.name}.toml, cue {cue.name!r}: {error}") from None
        found.append(_Cue(name, matcher, frozenset(map(_needed, patterns))))
    return found


def _needed(pattern: Sequence[Mapping[str, Any]]) -> tuple[frozenset[int], ...]:
    """For each token that has to be there, the words it may be, as spaCy numbers them."""
    from spacy.strings import get_string_id

    there = [token for token in pattern if token.get("OP", "1") in ("1", "+")]
    asked = [token[name] for token in there for name in ("ORTH", "LOWER", "NORM") if name in token]
    words = [[each] if isinstance(each, str) else each["IN"] for each in asked if isinstance(each, str) or "IN" in each]
    return tuple(frozenset(map(get_string_id, each)) for each in words)

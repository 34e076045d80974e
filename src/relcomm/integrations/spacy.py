"""relcomm as a spaCy component: ``nlp.add_pipe("relcomm")``, found by its entry point.

The whole Doc is read as one turn. On the Doc and its spans are then:

``doc.cats``
    the probability of every label.
``doc.spans["relcomm"]``
    the evidence, widened to whole tokens, each span with its label.
``doc._.relcomm``
    the `Prediction`: which labels are given, which are unsure, the flags, and the evidence with its exact
    characters; ``None`` where relcomm has not read the Doc. Of several relcomm components, the last one's.
``span._.relcomm_why`` and ``span._.relcomm_weight``
    why a span of evidence speaks for its label, in words, and how much the label's probability falls without it;
    ``None`` on any other span.

They are kept as plain values, so they stay with the Doc in ``to_bytes``, a ``DocBin`` that stores user data, and
``nlp.pipe`` with several processes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, SpanGroup
from spacy.tokens import Span as DocSpan

from relcomm.analyzer import Analyzer, load
from relcomm.types import Prediction, Span

# Where spaCy keeps the value of an extension of the whole Doc: it then knows what to do with it when Docs are merged.
# spaCy's own type says that such a key is a str.
_KEPT: Any = ("._.", "relcomm", None, None)


class RelcommComponent:
    """Labels each Doc as one turn. ``key`` names the span group."""

    def __init__(self, analyzer: Analyzer, key: str) -> None:
        self._analyzer = analyzer
        self._key = key

    def __call__(self, doc: Doc) -> Doc:
        """The Doc itself, with its categories, spans and extensions set."""
        seen = self._analyzer.classify(doc.text)
        doc.cats.update(seen.scores)
        doc._.relcomm = seen
        spans = [doc.char_span(s.start, s.end, label=s.label, alignment_mode="expand") for s in seen.spans]
        doc.spans[self._key] = SpanGroup(doc, name=self._key, spans=[span for span in spans if span is not None])
        return doc


def _keep(doc: Doc, seen: Prediction) -> None:
    doc.user_data[_KEPT] = asdict(seen)


def _kept(doc: Doc) -> Prediction | None:
    plain = doc.user_data.get(_KEPT)
    if plain is None:
        return None
    spans = tuple(Span(**span) for span in plain["spans"])
    labels, unsure, flags = (tuple(plain[name]) for name in ("labels", "unsure", "flags"))
    return Prediction(labels, plain["scores"], spans, unsure, flags, plain["asks"])


def _evidence(span: DocSpan) -> Span | None:
    """What relcomm saw in a span: the weightiest, should one token hold several stretches of evidence."""
    seen = _kept(span.doc)
    inside = [
        each
        for each in (seen.spans if seen else ())
        if each.label == span.label_ and span.start_char <= each.start and each.end <= span.end_char
    ]
    return max(inside, key=lambda each: each.weight, default=None)


def _why(span: DocSpan) -> str | None:
    return found.why if (found := _evidence(span)) else None


def _weight(span: DocSpan) -> float | None:
    return found.weight if (found := _evidence(span)) else None


# By force: a reloaded module registers them again, and spaCy would refuse.
Doc.set_extension("relcomm", getter=_kept, setter=_keep, force=True)
DocSpan.set_extension("relcomm_why", getter=_why, force=True)
DocSpan.set_extension("relcomm_weight", getter=_weight, force=True)


@Language.factory(
    "relcomm",
    default_config={"model": "base", "key": "relcomm"},
    assigns=["doc.cats", "doc.spans", "doc._.relcomm", "span._.relcomm_why", "span._.relcomm_weight"],
    requires=[],
)
def make_component(nlp: Language, name: str, model: str, key: str) -> RelcommComponent:  # noqa: ARG001 - spaCy's contract
    """The component of a model by name or folder. spaCy calls this; ``nlp`` and ``name`` are its own."""
    return RelcommComponent(load(model), key)

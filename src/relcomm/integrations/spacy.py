"""relcomm as a spaCy component: ``nlp.add_pipe("relcomm")``, found by its entry point.

Probabilities go to ``doc.cats``, evidence to ``doc.spans["relcomm"]``. The whole Doc is read as one turn.
"""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc, SpanGroup

from relcomm.analyzer import Analyzer, load


class RelcommComponent:
    """Labels each Doc as one turn. ``key`` names the span group."""

    def __init__(self, analyzer: Analyzer, key: str) -> None:
        self._analyzer = analyzer
        self._key = key

    def __call__(self, doc: Doc) -> Doc:
        """The Doc itself, with its categories and spans set."""
        seen = self._analyzer.classify(doc.text)
        doc.cats.update(seen.scores)
        spans = [doc.char_span(s.start, s.end, label=s.label, alignment_mode="expand") for s in seen.spans]
        doc.spans[self._key] = SpanGroup(doc, name=self._key, spans=[span for span in spans if span is not None])
        return doc


@Language.factory(
    "relcomm", default_config={"model": "base", "key": "relcomm"}, assigns=["doc.cats", "doc.spans"], requires=[]
)
def make_component(nlp: Language, name: str, model: str, key: str) -> RelcommComponent:  # noqa: ARG001 - spaCy's contract
    """The component of a model by name or folder. spaCy calls this; ``nlp`` and ``name`` are its own."""
    return RelcommComponent(load(model), key)

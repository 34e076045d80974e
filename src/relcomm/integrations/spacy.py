"""relcomm as a spaCy component: ``nlp.add_pipe("relcomm")``, found by its entry point, in any pipeline.

A Doc is one turn, or a whole conversation. It is a conversation where a group of spans, ``doc.spans["turns"]``, says
which tokens each turn has; a span's label is who says it. `conversation_doc` makes such a Doc. Of a single turn
``doc._.relcomm_speaker`` says who speaks and ``doc._.relcomm_context`` what was said before; `turn_docs` makes one Doc a
turn with both, and since each carries its own context, they may go through ``nlp.pipe`` in any order, batches and processes.
Set by relcomm are then:

``doc.cats``
    the probability of every label; of a conversation, its highest in any turn.
``doc.spans["relcomm"]``
    the evidence, widened to whole tokens, each span with its label; ``doc.spans["relcomm"].attrs["scores"]`` has the
    probability of each span's label.
``doc._.relcomm``
    the `Prediction` of a single turn: which labels are given, which are unsure, the flags, and the evidence with its
    exact characters; ``None`` for a conversation, and where relcomm has not read the Doc. Of several relcomm
    components, the last one's.
``doc._.relcomm_turns``
    the `Prediction` of each turn, in order, with evidence in characters of the turn; of a single turn, that one.
``span._.relcomm_why`` and ``span._.relcomm_weight``
    why a span of evidence speaks for its label, in words, and how much the label's probability falls without it;
    ``None`` on any other span.

They are kept as plain values, so they stay with the Doc in ``to_bytes``, a ``DocBin`` that stores user data, and
``nlp.pipe`` with several processes. A pipeline that is saved names its model, and holds none: where it is loaded, a
model folder must be there again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import accumulate, islice
from typing import Any

from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc, SpanGroup
from spacy.tokens import Span as DocSpan

from relcomm.analyzer import Analyzer, load
from relcomm.errors import InputError
from relcomm.types import Conversation, Prediction, Span, Turn, Utterance

Read = list[dict[str, Any]]
"""What was read of a Doc, as plain values: for each turn ``start``, its first character, and ``seen``, its prediction."""


def _place(name: str) -> Any:
    # Where spaCy keeps the value of an extension of the whole Doc: it then knows what to do with it when Docs are
    # merged. spaCy's own type says that such a key is a str.
    return ("._.", name, None, None)


class RelcommComponent(Pipe):
    """Labels each Doc, as one turn or turn by turn. ``key`` names the group of evidence, ``turns`` that of turns."""

    def __init__(
        self, analyzer: Analyzer, *, name: str = "relcomm", key: str = "relcomm", turns: str = "turns"
    ) -> None:
        if not key or not turns or key == turns:
            raise InputError("key and turns name two groups of spans: neither may be empty, nor both the same")
        self.name = name
        self._analyzer = analyzer
        self._key = key
        self._turns = turns

    def __call__(self, doc: Doc) -> Doc:
        """The Doc itself, with its categories, spans and extensions set."""
        (read,) = self._read([doc])
        return read

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """The Docs, in order; those of a batch are read in one go, and each as it would be alone."""
        handle = self.get_error_handler()
        rest = iter(stream)
        while docs := list(islice(rest, batch_size)):
            try:
                yield from self._read(docs)
            except Exception as error:
                handle(self.name, self, docs, error)

    def _read(self, docs: Sequence[Doc]) -> Sequence[Doc]:
        parts = [self._parts(doc) for doc in docs]
        seen = iter(self._analyzer.label([turn for each in parts for _, turn in each]))
        for doc, each in zip(docs, parts, strict=True):
            self._set(doc, [(start, next(seen)) for start, _ in each])
        return docs

    def _parts(self, doc: Doc) -> list[tuple[int, Turn]]:
        """The turns of a Doc, each with its first character."""
        if self._turns not in doc.spans:
            return [(0, Turn(Utterance(doc.text, doc._.relcomm_speaker), doc._.relcomm_context))]
        spans = list(doc.spans[self._turns])
        talk = Conversation(tuple(Utterance(span.text, span.label_) for span in spans))
        return list(zip([span.start_char for span in spans], talk.turns(), strict=True))

    def _set(self, doc: Doc, seen: Sequence[tuple[int, Prediction]]) -> None:
        for label in self._analyzer.model.labels:
            doc.cats[label] = max((each.scores[label] for _, each in seen), default=0.0)
        doc.user_data[_place("relcomm")] = [{"start": start, "seen": asdict(each)} for start, each in seen]
        doc.user_data[_place("relcomm_single")] = self._turns not in doc.spans
        found = [(start, each, span) for start, each in seen for span in each.spans]
        spans = [
            doc.char_span(start + s.start, start + s.end, label=s.label, alignment_mode="expand")
            for start, _, s in found
        ]
        scores = [each.scores[s.label] for (_, each, s), span in zip(found, spans, strict=True) if span is not None]
        kept = [span for span in spans if span is not None]
        doc.spans[self._key] = SpanGroup(doc, name=self._key, attrs={"scores": scores}, spans=kept)


def turn_docs(nlp: Language, conversation: Conversation) -> Iterator[Doc]:
    """A Doc a turn, each with its speaker and what was said before it: to be read by ``nlp.pipe`` or ``nlp``.

    >>> import spacy
    >>> nlp = spacy.blank("en")
    >>> talk = Conversation((Utterance("Where were you?", "Ann"), Utterance("Out.", "Ben")))
    >>> [(doc._.relcomm_speaker, len(doc._.relcomm_context)) for doc in turn_docs(nlp, talk)]
    [('Ann', 0), ('Ben', 1)]
    """
    for turn in conversation.turns():
        doc = nlp.make_doc(turn.utterance.text)
        doc._.relcomm_speaker = turn.utterance.speaker
        doc._.relcomm_context = turn.context
        yield doc


def conversation_doc(nlp: Language, conversation: Conversation, *, turns: str = "turns") -> Doc:
    """One Doc of a whole conversation; ``doc.spans[turns]`` has its turns, each labelled with who says it.

    Turns without any text are left out, since no span can be empty.

    >>> import spacy
    >>> talk = Conversation((Utterance("Where were you?", "Ann"), Utterance("Out.", "Ben")))
    >>> doc = conversation_doc(spacy.blank("en"), talk)
    >>> [(turn.label_, turn.text) for turn in doc.spans["turns"]]
    [('Ann', 'Where were you?'), ('Ben', 'Out.')]
    """
    said = [each for each in conversation.utterances if each.text]
    docs = [nlp.make_doc(each.text) for each in said]
    # A space ends each turn, as spaCy would have it; the turns themselves stay as they were said.
    doc = Doc.from_docs(docs, ensure_whitespace=True) if docs else nlp.make_doc("")
    assert doc is not None
    ends = list(accumulate(len(each) for each in docs))
    spans = [
        DocSpan(doc, end - len(part), end, label=each.speaker) for end, part, each in zip(ends, docs, said, strict=True)
    ]
    doc.spans[turns] = SpanGroup(doc, name=turns, spans=spans)
    return doc


# What is kept with a Doc ---------------------------------------------------------------------------------------------


def _read_of(doc: Doc) -> Read:
    found: Read = doc.user_data.get(_place("relcomm"), [])
    return found


def _prediction(plain: Mapping[str, Any]) -> Prediction:
    spans = tuple(Span(**span) for span in plain["spans"])
    labels, unsure, flags = (tuple(plain[name]) for name in ("labels", "unsure", "flags"))
    return Prediction(labels, plain["scores"], spans, unsure, flags, plain["asks"])


def _keep(doc: Doc, seen: Prediction) -> None:
    doc.user_data[_place("relcomm")] = [{"start": 0, "seen": asdict(seen)}]
    doc.user_data[_place("relcomm_single")] = True


def _kept(doc: Doc) -> Prediction | None:
    single = doc.user_data.get(_place("relcomm_single"), False)
    return _prediction(_read_of(doc)[0]["seen"]) if single else None


def _turns_kept(doc: Doc) -> tuple[Prediction, ...]:
    return tuple(_prediction(each["seen"]) for each in _read_of(doc))


def _speak(doc: Doc, speaker: object) -> None:
    if not isinstance(speaker, str):
        raise InputError(f"doc._.relcomm_speaker must be a str, got {type(speaker).__name__}")
    doc.user_data[_place("relcomm_speaker")] = speaker


def _speaker(doc: Doc) -> str:
    return str(doc.user_data.get(_place("relcomm_speaker"), ""))


def _precede(doc: Doc, context: object) -> None:
    """Keep what was said before: Utterances, or pairs of speaker and text, oldest first."""
    several = isinstance(context, Iterable) and not isinstance(context, str | bytes)
    earlier = [_pair(said) for said in context] if several and isinstance(context, Iterable) else [None]
    if None in earlier:
        raise InputError("doc._.relcomm_context must be Utterances, or pairs of speaker and text, oldest first")
    doc.user_data[_place("relcomm_context")] = earlier


def _pair(said: object) -> list[str] | None:
    if isinstance(said, Utterance):
        return [said.speaker, said.text]
    parts = list(said) if isinstance(said, list | tuple) else []
    return parts if len(parts) == 2 and all(isinstance(part, str) for part in parts) else None


def _context(doc: Doc) -> tuple[Utterance, ...]:
    pairs = doc.user_data.get(_place("relcomm_context"), [])
    return tuple(Utterance(text, speaker) for speaker, text in pairs)


def _evidence(span: DocSpan) -> Mapping[str, Any]:
    """What relcomm saw in a span: the weightiest, should one token hold several stretches of evidence."""
    inside = [
        each
        for turn in _read_of(span.doc)
        for each in turn["seen"]["spans"]
        if each["label"] == span.label_
        and span.start_char <= turn["start"] + each["start"]
        and turn["start"] + each["end"] <= span.end_char
    ]
    return max(inside, key=lambda each: float(each["weight"]), default={})


def _why(span: DocSpan) -> str | None:
    return _evidence(span).get("why")


def _weight(span: DocSpan) -> float | None:
    return _evidence(span).get("weight")


# By force: a reloaded module registers them again, and spaCy would refuse.
Doc.set_extension("relcomm", getter=_kept, setter=_keep, force=True)
Doc.set_extension("relcomm_turns", getter=_turns_kept, force=True)
Doc.set_extension("relcomm_speaker", getter=_speaker, setter=_speak, force=True)
Doc.set_extension("relcomm_context", getter=_context, setter=_precede, force=True)
DocSpan.set_extension("relcomm_why", getter=_why, force=True)
DocSpan.set_extension("relcomm_weight", getter=_weight, force=True)


@Language.factory(
    "relcomm",
    default_config={"model": "base", "key": "relcomm", "turns": "turns", "prior": None},
    assigns=[
        "doc.cats",
        "doc.spans",
        "doc._.relcomm",
        "doc._.relcomm_turns",
        "span._.relcomm_why",
        "span._.relcomm_weight",
    ],
    requires=[],
)
def make_component(
    nlp: Language,  # noqa: ARG001 - spaCy's contract
    name: str,
    model: str,
    key: str,
    turns: str,
    prior: str | dict[str, float] | None,
) -> RelcommComponent:
    """The component of a model by name or folder. spaCy calls this; ``nlp`` and ``name`` are its own."""
    return RelcommComponent(load(model, prior=prior), name=name, key=key, turns=turns)

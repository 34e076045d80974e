"""relcomm in a spaCy pipeline: speakers and context, whole conversations, streams, processes, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import spacy
from confection import ConfigValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin

from relcomm.analyzer import Analyzer, load
from relcomm.errors import InputError, ModelError
from relcomm.integrations.spacy import conversation_doc, turn_docs
from relcomm.types import Conversation, Utterance

CANARY = "quince"
TALK = Conversation(
    (
        Utterance("You never listen to me, you're so selfish.", "Ann"),
        Utterance("  That's not my fault!\nYou always say that. ", "Ben"),
        Utterance("You pig! \U0001f644", "Ann"),
        Utterance("Whatever. I'm done talking about this.", "Ben"),
        Utterance("I'm sorry. Can we start over?", ""),
    )
)


@pytest.fixture(scope="module")
def nlp() -> Any:
    """An English pipeline with relcomm in it."""
    made = spacy.blank("en")
    made.add_pipe("relcomm", config={"model": "ngram"})
    return made


def test_speaker_and_context_are_read(nlp: Any, ngram: Analyzer) -> None:
    before = [Utterance("I waited an hour and you never rang.", "Ann")]
    said = "It's not my fault the train was late."
    for context in (before, [("Ann", before[0].text)], [["Ann", before[0].text]], tuple(before)):
        doc = nlp.make_doc(said)
        doc._.relcomm_speaker, doc._.relcomm_context = "Ben", context
        assert doc._.relcomm_context == tuple(before)
        assert nlp(doc)._.relcomm == ngram.classify(said, context=before, speaker="Ben")
        assert doc._.relcomm_turns == (doc._.relcomm,)
    assert doc._.relcomm != ngram.classify(said)


@pytest.mark.parametrize("speaker", [None, 5, b"Ann"], ids=str)
def test_wrong_speaker(nlp: Any, speaker: Any) -> None:
    with pytest.raises(InputError, match="relcomm_speaker must be a str"):
        nlp.make_doc("a")._.relcomm_speaker = speaker


@pytest.mark.parametrize("context", [CANARY, 5, None, [CANARY], [("Ann", 5)], [("a", CANARY, "c")], b"ab"], ids=ascii)
def test_wrong_context(nlp: Any, context: Any) -> None:
    with pytest.raises(InputError, match="relcomm_context must be") as caught:
        nlp.make_doc("a")._.relcomm_context = context
    assert CANARY not in str(caught.value)


def test_a_doc_a_turn(nlp: Any, ngram: Analyzer) -> None:
    expected = ngram.analyze(TALK).predictions
    for size in (1, 2, 256):
        assert tuple(doc._.relcomm for doc in nlp.pipe(turn_docs(nlp, TALK), batch_size=size)) == expected
    backwards = nlp.pipe(reversed(list(turn_docs(nlp, TALK))))
    assert tuple(doc._.relcomm for doc in backwards) == expected[::-1]


def test_with_what_belongs_to_each_doc(nlp: Any, ngram: Analyzer) -> None:
    pairs = [(doc, n) for n, doc in enumerate(turn_docs(nlp, TALK))]
    found = list(nlp.pipe(pairs, as_tuples=True))
    assert [n for _, n in found] == [0, 1, 2, 3, 4]
    assert tuple(doc._.relcomm for doc, _ in found) == ngram.analyze(TALK).predictions


def test_a_whole_conversation(nlp: Any, ngram: Analyzer) -> None:
    doc = conversation_doc(nlp, TALK)
    assert [(turn.label_, turn.text.strip()) for turn in doc.spans["turns"]] == [
        (said.speaker, said.text.strip()) for said in TALK.utterances
    ]
    doc = nlp(doc)
    expected = ngram.analyze(TALK).predictions
    assert doc._.relcomm is None
    assert doc._.relcomm_turns == expected
    assert doc.cats == {label: max(seen.scores[label] for seen in expected) for label in ngram.model.labels}
    wanted = [(span.label, span.why, span.weight, seen.scores[span.label]) for seen in expected for span in seen.spans]
    spans = doc.spans["relcomm"]
    scores = spans.attrs["scores"]
    assert [(s.label_, s._.relcomm_why, s._.relcomm_weight, p) for s, p in zip(spans, scores, strict=True)] == wanted
    inside = [said.text[each.start : each.end] for said, seen in zip(TALK.utterances, expected, strict=True)
              for each in seen.spans]  # fmt: skip
    assert all(exact in span.text for exact, span in zip(inside, spans, strict=True))
    assert len(wanted) > 2


@pytest.mark.parametrize("said", [(), (Utterance(""),), (Utterance("", "Ann"), Utterance("Fine.", "Ben"))], ids=len)
def test_turns_without_text(nlp: Any, said: Any) -> None:
    doc = nlp(conversation_doc(nlp, Conversation(said)))
    assert len(doc._.relcomm_turns) == sum(bool(each.text) for each in said)
    assert doc._.relcomm is None
    assert set(doc.cats) == set(load("ngram").model.labels)


def test_marks_of_ones_own(ngram: Analyzer) -> None:
    made = spacy.blank("en")
    made.add_pipe("relcomm", config={"model": "ngram", "turns": "said"})
    doc = made.make_doc("You pig! Sorry.")
    doc.spans["said"] = [doc.char_span(0, 8, label="Ann"), doc.char_span(9, 15, label="Ben")]
    talk = Conversation((Utterance("You pig!", "Ann"), Utterance("Sorry.", "Ben")))
    assert made(doc)._.relcomm_turns == ngram.analyze(talk).predictions
    # Another group is none of ours.
    other = made.make_doc("You pig! Sorry.")
    other.spans["turns"] = [other[:2]]
    assert made(other)._.relcomm == ngram.classify("You pig! Sorry.")


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python's own, of forking beside threads
def test_in_two_processes(nlp: Any) -> None:
    def docs() -> list[Doc]:
        return [*turn_docs(nlp, TALK), conversation_doc(nlp, TALK), *(nlp.make_doc(f"Fine {n}.") for n in range(9))]

    alone, shared = list(nlp.pipe(docs())), list(nlp.pipe(docs(), n_process=2, batch_size=3))
    assert [doc.text for doc in shared] == [doc.text for doc in alone]
    for one, other in zip(alone, shared, strict=True):
        assert other._.relcomm_turns == one._.relcomm_turns
        assert other.spans["relcomm"].attrs == one.spans["relcomm"].attrs
        assert other.cats == pytest.approx(one.cats)  # spaCy keeps them in single precision


def test_a_saved_pipeline_is_the_same(nlp: Any, tmp_path: Path) -> None:
    nlp.to_disk(tmp_path / "pipeline")
    bare = spacy.blank("en")
    bare.add_pipe("relcomm", config={"model": "ngram"})
    for again in (spacy.load(tmp_path / "pipeline"), bare.from_bytes(nlp.to_bytes())):
        assert again.pipe_names == ["relcomm"]
        assert again(conversation_doc(again, TALK))._.relcomm_turns == nlp(conversation_doc(nlp, TALK))._.relcomm_turns


def test_conversations_travel(nlp: Any, tmp_path: Path) -> None:
    doc = nlp(conversation_doc(nlp, TALK))
    DocBin(store_user_data=True, docs=[doc]).to_disk(tmp_path / "talk.spacy")
    (binned,) = DocBin().from_disk(tmp_path / "talk.spacy").get_docs(spacy.blank("en").vocab)
    doc.to_disk(tmp_path / "talk.doc")
    read = Doc(spacy.blank("en").vocab).from_disk(tmp_path / "talk.doc")
    for again in (binned, read, doc.copy()):
        assert again._.relcomm_turns == doc._.relcomm_turns
        assert again.spans["relcomm"].attrs["scores"] == doc.spans["relcomm"].attrs["scores"]
        assert [turn.label_ for turn in again.spans["turns"]] == ["Ann", "Ben", "Ann", "Ben", ""]
        assert [span._.relcomm_why for span in again.spans["relcomm"]] == [
            span._.relcomm_why for span in doc.spans["relcomm"]
        ]


def test_beside_other_components(ngram: Analyzer) -> None:
    made = spacy.blank("de")
    made.add_pipe("sentencizer")
    made.add_pipe("relcomm", config={"model": "ngram"})
    made.add_pipe("relcomm", name="again", config={"model": "ngram", "key": "again"})
    doc = made("You pig! Sorry.")
    assert len(list(doc.sents)) == 2
    assert [span.text for span in doc.spans["again"]] == [span.text for span in doc.spans["relcomm"]]
    assert doc._.relcomm == ngram.classify(doc.text)


def test_an_expected_setting() -> None:
    made = spacy.blank("en")
    made.add_pipe("relcomm", config={"model": "ngram", "prior": "everyday"})
    assert made("You pig!")._.relcomm == load("ngram", prior="everyday").classify("You pig!")


def test_one_bad_doc_is_given_to_the_error_handler(nlp: Any) -> None:
    made = spacy.blank("en")
    made.add_pipe("relcomm", config={"model": "ngram"})
    bad = made.make_doc("Fine.")
    bad.user_data[("._.", "relcomm_context", None, None)] = [[5, 6]]
    told: list[str] = []
    made.set_error_handler(
        lambda name, component, docs, error: told.append(f"{name} {len(docs)} {type(error).__name__}")
    )
    good = list(made.pipe([made.make_doc("Fine."), bad, made.make_doc("Fine.")], batch_size=1))
    assert (len(good), told) == (2, ["relcomm 1 InputError"])
    with pytest.raises(InputError):
        nlp(bad)


WRONG_SETTINGS: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "a number for a key": ({"key": 5}, ConfigValidationError),
    "no key": ({"key": ""}, InputError),
    "no turns": ({"turns": ""}, InputError),
    "one group for both": ({"key": "turns"}, InputError),
    "an unknown setting": ({"modell": "ngram"}, ConfigValidationError),
    "an unknown model": ({"model": "no-such-model"}, ModelError),
    "an unknown prior": ({"prior": "tuesday"}, ModelError),
    "a prior of texts": ({"prior": {"threat": "often"}}, ConfigValidationError),
}


@pytest.mark.parametrize(("config", "error"), WRONG_SETTINGS.values(), ids=WRONG_SETTINGS)
def test_wrong_settings(config: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        spacy.blank("en").add_pipe("relcomm", config={"model": "ngram", **config})


SAID = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SAID, st.sampled_from(["", "Ann", "Ben"])), max_size=5))
def test_any_conversation_is_read_as_it_was_said(said: list[tuple[str, str]]) -> None:
    nlp = spacy.blank("en")
    doc = conversation_doc(nlp, Conversation(tuple(Utterance(*each) for each in said)))
    assert [(turn.text_with_ws.removesuffix(" "), turn.label_) for turn in doc.spans["turns"]] == [
        (text.removesuffix(" "), speaker) for text, speaker in said
    ]

"""relcomm inside scikit-learn and spaCy, as people of those libraries expect it."""

from __future__ import annotations

import json
import pickle
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from spacy.tokens import Doc, DocBin

import relcomm.integrations.spacy  # registers the component, as the entry point of an installed relcomm does
from relcomm import UtteranceClassifier
from relcomm.analyzer import Analyzer
from relcomm.errors import InputError, ModelError
from relcomm.model import probabilities
from relcomm.text import MAX_WINDOWS
from relcomm.types import Prediction, Span, Turn, Utterance

CANARY = "quince"
TEXTS = ["Shall we eat at six?", "Dinner at seven then?", "Eat with us on Sunday?", "I paid the rent.", "The bill is paid.",
         "Has the rent gone up again?"]  # fmt: skip
KINDS = ["meals", "meals", "meals", "money", "money", "money"]
ASKED = ["Shall we eat on Sunday?", "Is the rent paid?"]


class Series:
    """What a pandas or polars Series or frame is to us: something that gives its values as an array."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def to_numpy(self) -> Any:
        return np.array(self._values, dtype=object)


@pytest.fixture(scope="module")
def fitted() -> UtteranceClassifier:
    """A classifier of meals and money."""
    return UtteranceClassifier("ngram", C=10.0).fit(TEXTS, KINDS)


# scikit-learn --------------------------------------------------------------------------------------------------------


def test_it_learns(fitted: UtteranceClassifier) -> None:
    assert fitted.predict(ASKED).tolist() == ["meals", "money"]
    assert fitted.classes_.tolist() == ["meals", "money"]
    shares = fitted.predict_proba(ASKED)
    assert shares.shape == (2, 2)
    assert np.allclose(shares.sum(axis=1), 1)
    assert fitted.score(TEXTS, KINDS) == 1.0
    assert fitted.predict([]).shape == (0,)
    assert fitted.predict_proba([]).shape == (0, 2)


SHAPES = {
    "array": np.array(TEXTS),
    "objects": np.array(TEXTS, dtype=object),
    "tuple": tuple(TEXTS),
    "series": Series(TEXTS),
    "pairs without context": [("", text) for text in TEXTS],
    "lists without context": [["", text] for text in TEXTS],
    "two columns": np.array([["", text] for text in TEXTS]),
    "frame": Series([["", text] for text in TEXTS]),
    "pairs with nothing before": [[None, text] for text in TEXTS],
    "pairs with a missing context": [[float("nan"), text] for text in TEXTS],
}


@pytest.mark.parametrize("given", SHAPES.values(), ids=SHAPES)
def test_every_shape_is_read_alike(fitted: UtteranceClassifier, given: Any) -> None:
    again = clone(fitted).fit(given, Series(KINDS).to_numpy())
    assert np.array_equal(again.predict_proba(given), fitted.predict_proba(TEXTS))


def test_what_was_said_before_counts(fitted: UtteranceClassifier) -> None:
    pairs = [["Shall we eat?", "Yes."], ["Is the rent paid?", "Yes."]] * 2
    kind = UtteranceClassifier("ngram", C=10.0).fit(pairs, ["meals", "money"] * 2)
    assert kind.predict(pairs[:2]).tolist() == ["meals", "money"]
    assert len(np.unique(fitted.predict_proba(["Yes.", "Yes."]), axis=0)) == 1


def test_a_long_text_is_read_in_windows(fitted: UtteranceClassifier) -> None:
    first, second = "rent " * 80, "eat " * 80
    encoder = fitted.model_.encoder
    rows = encoder.encode([Turn(Utterance(half.strip())) for half in (first, second)])
    expected = probabilities(csr_matrix(rows.mean(axis=0)), fitted.heads_)
    found = fitted.predict_proba([first + second, *ASKED])
    assert found[:1] == pytest.approx(expected, abs=1e-6)
    assert np.array_equal(found[1:], fitted.predict_proba(ASKED))
    assert np.array_equal(found[:1], fitted.predict_proba([first + second]))
    read = "Well then. " * 40 * MAX_WINDOWS
    assert np.array_equal(fitted.predict_proba([read]), fitted.predict_proba([read + second]))


def test_parameters() -> None:
    made = UtteranceClassifier("ngram", C=0.5)
    assert made.get_params() == {"model": "ngram", "C": 0.5, "cv": 5, "precision": 0.65}
    assert clone(made).get_params() == made.get_params()
    assert made.set_params(C=2.0) is made
    assert made.C == 2.0
    assert UtteranceClassifier().get_params() == {"model": "base", "C": 1.0, "cv": 5, "precision": 0.65}
    assert repr(made) == "UtteranceClassifier(C=2.0, model='ngram')"


def test_not_fitted() -> None:
    for ask in (UtteranceClassifier("ngram").predict, UtteranceClassifier("ngram").predict_proba):
        with pytest.raises(NotFittedError):
            ask(ASKED)


def test_fitting_again_forgets() -> None:
    kind = UtteranceClassifier("ngram").fit(TEXTS, KINDS)
    kind.fit(["yes", "no", "maybe"], [1, 0, 2])
    fresh = UtteranceClassifier("ngram").fit(["yes", "no", "maybe"], [1, 0, 2])
    assert kind.classes_.tolist() == [0, 1, 2]
    assert np.array_equal(kind.predict_proba(ASKED), fresh.predict_proba(ASKED))


def test_in_a_pipeline_and_in_cross_validation() -> None:
    steps = [
        ("strip", FunctionTransformer(lambda rows: [row.strip() for row in rows])),
        ("kind", UtteranceClassifier()),
    ]
    pipeline = Pipeline(steps).set_params(kind__model="ngram", kind__C=10.0).fit(TEXTS, KINDS)
    assert pipeline.predict([f"  {text} " for text in ASKED]).tolist() == ["meals", "money"]
    assert cross_val_score(UtteranceClassifier("ngram"), TEXTS, KINDS, cv=3).shape == (3,)


def test_pickling_takes_no_text_and_the_model_by_its_path_only(fitted: UtteranceClassifier) -> None:
    sent = pickle.dumps(fitted)
    assert not [text for text in TEXTS if text.encode() in sent]
    assert len(sent) < fitted.heads_.nbytes + 2000
    arrived = pickle.loads(sent)
    assert np.array_equal(arrived.predict_proba(ASKED), fitted.predict_proba(ASKED))


WRONG_ROWS: dict[str, Any] = {
    "one text": CANARY,
    "bytes": CANARY.encode(),
    "number": 5,
    "nothing": None,
    "numbers": [1, 2],
    "a missing value": [CANARY, None],
    "not a number": Series([CANARY, float("nan")]),
    "bytes in rows": [b"ab", b"cd"],
    "one column beside two": [[CANARY], [CANARY, "a"]],
    "no columns": [[], []],
    "three columns": [[CANARY, "a", "b"]] * 2,
    "a number in a pair": [[CANARY, 1]] * 2,
    "objects": [{CANARY: "a", "b": "c"}] * 2,
    "sets": [{CANARY, "b"}] * 2,
}


@pytest.mark.parametrize("rows", WRONG_ROWS.values(), ids=WRONG_ROWS)
def test_wrong_rows(fitted: UtteranceClassifier, rows: Any) -> None:
    for ask in (fitted.predict, lambda x: UtteranceClassifier("ngram").fit(x, [0, 1])):
        with pytest.raises(InputError, match="X") as caught:
            ask(rows)
        assert CANARY not in str(caught.value)


WRONG_LABELS: dict[str, Any] = {
    "fewer": KINDS[:-1],
    "more": [*KINDS, "meals"],
    "one kind": [CANARY] * len(TEXTS),
    "two columns": [KINDS] * len(TEXTS),
    "one label": CANARY,
    "none": None,
}


@pytest.mark.parametrize("labels", WRONG_LABELS.values(), ids=WRONG_LABELS)
def test_wrong_labels(labels: Any) -> None:
    with pytest.raises(InputError, match=r"y must be|requires y") as caught:
        UtteranceClassifier("ngram").fit(TEXTS, labels)
    assert CANARY not in str(caught.value)


MISSING: dict[str, Any] = {
    "nothing": [None, *KINDS[1:]],
    "not a number beside texts": [*KINDS[:-1], float("nan")],
    "not a number": [0, 1, 0, 1, 0, float("nan")],
    "an array": np.array([0, 1, 0, 1, 0, np.nan]),
    "a Series": Series([*KINDS[:-1], None]).to_numpy(),
}


@pytest.mark.parametrize("labels", MISSING.values(), ids=MISSING)
def test_missing_labels(labels: Any) -> None:
    with pytest.raises(InputError, match="y must have a label for each row"):
        UtteranceClassifier("ngram").fit(TEXTS, labels)


@pytest.mark.parametrize("strength", [0, -1, float("nan"), "1", None])
def test_wrong_strength(strength: Any) -> None:
    with pytest.raises(InputError, match="C must be a number above 0"):
        UtteranceClassifier("ngram", C=strength).fit(TEXTS, KINDS)


def test_nothing_to_learn_from() -> None:
    with pytest.raises(InputError, match="y must be"):
        UtteranceClassifier("ngram").fit([], [])
    with pytest.raises(ModelError, match="ngram"):
        UtteranceClassifier("no-such-model").fit(TEXTS, KINDS)


def test_on_the_default_encoder(base: Analyzer) -> None:
    kind = UtteranceClassifier(C=10.0).fit(TEXTS, KINDS)
    assert kind.score(TEXTS, KINDS) == 1.0
    assert np.array_equal(pickle.loads(pickle.dumps(kind)).predict_proba(ASKED), kind.predict_proba(ASKED))
    assert base.model is kind.model_


# spaCy ---------------------------------------------------------------------------------------------------------------

HURTS = "You never listen to me, you're so selfish."


@pytest.fixture(scope="module")
def nlp() -> Any:
    """An English pipeline with relcomm in it."""
    made = spacy.blank("en")
    made.add_pipe("relcomm", config={"model": "ngram"})
    return made


@pytest.mark.parametrize(
    "text",
    ["", " ", "Did you eat?", HURTS, "  🙄 You\u200b never listen to me,\nyou\u2019re so selfish!! "],
    ids=ascii,
)
def test_a_doc_is_one_turn(nlp: Any, ngram: Analyzer, text: str) -> None:
    doc, expected = nlp(text), ngram.classify(text)
    assert doc.text == text
    assert doc.cats == dict(expected.scores)
    found = [(span.label_, span.start_char, span.end_char) for span in doc.spans["relcomm"]]
    assert [label for label, _, _ in found] == [span.label for span in expected.spans]
    for (_, start, end), span in zip(found, expected.spans, strict=True):
        assert start <= span.start < span.end <= end
    assert doc._.relcomm == expected
    told = [(span._.relcomm_why, span._.relcomm_weight) for span in doc.spans["relcomm"]]
    assert told == [(span.why, span.weight) for span in expected.spans]
    assert (doc[:]._.relcomm_why, doc[:]._.relcomm_weight) == (None, None)


def test_a_doc_that_was_not_read(nlp: Any) -> None:
    doc = nlp.make_doc(HURTS)
    assert doc._.relcomm is doc[:2]._.relcomm_why is doc[:2]._.relcomm_weight is None


def test_labels_of_the_same_words_keep_their_own_reasons(nlp: Any) -> None:
    doc = nlp.make_doc("You pig!")
    spans = (
        Span(4, 6, "contempt", 0.2, "a part"),
        Span(4, 7, "contempt", 0.5, "a name"),
        Span(4, 7, "threat", 0.1, "b"),
    )
    doc._.relcomm = Prediction(("contempt", "threat"), {"contempt": 0.9, "threat": 0.5}, spans, (), ("long",))
    asked = [doc.char_span(4, 7, label=label) for label in ("contempt", "threat", "repair")]
    assert [span._.relcomm_why for span in asked] == ["a name", "b", None]
    assert [span._.relcomm_weight for span in asked] == [0.5, 0.1, None]
    assert doc._.relcomm.flags == ("long",)


def test_docs_in_a_stream(nlp: Any) -> None:
    texts = [HURTS, "Did you eat?", "Whatever. I'm done talking about this."]
    assert [doc.cats for doc in nlp.pipe(texts)] == [nlp(text).cats for text in texts]


def test_a_doc_travels(nlp: Any) -> None:
    doc = nlp(HURTS)
    arrived = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert arrived.cats == pytest.approx(doc.cats)
    assert [(s.label_, s.text) for s in arrived.spans["relcomm"]] == [(s.label_, s.text) for s in doc.spans["relcomm"]]
    assert len(arrived.spans["relcomm"]) > 0
    assert json.dumps(doc.to_json())
    (binned,) = DocBin(store_user_data=True, docs=[doc]).get_docs(nlp.vocab)
    for again in (arrived, binned, doc.copy(), pickle.loads(pickle.dumps(doc))):
        assert again._.relcomm == doc._.relcomm
        assert [span._.relcomm_why for span in again.spans["relcomm"]] == [s.why for s in doc._.relcomm.spans]


def test_the_pipeline_is_described_by_its_settings(nlp: Any) -> None:
    assert nlp.config["components"]["relcomm"]["model"] == "ngram"
    assert {"doc.cats", "doc._.relcomm", "span._.relcomm_why"} <= set(nlp.get_pipe_meta("relcomm").assigns)


def test_another_key_and_categories_of_ones_own() -> None:
    made = spacy.blank("en")
    made.add_pipe("relcomm", config={"model": "ngram", "key": "evidence"})
    doc = made.make_doc(HURTS)
    doc.cats["mine"] = 1.0
    doc = made(doc)
    assert doc.cats["mine"] == 1.0
    assert list(doc.spans) == ["evidence"]


def test_an_installed_relcomm_is_found_by_its_entry_point() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["entry-points"]["spacy_factories"]["relcomm"].partition(":")
    assert getattr(import_module(module), name) is relcomm.integrations.spacy.make_component


def test_no_such_model_in_a_pipeline() -> None:
    with pytest.raises(ModelError, match="ngram"):
        spacy.blank("en").add_pipe("relcomm", config={"model": "no-such-model"})

"""Pseudonyms: the names go everywhere, whole words only, and evidence still marks the same words."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import report_scene
from relcomm.analyzer import Analyzer
from relcomm.patterns.my_side import my_side
from relcomm.pseudonyms import hide_in, hide_names
from relcomm.report import html, notebook, text
from relcomm.types import Analysis, Conversation, Finding, Prediction, ReadReport, Span, Utterance


def of(*turns: tuple[str, str], **more: object) -> Analysis:
    """An analysis in which each turn's evidence is its whole text."""
    talk = Conversation(tuple(Utterance(words, name) for name, words in turns))
    seen = [
        Prediction(("repair",), {"repair": 0.9}, (Span(0, len(w), "repair", 0.1, ""),) if w else ()) for _, w in turns
    ]
    return Analysis(talk, tuple(seen), (), {}, **more)  # type: ignore[arg-type]


def hidden(words: str, *names: str) -> str:
    """What a turn becomes in a talk between people of these names."""
    analysis = of(*[(name, "") for name in names], ("", words))
    return hide_names(analysis).conversation.utterances[-1].text


# The names, what is said, and what is shown.
SAID = {
    "a name": (["Ann"], "Ann, wait.", "Person A, wait."),
    "a name with its s": (["Ann"], "That's Ann's cup.", "That's Person A's cup."),
    "a call": (["Ann"], "@Ann!", "@Person A!"),
    "small and large letters": (["Ann"], "ann ANN Ann", "Person A Person A Person A"),
    "within another word": (["Ann", "Al"], "Annual Alps", "Annual Alps"),
    "two names": (["Ann", "Ben"], "Ann and Ben", "Person A and Person B"),
    "a part of a name": (["Ann Lee", "Ben"], "Ann! Lee! Ann Lee!", "Person A! Person A! Person A!"),
    "a part that two share": (["Ann Lee", "Ben Lee"], "The Lee house", "The Person A/Person B house"),
    "one is a part of the other": (["Ann", "Ann Lee"], "Ann and Ann Lee", "Person A and Person B"),
    "a name that is a word": (["Will", "Rose"], "I will. Will! Rose rose.", "I will. Person A! Person B rose."),
    "what somebody is": (["Mum", "Ben"], "Mum! My mum said so.", "Person A! My mum said so."),
    "a pronoun": (["Me", "You"], "Me and you. You and me.", "Me and you. You and me."),
    "a letter": (["A", "B"], "A cup. Plan B.", "A cup. Plan B."),
    "a title": (["Dr. Lee"], "Dr. Who, Dr. Lee, Lee", "Dr. Who, Person A, Person A"),
    "a number": (["+44 7700 900123"], "Ring +44 7700 900123 or 900123", "Ring Person A or 900123"),
    "a pseudonym as a name": (["Ben", "Person A"], "Person A, a person, Ben", "Person B, a person, Person A"),
    "a pattern's signs as a name": (["(Ann)", "a.*b"], "(Ann) a.*b axxb", "Person A Person B axxb"),
    "other scripts": (["Зоя", "Ελένη"], "Зоя, Ελένη и Зояна", "Person A, Person B и Зояна"),
    "no name": ([""], "Ann", "Ann"),
}  # fmt: skip


@pytest.mark.parametrize(("names", "said", "shown"), SAID.values(), ids=SAID)
def test_names_in_what_is_said(names: list[str], said: str, shown: str) -> None:
    assert hidden(said, *names) == shown


def test_there_is_a_pseudonym_for_everybody() -> None:
    names = [f"Name{n}x" for n in range(60)]
    talk = hide_names(of(*[(name, "") for name in names])).conversation
    assert len(set(talk.speakers)) == 60
    assert talk.speakers[:2] + talk.speakers[25:28] == ("Person A", "Person B", "Person Z", "Person AA", "Person AB")


WORDS = st.sampled_from(["Ann", "Ben", "ann", "Annual", "said", "so", "Lee", "Ann Lee", "🙂", ",", "naïve"])


@given(st.lists(WORDS, min_size=1, max_size=12), st.data())
@settings(max_examples=150, deadline=None)
def test_evidence_marks_the_same_words(words: list[str], data: st.DataObject) -> None:
    """Each word stands alone between spaces, so what a stretch of words becomes can be told word by word."""
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    text_of = " ".join(words)
    start = len(" ".join(words[:first])) + bool(first)
    end = len(" ".join(words[: last + 1]))
    seen = Prediction(("repair",), {"repair": 0.9}, (Span(start, end, "repair", 0.5, ""),))
    talk = Conversation((Utterance(text_of, "Ann Lee"), Utterance("", "Ben")))
    shown = hide_names(Analysis(talk, (seen, Prediction((), {})), (), {}))
    (span,) = shown.predictions[0].spans
    new = shown.conversation.utterances[0].text
    assert 0 <= span.start < span.end <= len(new)
    marked = new[span.start : span.end]
    # "Ann" right before "Lee" is one name: the stretch is held whole where it cuts through one.
    cut = (first and words[first - 1].endswith(("Ann", "ann")) and words[first] == "Lee") or (
        last + 1 < len(words) and words[last].endswith(("Ann", "ann")) and words[last + 1] == "Lee"
    )
    if not cut:
        assert marked == hidden(text_of[start:end], "Ann Lee", "Ben")
    assert hidden(new, "Ann Lee", "Ben") == new


@given(st.text(max_size=20), st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=150, deadline=None)
def test_offsets_stay_within_the_text_whatever_the_name(name: str, words: str, one: int, two: int) -> None:
    words = f"{words} {name} {words}"
    start, end = min(one, two, len(words) - 1), min(max(one, two) + 1, len(words))
    seen = Prediction((), {}, (Span(start, end, "repair", 0.5, ""),))
    shown = hide_names(Analysis(Conversation((Utterance(words, name),)), (seen,), (), {}))
    (span,) = shown.predictions[0].spans
    assert 0 <= span.start < span.end <= len(shown.conversation.utterances[0].text)


def test_findings_are_renamed_and_their_places_moved() -> None:
    details = {
        "speaker": "Ann",
        "each": {"Ann": [0.0, 1.0], "Ben": [1.0, None]},
        "demand": {"turn": 0, "start": 5, "end": 8},
        "kept": "not back",
        "pair": ("Ben", 3),
    }
    analysis = of(("Ann", "Ben, go, Ann."), ("Ben", "No."))
    found = Finding("own", (0, 1), 1.0, "Ann asked; Ben (not Benjamin) said no to Ann.", "some", details)
    shown = hide_names(Analysis(analysis.conversation, analysis.predictions, (found,), {})).findings[0]
    assert shown.summary == "Person A asked; Person B (not Benjamin) said no to Person A."
    assert shown.details == {
        "speaker": "Person A",
        "each": {"Person A": [0.0, 1.0], "Person B": [1.0, None]},
        "demand": {"turn": 0, "start": 10, "end": 13},
        "kept": "not back",
        "pair": ("Person B", 3),
    }
    assert "Person B, go, Person A."[10:13] == "go,"
    assert analysis.conversation.utterances[0].text[5:8] == "go,"


def test_nothing_of_the_names_is_left_in_any_view(ngram: Analyzer) -> None:
    quarrel = [
        ("Quinta", "Zebedee, you never listen. You're so lazy, Zebedee."),
        ("Zebedee", "It's not my fault, quinta!"),
    ]
    talk = Conversation(tuple(Utterance(words, name) for name, words in quarrel * 20), "talk of Quinta")
    talk = Conversation(talk.utterances, talk.id, ReadReport("name_text", 40, 40, remarks=("Quinta spoke first.",)))
    shown = hide_names(ngram.analyze(talk, me="Quinta"))
    assert shown.findings
    assert shown.my_side
    assert shown.my_side.name == "Person A"
    views = [html(shown), text(shown), notebook(shown), json.dumps(shown.to_dict()), str([*shown.rows()])]
    for view in (*views, html(ngram.analyze(talk, me="Quinta"), title="Quinta & Co", pseudonyms=True)):
        assert "Person A" in view
        assert not re.search("quinta|zebedee", view, re.IGNORECASE)
    assert set(shown.rates) == {"", "Person A", "Person B"}


def test_what_is_not_a_name_stays() -> None:
    kitchen = report_scene.kitchen()
    said = tuple(replace(each, start=n, end=n + 0.5) for n, each in enumerate(kitchen.conversation.utterances))
    kitchen = replace(kitchen, conversation=replace(kitchen.conversation, utterances=said))
    shown = hide_names(kitchen)
    assert [seen.labels for seen in shown.predictions] == [seen.labels for seen in kitchen.predictions]
    assert [said.text for said in shown.conversation.utterances] == [
        said.text for said in kitchen.conversation.utterances
    ]
    assert [(one.time, one.start, one.end) for one in shown.conversation.utterances] == [
        (one.time, one.start, one.end) for one in said
    ]
    assert hide_names(shown) == shown
    assert kitchen.conversation.speakers == ("Maren", "Tobias")
    assert hide_in("Maren and friends", kitchen) == "Person A and friends"


def test_one_side_is_the_same_side() -> None:
    kitchen = report_scene.kitchen()
    side = my_side(kitchen.conversation, kitchen.predictions, "Tobias")
    shown = hide_names(Analysis(kitchen.conversation, kitchen.predictions, (), {}, my_side=side)).my_side
    assert shown
    assert (shown.name, shown.rates, shown.turns) == ("Person B", side.rates, side.turns)
    assert "Tobias" not in " ".join(shown.summary)

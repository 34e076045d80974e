"""Evidence in the conversation: marks that nest, reasons that are read, turns that are unsure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import report_scene
from relcomm.evidence import PART, WHOLE
from relcomm.report import html, notebook, text
from relcomm.report.markup import escape
from relcomm.report.turns import Evidence, stretches
from relcomm.types import Analysis, Conversation, Prediction, Span, Utterance
from report_reader import Page


@pytest.fixture(autouse=True, scope="module")
def _labels() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("relcomm.report.signs.LABELS", report_scene.CATALOGUE)
        yield


@st.composite
def covered(draw: st.DrawFn) -> tuple[str, list[Evidence]]:
    words = draw(st.text(st.characters() | st.sampled_from("<>&\"'\x00\x1b\ud800\r\n\u202e"), min_size=1, max_size=40))
    pairs = draw(st.lists(st.tuples(st.integers(0, len(words)), st.integers(0, len(words))), max_size=12))
    sides = st.sampled_from("ghou")
    spans = [
        Evidence(min(p), max(p), draw(sides), n % 7, draw(st.text(max_size=6)))
        for n, p in enumerate(pairs)
        if p[0] != p[1]
    ]
    return words, spans


@given(covered())
@settings(max_examples=100, deadline=None)
def test_marks_never_change_the_words(case: tuple[str, list[Evidence]]) -> None:
    words, spans = case
    cut = list(stretches(words, spans))
    assert "".join(shown for shown, _ in cut) == escape(words)
    assert all(shown for shown, _ in cut)
    wanted = [n for n in range(len(words)) if any(span.start <= n < span.end for span in spans)]
    assert "".join(shown for shown, covering in cut if covering) == "".join(escape(words[n]) for n in wanted)
    assert "".join(shown for shown, _ in cut).encode("utf-8")


@pytest.mark.parametrize("count", [400, 800])
def test_many_nested_spans_stay_linear_in_size(count: int) -> None:
    spans = [Evidence(n, 2 * count - n, "h", n % 7, f"reason {n}") for n in range(count)]
    cut = list(stretches("x" * 2 * count, spans))
    assert len(cut) == 2 * count - 1
    assert sum(len(covering) for _, covering in cut) <= 4 * len(cut)


def test_overlapping_evidence_is_cut_where_one_begins_or_ends() -> None:
    cut = stretches("abcdefg", [Evidence(0, 4, "h", 0, "one"), Evidence(2, 6, "g", 1, "two")])
    assert [(words, [piece.note for piece in covering]) for words, covering in cut] == [
        ("ab", [0]),
        ("cd", [1, 0]),
        ("ef", [1]),
        ("g", []),
    ]


def test_where_evidence_overlaps_both_notes_are_meant() -> None:
    page = Page(html(report_scene.kitchen()))
    overlap = [value for tag, name, value in page.attributes if tag == "mark" and name == "class"]
    assert "u h n1 n0" in overlap


def test_spans_out_of_the_text_are_kept_within_it() -> None:
    seen = Prediction(("criticism",), {}, (Span(-3, 99, "criticism", 0.1, "why"), Span(5, 7, "criticism", 0.1, "why")))
    page = Page(html(Analysis(Conversation((Utterance("abc"),)), (seen,), (), {})))
    assert page.said("mark") == "abc"


def turns_of(source: str) -> list[str]:
    return re.findall('<li id="t[0-9]+".*?</li>(?=\n)', source, re.DOTALL)


def test_every_reason_stands_once_beside_its_turn() -> None:
    for shown, (*_, evidence) in zip(turns_of(html(report_scene.kitchen())), report_scene.KITCHEN, strict=True):
        for _, _, why in evidence:
            assert shown.count(escape(why)) == 1
            assert shown.index(escape(why)) > shown.index("<ul>")


def test_every_note_with_evidence_is_reached_from_its_words() -> None:
    """By keyboard once, and by pointing at any of them: the style sheet knows the numbers."""
    source = html(report_scene.kitchen())
    sheet = Page(source).said("style")
    for shown in turns_of(source):
        notes = re.findall('<li id="(n[0-9]+-([0-9]+))"', shown)
        described = " ".join(re.findall('tabindex="0" aria-describedby="([^"]*)"', shown)).split()
        assert sorted(set(described)) == sorted(name for name, _ in notes)
        assert shown.count("tabindex") <= len(notes)
        for _, place in notes:
            assert re.search(rf'<mark class="[ghou ]+[^"]*\bn{place}\b', shown)
            assert f".turns li:has(.n{place}:is(:hover, :focus)) > ul > :nth-child({int(place) + 1})" in sheet
            assert f".turns li:has(> ul > :nth-child({int(place) + 1}):hover) .n{place}" in sheet


def one(text: str, *spans: Span, unsure: tuple[str, ...] = ()) -> str:
    """A turn as the page shows it."""
    labels = tuple(dict.fromkeys(span.label for span in spans if span.label not in unsure))
    analysis = Analysis(Conversation((Utterance(text),)), (Prediction(labels, {}, spans, unsure),), (), {})
    (shown,) = turns_of(html(analysis))
    return re.sub("<svg.*?</svg>", "", shown.partition("<ul>")[2])


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        ((Span(0, 3, "criticism", 1, "Blames."),), "<p>Blames.</p>"),
        ((Span(0, 3, "criticism", 1, "Blames."), Span(4, 7, "criticism", 1, "Blames.")), "<p>Blames.</p>"),
        ((Span(0, 3, "criticism", 1, PART),), ""),
        ((Span(0, 7, "criticism", 1, WHOLE),), ""),
        (
            (Span(0, 3, "criticism", 1, "Blames."), Span(4, 7, "criticism", 1, PART)),
            "<p><q>you</q>: Blames.</p><p><q>are</q></p>",
        ),
        (
            (Span(0, 3, "criticism", 1, "Blames."), Span(0, 7, "contempt", 1, WHOLE)),
            "<p><q>you</q>: Blames.</p>",
        ),
    ],
    ids=["lone", "two places", "part", "whole", "two reasons", "two labels"],
)
def test_words_are_quoted_and_reasons_given_where_they_tell_something(spans: tuple[Span, ...], told: str) -> None:
    assert "".join(re.findall("<p>.*?</p>", one("you are", *spans))) == told


def test_what_holds_of_all_evidence_is_said_once() -> None:
    scene = report_scene.long_talk(40)
    spans = (Span(0, 3, "criticism", 1, PART),)
    seen = tuple(Prediction(("criticism",), {}, spans) for _ in scene.predictions)
    source = html(Analysis(scene.conversation, seen, (), {}))
    assert PART not in source
    assert source.count("the turn reads less this way without these words") == 1
    assert PART in notebook(Analysis(scene.conversation, seen, (), {}))


def test_unsure_turns_are_marked_as_unsure() -> None:
    seen = Prediction((), {"contempt": 0.4}, (), ("contempt",), ("unsure", "long", "replaced"))
    bare = Prediction((), {}, (), (), ("unsure",))
    talk = Conversation((Utterance("a", "Ann"), Utterance("b", "Ben")))
    page = Page(html(Analysis(talk, (seen, bare), (), {})))
    for wanted in (
        "? Not sure: Contempt 40 %",
        "? Not sure about this turn",
        "only its first part was read",
        "no text",
    ):
        assert wanted in page.said("ol")
    assert "Turn 1: not sure (Contempt)" in page.said("svg")
    assert "Not sure about: turns 1–2" in text(Analysis(talk, (seen, bare), (), {}))


def test_evidence_for_an_unsure_label_looks_unsure() -> None:
    spans = (
        Span(0, 1, "criticism", 0.1, "one"),
        Span(2, 3, "contempt", 0.1, "two"),
        Span(4, 5, "repair", 0.1, "three"),
    )
    seen = Prediction(("criticism",), {}, spans, ("contempt",))
    page = Page(html(Analysis(Conversation((Utterance("a b c"),)), (seen,), (), {})))
    assert [value for tag, name, value in page.attributes if tag == "mark" and name == "class"] == ["h n0", "u n1"]

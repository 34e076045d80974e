"""Evidence in the conversation: marks that nest, reasons that are read, turns that are unsure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import report_scene
from relcomm.report import html, text
from relcomm.report.markup import escape
from relcomm.report.turns import Evidence, marked
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
        Evidence(min(p), max(p), draw(sides), f"n1-{n}", draw(st.text(max_size=6)))
        for n, p in enumerate(pairs)
        if p[0] != p[1]
    ]
    return words, spans


@given(covered())
@settings(max_examples=100, deadline=None)
def test_marks_never_change_the_words(case: tuple[str, list[Evidence]]) -> None:
    words, spans = case
    out = marked(words, spans)
    assert re.sub("</?mark[^>]*>", "", out) == escape(words)
    pieces = re.findall("<mark[^>]*>|</mark>", out)
    assert [piece.startswith("</") for piece in pieces] == [False, True] * (len(pieces) // 2)
    inside = "".join(re.findall("<mark[^>]*>([^<]*)</mark>", out))
    wanted = [n for n in range(len(words)) if any(span.start <= n < span.end for span in spans)]
    assert inside == "".join(escape(words[n]) for n in wanted)
    assert out.count("tabindex") == len({span.start for span in spans})
    assert out.encode("utf-8")


def test_many_nested_spans_stay_linear_in_size() -> None:
    def size(count: int) -> int:
        spans = [Evidence(n, 2 * count - n, "h", f"n1-{n % 7}", f"reason {n}") for n in range(count)]
        return len(marked("x" * 2 * count, spans))

    assert size(800) < 2.2 * size(400)


def test_overlapping_evidence_names_both_reasons() -> None:
    out = marked("abcdef", [Evidence(0, 4, "h", "n1-0", "one"), Evidence(2, 6, "g", "n1-1", "two")])
    assert [re.sub("<[^>]*>", "", piece) for piece in out.split("</mark>")] == ["ab", "cd", "ef", ""]
    assert 'class="g h"' in out
    assert 'data-why="two · one"' in out


def test_spans_out_of_the_text_are_kept_within_it() -> None:
    seen = Prediction(("criticism",), {}, (Span(-3, 99, "criticism", 0.1, "why"), Span(5, 7, "criticism", 0.1, "why")))
    page = Page(html(Analysis(Conversation((Utterance("abc"),)), (seen,), (), {})))
    assert page.said("mark") == "abc"


def test_evidence_is_marked_with_its_reason_twice() -> None:
    page = Page(html(report_scene.kitchen()))
    margin = "".join(page.words["li"])
    for _, _, _, evidence in report_scene.KITCHEN:
        for _, _, why in evidence:
            assert any(why in shown for shown in page.values("data-why"))
            assert why in margin


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
    assert "Turn 1, Ann: not sure (Contempt)" in page.said("svg")
    assert "Not sure about: turns 1–2" in text(Analysis(talk, (seen, bare), (), {}))


def test_evidence_for_an_unsure_label_looks_unsure() -> None:
    spans = (
        Span(0, 1, "criticism", 0.1, "one"),
        Span(2, 3, "contempt", 0.1, "two"),
        Span(4, 5, "repair", 0.1, "three"),
    )
    seen = Prediction(("criticism",), {}, spans, ("contempt",))
    page = Page(html(Analysis(Conversation((Utterance("a b c"),)), (seen,), (), {})))
    assert [value for tag, name, value in page.attributes if tag == "mark" and name == "class"] == ["h", "u"]

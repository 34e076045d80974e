"""Whatever somebody is called or writes, page, notebook and pseudonyms show it as words and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from relcomm.pseudonyms import hide_names
from relcomm.report import html, notebook
from relcomm.types import Analysis, Conversation, Prediction, Utterance
from report_reader import PAYLOADS, Page, everywhere

TAGS = """a b bdi body br caption circle code dd defs details div dl dt figcaption figure h1 h2 h3 h4 head header html i li
main mark meta nav ol p path q section small span style summary svg table tbody td text th thead title tr tspan ul use"""
ATTRIBUTES = """aria-describedby aria-hidden aria-label aria-labelledby charset class colspan content cx cy d dir
height href http-equiv id lang name r role scope tabindex title viewbox width x y"""
Shown = Callable[[Analysis], str]
VIEWS: dict[str, Shown] = {
    "page": html,
    "page with pseudonyms": lambda analysis: html(analysis, title=analysis.model, pseudonyms=True),
    "notebook": lambda analysis: analysis._repr_html_(),
    "notebook with pseudonyms": lambda analysis: notebook(hide_names(analysis)),
}


def without_own(analysis: Analysis) -> Analysis:
    """The same with only a speaker's name and words of theirs: an analysis as it comes from a model."""
    said = analysis.conversation.utterances[0]
    talk = Conversation((Utterance(said.text, said.speaker),))
    return Analysis(talk, (Prediction(("repair",), {"repair": 0.9}),), (), {})


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 100


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_gets_in(payload: str, view: Shown) -> None:
    for scene in (everywhere(payload), without_own(everywhere(payload))):
        page = Page(view(scene))
        assert not page.open
        assert {tag for tag, _ in page.tags} <= set(TAGS.split())
        assert {name for _, name, _ in page.attributes} <= set(ATTRIBUTES.split())
        assert all(re.fullmatch("#[a-z][a-z0-9-]*", value) for value in page.values("href"))
        assert all(re.fullmatch("[a-z][a-z0-9-]*", value) for value in page.values("id"))
        assert all(re.fullmatch("[a-z0-9 -]*", value) for value in page.values("class"))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_notebook_has_the_same_parts_whatever_is_said(payload: str) -> None:
    page, harmless = (Page(notebook(everywhere(words))) for words in (payload, "x" * len(payload)))
    assert page.tags == harmless.tags
    assert page.said("style") == harmless.said("style")


@pytest.mark.parametrize("spoken", ["<script>alert(1)</script>", "a < b && \"c\" > 'd' &amp;"])
def test_the_words_are_still_there(spoken: str) -> None:
    scene = replace(without_own(everywhere("x")), conversation=Conversation((Utterance(spoken, "Ann"),)))
    assert spoken in Page(html(scene)).said("p")
    assert spoken in Page(notebook(scene)).said("li")


def test_a_guard_that_would_fail_is_no_guard() -> None:
    with pytest.raises(AssertionError):
        assert {tag for tag, _ in Page("<p><img src=x></p>").tags} <= set(TAGS.split())


@pytest.mark.parametrize("analysis", [everywhere("x"), Analysis(Conversation(()), (), (), {})], ids=["full", "empty"])
def test_the_notebook_keeps_to_itself(analysis: Analysis) -> None:
    """Every rule of the style sheet begins with the fragment's own class; nothing is named that could be named twice."""
    page = Page(notebook(analysis))
    sheet = page.said("style")
    selectors = [one.strip() for rule in re.findall(r"([^{}]+)\{", sheet) for one in rule.split(",")]
    assert len(selectors) > 10
    assert all(re.match(r"\.relcomm-view( |$)", selector) for selector in selectors)
    assert not page.values("id", "href", "style")
    assert re.search(r"url\(|@import|//", sheet) is None
    assert len(notebook(analysis).encode()) < 40_000

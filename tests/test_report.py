"""The page: safe, whole, small, readable, and never about what a person is."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

import report_scene
from relcomm.errors import InputError
from relcomm.labels import LABELS
from relcomm.report import html, text
from relcomm.types import Analysis, Conversation, Prediction, Rate, Utterance
from report_reader import PAYLOADS, Page, everywhere

FORBIDDEN = (
    "toxic",
    "abuser",
    "abusive",
    "narciss",
    "score of",
    "guilty",
    "diagnosis of",
    "gaslight",
    "villain",
    "your partner is",
)
FORBIDDEN += (
    "divorce",
    "healthy relationship",
    "unhealthy",
    "worst",
    "winner",
    "bad person",
    "manipulator",
    "personality",
)


@pytest.fixture(autouse=True, scope="module")
def _labels() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("relcomm.report.signs.LABELS", report_scene.CATALOGUE)
        yield


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 100


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nobody_can_add_a_tag(payload: str) -> None:
    page = Page(html(everywhere(payload), title=payload))
    harmless = Page(html(everywhere("x" * len(payload)), title="x" * len(payload)))
    assert page.tags == harmless.tags
    assert not page.open
    assert all(value.startswith("#") for value in page.values("href"))
    assert page.values("id") == harmless.values("id")


def test_text_appears_as_it_was_written() -> None:
    words = "a < b && \"c\" > 'd' &amp; \U0001f642 שלום"
    page = Page(html(Analysis(Conversation((Utterance(words, "Ann"),)), (Prediction((), {}),), (), {})))
    assert words in page.said("p")


@pytest.mark.parametrize("scene", [report_scene.kitchen(), report_scene.long_talk(120), everywhere("x")])
def test_ids_are_unique_and_every_reference_leads_somewhere(scene: Analysis) -> None:
    page = Page(html(scene))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch("[a-z][a-z0-9-]*", name) for name in ids)
    pointed = [value.removeprefix("#") for value in page.values("href")]
    pointed += [name for value in page.values("aria-labelledby", "aria-describedby") for name in value.split()]
    assert set(pointed) <= set(ids)


def test_nothing_is_loaded_from_anywhere_and_nothing_runs() -> None:
    source = html(report_scene.kitchen())
    page = Page(source)
    assert re.search(r"https?:|url\(|@import|//|javascript:", source) is None
    assert not {
        name for _, name, _ in page.attributes if name.startswith("on") or name in ("src", "style", "srcset", "data")
    }
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in page.tags}


def test_the_policy_allows_exactly_the_pages_own_style() -> None:
    page = Page(html(report_scene.kitchen()))
    digest = base64.b64encode(hashlib.sha256(page.said("style").encode()).digest()).decode()
    policy = next(value for value in page.values("content") if "default-src" in value)
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


def test_landmarks_headings_and_tables_can_be_read_aloud() -> None:
    page = Page(html(report_scene.kitchen()))
    tags = [tag for tag, _ in page.tags]
    assert [tags.count(tag) for tag in ("h1", "main", "nav", "header")] == [1, 1, 1, 1]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert all("scope" in names for tag, names in page.tags if tag == "th")
    assert tags.count("caption") == tags.count("table") == 3
    assert all("aria-hidden" in names or "aria-label" in names for tag, names in page.tags if tag == "svg")


def test_sections_stand_in_the_agreed_order() -> None:
    page = Page(html(report_scene.kitchen()))
    sections = [value for tag, name, value in page.attributes if tag == "section" and name == "id"]
    assert sections == ["stands-out", "timeline", "people", "turns", "unsure", "labels", "limits", "reading"]


def test_speakers_and_labels_are_never_sorted_by_their_figures() -> None:
    talk = Conversation((Utterance("a", "Zoe"), Utterance("b", "Ann")))
    rates = {
        "Ann": {"criticism": Rate(1, 9, 0.0, 0.4), "contempt": Rate(8, 9, 0.6, 1.0)},
        "Zoe": {"criticism": Rate(9, 9, 0.7, 1.0), "contempt": Rate(1, 9, 0.0, 0.4)},
        "": {"criticism": Rate(10, 18, 0.3, 0.8), "contempt": Rate(9, 18, 0.3, 0.7)},
    }
    shown = Analysis(talk, (Prediction((), {}),) * 2, (), rates)
    said = Page(html(shown)).said("table") + text(shown)
    assert re.findall("Zoe|Ann|Criticism|Contempt", said)[:6] == [
        "Zoe",
        "Criticism",
        "Contempt",
        "Ann",
        "Criticism",
        "Contempt",
    ]
    assert said.count("All turns together") == 2
    assert "Somebody" not in said


def test_the_whole_follows_the_speakers() -> None:
    shown = report_scene.kitchen()
    whole = rf"Maren.*Tobias.*All turns together\W+{len(shown.predictions)} turns.*Criticism\s*2\s*11 %"
    assert re.search(whole, Page(html(shown)).said("table"), re.DOTALL)
    assert re.search(whole, text(shown), re.DOTALL)


def test_one_speaker_is_the_whole() -> None:
    talk = Conversation((Utterance("a", "Ann"),))
    of_all = {"repair": Rate(1, 1, 0.2, 1.0)}
    shown = Analysis(talk, (Prediction(("repair",), {"repair": 0.9}),), (), {"": of_all, "Ann": of_all})
    assert "All turns together" not in Page(html(shown)).said("table") + text(shown)


def test_an_interval_is_not_said_to_hold_the_truth() -> None:
    said = " ".join(Page(html(report_scene.kitchen())).said("section").split())
    assert "true share" not in said
    assert "does not cover the program's own mistakes" in said
    assert "misses more than it finds" in said


def test_every_marked_turn_is_drawn_and_linked() -> None:
    scene = report_scene.kitchen()
    drawing = re.search('<section id="timeline".*?</section>', html(scene), re.DOTALL)
    assert drawing
    links = re.findall('href="#t([0-9]+)"', drawing.group())
    assert sorted(map(int, links)) == [n for n, seen in enumerate(scene.predictions, 1) if seen.labels or seen.unsure]


def test_labels_differ_by_shape_and_not_by_colour_only() -> None:
    shapes = re.findall('<path id="([a-z0-9]+)" class="[a-z0-9]+" d="([^"]+)"', html(report_scene.kitchen()))
    assert len(shapes) == len(report_scene.CATALOGUE)
    assert len({shape for _, shape in shapes}) == len(shapes)


@pytest.mark.parametrize(("turns", "strips"), [(1, 1), (10, 1), (50, 1), (51, 2), (500, 10)])
def test_the_drawing_works_at_any_length(turns: int, strips: int) -> None:
    source = html(report_scene.long_talk(turns))
    assert source.count('<svg class="strip"') == strips
    places = [float(x) for x in re.findall('<use href="#[a-z0-9]+" x="([0-9.]+)"', source)]
    assert places
    assert all(92 <= x <= 748 for x in places)


def test_a_long_conversation_stays_a_small_page() -> None:
    """Half of its turns carry labels with evidence; ``benchmarks/report.py`` has more shares, of turns as they are read."""
    assert len(html(report_scene.long_talk(500)).encode("utf-8")) <= 300_000


def test_the_same_analysis_gives_the_same_report() -> None:
    assert html(report_scene.kitchen()) == html(report_scene.kitchen())
    assert text(report_scene.kitchen()) == text(report_scene.kitchen())


@pytest.mark.parametrize("word", FORBIDDEN)
def test_our_own_wording_never_judges_a_person(word: str) -> None:
    scene = Analysis(Conversation((Utterance("x", "Ann"),)), (Prediction((), {}),), (), {})
    assert word not in Page(html(scene)).said().lower()
    assert word not in text(scene).lower()


def test_an_empty_conversation_is_a_page_too() -> None:
    nothing = Analysis(Conversation(()), (), (), {})
    page = Page(html(nothing))
    assert "0 turns" in page.said()
    assert "No pattern between turns stands out" in page.said()
    assert "WHAT STANDS OUT" in text(nothing)


def test_speakers_without_a_name_are_shown() -> None:
    talk = Conversation((Utterance("a"), Utterance("b", " ")))
    shown = Analysis(talk, (Prediction(("repair",), {"repair": 0.9}),) * 2, (), {"": {"repair": Rate(2, 2, 0.3, 1.0)}})
    assert "Somebody" in Page(html(shown)).said("ol")
    assert "All turns together" in Page(html(shown)).said("table")


def test_the_transcripts_losses_are_told() -> None:
    said = Page(html(report_scene.kitchen())).said("section")
    assert "24 lines in, 18 turns out" in said
    assert "3 attachments without text (lines 7, 15–16)" in said
    assert "a deleted message (line 20)" in said
    assert "Dates were read as day/month" in text(report_scene.kitchen(), width=200)


def test_what_cannot_be_seen_is_said() -> None:
    said = Page(html(report_scene.kitchen())).said("section")
    for wanted in (
        "tone of voice",
        "not a diagnosis",
        "nobody's score",
        "should agree",
        "afraid of the other",
        "local help line",
    ):
        assert wanted in said


def test_the_legend_explains_every_label_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LABELS
    monkeypatch.setattr("relcomm.report.signs.LABELS", LABELS)
    said = Page(html(report_scene.kitchen())).said("section")
    for label in LABELS.values():
        assert label.definition in said
        assert label.source in said
        assert not label.antidote or label.advice in said


def test_predictions_must_fit_the_turns() -> None:
    broken = Analysis(Conversation((Utterance("secret", "Ann"),)), (), (), {})
    for write in (html, text):
        with pytest.raises(InputError, match="0 entries for 1 utterances") as caught:
            write(broken)
        assert "secret" not in str(caught.value)

"""Advice and labels as plain text: narrow enough to read, and nothing in it that a terminal could obey."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcomm.help import helplines
from relcomm.labels import LABELS, Label
from relcomm.report.notes import NOTHING_MARKED, WIDTH, advice, labels, printable
from relcomm.safety import where_to_turn
from relcomm.types import Advice, Span

DRAFT = "You never listen.\n\x1b[31mEver\x07 \u202e🙄"


def one(start: int, end: int, *ways: str) -> Advice:
    return Advice(Span(start, end, "criticism", 0.5, "Why words. " * 20), "Lands words. " * 20, "Do words. " * 20, ways)


def test_silence_is_explained() -> None:
    assert advice("Hi", []) == NOTHING_MARKED


def test_an_advice_holds_everything_in_order() -> None:
    text = advice(DRAFT, [one(0, 16, "I felt [your feeling].", "Could you [one thing]?"), one(18, len(DRAFT))])
    first, second = text.split("\n\n")
    assert first.splitlines()[0] == "criticism: “You never listen”"
    assert second.splitlines()[0].startswith("criticism: “")
    parts = [
        "why     Why words.",
        "lands   Lands words.",
        "instead Do words.",
        "- I felt [your feeling].",
        "- Could you",
    ]
    places = [first.index(part) for part in parts]
    assert places == sorted(places)
    assert first.splitlines()[-1] == "  - Could you [one thing]?"
    assert max(map(len, text.splitlines())) <= WIDTH


def test_a_doubt_is_told_as_one() -> None:
    doubt = Advice(Span(0, 16, "contempt", 0.5, "Why words."), "relcomm is not sure: perhaps. " * 5, "", (), sure=False)
    shown = advice(DRAFT, [doubt]).splitlines()
    assert shown[:2] == ["contempt?: “You never listen”", "  why     Why words."]
    assert shown[2].startswith("  unsure  relcomm is not sure: perhaps.")
    assert not any(line.startswith(("  lands", "  instead", "  - ", "  help")) for line in shown)
    assert max(map(len, shown)) <= WIDTH


def test_where_help_is_stands_last_and_no_number_is_cut() -> None:
    told = where_to_turn(helplines())
    shown = advice(DRAFT, [replace(one(0, 16, "Could you [one thing]?"), help=told)])
    flat = " ".join(shown.replace("\N{NO-BREAK SPACE}", " ").split())
    assert flat.endswith(f"- Could you [one thing]? help {' '.join(told.split())}")
    assert max(map(len, shown.splitlines())) <= WIDTH
    lines = shown.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert all(any(line.reach in each for each in lines) for line in helplines().lines if " or " not in line.reach)


def test_nothing_in_a_draft_steers_the_terminal() -> None:
    shown = advice(DRAFT, [one(0, len(DRAFT))])
    assert "You never listen. \N{REPLACEMENT CHARACTER}[31mEver\N{REPLACEMENT CHARACTER}" in shown
    assert shown.replace("\n", "").isprintable()


@given(st.text(st.characters()))
def test_printable(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert shown.isprintable()
    assert all(after in (before, " ", "\N{REPLACEMENT CHARACTER}") for before, after in zip(text, shown, strict=True))
    assert printable(shown) == shown


def test_all_labels_are_short_and_one_is_whole() -> None:
    pages = labels(LABELS.values()).split("\n\n")
    assert [page.split(" — ")[0] for page in pages] == list(LABELS)
    assert "source" not in "".join(page.splitlines()[0] for page in pages)
    assert all(len(page) < len(labels([label])) for page, label in zip(pages, LABELS.values(), strict=True))


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_a_label_page(label: Label) -> None:
    page = labels([label])
    flat = " ".join(page.split())
    for said in (label.title, label.definition, label.lands, label.advice, label.source):
        assert " ".join(said.split()) in flat
    assert all(f"- {each}" in flat for each in label.is_not)
    assert ("can hurt" in page.splitlines()[0]) is label.harmful
    assert max(map(len, page.splitlines())) <= WIDTH

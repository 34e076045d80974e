"""What stands out: by pattern, in plain words, and gathered where there is much of it."""

from __future__ import annotations

import pytest

from relcomm.patterns import PATTERNS, TITLES
from relcomm.report import html, notebook, text
from relcomm.report.grouped import FEW, SHOWN, Group, groups, titled
from relcomm.types import Analysis, Conversation, Finding, Prediction, Utterance
from report_reader import Page


def grouped(*found: Finding, names: tuple[str, ...] = ("Ann", "Ben")) -> list[Group]:
    return list(groups(analysis_of(*found, names=names)))


def analysis_of(*found: Finding, names: tuple[str, ...] = ("Ann", "Ben")) -> Analysis:
    talk = Conversation(tuple(Utterance("Hm.", names[n % len(names)]) for n in range(100)))
    return Analysis(talk, (Prediction((), {}),) * 100, found, {})


def found(turn: int, summary: str, sure: str = "some", pattern: str = "repair") -> Finding:
    return Finding(pattern, (turn,), 1.0, summary, sure)


def test_every_pattern_has_a_title_in_plain_words() -> None:
    assert list(TITLES) == list(PATTERNS)
    assert len(set(TITLES.values())) == len(TITLES)
    assert not any("_" in title for title in TITLES.values())


@pytest.mark.parametrize(
    ("pattern", "title"), [("my_own", "My own"), ("", "A pattern"), ("_", "A pattern"), ("é", "É")]
)
def test_a_pattern_from_elsewhere_has_one_too(pattern: str, title: str) -> None:
    assert titled(pattern) == title


def test_a_few_findings_are_told_one_by_one() -> None:
    (group,) = grouped(*(found(n, "Ann took it up.") for n in range(FEW)))
    assert [line.words for line in group.lines] == ["Ann took it up."] * FEW
    assert (group.gathered, group.others, group.left) == ((), (), 0)


def test_many_that_say_the_same_are_one_line() -> None:
    same = [
        found(n, f"Ann tried. Of the {n} turns after it none hurt.", "clear" if n < 9 else "slight") for n in range(12)
    ]
    (group,) = grouped(*same, found(40, "Ben tried. Nothing came after."))
    assert [(line.words, line.sure) for line in group.lines] == [
        ("Ann tried.", "12 times, the evidence 9 clear and 3 slight"),
        ("Ben tried. Nothing came after.", "some evidence"),
    ]
    assert group.lines[0].utterances == list(range(12))
    assert group.lines[0].own == tuple(f"Of the {n} turns after it none hurt." for n in range(12))
    assert (group.gathered, group.left) == (group.lines[:1], 0)


def test_what_two_have_in_common_is_kept() -> None:
    (group,) = grouped(
        *(found(n, f"Ann tried. Case {n}. Take care.", "some") for n in range(4)), found(9, "Ben tried.")
    )
    assert [(line.words, line.sure) for line in group.lines] == [
        ("Ann tried. Take care.", "4 times, each with some evidence"),
        ("Ben tried.", "some evidence"),
    ]


def test_what_all_repeat_is_said_once() -> None:
    (group,) = grouped(found(1, "Ann 3 to 1. A note. A second one."), found(2, "Ben 2 to 1. A note. A second one."))
    assert [line.words for line in group.lines] == ["Ann 3 to 1.", "Ben 2 to 1."]
    assert group.note == "A note. A second one."
    page = Page(html(analysis_of(found(1, "Ann 3. A note."), found(2, "Ben 2. A note."))))
    assert page.said("section").count("A note.") == 1


def test_the_surest_and_most_frequent_stand_in_front() -> None:
    weak = [found(n, f"Ann did thing {n}.", "slight") for n in range(9)]
    strong = [found(50, "Ben did it.", "clear"), found(60, "Ann did it.", "some"), found(61, "Ann did it.", "slight")]
    (group,) = grouped(*weak, *strong)
    assert len(group.lines) == SHOWN
    assert [line.words for line in group.lines][-2:] == ["Ben did it.", "Ann did it."]
    assert group.lines[-1].sure == "twice, the evidence 1 some and 1 slight"
    assert ([len(line.findings) for line in group.gathered], group.left) == ([2], 7)
    assert [line.words for line in group.others] == [f"Ann did thing {n}." for n in range(2, 9)]


@pytest.mark.parametrize("name", ["Dr. Lee", "Ann B.", "A. B. C."])
def test_a_full_stop_in_a_name_ends_no_sentence(name: str) -> None:
    words = [f"{name} tried; Ben took it up. It rained.", f"{name} tried; Ben did not. It rained."]
    (group,) = grouped(*(found(n, words[n % 2]) for n in range(6)), names=(name, "Ben"))
    assert [line.words for line in group.lines] == [each.removesuffix(" It rained.") for each in words]
    assert group.note == "It rained."


def test_patterns_stand_in_the_order_they_came() -> None:
    order = ["startup", "own", "repair"]
    assert [g.title for g in grouped(*(found(n, "x", pattern=p) for n, p in enumerate(order)))] == [*map(titled, order)]


def test_every_finding_can_be_reached_on_the_page() -> None:
    many = [found(n, f"Ann did thing {n}.", "slight") for n in range(30)]
    page = Page(html(analysis_of(*many)))
    assert page.said("summary") == "26 more"
    for n in range(30):
        assert page.said("section").count(f"Ann did thing {n}.") == 1
    links = page.values("href")
    assert all(f"#t{n + 1}" in links for n in range(30))
    shown = text(analysis_of(*many))
    assert "Attempts to mend\n" in shown
    assert "- and 26 times more; the page and the JSON have each of them." in shown
    assert "Attempts to mend: 26 times more." in Page(notebook(analysis_of(*many))).said("li")


def test_what_a_line_gathers_is_told_one_by_one_without_what_they_share() -> None:
    tried = [found(n, f"Ann tried. Case {n}.", "clear" if n else "slight") for n in range(4)]
    others = [found(50 + n, f"Ben did thing {n}.", "slight") for n in range(9)]
    page = Page(html(analysis_of(*tried, *others)))
    assert page.said("summary") == "One by one, and 6 more"
    said = " ".join(page.said("section").split())
    assert said.count("Ann tried.") == 2  # above, and at the head of its own
    assert "turn 1 (slight evidence): Case 0.turn 2 (clear evidence): Case 1." in said


def test_a_line_that_is_told_in_full_is_not_told_again() -> None:
    page = Page(html(analysis_of(*(found(n, f"Ann did thing {n}.") for n in range(SHOWN)))))
    assert "details" not in {tag for tag, _ in page.tags}

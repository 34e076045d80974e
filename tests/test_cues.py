"""Cues: where they match, that they forget what they read, and that threads do not disturb them."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.matcher import Matcher

from relcomm.cues import LONGEST, CueFinder, cue_finder
from relcomm.errors import LabelError
from relcomm.labels import LABELS, Cue, Label
from relcomm.text import clean

# A clean text, and the cues in it with the words they mark.
FOUND = {
    "You never listen.": {("criticism/always-never", "You never listen")},
    "I'm done talking about this.": {("stonewalling/done-talking", "I'm done talking")},
    "IDC. Leave me alone": {("stonewalling/past-caring", "IDC."), ("stonewalling/leave-me-alone", "Leave me alone")},
    "Leave me alone! Leave me be!": {
        ("stonewalling/leave-me-alone", "Leave me alone"),
        ("stonewalling/leave-me-alone", "Leave me be"),
    },
    "The train is at nine.": set(),
    "": set(),
    " ": set(),
}
SENTENCES = [clean(case.text).text for label in LABELS.values() for case in (*label.flag, *label.leave)]


@pytest.mark.parametrize(("text", "expected"), FOUND.items())
def test_what_is_found(text: str, expected: set[tuple[str, str]]) -> None:
    names = {name for name, _ in expected}
    found = {(f"{m.label}/{m.cue}", text[m.start : m.end]) for m in cue_finder().find(text)}
    assert {(name, words) for name, words in found if name in names} == expected
    assert expected or not found


def test_the_longest_of_overlapping_matches_is_kept() -> None:
    word, more = {"LOWER": "no"}, {"LOWER": "no", "OP": "{1,3}"}
    finder = CueFinder([some_label((word,), (more,))])
    assert [(m.start, m.end) for m in finder.find("no no no, no")] == [(0, 8), (10, 12)]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(SENTENCES), max_size=3).map(" ".join))
def test_places_are_sorted_inside_and_apart(text: str) -> None:
    matches = cue_finder().find(text)
    assert matches == sorted(matches)
    last: dict[tuple[str, str], int] = {}
    for match in matches:
        assert 0 <= match.start < match.end <= len(text)
        assert match.start >= last.get((match.label, match.cue), 0)
        last[match.label, match.cue] = match.end
        assert match.why == next(cue.why for cue in LABELS[match.label].cues if cue.name == match.cue)


def test_only_the_start_of_a_very_long_text_is_searched() -> None:
    early = "Leave me alone. " + "so " * LONGEST
    late = "so " * LONGEST + "Leave me alone."
    assert cue_finder().find(early)
    assert cue_finder().find(late) == []


def test_a_lone_surrogate_is_read_over() -> None:
    text = "\ud800 Leave me alone \udfff"
    assert [(m.start, m.end) for m in cue_finder().find(text)] == [(2, 16)]


def test_what_people_wrote_is_forgotten() -> None:
    finder = cue_finder()
    finder.find("You never listen.")
    before = len(finder._nlp.vocab.strings)
    for n in range(50):
        finder.find(f"xq{n}zv you never xw{n}")
    assert len(finder._nlp.vocab.strings) == before
    assert "xq1zv" not in finder._nlp.vocab.strings


def test_threads_do_not_disturb_each_other() -> None:
    finder = cue_finder()
    texts = [f"{text} {n} xq{n % 40}" for n, text in enumerate(SENTENCES[::3])]
    alone = [finder.find(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(2):
            assert list(pool.map(finder.find, texts)) == alone


def test_every_pattern_of_the_label_files_has_a_form_that_spacy_knows() -> None:
    assert CueFinder(tuple(LABELS.values()), validate=True).digest == cue_finder().digest


def test_the_cues_of_one_label() -> None:
    text = "you never listen. whatever, I'm done talking about this"
    found = cue_finder().find(text)
    assert {match.label for match in found} >= {"criticism", "stonewalling"}
    for label in LABELS:
        assert cue_finder().find(text, label) == [match for match in found if match.label == label]
    assert cue_finder().find(text, "somebody's own label") == []


def test_a_pattern_of_another_form_is_refused() -> None:
    with pytest.raises(LabelError, match=r"contempt\.toml, cue 'no'"):
        CueFinder([some_label(({"LOWR": "no"},))])


def test_the_columns_are_the_label_files_cues() -> None:
    assert cue_finder().names == tuple(f"{label.name}/{cue.name}" for label in LABELS.values() for cue in label.cues)
    assert cue_finder() is cue_finder()


def test_the_digest_is_of_patterns_and_not_of_reasons() -> None:
    label = some_label(({"LOWER": "no"},))
    (cue,) = label.cues
    digest = CueFinder([label]).digest
    assert CueFinder([replace(label, cues=(replace(cue, why="Says no."),))]).digest == digest
    assert CueFinder([replace(label, cues=(replace(cue, name="nay"),))]).digest != digest
    assert CueFinder([some_label(({"LOWER": "nay"},))]).digest != digest


def test_spacy_comes_only_when_it_is_used() -> None:
    code = "import sys, relcomm.cues; sys.exit('spacy' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def some_label(*patterns: tuple[dict[str, str], ...]) -> Label:
    return replace(LABELS["contempt"], cues=(Cue("no", "Says no, and no again.", patterns),))


WORDS = sorted({each["LOWER"] for label in LABELS.values() for cue in label.cues for p in cue.patterns for each in p
                if isinstance(each.get("LOWER"), str)})  # fmt: skip


@pytest.fixture(scope="module")
def everything() -> tuple[Language, Matcher]:
    nlp = spacy.blank("en")
    matcher = Matcher(nlp.vocab)
    for label in LABELS.values():
        for cue in label.cues:
            matcher.add(f"{label.name}/{cue.name}", [[dict(token) for token in pattern] for pattern in cue.patterns])
    return nlp, matcher


EXAMPLES = [clean(case.text).text for label in LABELS.values() for case in (*label.flag, *label.leave)]


@given(text=st.sampled_from(EXAMPLES) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
@settings(max_examples=100, deadline=None)
def test_a_cue_is_passed_over_only_where_it_cannot_be(everything: tuple[Language, Matcher], text: str) -> None:
    nlp, matcher = everything
    there = {nlp.vocab.strings[key] for key, _, _ in matcher(nlp.make_doc(text))}
    assert {f"{match.label}/{match.cue}" for match in cue_finder().find(text)} == there

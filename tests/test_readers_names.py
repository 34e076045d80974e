"""Names in typed transcripts: whose words are whose, and a remark wherever that may be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.errors import ReadError
from relcomm.readers.cast import Line, learn_cast
from relcomm.readers.name_text import sniff
from relcomm.readers.speakers import likeness
from rereading import remarks, reread, turns

# As they are written, and as they are called.
NAMES = {
    "Partner one": "Partner one",
    "My wife": "My wife",
    "Ann smith": "Ann smith",
    "my ex husband": "my ex husband",
    "Husband to be": "Husband to be",
    "van der Berg": "van der Berg",
    "dad": "dad",
    "🐻 Ben": "🐻 Ben",
    "🐻": "🐻",
    "2nd": "2nd",
    "07700 900123": "07700 900123",
    "555-010-0199": "555-010-0199",
    "???": "???",
    '"Ben"': "Ben",
    "“Ben”": "Ben",
    "[Ben]": "Ben",
    "\u200eBen": "Ben",
    "**Ben**": "Ben",
    "Ben [laughing]": "Ben [laughing]",
    "The man from the shop next door": "The man from the shop next door",
    "April": "April",
    "Ann = mum": "Ann = mum",
    "Mother/Father": "Mother/Father",
    "Client 1": "Client 1",
}


@pytest.mark.parametrize(("written", "name"), NAMES.items())
def test_what_comes_back_is_a_name_though_words_run_over_lines(written: str, name: str) -> None:
    talk = reread(f"Therapist: a\nmore\n{written}: b\nTherapist: c\n{written}: d")
    assert turns(talk) == [("Therapist", "a\nmore"), (name, "b"), ("Therapist", "c"), (name, "d")]


@pytest.mark.parametrize(("written", "name"), NAMES.items())
def test_what_comes_once_is_a_name_if_every_line_opens_with_one(written: str, name: str) -> None:
    talk = reread(f"Therapist: a\n\n{written}: b\nDan: c\nDan: d\nTherapist: e")
    assert turns(talk)[1] == (name, "b")
    assert "once" in remarks(talk)
    assert "line 3" in remarks(talk)


@pytest.mark.parametrize("written", [*NAMES, "Monday", "Note", "He said", "- Ben", "1. Ben"])
def test_words_in_doubt_are_given_to_somebody_else_with_a_remark_only(written: str) -> None:
    talk = reread(f"Ann: a\nmore\nDan: b\n{written}: c\nAnn: d\nDan: e")
    assert turns(talk)[1] == ("Dan", f"b\n{written}: c")
    assert "not taken for names (line 4)" in remarks(talk)


def test_a_speaker_whose_words_begin_with_a_face_is_not_passed_over_in_silence() -> None:
    talk = reread("Ann: a\nBen: b\nAnn:) c\nit is fine:)\nAnn: d\nBen: e\nsee https://example.org")
    assert turns(talk)[1] == ("Ben", "b\nAnn:) c\nit is fine:)")
    assert "not taken for names (line 3)" in remarks(talk)


NO_NAMES = [
    "Monday",
    "Tuesday",
    "December",
    "Note",
    "PS",
    "P.S.",
    "Honestly",
    "To be honest",
    "Option 2",
    "He was like",
]


@pytest.mark.parametrize("words", NO_NAMES)
def test_words_that_are_no_names_stay_with_their_speaker_and_are_remarked_on(words: str) -> None:
    talk = reread(f"Ann: a\n{words}: b\nBen: c\nmore\n{words}: d\nAnn: e\nBen: f")
    assert turns(talk)[:2] == [("Ann", f"a\n{words}: b"), ("Ben", f"c\nmore\n{words}: d")]
    assert "not taken for names (lines 2, 5)" in remarks(talk)


def test_a_list_that_a_speaker_announces_is_no_talk() -> None:
    shopping = "Ann: for the week:\nMilk: 2\nEggs: 6\nBen: right\nMilk is there\n"
    talk = reread(f"Ann: a\nBen: b\nBen: c\n{shopping}{shopping}")
    assert talk.speakers == ("Ann", "Ben")
    assert "not taken for names (lines 5, 6, 10, 11)" in remarks(talk)


def test_answers_below_a_colon_are_no_list() -> None:
    talk = reread("Ann: tell me:\nBen: a\nmore\nAnn: and you say:\nBen: b\nAnn: c")
    assert talk.speakers == ("Ann", "Ben")


@pytest.mark.parametrize(
    ("rare", "seldom"), [(2, True), (5, False)], ids=["beside many turns", "as often as the others"]
)
def test_names_that_are_rare_beside_the_others_are_remarked_on(rare: int, seldom: bool) -> None:
    talk = reread("Ann: a\nmore\nBen: b\n" * 6 + "Pudding: yes\n" * rare)
    assert talk.speakers == ("Ann", "Ben", "Pudding")
    assert ("seldom" in remarks(talk)) is seldom


SMALL = {
    "one comes once": ("ann: hi\nben: hey\nann: ok", ["ann", "ben"]),
    "particles": ("dad: a\nvan der Berg: b\ndad: c", ["dad", "van der Berg"]),
    "second speaker missing": ("ann: hi\nwell\nben: hey\nann: ok", ["ann", "ben"]),
    "every line reports": ("Ann said: hi\nBen said: hey", ["Ann said", "Ben said"]),
}


@pytest.mark.parametrize(("text", "names"), SMALL.values(), ids=SMALL)
def test_small_letters(text: str, names: list[str]) -> None:
    talk = reread(text)
    assert list(talk.speakers) == names
    assert "once" in remarks(talk)


@pytest.mark.parametrize(
    ("many", "words"), [(5, "hi"), (1000, "hi"), (1000, "so long that only some are looked at" * 2)]
)
def test_many_who_speak_once_each(many: int, words: str) -> None:
    assert len(reread("".join(f"P{n}: {words}\n" for n in range(many))).speakers) == many


def test_many_who_speak_once_each_over_several_lines_are_read_if_the_format_is_named() -> None:
    text = "Ann: a\nmore\nBen: b\nCat: c\nDan: d\nEve: e"
    with pytest.raises(ReadError, match="name_text"):
        reread(text)
    assert len(reread(text, "name_text").speakers) == 5


@pytest.mark.parametrize(
    "text",
    [
        "It was late.\nShe went home and said: no\nThen it rained.",
        "It came to this: nothing.",
        "One had to choose.\nFor example: tea\nAnother day.\nFor example: milk\nThe end.",
        "See https://example.org: it is there\nand 10:30 it is",
    ],
)
def test_prose_is_no_transcript(text: str) -> None:
    assert sniff(text) < 0.5


LAYOUTS = {
    "date in front": ("2024-01-05 10:15 {}: {}", "2024-01-05T10:15:00"),
    "date in front, with seconds": ("2024-01-05T10:15:30 {}: {}", "2024-01-05T10:15:30"),
    "date in brackets": ("(2024-01-05, 10:15) {}: {}", "2024-01-05T10:15:00"),
    "date that can be read in two ways": ("05/01/2024 10:15 {}: {}", "aside"),
    "day only": ("2024-01-05 {}: {}", "aside"),
    "no such day": ("2024-13-05 10:15 {}: {}", "aside"),
    "bold": ("**{}:** {}", None),
    "bold, colon outside": ("**{}**: {}", None),
    "slanted": ("*{}:* {}", None),
    "bulleted": ("- {}: {}", None),
    "bulleted and bold": ("* **{}:** {}", None),
    "numbered": ("1. {}: {}", None),
    "numbered with brackets": ("12) {}: {}", None),
}


@pytest.mark.parametrize(("layout", "time"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts(layout: str, time: str | None) -> None:
    """A time, none, or one that is put aside with a remark."""
    talk = reread("\n".join(layout.format(*turn) for turn in [("Ann", "a"), ("Ben", "b **c**"), ("Ann", "d")]))
    assert turns(talk) == [("Ann", "a"), ("Ben", "b **c**"), ("Ann", "d")]
    kept = None if time == "aside" else time
    assert {said.time.isoformat() if said.time else None for said in talk.utterances} == {kept}
    assert ("put aside (lines 1, 2, 3)" in remarks(talk)) is (time == "aside")


FOLDED = {
    "capitals": ("Ann: a\nBEN: b\nAnn: c\nBen: d\nBen: e", ["Ann", "Ben"], "(line 2)"),
    "small": ("ann: a\nBen: b\nAnn: c\nAnn: d\nBen: e", ["Ann", "Ben"], "(line 1)"),
    "with an aside": ("Ann: a\nBen: b\nANN (laughing): c\nBen: d", ["Ann", "Ben"], "(line 3)"),
}


@pytest.mark.parametrize(("text", "names", "where"), FOLDED.values(), ids=FOLDED)
def test_spellings_of_one_name_are_one_speaker(text: str, names: list[str], where: str) -> None:
    talk = reread(text)
    assert list(talk.speakers) == names
    assert f"small and capital letters were taken for one speaker's {where}" in remarks(talk)


OPENERS = st.sampled_from(["Ann", "Ben", "My wife", "he said", "so it is", "milk", "🐻", ""])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.builds(Line, OPENERS, st.booleans()), max_size=12))
def test_who_speaks_is_among_the_names_and_all_do_if_every_line_has_one(lines: list[Line]) -> None:
    cast = learn_cast(lines)
    names = {line.name for line in lines if line.name}
    assert cast.once | cast.seldom <= cast.names <= names
    assert not cast.once & cast.seldom
    if all(line.name for line in lines):
        assert cast.names == names


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=70))
def test_whatever_stands_before_a_colon_looks_more_or_less_like_a_name(text: str) -> None:
    assert likeness(text) in {None, 0, 1, 2, 3}

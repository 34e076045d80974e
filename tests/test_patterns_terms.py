"""Which words of an ultimatum say the demand, the stake and the deadline."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.patterns.terms import READ, terms
from relcomm.patterns.time_words import bounds
from relcomm.patterns.ultimatums import content, same

HERE = Path(__file__).parent
JOINING = frozenset("and or if unless then just so please but either that to the a".split())  # noqa: SIM905


def read(text: str) -> tuple[str, ...]:
    found = terms(text)
    return tuple(text[slice(*bit)] if bit else "" for bit in (found.demand, found.stake, found.deadline))


def bare(words: str) -> list[str]:
    """The words without joining words at the edges, marks and case."""
    out = re.findall(r"[\w']+", words.lower())
    while out and out[0] in JOINING:
        out.pop(0)
    while out and out[-1] in JOINING:
        out.pop()
    return out


@pytest.mark.parametrize(
    ("text", "demand", "stake", "deadline"),
    [
        ("If you don't stop, I'm gone.", "you don't stop", "I'm gone", ""),
        ("I'm gone if you don't stop, I mean it.", "you don't stop", "I'm gone", ""),
        ("if u go there again im done", "u go there again", "im done", ""),
        ("Stop that, Ann, or I walk.", "Stop that", "I walk", ""),
        ("Stop it. Otherwise we're finished, Jo.", "Stop it", "we're finished", ""),
        ("Sign it by the 8th. If not, I stop paying.", "Sign it", "I stop paying", "by the 8th"),
        ("bin it. tonight. or you can leave", "bin it", "you can leave", "tonight"),
        ("One more word and you're out.", "One more word", "you're out", ""),
        ("Until you see a doctor, I'm not coming home.", "you see a doctor", "I'm not coming home", ""),
        ("You've got till Friday to tell her.", "tell her", "", "till Friday"),
        ("I give you a week to decide, then I'm gone.", "decide", "I'm gone", "a week"),
        ("So it's the match or us, Dec. Pick.", "it's the match or us", "", ""),
        ("Your friends or this flat. Choose.", "Your friends or this flat", "", ""),
        ("This is your last chance. Ring the helpline.", "Ring the helpline", "", ""),
        ("Have fun. I wouldn't count on me being here.", "", "I wouldn't count on me being here", ""),
        ("Last chance.", "", "", ""),
        ("Shall I cancel it? Because I will if you don't come.", "you don't come", "cancel it", ""),
        ("Leave that chat. Tonight. I'm not marrying a man like that.", "Leave that chat", "I'm not marrying a man like that", "Tonight"),
        ("Stop it \N{EM DASH} or I\N{RIGHT SINGLE QUOTATION MARK}m gone.", "Stop it", "I\N{RIGHT SINGLE QUOTATION MARK}m gone", ""),
        ("unless you pay i'm not signing when the lease ends", "you pay", "i'm not signing", "when the lease ends"),
        ("Come with me on Sunday or I'm gone.", "Come with me on Sunday", "I'm gone", ""),
        ("Walk out tonight and we're done.", "Walk out tonight", "we're done", ""),
        ("Hm.", "", "", ""),
        ("", "", "", ""),
    ],
)  # fmt: skip
def test_forms(text: str, demand: str, stake: str, deadline: str) -> None:
    assert read(text) == (demand, stake, deadline)


def test_most_of_what_people_write_is_found() -> None:
    # Ultimatums of the corpus, marked by hand before the rules were written and looked at once since.
    rows = json.loads((HERE / "patterns" / "ultimatum_words.json").read_text(encoding="utf-8"))
    assert len(rows) >= 60
    hits = [[bare(a) == bare(b) for a, b in zip(read(text), wanted, strict=True)] for text, *wanted in rows]
    for part, least in zip(zip(*hits, strict=True), (0.9, 0.9, 0.95), strict=True):
        assert sum(part) / len(part) >= least


BITS = [
    "if",
    "or",
    "and",
    "unless",
    "until",
    "you",
    "I'm gone",
    "we're done",
    "by Friday",
    "before",
    "tonight",
    "choose",
]
BITS += [",", ".", "?", "the boat", "don't", "me", "last chance", "you have till", "to", "Ann,", "\N{EM DASH}", "noooo"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(BITS) | st.text(max_size=8), max_size=25).map(" ".join))
def test_any_text(text: str) -> None:
    found = terms(text)
    assert found == terms(text)
    spans = [bit for bit in (found.demand, found.stake, found.deadline) if bit]
    for start, end in spans:
        assert 0 <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert read("Stop it or I'm gone. " + "or if and " * READ)[:2] == ("Stop it", "I'm gone")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("by the first of the month, then", ["by the first of the month"]),
        ("before , if", []),
        ("before noon , if", ["before noon"]),
        ("until I hear from her, or", ["until I hear from her"]),
        ("by noon on Thursday or else", ["by noon on Thursday"]),
        ("until the end of June", ["until the end of June"]),
        ("before the Dean's lunch.", ["before the Dean's lunch"]),
        ("by the time it's poured, I'm off", ["by the time it's poured"]),
        ("right now, all of it", ["right now"]),
        ("within two weeks", ["within two weeks"]),
        ("on Sunday, by yourself, by bus, from tonight", []),
        ("until you say sorry", []),
    ],
)
def test_words_of_time(text: str, found: list[str]) -> None:
    assert [text[slice(*bit)] for bit in bounds(text, (0, len(text)))] == found


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("you start cleaning up after yourself", "clean up", True),
        ("It's me or the boat", "that boat goes", True),
        ("Ring the helpline", "Ring your mother", False),
        ("stop it", "stop it", False),
        ("sell the old boat in the yard", "sell your car", False),
    ],
)
def test_the_same_demand(one: str, two: str, expected: bool) -> None:
    assert same(content(one), content(two)) is same(content(two), content(one)) is expected

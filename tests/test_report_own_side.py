"""One's own side on the page, in the terminal and in a notebook; and what the program is not sure of."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

import report_scene
from relcomm.analyzer import Analyzer
from relcomm.errors import InputError
from relcomm.patterns.my_side import my_side
from relcomm.patterns.side import CLOSING
from relcomm.report import html, notebook, text
from relcomm.types import Analysis, Conversation, Prediction, Utterance
from report_reader import Page

START = datetime(2024, 1, 1, 8)  # noqa: DTZ001


@pytest.fixture(autouse=True, scope="module")
def _labels() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("relcomm.report.signs.LABELS", report_scene.CATALOGUE)
        yield


def weeks(count: int, *, before: float = 0.5, since: float = 0.5, dated: bool = True) -> Analysis:
    """Ann blames in a share of her turns, which changes in the middle; she defends whenever Ben blames."""
    draw = random.Random(3)
    said: list[tuple[str, str, datetime]] = []
    for week in range(count):
        for day in range(0, 7, 2):
            for n in range(6):
                now = START + timedelta(weeks=week, days=day, minutes=n)
                mine = draw.random() < (before if week < count / 2 else since)
                said.append(("Ben", "criticism" if n % 3 == 0 else "", now))
                said.append(("Ann", "defensiveness" if n % 3 == 0 else "criticism" if mine else "", now))
    talk = Conversation(tuple(Utterance("Hm.", name, now if dated else None) for name, _, now in said))
    scores = dict.fromkeys(report_scene.CATALOGUE, 0.1)
    seen = tuple(Prediction((label,) if label else (), scores) for _, label, _ in said)
    return Analysis(talk, seen, (), {}, my_side=my_side(talk, seen, "Ann"))


def section(analysis: Analysis, key: str = "own-side") -> str:
    found = re.search(f'<section id="{key}".*?</section>', html(analysis), re.DOTALL)
    assert found
    return found.group()


def test_without_a_name_nothing_is_told_of_anybodys_side() -> None:
    analysis = replace(weeks(8), my_side=None)
    assert "own side" not in Page(html(analysis)).said("main") + text(analysis).lower() + notebook(analysis)


def test_what_they_did_with_links_to_the_turns() -> None:
    analysis = weeks(2)
    mine = [
        n
        for n, (said, seen) in enumerate(zip(analysis.conversation.utterances, analysis.predictions, strict=True), 1)
        if said.speaker == "Ann" and "defensiveness" in seen.labels
    ]
    shown = section(analysis)
    assert f"{len(mine)} of 48" in shown
    assert all(f'href="#t{n}"' in shown for n in mine)
    assert "Ann’s own side" in Page(html(analysis)).said("nav")


def test_what_they_did_after_what() -> None:
    page = Page(section(weeks(4)))
    assert (
        "After the other's words had criticism, Ann's answer had defensiveness in 32 of 32; otherwise in 0 of 64."
        in (page.said("p"))
    )
    rows = re.sub(r"\s+", " ", page.said("table"))
    assert "After the other’s words had criticism, 32 times" in rows
    assert "Defensiveness ●32 of 3289–100 %0 of 640–6 %" in rows


def test_every_week_has_its_dot_its_interval_and_its_row() -> None:
    analysis = weeks(9)
    shown = section(analysis)
    drawings = re.findall('<svg class="trend".*?</svg>', shown, re.DOTALL)
    assert len(drawings) == 2
    for drawing in drawings:
        dots = re.search('class="dots" d="([^"]*)"', drawing)
        bands = re.search('class="band" d="([^"]*)"', drawing)
        assert dots
        assert bands
        places = [tuple(map(float, place.split())) for place in re.findall("M([^h]*)h0", dots.group(1))]
        ranges = [tuple(map(float, b)) for b in re.findall(r"M([\d.]+) ([\d.]+)V([\d.]+)", bands.group(1))]
        assert len(places) == len(ranges) == 9
        for (x, y), (at, low, high) in zip(places, ranges, strict=True):
            assert x == at
            assert high <= y <= low  # the drawing's heights grow downwards
            assert 0 <= high <= low <= 110
            assert 34 <= x <= 352
    assert shown.count('<th scope="row">') >= 9
    assert "26 February 2024" in shown


def test_a_change_is_drawn_and_told_only_where_it_is_supported() -> None:
    there, not_there = weeks(12, before=0.9, since=0.02), weeks(12)
    assert there.my_side
    assert [change.label for change in there.my_side.changes] == ["criticism"]
    assert section(there).count('class="level"') == 1
    for view in (section(there), text(there), notebook(there)):
        assert re.search("From the week of [0-9]+ February 2024 on,\\s+criticism\\s+came", view)
    assert 'class="level"' not in section(not_there)
    assert "No change over the weeks is supported" in section(not_there)
    assert "From the week of" not in section(not_there) + text(not_there)


# What is told of the weeks where they are few.
FEW = {
    "no dates": (weeks(3, dated=False), "These turns have no dates", 0),
    "one week": (weeks(1), "There is no trend to draw: all dated turns are of one week.", 0),
    "two weeks": (weeks(2), "Changes are looked for from 60 dated turns in 6 weeks on; here are 48 in 2.", 2),
}


@pytest.mark.parametrize(("analysis", "told", "drawn"), FEW.values(), ids=FEW)
def test_few_weeks(analysis: Analysis, told: str, drawn: int) -> None:
    shown = section(analysis)
    assert told in shown
    assert shown.count('<svg class="trend"') == drawn


def test_a_side_without_a_label_is_a_side_too() -> None:
    talk = Conversation((Utterance("Hi", "Ann", START), Utterance("Hey", "Ben")))
    seen = (Prediction((), {"repair": 0.1}),) * 2
    analysis = Analysis(talk, seen, (), {}, my_side=my_side(talk, seen, "Ben"))
    shown = section(analysis)
    assert "No label was found on Ben's 1 turn." in shown
    assert "5 times or more" in shown
    assert CLOSING in shown
    assert "BEN’S OWN SIDE" in text(analysis)


@pytest.mark.parametrize("times", [1, 2])
def test_an_answer_or_two_are_no_habit(times: int) -> None:
    turns = [("Ben", "criticism"), ("Ann", "repair")] * times + [("Ben", "criticism"), ("Ann", "")] * 5
    talk = Conversation(tuple(Utterance("Hm.", name) for name, _ in turns))
    seen = tuple(Prediction((label,) if label else (), {}) for _, label in turns)
    side = my_side(talk, seen, "Ann")
    assert [(row.there.count, row.apart) for row in side.after] == [(times, False)]
    assert "No label came three times or more" in section(Analysis(talk, seen, (), {}, my_side=side))


def test_the_terminal_has_the_weeks() -> None:
    shown = text(weeks(3))
    assert "ANN’S OWN SIDE" in shown
    assert re.search(r"  8 January 2024 +24 turns +Criticism [0-9]+, Defensiveness 8\n", shown)


def test_three_years_of_weeks_stay_small() -> None:
    analysis = weeks(156)
    assert len(section(analysis).encode()) < 60_000
    assert 'class="dots thin"' in section(analysis)


def test_the_way_through_the_analyser(ngram: Analyzer) -> None:
    talk = Conversation((Utterance("Hi", "Ann"), Utterance("Hey", "Ben"), Utterance("x", "")))
    analysis = ngram.analyze(talk, me="Ben")
    assert analysis.my_side
    assert analysis.my_side.name == "Ben"
    assert analysis.to_dict()["my_side"]["turns"] == 1
    assert json.dumps(analysis.to_dict())
    assert ngram.analyze(talk).my_side is None
    assert ngram.analyze(talk).to_dict()["my_side"] is None


# A name that nobody has, and what is said.
NOBODY = {
    "another": ("Quince", "2 speakers have names"),
    "small letters": ("ann", "2 speakers have names"),
    "blank": (" ", "2 speakers have names"),
    "no name at all": (7, "got int"),
    "none": (None, "got NoneType"),
}


@pytest.mark.parametrize(("me", "said"), NOBODY.values(), ids=NOBODY)
def test_a_name_that_nobody_has(ngram: Analyzer, monkeypatch: pytest.MonkeyPatch, me: str, said: str) -> None:
    monkeypatch.setattr(Analyzer, "label", lambda *_: pytest.fail("labelled before the name was looked at"))
    talk = Conversation((Utterance("Hi", "Ann"), Utterance("Hey", "Ben"), Utterance("x", "")))
    with pytest.raises(InputError, match=said) as caught:
        ngram.analyze(talk, me=me)
    assert not re.search("Ann|Ben|Quince|Hey", str(caught.value))


def test_what_is_not_sure_is_told_with_its_turns() -> None:
    seen = (
        Prediction((), {"contempt": 0.4}, (), ("contempt",), ("unsure",)),
        Prediction((), {}, (), (), ("unsure",)),
        Prediction(("repair",), {"repair": 0.9}, (), ("contempt",), ("unsure", "long")),
    )
    analysis = Analysis(Conversation(tuple(Utterance("x", "Ann") for _ in seen)), seen, (), {})
    shown = section(analysis, "unsure")
    for wanted in (
        'Perhaps contempt</dt><dd>turns <a href="#t1">1</a>, <a href="#t3">3</a>',
        'Some label, not named</dt><dd>turn <a href="#t2">2</a>',
        'only its first part was read</dt><dd>turn <a href="#t3">3</a>',
    ):
        assert wanted in shown


def test_where_all_is_sure_that_is_no_praise() -> None:
    sure = Analysis(Conversation((Utterance("x", "Ann"),)), (Prediction(("repair",), {}),), (), {})
    assert "No turn was on the edge" in section(sure, "unsure")

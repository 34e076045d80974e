"""The safety notice: raised by turns, calm in every word, and never a verdict, an all-clear or an order."""

from __future__ import annotations

import copy
import json
import pickle
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.analyzer import Analyzer
from relcomm.errors import InputError, ReadError
from relcomm.help import VARIABLE, helplines
from relcomm.report import html, text
from relcomm.report.notice import closing, lines
from relcomm.safety import LABEL, QUIET_WORDS, WORDS, notice, where_to_turn
from relcomm.types import Analysis, Conversation, Notice, Prediction, Utterance
from report_reader import PAYLOADS, Page
from tiny import tiny_model

# What turns carry ("threat", "threat?" where the software is not sure), and which positions the notice names.
CASES: dict[str, tuple[list[str], tuple[int, ...], tuple[int, ...]]] = {
    "a threat": (["", "threat", ""], (1,), ()),
    "two threats among other labels": (["threat criticism", "", "contempt threat"], (0, 2), ()),
    "a threat and a doubt": (["threat?", "threat"], (1,), (0,)),
    "a doubt": (["", "", "threat?"], (), (2,)),
    "doubts": (["threat? contempt", "repair", "threat?"], (), (0, 2)),
    "a threat that is somehow both": (["threat threat?"], (0,), ()),
    "the last turn": (["", "threat"], (1,), ()),
}
SILENT = {
    "nobody": [],
    "nothing": ["", ""],
    "other harmful labels": ["ultimatum", "contempt", "pressure stonewalling", "criticism defensiveness"],
    "other doubts": ["ultimatum?", "contempt? pressure?"],
    "a boundary": ["boundary"],
}
FORBIDDEN = (
    *("abuse detected", "abuser", "abusive", "is abuse", "victim", "perpetrator", "survivor", "toxic", "narciss"),
    *("gaslight", "violent person", "dangerous person", "guilty", "criminal", "you are safe", "you're safe", "is safe"),
    *("no danger", "not in danger", "nothing to worry", "don't worry", "do not worry", "no cause for", "all clear"),
    *("you are in danger", "confront", "leave him", "leave her", "leave them", "leave your", "you should", "you must"),
    *("you need to", "get out", "report him", "report her", "break up", "separate from", "divorce", "risk score"),
    *("high risk", "low risk", "diagnos", "warning!", "alert", "your partner"),
)


def talk_of(turns: list[str]) -> tuple[Conversation, tuple[Prediction, ...]]:
    said = tuple(Utterance(f"quince {n}", ("Marigold", "Thaddeus")[n % 2]) for n in range(len(turns)))
    return Conversation(said), tuple(prediction(turn.split()) for turn in turns)


def prediction(names: list[str]) -> Prediction:
    sure = tuple(name for name in names if not name.endswith("?"))
    return Prediction(sure, {}, unsure=tuple(name[:-1] for name in names if name.endswith("?")))


def raised(turns: list[str]) -> Notice:
    found = notice(*talk_of(turns))
    assert found is not None
    return found


def shown(turns: list[str]) -> Analysis:
    talk, seen = talk_of(turns)
    return Analysis(talk, seen, (), {}, "base", notice(talk, seen))


@pytest.mark.parametrize(("turns", "read", "unsure"), CASES.values(), ids=CASES)
def test_what_raises_a_notice(turns: list[str], read: tuple[int, ...], unsure: tuple[int, ...]) -> None:
    found = raised(turns)
    assert (found.utterances, found.unsure, found.quiet) == (read, unsure, not read)
    assert found.words == (WORDS if read else QUIET_WORDS)
    assert (found.help, found.note, found.as_of) == (helplines().lines, helplines().note, helplines().as_of)


@pytest.mark.parametrize("turns", SILENT.values(), ids=SILENT)
def test_what_raises_none(turns: list[str]) -> None:
    assert notice(*talk_of(turns)) is None
    assert shown(turns).to_dict()["safety"] is None
    assert "safety" not in Page(html(shown(turns))).values("id")
    assert "ABOUT SAFETY" not in text(shown(turns))


TURNS = st.lists(
    st.lists(st.sampled_from([LABEL, f"{LABEL}?", "contempt", "ultimatum?", "repair", "own"]), max_size=3).map(
        " ".join
    ),
    max_size=12,
)


@given(TURNS)
@settings(max_examples=80, deadline=None)
def test_any_conversation(turns: list[str]) -> None:
    talk, seen = talk_of(turns)
    found = notice(talk, seen)
    assert (found is None) == (not any(LABEL in each.labels + each.unsure for each in seen))
    if found is None:
        return
    assert all(LABEL in seen[n].labels for n in found.utterances)
    assert all(LABEL in seen[n].unsure and LABEL not in seen[n].labels for n in found.unsure)
    assert len({*found.utterances, *found.unsure}) == sum(LABEL in each.labels + each.unsure for each in seen)
    assert list(found.utterances) == sorted(found.utterances)
    assert found.quiet == (not any(LABEL in each.labels for each in seen))
    assert notice(talk, list(seen)) == found
    analysis = Analysis(talk, seen, (), {}, safety=found)
    section = section_of(analysis)
    assert f'href="#t{(*found.utterances, *found.unsure)[0] + 1}"' in section
    assert_calm(Page(section).said("section"))
    assert_calm(" ".join(line for line, _ in (*lines(analysis), *closing(analysis))))


def assert_calm(words: str) -> None:
    flat = " ".join(words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").lower().split())
    assert [phrase for phrase in FORBIDDEN if phrase in flat] == []


@pytest.mark.parametrize("words", [WORDS, QUIET_WORDS, (where_to_turn(helplines()),)], ids=["loud", "quiet", "draft"])
def test_the_wording_is_calm(words: tuple[str, ...]) -> None:
    assert_calm(" ".join(words))
    assert not re.search(r"\b(?:he|she|him|her|his|wife|husband|man|woman)\b|!", " ".join(words[:5]).split("\n")[0])


@pytest.mark.parametrize("phrase", FORBIDDEN)
def test_what_would_not_be_calm_is_seen(phrase: str) -> None:
    with pytest.raises(AssertionError):
        assert_calm(f"Here, {phrase.upper()} is said.")


# What either kind of notice must say, as parts of sentences.
SAID = {
    "patterns explain nothing": (r"couple patterns.* do not explain danger", True),
    "wrong both ways": (r"wrong in both directions", True),
    "fear is enough": (r"afraid.* reason enough to talk to somebody|being afraid is reason enough", True),
    "one's own life": (r"may not want to live, and for (?:the person|those) who hear", True),
    "this may be seen": (r"others may see this report and the file", True),
    "private browsing": (r"private browsing window", True),
    "it misses": (r"it misses threats", False),
    "no verdict": (r"nothing here says what any person is like", False),
    "life in danger": (r"life may be in danger now, please ring the emergency number", False),
    "one's own acts": (r"afraid of what they themselves may do", False),
}


@pytest.mark.parametrize(("pattern", "in_both"), SAID.values(), ids=SAID)
def test_what_is_said(pattern: str, in_both: bool) -> None:
    assert re.search(pattern, " ".join(WORDS).lower())
    assert not in_both or re.search(pattern, " ".join(QUIET_WORDS).lower())


def test_a_doubt_is_told_in_fewer_words() -> None:
    assert len(" ".join(QUIET_WORDS)) < 0.7 * len(" ".join(WORDS))
    assert "not sure" in QUIET_WORDS[0]


def test_numbers_must_fit() -> None:
    talk, seen = talk_of(["threat", ""])
    with pytest.raises(InputError, match="got 1 for a conversation of 2 turns"):
        notice(talk, seen[:1])


def test_the_file_of_help_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "own.toml"
    entry = 'country="Utopia"\nname="Ear"\nreach="1 23"\npurpose="home"\nchecked=2026-01-01\nhow="rung"\n'
    file.write_text(f'as_of = 2026-01-02\nnote = "By hand."\n[[helpline]]\n{entry}', encoding="utf-8")
    talk, seen = talk_of(["threat"])
    found = notice(talk, seen, helplines_file=file)
    assert found is not None
    assert [line.reach for line in found.help] == ["1 23"]
    assert (found.note, found.as_of) == ("By hand.", date(2026, 1, 2))
    monkeypatch.setenv(VARIABLE, str(file))
    assert notice(talk, seen) == found


def test_a_damaged_file_of_help_is_told_of_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/nowhere.toml")
    with pytest.raises(ReadError, match=f"^{VARIABLE}: cannot be read"):
        notice(*talk_of([""]))
    analyzer = Analyzer(tiny_model())
    with pytest.raises(ReadError, match=f"^{VARIABLE}"):
        analyzer.analyze(Conversation((Utterance("hi", "Ann"),)))
    with pytest.raises(ReadError, match=f"^{VARIABLE}"):
        analyzer.check("hi")


def test_a_notice_is_frozen_travels_and_shows_nobody() -> None:
    found = raised(["threat", "threat?"])
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found), replace(found)):
        assert again == found
        assert hash(again) == hash(found)
    assert not [word for word in ("quince", "Marigold", "Thaddeus") if word in repr(found) + str(found.to_dict())]


def test_a_notice_as_plain_types() -> None:
    found = raised(["threat?", "threat"])
    plain = shown(["threat?", "threat"]).to_dict()["safety"]
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert list(plain) == ["utterances", "unsure", "words", "help", "note", "as_of"]
    assert (plain["utterances"], plain["unsure"], plain["words"]) == ([1], [0], list(WORDS))
    assert plain["as_of"] == found.as_of.isoformat()
    assert len(plain["help"]) == len(found.help)
    assert plain["help"][0] == {
        "country": "Australia",
        "name": "Emergency number",
        "reach": "000",
        "purpose": "emergency",
        "checked": "2026-11-23",
        "how": found.help[0].how,
        "hours": "",
        "who": "",
    }


@pytest.mark.parametrize("seed", [3, 7])
def test_the_analyzer_computes_it(seed: int) -> None:
    talk = Conversation(tuple(Utterance(said, "Ann") for said in ("you never listen", "zzzz", "sorry", "can we talk")))
    analysis = Analyzer(tiny_model(labels=("criticism", LABEL), seed=seed)).analyze(talk)
    assert analysis.safety == notice(talk, analysis.predictions)
    assert any(LABEL in seen.labels + seen.unsure for seen in analysis.predictions) == (analysis.safety is not None)


def test_some_analysis_has_a_notice() -> None:
    talk = Conversation(tuple(Utterance(said, "Ann") for said in ("you never listen", "zzzz", "sorry", "can we talk")))
    found = [Analyzer(tiny_model(labels=("criticism", LABEL), seed=seed)).analyze(talk).safety for seed in (3, 7)]
    assert any(found)


# The report ----------------------------------------------------------------------------------------------------------


def section_of(analysis: Analysis) -> str:
    found = re.search('<section id="safety".*?</section>', html(analysis), re.DOTALL)
    assert found
    return found.group()


def test_the_page_has_it_first_in_a_section_of_its_own() -> None:
    page = Page(html(shown(["", "threat", "threat", "threat?"])))
    sections = [value for tag, name, value in page.attributes if tag == "section" and name == "id"]
    assert sections[:2] == ["safety", "stands-out"]
    assert page.values("href")[1] == "#safety"
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {value.removeprefix("#") for value in page.values("href")} <= set(ids)
    assert "safety-title" in page.values("aria-labelledby")


def test_turns_are_linked_and_the_list_of_help_is_open() -> None:
    section = section_of(shown(["", "threat", "threat", "threat?"]))
    assert 'Read as a threat: turns <a href="#t2">2–3</a>.' in section
    assert 'the software is not sure: turn <a href="#t4">4</a>.' in section
    assert "<details open>" in section
    assert 'class="safety"' in section
    for line in helplines().lines:
        assert f"<b>{line.reach}</b>" in section
    assert "tel:" not in section
    assert "As of 23 November 2026." in section


def test_a_quiet_notice_is_folded_and_a_word_quieter() -> None:
    section = section_of(shown(["threat?"]))
    assert "Read as a threat" not in section
    assert "<details><summary>" in section
    assert 'class="safety quieter"' in section


def test_the_terminal_has_it_before_the_patterns() -> None:
    out = text(shown(["threat", "", "threat?"]), width=200)
    assert out.index("A WORD ABOUT SAFETY") < out.index("Read as a threat: turn 1.") < out.index("WHAT STANDS OUT")
    assert "Perhaps a threat, the software is not sure: turn 3." in out
    assert out.index("1-800-799-7233") < out.index("WHAT STANDS OUT")
    assert out.count("1-800-799-7233") == 1


def test_a_quiet_notice_leaves_the_list_to_the_end_of_the_terminal() -> None:
    out = text(shown(["threat?"]), width=200)
    assert out.index("A WORD ABOUT SAFETY") < out.index("WHAT STANDS OUT") < out.index("WHERE TO FIND HELP")
    assert out.count("1-800-799-7233") == 1
    assert out.index("1-800-799-7233") > out.index("HOW THE TRANSCRIPT WAS READ")


def test_telephone_numbers_are_not_cut_at_the_end_of_a_line() -> None:
    for width in (40, 57, 80):
        lines = text(shown(["threat"]), width=width).replace("\N{NO-BREAK SPACE}", " ").splitlines()
        for line in helplines().lines:
            assert any(line.reach in each for each in lines) or " or " in line.reach


def test_many_turns_are_counted() -> None:
    section = section_of(shown(["threat", ""] * 40))
    assert "and 16 more places." in section
    assert "and 16 more places." in text(shown(["threat", ""] * 40), width=200)


def test_turns_that_are_not_there_are_left_out() -> None:
    analysis = replace(shown(["threat"]), safety=replace(raised(["threat"]), utterances=(0, 7, -1)))
    assert "Read as a threat: turn 1." in text(analysis)
    assert 'href="#t8"' not in html(analysis)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_an_own_file_of_help_cannot_add_a_tag(payload: str) -> None:
    found = raised(["threat"])
    line = replace(
        found.help[0], country=payload, name=payload, reach=payload, purpose=payload, hours=payload, who=payload
    )
    analysis = replace(shown(["threat"]), safety=replace(found, help=(line,), note=payload, words=(payload,)))
    plain = replace(line, country="x", name="x", reach="x", purpose="x", hours="x", who="x")
    harmless = replace(analysis, safety=replace(found, help=(plain,), note="x", words=("x",)))
    assert Page(html(analysis)).tags == Page(html(harmless)).tags
    out = text(analysis, width=60)
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]", out) is None

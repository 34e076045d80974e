"""The report in a terminal: within its width, and nothing in it steers the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import report_scene
from relcomm.report import text
from relcomm.report.terminal import columns, wrap
from relcomm.report.words import FLAGS
from relcomm.types import Analysis, Conversation, Finding, Prediction, Utterance
from report_reader import PAYLOADS, everywhere


@pytest.fixture(autouse=True, scope="module")
def _labels() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("relcomm.report.signs.LABELS", report_scene.CATALOGUE)
        yield


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nobody_can_steer_the_terminal(payload: str) -> None:
    out = text(everywhere(payload), width=60)
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]", out) is None
    assert out.encode("utf-8")


@pytest.mark.parametrize("width", [10, 40, 60, 100, 200])
def test_no_terminal_line_is_too_wide(width: int) -> None:
    for scene in (report_scene.kitchen(), everywhere("漢字" * 90), everywhere("x" * 300)):
        assert max(map(columns, text(scene, width=width).splitlines())) <= max(width, 40)


@given(st.text(max_size=80), st.integers(8, 30), st.integers(0, 4))
@settings(max_examples=100, deadline=None)
def test_wrapping_loses_no_letter(words: str, width: int, indent: int) -> None:
    lines = list(wrap(words, width, indent))
    assert all(columns(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(words.split())


def test_the_terminal_quotes_the_evidence() -> None:
    out = text(report_scene.kitchen(), width=200)
    assert (
        "   4  Tobias: Defensiveness 88 %\n      Defensiveness: “if you'd sent me the number” (gives the blame back"
        in out
    )
    assert "After Maren asked or pressed, Tobias pulled back in 3 of 4 turns. (some evidence; turns 3, 8–10)" in out
    assert re.search(r"Criticism +2 +20 % +\(6–51 %\)", out)
    assert "Did you ring the plumber" not in out
    assert "thing I ask. Honestly" not in out


def test_a_label_without_evidence_quotes_the_turn() -> None:
    talk = Conversation((Utterance("ok then\nbye", "Ann"),))
    assert "“ok then bye”" in text(Analysis(talk, (Prediction(("stonewalling",), {}),), (), {}))


# Which of six turns are flagged, and how they are spoken of.
PLACES = {(3,): "turn 3", (2, 3): "turns 2–3", (1, 5): "turns 1, 5"}


@pytest.mark.parametrize(("numbers", "shown"), PLACES.items(), ids=PLACES.values())
def test_one_turn_is_one_turn(numbers: tuple[int, ...], shown: str) -> None:
    talk = Conversation(tuple(Utterance(f"turn {n}", "Ann") for n in range(1, 7)))
    flags = [("unsure", "long", "replaced", "else") if n in numbers else () for n in range(1, 7)]
    finding = Finding("x", tuple(n - 1 for n in numbers), 1.0, "Something happened.")
    out = text(Analysis(talk, tuple(Prediction((), {}, flags=each) for each in flags), (finding,), {}), width=200)
    assert f"Not sure about: {shown}\n" in out
    assert f"\n{FLAGS['long']} ({shown})\n" in out
    assert f"\n{FLAGS['replaced']} ({shown})\n" in out
    assert f"Something happened. (some evidence; {shown})\n" in out
    assert "else" not in out.partition("WHAT THIS CANNOT SEE")[0]


def test_no_flag_no_word_of_it() -> None:
    out = text(Analysis(Conversation((Utterance("hi", "Ann"),)), (Prediction((), {}),), (), {}))
    assert not any(meaning in out for meaning in FLAGS.values())
    assert "Not sure about" not in out

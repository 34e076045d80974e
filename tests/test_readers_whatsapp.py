"""WhatsApp over systems, locales and clocks: every line, speaker and time is right, or the reader says what it needs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports import FATES, LOCALES, Export, export, exports
from relcomm.errors import ReadError
from relcomm.readers.whatsapp import sniff
from relcomm.types import Conversation
from rereading import reread

ALL = list(exports())
# Written with the year first, or with dots, which no locale does with the month first.
EVIDENT = {name for name, locale in LOCALES.items() if locale.android.startswith("{yyyy}") or "}.{m" in locale.android}


def assert_read(talk: Conversation, made: Export) -> None:
    report = talk.report
    assert report
    assert report.format == "whatsapp"
    assert [(said.speaker, said.text, said.time) for said in talk.utterances] == made.said
    assert {fate: list(getattr(report, fate)) for fate in FATES if getattr(report, fate)} == made.fates


def test_there_are_enough_of_them() -> None:
    assert len(LOCALES) >= 14
    assert len({made.text for made in ALL}) >= 40


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.name)
def test_every_export_is_read_right(made: Export) -> None:
    assert_read(reread(made.text), made)
    assert_read(reread(made.text.replace("\n", "\r\n")), made)


@pytest.mark.parametrize("name", LOCALES)
@pytest.mark.parametrize("ios", [False, True])
@pytest.mark.parametrize("twelve", [False, True])
def test_the_order_is_asked_for_where_it_is_open(name: str, *, ios: bool, twelve: bool) -> None:
    made = export(name, ios=ios, twelve=twelve, step="open")
    if name not in EVIDENT:
        with pytest.raises(ReadError, match=r"whatsapp:dmy.*whatsapp:mdy") as caught:
            reread(made.text)
        assert caught.value.line == 1
    order = "" if name in EVIDENT else ":mdy" if name == "en-US" else ":dmy"
    assert_read(reread(made.text, f"whatsapp{order}"), made)


@pytest.mark.parametrize("ios", [False, True])
def test_a_word_for_half_the_day_that_is_not_known_is_said(*, ios: bool) -> None:
    text = export("en-GB", ios=ios, twelve=True).text.replace("am", "xq")
    assert sniff(text) >= 0.5
    with pytest.raises(ReadError, match="24-hour clock") as caught:
        reread(text)
    assert caught.value.line


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(LOCALES)), st.booleans(), st.booleans(), st.data())
def test_cut_and_mixed_exports_are_read_or_refused(name: str, ios: bool, twelve: bool, data: st.DataObject) -> None:
    lines = export(name, ios=ios, twelve=twelve).text.splitlines(keepends=True)
    other = export(data.draw(st.sampled_from(sorted(LOCALES))), ios=not ios, twelve=twelve).text.splitlines(
        keepends=True
    )
    text = "".join(data.draw(st.lists(st.sampled_from(lines + other), max_size=14)))
    try:
        report = reread(text, "whatsapp").report
    except ReadError:
        return
    assert report
    noted = [number for fate in FATES for number in getattr(report, fate)]
    assert report.lines == report.spoken + report.blank + len(noted) == len(text.splitlines())

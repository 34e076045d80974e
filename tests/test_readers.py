"""Readers: every sample reads as expected, and every line is accounted for. Sources and errors: test_readers_sources.py."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relcomm.errors import ReadError
from relcomm.readers import READERS, SURE, read
from relcomm.types import Conversation, Utterance
from rereading import reread

HERE = Path(__file__).parent
SAMPLES = sorted(path for path in (HERE / "readers").glob("*/*") if path.suffix != ".expected")
# Parquet is no text, and tested where pyarrow may be absent: test_readers_tables.py.
TEXTS = [path for path in SAMPLES if path.parent.name != "parquet"]
EXAMPLES = sorted((HERE.parent / "examples" / "transcripts").glob("*"))


def record(said: Utterance) -> dict[str, str | float]:
    time = said.time.isoformat() if said.time else ""
    parts = {"id": said.id, "speaker": said.speaker, "time": time, "text": said.text}
    span = {"start": said.start, "end": said.end}
    written: dict[str, str | float] = {k: v for k, v in parts.items() if v or k in {"speaker", "text"}}
    return written | {k: v for k, v in span.items() if v is not None}


def decoded(path: Path) -> str:
    """The text of a sample; none where it is no text."""
    data = path.read_bytes()
    if data.startswith(b"PK"):
        return ""
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")


def test_every_format_has_samples() -> None:
    assert {path.parent.name for path in SAMPLES} == set(READERS)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_sample_reads_as_expected(path: Path) -> None:
    expected = [json.loads(line) for line in Path(f"{path}.expected").read_text(encoding="utf-8").splitlines()]
    talk = read(path)
    report = talk.report
    assert report
    fates = {k: list(getattr(report, k)) for k in FATES if getattr(report, k)}
    assert [*map(record, talk.utterances), fates] == expected
    assert_accounted(talk, decoded(path))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_sample_is_sniffed_as_its_own_format_only(path: Path) -> None:
    sample, first = decoded(path), path.read_bytes()[:8]
    magic = [name for name, reader in READERS.items() if first.startswith(getattr(reader, "MAGIC", b"\0"))]
    sniffed = [name for name, reader in READERS.items() if reader.sniff(sample) >= SURE]
    assert magic + sniffed == [path.parent.name]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_example_transcript_is_read_without_naming_its_format(path: Path) -> None:
    talk = read(path)
    assert talk.report
    assert talk.report.unassigned == ()
    assert len(talk.speakers) == 2
    assert_accounted(talk, path.read_text(encoding="utf-8"))


# Every line is accounted for.

FATES = ("system", "media", "deleted", "call", "unassigned")


def assert_accounted(talk: Conversation, text: str) -> None:
    report = talk.report
    assert report
    noted = [number for fate in FATES for number in getattr(report, fate)]
    assert report.lines == report.spoken + report.blank + len(noted)
    assert len(set(noted)) == len(noted)
    assert set(noted) <= set(range(1, report.lines + 1))
    assert report.messages == len(talk.utterances)
    if report.unit == "line":
        lines = list(io.StringIO(text, newline=""))
        assert report.lines == len(lines)
        assert all(lines[number - 1].strip() for number in noted)


def assert_words_kept(talk: Conversation, text: str) -> None:
    """What is not in the report's lists is in the conversation, in order."""
    assert talk.report
    noted = {number for fate in FATES for number in getattr(talk.report, fate)}
    lines = enumerate(io.StringIO(text, newline=""), 1)
    spoken = [line.strip() for number, line in lines if line.strip() and number not in noted]
    assert len(spoken) == talk.report.spoken
    words = [line.strip() for said in talk.utterances for line in said.text.split("\n") if line.strip()]
    for line in spoken:
        if words and line.endswith(words[0]):
            words.pop(0)
        else:
            assert line.endswith((":", "："))
    assert words == []


PIECES = st.sampled_from(
    [
        "Ann: ",
        "Ben: ",
        "Dr: Ann: ",
        "Note: ",
        "[00:01:23] ",
        "hi",
        "10:30",
        "https://a.org: b",
        " ",
        "\t",
        "—",
        "\u200e",
        "٣",
        "🙄",
        ":",
        "：",
    ]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n"])
TYPED = st.lists(st.tuples(st.lists(PIECES, max_size=4).map("".join), ENDS).map("".join), max_size=12).map("".join)


@settings(max_examples=100, deadline=None)
@given(TYPED)
@example("Ann: :\r\nBen: \n\nAnn:\nx")
@example("Ann: [00:01:23] :\nBen: it is [10:30]: see\nBen [10:31]: no")
@example("Ann: \nhi[00:01:23] :\n[00:01:23] ")
def test_typed_lines_are_all_kept(text: str) -> None:
    try:
        talk = reread(text, "name_text")
    except ReadError:
        return
    assert_accounted(talk, text)
    assert_words_kept(talk, text)


CHAT_HEADS = st.sampled_from(
    [
        "[13/1/23, 19:02:11] ",
        "[14/1/23, 19:02:11] ",
        "13/1/23, 19:02 - ",
        "[2023-01-04 19:02:11] ",
        "[45/45/23, 1:02:11] ",
        "\u200e[13/1/23, 9:02:11] ",
        "",
    ]
)
CHAT_BODIES = st.sampled_from(
    [
        "Ann: hi",
        "Ben: \u200eimage omitted",
        "Ann: <Media omitted>",
        "Ben: This message was deleted",
        "Ann left",
        "Ben: a: b",
        "\u200eOPTION: x",
        "Ann: ",
        "",
        " ",
    ]
)
CHATS = st.lists(st.tuples(CHAT_HEADS, CHAT_BODIES, ENDS).map("".join), max_size=12).map("".join)


@settings(max_examples=100, deadline=None)
@given(CHATS)
def test_chat_lines_are_all_accounted_for(text: str) -> None:
    try:
        talk = reread(text, "whatsapp:dmy")
    except ReadError:
        return
    assert_accounted(talk, text)


TABLES = st.lists(
    st.lists(st.sampled_from(["Ann", '"a, b"', '"x\ny"', "", " ", "a\u2028b"]), min_size=2, max_size=2).map(",".join)
    | st.just(""),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(TABLES, ENDS)
def test_table_lines_are_all_accounted_for(rows: list[str], end: str) -> None:
    text = end.join(["speaker,text", *rows])
    try:
        talk = reread(text, "csv")
    except ReadError:
        return
    assert_accounted(talk, text)


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=200)
    | st.lists(PIECES | CHAT_HEADS | CHAT_BODIES | ENDS | st.text(max_size=5), max_size=20).map("".join),
    st.sampled_from([None, *READERS]),
)
def test_any_text_is_read_or_refused(text: str, name: str | None) -> None:
    try:
        talk = reread(text, name)
    except ReadError:
        return
    assert_accounted(talk, text.removeprefix("\ufeff"))
    again = reread(text, name)
    assert again == talk


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=50).map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        talk = read(io.BytesIO(data))
    except ReadError:
        return
    assert talk.utterances


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=8).map(str.strip)), min_size=1, max_size=6))
def test_json_lines_come_back_as_written(turns: list[tuple[str, str]]) -> None:
    text = "\n".join(json.dumps({"text": text, "speaker": speaker}) for text, speaker in turns)
    assert [(said.text, said.speaker) for said in reread(text).utterances] == turns


# Day and month.

ORDER_TABLE = {
    "above twelve first": ("13/1/23", None, "2023-01-13"),
    "above twelve second": ("1/13/23", None, "2023-01-13"),
    "four digits": ("13/1/2023", None, "2023-01-13"),
    "dashes, month first": ("01-29-2018", None, "2018-01-29"),
    "dots": ("4.1.23", None, "2023-01-04"),
    "dots against habit": ("1.14.23", None, "2023-01-14"),
    "day is month": ("4/4/23", None, "2023-04-04"),
    "year first": ("2023/1/4", None, "2023-01-04"),
    "year first, dashes": ("2023-01-04", None, "2023-01-04"),
    "Hungarian": ("2023. 01. 04.", None, "2023-01-04"),
    "asked for, day first": ("1/4/23", "whatsapp:dmy", "2023-04-01"),
    "asked for, month first": ("1/4/23", "whatsapp:mdy", "2023-01-04"),
    "asked for, year first": ("23-01-04", "whatsapp:ymd", "2023-01-04"),
}


@pytest.mark.parametrize("case", ORDER_TABLE.values(), ids=ORDER_TABLE)
@pytest.mark.parametrize(
    "shape",
    ["[{0}, 19:02:00] Ann: x", "{0}, 19:02 - Ann: x", "{0}, 7:02 PM - Ann: x", "[{0} 7:02:00 p.\u00a0m.] Ann: x"],
)
def test_order_is_settled(case: tuple[str, str | None, str], shape: str) -> None:
    written, wanted, day = case
    said = reread(shape.format(written), wanted).utterances
    assert [record(one)["time"] for one in said] == [f"{day}T19:02:00"]


CLOCK_TABLE = {
    "12:00 AM": (0, 0),
    "12:00 PM": (12, 0),
    "1:05 am": (1, 5),
    "7:02\u202fPM": (19, 2),
    "7:02 p.m.": (19, 2),
    "7:02\u00a0p.\u00a0m.": (19, 2),
    "오후 7:02": (19, 2),
    "午前0:30": (0, 30),
    "上午7:02": (7, 2),
    "7:02 μ.μ.": (19, 2),
    "7:02 ÖS": (19, 2),
    "19.02": (19, 2),
    "19 h 02": (19, 2),
    "٧:٠٢ م": (19, 2),
}


@pytest.mark.parametrize(("clock", "expected"), CLOCK_TABLE.items())
def test_clock(clock: str, expected: tuple[int, int]) -> None:
    time = reread(f"13/1/2023, {clock} - Ann: x").utterances[0].time
    assert time
    assert (time.hour, time.minute) == expected


@pytest.mark.parametrize("heading", ["[9:15 AM, 8/14/2023] ", "[09:15, 14/8/2023] ", "[09:15, 14.8.2023] "])
def test_copied_from_whatsapp_web(heading: str) -> None:
    talk = reread(f"{heading}Ann: a\n{heading}Ben: b")
    assert talk.report
    assert talk.report.format == "whatsapp"
    assert [(record(said)["speaker"], record(said)["time"]) for said in talk.utterances] == [
        ("Ann", "2023-08-14T09:15:00"),
        ("Ben", "2023-08-14T09:15:00"),
    ]


ORDER_ASKED = {
    "one day": ("1/4/23, 19:02 - Ann: x\n1/4/23, 19:03 - Ben: y", 1),
    "both run forward": ("1/4/23, 19:02 - Ann: x\n2/4/23, 19:03 - Ben: y", 1),
    "both run backward": ("1/4/23, 19:02 - Ann: x\n2/5/23, 19:02 - Ann: x\n1/4/23, 19:03 - Ben: y", 1),
    "contradiction": ("13/1/23, 19:02 - Ann: x\n1/13/23, 19:03 - Ben: y", 1),
    "years run wild": ("23-01-04, 19:02 - Ann: x\n23-01-05, 19:03 - Ben: y", 1),
}


@pytest.mark.parametrize(("text", "line"), ORDER_ASKED.values(), ids=ORDER_ASKED)
def test_order_is_asked_for_and_not_guessed(text: str, line: int) -> None:
    with pytest.raises(ReadError, match=r"whatsapp:dmy.*whatsapp:mdy") as caught:
        reread(text)
    assert caught.value.line == line


@pytest.mark.parametrize("wanted", ["whatsapp:mdy", "whatsapp:ymd"])
def test_an_order_that_does_not_fit_is_refused(wanted: str) -> None:
    with pytest.raises(ReadError, match="no date"):
        reread("1/4/23, 19:02 - Ann: x\n14/4/23, 19:02 - Ann: y", wanted)


def test_lines_pasted_with_the_same_heading_show_by_their_line_ends() -> None:
    chat = "[13/1/23, 19:02:11] Ann: you wrote\n[12/1/23, 9:00:00] Ben: go away\r\n[13/1/23, 19:03:11] Ben: no\r\n"
    talk = reread(chat)
    assert [said.speaker for said in talk.utterances] == ["Ann", "Ben"]
    assert "another export" in talk.report.remarks[1]  # type: ignore[union-attr]
    assert len(reread(chat.replace("\r\n", "\n"))) == 3


NOT_NOTICES = [
    "voice call tonight?",
    "the media omitted it",
    "image omitted, sorry",
    "was this message deleted",
    "<sigh>",
    "null and void",
    "Null",
    "null.",
    "...",
    ".",
    ". . .",
    "Messages end",
]


# On iPhones the app's own words begin with a mark, but keyboards bring it, too.
MARKED = {
    "words": ("\u200ehello there", "kept"),
    "of oneself": ("\u200eI left at five", "kept"),
    "edited": ("\u200ehello \u200e<This message was edited>", "kept"),
    "event": ("\u200eBen left", "taken for a notice"),
    "call in another language": ("\u200eNem fogadott hanghívás, \u200eVisszahívás", "taken for a notice"),
    "attachment": ("\u200eimage omitted", ""),
    "notice": ("\u200eMessages and calls are end-to-end encrypted.", ""),
    "deleted": ("\u200eThis message was deleted.", ""),
}


@pytest.mark.parametrize(("body", "remark"), MARKED.values(), ids=MARKED)
def test_a_message_with_the_mark_of_the_app_is_kept_or_remarked_on(body: str, remark: str) -> None:
    talk = reread(f"[13/1/23, 19:02:11] Ann: hi\n[13/1/23, 19:03:11] Ben: {body}")
    assert talk.report
    assert len(talk) == (2 if remark == "kept" else 1)
    assert any(remark in sentence for sentence in talk.report.remarks)
    assert any("mark" in sentence for sentence in talk.report.remarks) is bool(remark)


def test_what_is_marked_before_its_date_is_no_message_in_any_language() -> None:
    talk = reread("[13/1/23, 19:02:11] Ann: hi\n\u200e[13/1/23, 19:03:11] Ben: \u200ebild utelämnad")
    assert talk.report
    assert (len(talk), talk.report.system) == (1, (2,))


def test_an_empty_body_and_null_are_attachments() -> None:
    talk = reread("13/1/23, 19:02 - Ann: null\n13/1/23, 19:03 - Ben: x")
    assert talk.report
    assert talk.report.media == (1,)


@pytest.mark.parametrize("body", NOT_NOTICES)
def test_people_may_talk_like_the_app(body: str) -> None:
    assert reread(f"13/1/23, 19:02 - Ann: {body}").utterances[0].text == body


# Typed names.

CASTS = {
    "single turns": ("Ann: a\nBen: b", ["Ann", "Ben"]),
    "one speaks once": ("Ann: a\nBen: b\nAnn: c", ["Ann", "Ben"]),
    "label inside a turn": ("Ann: a\nBen: b\nmore\nAnn: c\nPudding: yes\nBen: d", ["Ann", "Ben"]),
    "third person, no turn runs on": ("Ann: a\nBen: b\nWaiter: Tea?\nAnn: c\nBen: d", ["Ann", "Ben", "Waiter"]),
    "small letters": ("ann: a\nben: b\nann: c\nben: d", ["ann", "ben"]),
    "no space": ("Ann:a b\nBen:b c\nAnn:c d", ["Ann", "Ben"]),
    "space before": ("Ann : a\nBen : b\nAnn : c", ["Ann", "Ben"]),
    "full width": ("小明：你好\n小红：在\n小明：走", ["小明", "小红"]),
    "phone": ("+44 7700 900123: a\nBen: b\n+44 7700 900123: c\nBen: d", ["+44 7700 900123", "Ben"]),
    "aside": ("ANN: a\nANN (laughs): b\nBEN: c\nBEN: d", ["ANN", "BEN"]),
    "clock time with half": ("[10:30 PM] Ann: a\n[10:31 PM] Ben: b", ["Ann", "Ben"]),
}


@pytest.mark.parametrize(("text", "names"), CASTS.values(), ids=CASTS)
def test_cast(text: str, names: list[str]) -> None:
    assert list(reread(text).speakers) == names

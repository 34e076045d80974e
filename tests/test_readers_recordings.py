"""Readers of recordings, tiers, documents and corpora: codes, choices, bombs, and junk that is refused with a place and a remedy."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.errors import InputError, ReadError
from relcomm.readers import READERS, read
from relcomm.readers.chat_codes import clean_codes
from relcomm.types import Utterance
from rereading import reread, turns

HERE = Path(__file__).parent / "readers"
CANARY = "Zyxwvut"
FATES = ("system", "media", "deleted", "call", "unassigned")
OURS = ("srt", "webvtt", "meeting", "whisper", "talkbank", "textgrid", "elan", "docx", "convokit")


# CHAT: a line, and its words.
CODES = {
    "repetition": ("the [/] the dog .", "the dog."),
    "group": ("<you always> [//] you never ask .", "you never ask."),
    "groups in groups": ("<I <said it> [/] said it> [//] I told you .", "I told you."),
    "reformulated": ("<so we> [///] that is why !", "that is why!"),
    "false start": ("<we could> [/-] no .", "no."),
    "fillers": ("&-um I &-you_know see &+fr friends &~gaga .", "I see friends."),
    "old fillers": ("&uh well .", "well."),
    "laughter": ("&=laughs no &=sighs:loudly .", "no."),
    "pauses": ("well (.) I (..) don't (1.5) know (...) .", "well I don't know."),
    "shortened": ("(be)cause I'm comin(g) .", "because I'm coming."),
    "replaced": ("I dunno [: do not know] why .", "I do not know why."),
    "replaced, real word": ("I piece [:: peace] [*] it .", "I piece it."),
    "explained": ("he [= the boss] says [=! shouting] so [!] [!!] .", "he says so."),
    "alternative": ("one [=? won] day [?] .", "one day."),
    "overlap": ("<me too> [>] [<1] .", "me too."),
    "linker": ("+< and then ?", "and then?"),
    "quoted linker": ('+" I never said that .', "I never said that."),
    "postcode": ("no . [+ exc]", "no."),
    "language": ("[- spa] hola .", "hola."),
    "trailing off": ("I just +...", "I just…"),
    "interrupted": ("I just +/.", "I just—"),
    "question trails off": ("and so +..?", "and so…?"),
    "special form": ("woof@o said gumma@c:x .", "woof said gumma."),
    "lengthened": ("no:: so:rry .", "no sorry."),
    "compound": ("ice_cream black+bird .", "ice cream blackbird."),
    "omitted": ("0det dog 0is here .", "dog here."),
    "vocative": ("Ann ‡ come .", "Ann, come."),
    "unclear": ("xxx is here .", "… is here."),
    "satellites": ("↫w-w↫what ?", "what?"),
    "open bracket": ("<well no .", "well no."),
    "stray bracket": ("well> no ] .", "well no."),
    "retraced nothing": ("[/] yes .", "yes."),
    "nothing left": ("0 .", ""),
    "nobody understood": ("xxx .", ""),
    "www": ("www .", ""),
}


@pytest.mark.parametrize(("line", "words"), CODES.values(), ids=CODES)
def test_codes_are_cleaned(line: str, words: str) -> None:
    assert clean_codes(line).text == words


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([*"<>[]&+0()./: ", "[/]", "[//]", "[: x]", "word", "xxx", "↫", "\x15"]), max_size=20).map(
        "".join
    )
)
def test_any_codes_are_cleaned(line: str) -> None:
    said = clean_codes(line)
    assert said == clean_codes(line)
    assert not set(said.text) & set("<>↫")


# Who says what, in small.
CASES = {
    "srt, hours missing none": (
        "1\n00:00:01,000 --> 00:00:02,000\nAnn: a\n\n2\n00:00:03,000 --> 00:00:04,000\nBen: b",
        [("Ann", "a"), ("Ben", "b")],
    ),
    "srt, one name among none": ("1\n00:00:01,000 --> 00:00:02,000\nhi\n\n2\n00:00:03,000 --> 00:00:04,000\nPudding: b", [("", "hi"), ("", "Pudding: b")]),
    "srt, digits that are words": ("00:00:01,000 --> 00:00:02,000\na\n42\n00:00:03,000 --> 00:00:04,000\nb", [("", "a\n42"), ("", "b")]),
    "vtt, voice without an end": ("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>a\nb\n<v Ben>c", [("Ann", "a\nb"), ("Ben", "c")]),
    "vtt, a pronunciation": ("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann><ruby>a<rt>x</rt></ruby>b", [("Ann", "ab")]),
    "vtt, nobody": ("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Unknown>a", [("", "a")]),
    "whisper, contradiction": (
        '{"segments": [{"start": 0, "text": "a b", "speaker": "S0", "words": [{"word": "a", "speaker": "S1"}, {"word": "b"}]}]}',
        [("", "a b")],
    ),
    "whisper, no spaces": (
        '{"segments": [{"start": 0, "text": "你好不", "words": [{"word": "你", "speaker": "A"}, {"word": "好", "speaker": "A"}, {"word": "不", "speaker": "B"}]}]}',
        [("A", "你好"), ("B", "不")],
    ),
    "whisper, words unlike the text": (
        '{"segments": [{"start": 0, "text": "x", "words": [{"word": " a", "speaker": "A"}, {"word": " b", "speaker": "B"}]}]}',
        [("A", "a"), ("B", "b")],
    ),
    "chat, two of one name": (
        "@Begin\n@Participants:\tAAA Ann Wife, BBB Ann Friend\n*AAA:\ta .\n*BBB:\tb .\n@End",
        [("AAA", "a."), ("BBB", "b.")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_who_says_what(text: str, expected: list[tuple[str, str]]) -> None:
    assert turns(reread(text)) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "name", ["textgrid/long.TextGrid", "elan/evening.eaf", "srt/names.srt", "webvtt/voices.vtt", "talkbank/evening.cha"]
)
def test_encodings_and_line_ends(name: str, end: str, encoding: str) -> None:
    text = (HERE / name).read_text(encoding="utf-8")
    data = text.replace("\n", end).encode(encoding)
    strip = [(who, said.replace("\r\n", "\n").replace("\r", "\n")) for who, said in turns(read(io.BytesIO(data)))]
    assert strip == turns(read(HERE / name))


def test_no_time_of_day_is_made_up() -> None:
    for path in sorted(HERE.glob("*/*")):
        if path.parent.name in OURS and path.parent.name != "convokit" and path.suffix != ".expected":
            assert all(said.time is None for said in read(path).utterances)


@pytest.mark.parametrize("value", ["1", True, object()])
def test_seconds_are_numbers(value: object) -> None:
    with pytest.raises(InputError, match="start"):
        Utterance("a", start=value)  # type: ignore[arg-type]


def test_times_in_doubt_are_remarked_on() -> None:
    cue = "{} --> {}\na\n\n"
    talk = reread(cue.format("00:00:05,000", "00:00:06,000") + cue.format("00:00:01,000", "00:00:00,500"))
    assert talk.report
    assert (talk.utterances[1].start, talk.utterances[1].end) == (1.0, None)
    assert any("before the one before" in remark for remark in talk.report.remarks)
    assert any("no end" in remark for remark in talk.report.remarks)


# Which tiers, and which conversation.
TIER = '"IntervalTier" "{}" 0 1 1 0 1 "{}"'


def grid(*tiers: tuple[str, str]) -> str:
    return f'"ooTextFile" "TextGrid" 0 1 <exists> {len(tiers)} ' + "\n".join(TIER.format(*tier) for tier in tiers)


def test_tiers_are_chosen_by_name_or_place() -> None:
    text = grid(("Ann", "a b"), ("Ann - words", "a"), ("Ben", "b"))
    with pytest.raises(ReadError, match=r"textgrid:1,2"):
        reread(text)
    assert turns(reread(text, "textgrid:Ann, 3")) == [("Ann", "a b"), ("Ben", "b")]
    with pytest.raises(ReadError, match="no tier"):
        reread(text, "textgrid:Zoe")


def test_two_tiers_of_one_person_are_asked_about() -> None:
    text = (HERE / "elan/evening.eaf").read_text(encoding="utf-8").replace(' PARENT_REF="A-speech"', "")
    with pytest.raises(ReadError, match="called as if"):
        reread(text)
    with pytest.raises(ReadError, match="several tiers"):
        reread(text.replace("A-gloss", "A-second"))
    assert len(reread(text, "elan:A-speech,Ben")) == 4


CORPUS = (
    '{{"id": "{0}", "conversation_id": "{1}", "text": "{0}", "speaker": "s", "reply_to": null, "timestamp": null}}\n'
)


def test_one_conversation_of_a_corpus(tmp_path: Path) -> None:
    text = CORPUS.format("a", "x") + CORPUS.format("b", "y") + CORPUS.format("c", "x")
    with pytest.raises(ReadError, match=r"2 chats.*convokit:1"):
        reread(text)
    talk = reread(text, "convokit:x")
    assert (turns(talk), talk.id, talk.report.system) == ([("s", "a"), ("s", "c")], "x", (2,))  # type: ignore[union-attr]
    (tmp_path / "utterances.jsonl").write_text(CORPUS.format("a", "x"), encoding="utf-8")
    (tmp_path / "info.bin").write_bytes(b"\x80\x04never opened")
    assert turns(read(tmp_path)) == [("s", "a")]
    with pytest.raises(ReadError, match="pickle"):
        read(tmp_path / "info.bin")


# Documents.


def document(body: str | bytes, name: str = "word/document.xml") -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    file.seek(0)
    return file


def word(*rows: str) -> str:
    cells = [
        "".join(f"<w:tc><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:tc>" for cell in row.split("|")) for row in rows
    ]
    return (
        '<w:document xmlns:w="w"><w:body><w:tbl>'
        + "".join(f"<w:tr>{row}</w:tr>" for row in cells)
        + "</w:tbl></w:body></w:document>"
    )


@pytest.mark.parametrize(
    "rows", [("a b|c d", "e f|g h", "i j|k l"), ("Ann|Ben", "Ben|Ann", "Ann|Ben"), ("Ann|x y|z q", "Ben|q r|s t")]
)
def test_columns_in_doubt_are_asked_about(rows: tuple[str, ...]) -> None:
    with pytest.raises(ReadError, match="first row") as caught:
        read(document(word(*(row.replace("x y", CANARY) for row in rows))))
    assert CANARY not in str(caught.value)


ENTITIES = f'<!DOCTYPE a [<!ENTITY b "{"x" * 1000}"><!ENTITY c "{"&b;" * 1000}">]>'


def laughs(name: str) -> str:
    return f"{ENTITIES}<{name}>&c;</{name}>"


BOMBS = {
    "entities in XML": lambda: io.BytesIO(laughs("ANNOTATION_DOCUMENT").encode()),
    "entities in a document": lambda: document(laughs("w:document")),
    "zeros": lambda: document(b"<w:document>" + b" " * (80 << 20)),
    "fewer zeros": lambda: document(b"<w:document>" + b" " * (30 << 20)),
    "depth": lambda: document("<w:document>" + "<w:p>" * 10_000),
    "depth in XML": lambda: io.BytesIO(b"<ANNOTATION_DOCUMENT>" + b"<TIER>" * 10_000),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_without_unpacking_them(bomb: object) -> None:
    file = bomb()  # type: ignore[operator]
    tracemalloc.start()
    try:
        with pytest.raises(ReadError):
            read(file)
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_a_document_that_lies_about_its_size() -> None:
    data = bytearray(document(b"<w:document>" + b" " * (30 << 20)).getvalue())
    size = (len(b"<w:document>") + (30 << 20)).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (5000).to_bytes(4, "little")
    with pytest.raises(ReadError):
        read(io.BytesIO(bytes(data)))


def test_a_document_whose_list_points_nowhere() -> None:
    data = bytearray(document("<w:document/>").getvalue())
    # The last but two bytes say where the list of contents lies.
    data[-6:-2] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(ReadError, match="damaged"):
        read(io.BytesIO(bytes(data)))


def test_a_document_that_is_broken_inside_names_no_line_of_what_is_packed() -> None:
    with pytest.raises(ReadError, match="not well-formed") as caught:
        read(document("<w:document>\n\n<w:body><"))
    assert caught.value.line is None


def test_other_archives_are_named_for_what_they_are() -> None:
    with pytest.raises(ReadError, match="zip archive or an office document"):
        read(document("x", "xl/workbook.xml"))
    with pytest.raises(ReadError, match="zip archive or an office document"):
        read(document("<html/>"))


# What cannot be read: the text, the format asked for, what the error says, and the line.
CUE = "00:00:01,000 --> 00:00:02,000\n"
EAF = '<ANNOTATION_DOCUMENT>\n<TIER TIER_ID="a">\n{}\n</TIER></ANNOTATION_DOCUMENT>'
REFUSED: dict[str, tuple[str, str | None, str, int | None]] = {
    "srt times": (f"1\n{CUE}{CANARY}\n\n2\n00:00:0x --> 1\n", "srt", "cannot be read", 6),
    "srt broken times": (f"1\n{CUE}{CANARY}\n\n2\n00:00:03 -> \n0:3 --> 4\n", None, "cannot be read", 7),
    "srt minutes": (f"{CUE}a\n\n00:71:01,000 --> 00:72:02,000\n{CANARY}", None, "59", 4),
    "vtt times": (f"WEBVTT\n\n00:01.000 --> x\n{CANARY}", None, "blank line before", 3),
    "vtt two cues": (f"WEBVTT\n\n00:01.000 --> 00:02.000\n{CANARY}\n00:03.000 --> 00:04.000\nb", None, "blank line", 5),
    "vtt head": (f"{CANARY}\n\n00:01.000 --> 00:02.000\na", "webvtt", "first line", 1),
    "vtt no blank": (f"WEBVTT\n00:01.000 --> 00:02.000\n{CANARY}", None, "blank line", 2),
    "meeting": (f"{CANARY}\nb", "meeting", "name and a time", None),
    "whisper broken": ('{"segments": [\n{"start": 1, "text": "' + CANARY, "whisper", "breaks off", 2),
    "whisper no segments": ('{"text": "' + CANARY + '"}', "whisper", "no segments", None),
    "whisper no list": ('{"segments":\n"' + CANARY + '"}', "whisper", "no list", 2),
    "whisper no text": ('{"segments": [{"start": 1, "text": 3, "x": "' + CANARY + '"}]}', None, "no text", 1),
    "whisper speaker": ('{"segments": [{"start": 1, "text": "a", "speaker": ["' + CANARY + '"]}]}', None, "not a name", 1),
    "whisper time": ('{"segments": [{"start": "' + CANARY + '", "text": "a"}]}', None, "seconds", 1),
    "whisper endless time": ('{"segments": [{"start": Infinity, "text": "a"}]}', None, "seconds", 1),
    "whisper words": ('{"segments": [{"start": 1, "text": "a", "words": "' + CANARY + '"}]}', None, "list of words", 1),
    "chat line": (f"@UTF8\n@Begin\n{CANARY}\n", None, "opens with @", 3),
    "chat speaker": (f"@UTF8\n@Begin\n*ANN {CANARY}\n", None, "no speaker", 3),
    "textgrid cut": (grid(("Ann", CANARY))[:-1], None, "no closing quote", 1),
    "textgrid breaks off": ('"ooTextFile"\n"TextGrid" 0 1 <exists> 2\n' + TIER.format("Ann", CANARY), None, "breaks off", 3),
    "textgrid more": (grid(("Ann", "a")) + f'\n"{CANARY}"', None, "more follows", 2),
    "textgrid open quote": ('"ooTextFile"\n"TextGrid" 0 1 <exists> 1\n"IntervalTier" "' + CANARY, None, "closing quote", 3),
    "textgrid backwards": ('"ooTextFile" "TextGrid" 0 1 <exists> 1\n"IntervalTier" "a" 0 1 1\n1 0 "a"', None, "ends before", 3),
    "textgrid many": ('"ooTextFile" "TextGrid" 0 1 <exists> 99999999999', None, "breaks off", 1),
    "textgrid other form": ('"Praat chronological TextGrid text file"', None, "no TextGrid as", 1),
    "textgrid other object": (f'"ooTextFile" "{CANARY}" 0 1', "textgrid", "another object", 1),
    "elan root": (f"<a>{CANARY}</a>", "elan", "no ELAN file", 1),
    "elan broken": (f"<ANNOTATION_DOCUMENT>\n{CANARY}", None, "well-formed", 2),
    "elan time": (EAF.format(f'<ALIGNABLE_ANNOTATION TIME_SLOT_REF1="{CANARY}" TIME_SLOT_REF2="b"/>'), None, "does not hold", 3),
    "elan attribute": (EAF.format("<ALIGNABLE_ANNOTATION/>"), None, "lacks its", 3),
    "elan slot": (f'<ANNOTATION_DOCUMENT>\n<TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="{CANARY}"/></ANNOTATION_DOCUMENT>', None, "milliseconds", 2),
    "docx of text": (CANARY, "docx", "damaged", None),
    "convokit line": (CORPUS.format("a", "x") + f'{{"text": "{CANARY}"}}', None, "no utterance", 2),
    "convokit text": (CORPUS.format("a", "x") + '{"text": ["' + CANARY + '"], "speaker": "s", "root": "x"}', None, "not a string", 2),
    "convokit id": ('{"text": "a", "speaker": ["' + CANARY + '"], "id": "1", "root": "x", "reply-to": null}', None, "neither", 1),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused_with_place_and_remedy_but_without_the_text(case: tuple[str, str | None, str, int | None]) -> None:
    text, name, match, line = case
    with pytest.raises(ReadError, match=match) as caught:
        reread(text, name)
    assert caught.value.line == line or line is None
    error: BaseException | None = caught.value
    while error:
        assert CANARY not in repr(error) + str(error) + str(vars(error)) + str(getattr(error, "doc", ""))
        error = error.__cause__ or error.__context__


# Any junk is read whole, or refused.
SAMPLES = sorted(path for path in HERE.glob("*/*") if path.parent.name in OURS and path.suffix != ".expected")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 40), st.binary(max_size=6)), max_size=4),
)
def test_damaged_samples_are_read_or_refused(path: Path, cuts: list[tuple[int, int, bytes]]) -> None:
    data = path.read_bytes()
    for at, length, put in cuts:
        place = at % (len(data) + 1)
        data = data[:place] + put + data[place + length :]
    for name in (None, path.parent.name):
        try:
            talk = read(io.BytesIO(data), format=name)
        except ReadError:
            continue
        report = talk.report
        assert report
        noted = [number for fate in FATES for number in getattr(report, fate)]
        assert report.lines == report.spoken + report.blank + len(noted)
        assert len(set(noted)) == len(noted)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.sampled_from([name for name in OURS if name in READERS]))
def test_any_text_in_any_format_is_read_or_refused(text: str, name: str) -> None:
    try:
        talk = reread(text, name)
    except ReadError:
        return
    assert talk.utterances

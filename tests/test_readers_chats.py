"""Chats that come as JSON, XML and blocks of text: every entry is counted once, one chat is read, errors name the line."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bombs import BOMBS
from relcomm.errors import ReadError
from relcomm.readers import READERS, read
from relcomm.readers.documents import parts
from relcomm.readers.markup import Markup
from relcomm.readers.messenger import repaired
from rereading import remarks, reread, turns

HERE = Path(__file__).parent / "readers"
CANARY = "Zyxwvut"
FATES = ("system", "media", "deleted", "call", "unassigned")


# The entries of a sample, counted without the reader.
COUNTED: dict[str, Callable[[str], int]] = {
    "telegram/personal.json": lambda text: len(json.loads(text)["messages"]),
    "messenger/message_1.json": lambda text: len(json.loads(text)["messages"]),
    "messenger/encrypted.json": lambda text: len(json.loads(text)["messages"]),
    "messenger/instagram.json": lambda text: len(json.loads(text)["messages"]),
    "discord/direct.json": lambda text: len(json.loads(text)["messages"]),
    "signal/main.jsonl": lambda text: text.count('{"chatItem"'),
    "sms/backup.xml": lambda text: text.count("<sms ") + text.count("<mms "),
}


@pytest.mark.parametrize("name", COUNTED)
def test_every_entry_is_counted(name: str) -> None:
    report = read(HERE / name).report
    assert report
    assert report.unit == "entry"
    assert report.lines == COUNTED[name]((HERE / name).read_text(encoding="utf-8"))
    noted = [number for fate in FATES for number in getattr(report, fate)]
    assert sorted(noted) == sorted(set(noted))
    assert report.spoken + len(noted) == report.lines


@pytest.mark.parametrize("name", [name for name in COUNTED if name.endswith(".json")])
@pytest.mark.parametrize("indent", [None, 4])
def test_documents_read_the_same_however_they_are_set(name: str, indent: int | None) -> None:
    document = json.loads((HERE / name).read_text(encoding="utf-8"))
    assert reread(json.dumps(document, indent=indent)) == read(HERE / name)


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_pieces_may_be_cut_anywhere(size: int) -> None:
    for name in COUNTED:
        reader = READERS[name.partition("/")[0]]
        text = (HERE / name).read_text(encoding="utf-8")
        if getattr(reader, "PIECES", False):
            assert reader.parse(text[n : n + size] for n in range(0, len(text), size)) == read(HERE / name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "messages"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(JSON, st.integers(1, 9), st.sampled_from([None, 1]))
def test_documents_come_back_as_written(value: Any, size: int, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    pieces = [text[n : n + size] for n in range(0, len(text), size)]
    assert [part.value for part in parts(pieces, frozenset())] == [value]
    if isinstance(value, dict):
        assert {part.path: part.value for part in parts(pieces, {""})} == value


# Every reader, fed with its own kind gone wrong.

RECORDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "telegram": {
        "id": st.integers(0, 9) | st.none(),
        "type": st.sampled_from(["message", "service", "unsupported", None]),
        "date": st.sampled_from(["2023-01-04T19:02:11", "", "soon", None]),
        "date_unixtime": st.sampled_from(["1678035600", "x", None, 5]),
        "from": st.sampled_from(["Ann", None, 3]),
        "from_id": st.sampled_from(["user1", "user2", 7, None]),
        "text": st.text(max_size=5) | st.lists(st.text(max_size=3) | st.fixed_dictionaries({"text": st.text(max_size=3)})) | st.none(),
    },
    "messenger": {
        "sender_name": st.sampled_from(["Ann", "Zo\u00c3\u00ab", "", None, 4]),
        "timestamp_ms": st.sampled_from([1690000600000, 0, -1, "x", 1e300]),
        "content": st.text(max_size=6) | st.sampled_from(["Ann sent a photo.", "Liked a message", None, 4]),
        "is_unsent": st.booleans(),
        "photos": st.lists(st.none(), max_size=1),
    },
    "discord": {
        "id": st.sampled_from(["1", 1, None]),
        "type": st.sampled_from(["Default", "Reply", "Call", "Other", 0, None]),
        "timestamp": st.sampled_from(["2024-04-01T20:15:03.123+02:00", "2024-04-01T20:15:03", "", None]),
        "content": st.text(max_size=6) | st.none() | st.integers(0, 3),
        "author": st.fixed_dictionaries({"id": st.sampled_from(["1", None]), "name": st.text(max_size=3)}) | st.none(),
    },
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(sorted(RECORDS)))
def test_odd_entries_are_counted_or_refused(data: st.DataObject, name: str) -> None:
    some = st.fixed_dictionaries({}, optional=RECORDS[name])
    entries = data.draw(st.lists(some | JSON, max_size=5))
    text = json.dumps({"messages": entries})
    broken = text[: data.draw(st.integers(0, len(text)))] if data.draw(st.booleans()) else text
    try:
        report = reread(broken, name).report
    except ReadError:
        return
    assert report
    assert report.lines == len(entries) == report.spoken + sum(len(getattr(report, fate)) for fate in FATES)


SIGNAL = st.sampled_from(
    [
        '{"version": "1", "backupTimeMs": "1"}',
        '{"recipient": {"id": "2", "contact": {"nickname": []}}}',
        '{"chat": {"id": "10", "recipientId": "2"}}',
        '{"chatItem": {"chatId": "10", "authorId": "2", "dateSent": "1759000000000", "standardMessage": {"text": {"body": "a"}}}}',
        '{"chatItem": {"chatId": "10", "standardMessage": {"text": 3}}}',
        '{"chatItem": {"chatId": "11", "standardMessage": {"text": {"body": 4}}}}',
        '{"chatItem": []}',
        "{}",
        "[]",
        '{"chatItem": ' + "[" * 9,
        "",
    ]
)
XML = st.sampled_from(
    [
        "<smses>",
        '<sms address="1" date="1704100000000" type="1" body="a"/>',
        '<sms address="1" type="7"/>',
        '<sms address="2" date="x" type="2" body="&#55357;&#56898;&#55357;&#0;&#x110000;"/>',
        '<mms address="1~2" msg_box="1"><parts><part ct="text/plain" text="b"/></parts><addrs><addr type="137" address="2"/></addrs></mms>',
        "<mms>",
        "</mms>",
        "<part/>",
        "<sms",
        "&#x;",
        "&amp;",
        "]]>",
        "<!-- c -->",
        "<![CDATA[",
        "\x01",
        "</smses>",
    ]
)
BLOCKS = st.sampled_from(
    [
        "May 17, 2022  5:29:42 PM",
        "May 17, 2022  5:29:42 PM (Read by you after 1 hour)",
        "May 17, 2022 11:29:42 AM Ann left the conversation.",
        "Feb 30, 2022  5:29:42 PM",
        "    May 17, 2022  5:29:42 PM",
        "    Ben",
        "Ann",
        "hi",
        "",
        "Tapbacks:",
        "    Loved by Me",
        "Edited 2 seconds later: ho",
        "This message was deleted from the conversation!",
        "attachments/1/a.heic",
        "https://example.org",
        "You unsent this message part!",
    ]
)  # fmt: skip
ROWS = st.sampled_from(
    ['"1","ann","2024-04-01T20:15:03+02:00","hi","",""', '"1","a', "1,2", "", '"2","b","x","","a.png",""']
)
HEADER = "AuthorID,Author,Date,Content,Attachments,Reactions"


@settings(max_examples=120, deadline=None)
@given(
    st.tuples(st.just("signal"), st.lists(SIGNAL, max_size=8))
    | st.tuples(st.just("sms"), st.lists(XML, max_size=8).map(lambda tags: ["<smses>", *tags]))
    | st.tuples(st.just("imessage"), st.lists(BLOCKS, max_size=14))
    | st.tuples(st.just("discord"), st.lists(ROWS, max_size=6).map(lambda rows: [HEADER, *rows])),
    st.sampled_from(["", ":1"]),
)
def test_odd_files_are_accounted_for_or_refused(case: tuple[str, list[str]], choice: str) -> None:
    name, lines = case
    text = "\n".join(lines)
    try:
        talk = reread(text, name + choice * (name in ("signal", "sms")))
    except ReadError:
        return
    report = talk.report
    assert report
    noted = [number for fate in FATES for number in getattr(report, fate)]
    assert len(noted) == len(set(noted))
    assert report.lines == report.spoken + report.blank + len(noted)
    if name == "imessage":
        assert report.lines == len(list(io.StringIO(text)))


# What can be wrong, where, and what to do; never with what was said.


def telegram(*messages: dict[str, Any]) -> str:
    return json.dumps({"name": "x", "type": "personal_chat", "id": 1, "messages": messages}, indent=1)


TOLD = {"id": 1, "type": "message", "date": "2023-01-04T19:02:11", "from": "Ann", "from_id": "user1", "text": "a"}
REFUSED: dict[str, tuple[str, str | None, str, int | None]] = {
    "a text that is none": (telegram(TOLD | {"text": {"x": CANARY}}), None, "neither a string", 6),
    "no list of messages": ('{"messages": "' + CANARY + '"}', "telegram", "JSON again", 1),
    "a message that is none": ('{"messages": [\n"' + CANARY + '"]}', "messenger", "JSON again", 2),
    "cut off": (telegram(TOLD, TOLD | {"text": CANARY * 3})[:-30], "telegram", "breaks off", 20),
    "broken": (telegram(TOLD).replace('"a"', "a" + CANARY), "telegram", "not valid JSON", 12),
    "more behind": ('{"messages": []}\n{"' + CANARY + '": 1}', "discord", "more follows", 2),
    "too deep": ('{"messages": [' + "[" * 200_000, "telegram", "nested too deeply", 1),
    "a long number": ('{"messages": [' + "9" * 9_000 + "]}", "telegram", "too many digits", 1),
    "sender is no string": ('{"messages": [{"sender_name": ["' + CANARY + '"], "timestamp_ms": 1}]}', None, "must be strings", 1),
    "content is no string": ('{"messages": [{"content": ["' + CANARY + '"]}]}', "discord", "must be a string", 1),
    "a row too short": (f'{HEADER}\n"1","{CANARY}"', None, "as many cells", 2),
    "an open quote": (f'{HEADER}\n"1","{CANARY}\n', None, "quotes do not match", 2),
    "signal, no object": ('{"version": "1", "backupTimeMs": "1"}\n' + CANARY, "signal", "not a JSON object", 2),
    "signal, no words": (
        '{"chatItem": {"chatId": "1", "standardMessage": {"text": {"body": ["' + CANARY + '"]}}}}', "signal", "body", 1),
    "other XML": (f"<{CANARY}/>", None, "first element is not smses", 1),
    "not well-formed": (f"<smses>\n<sms body='{CANARY}></smses>", None, "not well-formed", 2),
    "no such day": (f"Feb 30, 2022  5:29:42 PM\n{CANARY}\nhi", None, "no such day", 1),
    "no such hour": (f"Feb 20, 2022 15:29:42 PM\n{CANARY}\nhi", None, "no such day", 1),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused_with_place_and_remedy_but_without_the_text(case: tuple[str, str | None, str, int | None]) -> None:
    text, name, match, line = case
    with pytest.raises(ReadError, match=match) as caught:
        reread(text, name)
    assert caught.value.line == line
    chain: BaseException | None = caught.value
    while chain:
        assert CANARY not in repr(chain) + str(chain) + str(vars(chain)) + str(getattr(chain, "doc", ""))
        chain = chain.__cause__ or chain.__context__


# One chat of several.


def item(chat: str, text: str) -> str:
    return json.dumps({"chatItem": {"chatId": chat, "authorId": chat, "standardMessage": {"text": {"body": text}}}})


SIGNAL_TWO = "\n".join(
    [
        '{"recipient": {"id": "1", "contact": {"profileGivenName": "Ben", "e164": "447700900123"}}}',
        '{"recipient": {"id": "2", "contact": {"profileGivenName": "Cy"}}}',
        '{"chat": {"id": "1", "recipientId": "1"}}',
        '{"chat": {"id": "2", "recipientId": "2"}}',
        item("1", "a"),
        item("2", "b"),
        item("1", "c"),
    ]
)
SMS_TWO = (
    '<smses><sms address="07700 900123" contact_name="Ben" date="1704100000000" type="1" body="a"/>'
    '<sms address="+4790" contact_name="(Unknown)" date="1704100000000" type="1" body="b"/>'
    '<sms address="07700900123" contact_name="(Unknown)" date="1704100060000" type="2" body="c"/></smses>'
)
TELEGRAM_TWO = json.dumps(
    {
        "chats": {
            "list": [
                {
                    "name": "Ben",
                    "type": "personal_chat",
                    "id": 1,
                    "messages": [TOLD | {"from": "Ben"}, TOLD | {"text": "c"}],
                },
                {"type": "saved_messages", "id": 2, "messages": [TOLD | {"text": "b"}]},
            ]
        }
    }
)


@pytest.mark.parametrize("name", ["signal", "sms", "telegram"])
def test_one_chat_of_several_must_be_named(name: str) -> None:
    text = {"signal": SIGNAL_TWO, "sms": SMS_TWO, "telegram": TELEGRAM_TWO}[name]
    with pytest.raises(ReadError, match=rf'2 chats.*1 \(2 entries.*--format "{name}:1".*format="{name}:1"'):
        reread(text)
    for wanted, words in (("1", ["a", "c"]), ("2", ["b"]), ("ben", ["a", "c"])):
        talk = reread(text, f"{name}:{wanted}")
        assert [said.text for said in talk.utterances] == words
        assert "entries of other chats were left aside" in remarks(talk)
    with pytest.raises(ReadError, match="no chat in this file goes by this name"):
        reread(text, f"{name}:{CANARY}")


@pytest.mark.parametrize(("name", "wanted"), [("signal", "+44 7700 900123"), ("sms", "07700-900123")])
def test_a_chat_may_be_named_by_its_number(name: str, wanted: str) -> None:
    assert len(reread({"signal": SIGNAL_TWO, "sms": SMS_TWO}[name], f"{name}:{wanted}")) == 2


def test_a_name_that_comes_late_is_not_half_a_chat() -> None:
    text = SMS_TWO.replace('contact_name="Ben"', 'contact_name="(Unknown)"', 1).replace(
        'contact_name="(Unknown)" date="1704100060000"', 'contact_name="Ben" date="1704100060000"'
    )
    with pytest.raises(ReadError, match=r'later on.*--format "sms:1"'):
        reread(text, "sms:Ben")
    assert turns(reread(text, "sms:1")) == [("Ben", "a"), ("Me", "c")]


def test_two_chats_of_the_same_name_are_not_mixed() -> None:
    text = TELEGRAM_TWO.replace('"type": "saved_messages"', '"name": "Ben", "type": "personal_chat"')
    with pytest.raises(ReadError, match="several chats go by this name"):
        reread(text, "telegram:Ben")
    assert len(reread(text, "telegram:2")) == 1


def test_a_number_under_a_new_name_stays_the_same_person() -> None:
    text = SMS_TWO.replace("+4790", "07700900124").replace("(Unknown)", "Ben")
    talk = reread(text)
    assert talk.speakers == ("Ben", "Me")
    assert "more than one number" in remarks(talk)


def test_a_group_is_told_apart_by_who_sent() -> None:
    parts_of = '<parts><part ct="text/plain" text="{}"/></parts><addrs><addr type="137" address="{}"/></addrs>'
    text = (
        '<smses><sms address="+2" contact_name="Ben" date="1704100000000" type="1" body="x"/>'
        f'<mms address="+1~+2" msg_box="1" date="1704100000000">{parts_of.format("a", "+1")}</mms>'
        f'<mms address="+2~+1" msg_box="1" date="1704100060000">{parts_of.format("b", "+2")}</mms>'
        f'<mms address="+1~+2" msg_box="2" date="1704100120000">{parts_of.format("c", "insert-address-token")}</mms></smses>'
    )
    assert turns(reread(text, "sms:2")) == [("1", "a"), ("Ben", "b"), ("Me", "c")]


# Single rules.


@pytest.mark.parametrize(
    ("text", "expected"),
    [("cafÃ©", "café"), ("café", "café"), ("ð\x9f\x99\x82", "🙂"), ("a", "a"), ("…", "…"), ("naïve Ã©", "naïve Ã©")],
)
def test_mojibake(text: str, expected: str) -> None:
    assert repaired(text) == expected


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_mojibake_is_undone(text: str) -> None:
    assert repaired(text.encode().decode("latin-1")) == text


def messenger(*contents: str) -> str:
    entries = [
        {"sender_name": "Ann Lee", "timestamp_ms": 1690000000000 - n, "content": c} for n, c in enumerate(contents)
    ]
    return json.dumps({"messages": entries})


SPOKEN = [
    "You changed the subject again",
    "You called me a liar.",
    "you left the door open",
    "You set the table and I wash up",
    "Ann changed her mind",
    "I liked a message of yours",
    "You sent the photos to my mother",
    "missed a call from you",
]
NOTICES = [
    "You set the nickname for Ben to B.",
    "Ann changed the chat theme to Love.",
    "Ann Lee sent a photo.",
    "You are now connected on Messenger",
    "Liked a message",
    "Reacted 😂 to your message",
    "You missed a call from Ann.",
    "Du hast einen Anhang gesendet.",
]


@pytest.mark.parametrize("content", SPOKEN)
def test_people_may_talk_like_messenger(content: str) -> None:
    assert [said.text for said in reread(messenger(content)).utterances] == [content]


@pytest.mark.parametrize("content", NOTICES)
def test_notices_of_messenger_are_no_words(content: str) -> None:
    talk = reread(messenger("hi", content))
    assert len(talk) == 1
    assert "the app's own words" in remarks(talk)


def test_forwarded_words_are_nobodys_in_the_chat() -> None:
    own = TOLD | {"forwarded_from": "Ann", "text": "mine"}
    talk = reread(telegram(TOLD, TOLD | {"forwarded_from": "Cy", "text": CANARY}, TOLD | {"forwarded_from": None}, own))
    assert [said.text for said in talk.utterances] == ["a", "mine"]
    assert talk.report
    assert talk.report.media == (2, 3)


def test_an_account_is_known_though_its_chats_begin_late() -> None:
    contacts = [{"first_name": f"{n}", "phone_number": "+4477009001"} for n in range(3_000)]
    account = {"about": "all", "personal_information": {}, "contacts": {"list": contacts}}
    text = json.dumps(account | json.loads(TELEGRAM_TWO), indent=1)
    with pytest.raises(ReadError, match="2 chats"):
        reread(text)


def test_people_of_one_name_are_told_apart() -> None:
    talk = reread(telegram(TOLD, TOLD | {"from_id": "user2"}, TOLD | {"from": None, "from_id": "user3"}))
    assert talk.speakers == ("Ann (user1)", "Ann (user2)", "user3")


def test_times_without_a_zone_among_others_are_left_out() -> None:
    talk = reread(telegram(TOLD | {"date_unixtime": "1678035660"}, TOLD))
    assert [said.time is None for said in talk.utterances] == [False, True]
    assert "offset" in remarks(talk)


# The folder of a chat.


def messages(first: int) -> str:
    return json.dumps(
        {"messages": [{"sender_name": "Ann", "timestamp_ms": first + n, "content": str(first + n)} for n in (1, 0)]}
    )


def test_the_parts_of_a_folder_are_one_conversation(tmp_path: Path) -> None:
    for n, first in ((1, 1690000000300), (2, 1690000000200), (10, 1690000000100)):
        (tmp_path / f"message_{n}.json").write_text(messages(first), encoding="utf-8")
    (tmp_path / "photo.jpg").write_bytes(b"x")
    talk = read(tmp_path)
    assert [int(said.text) % 1000 for said in talk.utterances] == [100, 101, 200, 201, 300, 301]
    assert talk.report
    assert (talk.report.lines, talk.report.spoken) == (6, 6)
    assert read(str(tmp_path)) == talk


def test_parts_that_overlap_are_refused(tmp_path: Path) -> None:
    for n in (1, 2):
        (tmp_path / f"message_{n}.json").write_text(messages(1690000000300), encoding="utf-8")
    with pytest.raises(ReadError, match="overlap"):
        read(tmp_path)


def test_a_folder_of_signal(tmp_path: Path) -> None:
    (tmp_path / "main.jsonl").write_text(SIGNAL_TWO, encoding="utf-8")
    assert len(read(tmp_path, format="signal:Cy")) == 1


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"folder.*message_\*\.json"):
        read(tmp_path)
    (tmp_path / "main.jsonl").write_text("{}", encoding="utf-8")
    (tmp_path / "message_1.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ReadError, match="several formats"):
        read(tmp_path)


# XML that is made to harm.


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_harmful_xml_is_refused_in_little_memory(bomb: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ReadError):
            reread(bomb, "sms")
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


CHARACTERS = {
    "&#55357;&#56898;": ("🙂", 0),
    "&#xD83D;&#xDE42;": ("🙂", 0),
    "&#65;&#55357;&#56898;&#66;": ("A🙂B", 0),
    "&#55357;": ("\ufffd", 1),
    "&#56898;&#55357;": ("\ufffd\ufffd", 2),
    "&#0;a&#8;": ("\ufffda\ufffd", 2),
    "&#1114112;": ("\ufffd", 1),
    "&#65533;": ("\ufffd", 0),
    "&#10;&#60;&#38;": ("\n<&", 0),
    "a\x01b": ("a\ufffdb", 1),
}


@pytest.mark.parametrize(("written", "expected"), CHARACTERS.items())
def test_characters_of_xml(written: str, expected: tuple[str, int]) -> None:
    markup = Markup([f'<a b="{written}"/>'])
    assert [tag.attributes["b"] for tag in markup if not tag.closing] == [expected[0]]
    assert markup.replaced == expected[1]


@pytest.mark.parametrize("size", [1, 600, 5_000, 70_000])
def test_attached_files_are_passed_over(size: int) -> None:
    text = f'<smses><mms><part data="{"QUJD" * 5000}" text="kept" /><part data="QUJD"/></mms></smses>'
    pieces = (text[n : n + size] for n in range(0, len(text), size))
    found = [tag.attributes for tag in Markup(pieces) if tag.name == "part" and not tag.closing]
    assert found == [{"data": "", "text": "kept"}, {"data": "QUJD"}]

"""Clean-up keeps offsets whatever is typed. Clauses and windows: test_text_cuts.py."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relcomm.text import Clean, clean

# Given, and what is read.
READ = {
    "plain": ("You forgot again, didn't you?", "You forgot again, didn't you?"),
    "nothing": ("", ""),
    "only white space": (" \t\r\n\u00a0\u3000\u2028", ""),
    "only invisible": ("\u200b\ufeff\u0301\u202e", ""),
    "only controls": ("\x00\ud800\x1b", ""),
    "white space": ("  I \n\n know\t\u00a0 it ", "I know it"),
    "curly quotes": ("I don’t ‘care’ “at all”", "I don't 'care' \"at all\""),
    "other quotes": ("«a» ‹b› ‛c‟ 5′ 6″ don`t don´t ʼtis", "\"a\" 'b' 'c\" 5' 6\" don't don't 'tis"),
    "dashes": ("a‐b‑c‒d–e−f—g―h", "a-b-c-d-e-f—g—h"),
    "ellipsis": ("well… you know", "well... you know"),
    "several marks in one": ("you did what⁉ again‼", "you did what!? again!!"),
    "full-width": ("Ｙｏｕ　ｌｉｅｄ！", "You lied!"),
    "mathematical letters": ("𝐲𝐨𝐮 𝓵𝓲𝓮𝓭", "you lied"),
    "ligatures": ("ﬁne, eﬀort, aﬃnity, ŉ", "fine, effort, affinity, 'n"),
    "one for many": ("½ ℡ ㏂", "1⁄2 TEL a.m."),
    "accents": ("Zoë, naïve café", "Zoe, naive cafe"),
    "combining marks": ("y\u0301o\u0302\u0303u\u20dd", "you"),
    "a space made of a mark": ("a¨b", "a b"),
    "zero-width inside a word": ("f\u200bo\u200cr\u200dg\u2060o\u00adt", "forgot"),
    "bidirectional controls": ("\u202eyou\u202c \u2066lied\u2069", "you lied"),
    "Cyrillic in a Latin word": ("yоu аre sеlfish, І'm done", "you are selfish, I'm done"),
    "Greek in a Latin word": ("yοu Αre", "you Are"),
    "Cyrillic words": ("это правда", "это правда"),
    "not even in part": ("оно no", "оно no"),
    "a word all of look-alikes": ("you аrе, а соре", "you are, a cope"),
    "look-alikes beside accents and other Latin letters": ("café, Søren, а", "cafe, Søren, a"),
    "words really in Cyrillic": ("ok, а я знаю, рор", "ok, а я знаю, рор"),
    "look-alikes alone": ("соре, ос", "cope, oc"),
    "letters turned Cyrillic": ("sтupid, lаzу, fаilиre", "stupid, lazy, failure"),
    "small capitals and Armenian": ("ʏᴏᴜ fօօl", "you fool"),
    "letters that show as nothing": ("yo\u115fu\u3164lie\u2800d", "you lie d"),
    "drawn out": ("noooo I'm soooo goooood", "no I'm so good"),
    "drawn out at a doubled letter": ("GOOOOD, stiiill happpyyyy, weeeek", "GOOD, still happy, week"),
    "drawn out beside a doubled letter": ("buuully, sillyyyy, betterrrr", "bully, silly, better"),
    "drawn out in no known word": ("baaallloooonnn", "balon"),
    "drawn out with accents": ("nóóóó", "no"),
    "drawn out through a ligature": ("oﬀf", "off"),
    "short words in capitals": ("AAA batteries, IEEE, size XXXL. OOO!", "AAA batteries, IEEE, size XXXL. OOO!"),
    "Roman numerals": ("World War III, XXXIII and LXXXVIII", "World War III, XXXIII and LXXXVIII"),
    "drawn out in capitals": ("SOOOO NOOOOO, AAAAARGH, IIIII", "SO NO, ARGH, I"),
    "no short words in capitals": ("AAAah xxx iii MMMMMM AAA1 éAAA", "Aah x i MM A1 eA"),
    "double letters stay": ("too well, I see all", "too well, I see all"),
    "numbers stay": ("1000000 times", "1000000 times"),
    "marks": ("stop!!!!!! what????? ok....", "stop!!! what??? ok..."),
    "mixed marks stay": ("what?!?!?!", "what?!?!?!"),
    "drawn out by invisible characters": ("n\u200boo\u200boo", "no"),
    "emoji": ("🙄🙄🙄🙄🙄 ok 👍", "🙄🙄🙄 ok 👍"),
    "no skin, no gender": ("👍🏿 👍🏻 🤷🏽‍♀️ 🤷‍♂️", "👍 👍 🤷 🤷"),
    "emoji of years to come": ("so \U0001faff\U0001f02c", "so \U0001faff\U0001f02c"),
    "variation selectors": ("❤️ 1️⃣", "❤ 1"),
    "controls part words": ("a\x00b\ud800c\x7fd", "a b c d"),
    "private and unassigned": ("a\ue000b\uffffc\U0003fffed", "a b c d"),
}
# Given, words in the clean text, and those words where the caller wrote them.
PLACES = {
    "plain": ("you lied", "lied", "lied"),
    "after zero-width": ("y\u200bou lied", "lied", "lied"),
    "with zero-width": ("I saw y\u200bou\u200b lie", "you", "y\u200bou\u200b"),
    "with a combining mark": ("un cafe\u0301 noir", "cafe", "cafe\u0301"),
    "after white space": ("  I   know", "know", "know"),
    "across white space": (" I \n know ", "I know", "I \n know"),
    "white space itself": ("I \t know", " ", " \t "),
    "part of a ligature": ("eﬃe", "f", "ﬃ"),
    "a whole ligature": ("eﬃe", "ffi", "ﬃ"),
    "all that was drawn out": ("oh noooo you", "no", "noooo"),
    "the last mark kept": ("no!!!!!! ok", "!!!", "!!!!!!"),
    "after what was drawn out": ("noooo!!!!!!! you", "you", "you"),
    "after an ellipsis": ("well… you", "you", "you"),
    "after a lone surrogate": ("\ud800 you", "you", "you"),
    "one for a phrase": ("a\ufdfab", " ", "\ufdfa"),
    "after a Roman numeral": ("War III  was sooo bad", "was so", "was sooo"),
    "an emoji with all its parts": ("so 🤷🏽‍♀️ what", "🤷", "🤷🏽‍♀️"),
    "after an accent at the start": ("\u0301you", "you", "you"),
}
# Pieces that go wrong most easily: alone, beside letters and beside each other.
ODD = (
    *"aAoOf'\"!.?-:;,) \t\n\x00\x1f\x7f\x85\ud800\udfff`´¨½…‼″ŉﬀﬃ\ufdfaﷲ한éİаОο—‑’Ａｏ！\u3000\u00a0\u2028",
    *"\u200b\u200d\u202e\u2066\ufeff\u00ad\u0301\u20dd\ufe0f\ue000\uffff\U000e0041🙄🏽♀",
    *(" but ", " and ", "ooo", "!!!", "🤷🏿‍♀️", "\u0301\u0301", " \u0301"),
)
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202e\u2066\u0301\u0336\u20dd\ufe0f\U000e0041\U0001f3fd"
TEXTS = st.lists(st.sampled_from(ODD) | st.characters(), max_size=40).map("".join)


def check(original: str) -> Clean:
    """What holds for every text: readable, mapped, settled."""
    seen = clean(original)
    assert len(seen.starts) == len(seen.ends) == len(seen.text)
    assert all(0 <= start < end <= len(original) for start, end in zip(seen.starts, seen.ends, strict=True))
    assert list(seen.starts) == sorted(seen.starts)
    assert list(seen.ends) == sorted(seen.ends)
    # To a Python of earlier years, an emoji of later ones is not printable.
    assert all(c.isprintable() or 0x1F000 <= ord(c) < 0x1FB00 for c in seen.text)
    assert seen.text == " ".join(seen.text.split())
    again = clean(seen.text)
    assert (again.text, again.replaced) == (seen.text, False)
    assert list(again.starts) == list(range(len(seen.text)))
    return seen


@pytest.mark.parametrize(("original", "read"), READ.values(), ids=READ)
def test_read(original: str, read: str) -> None:
    assert check(original).text == read


@pytest.mark.parametrize(("original", "words", "written"), PLACES.values(), ids=PLACES)
def test_place(original: str, words: str, written: str) -> None:
    seen = check(original)
    at = seen.text.index(words)
    start, end = seen.original(at, at + len(words))
    assert original[start:end] == written


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\ud800", "\ue000", "\uffff", "\U0001efff"], ids=ascii)
def test_what_is_no_text_is_told(character: str) -> None:
    assert clean(f"you{character}").replaced
    assert clean(character).replaced


@pytest.mark.parametrize(
    "text", ["", "you", " you\t\n", "yo\u200bu", "yóu", "Ｙou", "🙄", "это", "noooo\u2028", "\U0001faff"], ids=ascii
)
def test_nothing_is_told_of_text(text: str) -> None:
    assert not clean(text).replaced


@given(TEXTS)
@example("a\ufdfab\ufdfa")
@example("\u0301 \u0301a\u0301")
@settings(max_examples=100, deadline=None)
def test_any_text(original: str) -> None:
    check(original)


@example("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}а")
@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_every_character_is_read_from_its_own_place(original: str) -> None:
    seen = clean(original)
    for character, start, end in zip(seen.text, seen.starts, seen.ends, strict=True):
        # Alone and between letters: a look-alike is no Latin beside a letter that looks like none, white space is read
        # only between words.
        piece = original[start:end]
        assert character in clean(piece).text + clean(f"a{piece}a").text + clean(f"ж{piece}ж").text


@given(st.text(st.sampled_from("abO o'!.,-"), max_size=20), st.data())
@settings(max_examples=100, deadline=None)
def test_invisible_characters_change_nothing(text: str, data: st.DataObject) -> None:
    hidden = [data.draw(st.text(st.sampled_from(INVISIBLE), max_size=2)) for _ in range(len(text) + 1)]
    parts = zip(text, hidden[1:], strict=True)
    assert check(hidden[0] + "".join(c + h for c, h in parts)).text == clean(text).text


def test_every_character_that_stands_for_others() -> None:
    folding = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.decomposition(c)]
    assert len(folding) > 5000
    check(" ".join(folding))
    check("a".join(folding))
    check("".join(folding))


def test_a_clean_text_does_not_show_itself() -> None:
    assert "lied" not in repr(clean("you lied"))

"""Word pieces: as the pretrained encoder learnt them, and never a special piece out of somebody's text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.errors import ModelError
from relcomm.text import clean
from relcomm.wordpiece import WordPiece

HERE = Path(__file__).parent
VOCABULARY = HERE.parent / "models" / "base" / "vocabulary.json"
# Sentences written for this test; ids by tokenizers 0.23.3 with the tokenizer.json of all-mpnet-base-v2, on clean text.
GOLDEN = json.loads((HERE / "wordpiece.json").read_text(encoding="utf-8"))

SPECIAL = ["<s>", "</s>", "[UNK]", "[unused1]"]
PIECES = [
    *SPECIAL,
    *(
        "you",
        "un",
        "##kind",
        "##fair",
        "##fairness",
        "kind",
        "'",
        "s",
        "-",
        "!",
        "_",
        "1",
        "##0",
        "face",
        "with",
        "eyes",
        "ro",
    ),
    *("##lling", "rolling", "a", "##a", "[", "]", "<", ">", "/", "unused", "##1", "unk", "é", "##é"),
]
TINY = WordPiece(PIECES, unknown="[UNK]")
READ = {
    "nothing": ("", []),
    "spaces": ("   ", []),
    "a word": ("you", ["you"]),
    "capitals": ("YOU You", ["you", "you"]),
    "longest piece first": ("unfairness", ["un", "##fairness"]),
    "longest piece even where it leads nowhere": ("unkind", ["[UNK]"]),
    "every piece or none": ("unfairly", ["[UNK]"]),
    "no piece to begin with": ("zkind", ["[UNK]"]),
    "a word by itself": ("kind", ["kind"]),
    "marks apart": ("you's-you!!", ["you", "'", "s", "-", "you", "!", "!"]),
    "underscore apart": ("you_s", ["you", "_", "s"]),
    "digits": ("100", ["1", "##0", "##0"]),
    "letters and digits": ("you1", ["you", "##1"]),
    "beyond ASCII": ("éé", ["é", "##é"]),
    "an emoji by its name": ("you 🙄", ["you", "face", "with", "rolling", "eyes"]),
    "emoji beside letters": ("you🙄s", ["you", "face", "with", "rolling", "eyes", "s"]),
    "a symbol with no name": ("\ue000", ["[UNK]"]),
    "a mark that is not known": ("?", ["[UNK]"]),
    "a hundred letters": ("a" * 100, ["a", *["##a"] * 99]),
    "more than a hundred": ("a" * 101, ["[UNK]"]),
}


@pytest.mark.parametrize(("text", "pieces"), READ.values(), ids=READ)
def test_pieces(text: str, pieces: list[str]) -> None:
    assert [PIECES[n] for n in TINY.ids(text)] == pieces


@pytest.mark.parametrize("text", [*SPECIAL, *(f"you{piece}" for piece in SPECIAL), "##kind", "un ##kind"])
def test_nobody_can_write_a_special_piece(text: str) -> None:
    unknown = TINY.id_of("[UNK]")
    assert not {TINY.id_of(piece) for piece in SPECIAL} & set(TINY.ids(text)) - {unknown}


def test_word_inside_pieces_do_not_begin_a_word() -> None:
    assert TINY.id_of("##kind") not in TINY.ids("##kind")


@given(st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_text(text: str) -> None:
    ids = TINY.ids(text)
    assert all(0 <= n < len(TINY) for n in ids)
    assert ids == TINY.ids(text) == TINY.ids(f" {text}\n")
    assert bool(ids) == bool(text.strip())


@given(st.lists(st.sampled_from(["you", "unkind", "kind!", "🙄", "zz", "1_0"]), max_size=8))
@settings(max_examples=50, deadline=None)
def test_words_are_read_one_by_one(words: list[str]) -> None:
    assert TINY.ids(" ".join(words)) == [n for word in words for n in TINY.ids(word)]


def test_ids_are_positions() -> None:
    assert len(TINY) == len(PIECES)
    assert [TINY.id_of(piece) for piece in PIECES] == list(range(len(PIECES)))


def test_a_vocabulary_without_the_piece() -> None:
    with pytest.raises(ModelError, match=r"no '\[MASK\]'"):
        TINY.id_of("[MASK]")
    with pytest.raises(ModelError, match=r"no '\[UNK\]'"):
        WordPiece(["you"], unknown="[UNK]")


@pytest.fixture(scope="module")
def shipped() -> WordPiece:
    if not VOCABULARY.exists():
        pytest.skip("models/base/vocabulary.json is not there yet: it comes with the first training of the base model")
    return WordPiece(json.loads(VOCABULARY.read_text(encoding="utf-8")), unknown="[UNK]")


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["text"][:24])
def test_as_the_pretrained_encoder_learnt_it(case: dict[str, list[int]], shipped: WordPiece) -> None:
    assert shipped.ids(clean(str(case["text"])).text) == case["ids"]

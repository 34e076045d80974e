"""Encoders: one row a turn, the same whatever else is encoded with it, and made again only from what fits."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tiny
from relcomm import text
from relcomm.analyzer import load
from relcomm.encoders import ENCODERS, LONGEST_ROW, Bounded, Encoder, NgramEncoder, TransformerEncoder
from relcomm.errors import ModelError
from relcomm.sequence import Layout
from relcomm.types import Turn, Utterance

TURNS = [
    Turn(Utterance("You never listen.", "Ann"), (Utterance("Can we start over?", "Ben"),)),
    Turn(Utterance("You never listen.", "Ann")),
    Turn(Utterance("Fine.", "Ben"), (Utterance("You never listen.", "Ann"), Utterance("I, I can't.", "Ben"))),
    Turn(Utterance("")),
    Turn(Utterance("  \u200b ", "Ann"), (Utterance(""),)),
    Turn(Utterance("FINE!!! 🙄 " + "so very late " * 300, "Ann")),
    Turn(Utterance("\ud800 «не знаю» 你好", "Ann"), (Utterance("\x00", "Ben"),)),
]
LAYOUT = {"turn": 16, "one": 8, "context": 12, "turns": 4}
NETWORK = tiny.network(len(tiny.VOCABULARY))
VOCABULARY = json.dumps(tiny.VOCABULARY).encode()

MADE: dict[str, Callable[[], Encoder]] = {
    "fake": tiny.FakeEncoder,
    "ngram": cache(NgramEncoder),
    "ngram small": cache(lambda: NgramEncoder(bits=8)),
    "transformer": cache(tiny.tiny_transformer),
    "base": lambda: load("base").model.encoder,
}


@pytest.fixture(params=MADE)
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return MADE[request.param]()


def dense(rows: Any) -> np.ndarray[Any, Any]:
    return rows if isinstance(rows, np.ndarray) else rows.toarray()


def test_every_encoder_is_tried() -> None:
    assert {name: kind.name for name, kind in ENCODERS.items()} == {name: name for name in ENCODERS}
    assert set(ENCODERS) <= set(MADE)


def test_one_row_a_turn(encoder: Encoder) -> None:
    rows = encoder.encode(TURNS)
    assert rows.shape == (len(TURNS), encoder.dim)
    assert rows.dtype.kind == "f"
    assert np.isfinite(dense(rows)).all()


def test_no_turns_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_the_same_again(encoder: Encoder) -> None:
    assert np.array_equal(dense(encoder.encode(TURNS)), dense(encoder.encode(TURNS)))


def test_alone_as_in_company(encoder: Encoder) -> None:
    rows = dense(encoder.encode(TURNS))
    for turn, row in zip(TURNS, rows, strict=True):
        assert np.array_equal(dense(encoder.encode([turn]))[0], row)


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(len(TURNS))))
@pytest.mark.parametrize("name", ["fake", "ngram small", "transformer"])
def test_in_any_order(name: str, order: list[int]) -> None:
    encoder = MADE[name]()
    rows = dense(encoder.encode(TURNS))
    assert np.array_equal(dense(encoder.encode([TURNS[n] for n in order])), rows[order])


def test_in_threads(encoder: Encoder) -> None:
    alone = [dense(encoder.encode([turn])) for turn in TURNS]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            rows = pool.map(lambda turn: dense(encoder.encode([turn])), TURNS)
            assert all(np.array_equal(a, b) for a, b in zip(alone, rows, strict=True))


def test_context_matters(encoder: Encoder) -> None:
    with_context, without = dense(encoder.encode(TURNS[:2]))
    assert not np.array_equal(with_context, without)


def test_an_empty_text_is_read(encoder: Encoder) -> None:
    empty, invisible = dense(encoder.encode([Turn(Utterance("")), Turn(Utterance("\u200b\u00ad"))]))
    assert np.array_equal(empty, invisible)


def test_writing_does_not_matter_where_cleaning_removes_it(encoder: Encoder) -> None:
    plain, odd = dense(encoder.encode([Turn(Utterance("don't, no")), Turn(Utterance("d\u200bon’t,  noooo"))]))
    assert np.array_equal(plain, odd)


def test_which_encoders_read_only_so_much() -> None:
    assert {name for name, make in MADE.items() if isinstance(make(), Bounded)} == {"transformer", "base"}


@pytest.mark.parametrize(("said", "fits"), [("", True), ("you " * 16, True), ("you " * 17, False), ("?" * 17, False)])
def test_what_a_transformer_reads_at_once(said: str, fits: bool) -> None:
    assert tiny.tiny_transformer().fits(said) is fits


@pytest.mark.parametrize("name", ["ngram small", "transformer"])
def test_context_is_cleaned_once_and_only_at_its_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned: list[int] = []
    plain = text.clean
    monkeypatch.setattr("relcomm.text.clean", lambda written: cleaned.append(len(written)) or plain(written))
    before = (Utterance("\u200bso very late " * 20_000 + "you never listen", "Ben"), Utterance("fine", "Ann"))
    turns = [Turn(Utterance(said, "Ann"), before) for said in ("sorry", "no", "can we start over")]
    rows = MADE[name]().encode(turns)
    assert sorted(cleaned) == [4, text.ENDING_CHARACTERS]
    short = (Utterance("so very late " * 10 + "you never listen", "Ben"), before[1])
    again = MADE[name]().encode([Turn(turn.utterance, short) for turn in turns])
    assert name != "transformer" or np.array_equal(dense(rows), dense(again))


@pytest.mark.parametrize("name", [name for name in MADE if name != "fake"])
def test_made_again_from_settings_and_files(name: str) -> None:
    encoder = MADE[name]()
    settings = json.loads(json.dumps(encoder.settings()))
    again = ENCODERS[encoder.name].restore(settings, dict(encoder.files()))
    assert again.settings() == encoder.settings()
    assert dict(again.files()) == dict(encoder.files())
    assert np.array_equal(dense(again.encode(TURNS)), dense(encoder.encode(TURNS)))


# Whose words before: a row tells the speaker's own last turn from another's.
SPEAKERS = {
    "other": ("Ben", "Ann"),
    "same": ("Ann", "Ann"),
    "nobody named": ("", ""),
    "only the speaker named": ("", "Ann"),
}


def test_the_ngram_encoder_knows_whose_words_went_before() -> None:
    encoder = MADE["ngram small"]()
    rows = {
        name: dense(encoder.encode([Turn(Utterance("Fine.", now), (Utterance("You never listen.", before),))]))[0]
        for name, (before, now) in SPEAKERS.items()
    }
    assert np.array_equal(rows["other"], rows["nobody named"])
    assert np.array_equal(rows["other"], rows["only the speaker named"])
    assert not np.array_equal(rows["other"], rows["same"])


def test_ngram_blocks_have_length_one() -> None:
    (row,) = dense(NgramEncoder(bits=8).encode([Turn(Utterance("not now " * 30), (Utterance("please"),))]))
    words, characters, before = row[:256], row[256:512], row[512:576]
    assert [np.linalg.norm(block) for block in (words, characters, before)] == pytest.approx([1, 1, 0.5])


SHAPES = {
    "": [0.025, 1, 0, 0, 0, 0],
    "so what?": [0.05, 1, 0, 0, 1, 0],
    "YOU LEFT AGAIN, BEN!": [0.1, 0, 1, 0, 0, 1],
}


@pytest.mark.parametrize("said", SHAPES)
def test_ngram_columns_of_the_looks(said: str) -> None:
    (row,) = dense(NgramEncoder(bits=8).encode([Turn(Utterance(said))]))
    assert row[-6:] == pytest.approx(SHAPES[said])


# Settings and files an n-gram encoder is not made of.
NOT_NGRAM: dict[str, tuple[dict[str, Any], dict[str, bytes]]] = {
    "nothing": ({}, {}),
    "bits too few": ({"bits": 7}, {}),
    "bits too many": ({"bits": 23}, {}),
    "bits as text": ({"bits": "8"}, {}),
    "bits broken": ({"bits": 8.0}, {}),
    "bits true": ({"bits": True}, {}),
    "bits none": ({"bits": None}, {}),
    "a setting too many": ({"bits": 8, "words": 3}, {}),
    "a file": ({"bits": 8}, {"words.bin": b""}),
}


@pytest.mark.parametrize(("settings", "files"), NOT_NGRAM.values(), ids=NOT_NGRAM)
def test_what_no_ngram_encoder_is_made_of(settings: dict[str, Any], files: dict[str, bytes]) -> None:
    with pytest.raises(ModelError):
        NgramEncoder.restore(settings, files)


def transformer(layout: Any = LAYOUT, network: bytes = NETWORK, vocabulary: bytes = VOCABULARY) -> TransformerEncoder:
    return TransformerEncoder.restore({"layout": layout}, {"encoder.onnx": network, "vocabulary.json": vocabulary})


def test_a_tiny_transformer() -> None:
    assert transformer().dim == 5


def named(*pieces: str) -> bytes:
    return json.dumps(pieces).encode()


# What of a transformer's parts is replaced, and by what.
NOT_TRANSFORMER: dict[str, dict[str, Any]] = {
    "no layout": {"layout": None},
    "a layout that is a list": {"layout": [16, 8, 12, 4]},
    "an unknown limit": {"layout": {**LAYOUT, "pieces": 3}},
    "no room for a turn": {"layout": {**LAYOUT, "turn": 0}},
    "a limit in words": {"layout": {**LAYOUT, "turn": "16"}},
    "a limit below 0": {"layout": {**LAYOUT, "context": -1}},
    "a row beyond all measure": {"layout": {**LAYOUT, "turn": 10**12}},
    "a row just too long": {"layout": {"turn": LONGEST_ROW - 1, "one": 1, "context": 0, "turns": 0}},
    "a vocabulary that is no JSON": {"vocabulary": b"["},
    "a vocabulary that is no text": {"vocabulary": b'["\xff"]'},
    "a vocabulary that is a table": {"vocabulary": b"{}"},
    "a vocabulary of numbers": {"vocabulary": b"[1, 2]"},
    "a vocabulary nested without end": {"vocabulary": b"[" * 100_000},
    "an empty vocabulary": {"vocabulary": b"[]"},
    "a vocabulary without its marks": {"vocabulary": named("<s>", "</s>", "[UNK]", "you")},
    "more pieces than the network has": {"vocabulary": named(*tiny.VOCABULARY, "love")},
    "an empty network": {"network": b""},
    "a network cut short": {"network": NETWORK[:-40]},
    "a network that is none": {"network": b"PK\x03\x04" + bytes(200)},
    "a network with other inputs": {"network": tiny.network(len(tiny.VOCABULARY), inputs=("pieces", "mask"))},
    "a network of numbers that are none": {"network": tiny.network(len(tiny.VOCABULARY), fill=float("nan"))},
    "a network of no width": {"network": tiny.network(len(tiny.VOCABULARY), dim=0)},
}


@pytest.mark.parametrize("parts", NOT_TRANSFORMER.values(), ids=NOT_TRANSFORMER)
def test_what_no_transformer_is_made_of(parts: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError):
        transformer(**parts)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["encoder.onnx", "vocabulary.json"])
def test_a_transformer_needs_both_files(name: str) -> None:
    files = {"encoder.onnx": NETWORK, "vocabulary.json": VOCABULARY}
    del files[name]
    with pytest.raises(ModelError):
        TransformerEncoder.restore({"layout": LAYOUT}, files)


def test_the_longest_layout_is_taken() -> None:
    limits = Layout(turn=LONGEST_ROW - 2, one=1, context=0, turns=0)
    rows = tiny.tiny_transformer(limits).encode([Turn(Utterance("you listen " * 2000))])
    assert np.isfinite(rows).all()

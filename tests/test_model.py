"""Models: what they score, that they come back the same, and where they are found."""

from __future__ import annotations

import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import shipped
import tiny
from relcomm.analyzer import Analyzer
from relcomm.encoders import Bounded, NgramEncoder
from relcomm.errors import ModelError
from relcomm.model import Model, Thresholds, bundled, find
from relcomm.text import MAX_WINDOWS, WINDOW_CHARACTERS, WINDOW_WORDS, clean, windows
from relcomm.types import Turn, Utterance

TURNS = [
    Turn(Utterance("You never listen.", "Ann"), (Utterance("Can we start over?", "Ben"),)),
    Turn(Utterance("You never listen.", "Ann")),
    Turn(Utterance("")),
    Turn(Utterance("Fine.", "Ben"), (Utterance("You never listen.", "Ann"),)),
    Turn(Utterance("sorry, " + "and then we talked and talked about it " * 60, "Ann")),
    Turn(Utterance("\u200b \n", "Ann")),
    Turn(Utterance("\ud800 «не знаю» 你好 🙄", "Ann"), (Utterance("\x00", "Ben"),)),
    Turn(Utterance("x" * 5000)),
]
EMPTY = [2, 5]
pytestmark = pytest.mark.usefixtures("fake_is_known")


@pytest.fixture(scope="module", params=["fake", "ngram", "transformer"])
def model(request: pytest.FixtureRequest) -> Model:
    made = {"fake": tiny.FakeEncoder, "ngram": lambda: NgramEncoder(bits=10), "transformer": tiny.tiny_transformer}
    return tiny.tiny_model(made[request.param]())


def test_one_row_of_probabilities_a_turn(model: Model) -> None:
    rows = model.score(TURNS)
    assert rows.shape == (len(TURNS), len(tiny.LABELS))
    assert rows.dtype == np.float64
    assert ((rows >= 0) & (rows <= 1)).all()
    assert len({tuple(row) for row in rows}) > len(TURNS) - len(EMPTY), "a model that says the same of all"


def test_no_turns_no_rows(model: Model) -> None:
    assert model.score([]).shape == (0, len(tiny.LABELS))


def test_an_empty_text_scores_nothing(model: Model) -> None:
    rows = model.score(TURNS)
    assert [n for n, row in enumerate(rows) if not row.any()] == EMPTY


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(len(TURNS))), st.sets(st.integers(1, len(TURNS) - 1)))
@pytest.mark.parametrize("encoder", [tiny.FakeEncoder(), NgramEncoder(bits=10), tiny.tiny_transformer()],
                         ids=lambda encoder: encoder.name)  # fmt: skip
def test_a_row_does_not_depend_on_the_others(encoder: Any, order: list[int], cuts: set[int]) -> None:
    model = tiny.tiny_model(encoder)
    whole = model.score(TURNS)
    edges = [0, *sorted(cuts), len(TURNS)]
    parts = [model.score([TURNS[n] for n in order[a:b]]) for a, b in pairwise(edges)]
    assert np.array_equal(np.concatenate(parts), whole[order])


def test_shipped_rows_do_not_depend_on_the_others(shipped_model: Model) -> None:
    whole = shipped_model.score(TURNS)
    assert ((whole >= 0) & (whole <= 1)).all()
    assert np.array_equal(np.concatenate([shipped_model.score([turn]) for turn in TURNS]), whole)
    assert np.array_equal(shipped_model.score(TURNS[::-1]), whole[::-1])


def test_threads_score_the_same(shipped_model: Model) -> None:
    turns = shipped.golden_turns()
    alone = shipped_model.score(turns)
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(lambda _: shipped_model.score(turns), range(8)):
            assert np.array_equal(rows, alone)


def test_a_long_turn_takes_the_highest_of_its_windows(model: Model) -> None:
    turn = TURNS[4]
    found = model.read([turn])[0]
    text = clean(turn.utterance.text).text
    if not isinstance(model.encoder, Bounded):
        assert [(window.start, window.end) for window in found] == list(windows(text))[:MAX_WINDOWS]
    assert len(found) > 2
    parts = [Turn(Utterance(text[w.start : w.end], "Ann")) for w in found]
    assert np.array_equal(model.score(parts), [w.scores for w in found])
    assert np.array_equal(model.score([turn])[0], np.max([w.scores for w in found], axis=0))


def test_only_so_many_windows_are_read(model: Model) -> None:
    full = "talk " * (WINDOW_WORDS * MAX_WINDOWS)
    turns = [Turn(Utterance(full)), Turn(Utterance(full + "sorry, you never listen"))]
    assert np.array_equal(*model.score(turns))
    assert model.read([turns[1]])[0][-1].end == len(full) - 1


TIMES = [f"{hour}:{minute}" for hour in range(6, 21) for minute in ("05", "20", "35", "50")][:59]
# Few words, few characters, and more word pieces than base reads at once.
TABLE = f"Here is the new bus timetable for Monday to Friday: {', '.join(TIMES)}."
MESSAGE = f"{TABLE} You never listen to me, do you?"


@pytest.mark.parametrize(
    "text", [MESSAGE, "🙄👍🤷🎉" * 120, "?!" * 240, "xq" * 240], ids=["times", "emoji", "marks", "word"]
)
@pytest.mark.parametrize("encoder", ["tiny", "base"])
def test_nothing_of_a_turn_goes_unread(encoder: str, text: str, base: Analyzer) -> None:
    model = base.model if encoder == "base" else tiny.tiny_model(tiny.tiny_transformer())
    assert isinstance(model.encoder, Bounded)
    found = [text[window.start : window.end] for window in model.read([Turn(Utterance(text))])[0]]
    assert all(model.encoder.fits(piece) for piece in found)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


def test_what_is_said_at_the_end_counts(base: Analyzer) -> None:
    assert len(MESSAGE.split()) == 76
    assert len(MESSAGE) <= WINDOW_CHARACTERS
    assert isinstance(base.model.encoder, Bounded)
    assert not base.model.encoder.fits(TABLE)
    table, message = (base.classify(text).scores["criticism"] for text in (TABLE, MESSAGE))
    assert message > table + 0.1


def test_a_turn_that_fits_is_one_window(base: Analyzer) -> None:
    turn = Turn(Utterance(" ".join(MESSAGE.split()[-30:])), (Utterance(MESSAGE),))
    assert [(w.start, w.end) for w in base.model.read([turn])[0]] == [(0, len(turn.utterance.text))]


def test_extreme_heads_stay_probabilities() -> None:
    heads = np.full((53, 2), 9e5, dtype=np.float32)
    heads[:, 1] *= -1
    limits = {"a": Thresholds(0.1, 0.5), "b": Thresholds(0.1, 0.5)}
    (row,) = Model(tiny.FakeEncoder(), ["a", "b"], heads=heads, thresholds=limits).score(TURNS[:1])
    assert row == pytest.approx([1, 0], abs=1e-300)


def test_it_comes_back_the_same(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "tiny")
    again = Model.load(tmp_path / "tiny")
    assert np.array_equal(again.score(TURNS), model.score(TURNS))
    for name in ("labels", "thresholds", "name", "data"):
        assert getattr(again, name) == getattr(model, name)
    again.save(tmp_path / "again")
    for file in (tmp_path / "tiny").iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_heads_in_another_layout_come_back_the_same(tmp_path: Path) -> None:
    plain = tiny.tiny_model()
    turned = Model(plain.encoder, plain.labels, heads=np.asfortranarray(plain._heads), thresholds=plain.thresholds)
    turned.save(tmp_path / "turned")
    assert np.array_equal(Model.load(tmp_path / "turned").score(TURNS), turned.score(TURNS))
    assert np.array_equal(turned.score(TURNS), plain.score(TURNS))


def test_a_model_is_never_overwritten(tmp_path: Path) -> None:
    folder = tiny.tiny_folder(tmp_path)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(ModelError, match="already holds a model"):
        tiny.tiny_model(seed=8).save(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["", "Base", "../base", "a b", "1st", "a" * 65, "ä"])
def test_names_that_no_model_has(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="name"):
        tiny.tiny_model(name=name).save(tmp_path / "new")
    assert not (tmp_path / "new").exists()


# What is said of the training data and cannot be written down.
@pytest.mark.parametrize("data", [{"when": object()}, {"ids": {1, 2}}, {"sha": b"00"}], ids=["object", "set", "bytes"])
def test_data_that_is_no_json(data: dict[str, Any], tmp_path: Path) -> None:
    plain = tiny.tiny_model()
    model = Model(plain.encoder, plain.labels, heads=plain._heads, thresholds=plain.thresholds, data=data)
    with pytest.raises(ModelError, match="JSON"):
        model.save(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_data_with_numbers_for_keys_can_be_read_again(tmp_path: Path) -> None:
    plain = tiny.tiny_model()
    model = Model(plain.encoder, plain.labels, heads=plain._heads, thresholds=plain.thresholds, data={10: "b", 9: "a"})
    model.save(tmp_path / "new")
    assert Model.load(tmp_path / "new").data == {"10": "b", "9": "a"}


ZEROS = np.zeros((53, 2), dtype=np.float32)
HALF = Thresholds(0.5, 0.5)
# Labels, heads and thresholds that do not make a model.
NO_MODEL: dict[str, tuple[list[str], Any, dict[str, Thresholds]]] = {
    "too few rows": (["a", "b"], ZEROS[1:], {"a": HALF, "b": HALF}),
    "too few columns": (["a", "b"], ZEROS[:, :1], {"a": HALF, "b": HALF}),
    "one label twice": (["a", "a"], ZEROS, {"a": HALF}),
    "a label without a name": (["a", ""], ZEROS, {"a": HALF, "": HALF}),
    "a threshold missing": (["a", "b"], ZEROS, {"a": HALF}),
    "a threshold too many": (["a", "b"], ZEROS, {"a": HALF, "b": HALF, "c": HALF}),
    "not a number": (["a", "b"], ZEROS * np.float32("nan"), {"a": HALF, "b": HALF}),
    "infinite": (["a", "b"], ZEROS + np.float32("inf"), {"a": HALF, "b": HALF}),
    "beyond all measure": (["a", "b"], ZEROS - np.float32(1e7), {"a": HALF, "b": HALF}),
}


@pytest.mark.parametrize(("labels", "heads", "thresholds"), NO_MODEL.values(), ids=NO_MODEL)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_does_not_make_a_model(labels: list[str], heads: Any, thresholds: dict[str, Thresholds]) -> None:
    with pytest.raises(ModelError):
        Model(tiny.FakeEncoder(), labels, heads=heads, thresholds=thresholds)


@pytest.mark.parametrize(
    ("unsure", "sure"), [(0.0, 0.5), (-0.1, 0.5), (0.6, 0.5), (0.5, 1.1), (0.5, float("nan")), (float("nan"), 0.5)]
)
def test_what_thresholds_cannot_be(unsure: float, sure: float) -> None:
    with pytest.raises(ModelError):
        Thresholds(unsure, sure)


def test_it_travels_as_a_place_and_a_seal(tmp_path: Path) -> None:
    model = Model.load(tiny.tiny_folder(tmp_path))
    packed = pickle.dumps(model)
    assert len(packed) < 1000
    again = pickle.loads(packed)
    assert np.array_equal(again.score(TURNS), model.score(TURNS))
    assert pickle.dumps(again) == packed


RATES = {
    "calibrated": {"criticism": 0.2, "stonewalling": 0.5, "repair": 0.1},
    "everyday": {"criticism": 0.02, "repair": 0.1},
}


def with_rates() -> Model:
    model = tiny.tiny_model()
    model.data["rates"] = RATES
    return model


@pytest.mark.parametrize("prior", ["everyday", RATES["everyday"]], ids=["by name", "by shares"])
def test_a_prior_shifts_the_odds_of_the_labels_it_names(prior: Any) -> None:
    model = with_rates()
    before, after = model.score(TURNS), model.expecting(prior).score(TURNS)
    spoken = before[:, 0] > 0
    odds = (after / (1 - after))[spoken] / (before / (1 - before))[spoken]
    assert odds[:, 0] == pytest.approx((0.02 / 0.98) / (0.2 / 0.8), rel=1e-4)
    assert np.array_equal(after[:, 1], before[:, 1])
    assert after[:, 2] == pytest.approx(before[:, 2])
    assert model.expecting(prior).thresholds == model.thresholds
    assert np.array_equal(model.score(TURNS), before)


WRONG_PRIORS: dict[str, Any] = {
    "unknown name": "noisy",
    "where it was calibrated": "",
    "unknown label": {"kindness": 0.1},
    "never": {"repair": 0.0},
    "always": {"repair": 1.0},
    "no number": {"repair": "0.1"},
    "nan": {"repair": float("nan")},
}


@pytest.mark.parametrize("prior", WRONG_PRIORS.values(), ids=WRONG_PRIORS)
def test_what_a_prior_cannot_be(prior: Any) -> None:
    with pytest.raises(ModelError):
        with_rates().expecting(prior)


@pytest.mark.parametrize("rates", [None, [], "x", {}, {"calibrated": []}, {"calibrated": {"repair": "x"}, "a": 3}])
@pytest.mark.parametrize("prior", ["a", {"repair": 0.1}], ids=["by name", "by shares"])
def test_a_model_that_does_not_know_its_rates_takes_no_prior(rates: Any, prior: Any) -> None:
    model = tiny.tiny_model()
    model.data["rates"] = rates
    with pytest.raises(ModelError):
        model.expecting(prior)


def test_it_travels_with_its_prior(tmp_path: Path) -> None:
    with_rates().save(tmp_path / "tiny")
    model = Model.load(tmp_path / "tiny").expecting("everyday")
    assert np.array_equal(pickle.loads(pickle.dumps(model)).score(TURNS), model.score(TURNS))


def test_it_does_not_travel_unsaved() -> None:
    with pytest.raises(ModelError, match="save it and load it"):
        pickle.dumps(tiny.tiny_model())


def test_it_does_not_arrive_as_another(tmp_path: Path) -> None:
    folder = tiny.tiny_folder(tmp_path)
    packed = pickle.dumps(Model.load(folder))
    shutil.rmtree(folder)
    with pytest.raises(ModelError, match="missing"):
        pickle.loads(packed)
    tiny.tiny_model(seed=8).save(folder)
    with pytest.raises(ModelError, match="has changed"):
        pickle.loads(packed)


def test_what_it_says_of_itself() -> None:
    assert repr(tiny.tiny_model()) == "Model('tiny', encoder='fake', labels=3)"


def test_models_are_found_by_name_or_folder(tmp_path: Path) -> None:
    assert bundled() == sorted(path.parent.name for path in shipped.MODELS.glob("*/model.json"))
    assert "ngram" in bundled()
    assert find("ngram") == shipped.MODELS / "ngram"
    folder = tiny.tiny_folder(tmp_path)
    assert find(folder) == find(str(folder)) == folder


@pytest.mark.parametrize(
    "name", ["", "nosuch", "../models/none", "a" * 5000, "a\x00b", ".", "ngram/heads.npy", "Ngram?"]
)
def test_what_is_not_found_names_what_there_is(name: str) -> None:
    with pytest.raises(ModelError, match="ngram"):
        find(name)


def test_where_no_models_came_with_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relcomm.model._home", lambda: tmp_path / "models")
    assert bundled() == []
    with pytest.raises(ModelError, match="none bundled"):
        find("base")


def test_golden_scores(shipped_model: Model) -> None:
    pinned = shipped.golden(shipped_model.name)
    found = shipped.golden_scores(shipped_model)
    assert len(found) == len(pinned) >= 25
    for scores, expected in zip(found, pinned, strict=True):
        assert scores == pytest.approx(expected, abs=shipped.TOLERANCE[shipped_model.name], rel=0)

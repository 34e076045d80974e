"""What an epoch of fine-tuning shows, and in which guises (nothing here needs torch)."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from relcomm.encoders import NgramEncoder
from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.training.corpus import Coded
from relcomm.training.distil import lessons, taught
from relcomm.training.finetune import NOT_CODED, OUTPUTS, Recipe, epoch_of, examples, vary
from relcomm.types import Conversation, Turn, Utterance
from tiny import tiny_model


def coded(*labels: set[str], doubt: set[str] = frozenset()) -> Coded:  # type: ignore[assignment]
    said = tuple(Utterance(f"Well, it's {n}.", "Ann" if n % 2 else "Ben") for n in range(len(labels)))
    return Coded(Conversation(said, "a"), tuple(map(frozenset, labels)), tuple(frozenset(doubt) for _ in labels))


def test_targets_are_one_a_label_and_a_last_one_for_any_harm() -> None:
    threat, repair, nothing = examples([coded({"threat"}, {"repair"}, set(), doubt={"contempt"})], 0.2)
    given = {"threat": 1.0, "any harm": 1.0, "contempt": 0.2, "asks": NOT_CODED, "asks again": NOT_CODED}
    assert dict(zip(OUTPUTS, threat.target, strict=True)) == dict.fromkeys(OUTPUTS, 0.0) | given
    assert dict(zip(OUTPUTS, repair.target, strict=True))["any harm"] == 0.2
    assert sum(nothing.target[:-2]) == pytest.approx(0.4)


def test_an_epoch_shows_every_turn_once_unless_told_otherwise() -> None:
    items = examples([coded({"threat"}, set(), {"repair"})], 0.2)
    assert epoch_of(items, Recipe(), random.Random(0)) == items


def test_rare_labels_are_shown_twice() -> None:
    items = examples([coded({"threat"}, {"repair"}, {"repair"}, {"repair", "threat"})], 0.2)
    shown = epoch_of(items, Recipe(rare=3), random.Random(0))
    assert [sum(one is each for each in shown) for one in items] == [2, 1, 1, 2]


def test_quiet_turns_are_drawn_anew_and_no_other_is_left_out() -> None:
    items = examples([coded(*[set()] * 400, {"repair"}), coded(set(), doubt={"threat"})], 0.2)
    rng = random.Random(0)
    first, second = (epoch_of(items, Recipe(quiet=0.5), rng) for _ in range(2))
    for shown in (first, second):
        assert 150 < len(shown) < 250
        assert shown[-2:] == items[-2:]
    assert len(first) != len(second) or any(a is not b for a, b in zip(first, second, strict=True))


def test_guises_never_touch_what_was_said_before_or_change_the_speaker() -> None:
    context = (Utterance("Are you coming?", "Ann"), Utterance("No.", "Ben"), Utterance("Why?", "Ann"))
    turn = Turn(Utterance("I'm tired, OK?", "Ben"), context)
    assert vary(turn, Recipe(bare=0, cut=0, nameless=0, plain=0), random.Random(0)) == turn
    assert vary(turn, Recipe(bare=1), random.Random(0)).context == ()
    for seed in range(20):
        cut = vary(turn, Recipe(bare=0, cut=1, nameless=0, plain=0), random.Random(seed)).context
        assert cut
        assert cut == context[len(context) - len(cut) :]
    nobody = vary(turn, Recipe(bare=0, cut=0, nameless=1, plain=0), random.Random(0))
    assert {each.speaker for each in (nobody.utterance, *nobody.context)} == {""}
    assert vary(turn, Recipe(nameless=0, plain=1), random.Random(0)).utterance == Utterance("Im tired OK", "Ben")


def test_noise_changes_the_words_and_nothing_else() -> None:
    turn = Turn(Utterance("I'm tired, you know, OK?", "Ben"), (Utterance("Are you coming, or what?", "Ann"),))
    shown = [vary(turn, Recipe(bare=0, cut=0, nameless=0, plain=0, noise=1), random.Random(n)) for n in range(40)]
    assert len({each.utterance.text for each in shown}) > 10
    assert sum(each.context != turn.context for each in shown) > 20
    assert {tuple(said.speaker for said in (each.utterance, *each.context)) for each in shown} == {("Ben", "Ann")}


def test_a_loud_turn_of_few_words_keeps_its_context() -> None:
    turn = Turn(Utterance("Fine.", "Ben"), (Utterance("You said you'd ring me.", "Ann"),))
    always = Recipe(bare=1, few=2)
    assert vary(turn, always, random.Random(0), loud=True).context == turn.context
    assert vary(turn, always, random.Random(0)).context == ()
    assert vary(Turn(Utterance("Fine then.", "Ben"), turn.context), always, random.Random(0), loud=True).context == ()
    assert vary(turn, always, random.Random(0), whole=True).context == turn.context


def test_what_a_teacher_says(tmp_path: Path) -> None:
    tiny_model(NgramEncoder(bits=8), tuple(LABELS)).save(tmp_path / "teacher")
    teacher = Model.load(tmp_path / "teacher")
    items = examples([coded({"threat"}, set(), {"repair"})], 0.2)
    told = lessons(teacher, items, jobs=1)
    scores = teacher.score([item.turn for item in items])
    harmful = [n for n, name in enumerate(teacher.labels) if LABELS[name].harmful]
    for n, name in enumerate(LABELS):
        assert (told[:, n] == scores[:, teacher.labels.index(name)]).all()
    assert (told[:, -1] == scores[:, harmful].max(axis=1)).all()


def test_a_teacher_moves_targets_and_not_what_an_epoch_shows() -> None:
    items = examples([coded({"threat"}, set(), {"repair"})], 0.2)
    half = np.full((3, len(LABELS) + 1), 0.5)
    told = taught(items, half, 0.5)
    for before, after in zip(items, told, strict=True):
        assert after.target[:-2] == pytest.approx([0.5 * t + 0.25 for t in before.target[:-2]])
        assert after.target[-2:] == before.target[-2:]
        assert (after.turn, after.loud) == (before.turn, before.loud)
    for recipe in (Recipe(quiet=0), Recipe(rare=3)):
        shown, plain = (epoch_of(each, recipe, random.Random(0)) for each in (told, items))
        assert [item.turn for item in shown] == [item.turn for item in plain]
    assert [item.target for item in taught(items, half, 0)] == [item.target for item in items]

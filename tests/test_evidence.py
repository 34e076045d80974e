"""Evidence: every label shows its words, in the caller's own string, and leaving them out lowers it by their weight."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tiny
from relcomm.analyzer import load
from relcomm.evidence import CLAUSES, CUES, LEAST, PART, WHOLE, spans
from relcomm.labels import LABELS
from relcomm.model import Model, Thresholds
from relcomm.text import MAX_WINDOWS, clean, windows
from relcomm.types import Span, Turn, Utterance

# Turns to look for a label's words in, by the label most readers would give them.
SAID = {
    "criticism": ["You never think of anybody but yourself.", "I waited an hour, and you are so selfish, honestly.",
                  "What is wrong with you? The door was wide open."],
    "contempt": ["Oh bravo, you found the sink, what a genius.", "You make me sick. Go and pack your lunch.",
                 "Is that the best you can do? Pathetic."],
    "defensiveness": ["It's not my fault, the bus was late, and you didn't remind me either.",
                      "I did not! You are the one who started it.", "You're overreacting, it was one glass."],
    "stonewalling": ["Whatever. I'm going to bed.", "I'm done talking about this, leave me alone.",
                     "Fine, do what you want, I don't care."],
    "ultimatum": ["If you don't ring her tonight, I'm leaving.", "It's me or the job, so choose.",
                  "This is your last chance. One more time and we are through."],
    "boundary": ["I won't stay in the room while I'm being yelled at.", "I'm not ready to talk about that in front of them."],
    "threat": ["Leave, and you will never see the children again.", "You'll regret it, I will tell everyone at your work."],
    "pressure": ["Please, please, just come, if you loved me you would.", "How many times do I have to ask? Answer me!"],
    "gentle_startup": ["I felt lonely at dinner, so could we put the phones away tonight?",
                       "I worry when you drive late. Would you text me when you arrive?"],
    "appreciation": ["Thank you for getting up with her, it means a lot.", "I love how patient you are with my dad."],
    "accountability": ["You're right, I shouted and I am sorry for that.", "That was my fault, and I should have called."],
    "self_soothing": ["I need a break, give me twenty minutes and I'll come back to it.",
                      "I'm too wound up now, let me calm down first."],
    "repair": ["Can we start over? I came in too hot.", "Hey, we are on the same side here, let's slow down."],
}  # fmt: skip
CASES = [(label, text) for label, texts in SAID.items() for text in texts]
BEFORE = (Utterance("You forgot the milk again.", "Ben"), Utterance("So?", "Ann"), Utterance("Talk to me.", "Ben"))
CLOSE = 1e-9


def turn(text: str) -> Turn:
    return Turn(Utterance(text, "Ann"), BEFORE)


def everything(name: str = "fake") -> Model:
    """A small model that gives all its labels to almost anything."""
    plain = tiny.tiny_model(labels=tuple(LABELS), name=name)
    limits = {label: Thresholds(1e-9, 1e-9) for label in plain.labels}
    return Model(plain.encoder, plain.labels, heads=plain._heads, thresholds=limits, name=name)


@pytest.fixture(scope="module", params=["fake", "ngram", "base"])
def model(request: pytest.FixtureRequest) -> Model:
    return everything() if request.param == "fake" else load(request.param).model


def score(model: Model, text: str, label: str) -> float:
    return float(model.score([turn(text)])[0][model.labels.index(label)])


def placed(found: tuple[Span, ...], text: str) -> None:
    """Spans are inside the text, weighed, and those of one label are in order and apart."""
    ends: dict[str, int] = {}
    for span in found:
        assert ends.get(span.label, 0) <= span.start < span.end <= len(text)
        assert 0 <= span.weight <= 1
        assert span.why
        ends[span.label] = span.end


@pytest.mark.parametrize(("label", "text"), CASES)
def test_leaving_the_words_out_lowers_the_label(model: Model, label: str, text: str) -> None:
    """Must hold, to the last digit that sums keep, for a plain text of one window, with a space for what goes."""
    found = spans(model, turn(text), [label])
    before = score(model, text, label)
    assert found
    placed(found, text)
    for span in found:
        after = score(model, text[: span.start] + " " + text[span.end :], label)
        assert after == pytest.approx(before - span.weight, abs=CLOSE)
        assert after < before
        assert span.weight >= LEAST / 2 * before


@pytest.mark.parametrize(("label", "text"), CASES)
def test_reasons_are_the_labels_own(model: Model, label: str, text: str) -> None:
    reasons = {cue.why for cue in LABELS[label].cues}
    for span in spans(model, turn(text), [label]):
        assert span.why in reasons | {PART, WHOLE}
        if span.why == WHOLE:
            assert (span.start, span.end) == (0, len(text))


def test_some_evidence_of_every_kind_is_shown() -> None:
    reasons = {span.why for label, text in CASES for span in spans(everything(), turn(text), [label])}
    assert {WHOLE, PART} < reasons


def test_every_label_of_a_text_has_words(model: Model) -> None:
    for _, text in CASES[::4]:
        found = spans(model, turn(text), model.labels)
        assert list(dict.fromkeys(span.label for span in found)) == list(model.labels)


def test_labels_keep_their_order_and_their_words(model: Model) -> None:
    text = "You never listen. Whatever, I'm done."
    order = ["stonewalling", "criticism", "repair"]
    apart = [spans(model, turn(text), [label]) for label in order]
    assert spans(model, turn(text), order) == sum(apart, ())


def test_the_same_again(model: Model) -> None:
    for _, text in CASES[::8]:
        assert spans(model, turn(text), model.labels) == spans(model, turn(text), model.labels)


@pytest.mark.parametrize("text", ["", " ", "\u200b\n\t", "\x00"])
def test_nothing_said_nothing_shown(model: Model, text: str) -> None:
    assert spans(model, turn(text), model.labels) == ()


def test_no_label_no_words(model: Model) -> None:
    assert spans(model, turn("You never listen."), []) == ()


def test_a_turn_that_no_part_carries_is_shown_whole() -> None:
    class Same(tiny.FakeEncoder):
        """Reads the same in every turn."""

        def encode(self, turns: Any) -> Any:
            return super().encode([turn("you")] * len(turns))

    model = tiny.tiny_model(Same())
    text = "  Well, you never listen.  And so it goes. "
    label = model.labels[0]
    assert spans(model, turn(text), [label]) == (Span(2, 42, label, score(model, text, label), WHOLE),)


def test_a_cue_is_shown_rather_than_the_clause_around_it(ngram: Any) -> None:
    text = "I waited in the rain. You never listen to me, not once."
    cues = [s for s in spans(ngram.model, turn(text), ["criticism"]) if s.why not in (PART, WHOLE)]
    assert [text[s.start : s.end] for s in cues] == ["You never listen"]


def test_a_long_turn_shows_words_of_its_highest_window(model: Model) -> None:
    filler = "and then we went to the shop and came back home again "
    text = filler * 12 + "You never listen. You are so selfish! " + filler * 12
    cleaned = clean(text).text
    assert len(list(windows(cleaned))) > 2
    for label in model.labels:
        best = max(model.read([turn(text)])[0], key=lambda w: w.scores[model.labels.index(label)])
        found = spans(model, turn(text), [label])
        placed(found, text)
        assert all(best.start <= span.start < span.end <= best.end for span in found)


def test_evidence_stays_inside_what_was_read() -> None:
    text = "talk to me, " * 4000 + "you never listen"
    model = everything()
    end = list(windows(clean(text).text))[MAX_WINDOWS - 1][1]
    found = spans(model, turn(text), model.labels)
    placed(found, text)
    assert max(span.end for span in found) <= end


def test_the_cost_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many clauses and cues a window has, it is read again only so often for a label."""
    model = everything()
    asked: list[int] = []
    plain = model.score
    monkeypatch.setattr(model, "score", lambda turns: asked.append(len(turns)) or plain(turns))
    spans(model, turn("You're so lazy! " * 2000), ["criticism"])
    assert asked == [CUES + CLAUSES]
    asked.clear()
    spans(model, turn("You never try, and I mean never. Whatever, then."), model.labels)
    assert sum(asked) <= 3 + 2 * CUES, "what was read for one label is not read again for the next"


WEIRD = {
    "curly and elongated": "You neverrrrr listen\u2026 \u201cwhatever\u201d, I\u2019m done talking about this!!!!!!",
    "invisible": "Yo\u200bu ne\u00advar  never \u2060listen\ufeff. Leave me alone\u200d!",
    "full width": "Ｙｏｕ　ｎｅｖｅｒ　ｌｉｓｔｅｎ，　ｐａｔｈｅｔｉｃ．",
    "look-alikes": "Yоu nеver listеn, leаve me аlone",
    "combining": "Yo\u0301u ne\u0308ver li\u0323sten. Yo\u0301u a\u030are so selfish.",
    "emoji": "🙄🙄🙄 ok genius 👩‍👩‍👧‍👦 leave me alone 👍🏽",
    "no text": "\x00\ud800 you never \udfff listen\x07, \ue000 ever",
    "other scripts": "你从来不听, ты никогда не слушаешь, you never listen, لا تسمع أبدا",
    "ligatures": "You never ﬁnish, it's your ﬀault ½ ℡ ﷺ",
    "one word": "x" * 2000,
    "marks": "... !!! ??? --- ,,,",
    "one mark": ".",
    "bidi": "\u202eneve\u202c you \u2066never\u2069 listen",
}


@pytest.mark.parametrize("text", WEIRD.values(), ids=WEIRD)
def test_weird_text(model: Model, text: str) -> None:
    found = spans(model, turn(text), model.labels)
    placed(found, text)
    assert {span.label for span in found} == set(model.labels)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=30) | st.sampled_from([t for _, t in CASES] + list(WEIRD.values())), max_size=4))
def test_any_text(parts: list[str]) -> None:
    text = " ".join(parts)
    model = everything()
    found = spans(model, turn(text), model.labels)
    placed(found, text)
    assert {span.label for span in found} == (set(model.labels) if clean(text).text else set())
    for span in found:
        assert clean(text[span.start : span.end]).text

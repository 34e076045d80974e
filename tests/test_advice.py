"""Advice on a draft: silent where nothing hurts, and never worse than what it replaces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources

import pytest

from relcomm import advice as module
from relcomm.advice import DOUBT, WAYS, advise, doubtful, named_from, topic, what_happened
from relcomm.analyzer import Analyzer, load
from relcomm.errors import InputError, ReadError
from relcomm.help import VARIABLE, helplines
from relcomm.labels import LABELS
from relcomm.model import Thresholds
from relcomm.safety import where_to_turn
from relcomm.types import Advice, Prediction, Span, Utterance
from tiny import tiny_model

SWEEPING = re.compile(r"\b(?:you|u)\b[^.?!]{0,20}\b(?:always|never)\b", re.IGNORECASE)
# Drafts that hurt nobody, though some have the words of those that do.
HARMLESS = (
    "", " ", "\ud800", "🙂", "Can you pick up milk?", "I'll be home by six.", "Did you eat?", "Sounds good!",
    "The trains never run on time.", "You always make me laugh.", "My boss is such an idiot.", "Thank you for cooking tonight.",
    "I'm sorry I was late, that was my fault.", "I felt lonely at dinner. Could we put the phones away tonight?",
)  # fmt: skip
# Drafts that hurt, and the labels that both models see in them.
HARMFUL = {
    "You never listen to me, you're so selfish.": ["criticism"],
    "What is wrong with you? You never finish anything.": ["criticism"],
    "It's not my fault, you started it!": ["defensiveness"],
    "Whatever. I'm done talking about this.": ["stonewalling"],
}
FLAGGED = [case.text for label in LABELS.values() if label.harmful for case in label.flag]


@pytest.fixture(scope="module", params=["ngram", "base"])
def shipped(request: pytest.FixtureRequest) -> Analyzer:
    """Each analyser that ships."""
    found: Analyzer = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("draft", HARMLESS, ids=ascii)
def test_silence_means_send_it(shipped: Analyzer, draft: str) -> None:
    assert shipped.check(draft) == []


@pytest.mark.parametrize(("draft", "labels"), HARMFUL.items(), ids=HARMFUL)
def test_each_harmful_label_is_explained(shipped: Analyzer, draft: str, labels: list[str]) -> None:
    found = [advice for advice in shipped.check(draft) if advice.sure]
    assert set(labels) <= {advice.span.label for advice in found}
    for advice in found:
        label = LABELS[advice.span.label]
        assert advice.message == label.lands
        assert advice.antidote == f"{LABELS[label.antidote].title}: {label.advice}"


@pytest.mark.parametrize("draft", FLAGGED, ids=lambda draft: draft[:30])
def test_advice_on_what_the_labels_flag(ngram: Analyzer, draft: str) -> None:
    prediction, said = ngram.classify(draft), ngram.check(draft)
    found = [advice for advice in said if advice.sure]
    doubts = said[len(found) :]
    assert {advice.span.label for advice in doubts} == set(doubtful(prediction, ngram.model.thresholds))
    assert not any(advice.sure for advice in doubts)
    assert sorted(advice.span.label for advice in found) == sorted(k for k in prediction.labels if LABELS[k].harmful)
    assert [advice.span for advice in found] == sorted(advice.span for advice in found)
    for advice in found:
        same = [span.weight for span in prediction.spans if span.label == advice.span.label]
        assert advice.span in prediction.spans
        assert advice.span.weight == max(same)
        assert_fit(advice)


def assert_fit(advice: Advice) -> None:
    """A few ways at most, each one whole and without what it is meant to replace."""
    assert len(advice.try_instead) == len(set(advice.try_instead)) <= WAYS == 2
    for way in advice.try_instead:
        assert "{" not in way
        assert "}" not in way
        assert not SWEEPING.search(way)


# What the writer did not say must not be claimed for them: outside brackets a way may ask, offer, or say what the writer
# will do, and no more. These are the forms of a claim about what was done, felt or the time of day.
CLAIM = re.compile(
    r"\byou (?:said|did|were|was|had|have|are|need|feel|felt|want|left|told|made|never|always|know|think|\w+ed)\b"
    r"|\byou'(?:re|ve)\b"
    r"|\b(?:i|we) (?:was|were|had|said|heard|hear|felt|miss|missed|did|went|keep|kept|remember|find|know|see|\w+ed)\b"
    r"|\bi(?:'m| am) (?!going to\b)|\bi(?:'ve| have)\b|\bi feel (?!\[)|\bi (?:can't|don't|haven't|didn't)\b"
    r"|\b(?:it|this|that|there)(?:'s| is) (?!fine to say no\b|right\b)|\b(?:midnight|noon|tonight|yesterday|o'clock)\b",
    re.IGNORECASE,
)
# A clause that asks, or that hangs on a blank ("When [what happened], I felt [your feeling]"), claims nothing.
ASKED = re.compile(r"[^.?!]*\?|\bwhen \[\], i felt \[\]", re.IGNORECASE)


def claims(way: str) -> str:
    """What a way to say it asserts on its own account; empty where it asserts nothing."""
    found = CLAIM.search(ASKED.sub("", re.sub(r"\[[^\]]*\]", "[]", way)))
    return found.group() if found else ""


@pytest.mark.parametrize(
    "way",
    [
        "You said no and I heard it.",
        "I can tell this matters. You were upset.",
        "I'm frightened, and I start talking about endings.",
        "I'm in a dark place tonight.",
        "I'm furious about the dishes.",
        "This is bigger than us at midnight.",
        "I miss [what you miss].",
        "That's hard to hear.",
    ],
)
def test_a_claim_is_seen(way: str) -> None:
    assert claims(way)


WAYS_TO_SAY_IT = [
    (label.name, way.replace("{about}", "the dishes")) for label in LABELS.values() for way in label.instead
]


@pytest.mark.parametrize(("label", "way"), WAYS_TO_SAY_IT)
def test_every_way_to_say_it_is_fit_to_send(label: str, way: str) -> None:
    assert LABELS[label].harmful
    assert_fit(Advice(Span(0, 1, label, 0.5, "why"), "", "", (way,)))
    assert claims(way) == ""


@pytest.mark.parametrize("draft", [*HARMFUL, "You never do the dishes. You're so lazy, it's pathetic."])
def test_a_suggestion_passes_the_check_itself(shipped: Analyzer, draft: str) -> None:
    context = [Utterance("You forgot again, didn't you?", "Ann")]
    ways = [way for advice in shipped.check(draft, context=context, speaker="Ben") for way in advice.try_instead]
    assert ways
    assert [way for way in ways if shipped.check(way, context=context, speaker="Ben")] == []


def test_the_topic_of_the_draft_is_taken_up(ngram: Analyzer) -> None:
    draft = "You always complain about \u201cthe Dinner\u201d, you never help; you don\u2019t."
    advice = ngram.check(draft)[0]
    assert advice.try_instead
    assert all("the dinner" in way for way in advice.try_instead)
    assert ngram.check(draft.replace("\u201c", '"').replace("\u201d", '"').replace("\u2019", "'"))[0] == advice


def test_only_texts_are_drafts() -> None:
    with pytest.raises(InputError):
        load("ngram").check(["You never listen."])  # type: ignore[arg-type]


def all_fine(sentences: Sequence[str]) -> list[bool]:
    return [True] * len(sentences)


def flagged(*spans: tuple[int, str, float]) -> Prediction:
    made = tuple(Span(start, start + 3, label, weight, "why") for start, label, weight in spans)
    return Prediction(tuple({span.label for span in made}), {}, made)


def test_one_advice_a_harmful_label_at_its_strongest_span_in_reading_order() -> None:
    prediction = flagged(
        (0, "contempt", 0.1), (4, "repair", 0.9), (8, "contempt", 0.3), (12, "my own", 0.9), (6, "criticism", 0.2)
    )
    found = list(advise("x" * 20, prediction, all_fine))
    assert [(advice.span.start, advice.span.label) for advice in found] == [(6, "criticism"), (8, "contempt")]
    assert all(len(advice.try_instead) == WAYS for advice in found)


def test_what_would_be_flagged_is_not_offered() -> None:
    asked: list[str] = []

    def one_fine(sentences: Sequence[str]) -> list[bool]:
        asked.extend(sentences)
        return [n == len(sentences) - 1 for n in range(len(sentences))]

    (advice,) = advise("about the dishes", flagged((0, "criticism", 0.2)), one_fine)
    assert advice.try_instead == (asked[-1],)
    (advice,) = advise("x" * 9, flagged((0, "criticism", 0.2)), lambda sentences: [False] * len(sentences))
    assert advice.try_instead == ()


def test_a_doubt_is_named_and_nothing_is_suggested() -> None:
    doubts = flagged((9, "contempt", 0.1), (5, "contempt", 0.3), (3, "pressure", 0.2), (0, "repair", 0.9)).spans
    sure, *unsure = advise("x" * 20, flagged((0, "criticism", 0.2)), all_fine, doubts=doubts)
    assert sure.sure
    assert [(advice.span.start, advice.span.label) for advice in unsure] == [(3, "pressure"), (5, "contempt")]
    for advice in unsure:
        assert not advice.sure
        assert advice.message == f"relcomm is not sure: perhaps “{LABELS[advice.span.label].title}”. {DOUBT}"
        assert (advice.antidote, advice.try_instead, advice.help) == ("", (), "")


# Scores of a draft, and which labels are named though they are unsure: those of the last quarter below the threshold.
NEARLY = {
    "none": ({}, []),
    "just below sure": ({"contempt": 0.49}, ["contempt"]),
    "at three quarters": ({"contempt": 0.4375}, ["contempt"]),
    "below three quarters": ({"contempt": 0.43}, []),
    "a healthy one": ({"repair": 0.49}, []),
    "one of your own": ({"own": 0.49}, []),
    "two": ({"contempt": 0.45, "threat": 0.3, "pressure": 0.46}, ["contempt", "pressure"]),
}


@pytest.mark.parametrize(("scores", "expected"), NEARLY.values(), ids=NEARLY)
def test_which_doubts_are_named(scores: dict[str, float], expected: list[str]) -> None:
    limits = dict.fromkeys(scores, Thresholds(unsure=0.25, sure=0.5))
    assert doubtful(Prediction((), scores, unsure=tuple(scores)), limits) == expected
    assert doubtful(Prediction(tuple(scores), scores), limits) == []


def test_a_doubt_has_its_words_and_no_suggestion_raises_one() -> None:
    analyzer = Analyzer(tiny_model(labels=("criticism", "contempt", "threat", "repair"), seed=5))
    limits = analyzer.model.thresholds
    seen: set[bool] = set()
    for n in range(60):
        draft = "".join("abcdefghij klmnop"[(n * k * k + k) % 17] for k in range(3 + n % 9))
        prediction = analyzer.classify(draft)
        for advice in analyzer.check(draft):
            label = advice.span.label
            seen.add(advice.sure)
            assert (label in prediction.labels) is advice.sure
            assert prediction.scores[label] >= named_from(limits[label])
            assert 0 <= advice.span.start < advice.span.end <= len(draft)
            assert [way for way in advice.try_instead if analyzer.check(way)] == []
    assert seen == {True, False}


def test_a_threat_says_where_help_is() -> None:
    found = list(advise("x" * 20, flagged((0, "threat", 0.2), (4, "contempt", 0.3)), all_fine))
    assert [advice.help for advice in found] == [where_to_turn(helplines()), ""]
    (doubt,) = advise("x" * 20, Prediction((), {}), all_fine, doubts=flagged((0, "threat", 0.2)).spans)
    assert doubt.help == where_to_turn(helplines())
    first, *lines = doubt.help.split("\n")
    assert first.startswith("If you are afraid of what you or somebody else may do, to themselves or to another,")
    assert any("United States 988" in line for line in lines)


def test_a_damaged_file_of_help_is_told_of_for_every_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/nowhere.toml")
    with pytest.raises(ReadError, match=VARIABLE):
        list(advise("", Prediction((), {}), all_fine))


TOPICS = {
    "You never do the dishes": "the dishes",
    "ABOUT YOUR MOTHER AGAIN": "your mother",
    "it is about our   in-laws, isn't it": "our in-laws",
    "you forgot the drop-off and the money": "the drop-off",
    "about \uff54\uff48\uff45 \uff4d\uff4f\uff4e\uff45\uff59": "the money",
    "about the \u200bmon\u200bey": "the money",
    "about \u2018the money\u2019": "the money",
    "You spoiled the party because you were late.": "the party",
    "your mother's cooking": "",
    "It's about your mother's cooking": "",
    "It's about your mother\u2019s cooking": "",
    "It's not about the dishes. You never listen": "",
    "You don't do the dishes": "",
    "you dont do the dishes": "",
    "If you don't delete her number I'm leaving the house": "",
    "Do the dishes or I'm going": "the dishes",
    "I'll tell everyone at your work": "",
    "I'll cancel the party": "",
    "You never pay the phone bill": "",
    "It's about the car park": "",
    "You left it in the kitchen": "",
    "the idiot left the money there": "",
    "the money is gone": "",
    "the idiot": "",
    "about your lies": "",
    "dishes": "",
    "about bathe dishes": "",
    "about the, dishes": "",
    "about does this work": "",
    "about the moneybags": "",
    "about the money-grubbing": "",
    "about the Marigold": "",
    "": "",
    "\ud800": "",
}


@pytest.mark.parametrize(("draft", "expected"), TOPICS.items(), ids=map(ascii, TOPICS))
def test_topics(draft: str, expected: str) -> None:
    assert topic(draft) == expected


HAPPENED = {
    "You left the gas on this morning. You never think.": "you left the gas on this morning",
    "You're hopeless. And then you didn't ring last night, what is wrong with you?": "you didn't ring last night",
    "You said you'd be back at ten and it was one": "you said you'd be back at ten",
    "you told Gran before you told me!": "you told Gran before you told me",
    "You  cancelled\u200b at seven; you always do": "you cancelled at seven",
    "Well, you parked across my drive.": "you parked across my drive",
    "Because you signed without showing me the paper.": "you signed without showing me the paper",
    "I know you left the gas on": "",
    "You left the gas on?": "",
    "If you left the gas on we'd be dead": "",
    "you left it on": "",
    "You left": "",
    "You broke all of them": "",
    "You broke this": "",
    "You forgot again": "",
    "You forgot the milk again": "",
    "You never left the house": "",
    "You ruined the party": "",
    "You lied about the bike": "",
    "You acted a fool at the party": "",
    "You turned into a warden": "",
    "You need to ring her": "",
    "You didn't care about the kids": "",
    "You didn't give a damn": "",
    "You told everyone my business": "",
    "You loved this family even a little bit": "",
    "You managed to load a dishwasher": "",
    "You spent it like the fool you are": "",
    "YOU LEFT THE GAS ON": "",
    "you left " + "the door " * 12 + "open": "",
    "you left the <b>gas</b> on": "",
    "he left the gas on": "",
    "": "",
    "\ud800": "",
}


@pytest.mark.parametrize(("draft", "expected"), HAPPENED.items(), ids=map(ascii, HAPPENED))
def test_what_happened(draft: str, expected: str) -> None:
    assert what_happened(draft) == expected


@pytest.mark.parametrize(
    ("draft", "way"),
    [
        (
            "You left the door open all night. You don't care about anyone but yourself, you're so selfish.",
            "When you left the door open all night, I felt [your feeling]. Next time, would you [one specific thing]?",
        ),
        (
            "You told my mother on Sunday. You pathetic little man, you make me sick.",
            "Can you tell me what was going on when you told my mother on Sunday?",
        ),
    ],
)
def test_what_happened_is_taken_up(shipped: Analyzer, draft: str, way: str) -> None:
    ways = [each for advice in shipped.check(draft) for each in advice.try_instead]
    assert way in ways
    assert all(shipped.check(each) == [] for each in ways)


def test_the_topic_is_of_the_flagged_words() -> None:
    draft = "You never do the dishes. You\u2019re so lazy."
    assert topic(draft, 0, draft.index(".")) == "the dishes"
    assert topic(draft, draft.index("You\u2019re"), len(draft)) == ""


def test_every_topic_can_be_found() -> None:
    nouns = module._nouns()
    assert len(nouns) > 100
    assert [noun for noun in sorted(nouns) if topic(f"About The {noun.title()}: no") != f"the {noun}"] == []


def test_no_topic_is_listed_twice() -> None:
    listed = resources.files("relcomm").joinpath("topics.txt").read_text(encoding="utf-8")
    words = [word for line in listed.splitlines() if not line.startswith("#") for word in line.split()]
    assert sorted(words) == sorted(set(words))

"""The one path: whatever goes in, whole and honest predictions come out, the same ones every time."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import relcomm
from relcomm import analyzer as module
from relcomm.analyzer import BATCH, Analyzer, load, rate, rates
from relcomm.errors import InputError, ModelError, ReadError
from relcomm.labels import LABELS
from relcomm.types import Conversation, Prediction, Turn, Utterance
from shipped import MODELS, NAMES, golden_turns
from tiny import tiny_model

CANARY = "quince"
PIECES = (
    "You never listen to me", "you're so selfish", "you\N{RIGHT SINGLE QUOTATION MARK}re pathetic, ", "Whatever. ",
    "I'm done talking about this", "It's not my fault, you started it! ", "If you don't stop, I'm leaving. ", "noooooo ",
    "Thank you, I love you. ", "I'm sorry, it was my fault", " ", "\n", "\t", "\N{ZERO WIDTH SPACE}", "🙄", "👩🏽‍🚀",
    "\N{LATIN SMALL LIGATURE FF}", "e\N{COMBINING ACUTE ACCENT}", "\N{ROMAN NUMERAL EIGHT}", "\ud800", "\udfff", "\x00",
    "\x1b[31m", "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{LEFT-TO-RIGHT MARK}", "\N{ZERO WIDTH NO-BREAK SPACE}", "،", "…", "?!",
)  # fmt: skip
ANY_TEXT = st.lists(st.sampled_from(PIECES) | st.text(st.characters(), max_size=8), max_size=6).map("".join)
UTTERANCES = st.builds(Utterance, ANY_TEXT, st.sampled_from(["", "Ann", "Ben", "\udcff", "\x00"]))


def each_model(**examples: int) -> Any:
    """A property of each analyser that ships, tried on as many examples as its speed allows."""
    few = {name: settings(max_examples=count, deadline=None) for name, count in examples.items()}
    made = [pytest.param(name, limit, id=name) for name, limit in few.items()]
    return pytest.mark.parametrize(("analyzer", "examples"), made, indirect=["analyzer"])


@pytest.fixture
def analyzer(request: pytest.FixtureRequest) -> Analyzer:
    """The analyser a test names."""
    found: Analyzer = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module", params=NAMES)
def shipped(request: pytest.FixtureRequest) -> Analyzer:
    """Each analyser that ships."""
    found: Analyzer = request.getfixturevalue(request.param)
    return found


def assert_whole(found: Prediction, text: str, analyzer: Analyzer) -> None:
    """All that holds of every prediction of a text."""
    limits = analyzer.model.thresholds
    assert tuple(found.scores) == analyzer.model.labels == tuple(LABELS)
    assert all(type(p) is float and 0.0 <= p <= 1.0 for p in found.scores.values())
    assert found.labels == tuple(k for k, p in found.scores.items() if p >= limits[k].sure)
    assert found.unsure == tuple(k for k, p in found.scores.items() if limits[k].unsure <= p < limits[k].sure)
    assert set(found.flags) <= {"unsure", "long", "replaced"}
    assert ("unsure" in found.flags) == bool(found.unsure)
    assert {span.label for span in found.spans} == set(found.labels)
    last: dict[str, int] = {}
    for span in found.spans:
        assert 0 <= span.start < span.end <= len(text)
        assert last.get(span.label, 0) <= span.start
        assert 0.0 <= span.weight <= found.scores[span.label]
        assert span.why
        last[span.label] = span.end


@each_model(ngram=40, base=8)
def test_any_text_is_read(analyzer: Analyzer, examples: settings) -> None:
    @examples
    @given(ANY_TEXT, st.lists(UTTERANCES, max_size=6), st.sampled_from(["", "Ann", "\ud800"]))
    def holds(text: str, context: list[Utterance], speaker: str) -> None:
        before = list(context)
        found = analyzer.classify(text, context=context, speaker=speaker)
        assert_whole(found, text, analyzer)
        assert found == analyzer.classify(text, context=context, speaker=speaker)
        assert found == analyzer.classify(text, context=tuple(context[-4:]), speaker=speaker)
        assert context == before
        assert json.loads(json.dumps(found.to_dict(), allow_nan=False)) == found.to_dict()
        assert pickle.loads(pickle.dumps(found)) == found
        strange = any(unicodedata.category(c) in {"Cc", "Cs", "Cn", "Co"} and not c.isspace() for c in text)
        assert ("replaced" in found.flags) == strange

    holds()


ODD = [
    *(
        "",
        " ",
        "\n\t ",
        "\x00",
        "\x00\x00",
        "\ud800",
        "\udfff\ud800",
        "\ufeff",
        "\u200b",
        "\u0301",
        "\u202eyou never\u202c",
    ),
    *(
        "🙄",
        "🙄🙄🙄🙄",
        "\u200f\u05e9\u05dc\u05d5\u05dd",
        "。。。",
        "?",
        "…",
        "a",
        "\x1b]0;x\x07",
        "\ufdfa" * 50,
        "😤" * 1000,
    ),
]


@pytest.mark.parametrize("text", ODD, ids=lambda text: ascii(text[:4]))
def test_odd_texts(shipped: Analyzer, text: str) -> None:
    assert_whole(shipped.classify(text), text, shipped)
    assert_whole(shipped.classify(text, context=[Utterance(text)] * 5), text, shipped)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\x00", "\ud800", "\ufeff\n"], ids=ascii)
def test_nothing_said_is_nothing(shipped: Analyzer, text: str) -> None:
    found = shipped.classify(text, context=[Utterance("You never listen, you're so selfish.", "Ann")], speaker="Ben")
    assert set(found.scores.values()) == {0.0}
    assert (found.labels, found.unsure, found.spans) == ((), (), ())


# A turn, and words that the evidence for its criticism must hold exactly as the caller wrote them.
SHOWN = {
    "plain": ("You never listen to me, you're so selfish.", "so selfish"),
    "padded": ("\n\n   You never listen to me, you're so selfish.  ", "so selfish"),
    "curly": ("You never listen to me, you\u2019re so selfish.", "you\u2019re so selfish"),
    "invisible": ("\u200bYou ne\u200bver listen to me, you're so self\u200bish.", "so self\u200bish"),
    "full-width": ("Ｙｏｕ never listen to me, you're so ｓｅｌｆｉｓｈ.", "so ｓｅｌｆｉｓｈ"),
    "drawn out": ("You neverrrrr listen to me, you're so selfishhhhh.", "so selfishhhhh"),
    "emoji before": ("🙄🙄🙄🙄🙄 You never listen to me, you're so selfish.", "so selfish"),
    "surrogate before": ("\ud800\udfff You never listen to me, you're so selfish.", "so selfish"),
    "letters that look alike": ("You never listen to me, you're so s\u0435lfish.", "so s\u0435lfish"),
}


@pytest.mark.parametrize(("text", "words"), SHOWN.values(), ids=SHOWN)
def test_offsets_are_the_callers_own(ngram: Analyzer, text: str, words: str) -> None:
    shown = [text[span.start : span.end] for span in ngram.classify(text).spans if span.label == "criticism"]
    assert any(words in each for each in shown)


def test_alone_in_company_and_in_any_order(shipped: Analyzer) -> None:
    turns = golden_turns()[::3]
    alone = [next(shipped.label([turn])) for turn in turns]
    assert alone == [
        shipped.classify(turn.utterance.text, context=turn.context, speaker=turn.utterance.speaker) for turn in turns
    ]
    assert list(shipped.label(turns)) == shipped.label_batch(turns) == alone
    assert list(shipped.label(reversed(turns))) == alone[::-1]
    assert any(found.labels for found in alone)
    texts = [turn.utterance.text for turn in turns]
    contexts = [turn.context for turn in turns]
    assert list(shipped.classify_many(texts)) == [shipped.classify(text) for text in texts]
    assert list(shipped.classify_many(iter(texts), contexts=iter(contexts))) == [
        shipped.classify(text, context=context) for text, context in zip(texts, contexts, strict=True)
    ]
    speakers = [turn.utterance.speaker for turn in turns]
    assert any(speakers)
    assert list(shipped.classify_many(texts, contexts=contexts, speakers=iter(speakers))) == alone
    assert list(shipped.classify_many(texts, speakers=speakers)) == [
        shipped.classify(text, speaker=speaker) for text, speaker in zip(texts, speakers, strict=True)
    ]


@each_model(ngram=20, base=5)
def test_no_turn_minds_its_neighbours(analyzer: Analyzer, examples: settings) -> None:
    @examples
    @given(st.lists(st.builds(Turn, UTTERANCES, st.lists(UTTERANCES, max_size=2).map(tuple)), max_size=5), st.randoms())
    def holds(turns: list[Turn], random: Any) -> None:
        alone = {turn: analyzer.label_batch([turn])[0] for turn in turns}
        random.shuffle(turns)
        assert analyzer.label_batch(turns) == [alone[turn] for turn in turns]

    holds()


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_size_of_a_batch_changes_nothing(ngram: Analyzer, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    turns = golden_turns()[:10]
    expected = list(ngram.label(turns))
    monkeypatch.setattr(module, "BATCH", size)
    assert list(ngram.label(turns)) == expected


def test_threads_change_nothing(shipped: Analyzer) -> None:
    turns = golden_turns()[:12]
    expected = [shipped.label_batch([turn]) for turn in turns]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda turn: shipped.label_batch([turn]), turns * 2)) == expected * 2


TALKS = [
    Conversation((Utterance("You never listen to me, you're so selfish.", "Ann"), Utterance("Whatever.", "Ben"))),
    Conversation(()),
    Conversation((Utterance("\ud800 It's not my fault, you started it!", "Ben"),), "second"),
    Conversation(tuple(Utterance(f"Did you eat {n}?", "Ann") for n in range(7))),
]


def test_processes_change_nothing(shipped: Analyzer) -> None:
    expected = [shipped.analyze(talk) for talk in TALKS]
    assert list(shipped.analyze_many(iter(TALKS))) == expected
    assert list(shipped.analyze_many(iter(TALKS), n_jobs=2)) == expected


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_one_speakers_side_in_many(ngram: Analyzer, n_jobs: int) -> None:
    talks = [Conversation(tuple(Utterance(f"Where were you {n}?", name) for name in ("Ann", "Ben"))) for n in range(3)]
    found = list(ngram.analyze_many(talks, me="Ben", n_jobs=n_jobs))
    assert found == [ngram.analyze(talk, me="Ben") for talk in talks]
    assert [analysis.my_side.name for analysis in found if analysis.my_side] == ["Ben"] * 3
    assert all(analysis.my_side is None for analysis in ngram.analyze_many(talks, n_jobs=n_jobs))
    strangers = [*talks, Conversation((Utterance("Hello?", CANARY),))]
    with pytest.raises(InputError, match="nobody of that name speaks here") as caught:
        list(ngram.analyze_many(strangers, me="Ben", n_jobs=n_jobs))
    assert CANARY not in str(caught.value)


def test_a_damaged_file_of_help_lines_is_told_of_before_the_labelling(
    ngram: Analyzer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "own.toml").write_text("as_of = soon", encoding="utf-8")
    monkeypatch.setenv("RELCOMM_HELPLINES", str(tmp_path / "own.toml"))
    monkeypatch.setattr(ngram.model, "read", None)
    with pytest.raises(ReadError, match=r"^RELCOMM_HELPLINES: not valid TOML"):
        ngram.analyze(TALKS[0])


def test_threads_and_processes_agree_to_the_last_bit(shipped: Analyzer) -> None:
    conversations = [*TALKS, Conversation(tuple(turn.utterance for turn in golden_turns()[:9]))]
    expected = [shipped.analyze(talk) for talk in conversations]
    with ThreadPoolExecutor(3) as pool:
        threads = list(pool.map(shipped.analyze, conversations))
    processes = list(shipped.analyze_many(conversations, n_jobs=2))
    for found in (threads, processes):
        assert bits(found) == bits(expected)


def bits(analyses: list[Any]) -> list[str]:
    """Every probability and weight, digit for digit as it is in memory."""
    seen = [each for analysis in analyses for each in analysis.predictions]
    return [x.hex() for each in seen for x in (*each.scores.values(), *(span.weight for span in each.spans))]


OFFLINE = """
import socket, sys

asked = []

class Never(socket.socket):
    def __init__(self, *_, **__):
        asked.append(1)
        raise AssertionError("a socket was asked for")

socket.socket = Never
try:
    socket.create_connection(("127.0.0.1", 9))
except AssertionError:
    assert asked

from relcomm import Conversation, Utterance
from relcomm.analyzer import load

analyzer = load(sys.argv[1])
text = "You never listen to me, you're so selfish."
talk = Conversation((Utterance(text, "Ann"), Utterance("Whatever.", "Ben")))
# First all libraries are loaded: one that spaCy brings tries at its import whether this machine knows IPv6.
for _ in ("load", "label"):
    asked.clear()
    assert analyzer.classify(text).spans and analyzer.check(text) and analyzer.analyze(talk).rates
assert not asked
print("done")
"""


@pytest.mark.parametrize("name", NAMES)
def test_no_socket_is_opened(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", OFFLINE, name], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr


def test_an_analyser_travels_as_a_path_and_is_loaded_once(ngram: Analyzer) -> None:
    sent = pickle.dumps(ngram)
    assert len(sent) < 1000
    arrived = pickle.loads(sent)
    assert arrived.classify("Whatever.") == ngram.classify("Whatever.")
    assert pickle.loads(sent) is arrived
    with pytest.raises(ModelError, match="save it"):
        pickle.dumps(Analyzer(tiny_model()))


def test_answers_come_as_they_are_asked(ngram: Analyzer) -> None:
    taken = 0

    def texts() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "Did you eat?"

    found = ngram.classify_many(texts())
    assert next(found) == ngram.classify("Did you eat?")
    assert taken == BATCH
    assert isinstance(next(ngram.analyze_many(repeat(TALKS[0]))), relcomm.Analysis)


@pytest.mark.parametrize("text", ["You never listen to me. " * 43_700, "ab" * 524_288, "\n".join("x" * 9 for _ in range(104_858)), "🙄 " * 209_716],
                         ids=["clauses", "one word", "lines", "emoji"])  # fmt: skip
def test_a_megabyte_is_read_in_part(ngram: Analyzer, text: str) -> None:
    found = ngram.classify(text)
    assert_whole(found, text, ngram)
    assert "long" in found.flags


def test_a_message_is_not_long(ngram: Analyzer) -> None:
    assert "long" not in ngram.classify("You forgot the milk again, and I waited. " * 20).flags


# Calls with something of the wrong kind, and a word of what must be said about it.
WRONG: dict[str, tuple[Callable[[Analyzer], object], str]] = {
    "bytes": (lambda a: a.classify(CANARY.encode()), "a turn must be a str, got bytes"),  # type: ignore[arg-type]
    "nothing": (lambda a: a.classify(None), "classify_many"),  # type: ignore[arg-type]
    "list of texts": (lambda a: a.classify([CANARY]), "classify_many"),  # type: ignore[arg-type]
    "draft": (lambda a: a.check(5), "must be a str"),  # type: ignore[arg-type]
    "speaker": (lambda a: a.classify("a", speaker=[CANARY]), "speaker must be a str"),  # type: ignore[arg-type]
    "text as context": (lambda a: a.classify("a", context=CANARY), "oldest first"),  # type: ignore[arg-type]
    "empty text as context": (lambda a: a.classify("a", context=""), "oldest first"),  # type: ignore[arg-type]
    "texts as context": (lambda a: a.classify("a", context=[CANARY]), "oldest first"),  # type: ignore[list-item]
    "one utterance as context": (lambda a: a.classify("a", context=Utterance(CANARY)), "oldest first"),  # type: ignore[arg-type]
    "no context": (lambda a: a.classify("a", context=None), "oldest first"),  # type: ignore[arg-type]
    "conversation as context": (lambda a: a.check("a", context=TALKS[0]), "oldest first"),  # type: ignore[arg-type]
    "one text as many": (lambda a: a.classify_many(CANARY), "texts must be several"),
    "bytes as many": (lambda a: a.classify_many(CANARY.encode()), "texts must be several"),  # type: ignore[arg-type]
    "no texts": (lambda a: a.classify_many(None), "texts must be several"),  # type: ignore[arg-type]
    "one of many": (lambda a: list(a.classify_many(["a", 5])), "must be a str"),  # type: ignore[list-item]
    "text as contexts": (lambda a: a.classify_many(["a"], contexts=CANARY), "contexts must be several"),  # type: ignore[arg-type]
    "fewer contexts": (lambda a: list(a.classify_many([CANARY, "b"], contexts=[()])), "one entry for each text"),
    "more contexts": (lambda a: list(a.classify_many([CANARY], contexts=[(), ()])), "one entry for each text"),
    "no contexts": (lambda a: list(a.classify_many([CANARY], contexts=[])), "one entry for each text"),
    "nothing for a context": (lambda a: list(a.classify_many([CANARY], contexts=[None])), "oldest first"),  # type: ignore[list-item]
    "text as speakers": (lambda a: a.classify_many(["a"], speakers=CANARY), "speakers must be several"),
    "fewer speakers": (lambda a: list(a.classify_many([CANARY, "b"], speakers=["Ann"])), "speakers must have one entry for each text"),
    "more speakers": (lambda a: list(a.classify_many([CANARY], speakers=["Ann", "Ben"])), "speakers must have one entry for each text"),
    "nothing for a speaker": (lambda a: list(a.classify_many([CANARY], speakers=[None])), "speaker must be a str"),  # type: ignore[list-item]
    "no processes": (lambda a: a.analyze_many(TALKS, n_jobs=0), "n_jobs must be"),
    "words for processes": (lambda a: a.analyze_many(TALKS, n_jobs=CANARY), "n_jobs must be"),  # type: ignore[arg-type]
    "text as conversation": (lambda a: a.analyze(CANARY), "needs a Conversation, got str"),  # type: ignore[arg-type]
    "list as conversation": (lambda a: a.analyze([Utterance(CANARY)]), "needs a Conversation, got list"),  # type: ignore[arg-type]
    "one of many conversations": (lambda a: list(a.analyze_many([CANARY])), "needs a Conversation"),  # type: ignore[list-item]
    "one conversation as many": (lambda a: a.analyze_many(TALKS[0]), "conversations must be several"),  # type: ignore[arg-type]
    "a number as me": (lambda a: list(a.analyze_many(TALKS, me=5)), "me must be the name of a speaker, got int"),  # type: ignore[arg-type]
    "text as conversations": (lambda a: a.analyze_many(CANARY), "conversations must be several"),  # type: ignore[arg-type]
    "number as model": (lambda a: load(5), "named by a str or a path"),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize(("call", "said"), WRONG.values(), ids=WRONG)
def test_wrong_kinds(ngram: Analyzer, call: Callable[[Analyzer], object], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        call(ngram)
    error: BaseException | None = caught.value
    while error is not None:
        assert CANARY not in repr(error)
        error = error.__context__


def test_a_context_may_come_once(ngram: Analyzer) -> None:
    context = [Utterance("You forgot my birthday. Talk to me, please!", "Ann"), Utterance("Hm.", "Ben")]
    found = ngram.classify("Fine.", context=iter(context), speaker="Ben")  # type: ignore[arg-type]
    assert found == ngram.classify("Fine.", context=context, speaker="Ben") != ngram.classify("Fine.", speaker="Ben")


@each_model(ngram=15, base=4)
def test_any_conversation(analyzer: Analyzer, examples: settings) -> None:
    @examples
    @given(st.lists(UTTERANCES, max_size=6))
    def holds(said: list[Utterance]) -> None:
        talk = Conversation(tuple(said))
        found = analyzer.analyze(talk)
        assert found.conversation is talk
        # What a turn asks for is known of a conversation only.
        assert tuple(replace(seen, request=None) for seen in found.predictions) == tuple(analyzer.label(talk.turns()))
        assert found == analyzer.analyze(talk) == pickle.loads(pickle.dumps(found))
        json.dumps(found.to_dict(), allow_nan=False)
        assert all(advice.span.label in LABELS for each in said for advice in analyzer.check(each.text))
        assert all(json.dumps(advice.to_dict()) for each in said for advice in analyzer.check(each.text))

    holds()


def seen(*labels: str) -> Prediction:
    return Prediction(labels, {"criticism": 0.5, "repair": 0.5})


def test_rates_count_each_speaker_and_everybody() -> None:
    talk = Conversation(tuple(Utterance("x", name) for name in ("Ann", "", "Ben", "Ann")))
    found = rates(talk, [seen("criticism"), seen("criticism", "repair"), seen(), seen()])
    counts = {name: {k: (r.count, r.turns) for k, r in of.items()} for name, of in found.items()}
    assert counts == {
        "": {"criticism": (2, 4), "repair": (1, 4)},
        "Ann": {"criticism": (1, 2), "repair": (0, 2)},
        "Ben": {"criticism": (0, 1), "repair": (0, 1)},
    }
    assert rates(Conversation(()), []) == {"": {}}


# Wilson's interval worked out by hand, to 4 places.
WILSON = [
    (0, 0, 0.0, 1.0),
    (0, 10, 0.0, 0.2775),
    (5, 10, 0.2366, 0.7634),
    (10, 10, 0.7225, 1.0),
    (1, 3, 0.0615, 0.7923),
]


@pytest.mark.parametrize(("count", "turns", "low", "high"), WILSON)
def test_intervals_of_rates(count: int, turns: int, low: float, high: float) -> None:
    found = rate(count, turns)
    assert (found.count, found.turns) == (count, turns)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@given(st.integers(1, 10**6).flatmap(lambda turns: st.tuples(st.integers(0, turns), st.just(turns))))
def test_an_interval_holds_its_share(case: tuple[int, int]) -> None:
    found = rate(*case)
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0
    more = rate(4 * case[0], 4 * case[1])
    assert more.high - more.low < found.high - found.low


def test_a_model_is_loaded_once(ngram: Analyzer) -> None:
    assert load("ngram") is ngram is load(MODELS / "ngram") is load(str(MODELS / "ngram"))
    assert repr(ngram) == "Analyzer(Model('ngram', encoder='ngram', labels=13))"


def test_a_model_is_loaded_once_by_all_threads(tmp_path: Path) -> None:
    shutil.copytree(MODELS / "ngram", tmp_path / "mine")
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(load, [tmp_path / "mine"] * 6))
    assert len({id(each) for each in found}) == 1
    sent = pickle.dumps(found[0])
    with ThreadPoolExecutor(6) as pool:
        assert len({id(each) for each in pool.map(pickle.loads, [sent] * 6)}) == 1


@pytest.mark.usefixtures("fake_is_known")
def test_a_relative_path_is_that_of_the_folder_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed, place in enumerate(("one", "two")):
        tiny_model(seed=seed).save(tmp_path / place / "mm")
    monkeypatch.chdir(tmp_path / "one")
    first = load("mm")
    monkeypatch.chdir(tmp_path / "two")
    assert load("mm") is load(tmp_path / "two" / "mm") is not first
    assert load("mm").classify("fine").scores != first.classify("fine").scores
    assert load(Path("../one/mm")) is first


@pytest.mark.parametrize(
    "name", ["", "no-such-model", "../models/ngram", "\x00", "\ud800", "x" * 5000, Path("nowhere")]
)
def test_no_such_model(name: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")  # what lies beside the folder the tests run in is nobody's business
    with pytest.raises(ModelError, match="ngram"):
        load(name)


def test_the_default_model(base: Analyzer) -> None:
    text = "You never listen to me, you're so selfish."
    assert load() is base
    assert relcomm.classify(text) == base.classify(text)
    assert relcomm.check(text) == base.check(text)
    assert relcomm.analyze(TALKS[0]) == base.analyze(TALKS[0])
    assert relcomm.analyze(TALKS[0]).model == "base"
    assert {k for k in chain(base.classify(text).labels) if LABELS[k].harmful}


@pytest.mark.parametrize("prior", [{"repair": [0.1]}, {"repair": 2.0}, 5, "noisy"], ids=str)
def test_what_is_no_prior(prior: Any) -> None:
    with pytest.raises(ModelError):
        load("ngram", prior=prior)


def test_a_prior_reaches_every_answer() -> None:
    text = "You never listen to me, you're so selfish."
    usual, calm = (load("ngram", prior=prior).classify(text).scores for prior in (None, "everyday"))
    assert calm["criticism"] < usual["criticism"]

"""Analyses with nasty texts and names, for the tests of the writers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import settings
from hypothesis import strategies as st

from relcomm.shares import rate
from relcomm.types import Analysis, Conversation, Prediction, Span, Utterance

unhurried = settings(deadline=None, max_examples=30)
"""No deadline: the machine may be busy."""
NAMES = ("criticism", "contempt", "boundary", "self_soothing")
NASTY = (
    *(
        "",
        " ",
        "=1+1",
        "'=1+1",
        "''-x",
        "+49 170",
        "@sum",
        "\t=2",
        "\uff1dA1",
        " =3",
        "- no",
        "'tis",
        '"quoted"',
        'say ""',
        "a,b;c\td",
    ),
    *(
        "two\nlines",
        "two\r\nlines",
        "lone\rreturn",
        "\n",
        "<b>&amp;]]></b>",
        "nul\x00and\x1besc",
        "half \ud83d of a face",
    ),
    *(
        "\ufeffmark",
        "\U0001f644 rolls",
        "e\u0301",
        "\u2028sep",
        "\ufffe",
        "\x85",
        "100% of it",
        "a/b.c;d",
        "  ends  ",
        "\u240a",
    ),
)
ZONES = (None, UTC, timezone(timedelta(hours=-5, minutes=-30)))
# None of the halves of characters here: those are in NASTY, for most formats must replace them.
WORDS = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=30), st.text(alphabet="\"'=\n\r\t\x00\x1f<&%/ ab\U0001f644", max_size=12)
)
TIMES = st.none() | st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from(ZONES),
)
SPEAKERS = st.sampled_from(("Ann", "Ben", "", "=Cy", "D\x07é", "Ann 2", "relcomm@Ann"))


@st.composite
def predictions(draw: st.DrawFn, text: str) -> Prediction:
    scores = {name: draw(st.floats(0, 1)) for name in NAMES}
    labels = tuple(name for name in NAMES if scores[name] > 0.6)
    unsure = tuple(name for name in NAMES if 0.4 < scores[name] <= 0.6)
    spans = []
    for name in labels if text else ():
        start = draw(st.integers(0, len(text) - 1))
        spans.append(Span(start, draw(st.integers(start + 1, len(text))), name, draw(st.floats(0, 1)), draw(WORDS)))
    return Prediction(labels, scores, tuple(spans), unsure, ("unsure",) * bool(unsure))


@st.composite
def analyses(draw: st.DrawFn, *, min_turns: int = 0) -> Analysis:
    """Any analysis, its texts and names nasty."""
    turns = draw(
        st.lists(
            st.builds(Utterance, WORDS, SPEAKERS, TIMES, st.sampled_from(("", "a1", "b<2"))),
            min_size=min_turns,
            max_size=7,
        )
    )
    return analysis(turns, [draw(predictions(said.text)) for said in turns], draw(st.sampled_from(("", "talk 1"))))


def analysis(turns: list[Utterance], found: list[Prediction], name: str = "") -> Analysis:
    """An analysis of these turns, its rates counted."""
    talk = Conversation(tuple(turns), name)
    rates = {
        who: {name: rate(sum(name in seen.labels for seen in own), len(own)) for name in NAMES}
        for who in ("", *talk.speakers)
        for own in [[seen for said, seen in zip(turns, found, strict=True) if who in ("", said.speaker)]]
    }
    return Analysis(talk, tuple(found), (), rates, "tiny")


def said_and_found(each: Analysis) -> list[tuple[Utterance, Prediction]]:
    """Every turn with what was found in it."""
    return list(zip(each.conversation.utterances, each.predictions, strict=True))


def without_halves(text: str) -> str:
    """The text as UTF-8 can hold it."""
    return "".join("\N{REPLACEMENT CHARACTER}" if 0xD800 <= ord(c) < 0xE000 else c for c in text)


def shown(text: str) -> str:
    """The text as XML can hold it: a picture for each control, one character for one."""
    return "".join(
        chr(0x2400 + ord(c)) if c < " " and c not in "\t\n\r" else "\ufffd" if c in "\ufffe\uffff" else c
        for c in without_halves(text)
    )


def short(seen: Prediction) -> str:
    """What the formats of intervals say of a turn."""
    return " ".join((*seen.labels, *(name + "?" for name in seen.unsure))) or "-"

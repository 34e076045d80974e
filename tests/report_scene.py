"""Analyses made by hand, for the tests of the report: no model, no label file is needed."""

from __future__ import annotations

from datetime import datetime, timedelta

from relcomm.labels import Label
from relcomm.types import Analysis, Conversation, Finding, Prediction, Rate, ReadReport, Span, Utterance

HARMFUL = ("criticism", "contempt", "defensiveness", "stonewalling", "ultimatum", "threat", "pressure")
HEALTHY = ("boundary", "gentle_startup", "appreciation", "accountability", "self_soothing", "repair")


def label(name: str) -> Label:
    harmful = name in HARMFUL
    title = name.replace("_", " ").capitalize()
    return Label(
        name=name,
        title=title,
        harmful=harmful,
        core=True,
        definition=f"What {title.lower()} does to the person who hears it, in one or two plain sentences that a reader can hold on to.",
        source="Gottman & Silver (1999), The Seven Principles for Making Marriage Work.",
        lands="How it lands.",
        antidote="gentle_startup" if harmful else "",
        advice="Say what you feel about one thing that happened, and what you would like.",
        is_not=("something else",),
        instead=(),
        cues=(),
        flag=(),
        leave=(),
    )


CATALOGUE = {name: label(name) for name in (*HARMFUL[:5], "boundary", *HARMFUL[5:], *HEALTHY[1:])}

# Speaker, words, labels with a score each (a score under a half: not sure), evidence as (words, label, why).
KITCHEN = [
    ("Maren", "Did you ring the plumber?", {}, []),
    ("Tobias", "Not yet. Today was mad.", {}, []),
    (
        "Maren",
        "You never do the one thing I ask. Honestly, what is wrong with you?",
        {"criticism": 0.93, "contempt": 0.41},
        [
            ("You never do the one thing", "criticism", "“never” makes one thing into all things"),
            ("what is wrong with you?", "criticism", "a question that makes the person the problem"),
            ("one thing I ask. Honestly, what", "contempt", "said from above"),
        ],
    ),
    (
        "Tobias",
        "Well if you'd sent me the number like you said, it would be done by now.",
        {"defensiveness": 0.88},
        [("if you'd sent me the number", "defensiveness", "gives the blame back in answer to blame")],
    ),
    ("Maren", "It's on the fridge. It has been on the fridge since Sunday.", {}, []),
    (
        "Maren",
        "Oh bravo, you found the fridge 🙄 that's exactly the sort of thing a child would say",
        {"contempt": 0.86, "criticism": 0.61},
        [
            ("Oh bravo, you found the fridge 🙄", "contempt", "praise that means its opposite"),
            ("a child would say", "contempt", "speaks as to a child"),
            ("that's exactly the sort of thing", "criticism", "makes one act into a kind of person"),
        ],
    ),
    ("Tobias", "k.", {"stonewalling": 0.44}, [("k.", "stonewalling", "a single word where more was asked for")]),
    ("Maren", "Are you even listening?", {"pressure": 0.58}, [("even listening", "pressure", "chases an answer")]),
    (
        "Tobias",
        "I'm done talking about this.",
        {"stonewalling": 0.79},
        [("done talking", "stonewalling", "leaves with no word of coming back")],
    ),
    (
        "Maren",
        "If that sink isn't fixed by Friday I'm taking the kids to my sister's and you can live with it.",
        {"ultimatum": 0.9, "threat": 0.38, "pressure": 0.66},
        [
            ("If that sink isn't fixed by Friday I'm taking the kids", "ultimatum", "a demand with a loss attached"),
            ("taking the kids", "threat", "the children are the stake"),
            ("by Friday", "pressure", "sets a date"),
        ],
    ),
    (
        "Tobias",
        "I'm too wound up to hear you properly. Give me half an hour and I'll come back to the kitchen.",
        {"self_soothing": 0.95},
        [
            ("too wound up", "self_soothing", "names what is going on inside"),
            ("Give me half an hour and I'll come back", "self_soothing", "a break with a way back"),
        ],
    ),
    ("Maren", "Okay. Half an hour.", {}, []),
    (
        "Tobias",
        "I'm back. You were right about the number, I walked past it all week. I'm sorry.",
        {"accountability": 0.94, "repair": 0.7},
        [
            ("You were right about the number", "accountability", "owns a part"),
            ("I'm sorry", "repair", "mends, with the part named before it"),
        ],
    ),
    (
        "Maren",
        "Thank you for coming back.\nI felt so alone with that sink, and with the week really. Could we sort out Thursday together?",
        {"gentle_startup": 0.91, "appreciation": 0.83},
        [
            ("Thank you for coming back", "appreciation", "thanks for a particular thing"),
            ("I felt so alone with that sink", "gentle_startup", "a feeling and what it is about"),
            ("Could we sort out Thursday together?", "gentle_startup", "asks for one thing"),
        ],
    ),
    ("Tobias", "Yes. I'll ring him at eight.", {}, []),
    (
        "Maren",
        "And I don't want to be shouted at in front of the kids. If it gets loud I'll take them upstairs.",
        {"boundary": 0.84},
        [
            (
                "If it gets loud I'll take them upstairs",
                "boundary",
                "says what the speaker will do, and leaves the rest free",
            )
        ],
    ),
    ("Tobias", "Fair.", {}, []),
    ("Maren", "Can we start today again?", {"repair": 0.89}, [("start today again", "repair", "offers a new start")]),
]


def prediction(text: str, scores: dict[str, float], evidence: list[tuple[str, str, str]]) -> Prediction:
    spans = [Span(text.index(words), text.index(words) + len(words), name, 0.4, why) for words, name, why in evidence]
    labels = tuple(name for name in CATALOGUE if scores.get(name, 0) >= 0.5)
    unsure = tuple(name for name in CATALOGUE if 0 < scores.get(name, 0) < 0.5)
    everything = dict.fromkeys(CATALOGUE, 0.01) | scores
    return Prediction(labels, everything, tuple(sorted(spans)), unsure, ("unsure",) if unsure else ())


def rate(count: int, turns: int) -> Rate:
    """Wilson's interval."""
    if not turns:
        return Rate(0, 0, 0.0, 1.0)
    z, p = 1.96, count / turns
    middle, half = p + z * z / (2 * turns), z * ((p * (1 - p) + z * z / (4 * turns)) / turns) ** 0.5
    scale = 1 + z * z / turns
    return Rate(count, turns, max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale))


def rates_of(talk: Conversation, predictions: tuple[Prediction, ...]) -> dict[str, dict[str, Rate]]:
    everybody = {}
    for name in ("", *talk.speakers):
        own = [seen for said, seen in zip(talk.utterances, predictions, strict=True) if name in ("", said.speaker)]
        everybody[name] = {key: rate(sum(key in seen.labels for seen in own), len(own)) for key in CATALOGUE}
    return everybody


def analysis(talk: Conversation, predictions: tuple[Prediction, ...], findings: tuple[Finding, ...] = ()) -> Analysis:
    return Analysis(talk, predictions, findings, rates_of(talk, predictions), "base")


def kitchen() -> Analysis:
    start = datetime(2024, 3, 3, 19, 42)  # noqa: DTZ001
    hours = [timedelta(minutes=3 * n + (16 * 60 if n > 13 else 0)) for n in range(len(KITCHEN))]
    said = tuple(Utterance(turn[1], turn[0], start + gap) for turn, gap in zip(KITCHEN, hours, strict=True))
    report = ReadReport(
        "WhatsApp",
        24,
        18,
        system=(1,),
        media=(7, 15, 16),
        deleted=(20,),
        remarks=("Dates were read as day/month, since 24/02 fits no other way.",),
    )
    findings = (
        Finding(
            "demand_withdraw",
            (2, 7, 8, 9),
            0.75,
            "After Maren asked or pressed, Tobias pulled back in 3 of 4 turns.",
            "some",
        ),
        Finding(
            "repair_accepted",
            (12, 13, 14),
            1.0,
            "Tobias tried to mend things once, and Maren met it within two turns.",
            "slight",
        ),
    )
    seen = tuple(prediction(*turn[1:]) for turn in KITCHEN)
    return analysis(Conversation(said, report=report), seen, findings)


def long_talk(turns: int, *, every: int = 2) -> Analysis:
    """A long conversation, one turn in ``every`` taken from the labelled ones of the kitchen."""
    labelled = [turn for turn in KITCHEN if turn[2]]
    quiet = (
        "",
        "I'll be home around seven, do you want me to pick anything up on the way or shall we just use what's in the freezer?",
        {},
        [],
    )
    chosen = [labelled[n // every % len(labelled)] if n % every == 0 else quiet for n in range(turns)]
    start = datetime(2024, 3, 3, 8, 0)  # noqa: DTZ001
    said = tuple(
        Utterance(turn[1], ("Maren", "Tobias")[n * 7 // 4 % 2], start + timedelta(minutes=37 * n))
        for n, turn in enumerate(chosen)
    )
    findings = (
        Finding(
            "demand_withdraw",
            tuple(range(0, turns, 9)),
            0.5,
            "After Maren asked, Tobias withdrew in 6 of 8 turns.",
            "clear",
        ),
    )
    return analysis(Conversation(said), tuple(prediction(*turn[1:]) for turn in chosen), findings)

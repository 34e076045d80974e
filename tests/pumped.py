"""Texts that grow: each a piece said over and over, and what relcomm does with it, which may take twice as long for twice as much.

A case makes a text of some length and gives back the work to be timed. Pieces are chosen to be entered again and again by
whatever looks for something in a text: half of what it looks for, its beginning, its end, what it counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from relcomm.advice import topic, what_happened
from relcomm.analyzer import Analyzer
from relcomm.cues import cue_finder
from relcomm.evidence import spans
from relcomm.labels import LABELS, Cue
from relcomm.patterns.terms import READ, terms
from relcomm.patterns.time_words import allowance, bounds, closing_when
from relcomm.patterns.ultimatums import content
from relcomm.patterns.wording import Wording
from relcomm.pseudonyms import hide_names
from relcomm.text import clauses, clean, ending, is_long, parts, windows
from relcomm.types import Conversation, Turn, Utterance
from relcomm.wire import answered
from relcomm.wordpiece import WordPiece

Work = Callable[[], object]
SEARCHED = 8_000
"""Cues are looked for in one window of a turn, never more than `relcomm.text.WINDOW_CHARACTERS`; this is many times that."""
VOCABULARY = Path(__file__).resolve().parents[1] / "models" / "small" / "vocabulary.json"


class Case(NamedTuple):
    """A name, what makes the work for a text of some length, and the longest there is any sense in."""

    name: str
    work: Callable[[int], Work]
    longest: int


def pumped(piece: str, length: int) -> str:
    """The piece again and again, about this long: whole every time, so that longer ones end no other way."""
    return piece * (length // len(piece) - 1) + (piece.rstrip() or piece)


CLEANED: Mapping[str, str] = {
    "plain words": "you never listen to me ",
    "one drawn-out word": "a",
    "drawn-out words": "sooo goood ",
    "one word of runs": "aaabbb",
    "capitals": "XXX",
    "capitals in words": "AAA nooo ",
    "Roman numerals": "MMMCMXCIX",
    "marks": "!",
    "marks by turns": "!!!!????",
    "stops and brackets": '.")] ',
    "dashes": "-- ",
    "white space": " \t\n\u2003",
    "joining words": " but because so and or if",
    "invisible": "\u200b",
    "a stack on a letter": "\u0301",
    "letters with marks": "e\u0301\u0323",
    "one becomes eighteen": "\ufdfa",
    "full-width": "\uff21\uff42",
    "look-alikes": "\u0430\u0435\u043e ",
    "one mixed word": "a\u0430",
    "another script": "\u4e00\u0430 a",
    "quotes": "\u2018\u2019\u201c\u201d` ",
    "surrogates": "\ud83d",
    "controls": "\x00",
    "emoji": "\U0001f468\u200d\U0001f469\U0001f3fd ",
    "bidi": "\u202ea\u202c",
}
"""For each thing that `clean` mends, a piece that is nothing else."""

CUT: Mapping[str, str] = {
    **{name: CLEANED[name] for name in ("plain words", "stops and brackets", "dashes", "joining words")},
    "one word": "a",
    "stops": ".",
    "commas": ", ",
    "a stop in a word": "a.b",
    "brackets": '"',
    "single letters": "a ",
    "dash": " -",
}

TIMES: Mapping[str, str] = {
    "you have until": "you have until ",
    "by the end of the": "by the end of the day ",
    "by the time": "by the time ",
    "until I": "until I leave on ",
    "within": "within two ",
    "when the": "when the a b c ",
    "give you": "I give you one more ",
    "now": "now ",
    "numbers": "10:30 ",
    "festivals": "new year's eve ",
    "before": "before ",
}
TERMS: Mapping[str, str] = {
    **TIMES,
    "if you": "if you do, ",
    "or": "stop or ",
    "and": "go and ",
    "openers": "so ",
    "swearing": "I swear to god, ",
    "names": "Ann, Bo, ",
    "commas": "a, ",
    "joining words": "if unless until or else ",
    "losses": "I'm gone. ",
    "if not": "Tell her. If not, ",
    "telling": "tell her now ",
    "dashes": "-- ",
    "marks": "!",
    "one word": "a",
    "tails": "tell her, all right, ",
}
DRAFTS: Mapping[str, str] = {
    "you did": "you cleaned ",
    "ed": "you ededed",
    "and you": "and, ",
    "you didn't": "you didn't a-",
    "do the": "do the a-a",
    "about": "about our ",
    "clauses": "you forgot the dishes, ",
    "leaving": "leav",
}


def cases(analyzer: Analyzer) -> Iterator[Case]:
    """All of them. Lengths are in characters; what reads but the beginning of a text gets no longer one."""
    yield from normalisers()
    yield from cutters()
    yield from rules()
    yield from whole(analyzer)
    yield from cues()


def normalisers() -> Iterator[Case]:
    """`clean`, for each thing it mends."""
    for name, piece in CLEANED.items():
        yield _of(f"clean: {name}", piece, clean)


def cutters() -> Iterator[Case]:
    """Clauses, windows, parts, the end of an earlier turn, word pieces."""
    pieces = WordPiece(json.loads(VOCABULARY.read_bytes()), unknown="[UNK]")
    works: dict[str, Callable[[str], object]] = {
        "clauses": clauses,
        "windows": lambda text: list(windows(text)),
        "is_long, ending": lambda text: (is_long(text), ending(text)),
        "parts": lambda text: list(parts(text, (0, len(text)), lambda part: len(part) <= 300)),
        "word pieces": pieces.ids,
    }
    for what, work in works.items():
        for name, piece in CUT.items():
            yield _of(f"{what}: {name}", piece, work)
    for name in ("emoji", "another script", "surrogates"):
        yield _of(f"word pieces: {name}", CLEANED[name], pieces.ids)
    yield Case(
        "word pieces: no word twice", lambda n: _bound(pieces.ids, " ".join(f"w{k:x}ng" for k in range(n // 8))), 10**9
    )


def rules() -> Iterator[Case]:
    """What the patterns and the advice read: times, terms, wording, demands, what happened, what it is about."""
    for name, piece in TIMES.items():
        for work in (bounds, closing_when, allowance):
            yield _of(
                f"{work.__name__}: {name}", piece, lambda text, work=work: work(text, (0, len(text))), longest=20_000
            )
    for name, piece in TERMS.items():
        yield _of(f"terms: {name}", piece, terms, longest=READ)
        yield _of(f"wording: {name}", piece, _worded, longest=20_000)
    yield _of("demands", "cleaning dishes ", content)
    for name, piece in DRAFTS.items():
        yield _of(f"topic, what happened: {name}", piece, lambda text: (topic(text), what_happened(text)))


def whole(analyzer: Analyzer) -> Iterator[Case]:
    """One long turn through label, evidence, check, analyze, the wire and what is shown of it."""

    def evidence(text: str) -> object:
        return spans(analyzer.model, Turn(Utterance(text, "Ann")), analyzer.model.labels)

    def analyse(text: str) -> object:
        return hide_names(analyzer.analyze(Conversation((Utterance("Hm.", "Ben"), Utterance(text, "Ann")))))

    works: dict[str, Callable[[str], object]] = {
        "label": lambda text: analyzer.classify(text, context=[Utterance(text, "Ben")], speaker="Ann"),
        "evidence": evidence,
        "check": analyzer.check,
        "analyze": analyse,
        "wire": lambda text: list(answered(analyzer, [(1, json.dumps({"text": text}).encode())])),
    }
    said = {name: CLEANED[name] for name in ("plain words", "one drawn-out word", "letters with marks", "surrogates")}
    said |= {
        "blame": "You never listen to me, you're so selfish. ",
        "ultimatum": "If you don't stop, I'm leaving you by Friday, ",
    }
    for what, work in works.items():
        for name, piece in said.items():
            yield _of(f"{what}: {name}", piece, work)


def cues() -> Iterator[Case]:
    """Every cue of every label, on its own words again and again: whole, without the last, and the first alone."""
    for label in LABELS.values():
        for cue in label.cues:
            yield Case(
                f"cue: {label.name}/{cue.name}", lambda n, cue=cue, of=label.name: _searched(cue, of, n), SEARCHED
            )  # type: ignore[misc]


def _searched(cue: Cue, label: str, length: int) -> Work:
    texts = [(pumped(piece, length), label) for piece in dict.fromkeys(_pieces(cue.patterns))]
    return lambda: cue_finder().find_many(texts)


def _pieces(patterns: Sequence[Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    # Of a cue with many patterns every one would take minutes: the longest few are those that can be entered most often.
    for pattern in sorted(patterns, key=len, reverse=True)[:3]:
        said = [_word(token) for token in pattern]
        yield f"{' '.join(said)} "
        yield f"{' '.join(said[:-1] or said)} "
        yield f"{said[0]} "


def _word(token: Mapping[str, Any]) -> str:
    """A word that fits a token of a pattern."""
    asked = next((token[key] for key in ("ORTH", "LOWER", "NORM") if key in token), "quite")
    if isinstance(asked, Mapping):
        return str(asked["IN"][-1]) if "IN" in asked else "quite"
    return "," if token.get("IS_PUNCT") else str(asked)


def _worded(text: str) -> object:
    wording = Wording(text)
    bit = (0, len(text))
    return (
        wording.peel(bit),
        wording.pieces(bit),
        wording.first_clause(bit),
        wording.without_tail(bit),
        wording.weight(bit),
    )


def _of(name: str, piece: str, work: Callable[[str], object], *, longest: int = 10**9) -> Case:
    return Case(name, lambda n: _bound(work, pumped(piece, n)), longest)


def _bound(work: Callable[[str], object], text: str) -> Work:
    return lambda: work(text)

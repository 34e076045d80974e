"""An analysis with other names for the people who speak: Person A, Person B and so on, in order of appearance.

Replaced are the speakers' names wherever they stand: as speakers, in the turns' words, in findings and remarks. Within
a turn a name counts as a whole word only ("Ann" and "Ann's", never "Annual"), in capitals or not, and so does each part
of a longer one ("Ann Lee": "Ann" and "Lee"). Names that are also words ("Will", "Rose") or say what somebody is ("Mum")
are replaced as they are spelled and in capitals, but not in small letters; pronouns, titles and single letters stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from relcomm.types import Analysis, Conversation, Finding, Prediction, ReadReport, Span, Utterance


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ALSO_WORDS = _set_of(
    "amber angel april art august autumn bill bliss bob brook carol chance charity chase chip christian chuck cliff "
    "colt crystal daisy dale dawn dean dick dolly dot drew earl eve faith fern flora ford frank gene ginger glen grace "
    "grant guy happy harmony hazel heather herb holly honey hope hunter iris ivy jack jade jasmine jay jerry jet joy "
    "june kit lance lane lark laurel lily mark martin mason may mercy miles misty nick norm nova olive page paige pansy "
    "pat patience patsy pearl peg penny peter pierce piper poppy pound precious pru ray reed rich rob robin rocky roman "
    "rose ruby rusty sandy sage sky sonny star sterling stew sue summer sunny teddy terry trace trip troy van victor "
    "violet wade ward will willow win winter young"
)
_ROLES = _set_of(
    "mum mom mummy mommy mama ma mam dad daddy papa pa mother father parent wife husband hubby partner girlfriend "
    "boyfriend ex son daughter child kid brother sister sis bro aunt auntie uncle gran grandma grandpa granny nan "
    "grandmother grandfather friend boss manager colleague coach therapist counsellor counselor doctor client patient "
    "person speaker user host guest interviewer student teacher man woman boy girl babe baby love dear new old home "
    "work phone mobile"
)
_NEVER = _set_of(
    "i me my you your he him his she her it its we us our they them their who and or of the an to in on at mr mrs ms "
    "miss mx dr prof sir rev st jr sr de da di du la le el von der den ten bin al unknown"
)
_WORD = re.compile(r"[^\W\d_]+")


def hide_names(analysis: Analysis) -> Analysis:
    """The same analysis with Person A, Person B and so on for the speakers' names; evidence still marks the same words.

    It can't hide who is meant: nicknames, misspelled names, the names of children, friends and places, addresses,
    dates, what is told and how somebody writes stay as they are, and whoever knows the talk knows the people. Nor are
    names found within longer words, or where no spaces part the words. Read the result before you share it.

    >>> from relcomm.types import Conversation
    >>> talk = Conversation((Utterance("Is Ben in?", "Ann"), Utterance("No, Ann!", "Ben")))
    >>> hidden = hide_names(Analysis(talk, (Prediction((), {}), Prediction((), {})), (), {}))
    >>> [said.text for said in hidden.conversation.utterances], hidden.conversation.speakers
    (['Is Person B in?', 'No, Person A!'], ('Person A', 'Person B'))
    """
    talk = analysis.conversation
    names = _Names.of([*talk.speakers, *analysis.rates])
    edits = [names.edits(said.text) for said in talk.utterances]
    spoken = zip(analysis.predictions, edits, strict=True)
    side = analysis.my_side
    return replace(
        analysis,
        conversation=Conversation(
            tuple(_said(said, edit, names) for said, edit in zip(talk.utterances, edits, strict=True)),
            names.hide(talk.id),
            _report(talk.report, names),
        ),
        predictions=tuple(_moved(seen, edit, names) for seen, edit in spoken),
        findings=tuple(_finding(found, edits, names) for found in analysis.findings),
        rates={names.given.get(name, name): rates for name, rates in analysis.rates.items()},
        my_side=replace(side, name=names.given.get(side.name, side.name)) if side else None,
    )


def hide_in(words: str, analysis: Analysis) -> str:
    """Words beside an analysis, such as a title, with its speakers' names replaced as `hide_names` does."""
    return _Names.of([*analysis.conversation.speakers, *analysis.rates]).hide(words)


@dataclass(frozen=True, slots=True)
class _Edit:
    """Characters ``start:end`` that become others: ``put``, which stand at ``at`` in the new text."""

    start: int
    end: int
    put: str
    at: int


Edits = Sequence[_Edit]


@dataclass(frozen=True, slots=True)
class _Names:
    """What each speaker is called now, and how their names are found in what people say and in our own sentences."""

    given: Mapping[str, str]
    words: Mapping[str, str]
    spoken: re.Pattern[str] | None
    ours: re.Pattern[str] | None

    @classmethod
    def of(cls, speakers: Sequence[str]) -> _Names:
        named = [name for name in dict.fromkeys(speakers) if name.strip()]
        given = {name: f"Person {_letters(n)}" for n, name in enumerate(named)}
        whole = {form: pseudonym for name, pseudonym in given.items() for form in _forms(name.strip())}
        parts: dict[str, list[str]] = {}
        for name, pseudonym in given.items():
            for form in _parts(name):
                parts.setdefault(form, []).append(pseudonym)
        # What two of them are called is nobody's alone; the whole name of one is.
        words = {form: "/".join(those) for form, those in parts.items()} | whole
        return cls(given, words, _any_of(words), _any_of(given))

    def edits(self, text: str) -> Edits:
        """What is to be replaced in words that somebody said."""
        return list(self._edits(text)) if self.spoken else ()

    def _edits(self, text: str) -> Iterator[_Edit]:
        longer = 0
        for match in self.spoken.finditer(text) if self.spoken else ():
            put = self.words[match.group()]
            yield _Edit(match.start(), match.end(), put, match.start() + longer)
            longer += len(put) - len(match.group())

    def hide(self, text: str) -> str:
        """Words that somebody wrote, without the names."""
        return _applied(text, self.edits(text))

    def rename(self, sentence: str) -> str:
        """One of our own sentences: only whole names, as they are spelled."""
        return self.ours.sub(lambda match: self.given[match.group()], sentence) if self.ours else sentence


def _letters(n: int) -> str:
    """A, B … Z, AA, AB and so on."""
    return (_letters(n // 26 - 1) if n >= 26 else "") + chr(ord("A") + n % 26)


def _parts(name: str) -> list[str]:
    """The spellings of each part of a name that may stand for all of it."""
    parts = [part for part in _WORD.findall(name) if part.lower() not in _ROLES]
    return list(dict.fromkeys(form for part in parts for form in _forms(part)))


def _forms(name: str) -> Iterator[str]:
    """The spellings under which a name may stand in a text; none where it is a pronoun, a title or a letter."""
    words = {word.lower() for word in _WORD.findall(name) if len(word) > 1}
    if len(name) < 2 or (words and words <= _NEVER):
        return
    yield from (name, name.upper(), name.title())
    if not words <= _ALSO_WORDS | _ROLES | _NEVER:
        yield name.lower()


def _any_of(forms: Mapping[str, str]) -> re.Pattern[str] | None:
    """A pattern for any of these as whole words, the longest first."""
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)") if forms else None


def _applied(text: str, edits: Edits) -> str:
    out, done = [], 0
    for edit in edits:
        out += [text[done : edit.start], edit.put]
        done = edit.end
    return "".join([*out, text[done:]])


def _place(start: int, end: int, edits: Edits) -> tuple[int, int]:
    """Where characters ``start:end`` stand after the edits; a name that is touched is held whole."""
    longer_before = longer_within = 0
    for edit in edits:
        gain = len(edit.put) - (edit.end - edit.start)
        if edit.end <= start:
            longer_before += gain
        elif edit.start < end:
            longer_within += gain
            start, end = min(start, edit.start), max(end, edit.end)
    return start + longer_before, end + longer_before + longer_within


def _said(said: Utterance, edits: Edits, names: _Names) -> Utterance:
    speaker = names.given.get(said.speaker, said.speaker)
    text = _applied(said.text, edits)
    return replace(said, text=text, speaker=speaker, id=names.hide(said.id))


def _moved(seen: Prediction, edits: Edits, names: _Names) -> Prediction:
    spans = []
    for span in seen.spans:
        start, end = _place(span.start, span.end, edits)
        spans.append(Span(start, end, span.label, span.weight, names.rename(span.why)))
    return replace(seen, spans=tuple(spans))


def _finding(found: Finding, edits: Sequence[Edits], names: _Names) -> Finding:
    return replace(found, summary=names.rename(found.summary), details=_renamed(found.details, edits, names))


def _renamed(value: Any, edits: Sequence[Edits], names: _Names) -> Any:
    """The figures behind a finding: names as keys and values, and places in a turn's words (``turn``, ``start``, ``end``)."""
    if isinstance(value, str):
        return names.given.get(value) or names.hide(value)
    if isinstance(value, Mapping):
        inner = {names.given.get(key, key): _renamed(each, edits, names) for key, each in value.items()}
        turn, start, end = (value.get(key) for key in ("turn", "start", "end"))
        if isinstance(turn, int) and isinstance(start, int) and isinstance(end, int) and 0 <= turn < len(edits):
            inner["start"], inner["end"] = _place(start, end, edits[turn])
        return inner
    if isinstance(value, list | tuple):
        return type(value)(_renamed(each, edits, names) for each in value)
    return value


def _report(report: ReadReport | None, names: _Names) -> ReadReport | None:
    return replace(report, remarks=tuple(map(names.hide, report.remarks))) if report else None

"""Transcripts in the CHAT format of TalkBank (.cha): who says what, with codes for how, and times into the recording.

The words are cleaned of the codes, see `relcomm.readers.chat_codes`; headers and dependent tiers are counted aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from relcomm.errors import ReadError
from relcomm.readers.chat_codes import clean_codes
from relcomm.readers.ledger import Ledger
from relcomm.readers.recording import Recording
from relcomm.types import Conversation

_MAIN = re.compile(r"\*([^\s:*]{1,40}):(?:\s|\Z)")
_HEADER = re.compile(r"@[A-Za-z]")
_OPENS = re.compile(r"(?:\ufeff)?@(?:UTF8|Begin|Font|PID|Color words|Window)\b")
_BULLET = re.compile(r'(?:\x15|\u2022)(?:%(?:snd|mov):"[^"]{0,200}"_)?-?(\d{1,10})_-?(\d{1,10})(?:\x15|\u2022)')
_OTHER_BULLETS = re.compile(r"\x15[^\x15]{0,300}\x15")


@dataclass
class _Tier:
    """A line that opens with a mark, and those that go on with it."""

    line: int
    texts: list[str]
    numbers: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(text.strip() for text in self.texts)


def sniff(sample: str) -> float:
    """How much this looks like CHAT: whether it opens with its headers and says who takes part or speaks."""
    lines = [line for line in sample.splitlines() if line.strip()]
    if not lines or not _OPENS.match(lines[0]):
        return 0.0
    return 0.98 if any(line.startswith(("@Begin", "@Participants")) or _MAIN.match(line) for line in lines) else 0.0


def parse(lines: Iterable[str]) -> Conversation:
    """The conversation, a turn a main line. Raises `ReadError` for a main line without a speaker."""
    ledger = Ledger("talkbank")
    recording = Recording(ledger)
    counted = _Book(ledger)
    people = _People()
    for tier in _tiers(lines, counted):
        opening = tier.texts[0]
        if opening.startswith("*"):
            _add(tier, people, recording, counted)
        else:
            ledger.note("system", *tier.numbers)
            if opening.startswith("@Participants:"):
                people.learn(tier.text)
    counted.report(recording, people)
    return recording.close(counted.total)


@dataclass
class _Book:
    """What is counted, and what is to be said of it."""

    ledger: Ledger
    total: int = 0
    ended: bool = False
    wordless: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    unclear: list[int] = field(default_factory=list)

    def report(self, recording: Recording, people: _People) -> None:
        note = self.ledger.remark
        note("turns without words, such as laughter, gestures or what nobody understood, were left out", self.wordless)
        note("words that another put in were left out of the turn", self.others)
        note("what nobody understood is written as an ellipsis", self.unclear)
        note("speakers that the list of participants does not name go by their codes", people.strangers)
        if not self.ended:
            self.ledger.remarks.append("the line @End is missing; check that the file is whole")
        if recording.turns and any(people.names.values()):
            self.ledger.remarks.append("speakers go by the names in the list of participants, where it has them")


@dataclass
class _People:
    """Who takes part: for each code the name, or nothing where the file has none."""

    names: dict[str, str] = field(default_factory=dict)
    _owners: dict[str, set[str]] = field(default_factory=dict)
    strangers: list[int] = field(default_factory=list)

    def learn(self, text: str) -> None:
        """Read ``@Participants: ANN Ann Wife, BEN Ben Husband``: code, perhaps a name, and role."""
        for entry in text.partition(":")[2].split(","):
            code, *rest = entry.split()[:20] or [""]
            if code:
                name = self.names[code] = rest[0].replace("_", " ") if len(rest) > 1 else ""
                self._owners.setdefault(name, set()).add(code)

    def name(self, code: str, line: int) -> str:
        """What this code is called; the code itself without a name, or where two have the same."""
        if code not in self.names:
            self.strangers.append(line)
        name = self.names.get(code, "")
        return name if name and self._owners[name] == {code} else code


def _tiers(lines: Iterable[str], book: _Book) -> Iterator[_Tier]:
    tier: _Tier | None = None
    for number, line in enumerate(lines, 1):
        book.total = number
        text = line.rstrip("\r\n")
        if not text.strip():
            book.ledger.blank += 1
        elif book.ended:
            book.ledger.note("unassigned", number)
        elif text[0] in " \t" and tier:
            tier.texts.append(text)
            tier.numbers.append(number)
        elif _HEADER.match(text) or text[0] in "*%":
            if tier:
                yield tier
            tier = _Tier(number, [text], [number])
            book.ended = text.strip() == "@End"
        else:
            problem = "a line of CHAT opens with @, * or %, or with a tab where it goes on; correct it"
            raise ReadError(problem, line=number)
    if tier:
        yield tier


def _add(tier: _Tier, people: _People, recording: Recording, book: _Book) -> None:
    opening = _MAIN.match(tier.text)
    if not opening:
        raise ReadError("this line has no speaker; write main lines as in *ANN: with a tab behind it", line=tier.line)
    spoken = tier.text[opening.end() :]
    times = [(int(a) / 1000, int(b) / 1000) for a, b in _BULLET.findall(spoken)]
    said = clean_codes(_OTHER_BULLETS.sub(" ", _BULLET.sub(" ", spoken)))
    if said.others:
        book.others.append(tier.line)
    if not said.text:
        book.wordless.append(tier.line)
        book.ledger.note("media", *tier.numbers)
        return
    if said.unclear:
        book.unclear.append(tier.line)
    book.ledger.spoken += len(tier.numbers)
    span = (times[0][0], times[-1][1]) if times else (None, None)
    recording.add(said.text, people.name(opening[1], tier.line), span, tier.line)

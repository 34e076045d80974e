"""What stands out, gathered: findings by pattern, and those that say the same in one line, so that a long talk can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from relcomm.patterns import TITLES
from relcomm.report.markup import level
from relcomm.report.words import SURE, count, listed
from relcomm.types import Analysis, Finding

FEW = 3
"""Up to so many findings of a pattern are told one by one."""
SHOWN = 4
"""At most so many lines of a pattern stand in front of the rest."""


@dataclass(frozen=True, slots=True)
class Line:
    """One or more findings that begin with the same sentence. ``words`` is what they have in common."""

    words: str
    findings: tuple[Finding, ...]

    @property
    def sure(self) -> str:
        """How far to trust it, or how many of them how far."""
        grades = Counter(found.sure for found in self.findings)
        if len(self.findings) == 1:
            return graded(*grades)
        often = "twice" if len(self.findings) == 2 else count(len(self.findings), "time")
        if len(grades) == 1:
            return f"{often}, each with {graded(*grades)}"
        told = [f"{grades[grade]} {level(grade)}" for grade in dict.fromkeys((*SURE, *grades)) if grades[grade]]
        return f"{often}, the evidence {listed(told)}"

    @property
    def utterances(self) -> list[int]:
        """The positions of all their turns, in order."""
        return sorted({n for found in self.findings for n in found.utterances})

    def _weight(self) -> tuple[int, int, float]:
        grades = [*SURE][::-1]
        best = max(grades.index(found.sure) if found.sure in grades else -1 for found in self.findings)
        return best, len(self.findings), max(abs(found.value) for found in self.findings)


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one pattern: ``lines`` to show first, and ``every`` one of them where that leaves something out.

    ``note`` has the sentences after the first that all lines would repeat.
    """

    title: str
    lines: tuple[Line, ...]
    note: str
    every: tuple[Line, ...]

    @property
    def left(self) -> int:
        """How many findings no line tells of."""
        return len(self.every) - sum(len(line.findings) for line in self.lines) if self.every else 0


def groups(analysis: Analysis) -> Iterator[Group]:
    """The findings by pattern, patterns and findings in the order they came in."""
    names = sorted((name for name in analysis.conversation.speakers if ". " in f"{name} "), key=len, reverse=True)
    patterns: dict[str, list[Finding]] = {}
    for found in analysis.findings:
        patterns.setdefault(found.pattern, []).append(found)
    for pattern, those in patterns.items():
        single = tuple(Line(each.summary, (each,)) for each in those)
        if few := len(those) <= FEW:
            lines, note = _noted(single, names)
        else:
            lines, note = _noted(_foremost(_gathered(those, names)), names)
        yield Group(titled(pattern), lines, note, () if few else single)


def _noted(lines: Sequence[Line], names: Sequence[str]) -> tuple[tuple[Line, ...], str]:
    """The lines without the sentences that all of them repeat, and these sentences."""
    told = [_sentences(line.words, names) for line in lines]
    rest = [set(sentences[1:]) for sentences in told]
    note = [each for each in told[0][1:] if len(lines) > 1 and all(each in others for others in rest)]
    kept = (" ".join(s for n, s in enumerate(sentences) if not n or s not in note) for sentences in told)
    return tuple(Line(words, line.findings) for words, line in zip(kept, lines, strict=True)), " ".join(note)


def titled(pattern: str) -> str:
    """A pattern in plain words.

    >>> titled("startup"), titled("a_pattern_of_ones_own")
    ('How issues were raised', 'A pattern of ones own')
    """
    own = level(pattern).replace("_", " ").strip()
    return TITLES.get(pattern) or (own[:1].upper() + own[1:]) or "A pattern"


def graded(sure: str) -> str:
    """How far to trust a finding, in words."""
    return SURE[sure][1] if sure in SURE else level(sure)


def _gathered(found: Iterable[Finding], names: Sequence[str]) -> list[Line]:
    alike: dict[str, list[Finding]] = {}
    for each in found:
        alike.setdefault(_sentences(each.summary, names)[0], []).append(each)
    return [Line(_common(those, names), tuple(those)) for those in alike.values()]


def _common(found: Sequence[Finding], names: Sequence[str]) -> str:
    """The sentences that all of them have."""
    told = [_sentences(each.summary, names) for each in found]
    return " ".join(sentence for sentence in told[0] if all(sentence in others for others in told))


def _sentences(summary: str, names: Sequence[str]) -> list[str]:
    """The sentences of a summary; a full stop within a name ends none."""
    hidden = summary
    for name in names:
        hidden = hidden.replace(name, "x" * len(name))
    out, start = [], 0
    while (end := hidden.find(". ", start)) >= 0:
        out.append(summary[start : end + 1])
        start = end + 2
    return [*out, summary[start:]]


def _foremost(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The few lines that are surest and most frequent, in the order they came in."""
    best = sorted(range(len(lines)), key=lambda n: lines[n]._weight(), reverse=True)[:SHOWN]
    return tuple(lines[n] for n in sorted(best))

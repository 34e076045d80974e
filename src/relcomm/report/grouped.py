"""What stands out, gathered: findings by pattern, and those that say the same in one line, so that a long talk can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

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
    """One or more findings that begin with the same sentence.

    ``words`` is what they have in common, ``own`` what each says beyond that (often nothing).
    """

    words: str
    findings: tuple[Finding, ...]
    own: tuple[str, ...]

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
    """The findings of one pattern: ``lines`` to show first, and what these leave out.

    ``note`` has the sentences after the first that all lines would repeat. ``gathered`` are the lines that tell of
    several findings at once, ``others`` those that are not shown: what remains to be told one by one.
    """

    title: str
    lines: tuple[Line, ...]
    note: str
    others: tuple[Line, ...]

    @property
    def gathered(self) -> tuple[Line, ...]:
        """The lines that tell of several findings at once."""
        return tuple(line for line in self.lines if len(line.findings) > 1)

    @property
    def left(self) -> int:
        """How many findings no line tells of."""
        return sum(len(line.findings) for line in self.others)


def groups(analysis: Analysis) -> Iterator[Group]:
    """The findings by pattern, patterns and findings in the order they came in."""
    names = sorted((name for name in analysis.conversation.speakers if ". " in f"{name} "), key=len, reverse=True)
    patterns: dict[str, list[Finding]] = {}
    for found in analysis.findings:
        patterns.setdefault(found.pattern, []).append(found)
    for pattern, those in patterns.items():
        few = len(those) <= FEW
        every = [_gathered([each], names) for each in those] if few else _alike(those, names)
        shown, others = (every, []) if few else _foremost(every)
        note = _repeated(shown, names)
        lines, rest = ([_without(note, line, names) for line in some] for some in (shown, others))
        yield Group(titled(pattern), tuple(lines), " ".join(note), tuple(rest))


def _repeated(lines: Sequence[Line], names: Sequence[str]) -> list[str]:
    """The sentences after the first that all lines have, if there are several lines."""
    told = [_sentences(line.words, names)[1:] for line in lines]
    return [each for each in told[0] if len(lines) > 1 and all(each in others for others in told)]


def _without(note: Sequence[str], line: Line, names: Sequence[str]) -> Line:
    first, *rest = _sentences(line.words, names)
    return replace(line, words=" ".join((first, *(each for each in rest if each not in note))))


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


def _alike(found: Iterable[Finding], names: Sequence[str]) -> list[Line]:
    """The findings that begin with the same sentence in a line each."""
    alike: dict[str, list[Finding]] = {}
    for each in found:
        alike.setdefault(_sentences(each.summary, names)[0], []).append(each)
    return [_gathered(those, names) for those in alike.values()]


def _gathered(found: Sequence[Finding], names: Sequence[str]) -> Line:
    """Some findings as a line: the sentences that all of them have, and those of each."""
    told = [_sentences(each.summary, names) for each in found]
    common = [sentence for sentence in told[0] if all(sentence in others for others in told)]
    own = (" ".join(sentence for sentence in sentences if sentence not in common) for sentences in told)
    return Line(" ".join(common), tuple(found), tuple(own))


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


def _foremost(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """The few lines that are surest and most frequent, and the others, both in the order they came in."""
    best = sorted(range(len(lines)), key=lambda n: lines[n]._weight(), reverse=True)[:SHOWN]
    return [lines[n] for n in sorted(best)], [line for n, line in enumerate(lines) if n not in best]

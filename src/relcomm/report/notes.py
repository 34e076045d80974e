"""Advice on a draft, and the pages of the labels, as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from relcomm.labels import LABELS, Case, Label
from relcomm.report.markup import tied
from relcomm.types import Advice

WIDTH = 96
NOTHING_MARKED = (
    "relcomm marks nothing here, and it misses much. "
    "It knows nothing of what the other has lived through, or of danger."
)
"""What is said of a draft without a mark: no all-clear."""


def advice(draft: str, found: Sequence[Advice]) -> str:
    """What `check` found in a draft, to be read before sending it."""
    if not found:
        return NOTHING_MARKED
    return "\n\n".join(_one(draft, each) for each in found)


def _one(draft: str, each: Advice) -> str:
    words = printable(draft[each.span.start : each.span.end])
    lines = [f"{each.span.label}{'' if each.sure else '?'}: “{words}”", *_wrapped(each.span.why, "  why     ")]
    lines += _wrapped(each.message, "  lands   " if each.sure else "  unsure  ")
    if each.antidote:
        lines += _wrapped(each.antidote, "  instead ")
    for way in each.try_instead:
        lines += _wrapped(way, "  - ")
    for n, line in enumerate(each.help.splitlines()):
        lines += _wrapped(tied(printable(line)), " " * 10 if n else "  help    ")
    return "\n".join(lines)


def labels(chosen: Iterable[Label]) -> str:
    """The labels with their definitions; a single one with everything its file says."""
    chosen = list(chosen)
    return "\n\n".join(_page(label, full=len(chosen) == 1) for label in chosen)


def _page(label: Label, *, full: bool) -> str:
    kind = "can hurt" if label.harmful else "helps"
    lines = [f"{label.name} — {label.title} ({kind})", *_wrapped(label.definition, "  ")]
    if full:
        lines += [
            "",
            *_wrapped(label.lands, "  "),
            "",
            "  It is not:",
            *(w for n in label.is_not for w in _wrapped(n, "  - ")),
        ]
        lines += ["", *_wrapped(label.advice, "  instead: " if label.harmful else "  how: ")]
        lines += _wrapped(label.source, "  source: ")
        lines += _entry(label)
    return "\n".join(lines)


def _entry(label: Label) -> list[str]:
    """The antidote by name, what cues speak for the label and why, turns that carry it and turns that do not."""
    lines = _wrapped(f"{LABELS[label.antidote].title} ({label.antidote})", "  antidote: ") if label.antidote else []
    blocks = {
        "Cues that often carry it:": [f"{cue.name}: {cue.why}" for cue in label.cues],
        "Turns that carry it:": [_case(case) for case in label.flag],
        "Turns that do not:": [_case(case) for case in label.leave],
    }
    for heading, items in blocks.items():
        if items:
            lines += ["", f"  {heading}", *(line for item in items for line in _wrapped(item, "  - "))]
    return lines


def _case(case: Case) -> str:
    turns = [*case.context, (case.speaker, case.text)]
    said = " / ".join(f"{speaker}: “{text}”" if speaker else f"“{text}”" for speaker, text in turns)
    return f"{said} ({case.why})" if case.why else said


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent)) or [indent.rstrip()]


def printable(text: str) -> str:
    """A person's words with everything a terminal could obey (escapes, controls, surrogates) made visible or blank."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)

"""Whether transcripts of every format are read right: each line accounted for, each speaker and time, and no error silent.

usage: python benchmarks/readers.py

On the samples under tests/readers, whose right reading lies beside them, and for WhatsApp on exports made for every
system, locale and clock (tests/exports.py), with evidence for the order of day and month and without. A line counts as
accounted for if its fate is the right one; a silent error is a file read without an error and not rightly. Then how long
XML bombs take to be refused, and how much memory; and how whatstk and chat-miner read the same exports, where
``scripts/peers readers`` has made an environment for them. Large files: large.py. Damaged ones: fuzz_readers.py.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from relcomm.errors import MissingExtraError, ReadError
from relcomm.readers import read

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "runs" / "peers" / "readers" / "bin" / "python"
sys.path.insert(0, str(ROOT / "tests"))

from bombs import BOMBS  # noqa: E402
from exports import FATES, LOCALES, Export, export, exports  # noqa: E402


class Case(NamedTuple):
    """One file: how to open it, and what is in it."""

    format: str
    open: Callable[[], Any]
    named: str | None
    said: list[tuple[str, str, str]]
    fates: dict[str, list[int]]


def samples() -> Iterator[Case]:
    for path in sorted((ROOT / "tests" / "readers").glob("*/*.expected")):
        *said, fates = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        turns = [(one["speaker"], one["text"], one.get("time", "")) for one in said]
        source = path.with_suffix("")
        yield Case(source.parent.name, lambda source=source: source, None, turns, fates)


def generated() -> Iterator[Case]:
    made = [(one, None) for one in exports()]
    for name in LOCALES:
        order = "mdy" if name == "en-US" else "ymd" if LOCALES[name].android.startswith("{yyyy}") else "dmy"
        made += [(export(name, ios=ios, twelve=False, step="open"), f"whatsapp:{order}") for ios in (False, True)]
    for one, named in made:
        turns = [(who, text, at.isoformat()) for who, text, at in one.said]
        yield Case("whatsapp", lambda one=one: io.StringIO(one.text, newline=""), named, turns, one.fates)


def judge(case: Case, counts: Counter[str]) -> None:
    """Add one file to the counts of its format."""
    counts["files"] += 1
    try:
        talk = read(case.open(), format=case.named)
    except MissingExtraError:
        counts["files"] -= 1
        return
    except ReadError as error:
        counts["refused"] += 1
        print(f"refused: {case.format}: {error}")
        return
    report = talk.report
    assert report
    got = [(one.speaker, one.text, one.time.isoformat() if one.time else "") for one in talk.utterances]
    fates = {fate: list(getattr(report, fate)) for fate in FATES if getattr(report, fate)}
    noted = sum(len(numbers) for numbers in fates.values())
    right = fates == case.fates and report.lines == report.spoken + report.blank + noted
    counts["lines"] += report.lines
    counts["lines right"] += report.lines if right else 0
    counts["messages"] += len(case.said)
    pairs = list(zip(case.said, got, strict=False)) if len(got) == len(case.said) else []
    counts["speakers right"] += sum(a[:2] == b[:2] for a, b in pairs)
    counts["times right"] += sum(a[2] == b[2] for a, b in pairs)
    counts["silent errors"] += not (right and got == case.said)


def left_open() -> Iterator[Export]:
    """The exports in which nothing tells which number is the day: neither the numbers, nor their order, nor the separator."""
    for name, locale in LOCALES.items():
        if not locale.android.startswith("{yyyy}") and "}.{m" not in locale.android:
            yield from (export(name, ios=ios, twelve=False, step="open") for ios in (False, True))


def asked() -> tuple[int, int]:
    """How many of the exports that leave the order open are refused with a question, of how many."""
    found, texts = 0, [one.text for one in left_open()]
    for text in texts:
        try:
            read(io.StringIO(text, newline=""))
        except ReadError as error:
            found += "whatsapp:dmy" in str(error)
    return found, len(texts)


def bombs() -> None:
    slowest, most, refused = (0.0, ""), 0, 0
    for name, bomb in BOMBS.items():
        file = io.StringIO(bomb)
        # Of the processor, since on a busy machine the clock on the wall counts others' work, too.
        start = time.process_time()
        try:
            read(file, format="sms")
        except ReadError:
            refused += 1
        slowest = max(slowest, (time.process_time() - start, name))
        tracemalloc.start()
        with suppress(ReadError):
            read(io.StringIO(bomb), format="sms")
        most = max(most, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    took = f"the slowest ({slowest[1]}) in {slowest[0]:.3f} s"
    print(f"XML bombs: {refused} of {len(BOMBS)} refused, {took}, the largest with {most / 1e6:.0f} MB")


def beside() -> None:
    """whatstk and chat-miner on the same exports, where ``scripts/peers readers`` has made their environment."""
    if PEERS.exists():
        sys.stdout.flush()
        subprocess.run([sys.executable, str(Path(__file__).with_name("readers_peers.py"))], check=True)
    else:
        print("whatstk and chat-miner beside it: scripts/peers readers")


def main() -> None:
    counts: dict[str, Counter[str]] = {}
    for case in (*samples(), *generated()):
        judge(case, counts.setdefault(case.format, Counter()))
    for name, found in counts.items():
        told = ", ".join(f"{part} {found[part]} of {found[whole]}" for part, whole in (
            ("lines right", "lines"), ("speakers right", "messages"), ("times right", "messages")))  # fmt: skip
        print(
            f"{name}: {found['files']} files, {told}, refused {found['refused']}, silent errors {found['silent errors']}"
        )
    print("whatsapp, order of day and month left open: asked for it {} of {} times".format(*asked()))
    bombs()
    beside()


if __name__ == "__main__":
    main()

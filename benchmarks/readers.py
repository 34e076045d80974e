"""Whether transcripts of every format are read right: each line accounted for, each speaker and time, and no error silent.

usage: python benchmarks/readers.py [--big MEGABYTES]

On the samples under tests/readers, whose right reading lies beside them, and for WhatsApp on exports made for every
system, locale and clock (tests/exports.py), with evidence for the order of day and month and without. A line counts as
accounted for if its fate is the right one; a silent error is a file read without an error and not rightly. Then how long
XML bombs take to be refused, and how much memory; and with --big the time and memory that files of this size take, each
in a process of its own.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from relcomm.errors import MissingExtraError, ReadError
from relcomm.readers import read

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from bombs import BOMBS  # noqa: E402
from exports import FATES, LOCALES, export, exports  # noqa: E402


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


def asked() -> tuple[int, int]:
    """How many of the exports that leave the order open are refused with a question, of how many."""
    open_ones = [
        name
        for name in LOCALES
        if not LOCALES[name].android.startswith("{yyyy}") and "}.{m" not in LOCALES[name].android
    ]
    found = 0
    for name in open_ones:
        try:
            read(io.StringIO(export(name, ios=False, twelve=False, step="open").text, newline=""))
        except ReadError as error:
            found += "whatsapp:dmy" in str(error)
    return found, len(open_ones)


def bombs() -> None:
    slowest, most, refused = (0.0, ""), 0, 0
    for name, bomb in BOMBS.items():
        file = io.StringIO(bomb)
        start = time.perf_counter()
        try:
            read(file, format="sms")
        except ReadError:
            refused += 1
        slowest = max(slowest, (time.perf_counter() - start, name))
        tracemalloc.start()
        with suppress(ReadError):
            read(io.StringIO(bomb), format="sms")
        most = max(most, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    took = f"the slowest ({slowest[1]}) in {slowest[0]:.3f} s"
    print(f"XML bombs: {refused} of {len(BOMBS)} refused, {took}, the largest with {most / 1e6:.0f} MB")


WORDS = "and then you said nothing at all again, which is what you do when I ask "


def big_lines(name: str, n: int) -> str:
    """The n-th message of a big file of this format."""
    at = datetime(2020, 1, 13) + timedelta(minutes=n)  # noqa: DTZ001
    # Python holds a text with an emoji in four times the memory.
    who, text = ("Ann", "Ben")[n % 2], WORDS[n % 9 :] + "🙂" * (n % 8 == 0)
    if name == "whatsapp":
        return f"{at:%d/%m/%Y, %H:%M} - {who}: {text}\n"
    if name == "imessage":
        return f"{at:%b %d, %Y} {at:%I:%M:%S %p}\n{who}\n{text}\n\n"
    if name == "telegram":
        entry = {
            "id": n,
            "type": "message",
            "date": at.isoformat(),
            "from": who,
            "from_id": f"user{n % 2}",
            "text": text,
        }
        return ("{" + '"messages": [' if not n else ", ") + json.dumps(entry)
    if name == "sms":
        data = (
            ' /><mms m_type="132"><parts><part data="' + "QUJD" * 250_000 + '"/></parts></mms>'
            if n % 5_000 == 4_999
            else " />"
        )
        return f'{"" if n else "<smses>"}<sms address="1" type="{1 + n % 2}" date="{1_600_000_000_000 + n}" body="{text}"{data}\n'
    return f'{"" if n else "speaker,time,text" + chr(10)}{who},{at.isoformat()},"{text}"\n'


ENDS = {"telegram": "]}", "sms": "</smses>"}


def big(megabytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("whatsapp", "telegram", "sms", "imessage", "csv"):
            path, size, n = Path(folder) / name, 0, 0
            with path.open("w", encoding="utf-8") as file:
                while size < megabytes * 1_000_000:
                    size += file.write(big_lines(name, n))
                    n += 1
                file.write(ENDS.get(name, ""))
            subprocess.run(
                [sys.executable, __file__, "--one", str(path), "--as", f"{name}:1" if name == "sms" else name],
                check=True,
            )


def _peak() -> float:
    """The most memory this process had, in MB: of itself alone, where the system tells that from its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def one(path: str, name: str) -> None:
    start = time.perf_counter()
    talk = read(path, format=name)
    peak = _peak()
    size = Path(path).stat().st_size / 1e6
    print(
        f"{name}: {size:.0f} MB, {len(talk)} messages, {time.perf_counter() - start:.1f} s, peak {peak:.0f} MB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--big", type=int, default=0)
    parser.add_argument("--one", default="")
    parser.add_argument("--as", dest="name", default="")
    options = parser.parse_args()
    if options.one:
        one(options.one, options.name)
        return
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
    if options.big:
        big(options.big)


if __name__ == "__main__":
    main()

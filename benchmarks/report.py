"""What a report costs beside labelling: time, size of the page, and memory as a chat grows.

usage: python benchmarks/report.py [--model ngram] [--turns 5000] [--sizes 500 5000 50000] [--only speed|size|memory]
       python benchmarks/report.py --pages FOLDER

The chat is made up of the turns of the example transcripts, told again over months by two people, so that one turn in
a few carries a label. Prints: the time of labelling its turns (with evidence), and of everything ``relcomm analyze
--me --html`` does with them (labels, rates, patterns, one's own side, page and terminal text), best of three for a fast
model; the size of the page of 500 turns, by how many of them carry a label with its evidence; and the peak of resident
memory at each size, in a process of its own. ``--only size`` and the like print one of the three.

``--pages`` writes the pages of three examples, of a chat of 500 turns and of one with many labels instead (`benchmarks/accessibility` looks at
them).
"""

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from relcomm import report
from relcomm.analyzer import Analyzer, load, rates
from relcomm.patterns import find_all
from relcomm.patterns.my_side import my_side
from relcomm.readers import read
from relcomm.safety import notice
from relcomm.types import Analysis, Conversation, Utterance

ROOT = Path(__file__).resolve().parents[1]
TRANSCRIPTS = ROOT / "examples" / "transcripts"
ME = "Ann"
SHARES = (0.1, 0.25, 0.5, 1.0)
PAGES = {"chores": "Lachie", "texting_whatsapp": "Kemi", "therapy_refusal": ""}
"""The examples whose pages are written, and whose side they look at."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="ngram")
    parser.add_argument("--turns", type=int, default=5000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[500, 5000, 50_000])
    parser.add_argument("--only", choices=("speed", "size", "memory"))
    parser.add_argument("--pages", type=Path)
    parser.add_argument("--peak-of", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pages:
        pages(options.pages)
    elif options.peak_of is not None:
        print(peak(load(options.model), options.peak_of))
    else:
        measure = {
            "speed": lambda: speed(load(options.model), options.turns),
            "size": lambda: size(load(options.model)),
            "memory": lambda: memory(options.model, options.sizes),
        }
        for name in [options.only] if options.only else measure:
            measure[name]()


def chat(turns: int) -> Conversation:
    """A chat of so many turns over months: some days with a few messages, some with forty, most with none."""
    draw = random.Random(7)
    pool = [said.text for path in sorted(TRANSCRIPTS.iterdir()) for said in read(path).utterances]
    now = datetime(2024, 1, 1, 8)  # noqa: DTZ001
    out: list[Utterance] = []
    while len(out) < turns:
        talk = draw.randrange(len(pool))
        for n in range(draw.randint(4, 40)):
            now += timedelta(seconds=draw.randint(10, 400))
            out.append(Utterance(pool[(talk + n) % len(pool)], ("Ann", "Ben")[draw.random() < 0.5], now))
        now += timedelta(hours=draw.choice((9, 14, 30, 60, 110, 200)))
    return Conversation(tuple(out[:turns]))


def end_to_end(analyzer: Analyzer, talk: Conversation) -> str:
    analysis = analyzer.analyze(talk, me=ME)
    return report.html(analysis) + report.text(analysis)


def seconds(action: Callable[[], object], times: int) -> float:
    def once() -> float:
        start = time.process_time()
        action()
        return time.process_time() - start

    return min(once() for _ in range(times))


def speed(analyzer: Analyzer, turns: int) -> None:
    talk = chat(turns)
    end_to_end(analyzer, chat(40))
    times = 3 if analyzer.model.name == "ngram" else 1
    labels = seconds(lambda: list(analyzer.label(talk.turns())), times)
    whole = seconds(lambda: end_to_end(analyzer, talk), times)
    print(f"model {analyzer.model.name}, {turns} turns")
    print(f"labelling                         {labels:8.2f} s")
    print(f"labelling, patterns and report    {whole:8.2f} s, {whole / labels:.2f} times as long")


def size(analyzer: Analyzer) -> None:
    for share in SHARES:
        analysis = labelled(analyzer, share)
        marked = sum(bool(seen.labels) for seen in analysis.predictions)
        print(f"page of 500 turns, {marked:3} labelled  {len(report.html(analysis).encode()) / 1000:8.0f} kB")


def labelled(analyzer: Analyzer, share: float, turns: int = 500) -> Analysis:
    """An analysis in which so large a share of the turns carries a label: turns of the examples, as they were read."""
    draw = random.Random(7)
    read_before = [analyzer.analyze(read(path)) for path in sorted(TRANSCRIPTS.iterdir())]
    pool = [pair for a in read_before for pair in zip(a.conversation.utterances, a.predictions, strict=True)]
    some, none = ([pair for pair in pool if bool(pair[1].labels) is has] for has in (True, False))
    drawn = [draw.choice(some if draw.random() < share else none) for _ in range(turns)]
    told = zip(drawn, chat(turns).utterances, strict=True)
    talk = Conversation(tuple(Utterance(said.text, now.speaker, now.time) for (said, _), now in told))
    seen = tuple(prediction for _, prediction in drawn)
    return Analysis(
        talk,
        seen,
        find_all(talk, seen),
        rates(talk, seen),
        analyzer.model.name,
        notice(talk, seen),
        my_side(talk, seen, ME),
    )


def memory(model: str, sizes: list[int]) -> None:
    found: list[tuple[int, float]] = []
    for turns in sizes:
        command = [sys.executable, __file__, "--model", model, "--peak-of", str(turns)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found.append((turns, float(done.stdout)))
        more = ""
        if len(found) > 1:
            (few, low), (many, high) = found[-2:]
            more = f", {1000 * (high - low) / (many - few):.1f} kB for each turn more"
        print(f"peak memory at {turns:>6,} turns      {found[-1][1]:8.0f} MB{more}")


def peak(analyzer: Analyzer, turns: int) -> float:
    end_to_end(analyzer, chat(turns))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def pages(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, me in PAGES.items():
        (path,) = TRANSCRIPTS.glob(f"{name}.*")
        write(folder, name, load().analyze(read(path), me=me))
    write(folder, "long_chat", load("ngram").analyze(chat(500), me=ME))
    write(folder, "quarrels", labelled(load("ngram"), 0.5, 120))


def write(folder: Path, name: str, analysis: Analysis) -> None:
    (folder / f"{name}.html").write_text(report.html(analysis), encoding="utf-8")


if __name__ == "__main__":
    main()

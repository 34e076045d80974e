"""How much memory and time large transcripts take: read whole, turn by turn, and labelled by ``relcomm label``.

usage: python benchmarks/large.py [--whatsapp MB] [--jsonl MB] [--label MB] [--labelled MB] [--others MB] [--folder FOLDER] [--json]

Each is written into FOLDER (by default where the system keeps temporary files), read in a process of its own, and
deleted. WhatsApp and JSON lines are read turn by turn (`relcomm.readers.stream`); WhatsApp also whole
(`relcomm.read`). Labelling is slow beside reading, so its file may be smaller: what it takes does not grow with the file.
``--label`` is a file for ``relcomm label``, ``--labelled`` a WhatsApp transcript read and labelled turn by turn, each turn
after those before it (`Analyzer.label`), which may take 500 MB.
Bar: reading turn by turn takes 100 MB at most, however large the file. Exits with 1 where it is missed.
"""

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

WORDS = "and then you said nothing at all again, which is what you do when I ask "
ENDS = {"telegram": "]}", "sms": "</smses>"}
MB = 1_000_000
BARS = {"turn by turn": 100, "relcomm label": 500, "labelled turn by turn": 500}
"""MB of memory, Python and all, for reading and for labelling, however large the file."""


def entry(name: str, n: int) -> str:
    """The n-th message of a large file of this format."""
    at = datetime(2020, 1, 13) + timedelta(minutes=n)  # noqa: DTZ001
    # Python holds a text with an emoji in four times the memory.
    who, text = ("Ann", "Ben")[n % 2], WORDS[n % 9 :] + "🙂" * (n % 8 == 0)
    if name == "whatsapp":
        return f"{at:%d/%m/%Y, %H:%M} - {who}: {text}\n"
    if name == "jsonl":
        return json.dumps({"text": text, "speaker": who, "time": at.isoformat()}, ensure_ascii=False) + "\n"
    if name == "imessage":
        return f"{at:%b %d, %Y} {at:%I:%M:%S %p}\n{who}\n{text}\n\n"
    if name == "telegram":
        said = {"id": n, "type": "message", "date": at.isoformat(), "from": who, "from_id": f"u{n % 2}", "text": text}
        return ("{" + '"messages": [' if not n else ", ") + json.dumps(said)
    if name == "sms":
        photo = ' /><mms m_type="132"><parts><part data="' + "QUJD" * 250_000 + '"/></parts></mms>'
        data = photo if n % 5_000 == 4_999 else " />"
        return f'{"" if n else "<smses>"}<sms address="1" type="{1 + n % 2}" date="{1_600_000_000_000 + n}" body="{text}"{data}\n'
    return f'{"" if n else "speaker,time,text" + chr(10)}{who},{at.isoformat()},"{text}"\n'


def written(name: str, size: int, folder: Path) -> Path:
    """A file of this format, so many bytes long."""
    path, n = folder / f"large.{name}", 0
    with path.open("w", encoding="utf-8") as file:
        while path.stat().st_size < size:
            file.writelines(entry(name, n + more) for more in range(4_000))
            file.flush()
            n += 4_000
        file.write(ENDS.get(name, ""))
    return path


def peak() -> float:
    """The most memory this process had, in MB: of itself alone, where the system tells that from its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / MB
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / MB if sys.platform == "darwin" else most * 1024 / MB


def whole(path: str, name: str) -> int:
    """Read it as a conversation; the number of messages."""
    from relcomm.readers import read

    return len(read(path, format=name))


def streamed(path: str, name: str) -> int:
    """Read it turn by turn."""
    from relcomm.readers import stream

    turns = stream(path, format=name)
    count = sum(1 for _ in turns.turns())
    assert turns.report
    assert turns.report.messages == count
    return count


class Lines(io.TextIOBase):
    """Standard output that counts the lines written to it, and keeps none."""

    count = 0

    def write(self, text: str) -> int:
        self.count += text.count("\n")
        return len(text)


def label(path: str, _name: str) -> int:
    """``relcomm label`` with the sparse model; the number of answers."""
    from relcomm.cli import main

    answers = Lines()
    with redirect_stdout(answers):
        assert main(["label", path, "--model", "ngram"]) == 0
    return answers.count


def labelled(path: str, name: str) -> int:
    """Read it turn by turn, and label each turn with the sparse model; the number of turns."""
    from relcomm.analyzer import load
    from relcomm.readers import stream

    return sum(1 for _ in load("ngram").label(stream(path, format=name).turns(), n_jobs=1))


WAYS: dict[str, Callable[[str, str], int]] = {
    "whole": whole,
    "turn by turn": streamed,
    "relcomm label": label,
    "labelled turn by turn": labelled,
}


def measure(name: str, megabytes: int, ways: list[str], folder: Path) -> list[dict[str, Any]]:
    """Write a file, and read it in each of these ways, in a process of its own; what each took."""
    if not megabytes:
        return []
    path, found = written(name, megabytes * MB, folder), []
    as_name = "sms:1" if name == "sms" else name
    try:
        for way in ways:
            command = [sys.executable, __file__, "--one", str(path), "--as", as_name, "--way", way]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found.append(json.loads(done.stdout))
            print("{name}, {way}: {size:.0f} MB, {count} messages, {took:.0f} s of processor time, peak {peak:.0f} MB"
                  .format(**found[-1]), file=sys.stderr, flush=True)  # fmt: skip
    finally:
        path.unlink()
    return found


def one(path: str, name: str, way: str) -> None:
    """Read a file in one way, and print what it took."""
    start = time.process_time()
    count = WAYS[way](path, name)
    took, size = time.process_time() - start, Path(path).stat().st_size / MB
    print(json.dumps({"name": name, "way": way, "size": size, "count": count, "took": took, "peak": peak()}))


def rows(found: list[dict[str, Any]], command: str) -> list[dict[str, Any]]:
    """A row of a table of bars for each file that was read or labelled turn by turn."""
    return [
        {
            "name": f"MB of memory, {each['way']}: {each['size']:.0f} MB of {each['name']}, {each['count']:,} messages",
            "figure": round(each["peak"]),
            "bar": BARS[each["way"]],
            "met": each["peak"] <= BARS[each["way"]],
            "command": command,
        }
        for each in found
        if each["way"] in BARS
    ]


def main() -> int:
    parser = argparse.ArgumentParser()
    for name, size in (("whatsapp", 200), ("jsonl", 1000), ("label", 20), ("labelled", 100), ("others", 0)):
        parser.add_argument(f"--{name}", type=int, default=size, metavar="MB")
    parser.add_argument("--folder", default=None)
    parser.add_argument("--json", action="store_true", help="rows of {name, figure, bar, met, command}, nothing else")
    for name in ("one", "as", "way"):
        parser.add_argument(f"--{name}", default="", help=argparse.SUPPRESS)
    options = vars(parser.parse_args())
    if options["one"]:
        one(options["one"], options["as"], options["way"])
        return 0
    with tempfile.TemporaryDirectory(dir=options["folder"]) as place:
        folder = Path(place)
        # The bar is for reading turn by turn; the other way is only for the eye.
        ways = ["turn by turn"] if options["json"] else ["turn by turn", "whole"]
        found = measure("whatsapp", options["whatsapp"], ways, folder)
        found += measure("jsonl", options["jsonl"], ["turn by turn"], folder)
        found += measure("jsonl", options["label"], ["relcomm label"], folder)
        found += measure("whatsapp", options["labelled"], ["labelled turn by turn"], folder)
        for name in ("telegram", "sms", "imessage", "csv"):
            found += measure(name, options["others"], ["whole"], folder)
    sizes = " ".join(f"--{name} {options[name]}" for name in ("whatsapp", "jsonl", "label", "labelled"))
    told = rows(found, f"python benchmarks/large.py {sizes}")
    if options["json"]:
        print(json.dumps(told))
    return 0 if all(row["met"] for row in told) else 1


if __name__ == "__main__":
    sys.exit(main())

"""How relcomm, whatstk and chat-miner read the same WhatsApp exports. ``scripts/peers readers`` makes an environment and runs this.

The exports are those of `readers.py`: the samples under tests/readers/whatsapp, and one for every system, locale and
clock. Those whose dates leave open which number is the day stand on their own: there the right answer is to ask. A message is found if its words are there (blanks and marks of writing direction aside); its speaker
and its time are right if they are those of the person and the phone that the export was made from. A silent error is an
export read without an error in which a message lacks, or has another's speaker or another time. What is given to a
person beyond their messages (notices, attachments, calls) is counted on its own, since the two others keep it on purpose.
"""

import io
import json
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

from readers import exports, left_open, samples
from relcomm import __version__
from relcomm.errors import ReadError
from relcomm.readers import read

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / "runs" / "peers" / "readers" / "bin" / "python"
MARKS = str.maketrans("", "", "\u200e\u200f\u202a\u202b\u202c")
HEADS = {
    "read": "exports read",
    "errors": "errors raised",
    "silent": "silent errors",
    "messages": "messages",
    "found": "found",
    "speakers": "speakers right",
    "times": "times right",
    "others": "app's lines as a person's",
}


def main() -> None:
    """Ask everybody, judge, print."""
    shown = [(text_of(case), case.said) for case in samples() if case.format == "whatsapp"]
    shown += [turns_of(one) for one in exports()]
    groups = {"the dates show the order of day and month": shown, "they leave it open": [*map(turns_of, left_open())]}
    for title, cases in groups.items():
        print(f"WhatsApp, {len(cases)} exports, {title}")
        print(f"{'':18}" + "".join(f"{head:>{len(head) + 2}}" for head in HEADS.values()))
        texts = [text for text, _ in cases]
        for name in ("relcomm", "whatstk", "chat-miner"):
            version, answers = (__version__, map(ours, texts)) if name == "relcomm" else asked(name, texts)
            counts, errors = Counter(), Counter()
            for (_, said), found in zip(cases, answers, strict=True):
                judge(said, found, counts, errors)
            told = ", ".join(f"{error} {times}" for error, times in errors.most_common())
            figures = "".join(f"{counts[key]:>{len(head) + 2}}" for key, head in HEADS.items())
            print(f"{name + ' ' + version:18}{figures}  {told}".rstrip())


def text_of(case):
    """A sample as a text."""
    return case.open().read_bytes().decode("utf-8-sig")


def turns_of(one):
    """A made export as a text, and what is said in it."""
    return one.text, [(who, text, at.isoformat()) for who, text, at in one.said]


def ours(text):
    """What relcomm reads, or the name of its error."""
    try:
        talk = read(io.StringIO(text, newline=""))
    except ReadError:
        return "ReadError"
    return [[one.time.isoformat() if one.time else "", one.speaker, one.text] for one in talk.utterances]


def asked(name, texts):
    """The version of another tool, and what it reads."""
    command = [str(PYTHON), str(Path(__file__).with_name("readers_ask.py")), name]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, check=True, text=True)
    answer = json.loads(done.stdout)
    return answer["version"], answer["answers"]


def judge(said, found, counts, errors) -> None:
    """Add one export to a tool's counts."""
    counts["messages"] += len(said)
    if isinstance(found, str):
        counts["errors"] += 1
        errors[found] += 1
        return
    left = defaultdict(list)
    for time, who, words in found:
        left[plain(words)].append((plain(who), time))
    wrong = 0
    for speaker, text, time in said:
        same = left[plain(text)]
        if not same:
            wrong += 1
            continue
        # Of several with these words the one that is most like it.
        best = max(same, key=lambda one: (one == (plain(speaker), time), one[1] == time))
        same.remove(best)
        counts["found"] += 1
        counts["speakers"] += best[0] == plain(speaker)
        counts["times"] += best[1] == time
        wrong += best != (plain(speaker), time)
    counts["read"] += 1
    counts["silent"] += wrong > 0
    counts["others"] += sum(map(len, left.values()))


def plain(text):
    """The text without what tools may differ in: blanks, and marks of writing direction."""
    return " ".join(text.translate(MARKS).split())


if __name__ == "__main__":
    main()

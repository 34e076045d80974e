"""What may become of a damaged file: a transcript whose lines add up, or an error that says where and what to do, and no word of it."""

from __future__ import annotations

import ast
import io
import random
import re
import resource
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

import relcomm
from mutations import damaged, samples
from relcomm.errors import ReadError
from relcomm.readers import READERS, read
from relcomm.types import Conversation

NAME = "talk.txt"
FATES = ("system", "media", "deleted", "call", "unassigned")
# What the caller can say behind a format's name, beside what the reader lists.
_CHOICES = {"csv": "text=b,speaker=a", "jsonl": "text=b", "parquet": "text=b", "elan": "1,2", "textgrid": "1,2"}
_WORDS = re.compile(r"[^\W\d_]{2,}")
_REMEDY = re.compile(
    r"\b(?:choose|copy|correct|double|download|export|give|keep|leave|look|must|name|open|put|read|save|say|set|split|"
    r"unpack|write)\b"
)
# What is wrong with a file as a whole stands in no line of it.
_OF_WHOLE = re.compile(
    r"the file is empty|this is not a text file|this is none of the formats|read as \w+, this holds no messages|this is a \w+|"
    r"no line |no column |no tier|this table has no rows|this JSON holds no segments|there is no column of the name|"
    r"which column of the table|this document|this is not a Parquet file|this Parquet file|no chat in this file|"
    r"the text in row \d+|the \w+ in row \d+|a second conversation begins in row|this is no TextGrid|"
    r"say which of the|several tiers go by"
)


class Outcome(NamedTuple):
    """What became of one damaged file: as what it was read, what is wrong with that (nothing, if all is well), what it took."""

    asked: str
    error: ReadError | None
    wrong: str
    seconds: float
    megabytes: float


class Named(io.BytesIO):
    """A file in memory, with a name."""

    name = NAME


def outcomes(reader: str, seed: int, n: int) -> Iterator[Outcome]:
    """The n-th damaged file of a reader, read with its format named and with the format found."""
    chance = random.Random(f"{reader} {seed} {n}")
    data = damaged(_files(reader), chance)
    for asked in (chance.choice(formats(reader)), None):
        yield outcome(data, asked)


@cache
def _files(reader: str) -> list[bytes]:
    return samples(reader)


@cache
def formats(reader: str) -> list[str]:
    """What a caller may ask for to have this reader: its name, more often than not, or one of its options."""
    module = READERS[reader]
    options = [f"{reader}:{option}" for option in getattr(module, "OPTIONS", ())]
    options += [f"{reader}:{_CHOICES.get(reader, '1')}"] * hasattr(module, "CHOOSES")
    return [reader] * max(1, 2 * len(options)) + options


def outcome(data: bytes, asked: str | None) -> Outcome:
    """What becomes of these bytes, read as the format that is asked for, or as what they look like."""
    before, start = _most(), time.process_time()
    error, wrong = None, ""
    try:
        wrong = unsound(read(Named(data), format=asked))
    except ReadError as refused:
        error = refused
    except Exception as crash:
        wrong = f"{type(crash).__name__} at {place(crash)}"
    seconds, megabytes = time.process_time() - start, _most() - before
    return Outcome(asked or "", error, unfit(error, data) if error else wrong, seconds, megabytes)


def _most() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def place(crash: BaseException) -> str:
    """The innermost line of relcomm that a crash came through."""
    place, trace = "", crash.__traceback__
    while trace:
        path = Path(trace.tb_frame.f_code.co_filename)
        place = f"{path.name}:{trace.tb_lineno}" if "relcomm" in path.parts else place
        trace = trace.tb_next
    return place


def unsound(talk: Conversation) -> str:
    """What does not add up in a transcript; nothing if all does."""
    report = talk.report
    if report is None or not talk.utterances:
        return "no report, or no turns"
    noted = [number for fate in FATES for number in getattr(report, fate)]
    if report.lines != report.spoken + report.blank + len(noted) or len(set(noted)) != len(noted):
        return f"the lines do not add up: {report.lines}, {report.spoken} + {report.blank} + {len(noted)}"
    if noted and not (min(noted) >= 1 and max(noted) <= report.lines):
        return "a line is noted that is not there"
    if report.messages != len(talk.utterances):
        return "the number of messages is another"
    return _strange(" ".join(report.remarks))


def unfit(error: ReadError, data: bytes) -> str:
    """What an error lacks, or holds too much of the file; nothing if it is as it should be."""
    if error.source != NAME:
        return f"the error does not name the file: {error}"
    # What is packed has no lines that anybody sees.
    if error.line is None and not _OF_WHOLE.match(error.problem) and not data.startswith(b"PK"):
        return f"the error names no line: {error}"
    if error.line is not None and not 1 <= error.line <= 2 + data.count(b"\n") + data.count(b"\r"):
        return f"the error names a line that is not there: {error}"
    if not _REMEDY.search(error.problem):
        return f"the error says nothing of what to do: {error}"
    wrong = _strange(error.problem)
    chain = error.__cause__ or error.__context__
    while chain and not wrong:
        # What Python itself says counts only if the file says it, too.
        wrong = _strange(f"{chain} {vars(chain)} {getattr(chain, 'doc', '')}", data)
        chain = chain.__cause__ or chain.__context__
    return wrong


def _strange(message: str, data: bytes | None = None) -> str:
    """What stands in a message that relcomm's own source does not hold, and, with ``data``, the file does."""
    words = set(_WORDS.findall(message)) - _own_words()
    words.update(number for number in re.findall(r"\d+", message) if len(number) > 6)
    if data is not None:
        words = {word for word in words if word.encode() in data}
    return f"a message holds what may be the file's: {sorted(words)}" if words else ""


@cache
def _own_words() -> frozenset[str]:
    """All words in the texts of relcomm's source, and in the errors of the XML parser."""
    texts = [expat.ErrorString(code) or "" for code in range(1, 50)]
    package = Path(relcomm.__file__).parent
    for path in (*package.glob("*.py"), *package.glob("readers/**/*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts += [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        texts += [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return frozenset(word for text in texts for word in _WORDS.findall(text)) | frozenset(("None", "talk", "txt"))

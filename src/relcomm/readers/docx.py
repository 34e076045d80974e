"""Transcripts in Word documents (.docx): paragraphs as typed transcripts, or tables with a column for who speaks.

Only the words of the document itself are read, with what was inserted as a change and without what was deleted.
"""

from __future__ import annotations

import codecs
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import IO, NamedTuple

from relcomm.errors import ReadError
from relcomm.readers import meeting, name_text
from relcomm.readers.cells import find_columns
from relcomm.readers.ledger import Ledger
from relcomm.readers.markup import Markup
from relcomm.readers.recording import Recording
from relcomm.types import Conversation

MAGIC = b"PK\x03\x04"

_DOCUMENT = "word/document.xml"
_ASIDE = ("word/footnotes.xml", "word/endnotes.xml", "word/comments.xml")
_LARGEST = 64 << 20
_SQUEEZED = 150
_SMALL = 1 << 20
_LARGEST_LIST = 1 << 20
_END = b"PK\x05\x06"
_CHUNK = 65_536
_FAILURES = (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, EOFError, RuntimeError, OverflowError)
_MARKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_BOMB = (
    "this document unpacks to far more than a transcript holds; it is not read: save the text alone as a new document"
)
_DAMAGED = "this document is damaged or locked; open it, and save it again without a password"
_OTHER = "this is a zip archive or an office document other than .docx: unpack it, or save it as plain text"


class Paragraph(NamedTuple):
    """One paragraph outside of tables, or, with ``cells``, one row of a table."""

    text: str = ""
    cells: tuple[str, ...] = ()


def sniff(sample: str) -> float:  # noqa: ARG001
    """Nothing: a document is no text, and known by its first bytes."""
    return 0.0


def parse(file: IO[bytes]) -> Conversation:
    """The conversation: of the tables, if rows of theirs hold turns, else of the paragraphs.

    Raises `ReadError` for a document that is damaged or of no sensible size, and for tables whose columns are open.
    """
    with _opened(file) as archive:
        notes = any(name in archive.namelist() for name in _ASIDE)
        blocks = _blocks(archive)
    rows = [block for block in blocks if block.cells]
    outside = sum(bool(block.text.strip()) for block in blocks if not block.cells)
    talk = _of_table(blocks) if len(rows) > 1 and len(rows) >= outside else _of_paragraphs(blocks)
    if notes and talk.report:
        remark = "footnotes, endnotes and comments were not read"
        talk = replace(talk, report=replace(talk.report, remarks=(*talk.report.remarks, remark)))
    return talk


def _blocks(archive: zipfile.ZipFile) -> list[Paragraph]:
    try:
        return list(read_blocks(_text_of(archive)))
    except ReadError as error:
        problem = error.problem
    # Without the line: that of the XML inside is none that anybody sees.
    raise ReadError(problem)


def _of_paragraphs(blocks: Iterable[Paragraph]) -> Conversation:
    """The conversation in paragraphs, read as what they look like most; a row of a table is one paragraph."""
    lines = ["\t".join(block.cells).replace("\n", " ") if block.cells else block.text for block in blocks]
    sample = "\n".join(lines)
    reader = max((name_text, meeting), key=lambda reader: reader.sniff(sample))
    talk: Conversation = reader.parse(f"{line}\n" for line in lines)
    if talk.report is None:
        return talk
    remarks = tuple(
        remark.replace("(lines ", "(paragraphs ").replace("(line ", "(paragraph ") for remark in talk.report.remarks
    )
    return replace(talk, report=replace(talk.report, format="docx", unit="paragraph", remarks=remarks))


def _of_table(blocks: Iterable[Paragraph]) -> Conversation:
    """The conversation in the rows of tables; paragraphs around them are nobody's."""
    ledger = Ledger("docx", unit="paragraph")
    recording = Recording(ledger)
    numbered = list(enumerate(blocks, 1))
    columns = find_columns([(n, block.cells) for n, block in numbered if block.cells])
    ledger.remarks.extend(columns.remarks)
    for number, block in numbered:
        speaker, text = columns.read(block.cells)
        if number in columns.headers:
            ledger.note("system", number)
        elif text.strip():
            ledger.spoken += 1
            recording.add(text.strip(), speaker, (None, None), number)
        elif block.text.strip() or any(cell.strip() for cell in block.cells):
            ledger.note("unassigned", number)
        else:
            ledger.blank += 1
    return recording.close(len(numbered))


def _opened(file: IO[bytes]) -> zipfile.ZipFile:
    _check_list(file)
    try:
        return zipfile.ZipFile(file)
    except _FAILURES:
        pass
    raise ReadError(_DAMAGED.replace("document", "document or zip archive"))


def _check_list(file: IO[bytes]) -> None:
    """Refuse an archive with a list of contents so long that reading the list alone would take memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at >= 0 and len(tail) >= at + 22 and int.from_bytes(tail[at + 12 : at + 16], "little") > _LARGEST_LIST:
        raise ReadError(_BOMB)


def _text_of(archive: zipfile.ZipFile) -> Iterator[str]:
    """The main part in pieces. Its size is looked at before it is unpacked, and no more is unpacked than that."""
    if _DOCUMENT not in archive.namelist():
        raise ReadError(_OTHER)
    info = archive.getinfo(_DOCUMENT)
    if info.file_size > _LARGEST or (
        info.file_size > _SMALL and info.file_size > _SQUEEZED * max(1, info.compress_size)
    ):
        raise ReadError(_BOMB)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ReadError(_DAMAGED)
    problem = ""
    try:
        with archive.open(info) as part:
            yield from _decoded(part)
    except _FAILURES:
        problem = _DAMAGED
    if problem:
        raise ReadError(problem)


def _decoded(part: IO[bytes]) -> Iterator[str]:
    chunk = part.read(_CHUNK)
    wide = chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")("strict")
    while chunk:
        yield decoder.decode(chunk)
        chunk = part.read(_CHUNK)
    yield decoder.decode(b"", final=True)


@dataclass
class _Level:
    """What is open: the document, a cell or a text box. Paragraphs that are whole, and the words of the one that is not."""

    whole: list[Paragraph] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def read_blocks(pieces: Iterable[str]) -> Iterator[Paragraph]:
    """The paragraphs and the rows of tables in a document, in order; a line break makes a paragraph, too."""
    return _Reader().blocks(pieces)


class _Reader:
    """Takes in the tags of a document."""

    def __init__(self) -> None:
        self._levels = [_Level()]
        self._rows: list[list[str]] = []
        self._skipping = 0

    def blocks(self, pieces: Iterable[str]) -> Iterator[Paragraph]:
        """The paragraphs and rows, as soon as they are whole."""
        prefix = ""
        for n, tag in enumerate(Markup(pieces)):
            space, _, name = tag.name.rpartition(":")
            prefix = prefix if n else space
            if n == 0 and name != "document":
                raise ReadError(_OTHER)
            # What older programs are to show in place of a text box would come twice.
            if name == "Fallback" or self._skipping:
                self._skipping += -1 if tag.closing else 1
            elif space == prefix and tag.closing:
                self._close(name, tag.text)
            elif space == prefix:
                self._open(name)
            yield from self._levels[0].whole
            self._levels[0].whole.clear()

    def _open(self, name: str) -> None:
        if name in ("tc", "txbxContent"):
            self._levels.append(_Level())
        elif name == "tr":
            self._rows.append([])

    def _close(self, name: str, text: str) -> None:
        level = self._levels[-1]
        if name == "t" or name in _MARKS:
            level.words.append(_MARKS.get(name, text))
        elif name == "p":
            level.whole.extend(Paragraph(line) for line in "".join(level.words).split("\n"))
            level.words.clear()
        elif name == "txbxContent":
            self._levels.pop()
            self._levels[-1].whole += level.whole
        elif name == "tc" and self._rows:
            self._levels.pop()
            self._rows[-1].append("\n".join(block.text or "\t".join(block.cells) for block in level.whole))
        elif name == "tr":
            level.whole.extend(_row(self._rows.pop()))


def _row(cells: list[str]) -> Iterator[Paragraph]:
    """A row of a table. One of a single cell is layout, and the same as the paragraphs in it."""
    if len(cells) > 1:
        yield Paragraph(cells=tuple(cells))
    else:
        yield from (Paragraph(line) for cell in cells for line in cell.split("\n"))

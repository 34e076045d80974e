"""XML read element by element: of any size, and never more than what stands in the file.

Every XML bomb needs a document type of its own, endless nesting, or one part without end; all three are refused where
they begin. Attached files, written out as base64, are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.parsers import expat

from relcomm.errors import ReadError

_DEEPEST = 32
_MOST_ATTRIBUTES = 256
_LONGEST = 1 << 19
_LEAST_DATA = 512
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n"
_DATA = re.compile(rf'(\sdata=")[A-Za-z0-9+/=\r\n]{{{_LEAST_DATA},}}')
_DATA_OPENS = ' data="'
_REFERENCES = re.compile(r"(?:&#(?:[0-9]{1,7}|x[0-9A-Fa-f]{1,6});)+")
_NUMBER = re.compile(r"&#(x?)([0-9A-Fa-f]+);")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_OTHER = "\ufffd"


class Tag(NamedTuple):
    """An opening tag with its attributes, or a closing one; the line it stands in, and the text since the tag before."""

    name: str
    attributes: dict[str, str]
    closing: bool
    line: int
    text: str = ""


class Markup:
    """The tags of an XML document, in order. ``replaced`` counts the characters that are none in XML."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self.replaced = 0
        self._pieces = pieces
        self._found: list[Tag] = []
        self._depth = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._text: list[str] = []
        self._parser.CharacterDataHandler = self._text.append
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse

    def __iter__(self) -> Iterator[Tag]:
        for piece in self._whole_tags():
            yield from self._parse(self._mended(piece))
        yield from self._parse("", last=True)

    def _parse(self, piece: str, *, last: bool = False) -> list[Tag]:
        problem = ""
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError as error:
            problem = f"this is not well-formed XML ({expat.ErrorString(error.code)}); copy or export the file again"
        if problem:
            raise ReadError(problem, line=self._parser.ErrorLineNumber)
        found, self._found = self._found, []
        return found

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST or len(attributes) > _MOST_ATTRIBUTES:
            problem = "the elements are nested too deeply, or have too many attributes, to be a transcript; export the chat again"
            raise ReadError(problem, line=self._parser.CurrentLineNumber)
        self._found.append(Tag(name, attributes, False, self._parser.CurrentLineNumber, self._said()))

    def _close(self, name: str) -> None:
        self._depth -= 1
        self._found.append(Tag(name, {}, True, self._parser.CurrentLineNumber, self._said()))

    def _said(self) -> str:
        text = "".join(self._text)
        self._text.clear()
        return text

    def _refuse(self, *_: object) -> None:
        problem = "this XML brings its own document type, which no transcript needs and a harmful file does; it is not read: export the chat again"
        raise ReadError(problem, line=self._parser.CurrentLineNumber)

    def _mended(self, piece: str) -> str:
        """The piece with its references to halves of a character joined, and what is no character replaced."""
        if "&#" in piece:
            piece = _REFERENCES.sub(self._join, piece)
        piece, replaced = _NO_XML.subn(_OTHER, piece)
        self.replaced += replaced
        return piece

    def _join(self, match: re.Match[str]) -> str:
        codes = [int(number, 16 if hexadecimal else 10) for hexadecimal, number in _NUMBER.findall(match[0])]
        text = "".join(chr(code) if code <= 0x10FFFF else "\x00" for code in codes)
        if not _NO_XML.search(text):
            return match[0]
        # Two halves in a row are one character.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        text = _NO_XML.sub(_OTHER, text)
        self.replaced += text.count(_OTHER) - codes.count(ord(_OTHER))
        return "".join(f"&#{ord(character)};" for character in text)

    def _whole_tags(self) -> Iterator[str]:
        """The document in pieces that end behind a tag, without attached files.

        Expat would read a part without end anew with each piece.
        """
        held: list[str] = []
        size = 0
        in_data = False
        for given in self._pieces:
            piece = given.lstrip(_BASE64) if in_data else given
            in_data = in_data and not piece
            if in_data:
                continue
            held.append(piece)
            size += len(piece)
            cut = piece.rfind(">") + 1
            if cut:
                held[-1] = piece[:cut]
                yield _DATA.sub(r"\1", "".join(held))
                held, size = [piece[cut:]], len(piece) - cut
            text = "".join(held)
            start = text.rfind(_DATA_OPENS)
            if start >= 0 and size - start > _LEAST_DATA and not text[start + len(_DATA_OPENS) :].strip(_BASE64):
                in_data = True
                text = text[: start + len(_DATA_OPENS)]
            held, size = [text], len(text)
            if size > _LONGEST:
                problem = (
                    "one part of this XML is too long to be a message; export the chat again, without attached files"
                )
                # It begins behind the last whole tag, where the parser stands.
                raise ReadError(problem, line=self._parser.CurrentLineNumber)
        yield "".join(held)

"""Words into word pieces: the uncased BERT vocabulary, read the way the pretrained encoders learnt it.

Own code because the library that does this brings a hub client and fifteen packages with it
(docs/decisions.md); `tests/test_wordpiece.py` holds it to figures taken from that library.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from relcomm.errors import ModelError

_PIECE_OF_TEXT = re.compile(r"[^\W_]+|[^\w\s]|_")
_LONGEST_WORD = 100


class WordPiece:
    """A vocabulary and its greedy longest-match-first tokeniser.

    ``vocabulary`` is the list of pieces in the order of their ids; ``unknown`` the piece for what is not in it.
    Symbols outside the vocabulary (emoji) are read as their Unicode names, in words.

    >>> WordPiece(["[UNK]", "fine", "un", "##kind"], unknown="[UNK]").ids("Unkind? Fine")
    [2, 3, 0, 1]
    """

    def __init__(self, vocabulary: Sequence[str], *, unknown: str) -> None:
        self._id: Mapping[str, int] = {piece: n for n, piece in enumerate(vocabulary)}
        self._unknown = self.id_of(unknown)
        # Bounded, and in memory only: it holds single words, never a text.
        self._word = lru_cache(maxsize=16_384)(self._pieces)

    def __len__(self) -> int:
        return len(self._id)

    def __contains__(self, piece: str) -> bool:
        return piece in self._id

    def id_of(self, piece: str) -> int:
        """The id of a piece. Raises `ModelError` if the vocabulary lacks it."""
        try:
            return self._id[piece]
        except KeyError:
            raise ModelError(f"the vocabulary has no {piece!r}: it is not one this model was trained with") from None

    def ids(self, text: str) -> list[int]:
        """The ids of a clean text's pieces, in order."""
        return [n for word in _PIECE_OF_TEXT.findall(text.lower()) for n in self._word(word)]

    def _pieces(self, word: str) -> tuple[int, ...]:
        if word in self._id:
            return (self._id[word],)
        if len(word) == 1 and not word.isascii() and not word.isalnum():
            name = unicodedata.name(word, "").lower()
            return tuple(n for part in _PIECE_OF_TEXT.findall(name) for n in self._pieces(part)) or (self._unknown,)
        if len(word) > _LONGEST_WORD:
            return (self._unknown,)
        return self._longest_first(word)

    def _longest_first(self, word: str) -> tuple[int, ...]:
        found: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = self._id.get(("##" if start else "") + word[start:end])
                if piece is not None:
                    break
            else:
                return (self._unknown,)
            found.append(piece)
            start = end
        return tuple(found)

"""Runs of words and of characters, hashed into sparse rows, a whole batch at a time.

scikit-learn's ``HashingVectorizer`` goes through its texts and runs one by one in Python, a few thousand turns a second;
this does the same with arrays, some fifty thousand (``benchmarks/label.py`` prints what is left of that end to end).
A text's row does not depend on the other texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

# Odd numbers with ones in all places; products wrap at 64 bits, and the upper bits of the last one are the column.
_STEP, _LAST = 0xD1342543DE82EF95, 0x9E3779B97F4A7C15


def words(texts: Sequence[str], pattern: re.Pattern[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """A number for each word of all texts, in order, and how many words each text has."""
    import numpy as np

    found = [pattern.findall(text) for text in texts]
    numbers = [crc32(word.encode("utf-8", "replace")) for each in found for word in each]
    return np.array(numbers, dtype=np.uint64), np.array([len(each) for each in found], dtype=np.int64)


def characters(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """A number for each byte of all texts, with a space before and after each text, and how many each has."""
    import numpy as np

    spaced = [f" {text} ".encode("utf-8", "replace") if text else b"" for text in texts]
    numbers = np.frombuffer(b"".join(spaced), dtype=np.uint8).astype(np.uint64)
    return numbers, np.array([len(each) for each in spaced], dtype=np.int64)


def hashed(numbers: NDArray[np.uint64], lengths: NDArray[np.int64], *, runs: Sequence[int], bits: int) -> csr_matrix:
    """The runs of each text as a row of length 1, or 0 where it has none: ``(texts, 2**bits)`` float32.

    ``numbers`` are those of all texts one after another, ``lengths`` how many each text has, ``runs`` how many
    neighbours make a run.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    texts = np.repeat(np.arange(len(lengths)), lengths)
    ends = np.cumsum(lengths)[texts]
    at = np.arange(len(numbers))
    mixed = np.zeros_like(numbers)
    columns, owners = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)]
    for run in range(1, max(runs) + 1):
        inside = at + run <= ends
        last = numbers[np.where(inside, at + run - 1, at)]
        mixed = (mixed ^ last) * np.uint64(_STEP) + np.uint64(run)
        if run in runs:
            columns.append((mixed[inside] * np.uint64(_LAST)) >> np.uint64(64 - bits))
            owners.append(texts[inside])
    # What comes up twice counts once: one number for text and column, each kept once, in order. (By np.unique, which
    # makes a table first, a sixth fewer turns a second came through from end to end.)
    key = np.sort((np.concatenate(owners).astype(np.uint64) << np.uint64(bits)) | np.concatenate(columns))
    key = key[np.concatenate([key[:1] == key[:1], key[1:] != key[:-1]])]
    column = (key & np.uint64(2**bits - 1)).astype(np.int32)
    count = np.bincount((key >> np.uint64(bits)).astype(np.int64), minlength=len(lengths))
    values = np.repeat(1 / np.sqrt(np.maximum(count, 1)), count).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    return csr_matrix((values, column, starts), shape=(len(lengths), 2**bits))

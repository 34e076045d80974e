"""What can go wrong, as a tree.

::

    RelcommError
    ├── InputError (ValueError)       a text, context or conversation of the wrong kind
    │   └── ReadError                 a transcript that cannot be read; knows its file and line
    ├── LabelError (ValueError)       a label file that breaks the rules for label files
    ├── ModelError (ValueError)       a model folder that is missing, damaged or does not fit
    ├── TrainingError (ValueError)    labelled data that cannot be trained or measured on
    └── MissingExtraError (ImportError)   an optional library is absent; names the pip line

A message says what, where and what to do, and never repeats a person's text.
"""

from __future__ import annotations

import traceback


class RelcommError(Exception):
    """Anything relcomm raises on purpose."""


class InputError(RelcommError, ValueError):
    """A text, a context or a conversation is not of the kind that was asked for."""


class ReadError(InputError):
    """A transcript cannot be read. ``source`` and ``line`` say where, where that is known."""

    def __init__(self, problem: str, *, source: str = "", line: int | None = None) -> None:
        self.problem = problem
        self.source = source
        self.line = line
        where = ", ".join([source] * bool(source) + [f"line {line}"] * (line is not None))
        super().__init__(f"{where}: {problem}" if where else problem)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_read_error, (self.problem, self.source, self.line)


def _rebuild_read_error(problem: str, source: str, line: int | None) -> ReadError:
    return ReadError(problem, source=source, line=line)


class LabelError(RelcommError, ValueError):
    """A label file breaks the rules for label files."""


class ModelError(RelcommError, ValueError):
    """A model folder is missing, damaged, or does not fit this version of relcomm."""


class TrainingError(RelcommError, ValueError):
    """Labelled data cannot be trained or measured on."""


class MissingExtraError(RelcommError, ImportError):
    """An optional library is not installed. The message is the pip line to type."""

    def __init__(self, library: str, extra: str) -> None:
        self.library = library
        self.extra = extra
        super().__init__(f"this needs {library}: pip install 'relcomm[{extra}]'")

    def __reduce__(self) -> tuple[object, ...]:
        return MissingExtraError, (self.library, self.extra)


def place_of(error: BaseException) -> str:
    """Where an error that nobody foresaw came up, innermost first: all that may be told of it.

    Its message, its arguments and the lines of its traceback may hold what somebody wrote.
    """
    frames = reversed(traceback.extract_tb(error.__traceback__)[-4:])
    places = [f"{frame.filename.replace(chr(92), '/').rpartition('/')[2]}:{frame.lineno}" for frame in frames]
    return " < ".join(places) or "an unknown place"

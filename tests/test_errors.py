"""Errors are ours and the built-in ones too, say where, and travel between processes."""

from __future__ import annotations

import copy
import pickle
import sys
from functools import partial

import pytest

from relcomm import errors
from relcomm.errors import (
    InputError,
    LabelError,
    MissingExtraError,
    ModelError,
    ReadError,
    RelcommError,
    TrainingError,
)
from relcomm.training import finetune

TREE = {
    InputError: {RelcommError, ValueError},
    ReadError: {InputError},
    LabelError: {RelcommError, ValueError},
    ModelError: {RelcommError, ValueError},
    TrainingError: {RelcommError, ValueError},
    MissingExtraError: {RelcommError, ImportError},
}
READ = {
    "nothing known": (ReadError("no line has a speaker"), "no line has a speaker"),
    "a file": (ReadError("no line has a speaker", source="talk.txt"), "talk.txt: no line has a speaker"),
    "a line": (ReadError("no date", source="talk.txt", line=3), "talk.txt, line 3: no date"),
    "the first line by number": (ReadError("no date", source="talk.txt", line=0), "talk.txt, line 0: no date"),
}
MADE = [
    RelcommError("what, where, what to do"),
    InputError("what"),
    ReadError("no date", source="talk.txt", line=3),
    ReadError("no date"),
    LabelError("what"),
    ModelError("what"),
    TrainingError("what"),
    MissingExtraError("torch", "train"),
]


def test_the_tree_is_whole() -> None:
    defined = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)}
    assert defined == {RelcommError, *TREE}
    assert RelcommError.__bases__ == (Exception,)
    assert {error: set(error.__bases__) for error in TREE} == TREE


@pytest.mark.parametrize("error", [RelcommError, *TREE], ids=lambda error: error.__name__)
def test_the_tree_is_drawn(error: type[Exception]) -> None:
    assert errors.__doc__ is not None
    bases = [base.__name__ for base in error.__bases__ if base.__module__ == "builtins" and base is not Exception]
    drawn = f"{error.__name__} ({bases[0]})" if bases else error.__name__
    assert drawn in errors.__doc__


@pytest.mark.parametrize(("error", "message"), READ.values(), ids=READ)
def test_where_a_transcript_fails(error: ReadError, message: str) -> None:
    assert str(error) == message


def test_a_missing_library_names_the_line_to_type() -> None:
    error = MissingExtraError("torch", "train")
    assert str(error) == "this needs torch: pip install 'relcomm[train]'"
    assert (error.library, error.extra) == ("torch", "train")


# What of training needs a library that does not come with relcomm.
LIBRARIES = {name: partial(finetune.library, name) for name in ("torch", "transformers", "onnx")}


@pytest.mark.parametrize("name", LIBRARIES)
def test_what_is_missing_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=name) as caught:
        LIBRARIES[name]()
    assert (caught.value.library, caught.value.extra) == (name, "train")


@pytest.mark.parametrize("error", MADE, ids=repr)
def test_errors_travel(error: RelcommError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)

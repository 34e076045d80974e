"""JSON lines: an answer a line, in order, as they come, and never a word of what could not be read."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.analyzer import Analyzer
from relcomm.errors import ReadError
from relcomm.types import Prediction, Turn
from relcomm.wire import HELD, answers

PATIENCE = 20.0
"""Seconds after which a thread that should have gone on is given up; reached only by a failing test."""


class Echo:
    """Stands for an analyser: each prediction tells in its flags what turn it was made of."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def label_batch(self, turns: Sequence[Turn]) -> list[Prediction]:
        self.batches.append(len(turns))
        return [
            Prediction((), {}, flags=(t.utterance.text, t.utterance.speaker, *(c.text for c in t.context)))
            for t in turns
        ]


def ask(lines: Any, echo: Echo | None = None) -> Iterator[dict[str, Any]]:
    return answers(cast("Analyzer", echo or Echo()), lines)


def line(**asked: Any) -> bytes:
    return json.dumps(asked).encode() + b"\n"


def test_one_answer_a_line_in_order() -> None:
    found = list(ask(line(id=n, text=f"turn {n}") for n in range(3 * HELD + 7)))
    assert [answer["id"] for answer in found] == list(range(3 * HELD + 7))
    assert [answer["flags"][0] for answer in found] == [f"turn {n}" for n in range(3 * HELD + 7)]


def test_an_answer_is_the_prediction() -> None:
    assert list(ask([line(text="you")])) == [Prediction((), {}, flags=("you", "")).to_dict()]


def test_the_turn_is_what_was_asked() -> None:
    context = [{"speaker": "Ann", "text": "one"}, {"text": "two", "speaker": None, "more": 1}]
    (answer,) = ask([line(text="three", speaker="Ben", context=context, more=[])])
    assert answer["flags"] == ["three", "Ben", "one", "two"]


@pytest.mark.parametrize("asked", [{"context": None}, {"context": []}, {"speaker": None}, {"speaker": ""}, {}], ids=str)
def test_what_may_be_left_out(asked: dict[str, Any]) -> None:
    (answer,) = ask([line(text="you", **asked)])
    assert answer["flags"] == ["you", ""]


@pytest.mark.parametrize("text", ["", "\ud800 \udfff", "\x00", "\u2028\u2029", "🙄"], ids=ascii)
def test_any_text_is_read(text: str) -> None:
    (answer,) = ask([line(text=text)])
    assert answer["flags"][0] == text
    assert json.loads(json.dumps(answer)) == answer


def test_a_byte_order_mark_is_no_part_of_the_line() -> None:
    (answer,) = ask([b"\xef\xbb\xbf" + line(text="you")])
    assert answer["flags"][0] == "you"


IDS = [None, True, 0, -1.5, 10**40, "", "\ud800", [], [1, [2]], {}, {"a": [None]}]


@pytest.mark.parametrize("given_id", IDS, ids=repr)
def test_the_id_comes_back(given_id: Any) -> None:
    right, wrong = ask([line(id=given_id, text="you"), line(id=given_id, text=7)])
    for answer in (right, wrong):
        assert answer["id"] == given_id
        assert type(answer["id"]) is type(given_id)
        assert next(iter(answer)) == "id"


def test_no_id_no_id() -> None:
    assert not [answer for answer in ask([line(text="you"), line(text=7), b"{"]) if "id" in answer]


def test_blank_lines_are_skipped_but_counted() -> None:
    found = list(ask([b"\n", line(text="you"), b"  \r\n", b"", b"\t", b"quince\n"]))
    assert len(found) == 2
    assert found[1]["error"]["line"] == 6
    assert list(ask([b"\n", b" \n"])) == list(ask([])) == []


# Not one of these words may come back.
WORD = "quince"
TEXT = "'text', a string"
DIGITS = "a number has too many digits to be read; put it in quotes"
BEYOND = "'id' holds a number that cannot be given back (NaN, or beyond 1e308); put it in quotes"
WRONG: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"quince", "not valid JSON in UTF-8 (column 1)"),
    "cut off": (b'{"text": "quince', "not valid JSON in UTF-8 (column 10)"),
    "without its end": (b'{"text": "quince"', "not valid JSON in UTF-8 (column 18)"),
    "without its end, with a return": (b'{"text": "quince" \r', "not valid JSON in UTF-8 (column 18)"),
    "two in a line": (b'{"text": "quince"} {"text": "quince"}', "not valid JSON in UTF-8 (column 20)"),
    "not UTF-8": (b'{"text": "quince \xff"}', "not valid JSON in UTF-8"),
    "UTF-16": ('{"text": "quince"}'.encode("utf-16"), "not valid JSON in UTF-8"),
    "a surrogate in bytes": (b'{"text": "quince \xed\xa0\x80"}', "not valid JSON in UTF-8"),
    "a control in a string": (b'{"text": "quince\x01"}', "not valid JSON in UTF-8 (column 17)"),
    "nested deeply": (b'{"text": "quince", "more": ' + b"[" * 200_000, "nested too deeply"),
    "an id nested deeply": (b'{"text": "quince", "id": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
    "too long a number": (b'{"text": "quince", "more": ' + b"9" * 5000 + b"}", DIGITS),
    "too long an id": (b'{"text": "quince", "id": ' + b"9" * 5000 + b"}", DIGITS),
    "an id that is no number": (b'{"text": "quince", "id": NaN}', BEYOND),
    "an id beyond numbers": (b'{"text": "quince", "id": [1e400]}', BEYOND),
    "a text": (b'"quince"', 'a line must be a JSON object such as {"text": "..."}'),
    "a list": (b'["quince"]', 'a line must be a JSON object such as {"text": "..."}'),
    "nothing": (b"null", 'a line must be a JSON object such as {"text": "..."}'),
    "no text": (b'{"txet": "quince"}', f"the line needs {TEXT}"),
    "text of another kind": (b'{"text": ["quince"]}', f"the line needs {TEXT}"),
    "speaker of another kind": (b'{"text": "quince", "speaker": ["quince"]}', "'speaker' of the line must be a string"),
    "context of another kind": (b'{"text": "a", "context": "quince"}',
                                "'context' must be a list of objects with 'text' and 'speaker', oldest first"),
    "context of texts": (b'{"text": "a", "context": ["quince"]}', f"a context entry needs {TEXT}"),
    "context without text": (b'{"text": "a", "context": [{"speaker": "quince"}]}', f"a context entry needs {TEXT}"),
    "context with a strange speaker": (b'{"text": "a", "context": [{"text": "quince", "speaker": 7}]}',
                                       "'speaker' of a context entry must be a string"),
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "problem"), WRONG.values(), ids=WRONG)
def test_a_line_that_cannot_be_read(wrong: bytes, problem: str) -> None:
    before, answer, after = ask([line(text="before"), wrong + b"\n", line(text="after")])
    assert answer == {"error": {"line": 2, "problem": problem}}
    assert (before["flags"][0], after["flags"][0]) == ("before", "after")
    assert WORD not in str(answer)


@given(st.lists(st.one_of(
    st.binary(max_size=20).map(lambda b: b.replace(b"\n", b"")),
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["text", "speaker", "context", "id", "more"]), inner, max_size=5), max_leaves=8).map(lambda v: json.dumps(v).encode()),
), max_size=8))  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_any_lines(lines: list[bytes]) -> None:
    found = list(ask(lines))
    assert len(found) == sum(bool(one.strip()) for one in lines)
    assert all(("error" in answer) != ("labels" in answer) for answer in found)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_answers_come_before_the_input_ends() -> None:
    asked, answered = threading.Semaphore(0), []

    def lines() -> Iterator[bytes]:
        for n in range(3):
            assert asked.acquire(timeout=PATIENCE), "the line before was not answered"
            yield line(id=n, text="you")

    asked.release()
    for answer in ask(lines()):
        answered.append(answer["id"])
        asked.release()
    assert answered == [0, 1, 2]


def test_what_has_arrived_is_answered_together() -> None:
    echo, arrived = Echo(), threading.Event()

    def lines() -> Iterator[bytes]:
        yield line(text="first")
        yield from [line(text="more")] * (HELD - 1)
        arrived.set()

    found = ask(lines(), echo)
    next(found)
    assert arrived.wait(PATIENCE)
    assert len(list(found)) == HELD - 1
    assert sum(echo.batches) == HELD
    assert len(echo.batches) <= 3


def test_little_is_read_ahead() -> None:
    taken = 0

    def lines() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield line(text="you")

    echo = Echo()
    found = ask(lines(), echo)
    for _ in range(5):
        next(found)
    assert max(echo.batches) <= HELD
    # Four answered, one batch in work, one less a line in the queue, one line in the reader's hand.
    assert taken <= 4 + 2 * HELD
    found.close()


class Broken(Exception):
    """What a source of lines may raise."""


@pytest.mark.parametrize("error", [Broken("torn"), KeyboardInterrupt()], ids=repr)
def test_an_error_of_the_source_is_raised_where_the_answers_are(error: BaseException) -> None:
    def lines() -> Iterator[bytes]:
        yield line(text="before")
        raise error

    found = ask(lines())
    assert next(found)["flags"][0] == "before"
    with pytest.raises(type(error)) as caught:
        next(found)
    assert caught.value is error


def test_an_error_of_the_analyser_is_raised_and_the_reader_ends() -> None:
    class Failing(Echo):
        def label_batch(self, turns: Sequence[Turn]) -> list[Prediction]:
            raise Broken

    def fail(lines: Iterator[bytes]) -> None:
        with pytest.raises(Broken):
            next(ask(lines, Failing()))

    assert not ending(fail).is_alive()


def test_the_reader_ends_when_nobody_asks_any_more() -> None:
    def stop(lines: Iterator[bytes]) -> None:
        found = ask(lines)
        next(found)
        found.close()

    assert not ending(stop).is_alive()


def ending(use: Callable[[Iterator[bytes]], object]) -> threading.Thread:
    """The thread that read lines without end for ``use``, after it had time to stop."""
    readers: list[threading.Thread] = []

    def lines() -> Iterator[bytes]:
        readers.append(threading.current_thread())
        while True:
            yield line(text="you")

    use(lines())
    assert readers[0] is not threading.current_thread()
    readers[0].join(PATIENCE)
    return readers[0]


def test_input_that_fails_is_told_without_what_was_read() -> None:
    def lines() -> Iterator[bytes]:
        yield line(text="you")
        raise OSError(5, "Input/output error", "quince")

    with pytest.raises(ReadError, match="Input/output error") as caught:
        list(ask(lines()))
    assert "quince" not in str(caught.value)

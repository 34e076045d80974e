"""relcomm as tools for an assistant: they answer as the Python functions do, and say who else sees the text."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
from typing import Any

import pytest

from command import CANARY, HURTS, PATIENCE, start
from relcomm.analyzer import Analyzer
from relcomm.errors import InputError
from relcomm.integrations.mcp import LONGEST, MOST_TURNS, server_of, tools_of
from relcomm.types import Utterance

TALK = f"Ann: Did you pay the rent?\nBen: {HURTS}\nAnn: It's not my fault."


def test_what_the_tools_answer(ngram: Analyzer) -> None:
    tools = tools_of(ngram)
    before = [Utterance("You never rang.", "Ben")]
    thread = "Ben: You never rang."
    told = tools["label"].call({"text": "It's not my fault.", "thread": thread, "speaker": "Ann"})
    assert told == ngram.classify("It's not my fault.", context=before, speaker="Ann").to_dict()
    told = tools["check"].call({"draft": HURTS, "thread": thread, "me": "Ann"})
    assert told["advice"] == [each.to_dict() for each in ngram.check(HURTS, context=before, speaker="Ann")]
    assert told["advice"]
    assert tools["check"].call({"draft": "Dinner is at seven."}) == {"advice": []}


def test_an_analysis_repeats_no_text(ngram: Analyzer) -> None:
    told = tools_of(ngram)["analyze"].call({"transcript": TALK, "format": "name_text", "me": "Ben"})
    assert [turn["turn"] for turn in told["turns"]] == [1, 2, 3]
    assert "criticism" in told["turns"][1]["labels"]
    assert told["my_side"]
    assert HURTS not in json.dumps(told)


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing": ("label", {}),
    "a number": ("label", {"text": 5}),
    "an argument of one's own": ("label", {"text": CANARY, CANARY: CANARY}),
    "no transcript": ("analyze", {"transcript": f"{CANARY} and more of it"}),
    "no such format": ("analyze", {"transcript": TALK, "format": CANARY}),
    "nobody of that name": ("analyze", {"transcript": TALK, "me": CANARY}),
    "too many turns": ("analyze", {"transcript": f"Ann: {CANARY}\n" * (MOST_TURNS + 1), "format": "name_text"}),
    "too long": ("label", {"text": CANARY * (LONGEST // 6 + 1)}),
    "an empty draft": ("check", {"draft": " "}),
    "a thread that is none": ("check", {"draft": CANARY, "thread": CANARY}),
}


@pytest.mark.parametrize(("name", "given"), WRONG.values(), ids=WRONG)
def test_wrong_arguments(ngram: Analyzer, name: str, given: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        tools_of(ngram)[name].call(given)
    assert CANARY not in str(caught.value)


class Broken(Analyzer):
    """An analyser with an error of its own, which quotes what it was given."""

    def label_batch(self, turns: Any) -> Any:
        """Fail."""
        raise RuntimeError(repr([turn.utterance.text for turn in turns]))


def test_through_the_sdk(ngram: Analyzer, caplog: pytest.LogCaptureFixture) -> None:
    mcp = pytest.importorskip("mcp", reason="relcomm[mcp] is not installed")
    caplog.set_level(logging.DEBUG)

    async def talk() -> None:
        async with mcp.Client(server_of(tools_of(ngram))) as client:
            listed = (await client.list_tools()).tools
            assert [tool.name for tool in listed] == ["label", "analyze", "check"]
            for tool in listed:
                assert "the company that runs it, see every text" in tool.description
                assert tool.annotations.read_only_hint
            told = await client.call_tool("check", {"draft": HURTS})
            assert told.structured_content == json.loads(told.content[0].text)
            assert told.structured_content["advice"][0]["label"] == "criticism"
            for name, given in WRONG.values():
                told = await client.call_tool(name, given)
                assert told.is_error
                assert CANARY not in told.content[0].text
            told = await client.call_tool(CANARY, {})
            assert told.is_error
            assert CANARY not in told.content[0].text
        async with mcp.Client(server_of(tools_of(Broken(ngram.model)))) as client:
            told = await client.call_tool("label", {"text": CANARY})
            assert told.content[0].text == "relcomm met an error of its own (RuntimeError)"

    asyncio.run(talk())


def test_over_standard_input_and_output() -> None:
    pytest.importorskip("mcp", reason="relcomm[mcp] is not installed")
    process = start("mcp", "--model", "ngram")
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    sent = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "check", "arguments": {"draft": HURTS}}},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": CANARY, "arguments": {CANARY: CANARY}}},
    ]
    answers = answered(process, sent)
    advice = answers[2]["result"]["structuredContent"]["advice"]
    assert advice[0]["label"] == "criticism"
    assert CANARY not in json.dumps(answers[3])
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert b"see every text they are given" in said
    assert CANARY.encode() not in said
    assert HURTS.encode() not in said


def answered(process: subprocess.Popen[bytes], sent: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """What came back for each number asked under."""
    assert process.stdin
    assert process.stdout
    found: dict[int, dict[str, Any]] = {}
    for message in sent:
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        if "id" in message:
            answer = json.loads(process.stdout.readline())
            found[answer["id"]] = answer
    return found

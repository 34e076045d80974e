"""relcomm as tools for an assistant, by the Model Context Protocol over standard input and output.

The tools answer with labels, places and reasons; they log nothing and store nothing. What the assistant's own model
sees is out of relcomm's hands, and `DISCLOSURE` says so, in every tool's description and on standard error at the start.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from relcomm import __version__
from relcomm.analyzer import Analyzer
from relcomm.errors import InputError, MissingExtraError
from relcomm.help import helplines
from relcomm.integrations.disclosure import DISCLOSURE
from relcomm.readers import read
from relcomm.safety import LABEL, where_to_turn
from relcomm.text import clean
from relcomm.types import Utterance

LONGEST = 1_000_000
"""Characters that a tool takes in one call."""
MOST_TURNS = 2000
_WARNING = f"Privacy: {DISCLOSURE} No label, and no absence of one, says that a person is safe.".replace("\n", " ")
_THREAD = "what was said before it, oldest first: `Name: text` lines, or another transcript"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what it does, its arguments with what each is, how many of them must be there, and what answers."""

    does: str
    takes: Mapping[str, str]
    needs: int
    answer: Callable[..., dict[str, Any]]

    def schema(self) -> dict[str, Any]:
        """The arguments as JSON Schema."""
        fields = {name: {"type": "string", "description": what} for name, what in self.takes.items()}
        required = list(self.takes)[: self.needs]
        return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}

    def call(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The answer. Raises `InputError`, which repeats nothing that was given."""
        required = list(self.takes)[: self.needs]
        if not set(required) <= set(given) <= set(self.takes):
            raise InputError(f"this tool takes {', '.join(self.takes)}; needed: {', '.join(required)}")
        if not all(isinstance(value, str) for value in given.values()):
            raise InputError("every argument must be a string")
        if sum(map(len, given.values())) > LONGEST:
            raise InputError(f"more than {LONGEST:,} characters; give a part of them")
        return self.answer(**given)


def tools_of(analyzer: Analyzer) -> dict[str, Tool]:
    """The tools by name, answered by this analyser."""

    def label(text: str, thread: str = "", speaker: str = "") -> dict[str, Any]:
        seen = analyzer.classify(text, context=_said(thread), speaker=speaker)
        # Read for every turn: of a damaged file nobody should learn only when it is needed.
        help_lines = where_to_turn(helplines())
        return seen.to_dict() | ({"help": help_lines} if LABEL in (*seen.labels, *seen.unsure) else {})

    def analyze(transcript: str, format: str = "", me: str = "") -> dict[str, Any]:  # noqa: A002
        conversation = read(io.StringIO(transcript), format=format or None)
        if len(conversation) > MOST_TURNS:
            raise InputError(
                f"{len(conversation):,} turns are more than the {MOST_TURNS:,} this tool reads; give a part"
            )
        told = analyzer.analyze(conversation, me=me).to_dict()
        left_out = ("text", "scores", "id", "time")
        turns = [{key: turn[key] for key in turn if key not in left_out} for turn in told["turns"]]
        return told | {"turns": turns}

    def check(draft: str, thread: str = "", me: str = "") -> dict[str, Any]:
        if not clean(draft).text.strip():
            raise InputError("the message holds no text")
        return {"advice": [advice.to_dict() for advice in analyzer.check(draft, context=_said(thread), speaker=me)]}

    return {
        "label": Tool(
            "Label what one turn between two people does to the listener: the Four Horsemen, ultimatum, boundary, threat, "
            "pressure, and their healthy counterparts, with probabilities. Spans are characters of `text`.",
            {"text": "the turn", "thread": _THREAD, "speaker": "who says it, as named in the thread"},
            1,
            label,
        ),
        "analyze": Tool(
            "Analyse a conversation of two people: labels by the number of the turn, rates with intervals, patterns between "
            "the two. The turns' texts are not repeated. It describes language: make no verdict on anybody of it.",
            {
                "transcript": "`Name: text` lines, or the text of an export of WhatsApp, Telegram and others",
                "format": "how to read it, where it says that it cannot tell, such as whatsapp:dmy",
                "me": "whose own side to look at, too, named as in the transcript",
            },
            1,
            analyze,
        ),
        "check": Tool(
            "Look at a message before it is sent: which words are likely to land badly, why, and ways to say it instead; "
            "square brackets are for the writer to fill. An empty list is no all-clear.",
            {"draft": "the message", "thread": _THREAD, "me": "who is writing, as named in the thread"},
            1,
            check,
        ),
    }


def serve(load: Callable[[], Analyzer]) -> None:
    """Answer an assistant over standard input and output until it goes. Raises `MissingExtraError`."""
    try:
        from mcp.server.stdio import stdio_server
    except ImportError:
        raise MissingExtraError("mcp", "mcp") from None
    # Its log holds tracebacks, and those what somebody wrote.
    logging.getLogger("mcp").setLevel(logging.CRITICAL + 1)
    if sys.stderr is not None:
        print(f"relcomm: {DISCLOSURE}", file=sys.stderr, flush=True)
    server = server_of(tools_of(load()))

    async def run() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    asyncio.run(run())


def server_of(tools: Mapping[str, Tool]) -> Any:
    """The tools as a server of the official SDK, which checks no argument itself: its errors would repeat them."""
    from mcp.server.lowlevel import Server
    from mcp_types import CallToolResult, ListToolsResult, TextContent, ToolAnnotations
    from mcp_types import Tool as Described

    quiet = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

    async def listed(*_: Any) -> ListToolsResult:
        described = [
            Described(name=name, description=f"{tool.does} {_WARNING}", input_schema=tool.schema(), annotations=quiet)
            for name, tool in tools.items()
        ]
        return ListToolsResult(tools=described)

    async def called(_: Any, asked: Any) -> CallToolResult:
        told, failed = await asyncio.to_thread(_called, tools.get(asked.name), asked.arguments or {})
        text = told if isinstance(told, str) else json.dumps(told)
        answer = None if isinstance(told, str) else told
        return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=answer, is_error=failed)

    return Server("relcomm", version=__version__, instructions=_WARNING, on_list_tools=listed, on_call_tool=called)


def _called(tool: Tool | None, given: Mapping[str, Any]) -> tuple[dict[str, Any] | str, bool]:
    """The answer or what is wrong, and whether something is."""
    if tool is None:
        return "there is no such tool; there are label, analyze and check", True
    try:
        return tool.call(given), False
    except InputError as error:
        return str(error), True
    except Exception as error:
        return f"relcomm met an error of its own ({type(error).__name__})", True


def _said(thread: str) -> tuple[Utterance, ...]:
    return read(io.StringIO(thread)).utterances if thread.strip() else ()

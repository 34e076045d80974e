"""More calls with a canary: readers and writers as such, reports, and relcomm inside other tools."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from canary import KEYS, LINES, NAME, TALK, TEXT, Case, Scene, all_of, bad, frame, gives, ok
from relcomm import errors, pseudonyms, readers, report, safety, writers
from relcomm import help as helping
from watching import CANARY

BROKEN = replace(TALK, utterances=TALK.utterances[:1])


def framed(scene: Scene, of: Any = None, **options: Any) -> Any:
    """`relcomm.integrations.frame.label` of it."""
    from relcomm.integrations.frame import label

    return label(
        frame() if of is None else of, **{"speaker": "who", "conversation": "chat", "model": "ngram"} | options
    )


def pipeline(**config: Any) -> Any:
    """A spaCy pipeline with relcomm in it."""
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("relcomm", config={"model": "ngram"} | config)
    return nlp


def set_on_doc(name: str, value: Any) -> None:
    """Set one of relcomm's extensions."""
    setattr(pipeline().make_doc(TEXT)._, name, value)


def tool(scene: Scene, name: str, **given: Any) -> Any:
    """What a tool for assistants answers."""
    from relcomm.integrations.mcp import tools_of

    return tools_of(scene.analyzer)[name].call(given)


def through_the_sdk(scene: Scene, name: str, given: dict[str, Any]) -> str:
    """What an assistant is told by a tool."""
    mcp = pytest.importorskip("mcp", reason="relcomm[mcp] is not installed")
    from relcomm.integrations.mcp import server_of, tools_of

    async def ask() -> str:
        async with mcp.Client(server_of(tools_of(scene.analyzer))) as client:
            return str((await client.call_tool(name, given)).content[0].text)

    return asyncio.run(ask())


def written(scene: Scene, content: str, name: str = "own.toml") -> Path:
    """A file that somebody gives."""
    (scene.asked / name).write_text(content, encoding="utf-8")
    return scene.asked / name


def _frames(**options: Any) -> Any:
    from relcomm.integrations.frame import conversations

    return conversations(frame(), **{"speaker": "who", "conversation": "chat"} | options)


def _docs(*, whole: bool = False) -> list[Any]:
    from relcomm.integrations.spacy import conversation_doc, turn_docs

    nlp = pipeline()
    return [nlp(conversation_doc(nlp, TALK))] if whole else list(nlp.pipe(turn_docs(nlp, TALK)))


def _labeller(model: str) -> Any:
    from relcomm.integrations.spark import labeller

    return labeller(model)


def _tools(scene: Scene) -> Any:
    from relcomm.integrations.mcp import tools_of

    return tools_of(scene.analyzer)


CASES: Mapping[str, list[Case]] = {
    # readers and writers; each format has its own test
    "relcomm.readers.stream": ok(lambda s: readers.stream(io.StringIO(LINES)))
    + bad(lambda s: all_of(readers.stream(io.StringIO(TEXT))), lambda s: readers.stream(io.StringIO(TEXT), format=CANARY)),
    "relcomm.readers.Stream": ok(lambda s: readers.stream(io.StringIO(LINES)), lambda s: all_of(readers.stream(io.StringIO(LINES)))),
    "relcomm.readers.Stream.turns": ok(lambda s: all_of(readers.stream(io.StringIO(LINES)).turns())),
    "relcomm.readers.Stream.close": ok(lambda s: readers.stream(io.StringIO(LINES)).close()),
    "relcomm.writers.chosen": bad(
        lambda s: writers.chosen(CANARY), lambda s: writers.chosen(f"{CANARY}.{CANARY}"), lambda s: writers.chosen("a.csv", CANARY),
        lambda s: writers.chosen("a.csv", f"csv:{CANARY}"),
    ),
    "relcomm.writers.formats": ok(lambda s: writers.formats()),
    "relcomm.writers.Page": ok(lambda s: writers.render(s.analysis, "a.csv").remarks),
    "relcomm.writers.render": bad(
        lambda s: writers.render(s.analysis, CANARY),
        lambda s: writers.render(s.analysis, "a.eaf", source=written(s, LINES, "b.eaf")),
    ),
    "relcomm.writers.write": ok(lambda s: writers.write(s.analysis, s.asked / "a.csv"))
    + bad(
        lambda s: writers.write(s.analysis, CANARY),
        lambda s: writers.write(s.analysis, s.asked / "no" / "such" / "a.csv"),
        lambda s: writers.write(s.analysis, s.asked / "a.csv", format=CANARY),
    ),
    # the report
    **{
        f"relcomm.report.{name}": gives(lambda s, f=make: f(s.analysis))
        + bad(lambda s, f=make: f(LINES), lambda s, f=make: f(replace(s.analysis, conversation=BROKEN)))
        for name, make in {"html": report.html, "text": report.text, "notebook": report.notebook}.items()
    },
    "relcomm.pseudonyms.hide_names": ok(lambda s: pseudonyms.hide_names(s.analysis)),
    "relcomm.pseudonyms.hide_in": ok(lambda s: pseudonyms.hide_in(f"{NAME} and Ben", s.analysis)),
    "relcomm.safety.notice": ok(lambda s: safety.notice(TALK, s.analysis.predictions))
    + bad(lambda s: safety.notice(BROKEN, s.analysis.predictions), lambda s: safety.notice(TALK, s.analysis.predictions, helplines_file=CANARY)),
    "relcomm.safety.where_to_turn": ok(lambda s: safety.where_to_turn(helping.helplines())),
    "relcomm.help.Helplines": ok(lambda s: helping.helplines()),
    "relcomm.help.Helplines.briefly": ok(lambda s: helping.helplines().briefly()),
    "relcomm.help.helplines": bad(
        lambda s: helping.helplines(CANARY),
        lambda s: helping.helplines(f"{CANARY}\0"),
        lambda s: helping.helplines(written(s, CANARY)),
        lambda s: helping.helplines(written(s, f"{CANARY} = [1", "1.toml")),
        lambda s: helping.helplines(written(s, f'a = "{CANARY}\\q"', "2.toml")),
        lambda s: helping.helplines(written(s, f"{CANARY} = 1\n{CANARY} = 2", "3.toml")),
        lambda s: helping.helplines(written(s, f"[{CANARY}]\n[{CANARY}]", "5.toml")),
        lambda s: helping.helplines(written(s, f'as_of = "{CANARY}"', "4.toml")),
    ),
    # other tools
    "relcomm.integrations.frame.label": gives(framed, lambda s: framed(s, conversation=True, add=["evidence", "scores"]))
    + bad(
        lambda s: framed(s, text=CANARY),
        lambda s: framed(s, speaker=CANARY),
        lambda s: framed(s, conversation=[CANARY]),
        lambda s: framed(s, time=CANARY),
        lambda s: framed(s, time="text"),
        lambda s: framed(s, add=[CANARY]),
        lambda s: framed(s, add=CANARY),
        lambda s: framed(s, model=CANARY),
        lambda s: framed(s, [KEYS]),
        lambda s: framed(s, TEXT),
        lambda s: framed(s, frame(labels=[CANARY] * 12)),
        lambda s: framed(s, frame(text=[[CANARY]] * 12)),
        lambda s: framed(s, frame(chat=[[CANARY]] * 12)),
    ),
    "relcomm.integrations.frame.conversations": ok(lambda s: all_of(_frames()))
    + bad(lambda s: all_of(_frames(text=CANARY)), lambda s: all_of(_frames(time="who")), lambda s: all_of(_frames(conversation="text", time=CANARY))),
    "relcomm.integrations.spacy.RelcommComponent": ok(lambda s: pipeline().get_pipe("relcomm"))
    + bad(lambda s: set_on_doc("relcomm_speaker", [CANARY]), lambda s: set_on_doc("relcomm_context", CANARY), lambda s: set_on_doc("relcomm_context", [[CANARY]])),
    "relcomm.integrations.spacy.RelcommComponent.pipe": gives(lambda s: all_of(pipeline().pipe([TEXT, LINES]))),
    "relcomm.integrations.spacy.turn_docs": gives(lambda s: _docs()),
    "relcomm.integrations.spacy.conversation_doc": gives(lambda s: _docs(whole=True)),
    "relcomm.integrations.spacy.make_component": bad(
        lambda s: pipeline(model=CANARY), lambda s: pipeline(prior=CANARY), lambda s: pipeline(key=CANARY, turns=CANARY)
    ),
    "relcomm.integrations.spark.labeller": bad(lambda s: _labeller(CANARY)),
    "relcomm.integrations.mcp.tools_of": ok(
        lambda s: tool(s, "label", text=TEXT, thread=LINES, speaker=NAME),
        lambda s: tool(s, "check", draft=TEXT, thread=LINES, me=NAME),
    ) + gives(lambda s: tool(s, "analyze", transcript=LINES, me=NAME, format="name_text")),
    "relcomm.integrations.mcp.Tool": ok(lambda s: all_of(_tools(s).values())),
    "relcomm.integrations.mcp.Tool.schema": ok(lambda s: [each.schema() for each in _tools(s).values()]),
    "relcomm.integrations.mcp.Tool.call": [
        case
        for name, field in (("label", "text"), ("check", "draft"), ("analyze", "transcript"))
        for case in bad(
            lambda s, n=name: tool(s, n, **{CANARY: CANARY}),
            lambda s, n=name, f=field: tool(s, n, **{f: [TEXT]}),
            lambda s, n=name, f=field: tool(s, n, **{f: TEXT * 20_000}),
            lambda s, n=name, f=field: tool(s, n, **{f: TEXT, "thread": CANARY, "format": CANARY}),
        )
    ],
    "relcomm.integrations.mcp.server_of": ok(
        lambda s: through_the_sdk(s, "label", {"text": TEXT, "thread": LINES}),
        lambda s: through_the_sdk(s, "check", {"draft": TEXT}),
        lambda s: through_the_sdk(s, "check", {"draft": [TEXT]}),
        lambda s: through_the_sdk(s, "analyze", {"transcript": TEXT}),
        lambda s: through_the_sdk(s, CANARY, {CANARY: CANARY}),
    ),
}  # fmt: skip

OURS = {
    "relcomm.__version__": "a number",
    "relcomm.Label": "read from files that come along",
    "relcomm.Label.to_dict": "the same",
    **{
        f"relcomm.{name}": "its messages are made elsewhere, and seen there"
        for name in vars(errors)
        if name.endswith("Error")
    },
    "relcomm.integrations.mcp.serve": "tried over standard input and output, in tests/test_canary_alone.py",
}
"""What is handed nothing that a person wrote, and why."""

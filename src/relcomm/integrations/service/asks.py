"""What can be asked for, field by field, and what it is in relcomm's own terms."""

from __future__ import annotations

import base64
import binascii
import io
import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictInt, WithJsonSchema

from relcomm.errors import InputError
from relcomm.integrations.service.problems import Problem
from relcomm.integrations.service.settings import CHARACTERS, LABEL_TURNS
from relcomm.readers import READERS, read, takes
from relcomm.text import clean
from relcomm.types import CONTEXT_TURNS, Conversation, Turn, Utterance


def _text(given: Any) -> str:
    # Not pydantic's own str, which refuses half an emoji; relcomm reads on.
    if not isinstance(given, str):
        raise ValueError("not a string")
    return given


Text = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]


class Ask(BaseModel):
    """What every request has in common: known fields only, of the right types."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Said(Ask):
    """Something one person said."""

    text: Text
    speaker: Text = ""

    def utterance(self) -> Utterance:
        """The same in relcomm's terms."""
        return Utterance(self.text, self.speaker)


class Asked(Said):
    """A turn to label, with what was said before it, oldest first (the last four are read)."""

    context: list[Said] = []
    id: Text | StrictInt | None = Field(None, description="anything of yours; it comes back with the answer")

    def turn(self) -> Turn:
        """The same in relcomm's terms."""
        return Turn(self.utterance(), tuple(said.utterance() for said in self.context[-CONTEXT_TURNS:]))


class LabelAsk(Ask):
    """Turns to label."""

    turns: list[Asked] = Field(min_length=1, max_length=LABEL_TURNS)


class Told(Said):
    """A turn of a conversation; ``time`` as ISO 8601 writes it."""

    time: Text | None = None


class AnalyzeAsk(Ask):
    """A conversation to analyse: give one of ``transcript``, ``file`` and ``turns``."""

    transcript: Text | None = Field(None, description="a transcript, as text, in any format relcomm reads")
    file: Text | None = Field(None, description="the bytes of such a file, in base64")
    turns: list[Told] | None = Field(None, min_length=1, description="the turns, in the order they were said")
    format: Text | None = Field(None, description="how to read it, as in `relcomm analyze --format`")
    me: Text = Field("", description="look at this speaker's own side, too, named as in the conversation")
    pseudonyms: bool = Field(False, description="call the speakers Person A, Person B and so on, everywhere")
    html: bool = Field(False, description="also give the report as one self-contained page")


class CheckAsk(Ask):
    """A message to look at before it is sent; what was said before, as a ``thread`` (a transcript) or as ``context``."""

    draft: Text
    thread: Text | None = Field(None, description="the conversation so far, in any format relcomm reads")
    format: Text | None = Field(None, description="how to read the thread")
    context: list[Said] | None = Field(None, description="the conversation so far, oldest first")
    me: Text = Field("", description="who is writing, as named in the thread or the context")


_ALL: tuple[type[Ask], ...] = (LabelAsk, Asked, AnalyzeAsk, Told, CheckAsk)
FIELDS = frozenset(name for ask in _ALL for name in ask.model_fields)
"""The names an error may repeat."""


def turns_of(ask: LabelAsk) -> list[Turn]:
    """The turns that are to be labelled. Raises `Problem`."""
    turns = [each.turn() for each in ask.turns]
    _require_short([said.text for turn in turns for said in (turn.utterance, *turn.context)], "turns")
    return turns


def conversation_of(ask: AnalyzeAsk, most: int) -> Conversation:
    """The conversation that is to be analysed. Raises `Problem`."""
    given = [name for name in ("transcript", "file", "turns") if getattr(ask, name) is not None]
    if len(given) != 1:
        raise Problem(422, "give one of transcript, file and turns", field="body")
    if ask.turns is not None:
        if ask.format is not None:
            raise Problem(422, "turns are in no format; leave it out", field="format")
        return _few(_read(io.StringIO(_lines(ask.turns)), "jsonl", "turns"), "turns", most)
    source = io.StringIO(ask.transcript) if ask.transcript is not None else io.BytesIO(_bytes(ask.file or ""))
    return _few(_read(source, ask.format, given[0]), given[0], most)


def context_of(ask: CheckAsk, most: int) -> tuple[Utterance, ...]:
    """What was said before the draft. Raises `Problem`, also of a draft that is none."""
    _require_short([ask.draft], "draft")
    if not clean(ask.draft).text.strip():
        raise Problem(422, "the message holds no text", field="draft")
    if ask.thread is not None and ask.context is not None:
        raise Problem(422, "give the thread or the context, not both", field="thread")
    if ask.thread is not None:
        return _few(_read(io.StringIO(ask.thread), ask.format, "thread"), "thread", most).utterances
    if ask.format is not None:
        raise Problem(422, "this says how to read the thread; give that, too", field="format")
    said = ask.context or []
    return _few(Conversation(tuple(each.utterance() for each in said)), "context", most).utterances


def require_me(me: str, conversation: Conversation | tuple[Utterance, ...]) -> None:
    """Raise `Problem` if ``me`` is named but does not speak."""
    said = conversation.utterances if isinstance(conversation, Conversation) else conversation
    if me and (not me.strip() or me not in {each.speaker for each in said}):
        raise Problem(422, "nobody goes by this name there; write it as it is written there", field="me")


def _read(source: io.StringIO | io.BytesIO, named: str | None, field: str) -> Conversation:
    try:
        return read(source, format=named)
    except InputError as error:
        problem = str(error).removeprefix("transcript: ").removeprefix("transcript, ")
    raise Problem(422, problem, field=field if named is None or _is_format(named) else "format")


def _is_format(named: str) -> bool:
    name, colon, option = named.partition(":")
    return name in READERS and (not colon or takes(name, option))


def _require_short(texts: list[str], field: str) -> None:
    if sum(map(len, texts)) > CHARACTERS:
        raise Problem(
            422, f"at most {CHARACTERS:,} characters, please; of one turn only the first part is read", field=field
        )


def _few(conversation: Conversation, field: str, most: int) -> Conversation:
    if len(conversation) > most:
        raise Problem(
            422,
            f"{len(conversation):,} turns are more than the {most:,} that this service reads at once; give a part of "
            "them, or let `relcomm analyze` read the file",
            field=field,
        )
    return conversation


def _lines(turns: list[Told]) -> str:
    # As JSON lines, so that names and times are read as they are in a file.
    return "\n".join(json.dumps(each.model_dump(exclude_none=True)) for each in turns)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        problem = Problem(422, "this is not base64", field="file")
    raise problem

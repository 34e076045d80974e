"""A ConvoKit corpus: a folder of JSON files that ``convokit.Corpus(filename=...)`` loads. No binary file is written.

ConvoKit wants ids of utterances that are all different, and a conversation called by its first one's. Where the turns'
own ids are not, new ones are made. What was there stays in ``meta``: ``id`` and ``time`` of a turn, and the name of the
conversation. ``timestamp`` counts seconds since 1970; a time without an offset is taken as if it were UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from relcomm.types import POINTER, Analysis, Conversation
from relcomm.writers.jsonl import found_in, turn_of
from relcomm.writers.page import Page

SUFFIX = ".convokit"


def render(analysis: Analysis) -> Page:
    """The five files of a corpus: each turn replies to the one before it, and labels are in its ``meta``."""
    talk = analysis.conversation
    ids = ids_of(talk)
    utterances: list[dict[str, Any]] = [
        {
            "id": ids[n],
            "conversation_id": ids[0],
            "text": said.text,
            "speaker": said.speaker,
            "meta": {name: value for name, value in turn_of(said).items() if name not in ("text", "speaker")}
            | found_in(analysis.predictions[n]),
            "reply-to": ids[n - 1] if n else None,
            "timestamp": _timestamp(said.time),
            "vectors": [],
        }
        for n, said in enumerate(talk.utterances)
    ]
    speakers = dict.fromkeys(said.speaker for said in talk.utterances)
    about = {"name": talk.id, "model": analysis.model} | ({"safety": POINTER} if analysis.safety else {})
    files: dict[str, Any] = {
        "speakers.json": {name: {"meta": {}, "vectors": []} for name in speakers},
        "conversations.json": {ids[0]: {"meta": about, "vectors": []}} if ids else {},
        "corpus.json": {},
        "index.json": {
            "utterances-index": _index(each["meta"] for each in utterances),
            "speakers-index": {},
            "conversations-index": _index([about] if ids else []),
            "overall-index": {},
            "version": 1,
            "vectors": [],
        },
    }
    lines = "".join(json.dumps(each) + "\n" for each in utterances)
    return Page(
        {"utterances.jsonl": lines.encode("ascii")} | {name: json.dumps(v).encode("ascii") for name, v in files.items()}
    )


def ids_of(talk: Conversation) -> list[str]:
    """The turns' own ids, if all have one and no two the same; else the conversation's name and the turn's number."""
    own = [said.id for said in talk.utterances]
    if all(own) and len(set(own)) == len(own):
        return own
    return [f"{talk.id or 'turn'}-{n}" for n in range(1, len(own) + 1)]


def _timestamp(time: datetime | None) -> float | None:
    if time is None:
        return None
    seconds = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return int(seconds) if seconds.is_integer() else seconds


def _index(metas: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The kinds of values under each key, as ConvoKit writes them."""
    kinds: dict[str, dict[str, None]] = {}
    for meta in metas:
        for key, value in meta.items():
            kinds.setdefault(key, {})[str(type(value))] = None
    return {key: list(found) for key, found in kinds.items()}

"""What the answers look like, for ``/openapi.json``."""

from __future__ import annotations

from typing import Any

from relcomm.integrations.service.problems import MEDIA_TYPE

DESCRIPTION = (
    "Labels what turns of a conversation do to the listener, with evidence; analyses conversations; looks at messages "
    "before they are sent. Nothing is stored, and nothing that was sent is repeated in an error or in the log. Ask the "
    "other before you have a conversation read: it is the words of two people. No label, and no absence of one, says "
    "that a person is safe."
)

_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": "number"}
_COUNT: dict[str, Any] = {"type": "integer"}
_YES: dict[str, Any] = {"type": "boolean"}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _object(fields: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": fields | (optional or {}), "required": list(fields)}


_SPAN = {"label": _TEXT, "start": _COUNT, "end": _COUNT, "weight": _NUMBER, "why": _TEXT}
_SEEN = {
    "labels": _list(_TEXT),
    "scores": {"type": "object", "additionalProperties": _NUMBER},
    "spans": _list(_object(_SPAN)),
    "unsure": _list(_TEXT),
    "flags": _list(_TEXT),
}
_LABELLED = _object(_SEEN, {"id": {"type": ["string", "integer", "null"]}})
_TURN = _object({"turn": _COUNT, "speaker": _TEXT, "text": _TEXT, "time": {"type": ["string", "null"]}, **_SEEN})
_FINDING = _object({"pattern": _TEXT, "utterances": _list(_COUNT), "value": _NUMBER, "summary": _TEXT, "sure": _TEXT})
_RATE = _object({"count": _COUNT, "turns": _COUNT, "rate": _NUMBER, "low": _NUMBER, "high": _NUMBER})
_RATES = {
    "type": "object",
    "additionalProperties": {"type": "object", "additionalProperties": _RATE},
    "description": "by speaker and label; the empty name is everybody together",
}
_MAYBE = {"type": ["object", "null"]}
_ADVICE = _object(
    {**_SPAN, "message": _TEXT, "antidote": _TEXT, "try_instead": _list(_TEXT), "sure": _YES, "help": _TEXT}
)
_PROBLEM = {
    "description": "What is wrong, where, and what to do; nothing that was sent is repeated.",
    "content": {MEDIA_TYPE: {"schema": _object({"title": _TEXT, "status": _COUNT, "detail": _TEXT}, {"field": _TEXT})}},
}
_RETRY = {"Retry-After": {"description": "seconds after which to ask again", "schema": _COUNT}}


def _responses(what: str, schema: dict[str, Any], *, asked: bool = True) -> dict[int | str, dict[str, Any]]:
    refused = (400, 401, 403, 408, 413, 415, 421, 422) if asked else (401, 421)
    told: dict[int | str, dict[str, Any]] = dict.fromkeys(refused, _PROBLEM)
    return told | {
        200: {"description": what, "content": {"application/json": {"schema": schema}}},
        503: _PROBLEM | {"headers": _RETRY},
    }


LABEL = _responses("The turns, in the order they came.", _object({"model": _TEXT, "turns": _list(_LABELLED)}))
ANALYZE = _responses(
    "The analysis, as `relcomm analyze --json` gives it, with the speakers and, if asked for, the report as a page.",
    _object(
        {
            "model": _TEXT,
            "turns": _list(_TURN),
            "rates": _RATES,
            "findings": _list(_FINDING),
            "speakers": _list(_TEXT),
            "safety": _MAYBE,
            "my_side": _MAYBE,
            "report": _MAYBE,
        },
        {"html": _TEXT},
    ),
)
CHECK = _responses(
    "One entry for each thing to look at, in reading order; an empty list is no all-clear.",
    _object({"model": _TEXT, "advice": _list(_ADVICE), "speakers": _list(_TEXT), "long": _YES}),
)
LABEL_PAGES = _responses("The labels.", _object({"labels": _list({"type": "object"})}), asked=False)
HEALTH = _responses("It answers.", _object({"status": _TEXT, "model": _TEXT, "version": _TEXT}), asked=False)
METRICS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Counters and times.", "content": {"text/plain": {"schema": _TEXT}}},
    401: _PROBLEM,
    421: _PROBLEM,
}

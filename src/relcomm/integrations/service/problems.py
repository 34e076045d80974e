"""Refusals and errors as ``application/problem+json`` (RFC 9457): what, where, what to do, and never a person's text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

TITLES: Mapping[int, str] = {
    400: "Not understood",
    401: "A token is needed",
    403: "Not from this page",
    404: "No such address",
    405: "Not this method",
    408: "Too slow to arrive",
    413: "Too large",
    415: "Not JSON",
    421: "Not this server",
    422: "Not as asked for",
    499: "Gone",
    500: "An error in relcomm",
    503: "Too much at once",
}
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is no: its status, what is wrong, and the field it is wrong with, if it is one."""

    def __init__(self, status: int, detail: str, *, field: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.headers = dict(headers or {})

    def body(self) -> bytes:
        """The problem as JSON."""
        told: dict[str, Any] = {"title": TITLES[self.status], "status": self.status, "detail": self.detail}
        if self.field:
            told["field"] = self.field
        return json.dumps(told).encode()


def busy(detail: str, seconds: float) -> Problem:
    """A refusal for now: asked again after so many seconds, it may well be answered."""
    return Problem(503, detail, headers={"Retry-After": str(max(1, min(60, round(seconds))))})


def failed() -> Problem:
    """What is said of an error that is ours."""
    return Problem(500, "relcomm met an error of its own; its log says where, and not with what")


# What pydantic calls what is wrong, in our words; its own may quote what was given.
_SAID = {
    "json_invalid": "the body is not valid JSON",
    "missing": "this is missing",
    "extra_forbidden": "there is a field here that is not known",
    "bool_type": "this must be true or false",
    "list_type": "this must be a list",
    "too_long": "this holds too many entries",
    "too_short": "this holds too few entries",
    "value_error": "this must be a string",
}
_OBJECT = "this must be an object"


def of_validation(errors: Iterable[Mapping[str, Any]], known: frozenset[str]) -> Problem:
    """The first thing that is wrong with a body. Only fields we know are named: an unknown one is somebody's text."""
    first = next(iter(errors))
    kind = str(first["type"])
    if kind == "json_invalid":
        return Problem(400, f"{_SAID[kind]} (character {first['loc'][-1]})")
    detail = _SAID.get(kind, _OBJECT if kind.startswith(("model", "dict")) else "this is not of the right kind")
    limit = first.get("ctx", {}).get("max_length")
    if kind == "too_long" and isinstance(limit, int):
        detail = f"at most {limit:,} entries, please: ask several times"
    where = ""
    for part in first["loc"][1:]:
        if isinstance(part, int):
            where += f"[{part}]"
        elif part in known:
            where += f".{part}" if where else part
    return Problem(422, detail, field=where or "body")

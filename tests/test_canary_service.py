"""A canary through every route and every field of the service: in no log, no error, no file, no metric."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from canary import LINES, NAME, TEXT
from relcomm.analyzer import Analyzer
from relcomm.integrations.service import asks
from relcomm.integrations.service.gate import OPEN, POSTED
from relcomm.integrations.service.settings import Settings
from serving import TOKEN, served
from test_serve import BODIES, ELSEWHERE, JSON, WRONG, Broken
from watching import CANARY, Seen, holds, watched

SAID = {"text": TEXT, "speaker": NAME}
TOLD = SAID | {"time": "2026-05-01T10:00:00"}
FILE = base64.b64encode(LINES.encode()).decode()
# What is asked of each route, and whether the answer may hold what was said.
DONE: dict[str, list[tuple[dict[str, Any], bool]]] = {
    "/v1/label": [
        ({"turns": [SAID | {"context": [SAID] * 5}]}, False),
        ({"turns": [SAID | {"id": CANARY}]}, True),
    ],
    "/v1/analyze": [
        ({"transcript": LINES, "format": "name_text", "me": NAME, "html": True}, True),
        ({"file": FILE, "pseudonyms": True}, True),
        ({"turns": [TOLD] * 3}, True),
    ],
    "/v1/check": [
        ({"draft": TEXT, "thread": LINES, "format": "name_text", "me": NAME}, True),
        ({"draft": TEXT, "context": [SAID] * 3}, True),
    ],
    **{path: [({}, False)] for path in ("/v1/labels", "/healthz", "/metrics", "/", "/icon.svg", "/openapi.json")},
}
ODD: list[Any] = [CANARY, [CANARY], {CANARY: CANARY}, 5, True, None]


def fields_of(told: Any) -> set[str]:
    """The names of all fields in a request."""
    if isinstance(told, list):
        return {name for each in told for name in fields_of(each)}
    return (
        {name for key, value in told.items() for name in (key, *fields_of(value))} if isinstance(told, dict) else set()
    )


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    # From DEBUG up: below it uvicorn itself would log the heads of requests, and `relcomm serve` lets it log no less than warnings.
    with watched(tmp_path, monkeypatch, level=logging.DEBUG) as noticed:
        yield noticed


def test_every_route_and_field_has_its_case(ngram: Analyzer) -> None:
    pytest.importorskip("fastapi", reason="relcomm[serve] is not installed")
    from relcomm.integrations.service.routes import app_of

    app: Any = app_of(ngram, Settings(threads=1))._app
    assert {route.path for route in app.routes} == set(DONE)
    assert {route.path for route in app.routes if "POST" in route.methods} == POSTED
    assert set(DONE) == OPEN | POSTED | {"/v1/labels", "/metrics"}
    assert {name for cases in DONE.values() for asked, _ in cases for name in fields_of(asked)} == asks.FIELDS


def test_what_is_answered(ngram: Analyzer, seen: Seen, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with served(ngram) as http:
        for path, cases in DONE.items():
            for asked, shows in cases:
                answer = ask(http, path, asked, {"User-Agent": CANARY, "Cookie": CANARY, "Referer": CANARY})
                assert answer.status_code == 200
                assert shows or not holds(answer.text)
                assert not holds(str(answer.headers))
        assert not holds(http.get("/metrics").text)
    assert seen.leaks(tmp_path) == []
    assert not holds("".join(capfd.readouterr()))
    lines = [record.getMessage() for record in seen.records if record.name == "relcomm.service.access"]
    assert len(lines) == 1 + sum(map(len, DONE.values()))


def ask(http: httpx.Client, path: str, asked: Any, headers: dict[str, str]) -> httpx.Response:
    if path not in POSTED:
        return http.get(f"{path}?{CANARY}={CANARY}", headers=headers)
    return http.post(f"{path}?{CANARY}", content=json.dumps(asked), headers=JSON | headers)


def odd() -> Iterator[tuple[str, Any]]:
    """Every field of every request with something odd in it."""
    for path, cases in DONE.items():
        for asked, _ in cases:
            for field in asked:
                for value in ODD:
                    yield path, asked | {field: value}
                    yield path, asked | {field: [value]}
            for name in ("turns", "context"):
                for field in TOLD if name in asked else ():
                    yield from ((path, asked | {name: [TOLD | {field: value, CANARY: 1}]}) for value in ODD)


def test_what_is_refused(ngram: Analyzer, seen: Seen, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    refused = 0
    with served(ngram) as http:
        for path, asked in [*odd(), *((path, asked) for path, asked, _ in WRONG.values())]:
            answer = ask(http, path, asked, {})
            if answer.status_code != 200:
                refused += 1
                assert answer.status_code in {400, 422}
                assert not holds(answer.text)
        for path in POSTED:
            for body in BODIES.values():
                answer = http.post(path, content=body.replace(b"quince", CANARY.encode()), headers=JSON)
                assert not holds(answer.text)
        for _, method, url, headers in ELSEWHERE.values():
            answer = http.request(method, url, headers=headers)
            assert not holds(answer.text + str(answer.headers))
        assert not holds(http.get("/metrics").text)
    assert refused > 100
    assert seen.leaks(tmp_path) == []
    assert not holds("".join(capfd.readouterr()))


def test_errors_of_our_own_and_tokens(ngram: Analyzer, seen: Seen, tmp_path: Path) -> None:
    with served(Broken(ngram.model), token=TOKEN) as http:
        for path, cases in DONE.items():
            for asked, _ in cases if path in POSTED else ():
                for token, status in ((TOKEN, 500), (CANARY, 401)):
                    answer = ask(http, path, asked, {"Authorization": f"Bearer {token}"})
                    assert answer.status_code == status
                    assert not holds(answer.text + str(answer.headers))
        assert not holds(http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text)
    assert any("RuntimeError at test_serve.py:" in record.getMessage() for record in seen.records)
    assert seen.leaks(tmp_path) == []

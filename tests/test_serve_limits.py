"""How a service behaves where it is too much: what comes in is bounded, what was let in is answered, what ends, ends."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from command import CANARY, PATIENCE, Command, start
from relcomm.analyzer import Analyzer
from relcomm.errors import InputError
from relcomm.integrations.service.lanes import Lane
from relcomm.integrations.service.problems import Problem
from relcomm.integrations.service.settings import Limits, Settings, token_of
from serving import BAD, TALK, TOKEN, Held, served

JSON = {"Content-Type": "application/json"}


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def waiting(http: httpx.Client, lane: str) -> int:
    found = re.search(rf'relcomm_waiting{{lane="{lane}"}} (\d+)', http.get("/metrics").text)
    assert found
    return int(found[1])


# A full queue --------------------------------------------------------------------------------------------------------


def test_a_full_queue_refuses_and_loses_nothing(ngram: Analyzer) -> None:
    held = Held(ngram)
    with served(held, limits=Limits(waiting=6)) as http, ThreadPoolExecutor(8) as pool:

        def ask(turns: int) -> httpx.Response:
            return http.post("/v1/label", json={"turns": [{"text": BAD[0]}] * turns})

        accepted = [pool.submit(ask, 1)]
        assert held.asked.wait(PATIENCE)
        for n in range(3):
            accepted.append(pool.submit(ask, 2))
            until(lambda n=n: waiting(http, "label") == 2 * (n + 1))  # type: ignore[misc]
        refused = ask(1)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["status"] == 503
        assert http.get("/healthz").status_code == 200
        held.free.set()
        expected = ngram.classify(BAD[0]).to_dict()
        for turns, answer in zip((1, 2, 2, 2), accepted, strict=True):
            assert answer.result().json()["turns"] == [expected] * turns
        assert held.batches == [1, 6]
        assert ask(1).status_code == 200
        assert waiting(http, "label") == 0


def test_a_request_heavier_than_the_queue_is_still_answered(ngram: Analyzer) -> None:
    with served(ngram, limits=Limits(waiting=1)) as http:
        assert http.post("/v1/label", json={"turns": [{"text": "Hello."}] * 5}).status_code == 200


@pytest.mark.parametrize("path", ["/v1/label", "/v1/analyze", "/v1/check"])
def test_what_takes_too_long_is_given_up(ngram: Analyzer, path: str) -> None:
    held = Held(ngram)
    asked = {"turns": [{"text": CANARY}]} if path != "/v1/check" else {"draft": CANARY}
    with served(held, limits=Limits(seconds=0.5)) as http:
        answer = http.post(path, json=asked)
        held.free.set()
    assert answer.status_code == 503
    assert "0.5 seconds" in answer.json()["detail"]
    assert answer.headers["retry-after"]
    assert CANARY not in answer.text


def test_what_nobody_waits_for_is_taken_out(ngram: Analyzer) -> None:
    held = Held(ngram)
    with served(held) as http, ThreadPoolExecutor(1) as pool:
        first = pool.submit(http.post, "/v1/label", json={"turns": [{"text": "Hello."}]})
        assert held.asked.wait(PATIENCE)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{http.base_url}/v1/label", json={"turns": [{"text": "Gone."}] * 9}, timeout=0.5)
        until(lambda: waiting(http, "label") == 0)
        held.free.set()
        assert first.result().status_code == 200
        assert held.batches == [1]


def test_an_analysis_nobody_waits_for_ends(ngram: Analyzer) -> None:
    held = Held(ngram)
    with served(held) as http:
        talk = "\n".join(f"Ann: Hello {n}." for n in range(500))
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{http.base_url}/v1/analyze", json={"transcript": talk}, timeout=0.5)
        until(lambda: 'status="499"' in http.get("/metrics").text)
        held.free.set()
        assert http.post("/v1/analyze", json={"transcript": "Ann: Hi.\nBen: Hi."}).status_code == 200
        assert held.batches[0] == 32
        assert len(held.batches) == 2


async def _one(lane: Lane, asked: Any) -> Any:
    return await lane.ask(asked, seconds=PATIENCE)


def test_one_that_fails_takes_no_other_with_it() -> None:
    def halves(jobs: Any) -> list[int]:
        return [12 // job.asked for job in jobs]

    async def ask() -> list[Any]:
        return await asyncio.gather(*(_one(lane, n) for n in (1, 0, 4)), return_exceptions=True)

    lane = Lane(halves, room=9, together=9)
    found = asyncio.run(ask())
    lane.close()
    assert (found[0], found[2]) == (12, 3)
    assert isinstance(found[1], ZeroDivisionError)
    with pytest.raises(Problem):
        asyncio.run(_one(lane, 1))


# Bodies --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/label", "/v1/analyze", "/v1/check", "/nowhere"])
def test_a_body_that_is_too_large(ngram: Analyzer, path: str) -> None:
    body = CANARY.encode() * 1000

    def pieces() -> Iterator[bytes]:
        yield from (body[n : n + 500] for n in range(0, len(body), 500))

    with served(ngram, limits=Limits(bytes=2000)) as http:
        said = http.post(path, content=body, headers=JSON)
        assert said.status_code == 413
        assert "2,000 bytes" in said.json()["detail"]
        assert CANARY not in said.text
        if path != "/nowhere":  # where nothing is, nothing is read
            unsaid = http.post(path, content=pieces(), headers=JSON)
            assert unsaid.status_code == 413
            assert unsaid.headers["connection"] == "close"
        assert http.post("/v1/check", json={"draft": "Hi."}).status_code == 200


@contextmanager
def raw(http: httpx.Client, head: str, body: bytes = b"") -> Iterator[socket.socket]:
    """A connection on which a request was begun."""
    with socket.create_connection(("127.0.0.1", http.base_url.port or 0), timeout=PATIENCE) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        yield connection


def answer_of(connection: socket.socket) -> str:
    found = b""
    while piece := connection.recv(65536):
        found += piece
        if b"}" in found:
            break
    return found.decode()


POST = "POST /v1/label HTTP/1.1\nHost: 127.0.0.1\nContent-Type: application/json\n"


def test_a_body_that_comes_too_slowly(ngram: Analyzer) -> None:
    with (
        served(ngram, limits=Limits(seconds=0.5)) as http,
        raw(http, f"{POST}Content-Length: 100", CANARY.encode()) as connection,
    ):
        answer = answer_of(connection)
    assert answer.startswith("HTTP/1.1 408 ")
    assert CANARY not in answer


def test_a_length_that_is_none(ngram: Analyzer) -> None:
    with served(ngram) as http:
        for length in ("9" * 4000, "12345678901234567890"):
            with raw(http, f"{POST}Content-Length: {length}") as connection:
                assert re.match(r"HTTP/1.1 4(00|13) ", connection.recv(65536).decode())


def test_bodies_that_come_at_once_are_bounded(ngram: Analyzer) -> None:
    with served(ngram, limits=Limits(bytes=100_000)) as http:
        head = f"{POST}Content-Length: 100000"
        held = [raw(http, head, b" ") for _ in range(13)]
        for each in held:
            each.__enter__()
        until(lambda: "relcomm_requests_open 14" in http.get("/metrics").text)
        with raw(http, head, b" ") as connection:
            assert answer_of(connection).startswith("HTTP/1.1 503 ")
        for each in held:
            each.__exit__(None, None, None)
        until(lambda: "relcomm_requests_open 1\n" in http.get("/metrics").text)
        assert http.post("/v1/check", json={"draft": "Hi."}).status_code == 200


def test_too_many_turns(ngram: Analyzer) -> None:
    with served(ngram, limits=Limits(turns=2)) as http:
        for path, asked in (("/v1/analyze", {"transcript": TALK}), ("/v1/check", {"draft": "Hi.", "thread": TALK})):
            answer = http.post(path, json=asked)
            assert answer.status_code == 422
            assert "3 turns" in answer.json()["detail"]
        said = [{"text": "Hi."}] * 3
        assert http.post("/v1/analyze", json={"turns": said}).json()["field"] == "turns"
        assert http.post("/v1/check", json={"draft": "Hi.", "context": said}).json()["field"] == "context"


# Settings ------------------------------------------------------------------------------------------------------------

REFUSED: dict[str, dict[str, Any]] = {
    "everywhere": {"host": "0.0.0.0"},
    "everywhere, by another name": {"host": ""},
    "everywhere in IPv6": {"host": "::"},
    "an address": {"host": "192.0.2.7"},
    "a name": {"host": "relcomm.example"},
    "a name that looks like ours": {"host": "localhost.example"},
    "a port": {"port": 65536},
    "threads": {"threads": -1},
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED)
def test_settings_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="--"):
        Settings(**given)


@pytest.mark.parametrize("name", ["bytes", "turns", "seconds", "waiting"])
def test_limits_refused(name: str) -> None:
    for number in (0, -1, float("inf"), float("nan")):
        with pytest.raises(InputError, match=name):
            Limits(**{name: number})


HOSTS = [
    ({}, "127.0.0.1:8000", True),
    ({}, "127.0.0.1", True),
    ({}, "LOCALHOST:1", True),
    ({}, "[::1]:8000", True),
    ({}, "::1", True),
    ({}, "127.8.8.8", True),
    ({}, "", False),
    ({}, ":8000", False),
    ({}, "0.0.0.0", False),
    ({}, "192.0.2.7", False),
    ({}, "localhost.example", False),
    ({}, "127.0.0.1.example", False),
    ({"names": ("Relcomm.Example",)}, "relcomm.example:443", True),
    ({"names": ("",)}, "", False),
    ({"host": "0.0.0.0", "token": TOKEN}, "192.0.2.7:8000", True),
    ({"host": "0.0.0.0", "token": TOKEN}, "relcomm.example", False),
    ({"host": "relcomm.example", "token": TOKEN}, "relcomm.example", True),
    ({"host": "", "token": TOKEN}, "", False),
]


@pytest.mark.parametrize(("given", "host", "expected"), HOSTS)
def test_what_it_answers_to(given: dict[str, Any], host: str, expected: bool) -> None:
    assert Settings(**given).answers_to(host) is expected


def test_the_token_is_shown_nowhere() -> None:
    assert TOKEN not in repr(Settings(token=TOKEN))


TOKENS = {"good": TOKEN, "with a line end": f"{TOKEN}\n", "none": "", "short": "quince", "blanks": "quince quince quince", "not ASCII": "quincé" * 5}  # fmt: skip


@pytest.mark.parametrize(("kind", "token"), TOKENS.items(), ids=TOKENS)
def test_tokens(kind: str, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text(token, encoding="utf-8")
    monkeypatch.setenv("RELCOMM_TOKEN", token)
    for given in (str(file), None):
        if kind in {"good", "with a line end"} or (kind == "none" and given is None):
            assert token_of(given) == token.strip()
        else:
            with pytest.raises(InputError, match="at least 16") as caught:
                token_of(given)
            assert "quinc" not in str(caught.value)


def test_a_token_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff" * 40)
    for file in (tmp_path / CANARY, tmp_path, tmp_path / "bytes"):
        with pytest.raises(InputError, match="no such file") as caught:
            token_of(str(file))
        assert CANARY not in str(caught.value)


# The command ---------------------------------------------------------------------------------------------------------


def test_the_command_refuses(relcomm: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RELCOMM_TOKEN", raising=False)
    done = relcomm("serve", "--host", "0.0.0.0", "--model", "ngram")
    assert done.code == 2
    assert "--token-file" in done.err
    for wrong in (("--port", CANARY), ("--port", "65536"), ("--max-turns", "0"), ("--threads", CANARY), (CANARY,)):
        done = relcomm("serve", *wrong)
        assert done.code == 2
        assert CANARY not in done.err.replace(f"relcomm serve {CANARY}", "")


@pytest.mark.parametrize(
    ("library", "argv"),
    [("uvicorn", ("serve", "--port", "0")), ("fastapi", ("serve", "--port", "0")), ("mcp", ("mcp",))],
)
def test_what_is_not_installed_is_named(
    relcomm: Command, monkeypatch: pytest.MonkeyPatch, library: str, argv: tuple[str, ...]
) -> None:
    for name in [
        name for name in sys.modules if name.startswith((f"{library}.", "relcomm.integrations.service.routes"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    done = relcomm(*argv, "--model", "ngram")
    assert done.code == 5
    assert f"pip install 'relcomm[{argv[0]}]'" in done.err


@pytest.fixture
def begun() -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], str]]]:
    """Starts ``relcomm serve`` in a process of its own and says where it is."""
    pytest.importorskip("fastapi", reason="relcomm[serve] is not installed")
    processes: list[subprocess.Popen[bytes]] = []

    def begin(*argv: str) -> tuple[subprocess.Popen[bytes], str]:
        process = start("serve", "--model", "ngram", "--port", "0", *argv)
        processes.append(process)
        assert process.stderr
        found = re.match(r"relcomm: open (http://127\.0\.0\.1:\d+) ", process.stderr.readline().decode())
        assert found
        return process, found[1]

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)])
def test_what_was_accepted_is_answered_before_the_end(begun: Any, ending: signal.Signals, code: int) -> None:
    process, url = begun()
    talk = "\n".join(f"{'Ann' if n % 2 else 'Ben'}: You never do it, {CANARY} {n}." for n in range(400))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.post, f"{url}/v1/analyze", json={"transcript": talk}, timeout=PATIENCE)
        until(lambda: "relcomm_requests_open 2" in httpx.get(f"{url}/metrics").text)
        process.send_signal(ending)
        answer = asked.result()
    assert answer.status_code == 200
    assert len(answer.json()["turns"]) == 400
    _, log = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert b"POST /v1/analyze 200" in log
    assert CANARY.encode() not in log
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/healthz")


def test_a_port_that_is_taken(begun: Any, relcomm: Command) -> None:
    _, url = begun()
    done = relcomm("serve", "--model", "ngram", "--port", url.rpartition(":")[2])
    assert done.code == 3
    assert "--port" in done.err

"""What stands before the routes: who may ask, how much, for how long; and what is said of it in the log.

The log has one line a request: the time, the method, the route, the status and the milliseconds. There is no body in it,
no query, no address that is not one of our routes, and nobody's name.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from relcomm.errors import place_of
from relcomm.integrations.service.metrics import Metrics
from relcomm.integrations.service.problems import MEDIA_TYPE, Problem, busy, failed
from relcomm.integrations.service.settings import HELD, Settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

ACCESS = logging.getLogger("relcomm.service.access")
ERRORS = logging.getLogger("relcomm.service")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OPEN = frozenset({"/", "/icon.svg", "/healthz", "/openapi.json"})
"""What may be had without the token: nothing in it is anybody's."""
POSTED = frozenset({"/v1/label", "/v1/analyze", "/v1/check"})
"""What reads a body."""

_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_SMALL = 16_384
"""What a request counts for besides its body."""


class Gate:
    """An ASGI application around another: lets in what may come in, and puts the same headers on all that goes out."""

    def __init__(self, app: App, *, settings: Settings, metrics: Metrics, routes: frozenset[str]) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._routes = routes
        self._held = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        start = time.monotonic()
        call = _Call(receive, send, self._settings.limits.bytes)
        self._metrics.open += 1
        try:
            await self._answer(scope, call, start + self._settings.limits.seconds)
        except Problem as problem:
            await call.refuse(problem)
        except Exception as error:
            # Never its message or its arguments: they may hold what somebody wrote.
            ERRORS.error("%s at %s", type(error).__name__, place_of(error))
            await call.refuse(failed())
        finally:
            self._metrics.open -= 1
            self._note(scope, call.status, time.monotonic() - start)

    async def _answer(self, scope: MutableMapping[str, Any], call: _Call, until: float) -> None:
        headers = dict(scope["headers"])
        self._may_come_in(scope, headers)
        posted = scope["method"] == "POST" and scope["path"] in POSTED
        self._is_sized(headers, posted=posted)
        # What says no length may be as long as any.
        size = int(headers.get(b"content-length", b"0")) or _unsaid(headers, self._settings.limits.bytes)
        size += _SMALL if posted else 0
        if size and self._held and self._held + size > HELD * self._settings.limits.bytes:
            raise busy("too much is being sent at once; ask again a little later", 1)
        self._held += size
        call.until = until
        try:
            await self._app(scope, call.receive, call.send)
        finally:
            self._held -= size
        if call.broken:
            raise call.broken

    def _may_come_in(self, scope: MutableMapping[str, Any], headers: dict[bytes, bytes]) -> None:
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._settings.answers_to(host):
            raise Problem(421, "this service does not go by that name; start it with --name to give it one")
        origin = headers.get(b"origin")
        other = origin is not None and origin.decode("latin-1").partition("://")[2].lower() != host.lower()
        site = headers.get(b"sec-fetch-site", b"none")
        if scope["method"] not in {"GET", "HEAD"} and (other or site not in {b"same-origin", b"none"}):
            raise Problem(403, "another site's page may not ask here")
        token = self._settings.token
        if token and scope["path"] not in OPEN and not _same(headers.get(b"authorization", b""), token):
            raise Problem(401, "give the token as: Authorization: Bearer TOKEN", headers={"WWW-Authenticate": "Bearer"})

    def _is_sized(self, headers: dict[bytes, bytes], *, posted: bool) -> None:
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            raise Problem(400, "Content-Length must be a number")
        # By its digits first: a number may have thousands of them.
        if len(length) > 18 or int(length) > self._settings.limits.bytes:
            raise too_large(self._settings.limits.bytes)
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if posted and kind != b"application/json":
            raise Problem(415, "send JSON, with Content-Type: application/json")

    def _note(self, scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
        route = scope["path"] if scope["path"] in self._routes else "other"
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self._metrics.count(route, status, seconds)
        ACCESS.info("%s %s %d %.0f ms", method, route, status, 1000 * seconds)


class _Call:
    """One request on its way in and its answer on its way out."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive = receive
        self._send = send
        self._most = most
        self._read = 0
        self._whole = False
        self.broken: Problem | None = None
        self._refusing = False
        self.until = float("inf")
        self.status = 499

    async def receive(self) -> Message:
        """The next part of the body; the rest of the connection, once it is whole. Raises `Problem`."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(max(0.0, self.until - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            self.broken = Problem(408, "the request took too long to arrive")
            raise self.broken from None
        self._read += len(message.get("body", b""))
        if self._read > self._most:
            self.broken = too_large(self._most)
            raise self.broken
        self._whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer, its head with our headers."""
        if self.broken and not self._refusing:
            return  # what is said of a body that broke off is ours to say: the routes cannot know why it did
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *((k, v) for k, v in _HEADERS if k not in given)]
        await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Say no, unless something was said already."""
        if self.status != 499:
            return
        self._refusing = True
        body = problem.body()
        headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), **problem.headers}
        if not self._whole and problem.status in {408, 413}:
            headers["Connection"] = "close"
        told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": problem.status, "headers": told})
        await self.send({"type": "http.response.body", "body": body})


def too_large(most: int) -> Problem:
    """What is said of a body beyond the limit."""
    return Problem(413, f"at most {most:,} bytes, please; `relcomm analyze` reads larger files")


def _unsaid(headers: dict[bytes, bytes], most: int) -> int:
    return most if b"transfer-encoding" in headers else 0


def _same(header: bytes, token: str) -> bool:
    """Whether the header brings the token, in a time that tells nothing of where it is wrong."""
    kind, _, given = header.partition(b" ")
    return kind.lower() == b"bearer" and hmac.compare_digest(given.strip(), token.encode())

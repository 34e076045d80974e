"""``relcomm serve``: the service on its port until it is told to stop, with what was accepted answered first."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from relcomm.analyzer import Analyzer
from relcomm.errors import MissingExtraError, ReadError
from relcomm.integrations.service.settings import Settings

_IN_THE_CLEAR = (
    "relcomm: others can reach this address, and what they send travels in the clear: put it behind a proxy that "
    "speaks HTTPS"
)


def serve(load: Callable[[], Analyzer], settings: Settings) -> None:
    """Answer requests until SIGINT or SIGTERM. Raises `MissingExtraError`, and `ReadError` for a port that is taken."""
    try:
        import uvicorn

        from relcomm.integrations.service.routes import app_of
    except ImportError as error:
        raise MissingExtraError(_library(error), "serve") from None
    _log_to_standard_error()
    analyzer = load()
    analyzer.check("You never listen to me.")  # what is made on first use is made before anybody waits for it
    app = app_of(analyzer, settings)
    server = _server(uvicorn)(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=round(2 * settings.limits.seconds) + 5,
        )
    )
    if not settings.loopback:
        print(_IN_THE_CLEAR, file=sys.stderr)
    try:
        server.run()
    except SystemExit:
        # What uvicorn ends with when it cannot listen; why, it has logged.
        problem = f"cannot listen on port {settings.port} of this address; is another program there? Try another --port"
        raise ReadError(problem, source="--port") from None


def _library(error: ImportError) -> str:
    return "fastapi" if (error.name or "").startswith("fastapi") else "uvicorn and fastapi"


def _server(uvicorn: object) -> type:
    """A server of uvicorn that says where it listens."""
    base: type = uvicorn.Server  # type: ignore[attr-defined]

    class Server(base):  # type: ignore[misc]
        async def startup(self, sockets: object = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                where, port, *_ = self.servers[0].sockets[0].getsockname()
                shown = f"[{where}]" if ":" in where else where
                print(f"relcomm: open http://{shown}:{port} in a browser; Ctrl+C ends it", file=sys.stderr, flush=True)

    return Server


def _log_to_standard_error() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name, level in (("relcomm.service", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False

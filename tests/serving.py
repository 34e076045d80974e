"""A service as its tests talk to it: the real server on a port of its own, in a thread of this process."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from command import PATIENCE
from relcomm.analyzer import Analyzer
from relcomm.integrations.service.settings import Limits, Settings
from relcomm.types import Prediction, Turn

TOKEN = "not-a-secret-0123456789"
TALK = "Ann: Did you pay the rent?\nBen: You never listen to me, you're so selfish.\nAnn: It's not my fault."
BAD = ("You never listen to me, you're so selfish.", "criticism")


@contextmanager
def served(analyzer: Analyzer, *, limits: Limits | None = None, **settings: Any) -> Iterator[httpx.Client]:
    """A client of a service that runs as long as the block does."""
    uvicorn = pytest.importorskip("uvicorn", reason="relcomm[serve] is not installed")
    pytest.importorskip("fastapi", reason="relcomm[serve] is not installed")
    from relcomm.integrations.service.routes import app_of

    app = app_of(analyzer, Settings(port=0, limits=limits or Limits(), threads=1, **settings))
    server = uvicorn.Server(uvicorn.Config(app, port=0, access_log=False, log_config=None))
    thread = Thread(target=server.run)
    thread.start()
    until = time.monotonic() + PATIENCE
    while not server.started and thread.is_alive() and time.monotonic() < until:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


class Held(Analyzer):
    """An analyser that does not answer before it is let."""

    def __init__(self, analyzer: Analyzer) -> None:
        super().__init__(analyzer.model)
        self.free = Event()
        self.asked = Event()
        self.batches: list[int] = []

    def label_batch(self, turns: Sequence[Turn]) -> list[Prediction]:
        """As ever, but late."""
        self.asked.set()
        self.batches.append(len(turns))
        assert self.free.wait(PATIENCE)
        return super().label_batch(turns)

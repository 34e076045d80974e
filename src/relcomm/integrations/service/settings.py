"""How a service is set up: where it listens, who may ask, and how much."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from relcomm.errors import InputError

LABEL_TURNS = 256
"""How many turns one request for labels may hold: a longer one would keep the others waiting."""
CHARACTERS = 200_000
"""How many characters one request for labels, or one draft, may hold, what was said before counted in."""
ANALYSES = 8
CHECKS = 256
"""How many conversations, and how many drafts, may wait."""
SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost, and how much may wait: beyond it is refused, so that memory does not grow.

    ``bytes`` of a request's body, ``turns`` of a conversation, ``seconds`` for a request to arrive and again for it to
    be answered, and the number of turns ``waiting`` for labels. All bodies together hold at most `HELD` times ``bytes``.
    """

    bytes: int = 4 * 2**20
    turns: int = 5000
    seconds: float = 60.0
    waiting: int = 2000

    def __post_init__(self) -> None:
        for name in ("bytes", "turns", "seconds", "waiting"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InputError(f"the limit of {name} must be above 0")


HELD = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the service listens, by what ``names`` besides its addresses it may be called, and its limits.

    Raises `InputError` for a host that others can reach if there is no token: anybody there could ask.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str = field(default="", repr=False)
    names: tuple[str, ...] = ()
    limits: Limits = Limits()
    threads: int = 0

    def __post_init__(self) -> None:
        if not self.loopback and not self.token:
            raise InputError(
                "--host: others can reach this address, and without a token anybody there could ask; "
                "name a --token-file (or set RELCOMM_TOKEN), or listen on 127.0.0.1"
            )
        if not 0 <= self.port < 65536:
            raise InputError("--port: a number from 0 to 65535, please; 0 takes any that is free")
        if self.threads < 0:
            raise InputError("--threads: a number from 1 on, please")
        object.__setattr__(self, "names", tuple(name.lower() for name in self.names))

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)

    @property
    def workers(self) -> int:
        """How many threads label turns: as many as there are processors, unless it was said."""
        return self.threads or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else self.threads or 1

    def answers_to(self, host: str) -> bool:
        """Whether a request that calls us by this ``Host`` header is for us.

        A page of somebody else's can point a name of its own at this machine, but it cannot take our addresses.

        >>> Settings().answers_to("localhost:8000"), Settings().answers_to("example.org")
        (True, False)
        """
        name = _without_port(host.strip().lower())
        if name in {"localhost", self.host.lower(), *self.names} - {""}:
            return True
        return is_loopback(name) or (not self.loopback and _is_address(name))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine and nothing else."""
    return host.lower() == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if host.count(":") > 1 else host.partition(":")[0]


def token_of(file: str | None) -> str:
    """The token in a file, or in RELCOMM_TOKEN; empty if there is neither. Raises `InputError`; repeats nothing of it."""
    if file is None:
        token = os.environ.get("RELCOMM_TOKEN", "").strip()
        where = "RELCOMM_TOKEN"
        if not token:
            return ""
    else:
        where = "--token-file"
        token = _read(file)
    if len(token) < SHORTEST_TOKEN or not (token.isascii() and token.isprintable()) or " " in token:
        raise InputError(
            f"{where}: a token is one line of at least {SHORTEST_TOKEN} plain characters without blanks; "
            "this makes one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return token


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        problem = "--token-file: there is no such file, or it cannot be read as text"
    raise InputError(problem)

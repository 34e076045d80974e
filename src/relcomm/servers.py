"""The commands that stay and answer: ``serve`` over HTTP and ``mcp`` to an assistant on this machine."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from relcomm.errors import InputError
from relcomm.usage import Parser, command_of, draws_of, model_option

if TYPE_CHECKING:
    from relcomm.analyzer import Analyzer

Loader = Callable[[argparse.Namespace], "Analyzer"]


def add_commands(commands: Any, analyzer: Loader) -> None:
    """Add the two commands; ``analyzer`` loads the model that the options name."""
    for add in (_add_serve, _add_mcp):
        add(commands).set_defaults(load=analyzer)


def _add_serve(commands: Any) -> Parser:
    text = (
        "Answer over HTTP, and serve one page for a browser. Stores nothing; only this machine can reach it unless --host says\n"
        "otherwise, and then a token is needed.\n\n"
        "/v1/label, /v1/analyze, /v1/check, /v1/labels, /healthz, /metrics (Prometheus), /openapi.json, and the page at /.\n"
        "The log on standard error has the time, method, route, status and milliseconds of each request, nothing of what was\n"
        "sent. Ctrl+C or SIGTERM ends it once what was accepted is answered. Needs: pip install 'relcomm[serve]'"
    )
    command = command_of(commands, "serve", _serve, text)
    command.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (default: 127.0.0.1)")
    command.add_argument("--port", type=_port, default=8000, metavar="N", help="the port, 0 for any (default: 8000)")
    command.add_argument(
        "--token-file",
        metavar="FILE",
        help="a file with the token that requests must bring (default: RELCOMM_TOKEN of the environment, or none)",
    )
    command.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="a name by which requests may call it, besides localhost and its address; may be given several times",
    )
    command.add_argument("--max-bytes", type=draws_of, metavar="N", help="of one request (default: 4194304)")
    command.add_argument("--max-turns", type=draws_of, metavar="N", help="of one conversation (default: 5000)")
    command.add_argument(
        "--max-seconds", type=draws_of, metavar="N", help="for a request to arrive, and to be answered (default: 60)"
    )
    command.add_argument(
        "--max-waiting",
        type=draws_of,
        metavar="N",
        help="turns that wait for labels before requests are refused for now (default: 2000)",
    )
    command.add_argument(
        "--threads", type=draws_of, default=0, metavar="N", help="that label turns (default: one a processor)"
    )
    model_option(command)
    return command


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a number from 0 to 65535, please")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    from relcomm.integrations.service.run import serve
    from relcomm.integrations.service.settings import Limits, Settings, token_of

    given = {name: getattr(options, f"max_{name}") for name in ("bytes", "turns", "seconds", "waiting")}
    limits = Limits(**{name: number for name, number in given.items() if number is not None})
    try:
        settings = Settings(
            options.host,
            options.port,
            token=token_of(options.token_file),
            names=tuple(options.name),
            limits=limits,
            threads=options.threads,
        )
    except InputError as error:
        options.parser.error(str(error))
    serve(lambda: options.load(options), settings)
    return 0


def _add_mcp(commands: Any) -> Parser:
    from relcomm.integrations.disclosure import DISCLOSURE

    text = (
        "Give an assistant on this machine the tools label, analyze and check, over standard input and output (MCP).\n\n"
        f"{DISCLOSURE}\n\n"
        "Needs: pip install 'relcomm[mcp]'"
    )
    command = command_of(commands, "mcp", _mcp, text)
    model_option(command)
    return command


def _mcp(options: argparse.Namespace) -> int:
    from relcomm.integrations.mcp import serve

    serve(lambda: options.load(options))
    return 0

"""A canary through relcomm in a process of its own: what the system sees it do, how it crashes, and what it says at its loudest."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from canary import LINES, NAME, TEXT
from command import PATIENCE, start
from test_mcp import answered
from watching import CANARY, holds, in_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and limits")
LOUD = {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "always", "PYTHONASYNCIODEBUG": "1", "PYTHONUNBUFFERED": "1"}
"""All that Python itself can be told to say more."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where what the process would leave behind is found."""
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    # What a working folder is called may not change what is imported.
    paths = [str(Path(entry or ".").resolve()) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def left(home: Path) -> list[str]:
    """The files that hold a canary."""
    return [path.name for path in home.rglob("*") if path.is_file() and in_file(path)]


# What the system sees ------------------------------------------------------------------------------------------------

WHOLE = json.dumps({"text": TEXT, "speaker": NAME}) + "\n"
TRACED = {
    "label": (["label"], WHOLE, 0),
    "analyze": (["analyze", "--html", "page.html"], LINES, 0),
    "check": (["check", "-"], TEXT, 0),
    "what cannot be read": (["analyze"], TEXT, 3),
}
_STRACE = ("strace", "-f", "-qq", "-e", "trace=%network,execve,execveat,open,openat,creat,rename,renameat,renameat2")
# urllib3, which spaCy imports, finds out so whether this machine knows IPv6; nothing is sent, and it lets go.
_PROBE = re.compile(r'socket\(AF_INET6, SOCK_STREAM.*|bind\(\d+, \{sa_family=AF_INET6, sin6_port=htons\(0\),.*"::1".*')


@pytest.mark.parametrize(("argv", "stdin", "code"), TRACED.values(), ids=TRACED)
def test_no_connection_and_no_file_beside_what_was_asked_for(
    argv: list[str], stdin: str, code: int, home: Path
) -> None:
    if not shutil.which("strace"):
        pytest.skip("strace is not installed: apt-get install strace")
    command = [sys.executable, "-B", "-m", "relcomm", *argv, "--model", "ngram"]
    trace = home / "trace"
    done = subprocess.run(
        [*_STRACE, "-o", trace, *command], input=stdin.encode(), capture_output=True, timeout=PATIENCE, check=False
    )
    if "ptrace" in done.stderr.decode():
        pytest.skip("strace may not look at programs here")
    assert done.returncode == code
    calls = [line.split(maxsplit=1)[1] for line in trace.read_text(encoding="utf-8").splitlines() if line[:1].isdigit()]
    trace.unlink()
    opened = [call for call in calls if call.startswith(("open", "creat", "rename"))]
    others = [call for call in calls if call not in opened and not call.startswith(("+++", "---", "<..."))]
    assert others[0].startswith("execve(")
    assert [call for call in others[1:] if not _PROBE.match(call)] == []
    writing = [call for call in opened if re.search(r"O_CREAT|O_WRONLY|O_RDWR|^creat|^rename", call)]
    assert [
        call for call in writing if "/dev/null" not in call and ("--html" not in argv or str(home) not in call)
    ] == []
    assert not holds(done.stderr)
    assert left(home) == ["page.html"] * ("--html" in argv)


# How it crashes ------------------------------------------------------------------------------------------------------

CRASH = """
import os, sys, resource
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
import relcomm.advice, relcomm.cli
relcomm.advice.advise = lambda *_, **__: os.abort()
relcomm.cli.main(["check", "-", "--model", "ngram"])
"""


@posix
def test_a_crash_shows_no_text(home: Path) -> None:
    command = [sys.executable, "-X", "faulthandler", "-c", CRASH]
    done = subprocess.run(command, input=TEXT.encode(), capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == -signal.SIGABRT
    assert b"Fatal Python error: Aborted" in done.stderr
    assert not holds(done.stdout + done.stderr)
    assert left(home) == []


LIMIT = """
import resource
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
from relcomm.cli import main
main(["labels", "--json"])
assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
"""


@posix
def test_no_command_leaves_an_image_of_its_memory() -> None:
    done = subprocess.run([sys.executable, "-c", LIMIT], capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr


# At its loudest ------------------------------------------------------------------------------------------------------


@pytest.fixture
def running(home: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that end with the test."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def test_the_service(home: Path, running: list[subprocess.Popen[bytes]]) -> None:
    pytest.importorskip("uvicorn", reason="relcomm[serve] is not installed")
    process = start("serve", "--model", "ngram", "--port", "0", **LOUD)
    running.append(process)
    assert process.stderr
    said = b""
    while not (found := re.search(rb"relcomm: open (http://127\.0\.0\.1:\d+) ", said)):
        said += (line := process.stderr.readline())
        assert line, said
    with httpx.Client(base_url=found[1].decode(), timeout=PATIENCE) as http:
        long = LINES * 20
        for path, asked in (
            ("/v1/label", {"turns": [{"text": TEXT, "speaker": NAME}] * 50}),
            ("/v1/analyze", {"transcript": long, "format": "name_text", "html": True}),
            ("/v1/check", {"draft": TEXT, "thread": long}),
            ("/v1/check", {"draft": [CANARY]}),
            (f"/{CANARY}", {CANARY: CANARY}),
        ):
            http.post(f"{path}?{CANARY}", json=asked, headers={"User-Agent": CANARY})
        assert not holds(http.get("/metrics").text)
    process.send_signal(signal.SIGINT)
    out, rest = process.communicate(timeout=PATIENCE)
    assert b"POST /v1/analyze 200" in rest
    assert not holds(out + said + rest)
    assert left(home) == []


def test_the_tools_for_assistants(home: Path, running: list[subprocess.Popen[bytes]]) -> None:
    pytest.importorskip("mcp", reason="relcomm[mcp] is not installed")
    process = start("mcp", "--model", "ngram", **LOUD)
    running.append(process)
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": CANARY, "version": "1"}}
    calls = [
        ("label", {"text": TEXT}),
        ("analyze", {"transcript": TEXT}),
        ("check", {"draft": [TEXT]}),
        (CANARY, {CANARY: CANARY}),
    ]
    sent = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        *(
            {"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": {"name": name, "arguments": given}}
            for n, (name, given) in enumerate(calls, 2)
        ),
    ]  # fmt: skip
    answers = answered(process, sent)
    assert not holds(json.dumps([answers[n] for n in range(2, 6)]))
    _, said = process.communicate(b"{" + CANARY.encode() + b"\n", timeout=PATIENCE)
    assert said
    assert not holds(said)
    assert left(home) == []

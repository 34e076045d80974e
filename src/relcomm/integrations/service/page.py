"""The page at ``/``: one file, its style and its script in it, and the policy that lets nothing else run or load."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from functools import cache
from importlib import resources

from relcomm.labels import LABELS
from relcomm.readers import READERS
from relcomm.report.page import style as report_style


@cache
def page() -> str:
    """The whole page."""
    known = {"labels": {name: label.title for name, label in LABELS.items()}, "formats": formats()}
    # In a script element nothing can be escaped but by JSON's own means.
    data = json.dumps(known).replace("<", "\\u003c")
    filled = {"/*style*/": _file("page.css"), "/*script*/": _script(), "/*known*/": data}
    text = _file("page.html")
    for place, content in filled.items():
        text = text.replace(place, content)
    return text


@cache
def policy() -> str:
    """The page's Content-Security-Policy: this style, this script, the report's style, and requests to where it came from."""
    style, script = _fingerprint(_file("page.css")), _fingerprint(_script())
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{script}'",
            # A report is shown in a frame, which takes on this policy beside its own.
            f"style-src '{style}' 'sha256-{report_style()[1]}'",
            "connect-src 'self'",
            "img-src 'self'",
            "frame-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


@cache
def icon() -> str:
    """The page's icon."""
    return _file("icon.svg")


def formats() -> list[str]:
    """What can be named as the format of a transcript: every reader, and its ways where there are some."""
    return [each for name in READERS for each in (name, *(f"{name}:{way}" for way in _ways(name)))]


def _ways(name: str) -> list[str]:
    return list(getattr(READERS[name], "OPTIONS", {}))


def _script() -> str:
    return "\n".join(map(_file, ("ask.js", "talk.js", "message.js")))


def _file(name: str) -> str:
    # With one kind of line end, whatever the checkout has: a browser counts them as one before it looks at the hash.
    text = resources.files("relcomm.integrations.service").joinpath("web", name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def _fingerprint(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

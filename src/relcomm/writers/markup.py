"""XML by own hand: what stands in a name or a text can never become markup."""

from __future__ import annotations

from collections.abc import Iterable

from relcomm.writers.page import printable

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
# A reader of XML turns a bare line break in an attribute into a blank, and a bare return anywhere into a line break.
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_VALUE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)


def escaped(text: str) -> str:
    r"""A text between tags; characters that XML cannot hold are shown by a sign (`printable`).

    >>> escaped("<b> & \r")
    '&lt;b&gt; &amp; &#13;'
    """
    return printable(text).translate(_TEXT)


def element(name: str, inside: str | Iterable[str] = "", /, **attributes: str) -> str:
    """An element; ``inside`` is markup already, the attributes' values are not.

    >>> element("Code", element("Description", escaped("a < b")), name='"C"')
    '<Code name="&quot;C&quot;"><Description>a &lt; b</Description></Code>'
    """
    head = "".join(f' {key}="{printable(value).translate(_VALUE)}"' for key, value in attributes.items())
    body = inside if isinstance(inside, str) else "".join(inside)
    return f"<{name}{head}>{body}</{name}>" if body else f"<{name}{head}/>"

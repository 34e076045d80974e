"""A strict reader of the page, and words that try to be more than words."""

from __future__ import annotations

from html.parser import HTMLParser

from relcomm.types import Analysis, Conversation, Finding, Prediction, Rate, ReadReport, Span, Utterance

PAYLOADS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    '" style="background:url(http://x.y)',
    "</style><style>*{display:none}</style>",
    "</title><body onload=alert(1)>",
    "<!--<img src=x>-->",
    "--><h1>x</h1><!--",
    "<![CDATA[<b>x</b>]]>",
    "<?php echo 1 ?>",
    "<!DOCTYPE html>",
    "</p></li></ol></section></main>",
    "</mark><mark onclick=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "javascript:alert(1)",
    "<iframe srcdoc='<b>x'></iframe>",
    "<object data=x></object>",
    "<embed src=x>",
    "<base href=//x.y>",
    "<meta http-equiv=refresh content=0>",
    "<link rel=stylesheet href=//x.y>",
    "<form action=//x.y><input>",
    "<math><mtext></mtext></math>",
    "<textarea></textarea>x",
    "<b\x00>x</b>",
    "\x00<script\x0b>x",
    "&lt;script&gt;alert(1)",
    "&#60;b&#62;x&#60;/b&#62;",
    "&quot;&gt;<b>",
    "<\u202eb>x\u202c</b>",
    "\ud83d<b>\udc00</b>",
    "＜script＞alert(1)＜/script＞",
    "<template><b></template>x",
    "{{7*7}}${7*7}<%= 7 %>",
    "\x1b]0;owned\x07\x1b[2J<b>",
    "<noscript><p title='</noscript><img src=x>'>",
    "x\u2028<b>\u2029x",
]
VOID = {"meta", "path", "use", "circle"}


class Page(HTMLParser):
    """A strict reading of a page: what is opened must be closed, in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        assert tag in VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.words.setdefault(tag, []).append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment got in")

    def handle_pi(self, data: str) -> None:
        raise AssertionError("a processing instruction got in")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError("a declaration got in")

    def values(self, *names: str) -> list[str]:
        return [value for _, name, value in self.attributes if name in names]

    def said(self, tag: str = "body") -> str:
        return "".join(self.words.get(tag, ()))


def everywhere(words: str) -> Analysis:
    """The same words in every place that could hold somebody's words."""
    span = Span(0, len(words), "criticism", 0.5, words)
    own = Span(0, len(words) // 2, words, 0.5, words)
    seen = Prediction(
        ("criticism", words), {"criticism": 0.9, words: 0.8}, (own, span), ("contempt",), ("unsure", words)
    )
    report = ReadReport(words, 3, 2, system=(1,), remarks=(words,))
    said = (Utterance(words, words, None, words), Utterance("k", "Ann"))
    finding = Finding(words, (0, 1), 0.5, words, words, {words: words})
    rates = {
        words: {"criticism": Rate(1, 1, 0.2, 1.0), words: Rate(1, 1, 0.2, 1.0)},
        "Ann": {words: Rate(0, 1, 0.0, 0.8)},
    }
    return Analysis(Conversation(said, words, report), (seen, Prediction((), {})), (finding,), rates, words)

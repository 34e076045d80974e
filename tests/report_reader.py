"""A strict reader of the page, and words that try to be more than words."""

from __future__ import annotations

import json
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

from relcomm.patterns.side import After, Change, MySide, Week
from relcomm.types import Analysis, Conversation, Finding, Prediction, Rate, ReadReport, Span, Utterance

PAYLOADS: list[str] = json.loads(Path(__file__).with_name("payloads.json").read_text(encoding="utf-8"))
"""What somebody could write as a name or a message to become more than words on the page."""
VOID = {"br", "meta", "path", "use", "circle"}


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

    def everything(self) -> str:
        """Every word, those that only a pointer or a screen reader brings up, too."""
        words = self.words.get("body") or self.words.get("div", [])
        return " ".join([*words, *self.values("title", "aria-label", "alt")])


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
    few, many = Rate(3, 9, 0.1, 0.6), Rate(9, 9, 0.7, 1.0)
    side = MySide(
        name=words,
        turns=9,
        rates={words: few, "threat": few},
        after=(After(words, "criticism", many, few), After("criticism", words, many, few)),
        weeks=tuple(Week(date(2024, 3, day), 9, {words: few, "threat": few}) for day in (4, 11)),
        changes=(Change(words, date(2024, 3, 11), few, many, 0.001),),
        tried=(words,),
        undated=1,
        threats_left_out=True,
    )
    predictions = (seen, Prediction((), {}))
    talk = Conversation(said, words, report)
    return Analysis(talk, predictions, (finding,) * 5, rates, words, my_side=side)

"""Nothing relcomm says calls a person something: every sentence of ours, and every report made of the examples.

What may not be said is data, in wording.toml. Read are the labels, the help files, the page for the browser, every text in
the code, the models' cards, and what the shipped models give for the transcripts of examples/. What people said
themselves is not ours, and is blotted out first.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import shipped
from relcomm import read, report
from relcomm.analyzer import Analyzer, load
from relcomm.labels import LABELS, Label
from relcomm.report import notes
from relcomm.types import Analysis, Conversation
from report_reader import Page

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "src" / "relcomm"
TRANSCRIPTS = sorted((HERE.parent / "examples" / "transcripts").iterdir())
RULES = tomllib.loads((HERE / "wording.toml").read_text(encoding="utf-8"))
PATTERNS = {kind["name"]: [re.compile(pattern) for pattern in kind["patterns"]] for kind in RULES["kind"]}
ALLOWED = [each["words"] for each in RULES["allowed"]]
OURS = ("title", "definition", "lands", "advice", "source")


def level(words: str) -> str:
    """In lower case, with plain quotes, on one line, without the names that a page gives its parts."""
    shown = re.sub('class="[^"]*"', "", words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return " ".join(shown.lower().split())


def wrong(words: str) -> list[tuple[str, str]]:
    """What a text may not say: the kind, and the words."""
    flat = level(words)
    for allowed in ALLOWED:
        flat = flat.replace(allowed, " … ")
    return [(kind, m.group()) for kind, patterns in PATTERNS.items() for p in patterns for m in p.finditer(flat)]


# What there is to read ------------------------------------------------------------------------------------------------


def said_by(label: Label) -> Iterator[str]:
    """What a label's file says in its own voice; its examples and patterns are other people's words."""
    yield from (getattr(label, name) for name in OURS)
    yield from label.is_not
    yield from label.instead
    yield from (cue.why for cue in label.cues)
    yield from (case.why for case in (*label.flag, *label.leave))


@cache
def texts_of(file: Path) -> list[str]:
    """Every text in a file of the package: of code all but docstrings and patterns, of anything else the whole."""
    source = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        return [source]
    tree = ast.parse(source)
    inner = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = [text_of(node) for node in ast.walk(tree) if node not in inner and node not in alone]
    return [text for text in found if not re.search(r"\\b|\(\?", text)]


def text_of(node: ast.AST) -> str:
    """The text that stands at a place in code; what is put into it is left open."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@cache
def everything() -> list[str]:
    """Every text of the package and of the labels, as the rules see it."""
    code = [level(each) for file in FILES for each in texts_of(file)]
    return code + [level(each) for label in LABELS.values() for each in said_by(label)]


FILES = sorted(
    [*PACKAGE.rglob("*.py"), *(PACKAGE / "help").glob("*.toml"), *(PACKAGE / "integrations").rglob("web/*.[hj]*")]
)


@pytest.mark.parametrize("name", LABELS)
def test_a_labels_own_words(name: str) -> None:
    assert [found for words in said_by(LABELS[name]) for found in wrong(words)] == []
    # As `relcomm labels` prints it, too, but for the turns that others say.
    without = replace(LABELS[name], flag=(), leave=())
    assert wrong(notes.labels([without])) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_every_text_of_the_package(file: Path) -> None:
    assert [found for words in texts_of(file) for found in wrong(words)] == []


def test_all_kinds_of_files_are_read() -> None:
    read = {file.relative_to(PACKAGE).as_posix() for file in FILES}
    needed = {"report/words.py", "safety.py", "help/helplines.toml", "patterns/ultimatums.py", "research/words.py"}
    assert needed | {"integrations/service/web/page.html", "integrations/service/web/talk.js"} <= read
    assert any("never people" in words for words in texts_of(PACKAGE / "report" / "words.py"))


@pytest.mark.parametrize("name", shipped.NAMES)
def test_the_cards_of_the_models(name: str) -> None:
    assert wrong((shipped.MODELS / name / "README.md").read_text(encoding="utf-8")) == []


# The reports of the examples ------------------------------------------------------------------------------------------


def blotted(analysis: Analysis) -> Analysis:
    """The analysis with every letter that somebody said made an x, also where a finding or one's own side quotes it."""
    talk = analysis.conversation
    said = tuple(replace(each, text=re.sub(r"\w", "x", each.text)) for each in talk.utterances)
    findings = tuple(replace(found, summary=unquoted(found.summary)) for found in analysis.findings)
    return replace(analysis, conversation=replace(talk, utterances=said), findings=findings)


def unquoted(words: str) -> str:
    return re.sub("“[^”]*”", "“x”", words)


def reports(analysis: Analysis) -> Iterator[str]:
    """All that a person may be shown of an analysis."""
    yield report.text(analysis, width=10_000)
    yield Page(report.html(analysis)).everything()
    yield Page(report.notebook(analysis)).everything()
    yield from (finding.summary for finding in analysis.findings)
    if analysis.my_side:
        yield from analysis.my_side.summary
    if analysis.safety:
        yield from analysis.safety.words


@pytest.fixture(scope="module", params=shipped.NAMES)
def analyzer(request: pytest.FixtureRequest) -> Analyzer:
    return load(request.param)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_reports_of_the_examples(analyzer: Analyzer, path: Path) -> None:
    talk = read(path)
    analysis = blotted(analyzer.analyze(talk, me=talk.speakers[0]))
    # A name, and then that they are, seem or have something: no sentence of ours may go on so.
    names = "|".join(re.escape(level(name)) for name in talk.speakers)
    about = re.compile(rf"\b(?:{names}) (?:is|was|seems?|sounds?|appears?|has|lacks|needs|tends|always|never)\b")
    for words in reports(analysis):
        assert wrong(words) == []
        assert about.findall(level(words)) == []


def test_advice_on_drafts(ngram: Analyzer) -> None:
    cases = [case for label in LABELS.values() if label.harmful for case in label.flag[:6]]
    found = [(case.text, advice) for case in cases for advice in ngram.check(case.text)]
    assert len({advice.span.label for _, advice in found}) >= 5
    for draft, advice in found:
        # Ways to say it carry over what the draft plainly says, and that is the writer's.
        plain = re.sub(r"\w", "x", draft)
        assert wrong(notes.advice(plain, [replace(advice, try_instead=())])) == []


# The rules themselves -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sentence", [each for kind in RULES["kind"] for each in kind["caught"]])
def test_what_may_not_be_said_is_caught(sentence: str) -> None:
    (kind,) = (kind["name"] for kind in RULES["kind"] if sentence in kind["caught"])
    assert kind in {name for name, _ in wrong(sentence)}
    talk = Conversation(())
    shown = Analysis(talk, (), (), {}, model=sentence)
    assert [kind in {name for name, _ in wrong(words)} for words in reports(shown)] == [True, True, True]


@pytest.mark.parametrize("pattern", [p for kind in PATTERNS.values() for p in kind], ids=lambda p: p.pattern[:40])
def test_every_pattern_catches_something(pattern: re.Pattern[str]) -> None:
    assert any(pattern.search(level(each)) for kind in RULES["kind"] for each in kind["caught"])


@pytest.mark.parametrize("allowed", RULES["allowed"], ids=lambda each: each["words"][:40])
def test_what_is_allowed_is_there_and_would_be_caught(allowed: dict[str, str]) -> None:
    words = allowed["words"]
    assert words == level(words)
    assert allowed["why"].endswith(".")
    assert any(p.search(words) for patterns in PATTERNS.values() for p in patterns)
    assert any(words in each for each in everything())


def test_every_rule_says_why() -> None:
    assert len(PATTERNS) == len(RULES["kind"])
    assert all(kind["why"].endswith(".") and kind["patterns"] and kind["caught"] for kind in RULES["kind"])
    assert json.dumps(RULES)

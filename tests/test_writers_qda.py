"""REFI-QDA codebooks and projects: read back strictly, every turn, label and place compared."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from xml.etree import ElementTree

from hypothesis import given

from relcomm.labels import LABELS
from relcomm.types import Analysis, Prediction, Span, Utterance
from relcomm.writers import render
from writing import NAMES, analyses, analysis, said_and_found, shown, unhurried

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Q = "{urn:QDA-XML:project:1.0}"


def lf(text: str) -> str:
    """What a project keeps of a text."""
    return shown(text.replace("\r\n", "\n").replace("\r", "\n"))


def opened(content: object) -> tuple[ElementTree.Element, str]:
    """The project and the text of its source."""
    assert isinstance(content, bytes)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        project = ElementTree.fromstring(archive.read("project.qde"))
        [source] = project.iter(f"{Q}TextSource")
        path = source.attrib["plainTextPath"].removeprefix("internal://")
        assert sorted(archive.namelist()) == sorted(["project.qde", f"Sources/{path}"])
        return project, archive.read(f"Sources/{path}").decode("utf-8")


def back(project: ElementTree.Element, text: str) -> list[tuple[Utterance, Prediction]]:
    """Every turn with what was found in it, as a strict reader gives them back."""
    code_names = {
        code.attrib["guid"]: next(name for name in NAMES if LABELS[name].title == code.attrib["name"])
        for code in project.iter(f"{Q}Code")
    }
    whose = {
        ref.attrib["targetGUID"]: case.attrib["name"]
        for case in project.iter(f"{Q}Case")
        for ref in case.iter(f"{Q}SelectionRef")
    }
    found: list[tuple[Utterance, Prediction]] = []
    begins = 0
    for one in project.iter(f"{Q}PlainTextSelection"):
        place = int(one.attrib["startPosition"]), int(one.attrib["endPosition"])
        about = one.findtext(f"{Q}Description") or ""
        labels = tuple(code_names[ref.attrib["targetGUID"]] for ref in one.iter(f"{Q}CodeRef"))
        if one.attrib["name"] == f"turn {len(found) + 1}":
            speaker = whose.get(one.attrib["guid"], "")
            head = f"{lf(speaker) or '?'}: "
            assert text[place[0] :].startswith(head)
            begins = place[0] + len(head)
            parts = re.fullmatch(
                r"time: (.*)\nunsure: (.*)\nflags: (.*)\nprobabilities: (.*)\nid: (.*)", about, re.DOTALL
            )
            assert parts
            time, unsure, flags, scores, name = parts.groups()
            said = Utterance(text[begins : place[1]], speaker, datetime.fromisoformat(time) if time else None, name)
            pairs = dict(pair.split(" ") for pair in scores.split(", "))
            figures = {label: float(score) for label, score in pairs.items()}
            found.append((said, Prediction(labels, figures, (), tuple(unsure.split()), tuple(flags.split()))))
        else:
            why, _, weight = about.rpartition("\nweight: ")
            said, seen = found[-1]
            span = Span(place[0] - begins, place[1] - begins, labels[0], float(weight), why)
            found[-1] = said, Prediction(seen.labels, seen.scores, (*seen.spans, span), seen.unsure, seen.flags)
    return found


def kept(said: Utterance, seen: Prediction) -> tuple[Utterance, Prediction]:
    """What a project can hold of a turn: all but the kinds of line breaks in the text, and what XML cannot hold."""
    spans = tuple(
        Span(len(lf(said.text[: s.start])), len(lf(said.text[: s.end])), s.label, s.weight, shown(s.why))
        for s in seen.spans
    )
    prediction = Prediction(seen.labels, seen.scores, spans, seen.unsure, seen.flags)
    return Utterance(lf(said.text), shown(said.speaker), said.time, shown(said.id)), prediction


@unhurried
@given(analyses())
def test_qdpx_holds_everything(each: Analysis) -> None:
    content = render(each, "x.qdpx").content
    assert content == render(each, "x.qdpx").content
    project, text = opened(content)
    assert back(project, text) == [kept(*pair) for pair in said_and_found(each)]


@unhurried
@given(analyses())
def test_guids_are_unique_and_lead_somewhere(each: Analysis) -> None:
    project, _ = opened(render(each, "x.qdpx").content)
    own = [one.attrib["guid"] for one in project.iter() if "guid" in one.attrib]
    assert len(set(own)) == len(own)
    assert all(GUID.fullmatch(one) for one in own)
    assert {one.attrib["targetGUID"] for one in project.iter() if "targetGUID" in one.attrib} <= set(own)
    assert [part.tag.removeprefix(Q) for part in project if part.tag != f"{Q}Cases"] == ["Users", "CodeBook", "Sources"]


@unhurried
@given(analyses())
def test_places_as_nvivo_counts_them(each: Analysis) -> None:
    project, text = opened(render(each, "x.qdpx", format="qdpx:utf16").content)
    plainly, _ = opened(render(each, "x.qdpx").content)
    units = text.encode("utf-16-le")
    for one, other in zip(project.iter(f"{Q}PlainTextSelection"), plainly.iter(f"{Q}PlainTextSelection"), strict=True):
        start, end = int(one.attrib["startPosition"]), int(one.attrib["endPosition"])
        there = text[int(other.attrib["startPosition"]) : int(other.attrib["endPosition"])]
        assert units[2 * start : 2 * end].decode("utf-16-le") == there


def test_a_codebook_has_every_label_with_its_definition() -> None:
    known = analysis([Utterance("hi")], [Prediction((), dict.fromkeys((*LABELS, "my <own> label"), 0.1))])
    content = render(known, "x.qdc").content
    assert isinstance(content, bytes)
    book = ElementTree.fromstring(content)
    space = "{urn:QDA-XML:codebook:1.0}"
    assert book.tag == f"{space}CodeBook"
    found = {code.attrib["name"]: code.findtext(f"{space}Description") for code in book.iter(f"{space}Code")}
    assert list(found) == [*(label.title for label in LABELS.values()), "my <own> label"]
    for label in LABELS.values():
        assert (found[label.title] or "").startswith(label.definition)
    project, _ = opened(render(known, "x.qdpx").content)
    assert [code.attrib["guid"] for code in book.iter(f"{space}Code")] == [
        code.attrib["guid"] for code in project.iter(f"{Q}Code")
    ]


def test_what_was_replaced_is_said() -> None:
    page = render(analysis([Utterance("a\x00b", "Ann")], [Prediction((), {"contempt": 0.1})]), "x.qdpx")
    assert "1 texts or names held characters" in page.remarks[0]

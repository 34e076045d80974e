"""TextGrid and ELAN: read back strictly, turns, times and labels compared."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcomm.errors import InputError
from relcomm.types import Analysis, Prediction, Utterance
from relcomm.writers import eaf, render, timeline, write
from writing import analyses, analysis, said_and_found, short, shown, unhurried

Turns = list[tuple[int, int, str, str, str]]
"""Start and end in milliseconds, the tier's name, the words and what was found."""
STRING = re.compile(r'"((?:[^"]|"")*)"')


def praat(content: object) -> Turns:
    """The turns of a TextGrid, by a strict reader of the long form."""
    assert isinstance(content, bytes)
    text = content.decode("utf-8")
    assert text.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = ')
    strings: list[str] = []

    def keep(match: re.Match[str]) -> str:
        strings.append(match[1].replace('""', '"'))
        return f"#{len(strings) - 1}"

    lines = STRING.sub(keep, text).split("\n")
    last = lines[4].removeprefix("xmax = ")
    assert lines[5] == "tiers? <exists>"
    tiers: list[tuple[str, list[tuple[int, int, str]]]] = []
    values = iter([line.split(" = ")[1] for line in lines[8:] if " = " in line])
    sizes = []
    for kind in values:
        assert strings[int(kind[1:])] == "IntervalTier"
        name = strings[int(next(values)[1:])]
        assert (next(values), next(values)) == ("0", last)
        sizes.append(int(next(values)))
        marks = []
        for _ in range(sizes[-1]):
            start, end = (round(1000 * float(next(values))) for _ in range(2))
            marks.append((start, end, strings[int(next(values)[1:])]))
        assert [marks[0][0], marks[-1][1]] == [0, round(1000 * float(last))]
        assert all(one[1] == other[0] and one[0] < one[1] for one, other in pairwise(marks))
        tiers.append((name, marks))
    assert lines[6] == f"size = {len(tiers)}"
    found: Turns = []
    for (name, words), (other, labels) in zip(tiers[::2], tiers[1::2], strict=True):
        assert other == f"relcomm@{name}"
        said = {mark[:2]: mark[2] for mark in words}
        found += [(start, end, name, said[start, end], text) for start, end, text in labels if text]
    return sorted(found)


def elan(content: object) -> Turns:
    """The turns of an .eaf, by a strict reader."""
    assert isinstance(content, bytes)
    root = ElementTree.fromstring(content)
    slots = {one.attrib["TIME_SLOT_ID"]: int(one.attrib["TIME_VALUE"]) for one in root.iter("TIME_SLOT")}
    assert list(slots.values()) == sorted(slots.values())
    tiers = {one.attrib["TIER_ID"]: one for one in root.iter("TIER")}
    assert len(tiers) == len(list(root.iter("TIER")))
    ids = [one.attrib["ANNOTATION_ID"] for one in root.iter() if "ANNOTATION_ID" in one.attrib]
    assert len(set(ids)) == len(ids)
    kinds = {one.attrib["LINGUISTIC_TYPE_ID"]: one.get("CONSTRAINTS") for one in root.iter("LINGUISTIC_TYPE")}
    found: Turns = []
    for name, tier in tiers.items():
        parent = tier.get("PARENT_REF")
        if parent is None:
            continue
        assert name == f"relcomm@{parent}"
        assert kinds[tier.attrib["LINGUISTIC_TYPE_REF"]] == "Symbolic_Association"
        labels = {one.attrib["ANNOTATION_REF"]: one.findtext("ANNOTATION_VALUE") for one in tier.iter("REF_ANNOTATION")}
        for one in tiers[parent].iter("ALIGNABLE_ANNOTATION"):
            start, end = (slots[one.attrib[f"TIME_SLOT_REF{n}"]] for n in (1, 2))
            words, own = one.findtext("ANNOTATION_VALUE"), labels.pop(one.attrib["ANNOTATION_ID"])
            found.append((start, end, tiers[parent].get("PARTICIPANT", ""), words or "", own or ""))
        assert not labels
    return sorted(found)


READERS = {"x.TextGrid": praat, "x.eaf": elan}


def test_a_new_file_names_its_schema() -> None:
    """For pympi, which reads no file without."""
    content = render(BOTH, "x.eaf").content
    assert isinstance(content, bytes)
    root = ElementTree.fromstring(content)
    assert root.attrib["{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"].endswith("EAFv3.0.xsd")


@unhurried
@given(analyses())
def test_every_turn_by_order(each: Analysis) -> None:
    expected = [(shown(said.text), short(seen)) for said, seen in said_and_found(each)]
    for name, reader in READERS.items():
        page = render(each, name)
        assert page.remarks[0] == timeline.ORDER_ONLY
        found = reader(page.content)
        assert [turn[:2] for turn in found] == [(1000 * n, 1000 * n + 1000) for n in range(len(found))]
        assert [turn[3:] for turn in found] == expected
    speakers = [turn[2] for turn in elan(render(each, "x.eaf").content)]
    assert speakers == [shown(said.speaker) for said in each.conversation.utterances]


MOMENTS = st.tuples(st.integers(0, 40), st.none() | st.integers(0, 40))


@unhurried
@given(st.lists(st.tuples(st.sampled_from(("Ann", "Ben")), MOMENTS), min_size=1, max_size=9))
def test_every_turn_by_its_time(turns: list[tuple[str, tuple[int, int | None]]]) -> None:
    each = analysis([Utterance(f"t{n}", name) for n, (name, _) in enumerate(turns)], [Prediction((), {})] * len(turns))
    spans = {f"t{n}": (start / 8, None if end is None else end / 8) for n, (_, (start, end)) in enumerate(turns)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timeline, "seconds_of", lambda said: spans[said.text])
        pages = {name: render(each, name) for name in READERS}
    for name, reader in READERS.items():
        assert pages[name].remarks == ()
        found = {turn[3]: turn for turn in reader(pages[name].content)}
        assert set(found) == set(spans)
        for text, (start, end) in spans.items():
            assert found[text][0] == round(1000 * start)
            if end is not None and end > start:
                assert found[text][1] == round(1000 * end)
            assert found[text][2].startswith(turns[int(text[1:])][0])


GIVEN = """\ufeff<?xml version="1.0" encoding="UTF-8"?>
<!-- kept as it is -->
<ANNOTATION_DOCUMENT AUTHOR="é" DATE="2024-01-01T00:00:00Z" FORMAT="3.0" VERSION="3.0">
    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
    <TIME_ORDER><TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="900"/></TIME_ORDER>
    <TIER LINGUISTIC_TYPE_REF="default-lt" PARTICIPANT="Ann" TIER_ID="A&amp;1"><ANNOTATION>
      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
        <ANNOTATION_VALUE>You  never &lt;listen&gt;.</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
    <TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="Ben"><ANNOTATION>
      <ALIGNABLE_ANNOTATION ANNOTATION_ID="relcomm1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
        <ANNOTATION_VALUE>You never &lt;listen&gt;.</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
    <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>
    <LOCALE COUNTRY_CODE="US" LANGUAGE_CODE="en"/>
</ANNOTATION_DOCUMENT>
"""
BOTH = analysis(
    [Utterance("You never <listen>.", "Ben"), Utterance("You never <listen>.", "Ann")],
    [Prediction(("contempt",), {}), Prediction((), {}, unsure=("criticism",))],
)


def test_tiers_are_added_to_the_file_that_came_in(tmp_path: Path) -> None:
    came = tmp_path / "talk.eaf"
    came.write_bytes(GIVEN.encode())
    write(BOTH, tmp_path / "out.eaf", source=came)
    out = (tmp_path / "out.eaf").read_bytes()
    assert elan(out) == [
        (0, 900, "", "You never <listen>.", "contempt"),
        (0, 900, "Ann", "You  never <listen>.", "criticism?"),
    ]
    order = [part.tag for part in ElementTree.fromstring(out)]
    assert order == ["HEADER", "TIME_ORDER", *["TIER"] * 4, *["LINGUISTIC_TYPE"] * 2, "LOCALE", "CONSTRAINT"]
    rest = out.decode()
    for made in re.findall(r'<TIER [^>]*TIER_ID="relcomm@.*?</TIER>|<LINGUISTIC_TYPE C[^>]*>|<CONSTRAINT[^>]*>', rest):
        rest = rest.replace(made, "")
    assert rest == GIVEN
    write(BOTH, came, source=tmp_path / "out.eaf")
    assert came.read_bytes() == out, "tiers of an earlier run are replaced"


BROKEN = {
    "not its turns": (GIVEN.replace("never", "always"), "turn 1 is not in the .eaf"),
    "no XML": ("quince", "no valid XML"),
    "another XML": ("<html/>", "no valid XML"),
    "cut short": (GIVEN[:-40], "no valid XML"),
    "a bomb": ('<!DOCTYPE x [<!ENTITY a "quince">]>' + GIVEN[GIVEN.index("<ANN") :], "no valid XML"),
    "no id": (GIVEN.replace(' ANNOTATION_ID="a1"', ""), "no valid XML"),
}


@pytest.mark.parametrize(("content", "said"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_not_the_one_that_was_read(content: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        eaf.render(BOTH, source=content.encode())
    assert "quince" not in str(caught.value)

"""Writers for research: the wide table, SDIS and ConvoKit."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given

from relcomm.errors import InputError, ReadError
from relcomm.types import Analysis, Prediction, Span, Utterance
from relcomm.writers import render, wide, write
from relcomm.writers.csv import armed
from relcomm.writers.sdis import LONGEST, coded
from writing import NAMES, analyses, analysis, said_and_found, unhurried

EVENING = datetime(2024, 3, 3, 19, 42, tzinfo=UTC)
NOBODY = Prediction((), dict.fromkeys(NAMES, 0.0))
SHARP = Prediction(("criticism",), dict.fromkeys(NAMES, 0.7))


def table(each: Analysis, form: str) -> list[dict[str, str]]:
    page = render(each, "x.csv", format=form)
    assert isinstance(page.content, bytes)
    rows = csv.DictReader(io.StringIO(page.content.decode("utf-8-sig"), newline=""))
    return [{name: armed(cell) for name, cell in row.items()} for row in rows]


@unhurried
@given(analyses())
def test_wide_counts_every_turn_once(each: Analysis) -> None:
    for form in ("wide", "wide:turn"):
        rows = table(each, form)
        for who in ("everybody", "speaker"):
            own = [row for row in rows if row["who"] == who]
            assert sum(int(row["turns"]) for row in own) == len(each.predictions)
            for name in NAMES:
                share = sum(float(row[name]) * int(row["turns"]) for row in own) / 100
                assert share == pytest.approx(sum(name in seen.labels for seen in each.predictions), abs=1e-3)
    talk = [row for row in table(each, "wide") if row["who"] == "speaker"]
    assert [row["speaker"] for row in talk] == list(
        dict.fromkeys(said.speaker for said in each.conversation.utterances)
    )


@unhurried
@given(analyses(min_turns=1))
def test_bins_leave_no_turn_out(each: Analysis) -> None:
    if not any(said.time for said in each.conversation.utterances):
        with pytest.raises(InputError, match="no turn has a time"):
            render(each, "x.csv", format="wide:10s")
        return
    rows = [row for row in table(each, "wide:10s") if row["who"] == "everybody"]
    assert sum(int(row["turns"]) for row in rows) == len(each.predictions)
    units = [int(row["unit"]) for row in rows if row["unit"]]
    assert all(before < after for before, after in pairwise(units))


def test_bins_of_a_chat() -> None:
    seconds = (0, 9, 10, 35, None)
    times = [None if s is None else EVENING + timedelta(seconds=s) for s in seconds]
    turns = [Utterance("a b c", "Ann" if n % 2 else "Ben", time) for n, time in enumerate(times)]
    each = analysis(turns, [SHARP, NOBODY, SHARP, NOBODY, SHARP])
    rows = [
        (r["unit"], r["start"], r["end"], r["who"], r["speaker"], r["turns"], r["words"], r["criticism"])
        for r in table(each, "wide:10s")
    ]
    assert rows == [
        ("1", "0", "10", "everybody", "", "2", "6", "50.0"),
        ("1", "0", "10", "speaker", "Ben", "1", "3", "100.0"),
        ("1", "0", "10", "speaker", "Ann", "1", "3", "0.0"),
        ("2", "10", "20", "everybody", "", "1", "3", "100.0"),
        ("2", "10", "20", "speaker", "Ben", "1", "3", "100.0"),
        ("4", "30", "40", "everybody", "", "1", "3", "0.0"),
        ("4", "30", "40", "speaker", "Ann", "1", "3", "0.0"),
        ("", "", "", "everybody", "", "1", "3", "100.0"),
        ("", "", "", "speaker", "Ben", "1", "3", "100.0"),
    ]
    assert "1 turns have no time" in render(each, "x.csv", format="wide:10s").remarks[-1]


# Start and end of a turn in a recording, and the numbers of the bins it reaches into.
REACHES = [
    ((0.0, 10.0), [1]),
    ((9.9, 10.1), [1, 2]),
    ((5.0, 31.0), [1, 2, 3, 4]),
    ((10.0, 10.0), [2]),
    ((12.0, None), [2]),
]


@pytest.mark.parametrize(("span", "bins"), REACHES)
def test_a_turn_counts_in_every_bin_it_reaches_into(
    monkeypatch: pytest.MonkeyPatch, span: tuple[float, float | None], bins: list[int]
) -> None:
    monkeypatch.setattr(wide, "seconds_of", lambda said: span)
    rows = table(analysis([Utterance("hi", "Ann")], [SHARP]), "wide:10s")
    assert [int(row["unit"]) for row in rows if row["who"] == "everybody"] == bins


@unhurried
@given(analyses())
def test_sdis_holds_the_speakers_and_labels_in_order(each: Analysis) -> None:
    text = render(each, "x.sds").content.decode("utf-8")
    lines = text.split("\n")
    assert lines[-2:] == ["/", ""]
    comments = [line for line in lines if line.startswith("%")]
    assert all(line.count("%") == 2 and line.endswith("%") for line in comments)
    names = list(dict.fromkeys(said.speaker for said in each.conversation.utterances))
    assert len([line for line in comments if re.match(r"% S\d+ = ", line)]) == len(names)
    head = lines[len(comments)]
    assert head.startswith("Multievent ($Speaker = S1" if names else "Multievent ")
    assert head.endswith(" none;")
    events = [line.removesuffix(" .").split() for line in lines[len(comments) + 2 : -2]]
    assert events == [
        [f"S{names.index(said.speaker) + 1}", *(seen.labels or ("none",))] for said, seen in said_and_found(each)
    ]
    single = [
        line
        for line in render(each, "x.sds", format="sdis:event").content.decode("utf-8").split("\n")
        if line[:1] == "S"
    ]
    assert len(single) == len(events)


@pytest.mark.parametrize("names", [("a" * 30, "a" * 31), ("Ann", "ann"), ("é", "ü", "1"), ("none", "S1"), ("", " ")])
def test_codes_are_apart(names: tuple[str, ...]) -> None:
    codes = coded(names, {"none", "S1"})
    assert len({code.casefold() for code in (*codes, "none", "S1")}) == len(names) + 2
    assert all(re.fullmatch(rf"[A-Za-z][A-Za-z0-9_]{{0,{LONGEST - 1}}}", code) for code in codes)


@unhurried
@given(analyses())
def test_convokit_holds_everything(each: Analysis) -> None:
    files = render(each, "x.convokit").content
    assert isinstance(files, dict | MappingProxyType)
    rows = [json.loads(line) for line in files["utterances.jsonl"].decode("ascii").split("\n")[:-1]]
    back = []
    for row in rows:
        meta = row["meta"]
        spans = tuple(Span(s["start"], s["end"], s["label"], s["weight"], s["why"]) for s in meta["spans"])
        seen = Prediction(tuple(meta["labels"]), meta["scores"], spans, tuple(meta["unsure"]), tuple(meta["flags"]))
        time = datetime.fromisoformat(meta["time"]) if meta["time"] else None
        back.append((Utterance(row["text"], row["speaker"], time, meta["id"]), seen))
        assert (row["timestamp"] is None) is (time is None)
    assert back == said_and_found(each)
    ids = [row["id"] for row in rows]
    assert len(set(ids)) == len(ids)
    assert {row["conversation_id"] for row in rows} == set(ids[:1]) == set(json.loads(files["conversations.json"]))
    assert [row["reply-to"] for row in rows] == [None, *ids][: len(ids)]
    assert set(json.loads(files["speakers.json"])) == {row["speaker"] for row in rows}
    index = json.loads(files["index.json"])
    assert set(index["utterances-index"]) == {key for row in rows for key in row["meta"]}


def test_convokit_is_a_folder_that_replaces_nothing(tmp_path: Path) -> None:
    each = analysis([Utterance("hi", "Ann")], [SHARP])
    folder = tmp_path / "talk.convokit"
    write(each, folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        *("conversations.json", "corpus.json", "index.json", "speakers.json", "utterances.jsonl")
    ]
    with pytest.raises(ReadError, match="something of this name already"):
        write(each, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["talk.convokit"]

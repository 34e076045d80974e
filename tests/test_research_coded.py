"""Coders' files of turns: every layout gives the same study, and what cannot be read is told without its text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relcomm.errors import InputError, ReadError
from relcomm.research.coded import Study, read_study
from relcomm.research.comparison import HARM, left_out, pairs_and_all, rate_row, turn_rows

CANARY = "quince"
# The same four turns of two conversations, coded by one person; the last turn was not coded.
GIVEN = {"t1": {"criticism"}, "t2": set(), "t3": {"contempt", "threat"}}
LAYOUTS = {
    "list.jsonl": "\n".join(
        json.dumps({"id": f"t{n}", "conversation": talk, "labels": labels})
        for n, talk, labels in ((1, "x", ["criticism"]), (2, "x", []), (3, "y", ["contempt", "threat"]), (4, "y", None))
    ),
    "own.jsonl": "\n".join(
        json.dumps({"id": f"t{n}", "conversation": talk, "own": labels})
        for n, talk, labels in ((1, "x", ["Criticism"]), (2, "x", []), (3, "y", ["contempt", "threat"]), (4, "y", None))
    ),
    "cell.csv": "id,conversation,labels\nt1,x,criticism\nt2,x,\nt3,y,contempt; threat\nt4,y,NA\n",
    "excel.csv": '\ufeffID;Conversation;Labels\r\nt1;x;Criticism\r\nt2;x;none\r\nt3;y;"threat; contempt"\r\nt4;y;?\r\n',
    "columns.tsv": "id\tconversation\tcriticism\tcontempt\tthreat\nt1\tx\t1\t0\t0\nt2\tx\t0\t0\t0\nt3\ty\t0\t1\t1\nt4\ty\t\t\t\n",
    "ones.jsonl": "\n".join(
        (
            '{"id": "t1", "conversation": "x", "criticism": 1, "contempt": 0, "threat": 0}',
            '{"id": "t2", "conversation": "x", "criticism": false, "contempt": false, "threat": false}',
            '{"id": "t3", "conversation": "y", "criticism": 0, "contempt": true, "threat": 1}',
            '{"id": "t4", "conversation": "y"}',
        )
    ),
    "crosses.csv": "id,conversation,criticism,contempt,threat\nt1,x,x,,\nt2,x,,,\nt3,y,,x,x\nt4,y,na,na,na\n",
    "coder.csv": "id,conversation,coder,labels\nt1,x,own,criticism\nt2,x,own,\nt3,y,own,contempt|threat\nt4,y,own,NA\n",
}


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_says_the_same(tmp_path: Path, name: str) -> None:
    study = read_study([written(tmp_path, name, LAYOUTS[name])])
    (codes,) = study.coders.values()
    assert {key: set(labels) for key, labels in codes.items()} == GIVEN
    assert [place.conversation for place in study.places.values()] == ["x", "x", "y", "y"]
    assert study.labels == ("criticism", "contempt", "threat")


def test_where_a_coder_has_the_name_from(tmp_path: Path) -> None:
    names = {"list.jsonl": "list", "own.jsonl": "own", "cell.csv": "cell", "coder.csv": "own"}
    for file, coder in names.items():
        assert list(read_study([written(tmp_path, file, LAYOUTS[file])]).coders) == [coder]
    again = written(tmp_path / "second", "cell.csv", LAYOUTS["cell.csv"])
    assert list(read_study([tmp_path / "cell.csv", again]).coders) == ["cell 1", "cell 2"]


def test_a_folder_is_a_coder_with_a_conversation_a_file(tmp_path: Path) -> None:
    for coder in ("ann", "ben"):
        for talk in ("one", "two"):
            written(tmp_path / coder, f"{talk}.csv", "turn,labels\n1,criticism\n2,\n")
    study = read_study([tmp_path / "ann", tmp_path / "ben"])
    assert list(study.coders) == ["ann", "ben"]
    assert [(key, place.conversation) for key, place in study.places.items()] == [
        ("one.1", "one"),
        ("one.2", "one"),
        ("two.1", "two"),
        ("two.2", "two"),
    ]


def test_ids_that_come_again_in_other_conversations(tmp_path: Path) -> None:
    text = "id,conversation,labels\n1,x,threat\n2,x,\n1,y,\n2,y,\n"
    study = read_study([written(tmp_path, "a.csv", text), written(tmp_path, "b.csv", text)])
    assert list(study.places) == ["x/1", "x/2", "y/1", "y/2"]
    assert study.coders["a"] == study.coders["b"]


def test_texts_may_come_from_any_file(tmp_path: Path) -> None:
    coded = written(tmp_path, "b.csv", "id,labels\nx.1,threat\nx.2,\n")
    with pytest.raises(ReadError, match=r"2 turn\(s\) have no text"):
        read_study([coded]).turns()
    text = written(tmp_path, "a.csv", "id,speaker,text,labels\nx.1,Ann,Hm,threat\nx.2,Ben,So?,\n")
    turns = read_study([coded, text]).turns()
    assert [(turn.utterance.text, len(turn.context)) for turn in turns.values()] == [("Hm", 0), ("So?", 1)]


REMARKS = {
    "no ids": ("labels\nthreat\nnone\n", "in the order they stand in"),
    "conversations from ids": ("id,conversation,labels\na.1,a,threat\nb.1,,\n", "before the last dot"),
}


@pytest.mark.parametrize(("text", "said"), REMARKS.values(), ids=REMARKS)
def test_what_was_assumed_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in remark for remark in read_study([written(tmp_path, "a.csv", text)]).remarks)


BROKEN = {
    "empty": ("", "empty", None),
    "only a header": ("id,labels\n", "nothing after", None),
    "no codes": (f"id,text\n1,{CANARY}\n", "no column holds the codes", None),
    "broken JSON": ('{"id": 1, "labels": []}\n{' + CANARY, "not a JSON object", 2),
    "labels of another kind": ('{"id": 1, "labels": {"a": 1}}', "list of strings", 1),
    "a number for a label": ('{"id": 1, "labels": [1]}', "list of strings", 1),
    "coded twice": (f"id,labels\n1,threat\n1,{CANARY}\n", "second time", 3),
    "a cell too many": (f"id,labels\n1,threat,{CANARY}\n", "more cells", 2),
    "a quote left open": (f'id,labels\n1,"{CANARY}\n', "quotes do not match", 2),
    "columns twice": ("id,labels,labels\n1,a,b\n", "twice", 1),
    "text for labels": (
        "id,labels\n" + "".join(f"{n},{CANARY} {n}\n" for n in range(150)),
        "150 different labels",
        None,
    ),
}


@pytest.mark.parametrize(("text", "problem", "line"), BROKEN.values(), ids=BROKEN)
def test_broken_files_are_told_without_their_text(tmp_path: Path, text: str, problem: str, line: int | None) -> None:
    with pytest.raises(ReadError, match=problem) as raised:
        read_study([written(tmp_path, "a.csv", text)])
    assert raised.value.line == line
    assert CANARY not in str(raised.value)


def test_a_folder_without_files(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no file in this folder"):
        read_study([tmp_path])


def test_coders_who_are_not_there(tmp_path: Path) -> None:
    file = written(tmp_path, "own.csv", LAYOUTS["cell.csv"])
    assert list(read_study([file], coders=["own"]).coders) == ["own"]
    with pytest.raises(ReadError, match="1 of the coders named are not among the 1 of the files"):
        read_study([file], coders=["own", CANARY])


# Comparing ------------------------------------------------------------------------------------------------------------


def study_of_two(tmp_path: Path) -> Study:
    one = "id,conversation,speaker,labels\n" + "".join(
        f"t{n},c{n % 4},s,{'threat' if n % 2 else ''}\n" for n in range(12)
    )
    two = "id,labels\n" + "".join(
        f"t{n},{'threat' if n % 3 == 1 else 'grumble' if n == 0 else ''}\n" for n in range(10)
    )
    return read_study([written(tmp_path, "one.csv", one), written(tmp_path, "two.csv", two)])


def test_who_is_compared() -> None:
    assert pairs_and_all(["a", "b"]) == [("a", "b")]
    assert pairs_and_all(["a", "b", "c"]) == [("a", "b"), ("a", "c"), ("b", "c"), ("a", "b", "c")]
    assert pairs_and_all(["a", "model", "b"], "model") == [("a", "b"), ("a", "model"), ("b", "model")]


def test_only_turns_that_both_coded_count(tmp_path: Path) -> None:
    study = study_of_two(tmp_path)
    rows = {row.label: row for row in turn_rows(study, draws=50)}
    assert list(rows) == ["overall", "any label", HARM, "threat", "grumble"]
    assert {row.units for row in rows.values()} == {10}
    # Odd against 1, 4, 7: both at 1 and 7.
    assert rows["threat"].cases == (5, 3)
    assert rows["threat"].figures["F1"].value == pytest.approx(2 * 2 / 8)
    assert rows["threat"].figures["percent"].value == pytest.approx(6 / 10)
    assert rows["any label"].cases == (5, 4)
    assert rows["overall"].figures["percent"].value == pytest.approx(5 / 10)
    assert any("one coded 12 of 12" in said or "two coded 10 of 12" in said for said in left_out(study))
    assert left_out(study, ["threat"])[-1] == "1 code(s) that were given are not compared."


def test_undefined_figures_are_said_in_words(tmp_path: Path) -> None:
    study = study_of_two(tmp_path)
    (row,) = [row for row in turn_rows(study, labels=["contempt"], draws=20) if row.label == "contempt"]
    assert (row.figures["kappa"].value, row.figures["alpha"].value, row.figures["AC1"].value) == (None, None, 1.0)
    assert "nobody gave it" in row.notes[0]
    rate = rate_row(study, ("one", "two"), "contempt", draws=20)
    assert rate.figures["ICC(C,1)"].value is None
    assert "the same" in rate.notes[0]


def test_one_coder_only(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one coder only"):
        turn_rows(read_study([written(tmp_path, "a.csv", LAYOUTS["cell.csv"])]))


def test_one_conversation_has_no_intervals(tmp_path: Path) -> None:
    text = "id,labels\n1,threat\n2,\n"
    study = read_study([written(tmp_path, "a.csv", text), written(tmp_path, "b.csv", text)])
    assert left_out(study) == ["All turns are of one conversation, so there are no intervals: they need two or more."]
    assert {row.figures["percent"].low for row in turn_rows(study)} == {None}


def test_coders_of_other_turns(tmp_path: Path) -> None:
    study = read_study(
        [written(tmp_path, "a.csv", "id,labels\na.1,threat\n"), written(tmp_path, "b.csv", "id,labels\nb.1,\n")]
    )
    with pytest.raises(InputError, match="no turn was coded by two"):
        turn_rows(study)


def test_why_there_is_no_interval_is_said(tmp_path: Path) -> None:
    text = "id,conversation,labels\n" + "".join(f"{n},{n % 5},{'' if n else 'threat'}\n" for n in range(20))
    study = read_study([written(tmp_path, "a.csv", text), written(tmp_path, "b.csv", text)])
    row = turn_rows(study, draws=100)[-1]
    assert (row.label, row.figures["kappa"].value, row.figures["kappa"].low) == ("threat", 1.0, None)
    assert "no interval" in row.notes[0]
    assert "up to 3 may still be wrong" in row.notes[-1]

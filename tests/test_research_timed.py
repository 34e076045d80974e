"""Codes with times: every export is read alike, and agreement by time and by events is what a hand reckons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.errors import InputError, ReadError
from relcomm.research.comparison import Row
from relcomm.research.sheets import read_sheet
from relcomm.research.timed import Event, is_timed, read_events
from relcomm.research.timing import NOTHING, kappa_of_events, link, timed_rows

CANARY = "quince"
# What every file below says, by ann: a state and a point of the wife in one film.
SMILE, NOD = Event("ann", "film", "wife", 1.5, 4.0, "smile"), Event("ann", "film", "wife", 6.25, 6.25, "nod")
HEAD = "Observation id\tObservation date\tMedia file\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\tModifiers\t"
EXPORTS = {
    "BORIS aggregated": (
        HEAD + "Behavior type\tStart (s)\tStop (s)\tDuration (s)\tComment start\tComment stop\n"
        "film\t2026-11-01\tfilm.mp4\t10.0\t25\twife\tsmile\t\t\tSTATE\t1.500\t4.000\t2.500\t\t\n"
        "film\t2026-11-01\tfilm.mp4\t10.0\t25\twife\tnod\t\t\tPOINT\t6.250\t6.250\tNA\t\t\n"
    ),
    "BORIS tabular": (
        "Observation id,Time,Subject,Behavior,Behavior type\n"
        "film,1.5,wife,smile,START\nfilm,4.0,wife,smile,STOP\nfilm,6.25,wife,nod,POINT\n"
    ),
    "Datavyu rows": ("file,column,ordinal,onset,offset,code\nfilm,wife,1,1500,4000,smile\nfilm,wife,2,6250,6250,nod\n"),
    "Datavyu flags": (
        "file,column,ordinal,onset,offset,smile,nod\nfilm,wife,1,1500,4000,y,n\nfilm,wife,2,6250,6250,n,y\n"
    ),
    "ELAN with coder": "tier,begin time,end time,annotation,file\nwife@ann,0:00:01.500,0:00:04.000,smile,film\nwife@ann,00:00:06.250,,nod,film\n",
    "rows": "coder,observation,subject,start,end,code\nann,film,wife,1.5,4,smile\nann,film,wife,6.25,,nod\n",
    "decimal commas": "coder;observation;subject;start;end;code\nann;film;wife;1,5;4,0;smile\nann;film;wife;6,25;;nod\n",
    "milliseconds": "coder,observation,subject,start ms,end ms,code\nann,film,wife,1500,4000,smile\nann,film,wife,6250,,nod\n",
    "JSON lines": '{"coder": "ann", "observation": "film", "subject": "wife", "start": 1.5, "end": 4, "code": "smile"}\n'
    '{"coder": "ann", "observation": "film", "subject": "wife", "start": 6.25, "end": null, "code": "nod"}\n',
}


def written(folder: Path, text: str, name: str = "ann.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("text", EXPORTS.values(), ids=EXPORTS)
def test_every_export_says_the_same(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)
    assert is_timed(read_sheet(file))
    assert read_events([file]) == [SMILE, NOD]


def test_datavyu_columns_side_by_side(tmp_path: Path) -> None:
    text = (
        "wife.ordinal,wife.onset,wife.offset,wife.code01,husband.ordinal,husband.onset,husband.offset,husband.code01\n"
        "1,1500,4000,smile,1,500,0,nod\n2,6250,6250,nod,,,,\n"
    )
    folder = tmp_path / "ann"
    events = read_events([folder, written(folder, text, "film.csv").parent][:1])
    assert events == [Event("ann", "film", "husband", 0.5, 0.5, "nod"), SMILE, NOD]


def test_tiers_are_coders_in_one_file_and_subjects_in_several(tmp_path: Path) -> None:
    text = "tier,start,end,code\nann,1,2,smile\nben,1,2,smile\n"
    assert [event.coder for event in read_events([written(tmp_path, text)])] == ["ann", "ben"]
    two = read_events([tmp_path / "ann.csv", written(tmp_path, text, "ben.csv")])
    assert {(event.coder, event.subject) for event in two} == {(a, b) for a in ("ann", "ben") for b in ("ann", "ben")}


def test_turns_with_times_are_no_timed_codes(tmp_path: Path) -> None:
    assert not is_timed(read_sheet(written(tmp_path, "id,start,text,labels\n1,0.5,Hm,threat\n")))


BROKEN = {
    "no time": (f"start,end,code\nsoon,2,{CANARY}\n", "neither seconds", 2),
    "ends first": (f"start,end,code\n3,2,{CANARY}\n", "ends before", 2),
    "negative": ("start,end,code\n-3,2,a\n", "neither seconds", 2),
    "no start": (f"end,code\n2,{CANARY}\n", "when a code starts", None),
    "no codes": ("start,end,code\n1,2,\n", "both a time and a code", None),
    "stops without start": ("Time,Subject,Behavior,Behavior type\n1,w,smile,STOP\n", "without having started", 2),
    "never stops": ("Time,Subject,Behavior,Behavior type\n1,w,smile,START\n", "never stops", 2),
    "text for codes": ("start,end,code\n" + "".join(f"{n},,{CANARY} {n}\n" for n in range(150)), "150 different", None),
}


@pytest.mark.parametrize(("text", "problem", "line"), BROKEN.values(), ids=BROKEN)
def test_broken_files_are_told_without_their_text(tmp_path: Path, text: str, problem: str, line: int | None) -> None:
    with pytest.raises(ReadError, match=problem) as raised:
        read_events([written(tmp_path, text)])
    assert raised.value.line == line
    assert CANARY not in str(raised.value)


# Agreement -----------------------------------------------------------------------------------------------------------


def by(events: list[Event], **options: float) -> dict[tuple[str, str], Row]:
    rows, _ = timed_rows(events, draws=20, **options)
    return {(row.by, row.label): row for row in rows}


def state(coder: str, start: float, stop: float, code: str = "smile", film: str = "one") -> Event:
    return Event(coder, film, "", start, stop, code)


def test_by_time() -> None:
    # Ten seconds; ann smiles in 2-6, ben in 3-7: both in 3 of them, either alone in 1.
    found = by([state("ann", 2, 6), state("ben", 3, 7), state("ann", 9, 10, "nod"), state("ben", 9, 10, "nod")])
    row = found["time", "smile"]
    assert (row.units, row.cases) == (10, (4, 4))
    assert row.figures["percent"].value == pytest.approx(0.8)
    assert row.figures["kappa"].value == pytest.approx((0.8 - 0.52) / 0.48)
    assert found["time", "nod"].figures["kappa"].value == pytest.approx(1)
    assert found["time", "overall"].figures["percent"].value == pytest.approx(0.8)


def test_by_time_with_tolerance_a_second_off_is_no_disagreement() -> None:
    events = [state("ann", 2, 6), state("ben", 3, 7), state("ann", 9, 10, "nod"), state("ben", 9, 10, "nod")]
    near = by(events, tolerance=1.0)["time", "smile"]
    assert (near.units, near.cases) == (10, (4, 4))
    assert near.figures["percent"].value == pytest.approx(1)
    assert by(events, tolerance=0.5)["time", "smile"].figures["percent"].value == pytest.approx(0.8)
    assert by(events, step=0.5, tolerance=0.5)["time", "smile"].figures["percent"].value == pytest.approx(0.9)


def test_short_states_and_points_fill_a_unit() -> None:
    found = by([state("ann", 2.0, 2.1), state("ben", 2.9, 2.9)])
    assert found["time", "smile"].cases == (1, 1)
    assert found["time", "smile"].figures["percent"].value == 1


def test_by_events() -> None:
    # Links: smile-smile, smile-nod, nod-nothing, nothing-frown.
    events = [state("ann", 1, 1), state("ben", 1.4, 1.4), state("ann", 10, 10), state("ben", 10.5, 10.5, "nod")]
    events += [state("ann", 20, 20, "nod"), state("ben", 30, 30, "frown")]
    assert sorted(link(sorted(events), ("ann", "ben"), 1.0)) == [
        ("one", NOTHING, "frown"),
        ("one", "nod", NOTHING),
        ("one", "smile", "nod"),
        ("one", "smile", "smile"),
    ]
    found = by(events, tolerance=1.0)
    assert (found["events", "overall"].units, found["events", "overall"].figures["percent"].value) == (4, 0.25)
    smile = found["events", "smile"]
    assert (smile.cases, smile.figures["F1"].value) == ((2, 1), pytest.approx(2 / 3))
    assert by(events)["events", "smile"].figures["F1"].value == 0


def test_kappa_of_events_expects_nothing_where_nobody_saw_anything() -> None:
    # Codes a and b, and nothing: 8 a-a, 6 b-b, 2 missed by either. Without the empty cell the fit is worked by hand
    # below: margins 10, 8, 2 each way, so e(a, a) = A * A and so on, with A * (A + B + N) = 10, N * (A + B) = 2.
    counts = np.array([[8, 1, 1], [1, 6, 1], [1, 1, 0]], dtype=float)
    a, b, n = 10.0, 8.0, 2.0
    for _ in range(5000):
        total = a + b + n
        a, b, n = (a + 10 / total) / 2, (b + 8 / total) / 2, (n + 2 / (a + b)) / 2
    chance = a * a + b * b
    expected = (14 - chance) / (20 - chance)
    assert float(kappa_of_events(counts.ravel())["kappa"]) == pytest.approx(expected, abs=1e-6)
    assert np.isnan(kappa_of_events(np.array([5.0, 0, 0, 0]))["kappa"])
    assert float(kappa_of_events(np.array([0.0, 5, 5, 0]))["kappa"]) == pytest.approx(0, abs=1e-3)


def test_observations_only_one_of_them_coded_are_left_out_and_told() -> None:
    events = [state("ann", 1, 2), state("ben", 1, 2), state("ann", 1, 2, film="two")]
    rows, remarks = timed_rows(events, draws=5)
    assert {row.units for row in rows if row.by == "time"} == {2}
    assert remarks == ["ann – ben: 1 observation(s) in which only one of the two marked anything are left out."]


def test_coders_with_no_film_in_common() -> None:
    apart = [state("ann", 1, 2), state("ben", 1, 2, film="two")]
    with pytest.raises(InputError, match="no observation was coded by two"):
        timed_rows(apart, draws=5)
    # With a third coder there is something to compare, and the two stay without figures.
    rows, _ = timed_rows([*apart, state("cat", 1, 2)], draws=5)
    assert {row.units for row in rows if row.coders == ("ann", "ben")} == {0}
    assert all(figure.value is None for row in rows if row.coders == ("ann", "ben") for figure in row.figures.values())


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"step": 0.0}, "step"), ({"tolerance": -1.0}, "tolerance"), ({"step": 1e-7}, "ten million")],
)
def test_settings_that_make_no_sense(options: dict[str, float], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        timed_rows([state("ann", 1, 20), state("ben", 1, 2)], **options)


def test_one_coder_only() -> None:
    with pytest.raises(InputError, match="one coder only"):
        timed_rows([state("ann", 1, 2)])


TIMES = st.integers(0, 30).map(lambda n: n / 2)
EVENTS = st.lists(
    st.builds(state, st.just("ann"), TIMES, TIMES, st.sampled_from(["a", "b"])).map(
        lambda e: replace(e, start=min(e.start, e.stop), stop=max(e.start, e.stop))
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(EVENTS, EVENTS, st.sampled_from([0.0, 1.0, 2.5]))
def test_what_always_holds(one: list[Event], two: list[Event], tolerance: float) -> None:
    other = [replace(event, coder="ben") for event in two]
    links = link(sorted([*one, *other]), ("ann", "ben"), tolerance)
    assert sorted(a for _, a, _ in links if a != NOTHING) == sorted(event.code for event in one)
    assert sorted(b for _, _, b in links if b != NOTHING) == sorted(event.code for event in two)
    same = [replace(event, coder="ben") for event in one]
    for row in timed_rows([*one, *same], tolerance=tolerance, draws=2)[0]:
        assert row.figures["percent"].value == 1

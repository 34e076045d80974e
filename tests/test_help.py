"""The file of help lines: dated, honest about itself, replaceable, and refused with a place and a reason where damaged."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcomm.errors import ReadError
from relcomm.help import PURPOSES, VARIABLE, Helplines, helplines
from relcomm.types import Helpline

HEAD = 'as_of = 2026-01-02\nnote = "Checked by hand."\n'
LINE = (
    '[[helpline]]\ncountry = "Utopia"\nname = "Ear"\nreach = "1 23"\npurpose = "home"\n'
    'checked = 2026-01-01\nhow = "rung"\n'
)
OWN = Helpline("Utopia", "Ear", "1 23", "home", date(2026, 1, 1), "rung")
# Numbers about which a mistake would be the worst thing this package could do.
CERTAIN = {
    ("United States", "emergency"): "911",
    ("United States", "home"): "1-800-799-7233",
    ("United States", "crisis"): "988",
    ("Canada", "crisis"): "9-8-8",
    ("United Kingdom", "emergency"): "999",
    ("United Kingdom", "home"): "0808 2000 247",
    ("United Kingdom", "crisis"): "116 123",
    ("Ireland", "home"): "1800 341 900",
    ("Australia", "emergency"): "000",
    ("Australia", "home"): "1800 737 732",
    ("Australia", "crisis"): "13 11 14",
    ("New Zealand", "emergency"): "111",
    ("India", "home"): "181",
    ("South Africa", "home"): "0800 428 428",
    ("Germany", "home"): "116 016",
    ("European Union", "emergency"): "112",
}


@pytest.fixture(autouse=True)
def _no_own_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "own.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize(("place", "reach"), CERTAIN.items(), ids=map(" ".join, CERTAIN))
def test_sure_numbers_stand_first(place: tuple[str, str], reach: str) -> None:
    assert next(line.reach for line in helplines().lines if (line.country, line.purpose) == place) == reach


def test_every_country_has_somebody_to_ring_in_danger() -> None:
    found = helplines().lines
    countries = {line.country for line in found} - {"Elsewhere"}
    assert len(countries) >= 9
    assert {line.country for line in found if line.purpose == "emergency"} == countries
    assert {line.purpose for line in found} == set(PURPOSES)


def test_entries_are_dated_say_how_they_were_checked_and_claim_no_call() -> None:
    found = helplines()
    for line in found.lines:
        assert line.checked <= found.as_of
        assert line.how.endswith(("not rung", "site not opened"))
        assert re.fullmatch(r"[0-9][0-9 -]*(?: or [0-9]+)?|[a-z]+\.[a-z]+", line.reach)
    assert len(set(found.lines)) == len(found.lines)
    assert "without ringing" in found.note


def test_the_file_tells_who_deploys_to_check_and_replace_it() -> None:
    source = resources.files("relcomm.help").joinpath("helplines.toml").read_text(encoding="utf-8")
    told = " ".join(source[: source.index("as_of =")].replace("#", " ").split())
    for wanted in ("Nobody rang", "general knowledge", "must check every entry", "replace this file", f"{VARIABLE}="):
        assert wanted in told
    assert all(f'"{purpose}"' in told for purpose in PURPOSES)
    assert tomllib.loads(source)["as_of"] == helplines().as_of


def test_another_file_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Helplines(date(2026, 1, 2), "Checked by hand.", (OWN,))
    file = written(tmp_path, "\ufeff" + HEAD + LINE)
    assert helplines(file) == helplines(str(file)) == own
    assert helplines() != own
    monkeypatch.setenv(VARIABLE, str(file))
    assert helplines() == own
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "own.toml")
    assert helplines() == own
    other = written(tmp_path / "..", HEAD + LINE)
    assert helplines(other) == own
    monkeypatch.setenv(VARIABLE, "")
    assert helplines() != own


DAMAGED = {
    "no TOML": ("note = 'x'\nas_of = ?", "not valid TOML .*line 2"),
    "nested too deeply": ("a = " + "[" * 5000, "not valid TOML"),
    "not UTF-8": (b"note = '\xff'", "not in UTF-8"),
    "empty": ("", "as_of, note, helpline missing"),
    "no entry": (HEAD + "helpline = []", r"no \[\[helpline\]\]"),
    "no table": (HEAD + "helpline = [3]", "helpline 1: must be a table"),
    "no list": (HEAD + "[helpline]", "helpline must be a list"),
    "no date": ('as_of = "2026"\nnote = "x"\n' + LINE, "as_of must be a date"),
    "a time of day": (HEAD.replace("01-02", "01-02 10:00:00") + LINE, "as_of must be a date"),
    "empty note": ('as_of = 2026-01-02\nnote = " "\n' + LINE, "note must be a text"),
    "unknown key on top": ("quince = 1\n" + HEAD + LINE, "a key it does not know; it knows as_of, note, helpline"),
    "unknown key": (HEAD + LINE + 'quince = "1"', "helpline 1: there is a key it does not know"),
    "key missing": (
        HEAD + LINE + LINE.replace('reach = "1 23"\n', ""),
        "helpline 2: reach missing; it needs country, name, reach",
    ),
    "number as number": (HEAD + LINE.replace('"1 23"', "123"), "helpline 1: reach must be a text"),
    "unknown purpose": (HEAD + LINE.replace('"home"', '"quince"'), "one of emergency, home, crisis, self"),
    "date in quotes": (HEAD + LINE.replace("2026-01-01", '"2026"'), "helpline 1: checked must be a date"),
    "empty hours": (HEAD + LINE + 'hours = ""', "helpline 1: hours must be a text that is not empty"),
}


@pytest.mark.parametrize(("content", "problem"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | bytes, problem: str
) -> None:
    file = written(tmp_path, content)
    with pytest.raises(ReadError, match=f"^helplines.*{problem}"):
        helplines(file)
    monkeypatch.setenv(VARIABLE, str(file))
    with pytest.raises(ReadError, match=f"^{VARIABLE}.*{problem}") as caught:
        helplines()
    assert "quince" not in str(caught.value)


@pytest.mark.parametrize("name", ["not_there.toml", ".", "quince\0"], ids=ascii)
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReadError, match=r"^helplines: (cannot be read|this is not the path)") as caught:
        helplines(str(tmp_path) + "/" + name)
    assert "quince" not in str(caught.value)


def test_only_a_path_names_a_file() -> None:
    with pytest.raises(ReadError, match="not the path of a file"):
        helplines(5)  # type: ignore[arg-type]


TEXTS = st.text(max_size=60) | st.sampled_from([HEAD, LINE, HEAD + LINE, "[[helpline]]", "as_of = 2026-01-01"])


@given(st.lists(TEXTS, max_size=4).map("\n".join))
@settings(max_examples=60, deadline=None)
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    file = written(tmp_path_factory.mktemp("any"), content.encode(errors="surrogatepass"))
    with suppress(ReadError):
        assert helplines(file).lines


def test_briefly_every_number_stands_by_its_purpose_and_country() -> None:
    found = helplines()
    lines = found.briefly()
    assert len(lines) == len(PURPOSES) + 1
    for line in found.lines:
        (told,) = [each for each in lines if each.startswith(f"{PURPOSES[line.purpose]}: ")]
        assert re.search(rf"{line.country} [^;]*{re.escape(line.reach)}", told)
    assert lines[-1] == f"{found.note} (As of {found.as_of.isoformat()}.)"
    assert Helplines(date(2026, 1, 2), "N.", (OWN,)).briefly() == [
        "Fear or violence at home: Utopia 1 23.",
        "N. (As of 2026-01-02.)",
    ]


def test_the_page_about_safety_shows_a_file_that_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "safety.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(helplines(written(tmp_path, shown)).lines) == 2
    assert f"{VARIABLE}=" in page
    assert all(f"`{purpose}`" in page for purpose in PURPOSES)
    (when,) = re.findall(r"as of (20\d\d-\d\d-\d\d)", page)
    assert when == helplines().as_of.isoformat()

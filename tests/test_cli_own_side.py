"""``relcomm analyze --me`` and ``--pseudonyms``: one's own side, and a report without the names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from command import CANARY, NGRAM, TRANSCRIPTS, Command
from relcomm.cli import Exit

CHORES = TRANSCRIPTS / "chores.txt"


def test_ones_own_side_in_text_page_and_json(relcomm: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    plain = relcomm("analyze", CHORES, "--me", "Tegan", "--html", page, *NGRAM)
    data = relcomm("analyze", CHORES, "--me", "Tegan", "--json", *NGRAM)
    assert (plain.code, data.code) == (Exit.DONE, Exit.DONE)
    assert "TEGAN’S OWN SIDE" in plain.out
    assert '<section id="own-side"' in page.read_text(encoding="utf-8")
    side = json.loads(data.out)["my_side"]
    assert (side["name"], side["turns"]) == ("Tegan", 16)
    assert side["summary"][0].startswith("Labels on Tegan's 16 turns: ")
    assert json.loads(relcomm("analyze", CHORES, "--json", *NGRAM).out)["my_side"] is None


@pytest.mark.parametrize("me", [CANARY, "tegan", " "])
def test_a_name_nobody_has_is_told_before_the_model_is_loaded(
    relcomm: Command, monkeypatch: pytest.MonkeyPatch, me: str
) -> None:
    monkeypatch.setattr("relcomm.analyzer.load", lambda *_, **__: pytest.fail("loaded"))
    done = relcomm("analyze", CHORES, "--me", me)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "--me: nobody goes by this name in the transcript, where 2 people speak" in done.err
    assert not re.search(f"{CANARY}|tegan|lachie|milk", done.err, re.IGNORECASE)


def test_no_name_is_left_with_pseudonyms(relcomm: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    options = ("--me", "Tegan", "--pseudonyms", *NGRAM)
    plain = relcomm("analyze", CHORES, "--html", page, *options)
    data = relcomm("analyze", CHORES, "--json", *options)
    assert json.loads(data.out)["my_side"]["name"] == "Person A"
    for view in (plain.out, data.out, page.read_text(encoding="utf-8")):
        assert "Person A" in view
        assert not re.search("tegan|lachie", view, re.IGNORECASE)

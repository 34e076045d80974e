"""Checking a draft: where it and its thread come from, what is said of it, and that nothing is ever an all-clear."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command import CANARY, HURTS, NGRAM, TRANSCRIPTS, Command
from relcomm import read
from relcomm.analyzer import Analyzer
from relcomm.cli import LONG, Exit
from relcomm.readers import READERS
from relcomm.report.notes import NOTHING_MARKED

CHORES = TRANSCRIPTS / "chores.txt"
WORDY = "The kettle is on and the cat is asleep by the door. " * 400


def test_check_a_draft(relcomm: Command, ngram: Analyzer) -> None:
    expected = [advice.to_dict() for advice in ngram.check(HURTS)]
    done = relcomm("check", HURTS, *NGRAM)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("criticism: “")
    assert json.loads(relcomm("check", HURTS, "--json", *NGRAM).out) == expected
    assert json.loads(relcomm("check", "--json", *NGRAM, stdin=HURTS.encode()).out) == expected
    assert json.loads(relcomm("check", "-", "--json", *NGRAM, stdin=HURTS.encode()).out) == expected
    assert json.loads(relcomm("check", "--json", *NGRAM, stdin=b"\xef\xbb\xbf" + HURTS.encode()).out) == expected


@pytest.mark.parametrize("draft", ["Did you eat?", ".", TRANSCRIPTS.name, "x" * 5000], ids=lambda d: ascii(d)[:20])
def test_where_nothing_is_marked_there_is_no_all_clear(
    relcomm: Command, monkeypatch: pytest.MonkeyPatch, draft: str
) -> None:
    monkeypatch.chdir(TRANSCRIPTS.parent)  # where two of the drafts are the names of folders
    done = relcomm("check", draft, *NGRAM)
    assert (done.code, done.out, done.err) == (0, f"{NOTHING_MARKED}\n", "")
    assert relcomm("check", draft, "--json", *NGRAM).out == "[]\n"


def test_what_is_said_where_nothing_is_marked(relcomm: Command) -> None:
    assert NOTHING_MARKED.startswith("relcomm marks nothing here, and it misses much. ")
    assert NOTHING_MARKED.endswith("lived through, or of danger.")
    assert NOTHING_MARKED.count(". ") == 1
    told = relcomm("check", "--help").out
    assert "no all-clear" in told
    assert "Silence" not in told


@pytest.mark.parametrize("draft", [WORDY, f"{HURTS} {WORDY}"], ids=["nothing marked", "something marked"])
def test_a_long_draft_is_said_to_be_read_in_part(relcomm: Command, ngram: Analyzer, draft: str) -> None:
    assert "long" in ngram.classify(draft).flags
    done = relcomm("check", *NGRAM, stdin=draft.encode())
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(f"\n\n{LONG}\n")
    plain = relcomm("check", "--json", *NGRAM, stdin=draft.encode())
    assert (plain.code, plain.err) == (0, f"{LONG}\n")
    assert json.loads(plain.out) == [advice.to_dict() for advice in ngram.check(draft)]


@pytest.mark.parametrize("draft", ["", " \n\t", "\u200b", "\udcff"], ids=ascii)
def test_nothing_to_read(relcomm: Command, draft: str) -> None:
    piped = draft.encode(errors="ignore")
    for done in (relcomm("check", draft, *NGRAM), relcomm("check", "--json", *NGRAM, stdin=piped)):
        assert (done.code, done.out) == (Exit.USAGE, "")
        assert "nothing to read" in done.err


def test_the_name_of_a_file_is_no_draft(relcomm: Command, tmp_path: Path) -> None:
    file = tmp_path / CANARY
    file.write_text(HURTS)
    done = relcomm("check", file, *NGRAM)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "relcomm check - < FILE" in done.err
    assert CANARY not in done.err


def test_a_draft_that_begins_with_a_dash(relcomm: Command, ngram: Analyzer) -> None:
    done = relcomm("check", "--json", *NGRAM, "--", f"-{HURTS}")
    assert json.loads(done.out) == [advice.to_dict() for advice in ngram.check(f"-{HURTS}")] != []
    assert relcomm("check", *NGRAM, "--", "-what").out == f"{NOTHING_MARKED}\n"


def test_check_in_a_thread(relcomm: Command, ngram: Analyzer) -> None:
    thread = CHORES
    said = read(thread).utterances
    done = relcomm("check", HURTS, "--thread", thread, "--me", said[-1].speaker, "--json", *NGRAM)
    expected = ngram.check(HURTS, context=said, speaker=said[-1].speaker)
    assert json.loads(done.out) == [advice.to_dict() for advice in expected]
    assert relcomm("check", HURTS, "--thread", thread, "--json", *NGRAM).code == 0
    assert expected[0].span.weight not in {advice.span.weight for advice in ngram.check(HURTS)}


def test_the_thread_may_come_by_standard_input(relcomm: Command) -> None:
    me = read(CHORES).speakers[0]
    named = relcomm("check", HURTS, "--thread", CHORES, "--me", me, "--json", *NGRAM)
    piped = relcomm("check", HURTS, "--thread", "-", "--me", me, "--json", *NGRAM, stdin=CHORES.read_bytes())
    assert (piped.code, piped.out) == (0, named.out)


@pytest.mark.parametrize("draft", [[], ["-"]], ids=str)
def test_only_one_thing_comes_by_standard_input(relcomm: Command, draft: list[str]) -> None:
    done = relcomm("check", *draft, "--thread", "-", *NGRAM, stdin=CANARY.encode())
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "standard input" in done.err
    assert CANARY not in done.err


def test_the_format_of_a_thread(relcomm: Command, tmp_path: Path) -> None:
    thread = tmp_path / "chat.txt"
    thread.write_text("[01/02/2023, 09:15:32] Ann: hi\n[01/02/2023, 09:15:40] Ben: hello\n")
    asked = ("check", HURTS, "--thread", thread, *NGRAM)
    assert relcomm(*asked).code == Exit.FILE
    assert relcomm(*asked, "--format", "whatsapp:dmy").code == 0
    assert relcomm("check", HURTS, "--format", "whatsapp:dmy", *NGRAM).code == Exit.USAGE
    told = relcomm("check", "--help").out
    assert all(name in told for name in (*READERS, "whatsapp:dmy", "whatsapp:mdy"))


def test_a_name_that_nobody_in_the_thread_has(relcomm: Command) -> None:
    done = relcomm("check", HURTS, "--thread", CHORES, "--me", CANARY, *NGRAM)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "--me" in done.err
    assert CANARY not in done.err
    assert all(name not in done.err for name in read(CHORES).speakers)


def test_a_draft_that_is_not_text(relcomm: Command) -> None:
    done = relcomm("check", *NGRAM, stdin=CANARY.encode() + b" \xff")
    assert (done.code, done.out, done.err) == (Exit.FILE, "", "relcomm: standard input: not in UTF-8\n")


def test_the_default_model_is_base(relcomm: Command, base: Analyzer) -> None:
    assert json.loads(relcomm("check", HURTS, "--json").out) == [advice.to_dict() for advice in base.check(HURTS)]

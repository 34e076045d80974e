"""relcomm over HTTP: every route answers as the Python functions do, and no error or log line repeats what was sent."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from command import CANARY, TRANSCRIPTS
from relcomm import report
from relcomm.analyzer import Analyzer
from relcomm.integrations.service.page import page, policy
from relcomm.labels import LABELS
from relcomm.readers import read
from relcomm.types import Utterance
from serving import BAD, TALK, TOKEN, served

CHORES = TRANSCRIPTS / "chores.txt"


@pytest.fixture(scope="module")
def http(ngram: Analyzer) -> Iterator[httpx.Client]:
    """A service that asks for no token."""
    with served(ngram) as client:
        yield client


# Answers -------------------------------------------------------------------------------------------------------------


def test_labels_of_turns(http: httpx.Client, ngram: Analyzer) -> None:
    context = [{"speaker": "Ben", "text": "You never rang."}]
    asked = [
        {"id": "a", "text": BAD[0]},
        {"id": 7, "text": "It's not my fault.", "speaker": "Ann", "context": context},
        {"text": "Dinner at six 😀?"},
        {"text": "Half an emoji: \ud83d"},
        {"text": ""},
    ]
    answer = http.post("/v1/label", content=json.dumps({"turns": asked}), headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    told = answer.json()
    assert told["model"] == "ngram"
    heads = [{"id": "a"}, {"id": 7}, {}, {}, {}]
    for turn, head, given in zip(asked, heads, told["turns"], strict=True):
        before = [Utterance(said["text"], said["speaker"]) for said in turn.get("context", [])]
        expected = ngram.classify(turn["text"], context=before, speaker=turn.get("speaker", "")).to_dict()
        assert given == head | expected
    assert BAD[1] in told["turns"][0]["labels"]
    assert "replaced" in told["turns"][3]["flags"]


def test_a_turn_scores_the_same_in_a_crowd(http: httpx.Client, ngram: Analyzer) -> None:
    said = [
        f"{text} {n}" for n in range(20) for text in ("You never listen!", "Thank you.", "Whatever.", "Is it seven?")
    ]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda text: http.post("/v1/label", json={"turns": [{"text": text}]}).json(), said))
    assert [answer["turns"] for answer in answers] == [[ngram.classify(text).to_dict()] for text in said]


GIVEN: dict[str, dict[str, Any]] = {
    "text": {"transcript": CHORES.read_text(encoding="utf-8")},
    "text of a named format": {"transcript": CHORES.read_text(encoding="utf-8"), "format": "name_text"},
    "a file": {"file": base64.b64encode(CHORES.read_bytes()).decode()},
    "a file in UTF-16": {"file": base64.b64encode(CHORES.read_text(encoding="utf-8").encode("utf-16")).decode()},
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_an_analysis(http: httpx.Client, ngram: Analyzer, given: dict[str, Any]) -> None:
    conversation = read(CHORES)
    me = conversation.speakers[0]
    analysis = ngram.analyze(conversation, me=me)
    told = http.post("/v1/analyze", json={**given, "me": me, "html": True}).json()
    assert told.pop("html") == report.html(analysis)
    assert told.pop("speakers") == list(conversation.speakers)
    assert told == json.loads(json.dumps(analysis.to_dict()))


def test_an_analysis_of_turns(http: httpx.Client, ngram: Analyzer) -> None:
    turns = [
        {"speaker": "Ann", "text": BAD[0], "time": "2026-05-01T10:00:00"},
        {"speaker": "Ben", "text": "It's not my fault. 😀 \ud83d", "time": "2026-05-01T10:01:00"},
        {"speaker": "Ann", "text": "OK."},
    ]
    asked = json.dumps({"turns": turns})
    told = http.post("/v1/analyze", content=asked, headers={"Content-Type": "application/json"}).json()
    assert [(turn["speaker"], turn["text"]) for turn in told["turns"]] == [(t["speaker"], t["text"]) for t in turns]
    assert [turn["time"] for turn in told["turns"]] == ["2026-05-01T10:00:00", "2026-05-01T10:01:00", None]
    assert BAD[1] in told["turns"][0]["labels"]
    assert "html" not in told


def test_names_hidden(http: httpx.Client) -> None:
    told = http.post("/v1/analyze", json={"transcript": TALK, "pseudonyms": True, "me": "Ben", "html": True}).json()
    assert {turn["speaker"] for turn in told["turns"]} == {"Person A", "Person B"}
    assert "Person B" in told["html"]
    assert "Ben" not in told["html"]
    assert told["speakers"] == ["Ann", "Ben"]


CHECKED: dict[str, dict[str, Any]] = {
    "alone": {},
    "with context": {"context": [{"speaker": "Ben", "text": "You could have rung."}], "me": "Ben"},
    "with a thread": {"thread": "Ben: You could have rung.\nAnn: I was busy.", "me": "Ann"},
    "with a thread of a named format": {"thread": "Ben: You could have rung.", "format": "name_text"},
    "with nothing before": {"context": []},
}


@pytest.mark.parametrize("given", CHECKED.values(), ids=CHECKED)
def test_a_check(http: httpx.Client, ngram: Analyzer, given: dict[str, Any]) -> None:
    told = http.post("/v1/check", json={"draft": BAD[0], **given}).json()
    before = [Utterance("You could have rung.", "Ben"), Utterance("I was busy.", "Ann")]
    context = before if given.get("me") == "Ann" else before[:1] if len(given) > 1 else []
    expected = ngram.check(BAD[0], context=context, speaker=given.get("me", ""))
    assert told["advice"] == [advice.to_dict() for advice in expected]
    assert told["advice"][0]["label"] == BAD[1]
    assert told["speakers"] == list(dict.fromkeys(said.speaker for said in context))
    assert told["long"] is False


def test_nothing_marked_and_a_long_draft(http: httpx.Client) -> None:
    assert http.post("/v1/check", json={"draft": "Dinner is at seven."}).json()["advice"] == []
    assert http.post("/v1/check", json={"draft": "Dinner is at seven. " * 1000}).json()["long"] is True


def test_the_small_routes(http: httpx.Client) -> None:
    assert [label["name"] for label in http.get("/v1/labels").json()["labels"]] == list(LABELS)
    assert http.get("/healthz").json()["status"] == "ok"
    assert http.get("/icon.svg").headers["content-type"] == "image/svg+xml"
    schema = http.get("/openapi.json").json()
    assert set(schema["paths"]) == {"/v1/label", "/v1/analyze", "/v1/check", "/v1/labels", "/healthz", "/metrics"}


def test_metrics(ngram: Analyzer) -> None:
    with served(ngram) as http:
        http.post("/v1/label", json={"turns": [{"text": CANARY}] * 3})
        http.post("/v1/analyze", json={"transcript": TALK})
        http.get(f"/{CANARY}")
        text = http.get("/metrics").text
    assert 'relcomm_requests_total{route="/v1/label",status="200"} 1' in text
    assert 'relcomm_requests_total{route="other",status="404"} 1' in text
    assert 'relcomm_request_seconds_bucket{route="/v1/analyze",le="+Inf"} 1' in text
    assert "relcomm_turns_total 6" in text
    assert CANARY not in text
    assert "Ann" not in text
    line = re.compile(r'# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [0-9.]+')
    assert all(line.fullmatch(each) for each in text.splitlines())


def test_the_page(http: httpx.Client) -> None:
    answer = http.get("/")
    assert answer.text == page()
    assert answer.headers["content-security-policy"] == policy()
    assert not re.search(r"https?://(?!127\.0\.0\.1)", answer.text)
    assert "unsafe" not in policy()
    assert not re.search(r"\son\w+=|style=|localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML", page())


def test_headers_on_everything(http: httpx.Client) -> None:
    for answer in (http.get("/"), http.get("/healthz"), http.get("/nowhere"), http.post("/v1/label", content="{")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "set-cookie" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


# Refusals ------------------------------------------------------------------------------------------------------------

Q = CANARY
WRONG: dict[str, tuple[str, Any, str]] = {
    "no object": ("/v1/label", [Q], "body"),
    "a string": ("/v1/label", Q, "body"),
    "nothing": ("/v1/label", None, "body"),
    "no turns": ("/v1/label", {}, "turns"),
    "an empty list": ("/v1/label", {"turns": []}, "turns"),
    "too many turns": ("/v1/label", {"turns": [{"text": Q}] * 257}, "turns"),
    "turns that are none": ("/v1/label", {"turns": [Q]}, "turns[0]"),
    "a field of one's own": ("/v1/label", {"turns": [{"text": Q, Q: Q}]}, "turns[0]"),
    "another at the top": ("/v1/label", {"turns": [{"text": Q}], Q: Q}, "body"),
    "a text that is none": ("/v1/label", {"turns": [{"text": Q}, {"text": [Q]}]}, "turns[1].text"),
    "a number for a speaker": ("/v1/label", {"turns": [{"text": Q, "speaker": 5}]}, "turns[0].speaker"),
    "a context that is none": ("/v1/label", {"turns": [{"text": Q, "context": Q}]}, "turns[0].context"),
    "a turn of the context": ("/v1/label", {"turns": [{"text": Q, "context": [{"speaker": Q}]}]}, "turns[0].context[0].text"),
    "an id that is none": ("/v1/label", {"turns": [{"text": Q, "id": [Q]}]}, "turns[0].id"),
    "a broken number": ("/v1/label", {"turns": [{"text": Q, "id": float("nan")}]}, "turns[0].id"),
    "nothing to analyse": ("/v1/analyze", {"me": Q}, "body"),
    "two of them": ("/v1/analyze", {"transcript": Q, "file": Q}, "body"),
    "no base64": ("/v1/analyze", {"file": f"{Q}!"}, "file"),
    "no base64 at all": ("/v1/analyze", {"file": "é"}, "file"),
    "no transcript": ("/v1/analyze", {"transcript": f"{Q} and more of it"}, "transcript"),
    "an empty transcript": ("/v1/analyze", {"transcript": ""}, "transcript"),
    "a broken table": ("/v1/analyze", {"transcript": f"{Q},b\n1,2", "format": "csv"}, "transcript"),
    "no such format": ("/v1/analyze", {"transcript": TALK, "format": Q}, "format"),
    "no such way": ("/v1/analyze", {"transcript": TALK, "format": f"whatsapp:{Q}"}, "format"),
    "a format of turns": ("/v1/analyze", {"turns": [{"text": Q}], "format": "csv"}, "format"),
    "nobody of that name": ("/v1/analyze", {"transcript": TALK, "me": Q}, "me"),
    "half a yes": ("/v1/analyze", {"transcript": TALK, "html": Q}, "html"),
    "too long a turn": ("/v1/label", {"turns": [{"text": Q * 40_000}]}, "turns"),
    "too long a context": ("/v1/label", {"turns": [{"text": Q, "context": [{"text": Q * 40_000}]}]}, "turns"),
    "too long a draft": ("/v1/check", {"draft": Q * 40_000}, "draft"),
    "no draft": ("/v1/check", {"thread": Q}, "draft"),
    "an empty draft": ("/v1/check", {"draft": " \u200b "}, "draft"),
    "thread and context": ("/v1/check", {"draft": Q, "thread": Q, "context": []}, "thread"),
    "a format without a thread": ("/v1/check", {"draft": Q, "format": "csv"}, "format"),
    "a thread that is none": ("/v1/check", {"draft": Q, "thread": Q}, "thread"),
    "a writer nobody knows": ("/v1/check", {"draft": Q, "thread": TALK, "me": Q}, "me"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "asked", "field"), WRONG.values(), ids=WRONG)
def test_wrong_fields(http: httpx.Client, path: str, asked: Any, field: str) -> None:
    answer = http.post(path, content=json.dumps(asked), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field
    assert answer.json()["detail"]
    assert CANARY not in answer.text


BODIES = {
    "no JSON": b"quince",
    "cut short": b'{"turns": [{"text": "quince',
    "not UTF-8": b'{"turns": [{"text": "quince \xff"}]}',
    "nested deeply": b'{"turns":' + b"[" * 100_000 + b'"quince"',
    "a number of many digits": b'{"turns": [{"text": "quince", "id": ' + b"9" * 5000 + b"}]}",
    "UTF-16": '{"turns": "quince"}'.encode("utf-16"),
}


@pytest.mark.parametrize("path", ["/v1/label", "/v1/analyze", "/v1/check"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_wrong_bodies(http: httpx.Client, path: str, body: bytes) -> None:
    answer = http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert CANARY not in answer.text


JSON = {"Content-Type": "application/json"}
ELSEWHERE: dict[str, tuple[int, str, str, dict[str, str]]] = {
    "no such route": (404, "GET", f"/v1/{Q}?{Q}", {}),
    "another method": (405, "GET", f"/v1/label?{Q}", {"Cookie": Q}),
    "a method of one's own": (405, Q.upper(), "/v1/label", {}),
    "a form": (415, "POST", "/v1/label", {"Content-Type": "application/x-www-form-urlencoded"}),
    "a type of one's own": (415, "POST", "/v1/label", {"Content-Type": Q}),
    "plain text": (415, "POST", "/v1/check", {"Content-Type": "text/plain"}),
    "another name": (421, "GET", "/healthz", {"Host": f"{Q}.example"}),
    "another name that ends like ours": (421, "GET", "/", {"Host": f"{Q}.localhost"}),
    "another address": (421, "GET", "/", {"Host": "192.0.2.7"}),
    "another page": (403, "POST", "/v1/label", JSON | {"Origin": f"http://{Q}.example"}),
    "a page of no origin": (403, "POST", "/v1/label", JSON | {"Origin": "null"}),
    "a page of another port": (403, "POST", "/v1/label", JSON | {"Origin": "http://127.0.0.1:1"}),
    "another site": (403, "POST", "/v1/label", JSON | {"Sec-Fetch-Site": "cross-site"}),
    "another host of the site": (403, "POST", "/v1/label", JSON | {"Sec-Fetch-Site": "same-site"}),
    "a question before a post": (403, "OPTIONS", "/v1/label", {"Origin": f"http://{Q}.example"}),
}


@pytest.mark.parametrize(("status", "method", "url", "headers"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_refused(http: httpx.Client, status: int, method: str, url: str, headers: dict[str, str]) -> None:
    answer = http.request(method, url, headers=headers, content=f'"{Q}"' if method == "POST" else None)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert CANARY not in answer.text.lower() + str(answer.headers).lower()


def test_our_own_page_may_ask(http: httpx.Client) -> None:
    for host in (f"127.0.0.1:{http.base_url.port}", f"localhost:{http.base_url.port}"):
        headers = JSON | {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        assert http.post("/v1/check", json={"draft": "Hello."}, headers=headers).status_code == 200


def test_the_token(ngram: Analyzer) -> None:
    with served(ngram, token=TOKEN) as http:
        for path in ("/", "/healthz", "/icon.svg", "/openapi.json"):
            assert http.get(path).status_code == 200
        given = {
            "none": {},
            "another": f"Bearer {TOKEN[:-1]}x",
            "cut short": f"Bearer {TOKEN[:-1]}",
            "longer": f"Bearer {TOKEN}x",
        }
        given |= {"empty": "Bearer", "of another kind": f"Basic {TOKEN}", "no kind": TOKEN, "not ASCII": b"Bearer \xff"}  # type: ignore[dict-item]
        for header in given.values():
            headers: Any = {"Authorization": header} if header else {}
            for method, path in (
                ("POST", "/v1/label"),
                ("GET", "/v1/labels"),
                ("GET", "/metrics"),
                ("GET", "/nowhere"),
            ):
                answer = http.request(method, path, headers=JSON | headers)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"] == "Bearer"
                assert TOKEN not in answer.text
        for header in (f"Bearer {TOKEN}", f"bearer  {TOKEN}"):
            headers = {"Authorization": header}
            assert http.post("/v1/check", json={"draft": "Hi."}, headers=headers).status_code == 200


# The log -------------------------------------------------------------------------------------------------------------


class Broken(Analyzer):
    """An analyser with an error of its own, which quotes what it was given."""

    def label_batch(self, turns: Any) -> Any:
        """Fail."""
        raise RuntimeError(repr([turn.utterance.text for turn in turns]))


def test_an_error_of_our_own_repeats_nothing(ngram: Analyzer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with served(Broken(ngram.model)) as http:
        answers = [
            http.post("/v1/label", json={"turns": [{"text": Q}]}),
            http.post("/v1/analyze", json={"transcript": f"Ann: {Q}\nBen: {Q}", "format": "name_text"}),
            http.post("/v1/check", json={"draft": Q}),
        ]
        assert http.get("/healthz").status_code == 200
    for answer in answers:
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert CANARY not in answer.text
    assert "RuntimeError at test_serve.py:" in caplog.text
    assert not said_by_us(caplog)


def said_by_us(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines of the log that hold the canary, those of the test's own client left out."""
    formatter = logging.Formatter()
    lines = [formatter.format(record) for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    return [line for line in lines if CANARY in line.lower()]


def test_the_log_has_no_word_of_anybody(ngram: Analyzer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with served(ngram) as http:
        for path, asked, _ in WRONG.values():
            http.post(f"{path}?{Q}", content=json.dumps(asked), headers=JSON | {"User-Agent": Q, "Referer": Q})
        for _, method, url, headers in ELSEWHERE.values():
            http.request(method, url, headers=headers)
        http.post("/v1/label", json={"turns": [{"text": Q, "speaker": Q, "id": Q}]})
        http.post(
            "/v1/analyze", json={"transcript": f"{Q}: hello\n{Q}2: {Q}", "me": Q, "html": True, "format": "name_text"}
        )
        http.post("/v1/check", json={"draft": Q, "context": [{"text": Q, "speaker": Q}], "me": Q})
    ours = [record.getMessage() for record in caplog.records if record.name == "relcomm.service.access"]
    assert len(ours) == len(WRONG) + len(ELSEWHERE) + 3
    assert re.fullmatch(r"POST /v1/check 200 \d+ ms", ours[-1])
    assert "OTHER /v1/label 405" in caplog.text
    assert not said_by_us(caplog)

"""The routes: each takes what was asked, has it answered by the one path, `Analyzer`, and gives plain JSON."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from relcomm import __version__
from relcomm.analyzer import Analyzer
from relcomm.errors import InputError
from relcomm.integrations.service import answers
from relcomm.integrations.service.asks import (
    FIELDS,
    AnalyzeAsk,
    CheckAsk,
    LabelAsk,
    context_of,
    conversation_of,
    require_me,
    turns_of,
)
from relcomm.integrations.service.gate import OPEN, POSTED, Gate
from relcomm.integrations.service.lanes import Job, Lane, too_long
from relcomm.integrations.service.metrics import Metrics
from relcomm.integrations.service.page import icon, page, policy
from relcomm.integrations.service.problems import MEDIA_TYPE, Problem, failed, of_validation
from relcomm.integrations.service.settings import ANALYSES, CHECKS, Settings
from relcomm.labels import LABELS
from relcomm.text import clean, is_long
from relcomm.types import Prediction, Turn

_T = TypeVar("_T")

TOGETHER = 64
"""How many turns of different requests are labelled in one go at most. No score depends on it."""
_PIECE = 32
# Nothing of this leaves by OpenTelemetry, whatever the environment says.
_SILENT: Any = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}


class Service:
    """A model put to work behind routes: labels, analyses and checks each wait in a lane of their own."""

    def __init__(self, analyzer: Analyzer, settings: Settings) -> None:
        self._analyzer = analyzer
        self._limits = settings.limits
        self._labels = Lane(
            self._label_together, room=settings.limits.waiting, threads=settings.workers, together=TOGETHER
        )
        self._analyses = Lane(_one_by_one, room=ANALYSES)
        self._checks = Lane(_one_by_one, room=CHECKS)
        self._lanes = {"label": self._labels, "analyze": self._analyses, "check": self._checks}
        self.metrics = Metrics({name: lane.waiting for name, lane in self._lanes.items()})

    def close(self) -> None:
        """Answer what waits, then end the threads."""
        for lane in self._lanes.values():
            lane.close()

    async def label(self, asked: LabelAsk, request: Request) -> Response:
        """Label turns, each with evidence. Requests that come at the same time are answered together."""
        turns = turns_of(asked)
        labelling = self._labels.ask(turns, weight=len(turns), seconds=self._limits.seconds)
        predictions = await _while_there(request, labelling)
        self.metrics.turns += len(turns)
        told = [
            ({"id": each.id} if "id" in each.model_fields_set else {}) | seen.to_dict()
            for each, seen in zip(asked.turns, predictions, strict=True)
        ]
        return _json({"model": self._analyzer.model.name, "turns": told})

    async def analyze(self, asked: AnalyzeAsk, request: Request) -> Response:
        """Analyse a conversation: labels, rates with intervals, patterns, a word about safety; the report, if asked for."""
        return await self._alone(self._analyses, lambda job: self._analyzed(asked, job), request)

    async def check(self, asked: CheckAsk, request: Request) -> Response:
        """Look at a message before it is sent. Nothing marked is no all-clear."""
        return await self._alone(self._checks, lambda _: self._checked(asked), request)

    async def labels(self) -> Response:
        """What each label means, in the order in which they are given."""
        return _json({"labels": [label.to_dict() for label in LABELS.values()]})

    async def healthz(self) -> Response:
        """Whether the service answers, and with which model."""
        return _json({"status": "ok", "model": self._analyzer.model.name, "version": __version__})

    async def metrics_text(self) -> Response:
        """Counters and times in Prometheus' text format: no texts, no names."""
        return Response(self.metrics.text(), media_type="text/plain; version=0.0.4")

    async def page(self) -> Response:
        """The page: a conversation in, its report out; a message, checked while it is written."""
        return HTMLResponse(page(), headers={"Content-Security-Policy": policy()})

    async def icon(self) -> Response:
        """The page's icon."""
        return Response(icon(), media_type="image/svg+xml")

    async def _alone(self, lane: Lane, work: Callable[[Job], tuple[int, Any]], request: Request) -> Response:
        turns, answer = await _while_there(request, lane.ask(work, seconds=self._limits.seconds))
        self.metrics.turns += turns
        return _json(answer)

    def _label_together(self, jobs: Sequence[Job]) -> Sequence[list[Prediction]]:
        found = iter(self._analyzer.label_batch([turn for job in jobs for turn in job.asked]))
        return [list(islice(found, len(job.asked))) for job in jobs]

    def _analyzed(self, asked: AnalyzeAsk, job: Job) -> tuple[int, dict[str, Any]]:
        from relcomm import report
        from relcomm.pseudonyms import hide_names

        conversation = conversation_of(asked, self._limits.turns)
        require_me(asked.me, conversation)
        analysis = _Bounded(self._analyzer, job, self._limits.seconds).analyze(conversation, me=asked.me)
        if asked.pseudonyms:
            analysis = hide_names(analysis)
        told = analysis.to_dict() | {"speakers": list(conversation.speakers)}
        return len(conversation), told | ({"html": report.html(analysis)} if asked.html else {})

    def _checked(self, asked: CheckAsk) -> tuple[int, dict[str, Any]]:
        context = context_of(asked, self._limits.turns)
        require_me(asked.me, context)
        found = self._analyzer.check(asked.draft, context=context, speaker=asked.me)
        return 1, {
            "model": self._analyzer.model.name,
            "advice": [advice.to_dict() for advice in found],
            "speakers": list(dict.fromkeys(said.speaker for said in context if said.speaker)),
            "long": is_long(clean(asked.draft).text),
        }


class _Bounded(Analyzer):
    """An analyser that stops where nobody waits for the answer any more, or it took too long."""

    def __init__(self, analyzer: Analyzer, job: Job, seconds: float) -> None:
        super().__init__(analyzer.model)
        self._analyzer = analyzer
        self._job = job
        self._seconds = seconds

    def label(self, turns: Any, **_: Any) -> Iterator[Prediction]:
        """As `Analyzer.label`, in smaller batches and always here."""
        rest: Iterator[Turn] = iter(turns)
        while batch := list(islice(rest, _PIECE)):
            if self._job.gone or time.monotonic() > self._job.until:
                raise too_long(self._seconds)
            yield from self._analyzer.label_batch(batch)


def _one_by_one(jobs: Sequence[Job]) -> Sequence[Any]:
    return [job.asked(job) for job in jobs]


async def _while_there(request: Request, answering: Awaitable[_T]) -> _T:
    """The answer; it is given up where the one who asked hangs up."""
    answer = asyncio.ensure_future(answering)
    gone = asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        raise Problem(499, "nobody is there any more")
    finally:
        for task in (answer, gone):
            task.cancel()


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _json(told: Any) -> Response:
    # All in ASCII: half an emoji can be written so, and in UTF-8 it cannot.
    return Response(json.dumps(told, allow_nan=False), media_type="application/json")


def app_of(analyzer: Analyzer, settings: Settings) -> Gate:
    """The service as an ASGI application."""
    service = Service(analyzer, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(service.close)

    app = FastAPI(
        title="relcomm",
        version=__version__,
        description=answers.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        telemetry=_SILENT,
    )
    _add_routes(app, service)
    _add_handlers(app)
    return Gate(app, settings=settings, metrics=service.metrics, routes=OPEN | POSTED | {"/v1/labels", "/metrics"})


def _add_routes(app: FastAPI, service: Service) -> None:
    for path, answer, method, told in (
        ("/v1/label", service.label, "POST", answers.LABEL),
        ("/v1/analyze", service.analyze, "POST", answers.ANALYZE),
        ("/v1/check", service.check, "POST", answers.CHECK),
        ("/v1/labels", service.labels, "GET", answers.LABEL_PAGES),
        ("/healthz", service.healthz, "GET", answers.HEALTH),
        ("/metrics", service.metrics_text, "GET", answers.METRICS),
    ):
        app.add_api_route(path, answer, methods=[method], responses=told, response_class=Response)
    for path, shown in (("/", service.page), ("/icon.svg", service.icon)):
        app.add_api_route(path, shown, methods=["GET"], include_in_schema=False)


def _add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _not_here)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(InputError, _refused)
    app.add_exception_handler(Exception, _failed)  # and then it comes to the gate, which notes it


async def _problem(_: Request, error: Exception) -> Response:
    problem = error if isinstance(error, Problem) else failed()
    return Response(problem.body(), problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


async def _invalid(request: Request, error: Exception) -> Response:
    errors = error.errors() if isinstance(error, RequestValidationError) else []
    return await _problem(request, of_validation(errors, FIELDS))


async def _refused(request: Request, error: Exception) -> Response:
    return await _problem(request, Problem(422, str(error), field="body"))


async def _failed(request: Request, _: Exception) -> Response:
    return await _problem(request, failed())


async def _not_here(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = {
        400: "the body is not valid JSON in UTF-8, or it is nested too deeply",
        404: "there is nothing at this address; /openapi.json lists what there is",
        405: "this address takes another method; /openapi.json says which",
    }
    headers = dict(getattr(error, "headers", None) or {})
    return await _problem(request, Problem(status, said[status], headers=headers) if status in said else failed())

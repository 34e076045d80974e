"""Work that waits its turn: a bounded queue and the threads that answer it.

What comes while there is no room is refused at once, so that a crowd costs nobody memory and those who were let in
are answered. What nobody waits for any more is taken out again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from threading import Condition, Thread
from typing import Any

from relcomm.integrations.service.problems import Problem, busy

Answer = Callable[[Sequence["Job"]], Sequence[Any]]


@dataclass(slots=True, eq=False)
class Job:
    """Something asked for: what, how much work it is, by when, and whether it is being answered or nobody waits any more."""

    asked: Any = field(repr=False)
    weight: int
    until: float
    loop: asyncio.AbstractEventLoop = field(repr=False)
    future: asyncio.Future[Any] = field(repr=False)
    taken: bool = False
    gone: bool = False

    def settle(self, answer: Any) -> None:
        """Hand over the answer, in the event loop's own thread."""
        if self.future.done():
            return
        if isinstance(answer, BaseException):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)


class Lane:
    """Jobs of one kind, first come, first served.

    ``answer`` answers several jobs at once, at most a weight of ``together`` unless one alone is heavier; ``room`` is the
    weight that may wait.
    """

    def __init__(self, answer: Answer, *, room: int, threads: int = 1, together: int = 1) -> None:
        self._answer = answer
        self._room = room
        self._together = together
        self._waiting: deque[Job] = deque()
        self._weight = 0
        self._pace = 0.0  # seconds for a weight of 1, lately
        self._changed = Condition()
        self._closed = False
        self._threads = [Thread(target=self._work, daemon=True, name=f"relcomm-{n}") for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def waiting(self) -> int:
        """The weight that waits."""
        return self._weight

    async def ask(self, asked: Any, *, weight: int = 1, seconds: float) -> Any:
        """The answer. Raises `Problem` where there is no room, or where it takes too long."""
        loop = asyncio.get_running_loop()
        job = Job(asked, weight, time.monotonic() + seconds, loop, loop.create_future())
        self._let_in(job, seconds)
        try:
            async with asyncio.timeout(seconds):
                return await job.future
        except TimeoutError:
            raise too_long(seconds) from None
        finally:
            self._let_go(job)

    def close(self) -> None:
        """Answer what waits, then end the threads."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _let_in(self, job: Job, seconds: float) -> None:
        with self._changed:
            wait = self._weight * self._pace
            # What is let in must be answered in time: at the pace of late, in half of it.
            full = self._weight + job.weight > self._room or wait > seconds / 2
            # What is heavier than all the room comes in where nothing else waits: else it never would.
            if self._closed or (self._waiting and full):
                raise busy("too much is waiting already; ask again a little later", wait / 2)
            self._waiting.append(job)
            self._weight += job.weight
            self._changed.notify()

    def _let_go(self, job: Job) -> None:
        job.gone = True
        with self._changed:
            if not job.taken:
                job.taken = True
                self._waiting.remove(job)
                self._weight -= job.weight

    def _take(self) -> list[Job]:
        """The next jobs, as many as are this thread's share; none at the end."""
        with self._changed:
            while not self._waiting:
                if self._closed:
                    return []
                self._changed.wait()
            share = min(self._together, ceil(self._weight / len(self._threads)))
            taken = [self._waiting.popleft()]
            weight = taken[0].weight
            while self._waiting and weight + self._waiting[0].weight <= share:
                taken.append(self._waiting.popleft())
                weight += taken[-1].weight
            self._weight -= weight
            for job in taken:
                job.taken = True
            return taken

    def _work(self) -> None:
        while jobs := self._take():
            start = time.monotonic()
            answers = self._answers(jobs)
            taken = (time.monotonic() - start) / sum(job.weight for job in jobs) / len(self._threads)
            self._pace = taken if self._pace == 0 else 0.9 * self._pace + 0.1 * taken
            _settle(list(zip(jobs, answers, strict=True)))

    def _answers(self, jobs: list[Job]) -> Sequence[Any]:
        try:
            return self._answer(jobs)
        except Exception as error:
            # One that cannot be answered must not take the others with it.
            return [error] if len(jobs) == 1 else [self._answers([job])[0] for job in jobs]


def _settle(answered: list[tuple[Job, Any]]) -> None:
    def hand_over() -> None:
        for job, answer in answered:
            job.settle(answer)

    loop = answered[0][0].loop
    if not loop.is_closed():
        loop.call_soon_threadsafe(hand_over)


def too_long(seconds: float) -> Problem:
    """What is said of something that took longer than it may."""
    return busy(f"this took longer than the {seconds:g} seconds it may; ask for less at a time, or a little later", 1)

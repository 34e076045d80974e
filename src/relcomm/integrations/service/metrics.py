"""What the service counts, in Prometheus' text format: routes, statuses and times; no texts and no names."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper ends of the histogram's classes, in seconds."""


class Metrics:
    """Counters of one service. Used in the event loop's thread only."""

    def __init__(self, gauges: Mapping[str, Callable[[], int]]) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._times: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        self._gauges = gauges
        self.turns = 0
        self.open = 0

    def count(self, route: str, status: int, seconds: float) -> None:
        """Note a request that was answered."""
        self._requests[route, status] += 1
        times = self._times.setdefault(route, [0] * (len(BUCKETS) + 1))
        times[bisect_left(BUCKETS, seconds)] += 1
        self._seconds[route] = self._seconds.get(route, 0.0) + seconds

    def text(self) -> str:
        """All of it, as it stands."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield from _head("relcomm_requests_total", "counter", "Requests answered, by route and status.")
        for (route, status), count in sorted(self._requests.items()):
            yield f'relcomm_requests_total{{route="{route}",status="{status}"}} {count}'
        yield from _head("relcomm_request_seconds", "histogram", "Seconds from a request's head to its whole answer.")
        for route, times in sorted(self._times.items()):
            yield from self._histogram(route, times)
        yield from _head("relcomm_turns_total", "counter", "Turns labelled, analysed or checked.")
        yield f"relcomm_turns_total {self.turns}"
        yield from _head("relcomm_requests_open", "gauge", "Requests that are being answered now.")
        yield f"relcomm_requests_open {self.open}"
        yield from _head("relcomm_waiting", "gauge", "What waits: turns to label, conversations, drafts.")
        for lane, gauge in self._gauges.items():
            yield f'relcomm_waiting{{lane="{lane}"}} {gauge()}'

    def _histogram(self, route: str, times: list[int]) -> Iterator[str]:
        total = 0
        for end, count in zip((*map(str, BUCKETS), "+Inf"), times, strict=True):
            total += count
            yield f'relcomm_request_seconds_bucket{{route="{route}",le="{end}"}} {total}'
        yield f'relcomm_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}'
        yield f'relcomm_request_seconds_count{{route="{route}"}} {total}'


def _head(name: str, kind: str, what: str) -> tuple[str, str]:
    return f"# HELP {name} {what}", f"# TYPE {name} {kind}"

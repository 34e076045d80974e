"""The same work on many things, here or wherever joblib is told to do it: threads, processes, a cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, SupportsIndex, TypeVar

from relcomm.errors import InputError

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def carried(task: Callable[[_In], _Out], items: Iterable[_In], n_jobs: int | None) -> Iterator[_Out]:
    """``task`` of each item, in order, as they come. Raises what ``items`` raises, once all before it is given.

    ``n_jobs`` as in joblib: None goes by ``joblib.parallel_config``, which is read now and not when the first result
    is asked for; where nothing is configured, and with 1, every item waits here until its result is asked for.
    Elsewhere the work goes on by itself, and a backend that cannot give results as they come gives them all at the end.
    """
    if n_jobs is not None and (not isinstance(n_jobs, SupportsIndex) or n_jobs == 0):
        raise InputError("n_jobs must be how many to use at once, 1 or more, -1 for all there are, or None")
    # What has not been imported has not been configured: a first answer need not wait for joblib.
    if n_jobs == 1 or (n_jobs is None and "joblib" not in sys.modules):
        return map(task, items)
    return _parallel(task, items, n_jobs)


def _parallel(task: Callable[[_In], _Out], items: Iterable[_In], n_jobs: int | None) -> Iterator[_Out]:
    from joblib import delayed

    failed: list[Exception] = []

    def calls() -> Iterator[Any]:
        # joblib draws items in threads of its own, where an error would take finished results with it.
        try:
            for item in items:
                yield delayed(task)(item)
        except Exception as error:  # raised again below
            failed.append(error)

    results = _workers(n_jobs)(calls())

    def given() -> Iterator[_Out]:
        yield from results
        if failed:
            raise failed[0]

    return given()


def _workers(n_jobs: int | None) -> Callable[[Iterator[Any]], Iterable[Any]]:
    from joblib import Parallel

    try:
        return Parallel(n_jobs=n_jobs, return_as="generator")  # type: ignore[no-any-return]
    except ValueError:  # a backend, such as "multiprocessing", that gives no results as they come
        return Parallel(n_jobs=n_jobs)  # type: ignore[no-any-return]

"""Which number of a date is the day: settled by what the dates themselves show, or asked; never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from relcomm.errors import ReadError
from relcomm.readers.whatsapp.headings import Style

ORDERS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
_ASK = (
    "say which it is with the format whatsapp:dmy (day first) or whatsapp:mdy (month first): "
    '--format whatsapp:dmy at the command line, format="whatsapp:dmy" in Python'
)
_PLACES = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}
# Pasted chats can add a few odd headings; more than one in twenty is no accident.
STRAYS = 20
_FOUNDED = 2009

Numbers = tuple[int, int, int]


class Written(NamedTuple):
    """The date of one heading as written, and its line; or of so many in a row that have the same, and the first's line."""

    numbers: Numbers
    line: int
    times: int = 1


def settle(dates: Sequence[Written], style: Style, wanted: str = "") -> tuple[str, str]:
    """The order of year, month and day in these dates, and a sentence on how it was settled.

    ``wanted`` is the caller's own word. Raises `ReadError`, at a line that shows it, if the dates contradict
    it, and at the first one if they leave the order open.
    """
    if style.year_first:
        order, reason = "ymd", ""
        if wanted not in ("", "ymd"):
            raise ReadError("the dates begin with the year; leave the order out", line=dates[0].line)
    elif wanted:
        order, reason = wanted, ""
    else:
        order, reason = _from_size(dates) or _from_sequence(dates) or _from_habit(dates, style)
    _check_fit(dates, order)
    return order, reason


def to_date(numbers: Numbers, order: str) -> date | None:
    """The day these numbers mean in this order; nothing if there is no such day, or none that can be meant."""
    year, month, day = (numbers[place] for place in _PLACES[order])
    try:
        meant = date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None
    # WhatsApp began in 2009: an earlier year is another calendar, or a day taken for a year.
    return meant if _FOUNDED <= meant.year <= 2100 else None


def _check_fit(dates: Sequence[Written], order: str) -> None:
    strays = [written for written in dates if to_date(written.numbers, order) is None]
    if _times(strays) * STRAYS > _times(dates):
        problem = f"this is no date between {_FOUNDED} and 2100 if the order is {order} ({ORDERS[order]}); "
        raise ReadError(problem + _ASK + ", or export the chat again with the Gregorian calendar", line=strays[0].line)


def _times(dates: Sequence[Written]) -> int:
    return sum(written.times for written in dates)


def _from_size(dates: Sequence[Written]) -> tuple[str, str] | None:
    """The order, if a number above 12 can only be a day."""
    days_first = [written for written in dates if written.numbers[0] > 12]
    days_second = [written for written in dates if written.numbers[1] > 12]
    few, many = sorted((days_first, days_second), key=_times)
    if _times(few) * STRAYS > _times(many):
        raise ReadError(f"the dates contradict each other on the order of day and month; {_ASK}", line=few[0].line)
    if not many:
        return None
    order = "dmy" if many is days_first else "mdy"
    return order, f"dates were read with {ORDERS[order]}, since a number above 12 stands there (line {many[0].line})"


def _from_sequence(dates: Sequence[Written]) -> tuple[str, str] | None:
    """The order, if only one of them lets time run forward."""
    back = {order: _steps_back(dates, order) for order in ("dmy", "mdy")}
    few, many = sorted(back, key=back.__getitem__)
    if back[many] == 0 or back[few] * 10 > back[many]:
        return None
    return few, f"dates were read with {ORDERS[few]}, since with {ORDERS[many]} time would run backwards"


def _steps_back(dates: Sequence[Written], order: str) -> int:
    days = [tuple(written.numbers[place] for place in _PLACES[order]) for written in dates]
    return sum(after < before for before, after in pairwise(days))


def _from_habit(dates: Sequence[Written], style: Style) -> tuple[str, str]:
    """The order, if it makes no difference, or if the separator tells: no locale writes month.day.year."""
    if all(written.numbers[0] == written.numbers[1] for written in dates):
        return "dmy", ""
    if style.separator == ".":
        return "dmy", "dates were read with day first, as everywhere where they are written with dots"
    raise ReadError(f"the dates leave open which number is the day and which the month; {_ASK}", line=dates[0].line)

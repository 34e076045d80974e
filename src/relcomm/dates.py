"""Dates in words, whatever the computer's language."""

from __future__ import annotations

from datetime import date

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day(time: date) -> str:
    """A date as one would write it.

    >>> day(date(2024, 3, 3))
    '3 March 2024'
    """
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}"

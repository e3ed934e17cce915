"""Functions of dates and times.

Patterns are Python's (``%d/%m/%Y``) or Java's (``dd/MM/yyyy``); names of months and days
are English.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from geosparql.terms import XSD
from geotriples.functions.function import Function, Output, Parameter
from geotriples.functions.names import (
    ANY_OUT,
    INTEGER_OUT,
    NUMBER,
    STRING_OUT,
    VALUE,
    grel,
    idlab,
    of_grel,
)
from geotriples.functions.rows import EachRow

_DATE = of_grel("param_date_d", "p_date_d")
_UNIT = of_grel("param_string_unit", "p_string_unit")
_DATE_OUT = Output(grel("output_date", "o_date"), "string", XSD + "date")
_NORMAL = (
    Parameter(idlab("strDate", "_strDate")),
    Parameter(idlab("pattern", "_pattern")),
)
_JAVA = re.compile(r"'([^']*)'|([A-Za-z])\2*|%|[^A-Za-z'%]+")
_LETTERS = {
    "yy": "%y", "yyyy": "%Y", "uuuu": "%Y", "y": "%Y", "u": "%Y", "M": "%m", "MM": "%m",
    "MMM": "%b", "MMMM": "%B", "d": "%d", "dd": "%d", "H": "%H", "HH": "%H", "h": "%I",
    "hh": "%I", "m": "%M", "mm": "%M", "s": "%S", "ss": "%S", "SSS": "%f", "a": "%p",
    "E": "%a", "EEE": "%a", "EEEE": "%A", "D": "%j", "DDD": "%j", "Z": "%z", "X": "%z",
    "XX": "%z", "XXX": "%z",
}  # fmt: skip
"""Java's letters and Python's; what has no partner is no pattern."""


def _python_pattern(pattern: str) -> str:
    """Translate a pattern of Java; one of Python stays as it is."""
    if "%" in pattern:
        return pattern
    parts = []
    for found in _JAVA.finditer(pattern):
        if found[1] is not None:
            parts.append(found[1] or "'")
        else:
            parts.append(_LETTERS[found[0]] if found[2] else found[0])
    return "".join(parts)


def _parsed(text: str, pattern: str) -> datetime:
    return datetime.strptime(text.strip(), _python_pattern(pattern))


def _moment(text: str) -> datetime:
    """Read an ISO date or time, as it stands: a time zone is left out."""
    return datetime.fromisoformat(text.strip()).replace(tzinfo=None)


def _part(text: str, unit: str) -> str:
    moment = _moment(text)
    return str(_PARTS[unit.lower().removesuffix("s")](moment))


_PARTS: dict[str, Callable[[datetime], Any]] = {
    "year": lambda d: d.year, "month": lambda d: d.month, "week": lambda d: d.isocalendar().week,
    "day": lambda d: d.day, "d": lambda d: d.day, "weekday": lambda d: f"{d:%A}",
    "hour": lambda d: d.hour, "h": lambda d: d.hour, "minute": lambda d: d.minute,
    "min": lambda d: d.minute, "second": lambda d: d.second, "sec": lambda d: d.second,
}  # fmt: skip
_SPANS = {
    "week": timedelta(weeks=1), "day": timedelta(days=1), "d": timedelta(days=1),
    "hour": timedelta(hours=1), "h": timedelta(hours=1), "minute": timedelta(minutes=1),
    "min": timedelta(minutes=1), "second": timedelta(seconds=1), "sec": timedelta(seconds=1),
}  # fmt: skip
_MONTHS = {"year": 12, "month": 1}


def _later(text: str, amount: float, unit: str) -> str:
    name, moment = unit.lower().removesuffix("s"), _moment(text)
    if name not in _MONTHS:
        return (moment + amount * _SPANS[name]).date().isoformat()
    months = moment.year * 12 + moment.month - 1 + int(amount) * _MONTHS[name]
    year, month = divmod(months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day).isoformat()


def _difference(first: str, second: str, unit: str) -> int:
    name, a, b = unit.lower().removesuffix("s"), _moment(first), _moment(second)
    if name not in _MONTHS:
        return int((a - b) / _SPANS[name])
    low, high, sign = (b, a, 1) if a >= b else (a, b, -1)
    months = (high.year - low.year) * 12 + high.month - low.month
    within = (high.day, high.time()) < (low.day, low.time())
    return sign * ((months - within) // _MONTHS[name])


DATE_FUNCTIONS: tuple[Function, ...] = (
    Function(grel("date_toDate"), EachRow(lambda text, pattern:
             _parsed(text, pattern).date().isoformat()),
             (VALUE, of_grel("param_string_pattern", "p_string_pattern")), (_DATE_OUT,),
             "Reads a date by a pattern.", (("24.11.2026", "dd.MM.yyyy"), "2026-11-24"),
             gives_null="on failure"),
    Function(idlab("normalizeDate"), EachRow(lambda text, pattern:
             _parsed(text, pattern).date().isoformat()), _NORMAL, (STRING_OUT,),
             "Writes a date that a pattern reads as ISO 8601 does.",
             (("24 Nov 2026", "dd MMM yyyy"), "2026-11-24"), gives_null="on failure"),
    Function(idlab("normalizeDateTime"), EachRow(lambda text, pattern:
             _parsed(text, pattern).isoformat()), _NORMAL, (STRING_OUT,),
             "Writes a time that a pattern reads as ISO 8601 does.",
             (("24.11.2026 18:30", "%d.%m.%Y %H:%M"), "2026-11-24T18:30:00"),
             gives_null="on failure"),
    Function(grel("date_inc"), EachRow(_later), (_DATE, NUMBER, _UNIT), (_DATE_OUT,),
             "Gives the date that lies an amount of a unit (years to seconds) later.",
             (("2026-01-31", "1", "month"), "2026-02-28"), gives_null="on failure"),
    Function(grel("date_diff"), EachRow(_difference, "integer"),
             (of_grel("param_datetime_d", "p_datetime_d"),
              of_grel("param_datetime_d2", "p_datetime_d2"),
              of_grel("param_string_timeunit", "p_string_timeunit")),
             (Output((*INTEGER_OUT.iris, *STRING_OUT.iris), "integer"),),
             "Gives the whole units (years to seconds) from the second time to the first.",
             (("2026-11-24", "2025-12-24", "months"), "11"), gives_null="on failure"),
    Function(grel("date_datePart"), EachRow(_part), (_DATE, _UNIT), (ANY_OUT,),
             "Gives a part of a date: its year, month, week, day, weekday, hour, minute or second.",
             (("2026-11-24", "weekday"), "Tuesday"), gives_null="on failure"),
)  # fmt: skip

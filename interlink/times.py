"""Times of features as intervals in seconds, and Allen's thirteen relations between them.

A time is two doubles, seconds since 1970-01-01T00:00Z in the proleptic Gregorian
calendar: start and end. A point in time (xsd:dateTime) starts and ends at once. A
coarser literal is the interval that it names: a date its day up to the next one,
a year its year; two days in a row so meet. What has no time zone is taken as UTC.
A missing start or end beside one that is there is open: minus or plus infinity.
Two open ends are equal. NaN in both is no time, which no relation holds of.

The relations are those of OWL-Time. Intervals are compared by their ends alone, and
points take part as intervals without length, so that of two times exactly one
relation holds: a point at the start of an interval *starts* it (and does not meet
it), two equal points are *equal*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.protocol import EngineFunction
from geosparql.vocabulary import TIME

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

_DAY_S = 86_400
_ERA_YEARS, _ERA_DAYS = 400, 146_097  # after which the Gregorian calendar repeats
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_FORM = re.compile(
    r"(?P<year>-?\d{4,})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?)?)?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?"
)


class Times(NamedTuple):
    """(n,) starts and ends in seconds since 1970; NaN in both where there is no time."""

    start: Floats
    end: Floats

    def take(self, rows: Any) -> Times:
        """Give some of them, by row number or mask."""
        return Times(self.start[rows], self.end[rows])

    @property
    def present(self) -> Booleans:
        """Tell which rows have a time."""
        return ~(np.isnan(self.start) | np.isnan(self.end))


def times_of(starts: Sequence[str | None], ends: Sequence[str | None]) -> Times:
    """Read pairs of literals as times.

    Parameters
    ----------
    starts, ends
        Lexical forms of xsd:dateTime, xsd:date, xsd:gYearMonth or xsd:gYear; None
        where there is none. The same literal twice is one point, day, month or year.

    Returns
    -------
    Times
        From the beginning of the one to the end of the other; NaN where a text cannot
        be read, both are None, or the end lies before the start.
    """
    known = {text: _bounds(text) for text in {*starts, *ends} if text is not None}
    start = np.array([-np.inf if text is None else known[text][0] for text in starts])
    end = np.array([np.inf if text is None else known[text][1] for text in ends])
    return _without_nonsense(start, end)


def times_from_columns(start_s: pa.Array, end_s: pa.Array) -> Times:
    """Give the times of columns of doubles, as `TIME_FUNCTIONS` make them; null is an open end."""
    start, end = (column.to_numpy(zero_copy_only=False) for column in (start_s, end_s))
    open_start, open_end = (np.asarray(column.is_null()) for column in (start_s, end_s))
    return _without_nonsense(np.where(open_start, -np.inf, start), np.where(open_end, np.inf, end))


def first_moments(texts: pa.Array) -> pa.Array:
    """Give the seconds since 1970 at which times begin; NaN where a text is no time."""
    return _moments(texts, 0)


def last_moments(texts: pa.Array) -> pa.Array:
    """Give the seconds since 1970 at which times end; a point ends where it begins."""
    return _moments(texts, 1)


TIME_FUNCTIONS = (
    EngineFunction("link_first_moment", first_moments, (pa.string(),), pa.float64()),
    EngineFunction("link_last_moment", last_moments, (pa.string(),), pa.float64()),
)
"""What gives feature sets their times."""


class Allen(NamedTuple):
    """One of Allen's relations: (a, b) where `holds` does; OWL-Time's property and its inverse."""

    name: str
    local_name: str
    inverse: str
    holds: Callable[[Times, Times], Booleans]

    @property
    def iri(self) -> str:
        """IRI of the property (time:)."""
        return TIME + self.local_name


def _equals(a: Times, b: Times) -> Booleans:
    return (a.start == b.start) & (a.end == b.end)  # type: ignore[no-any-return]


def _meets(a: Times, b: Times) -> Booleans:
    return (a.end == b.start) & (a.start < a.end) & (b.start < b.end)  # type: ignore[no-any-return]


def _overlaps(a: Times, b: Times) -> Booleans:
    return (a.start < b.start) & (b.start < a.end) & (a.end < b.end)


def _starts(a: Times, b: Times) -> Booleans:
    return (a.start == b.start) & (a.end < b.end)  # type: ignore[no-any-return]


def _during(a: Times, b: Times) -> Booleans:
    return (b.start < a.start) & (a.end < b.end)


def _finishes(a: Times, b: Times) -> Booleans:
    return (b.start < a.start) & (a.end == b.end)  # type: ignore[no-any-return]


def _inverse(holds: Callable[[Times, Times], Booleans]) -> Callable[[Times, Times], Booleans]:
    return lambda a, b: holds(b, a)


ALLEN: tuple[Allen, ...] = (
    Allen("equals", "intervalEquals", "equals", _equals),
    Allen("before", "intervalBefore", "after", lambda a, b: a.end < b.start),
    Allen("after", "intervalAfter", "before", lambda a, b: b.end < a.start),
    Allen("meets", "intervalMeets", "met_by", _meets),
    Allen("met_by", "intervalMetBy", "meets", _inverse(_meets)),
    Allen("overlaps", "intervalOverlaps", "overlapped_by", _overlaps),
    Allen("overlapped_by", "intervalOverlappedBy", "overlaps", _inverse(_overlaps)),
    Allen("starts", "intervalStarts", "started_by", _starts),
    Allen("started_by", "intervalStartedBy", "starts", _inverse(_starts)),
    Allen("during", "intervalDuring", "contains", _during),
    Allen("contains", "intervalContains", "during", _inverse(_during)),
    Allen("finishes", "intervalFinishes", "finished_by", _finishes),
    Allen("finished_by", "intervalFinishedBy", "finishes", _inverse(_finishes)),
)  # fmt: skip
ALLEN_BY_NAME = {relation.name: relation for relation in ALLEN}

INTERSECTING = tuple(one.name for one in ALLEN if one.name not in ("before", "after"))
"""Relations of times that share at least a moment (those that only meet, too)."""


def held(a: Times, b: Times, name: str) -> Booleans:
    """Tell of which rows a relation holds; of none without a time."""
    return ALLEN_BY_NAME[name].holds(a, b) & a.present & b.present


def gaps_s(a: Times, b: Times) -> Floats:
    """Give the seconds between two times; 0 where they share a moment."""
    return np.maximum(np.maximum(a.start - b.end, b.start - a.end), 0.0)


def shares(a: Times, b: Times) -> Floats:
    """Give the length of time that both have by that of the two together.

    1 for equal times, 0 for such as share at most a moment; with an open end the share is
    0 unless they are equal.
    """
    with np.errstate(invalid="ignore"):
        shared = np.maximum(np.minimum(a.end, b.end) - np.maximum(a.start, b.start), 0.0)
        both = (a.end - a.start) + (b.end - b.start) - shared
        found = np.divide(shared, both, out=np.zeros(len(both)), where=(both > 0) & ~np.isinf(both))
    found = np.where((a.start == b.start) & (a.end == b.end), 1.0, found)
    return np.where(a.present & b.present, found, np.nan)


def _without_nonsense(start: Floats, end: Floats) -> Times:
    """Give times; none where both ends are open, one is not known, or they are in wrong order."""
    nothing = (np.isneginf(start) & np.isposinf(end)) | np.isnan(start) | np.isnan(end)
    nothing |= end < start
    return Times(np.where(nothing, np.nan, start), np.where(nothing, np.nan, end))


def _moments(texts: pa.Array, which: int) -> pa.Array:
    codes = texts.dictionary_encode()
    known = [_bounds(text)[which] for text in codes.dictionary.to_pylist()]
    return pa.array(known, pa.float64()).take(codes.indices)


def _bounds(text: str) -> tuple[float, float]:
    """Give the first moment and the end of what a literal names; NaN where it names nothing."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        return np.nan, np.nan
    year, month, day = (int(match[name] or 1) for name in ("year", "month", "day"))
    try:
        start = _day_number(year, month, day) * _DAY_S - _offset_s(match["zone"])
        if match["hour"] is not None:
            return (moment := start + _of_day_s(match)), moment
        if match["day"] is not None:
            return start, start + _DAY_S
        following = (year + month // 12, month % 12 + 1, 1) if match["month"] else (year + 1, 1, 1)
        return start, _day_number(*following) * _DAY_S - _offset_s(match["zone"])
    except ValueError:
        return np.nan, np.nan


def _day_number(year: int, month: int, day: int) -> int:
    """Count days from 1970-01-01; Python's own dates end before the years 1 and 10000."""
    eras, within = divmod(year, _ERA_YEARS)
    return date(within + _ERA_YEARS, month, day).toordinal() - _EPOCH_DAY + (eras - 1) * _ERA_DAYS


def _of_day_s(match: re.Match[str]) -> float:
    hour, minute, second = (int(match[name]) for name in ("hour", "minute", "second"))
    fraction = float(match["fraction"] or 0)
    if (hour, minute, second, fraction) == (24, 0, 0, 0.0):
        return float(_DAY_S)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(match[0])
    return hour * 3600 + minute * 60 + second + fraction


def _offset_s(zone: str | None) -> int:
    if zone in (None, "Z"):
        return 0
    assert zone is not None
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise ValueError(zone)
    return (-1 if zone[0] == "-" else 1) * (hours * 3600 + minutes * 60)

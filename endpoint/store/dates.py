"""Columns of xsd:date and xsd:dateTime lexical forms in parts (XSD 1.1 part 2, 3.3.7, 3.3.9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from endpoint.store.ids import MICROSECONDS
from endpoint.store.lexical_columns import Flags, Integers, integers, matches, numpy_of

DAY_SECONDS = 86_400

_DATE = r"(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_TIME = r"T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?P<fraction>\.[0-9]+)?"
_ZONE = r"(?P<zone>Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_FARTHEST_YEAR = 290_000  # microseconds in 63 bits reach 292,271 years
_YEAR_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Moments:
    """Dates and times in parts; the numbers of a row that is not `valid` mean nothing."""

    valid: Flags
    zoned: Flags
    year: Integers
    local_second: Integers
    """Seconds since 1970-01-01T00:00:00 by the clock of the time zone."""
    microsecond: Integers
    offset_minute: Integers

    @property
    def in_reach(self) -> Flags:
        """Tell which moments have an instant in 64 bits."""
        return self.valid & (np.abs(self.year) <= _FARTHEST_YEAR)

    @property
    def instants(self) -> Integers:
        """Give microseconds since 1970 in UTC; read as UTC where there is no time zone."""
        return (self.local_second - self.offset_minute * 60) * MICROSECONDS + self.microsecond


def read_dates(text: pa.StringArray) -> Moments:
    """Read xsd:date forms; the instant of a date is its first moment."""
    return _read(pc.extract_regex(text, rf"\A{_DATE}{_ZONE}\z"), timed=False)


def read_date_times(text: pa.StringArray) -> Moments:
    """Read xsd:dateTime forms; digits of the second past the sixth are cut off."""
    return _read(pc.extract_regex(text, rf"\A{_DATE}{_TIME}{_ZONE}\z"), timed=True)


def _read(parts: pa.StructArray, *, timed: bool) -> Moments:
    year = _number(parts, "year")
    # Outside the reach of 64 bits only the place in the 400 year cycle counts: is there such a day?
    near = np.where(np.abs(year) <= _FARTHEST_YEAR, year, 2000 + year % 400)
    days, valid = _civil_days(near, _number(parts, "month"), _number(parts, "day"))
    valid &= numpy_of(parts.is_valid())
    zone = _text(parts, "zone")
    second = microsecond = np.zeros(len(parts), dtype=np.int64)
    if timed:
        second, on_clock = _clock(parts)
        valid &= on_clock
        fraction = pc.utf8_slice_codeunits(_text(parts, "fraction"), 1, 7)
        microsecond = integers(pc.ascii_rpad(fraction, 6, padding="0"))
    return Moments(
        valid,
        zoned=numpy_of(pc.not_equal(zone, "")),
        year=year,
        local_second=days * DAY_SECONDS + second,
        microsecond=microsecond,
        offset_minute=_offset_minutes(zone),
    )


def _text(parts: pa.StructArray, name: str) -> pa.StringArray:
    return pc.fill_null(pc.struct_field(parts, name), "")


def _number(parts: pa.StructArray, name: str) -> Integers:
    digits = pc.utf8_slice_codeunits(_text(parts, name), 0, _YEAR_LENGTH)
    return integers(pc.if_else(pc.equal(digits, ""), "0", digits))


def _civil_days(year: Integers, month: Integers, day: Integers) -> tuple[Integers, Flags]:
    """Give days since 1970 in the proleptic Gregorian calendar, and whether the day exists."""
    months = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    first = months.astype("M8[D]").astype(np.int64)
    length = (months + 1).astype("M8[D]").astype(np.int64) - first
    exists = (month >= 1) & (month <= 12) & (day >= 1) & (day <= length)
    return first + day - 1, exists


def _clock(parts: pa.StructArray) -> tuple[Integers, Flags]:
    """Give the second of the day, and whether a clock shows it; 24:00:00 is the next midnight."""
    hour, minute, second = (_number(parts, name) for name in ("hour", "minute", "second"))
    shown = (hour < 24) & (minute < 60) & (second < 60)
    whole = matches(_text(parts, "fraction"), r"(?:\.0+)?")
    midnight = (hour == 24) & (minute == 0) & (second == 0) & whole
    return hour * 3600 + minute * 60 + second, shown | midnight


def _offset_minutes(zone: pa.StringArray) -> Integers:
    signed = pc.if_else(pc.match_substring_regex(zone, r"\A[+-]"), zone, "+00:00")
    hours = integers(pc.utf8_slice_codeunits(signed, 1, 3))
    minutes = hours * 60 + integers(pc.utf8_slice_codeunits(signed, 4, 6))
    return np.where(numpy_of(pc.starts_with(signed, "-")), -minutes, minutes)

"""Dates and times by their lexical forms (SPARQL 1.1, section 17.4.5)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from endpoint.sparql.functions.encoding import decode, encode_literal
from geosparql.terms import XSD

DATETIME = XSD + "dateTime"
DATE = XSD + "date"
_FORM = re.compile(
    r"(?P<year>-?(?:[1-9][0-9]{4,}|[0-9]{4}))-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:T(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}):(?P<seconds>[0-9]{2}(?:\.[0-9]+)?))?"
    r"(?P<zone>Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
)
_MICROSECONDS = 1_000_000
_DAY = 86_400 * _MICROSECONDS
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097
_EPOCH = date(1970, 1, 1).toordinal()


def match_form(lexical: str, datatype: str | None) -> re.Match[str] | None:
    """Match the lexical form of a dateTime or date; None where it is not valid."""
    if datatype not in (DATETIME, DATE):
        return None
    match = _FORM.fullmatch(lexical.strip(" \t\r\n"))
    if match is None or (match["hours"] is None) == (datatype == DATETIME):
        return None
    return match if _microseconds(match) is not None else None


def _microseconds(match: re.Match[str]) -> int | None:
    cycles, year = divmod(int(match["year"]), _CYCLE_YEARS)
    try:
        days = date(year + _CYCLE_YEARS, int(match["month"]), int(match["day"])).toordinal()
    except ValueError:
        return None
    total = (days - _EPOCH + (cycles - 1) * _CYCLE_DAYS) * _DAY
    if match["hours"] is not None:
        hours, minutes, seconds = int(match["hours"]), int(match["minutes"]), match["seconds"]
        exact = Decimal(seconds)
        if hours > 24 or minutes > 59 or exact >= 60 or (hours == 24 and (minutes or exact)):
            return None
        total += (hours * 60 + minutes) * 60 * _MICROSECONDS + int(exact * _MICROSECONDS)
    return total - zone_minutes(match["zone"]) * 60 * _MICROSECONDS


def zone_minutes(zone: str | None) -> int:
    """Give the minutes east of UTC; 0 where there is no zone."""
    if zone in (None, "Z"):
        return 0
    assert zone is not None
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return -minutes if zone[0] == "-" else minutes


def term_instant(text: str) -> int | None:
    """Give a dateTime or date term as microseconds since 1970 in UTC; without zone read as UTC."""
    if text[0] != "^":
        return None
    lexical, datatype, _ = decode(text)
    match = match_form(lexical, datatype)
    instant = None if match is None else _microseconds(match)
    return instant if instant is not None and abs(instant) < 2**63 else None


def term_zoned(text: str) -> bool | None:
    """Tell whether a dateTime or date term has a time zone; None for other terms."""
    if text[0] != "^":
        return None
    lexical, datatype, _ = decode(text)
    match = match_form(lexical, datatype)
    return None if match is None else match["zone"] is not None


def date_part(part: str, text: str) -> str | None:
    """Give a part of a dateTime term (year … seconds) or date term (to the day), as written."""
    if text[0] != "^":
        return None
    lexical, datatype, _ = decode(text)
    match = match_form(lexical, datatype)
    if match is not None and match["hours"] == "24":  # the first moment of the day after
        lexical = _day_after(match)
        match = match_form(lexical, datatype)
    value = None if match is None else match[part]
    if value is None:
        return None
    return str(Decimal(value)) if part == "seconds" else str(int(value))


def _day_after(match: re.Match[str]) -> str:
    cycles, year = divmod(int(match["year"]), _CYCLE_YEARS)
    day = date(year + _CYCLE_YEARS, int(match["month"]), int(match["day"])) + timedelta(days=1)
    full_year = day.year + (cycles - 1) * _CYCLE_YEARS
    sign = "-" if full_year < 0 else ""
    return f"{sign}{abs(full_year):04}-{day.month:02}-{day.day:02}T00:00:00{match['zone'] or ''}"


def zone_name(text: str) -> str | None:
    """Give the TZ of a dateTime term: as written, empty where there is none."""
    match = match_form(*decode(text)[:2]) if text[0] == "^" else None
    return None if match is None else match["zone"] or ""


def zone_duration(text: str) -> str | None:
    """Give the TIMEZONE of a dateTime term: an xsd:dayTimeDuration; None where there is none."""
    match = match_form(*decode(text)[:2]) if text[0] == "^" else None
    if match is None or match["zone"] is None:
        return None
    minutes = zone_minutes(match["zone"])
    hours, rest = divmod(abs(minutes), 60)
    parts = (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "") or "0S"
    duration = f"{'-' if minutes < 0 else ''}PT{parts}"
    return encode_literal(duration, XSD + "dayTimeDuration")

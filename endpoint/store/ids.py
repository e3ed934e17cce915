"""Term ids: 64-bit numbers from which the kind of a term, and often its value, can be read.

Bits 56-62 hold the kind, bits 0-55 the payload (bit 63 is never set, so ids are
non-negative). Kinds are of two sorts:

* **inline**: the payload is the value. Only lexical forms that the payload gives
  back letter for letter are carried so; ``"007"^^xsd:integer`` is not one.
* **dictionary**: the payload is a running number, the term stands in `terms`.

Payloads of inline kinds:

=================  ==========================================================
layout             payload
=================  ==========================================================
integer            value + 2^55
scaled             scale << 50 | (mantissa + 2^49): mantissa / 10^scale; at
                   most 14 digits; scale 0 has no decimal point
boolean            0 or 1
day                days since 1970-01-01 + 2^31
second             seconds since 1970-01-01T00:00:00 + 2^40
=================  ==========================================================

Dictionary payloads with `EPHEMERAL_BIT` set are terms that stand in no store:
constants and remote rows of one query (`endpoint.store.ephemeral`).

The second half of the file says the same as `sqlglot` expressions over a column
of ids, with one meaning on DuckDB and Spark: `id_kind`, `of_kinds`,
`inline_number`, `inline_decimal`, `inline_instant`, `inline_boolean`, and the
other way `integer_id`, `boolean_id`.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlglot import exp

from geosparql.terms import XSD

KIND_SHIFT = 56
PAYLOAD_MASK = (1 << KIND_SHIFT) - 1
INTEGER_OFFSET = 1 << 55
MANTISSA_BITS = 50
MANTISSA_MASK = (1 << MANTISSA_BITS) - 1
MANTISSA_OFFSET = 1 << 49
SCALED_DIGITS = 14
DAY_OFFSET = 1 << 31
SECOND_OFFSET = 1 << 40
EPHEMERAL_BIT = 1 << 55
DEFAULT_GRAPH = 0
LARGEST_INTEGER = 10**16 - 1
"""Integers up to here, either sign, are carried in the id."""
MICROSECONDS = 1_000_000
DAY_MICROSECONDS = 86_400 * MICROSECONDS

Family = Literal[
    "graph", "iri", "blank", "string", "language", "boolean", "numeric",
    "date", "dateTime", "geometry", "other", "triple",
]  # fmt: skip
Layout = Literal["dictionary", "integer", "scaled", "boolean", "day", "second"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of term: its code, what family of values it is compared in, how it is carried."""

    code: int
    name: str
    family: Family
    layout: Layout = "dictionary"
    datatype: str | None = None
    """The datatype IRI where the kind alone decides it; else it stands in `terms`."""
    numeric_rank: int = 0
    """1 integer, 2 decimal, 3 float, 4 double (SPARQL 1.1, 17.3 type promotion)."""


KINDS: tuple[Kind, ...] = (
    Kind(0, "default_graph", "graph"),
    Kind(1, "iri", "iri"),
    Kind(2, "blank", "blank"),
    Kind(3, "string", "string", datatype=XSD + "string"),
    Kind(4, "language", "language"),
    Kind(5, "boolean", "boolean", "boolean", XSD + "boolean"),
    Kind(6, "integer", "numeric", "integer", XSD + "integer", 1),
    Kind(7, "decimal", "numeric", "scaled", XSD + "decimal", 2),
    Kind(8, "float", "numeric", "scaled", XSD + "float", 3),
    Kind(9, "double", "numeric", "scaled", XSD + "double", 4),
    Kind(10, "date", "date", "day", XSD + "date"),
    Kind(11, "dateTime_utc", "dateTime", "second", XSD + "dateTime"),
    Kind(12, "dateTime_local", "dateTime", "second", XSD + "dateTime"),
    Kind(20, "integer_text", "numeric", numeric_rank=1),
    Kind(21, "decimal_text", "numeric", datatype=XSD + "decimal", numeric_rank=2),
    Kind(22, "float_text", "numeric", datatype=XSD + "float", numeric_rank=3),
    Kind(23, "double_text", "numeric", datatype=XSD + "double", numeric_rank=4),
    Kind(24, "boolean_text", "boolean", datatype=XSD + "boolean"),
    Kind(25, "dateTime_text", "dateTime"),
    Kind(26, "date_text", "date", datatype=XSD + "date"),
    Kind(28, "geometry", "geometry"),
    Kind(29, "unreadable_geometry", "other"),
    Kind(30, "other", "other"),
    Kind(31, "ill_typed", "other"),
    Kind(32, "triple", "triple"),
)

KIND_BY_NAME = {kind.name: kind for kind in KINDS}
KIND_BY_CODE = {kind.code: kind for kind in KINDS}

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,15}")
_SCALED = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2})(Z?)")
_EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1)
_SCALED_KINDS = {XSD + name: KIND_BY_NAME[name].code for name in ("decimal", "float", "double")}


def kind_of(term_id: int) -> Kind:
    """Give the kind of a term from its id."""
    return KIND_BY_CODE[term_id >> KIND_SHIFT]


def make_id(kind: str, payload: int) -> int:
    """Put a kind and a payload together."""
    return KIND_BY_NAME[kind].code << KIND_SHIFT | payload


def inline_id(lexical: str, datatype: str) -> int | None:
    """Give the id of a literal that is carried in the id itself, else None."""
    if datatype == XSD + "integer":
        if _INTEGER.fullmatch(lexical):
            return make_id("integer", int(lexical) + INTEGER_OFFSET)
    elif datatype in _SCALED_KINDS:
        payload = _scaled_payload(lexical)
        return None if payload is None else _SCALED_KINDS[datatype] << KIND_SHIFT | payload
    elif datatype == XSD + "boolean":
        if lexical in ("true", "false"):
            return make_id("boolean", int(lexical == "true"))
    elif datatype == XSD + "date":
        return _day_id(lexical)
    elif datatype == XSD + "dateTime":
        return _second_id(lexical)
    return None


def _scaled_payload(lexical: str) -> int | None:
    match = _SCALED.fullmatch(lexical)
    if match is None:
        return None
    sign, whole, fraction = match[1], match[2], match[3] or ""
    mantissa = int(whole + fraction)
    if len(whole) + len(fraction) > SCALED_DIGITS or (sign and mantissa == 0):
        return None
    return len(fraction) << MANTISSA_BITS | ((-mantissa if sign else mantissa) + MANTISSA_OFFSET)


def _day_id(lexical: str) -> int | None:
    if not _DATE.fullmatch(lexical):
        return None
    try:
        day = date.fromisoformat(lexical)
    except ValueError:
        return None
    return make_id("date", (day - _EPOCH_DAY).days + DAY_OFFSET)


def _second_id(lexical: str) -> int | None:
    match = _DATETIME.fullmatch(lexical)
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(match[1])
    except ValueError:
        return None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return make_id("dateTime_utc" if match[2] else "dateTime_local", seconds + SECOND_OFFSET)


def inline_lexical(term_id: int) -> str:
    """Give the lexical form of an inline id, letter for letter as it was stored."""
    kind, payload = kind_of(term_id), term_id & PAYLOAD_MASK
    match kind.layout:
        case "integer":
            return str(payload - INTEGER_OFFSET)
        case "scaled":
            return _scaled_lexical(payload)
        case "boolean":
            return "true" if payload else "false"
        case "day":
            return (_EPOCH_DAY + timedelta(days=payload - DAY_OFFSET)).isoformat()
        case "second":
            moment = _EPOCH + timedelta(seconds=payload - SECOND_OFFSET)
            return moment.isoformat() + ("Z" if kind.name == "dateTime_utc" else "")
        case "dictionary":
            raise ValueError(f"{kind.name} ids are not inline: {term_id}")


def _scaled_lexical(payload: int) -> str:
    scale, mantissa = payload >> MANTISSA_BITS, (payload & MANTISSA_MASK) - MANTISSA_OFFSET
    sign, digits = "-" if mantissa < 0 else "", str(abs(mantissa)).rjust(scale + 1, "0")
    return sign + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)


Column = exp.Expression | str
"""An expression that gives term ids, or the name of a column of them."""


def id_kind(column: Column) -> exp.Expression:
    """Give the kind code of ids (BIGINT; null where the id is null)."""
    shifted = exp.BitwiseRightShift(this=_operand(column), expression=_number(KIND_SHIFT))
    return exp.Paren(this=shifted)


def of_kinds(column: Column, *names: str) -> exp.Expression:
    """Give the condition that ids are of these kinds.

    Written as ranges over the id, one per run of neighbouring codes, so that zone
    maps and row-group statistics can skip what cannot match.
    """
    codes = sorted({KIND_BY_NAME[name].code for name in names})
    starts = [code for code in codes if code - 1 not in codes]
    ends = [code for code in codes if code + 1 not in codes]
    first, *others = (
        exp.Between(
            this=_operand(column),
            low=_number(a << KIND_SHIFT),
            high=_number((b + 1 << KIND_SHIFT) - 1),
        )
        for a, b in zip(starts, ends, strict=True)
    )
    either: exp.Expression = first
    for other in others:
        either = exp.Or(this=either, expression=other)
    return exp.Paren(this=either) if others else either


def kinds_of_family(*families: Family) -> tuple[str, ...]:
    """Give the names of the kinds whose values are compared in these families."""
    return tuple(kind.name for kind in KINDS if kind.family in families)


def inline_number(column: Column) -> exp.Expression:
    """Give the value of inline numeric ids as DOUBLE, correctly rounded; null for other ids.

    An xsd:float is rounded to its 32 bits first, as its value space says (XSD 1.1
    part 2, 3.3.4). Dictionary numbers have theirs in ``terms.number``.
    """
    integer = _cast(_subtract(_payload(column), INTEGER_OFFSET), "DOUBLE")

    def scaled() -> exp.Expression:
        power = exp.Pow(this=_double(10), expression=_cast(_scale(column), "DOUBLE"))
        return exp.Div(this=_cast(_mantissa(column), "DOUBLE"), expression=power, typed=True)

    return _case(
        id_kind(column),
        (_code("integer"), integer),
        (_code("decimal"), scaled()),
        (_code("double"), scaled()),
        (_code("float"), _cast(_cast(scaled(), "FLOAT"), "DOUBLE")),
    )


def inline_decimal(column: Column) -> exp.Expression:
    """Give the exact value of inline xsd:integer, xsd:decimal ids: DECIMAL(38, 18); else null."""
    integer = _cast(_subtract(_payload(column), INTEGER_OFFSET), "DECIMAL(38, 18)")
    # 10^-scale as a DOUBLE is off by less than half of the 14th digit, so the cast makes it exact.
    unit = exp.Pow(this=_double(10), expression=exp.Neg(this=_cast(_scale(column), "DOUBLE")))
    scaled = exp.Mul(
        this=_cast(_mantissa(column), "DECIMAL(20, 0)"), expression=_cast(unit, "DECIMAL(15, 14)")
    )
    return _case(
        id_kind(column),
        (_code("integer"), integer),
        (_code("decimal"), _cast(scaled, "DECIMAL(38, 18)")),
    )


def inline_instant(column: Column) -> exp.Expression:
    """Give inline dates and dateTimes as microseconds since 1970 in UTC (BIGINT); else null.

    A date is its first moment; a value without time zone is read as UTC, and the
    kind (``date``, ``dateTime_local``) still tells that it has none.
    """

    def since(offset: int, micros: int) -> exp.Expression:
        units = exp.Paren(this=_subtract(_payload(column), offset))
        return exp.Mul(this=units, expression=_number(micros))

    return _case(
        id_kind(column),
        (_code("date"), since(DAY_OFFSET, DAY_MICROSECONDS)),
        (_code("dateTime_utc"), since(SECOND_OFFSET, MICROSECONDS)),
        (_code("dateTime_local"), since(SECOND_OFFSET, MICROSECONDS)),
    )


def inline_boolean(column: Column) -> exp.Expression:
    """Give inline boolean ids as BOOLEAN; null for other ids."""
    true, false = make_id("boolean", 1), make_id("boolean", 0)
    return _case(_operand(column), (_number(true), exp.true()), (_number(false), exp.false()))


def integer_id(value: exp.Expression) -> exp.Expression:
    """Give the id of an xsd:integer from a BIGINT expression; null past `LARGEST_INTEGER`."""
    least, largest = _number(-LARGEST_INTEGER), _number(LARGEST_INTEGER)
    made = exp.Add(
        this=exp.paren(_cast(value.copy(), "BIGINT"), copy=False),
        expression=_number(make_id("integer", INTEGER_OFFSET)),
    )
    return exp.case().when(exp.paren(value).between(least, largest), made)


def boolean_id(value: exp.Expression) -> exp.Expression:
    """Give the id of an xsd:boolean from a BOOLEAN expression; null where it is null."""
    true, false = make_id("boolean", 1), make_id("boolean", 0)
    return exp.case().when(value.copy(), _number(true)).when(exp.not_(value), _number(false))


def _operand(column: Column) -> exp.Expression:
    """Give an expression that binds tighter than any operator."""
    if isinstance(column, str):
        return exp.column(column, quoted=True)
    if isinstance(column, exp.Column):
        parts = {name: part for name, part in column.args.items() if part}
        return exp.Column(
            **{n: exp.Identifier(this=p.this, quoted=p.quoted) for n, p in parts.items()}
        )
    return exp.paren(column)


def _payload(column: Column) -> exp.Expression:
    masked = exp.BitwiseAnd(this=_operand(column), expression=_number(PAYLOAD_MASK))
    return exp.Paren(this=masked)


def _mantissa(column: Column) -> exp.Expression:
    masked = exp.BitwiseAnd(this=_operand(column), expression=_number(MANTISSA_MASK))
    return _subtract(exp.Paren(this=masked), MANTISSA_OFFSET)


def _scale(column: Column) -> exp.Expression:
    shifted = exp.BitwiseRightShift(
        this=_payload(column), expression=exp.Literal.number(MANTISSA_BITS)
    )
    return exp.Paren(this=shifted)


def _subtract(value: exp.Expression, number: int) -> exp.Expression:
    return exp.Sub(this=value, expression=_number(number))


def _cast(value: exp.Expression, to: str) -> exp.Expression:
    return exp.Cast(this=value, to=_type(to).copy())


@functools.cache
def _type(name: str) -> exp.DataType:
    return exp.DataType.build(name)


def _case(this: exp.Expression, *branches: tuple[exp.Expression, exp.Expression]) -> exp.Case:
    return exp.Case(this=this, ifs=[exp.If(this=when, true=then) for when, then in branches])


def _number(value: int) -> exp.Expression:
    return exp.Literal.number(value)


def _double(value: int) -> exp.Expression:
    return _cast(exp.Literal.number(value), "DOUBLE")


def _code(name: str) -> exp.Expression:
    return _number(KIND_BY_NAME[name].code)

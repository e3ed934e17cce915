"""Natural lexical forms: Arrow values as the text and datatype of RDF (RML-IO, natural mapping)."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from geosparql.errors import SourceError
from geosparql.terms import XSD, XSD_STRING

DOUBLE = r"^(?P<sign>-?)(?P<whole>\d+)(?:\.(?P<fraction>\d+))?(?:e(?P<exponent>[+-]?\d+))?$"
SPECIAL_DOUBLES = (("nan", "NaN"), ("-nan", "NaN"), ("inf", "INF"), ("-inf", "-INF"))


def double_text(values: pa.Array) -> pa.Array:
    """Write floats as canonical xsd:double (XSD 1.1, 3.3.5.2): ``30.0`` is ``3.0E1``.

    Digits are the fewest that read back as the same number.
    """
    text = pc.cast(values, pa.string())
    found = pc.extract_regex(text, DOUBLE)
    if found.null_count == len(found):
        return _special_doubles(text, pa.nulls(len(text), pa.string()))
    sign, whole, fraction, exponent = (found.field(position) for position in range(4))
    digits = pc.binary_join_element_wise(whole, fraction, "")
    leading = pc.utf8_ltrim(digits, "0")
    zeros = pc.subtract(pc.utf8_length(digits), pc.utf8_length(leading))
    stated = pc.cast(
        pc.if_else(pc.equal(exponent, ""), "0", pc.utf8_ltrim(exponent, "+")), pa.int32()
    )
    power = pc.subtract(pc.add(stated, pc.subtract(pc.utf8_length(whole), 1)), zeros)
    significant = pc.utf8_rtrim(leading, "0")
    is_zero = pc.equal(significant, "")
    head = pc.if_else(is_zero, "0", pc.utf8_slice_codeunits(significant, 0, 1))
    tail = pc.utf8_slice_codeunits(significant, 1)
    tail = pc.if_else(pc.equal(tail, ""), "0", tail)
    power = pc.cast(pc.if_else(is_zero, 0, power), pa.string())
    number = pc.binary_join_element_wise(sign, head, ".", tail, "E", power, "")
    return _special_doubles(
        text, pc.if_else(found.is_valid(), number, pa.scalar(None, pa.string()))
    )


def decimal_text(doubles: pa.Array) -> pa.Array:
    """Write texts of xsd:double as xsd:decimal, without exponent; INF and NaN stay as they are."""
    return pa.array([_without_exponent(text) for text in doubles.to_pylist()], pa.string())


def _without_exponent(text: str | None) -> str | None:
    if text is None or "E" not in text:
        return text
    plain = format(Decimal(text), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def double_lexical(value: float) -> str:
    """Write one float as canonical xsd:double; see `double_text`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).lstrip("0") or "0"
    power = 0 if text == "0" else len(text) - 1 + int(exponent)
    return f"{'-' if sign else ''}{text[0]}.{text[1:].rstrip('0') or '0'}E{power}"


def _special_doubles(text: pa.Array, numbers: pa.Array) -> pa.Array:
    if numbers.null_count == text.null_count:
        return numbers
    for written, name in SPECIAL_DOUBLES:
        numbers = pc.if_else(pc.fill_null(pc.equal(text, written), False), name, numbers)
    return numbers


def _plain(values: pa.Array) -> pa.Array:
    return pc.cast(values, pa.string())


def _date_text(values: pa.Array) -> pa.Array:
    return pc.cast(pc.cast(values, pa.date32()), pa.string())


def _without_trailing_zeros(text: pa.Array) -> pa.Array:
    """Drop a fraction of seconds that is zero, and the zeros at the end of another."""
    fractional = pc.fill_null(pc.match_substring(text, "."), False)
    trimmed = pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")
    return pc.if_else(fractional, trimmed, text)


def _time_text(values: pa.Array) -> pa.Array:
    return _without_trailing_zeros(pc.cast(values, pa.string()))


def _timestamp_text(values: pa.Array) -> pa.Array:
    """Write xsd:dateTime; with a time zone, in UTC or at the fixed offset of the type."""
    zone = values.type.tz
    local = values if zone is None else pc.local_timestamp(values)
    offset = "" if zone is None else zone
    if offset and offset[0] not in "+-":
        local, offset = pc.cast(pc.cast(values, pa.timestamp(values.type.unit, "UTC")),
                                pa.timestamp(values.type.unit)), "Z"  # fmt: skip
    text = _without_trailing_zeros(pc.strftime(local, format="%Y-%m-%dT%H:%M:%S"))
    return pc.binary_join_element_wise(text, offset, "") if offset else text


def _hex_text(values: pa.Array) -> pa.Array:
    return pa.array(
        [None if v is None else v.hex().upper() for v in values.to_pylist()], pa.string()
    )


NATURAL: tuple[tuple[Callable[[pa.DataType], bool], str, Callable[[pa.Array], pa.Array]], ...] = (
    (pa.types.is_string, XSD_STRING, lambda values: values),
    (pa.types.is_large_string, XSD_STRING, _plain),
    (pa.types.is_string_view, XSD_STRING, _plain),
    (pa.types.is_null, XSD_STRING, _plain),
    (pa.types.is_dictionary, XSD_STRING, _plain),
    (pa.types.is_integer, XSD + "integer", _plain),
    (pa.types.is_floating, XSD + "double", double_text),
    (pa.types.is_decimal, XSD + "decimal", _plain),
    (pa.types.is_boolean, XSD + "boolean", _plain),
    (pa.types.is_date, XSD + "date", _date_text),
    (pa.types.is_timestamp, XSD + "dateTime", _timestamp_text),
    (pa.types.is_time, XSD + "time", _time_text),
    (pa.types.is_binary, XSD + "hexBinary", _hex_text),
    (pa.types.is_large_binary, XSD + "hexBinary", _hex_text),
)
"""(is it this type, natural datatype, how its values are written)."""


def natural_datatype(kind: pa.DataType, where: str) -> str:
    """Give the datatype IRI that values of an Arrow type have in RDF.

    Raises
    ------
    SourceError
        Where the type (a list, a struct …) has no natural datatype.
    """
    return _row(kind, where)[1]


def natural_text(values: pa.Array, where: str = "") -> pa.Array:
    """Write values, or lists of values, in their natural lexical form; null stays null."""
    if pa.types.is_list(values.type):
        texts = natural_text(values.values, where)
        return pa.ListArray.from_arrays(values.offsets, texts, mask=pc.is_null(values))
    return _row(values.type, where)[2](values)


def _row(
    kind: pa.DataType, where: str
) -> tuple[Callable[[pa.DataType], bool], str, Callable[[pa.Array], pa.Array]]:
    for row in NATURAL:
        if row[0](kind):
            return row
    raise SourceError("The values of a column have no natural RDF form", where=where, value=kind)

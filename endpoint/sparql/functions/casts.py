"""XSD constructor functions (SPARQL 1.1, section 17.5), term text to term text."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from endpoint.sparql.functions.dates import DATE, DATETIME, match_form
from endpoint.sparql.functions.encoding import decode, encode_literal
from endpoint.sparql.functions.literal_values import BOOLEANS
from endpoint.sparql.functions.numerics import (
    DERIVED_INTEGERS,
    RANKS,
    double_lexical,
    double_value,
    exact_lexical,
    exact_value,
    to_float,
)
from geosparql.terms import XSD, XSD_STRING

BOOLEAN = XSD + "boolean"


def cast_term(target: str, text: str) -> str | None:
    """Cast a term to an XSD datatype; None where the cast is an error."""
    if text[0] == "<" and target == XSD_STRING:
        return encode_literal(text[1:], XSD_STRING)
    if text[0] not in '"^':
        return None
    lexical, datatype, _ = decode(text)
    assert datatype is not None
    made = CASTS[target](lexical, datatype, target)
    return None if made is None else encode_literal(made, target)


def _number(lexical: str, datatype: str) -> Decimal | float | None:
    """Give the value of a numeric or boolean literal."""
    rank = RANKS.get(datatype)
    if rank is not None:
        return exact_value(lexical, datatype) if rank <= 2 else double_value(lexical)
    if datatype == BOOLEAN and lexical in BOOLEANS:
        return Decimal(int(BOOLEANS[lexical]))
    return None


def _to_string(lexical: str, datatype: str, _target: str) -> str | None:
    rank = RANKS.get(datatype)
    if rank in (1, 2):
        value = exact_value(lexical, datatype)
        return lexical if value is None else exact_lexical(format(value, "f"))
    if rank in (3, 4):
        number = double_value(lexical)
        return lexical if number is None else _plain_double(number, single=rank == 3)
    if datatype == BOOLEAN and lexical in BOOLEANS:
        return "true" if BOOLEANS[lexical] else "false"
    return lexical


def _plain_double(value: float, *, single: bool) -> str:
    """Write a double as XPath casts it to a string (functions 3.1, 19.1.2.2)."""
    if value == 0 or math.isinf(value) or math.isnan(value):
        return {"0.0E0": "0", "-0.0E0": "-0"}.get(text := double_lexical(value), text)
    text = double_lexical(value, single=single)
    if 1e-6 <= abs(value) < 1e6:
        return exact_lexical(format(Decimal(text), "f"))
    mantissa, exponent = text.split("E")
    return f"{mantissa}E{exponent}"


def _to_float(lexical: str, datatype: str, target: str) -> str | None:
    single = target == XSD + "float"
    number = double_value(lexical) if datatype == XSD_STRING else _number(lexical, datatype)
    if number is None:
        return None
    if datatype in (XSD_STRING, target):
        return lexical.strip()
    value = float(number)
    rounded = to_float(value) if single or datatype == XSD + "float" else value
    return double_lexical(rounded, single=single)


def _to_decimal(lexical: str, datatype: str, target: str) -> str | None:
    if datatype == XSD_STRING:
        value = exact_value(lexical, target)
        return None if value is None else lexical.strip()
    number = _number(lexical, datatype)
    if number is None or not math.isfinite(number):
        return None
    return exact_lexical(
        format(Decimal(repr(number)) if isinstance(number, float) else number, "f")
    )


def _to_integer(lexical: str, datatype: str, target: str) -> str | None:
    if datatype == XSD_STRING:
        value = exact_value(lexical, target)
        return None if value is None else str(int(value))
    number = _number(lexical, datatype)
    if number is None or not math.isfinite(number):
        return None
    made = str(int(number))
    return made if exact_value(made, target) is not None else None


def _to_boolean(lexical: str, datatype: str, _target: str) -> str | None:
    if datatype in (XSD_STRING, BOOLEAN):
        value = BOOLEANS.get(lexical.strip())
        return None if value is None else str(value).lower()
    number = _number(lexical, datatype)
    return None if number is None else str(not (number == 0 or math.isnan(number))).lower()


def _to_date_time(lexical: str, datatype: str, target: str) -> str | None:
    if datatype == DATE and match_form(lexical, DATE) is not None:
        return f"{lexical[:10]}T00:00:00{lexical[10:]}"
    accepted = datatype in (XSD_STRING, DATETIME) and match_form(lexical, target) is not None
    return lexical.strip() if accepted else None


def _to_date(lexical: str, datatype: str, target: str) -> str | None:
    if datatype == DATETIME and (match := match_form(lexical, DATETIME)) is not None:
        return f"{match['year']}-{match['month']}-{match['day']}{match['zone'] or ''}"
    accepted = datatype in (XSD_STRING, DATE) and match_form(lexical, target) is not None
    return lexical.strip() if accepted else None


CASTS: dict[str, Callable[[str, str, str], str | None]] = {
    XSD_STRING: _to_string,
    XSD + "float": _to_float,
    XSD + "double": _to_float,
    XSD + "decimal": _to_decimal,
    **{XSD + name: _to_integer for name in DERIVED_INTEGERS},
    BOOLEAN: _to_boolean,
    DATETIME: _to_date_time,
    DATE: _to_date,
}
"""Target datatype to its constructor."""

"""Numbers: lexical forms to values and back, exact decimal arithmetic (SPARQL 1.1, 17.4.4).

An exact number travels as VARCHAR in plain notation, which every engine casts
to DECIMAL(38, 18): 20 digits before the point and 18 after it.
"""

from __future__ import annotations

import math
import re
import struct
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, DecimalException

import pyarrow as pa

from endpoint.sparql.functions.encoding import decode, encode_literal
from geosparql.terms import XSD

INTEGER, DECIMAL, FLOAT, DOUBLE = 1, 2, 3, 4
RANK_DATATYPES = {
    INTEGER: XSD + "integer",
    DECIMAL: XSD + "decimal",
    FLOAT: XSD + "float",
    DOUBLE: XSD + "double",
}
DERIVED_INTEGERS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "nonNegativeInteger": (0, None),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
    "positiveInteger": (1, None),
}
"""XSD 1.1 part 2, section 3.4: local names and the values they allow."""

RANKS = {
    **{XSD + name: INTEGER for name in DERIVED_INTEGERS},
    XSD + "decimal": DECIMAL,
    XSD + "float": FLOAT,
    XSD + "double": DOUBLE,
}
LARGEST = Decimal(10) ** 20
QUANTUM = Decimal(1).scaleb(-18)
_CONTEXT = Context(prec=60)
_INTEGER_FORM = re.compile(r"[+-]?[0-9]+")
_DECIMAL_FORM = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DOUBLE_FORM = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SPECIAL = {"INF": math.inf, "+INF": math.inf, "-INF": -math.inf, "NaN": math.nan}


def exact_value(lexical: str, datatype: str) -> Decimal | None:
    """Give the value of an xsd:decimal or xsd:integer literal, None where it has none."""
    text = lexical.strip(" \t\r\n")
    if datatype == XSD + "decimal":
        return Decimal(text) if _DECIMAL_FORM.fullmatch(text) else None
    if not _INTEGER_FORM.fullmatch(text):
        return None
    least, most = DERIVED_INTEGERS[datatype.removeprefix(XSD)]
    value = Decimal(text)
    inside = (least is None or value >= least) and (most is None or value <= most)
    return value if inside else None


def double_value(lexical: str) -> float | None:
    """Give the value of an xsd:double or xsd:float literal, None where it has none."""
    text = lexical.strip(" \t\r\n")
    if text in _SPECIAL:
        return _SPECIAL[text]
    return float(text) if _DOUBLE_FORM.fullmatch(text) else None


def to_float(value: float) -> float:
    """Round to the 32 bits of xsd:float."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def to_floats(values: pa.Array) -> pa.Array:
    """Round doubles to the 32 bits of xsd:float."""
    return values.cast(pa.float32(), safe=False).cast(pa.float64())


def term_rank(text: str) -> int | None:
    """Give the numeric rank of a term; None where it is no number, ill-typed ones too."""
    return RANKS[decode(text)[1] or ""] if term_double(text) is not None else None


def term_double(text: str) -> float | None:
    """Give the value of a numeric term as a double."""
    if text[0] != "^":
        return None
    lexical, datatype, _ = decode(text)
    rank = RANKS.get(datatype or "")
    if rank is None or datatype is None:
        return None
    if rank <= DECIMAL:
        exact = exact_value(lexical, datatype)
        return None if exact is None else float(exact)
    value = double_value(lexical)
    return to_float(value) if rank == FLOAT and value is not None else value


def term_exact(text: str) -> str | None:
    """Give the exact value of an integer or decimal term."""
    if text[0] != "^":
        return None
    lexical, datatype, _ = decode(text)
    if datatype is None or RANKS.get(datatype, DOUBLE) > DECIMAL:
        return None
    value = exact_value(lexical, datatype)
    return None if value is None else exact_text(value)


def lexical_exact(lexical: str) -> str | None:
    """Give the exact value of the lexical form of an integer or decimal."""
    text = lexical.strip(" \t\r\n")
    return exact_text(Decimal(text)) if _DECIMAL_FORM.fullmatch(text) else None


def exact_text(value: Decimal) -> str | None:
    """Write an exact number; None where it has more than 20 digits before the point."""
    if abs(value) >= LARGEST:
        return None
    return format(value.quantize(QUANTUM, context=_CONTEXT), "f")


def multiply(left: str, right: str) -> str | None:
    """Multiply two exact numbers."""
    return exact_text(_CONTEXT.multiply(Decimal(left), Decimal(right)))


def divide(left: str, right: str) -> str | None:
    """Divide two exact numbers; None by zero."""
    try:
        return exact_text(_CONTEXT.divide(Decimal(left), Decimal(right)))
    except DecimalException:
        return None


def divide_double(left: float, right: float) -> float:
    """Divide as IEEE 754 does."""
    if right != 0.0:
        return left / right
    if left == 0.0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def round_exact(how: str, value: str) -> str | None:
    """Round an exact number: ``ceil``, ``floor`` or ``round`` (half towards positive infinity)."""
    number = Decimal(value)
    if how == "round":
        number, how = number + Decimal("0.5"), "floor"
    mode = ROUND_CEILING if how == "ceil" else ROUND_FLOOR
    return exact_text(number.to_integral_value(rounding=mode))


def round_double(how: str, value: float) -> float:
    """Round a double as `round_exact`; what is near zero keeps its sign (fn:round, fn:ceiling)."""
    if not math.isfinite(value):
        return value
    below = math.floor(value)
    up = value > below if how == "ceil" else how == "round" and value - below >= 0.5
    return math.copysign(float(below + up), value)


def number_term(rank: int, exact: str | None, value: float | None) -> str | None:
    """Give a number as a term: `exact` for integer and decimal, else `value`."""
    lexical: str | None
    if rank <= DECIMAL:
        lexical = None if exact is None else exact_lexical(exact)
    else:
        lexical = None if value is None else double_lexical(value, single=rank == FLOAT)
    return None if lexical is None else encode_literal(lexical, RANK_DATATYPES[rank])


def exact_lexical(exact: str) -> str:
    """Write an exact number without trailing zeros."""
    text = exact.rstrip("0").rstrip(".") if "." in exact else exact
    return "0" if text in ("", "-0", "-") else text


def double_lexical(value: float, *, single: bool = False) -> str:
    """Write a double or float in its canonical form (XPath functions 3.1, 19.1.2.2 by XSD 1.1)."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    digits = _shortest_single(value) if single else repr(value)
    sign, body = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    number = Decimal(body)
    if number == 0:
        return f"{sign}0.0E0"
    parts = number.as_tuple()
    text = "".join(map(str, parts.digits)).rstrip("0") or "0"
    exponent = number.adjusted()
    return f"{sign}{text[0]}.{text[1:] or '0'}E{exponent}"


def _shortest_single(value: float) -> str:
    """Give the shortest digits that read back as the same 32-bit float."""
    single = to_float(value)
    for precision in range(1, 10):
        text = f"{single:.{precision}g}"
        if to_float(float(text)) == single:
            return text
    return repr(single)

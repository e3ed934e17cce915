"""The kinds, inline ids and values of whole columns of terms at once.

`classify` says for n terms what `ids.inline_id` says for one literal, and for
the terms that stand in the dictionary which kind they are of and the number or
instant that `terms` carries for them. A literal is `ill_typed` where its
lexical form is none of its datatype's (XSD 1.1 part 2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from endpoint.store.dates import DAY_SECONDS, Moments, read_date_times, read_dates
from endpoint.store.ids import (
    DAY_OFFSET,
    INTEGER_OFFSET,
    KIND_BY_NAME,
    KIND_SHIFT,
    MANTISSA_BITS,
    MANTISSA_OFFSET,
    SCALED_DIGITS,
    SECOND_OFFSET,
)
from endpoint.store.lexical_columns import Flags, Integers, integers, matches, numpy_of, rows_of
from geosparql.literals.table import GEOMETRY_DATATYPES
from geosparql.terms import XSD, XSD_STRING
from geosparql.triples import TRIPLE_TERM


@dataclass(frozen=True, slots=True)
class Classified:
    """What `classify` found out about n terms; each field has n rows.

    Parameters
    ----------
    kinds
        Kind codes. A geometry literal counts as ``geometry``: nobody has read it yet.
    ids
        Inline ids; masked where the term stands in the dictionary.
    numbers, instants
        The columns `number` and `instant` of `terms`; masked where null.
    """

    kinds: Integers
    ids: np.ma.MaskedArray[Any, Any]
    numbers: np.ma.MaskedArray[Any, Any]
    instants: np.ma.MaskedArray[Any, Any]

    def take(self, rows: Integers) -> Classified:
        """Give what was found out about some rows."""
        return Classified(self.kinds[rows], self.ids[rows], self.numbers[rows], self.instants[rows])


def classify(
    lexical: pa.StringArray, datatype: pa.StringArray, language: pa.StringArray
) -> Classified:
    """Classify terms given as term columns (the form of a triple batch's object), all of n rows."""
    result = _unknown(len(lexical), "iri")
    blank = numpy_of(pc.starts_with(lexical, "_:"))
    result.kinds[blank] = _code("blank")
    encoded = datatype.dictionary_encode()
    codes = numpy_of(encoded.indices.fill_null(-1))
    for number, iri in enumerate(encoded.dictionary.to_pylist()):
        rows = np.flatnonzero(codes == number)
        _put(result, rows, _of_datatype(iri, lexical.take(pa.array(rows))))
    tagged = numpy_of(language.is_valid())
    _put(result, np.flatnonzero(tagged), _unknown(int(tagged.sum()), "language"))
    return result


def _of_datatype(iri: str, lexical: pa.StringArray) -> Classified:
    classifier = _CLASSIFIERS.get(iri)
    if classifier is not None:
        return classifier(iri, lexical)
    if iri in GEOMETRY_DATATYPES:
        return _unknown(len(lexical), "geometry")
    return _unknown(len(lexical), _PLAIN_KINDS.get(iri, "other"))


_PLAIN_KINDS = {XSD_STRING: "string", TRIPLE_TERM: "triple"}


def _unknown(length: int, kind: str) -> Classified:
    return Classified(
        np.full(length, _code(kind), dtype=np.int64),
        *(
            np.ma.MaskedArray(np.zeros(length, dtype=dtype), mask=True)
            for dtype in (np.int64, np.float64, np.int64)
        ),
    )


def _put(target: Classified, rows: Integers, part: Classified) -> None:
    target.kinds[rows] = part.kinds
    target.ids[rows] = part.ids
    target.numbers[rows] = part.numbers
    target.instants[rows] = part.instants


def _code(kind: str) -> int:
    return KIND_BY_NAME[kind].code


# Numbers

_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_LARGEST = 10**30  # more digits than any bound below
_BOUNDS: dict[str, tuple[int, int]] = {
    XSD + "long": (-(2**63), 2**63 - 1),
    XSD + "int": (-(2**31), 2**31 - 1),
    XSD + "short": (-(2**15), 2**15 - 1),
    XSD + "byte": (-128, 127),
    XSD + "nonNegativeInteger": (0, _LARGEST),
    XSD + "positiveInteger": (1, _LARGEST),
    XSD + "nonPositiveInteger": (-_LARGEST, 0),
    XSD + "negativeInteger": (-_LARGEST, -1),
    XSD + "unsignedLong": (0, 2**64 - 1),
    XSD + "unsignedInt": (0, 2**32 - 1),
    XSD + "unsignedShort": (0, 2**16 - 1),
    XSD + "unsignedByte": (0, 255),
}


def _integer(iri: str, text: pa.StringArray) -> Classified:
    result = _unknown(len(text), "ill_typed")
    valid = np.flatnonzero(matches(text, "[+-]?[0-9]+"))
    if iri != XSD + "integer":
        least, largest = _BOUNDS[iri]
        values = map(_clipped, rows_of(text, valid).to_pylist())
        valid = valid[np.array([least <= value <= largest for value in values], dtype=bool)]
    _put_numbers(result, valid, text, "integer_text")
    if iri == XSD + "integer":
        inline = np.flatnonzero(matches(text, "0|-?[1-9][0-9]{0,15}"))
        payload = integers(rows_of(text, inline)) + INTEGER_OFFSET
        _put_inline(result, inline, _code("integer"), payload)
    return result


def _clipped(digits: str) -> int:
    """Give the value of an integer's lexical form, cut to ±`_LARGEST`."""
    significant = digits.lstrip("+-").lstrip("0")
    value = int(significant or "0") if len(significant) <= 30 else _LARGEST
    return -value if digits[0] == "-" else value


def _decimal(iri: str, text: pa.StringArray) -> Classified:
    return _scaled(iri, text, _DECIMAL)


def _binary(iri: str, text: pa.StringArray) -> Classified:
    return _scaled(iri, text, rf"{_DECIMAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN")


def _scaled(iri: str, text: pa.StringArray, lexical_space: str) -> Classified:
    name = iri.removeprefix(XSD)
    result = _unknown(len(text), "ill_typed")
    _put_numbers(result, np.flatnonzero(matches(text, lexical_space)), text, f"{name}_text")
    plain = np.flatnonzero(matches(text, r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"))
    part = rows_of(text, plain)
    dots = numpy_of(pc.find_substring(part, "."))
    lengths = numpy_of(pc.binary_length(part))
    negative = numpy_of(pc.starts_with(part, "-"))
    short = lengths - (dots >= 0) - negative <= SCALED_DIGITS
    plain, dots, lengths, negative = (a[short] for a in (plain, dots, lengths, negative))
    mantissa = integers(pc.replace_substring(rows_of(text, plain), ".", ""))
    scale = np.where(dots >= 0, lengths - dots - 1, 0).astype(np.int64)
    kept = ~(negative & (mantissa == 0))
    payload = scale << MANTISSA_BITS | (mantissa + MANTISSA_OFFSET)
    _put_inline(result, plain[kept], _code(name), payload[kept])
    return result


def _boolean(_iri: str, text: pa.StringArray) -> Classified:
    result = _unknown(len(text), "ill_typed")
    for lexical, value in (("true", 1), ("false", 0), ("1", 1), ("0", 0)):
        rows = np.flatnonzero(matches(text, lexical))
        if lexical in ("true", "false"):
            _put_inline(result, rows, _code("boolean"), np.full(len(rows), value))
        else:
            result.kinds[rows] = _code("boolean_text")
            result.numbers[rows] = value
    return result


def _put_numbers(result: Classified, rows: Integers, text: pa.StringArray, kind: str) -> None:
    values = numpy_of(rows_of(text, rows).cast(pa.float64()))
    if kind == "float_text":
        with np.errstate(over="ignore"):  # past the largest float is INF (XSD 1.1, 3.3.4)
            values = values.astype(np.float32).astype(np.float64)
    result.kinds[rows] = _code(kind)
    result.numbers[rows] = values


def _put_inline(result: Classified, rows: Integers, code: int, payload: Integers) -> None:
    result.kinds[rows] = code
    result.ids[rows] = payload | code << KIND_SHIFT
    result.numbers[rows] = np.ma.masked
    result.instants[rows] = np.ma.masked


# Dates and times


def _date(_iri: str, text: pa.StringArray) -> Classified:
    moments = read_dates(text)
    result = _with_instants(moments, moments.valid, "date_text")
    plain = matches(text, "[0-9]{4}-[0-9]{2}-[0-9]{2}") & moments.valid & (moments.year > 0)
    rows = np.flatnonzero(plain)
    days = moments.local_second[rows] // DAY_SECONDS
    _put_inline(result, rows, _code("date"), days + DAY_OFFSET)
    return result


def _date_time(iri: str, text: pa.StringArray) -> Classified:
    moments = read_date_times(text)
    if iri == XSD + "dateTimeStamp":  # its time zone is required (XSD 1.1 part 2, 3.4.28)
        return _with_instants(moments, moments.valid & moments.zoned, "dateTime_text")
    result = _with_instants(moments, moments.valid, "dateTime_text")
    plain = "[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3])[0-9:]{6}"
    for zone, kind in (("Z", "dateTime_utc"), ("", "dateTime_local")):
        rows = np.flatnonzero(matches(text, plain + zone) & moments.valid & (moments.year > 0))
        _put_inline(result, rows, _code(kind), moments.local_second[rows] + SECOND_OFFSET)
    return result


def _with_instants(moments: Moments, valid: Flags, kind: str) -> Classified:
    result = _unknown(len(valid), "ill_typed")
    result.kinds[valid] = _code(kind)
    known = valid & moments.in_reach
    result.instants[known] = moments.instants[known]
    return result


_CLASSIFIERS: dict[str, Callable[[str, pa.StringArray], Classified]] = {
    **dict.fromkeys((XSD + "integer", *_BOUNDS), _integer),
    XSD + "decimal": _decimal,
    XSD + "float": _binary,
    XSD + "double": _binary,
    XSD + "boolean": _boolean,
    XSD + "date": _date,
    XSD + "dateTime": _date_time,
    XSD + "dateTimeStamp": _date_time,
}

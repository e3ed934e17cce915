"""Whether literals have the lexical form that their datatype wants."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from geosparql.errors import InputError
from geosparql.literals.table import GEOMETRY_DATATYPES, parse_literal
from geosparql.terms import XSD

ZONE = r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))?"
DAY = r"-?([1-9]\d{3,}|0\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
TIME = r"(([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?|24:00:00(\.0+)?)"
NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)"

LEXICAL: dict[str, str] = {
    XSD + "integer": r"[+-]?\d+",
    XSD + "int": r"[+-]?\d+",
    XSD + "long": r"[+-]?\d+",
    XSD + "short": r"[+-]?\d+",
    XSD + "nonNegativeInteger": r"(\+?\d+|-0+)",
    XSD + "positiveInteger": r"\+?0*[1-9]\d*",
    XSD + "decimal": NUMBER,
    XSD + "double": rf"({NUMBER}([eE][+-]?\d+)?|[+-]?INF|NaN)",
    XSD + "float": rf"({NUMBER}([eE][+-]?\d+)?|[+-]?INF|NaN)",
    XSD + "boolean": r"(true|false|0|1)",
    XSD + "date": DAY + ZONE,
    XSD + "dateTime": f"{DAY}T{TIME}{ZONE}",
    XSD + "time": TIME + ZONE,
    XSD + "gYear": rf"-?([1-9]\d{{3,}}|0\d{{3}}){ZONE}",
    XSD + "gYearMonth": rf"-?([1-9]\d{{3,}}|0\d{{3}})-(0[1-9]|1[0-2]){ZONE}",
    XSD + "hexBinary": r"([0-9a-fA-F]{2})*",
}
"""Lexical spaces of XSD 1.1, part 2, as regular expressions."""

PARSED = 1000
"""Geometries of one kind that are parsed at most."""


def ill_formed(texts: pa.Array, datatype: str) -> list[str]:
    """Give the texts that the datatype does not allow; of an unknown one none.

    Parameters
    ----------
    texts
        Lexical forms, without nulls.
    datatype
        IRI of their datatype.
    """
    if datatype in GEOMETRY_DATATYPES:
        return [text for text in texts[:PARSED].to_pylist() if not _is_geometry(text, datatype)]
    pattern = LEXICAL.get(datatype)
    if pattern is None:
        return []
    fits = pc.match_substring_regex(texts, f"^{pattern}$")
    wrong: list[str] = texts.filter(pc.invert(fits)).to_pylist()
    return wrong


def _is_geometry(text: str, datatype: str) -> bool:
    try:
        parse_literal(text, datatype)
    except InputError:
        return False
    return True

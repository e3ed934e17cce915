"""The rows of the function table for the 24 relations, made from the table of relations."""

from __future__ import annotations

from functools import partial

from geosparql.functions.function import Argument, Example, Function
from geosparql.functions.topology import related
from geosparql.relations import RELATIONS, Relation
from geosparql.terms import XSD, Literal
from geosparql.vocabulary import GEO_WKT_LITERAL

_REQUIREMENTS = {"Simple Features": 46, "Egenhofer": 47, "RCC8": 48}
_ARGUMENTS = (Argument("geometry1", "geometry"), Argument("geometry2", "geometry"))

_WHOLE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
_INSIDE = "POLYGON ((1 1, 2 1, 2 2, 1 2, 1 1))"
_CORNER = "POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))"
_NEIGHBOR = "POLYGON ((4 0, 8 0, 8 4, 4 4, 4 0))"
_ACROSS = "POLYGON ((2 2, 6 2, 6 6, 2 6, 2 2))"
_APART = "POLYGON ((9 9, 10 9, 10 10, 9 10, 9 9))"
_LINE = "LINESTRING (-1 2, 5 2)"

_MEANINGS: tuple[tuple[tuple[str, ...], str, tuple[str, str]], ...] = (
    (("sf_equals", "eh_equals", "rcc8_eq"), "they are the same positions", (_WHOLE, _WHOLE)),
    (("sf_disjoint", "eh_disjoint"), "they have no position in common", (_WHOLE, _APART)),
    (("rcc8_dc",), "two areas have no position in common", (_WHOLE, _APART)),
    (("sf_intersects",), "they have a position in common", (_WHOLE, _ACROSS)),
    (("sf_touches", "eh_meet"), "only their boundaries meet", (_WHOLE, _NEIGHBOR)),
    (("rcc8_ec",), "only the boundaries of two areas meet", (_WHOLE, _NEIGHBOR)),
    (("sf_crosses",), "the first, of lower dimension, lies partly in the second, or two lines "
     "meet in points only", (_LINE, _WHOLE)),
    (("sf_within",), "the first lies in the second", (_CORNER, _WHOLE)),
    (("sf_contains",), "the second lies in the first", (_WHOLE, _CORNER)),
    (("sf_overlaps", "eh_overlap", "rcc8_po"), "each lies partly in the other", (_WHOLE, _ACROSS)),
    (("eh_covers", "rcc8_tppi"), "the second lies in the first and their boundaries meet",
     (_WHOLE, _CORNER)),
    (("eh_covered_by", "rcc8_tpp"), "the first lies in the second and their boundaries meet",
     (_CORNER, _WHOLE)),
    (("eh_inside", "rcc8_ntpp"), "the first lies in the second and their boundaries do not meet",
     (_INSIDE, _WHOLE)),
    (("eh_contains", "rcc8_ntppi"), "the second lies in the first and their boundaries do not meet",
     (_WHOLE, _INSIDE)),
)  # fmt: skip
"""Names of relations, what they mean, and two geometries of which they hold."""

_MEANING_OF = {name: (meaning, pair) for names, meaning, pair in _MEANINGS for name in names}
_ANNEX_B = {"rcc8_dc": ("rcc8dcc",), "rcc8_ec": ("rcc8ecc",)}
"""Spellings that stand only in the standard's table of functions (annex B.1)."""


def _row(relation: Relation) -> Function:
    meaning, pair = _MEANING_OF[relation.name]
    first, second = (Literal(text, GEO_WKT_LITERAL) for text in pair)
    return Function(
        relation.local_name,
        relation.name,
        partial(related, relation=relation.name),
        _ARGUMENTS,
        XSD + "boolean",
        _REQUIREMENTS[relation.family],
        f"Tells of two geometries whether {meaning}.",
        Example((first, second), Literal("true", XSD + "boolean")),
        other_local_names=_ANNEX_B.get(relation.name, ()),
    )


RELATION_FUNCTIONS: tuple[Function, ...] = tuple(_row(relation) for relation in RELATIONS)

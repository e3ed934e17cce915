"""All functions that a mapping may call without registering any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from geotriples.functions.arrays import ARRAY_FUNCTIONS
from geotriples.functions.conditions import CONDITION_FUNCTIONS
from geotriples.functions.dates import DATE_FUNCTIONS
from geotriples.functions.function import Function
from geotriples.functions.lookups import LOOKUP_FUNCTIONS
from geotriples.functions.numbers import NUMBER_FUNCTIONS
from geotriples.functions.spatial import GEOSPARQL_FUNCTIONS, GEOTRIPLES_FUNCTIONS
from geotriples.functions.texts import TEXT_FUNCTIONS

FUNCTION_GROUPS: dict[str, tuple[Function, ...]] = {
    "Texts": TEXT_FUNCTIONS,
    "Lists": ARRAY_FUNCTIONS,
    "Conditions": CONDITION_FUNCTIONS,
    "Numbers": NUMBER_FUNCTIONS,
    "Dates": DATE_FUNCTIONS,
    "Look-ups": LOOKUP_FUNCTIONS,
    "GeoSPARQL": GEOSPARQL_FUNCTIONS,
    "GeoTriples": GEOTRIPLES_FUNCTIONS,
}
"""Every function, by what it is about."""

FunctionTable = Mapping[str, Function]
"""Functions under each of their IRIs."""


def by_iri(functions: Iterable[Function]) -> dict[str, Function]:
    """Give functions under each of their IRIs."""
    return {iri: function for function in functions for iri in function.iris}


BUILT_IN: FunctionTable = by_iri(
    function for group in FUNCTION_GROUPS.values() for function in group
)

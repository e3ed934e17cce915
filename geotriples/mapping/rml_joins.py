"""Join conditions of RML: values that are equal, geometries that relate or lie near."""

from __future__ import annotations

from engine.protocol import JoinCondition, Related, WithinDistance
from geosparql.errors import MappingError, UnitError
from geosparql.relations import RELATIONS
from geosparql.terms import Literal, Term
from geosparql.units import unit_of
from geotriples.functions.spatial import OGC_FUNCTIONS
from geotriples.mapping.document import Document
from geotriples.mapping.model import Constant, FunctionExecution, Join, TermMap
from geotriples.mapping.rml_terms import JOIN, read_term_map
from geotriples.mapping.vocabulary import CRS_UNIT, EGR, RML, RRXF

_SIMPLE = "Simple Features"
RELATION_NAMES = {
    iri: relation.name
    for relation in RELATIONS
    for iri in (
        relation.iri,
        relation.function_iri,
        *(
            (RRXF + relation.name.removeprefix("sf_"), OGC_FUNCTIONS + relation.local_name)
            if relation.family == _SIMPLE
            else ()
        ),
    )
}
"""Names of relations by the IRIs of GeoSPARQL's properties and functions and of GeoTriples."""


def read_joins(document: Document, node: Term, where: str) -> tuple[Join, ...]:
    """Read the join conditions of a node.

    Raises
    ------
    MappingError
        Where a side is missing or given twice, or the condition is none that can
        be joined by.
    """
    return tuple(
        _join(document, condition, where)
        for condition in document.values(node, RML + "joinCondition")
    )


def _join(document: Document, node: Term, where: str) -> Join:
    if document.values(node, RML + "functionExecution"):
        return _function_join(document, node, where)
    child, parent = (_side(document, node, side, where) for side in ("child", "parent"))
    return Join(child, parent, _condition(document, node, f"{where}, join condition"))


def _condition(document: Document, node: Term, where: str) -> JoinCondition | None:
    """Read ``egr:spatialRelation`` or ``egr:distance`` and ``egr:unit``."""
    relation = document.text_of(node, EGR + "spatialRelation", where)
    distance = document.text_of(node, EGR + "distance", where)
    if relation is not None and distance is not None:
        raise MappingError("A join condition is a relation or a distance", where=where,
                           hint="Write two conditions")  # fmt: skip
    if relation is not None:
        if relation not in RELATION_NAMES:
            raise MappingError("The spatial relation is not known", where=where, value=relation,
                               hint="Name one of GeoSPARQL, such as geo:sfIntersects")  # fmt: skip
        return Related((RELATION_NAMES[relation],))
    if distance is None:
        return None
    return _within(distance, document.text_of(node, EGR + "unit", where), where)


def _within(distance: str, unit: str | None, where: str) -> WithinDistance:
    try:
        number = float(distance)
        if unit == CRS_UNIT:
            return WithinDistance(number, "crs")
        known = unit_of(unit) if unit is not None else None
    except (ValueError, UnitError) as error:
        raise MappingError("The distance is not understood", where=where, value=distance,
                           hint=str(error)) from error  # fmt: skip
    if known is not None and known.kind != "length":
        raise MappingError(
            "The unit of a distance must be one of length", where=where, value=unit,
            hint="Or egr:crsUnit, the unit of the left geometry's CRS",
        )  # fmt: skip
    return WithinDistance(number * (known.factor if known is not None else 1.0))


def _function_join(document: Document, node: Term, where: str) -> Join:
    """Read a condition that is a function, as those of `rrx:` are: child first, then parent."""
    execution = _executed(read_term_map(document, node, JOIN, where))
    assert execution is not None
    maps = [value for _, value in execution.inputs]
    if execution.function == RRXF + "greaterThan" and len(maps) == 2:
        limit, measured = maps[0].expression, _executed(maps[1])
        if measured is not None and measured.function == RRXF + "distance":
            sides = [value for _, value in measured.inputs]
            if len(sides) == 2 and isinstance(limit, Constant) and isinstance(limit.term, Literal):
                return Join(sides[0], sides[1], _within(limit.term.lexical, CRS_UNIT, where))
    if len(maps) == 2 and execution.function == RRXF + "equi":
        return Join(maps[0], maps[1])
    if len(maps) == 2 and execution.function in RELATION_NAMES:
        return Join(maps[0], maps[1], Related((RELATION_NAMES[execution.function],)))
    raise MappingError(
        "Rows cannot be joined by this function", where=where, value=execution.function,
        hint="Join by a spatial relation of two geometries, by rrxf:equi, or by "
        "rrxf:greaterThan of a number and rrxf:distance",
    )  # fmt: skip


def _executed(term_map: TermMap) -> FunctionExecution | None:
    expression = term_map.expression
    return expression if isinstance(expression, FunctionExecution) else None


def _side(document: Document, condition: Term, side: str, where: str) -> TermMap:
    """Read ``rml:child "column"`` or ``rml:childMap [ … ]``, and the same of the parent."""
    inner = f"{where}, {side} of the join condition"
    reference = document.value(condition, RML + side, inner)
    expression_map = document.value(condition, RML + side + "Map", inner)
    if isinstance(reference, Literal) and expression_map is None:
        return JOIN.reference(reference.lexical, inner)
    if expression_map is not None and reference is None:
        return read_term_map(document, expression_map, JOIN, where)
    raise MappingError(
        f"A join condition needs one {side}", where=where, hint=f"Give rml:{side} or rml:{side}Map"
    )

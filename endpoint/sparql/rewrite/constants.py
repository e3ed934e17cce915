"""Constant geometries: calls of constants worked out once, and variables known to be constant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import Call, Constant, Expression, Pattern, Variable
from endpoint.sparql.rewrite.counts import Counts
from endpoint.sparql.rewrite.walk import everywhere
from geosparql.errors import EarthgraphError
from geosparql.functions.function import GEOMETRY
from geosparql.functions.table import FUNCTION_BY_IRI
from geosparql.functions.terms import call_with_terms
from geosparql.terms import Literal

Known = Mapping[Variable, Constant]


def fold_constants(pattern: Pattern, _counts: Counts) -> Pattern:
    """Put geometries in the place of calls that make them of constants, also through BIND.

    Filters and BINDs then read the constant itself; where it stands in VALUES of one
    row it is known too.
    """

    def folded(node: Pattern) -> Pattern:
        match node:
            case al.Extend(inner, _, expression):
                return replace(node, expression=_folded(expression, known_constants(inner)))
            case al.Filter(condition, inner):
                return replace(node, condition=_folded(condition, known_constants(inner)))
            case al.LeftJoin(left, _, al.Call() as condition):
                return replace(node, condition=_folded(condition, known_constants(left)))
            case al.OrderBy(inner, keys):
                known = known_constants(inner)
                made = tuple(replace(k, expression=_folded(k.expression, known)) for k in keys)
                return replace(node, keys=made)
            case _:
                return node

    return everywhere(pattern, folded)


def known_constants(pattern: Pattern) -> Known:
    """Give the geometry literals that variables have in every solution of a pattern."""
    match pattern:
        case al.Extend(inner, variable, Constant() as constant):
            known = known_constants(inner)
            return {**known, variable: constant} if isinstance(constant.value, Literal) else known
        case al.Values(variables, (row,)):
            pairs = zip(variables, row, strict=True)
            return {v: Constant(term) for v, term in pairs if isinstance(term, Literal)}
        case al.Join(left, right):
            return {**known_constants(left), **known_constants(right)}
        case al.LeftJoin(left) | al.Minus(left):
            return known_constants(left)
        case al.Filter(_, inner) | al.Extend(inner) | al.Graph(_, inner) | al.OrderBy(inner):
            return known_constants(inner)
        case _:
            return {}


def _folded(expression: Expression, known: Known) -> Expression:
    """Fold the arguments of geof: functions first, then the call where it makes a geometry."""
    if not isinstance(expression, Call):
        return expression
    arguments = tuple(_folded(each, known) for each in expression.arguments)
    function = FUNCTION_BY_IRI.get(expression.name) if expression.is_iri else None
    if function is None:
        return replace(expression, arguments=arguments)
    arguments = tuple(
        known.get(each, each) if isinstance(each, Variable) else each for each in arguments
    )
    made = replace(expression, arguments=arguments)
    given = [each for each in arguments if isinstance(each, Constant)]
    if function.aggregate or function.result != GEOMETRY or len(given) < len(arguments):
        return made
    try:
        return Constant(call_with_terms(expression.name, [each.term for each in given]))
    except EarthgraphError:
        return made  # it fails in every row, and says why there

"""The table of functions: complete, consistent, and every example runs."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import shapely

from geosparql.errors import FunctionError, LiteralError
from geosparql.functions.function import GEOMETRY, Function
from geosparql.functions.table import FUNCTION_BY_IRI, FUNCTION_BY_NAME, FUNCTIONS
from geosparql.functions.terms import call_with_terms, function_of
from geosparql.literals.table import GEOMETRY_DATATYPES, parse_literal
from geosparql.terms import IRI, XSD, Literal, Term
from geosparql.vocabulary import GEO_GML_LITERAL, GEO_WKT_LITERAL, GEOF, UOM

NAMES = """
sfEquals sfDisjoint sfIntersects sfTouches sfCrosses sfWithin sfContains sfOverlaps
ehEquals ehDisjoint ehMeet ehOverlap ehCovers ehCoveredBy ehInside ehContains
rcc8eq rcc8dc rcc8ec rcc8po rcc8tppi rcc8tpp rcc8ntpp rcc8ntppi relate
boundary boundingCircle metricBuffer buffer centroid convexHull concaveHull coordinateDimension
difference dimension metricDistance distance envelope geometryType getSRID intersection is3D isEmpty
isMeasured isSimple spatialDimension symDifference transform union
metricLength length metricPerimeter perimeter metricArea area geometryN maxX maxY maxZ minX minY
minZ numGeometries asWKT asGML asGeoJSON asKML asDGGS
aggBoundingBox aggBoundingCircle aggCentroid aggConcaveHull aggConvexHull aggUnion
"""
POINT = Literal("POINT (1 2)", GEO_WKT_LITERAL)
METRE = IRI(UOM + "metre")


def name_of(function: Function) -> str:
    return function.name


def test_all_74_functions() -> None:
    assert {function.local_name for function in FUNCTIONS} == set(NAMES.split())
    assert len(FUNCTIONS) == len(FUNCTION_BY_NAME) == 74
    assert all(function.iri == GEOF + function.local_name for function in FUNCTIONS)


def test_requirements() -> None:
    """The standard lists 24 functions in requirement 39, 14 in 40, and 24 relations."""
    assert Counter(function.requirement for function in FUNCTIONS) == {
        19: 1, 24: 1, 29: 1, 34: 1, 38: 1, 39: 24, 40: 14, 44: 6, 45: 1, 46: 8, 47: 8, 48: 8,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("aggboundingBox", "agg_bounding_box"),
        ("aggboundingCircle", "agg_bounding_circle"),
        ("aggBoundingBox", "agg_bounding_box"),
        ("rcc8dcc", "rcc8_dc"),
        ("rcc8ecc", "rcc8_ec"),
    ],
)
def test_every_spelling_of_the_standard(written: str, name: str) -> None:
    assert FUNCTION_BY_IRI[GEOF + written].name == name


@pytest.mark.parametrize("function", FUNCTIONS, ids=name_of)
def test_row(function: Function) -> None:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", function.local_name).lower()
    assert function.name.replace("_", "") == snake.replace("_", "")
    assert function.description.endswith(".")
    optional = [argument.optional for argument in function.arguments]
    assert optional == sorted(optional)
    assert function.arguments[0].kind == GEOMETRY
    names = [argument.name for argument in function.arguments]
    assert len(set(names)) == len(names)
    assert function.signature.startswith(f"geof:{function.local_name}(")
    assert function.aggregate == function.local_name.startswith("agg")


@pytest.mark.parametrize("function", FUNCTIONS, ids=name_of)
def test_example(function: Function) -> None:
    found = call_with_terms(function.iri, function.example.arguments)
    expected = function.example.result
    assert found.datatype == expected.datatype
    if expected.datatype in GEOMETRY_DATATYPES:
        a, b = (parse_literal(term.lexical, expected.datatype) for term in (found, expected))
        assert shapely.get_srid(a) == shapely.get_srid(b)
        assert a.equals(b)
    elif expected.datatype == XSD + "double":
        assert float(found.lexical) == pytest.approx(float(expected.lexical), rel=1e-12)
    else:
        assert found == expected


@pytest.mark.parametrize("function", FUNCTIONS, ids=name_of)
def test_arity(function: Function) -> None:
    for count in range(6):
        if count in function.arities:
            function.check_arity(count)
        else:
            with pytest.raises(FunctionError, match=re.escape(function.signature)):
                function.check_arity(count)
        if count not in function.arities and not function.aggregate:
            with pytest.raises(FunctionError, match="arguments"):
                call_with_terms(function.iri, [POINT] * count)


def test_functions_with_an_optional_argument() -> None:
    found = {function.local_name for function in FUNCTIONS if len(function.arities) > 1}
    assert found == {"concaveHull", "aggConcaveHull", "asGML"}


def test_result_datatype() -> None:
    union = FUNCTION_BY_NAME["union"]
    assert union.result_datatype((GEO_GML_LITERAL, GEO_WKT_LITERAL)) == GEO_GML_LITERAL
    assert union.result_datatype() == GEO_WKT_LITERAL
    assert union.result_datatype((None, GEO_GML_LITERAL)) == GEO_WKT_LITERAL
    assert FUNCTION_BY_NAME["area"].result_datatype((GEO_GML_LITERAL, None)) == XSD + "double"


def test_a_geometry_comes_in_the_datatype_of_the_first_argument() -> None:
    gml = call_with_terms(GEOF + "asGML", [POINT])
    assert call_with_terms(GEOF + "centroid", [gml]) == gml
    assert call_with_terms(GEOF + "union", [gml, POINT]) == gml
    assert call_with_terms(GEOF + "aggUnion", [gml, POINT, None]) == gml
    assert call_with_terms(GEOF + "aggUnion", []).datatype == GEO_WKT_LITERAL


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("sfWithin", (POINT, None), "geometry2: an argument is not bound"),
        ("sfWithin", (POINT, Literal("POINT (1 2)")), "geometry2: the argument must be a geometry"),
        ("sfWithin", (POINT, IRI("urn:x")), "must be a geometry"),
        ("buffer", (POINT, Literal("wide"), METRE), "radius: the argument must be a double"),
        ("buffer", (POINT, Literal("x", XSD + "double"), METRE), "radius: not a number"),
        ("buffer", (POINT, Literal("INF", XSD + "double"), METRE), "not finite"),
        ("buffer", (POINT, Literal("1", XSD + "integer"), POINT), "unit: the argument must be a"),
        ("geometryN", (POINT, Literal("1.5", XSD + "decimal")), "must be a integer"),
        ("geometryN", (POINT, Literal("0", XSD + "integer")), "counted from 1"),
        ("relate", (POINT, POINT, Literal("T")), "not a DE-9IM pattern"),
        ("maxZ", (POINT,), "no Z coordinates"),
        ("distance", (POINT, POINT, IRI("urn:x")), "unknown unit"),
    ],
)
def test_there_is_a_reason(name: str, arguments: tuple[Term | None, ...], reason: str) -> None:
    with pytest.raises(FunctionError, match=re.escape(reason)):
        call_with_terms(GEOF + name, arguments)


def test_a_literal_that_cannot_be_read() -> None:
    with pytest.raises(LiteralError):
        call_with_terms(GEOF + "isEmpty", [Literal("POINT (1", GEO_WKT_LITERAL)])


def test_texts_serve_as_iris() -> None:
    other = Literal("POINT (4 6)", GEO_WKT_LITERAL)
    degree = UOM + "degree"
    for unit in (IRI(degree), Literal(degree, XSD + "anyURI"), Literal(degree)):
        assert call_with_terms(GEOF + "distance", [POINT, other, unit]).lexical == "5.0"


def test_an_aggregate_takes_its_ratio_behind_the_group() -> None:
    group = [
        Literal(f"POINT ({x} {y})", GEO_WKT_LITERAL) for x, y in ((0, 0), (4, 0), (4, 4), (1, 2))
    ]
    ratio = Literal("1.0", XSD + "double")
    hull = call_with_terms(GEOF + "aggConcaveHull", [*group, ratio])
    convex = call_with_terms(GEOF + "aggConvexHull", group)
    assert parse_literal(hull.lexical, GEO_WKT_LITERAL).equals(
        parse_literal(convex.lexical, GEO_WKT_LITERAL)
    )


def test_unknown_function() -> None:
    with pytest.raises(FunctionError, match="unknown function"):
        function_of(GEOF + "near")

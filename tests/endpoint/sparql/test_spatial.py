"""GeoSPARQL in queries: functions, box push-down, spatial joins, and the plans that show them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
import shapely

from endpoint.sparql.engine import explain, query
from endpoint.sparql.rewrite.boxes import grown
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from geosparql.errors import FunctionError
from tests.endpoint.sparql.solutions import dataset_of, our_solutions

PREFIXES = """
PREFIX : <http://e/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
PREFIX uom: <http://www.opengis.net/def/uom/OGC/1.0/>
"""
SHAPES = 60
AREA = "POLYGON((0 0, 30 0, 30 25, 0 25, 0 0))"


def _shapes() -> dict[str, shapely.Geometry]:
    random = Random(7)
    shapes: dict[str, shapely.Geometry] = {}
    for number in range(SHAPES):
        x, y = random.uniform(-5, 40), random.uniform(-5, 40)
        point = shapely.Point(round(x, 3), round(y, 3))
        is_area = number % 2
        shapes[f"{'b' if is_area else 'a'}{number}"] = (
            shapely.box(x, y, x + 4, y + 3) if is_area else point
        )
    return shapes


@pytest.fixture(scope="module")
def dataset(duckdb_engine: Engine) -> Iterator[Dataset]:
    lines = [PREFIXES]
    for name, shape in _shapes().items():
        wkt = shapely.to_wkt(shape, rounding_precision=-1)
        kind = name[0].upper()
        lines.append(f':{name} a :{kind} ; geo:asWKT "{wkt}"^^geo:wktLiteral .')
    lines.append(':broken a :A ; geo:asWKT "POINT(1"^^geo:wktLiteral .')
    made = dataset_of(duckdb_engine, "\n".join(lines))
    yield made
    drop_dataset(made)


def names(dataset: Dataset, text: str) -> list[tuple[str, ...]]:
    solutions = our_solutions(query(dataset, PREFIXES + text))
    return sorted(
        tuple(str(term).removeprefix("<http://e/").removesuffix(">") for term in s.values())
        for s in solutions
    )


@pytest.mark.parametrize("relation", ["sfIntersects", "sfWithin", "ehInside", "sfDisjoint"])
@pytest.mark.parametrize("constant_first", [False, True])
def test_selection_by_a_constant(relation: str, constant_first: bool, dataset: Dataset) -> None:
    area = shapely.from_wkt(AREA)
    tests = {
        "sfIntersects": shapely.intersects,
        "sfDisjoint": shapely.disjoint,
        "sfWithin": shapely.within,
        "ehInside": shapely.within,
    }
    literal = f'"{AREA}"^^geo:wktLiteral'
    pair = f"{literal}, ?g" if constant_first else f"?g, {literal}"
    found = names(dataset, f"SELECT ?s {{ ?s geo:asWKT ?g FILTER(geof:{relation}({pair})) }}")
    sides = (lambda s: (area, s)) if constant_first else (lambda s: (s, area))
    wanted = [(n,) for n, s in _shapes().items() if tests[relation](*sides(s))]
    assert found == sorted(wanted)


def test_a_selection_uses_the_box(dataset: Dataset) -> None:
    text = f'SELECT ?s {{ ?s geo:asWKT ?g FILTER(geof:sfWithin(?g, "{AREA}"^^geo:wktLiteral)) }}'
    plan = explain(dataset, PREFIXES + text).text()
    assert "SpatialSelect" in plan
    assert "by (0, 0, 30, 25)" in plan
    assert "\"min_x\" <= CAST('30.0' AS DOUBLE)" in plan


def test_disjointness_has_no_box(dataset: Dataset) -> None:
    text = f'SELECT ?s {{ ?s geo:asWKT ?g FILTER(geof:sfDisjoint(?g, "{AREA}"^^geo:wktLiteral)) }}'
    assert "SpatialSelect" not in explain(dataset, PREFIXES + text).text()


PAIRS = """
SELECT ?a ?b {{ ?a a :A ; geo:asWKT ?g . ?b a :B ; geo:asWKT ?h . FILTER({}) }}
"""


def test_join_of_two_variables(dataset: Dataset) -> None:
    text = PAIRS.format("geof:sfIntersects(?g, ?h)")
    assert "SpatialJoin" in explain(dataset, PREFIXES + text).text()
    shapes = _shapes()
    wanted = [
        (a, b)
        for a in shapes
        for b in shapes
        if a[0] == "a" and b[0] == "b" and shapely.intersects(shapes[a], shapes[b])
    ]
    assert wanted
    assert names(dataset, text) == sorted(wanted)


@pytest.mark.parametrize(
    "condition",
    [
        "geof:distance(?g, ?h, uom:metre) < 200000",
        "geof:distance(?g, ?h, uom:kilometre) <= 200",
        "200000 > geof:metricDistance(?g, ?h)",
    ],
)
def test_join_within_a_distance(condition: str, dataset: Dataset) -> None:
    text = PAIRS.format(condition)
    assert "WithinDistance" in explain(dataset, PREFIXES + text).text()
    plain = PAIRS.format(f"!(!({condition}))")
    assert "WithinDistance" not in explain(dataset, PREFIXES + plain).text()
    found = names(dataset, text)
    assert found
    assert found == names(dataset, plain)


def test_selection_within_a_distance(dataset: Dataset) -> None:
    condition = 'geof:distance(?g, "POINT(10 10)"^^geo:wktLiteral, uom:metre) < 900000'
    text = f"SELECT ?s {{ ?s geo:asWKT ?g FILTER({condition}) }}"
    plain = f"SELECT ?s {{ ?s geo:asWKT ?g FILTER(!(!({condition}))) }}"
    assert "SpatialSelect" in explain(dataset, PREFIXES + text).text()
    found = names(dataset, text)
    assert 0 < len(found) < SHAPES
    assert found == names(dataset, plain)


def test_a_connected_filter_stays_a_filter(dataset: Dataset) -> None:
    text = "SELECT ?s { ?s geo:asWKT ?g ; geo:asWKT ?h FILTER(geof:sfEquals(?g, ?h)) }"
    assert "SpatialJoin" not in explain(dataset, PREFIXES + text).text()
    assert len(names(dataset, text)) == SHAPES


def test_other_conditions_stand_beside_the_join(dataset: Dataset) -> None:
    condition = "geof:sfIntersects(?g, ?h) && STR(?a) < STR(?b) && geof:minX(?g) > 5"
    wanted = [
        pair
        for pair in names(dataset, PAIRS.format("geof:sfIntersects(?g, ?h)"))
        if _shapes()[pair[0]].x > 5
    ]
    assert names(dataset, PAIRS.format(condition)) == wanted


@pytest.mark.parametrize(
    ("expression", "lexical"),
    [
        ('geof:envelope("LINESTRING(0 0, 2 1)"^^geo:wktLiteral)', "POLYGON"),
        ('geof:asGeoJSON("POINT(1 2)"^^geo:wktLiteral)', '"Point"'),
        ('geof:geometryType("POINT(1 2)"^^geo:wktLiteral)', "Point"),
        ('geof:numGeometries("MULTIPOINT((1 2), (3 4))"^^geo:wktLiteral)', "2"),
        (
            'geof:asWKT(geof:geometryN("MULTIPOINT((1 2), (3 4))"^^geo:wktLiteral, 2))',
            "POINT (3 4)",
        ),
        (
            'geof:relate("POINT(1 2)"^^geo:wktLiteral, "POINT(1 2)"^^geo:wktLiteral, "T*F**FFF*")',
            "true",
        ),
    ],
)
def test_functions_of_constants(expression: str, lexical: str, dataset: Dataset) -> None:
    (solution,) = our_solutions(query(dataset, f"{PREFIXES}SELECT ({expression} AS ?x) {{}}"))
    assert lexical in solution["x"].value  # type: ignore[attr-defined]


def test_a_result_keeps_the_datatype_of_its_argument(dataset: Dataset) -> None:
    text = """SELECT (geof:centroid(?g) AS ?c)
    { BIND('{"type":"Point","coordinates":[1,2]}'^^geo:geoJSONLiteral AS ?g) }"""
    (solution,) = our_solutions(query(dataset, PREFIXES + text))
    assert solution["c"].datatype.value.endswith("geoJSONLiteral")  # type: ignore[attr-defined]


def test_an_aggregate_of_geometries(dataset: Dataset) -> None:
    text = "SELECT (geof:aggBoundingBox(?g) AS ?box) { ?s a :B ; geo:asWKT ?g }"
    (solution,) = our_solutions(query(dataset, PREFIXES + text))
    made = shapely.from_wkt(solution["box"].value)  # type: ignore[attr-defined]
    areas = [shape for name, shape in _shapes().items() if name[0] == "b"]
    assert made.bounds == pytest.approx(shapely.union_all(areas).bounds, abs=1e-12)


def test_an_unreadable_geometry_is_an_error_not_a_false(dataset: Dataset) -> None:
    disjoint = 'geof:sfDisjoint(?g, "POINT(0 0)"^^geo:wktLiteral)'
    text = f"SELECT ?e {{ :broken geo:asWKT ?g BIND({disjoint} AS ?e) }}"
    assert our_solutions(query(dataset, PREFIXES + text)) == [{}]


def test_an_unknown_unit_is_a_warning(dataset: Dataset) -> None:
    text = "SELECT (geof:distance(?g, ?g, <http://e/mile>) AS ?d) { :a0 geo:asWKT ?g }"
    answer = query(dataset, PREFIXES + text)
    assert our_solutions(answer) == [{}]
    assert "unknown unit" in answer.warnings[0]


def test_a_function_without_result_says_why(dataset: Dataset) -> None:
    where = "?s a :A ; geo:asWKT ?g FILTER(?s != :broken)"
    text = f"SELECT ?s (geof:minZ(?g) AS ?z) {{ {where} }}"
    answer = query(dataset, PREFIXES + text)
    assert len(our_solutions(answer)) == SHAPES // 2
    assert answer.warnings[0].startswith(f"geof:minZ: {SHAPES // 2} rows null: ")


@pytest.mark.parametrize("call", ["geof:none(?g)", "geof:buffer(?g)", "geof:aggUnion(?g, 1, 2)"])
def test_a_wrong_call_is_refused(call: str, dataset: Dataset) -> None:
    with pytest.raises(FunctionError):
        query(dataset, f"{PREFIXES}SELECT ({call} AS ?x) {{ ?s geo:asWKT ?g }}")


def test_a_grown_box_holds_what_is_near() -> None:
    min_x, min_y, max_x, max_y = grown((10.0, 60.0, 11.0, 61.0), 100_000)
    assert min_x < 10 - 100 / 111.2 / 0.5
    assert min_y < 60 - 100 / 111.7
    assert max_x > 11 + 100 / 111.2 / 0.5
    assert max_y > 61 + 100 / 111.7
    assert grown((179.0, 0.0, 180.0, 1.0), 10_000)[0] == -180
    assert grown((0.0, 89.5, 1.0, 89.9), 100_000)[::2] == (-180.0, 180.0)

"""GeoSPARQL's functions over Arrow arrays."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from sqlglot import exp

from engine import function_columns
from engine.function_columns import geometries_of, is_constant, numpy_column
from engine.functions import (
    engine_functions,
    engine_name,
    explain,
    geometry_from_literal,
    geometry_to_literal,
    with_constants,
)
from engine.protocol import Engine
from geosparql.errors import FunctionError
from geosparql.functions.table import FUNCTION_BY_NAME, FUNCTIONS
from geosparql.relations import Reading
from geosparql.vocabulary import GEO_GEOJSON_LITERAL, GEO_GML_LITERAL, GEO_WKT_LITERAL, GEOF, UOM
from tests.geosparql.zoo import zoo

CALLS = {function.name: function for function in engine_functions()}
SQUARE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
METRE = UOM + "metre"


def ewkb(*texts: Any, srid: int = 0) -> pa.Array:
    """Make an array of EWKB; a text that is bytes stays as it is."""
    return pa.array([
        text if text is None or isinstance(text, bytes)
        else shapely.to_wkb(shapely.set_srid(shapely.from_wkt(text), srid), include_srid=True)
        for text in texts
    ], pa.binary())  # fmt: skip


def geometries(array: pa.Array) -> list[Any]:
    return shapely.from_wkb(np.array(array.to_pylist(), dtype=object)).tolist()


def called(name: str, *arrays: pa.Array) -> list[Any]:
    """Call by name, and check what every engine function has to keep to."""
    function = CALLS[name]
    assert tuple(array.type for array in arrays) == function.arguments
    result = function.call(*arrays)
    assert result.type == function.returns
    assert len(result) == len(arrays[0])
    return result.to_pylist()


def test_every_function_is_there_with_every_number_of_arguments() -> None:
    names = {engine_name(function, n) for function in FUNCTIONS for n in function.arities}
    assert set(CALLS) == names | {"geometry_from_literal", "geometry_to_literal"}
    assert {"geof_sf_intersects", "geof_concave_hull", "geof_concave_hull_ratio",
            "geof_as_gml_profile", "geof_agg_concave_hull_ratio"} <= names  # fmt: skip
    with pytest.raises(FunctionError):
        engine_name(FUNCTION_BY_NAME["buffer"], 2)


def test_functions_are_pickled_and_equal() -> None:
    functions = engine_functions()
    assert pickle.loads(pickle.dumps(functions)) == functions
    assert engine_functions(Reading.STRICT) != functions


@pytest.mark.parametrize("name", sorted(CALLS))
def test_nulls_and_no_rows(name: str) -> None:
    function = CALLS[name]
    nulls = [pa.nulls(3, kind) for kind in function.arguments]
    assert function.call(*nulls).to_pylist() == [None] * 3
    assert function.call(*(a.slice(0, 0) for a in nulls)).type == function.returns


@pytest.mark.parametrize("name", sorted(CALLS))
def test_bad_values_in_a_row_never_raise(name: str) -> None:
    function = CALLS[name]
    animals = shapely.to_wkb(zoo(), include_srid=True).tolist()
    wkb = [*animals, b"", b"no WKB", None]
    values: dict[pa.DataType, list[Any]] = {
        pa.binary(): wkb,
        pa.float64(): [0.5] * len(wkb),
        pa.int64(): [1] * len(wkb),
        pa.string(): ["nonsense"] * len(wkb),
        pa.list_(pa.binary()): [[value] for value in wkb],
    }
    result = function.call(*(pa.array(values[kind], kind) for kind in function.arguments))
    assert len(result) == len(wkb)
    assert function.name.startswith("geof_agg") or result.to_pylist()[-3:] == [None] * 3


def test_relations() -> None:
    column = ewkb("POINT (1 1)", None, "POINT (9 9)", b"broken")
    square = ewkb(SQUARE, SQUARE, SQUARE, SQUARE)
    assert called("geof_sf_within", column, square) == [True, None, False, None]
    assert called("geof_sf_contains", square, column) == [True, None, False, None]


def test_readings() -> None:
    point = ewkb("POINT (1 1)")
    strict = {function.name: function for function in engine_functions(Reading.STRICT)}
    assert CALLS["geof_sf_equals"].call(point, point).to_pylist() == [True]
    assert strict["geof_sf_equals"].call(point, point).to_pylist() == [False]


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 300, 3000])
def test_a_constant_a_repeating_and_a_changing_column_agree(count: int) -> None:
    rng = np.random.default_rng(count)
    places = shapely.to_wkb(shapely.points(rng.uniform(-1, 5, (count, 2)))).tolist()
    few = [shapely.to_wkb(shapely.Point(x, 2).buffer(1.5)) for x in (0, 2, 4)]
    points = pa.array(places, pa.binary())
    for column in ([few[1]] * count, [few[row % 3] for row in range(count)]):
        polygons = pa.array(column, pa.binary())
        expected = shapely.contains(shapely.from_wkb(column), shapely.from_wkb(places)).tolist()
        assert called("geof_sf_within", points, polygons) == expected
        assert called("geof_sf_contains", polygons, points) == expected
        inside = shapely.contains_properly(shapely.from_wkb(column), shapely.from_wkb(places))
        assert called("geof_eh_inside", points, polygons) == inside.tolist()


def test_a_constant_is_parsed_once_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    parse = shapely.from_wkb
    monkeypatch.setattr(
        function_columns.shapely, "from_wkb",
        lambda values, **how: parsed.append(np.size(values)) or parse(values, **how),
    )  # fmt: skip
    function_columns._constant.cache_clear()
    square = ewkb(*[SQUARE] * 50)
    first, second = geometries_of(square), geometries_of(square)
    assert parsed == [1]
    assert first[0] is second[0]


def test_a_repeating_column_is_parsed_once_a_value() -> None:
    column = geometries_of(ewkb(*["POINT (1 1)", None, "POINT (2 2)"] * 100))
    assert len(column) == 300
    assert len({id(geometry) for geometry in column}) == 3
    assert shapely.is_prepared(column[0])


@pytest.mark.parametrize(
    ("values", "constant"),
    [
        (["a", "a", "a"], True),
        (["a", "b", "a"], False),
        (["a", None, "a"], False),
        ([None, None], True),
        (["a"], False),
        ([], False),
    ],
)
def test_constant_columns(values: list[str | None], constant: bool) -> None:
    assert is_constant(pa.array(values, pa.string())) is constant


def test_number_columns() -> None:
    assert numpy_column(pa.array([1.5, None])).tolist() == pytest.approx([1.5, np.nan], nan_ok=True)
    assert numpy_column(pa.array([1, None, 2**60], pa.int64())).tolist() == [1, None, 2**60]
    assert numpy_column(pa.array([4, 4, 4], pa.int64())).tolist() == [4]


def test_all_arguments_constant() -> None:
    a, b, unit = (
        ewkb(*["POINT (0 0)"] * 4),
        ewkb(*["POINT (3 4)"] * 4),
        pa.array([UOM + "degree"] * 4),
    )
    assert called("geof_distance", a, b, unit) == [5.0] * 4
    assert len(set(called("geof_union", a, b))) == 1


def test_kinds_of_result() -> None:
    square = ewkb(SQUARE, SQUARE.replace("4", "2"), srid=28992)
    assert called("geof_metric_area", square) == [16.0, 4.0]
    assert called("geof_dimension", square) == [2, 2]
    assert called("geof_is_empty", square) == [False, False]
    assert called("geof_get_srid", square)[0].endswith("/EPSG/0/28992")
    assert called("geof_as_geojson", square)[0].startswith("{")
    center = called("geof_centroid", square)
    assert shapely.get_srid(shapely.from_wkb(center[0])) == 28992
    assert geometries(pa.array(center)) == [shapely.Point(2, 2), shapely.Point(1, 1)]
    second = called("geof_geometry_n", ewkb("MULTIPOINT ((1 1), (2 2))", None),
                    pa.array([2, 2], pa.int64()))  # fmt: skip
    assert shapely.from_wkb(second[0]) == shapely.Point(2, 2)


def test_aggregates() -> None:
    groups = [
        [*ewkb(SQUARE, "POLYGON ((4 0, 8 0, 8 4, 4 4, 4 0))", srid=28992).to_pylist(), None],
        [],
        None,
        [*ewkb("POINT (0 0)", srid=3857).to_pylist(), *ewkb("POINT (0 95)").to_pylist()],
    ]
    lists = pa.array(groups, pa.list_(pa.binary()))
    first, second, third, fourth = called("geof_agg_union", lists)
    assert shapely.from_wkb(first).equals(shapely.box(0, 0, 8, 4))
    assert shapely.get_srid(shapely.from_wkb(first)) == 28992
    assert shapely.from_wkb(second).is_empty
    assert (third, fourth) == (None, None)
    assert called("geof_agg_union", lists.slice(1, 2)) == [second, None]
    ratios = pa.array([1.0, 1.0, 1.0, None])
    hull = called("geof_agg_concave_hull_ratio", lists, ratios)
    assert shapely.from_wkb(hull[0]).equals(shapely.box(0, 0, 8, 4))
    assert hull[3] is None


def test_literals() -> None:
    texts = pa.array([
        "POINT (1 2)", "<http://www.opengis.net/def/crs/EPSG/0/4326> POINT (52 5)",
        '{"type": "Point", "coordinates": [1, 2]}', "POINT (1", "", None, "POINT (1 2)", "x",
    ])  # fmt: skip
    datatypes = pa.array([
        GEO_WKT_LITERAL, GEO_WKT_LITERAL, GEO_GEOJSON_LITERAL, GEO_WKT_LITERAL, GEO_GML_LITERAL,
        GEO_WKT_LITERAL, None, "urn:no-geometry",
    ])  # fmt: skip
    parsed = geometry_from_literal(texts, datatypes)
    assert parsed.is_null().to_pylist() == [False, False, False, True, False, True, True, True]
    found = geometries(parsed)
    assert found[0] == found[2] == shapely.Point(1, 2)
    assert (found[1].x, found[1].y, shapely.get_srid(found[1])) == (5, 52, 4326)
    assert found[4].is_empty
    written = geometry_to_literal(parsed, datatypes).to_pylist()
    assert written[:2] == texts.to_pylist()[:2]
    assert written[3] is None
    assert geometry_from_literal(pa.array(written), datatypes).equals(parsed)


def test_constant_literals() -> None:
    texts, datatypes = pa.array(["POINT (1 2)"] * 9), pa.array([GEO_WKT_LITERAL] * 9)
    parsed = geometry_from_literal(texts, datatypes)
    assert len(parsed) == 9
    assert geometry_to_literal(parsed, datatypes).to_pylist() == ["POINT (1 2)"] * 9


def test_fixed_arguments() -> None:
    square = ewkb(SQUARE)[0].as_py()
    column = ewkb("POINT (1 1)", "POINT (9 9)", None)
    within = with_constants(CALLS["geof_sf_within"], {1: square})
    assert within.arguments == (pa.binary(),)
    assert within.call(column).to_pylist() == [True, False, None]
    contains = with_constants(CALLS["geof_sf_contains"], {0: square})
    assert contains.call(column).to_pylist() == [True, False, None]
    buffer = with_constants(CALLS["geof_buffer"], {1: 5.0, 2: METRE})
    assert buffer.arguments == (pa.binary(),)
    assert geometries(buffer.call(ewkb("POINT (1 1)", srid=28992)))[0].bounds == (-4, -4, 6, 6)
    assert pickle.loads(pickle.dumps(buffer)) == buffer
    assert buffer == with_constants(CALLS["geof_buffer"], {2: METRE, 1: 5.0})
    assert buffer.name != with_constants(CALLS["geof_buffer"], {1: 6.0, 2: METRE}).name


@pytest.mark.parametrize(
    ("name", "constants"),
    [
        ("geof_is_empty", {0: b""}),
        ("geof_sf_within", {2: b""}),
        ("geof_agg_union", {0: b""}),
        ("geometry_to_literal", {1: GEO_WKT_LITERAL}),
    ],
)
def test_arguments_that_cannot_be_fixed(name: str, constants: dict[int, Any]) -> None:
    with pytest.raises(FunctionError, match="cannot be fixed"):
        with_constants(CALLS[name], constants)


@pytest.mark.parametrize(
    ("name", "scalars", "reason"),
    [
        ("sfWithin", ("POINT (1 1)", SQUARE), None),
        ("sfWithin", ("POINT (1 1)", None), "geometry2 is null"),
        ("sfWithin", ("POINT (1 1)", b"broken"), "not readable"),
        ("maxZ", ("POINT (1 1)",), "no Z"),
        ("buffer", ("POINT (1 1)", 5.0, "urn:x"), "unknown unit"),
        ("buffer", ("POINT (1 1)", 5, METRE), None),
        ("geometryN", ("POINT (1 1)", 0), "counted from 1"),
        ("aggUnion", ("POINT (1 1)", None), None),
        ("aggUnion", ("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))", SQUARE), "TopologyException"),
    ],
)
def test_explain(name: str, scalars: tuple[Any, ...], reason: str | None) -> None:
    shapes = ("POINT", "POLYGON")
    values = [
        ewkb(value)[0].as_py() if isinstance(value, str) and value.startswith(shapes) else value
        for value in scalars
    ]
    found = explain(GEOF + name, *values)
    assert found is None if reason is None else reason in str(found)


def test_explain_asks_for_a_function_and_its_arguments() -> None:
    with pytest.raises(FunctionError, match="unknown function"):
        explain(GEOF + "near")
    with pytest.raises(FunctionError, match="takes 2 arguments"):
        explain(GEOF + "sfWithin", b"")


def test_on_an_engine(engine: Engine) -> None:
    points = ewkb("POINT (1 1)", "POINT (9 9)", None)
    table = pa.table({"id": pa.array([1, 2, 3], pa.int64()), "geometry": points})
    relation = engine.relation(table)
    square = ewkb(SQUARE)[0].as_py()
    within = with_constants(CALLS["geof_sf_within"], {1: square})
    engine.register([within])
    geometry = exp.column("geometry")
    query = exp.select(
        exp.column("id"),
        exp.func(within.name, geometry).as_("inside"),
        exp.func("geof_metric_distance", geometry, geometry).as_("distance_m"),
        exp.func("geof_geometry_type", geometry).as_("type"),
    ).from_(relation.table()).order_by("id")  # fmt: skip
    rows = engine.run(query).read_all().to_pylist()
    assert [row["inside"] for row in rows] == [True, False, None]
    assert [row["distance_m"] for row in rows] == [0.0, 0.0, None]
    assert rows[0]["type"].endswith("#Point")

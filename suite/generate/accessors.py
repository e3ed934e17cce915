"""Geometry Extension: what a geometry says of itself. Truth: GEOS, or counting by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import shapely
from shapely.geometry.base import BaseGeometry

from suite.generate.forms import (
    CRS84,
    FLAT_FORMS,
    FORMS,
    LAT_LON,
    UTM_33,
    WEB_MERCATOR,
    Form,
    geojson,
    gml,
    kml,
    typed,
    wkt,
)
from suite.generate.model import (
    REQ_10,
    REQ_11,
    Entry,
    Json,
    Reading,
    Row,
    boolean,
    function_table,
    integer,
    literal,
)
from suite.generate.shapes import SHAPES

FEATURES = REQ_11 + "geometry-extension/query-functions"
FEATURES_NON_SF = REQ_11 + "geometry-extension/query-functions-non-sf"

# Type, an example and its positions with heights, and whether the example is 0, 1 or 2-dimensional.
_TYPES = {
    "POINT": ("(1 2)", 0),
    "LINESTRING": ("(0 0, 4 0, 4 3)", 1),
    "POLYGON": ("((0 0, 4 0, 4 4, 0 4, 0 0))", 2),
    "MULTIPOINT": ("((0 0), (4 0))", 0),
    "MULTILINESTRING": ("((0 0, 4 0), (0 3, 4 3))", 1),
    "MULTIPOLYGON": ("(((0 0, 4 0, 4 4, 0 4, 0 0)), ((8 0, 9 0, 9 1, 8 0)))", 2),
}
_TAGS = {"": "", "Z": " 7", "M": " 1", "ZM": " 7 1"}
_CLASS_NAMES = dict(
    zip(
        _TYPES,
        ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"),
        strict=True,
    )
)
_COLLECTION = SHAPES["line along the edge and point inside"]


def entries() -> Iterator[Entry]:
    """Give every entry about these functions."""
    yield _of_zoo(
        "dimension", lambda name, tag: integer(_TYPES[name][1]), FEATURES, _dimension_more()
    )
    yield _of_zoo("coordinateDimension", lambda name, tag: integer(2 + len(tag)), FEATURES)
    yield _of_zoo("spatialDimension", lambda name, tag: integer(3 if "Z" in tag else 2), FEATURES)
    yield _of_zoo("is3D", lambda name, tag: boolean("Z" in tag), FEATURES)
    yield _of_zoo("isMeasured", lambda name, tag: boolean("M" in tag), FEATURES)
    yield _of_zoo("isEmpty", lambda name, tag: boolean(False), FEATURES, _empty_ones())
    yield _geometry_type()
    yield _get_srid()
    yield _is_simple()
    yield from _counts()
    yield from _extents()


def _zoo() -> Iterator[tuple[str, str, str]]:
    """Give each type of WKT, without and with heights and measures, with something in it."""
    for name, (example, _) in _TYPES.items():
        for tag, ordinates in _TAGS.items():
            body = example.replace(",", ordinates + ",").replace(")", ordinates + ")")
            body = body.replace(")" + ordinates, ")").replace(")" + ordinates, ")")
            yield name, tag, f"{name} {tag} {body}".replace("  ", " ")


def _of_zoo(
    function: str,
    expected: Callable[[str, str], Json],
    requirement: str,
    more: Iterator[Row] | None = None,
) -> Entry:
    rows = [
        Row(f"{name} {tag}".strip(), (wkt(lexical),), expected(name, tag))
        for name, tag, lexical in _zoo()
    ]
    for name in ("POINT", "LINESTRING", "POLYGON"):
        shape = shapely.from_wkt(f"{name} {_TYPES[name][0]}")
        for form in FORMS[1:]:
            tag = "ZM" if form.name == "WKT ZM" else "Z" if form.has_z else ""
            rows.append(Row(f"{form.name}: {name}", (form.write(shape),), expected(name, tag)))
    return function_table(
        function, function,
        f"geof:{function} for every geometry type with and without heights and measures, "
        "and for every literal type.",
        [*rows, *(more or ())], variables="geometry", requirement=requirement,
    )  # fmt: skip


def _dimension_more() -> Iterator[Row]:
    yield Row("collection: the largest", (wkt(_COLLECTION),), integer(1))
    area = SHAPES["square and point far away"]
    yield Row("collection with a polygon", (wkt(area),), integer(2))
    yield Row("polygon with a hole", (wkt(SHAPES["square with a hole"]),), integer(2))


def _empty_ones() -> Iterator[Row]:
    for name in (*_TYPES, "GEOMETRYCOLLECTION"):
        for tag in ("", " Z"):
            yield Row(f"{name}{tag} EMPTY", (wkt(f"{name}{tag} EMPTY"),), boolean(True))
    yield Row("EMPTY in EPSG:4326", (wkt("POINT EMPTY", LAT_LON),), boolean(True))
    for datatype in ("wktLiteral", "gmlLiteral", "geoJSONLiteral", "kmlLiteral"):
        yield Row(f"empty {datatype}", (typed("", datatype),), boolean(True))
    nothing = "GEOMETRYCOLLECTION (POINT EMPTY, LINESTRING EMPTY)"
    yield Row("collection of nothing but empty ones", (wkt(nothing),), boolean(True))


def _geometry_type() -> Entry:
    rows = [
        Row(f"{name} {tag}".strip(), (wkt(lexical),), _class(_CLASS_NAMES[name]))
        for name, tag, lexical in _zoo()
    ]
    rows += [
        Row(f"{name} EMPTY", (wkt(f"{name} EMPTY"),), _class(local))
        for name, local in _CLASS_NAMES.items()
    ]
    for name in ("POINT", "LINESTRING", "POLYGON", "MULTIPOINT"):
        shape = shapely.from_wkt(f"{name} {_TYPES[name][0]}")
        for form in FLAT_FORMS[1:]:
            if form.name == "KML" and name == "MULTIPOINT":
                continue  # KML has but one kind of collection
            rows.append(
                Row(f"{form.name}: {name}", (form.write(shape),), _class(_CLASS_NAMES[name]))
            )
    rows.append(Row("collection", (wkt(_COLLECTION),), _class("GeometryCollection")))
    return function_table(
        "geometryType", "geometryType",
        "geof:geometryType gives the class of the Simple Features vocabulary, also of empty ones.",
        rows, variables="geometry", check="STR(?value)", requirement=FEATURES,
    )  # fmt: skip


def _class(local_name: str) -> Json:
    return literal("http://www.opengis.net/ont/sf#" + local_name)


def _get_srid() -> Entry:
    point = shapely.Point(15, 50)
    rows = [
        Row("WKT without a CRS", (wkt(point),), literal(CRS84)),
        Row("WKT in CRS84", (wkt(point, CRS84),), literal(CRS84)),
        Row("GeoJSON", (geojson(point),), literal(CRS84)),
        Row("KML", (kml(point),), literal(CRS84)),
        Row("GML in CRS84", (gml(point),), literal(CRS84)),
    ]
    for crs in (LAT_LON, WEB_MERCATOR, UTM_33):
        code = crs.rpartition("/")[2]
        rows.append(Row(f"WKT in EPSG:{code}", (wkt(point, crs),), literal(crs)))
        rows.append(Row(f"GML in EPSG:{code}", (gml(point, crs),), literal(crs)))
        rows.append(Row(f"empty in EPSG:{code}", (wkt("POINT EMPTY", crs),), literal(crs)))
    return function_table(
        "getSRID", "getSRID", "geof:getSRID gives the IRI of the CRS, CRS84 where none is written.",
        rows, variables="geometry", check="STR(?value)",
        requirement=REQ_10 + "geometry-extension/srid-function",
    )  # fmt: skip


def _is_simple() -> Entry:
    crossed = shapely.from_wkt("LINESTRING (0 0, 2 2, 2 0, 0 2)")
    shapes: dict[str, BaseGeometry] = {
        "bow tie of a line": crossed,
        "line": shapely.from_wkt("LINESTRING (0 0, 4 0, 4 3)"),
        "ring": SHAPES["ring inside"],
        "line that touches itself": shapely.from_wkt("LINESTRING (0 0, 4 0, 4 2, 2 0)"),
        "two points": shapely.from_wkt("MULTIPOINT ((0 0), (1 1))"),
        "the same point twice": shapely.from_wkt("MULTIPOINT ((0 0), (0 0))"),
        "lines that cross": SHAPES["lines crossing inside"],
        "lines that meet at their ends":
            shapely.from_wkt("MULTILINESTRING ((0 0, 1 1), (1 1, 2 0))"),
        "polygon": SHAPES["square"],
        "point": SHAPES["point inside"],
    }  # fmt: skip
    rows = [Row(name, (wkt(s),), boolean(bool(shapely.is_simple(s)))) for name, s in shapes.items()]
    rows += [
        Row(f"{form.name}: bow tie", (form.write(crossed),), boolean(False)) for form in FORMS[1:]
    ]
    return function_table(
        "isSimple", "isSimple", "geof:isSimple. Truth: GEOS.",
        rows, variables="geometry", requirement=FEATURES,
    )  # fmt: skip


def _counts() -> Iterator[Entry]:
    parts = {
        "points": ("MULTIPOINT ((0 0), (4 0), (4 4))", 3),
        "lines": ("MULTILINESTRING ((0 0, 4 0), (0 3, 4 3))", 2),
        "polygons": ("MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)), ((8 0, 9 0, 9 1, 8 0)))", 2),
        "collection": ("GEOMETRYCOLLECTION (POINT (2 2), LINESTRING (0 0, 4 0))", 2),
        "point": ("POINT (1 2)", 1),
        "line": ("LINESTRING (0 0, 4 0, 4 3)", 1),
        "polygon with a hole":
            ("POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 3, 3 3, 3 1, 1 1))", 1),
        "empty multipoint": ("MULTIPOINT EMPTY", 0),
        "empty collection": ("GEOMETRYCOLLECTION EMPTY", 0),
    }  # fmt: skip
    rows = [Row(name, (wkt(lexical),), integer(count)) for name, (lexical, count) in parts.items()]
    points = shapely.from_wkt(parts["points"][0])
    rows += [Row(f"{form.name}: points", (form.write(points),), integer(3)) for form in FORMS[1:]]
    yield function_table(
        "numGeometries", "numGeometries",
        "geof:numGeometries counts the members of a collection; any other geometry is one.",
        rows, variables="geometry", requirement=FEATURES_NON_SF,
    )  # fmt: skip
    atomic = "POINT (1 2)"
    for first, answer in ((1, "from 1, as in ISO 19125"), (0, "from 0, as in JTS")):
        numbered = [("POINT (0 0)", first), ("POINT (4 0)", first + 1), ("POINT (4 4)", first + 2)]
        rows = [
            Row(f"{form.name}: number {number}", (form.write(points), str(number), wkt(want)))
            for form in FORMS
            for want, number in numbered
        ]
        rows.append(Row("an atomic geometry is its own", (wkt(atomic), str(first), wkt(atomic))))
        rows += [Row(f"out of range: {n}", (wkt(points), str(n), wkt(atomic)), None)
                 for n in (first - 1, first + 3, -2)]  # fmt: skip
        yield function_table(
            "geometryN", f"geometryN-from-{first}",
            f"geof:geometryN counts {answer}; what is out of range is an error.",
            rows, variables="geometry number want", arguments="geometry number",
            check="geof:sfEquals(?value, ?want)", requirement=FEATURES_NON_SF,
            reading=Reading("geometryN counts from", answer),
        )  # fmt: skip


def _extents() -> Iterator[Entry]:
    shapes = {"line": "LINESTRING (-3 1, 4 -2, 4 5)", "point": "POINT (-1.5 2.25)",
              "points": "MULTIPOINT ((-8 3), (7 -6))"}  # fmt: skip
    for place, (function, end) in enumerate(
        [(f"{end}{axis}", end) for axis in "XYZ" for end in ("min", "max")]
    ):
        column = {"min": 0, "max": 1}[end] + 2 * (place // 2)
        rows = []
        for name, lexical in shapes.items():
            shape = shapely.from_wkt(lexical)
            for form in FORMS:
                if (function[-1] == "Z" and not form.has_z) or "4326" in form.name:
                    continue
                rows.append(Row(f"{form.name}: {name}", (form.write(shape), _bound(shape, column))))
        if function[-1] == "Z":
            rows = [*rows, *_slopes(column - 4)]
            rows.append(Row("no Z: an error", (wkt("POINT (1 2)"), "0"), None))
        rows.append(Row("nothing in it: an error", (wkt("POINT EMPTY"), "0"), None))
        yield function_table(
            function, function, f"geof:{function}, for every literal type.",
            rows, variables="geometry want", arguments="geometry",
            check="ABS(?value - ?want) < 1e-9", requirement=FEATURES_NON_SF,
        )  # fmt: skip
        if function[-1] != "Z":
            yield from _first_axis(function, column)


def _bound(shape: BaseGeometry, column: int) -> str:
    """Give one bound: min x, max x, min y, max y, and the height of all the shapes."""
    west, south, east, north = shape.bounds
    return f"{(west, east, south, north, 7, 7)[column]:.15g}"


def _slopes(column: int) -> Iterator[Row]:
    slope = "LINESTRING Z (0 0 -5, 1 1 12.5, 2 0 3)"
    yield Row("slope", (wkt(slope), str((-5, 12.5)[column])))
    measured = "LINESTRING ZM (0 0 -5 99, 1 1 12.5 -99)"
    yield Row("slope with measures", (wkt(measured), str((-5, 12.5)[column])))


def _first_axis(function: str, column: int) -> Iterator[Entry]:
    """In a CRS whose first axis is latitude, X is either the longitude or the first ordinate."""
    shape = shapely.from_wkt("LINESTRING (-3 1, 4 -2, 4 5)")
    forms: list[Form] = [form for form in FLAT_FORMS if "4326" in form.name]
    for number, (answer, at) in enumerate(
        (("X is east or longitude in every CRS", column),
         ("X is the first axis of the CRS", (column + 2) % 4)), 1,
    ):  # fmt: skip
        yield function_table(
            function, f"{function}-axis-{number}",
            f"{function} where the first axis of the CRS is latitude: {answer}.",
            [Row(form.name, (form.write(shape), _bound(shape, at))) for form in forms],
            variables="geometry want", arguments="geometry", check="ABS(?value - ?want) < 1e-9",
            requirement=FEATURES_NON_SF,
            reading=Reading(f"{function} where the first axis is latitude", answer),
        )  # fmt: skip

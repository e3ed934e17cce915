"""Geometry Extension: functions that make geometries. Truth: GEOS, PROJ, or drawn by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyproj
import shapely
import shapely.affinity
from shapely.geometry.base import BaseGeometry

from suite.generate.accessors import FEATURES
from suite.generate.forms import FORMS, LAT_LON, UTM_33, WEB_MERCATOR, Form, gml, lat_lon, wkt
from suite.generate.model import GEOF, Entry, Row, calls, function_table, table
from suite.generate.shapes import SHAPES

_EQUAL = "geof:sfEquals(?value, ?want)"
_SQUARE, _SHIFTED = SHAPES["square"], SHAPES["square shifted"]
_ANGLE = shapely.from_wkt("LINESTRING (0 0, 4 0, 4 3)")
_POINTS = shapely.from_wkt("MULTIPOINT ((0 0), (4 0), (4 4), (0 4), (1 1))")


def entries() -> Iterator[Entry]:
    """Give every entry about these functions."""
    yield from _of_one()
    yield from _of_two()
    yield from _hulls()
    yield from _buffers()
    yield from _transforms()
    yield from _kinds_of_results()


def _of_one() -> Iterator[Entry]:
    c = SHAPES["line along the edge and point inside"]
    cases: dict[str, dict[str, tuple[BaseGeometry, str | BaseGeometry]]] = {
        "boundary": {
            "polygon": (_SQUARE, _SQUARE.boundary),
            "polygon with a hole": (s := SHAPES["square with a hole"], s.boundary),
            "line": (_ANGLE, "MULTIPOINT ((0 0), (4 3))"),
            "lines": (s := SHAPES["lines crossing inside"], s.boundary),
            "two polygons": (s := SHAPES["square and one far away"], s.boundary),
        },
        "centroid": {
            "polygon": (_SQUARE, "POINT (2 2)"),
            "line": (shapely.from_wkt("LINESTRING (0 0, 4 0)"), "POINT (2 0)"),
            "points": (shapely.from_wkt("MULTIPOINT ((0 0), (4 0), (2 6))"), "POINT (2 2)"),
            "point": (shapely.Point(1, 2), "POINT (1 2)"),
            "two polygons": (SHAPES["square and one far away"], "POINT (12 12)"),
            "collection: what has the highest dimension counts": (c, "POINT (2 0)"),
        },
        "convexHull": {
            "points": (_POINTS, _SQUARE),
            "line": (_ANGLE, "POLYGON ((0 0, 4 0, 4 3, 0 0))"),
            "polygon with a hole": (SHAPES["square with a hole"], _SQUARE),
            "point": (shapely.Point(1, 2), "POINT (1 2)"),
            "points in a row": (shapely.from_wkt("MULTIPOINT ((0 0), (1 1), (3 3))"),
                                "LINESTRING (0 0, 3 3)"),
        },
        "envelope": {
            "points": (_POINTS, _SQUARE),
            "line": (_ANGLE, "POLYGON ((0 0, 4 0, 4 3, 0 3, 0 0))"),
            "polygon": (_SHIFTED, _SHIFTED),
            "collection": (SHAPES["square and point far away"],
                           "POLYGON ((0 0, 20 0, 20 20, 0 20, 0 0))"),
        },
    }  # fmt: skip
    for function, of in cases.items():
        rows = [Row(name, (wkt(shape), wkt(want))) for name, (shape, want) in of.items()]
        shape, want = next(iter(of.values()))
        wanted = want if isinstance(want, BaseGeometry) else shapely.from_wkt(want)
        rows += [Row(f.name, (f.write(shape), wkt(wanted))) for f in FORMS[1:]]
        yield function_table(
            function, function, f"geof:{function}, for every geometry and literal type.", rows,
            variables="geometry want", arguments="geometry", check=_EQUAL, requirement=FEATURES,
        )  # fmt: skip
    yield _empty_results()


def _empty_results() -> Entry:
    square, far, ring = (wkt(SHAPES[n]) for n in ("square", "square far away", "ring inside"))
    cases = {
        "the boundary of a point": f"boundary({wkt('POINT (1 2)')})",
        "the boundary of a ring": f"boundary({ring})",
        "the intersection of what is apart": f"intersection({square}, {far})",
        "the difference of a square and itself": f"difference({square}, {square})",
        "the symmetric difference of a square and itself": f"symDifference({square}, {square})",
        "the convex hull of nothing": f"convexHull({wkt('POLYGON EMPTY')})",
        "the envelope of nothing": f"envelope({wkt('')})",
    }
    return calls(
        "empty-results", "What has no position is an empty geometry, not an error.",
        {name: f"geof:isEmpty(geof:{call})" for name, call in cases.items()},
        requirement=FEATURES,
        tests=[GEOF + n for n in ("boundary", "intersection", "difference", "symDifference",
                                  "convexHull", "envelope")],
    )  # fmt: skip


def _of_two() -> Iterator[Entry]:
    names = ("intersection", "union", "difference", "symDifference")
    operations = dict(zip(names, (shapely.intersection, shapely.union, shapely.difference,
                                  shapely.symmetric_difference), strict=True))  # fmt: skip
    pairs = [
        ("square", "square shifted"), ("square", "small square inside"),
        ("square with a hole", "small square inside"), ("square", "square beside"),
        ("line across", "square"), ("point inside", "square"), ("point far away", "square"),
        ("lines crossing inside", "line inside"), ("points inside and far away", "square"),
        ("square and one far away", "square shifted"),
    ]  # fmt: skip
    for function, operation in operations.items():
        made = ((a, b, operation(SHAPES[a], SHAPES[b])) for a, b in pairs)
        rows = [Row(f"{a} / {b}", (wkt(SHAPES[a]), wkt(SHAPES[b]), wkt(want)))
                for a, b, want in made if not want.is_empty]  # fmt: skip
        want = wkt(operation(_SQUARE, _SHIFTED))
        rows += [Row(f.name, (f.write(_SQUARE), f.write(_SHIFTED), want)) for f in FORMS[1:]]
        rows.append(Row("GML and EPSG:4326",
                        (gml(_SQUARE), wkt(lat_lon(_SHIFTED), LAT_LON), want)))  # fmt: skip
        yield function_table(
            function, function, f"geof:{function} of pairs of types, and for every literal type.",
            rows, variables="a b want", arguments="a b", check=_EQUAL, requirement=FEATURES,
        )  # fmt: skip


def _between(function: str, name: str, comment: str, rows: Sequence[Row], variables: str,
             requirement: str = FEATURES) -> Entry:  # fmt: skip
    """Check that a result lies between a smaller and a greater geometry."""
    return function_table(
        function, name, comment, rows, variables=f"{variables} inner outer", arguments=variables,
        check="geof:sfContains(?value, ?inner) && geof:sfWithin(?value, ?outer)",
        requirement=requirement,
    )  # fmt: skip


def _hulls() -> Iterator[Entry]:
    outer = _SQUARE.buffer(0.01, join_style="mitre")
    rows = [Row("points", (wkt(_POINTS), wkt("POINT (1.5 1.4)"), wkt(outer)))]
    rows += [Row(f.name, (f.write(_POINTS), wkt("POINT (1.5 1.4)"), wkt(outer))) for f in FORMS[1:]]
    yield _between(
        "concaveHull", "concaveHull",
        "geof:concaveHull of one geometry lies in the convex hull and holds what any hull of it "
        "must; how concave it is, an engine may choose.", rows, "geometry",
    )  # fmt: skip
    circle = shapely.minimum_bounding_circle(_SQUARE)
    inner, outer = circle.buffer(-0.06), circle.buffer(0.06, quad_segs=32)
    rows = [Row("square", (wkt(_SQUARE), wkt(_short(inner)), wkt(_short(outer))))]
    rows += [Row(f.name, (f.write(_SQUARE), wkt(_short(inner)), wkt(_short(outer))))
             for f in FORMS[1:]]  # fmt: skip
    yield _between(
        "boundingCircle", "boundingCircle",
        "geof:boundingCircle lies within 2 % of the true circle, inside of it or outside.",
        rows, "geometry",
    )  # fmt: skip


def _short(shape: BaseGeometry, grid: float = 1e-3) -> BaseGeometry:
    """Round a shape, so that it can be read."""
    return shapely.set_precision(shape.simplify(grid / 2), grid)


def _ring(center: BaseGeometry, radius: float) -> tuple[str, str]:
    """Give a disc that is 5 % smaller and one that is 5 % greater."""
    small, great = (center.buffer(radius * k, quad_segs=8) for k in (0.94, 1.05))
    return wkt(_short(small, radius / 1000)), wkt(_short(great, radius / 1000))


def _buffers() -> Iterator[Entry]:
    point, line = shapely.Point(10, 20), shapely.from_wkt("LINESTRING (0 0, 10 0)")
    east, north = (pyproj.Geod(ellps="WGS84").fwd(10, 20, azimuth, 1000)[:2] for azimuth in (90, 0))
    half_axes = shapely.affinity.scale(
        shapely.Point(0, 0).buffer(1, quad_segs=16), east[0] - 10, north[1] - 20
    )
    disc = shapely.affinity.translate(half_axes, 10, 20)
    bounds = tuple(wkt(shapely.set_precision(shapely.affinity.scale(disc, k, k), 1e-6))
                   for k in (0.95, 1.05))  # fmt: skip
    small = wkt(_short(SHAPES["square"].buffer(-1.05, join_style="mitre")))
    great = wkt(_short(SHAPES["square"].buffer(-0.95, join_style="mitre")))
    degree = [
        Row("point", (wkt(point), "2.0", "uom:degree", *_ring(point, 2))),
        Row("line", (wkt(line), "1.0", "uom:degree", *_ring(line, 1))),
        Row("radius an integer", (wkt(point), "2", "uom:degree", *_ring(point, 2))),
        Row("radius a decimal", (wkt(point), "2.0", "uom:degree", *_ring(point, 2))),
        Row("negative radius", (wkt(_SQUARE), "-1.0", "uom:degree", small, great)),
        Row("metres", (wkt(point), "1000.0", "uom:metre", *bounds)),
        Row("EPSG unit kilometre",
            (wkt(point), "1.0", "<http://www.opengis.net/def/uom/EPSG/0/9036>", *bounds)),
    ]  # fmt: skip
    degree += [Row(f.name, (f.write(point), "2.0", "uom:degree", *_ring(point, 2)))
               for f in FORMS[1:]]  # fmt: skip
    yield _between("buffer", "buffer",
                   "geof:buffer lies between discs of 5 % less and more; degrees are planar.",
                   degree, "geometry radius unit")  # fmt: skip
    metres = [Row("point", (wkt(point), "1000.0", *bounds))]
    metres += [Row(f.name, (f.write(point), "1000.0", *bounds)) for f in FORMS[1:]]
    on_map = shapely.Point(500000, 5000000)
    inner, outer = (
        wkt(_short(on_map.buffer(100 * k, quad_segs=8), 0.1), UTM_33) for k in (0.94, 1.05)
    )
    metres.append(Row("UTM", (wkt(on_map, UTM_33), "100.0", inner, outer)))
    yield _between("metricBuffer", "metricBuffer",
                   "geof:metricBuffer lies between discs of 5 % less and more.",
                   metres, "geometry radius")  # fmt: skip


def _transforms() -> Iterator[Entry]:
    lonlat = shapely.Point(15, 50)
    rows = []
    for name, (crs, unit, tolerance) in {
        "WGS 84, latitude first": (LAT_LON, "degree", 1e-9),
        "Web Mercator": (WEB_MERCATOR, "metre", 0.001),
        "UTM zone 33": (UTM_33, "metre", 0.001),
        "ETRS89 / LAEA Europe": (LAT_LON.replace("4326", "3035"), "metre", 1.0),
    }.items():
        code = crs.rpartition("/")[2]
        to = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{code}", always_xy=False)
        want = wkt(shapely.Point(*(round(n, 6) for n in to.transform(15, 50))), crs)
        more = f"uom:{unit} {tolerance:.9f}"
        forms = FORMS if crs == WEB_MERCATOR else FORMS[:3]
        rows += [
            Row(f"{name}: {form.name}", (form.write(lonlat), f"<{crs}>", want, more))
            for form in forms
            if _holds_any_crs(form)
        ]
        rows.append(Row(f"{name}: back", (want, "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>",
                                          wkt(lonlat), "uom:degree 0.000010000")))  # fmt: skip
    rows.append(Row("CRS IRI as text",
                    (wkt(lonlat), f'"{LAT_LON}"^^xsd:anyURI', wkt("POINT (50 15)", LAT_LON),
                     "uom:degree 0.000000001")))  # fmt: skip
    yield function_table(
        "transform", "transform",
        "geof:transform gives the position that PROJ gives, in the axis order of the CRS. "
        "GeoJSON and KML cannot hold other systems and stand apart.",
        rows, variables="geometry crs want unit tolerance", arguments="geometry crs",
        check="geof:getSRID(?value) = geof:getSRID(?want) "
        "&& geof:distance(?value, ?want, ?unit) <= ?tolerance",
        requirement=FEATURES,
    )  # fmt: skip


def _holds_any_crs(form: Form) -> bool:
    return "WKT" in form.name or "GML" in form.name


def _kinds_of_results() -> Iterator[Entry]:
    """Literal type and CRS of a result are those of the first geometry argument."""
    calls = {
        "boundary": "", "centroid": "", "convexHull": "", "concaveHull": "", "envelope": "",
        "boundingCircle": "", "buffer": ", 1.0, uom:degree", "metricBuffer": ", 100.0",
        "intersection": ", ?other", "union": ", ?other",
        "difference": ", ?other", "symDifference": ", ?other",
    }  # fmt: skip
    for function, more in calls.items():
        rows = [Row(f"{f.name}", (f.write(_SQUARE), wkt(_SHIFTED))) for f in FORMS[1:7]]
        rows += [Row(f"{f.name}, the second in EPSG:4326",
                     (f.write(_SQUARE), wkt(lat_lon(_SHIFTED), LAT_LON)))
                 for f in FORMS[:6] if more == ", ?other"]  # fmt: skip
        yield table(
            f"{function}-result",
            f"The result of geof:{function} has the literal type and CRS of the first geometry.",
            rows, variables="first other",
            binds=(f"geof:{function}(?first{more}) AS ?value",
                   "DATATYPE(?value) = DATATYPE(?first) "
                   "&& geof:getSRID(?value) = geof:getSRID(?first) AS ?result"),
            requirement=FEATURES, tests=(GEOF + function,),
        )  # fmt: skip

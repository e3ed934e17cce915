"""Geometry Extension - DGGS: cells of AusPIX (rHEALPix) as geometries.

Truth: the nine children of a cell stand in three rows of three, numbered from the
north-west; so relations are those of squares on a chessboard. The faces of the
equatorial belt are 90 degrees wide, the third from the west begins at Greenwich. All
cells of one level have the same area.
"""

from __future__ import annotations

from collections.abc import Iterator

import shapely
from shapely.geometry.base import BaseGeometry

from suite.generate.de9im import RELATIONS
from suite.generate.forms import LAT_LON, typed, wkt
from suite.generate.model import (
    GEO,
    GEOF,
    REQ_10,
    REQ_11,
    Entry,
    Row,
    boolean,
    calls,
    integer,
    literal,
    query_text,
    table,
)
from suite.generate.relations import requirement_of

_AUSPIX = "https://w3id.org/dggs/auspix"
_REQUIREMENT = REQ_11 + "geometry-extension/query-functions-dggs"
_NON_SF = REQ_11 + "geometry-extension/query-functions-non-sf-dggs"
_CELL_M2 = 510_065_621_724_089 / (6 * 9**3)
"""Area of a cell of the third level."""
_PAIRS = (
    ("Q", "Q4"), ("Q4", "Q"), ("Q", "Q0"), ("Q0", "Q"), ("Q0", "Q1"), ("Q0", "Q2"), ("Q0", "Q4"),
    ("Q0 Q1", "Q1 Q2"), ("Q", "Q0 Q1 Q2 Q3 Q4 Q5 Q6 Q7 Q8"), ("Q44", "Q4"), ("Q40", "Q4"),
    ("Q3 Q4", "Q4 Q5"),
)  # fmt: skip


def entries() -> Iterator[Entry]:
    """Give every entry of the class."""
    yield _literals()
    yield from _relations()
    yield _accessors()
    yield _measures()
    yield from _constructors()
    yield _writers()
    yield from _aggregates()


def cells(names: str) -> str:
    """Give a dggsLiteral of cells."""
    return typed(f"<{_AUSPIX}> CELLLIST (({names}))", "dggsLiteral")


def _board(names: str) -> BaseGeometry:
    """Draw cells of face Q as squares on a board of 9 x 9."""
    return shapely.union_all([_square(name) for name in names.split()])


def _square(name: str) -> BaseGeometry:
    west, north, size = 0.0, 9.0, 9.0
    for digit in map(int, name[1:]):
        size /= 3
        west, north = west + digit % 3 * size, north - digit // 3 * size
    return shapely.box(west, north - size, west + size, north)


def _literals() -> Entry:
    rows = [
        Row("a cell", (cells("Q4"),), boolean(False)),
        Row("cells", (cells("Q0 Q10 Q2"),), boolean(False)),
        Row("empty text", (typed("", "dggsLiteral"),), boolean(True)),
        Row("no cell", (cells("X9"),), None),
        Row("no list", (typed(f"<{_AUSPIX}> POINT (1 2)", "dggsLiteral"),), None),
        Row(
            "no grid", (typed("<http://example.org/no-grid> CELLLIST ((Q4))", "dggsLiteral"),), None
        ),
        Row("no IRI", (typed("CELLLIST ((Q4))", "dggsLiteral"),), None),
    ]
    return table("dggsLiteral", "A dggsLiteral is the IRI of a grid and cells, or empty.", rows,
                 variables="geometry", binds=("geof:isEmpty(?geometry) AS ?result",),
                 requirement=REQ_11 + "geometry-extension/dggs-literal",
                 tests=(GEO + "dggsLiteral", GEOF + "isEmpty"))  # fmt: skip


def _relations() -> Iterator[Entry]:
    for relation in RELATIONS:
        rows = []
        for a, b in _PAIRS:
            values = set(relation.values(_board(a), _board(b)).values())
            if len(values) == 1:
                rows.append(Row(f"{a} / {b}", (cells(a), cells(b)), boolean(values.pop())))
        yield table(
            relation.name, f"geof:{relation.name} of cells, as of squares on a chessboard.", rows,
            variables="a b", binds=(f"geof:{relation.name}(?a, ?b) AS ?result",),
            requirement=requirement_of(relation), tests=(GEOF + relation.name,),
        )  # fmt: skip
    rows = [
        Row(f"{point} / {cell}", (wkt(point), cells(cell)), boolean(value))
        for point, cell, value in (
            ("POINT (45 0)", "Q", True), ("POINT (45 0)", "Q4", True), ("POINT (15 0)", "Q3", True),
            ("POINT (45 30)", "Q1", True), ("POINT (75 -30)", "Q8", True),
            ("POINT (-45 0)", "Q", False), ("POINT (-45 0)", "P", True),
            ("POINT (45 60)", "Q", False),
            ("POINT (10 80)", "N", True), ("POINT (10 -80)", "S", True),
        )
    ]  # fmt: skip
    yield table("where-cells-are", "Cells lie where the rHEALPix projection puts them.", rows,
                variables="a b", binds=("geof:sfWithin(?a, ?b) AS ?result",),
                requirement=_REQUIREMENT, tests=(GEOF + "sfWithin",))  # fmt: skip
    yield calls("relate", "geof:relate of cells.",
                {"Q / Q4": f'geof:relate({cells("Q")}, {cells("Q4")}, "212FF1FF2")',
                 "Q0 / Q1": f'geof:relate({cells("Q0")}, {cells("Q1")}, "FF2F11212")'},
                requirement=REQ_10 + "geometry-topology-extension/relate-query-function",
                tests=(GEOF + "relate",))  # fmt: skip


def _accessors() -> Entry:
    cell = cells("Q4")
    wanted = {
        "dimension": integer(2), "coordinateDimension": integer(2), "spatialDimension": integer(2),
        "is3D": boolean(False), "isMeasured": boolean(False), "isSimple": boolean(True),
        "numGeometries": integer(1),
    }  # fmt: skip
    cases = {name: f"geof:{name}({cell})" for name in wanted}
    expected = dict(wanted)
    cases["getSRID"] = f"STR(geof:getSRID({cell}))"
    expected["getSRID"] = literal("http://www.opengis.net/def/crs/OGC/1.3/CRS84")
    cases["geometryType"] = f"STR(geof:geometryType({cell}))"
    expected["geometryType"] = literal("http://www.opengis.net/ont/sf#Polygon")
    for name, bound in {"minX": 30, "maxX": 60}.items():
        cases[name] = f"ABS(geof:{name}({cell}) - {bound}) < 0.000001"
    cases["minY, maxY"] = f"ABS(geof:minY({cell}) + geof:maxY({cell})) < 0.000001"
    cases["no minZ"] = f'COALESCE(STR(geof:minZ({cell})), "error")'
    cases["no maxZ"] = f'COALESCE(STR(geof:maxZ({cell})), "error")'
    expected |= {"no minZ": literal("error"), "no maxZ": literal("error")}
    tests = [*wanted, "getSRID", "geometryType", "minX", "maxX", "minY", "maxY", "minZ", "maxZ"]
    return calls("accessors", "What a cell of a grid says of itself.", cases, requirement=_NON_SF,
                 tests=[GEOF + name for name in tests], expected=expected)  # fmt: skip


def _measures() -> Entry:
    cell, area = cells("Q444"), f"{_CELL_M2:.0f}"
    square = "<http://www.opengis.net/def/uom/OGC/1.0/metre>"
    cases = {f"metricArea of {name}": f"ABS(geof:metricArea({cells(name)}) / {area} - 1) < 0.02"
             for name in ("Q444", "Q000", "N444", "S000")}  # fmt: skip
    cases |= {
        "area": f"ABS(geof:area({cell}, {square}) / {area} - 1) < 0.02",
        "metricLength, metricPerimeter":
            f"ABS(geof:metricLength({cell}) - geof:metricPerimeter({cell})) < 1",
        "length": f"ABS(geof:length({cell}, {square}) - geof:metricLength({cell})) < 1",
        "perimeter": f"ABS(geof:perimeter({cell}, {square}) - geof:metricPerimeter({cell})) < 1",
        "distance, cells that touch": f"geof:distance({cells('Q0')}, {cells('Q1')}, {square}) = 0",
        "metricDistance, a point inside": f"geof:metricDistance({cell}, {wkt('POINT (45 0)')}) = 0",
        "metricDistance, a point outside":
            f"ABS(geof:metricDistance({cells('Q4')}, {wkt('POINT (61 0)')}) - 111319) < 600",
    }  # fmt: skip
    tests = ("metricArea", "area", "metricLength", "length", "metricPerimeter", "perimeter",
             "distance", "metricDistance")  # fmt: skip
    return calls("measures", "Cells of one level have the same area; the rest follows.", cases,
                 requirement=_NON_SF, tests=[GEOF + name for name in tests])  # fmt: skip


def _constructors() -> Iterator[Entry]:
    q3, q4, q34 = (f"geof:asWKT({cells(names)})" for names in ("Q3", "Q4", "Q3 Q4"))
    center, point = wkt("POINT (45 0)"), "POINT (45 0)"
    cases = {
        "boundary": f"geof:sfTouches(geof:boundary({q4}), {q4})"
                    f" || geof:dimension(geof:boundary({q4})) = 1",
        "centroid": f"geof:distance(geof:centroid({q4}), {center}, uom:degree) < 0.01",
        "convexHull": f"geof:sfContains(geof:convexHull({q4}), {wkt(point)})",
        "concaveHull": f"geof:sfContains(geof:concaveHull({q4}), {wkt(point)})",
        "envelope": f"geof:sfContains(geof:envelope({q4}), {wkt(point)})",
        "boundingCircle": f"geof:sfContains(geof:boundingCircle({q4}), {wkt(point)})",
        "buffer": f"geof:sfContains(geof:buffer({q4}, 1.0, uom:degree), {q4})",
        "metricBuffer": f"geof:sfContains(geof:metricBuffer({q4}, 1000.0), {q4})",
        "intersection": f"geof:sfEquals(geof:intersection({q34}, {q4}), {q4})",
        "union": f"geof:sfEquals(geof:union({q3}, {q4}), {q34})",
        "difference": f"geof:sfEquals(geof:difference({q34}, {q3}), {q4})",
        "symDifference": f"geof:sfEquals(geof:symDifference({q34}, {q3}), {q4})",
        "transform": f"geof:sfEquals(geof:transform({q4}, "
                     f"<http://www.opengis.net/def/crs/EPSG/0/4326>), {q4})",
        "geometryN": f"geof:sfEquals(geof:geometryN({q4}, 1), {q4})",
    }  # fmt: skip
    for name, expression in cases.items():
        yield calls(name, f"geof:{name} of cells written as WKT.", {name: expression},
                    requirement=_REQUIREMENT, tests=[GEOF + name])  # fmt: skip
    direct = {
        "union": f"geof:union({cells('Q3')}, {cells('Q4')})",
        "intersection": f"geof:intersection({cells('Q3 Q4')}, {cells('Q4 Q5')})",
        "difference": f"geof:difference({cells('Q3 Q4')}, {cells('Q3')})",
    }
    wanted = {"union": "Q3 Q4", "intersection": "Q4", "difference": "Q4"}
    yield calls("cells-result", "What comes of cells is cells, as the first geometry.",
                {f"{name}": f"DATATYPE({call}) = geo:dggsLiteral "
                            f"&& geof:sfEquals({call}, {cells(wanted[name])})"
                 for name, call in direct.items()},
                requirement=_REQUIREMENT, tests=[GEOF + name for name in direct])  # fmt: skip


def _writers() -> Entry:
    cases = {
        "asDGGS of a cell": f"geof:sfEquals(geof:asDGGS({cells('Q4')}, <{_AUSPIX}>), "
                            f"{cells('Q4')})",
        "asDGGS of WKT": "DATATYPE(geof:asDGGS("
                         f"{wkt('POLYGON ((40 5, 50 5, 50 -5, 40 5))')}, <{_AUSPIX}>))"
                         " = geo:dggsLiteral",
        "asDGGS there and back":
            f"geof:sfEquals(geof:asDGGS(geof:asWKT({cells('Q40 Q41')}), <{_AUSPIX}>), "
            f"{cells('Q40 Q41')})",
        "asDGGS of WKT covers it":
            f"geof:sfIntersects(geof:asDGGS({wkt('POLYGON ((40 5, 50 5, 50 -5, 40 5))')}, "
            f"<{_AUSPIX}>), {wkt('POINT (48 1)')})",
        "asDGGS of a polygon in EPSG:4326":
            f"geof:sfIntersects(geof:asDGGS({wkt('POLYGON ((5 40, 5 50, -5 50, 5 40))', LAT_LON)}, "
            f"<{_AUSPIX}>), {wkt('POINT (48 1)')})",
        "asWKT": f"geof:sfEquals(geof:asWKT({cells('Q4')}), {cells('Q4')})",
        "asGML": f'geof:sfEquals(geof:asGML({cells("Q4")}, "3.2"), {cells("Q4")})',
        "asGeoJSON": f"geof:sfEquals(geof:asGeoJSON({cells('Q4')}), {cells('Q4')})",
        "asKML": f"geof:sfEquals(geof:asKML({cells('Q4')}), {cells('Q4')})",
        "asDGGS of no grid":
            f"COALESCE(STR(geof:asDGGS({cells('Q4')}, ex:none)), '') = ''",
        "asDGGS of a number": f"COALESCE(STR(geof:asDGGS(7, <{_AUSPIX}>)), '') = ''",
    }  # fmt: skip
    return calls(
        "writers", "Cells are written as cells, and as every other literal type.", cases,
        requirement=REQ_11 + "geometry-extension/asDGGS-function",
        tests=[GEOF + n for n in ("asDGGS", "asWKT", "asGML", "asGeoJSON", "asKML")],
    )  # fmt: skip


def _aggregates() -> Iterator[Entry]:
    both = f"geof:asWKT({cells('Q3 Q4')})"
    checks = {
        "aggUnion": f"geof:sfEquals(?value, {both})",
        "aggCentroid": f"geof:distance(?value, {wkt('POINT (30 0)')}, uom:degree) < 0.01",
    } | dict.fromkeys(
        ("aggBoundingBox", "aggBoundingCircle", "aggConvexHull", "aggConcaveHull"),
        f"geof:sfContains(?value, {wkt('LINESTRING (29 0, 31 0)')})",
    )
    for function, check in checks.items():
        yield Entry(
            function, f"geof:{function} of cells written as WKT.", _REQUIREMENT, (GEOF + function,),
            query_text(
                f"geof:{function} of two cells.",
                "SELECT ?result WHERE {\n"
                f"  {{ SELECT ( geof:{function}(geof:asWKT(?cell)) AS ?value ) WHERE {{\n"
                f"      VALUES ?cell {{ {cells('Q3')} {cells('Q4')} }}\n  }} }}\n"
                f"  BIND( {check} AS ?result )\n}}\n",
            ),
            [{"result": boolean(True)}],
        )  # fmt: skip

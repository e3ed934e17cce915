"""Geometry Extension: aggregates, with GROUP BY. Truth: drawn by hand."""

from __future__ import annotations

from collections.abc import Iterator

import shapely
from shapely.geometry.base import BaseGeometry

from suite.generate.forms import FORMS, LAT_LON, geojson, gml, lat_lon, wkt
from suite.generate.model import GEOF, REQ_11, Entry, Reading, boolean, literal, query_text, text
from suite.generate.shapes import SHAPES
from suite.generate.vocabulary import asked, turtle

_REQUIREMENT = REQ_11 + "geometry-extension/sa-functions"
_CORNERS = [shapely.Point(p) for p in ((0, 0), (4, 0), (4, 4), (0, 4))]
_SQUARE = SHAPES["square"]
_SAME = "geof:sfEquals(?value, ?want)"
_INSIDE = "geof:sfWithin(?value, ?want) && geof:sfContains(?value, ?least)"
_FUNCTIONS = {
    "aggBoundingBox": _SAME,
    "aggBoundingCircle": "geof:sfContains(?value, ?least)",
    "aggCentroid": _SAME,
    "aggConcaveHull": _INSIDE,
    "aggConvexHull": _SAME,
    "aggUnion": _SAME,
}


def entries() -> Iterator[Entry]:
    """Give every entry about aggregates."""
    for function in _FUNCTIONS:
        yield _grouped(function, function, f"geof:{function} of groups, in every literal type.")
    yield _in_queries()
    for function in ("aggBoundingBox", "aggBoundingCircle"):
        for number, spelling in enumerate((function, function.replace("aggB", "aggb")), 1):
            yield _grouped(
                spelling, f"{function}-spelling-{number}",
                f"The standard spells geof:{function} also with a small b in its own vocabulary.",
                Reading(f"{function} is known as", spelling), shapes={"points": _CORNERS},
            )  # fmt: skip


def _in_queries() -> Entry:
    """Give aggregates in every place that SPARQL has for them."""
    union, box = "geof:aggUnion(?g)", "geof:aggBoundingBox(?g)"
    data = turtle(
        "\n".join(f"ex:{n} ex:of ex:a ; geo:asWKT {wkt(s)} ." for n, s in enumerate(_CORNERS))
        + f"\nex:far ex:of ex:b ; geo:asWKT {wkt(SHAPES['square far away'])} ."
    )
    where = "?x ex:of ?of ; geo:asWKT ?g"
    patterns = {
        "no GROUP BY": f"SELECT ( geof:maxX({box}) = 24 AS ?result ) WHERE {{ {where} }}",
        "HAVING": f"SELECT ( ?of = ex:a AS ?result ) WHERE {{ {where} }} GROUP BY ?of "
                  f"HAVING( geof:maxX({box}) < 10 )",
        "DISTINCT": "SELECT ( geof:numGeometries(geof:aggUnion(DISTINCT ?g)) = 4 AS ?result ) "
                    f"WHERE {{ {{ {where} }} UNION {{ {where} }} FILTER( ?of = ex:a ) }}",
        "an expression": "SELECT ( geof:maxX(geof:aggBoundingBox(geof:envelope(?g))) = 24 "
                         f"AS ?result ) WHERE {{ {where} }}",
        "two at once": f"SELECT ( geof:sfTouches({union}, {box}) && COUNT(?g) = 4 AS ?result ) "
                       f"WHERE {{ {where} }} GROUP BY ?of HAVING( COUNT(?g) > 1 )",
        "ORDER BY": f"SELECT ( ?of = ex:b AS ?result ) WHERE {{ {where} }} GROUP BY ?of "
                    f"ORDER BY DESC( geof:maxX({box}) ) LIMIT 1",
    }  # fmt: skip
    body = " UNION\n".join(
        f"  {{ {{ {pattern} }} BIND( {text(case)} AS ?case ) }}"
        for case, pattern in patterns.items()
    )
    return asked(
        "aggregates-in-queries", "Aggregates in every place that SPARQL has for them.",
        f"SELECT ?case ?result WHERE {{\n{body}\n}}\n",
        [{"case": literal(case), "result": boolean(True)} for case in patterns],
        requirement=_REQUIREMENT, tests=[GEOF + "aggUnion", GEOF + "aggBoundingBox"], data=data,
    )  # fmt: skip


def _groups(function: str) -> dict[str, list[BaseGeometry]]:
    if function == "aggUnion":
        halves = [shapely.box(0, 0, 2, 4), shapely.box(1, 0, 4, 4)]
        return {"polygons that overlap": halves, "one": [_SQUARE]}
    return {"points": _CORNERS, "squares": [shapely.box(0, 0, 1, 4), shapely.box(3, 0, 4, 4)]}


def _in_lat_lon(shape: BaseGeometry) -> str:
    return wkt(lat_lon(shape), LAT_LON)


def _want(function: str) -> BaseGeometry:
    if function.endswith("Centroid"):
        return shapely.Point(2, 2)
    return _SQUARE.buffer(0.01, join_style="mitre") if function.endswith("Hull") and (
        "Concave" in function) else _SQUARE  # fmt: skip


def _grouped(
    function: str, name: str, comment: str, reading: Reading | None = None,
    shapes: dict[str, list[BaseGeometry]] | None = None,
) -> Entry:  # fmt: skip
    usual = function.replace("aggb", "aggB")
    groups = shapes or _groups(usual)
    members = [(n, wkt(shape)) for n, group in groups.items() for shape in group]
    if shapes is None:
        first = next(iter(groups.values()))
        members += [(f.name, f.write(shape)) for f in FORMS[1:] for shape in first]
        mixed = (wkt, geojson, gml, _in_lat_lon)
        members += [
            ("all types together", write(s)) for s, write in zip(first, mixed, strict=False)
        ]
        members += [("with an empty one", wkt(shape)) for shape in (*first, "POINT EMPTY")]
        members += [("with one twice", wkt(shape)) for shape in (*first, *first)]
    names = list(dict.fromkeys(n for n, _ in members))
    values = "".join(f"        ( {text(n)} {term} )\n" for n, term in members)
    body = (
        "SELECT ?case ?result WHERE {\n"
        f"  {{ SELECT ?case ( geof:{function}(?geometry) AS ?value ) WHERE {{\n"
        f"      VALUES ( ?case ?geometry ) {{\n{values}      }}\n    }} GROUP BY ?case }}\n"
        f"  BIND( {wkt(_want(usual))} AS ?want )\n"
        f"  BIND( {wkt('LINESTRING (1.9 2, 2.1 2)')} AS ?least )\n"
        f"  BIND( {_FUNCTIONS[usual]} AS ?result )\n}}\n"
    )
    rows = [{"case": literal(n), "result": boolean(True)} for n in names]
    return Entry(name, comment, _REQUIREMENT, (GEOF + usual,), query_text(comment, body), rows,
                 reading=reading)  # fmt: skip

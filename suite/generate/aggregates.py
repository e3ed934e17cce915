"""Geometry Extension: aggregates, with GROUP BY. Truth: drawn by hand."""

from __future__ import annotations

from collections.abc import Iterator

import shapely
from shapely.geometry.base import BaseGeometry

from suite.generate.forms import FORMS, LAT_LON, geojson, gml, lat_lon, wkt
from suite.generate.model import GEOF, REQ_11, Entry, Reading, boolean, literal, query_text, text
from suite.generate.shapes import SHAPES

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
    for function in ("aggBoundingBox", "aggBoundingCircle"):
        for number, spelling in enumerate((function, function.replace("aggB", "aggb")), 1):
            yield _grouped(
                spelling, f"{function}-spelling-{number}",
                f"The standard spells geof:{function} also with a small b in its own vocabulary.",
                Reading(f"{function} is known as", spelling), shapes={"points": _CORNERS},
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

"""What is wrong is an error, so its variable stays unbound: never false, never a guess."""

from __future__ import annotations

from collections.abc import Iterator

from suite.generate.accessors import FEATURES, FEATURES_NON_SF
from suite.generate.de9im import RELATIONS
from suite.generate.forms import wkt
from suite.generate.model import GEOF, REQ_10, REQ_11, Entry, Row, boolean, table

_SQUARE = wkt("POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))")
_GEOMETRY, _NUMBER, _UNIT, _CRS, _COUNT, _PATTERN = (
    "geometry",
    "number",
    "unit",
    "crs",
    "count",
    "text",
)
_GOOD = {
    _GEOMETRY: _SQUARE, _NUMBER: "1.0", _UNIT: "uom:metre", _COUNT: "1", _PATTERN: '"T********"',
    _CRS: "<http://www.opengis.net/def/crs/EPSG/0/3857>",
}  # fmt: skip
_BAD = {
    _GEOMETRY: {
        "plain text": '"POINT (1 2)"',
        "text in a language": '"POINT (1 2)"@en',
        "a number": "7",
        "an IRI": "ex:thing",
        "no well-known text": wkt("POINT (1 two)"),
        "an unknown CRS": wkt("POINT (1 2)", "http://example.org/no-crs"),
        "nothing bound": "UNDEF",
    },
    _NUMBER: {"text": '"many"', "text that is a number": '"1.0"', "an IRI": "ex:thing",
              "nothing bound": "UNDEF"},
    _UNIT: {"no unit": "<http://example.org/no-unit>", "a number": "7", "nothing bound": "UNDEF"},
    _CRS: {"no CRS": "<http://example.org/no-crs>", "a number": "7", "nothing bound": "UNDEF"},
    _COUNT: {"text": '"first"', "an IRI": "ex:thing", "nothing bound": "UNDEF"},
    _PATTERN: {"a number": "7", "an IRI": "ex:thing", "nothing bound": "UNDEF"},
}  # fmt: skip
_ONE, _TWO = (_GEOMETRY,), (_GEOMETRY, _GEOMETRY)
_SF = (
    dict.fromkeys(
        ("boundary", "boundingCircle", "centroid", "convexHull", "concaveHull",
         "coordinateDimension", "dimension", "envelope", "geometryType", "is3D", "isEmpty",
         "isMeasured", "isSimple", "spatialDimension"), _ONE)
    | dict.fromkeys(
        ("difference", "intersection", "symDifference", "union", "metricDistance"), _TWO)
    | {"metricBuffer": (*_ONE, _NUMBER), "buffer": (*_ONE, _NUMBER, _UNIT),
       "distance": (*_TWO, _UNIT), "transform": (*_ONE, _CRS)}
)  # fmt: skip
_NON_SF = dict.fromkeys(
    ("metricLength", "metricPerimeter", "metricArea", "maxX", "maxY", "minX", "minY",
     "numGeometries"), _ONE
) | {"length": (*_ONE, _UNIT), "perimeter": (*_ONE, _UNIT), "area": (*_ONE, _UNIT),
     "geometryN": (*_ONE, _COUNT)}  # fmt: skip
_WRITERS = dict.fromkeys(("asWKT", "asGeoJSON", "asKML"), _ONE)


def function_entries() -> Iterator[Entry]:
    """Give an entry for each function of the Geometry Extension."""
    for functions, requirement in ((_SF, FEATURES), (_NON_SF, FEATURES_NON_SF)):
        for function, kinds in functions.items():
            yield _entry(function, kinds, requirement)
    yield _entry("getSRID", _ONE, REQ_10 + "geometry-extension/srid-function")
    for function, kinds in _WRITERS.items():
        yield _entry(function, kinds, f"{REQ_11}geometry-extension/{function}-function")
    for function in ("minZ", "maxZ"):
        yield _entry(function, _ONE, FEATURES_NON_SF, good=wkt("POINT Z (1 2 3)"))
    yield _entry("asGML", (_GEOMETRY, _PATTERN), REQ_11 + "geometry-extension/asGML-function",
                 text='"3.2"')  # fmt: skip


def relation_entries() -> Iterator[Entry]:
    """Give an entry for each relation, and for relate."""
    base = REQ_10 + "geometry-topology-extension/"
    for relation in RELATIONS:
        yield _entry(relation.name, _TWO, f"{base}{relation.family}-query-functions")
    yield _entry("relate", (*_TWO, _PATTERN), base + "relate-query-function")


def _entry(function: str, kinds: tuple[str, ...], requirement: str, *, good: str = _SQUARE,
           text: str = _GOOD[_PATTERN]) -> Entry:  # fmt: skip
    usual = _GOOD | {_GEOMETRY: good, _PATTERN: text}
    names = [f"{kind}{place}" for place, kind in enumerate(kinds, 1)]
    rows = [Row("nothing wrong", tuple(usual[kind] for kind in kinds))]
    for place, kind in enumerate(kinds):
        again = kind in kinds[:place]
        for case, bad in list(_BAD[kind].items())[4 if again else 0 :]:
            given = [usual[k] for k in kinds]
            given[place] = bad
            rows.append(Row(f"{names[place]} is {case}", tuple(given), boolean(False)))
    call = ", ".join(f"?{name}" for name in names)
    return table(
        f"{function}-errors",
        f"geof:{function} is an error where an argument is none, not a value.",
        rows, variables=" ".join(names),
        binds=(f"geof:{function}({call}) AS ?value", "BOUND(?value) AS ?result"),
        requirement=requirement, tests=(GEOF + function,),
    )  # fmt: skip

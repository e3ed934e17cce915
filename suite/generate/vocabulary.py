"""Core, Topology Vocabulary, and the vocabulary of the Geometry Extension: terms in patterns.

Everything asked for is asserted in the data, so no computing and no entailment is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from suite.generate.de9im import RELATIONS
from suite.generate.model import (
    GEO,
    PREFIXES,
    REQ_10,
    REQ_11,
    Entry,
    Json,
    iri,
    literal,
    query_text,
)

_SIZES = {
    "hasSize": "hasMetricSize", "hasLength": "hasMetricLength", "hasArea": "hasMetricArea",
    "hasPerimeterLength": "hasMetricPerimeterLength", "hasVolume": "hasMetricVolume",
}  # fmt: skip
_GX_10, _GX_11 = (req + "geometry-extension/" for req in (REQ_10, REQ_11))


def turtle(body: str) -> str:
    """Give Turtle with the prefixes of the suite."""
    head = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in PREFIXES.items() if f"{p}:" in body)
    return head + "\n" + body.strip() + "\n"


def asked(
    name: str,
    comment: str,
    body: str,
    rows: Iterable[Mapping[str, Json]],
    *,
    requirement: str,
    tests: Sequence[str],
    data: str,
    regime: str | None = None,
) -> Entry:
    """Make an entry of a query on data."""
    query = query_text(comment, body)
    found = [dict(row) for row in rows]
    return Entry(name, comment, requirement, tuple(tests), query, found, data, regime)


_CORE = turtle(
    """
ex:lake a geo:Feature, geo:SpatialObject ;
  geo:hasSize "big" ; geo:hasMetricSize 5.0e0 ; geo:hasLength ex:length ;
  geo:hasMetricLength 120.5e0 ; geo:hasArea ex:area ; geo:hasMetricArea 8.0e3 ;
  geo:hasPerimeterLength ex:shore ; geo:hasMetricPerimeterLength 900.0e0 ;
  geo:hasVolume ex:volume ; geo:hasMetricVolume 1.0e6 .
ex:island a geo:Feature .
ex:outline a geo:Geometry, geo:SpatialObject .
ex:lakes a geo:FeatureCollection, geo:SpatialObjectCollection ; rdfs:member ex:lake, ex:island .
ex:other a geo:SpatialObjectCollection ; rdfs:member ex:outline .
"""
)
_SIZE_VALUES: dict[str, Json] = {
    "hasSize": literal("big"), "hasLength": iri("ex:length"), "hasArea": iri("ex:area"),
    "hasPerimeterLength": iri("ex:shore"), "hasVolume": iri("ex:volume"),
    "hasMetricSize": literal("5.0e0", "double"), "hasMetricLength": literal("120.5e0", "double"),
    "hasMetricArea": literal("8.0e3", "double"), "hasMetricVolume": literal("1.0e6", "double"),
    "hasMetricPerimeterLength": literal("900.0e0", "double"),
}  # fmt: skip


def _stored(
    name: str,
    comment: str,
    body: str,
    rows: Iterable[Mapping[str, Json]],
    requirement: str,
    data: str,
) -> Entry:
    """Make an entry of what is stored for a term of GeoSPARQL, which names the entry."""
    term = name.partition("-")[0]
    return asked(name, comment, body, rows, requirement=requirement, tests=[GEO + term], data=data)


def core() -> Iterator[Entry]:
    """Give the entries of Core."""
    for name, requirement, members in (
        ("SpatialObject", REQ_10 + "core/spatial-object-class", ("ex:lake", "ex:outline")),
        ("Feature", REQ_10 + "core/feature-class", ("ex:lake", "ex:island")),
        ("SpatialObjectCollection", REQ_11 + "core/spatial-object-collection-class",
         ("ex:lakes", "ex:other")),
        ("FeatureCollection", REQ_11 + "core/feature-collection-class", ("ex:lakes",)),
    ):  # fmt: skip
        yield _stored(name, f"geo:{name} in a graph pattern.",
                      f"SELECT ?x WHERE {{ ?x a geo:{name} }}\n",
                      [{"x": iri(member)} for member in members], requirement, _CORE)  # fmt: skip
    for name in (*_SIZES, *_SIZES.values()):
        yield _stored(name, f"geo:{name} in a graph pattern, as it was stored.",
                      f"SELECT ?x ?value WHERE {{ ?x geo:{name} ?value }}\n",
                      [{"x": iri("ex:lake"), "value": _SIZE_VALUES[name]}],
                      REQ_11 + "core/spatial-object-properties", _CORE)  # fmt: skip
    yield Entry("sparql", "SPARQL itself: ASK over the members of a collection.",
                REQ_10 + "core/sparql-protocol", (),
                query_text("", "ASK { ex:lakes rdfs:member ?x . ?x a geo:Feature }\n").lstrip("\n"),
                True, _CORE)  # fmt: skip


def topology() -> Iterator[Entry]:
    """Give the entries of the Topology Vocabulary: relations as asserted properties."""
    for relation in RELATIONS:
        data = turtle(f"ex:a geo:{relation.name} ex:b .\nex:b geo:{relation.name} ex:c .\n"
                      "ex:c ex:other ex:a .")  # fmt: skip
        yield _stored(
            relation.name, f"geo:{relation.name} as a property, between things without geometry.",
            f"SELECT ?x ?y WHERE {{ ?x geo:{relation.name} ?y }}\n",
            [{"x": iri("ex:a"), "y": iri("ex:b")}, {"x": iri("ex:b"), "y": iri("ex:c")}],
            f"{REQ_10}topology-vocab-extension/{relation.family}-spatial-relations", data,
        )  # fmt: skip


_KML_TEXT = '<Point xmlns="http://www.opengis.net/kml/2.2"><coordinates>1,2</coordinates></Point>'
_GML_TEXT = (
    '<gml:Point xmlns:gml="http://www.opengis.net/gml/3.2"><gml:pos>1 2</gml:pos></gml:Point>'
)
_TEXTS = {
    "asWKT": ("POINT (1 2)", "wktLiteral"),
    "asGML": (_GML_TEXT, "gmlLiteral"),
    "asGeoJSON": ('{"type": "Point", "coordinates": [1, 2]}', "geoJSONLiteral"),
    "asKML": (_KML_TEXT, "kmlLiteral"),
    "asDGGS": ("<https://w3id.org/dggs/auspix> CELLLIST ((R3))", "dggsLiteral"),
}
_GEOMETRY_VALUES: dict[str, Json] = {
    "dimension": literal("0", "integer"), "coordinateDimension": literal("3", "integer"),
    "spatialDimension": literal("2", "integer"), "isEmpty": literal("false", "boolean"),
    "isSimple": literal("true", "boolean"), "hasSpatialResolution": iri("ex:metre"),
    "hasMetricSpatialResolution": literal("1.5e0", "double"),
    "hasSpatialAccuracy": iri("ex:half"), "hasMetricSpatialAccuracy": literal("0.5e0", "double"),
    "hasSerialization": literal("POINT (1 2)") | {"datatype": GEO + "wktLiteral"},
}  # fmt: skip
_FEATURE_VALUES = ("hasGeometry", "hasDefaultGeometry", "hasCentroid", "hasBoundingBox")


def _geometry_data() -> str:
    stored = {name: f"geo:{name} {_written(term)}" for name, term in _GEOMETRY_VALUES.items()}
    generic = stored.pop("hasSerialization")
    texts = " ;\n  ".join(
        f"geo:{name} '{lexical}'^^geo:{datatype}" for name, (lexical, datatype) in _TEXTS.items()
    )
    links = " ; ".join(f"geo:{name} ex:{name}" for name in _FEATURE_VALUES)
    about = " ;\n  ".join(stored.values())
    return turtle(f"ex:point a geo:Geometry ;\n  {about} ;\n  {texts} .\nex:place {links} .\n"
                  f"ex:elsewhere {generic} .\n"
                  "ex:points a geo:GeometryCollection ; rdfs:member ex:point .")  # fmt: skip


def _described(name: str) -> str:
    """Name what has a property; a generic serialization stands apart from the special ones."""
    return "elsewhere" if name == "hasSerialization" else "point"


def _written(term: Json) -> str:
    if term["type"] == "uri":
        return f"<{term['value']}>"
    return f'"{term["value"]}"^^<{term["datatype"]}>'


def geometry() -> Iterator[Entry]:
    """Give the vocabulary entries of the Geometry Extension."""
    data = _geometry_data()
    for name, requirement, member in (
        ("Geometry", _GX_10 + "geometry-class", "ex:point"),
        ("GeometryCollection", REQ_11 + "core/geometry-collection-class", "ex:points"),
    ):
        yield _stored(f"{name}-class", f"geo:{name} in a graph pattern.",
                      f"SELECT ?x WHERE {{ ?x a geo:{name} }}\n", [{"x": iri(member)}],
                      requirement, data)  # fmt: skip
    for name, value in _GEOMETRY_VALUES.items():
        yield _stored(f"{name}-property", f"geo:{name} in a graph pattern, as it was stored.",
                      f"SELECT ?value WHERE {{ ex:{_described(name)} geo:{name} ?value }}\n",
                      [{"value": value}], _GX_11 + "geometry-properties", data)  # fmt: skip
    for name in _FEATURE_VALUES:
        value = iri(f"ex:{name}")
        yield _stored(f"{name}-property", f"geo:{name} in a graph pattern, as it was stored.",
                      f"SELECT ?value WHERE {{ ex:place geo:{name} ?value }}\n",
                      [{"value": value}], _GX_11 + "feature-properties", data)  # fmt: skip
    for name, (lexical, datatype) in _TEXTS.items():
        kind = datatype.removesuffix("Literal").lower()
        requirement = (_GX_10 if kind in ("wkt", "gml") else _GX_11) + f"geometry-as-{kind}-literal"
        value = {"type": "literal", "value": lexical, "datatype": GEO + datatype}
        yield _stored(f"{name}-property", f"geo:{name} in a graph pattern, letter for letter.",
                      f"SELECT ?value WHERE {{ ex:point geo:{name} ?value }}\n",
                      [{"value": value}], requirement, data)  # fmt: skip

"""RDFS Entailment: what follows by RDFS, from axioms in the data and from GeoSPARQL's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from suite.generate.model import GEO, REQ_10, Entry, Json, boolean, iri, literal
from suite.generate.vocabulary import asked, turtle

_BASE = REQ_10 + "rdfs-entailment-extension/"
_SF = {
    "Curve": "Geometry", "LineString": "Curve", "Line": "LineString", "LinearRing": "LineString",
    "GeometryCollection": "Geometry", "MultiCurve": "GeometryCollection",
    "MultiLineString": "MultiCurve", "MultiPoint": "GeometryCollection",
    "MultiSurface": "GeometryCollection", "MultiPolygon": "MultiSurface", "Point": "Geometry",
    "Surface": "Geometry", "Polygon": "Surface", "Envelope": "Polygon", "Triangle": "Polygon",
    "PolyhedralSurface": "Surface", "TIN": "PolyhedralSurface",
}  # fmt: skip
"""Each class of the Simple Features vocabulary and the one above it (clause 11.3.1)."""
_GML = ("Point", "LineString", "Polygon", "Curve", "Surface", "MultiPoint", "MultiCurve",
        "MultiSurface", "MultiGeometry")  # fmt: skip
_SUB_PROPERTIES = (
    ("hasDefaultGeometry", "hasGeometry"), ("hasCentroid", "hasGeometry"),
    ("hasBoundingBox", "hasGeometry"), ("asWKT", "hasSerialization"),
    ("asGML", "hasSerialization"), ("asGeoJSON", "hasSerialization"),
    ("asKML", "hasSerialization"), ("asDGGS", "hasSerialization"),
)  # fmt: skip


def entries() -> Iterator[Entry]:
    """Give every entry of the class."""
    yield from _plain()
    yield from _simple_features()
    yield _gml()
    yield _vocabulary()
    yield _properties()
    yield _domains()


def _plain() -> Iterator[Entry]:
    data = turtle("""
ex:Lake rdfs:subClassOf ex:Water . ex:Water rdfs:subClassOf geo:Feature .
ex:shore rdfs:subPropertyOf ex:outline . ex:outline rdfs:subPropertyOf geo:hasGeometry .
ex:depth rdfs:domain ex:Water ; rdfs:range ex:Measure .
ex:saimaa a ex:Lake ; ex:shore ex:g .
ex:ladoga ex:depth ex:d230 .
""")
    requirement = _BASE + "bgp-rdfs-ent"
    for name, comment, body, rows in (
        ("subclass", "A class above another, by rdfs9 and rdfs11.",
         "SELECT ?x WHERE { ?x a ex:Water }\n",
         [{"x": iri("ex:saimaa")}, {"x": iri("ex:ladoga")}]),
        ("subproperty", "A property above another, by rdfs5 and rdfs7.",
         "SELECT ?x ?y WHERE { ?x ex:outline ?y }\n",
         [{"x": iri("ex:saimaa"), "y": iri("ex:g")}]),
        ("own-class-below-geo", "A class of the user's own below a class of GeoSPARQL.",
         "SELECT ?x WHERE { ?x a geo:Feature . ?x a ex:Water }\n",
         [{"x": iri("ex:saimaa")}, {"x": iri("ex:ladoga")}]),
        ("own-property-below-geo", "A property of the user's own below one of GeoSPARQL.",
         "SELECT ?y WHERE { ex:saimaa geo:hasGeometry ?y }\n", [{"y": iri("ex:g")}]),
        ("range", "The class of an object, by rdfs3.",
         "SELECT ?x WHERE { ?x a ex:Measure }\n", [{"x": iri("ex:d230")}]),
    ):  # fmt: skip
        yield asked(name, comment, body, rows, requirement=requirement, tests=[GEO + "Feature"],
                    data=data, regime="RDFS")  # fmt: skip
    yield asked("off", "Without the regime nothing is entailed.",
                "SELECT ?x WHERE { ?x a ex:Water }\n", [], requirement=requirement, tests=[],
                data=data)  # fmt: skip


def _above(name: str) -> Iterator[str]:
    while name in _SF:
        name = _SF[name]
        yield name


def _members(name: str, comment: str, above: str, found: Iterable[str], requirement: str,
             data: str) -> Entry:  # fmt: skip
    return asked(
        name, comment, f"SELECT ?x WHERE {{ ?x a {above} }}\n",
        [{"x": iri(f"ex:{member}")} for member in found],
        requirement=_BASE + requirement, tests=[iri(above)["value"]], data=data, regime="RDFS",
    )  # fmt: skip


def _simple_features() -> Iterator[Entry]:
    members = "\n".join(f"ex:{name} a sf:{name} ." for name in _SF)
    data = turtle(members)
    for name in ("Geometry", *dict.fromkeys(_SF.values())):
        if name == "Geometry":
            continue
        found = [member for member in _SF if member == name or name in _above(member)]
        yield _members(f"sf-{name}", f"Members of sf:{name} and of the classes below it.",
                       f"sf:{name}", found, "wkt-geometry-types", data)  # fmt: skip
    for name in ("sf:Geometry", "geo:Geometry", "geo:SpatialObject"):
        yield _members(name.replace(":", "-"), f"All geometries of Simple Features are {name}.",
                       name, _SF, "wkt-geometry-types", data)  # fmt: skip


def _gml() -> Entry:
    data = turtle("\n".join(f"ex:{name} a gml:{name} ." for name in _GML))
    return _members("gml-geo-Geometry", "Geometries of GML are geo:Geometry.", "geo:Geometry",
                    _GML, "gml-geometry-types", data)  # fmt: skip


def _union(cases: dict[str, str]) -> tuple[str, list[dict[str, Json]]]:
    body = " UNION\n".join(
        f'  {{ BIND( "{case}" AS ?case ) BIND( EXISTS {{ {pattern} }} AS ?result ) }}'
        for case, pattern in cases.items()
    )
    rows = [{"case": literal(case), "result": boolean(True)} for case in cases]
    return f"SELECT ?case ?result WHERE {{\n{body}\n}}\n", rows


def _vocabulary() -> Entry:
    data = turtle("ex:f a geo:Feature . ex:g a geo:Geometry . ex:c a geo:FeatureCollection .\n"
                  "ex:h a geo:GeometryCollection .")  # fmt: skip
    body, rows = _union({
        "features are spatial objects": "ex:f a geo:SpatialObject",
        "geometries are spatial objects": "ex:g a geo:SpatialObject",
        "feature collections": "ex:c a geo:SpatialObjectCollection",
        "geometry collections": "ex:h a geo:SpatialObjectCollection",
    })  # fmt: skip
    return asked("classes", "Classes of GeoSPARQL.", body, rows,
                 requirement=_BASE + "bgp-rdfs-ent", data=data, regime="RDFS",
                 tests=[GEO + n for n in ("SpatialObject", "SpatialObjectCollection")])  # fmt: skip


def _properties() -> Entry:
    data = turtle("\n".join(f"ex:s-{sub} geo:{sub} {_object(sub)} ." for sub, _ in _SUB_PROPERTIES))
    body, rows = _union({f"{sub}, {above}": f"ex:s-{sub} geo:{above} {_object(sub)}"
                         for sub, above in _SUB_PROPERTIES})  # fmt: skip
    return asked("subproperties", "Properties of GeoSPARQL below others.", body, rows,
                 requirement=_BASE + "bgp-rdfs-ent", data=data, regime="RDFS",
                 tests=[GEO + sub for sub, _ in _SUB_PROPERTIES])  # fmt: skip


def _object(name: str) -> str:
    datatypes = {"asWKT": "wktLiteral", "asGML": "gmlLiteral", "asGeoJSON": "geoJSONLiteral",
                 "asKML": "kmlLiteral", "asDGGS": "dggsLiteral"}  # fmt: skip
    return f'""^^geo:{datatypes[name]}' if name in datatypes else f"ex:o-{name}"


def _domains() -> Entry:
    data = turtle('ex:f geo:hasGeometry ex:g . ex:h geo:asWKT "POINT (1 2)"^^geo:wktLiteral .\n'
                  "ex:k geo:hasDefaultGeometry ex:l . ex:m geo:hasMetricArea 1.0e0 .")  # fmt: skip
    names = ("hasGeometry", "hasDefaultGeometry", "asWKT", "hasMetricArea")
    body, rows = _union({
        "the domain of hasGeometry": "ex:f a geo:Feature",
        "the range of hasGeometry": "ex:g a geo:Geometry",
        "the domain of asWKT": "ex:h a geo:Geometry",
        "the domain of hasDefaultGeometry": "ex:k a geo:Feature",
        "the range of hasDefaultGeometry": "ex:l a geo:Geometry",
        "the domain of hasMetricArea": "ex:m a geo:SpatialObject",
        "the domain, and the class above it": "ex:f a geo:SpatialObject",
    })  # fmt: skip
    return asked("domains", "Domains and ranges of GeoSPARQL's properties.", body, rows,
                 requirement=_BASE + "bgp-rdfs-ent", data=data, regime="RDFS",
                 tests=[GEO + name for name in names])  # fmt: skip

"""Query Rewrite: relations as properties, computed from geometries. Truth as for the functions.

Asked under the RIF regime of SPARQL 1.1 Entailment Regimes, as the requirement says:
features by their default geometry, geometries by their serializations, and links that
are asserted besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from suite.generate.de9im import RELATIONS, Relation
from suite.generate.forms import LAT_LON as EPSG_4326
from suite.generate.forms import geojson, gml, kml, lat_lon, wkt
from suite.generate.model import (
    GEO,
    REQ_10,
    Entry,
    Json,
    Reading,
    boolean,
    iri,
    literal,
    query_text,
)
from suite.generate.shapes import SHAPES
from suite.generate.vocabulary import asked, turtle

_AREAS = {
    "square": "square", "inner": "small square inside", "corner": "small square at the corner",
    "shifted": "square shifted", "beside": "square beside", "far": "square far away",
}  # fmt: skip
_ALL = _AREAS | {"line": "line across", "along": "line along the edge", "point": "point inside"}


def entries() -> Iterator[Entry]:
    """Give every entry of the class."""
    for relation in RELATIONS:
        yield _features(relation)
        yield _mixed(relation)
        yield _asserted(relation)
    yield from _serializations()
    yield from _other_geometries()
    yield _in_patterns()


def _requirement(relation: Relation) -> str:
    return f"{REQ_10}query-rewrite-extension/{relation.family}-query-rewrite"


@dataclass(frozen=True, slots=True)
class _World:
    """Features between which the readings of a relation agree; ``ex:Subject`` are asked for."""

    relation: Relation
    subjects: dict[str, str]
    objects: dict[str, str]

    def related(self, subject: str) -> list[str]:
        """Give the objects to which a subject is related."""
        shape = SHAPES[self.subjects[subject]]
        return [
            name
            for name, other in self.objects.items()
            if next(iter(self.relation.values(shape, SHAPES[other]).values()))
        ]

    @property
    def sociable(self) -> str:
        """The subject that is related to most objects."""
        return max(self.subjects, key=lambda name: len(self.related(name)))

    def is_agreed(self) -> bool:
        """Tell whether all readings agree."""
        return all(
            len(set(self.relation.values(SHAPES[a], SHAPES[b]).values())) == 1
            for a in self.subjects.values()
            for b in self.objects.values()
        )

    def data(self) -> str:
        """Give the features and their geometries in Turtle."""
        subjects = "".join(f"ex:{name} a ex:Subject .\n" for name in self.subjects)
        return turtle(subjects + _described(self.subjects | self.objects))


def _described(names: dict[str, str]) -> str:
    return "\n".join(
        f"ex:{name} a geo:Feature ; geo:hasDefaultGeometry ex:g-{name} .\n"
        f"ex:g-{name} a geo:Geometry ; geo:asWKT {wkt(SHAPES[shape])} ."
        for name, shape in names.items()
    )


def _world(relation: Relation) -> _World:
    lines = {name: _ALL[name] for name in ("line", "along")}
    candidates = ((_ALL, _ALL), (_AREAS | lines, _AREAS | lines), (lines, _ALL), (_AREAS, _AREAS))
    worlds = (_World(relation, subjects, objects) for subjects, objects in candidates)
    return next(w for w in worlds if w.is_agreed() and w.related(w.sociable))


def _pair(a: str, b: str) -> dict[str, Json]:
    return {"a": iri(f"ex:{a}"), "b": iri(f"ex:{b}")}


def _features(relation: Relation) -> Entry:
    world = _world(relation)
    return asked(
        f"{relation.name}-features",
        f"geo:{relation.name} between features, by their default geometries.",
        "SELECT ?a ?b WHERE {\n  ?a a ex:Subject .\n  ?b a geo:Feature .\n"
        f"  ?a geo:{relation.name} ?b .\n}}\n",
        [_pair(a, b) for a in world.subjects for b in world.related(a)],
        requirement=_requirement(relation), tests=[GEO + relation.name], data=world.data(),
        regime="RIF",
    )  # fmt: skip


def _mixed(relation: Relation) -> Entry:
    """Feature and geometry, geometry and feature, geometry and geometry; one side constant."""
    world = _world(relation)
    fixed = world.sociable
    parts, rows = [], []
    for kind, left, right in (
        ("feature, geometry", "", "g-"),
        ("geometry, feature", "g-", ""),
        ("geometry, geometry", "g-", "g-"),
    ):
        wanted = "geo:Geometry" if right else "geo:Feature"
        parts.append(
            f"  {{ ex:{left}{fixed} geo:{relation.name} ?b . ?b a {wanted} . "
            f'BIND( "{kind}" AS ?case ) }}'
        )
        rows += [{"case": literal(kind), "b": iri(f"ex:{right}{b}")} for b in world.related(fixed)]
    return asked(
        f"{relation.name}-mixed",
        f"geo:{relation.name} between features and geometries, mixed.",
        "SELECT ?case ?b WHERE {\n" + " UNION\n".join(parts) + "\n}\n", rows,
        requirement=_requirement(relation), tests=[GEO + relation.name], data=world.data(),
        regime="RIF",
    )  # fmt: skip


def _asserted(relation: Relation) -> Entry:
    world = _world(relation)
    strangers = {
        name: [other for other in world.objects if other not in world.related(name)]
        for name in world.subjects
    }
    a = max((n for n in strangers if strangers[n]), key=lambda name: len(world.related(name)))
    b = strangers[a][0]
    data = world.data() + (
        f"ex:{a} geo:{relation.name} ex:{b} .\nex:x geo:{relation.name} ex:y .\n"
    )
    return asked(
        f"{relation.name}-asserted",
        f"geo:{relation.name} that is asserted stands beside what is computed, "
        "also without geometry.",
        f"SELECT DISTINCT ?a ?b WHERE {{\n  {{ VALUES ?a {{ ex:{a} }} ?b a geo:Feature }} UNION "
        f"{{ VALUES ?a {{ ex:x }} VALUES ?b {{ ex:y }} }}\n  ?a geo:{relation.name} ?b .\n}}\n",
        [*(_pair(a, c) for c in world.related(a)), _pair(a, b), _pair("x", "y")],
        requirement=_requirement(relation), tests=[GEO + relation.name], data=data, regime="RIF",
    )  # fmt: skip


def _serializations() -> Iterator[Entry]:
    inner = SHAPES["small square inside"]
    written = {
        "asWKT": wkt(inner), "asGML": gml(inner), "asGeoJSON": geojson(inner), "asKML": kml(inner),
        "hasSerialization": wkt(lat_lon(inner), EPSG_4326),
    }  # fmt: skip
    for name, text in written.items():
        data = turtle(
            f"ex:inner a geo:Feature ; geo:hasDefaultGeometry [ geo:{name} {text} ] .\n"
            f"ex:square a geo:Feature ; geo:hasDefaultGeometry [ geo:asWKT "
            f"{wkt(SHAPES['square'])} ] .\n"
        )
        yield Entry(
            f"with-{name}", f"A geometry that is written with geo:{name} takes part.",
            f"{REQ_10}query-rewrite-extension/sf-query-rewrite", (GEO + name,),
            query_text(f"By geo:{name}.", "ASK { ex:inner geo:sfWithin ex:square }\n"), True, data,
            "RIF",
        )  # fmt: skip


def _other_geometries() -> Iterator[Entry]:
    """Give features whose geometry is not their default one: the rule says nothing of it."""
    square, inner = wkt(SHAPES["square"]), wkt(SHAPES["small square inside"])
    requirement = f"{REQ_10}query-rewrite-extension/sf-query-rewrite"
    for prop, question, answers in (
        ("hasGeometry", "features without a default geometry are related by",
         (("all their geometries", True), ("nothing, as the rule says", False))),
        ("defaultGeometry", "geo:defaultGeometry is",
         (("the same as geo:hasDefaultGeometry", True), ("no term of the rule", False))),
    ):  # fmt: skip
        data = turtle(
            f"ex:inner a geo:Feature ; geo:{prop} [ geo:asWKT {inner} ] .\n"
            f"ex:square a geo:Feature ; geo:{prop} [ geo:asWKT {square} ] .\n"
        )
        for number, (answer, expected) in enumerate(answers, 1):
            entry = Entry(
                f"{prop}-{number}", f"{question} {answer}.", requirement, (GEO + prop,),
                query_text("", "ASK { ex:inner geo:sfWithin ex:square }\n").lstrip("\n"),
                expected, data, "RIF",
            )  # fmt: skip
            yield replace(entry, reading=Reading(question, answer))
    data = turtle(f"ex:inner a geo:Feature ; geo:hasGeometry [ geo:asWKT {square} ] ;\n"
                  f"  geo:hasDefaultGeometry [ geo:asWKT {inner} ] .\n"
                  f"ex:small a geo:Feature ; geo:hasDefaultGeometry [ geo:asWKT "
                  f"{wkt('POLYGON ((0 0, 0.5 0, 0.5 0.5, 0 0.5, 0 0))')} ] .\n")  # fmt: skip
    yield Entry("default-only", "Where there is a default geometry, the others do not count.",
                requirement, (GEO + "hasDefaultGeometry",),
                query_text("The other geometry of ex:inner holds ex:small.",
                           "ASK { ex:inner geo:sfIntersects ex:small }\n"),
                False, data, "RIF")  # fmt: skip


def _in_patterns() -> Entry:
    cases = {
        "in OPTIONAL": "OPTIONAL { ex:square geo:sfContains ex:inner . BIND( true AS ?result ) }",
        "in FILTER EXISTS":
            "BIND( EXISTS { ex:square geo:sfContains ex:inner } AS ?result )",
        "in FILTER NOT EXISTS": "BIND( ! EXISTS { ex:inner geo:sfContains ex:square } AS ?result )",
        "in a sub-query":
            "{ SELECT ( COUNT(?b) = 3 AS ?result ) WHERE "
            "{ ex:square geo:sfContains ?b . ?b a geo:Feature } }",
        "in a path": "BIND( EXISTS { ex:inner geo:sfWithin/geo:sfTouches ex:beside } AS ?result )",
        "the other way round": "BIND( EXISTS { ex:inner ^geo:sfContains ex:square } AS ?result )",
        "with MINUS":
            "{ SELECT ( COUNT(?b) = 1 AS ?result ) WHERE { ?b a geo:Feature . "
            "MINUS { ?b geo:sfIntersects ex:square } } }",
    }  # fmt: skip
    body = " UNION\n".join(f'  {{ BIND( "{case}" AS ?case ) {pattern} }}'
                           for case, pattern in cases.items())  # fmt: skip
    return asked(
        "in-patterns", "Relations work in every kind of pattern.",
        f"SELECT ?case ?result WHERE {{\n{body}\n}}\n",
        [{"case": literal(case), "result": boolean(True)} for case in cases],
        requirement=f"{REQ_10}query-rewrite-extension/sf-query-rewrite",
        tests=[GEO + n for n in ("sfContains", "sfWithin", "sfTouches", "sfIntersects")],
        data=turtle(_described(_AREAS)), regime="RIF",
    )  # fmt: skip

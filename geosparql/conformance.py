"""The seven conformance classes of GeoSPARQL 1.1 (OGC 22-047r1, clause 2), in the order there.

What is claimed of them, parameter by parameter, and the page in docs/ that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from geosparql.functions.table import FUNCTIONS
from geosparql.literals.dggs import SYSTEMS
from geosparql.literals.table import LITERAL_TYPES
from geosparql.relations import RELATIONS
from geosparql.vocabulary import GEO_DGGS_LITERAL, NAMESPACES

_CLASSES = "http://www.opengis.net/spec/geosparql/1.1/conf/"


@dataclass(frozen=True, slots=True)
class ConformanceClass:
    """A class that can be claimed: its IRI, its title, and what it takes as parameters."""

    name: str
    title: str
    parameters: tuple[str, ...] = ()

    @property
    def iri(self) -> str:
        """IRI of the class."""
        return _CLASSES + self.name


CONFORMANCE_CLASSES = (
    ConformanceClass("core", "Core"),
    ConformanceClass("topology-vocab-extension", "Topology Vocabulary", ("relation family",)),
    ConformanceClass("geometry-extension", "Geometry", ("serialization", "version")),
    ConformanceClass("geometry-extension-dggs", "Geometry DGGS", ("serialization", "version")),
    ConformanceClass(
        "geometry-topology-extension",
        "Geometry Topology",
        ("relation family", "serialization", "version"),
    ),
    ConformanceClass(
        "rdfs-entailment-extension",
        "RDFS Entailment",
        ("relation family", "serialization", "version"),
    ),
    ConformanceClass(
        "query-rewrite-extension",
        "Query Rewrite",
        ("relation family", "serialization", "version"),
    ),
)
"""Every class; the service description names them all, for all three relation families."""

SERIALIZATIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("WKT", ("OGC 06-103r4 (Simple Features 1.2.1)",), ("OGC 06-103r4 (Simple Features 1.2.1)",)),
    ("GML", ("GML 2", "GML 3.1", "GML 3.2 (OGC 07-036)"), ("GML 3.2 (OGC 07-036)",)),
    ("GeoJSON", ("RFC 7946",), ("RFC 7946",)),
    ("KML", ("KML 2.2 (OGC 07-147r2)",), ("KML 2.2 (OGC 07-147r2)",)),
    ("DGGS", *(tuple(system.iris[0] for system in SYSTEMS),) * 2),
)
"""Name of each serialization, in the order of the standard, the versions read and those written."""

RELATION_FAMILIES = tuple(dict.fromkeys(relation.family for relation in RELATIONS))


@dataclass(frozen=True, slots=True)
class Claim:
    """One class with one value for each of its parameters; None: it does not take it."""

    conformance_class: ConformanceClass
    family: str | None = None
    serialization: str | None = None
    version: str | None = None


def claims() -> Iterator[Claim]:
    """Give every class that is claimed, with every combination of its parameters.

    A version is claimed where it is read and written.
    """
    versions = [(name, version) for name, _, written in SERIALIZATIONS for version in written]
    for each in CONFORMANCE_CLASSES:
        of_dggs = each.name == "geometry-extension-dggs"
        pairs: list[tuple[str | None, str | None]] = [(None, None)]
        if "serialization" in each.parameters:
            pairs = [pair for pair in versions if not of_dggs or pair[0] == "DGGS"]
        families: list[str | None] = [None]
        if "relation family" in each.parameters:
            families = [*RELATION_FAMILIES]
        for family, (serialization, version) in product(families, pairs):
            yield Claim(each, family, serialization, version)


def document() -> str:
    """Write the page of docs/ that says what is claimed, as Markdown."""
    parts = [
        "# Conformance with GeoSPARQL 1.1",
        "Written by `geosparql.conformance.document` from the tables of this project; a test keeps "
        "it so. Classes, requirements and functions are those of OGC 22-047r1.",
        "## Classes",
        _table(("class", "IRI", "parameters", "how to ask for it"), map(_class_row, _ANSWERED)),
        "A class is claimed for every relation family and every version of a serialization that is "
        "read and written. The IRIs are those of the text; the register of requirements "
        "(`reqs.ttl`) calls the second class `topology-extension`.",
        "## Serializations",
        _table(("serialization", "datatype", "property", "read", "written"), _serializations()),
        "## Topological relations",
        _table(("family", "property", "function", "inverse"), _relations()),
        "## Functions",
        _table(("requirement", "function", "what it does"), _functions()),
    ]
    return "\n\n".join(parts) + "\n"


_ANSWERED = {
    "core": "always",
    "topology-vocab-extension": "always; the 24 properties are predicates like any other",
    "geometry-extension": "always",
    "geometry-extension-dggs": "always; H3 with the extra `dggs`",
    "geometry-topology-extension": "always",
    "rdfs-entailment-extension": '`QueryOptions(entailment="rdfs")`, off unless asked',
    "query-rewrite-extension": "`QueryOptions(compute=True)`, on unless switched off",
}
"""Class to when it holds."""


def _class_row(name: str) -> tuple[str, ...]:
    row = next(each for each in CONFORMANCE_CLASSES if each.name == name)
    return row.title, f"<{row.iri}>", ", ".join(row.parameters) or "none", _ANSWERED[name]


def _serializations() -> Iterator[tuple[str, ...]]:
    for (name, read, written), kind in zip(SERIALIZATIONS, LITERAL_TYPES, strict=True):
        shown = [", ".join(f"<{v}>" if kind.datatype == GEO_DGGS_LITERAL else v for v in versions)
                 for versions in (read, written)]  # fmt: skip
        yield name, _code(kind.datatype), _code(kind.serialization_property), *shown


def _relations() -> Iterator[tuple[str, ...]]:
    inverses = {relation.name: relation for relation in RELATIONS}
    for relation in RELATIONS:
        inverse = _code(inverses[relation.inverse].iri) if relation.inverse else "none"
        yield relation.family, _code(relation.iri), _code(relation.function_iri), inverse


def _functions() -> Iterator[tuple[str, ...]]:
    for function in sorted(FUNCTIONS, key=lambda row: row.requirement):
        yield str(function.requirement), f"`{function.signature}`", function.description


def _code(iri: str) -> str:
    for prefix, namespace in NAMESPACES.items():
        if iri.startswith(namespace):
            return f"`{prefix}:{iri.removeprefix(namespace)}`"
    return f"<{iri}>"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

"""Where links come from (PROV-O) and what they are (VoID), as Turtle beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyproj
import shapely

from engine.descriptions import (
    Statement,
    file_iri,
    file_statements,
    files_in,
    integer_literal,
    provenance_file,
    run_statements,
    time_literal,
    write_statements,
)
from geosparql.terms import IRI, XSD, BlankNode, Literal, Term
from geosparql.vocabulary import (
    DCTERMS,
    EGL,
    NAMESPACES,
    OWL,
    PROV,
    QUDT,
    QUDT_UNIT,
    RDF_TYPE,
    RDFS,
    RDFS_COMMENT,
    RDFS_LABEL,
    VOID,
)
from interlink.annotations import EGL_MATRIX
from interlink.features import Features
from interlink.measures.table import VALUE_BY_NAME
from interlink.rules.model import (
    FeatureSet,
    FilesSource,
    QuerySource,
    Rules,
    StoreSource,
    VectorSource,
)
from interlink.sides import Sides

_SHARED = ("dcat", "dcterms", "geo", "owl", "prov", "rdf", "rdfs", "unit", "xsd")
PREFIXES = {name: NAMESPACES[name] for name in _SHARED} | {
    "void": VOID, "spdx": "http://spdx.org/rdf/terms#", "qudt": QUDT, "egl": EGL,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Linkset:
    """What a run made: counts by predicate, and of what there is no triple."""

    rules: Rules
    sides: Sides
    links_by_predicate: Mapping[str, int]
    counts: Mapping[str, int]
    """Counts beside the links: names of `COUNTS`."""
    started: datetime
    seconds: float
    engine: str


COUNTS = {
    "disjoint_pairs": ("disjointPairs", "Pairs of features of both sets that do not meet"),
    "problem_geometries": ("problemGeometries", "Geometries that were repaired or not linked"),
}
"""Name of a count: the local name of its property, and what it says."""


def write_linkset(linkset: Linkset, output: Path) -> Path:
    """Describe links that have been written beside them.

    Parameters
    ----------
    linkset
        What the run made.
    output
        Where the links stand.

    Returns
    -------
    Path
        The description.

    Raises
    ------
    SourceError
        A file cannot be read again for its checksum, or the description not be written.
    """
    path = provenance_file(output)
    path.unlink(missing_ok=True)  # that of an earlier run says nothing of what stands there now
    write_statements(linkset_statements(linkset, path.resolve().as_uri(), output), path, PREFIXES)
    return path


def linkset_statements(linkset: Linkset, document: str, output: Path | None) -> Iterator[Statement]:
    """Yield the description of links, in which ``DOCUMENT#linkset`` is made by ``DOCUMENT#run``."""
    yield from _links(linkset, document, output)
    chosen = (linkset.rules.left, linkset.rules.right)
    for one, features in zip(chosen, linkset.sides, strict=True):
        if one is not None:
            yield from _side(document, one, features)
    yield from _run(linkset, document)
    yield from _properties(linkset)


def _links(linkset: Linkset, document: str, output: Path | None) -> Iterator[Statement]:
    """Say what the links are: files, number, predicates, and the two sets."""
    whole, left = IRI(document + "#linkset"), IRI(document + "#left")
    right = left if linkset.rules.right is None else IRI(document + "#right")
    parts = {f"predicate{number}": (iri, count) for number, (iri, count) in
             enumerate(sorted(linkset.links_by_predicate.items()))}  # fmt: skip
    # An inverse link has its subject in the right set: then both are only said to be linked
    one_way = not any(rule.inverse for rule in linkset.rules.links)
    nodes: list[Term] = [whole, *map(BlankNode, parts)]
    for node in nodes:
        yield node, RDF_TYPE, IRI(VOID + "Linkset")
        for end, target in (("subjectsTarget", left), ("objectsTarget", right)):
            yield node, VOID + "target", target
            if one_way:
                yield node, VOID + end, target
    for name, (iri, count) in parts.items():
        part = BlankNode(name)
        yield whole, VOID + "subset", part
        yield part, VOID + "triples", integer_literal(count)
        yield part, VOID + "linkPredicate", IRI(iri)
        yield whole, VOID + "linkPredicate", IRI(iri)
    ended = linkset.started + timedelta(seconds=linkset.seconds)
    yield whole, RDF_TYPE, IRI(PROV + "Entity")
    yield whole, DCTERMS + "title", Literal(linkset.rules.name)
    yield whole, DCTERMS + "created", time_literal(ended)
    yield whole, VOID + "triples", integer_literal(sum(linkset.links_by_predicate.values()))
    yield whole, PROV + "wasGeneratedBy", IRI(document + "#run")
    for file in [] if output is None else files_in(output, "*.parquet"):
        yield whole, VOID + "dataDump", file_iri(file)
        yield from file_statements(file)


def _side(document: str, chosen: FeatureSet, features: Features) -> Iterator[Statement]:
    """Say what a set is: where it was read, its features and their CRS."""
    node, run = IRI(f"{document}#{chosen.name}"), IRI(document + "#run")
    yield node, RDF_TYPE, IRI(VOID + "Dataset")
    yield node, RDFS_LABEL, Literal(chosen.name)
    yield node, VOID + "entities", integer_literal(features.features)
    for crs in features.crs_iris:
        yield node, DCTERMS + "conformsTo", IRI(crs)
    if chosen.class_iri is not None:
        yield node, VOID + "classPartition", (part := BlankNode(f"class-{chosen.name}"))
        yield part, VOID + "class", IRI(chosen.class_iri)
    for path in _inputs(chosen):
        for file in files_in(path, "**/*"):
            yield node, VOID + "dataDump", file_iri(file)
            yield run, PROV + "used", file_iri(file)
            yield from file_statements(file)
    match chosen.source:
        case QuerySource(endpoint=str() as endpoint):
            yield node, VOID + "sparqlEndpoint", IRI(endpoint)
        case StoreSource(store) | QuerySource(store=Path() as store):
            # Its files change with every load: named, without checksums
            yield node, DCTERMS + "source", file_iri(store)
            yield run, PROV + "used", file_iri(store)


def _inputs(chosen: FeatureSet) -> Sequence[Path]:
    match chosen.source:
        case FilesSource(files):
            return files
        case VectorSource(path):
            return (path,)
    return ()


def _run(linkset: Linkset, document: str) -> Iterator[Statement]:
    """Say what was done: when, how long, by what versions, after which rules, and its counts."""
    run, plan = IRI(document + "#run"), file_iri(linkset.rules.path)
    yield from run_statements(document, linkset.rules.path, linkset.started, linkset.seconds)
    yield from file_statements(linkset.rules.path)
    yield plan, PROV + "value", Literal(linkset.rules.path.read_text(encoding="utf-8"))
    yield run, PROV + "used", plan
    yield run, EGL + "seconds", Literal(f"{linkset.seconds:.3f}", XSD + "decimal")
    yield run, EGL + "engine", Literal(linkset.engine)
    versions = {"GEOS": shapely.geos_version_string, "PROJ": pyproj.proj_version_str}
    for name, number in versions.items():
        agent = IRI(f"{document}#{name}")
        yield run, PROV + "wasAssociatedWith", agent
        yield agent, RDF_TYPE, IRI(PROV + "SoftwareAgent")
        yield agent, RDFS_LABEL, Literal(name)
        yield agent, OWL + "versionInfo", Literal(number)
    for name, count in linkset.counts.items():
        yield run, EGL + COUNTS[name][0], integer_literal(count)


def _properties(linkset: Linkset) -> Iterator[Statement]:
    """Say what the properties of ours that stand in links and description mean."""
    for name in linkset.counts:
        yield from _property(EGL + COUNTS[name][0], COUNTS[name][1], XSD + "integer")
    if any(rule.matrix for rule in linkset.rules.links):
        about = "DE-9IM matrix of subject and object, row by row from interior to exterior"
        yield from _property(EGL_MATRIX, about, XSD + "string")
    for name in dict.fromkeys(name for rule in linkset.rules.links for name in rule.values):
        value = VALUE_BY_NAME[name]
        yield from _property(value.iri, value.about, value.datatype)
        yield IRI(value.iri), QUDT + "hasUnit", IRI(QUDT_UNIT + value.unit)


def _property(iri: str, about: str, datatype: str) -> Iterator[Statement]:
    yield IRI(iri), RDF_TYPE, IRI(OWL + "DatatypeProperty")
    yield IRI(iri), RDFS_COMMENT, Literal(about)
    yield IRI(iri), RDFS + "range", IRI(datatype)

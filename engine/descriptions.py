"""Descriptions of runs and files (PROV-O, DCAT, SPDX), written as Turtle beside an output."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pyoxigraph as ox

from engine.triple_files import replaced_path
from geosparql.errors import SourceError
from geosparql.term_columns import to_oxigraph
from geosparql.terms import IRI, XSD, BlankNode, Literal, Term
from geosparql.vocabulary import DCAT, DCTERMS, OWL, PROV, RDF_TYPE, RDFS_LABEL, SPDX

Statement = tuple[Term, str, Term]


def provenance_file(output: Path) -> Path:
    """Name the description of an output: ``NAME.prov.ttl`` beside it."""
    return output.with_name(f"{output.name}.prov.ttl")


def write_statements(
    statements: Iterable[Statement], path: Path, prefixes: Mapping[str, str]
) -> None:
    """Write a description, each statement once, in an order that does not change.

    Raises
    ------
    SourceError
        The file cannot be written.
    """
    # Its type first, as people write it
    ordered = sorted(set(statements), key=lambda s: (str(s[0]), s[1] != RDF_TYPE, *map(str, s)))
    triples = [
        ox.Triple(to_oxigraph(subject), ox.NamedNode(predicate), to_oxigraph(item))  # type: ignore[arg-type]
        for subject, predicate, item in ordered
    ]
    with replaced_path(path) as partial, partial.open("wb") as stream:
        ox.serialize(triples, stream, ox.RdfFormat.TURTLE, prefixes=dict(prefixes))


def run_statements(
    document: str, plan: Path, started: datetime, seconds: float
) -> Iterator[Statement]:
    """Say of a run, ``DOCUMENT#run``, when it was, by which version, and after which plan."""
    run, software = IRI(document + "#run"), IRI(document + "#earthgraph")
    association = BlankNode("association")
    yield run, RDF_TYPE, IRI(PROV + "Activity")
    yield run, PROV + "startedAtTime", time_literal(started)
    yield run, PROV + "endedAtTime", time_literal(started + timedelta(seconds=seconds))
    yield run, PROV + "wasAssociatedWith", software
    yield run, PROV + "qualifiedAssociation", association
    yield association, RDF_TYPE, IRI(PROV + "Association")
    yield association, PROV + "agent", software
    yield association, PROV + "hadPlan", file_iri(plan)
    yield file_iri(plan), RDF_TYPE, IRI(PROV + "Plan")
    yield software, RDF_TYPE, IRI(PROV + "SoftwareAgent")
    yield software, RDFS_LABEL, Literal("earthgraph")
    yield software, OWL + "versionInfo", Literal(version("earthgraph"))


def file_statements(path: Path) -> Iterator[Statement]:
    """Say of a file its name, size and checksum.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError as error:
        raise SourceError(
            "The file cannot be read for its checksum", where=str(path), value=error.strerror
        ) from error
    file = file_iri(path)
    checksum = text_node("checksum", file.value)
    yield file, RDF_TYPE, IRI(PROV + "Entity")
    yield file, DCTERMS + "title", Literal(path.name)
    yield file, DCAT + "byteSize", Literal(str(size), XSD + "nonNegativeInteger")
    yield file, SPDX + "checksum", checksum
    yield checksum, RDF_TYPE, IRI(SPDX + "Checksum")
    yield checksum, SPDX + "algorithm", IRI(SPDX + "checksumAlgorithm_sha256")
    yield checksum, SPDX + "checksumValue", Literal(digest, XSD + "hexBinary")


def files_in(path: Path, pattern: str) -> list[Path]:
    """Give a file, or those of a folder that fit."""
    return (
        sorted(each for each in path.glob(pattern) if each.is_file()) if path.is_dir() else [path]
    )


def text_node(kind: str, text: str) -> BlankNode:
    """Give the node that a text always has."""
    return BlankNode(kind + hashlib.sha256(text.encode()).hexdigest()[:16])


def file_iri(path: Path) -> IRI:
    """Name a file."""
    return IRI(path.resolve().as_uri())


def integer_literal(value: int) -> Literal:
    """Give a number as xsd:integer."""
    return Literal(str(value), XSD + "integer")


def time_literal(moment: datetime) -> Literal:
    """Give a moment as xsd:dateTime, to the millisecond."""
    return Literal(moment.isoformat(timespec="milliseconds"), XSD + "dateTime")

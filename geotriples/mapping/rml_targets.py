"""Logical targets of RML (RML-IO): which file triples go to, and how they are written there."""

from __future__ import annotations

from geosparql.errors import MappingError
from geosparql.terms import Term
from geotriples.mapping.document import Document
from geotriples.mapping.model import LogicalTarget
from geotriples.mapping.rml_sources import ENCODINGS, path_text, read_compression
from geotriples.mapping.vocabulary import (
    CURRENT_WORKING_DIRECTORY,
    DCAT,
    FORMATS,
    RML,
    SPARQL_ENDPOINT,
)

VOID = "http://rdfs.org/ns/void#"
SERIALIZATIONS = {
    FORMATS + "N-Triples": "nt",
    FORMATS + "N-Quads": "nq",
    FORMATS + "Turtle": "ttl",
    FORMATS + "TriG": "trig",
    FORMATS + "N3": "n3",
    FORMATS + "JSON-LD": "jsonld",
    FORMATS + "RDF_XML": "rdf",
    FORMATS + "RDF_JSON": "rdfjson",
}


def read_targets(document: Document, node: Term, where: str) -> tuple[LogicalTarget, ...]:
    """Read the logical targets of a term map.

    Raises
    ------
    MappingError
        Where a target is not a file, or its serialization, encoding or compression
        is not known.
    """
    nodes = dict.fromkeys(document.values(node, RML + "logicalTarget"))
    return tuple(_read_target(document, target, f"{where}, logical target") for target in nodes)


SERVICES = {
    SPARQL_ENDPOINT: "a SPARQL endpoint",
    VOID + "dataDump": "a VoID dump",
    VOID + "sparqlEndpoint": "a SPARQL endpoint",
    DCAT + "accessURL": "a DCAT distribution",
    DCAT + "downloadURL": "a DCAT distribution",
    DCAT + "distribution": "a DCAT distribution",
}
"""What RML-IO lets a target be besides a file."""


def _check_place(document: Document, place: Term, where: str) -> None:
    """Refuse targets that are no files: a run that fails must leave what stood there."""
    for predicate, kind in SERVICES.items():
        if document.values(place, predicate):
            raise MappingError(
                f"Targets are files, and this one is {kind}", where=where,
                value=document.text_of(place, predicate, where) or place,
                hint="Give rml:path (any serialization of RML-IO, plain or packed) and load the "
                "file: earthgraph load, or earthgraph convert --since --changes update",
            )  # fmt: skip


def _read_target(document: Document, node: Term, where: str) -> LogicalTarget:
    place = document.value(node, RML + "target", where)
    if place is None:
        raise MappingError(
            "A logical target needs a place", where=where, hint="Give rml:target with rml:path"
        )
    _check_place(document, place, where)
    serialization = document.text_of(node, RML + "serialization", where) or FORMATS + "N-Quads"
    if serialization not in SERIALIZATIONS:
        raise MappingError("The serialization is unknown", where=where, value=serialization,
                           hint=f"Known: {', '.join(SERIALIZATIONS)}")  # fmt: skip
    encoding = document.text_of(node, RML + "encoding", where) or RML + "UTF-8"
    if encoding not in ENCODINGS:
        raise MappingError("The encoding is unknown", where=where, value=encoding,
                           hint=f"Known: {', '.join(ENCODINGS)}")  # fmt: skip
    return LogicalTarget(
        path=path_text(document, place, where),
        root=document.text_of(place, RML + "root", where) or CURRENT_WORKING_DIRECTORY,
        format=SERIALIZATIONS[serialization],
        encoding=ENCODINGS[encoding],
        compression=read_compression(document, node, where),
        where=where,
    )

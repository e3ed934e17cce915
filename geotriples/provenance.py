"""Where an output comes from (PROV-O) and what it holds (VoID), as Turtle beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox

from engine.triple_files import replaced_path
from geosparql.errors import SourceError
from geosparql.term_columns import to_oxigraph
from geosparql.terms import IRI, XSD, BlankNode, Literal, Term
from geosparql.vocabulary import (
    DCAT,
    DCTERMS,
    GEO_WKT_LITERAL,
    NAMESPACES,
    OWL,
    PROV,
    RDF_TYPE,
    RDFS_COMMENT,
    RDFS_LABEL,
    SPDX,
    VOID,
)
from geotriples.mapping.model import DatabaseSource, FileSource, LogicalSource, Mapping
from geotriples.mapping.vocabulary import EGR
from geotriples.report import ConversionReport
from geotriples.sources.databases import FILE_SCHEMES, path_of
from geotriples.sources.extents import Box, around, extent_of
from geotriples.sources.table import source_files

Statement = tuple[Term, str, Term]
Places = dict[LogicalSource, Box | None]

_SHARED = ("dcat", "dcterms", "geo", "owl", "prov", "rdf", "rdfs", "xsd")
PREFIXES = {name: NAMESPACES[name] for name in _SHARED} | {"void": VOID, "spdx": SPDX, "egr": EGR}


def provenance_file(output: Path) -> Path:
    """Name the description of an output: ``NAME.prov.ttl`` beside it."""
    return output.with_name(f"{output.name}.prov.ttl")


def write_provenance(
    mapping: Mapping, report: ConversionReport, files: Iterable[Path], started: datetime
) -> Path:
    """Describe a conversion that has ended beside its output.

    Parameters
    ----------
    mapping
        The mapping that ran.
    report
        What the run did.
    files
        What it read (`geotriples.convert.input_files`); all are read again for
        their checksums.
    started
        When it began.

    Returns
    -------
    Path
        The description.

    Raises
    ------
    SourceError
        Where a file cannot be read again, or the description not be written.
    """
    path = provenance_file(report.output)
    # That of an earlier run says nothing of what stands there now
    path.unlink(missing_ok=True)
    document = path.resolve().as_uri()
    places = {source: extent_of(source) for source in _sources(mapping)}
    statements = set(_dataset(document, mapping, report, places, started))
    statements.update(_run(document, mapping, report, started))
    statements.update(_inputs(document, places, files))
    # Its type first, as people write it
    ordered = sorted(statements, key=lambda one: (str(one[0]), one[1] != RDF_TYPE, *map(str, one)))
    triples = [
        ox.Triple(to_oxigraph(subject), ox.NamedNode(predicate), to_oxigraph(item))  # type: ignore[arg-type]
        for subject, predicate, item in ordered
    ]
    with replaced_path(path) as partial, partial.open("wb") as stream:
        ox.serialize(triples, stream, ox.RdfFormat.TURTLE, prefixes=PREFIXES)
    return path


def _dataset(
    document: str,
    mapping: Mapping,
    report: ConversionReport,
    places: Places,
    started: datetime,
) -> Iterator[Statement]:
    """Give what the output is: its files, triples, classes and place."""
    dataset, run = IRI(document + "#dataset"), IRI(document + "#run")
    for kind in (PROV + "Entity", VOID + "Dataset"):
        yield dataset, RDF_TYPE, IRI(kind)
    yield dataset, DCTERMS + "title", Literal(report.output.name)
    yield dataset, DCTERMS + "created", _time(started + timedelta(seconds=report.seconds))
    yield dataset, VOID + "triples", _number(report.triples)
    yield dataset, PROV + "wasGeneratedBy", run
    for file in _files_in(report.output, "*.parquet"):
        yield dataset, VOID + "dataDump", _file_iri(file)
        yield from _file(file)
    for target in report.targets:
        yield _file_iri(target.path), PROV + "wasGeneratedBy", run
        yield _file_iri(target.path), VOID + "triples", _number(target.triples)
        yield _file_iri(target.path), RDF_TYPE, IRI(VOID + "Dataset")
        yield from _file(target.path)
    asserted = [one for one in mapping.triples_maps if one.asserted]
    for number, name in enumerate(sorted({name for one in asserted for name in one.classes})):
        yield dataset, VOID + "classPartition", BlankNode(f"class{number}")
        yield BlankNode(f"class{number}"), VOID + "class", IRI(name)
    # Triples that went to targets are counted with those of their map
    for number, made in enumerate(() if report.targets else report.maps):
        part = BlankNode(f"map{number}")
        yield dataset, VOID + "subset", part
        yield part, RDF_TYPE, IRI(VOID + "Dataset")
        yield part, RDFS_LABEL, Literal(made.triples_map)
        yield part, VOID + "triples", _number(made.triples)
    known = [box for box in places.values() if box is not None]
    if known and len(known) == len(places):
        yield from _place(dataset, BlankNode("extent"), around(known))


def _run(
    document: str, mapping: Mapping, report: ConversionReport, started: datetime
) -> Iterator[Statement]:
    """Give what was done: when, by what, after which mapping, and what was wrong with rows."""
    run, software = IRI(document + "#run"), IRI(document + "#earthgraph")
    plan = BlankNode("association")
    yield run, RDF_TYPE, IRI(PROV + "Activity")
    yield run, PROV + "startedAtTime", _time(started)
    yield run, PROV + "endedAtTime", _time(started + timedelta(seconds=report.seconds))
    yield run, PROV + "wasAssociatedWith", software
    yield run, PROV + "qualifiedAssociation", plan
    yield plan, RDF_TYPE, IRI(PROV + "Association")
    yield plan, PROV + "agent", software
    yield plan, PROV + "hadPlan", _file_iri(mapping.path)
    yield _file_iri(mapping.path), RDF_TYPE, IRI(PROV + "Plan")
    yield software, RDF_TYPE, IRI(PROV + "SoftwareAgent")
    yield software, RDFS_LABEL, Literal("earthgraph")
    yield software, OWL + "versionInfo", Literal(version("earthgraph"))
    if report.rows is not None:
        yield run, EGR + "rowsRead", _number(report.rows)
    for number, problem in enumerate(report.problems):
        node = BlankNode(f"problem{number}")
        yield run, EGR + "problem", node
        yield node, RDFS_LABEL, Literal(problem.what)
        yield node, RDFS_COMMENT, Literal(problem.where)
        yield node, EGR + "rows", _number(problem.rows)


def _inputs(document: str, places: Places, files: Iterable[Path]) -> Iterator[Statement]:
    """Give what was read: files with size and checksum, services and databases by address."""
    run = IRI(document + "#run")
    read = list(files)
    for source, box in places.items():
        place = source.source
        scheme = urlsplit(place.url or "").scheme
        if isinstance(place, DatabaseSource) and scheme in FILE_SCHEMES.values():
            read.append(Path(path_of(place.url)))
        elif isinstance(place, DatabaseSource) or place.url is not None:
            # As text: the addresses of databases are not all IRIs
            node = _node("source", place.name)
            yield run, PROV + "used", node
            yield node, RDF_TYPE, IRI(PROV + "Entity")
            yield node, DCTERMS + "identifier", Literal(place.name)
        elif box is not None:
            yield from _place(_file_iri(place.path), _node("place", repr(box)), box)
    for path in dict.fromkeys(each for one in read for each in _files_in(one, "**/*")):
        yield run, PROV + "used", _file_iri(path)
        yield from _file(path)


def _sources(mapping: Mapping) -> list[LogicalSource]:
    """Give the logical sources of a mapping, a file each."""
    found = []
    for one in dict.fromkeys(each for tm in mapping.triples_maps for each in tm.source.inputs):
        file = one.source
        if isinstance(file, FileSource) and file.url is None:
            paths = source_files(file.path)
            found += [replace(one, source=replace(file, path=path)) for path in paths]
        else:
            found.append(one)
    return found


def _files_in(path: Path, pattern: str) -> list[Path]:
    """Give a file, or those of a folder that fit."""
    return (
        sorted(each for each in path.glob(pattern) if each.is_file()) if path.is_dir() else [path]
    )


def _file(path: Path) -> Iterator[Statement]:
    """Give the name, size and checksum of a file."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError as error:
        raise SourceError(
            "The file cannot be read for its checksum", where=str(path), value=error.strerror
        ) from error
    file = _file_iri(path)
    checksum = _node("checksum", file.value)
    yield file, RDF_TYPE, IRI(PROV + "Entity")
    yield file, DCTERMS + "title", Literal(path.name)
    yield file, DCAT + "byteSize", Literal(str(size), XSD + "nonNegativeInteger")
    yield file, SPDX + "checksum", checksum
    yield checksum, RDF_TYPE, IRI(SPDX + "Checksum")
    yield checksum, SPDX + "algorithm", IRI(SPDX + "checksumAlgorithm_sha256")
    yield checksum, SPDX + "checksumValue", Literal(digest, XSD + "hexBinary")


def _place(what: Term, node: Term, box: Box) -> Iterator[Statement]:
    west, south, east, north = box
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    text = ", ".join(f"{x!r} {y!r}" for x, y in corners)
    yield what, DCTERMS + "spatial", node
    yield node, RDF_TYPE, IRI(DCTERMS + "Location")
    yield node, DCAT + "bbox", Literal(f"POLYGON (({text}))", GEO_WKT_LITERAL)


def _node(kind: str, text: str) -> BlankNode:
    """Give the node that a text always has."""
    return BlankNode(kind + hashlib.sha256(text.encode()).hexdigest()[:16])


def _file_iri(path: Path) -> IRI:
    return IRI(path.resolve().as_uri())


def _number(value: int) -> Literal:
    return Literal(str(value), XSD + "integer")


def _time(moment: datetime) -> Literal:
    return Literal(moment.isoformat(timespec="milliseconds"), XSD + "dateTime")

"""Where an output comes from (PROV-O) and what it holds (VoID), as Turtle beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from engine.descriptions import (
    Statement,
    file_iri,
    file_statements,
    files_in,
    integer_literal,
    provenance_file,
    run_statements,
    text_node,
    time_literal,
    write_statements,
)
from geosparql.terms import IRI, BlankNode, Literal, Term
from geosparql.vocabulary import (
    DCAT,
    DCTERMS,
    GEO_WKT_LITERAL,
    NAMESPACES,
    PROV,
    RDF_TYPE,
    RDFS_COMMENT,
    RDFS_LABEL,
    SPDX,
    VOID,
)
from geotriples.mapping.logical_source import DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.model import Mapping
from geotriples.mapping.vocabulary import EGR
from geotriples.report import ConversionReport
from geotriples.sources.databases import FILE_SCHEMES, path_of
from geotriples.sources.extents import Box, around, extent_of
from geotriples.sources.table import source_files

Places = dict[LogicalSource, Box | None]

_SHARED = ("dcat", "dcterms", "geo", "owl", "prov", "rdf", "rdfs", "xsd")
PREFIXES = {name: NAMESPACES[name] for name in _SHARED} | {"void": VOID, "spdx": SPDX, "egr": EGR}


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
    write_statements(statements, path, PREFIXES)
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
    yield dataset, DCTERMS + "created", time_literal(started + timedelta(seconds=report.seconds))
    yield dataset, VOID + "triples", integer_literal(report.triples)
    yield dataset, PROV + "wasGeneratedBy", run
    for file in files_in(report.output, "*.parquet"):
        yield dataset, VOID + "dataDump", file_iri(file)
        yield from file_statements(file)
    for target in report.targets:
        yield file_iri(target.path), PROV + "wasGeneratedBy", run
        yield file_iri(target.path), VOID + "triples", integer_literal(target.triples)
        yield file_iri(target.path), RDF_TYPE, IRI(VOID + "Dataset")
        yield from file_statements(target.path)
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
        yield part, VOID + "triples", integer_literal(made.triples)
    known = [box for box in places.values() if box is not None]
    if known and len(known) == len(places):
        yield from _place(dataset, BlankNode("extent"), around(known))


def _run(
    document: str, mapping: Mapping, report: ConversionReport, started: datetime
) -> Iterator[Statement]:
    """Give what was done: when, by what, after which mapping, and what was wrong with rows."""
    run = IRI(document + "#run")
    yield from run_statements(document, mapping.path, started, report.seconds)
    if report.rows is not None:
        yield run, EGR + "rowsRead", integer_literal(report.rows)
    for number, problem in enumerate(report.problems):
        node = BlankNode(f"problem{number}")
        yield run, EGR + "problem", node
        yield node, RDFS_LABEL, Literal(problem.what)
        yield node, RDFS_COMMENT, Literal(problem.where)
        yield node, EGR + "rows", integer_literal(problem.rows)


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
            node = text_node("source", place.name)
            yield run, PROV + "used", node
            yield node, RDF_TYPE, IRI(PROV + "Entity")
            yield node, DCTERMS + "identifier", Literal(place.name)
        elif box is not None:
            yield from _place(file_iri(place.path), text_node("place", repr(box)), box)
    for path in dict.fromkeys(each for one in read for each in files_in(one, "**/*")):
        yield run, PROV + "used", file_iri(path)
        yield from file_statements(path)


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


def _place(what: Term, node: Term, box: Box) -> Iterator[Statement]:
    west, south, east, north = box
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    text = ", ".join(f"{x!r} {y!r}" for x, y in corners)
    yield what, DCTERMS + "spatial", node
    yield node, RDF_TYPE, IRI(DCTERMS + "Location")
    yield node, DCAT + "bbox", Literal(f"POLYGON (({text}))", GEO_WKT_LITERAL)

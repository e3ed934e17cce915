"""Mapping files made in tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from engine.protocol import Engine
from geosparql.terms import IRI
from geosparql.triples import TRIPLES_SCHEMA
from geotriples.compilation import Compilation
from geotriples.convert import triples
from geotriples.iris import ENGINE_FUNCTIONS
from geotriples.mapping.document import read_document
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.logical_view import LogicalView
from geotriples.mapping.model import Mapping
from geotriples.mapping.rml_views import Views
from geotriples.mapping.vocabulary import EGR
from geotriples.sources.table import open_source

PREFIXES = """\
@prefix rml: <http://w3id.org/rml/> .
@prefix egr: <https://w3id.org/earthgraph/rml#> .
@prefix csvw: <http://www.w3.org/ns/csvw#> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix geof: <http://www.opengis.net/def/function/geosparql/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix ex: <http://example.com/> .
"""


def write_mapping(folder: Path, text: str, name: str = "mapping.ttl") -> Path:
    """Write a mapping file with the usual prefixes."""
    path = folder / name
    path.write_text(PREFIXES + text, encoding="utf-8")
    return path


def source(path: str, formulation: str, more: str = "") -> str:
    """Give ``rml:logicalSource …`` of a file beside the mapping."""
    return (
        f'rml:logicalSource [ rml:source [ a rml:RelativePathSource; rml:path "{path}" ]; '
        f"rml:referenceFormulation {formulation}; {more} ]"
    )


def pom(predicate: str, object_map: str) -> str:
    """Give a predicate-object map with one object map."""
    return f"rml:predicateObjectMap [ rml:predicate {predicate}; rml:objectMap [ {object_map} ] ]"


def rows_of(mapping: Path | Mapping, engine: Engine, **options: str) -> list[dict[str, str | None]]:
    """Convert to sorted rows of triple columns, without those that are null or geometry."""
    found = triples(mapping, engine=engine, **options).read_all()  # type: ignore[arg-type]
    assert found.schema == TRIPLES_SCHEMA
    columns = [name for name in TRIPLES_SCHEMA.names if name != "geometry"]
    rows = [
        {name: value for name, value in row.items() if value is not None}
        for row in found.select(columns).to_pylist()
    ]
    return sorted(rows, key=lambda row: tuple(sorted(row.items())))


def objects_of(mapping: Path, engine: Engine, predicate: str) -> list[str]:
    """Give the sorted texts of the objects of a predicate in ``ex:``."""
    wanted = "http://example.com/" + predicate
    return sorted(
        str(row["object"]) for row in rows_of(mapping, engine) if row["predicate"] == wanted
    )


def read_source(
    path: Path, formulation: str, references: list[str], iterator: str | None = None, **options: str
) -> pa.Table:
    """Read all parts of a source into a table with the references as column names."""
    logical = LogicalSource(
        FileSource(path), formulation, "test", iterator,
        tuple(sorted((EGR + name, value) for name, value in options.items())),
    )  # fmt: skip
    opened = open_source(logical, references)
    batches = [batch for part in opened.parts.parts for batch in opened.parts.read(part)]
    table = pa.Table.from_batches(batches, opened.parts.schema)
    names = {column.name: column.reference for column in opened.columns}
    return table.rename_columns([names.get(name, name) for name in table.schema.names])


def read_view(
    mapping: Path, name: str, keys: Sequence[str], engine: Engine
) -> list[tuple[str | None, ...]]:
    """Give the iterations of a logical view by some keys, sorted; a value is its text."""
    document = read_document(mapping)
    view = Views(document).read(IRI(f"file:///{mapping.name}#{name}"), "test")
    assert isinstance(view, LogicalView)
    work = Compilation(engine, None, [])
    engine.register(ENGINE_FUNCTIONS)
    site = work.open(view, keys)
    source, query = site.source, site.rows
    with engine.run(query) as reader:
        table = reader.read_all()
    columns = [table[source.column(key).name].to_pylist() for key in keys]
    made = [
        tuple(value["lexical"] if isinstance(value, dict) else value for value in row)
        for row in zip(*columns, strict=True)
    ]
    return sorted(made, key=lambda row: [(value is None, value or "") for value in row])

"""The kinds of source in one table: reference formulation to the function that opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.protocol import Parts
from geosparql.errors import MappingError, SourceError
from geosparql.terms import XSD_STRING
from geotriples.mapping.logical_source import PACKED, FileSource, LogicalSource
from geotriples.mapping.vocabulary import (
    CLASS_RASTER,
    CSV,
    EGR,
    EXCEL,
    FORMATS,
    JSON_PATH,
    OGC_FEATURES,
    PARQUET,
    RASTER_CELLS,
    RASTER_ZONES,
    RML,
    SPARQL_CSV,
    SQL_QUERY,
    SQL_TABLE,
    STAC,
    VECTOR,
    XPATH,
)
from geotriples.sources.geometries import treated
from geotriples.sources.source import ROW, Column, Source, schema_of
from geotriples.sources.web import local_copy

FILE = "_file"
FILE_ROW_BITS = 40
"""Row numbers of a source of several files: the file's number above these bits."""

PREFIXES = {RML: "rml:", EGR: "egr:", FORMATS: "formats:"}
"""How IRIs of formulations are written for people."""

Opener = Callable[[LogicalSource, Sequence[str]], Source]


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One reference formulation.

    `opener` is ``module:function`` below `geotriples.sources`, imported at first
    use. `suffixes` narrows a row to files with these endings, before those of a
    compression.
    """

    formulation: str
    opener: str
    description: str
    suffixes: tuple[str, ...] = ()
    boxes: bool = False
    """Whether it knows `egr:box`."""
    asks: bool = False
    """Whether it asks addresses itself; else what stands elsewhere is copied first."""

    def load(self) -> Opener:
        """Import the function that opens such a source."""
        module, _, function = self.opener.partition(":")
        opener: Opener = getattr(import_module(f"geotriples.sources.{module}"), function)
        return opener


LINES_SUFFIXES = (".jsonl", ".ndjson", ".geojsonl", ".geojsons")
PARQUET_SUFFIXES = (".parquet", ".geoparquet", ".pq")

SOURCE_KINDS: tuple[SourceKind, ...] = (
    SourceKind(CSV, "tabular:open_csv", "CSV and TSV, with a CSVW dialect"),
    SourceKind(EXCEL, "excel:open_excel", "Excel and OpenDocument sheets"),
    SourceKind(PARQUET, "parquet:open_parquet", "Parquet", boxes=True),
    SourceKind(JSON_PATH, "documents:open_json_lines", "JSON lines", LINES_SUFFIXES),
    SourceKind(JSON_PATH, "documents:open_json", "JSON, rows and values by JSONPath"),
    SourceKind(XPATH, "xml:open_xml", "XML, rows and values by XPath"),
    SourceKind(SQL_TABLE, "databases:open_sql", "table of an SQL database"),
    SourceKind(SQL_QUERY, "databases:open_sql", "query of an SQL database"),
    SourceKind(SPARQL_CSV, "sparql:open_sparql", "SPARQL query of an RDF file or an endpoint"),
    *(
        SourceKind(f"{FORMATS}SPARQL_Results_{name}", "sparql:open_sparql", "the same, typed")
        for name in ("JSON", "XML", "TSV")
    ),
    SourceKind(
        STAC,
        "features:open_features",
        "STAC items: a file, or an API page by page",
        boxes=True,
        asks=True,
    ),
    SourceKind(
        OGC_FEATURES,
        "features:open_features",
        "items of an OGC API Features collection",
        boxes=True,
        asks=True,
    ),
    SourceKind(
        VECTOR, "parquet:open_parquet", "GeoParquet and Parquet", PARQUET_SUFFIXES, boxes=True
    ),
    SourceKind(
        VECTOR,
        "vector:open_vector",
        "vector files that GDAL reads: GeoPackage, Shapefile …",
        boxes=True,
    ),
    SourceKind(RML + "Shapefile", "vector:open_vector", "Shapefile, zipped or not", boxes=True),
    SourceKind(RML + "GeoParquet", "parquet:open_parquet", "GeoParquet", boxes=True),
    SourceKind(CLASS_RASTER, "raster:open_class_raster", "regions of equal class of a raster"),
    SourceKind(RASTER_CELLS, "cells:open_raster_cells", "cells of a raster and their classes"),
    SourceKind(RASTER_ZONES, "zones:open_raster_zones", "a raster summed up by features"),
)
"""First row that fits wins."""


def kinds_table() -> str:
    """Give the kinds of source as the Markdown table of docs/sources.md."""
    lines = ["| reference formulation | files | reads | box |", "|---|---|---|---|"]
    for kind in SOURCE_KINDS:
        name = next(
            (kind.formulation.replace(iri, prefix) for iri, prefix in PREFIXES.items()
             if kind.formulation.startswith(iri)), kind.formulation,
        )  # fmt: skip
        box = "yes" if kind.boxes else ""
        lines.append(f"| `{name}` | {' '.join(kind.suffixes)} | {kind.description} | {box} |")
    return "\n".join(lines) + "\n"


def open_source(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a logical source for the references that a mapping makes to it.

    A path with ``*`` or ``?`` stands for all files that fit, in alphabetical order.
    The reference ``_file`` is the name of the file without its extension. Geometries
    are treated as `egr:invalid` and `egr:transformTo` say.

    Raises
    ------
    MappingError
        Where the reference formulation is not known.
    SourceError
        Where the source is missing, broken or lacks a reference.
    """
    return treated(_opened(source, references), source)


def _opened(source: LogicalSource, references: Sequence[str]) -> Source:
    kind = _kind(source)
    opener = kind.load()
    if source.option(EGR + "box") is not None and not kind.boxes:
        raise MappingError(
            "A source of this kind has no boxes", where=source.where, value=kind.formulation,
            hint="egr:box is for vector files, GeoParquet and services of features",
        )  # fmt: skip
    if not isinstance(source.source, FileSource):
        return opener(source, references)
    if source.source.url is not None and kind.asks:
        return opener(source, references)
    if source.source.url is not None:
        return _fetched(opener, source, source.source, references)
    inner = tuple(name for name in references if name != FILE)
    paths = source_files(source.source.path)
    for path in paths:
        source.source.access.check_path(path)
    if paths == [source.source.path] and len(inner) == len(references):
        return opener(source, inner)
    opened = []
    for path in paths:
        one = replace(source, source=replace(source.source, path=path))
        opened.append(opener(one, inner))
        if _as_lists(opened[-1].columns) != _as_lists(opened[0].columns):
            raise SourceError(
                "Files of one source have columns of different types", where=str(path),
                hint=f"Give them their own triples maps, or make them like {paths[0].name}",
            )  # fmt: skip
    return _together(opened, paths, with_name=len(inner) < len(references))


def _fetched(
    opener: Opener, source: LogicalSource, file: FileSource, references: Sequence[str]
) -> Source:
    """Open a file that stands elsewhere: its copy is read, which each machine has of its own."""
    opened = opener(replace(source, source=local_copy(file, anew=True)), references)
    read = partial(_read_copy, file=file, read=opened.parts.read)
    return replace(opened, parts=replace(opened.parts, read=read), files=(file.name,))


def _read_copy(
    part: Any, *, file: FileSource, read: Callable[[Any], Iterator[pa.RecordBatch]]
) -> Iterator[pa.RecordBatch]:
    local_copy(file, anew=False)
    yield from read(part)


def _as_lists(columns: Sequence[Column]) -> list[Column]:
    return [replace(column, repeated=True) for column in columns]


def _kind(source: LogicalSource) -> SourceKind:
    is_file = isinstance(source.source, FileSource)
    suffixes = [part.lower() for part in source.file.path.suffixes] if is_file else []
    suffix = next((part for part in reversed(suffixes) if part not in PACKED), "")
    for kind in SOURCE_KINDS:
        if kind.formulation == source.formulation and (
            not kind.suffixes or suffix in kind.suffixes
        ):
            return kind
    raise MappingError(
        "The reference formulation is not known", where=source.where, value=source.formulation,
        hint="Known: " + ", ".join(dict.fromkeys(kind.formulation for kind in SOURCE_KINDS)),
    )  # fmt: skip


def source_files(path: Path) -> list[Path]:
    """Give the files that a path stands for."""
    if path.exists() or not set("*?") & set(str(path)):
        return [path]
    fixed = next(parent for parent in path.parents if not set("*?") & set(str(parent)))
    found = sorted(fixed.glob(str(path.relative_to(fixed))))
    if not found:
        raise SourceError(
            "No file fits the path", where=str(path), hint="Check the path and its wildcards"
        )
    return found


def _together(opened: Sequence[Source], paths: Sequence[Path], *, with_name: bool) -> Source:
    """Give sources of equal columns as one, the name of the file among its columns."""
    name = Column(FILE, "source_file", XSD_STRING)
    shared = tuple(
        replace(same[0], repeated=any(column.repeated for column in same))
        for same in zip(*(source.columns for source in opened), strict=True)
    )
    columns = (*shared, *((name,) if with_name else ()))
    schema = schema_of(shared)
    if with_name:
        schema = schema.append(name.field)
    parts = [
        (number, path.name.split(".")[0], part)
        for number, (source, path) in enumerate(zip(opened, paths, strict=True))
        for part in source.parts.parts
    ]
    reads = tuple(source.parts.read for source in opened)
    read = partial(_read_file, reads=reads, schema=schema)
    return Source(Parts(schema, parts, read), columns, tuple(map(str, paths)))


def _read_file(
    part: tuple[int, str, Any],
    *,
    reads: Sequence[Callable[[Any], Iterator[pa.RecordBatch]]],
    schema: pa.Schema,
) -> Iterator[pa.RecordBatch]:
    """Read a part of one of the files."""
    number, name, inner = part
    for batch in reads[number](inner):
        rows = pc.add(batch.column(ROW), pa.scalar(number << FILE_ROW_BITS, pa.int64()))
        held = {field.name: batch.column(field.name) for field in batch.schema} | {ROW: rows}
        if len(schema) > len(held):
            held["source_file"] = pa.repeat(pa.scalar(name), batch.num_rows)
        for field in schema:
            if pa.types.is_list(field.type) and not pa.types.is_list(held[field.name].type):
                held[field.name] = _lists_of_one(held[field.name])
        yield pa.record_batch([held[field.name] for field in schema], schema=schema)


def _lists_of_one(values: pa.Array) -> pa.Array:
    offsets = pa.array(np.arange(len(values) + 1, dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, values, mask=values.is_null())

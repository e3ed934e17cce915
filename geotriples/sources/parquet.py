"""GeoParquet and plain Parquet files: the columns asked for, one part a row group."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from engine.protocol import Parts
from geosparql.crs import CRS84, srid_of, srid_of_crs
from geosparql.errors import CRSError, SourceError
from geotriples.mapping.logical_source import LogicalSource
from geotriples.mapping.vocabulary import EGR
from geotriples.sources.ewkb import with_srid
from geotriples.sources.features import box_of
from geotriples.sources.files import check_exists
from geotriples.sources.lexical import natural_datatype, natural_text
from geotriples.sources.source import (
    Column,
    Source,
    column_names,
    geometry_column,
    missing_reference,
    row_numbers,
    schema_of,
)

GEOMETRY = "geometry"
SUFFIXES = frozenset({".parquet", ".geoparquet", ".pq"})


def open_parquet(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a (Geo)Parquet file.

    Parameters
    ----------
    source
        The logical source; `egr:crs` gives the CRS where the file says it is unknown,
        `egr:box` the box that the primary geometry must touch.
    references
        Column names; ``geometry`` is the primary geometry column.

    Returns
    -------
    Source
        One part a row group.

    Raises
    ------
    SourceError
        Where the file or a column is missing, broken or of an encoding other than WKB.
    CRSError
        Where the CRS of a geometry that is asked for is not known.
    """
    check_exists(source.file)
    path = str(source.file.path)
    try:
        with pq.ParquetFile(path) as file:
            schema, groups = file.schema_arrow, [
                file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)
            ]  # fmt: skip
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError("The Parquet file cannot be read", where=path, value=error) from error
    geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    held = _held_columns(references, schema, geo, path)
    columns = tuple(
        _column(reference, name, held[reference], schema, geo, path)
        for reference, name in column_names(references).items()
    )
    srids = {
        column.name: _srid(geo["columns"][held[column.reference]], source)
        for column in columns
        if column.geometry
    }
    starts = [sum(groups[:number]) for number in range(len(groups))]
    box = box_of(source)
    if box is not None and "primary_column" not in geo:
        raise SourceError("A file without a geometry has no box", where=path,
                          hint="Take egr:box out of the mapping")  # fmt: skip
    inside = None if box is None else (geo["primary_column"], box)
    read = partial(_read, path=path, columns=columns, held=held, srids=srids, inside=inside)
    return Source(Parts(schema_of(columns), list(enumerate(starts)), read), columns)


def _held_columns(
    references: Sequence[str], schema: pa.Schema, geo: Mapping[str, Any], path: str
) -> dict[str, str]:
    """Give the file's column for each reference."""
    held = {}
    for reference in references:
        name = geo.get("primary_column", reference) if reference == GEOMETRY else reference
        if name not in schema.names:
            raise missing_reference(reference, schema.names, path)
        held[reference] = name
    return held


def _column(
    reference: str, name: str, held: str, schema: pa.Schema, geo: Mapping[str, Any], path: str
) -> Column:
    if held in geo.get("columns", {}):
        encoding = geo["columns"][held].get("encoding")
        if encoding != "WKB":
            raise SourceError("Geometry of this encoding is not read", where=f"{path}, {held}",
                              value=encoding, hint="Write the file with WKB geometry")  # fmt: skip
        return geometry_column(reference, name)
    kind = schema.field(held).type
    repeated = pa.types.is_list(kind)
    value = kind.value_type if repeated else kind
    return Column(reference, name, natural_datatype(value, f"{path}, {held}"), repeated)


def _srid(column: Mapping[str, Any], source: LogicalSource) -> int:
    """Give the SRID of a geometry column: no ``crs`` is CRS84, a null one is not known."""
    if "crs" not in column:
        return CRS84
    stated = source.option(EGR + "crs")
    if column["crs"] is not None:
        return srid_of_crs(pyproj.CRS.from_json_dict(column["crs"]))
    if stated is None:
        raise CRSError("The file says that its CRS is not known", where=str(source.file.path),
                       hint="Add egr:crs with a CRS IRI to the logical source")  # fmt: skip
    return srid_of(stated)


def _read(
    part: tuple[int, int],
    *,
    path: str,
    columns: tuple[Column, ...],
    held: Mapping[str, str],
    srids: Mapping[str, int],
    inside: tuple[str, tuple[float, float, float, float]] | None,
) -> Iterator[pa.RecordBatch]:
    """Read one row group."""
    group, row = part
    schema = schema_of(columns)
    wanted = sorted({*held.values(), *(() if inside is None else (inside[0],))})
    with pq.ParquetFile(path) as file:
        # A group of no columns would have no batches: read the first one for its row count
        for batch in file.iter_batches(
            row_groups=[group], columns=wanted or file.schema_arrow.names[:1]
        ):
            arrays = [
                with_srid(batch.column(held[column.reference]), srids[column.name])
                if column.geometry
                else natural_text(
                    batch.column(held[column.reference]), f"{path}, {column.reference}"
                )
                for column in columns
            ]
            made = pa.record_batch([*arrays, row_numbers(row, batch.num_rows)], schema=schema)
            yield (
                made
                if inside is None
                else made.filter(_touches(batch.column(inside[0]), inside[1]))
            )
            row += batch.num_rows


def _touches(wkb: pa.Array, box: tuple[float, float, float, float]) -> pa.Array:
    geometries = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
    return pa.array(shapely.intersects(geometries, shapely.box(*box)))

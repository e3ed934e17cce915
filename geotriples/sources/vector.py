"""Vector files through pyogrio's Arrow reader: one layer, the columns asked for, in batches."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely
from pyproj.exceptions import CRSError as ProjCRSError

from engine.protocol import Parts
from geosparql.crs import srid_of, srid_of_crs
from geosparql.errors import CRSError, SourceError
from geosparql.extras import module_of_extra
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import EGR
from geotriples.sources.ewkb import is_curved, with_srid
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
from geotriples.sources.vector_files import check_file, gdal_path
from geotriples.sources.vector_parts import (
    WHOLE,
    Numbers,
    Part,
    numbers_of,
    parts_of,
    selection,
)

GEOMETRY = "geometry"
FID = "fid"
BATCH_ROWS = 65_536
LONLAT_DRIVERS = frozenset({"GeoJSON", "GeoJSONSeq", "TopoJSON", "KML", "LIBKML", "GPX", "OSM"})
"""Drivers that say EPSG:4326 of coordinates that their format defines as CRS84."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What is read of a vector file; travels to where it is read."""

    path: str
    layer: str | None
    columns: tuple[str, ...]
    references: tuple[str, ...]
    geometry: bool
    fid: bool
    where_filter: str | None
    box: tuple[float, float, float, float] | None
    srid: int
    numbers: Numbers | None = None


def open_vector(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a layer of a vector file.

    Parameters
    ----------
    source
        The logical source. Its iterator names the layer where there are several;
        `egr:crs` gives the CRS of a file that states none, `egr:where` an OGR
        attribute filter, `egr:box` the box that features must touch.
    references
        Attribute names; ``geometry`` (or the layer's own name for it) is the
        geometry and ``fid`` the feature number.

    Returns
    -------
    Source
        In parts where the format allows to skip, see `geotriples.sources.vector_parts`.

    Raises
    ------
    SourceError
        Where the file, layer or an attribute is missing, or the file is broken.
    CRSError
        Where the geometry is asked for and its CRS is not known.
    """
    check_exists(source.file)
    check_file(source.file)
    path = gdal_path(source.file)
    info = _info(path, source.iterator)
    fields = list(info["fields"])
    geometry_names = {GEOMETRY, info["geometry_name"]} - {""} if info["geometry_type"] else set()
    plain = tuple(name for name in references if name in fields and name not in geometry_names)
    for reference in references:
        if reference not in plain and reference not in geometry_names | {FID}:
            raise missing_reference(reference, [*fields, *sorted(geometry_names), FID], path)
    geometry = any(name in geometry_names for name in references)
    layer = Layer(
        path=path, layer=source.iterator, columns=plain, references=tuple(references),
        geometry=geometry, fid=FID in references and FID not in plain,
        where_filter=source.option(EGR + "where"), box=box_of(source),
        srid=_srid(info, source) if geometry else 0,
    )  # fmt: skip
    columns = _columns(layer, geometry_names)
    schema = schema_of(columns)
    parts = [WHOLE] if layer.where_filter or layer.box else parts_of(info)
    if len(parts) > 1:
        with _reading(path) as pyogrio:
            layer = replace(layer, numbers=numbers_of(pyogrio, path, info))
    return Source(Parts(schema, parts, partial(_read, layer=layer, columns=columns)), columns)


def describe_layers(path: Path) -> list[tuple[str, list[str], bool]]:
    """Give name, attributes and whether there is geometry, of each layer of a vector file."""
    check_file(FileSource(path))
    with _reading(str(path)) as pyogrio:
        names = [str(row[0]) for row in pyogrio.list_layers(path)]
        found = []
        for name in names:
            info = pyogrio.read_info(path, layer=name, force_feature_count=False)
            found.append((name, list(info["fields"]), bool(info["geometry_type"])))
    return found


def layer_box(source: LogicalSource) -> shapely.Polygon | None:
    """Give the box of a layer in its CRS; None where its file has to be read to know."""
    info = _info(gdal_path(source.file), source.iterator)
    bounds = info["total_bounds"]
    return None if bounds is None else shapely.set_srid(shapely.box(*bounds), _srid(info, source))


def _pyogrio() -> ModuleType:
    return module_of_extra("pyogrio", "vector", "Vector files")


@contextmanager
def _reading(path: str) -> Iterator[ModuleType]:
    """Turn what GDAL finds wrong into a SourceError."""
    pyogrio = _pyogrio()
    try:
        with warnings.catch_warnings():
            # It says that M is not supported of geometries that come with their M
            warnings.filterwarnings("ignore", message="Measured .M. geometry types")
            yield pyogrio
    except pyogrio.errors.DataLayerError as error:
        layers = ", ".join(str(row[0]) for row in pyogrio.list_layers(path))
        raise SourceError("The layer cannot be read", where=path, value=error,
                          hint=f"Layers: {layers}; rml:iterator names one") from error  # fmt: skip
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.FieldError,
        pa.ArrowInvalid,
        OSError,
        RuntimeError,
    ) as error:
        raise SourceError(
            "The vector file cannot be read", where=path, value=error,
            hint="Check that it is whole and of a format that GDAL knows",
        ) from error  # fmt: skip


def _info(path: str, layer: str | None) -> Mapping[str, Any]:
    with _reading(path) as pyogrio:
        layers = [str(row[0]) for row in pyogrio.list_layers(path)]
        if layer is None and len(layers) > 1:
            raise SourceError("The file has several layers", where=path, value=", ".join(layers),
                              hint="Name one with rml:iterator")  # fmt: skip
        info: Mapping[str, Any] = pyogrio.read_info(path, layer=layer, force_feature_count=False)
    return info


def _srid(info: Mapping[str, Any], source: LogicalSource) -> int:
    """Give the SRID of a layer: what the file says, else what the mapping says."""
    stated = source.option(EGR + "crs")
    if info["crs"] is None:
        if stated is None:
            raise CRSError(
                "The file does not state its CRS", where=str(source.file.path),
                hint="Add the missing .prj file, or egr:crs with a CRS IRI to the logical source",
            )  # fmt: skip
        return srid_of(stated)
    if info["driver"] in LONLAT_DRIVERS and info["crs"] == "EPSG:4326":
        return 0
    try:
        return srid_of_crs(pyproj.CRS.from_user_input(info["crs"]))
    except (CRSError, ProjCRSError):
        if stated is not None:
            return srid_of(stated)
        raise


def _columns(layer: Layer, geometry_names: set[str]) -> tuple[Column, ...]:
    """Name the columns and find their datatypes by opening the layer once."""
    names = column_names(layer.references)
    with _reading(layer.path) as pyogrio, _arrow(pyogrio, layer, WHOLE, 1) as (_, reader):
        kinds = {field.name: field.type for field in reader.schema}
    columns = []
    for reference in layer.references:
        name = names[reference]
        if reference in layer.columns:
            kind = kinds[reference]
            repeated = pa.types.is_list(kind)
            datatype = natural_datatype(
                kind.value_type if repeated else kind, f"{layer.path}, {reference}"
            )
            columns.append(Column(reference, name, datatype, repeated))
        elif reference in geometry_names:
            columns.append(geometry_column(reference, name))
        else:
            columns.append(Column(reference, name, natural_datatype(pa.int64(), layer.path)))
    return tuple(columns)


def _arrow(pyogrio: ModuleType, layer: Layer, part: Part, batch_rows: int = BATCH_ROWS) -> Any:
    return pyogrio.open_arrow(
        layer.path, layer=layer.layer, columns=list(layer.columns),
        read_geometry=layer.geometry or layer.box is not None, bbox=layer.box,
        batch_size=batch_rows, return_fids=True, use_pyarrow=True,
        **selection(part, layer.numbers, layer.where_filter),
    )  # fmt: skip


def _read(part: Part, *, layer: Layer, columns: tuple[Column, ...]) -> Iterator[pa.RecordBatch]:
    """Read a range of features."""
    row, left = part
    schema = schema_of(columns)
    for geometry_name, batch in _batches(layer, part):
        rows = batch if left is None else batch.slice(0, left)
        arrays = [_array(rows, column, layer, geometry_name) for column in columns]
        yield pa.record_batch([*arrays, row_numbers(row, rows.num_rows)], schema=schema)
        row += rows.num_rows
        if left is not None:
            left -= rows.num_rows
            if left == 0:
                return


def _batches(layer: Layer, part: Part) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Give the name of the geometry column and each batch as GDAL gives it."""
    with _reading(layer.path) as pyogrio, _arrow(pyogrio, layer, part) as (meta, reader):
        for batch in reader:
            yield meta["geometry_name"] or "wkb_geometry", batch


def _array(batch: pa.RecordBatch, column: Column, layer: Layer, geometry_name: str) -> pa.Array:
    if column.geometry:
        values = batch.column(geometry_name)
        if isinstance(values, pa.ExtensionArray):
            values = values.storage
        return with_srid(_linear(values, batch.column(0), layer), layer.srid)
    if column.reference in layer.columns:
        # A whole number "id" of GeoJSON gives its name to the feature number as well
        place = batch.schema.get_all_field_indices(column.reference)[-1]
        return natural_text(batch.column(place), f"{layer.path}, {column.reference}")
    return natural_text(batch.column(0))


def _linear(wkb: pa.Array, fids: pa.Array, layer: Layer) -> pa.Array:
    """Give curves as lines: GDAL makes them so where it is asked feature by feature."""
    curved = is_curved(wkb)
    if not pc.any(curved).as_py():
        return wkb
    held = wkb.to_pylist()
    numbers = dict(zip(fids.to_pylist(), range(len(held)), strict=True))
    asked = fids.filter(curved).to_numpy()
    with _reading(layer.path) as pyogrio:
        _, found, geometries, _ = pyogrio.raw.read(
            layer.path, layer=layer.layer, columns=[], fids=asked, return_fids=True
        )
    for fid, geometry in zip(found.tolist(), geometries, strict=True):
        held[numbers[fid]] = geometry
    return pa.array(held, pa.binary())

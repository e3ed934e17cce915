"""Class rasters through rasterio: every region of equal class is a row."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyproj
import shapely
from pyproj.exceptions import CRSError as ProjCRSError

from engine.protocol import Parts
from geosparql.crs import srid_of, srid_of_crs
from geosparql.errors import CRSError, EngineUnavailableError, MappingError, SourceError
from geosparql.terms import XSD, XSD_STRING
from geotriples.mapping.model import LogicalSource
from geotriples.mapping.vocabulary import EGR
from geotriples.sources.cells import areas_m2, placed_corners
from geotriples.sources.files import check_exists
from geotriples.sources.lexical import natural_text
from geotriples.sources.regions import Regions, Strip, find_regions
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
MEASURES = {"class": "integer", "region": "integer", "pixel_count": "integer", "area_m2": "double"}
"""References that every class raster has, with their datatypes; besides ``geometry``."""
STRIP_PIXELS = 1 << 22
CLASS_VALUE = "value"


@dataclass(frozen=True, slots=True)
class ClassRaster:
    """What is read of a raster; travels to where it is read."""

    path: str
    band: int
    connectivity: int
    minimum_pixels: int
    srid: int
    table: tuple[tuple[int, tuple[tuple[str, str], ...]], ...]
    """Class value to the further columns of the class table."""


def open_class_raster(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a band of a raster as regions of equal class.

    Parameters
    ----------
    source
        The logical source, with the options `egr:band`, `egr:connectivity`,
        `egr:minimumPixels`, `egr:classTable` and `egr:crs`.
    references
        ``class`` (the pixel value), ``region`` (number of the region's first pixel
        in reading order: a key within the raster), ``pixel_count``, ``area_m2``
        (geodesic on a geographic CRS, in the plane on a projected one),
        ``geometry``, and the columns of the class table.

    Returns
    -------
    Source
        One part. Pixels without data make no region.

    Raises
    ------
    SourceError
        Where the raster, the class table or a reference is missing or broken.
    CRSError
        Where the CRS is not known.
    MappingError
        Where an option has a wrong value.
    """
    check_exists(source.file)
    path = str(source.file.path)
    table, table_columns = _class_table(source.option(EGR + "classTable"))
    known = [*MEASURES, GEOMETRY, *table_columns]
    for reference in references:
        if reference not in known:
            raise missing_reference(reference, known, path)
    with _dataset(path) as dataset:
        raster = ClassRaster(
            path=path,
            band=_number(source, "band", 1, range(1, dataset.count + 1)),
            connectivity=_number(source, "connectivity", 4, (4, 8)),
            minimum_pixels=_number(source, "minimumPixels", 1),
            srid=_srid(dataset, source),
            table=table,
        )
    columns = tuple(
        _column(reference, name) for reference, name in column_names(references).items()
    )
    return Source(Parts(schema_of(columns), [raster], partial(_read, columns=columns)), columns)


def _rasterio() -> ModuleType:
    try:
        import rasterio
    except ImportError as error:
        raise EngineUnavailableError(
            "Rasters need rasterio", hint='pip install "earthgraph[raster]"'
        ) from error
    module: ModuleType = rasterio
    return module


@contextmanager
def _dataset(path: str) -> Iterator[Any]:
    """Open a raster; what GDAL finds wrong becomes a SourceError."""
    rasterio = _rasterio()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            dataset = rasterio.open(path)
        with dataset:
            if dataset.transform.is_identity:
                raise SourceError(
                    "The raster has no place on the ground", where=path,
                    hint="Give it a geotransform, for instance with a world file",
                )  # fmt: skip
            yield dataset
    except rasterio.errors.RasterioError as error:
        raise SourceError(
            "The raster cannot be read", where=path, value=error,
            hint="Check that it is whole and of a format that GDAL knows",
        ) from error  # fmt: skip


def _number(
    source: LogicalSource, name: str, default: int, allowed: Sequence[int] | None = None
) -> int:
    stated = source.option(EGR + name)
    if stated is None:
        return default
    number = int(stated) if stated.isdigit() else -1
    if number < 0 or (allowed is not None and number not in allowed):
        hint = (
            "Give a whole number"
            if allowed is None
            else f"Give one of {', '.join(map(str, allowed))}"
        )
        raise MappingError(
            f"egr:{name} is not allowed here", where=source.where, value=stated, hint=hint
        )
    return number


def _srid(dataset: Any, source: LogicalSource) -> int:
    stated = source.option(EGR + "crs")
    if stated is not None and not dataset.crs:
        return srid_of(stated)
    if not dataset.crs:
        raise CRSError("The raster does not state its CRS", where=dataset.name,
                       hint="Add egr:crs with a CRS IRI to the logical source")  # fmt: skip
    try:
        return srid_of_crs(pyproj.CRS.from_wkt(dataset.crs.to_wkt()))
    except (CRSError, ProjCRSError):
        if stated is not None:
            return srid_of(stated)
        raise


def _class_table(
    path: str | None,
) -> tuple[tuple[tuple[int, tuple[tuple[str, str], ...]], ...], list[str]]:
    """Read a class table; give its rows by class value and the names of its columns."""
    if path is None:
        return (), []
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
        rows = list(csv.DictReader(lines, strict=True))
        names = [
            name
            for name in (rows[0] if rows else {})
            if name not in {CLASS_VALUE, *MEASURES, GEOMETRY}
        ]
        table = tuple(
            (int(row[CLASS_VALUE]), tuple((name, row[name]) for name in names)) for row in rows
        )
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, ValueError, TypeError) as error:
        raise SourceError(
            "The class table cannot be read", where=path, value=error,
            hint=f"It is a CSV file with a column {CLASS_VALUE!r} of whole numbers",
        ) from error  # fmt: skip
    return table, names


def _column(reference: str, name: str) -> Column:
    if reference == GEOMETRY:
        return geometry_column(reference, name)
    datatype = XSD + MEASURES[reference] if reference in MEASURES else XSD_STRING
    return Column(reference, name, datatype)


def _read(raster: ClassRaster, *, columns: tuple[Column, ...]) -> Iterator[pa.RecordBatch]:
    """Read a raster from the top to the bottom."""
    row, schema = 0, schema_of(columns)
    with _dataset(raster.path) as dataset:
        for regions in find_regions(_strips(dataset, raster.band), raster.connectivity):
            pixels = shapely.area(regions.polygons)
            enough = pixels >= raster.minimum_pixels
            measures = _measures(
                regions.take(enough), pixels[enough], raster, dataset.transform, dataset.width
            )
            arrays = [_array(column, measures, raster) for column in columns]
            count = int(enough.sum())
            yield pa.record_batch([*arrays, row_numbers(row, count)], schema=schema)
            row += count


def _strips(dataset: Any, band: int) -> Iterator[Strip]:
    """Give strips of whole blocks; memory is that of some four million pixels."""
    from rasterio.windows import Window

    block_rows = dataset.block_shapes[band - 1][0]
    rows = max(1, STRIP_PIXELS // dataset.width // block_rows) * block_rows
    for first in range(0, dataset.height, rows):
        window = Window(0, first, dataset.width, min(rows, dataset.height - first))
        classes = dataset.read(band, window=window)
        valid = dataset.read_masks(band, window=window) > 0
        yield Strip(first, _whole_numbers(classes, valid, dataset.name), valid)


def _whole_numbers(
    classes: npt.NDArray[Any], valid: npt.NDArray[np.bool_], path: str
) -> npt.NDArray[Any]:
    """Give classes in a type that GDAL can polygonize."""
    if classes.dtype in (np.uint8, np.int16, np.uint16, np.int32):
        return classes
    held = classes[valid]
    limits = np.iinfo(np.int32)
    if held.size and (
        np.any(held != np.floor(held)) or held.min() < limits.min or held.max() > limits.max
    ):
        raise SourceError(
            "The band has values that are no classes", where=path, value=classes.dtype,
            hint="Classes are whole numbers of 32 bits",
        )  # fmt: skip
    return np.where(valid, classes, 0).astype(np.int32)


def _measures(
    regions: Regions,
    pixels: npt.NDArray[np.float64],
    raster: ClassRaster,
    transform: Any,
    width: int,
) -> Mapping[str, pa.Array]:
    """Give what is known of regions, by reference."""
    placed = shapely.transform(regions.polygons, lambda corners: placed_corners(corners, transform))
    ewkb = shapely.to_wkb(shapely.set_srid(placed, raster.srid), include_srid=True)
    areas = areas_m2(regions.polygons, pixels, transform, raster.srid)
    return {
        "class": pa.array(regions.classes),
        "region": pa.array(_first_pixels(regions.polygons, width)),
        "pixel_count": pa.array(pixels.astype(np.int64)),
        "area_m2": pa.array(areas),
        GEOMETRY: pa.array(ewkb, pa.binary()),
    }


def _first_pixels(polygons: npt.NDArray[np.object_], width: int) -> npt.NDArray[np.int64]:
    """Give the number of each region's first pixel: its topmost, then leftmost corner."""
    corners, region = shapely.get_coordinates(polygons, return_index=True)
    numbers = (corners[:, 1] * (width + 1) + corners[:, 0]).astype(np.int64)
    first = np.full(len(polygons), np.iinfo(np.int64).max)
    np.minimum.at(first, region, numbers)
    rows, columns = np.divmod(first, width + 1)
    result: npt.NDArray[np.int64] = rows * width + columns
    return result


def _array(column: Column, measures: Mapping[str, pa.Array], raster: ClassRaster) -> pa.Array:
    if column.geometry:
        return measures[GEOMETRY]
    if column.reference in MEASURES:
        return natural_text(measures[column.reference])
    labels = {value: dict(row)[column.reference] for value, row in raster.table}
    return pa.array([labels.get(value) for value in measures["class"].to_pylist()], pa.string())

"""Class rasters: every region of equal class is a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from engine.protocol import Parts
from geosparql.terms import XSD, XSD_STRING
from geotriples.mapping.logical_source import LogicalSource
from geotriples.sources.areas import areas_m2, placed_corners, placed_polygons
from geotriples.sources.class_tables import ClassTable, open_class_table
from geotriples.sources.confidence import Confidence, find_confidence
from geotriples.sources.coverage import simplified
from geotriples.sources.ewkb import polygons_ewkb, with_srid
from geotriples.sources.growing import Regions, all_regions
from geotriples.sources.lexical import natural_text
from geotriples.sources.raster_file import (
    Band,
    check_place,
    find_band,
    opened_raster,
    raster_srid,
    size,
    strip_windows,
    whole_number,
)
from geotriples.sources.regions import Strip, find_regions
from geotriples.sources.source import (
    Column,
    Source,
    column_names,
    geometry_column,
    missing_reference,
    schema_of,
)

GEOMETRY = "geometry"
MEASURES = {"class": "integer", "region": "integer", "pixel_count": "integer", "area_m2": "double"}
Floats = npt.NDArray[np.float64]
Pixels = tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class ClassRaster:
    """What is read of a raster; travels to where it is read."""

    band: Band
    srid: int
    confidence: Confidence | None
    table: ClassTable
    connectivity: int = 4
    sieve_pixels: int = 0
    minimum_pixels: int = 0
    minimum_m2: float = 0
    tolerance: float = 0

    @property
    def measures(self) -> Mapping[str, str]:
        """References that its rows have, with their datatypes; besides the geometry."""
        return MEASURES if self.confidence is None else MEASURES | {"confidence": "double"}


def open_class_raster(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a band of a raster as regions of equal class.

    Parameters
    ----------
    source
        The logical source, with the options of class rasters
        (`geotriples.mapping.vocabulary.EGR`).
    references
        ``class`` (the pixel value), ``region`` (number of the region's first pixel
        in reading order: a key within the raster), ``pixel_count``, ``area_m2``
        (geodesic on a geographic CRS, in the plane on a projected one),
        ``confidence``, ``geometry``, and the columns of the class table.

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
    band = find_band(source)
    with opened_raster(band.path) as dataset:
        check_place(dataset)
        raster = ClassRaster(
            band=band,
            srid=raster_srid(dataset, source),
            confidence=find_confidence(source, dataset),
            table=open_class_table(source, dataset, band),
            connectivity=whole_number(source, "connectivity", 4, (4, 8)),
            sieve_pixels=whole_number(source, "sievePixels", 0),
            minimum_pixels=whole_number(source, "minimumPixels", 0),
            minimum_m2=size(source, "minimumArea"),
            tolerance=size(source, "simplify"),
        )
    columns = raster_columns(references, raster.measures, raster.table, band.path)
    return Source(Parts(schema_of(columns), [raster], partial(_read, columns=columns)), columns)


def class_columns(source: LogicalSource) -> tuple[str, ...]:
    """Give the columns of the class table of a raster."""
    band = find_band(source)
    with opened_raster(band.path) as dataset:
        names = open_class_table(source, dataset, band).names
    return tuple(name for name in names if name not in MEASURES)


def raster_columns(
    references: Sequence[str], measures: Mapping[str, str], table: ClassTable, path: str
) -> tuple[Column, ...]:
    """Name the columns of references to measures, the geometry and a class table."""
    known = list(dict.fromkeys([*measures, GEOMETRY, *table.names]))
    columns = []
    for reference, name in column_names(references).items():
        if reference not in known:
            raise missing_reference(reference, known, path)
        datatype = XSD + measures[reference] if reference in measures else XSD_STRING
        is_geometry = reference == GEOMETRY
        columns.append(
            geometry_column(reference, name) if is_geometry else Column(reference, name, datatype)
        )
    return tuple(columns)


def raster_batch(
    columns: Sequence[Column], values: Mapping[str, pa.Array], table: ClassTable, key: str
) -> pa.RecordBatch:
    """Give a batch of rows: values by reference; one of them, a whole number, is the row's key."""
    classes = values["class"].to_numpy()
    arrays = [
        table.texts(classes, column.reference)
        if column.reference not in values
        else values[column.reference]
        if column.geometry
        else natural_text(values[column.reference])
        for column in columns
    ]
    return pa.record_batch([*arrays, values[key].cast(pa.int64())], schema=schema_of(columns))


def _read(raster: ClassRaster, *, columns: tuple[Column, ...]) -> Iterator[pa.RecordBatch]:
    """Read a raster from the top to the bottom."""
    with opened_raster(raster.band.path) as dataset:
        for regions, geometries in _placed(dataset, raster):
            values = _values(regions, raster, dataset) | {GEOMETRY: geometries}
            yield raster_batch(columns, values, raster.table, "region")


def _placed(dataset: Any, raster: ClassRaster) -> Iterator[tuple[Regions, pa.Array]]:
    """Give regions and their geometries; simplified, once the last of them is known."""
    chosen = _chosen(dataset, raster)
    if raster.tolerance == 0:
        for regions in chosen:
            yield regions, _exact(regions, dataset.transform, raster.srid)
        return
    every = list(chosen)
    if every:
        regions = all_regions(every)
        simple = simplified(regions.polygons, dataset.transform, raster.tolerance)
        yield regions, _ewkb(regions.gathered(simple), raster.srid)


def _exact(regions: Regions, transform: Any, srid: int) -> pa.Array:
    polygons = regions.polygons
    if len(polygons) == len(regions.classes):
        places = placed_corners(polygons, transform)
        return polygons_ewkb(places, polygons.rings, polygons.polygons, srid)
    return _ewkb(regions.gathered(placed_polygons(polygons, transform)), srid)


def _ewkb(geometries: npt.NDArray[np.object_], srid: int) -> pa.Array:
    return with_srid(pa.array(shapely.to_wkb(geometries), pa.binary()), srid)


def _chosen(dataset: Any, raster: ClassRaster) -> Iterator[Regions]:
    """Find the regions that are large enough."""
    for regions in find_regions(_strips(dataset, raster), raster.connectivity):
        enough = regions.sums[:, 0] >= raster.minimum_pixels
        if raster.minimum_m2:
            enough &= _areas(regions, raster, dataset.transform) >= raster.minimum_m2
        if enough.any():
            yield from regions.take(enough).portions()


def _strips(dataset: Any, raster: ClassRaster) -> Iterator[Strip]:
    """Give strips of whole blocks; a sieve looks at the whole band at once."""
    with ExitStack() as opened:
        confidence = raster.confidence
        other = confidence and opened.enter_context(opened_raster(confidence.band.path))
        whole = _sieved(dataset, raster) if raster.sieve_pixels > 1 else None
        for window in strip_windows(dataset):
            rows = slice(window.row_off, window.row_off + window.height)
            classes, valid = (
                raster.band.classes(dataset, window)
                if whole is None
                else (whole[0][rows], whole[1][rows])
            )
            values = () if confidence is None else confidence.values(other, window)
            yield Strip(window.row_off, classes, valid, values)


def _sieved(dataset: Any, raster: ClassRaster) -> Pixels:
    """Give regions of too few pixels the class of their largest neighbour."""
    from rasterio import features

    classes, valid = raster.band.classes(dataset, None)
    connectivity = raster.connectivity
    return features.sieve(classes, raster.sieve_pixels, None, valid, connectivity), valid


def _areas(regions: Regions, raster: ClassRaster, transform: Any) -> Floats:
    """Give the areas of regions in square metres."""
    polygons = areas_m2(regions.polygons, regions.polygons.pixel_counts(), transform, raster.srid)
    areas: Floats = np.add.reduceat(polygons, regions.starts[:-1])
    return areas


def _values(regions: Regions, raster: ClassRaster, dataset: Any) -> dict[str, pa.Array]:
    """Give what is known of regions, by reference."""
    values = {
        "class": pa.array(regions.classes),
        "region": pa.array(first_pixels(regions, dataset.width)),
        "pixel_count": pa.array(regions.sums[:, 0]),
        "area_m2": pa.array(_areas(regions, raster, dataset.transform)),
    }
    if raster.confidence is not None:
        values["confidence"] = raster.confidence.means(*regions.sums[:, 1:].T)
    return values


def first_pixels(regions: Regions, width: int) -> npt.NDArray[np.int64]:
    """Give the number of each region's first pixel in reading order."""
    columns, rows = regions.polygons.corners[regions.polygons.starts[regions.starts[:-1]]].T
    numbers: npt.NDArray[np.int64] = rows.astype(np.int64) * width + columns
    return numbers

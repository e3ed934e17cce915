"""Rasters summed up within the features of another source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from engine.protocol import Parts
from geosparql.crs import is_geographic, transform
from geosparql.errors import MappingError, SourceError
from geosparql.terms import XSD
from geotriples.mapping.logical_source import LogicalSource
from geotriples.mapping.vocabulary import EGR
from geotriples.sources.areas import row_areas_m2
from geotriples.sources.class_tables import ClassTable, open_class_table
from geotriples.sources.confidence import Confidence, find_confidence
from geotriples.sources.lexical import natural_text
from geotriples.sources.raster_file import Band, check_place, find_band, opened_raster, raster_srid
from geotriples.sources.source import (
    ROW,
    Column,
    Source,
    column_names,
    missing_reference,
    schema_of,
)
from geotriples.sources.table import open_source
from geotriples.sources.zone_sums import Sums, beside, zone_sums

ZONE = "zone."
"""Before the references of the features."""
MEASURES = {"pixel_count": "integer", "area_m2": "double"}
OF_CLASSES = {"class": "integer", "share": "double"}
OF_VALUES = {"mean": "double", "min": "double", "max": "double"}
CLASS_BITS = 16


@dataclass(frozen=True, slots=True)
class ZoneRaster:
    """What is read of a raster; travels to where it is read."""

    band: Band
    srid: int
    value: Confidence | None
    by_class: bool
    table: ClassTable


def open_raster_zones(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a raster as its sums within the features of another source.

    Parameters
    ----------
    source
        The logical source, with the options of rasters and `egr:zones`.
    references
        ``pixel_count`` and ``area_m2`` of the pixels whose centres lie within the
        feature; ``class``, ``share`` (of the feature's pixels with data) and the
        columns of the class table where rows are by class; ``mean``, ``min`` and
        ``max`` of the value band; ``zone.x`` is the reference ``x`` of the features.

    Returns
    -------
    Source
        The parts of the features. A feature without pixels with data gives no row.

    Raises
    ------
    SourceError
        Where the raster, the features or a reference are missing or broken.
    MappingError
        Where an option has a wrong value or there are no zones.
    """
    if source.zones is None:
        raise MappingError("The zones are missing", where=source.where,
                           hint="Give a logical source of features with egr:zones")  # fmt: skip
    raster = _raster(source)
    measures = (
        MEASURES | (OF_CLASSES if raster.by_class else {}) | (OF_VALUES if raster.value else {})
    )
    inner = [name.removeprefix(ZONE) for name in references if name.startswith(ZONE)]
    zones = open_source(source.zones, list(dict.fromkeys(["geometry", *inner])))
    columns = []
    for reference, name in column_names(references).items():
        if reference.startswith(ZONE):
            of_zone = zones.column(reference.removeprefix(ZONE))
            columns.append(
                Column(reference, name, of_zone.datatype, of_zone.repeated, of_zone.geometry)
            )
        elif reference in measures:
            columns.append(Column(reference, name, XSD + measures[reference]))
        elif raster.by_class and reference in raster.table.names:
            columns.append(Column(reference, name, XSD + "string"))
        else:
            known = [*measures, *raster.table.names, "zone.…"]
            raise missing_reference(reference, known, raster.band.path)
    read = partial(_read, raster=raster, zones=zones, columns=tuple(columns))
    return Source(Parts(schema_of(columns), zones.parts.parts, read), tuple(columns), zones.files)


def _raster(source: LogicalSource) -> ZoneRaster:
    by = source.option(EGR + "by") or "class"
    if by not in ("class", "zone"):
        raise MappingError("egr:by is not allowed here", where=source.where, value=by,
                           hint="Rows are by class or by zone")  # fmt: skip
    band = find_band(source)
    with opened_raster(band.path) as dataset:
        check_place(dataset)
        srid, affine = raster_srid(dataset, source), dataset.transform
        if is_geographic(srid) and (affine.b or affine.d):
            raise SourceError("The raster is turned, in degrees", where=band.path,
                              hint="Warp it to north up first (gdalwarp)")  # fmt: skip
        value = find_confidence(source, dataset, "valueBand")
        if value is None and by == "zone":
            at = band.number - 1
            value = Confidence(band, dataset.scales[at], dataset.offsets[at])
        return ZoneRaster(band, srid, value, by == "class", open_class_table(source, dataset, band))


def _read(
    part: Any, *, raster: ZoneRaster, zones: Source, columns: tuple[Column, ...]
) -> Iterator[pa.RecordBatch]:
    """Read a part of the features, and of the raster what lies within them."""
    with ExitStack() as opened:
        dataset = opened.enter_context(opened_raster(raster.band.path))
        value = raster.value
        other = value and opened.enter_context(opened_raster(value.band.path))
        areas = row_areas_m2(dataset.height, dataset.transform, raster.srid)
        for batch in zones.parts.read(part):
            ewkb = batch.column(zones.column("geometry").name).to_numpy(zero_copy_only=False)
            placed = transform(shapely.from_wkb(ewkb, on_invalid="ignore"), raster.srid).values
            found = [
                zone_sums(geometry, raster, (dataset, other), areas)
                for geometry in _in_pixels(placed, dataset.transform)
            ]
            yield _batch(batch, found, raster, zones, columns)


def _in_pixels(geometries: npt.NDArray[np.object_], affine: Any) -> npt.NDArray[np.object_]:
    back = ~affine
    matrix, shift = np.array([[back.a, back.d], [back.b, back.e]]), [back.c, back.f]
    moved: npt.NDArray[np.object_] = shapely.transform(geometries, lambda xy: xy @ matrix + shift)
    return moved


def _batch(
    batch: pa.RecordBatch,
    found: Sequence[Sums],
    raster: ZoneRaster,
    zones: Source,
    columns: Sequence[Column],
) -> pa.RecordBatch:
    """Give a row for each class of each feature, or for each feature."""
    counts = [len(sums.classes) for sums in found]
    zone_of = pa.array(np.repeat(np.arange(len(counts)), counts))
    sums = beside(found)
    known = np.repeat([one.counts.sum() for one in found], counts)
    values: dict[str, pa.Array] = {
        "class": pa.array(sums.classes), "pixel_count": pa.array(sums.counts),
        "area_m2": pa.array(sums.areas_m2), "share": pa.array(sums.counts / known),
    }  # fmt: skip
    if raster.value is not None:
        absent = sums.known == 0
        values |= {"mean": raster.value.means(sums.sums, sums.known),
                   "min": pa.array(raster.value.scaled(sums.least), mask=absent),
                   "max": pa.array(raster.value.scaled(sums.most), mask=absent)}  # fmt: skip
    arrays = []
    for column in columns:
        if column.reference.startswith(ZONE):
            name = zones.column(column.reference.removeprefix(ZONE)).name
            arrays.append(batch.column(name).take(zone_of))
        elif column.reference in values:
            arrays.append(natural_text(values[column.reference]))
        else:
            arrays.append(raster.table.texts(sums.classes, column.reference))
    ordinal = np.arange(len(zone_of)) - np.repeat(np.cumsum([0, *counts])[:-1], counts)
    rows = batch.column(ROW).to_numpy()[zone_of.to_numpy()] << CLASS_BITS | ordinal
    return pa.record_batch([*arrays, pa.array(rows, pa.int64())], schema=schema_of(columns))

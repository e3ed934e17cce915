"""Class rasters cell by cell: every pixel, or block of pixels, is a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.protocol import Parts
from geotriples.mapping.logical_source import LogicalSource
from geotriples.sources.areas import areas_m2, placed_corners
from geotriples.sources.class_tables import ClassTable, open_class_table
from geotriples.sources.confidence import Confidence, find_confidence
from geotriples.sources.ewkb import polygons_ewkb
from geotriples.sources.raster import GEOMETRY, raster_batch, raster_columns
from geotriples.sources.raster_file import (
    Band,
    check_place,
    find_band,
    opened_raster,
    raster_srid,
    strip_windows,
    whole_number,
)
from geotriples.sources.rings import Polygons
from geotriples.sources.source import Column, Source, schema_of

MEASURES = {
    "class": "integer", "cell": "integer", "pixel_count": "integer", "share": "double",
    "area_m2": "double",
}  # fmt: skip
BATCH_ROWS = 65_536
Pixels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CellRaster:
    """What is read of a raster; travels to where it is read."""

    band: Band
    srid: int
    confidence: Confidence | None
    table: ClassTable
    block: int


def open_raster_cells(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a band of a raster as cells.

    Parameters
    ----------
    source
        The logical source, with the options of rasters; `egr:block` is the side of a
        cell in pixels.
    references
        ``class`` (of most pixels, the smallest such), ``cell`` (number of its first
        pixel in reading order: a key within the raster), ``pixel_count`` (pixels of
        the class), ``share`` (of them among those with data), ``area_m2`` and
        ``geometry`` of the whole cell, ``confidence`` over the pixels of the class,
        and the columns of the class table.

    Returns
    -------
    Source
        Parts of whole rows of cells. Cells without data are no rows.

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
        block = max(1, whole_number(source, "block", 1))
        raster = CellRaster(
            band, raster_srid(dataset, source), find_confidence(source, dataset),
            open_class_table(source, dataset, band), block,
        )  # fmt: skip
        windows = list(strip_windows(dataset, block))
    measures = MEASURES | ({"confidence": "double"} if raster.confidence else {})
    columns = raster_columns(references, measures, raster.table, band.path)
    read = partial(_read, raster=raster, columns=columns)
    return Source(Parts(schema_of(columns), windows, read), columns)


def _read(
    window: Any, *, raster: CellRaster, columns: tuple[Column, ...]
) -> Iterator[pa.RecordBatch]:
    """Read whole rows of cells."""
    with ExitStack() as opened:
        dataset = opened.enter_context(opened_raster(raster.band.path))
        classes, valid = raster.band.classes(dataset, window)
        values: tuple[Pixels, ...] = ()
        if raster.confidence is not None:
            other = opened.enter_context(opened_raster(raster.confidence.band.path))
            values = raster.confidence.values(other, window)
        width, transform = dataset.width, dataset.transform
    found = _largest_classes(classes, valid, values, raster.block)
    for start in range(0, len(found.classes), BATCH_ROWS):
        some = slice(start, start + BATCH_ROWS)
        squares = _squares(found.cells[some], classes.shape, window.row_off, raster.block)
        columns_of, rows_of = squares.corners[::5].T.astype(np.int64)
        areas = areas_m2(squares, squares.pixel_counts(), transform, raster.srid)
        places = placed_corners(squares, transform)
        cells: dict[str, pa.Array] = {
            "class": pa.array(found.classes[some]),
            "cell": pa.array(rows_of * width + columns_of),
            "pixel_count": pa.array(found.counts[some]),
            "share": pa.array(found.counts[some] / found.known[some]),
            "area_m2": pa.array(areas),
            GEOMETRY: polygons_ewkb(places, squares.rings, squares.polygons, raster.srid),
        }
        if raster.confidence is not None:
            cells["confidence"] = raster.confidence.means(*found.sums[some].T)
        yield raster_batch(columns, cells, raster.table, "cell")


@dataclass(frozen=True, slots=True)
class _Cells:
    """Cells with data, in reading order: their class, its pixels, all pixels with data, sums."""

    cells: Pixels
    classes: Pixels
    counts: Pixels
    known: Pixels
    sums: Pixels


def _largest_classes(
    classes: npt.NDArray[Any],
    valid: npt.NDArray[np.bool_],
    values: Sequence[Pixels],
    block: int,
) -> _Cells:
    """Find the class of most pixels of each cell, and sum values up over those pixels."""
    rows, columns = np.nonzero(valid)
    cell_of = rows // block * -(-classes.shape[1] // block) + columns // block
    held, class_of = np.unique(classes[valid], return_inverse=True)
    keys, pair_of, counts = np.unique(
        cell_of * len(held) + class_of, return_inverse=True, return_counts=True
    )
    cells, kinds = np.divmod(keys, max(1, len(held)))
    order = np.lexsort((kinds, -counts, cells))
    firsts = np.flatnonzero(np.diff(cells[order], prepend=-1))
    sums = [np.bincount(pair_of, one[valid], len(keys)).astype(np.int64) for one in values]
    chosen = order[firsts]
    return _Cells(
        cells=cells[chosen],
        classes=held[kinds[chosen]].astype(np.int64),
        counts=counts[chosen],
        known=np.add.reduceat(counts, firsts) if len(firsts) else counts,
        sums=np.array([one[chosen] for one in sums], np.int64).reshape(len(sums), len(chosen)).T,
    )


def _squares(cells: Pixels, shape: tuple[int, ...], first_row: int, block: int) -> Polygons:
    """Give cells as polygons; those at the border of the raster are cut by it."""
    rows, columns = np.divmod(cells, -(-shape[1] // block))
    left, top = columns * block, rows * block
    right, bottom = np.minimum(left + block, shape[1]), np.minimum(top + block, shape[0])
    around = ((left, top), (left, bottom), (right, bottom), (right, top), (left, top))
    corners = np.array(around, np.int32).transpose(2, 0, 1).reshape(-1, 2)
    corners[:, 1] += first_row
    return Polygons(corners, 5 * np.arange(len(cells) + 1), np.arange(len(cells) + 1))

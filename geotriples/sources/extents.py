"""Where a source lies on the ground, as far as its file says so without being read."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely

from geosparql.crs import bounds_crs84
from geosparql.errors import CRSError
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import CLASS_RASTER, RASTER_CELLS, RASTER_ZONES, VECTOR
from geotriples.sources.raster_file import opened_raster, raster_srid, variable_path
from geotriples.sources.table import PARQUET_SUFFIXES
from geotriples.sources.vector import layer_box

Box = tuple[float, float, float, float]
"""West, south, east and north in CRS84 degrees."""

RASTERS = (CLASS_RASTER, RASTER_CELLS, RASTER_ZONES)


def extent_of(source: LogicalSource) -> Box | None:
    """Give the box of a vector file or raster; None where its file does not tell."""
    file = source.source
    if not isinstance(file, FileSource) or file.url is not None:
        return None
    try:
        if source.formulation in RASTERS:
            place = _outline(source)
        elif source.formulation == VECTOR and file.path.suffix.lower() not in PARQUET_SUFFIXES:
            place = layer_box(source)
        else:
            return None
    except CRSError:
        return None  # whose coordinates are not asked for need not state what they mean
    west, south, east, north = map(float, bounds_crs84(np.array([place], dtype=object))[0])
    return (west, south, east, north) if np.isfinite(west) else None


def around(boxes: Iterable[Box]) -> Box:
    """Give the box around boxes."""
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _outline(source: LogicalSource) -> shapely.Polygon:
    """Give the outline of a raster, which may be turned, in its CRS."""
    path = variable_path(str(source.file.path), source.iterator)
    with opened_raster(path) as dataset:
        w, h = dataset.width, dataset.height
        pixels = ((0, 0), (0, w), (h, w), (h, 0))
        corners = [dataset.xy(row, column, offset="ul") for row, column in pixels]
        return shapely.set_srid(shapely.Polygon(corners), raster_srid(dataset, source))

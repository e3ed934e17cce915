"""Rings on the globe to polygons in longitude/latitude: over the antimeridian, around a pole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

DECIMALS = 10
"""Decimals of a degree (0.01 mm) that outlines of grid cells are kept to."""


def ring_polygons(lon: Any, lat: Any) -> Any:
    """Give the polygons inside rings on the globe.

    Parameters
    ----------
    lon, lat
        (n, m) degrees, the first position of a ring not repeated; neighbours are less
        than 180 degrees of longitude apart, the shorter way being meant.

    Returns
    -------
    ndarray
        (n,) geometries within -180 to 180. A ring over the antimeridian gives a
        multipolygon cut there; a ring around a pole, along which the longitude must not
        turn back, runs on along the antimeridian and the pole.
    """
    step = (np.diff(lon, append=lon[:, :1]) + 180) % 360 - 180
    around = np.rint(step.sum(axis=1) / 360) != 0
    unwrapped = lon[:, :1] + np.concatenate([0 * step[:, :1], step[:, :-1].cumsum(axis=1)], axis=1)
    unwrapped = np.round(unwrapped, DECIMALS)
    unwrapped -= 360 * np.floor((unwrapped.min(axis=1, keepdims=True) + 180) / 360)
    result = np.empty(len(lon), dtype=object)
    result[~around] = shapely.polygons(np.stack([unwrapped[~around], lat[~around]], axis=-1))
    for row in np.flatnonzero(around):
        result[row] = _polar_cap(lon[row], lat[row])
    for row in np.flatnonzero(~around & (unwrapped.max(axis=1) > 180)):
        result[row] = _cut(result[row])
    return result


def _cut(polygon: shapely.Polygon) -> shapely.MultiPolygon:
    """Cut a polygon that goes on beyond 180 at the antimeridian."""
    west = shapely.intersection(polygon, shapely.box(-180, -90, 180, 90))
    east = shapely.intersection(polygon, shapely.box(180, -90, 540, 90))
    moved = shapely.transform(east, lambda positions: positions - [360, 0])
    parts = [*shapely.get_parts(moved), *shapely.get_parts(west)]
    return shapely.multipolygons([part for part in parts if part.geom_type == "Polygon"])


def _polar_cap(lon: Any, lat: Any) -> shapely.Polygon:
    lon = (lon + 180) % 360 - 180
    seam = np.interp(180, lon, lat, period=360)
    order = np.argsort(lon)
    lon, lat = lon[order], lat[order]
    inner = lon > -180
    pole = np.copysign(90.0, lat.mean())
    along = zip(lon[inner], lat[inner], strict=True)
    return shapely.Polygon([(-180, pole), (-180, seam), *along, (180, seam), (180, pole)])


def one_geometry(polygons: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """Give the union of grid cells, the corners that they share put on each other."""
    if not polygons:
        return shapely.Polygon()
    if len(polygons) == 1:
        return polygons[0]
    return shapely.union_all(polygons, grid_size=10.0**-DECIMALS)

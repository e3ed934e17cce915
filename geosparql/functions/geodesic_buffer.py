"""Buffers of a radius in metres around geometries in degrees longitude/latitude.

A point's buffer is the ring of positions at that geodesic distance. Any other
geometry is buffered on a plane: the azimuthal equidistant projection of the
ellipsoid around its middle, made with Karney's geodesics. A geometry that reaches
farther than `_REACH_M` from its middle is cut into tiles, and the buffers of the
tiles are united: so the width is right within (reach / earth radius)^2 / 6, less than
2e-4. A quarter circle has `QUADRANT_SEGMENTS` segments: its chords lie at most 0.12 %
of the radius inside the true buffer.

A negative radius takes the buffer of the boundary away from the polygons.

The result has longitudes from -180 to 180: a buffer over the antimeridian is cut
there in two, one around a pole reaches to it in full width.
"""

from __future__ import annotations

import numpy as np
import pyproj
import shapely

from geosparql.functions.edges import Floats, without_empty_parts
from geosparql.functions.geodesic import are_lonlat
from geosparql.functions.rows import Column

QUADRANT_SEGMENTS = 16
GREATEST_RADIUS_M = 9_000_000.0
_REACH_M = 200_000.0
_LONGEST_EDGE_DEG = 0.05
_LONGEST_EDGE_M = 2_000.0


def buffers(geometries: Column, radius_m: Floats, geod: pyproj.Geod) -> Column:
    """Give the buffers of geometries in degrees longitude/latitude.

    Parameters
    ----------
    geometries
        (n,) geometries, none of them null.
    radius_m
        (n,) metres, at most `GREATEST_RADIUS_M` either way.
    geod
        Ellipsoid of their CRS.

    Returns
    -------
    ndarray
        (n,) polygons or multipolygons, empty ones too; None where positions are no
        longitude and latitude.
    """
    result = np.full(len(geometries), shapely.Polygon(), dtype=object)
    usable = are_lonlat(geometries)
    result[~usable] = None
    full = usable & ~shapely.is_empty(geometries)
    grown = np.flatnonzero(full & (radius_m > 0))
    result[grown] = _grown(geometries[grown], radius_m[grown], geod)
    shrunk = np.flatnonzero(full & (radius_m < 0) & (shapely.get_dimensions(geometries) == 2))
    areas = shapely.buffer(geometries[shrunk], 0)
    rims = _grown(shapely.boundary(areas), -radius_m[shrunk], geod)
    result[shrunk] = shapely.difference(areas, rims)
    same = full & (radius_m == 0)
    result[same] = shapely.buffer(geometries[same], 0)
    return result


def _grown(geometries: Column, radius_m: Floats, geod: pyproj.Geod) -> Column:
    """Buffer by positive radii, large geometries tile by tile."""
    whole = [[g] for g in geometries]
    tiles = [
        _tiles(g, geod) if wide else one
        for g, one, wide in zip(geometries, whole, _is_wide(geometries, geod), strict=True)
    ]
    owner = np.repeat(np.arange(len(tiles)), [len(t) for t in tiles])
    pieces = np.array([tile for some in tiles for tile in some], dtype=object)
    local = _buffered_tiles(pieces, radius_m[owner], geod)
    result = np.full(len(tiles), None, dtype=object)
    single = np.bincount(owner, minlength=len(tiles)) == 1
    result[owner[single[owner]]] = local[single[owner]]
    for row in np.flatnonzero(~single):
        result[row] = shapely.union_all(local[owner == row])
    return result


def _is_wide(geometries: Column, geod: pyproj.Geod) -> Column:
    """Tell which geometries reach farther from their middle than the projection is good for."""
    west, south, east, north = shapely.bounds(geometries).T
    nearest_equator = np.where(south * north <= 0, 0.0, np.minimum(np.abs(south), np.abs(north)))
    height_m = np.radians(north - south) * geod.a
    width_m = np.radians(east - west) * np.cos(np.radians(nearest_equator)) * geod.a
    wide: Column = np.hypot(height_m, width_m) > 2 * _REACH_M
    return wide


def _tiles(geometry: shapely.Geometry, geod: pyproj.Geod) -> list[shapely.Geometry]:
    """Cut a geometry in halves, across its longer side, until no part is wide."""
    if shapely.is_empty(geometry):
        return []
    if geometry.geom_type == "MultiPoint":
        return list(geometry.geoms)
    if not _is_wide(np.array([geometry]), geod)[0]:
        return [geometry]
    west, south, east, north = geometry.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    if (east - west) * np.cos(np.radians(lat)) > north - south:
        boxes = shapely.box([west, lon], south, [lon, east], north)
    else:
        boxes = shapely.box(west, [south, lat], east, [lat, north])
    return [tile for half in shapely.intersection(geometry, boxes) for tile in _tiles(half, geod)]


def _buffered_tiles(geometries: Column, radius_m: Floats, geod: pyproj.Geod) -> Column:
    """Buffer small geometries, each on the plane around its own middle."""
    west, south, east, north = shapely.bounds(geometries).T
    middles = np.column_stack([(west + east) / 2, (south + north) / 2])
    flat = shapely.force_2d(without_empty_parts(geometries))  # GEOS crashes on empty parts below
    fine = shapely.segmentize(flat, _LONGEST_EDGE_DEG)
    on_plane = shapely.buffer(
        _projected(fine, middles, geod), radius_m, quad_segs=QUADRANT_SEGMENTS
    )
    chords_m = np.maximum(_LONGEST_EDGE_M, radius_m / 10)
    on_plane = shapely.segmentize(on_plane, chords_m)
    return _unprojected(on_plane, middles, geod)


def _projected(geometries: Column, middles: Floats, geod: pyproj.Geod) -> Column:
    """Project to azimuthal equidistant planes, metres around the `middles`."""
    lonlat, owner = shapely.get_coordinates(geometries, return_index=True)
    center = middles[owner]
    azimuth_deg, _, distance_m = geod.inv(center[:, 0], center[:, 1], lonlat[:, 0], lonlat[:, 1])
    azimuth = np.radians(azimuth_deg)
    xy = np.column_stack([np.sin(azimuth), np.cos(azimuth)]) * distance_m[:, None]
    return shapely.set_coordinates(geometries.copy(), xy)  # type: ignore[no-any-return]


def _unprojected(polygons: Column, middles: Floats, geod: pyproj.Geod) -> Column:
    """Bring polygons back from their planes, to longitudes from -180 to 180."""
    xy, owner = shapely.get_coordinates(polygons, return_index=True)
    lonlat = _lonlat(xy, middles[owner], geod)
    result: Column = shapely.set_coordinates(polygons.copy(), lonlat)
    outside = np.zeros(len(polygons), dtype=bool)
    outside[owner[np.abs(lonlat[:, 0]) > 180.0]] = True
    for row in np.flatnonzero(outside | _holds_pole(polygons, middles, geod)):
        result[row] = _on_globe(result[row])
    return result


def _lonlat(xy: Floats, middles: Floats, geod: pyproj.Geod) -> Floats:
    """Give positions of planes as longitude/latitude; longitudes within 180 of the middle's."""
    azimuth = np.degrees(np.arctan2(xy[:, 0], xy[:, 1]))
    lon, lat, _ = geod.fwd(middles[:, 0], middles[:, 1], azimuth, np.hypot(xy[:, 0], xy[:, 1]))
    lon = middles[:, 0] + (lon - middles[:, 0] + 180.0) % 360.0 - 180.0
    return np.column_stack([lon, lat])


def _holds_pole(polygons: Column, middles: Floats, geod: pyproj.Geod) -> Column:
    """Tell which polygons on planes hold the north or the south pole."""
    found = np.zeros(len(polygons), dtype=bool)
    for lat, north in ((90.0, 1.0), (-90.0, -1.0)):
        lats = np.full(len(polygons), lat)
        distance_m = geod.inv(middles[:, 0], middles[:, 1], middles[:, 0], lats)[2]
        found |= shapely.intersects_xy(polygons, 0.0, north * distance_m)
    return found


def _on_globe(geometry: shapely.Geometry) -> shapely.Geometry:
    """Give a polygon whose rings leave -180 to 180, or go around a pole, as it is on the globe."""
    parts = []
    for polygon in shapely.get_parts(geometry):
        shell, *holes = (_ring_on_globe(ring) for ring in shapely.get_rings(polygon))
        parts.append(shapely.difference(shell, shapely.union_all(holes)) if holes else shell)
    return shapely.union_all(parts)


def _ring_on_globe(ring: shapely.LinearRing) -> shapely.Geometry:
    """Give the area inside a ring, closed over the pole where the ring goes around it."""
    lon, lat = shapely.get_coordinates(ring).T
    lon = np.unwrap(lon, period=360.0)
    if abs(lon[-1] - lon[0]) > 180.0:
        lon, lat = _closed_over_pole(lon, lat)
    area = shapely.buffer(shapely.Polygon(np.column_stack([lon, lat])), 0)
    turns = np.arange(np.floor((lon.min() + 180) / 360), np.ceil((lon.max() - 180) / 360) + 1)
    parts = [
        shapely.transform(
            shapely.intersection(area, shapely.box(turn * 360 - 180, -90, turn * 360 + 180, 90)),
            lambda xy, turn=turn: xy - [turn * 360, 0],
        )
        for turn in turns
    ]
    return shapely.union_all(parts)


def _closed_over_pole(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Let a ring around a pole begin and end on the antimeridian, and go along the pole between."""
    turns = (lon + 180.0) / 360.0
    here = np.flatnonzero(np.floor(turns[1:]) != np.floor(turns[:-1]))[0]
    crossed = max(np.floor(turns[here]), np.floor(turns[here + 1]))
    share = (crossed - turns[here]) / (turns[here + 1] - turns[here])
    crossing_lat = lat[here] + share * (lat[here + 1] - lat[here])
    around = lon[-1] - lon[0]
    lon = np.concatenate([lon[here + 1 :], lon[1 : here + 1] + around])
    lon -= 360.0 * (crossed if around > 0 else crossed - 1)
    lat = np.concatenate([lat[here + 1 :], lat[1 : here + 1]])
    begin, pole = -np.copysign(180.0, around), np.copysign(90.0, lat.mean())
    return (
        np.concatenate([[begin], lon, [-begin, -begin, begin]]),
        np.concatenate([[crossing_lat], lat, [crossing_lat, pole, pole]]),
    )

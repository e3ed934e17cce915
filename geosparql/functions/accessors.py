"""What a geometry says of itself: dimensions, type, CRS, extent, parts (requirements 39 and 40)."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa
import shapely

from geosparql.crs_codes import crs_iri_of
from geosparql.functions.edges import simple_parts
from geosparql.functions.rows import Column, evaluate
from geosparql.outcome import Outcome
from geosparql.vocabulary import SF

_TYPE_NAMES = (
    "Point", "LineString", "LinearRing", "Polygon",
    "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection",
)  # fmt: skip
"""Local names of the sf: classes by shapely's type number."""
_COLLECTION = 7


def dimension(geometry: Column) -> Outcome:
    """Give the topological dimension: 0 points, 1 lines, 2 areas; the largest of a collection.

    Parameters
    ----------
    geometry
        Geometry column. An empty geometry has the dimension of its type.

    Returns
    -------
    Outcome
        n integers.
    """
    return evaluate(_dimension, geometry, returns=pa.int64())


def coordinate_dimension(geometry: Column) -> Outcome:
    """Give the number of coordinates of a position: 2, 3 (Z or M) or 4; n integers."""
    return evaluate(_coordinate_dimension, geometry, returns=pa.int64())


def spatial_dimension(geometry: Column) -> Outcome:
    """Give the number of spatial axes of a position: 2, or 3 with Z; n integers."""
    return evaluate(lambda g: np.where(shapely.has_z(g), 3, 2), geometry, returns=pa.int64())


def is_empty(geometry: Column) -> Outcome:
    """Tell whether a geometry has no positions; n booleans."""
    return evaluate(shapely.is_empty, geometry, returns=pa.bool_())


def is_simple(geometry: Column) -> Outcome:
    """Tell whether a geometry nowhere cuts or touches itself; n booleans.

    A collection is simple where all its parts are (GEOS does not decide collections).
    """
    return evaluate(_is_simple, geometry, returns=pa.bool_())


def is_3d(geometry: Column) -> Outcome:
    """Tell whether positions have a Z coordinate; n booleans."""
    return evaluate(shapely.has_z, geometry, returns=pa.bool_())


def is_measured(geometry: Column) -> Outcome:
    """Tell whether positions have an M coordinate; n booleans."""
    return evaluate(shapely.has_m, geometry, returns=pa.bool_())


def geometry_type(geometry: Column) -> Outcome:
    """Give the IRI of the sf: class of a geometry, as xsd:anyURI; n texts."""
    iris = np.array([SF + name for name in _TYPE_NAMES], dtype=object)
    return evaluate(lambda g: iris[shapely.get_type_id(g)], geometry, returns=pa.string())


def get_srid(geometry: Column) -> Outcome:
    """Give the IRI of the CRS of a geometry, as xsd:anyURI; n texts."""

    def kernel(geometries: Column) -> Column:
        srids, rows = np.unique(shapely.get_srid(geometries), return_inverse=True)
        iris = np.array([crs_iri_of(int(srid)) for srid in srids], dtype=object)
        return iris[rows]

    return evaluate(kernel, geometry, returns=pa.string())


def num_geometries(geometry: Column) -> Outcome:
    """Give the number of parts of a collection: 1 of an atomic geometry, 0 of an empty one."""
    return evaluate(shapely.get_num_geometries, geometry, returns=pa.int64())


def _extreme(geometry: Column, *, axis: int, largest: bool) -> Outcome:
    """Give the smallest or largest coordinate on an axis, in the units of the CRS; n doubles."""
    place = axis + (2 if largest else 0)

    def kernel(geometries: Column) -> Column:
        bounds: Column = shapely.bounds(geometries)
        return bounds[:, place]

    return evaluate(kernel, geometry, returns=pa.float64())


def _extreme_z(geometry: Column, *, largest: bool) -> Outcome:
    """Give the smallest or largest height; null without Z."""
    choose = np.fmax if largest else np.fmin

    def kernel(geometries: Column) -> Column:
        xyz, owner = shapely.get_coordinates(geometries, include_z=True, return_index=True)
        result = np.full(len(geometries), np.nan)
        choose.at(result, owner, xyz[:, 2])
        return result

    missing = "the geometry has no Z coordinates"
    return evaluate(kernel, geometry, returns=pa.float64(), missing=missing)


min_x = partial(_extreme, axis=0, largest=False)
min_y = partial(_extreme, axis=1, largest=False)
max_x = partial(_extreme, axis=0, largest=True)
max_y = partial(_extreme, axis=1, largest=True)
min_z = partial(_extreme_z, largest=False)
max_z = partial(_extreme_z, largest=True)


def _dimension(geometries: Column) -> Column:
    # GEOS gives -1 for an empty collection; the standard knows no negative dimension.
    found: Column = np.maximum(shapely.get_dimensions(geometries), 0)
    return found


def _coordinate_dimension(geometries: Column) -> Column:
    found: Column = (
        2 + shapely.has_z(geometries).astype(int) + shapely.has_m(geometries).astype(int)
    )
    return found


def _is_simple(geometries: Column) -> Column:
    found: Column = shapely.is_simple(geometries)
    collections = np.flatnonzero(shapely.get_type_id(geometries) == _COLLECTION)
    parts, owner = simple_parts(geometries[collections])
    found[collections] = True
    found[collections[owner[~shapely.is_simple(parts)]]] = False
    return found

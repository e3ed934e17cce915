"""The 74 functions of GeoSPARQL 1.1 (OGC 22-047r1) in one table.

Requirements: 19, 24, 29, 34, 38 serializers; 39 query functions of Simple Features; 40
those that are new in 1.1; 44 aggregates; 45 relate; 46 to 48 the relations.
"""

from __future__ import annotations

from functools import partial

from geosparql.crs_codes import CRS84_IRI
from geosparql.functions import accessors as ac
from geosparql.functions import aggregates as ag
from geosparql.functions import constructors as co
from geosparql.functions import measures as me
from geosparql.functions import serializers as se
from geosparql.functions.function import GEOMETRY, Argument, Example, Function
from geosparql.functions.relation_rows import RELATION_FUNCTIONS
from geosparql.functions.topology import relate
from geosparql.terms import IRI, XSD, Literal, Term
from geosparql.vocabulary import (
    GEO_DGGS_LITERAL,
    GEO_GEOJSON_LITERAL,
    GEO_GML_LITERAL,
    GEO_KML_LITERAL,
    GEO_WKT_LITERAL,
    SF,
    UOM,
)

_BOOLEAN, _DOUBLE, _INTEGER, _URI = (XSD + n for n in ("boolean", "double", "integer", "anyURI"))
_ONE = (Argument("geometry", "geometry"),)
_TWO = (Argument("geometry1", "geometry"), Argument("geometry2", "geometry"))
_UNIT = (Argument("unit", "iri"),)
_RADIUS = (Argument("radius", "double"),)
_RATIO = (Argument("ratio", "double", optional=True),)
_METRE, _DEGREE = IRI(UOM + "metre"), IRI(UOM + "degree")


def _wkt(text: str) -> Literal:
    return Literal(text, GEO_WKT_LITERAL)


def _example(*arguments: str | float | Term, gives: str | float, of: str) -> Example:
    """Make an example; a text is WKT."""
    return Example(tuple(_term(argument) for argument in arguments), Literal(_lexical(gives), of))


def _term(value: str | float | Term) -> Term:
    match value:
        case str():
            return _wkt(value)
        case int():
            return Literal(str(value), _INTEGER)
        case float():
            return Literal(repr(value), _DOUBLE)
    return value


def _lexical(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_SQUARE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
_SHIFTED = "POLYGON ((2 0, 6 0, 6 4, 2 4, 2 0))"
_ANGLE = "LINESTRING (0 0, 4 0, 4 3)"
_POINTS = "MULTIPOINT ((0 0), (4 0), (4 4), (0 4))"
_SPACE = "POINT Z (1 2 3)"
_CELL = "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
_PROJECTED = "<http://www.opengis.net/def/crs/EPSG/0/3857> "
_MAP = _PROJECTED + "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"
_SMALLER_MAP = _PROJECTED + "POLYGON ((1 1, 9 1, 9 9, 1 9, 1 1))"
_AUSPIX = "https://w3id.org/dggs/auspix"
_CELLS = f"<{_AUSPIX}> CELLLIST ((R312 R4))"
_WKT = GEO_WKT_LITERAL

_TOPOLOGY = (
    Function("relate", "relate", relate, (*_TWO, Argument("pattern", "string")), _BOOLEAN, 45,
             "Tells whether the DE-9IM matrix of two geometries matches a pattern.",
             _example(_SQUARE, _SHIFTED, Literal("T*T***T**"), gives=True, of=_BOOLEAN)),
)  # fmt: skip

_CONSTRUCTORS = (
    Function("boundary", "boundary", co.boundary, _ONE, GEOMETRY, 39,
             "Gives the boundary of a geometry.",
             _example(_ANGLE, gives="MULTIPOINT ((0 0), (4 3))", of=_WKT)),
    Function("boundingCircle", "bounding_circle", co.bounding_circle, _ONE, GEOMETRY, 39,
             "Gives the smallest circle around a geometry, as a polygon of 64 sides outside of it.",
             _example("POINT (1 2)", gives="POINT (1 2)", of=_WKT)),
    Function("metricBuffer", "metric_buffer", co.metric_buffer, (*_ONE, *_RADIUS), GEOMETRY, 39,
             "Gives the positions within a number of metres of a geometry.",
             _example(_MAP, -1.0, gives=_SMALLER_MAP, of=_WKT)),
    Function("buffer", "buffer", co.buffer, (*_ONE, *_RADIUS, *_UNIT), GEOMETRY, 39,
             "Gives the positions within a distance of a geometry.",
             _example(_MAP, -1.0, _METRE, gives=_SMALLER_MAP, of=_WKT)),
    Function("centroid", "centroid", co.centroid, _ONE, GEOMETRY, 39,
             "Gives the centroid of a geometry.",
             _example(_SQUARE, gives="POINT (2 2)", of=_WKT)),
    Function("convexHull", "convex_hull", co.convex_hull, _ONE, GEOMETRY, 39,
             "Gives the convex hull of a geometry.",
             _example(_POINTS, gives=_SQUARE, of=_WKT)),
    Function("concaveHull", "concave_hull", co.concave_hull, (*_ONE, *_RATIO), GEOMETRY, 39,
             "Gives a concave hull without holes; ratio 0 is the most concave, 1 the convex hull, "
             f"{co.CONCAVE_HULL_RATIO} is used where none is given.",
             _example(_POINTS, 1.0, gives=_SQUARE, of=_WKT)),
    Function("difference", "difference", co.difference, _TWO, GEOMETRY, 39,
             "Gives the positions in the first geometry that are not in the second.",
             _example(_SQUARE, _SHIFTED, gives="POLYGON ((0 0, 2 0, 2 4, 0 4, 0 0))", of=_WKT)),
    Function("envelope", "envelope", co.envelope, _ONE, GEOMETRY, 39,
             "Gives the smallest box, along the axes, around a geometry.",
             _example(_POINTS, gives=_SQUARE, of=_WKT)),
    Function("intersection", "intersection", co.intersection, _TWO, GEOMETRY, 39,
             "Gives the positions that are in both geometries.",
             _example(_SQUARE, _SHIFTED, gives="POLYGON ((2 0, 4 0, 4 4, 2 4, 2 0))", of=_WKT)),
    Function("symDifference", "sym_difference", co.sym_difference, _TWO, GEOMETRY, 39,
             "Gives the positions that are in just one of two geometries.",
             _example(_SQUARE, _SHIFTED, of=_WKT, gives=
                      "MULTIPOLYGON (((0 0, 2 0, 2 4, 0 4, 0 0)), ((4 0, 6 0, 6 4, 4 4, 4 0)))")),
    Function("transform", "transform", co.transform, (*_ONE, Argument("crs", "iri")), GEOMETRY, 39,
             "Transforms a geometry to another CRS.",
             _example("POINT (5 52)", IRI("http://www.opengis.net/def/crs/EPSG/0/4326"), of=_WKT,
                      gives="<http://www.opengis.net/def/crs/EPSG/0/4326> POINT (52 5)")),
    Function("union", "union", co.union, _TWO, GEOMETRY, 39,
             "Gives the positions that are in either geometry.",
             _example(_SQUARE, _SHIFTED, gives="POLYGON ((0 0, 6 0, 6 4, 0 4, 0 0))", of=_WKT)),
    Function("geometryN", "geometry_n", co.geometry_n, (*_ONE, Argument("number", "integer")),
             GEOMETRY, 40,
             "Gives the n-th geometry of a collection, counted from 1; else the geometry itself.",
             _example(_POINTS, 2, gives="POINT (4 0)", of=_WKT)),
)  # fmt: skip

_ACCESSORS = (
    Function("coordinateDimension", "coordinate_dimension", ac.coordinate_dimension, _ONE,
             _INTEGER, 39, "Gives the number of coordinates of a position, measures too.",
             _example("POINT ZM (1 2 3 4)", gives=4, of=_INTEGER)),
    Function("dimension", "dimension", ac.dimension, _ONE, _INTEGER, 39,
             "Gives the topological dimension: 0 points, 1 lines, 2 areas.",
             _example(_SQUARE, gives=2, of=_INTEGER)),
    Function("geometryType", "geometry_type", ac.geometry_type, _ONE, _URI, 39,
             "Gives the IRI of the Simple Features class of a geometry.",
             _example(_SQUARE, gives=SF + "Polygon", of=_URI)),
    Function("getSRID", "get_srid", ac.get_srid, _ONE, _URI, 39,
             "Gives the IRI of the CRS of a geometry.",
             _example("POINT (1 2)", gives=CRS84_IRI, of=_URI)),
    Function("is3D", "is_3d", ac.is_3d, _ONE, _BOOLEAN, 39,
             "Tells whether a geometry has Z coordinates.",
             _example(_SPACE, gives=True, of=_BOOLEAN)),
    Function("isEmpty", "is_empty", ac.is_empty, _ONE, _BOOLEAN, 39,
             "Tells whether a geometry has no positions.",
             _example("POINT EMPTY", gives=True, of=_BOOLEAN)),
    Function("isMeasured", "is_measured", ac.is_measured, _ONE, _BOOLEAN, 39,
             "Tells whether a geometry has M coordinates.",
             _example("POINT M (1 2 3)", gives=True, of=_BOOLEAN)),
    Function("isSimple", "is_simple", ac.is_simple, _ONE, _BOOLEAN, 39,
             "Tells whether a geometry nowhere cuts or touches itself.",
             _example("LINESTRING (0 0, 2 2, 2 0, 0 2)", gives=False, of=_BOOLEAN)),
    Function("spatialDimension", "spatial_dimension", ac.spatial_dimension, _ONE, _INTEGER, 39,
             "Gives the number of spatial axes of a position, 2 or 3.",
             _example("POINT ZM (1 2 3 4)", gives=3, of=_INTEGER)),
    Function("numGeometries", "num_geometries", ac.num_geometries, _ONE, _INTEGER, 40,
             "Gives the number of geometries in a collection, 1 for any other geometry.",
             _example(_POINTS, gives=4, of=_INTEGER)),
    Function("maxX", "max_x", ac.max_x, _ONE, _DOUBLE, 40,
             "Gives the largest easting or longitude.", _example(_ANGLE, gives=4.0, of=_DOUBLE)),
    Function("maxY", "max_y", ac.max_y, _ONE, _DOUBLE, 40,
             "Gives the largest northing or latitude.", _example(_ANGLE, gives=3.0, of=_DOUBLE)),
    Function("maxZ", "max_z", ac.max_z, _ONE, _DOUBLE, 40,
             "Gives the largest Z coordinate.", _example(_SPACE, gives=3.0, of=_DOUBLE)),
    Function("minX", "min_x", ac.min_x, _ONE, _DOUBLE, 40,
             "Gives the smallest easting or longitude.", _example(_ANGLE, gives=0.0, of=_DOUBLE)),
    Function("minY", "min_y", ac.min_y, _ONE, _DOUBLE, 40,
             "Gives the smallest northing or latitude.", _example(_ANGLE, gives=0.0, of=_DOUBLE)),
    Function("minZ", "min_z", ac.min_z, _ONE, _DOUBLE, 40,
             "Gives the smallest Z coordinate.", _example(_SPACE, gives=3.0, of=_DOUBLE)),
)  # fmt: skip

_MEASURES = (
    Function("metricDistance", "metric_distance", me.metric_distance, _TWO, _DOUBLE, 39,
             "Gives the shortest distance in metres, geodesic on a geographic CRS.",
             _example("POINT (0 0)", "POINT (1 0)", gives=111319.49079327357, of=_DOUBLE)),
    Function("distance", "distance", me.distance, (*_TWO, *_UNIT), _DOUBLE, 39,
             "Gives the shortest distance in a unit of length or angle.",
             _example("POINT (0 0)", "POINT (3 4)", _DEGREE, gives=5.0, of=_DOUBLE)),
    Function("metricLength", "metric_length", me.metric_length, _ONE, _DOUBLE, 40,
             "Gives the length of lines, or of the boundary of polygons, in metres.",
             _example("LINESTRING (0 0, 1 0)", gives=111319.49079327357, of=_DOUBLE)),
    Function("length", "length", me.length, (*_ONE, *_UNIT), _DOUBLE, 40,
             "Gives the length of lines, or of the boundary of polygons.",
             _example(_ANGLE, _DEGREE, gives=7.0, of=_DOUBLE)),
    Function("metricPerimeter", "metric_perimeter", me.metric_perimeter, _ONE, _DOUBLE, 40,
             "Gives the length of the boundary of polygons, else of lines, in metres.",
             _example(_MAP, gives=40.0, of=_DOUBLE)),
    Function("perimeter", "perimeter", me.perimeter, (*_ONE, *_UNIT), _DOUBLE, 40,
             "Gives the length of the boundary of polygons, else of lines.",
             _example(_SQUARE, _DEGREE, gives=16.0, of=_DOUBLE)),
    Function("metricArea", "metric_area", me.metric_area, _ONE, _DOUBLE, 40,
             "Gives the area of polygons in square metres, 0 for all else.",
             _example(_CELL, gives=12308778361.469452, of=_DOUBLE)),
    Function("area", "area", me.area, (*_ONE, *_UNIT), _DOUBLE, 40,
             "Gives the area of polygons in a unit, or in the square of a unit of length or angle.",
             _example(_MAP, _METRE, gives=100.0, of=_DOUBLE)),
)  # fmt: skip

_SERIALIZERS = (
    Function("asWKT", "as_wkt", partial(se.as_literal, datatype=GEO_WKT_LITERAL), _ONE,
             GEO_WKT_LITERAL, 19, "Writes a geometry as WKT, in its own CRS.",
             _example("POINT (1 2)", gives="POINT (1 2)", of=GEO_WKT_LITERAL)),
    Function("asGML", "as_gml", se.as_gml, (*_ONE, Argument("profile", "string", optional=True)),
             GEO_GML_LITERAL, 24, "Writes a geometry as GML 3.2, in its own CRS.",
             _example("POINT (1 2)", Literal("3.2"), of=GEO_GML_LITERAL, gives=
                      '<gml:Point xmlns:gml="http://www.opengis.net/gml/3.2" '
                      'srsName="http://www.opengis.net/def/crs/OGC/1.3/CRS84">'
                      "<gml:pos>1 2</gml:pos></gml:Point>")),
    Function("asGeoJSON", "as_geojson", partial(se.as_literal, datatype=GEO_GEOJSON_LITERAL), _ONE,
             GEO_GEOJSON_LITERAL, 29, "Writes a geometry as GeoJSON, in CRS84.",
             _example("POINT (1 2)", gives='{"type":"Point","coordinates":[1.0,2.0]}',
                      of=GEO_GEOJSON_LITERAL)),
    Function("asKML", "as_kml", partial(se.as_literal, datatype=GEO_KML_LITERAL), _ONE,
             GEO_KML_LITERAL, 34, "Writes a geometry as KML, in CRS84.",
             _example("POINT (1 2)", of=GEO_KML_LITERAL, gives=
                      '<Point xmlns="http://www.opengis.net/kml/2.2">'
                      "<coordinates>1,2</coordinates></Point>")),
    Function("asDGGS", "as_dggs", se.as_dggs, (*_ONE, Argument("grid", "iri")),
             GEO_DGGS_LITERAL, 38,
             "Writes the cells of a discrete global grid that cover a geometry.",
             _example(Literal(_CELLS, GEO_DGGS_LITERAL), IRI(_AUSPIX), gives=_CELLS,
                      of=GEO_DGGS_LITERAL)),
)  # fmt: skip

_GROUP = ("POINT (0 0)", "POINT (4 0)", "POINT (4 4)", "POINT (0 4)")
_AGGREGATES = (
    Function("aggBoundingBox", "agg_bounding_box", ag.bounding_box, _ONE, GEOMETRY, 44,
             "Gives the smallest box around all geometries.",
             _example(*_GROUP, gives=_SQUARE, of=_WKT), True, ("aggboundingBox",)),
    Function("aggBoundingCircle", "agg_bounding_circle", ag.bounding_circle, _ONE, GEOMETRY, 44,
             "Gives the smallest circle around all geometries.",
             _example("POINT (1 2)", "POINT (1 2)", gives="POINT (1 2)", of=_WKT), True,
             ("aggboundingCircle",)),
    Function("aggCentroid", "agg_centroid", ag.centroid, _ONE, GEOMETRY, 44,
             "Gives the centroid of all geometries together.",
             _example(*_GROUP, gives="POINT (2 2)", of=_WKT), True),
    Function("aggConcaveHull", "agg_concave_hull", ag.concave_hull, (*_ONE, *_RATIO), GEOMETRY, 44,
             "Gives a concave hull of all geometries; `ratio` is that of concaveHull.",
             _example("POINT (0 0)", "POINT (4 0)", "POINT (0 4)",
                      gives="POLYGON ((0 0, 4 0, 0 4, 0 0))", of=_WKT), True),
    Function("aggConvexHull", "agg_convex_hull", ag.convex_hull, _ONE, GEOMETRY, 44,
             "Gives the convex hull of all geometries.",
             _example(*_GROUP, gives=_SQUARE, of=_WKT), True),
    Function("aggUnion", "agg_union", ag.union, _ONE, GEOMETRY, 44,
             "Gives the union of all geometries.",
             _example(_SQUARE, _SHIFTED, gives="POLYGON ((0 0, 6 0, 6 4, 0 4, 0 0))", of=_WKT),
             True),
)  # fmt: skip

FUNCTIONS: tuple[Function, ...] = (
    *RELATION_FUNCTIONS,
    *_TOPOLOGY,
    *_CONSTRUCTORS,
    *_ACCESSORS,
    *_MEASURES,
    *_SERIALIZERS,
    *_AGGREGATES,
)
"""Every function, by group."""

FUNCTION_BY_IRI = {iri: function for function in FUNCTIONS for iri in function.iris}
"""Every function under each of its IRIs."""
FUNCTION_BY_NAME = {function.name: function for function in FUNCTIONS}

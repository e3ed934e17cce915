"""Functions of geometries: every geof: function, and those of GeoTriples (rrxf:)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from engine.function_columns import geometries_of
from engine.functions import engine_functions, engine_name
from engine.protocol import EngineFunction
from geosparql.crs_codes import crs_iri_of
from geosparql.functions.function import ArgumentKind
from geosparql.functions.function import Function as GeoFunction
from geosparql.functions.table import FUNCTION_BY_NAME, FUNCTIONS
from geosparql.terms import XSD
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.functions.function import Function, Kind, Output, Parameter
from geotriples.mapping.vocabulary import EGR, RRXF

_KINDS: dict[ArgumentKind, Kind] = {
    "geometry": "geometry", "double": "double", "integer": "integer", "string": "string",
    "iri": "string",
}  # fmt: skip
_RESULTS: dict[str, Kind] = {
    "geometry": "geometry", XSD + "boolean": "boolean", XSD + "integer": "integer",
    XSD + "double": "double",
}  # fmt: skip
RESULT_OUT = EGR + "result"
"""The only output of these functions, which a mapping need not name."""

OGC_FUNCTIONS = "http://www.opengis.net/def/geosparql/functions/"
"""A namespace that GeoTriples takes for that of geof: functions."""
STRDF_WKT = "http://strdf.di.uoa.gr/ontology#WKT"


@cache
def _engine_calls() -> dict[str, EngineFunction]:
    return {function.name: function for function in engine_functions()}


@dataclass(frozen=True, slots=True)
class _GeoCall:
    """A GeoSPARQL function with as many arguments as it is given."""

    name: str

    def __call__(self, *arrays: pa.Array) -> pa.Array:
        function = FUNCTION_BY_NAME[self.name]
        return _engine_calls()[engine_name(function, len(arrays))].call(*arrays)


def _row(function: GeoFunction) -> Function:
    kind = _RESULTS.get(function.result, "string")
    parameters = tuple(
        Parameter((EGR + argument.name,), _KINDS[argument.kind], argument.optional)
        for argument in function.arguments
    )
    datatype = function.result if kind == "string" else ""
    return Function(
        function.iris, _GeoCall(function.name), parameters,
        (Output((RESULT_OUT,), kind, datatype),), function.description,
        gives_null="on failure",
    )  # fmt: skip


def _planar(kernel: Callable[..., Any]) -> Callable[..., pa.Array]:
    """Give a measure of shapely over arrays of EWKB; null where there is no finite number."""

    def call(*arrays: pa.Array) -> pa.Array:
        found = np.asarray(kernel(*(geometries_of(array) for array in arrays)), dtype=np.float64)
        return pa.array(np.where(np.isfinite(found), found, np.nan), from_pandas=True)

    return call


def _strdf(geometry: pa.Array) -> pa.Array:
    """Write WKT with the CRS behind it."""
    shapes = geometries_of(geometry)
    texts = shapely.to_wkt(shapes, rounding_precision=-1)
    srids = shapely.get_srid(shapes).tolist()
    return pa.array(
        [
            None if text is None else f"{text};{crs_iri_of(srid)}"
            for text, srid in zip(texts.tolist(), srids, strict=True)
        ],
        pa.string(),
    )


def _rrxf(
    name: str, call: Any, kinds: tuple[Kind, ...], output: Output | Kind, description: str,
    *other_iris: str,
) -> Function:  # fmt: skip
    names = ("geometry",) if kinds == ("geometry",) else tuple(f"p{n + 1}" for n in range(9))
    parameters = tuple(
        Parameter((EGR + given,), kind) for given, kind in zip(names, kinds, strict=False)
    )
    found = output if isinstance(output, Output) else Output((RESULT_OUT,), output)
    return Function(
        (RRXF + name, *other_iris), call, parameters, (found,), description, gives_null="on failure"
    )


_ONE: tuple[Kind, ...] = ("geometry",)
_TWO: tuple[Kind, ...] = ("geometry", "geometry")
_NUMBERS: tuple[Kind, ...] = ("double", "double")
_WKT_OUT = Output((RESULT_OUT,), "geometry", GEO_WKT_LITERAL)
_RELATIONS = (
    "contains", "equals", "intersects", "disjoint", "within", "touches", "crosses", "overlaps",
)  # fmt: skip


def _relation(name: str) -> Function:
    function = FUNCTION_BY_NAME[f"sf_{name}"]
    return _rrxf(
        name, _GeoCall(function.name), _TWO, "boolean", function.description,
        OGC_FUNCTIONS + function.local_name,
    )  # fmt: skip


def _same(name: str, of: str, kind: Kind) -> Function:
    return _rrxf(name, _GeoCall(of), _ONE, kind, FUNCTION_BY_NAME[of].description)


def _unchanged(values: pa.Array) -> pa.Array:
    return values


GEOSPARQL_FUNCTIONS = tuple(_row(function) for function in FUNCTIONS if not function.aggregate)

GEOTRIPLES_FUNCTIONS: tuple[Function, ...] = (
    _rrxf("asWKT", _unchanged, _ONE, _WKT_OUT, "Writes a geometry as WKT, in its own CRS."),
    _rrxf("hasSerialization", _unchanged, _ONE, _WKT_OUT,
          "Writes a geometry as WKT, in its own CRS."),
    _rrxf("asGML", _GeoCall("as_gml"), _ONE,
          Output((RESULT_OUT,), "string", FUNCTION_BY_NAME["as_gml"].result),
          "Writes a geometry as GML 3.2, in its own CRS."),
    _rrxf("strdfWKT", _strdf, _ONE, Output((RESULT_OUT,), "string", STRDF_WKT),
          "Writes a geometry as WKT of stRDF, the CRS behind it; x before y."),
    _same("isSimple", "is_simple", "boolean"),
    _same("isEmpty", "is_empty", "boolean"),
    _same("is3D", "is_3d", "boolean"),
    _same("spatialDimension", "spatial_dimension", "integer"),
    _same("dimension", "dimension", "integer"),
    _same("coordinateDimension", "coordinate_dimension", "integer"),
    _rrxf("area", _planar(shapely.area), _ONE, "double",
          "Gives the planar area of a geometry in units of its CRS."),
    _rrxf("length", _planar(shapely.length), _ONE, "double",
          "Gives the planar length of a geometry in units of its CRS."),
    _rrxf("centroidx", _planar(lambda shapes: shapely.get_x(shapely.centroid(shapes))), _ONE,
          "double", "Gives the easting or longitude of the centroid of a geometry."),
    _rrxf("centroidy", _planar(lambda shapes: shapely.get_y(shapely.centroid(shapes))), _ONE,
          "double", "Gives the northing or latitude of the centroid of a geometry."),
    *(_relation(name) for name in _RELATIONS),
    _rrxf("distance", _planar(shapely.distance), _TWO, "double",
          "Gives the planar distance of two geometries of one CRS in its units."),
    _rrxf("equi", pc.equal, ("string", "string"), "boolean", "Tells whether two texts are equal."),
    _rrxf("greaterThan", pc.greater_equal, _NUMBERS, "boolean",
          "Tells whether a number is at least as great as another, as GeoTriples does."),
    _rrxf("add", pc.add, _NUMBERS, "double", "Adds two numbers."),
    _rrxf("subtract", pc.subtract, _NUMBERS, "double", "Subtracts the second number."),
)  # fmt: skip

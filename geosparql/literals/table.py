"""The five geometry literal types of GeoSPARQL 1.1, and columns of them read and written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from geosparql import vocabulary as v
from geosparql.errors import EarthgraphError, LiteralError
from geosparql.outcome import Outcome


@dataclass(frozen=True, slots=True)
class LiteralType:
    """One geometry literal type.

    `module` holds ``parse(text) -> Geometry`` and ``write(Geometry) -> str``, and
    where bulk work is faster ``parse_array(texts) -> Outcome`` and
    ``write_array(geometries) -> Outcome``. It is imported at first use.
    """

    datatype: str
    serialization_property: str
    function: str
    module: str
    requirement: str

    def load(self) -> ModuleType:
        """Import the module that reads and writes this type."""
        return import_module(f"geosparql.literals.{self.module}")


LITERAL_TYPES: tuple[LiteralType, ...] = (
    LiteralType(v.GEO_WKT_LITERAL, v.GEO_AS_WKT, v.GEOF + "asWKT", "wkt", "8.8.1"),
    LiteralType(v.GEO_GML_LITERAL, v.GEO_AS_GML, v.GEOF + "asGML", "gml", "8.8.2"),
    LiteralType(v.GEO_GEOJSON_LITERAL, v.GEO_AS_GEOJSON, v.GEOF + "asGeoJSON", "geojson", "8.8.3"),
    LiteralType(v.GEO_KML_LITERAL, v.GEO_AS_KML, v.GEOF + "asKML", "kml", "8.8.4"),
    LiteralType(v.GEO_DGGS_LITERAL, v.GEO_AS_DGGS, v.GEOF + "asDGGS", "dggs", "8.8.5"),
)
LITERAL_TYPE_BY_DATATYPE = {row.datatype: row for row in LITERAL_TYPES}
GEOMETRY_DATATYPES = frozenset(LITERAL_TYPE_BY_DATATYPE)


def parse_literal(lexical: str, datatype: str) -> shapely.Geometry:
    """Read one geometry literal.

    Parameters
    ----------
    lexical
        Lexical form. An empty one is an empty geometry, whatever the datatype.
    datatype
        IRI of one of the five literal types.

    Returns
    -------
    shapely.Geometry
        With its SRID, x = easting or longitude.

    Raises
    ------
    LiteralError
        The datatype is no geometry literal type, or the text is malformed.
    CRSError
        The CRS it states is not known.
    """
    row = _row(datatype)
    if not lexical.strip():
        return shapely.GeometryCollection()
    geometry: shapely.Geometry = row.load().parse(lexical)
    return geometry


def write_literal(geometry: shapely.Geometry, datatype: str) -> str:
    """Write one geometry literal.

    Raises
    ------
    LiteralError
        The type has no form for the geometry.
    """
    return str(_row(datatype).load().write(geometry))


def parse_literals(lexicals: Sequence[str | None] | pa.Array, datatype: str) -> Outcome:
    """Read a column of geometry literals of one type.

    Parameters
    ----------
    lexicals
        (n,) lexical forms or None.
    datatype
        IRI of one of the five literal types.

    Returns
    -------
    Outcome
        (n,) geometries; None where the text is None, and where it cannot be read, with
        the reason.
    """
    module = _row(datatype).load()
    if hasattr(module, "parse_array"):
        read: Outcome = module.parse_array(lexicals)
        return read
    texts = lexicals.to_pylist() if isinstance(lexicals, pa.Array | pa.ChunkedArray) else lexicals
    return _each(texts, lambda text: parse_literal(text, datatype))


def write_literals(geometries: Any, datatype: str) -> Outcome:
    """Write a column of geometries as literals of one type.

    Parameters
    ----------
    geometries
        (n,) array of geometries with SRID, or None.

    Returns
    -------
    Outcome
        (n,) lexical forms; None where the geometry is None, and where the type has no
        form for it, with the reason.
    """
    module = _row(datatype).load()
    if hasattr(module, "write_array"):
        written: Outcome = module.write_array(geometries)
        return written
    return _each(geometries, module.write)


def _row(datatype: str) -> LiteralType:
    row = LITERAL_TYPE_BY_DATATYPE.get(datatype)
    if row is None:
        raise LiteralError(
            "not a geometry literal type", value=datatype,
            hint=f"They are {', '.join(t.datatype for t in LITERAL_TYPES)}",
        )  # fmt: skip
    return row


def _each(inputs: Any, call: Callable[[Any], Any]) -> Outcome:
    """Call row by row; an error of ours is a null with its reason."""
    values = np.full(len(inputs), None, dtype=object)
    reasons: dict[int, str] = {}
    for row, item in enumerate(inputs):
        if item is None:
            continue
        try:
            values[row] = call(item)
        except EarthgraphError as error:
            reasons[row] = str(error)
    return Outcome(values, reasons)

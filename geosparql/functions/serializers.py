"""Geometries as literals of a chosen kind (requirements 19, 24, 29, 34 and 38)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from geosparql.errors import EarthgraphError, FunctionError
from geosparql.functions.rows import Column, by_text, decoded, evaluate, is_null, rows_of, spread
from geosparql.literals import dggs
from geosparql.literals.table import write_literals
from geosparql.outcome import Outcome
from geosparql.vocabulary import GEO_DGGS_LITERAL, GEO_GML_LITERAL

GML_PROFILES = ("3.2", "3.2.1", "3.2.2")


def as_literal(geometry: Column, *, datatype: str) -> Outcome:
    """Write geometries as literals of one datatype.

    Parameters
    ----------
    geometry
        Geometry column. WKT and GML keep its CRS; GeoJSON, KML and DGGS are in CRS84.
    datatype
        IRI of the datatype.

    Returns
    -------
    Outcome
        n texts; null where the kind of literal cannot hold the geometry.
    """
    written = write_literals(geometry, datatype)
    return Outcome(pa.array(written.values, pa.string()), written.reasons)


def as_gml(geometry: Column, profile: Column | None = None) -> Outcome:
    """Write geometries as GML of a profile (requirement 24).

    Parameters
    ----------
    geometry
        Geometry column.
    profile
        Text column: the version of GML, with or without ``GML`` before it. Only 3.2 is
        written, which is also what is written where nothing is asked for.

    Returns
    -------
    Outcome
        n texts; null where the profile is another one.
    """
    written = as_literal(geometry, datatype=GEO_GML_LITERAL)
    if profile is None:
        return written
    texts = Outcome(written.values.to_numpy(zero_copy_only=False), written.reasons)
    checked = decoded(profile, _checked_profile)
    return evaluate(lambda text, _: text, texts, checked, returns=pa.string())


def as_dggs(geometry: Column, system: Column) -> Outcome:
    """Write geometries as cells of a discrete global grid.

    Parameters
    ----------
    geometry
        Geometry column.
    system
        Text column: IRI of the grid system, or geo:dggsLiteral for the default one.

    Returns
    -------
    Outcome
        n texts; null where the grid is not known or has no cells for the geometry.
    """
    count = rows_of((geometry, system))
    shapes = spread(Outcome(geometry), count).values
    systems = spread(Outcome(system), count).values
    values = np.full(count, None, dtype=object)
    reasons: dict[int, str] = {}
    for iri, rows in by_text(systems):
        for row in rows[~is_null(shapes[rows])].tolist():
            try:
                values[row] = _cells(shapes[row], iri)
            except EarthgraphError as error:
                reasons[row] = str(error)
    return Outcome(pa.array(values, pa.string()), reasons)


def _cells(shape: Any, iri: str) -> str:
    if iri == GEO_DGGS_LITERAL:
        return dggs.write(shape)
    return dggs.write(shape, iri)


def _checked_profile(text: str) -> str:
    if text.upper().removeprefix("GML").strip(" /") not in GML_PROFILES:
        hint = f"Written is {GML_PROFILES[0]}; GML 2 and 3.1 are read"
        raise FunctionError("this GML profile is not written", value=text, hint=hint)
    return text

"""What a mapping asks to be done with the geometries of any source: validity, another CRS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from engine.protocol import Parts
from geosparql.crs import srid_of, transform
from geosparql.errors import MappingError
from geotriples.mapping.logical_source import LogicalSource
from geotriples.mapping.vocabulary import EGR
from geotriples.sources.source import Column, Source

CHOICES = ("keep", "repair", "reject")
"""What is done with an invalid geometry; without a choice none is looked at."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done with each geometry."""

    invalid: str | None
    to_srid: int | None


def treated(source: Source, logical: LogicalSource) -> Source:
    """Give a source whose geometries are treated as the mapping asks.

    Parameters
    ----------
    source
        An opened source.
    logical
        Its logical source: `egr:invalid` is ``keep``, ``repair`` or ``reject`` (the
        geometry becomes null), `egr:transformTo` the IRI of the CRS wanted.

    Returns
    -------
    Source
        The same where nothing is asked or it has no geometry. Else each geometry has
        a text column beside it, which says of a row what was the matter.

    Raises
    ------
    MappingError
        Where the choice is none.
    CRSError
        Where the CRS is not known.
    """
    invalid, target = (logical.option(EGR + name) for name in ("invalid", "transformTo"))
    if invalid not in (None, *CHOICES):
        raise MappingError("There is no such choice for invalid geometries", where=logical.where,
                           value=invalid, hint=f"egr:invalid is {', '.join(CHOICES)}")  # fmt: skip
    treatment = Treatment(invalid, None if target is None else srid_of(target))
    names = tuple(column.name for column in source.columns if column.geometry)
    if treatment == Treatment(None, None) or not names:
        return source
    columns = tuple(
        replace(column, matter=column.name + "_matter") if column.geometry else column
        for column in source.columns
    )
    schema = source.parts.schema
    for column in columns:
        if column.matter is not None:
            schema = schema.append(pa.field(column.matter, pa.string()))
    read = partial(_read, read=source.parts.read, columns=columns, treatment=treatment)
    return replace(source, columns=columns, parts=Parts(schema, source.parts.parts, read))


def _read(
    part: Any,
    *,
    read: Callable[[Any], Iterator[pa.RecordBatch]],
    columns: tuple[Column, ...],
    treatment: Treatment,
) -> Iterator[pa.RecordBatch]:
    for given in read(part):
        batch = given
        for column in columns:
            if column.matter is not None:
                place = batch.schema.get_field_index(column.name)
                values, matter = _treat(batch.column(place), treatment)
                batch = batch.set_column(place, batch.schema.field(place), values)
                batch = batch.append_column(column.matter, matter)
        yield batch


def _treat(ewkb: pa.Array, treatment: Treatment) -> tuple[pa.Array, pa.Array]:
    """Treat geometries, and say of each what was the matter."""
    geometries = shapely.from_wkb(ewkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
    matter = np.full(len(geometries), None, dtype=object)
    if treatment.invalid is not None:
        rows = np.flatnonzero(~shapely.is_valid(geometries) & ~shapely.is_missing(geometries))
        for row, reason in zip(rows, shapely.is_valid_reason(geometries[rows]), strict=True):
            matter[row] = f"{treatment.invalid}: {reason}"
        if treatment.invalid == "repair":
            srids = shapely.get_srid(geometries[rows])
            geometries[rows] = shapely.set_srid(shapely.make_valid(geometries[rows]), srids)
        elif treatment.invalid == "reject":
            geometries[rows] = None
    if treatment.to_srid is not None:
        outcome = transform(geometries, treatment.to_srid)
        geometries = outcome.values
        for place, reason in outcome.reasons.items():
            matter[place] = f"not transformed: {reason}"
    written = shapely.to_wkb(geometries, include_srid=True)
    return pa.array(written, pa.binary()), pa.array(matter, pa.string())

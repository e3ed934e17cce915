"""What an opened source is: text columns by reference, read in parts.

Every reader hands its values over as text, in the natural lexical form that
RML-IO gives their type, so that a template, a literal and a join see the same
letters on every engine. Geometry alone stays binary (EWKB).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.protocol import Parts
from geosparql.errors import SourceError
from geosparql.vocabulary import GEO_WKT_LITERAL

ROW = "row"
"""Name of the column with the number of the row in its source, from 0."""

TAGGED = pa.struct([pa.field("lexical", pa.string()), pa.field("datatype", pa.string())])
"""A value that brings its own datatype along (JSON)."""


@dataclass(frozen=True, slots=True)
class Column:
    """One reference of a source, and the column that carries it.

    Parameters
    ----------
    reference
        As the mapping writes it.
    name
        Of the column in the batches.
    datatype
        Natural datatype of the values; None where each value brings its own
        (column type `TAGGED`).
    repeated
        Whether a row has a list of values.
    geometry
        Whether the values are EWKB.
    matter
        Name of the text column that says what was the matter with a geometry.
    """

    reference: str
    name: str
    datatype: str | None
    repeated: bool = False
    geometry: bool = False
    matter: str | None = None

    @property
    def field(self) -> pa.Field:
        """The Arrow field of the column."""
        value = pa.binary() if self.geometry else TAGGED if self.datatype is None else pa.string()
        return pa.field(self.name, pa.list_(value) if self.repeated else value)


@dataclass(frozen=True, slots=True)
class Source:
    """An opened logical source: how to read it and which column carries which reference."""

    parts: Parts
    columns: tuple[Column, ...]
    files: tuple[str, ...] = ()
    """The files of a source of several, in the order of their numbers."""

    def column(self, reference: str) -> Column:
        """Give the column of a reference."""
        return next(column for column in self.columns if column.reference == reference)


def geometry_column(reference: str, name: str) -> Column:
    """Give a column of geometries; a reference to it makes WKT unless told otherwise."""
    return Column(reference, name, GEO_WKT_LITERAL, geometry=True)


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Give the schema of a source's batches: its columns, then the row number."""
    return pa.schema([*(column.field for column in columns), pa.field(ROW, pa.int64())])


def column_names(references: Sequence[str]) -> dict[str, str]:
    """Name the columns of references by position: engines fold case and dislike dots."""
    return {reference: f"r{position}" for position, reference in enumerate(references)}


def missing_reference(reference: str, known: Sequence[str], path: object) -> SourceError:
    """Give the error of a reference that the source does not have."""
    return SourceError(
        "The source has no such column", where=str(path), value=reference,
        hint=f"It has: {', '.join(known)}",
    )  # fmt: skip


def row_numbers(first: int, count: int) -> pa.Array:
    """Give the row numbers of a batch."""
    return pa.array(np.arange(first, first + count, dtype=np.int64))

"""What a layer is: one table of a source, and the references that it has."""

from __future__ import annotations

from dataclasses import dataclass

from geotriples.mapping.logical_source import LogicalSource


@dataclass(frozen=True, slots=True)
class Layer:
    """One table of a source.

    Parameters
    ----------
    name
        What its features are called after.
    source
        How a mapping reads it.
    references
        What a mapping may refer to, but for geometry.
    geometry
        The reference of its geometry.
    key
        The reference that tells its rows apart where no column does.
    left_out
        Columns that have no form in RDF.
    of_class
        Columns of a raster's class table, which tell of the class, not of the row.
    """

    name: str
    source: LogicalSource
    references: tuple[str, ...]
    geometry: str | None = None
    key: str | None = None
    left_out: tuple[str, ...] = ()
    of_class: tuple[str, ...] = ()

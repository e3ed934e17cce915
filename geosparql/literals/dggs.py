"""`geo:dggsLiteral`: lists of cells of a discrete global grid (OGC 22-047r1, 8.8.5).

A literal is the IRI of a grid in angle brackets, a space and cells::

    <https://w3id.org/dggs/auspix> CELLLIST ((R0 R10 R13))
    <https://w3id.org/dggs/h3> CELL (85283473fffffff)

Keywords read, in any case: ``CELL``, ``CELLLIST``, ``ORDEREDCELLLIST`` and
``ORDINATELIST`` (the standard's own examples use several); one or two pairs of
parentheses; white space or commas between cells. A list means the union of its cells
as a polygon or multipolygon in CRS84, so the order of an ordered list is not kept.
`SYSTEMS` lists the grids; `geosparql.literals.rhealpix` and
`geosparql.literals.h3_grid` say how their cells are drawn.

Writing covers a geometry with cells, compacted: a polygon with those whose centre lies
in it, a point with the one it lies in. Where no resolution is asked for, a geometry
that is made of whole cells gives back these cells; any other polygon is covered at a
resolution at which some `BOUNDARY_CELLS` cells lie along its boundary; a point gets
the finest cell (0.7 m wide in rHEALPix, 0.5 m edges in H3). Lines have no cover and
are an error. Heights and measures are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import shapely

from geosparql import crs
from geosparql.errors import LiteralError
from geosparql.literals import h3_grid, rhealpix

BOUNDARY_CELLS = 100
_POINT_RESOLUTION = 15
_TEXT = re.compile(r"\s*<([^<>\s]*)>\s+(\w+)\s*\(\s*(\(?)([^()]*)(\)?)\s*\)\s*")
_KEYWORDS = ("CELL", "CELLLIST", "ORDEREDCELLLIST", "ORDINATELIST")


@dataclass(frozen=True, slots=True)
class System:
    """A grid: the IRIs that name it, and what it can do."""

    iris: tuple[str, ...]
    """The first is the one that is written by default."""
    description: str
    max_resolution: int
    is_cell: Callable[[str], bool]
    geometry_of: Callable[[Iterable[str]], shapely.Geometry]
    compacted: Callable[[Iterable[str]], list[str]]
    cell_at: Callable[[Any, int], list[str]]
    cover: Callable[[shapely.Geometry, int | None, int], list[str]]


SYSTEMS: tuple[System, ...] = (
    System(
        (
            "https://w3id.org/dggs/auspix",
            "https://w3id.org/dggs/tb16pix",
            "https://w3id.org/dggs/rhealpix",
        ),
        "rHEALPix on WGS84, 3 x 3 children, polar squares at position 0 (AusPIX, TB16Pix)",
        rhealpix.MAX_RESOLUTION,
        rhealpix.is_cell,
        rhealpix.geometry_of,
        rhealpix.compacted,
        rhealpix.cell_at,
        rhealpix.cover,
    ),
    System(
        ("https://w3id.org/dggs/h3",),
        "H3 hexagons (needs the extra `dggs`)",
        h3_grid.MAX_RESOLUTION,
        h3_grid.is_cell,
        h3_grid.geometry_of,
        h3_grid.compacted,
        h3_grid.cell_at,
        h3_grid.cover,
    ),
)
DEFAULT_SYSTEM = SYSTEMS[0].iris[0]
_SYSTEM_BY_IRI = {iri: system for system in SYSTEMS for iri in system.iris}


def system_of(iri: str) -> System:
    """Give the grid of an IRI (http or https, with or without a trailing slash or hash)."""
    plain = re.sub(r"^http:", "https:", iri).rstrip("/#")
    if plain not in _SYSTEM_BY_IRI:
        raise LiteralError(
            "This grid is not known", value=iri, hint="Known: " + ", ".join(_SYSTEM_BY_IRI)
        )
    return _SYSTEM_BY_IRI[plain]


def parse(text: str) -> shapely.Geometry:
    """Read a DGGS literal.

    Parameters
    ----------
    text
        The literal; an empty text is an empty geometry collection (Requirement 36), an
        empty list an empty polygon.

    Returns
    -------
    shapely.Geometry
        Polygon or multipolygon, SRID 0 (CRS84).

    Raises
    ------
    LiteralError
        With the character position.
    EngineUnavailableError
        H3 cells and the `h3` package is not installed.
    """
    if not text.strip():
        return shapely.set_srid(shapely.GeometryCollection(), crs.CRS84)
    match = _TEXT.fullmatch(text)
    if match is None or bool(match[3]) != bool(match[5]):
        raise LiteralError(
            "This is no DGGS literal",
            where="character 1",
            value=text,
            hint=f"Write <{DEFAULT_SYSTEM}> CELLLIST ((R0 R10))",
        )
    system = system_of(match[1])
    if match[2].upper() not in _KEYWORDS:
        raise LiteralError(
            "This is no kind of cell list",
            where=f"character {match.start(2) + 1}",
            value=match[2],
            hint="Known: " + ", ".join(_KEYWORDS),
        )
    names = []
    for cell in re.finditer(r"[^\s,]+", match[4]):
        if not system.is_cell(cell[0]):
            raise LiteralError(
                "This is no cell of the grid",
                where=f"character {match.start(4) + cell.start() + 1}",
                value=cell[0],
                hint=system.description,
            )
        names.append(cell[0])
    return shapely.set_srid(system.geometry_of(names), crs.CRS84)


def write(
    geometry: shapely.Geometry, system_iri: str = DEFAULT_SYSTEM, resolution: int | None = None
) -> str:
    """Write the cells that cover a geometry.

    Parameters
    ----------
    geometry
        Point, polygon, or several of one of them, with SRID; transformed to CRS84.
    system_iri
        One of the IRIs in `SYSTEMS`.
    resolution
        Resolution of the cells before compaction; None: see the head of the module.

    Returns
    -------
    str
        The literal, cells in alphabetical order.

    Raises
    ------
    LiteralError
        A line or a mixed collection, an unknown grid or resolution, or too many cells.
    """
    system = system_of(system_iri)
    if resolution is not None and not 0 <= resolution <= system.max_resolution:
        raise LiteralError(f"Resolutions go from 0 to {system.max_resolution}", value=resolution)
    names = _cells(_in_crs84(geometry), system, resolution)
    kind, cells = ("CELL", names[0]) if len(names) == 1 else ("CELLLIST", f"({' '.join(names)})")
    return f"<{system_iri}> {kind} ({cells})"


def _in_crs84(geometry: shapely.Geometry) -> shapely.Geometry:
    flat = shapely.set_srid(shapely.force_2d(geometry), shapely.get_srid(geometry))
    moved = crs.transform([flat], crs.CRS84)
    if moved.values[0] is None:
        raise LiteralError(f"The geometry {moved.reasons[0]}", value=geometry.wkt)
    min_x, min_y, max_x, max_y = moved.values[0].bounds
    if min_x < -180 or max_x > 180 or min_y < -90 or max_y > 90:
        raise LiteralError("The geometry leaves -180 to 180 by -90 to 90 degrees")
    return moved.values[0]


def _cells(geometry: shapely.Geometry, system: System, resolution: int | None) -> list[str]:
    if geometry.is_empty:
        return []
    parts = shapely.get_parts(geometry)
    kinds = {part.geom_type for part in parts if not part.is_empty}
    if kinds == {"Point"}:
        points = parts[~shapely.is_empty(parts)]
        finest = _POINT_RESOLUTION if resolution is None else resolution
        return system.compacted(system.cell_at(points, finest))
    if kinds == {"Polygon"}:
        return system.cover(geometry, resolution, BOUNDARY_CELLS)
    raise LiteralError(
        "Only points or polygons have a cover of cells",
        value=geometry.geom_type,
        hint="Buffer a line before it is written as cells",
    )

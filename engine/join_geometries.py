"""One side of a spatial join in memory: ids and geometries that can take part in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geosparql.crs import transform

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

_MULTI_POINT, _COLLECTION = 4, 7


@dataclass(frozen=True, slots=True)
class Geometries:
    """(n,) ids and geometries, none of them null; `unusable` more rows were left out."""

    ids: Integers
    values: Objects
    unusable: int = 0

    def __len__(self) -> int:
        """Give the number of geometries."""
        return len(self.ids)

    def take(self, rows: Any) -> Geometries:
        """Give some of the geometries, by row number or mask."""
        return Geometries(self.ids[rows], self.values[rows])

    def by_srid(self) -> Iterator[tuple[int, Geometries]]:
        """Yield the geometries of each CRS."""
        srids = shapely.get_srid(self.values)
        for srid in np.unique(srids):
            alike = srids == srid
            yield int(srid), self if alike.all() else self.take(alike)

    def in_crs(self, srid: int) -> Geometries:
        """Transform all to one CRS; those it cannot show are left out."""
        if (shapely.get_srid(self.values) == srid).all():
            return self
        moved = transform(self.values, srid).values
        shown = ~shapely.is_missing(moved)
        return Geometries(self.ids[shown], moved[shown], int((~shown).sum()))


def decoded(rows: pa.RecordBatch | pa.Table) -> Geometries:
    """Read the columns ``id`` and ``geometry`` (EWKB).

    A null id or geometry takes no part in a join. EWKB that cannot be read, and
    coordinates that are not numbers (for which no relation is defined, and GEOS
    answers at random), are counted as unusable.
    """
    rows = rows.filter(_present(rows))
    ids = rows.column("id").cast(pa.int64()).to_numpy()
    column = rows.column("geometry")
    values = shapely.from_wkb(column.to_numpy(zero_copy_only=False), on_invalid="ignore")
    usable = ~shapely.is_missing(values)
    usable[usable] = _finite(values[usable])
    return Geometries(ids[usable], values[usable], int((~usable).sum()))


def _present(rows: pa.RecordBatch | pa.Table) -> pa.Array:
    return pc.and_(pc.is_valid(rows.column("id")), pc.is_valid(rows.column("geometry")))


def _finite(values: Objects) -> npt.NDArray[np.bool_]:
    """Tell which geometries have numbers only for x and y; an empty one has."""
    # The length of a line or polygon is not finite where one of its coordinates is not:
    # far cheaper than looking at each of them.
    doubtful = ~np.isfinite(shapely.length(values))
    kinds = shapely.get_type_id(values)
    doubtful |= (kinds == 0) | (kinds == _MULTI_POINT) | (kinds == _COLLECTION)
    rows = np.flatnonzero(doubtful & ~shapely.is_empty(values))
    coordinates, owner = shapely.get_coordinates(values[rows], return_index=True)
    finite = np.ones(len(values), dtype=bool)
    finite[rows[owner[~np.isfinite(coordinates).all(axis=1)]]] = False
    return finite


@dataclass(frozen=True, slots=True)
class Pairs:
    """(n,) ids of both sides, with matrices or distances where the condition has them.

    Counted beside: pairs that GEOS could not decide, geometries that no CRS
    transformation could bring to the other side, and what the steps of the join did.
    """

    left: Integers
    right: Integers
    value: npt.NDArray[Any] | None = None
    undecided: int = 0
    unusable: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Give the number of pairs."""
        return len(self.left)

    def take(self, rows: Any) -> Pairs:
        """Give some of the pairs, by row number or mask; the counts stay."""
        value = None if self.value is None else self.value[rows]
        return replace(self, left=self.left[rows], right=self.right[rows], value=value)


def concatenated(parts: Sequence[Pairs]) -> Pairs:
    """Put pairs together."""
    if len(parts) == 1:
        return parts[0]
    valued = [part.value for part in parts if part.value is not None]
    return Pairs(
        np.concatenate([part.left for part in parts] or [np.empty(0, np.int64)]),
        np.concatenate([part.right for part in parts] or [np.empty(0, np.int64)]),
        np.concatenate(valued) if valued else None,
        sum(part.undecided for part in parts),
        sum(part.unusable for part in parts),
        sum((Counter(part.counts) for part in parts), Counter()),
    )

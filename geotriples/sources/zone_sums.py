"""What a raster holds within one geometry, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from geotriples.sources import raster_file
from geotriples.sources.confidence import Confidence
from geotriples.sources.raster_file import Band

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sums:
    """For each class: pixels, their area, and sum, number, least and most of the values."""

    classes: Integers
    counts: Integers
    areas_m2: Floats
    sums: Integers
    known: Integers
    least: Integers
    most: Integers

    @property
    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """All of them, in order."""
        return (self.classes, self.counts, self.areas_m2, self.sums, self.known, self.least,
                self.most)  # fmt: skip


class Summed(Protocol):
    """What is summed up."""

    @property
    def band(self) -> Band:
        """The band of the classes."""

    @property
    def value(self) -> Confidence | None:
        """The band of the values."""

    @property
    def by_class(self) -> bool:
        """Whether classes are kept apart."""


def zone_sums(geometry: Any, raster: Summed, datasets: tuple[Any, Any], areas_m2: Floats) -> Sums:
    """Sum up the pixels whose centres lie within a geometry.

    Parameters
    ----------
    geometry
        In pixel coordinates; none and empty ones hold no pixel.
    raster
        What is summed up.
    datasets
        The opened raster, and that of the values.
    areas_m2
        Of a pixel in each row.
    """
    from rasterio import Affine, features
    from rasterio.windows import Window

    dataset, other = datasets
    found = []
    if geometry is not None and not geometry.is_empty and np.isfinite(geometry.bounds).all():
        left, top, right, bottom = np.clip(
            [*np.floor(geometry.bounds[:2]), *np.ceil(geometry.bounds[2:])], 0,
            [dataset.width, dataset.height] * 2,
        ).astype(int).tolist()  # fmt: skip
        rows = max(1, raster_file.STRIP_PIXELS // max(1, right - left))
        for first in range(top, bottom if left < right else top, rows):
            height = min(rows, bottom - first)
            window = Window(left, first, right - left, height)
            inside = features.rasterize([geometry], (height, right - left), dtype=np.uint8,
                                        transform=Affine.translation(left, first)) > 0  # fmt: skip
            found.append(_strip_sums(inside, window, raster, (dataset, other), areas_m2))
    return _grouped(beside(found))


def _strip_sums(
    inside: npt.NDArray[np.bool_], window: Any, raster: Summed, datasets: tuple[Any, Any],
    areas_m2: Floats,
) -> Sums:  # fmt: skip
    read = raster.band.classes if raster.by_class else raster.band.read
    classes, valid = read(datasets[0], window)
    inside = inside & valid
    rows = np.nonzero(inside)[0] + window.row_off
    kinds = classes[inside].astype(np.int64) if raster.by_class else np.zeros(len(rows), np.int64)
    values = known = np.zeros(len(rows), np.int64)
    if raster.value is not None:
        values, known = (part[inside] for part in raster.value.values(datasets[1], window))
    limits = np.iinfo(np.int64)
    low, high = np.where(known, values, limits.max), np.where(known, values, limits.min)
    return _grouped(
        Sums(kinds, np.ones(len(rows), np.int64), areas_m2[rows], values, known, low, high)
    )


def _grouped(rows: Sums) -> Sums:
    """Add up rows of equal class."""
    order = np.argsort(rows.classes, kind="stable")
    classes, starts = np.unique(rows.classes[order], return_index=True)
    if not len(classes):
        return rows
    ways = (np.add, np.add, np.add, np.add, np.minimum, np.maximum)
    parts = zip(ways, rows.arrays[1:], strict=True)
    return Sums(classes, *(way.reduceat(part[order], starts) for way, part in parts))


def beside(found: Sequence[Sums]) -> Sums:
    """Give sums one after the other."""
    none = np.empty(0, np.int64)
    every = [Sums(none, none, none.astype(float), none, none, none, none), *found]
    return Sums(
        *(np.concatenate(parts) for parts in zip(*(one.arrays for one in every), strict=True))
    )

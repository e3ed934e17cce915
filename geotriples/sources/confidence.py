"""Confidence: the mean of a second band over the pixels of a region or cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from geosparql.errors import SourceError
from geotriples.mapping.logical_source import LogicalSource
from geotriples.mapping.vocabulary import EGR
from geotriples.sources.raster_file import Band, opened_raster, variable_path, whole_number

FRACTION_BITS = 24
"""Fractions of summed values: sums of whole numbers do not depend on the order."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """A band of the same pixels, and how its numbers become values."""

    band: Band
    scale: float
    offset: float

    def values(self, dataset: Any, window: Any) -> tuple[npt.NDArray[np.int64], ...]:
        """Give the values of a window as whole numbers, and 1 where there are data."""
        values, valid = self.band.read(dataset, window)
        return fixed_point(values, valid), valid.astype(np.int64)

    def means(self, sums: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> pa.Array:
        """Give means of what `values` gives, null where there are no data."""
        means = self.scaled(sums / np.maximum(counts, 1))
        return pa.array(means, pa.float64(), mask=counts == 0)

    def scaled(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Give values of what `values` gives."""
        scaled: npt.NDArray[np.float64] = values / (1 << FRACTION_BITS) * self.scale + self.offset
        return scaled


def find_confidence(
    source: LogicalSource, dataset: Any, option: str = "confidenceBand"
) -> Confidence | None:
    """Find the band that an option names: by number, or a variable of the file."""
    stated = source.option(EGR + option)
    if stated is None:
        return None
    if stated.isdecimal():
        number = whole_number(source, option, 1, range(1, dataset.count + 1))
        return Confidence(
            Band(dataset.name, number), dataset.scales[number - 1], dataset.offsets[number - 1]
        )
    path = variable_path(str(source.file.path), stated)
    with opened_raster(path) as other:
        if other.shape != dataset.shape:
            raise SourceError(f"egr:{option} has another size than the classes", where=path,
                              value=f"{other.shape} and {dataset.shape}")  # fmt: skip
        return Confidence(Band(path, 1), other.scales[0], other.offsets[0])


def fixed_point(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Give values as whole numbers of 2^-24, 0 where there are no data."""
    scaled = np.zeros(values.shape, np.int64)
    scaled[valid] = np.rint(values[valid].astype(np.float64) * (1 << FRACTION_BITS))
    return scaled

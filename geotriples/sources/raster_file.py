"""Rasters through rasterio: the variable and band of a file, its CRS, its pixels in strips."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.exceptions import CRSError as ProjCRSError

from geosparql.crs import srid_of, srid_of_crs
from geosparql.errors import CRSError, MappingError, SourceError
from geosparql.extras import module_of_extra
from geotriples.mapping.logical_source import LogicalSource
from geotriples.mapping.vocabulary import EGR
from geotriples.sources.files import check_exists

POINTERS = frozenset({"VRT", "GTI", "WMS", "WMTS", "WCS", "STACIT", "STACTA", "DERIVED"})
"""Drivers whose files name other files or addresses."""
STRIP_PIXELS = 1 << 22


@dataclass(frozen=True, slots=True)
class Band:
    """A band of a raster file; travels to where it is read."""

    path: str
    """As GDAL opens it: a file, or a variable in one."""
    number: int
    no_classes: tuple[float, ...] = ()
    """Values that stand for no class, besides what the file says itself."""

    def read(self, dataset: Any, window: Any) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """Give the values of a window, and which of them are data."""
        values = dataset.read(self.number, window=window)
        valid = dataset.read_masks(self.number, window=window) > 0
        if values.dtype.kind == "f":
            valid &= np.isfinite(values)
        if self.no_classes:
            valid &= ~np.isin(values, self.no_classes)
        return values, valid

    def classes(self, dataset: Any, window: Any) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """Give the classes of a window, of a type that GDAL can polygonize."""
        values, valid = self.read(dataset, window)
        return _whole_numbers(values, valid, self.path), valid


def _rasterio() -> ModuleType:
    return module_of_extra("rasterio", "raster", "Rasters")


@contextmanager
def opened_raster(path: str) -> Iterator[Any]:
    """Open a raster; what GDAL finds wrong becomes a SourceError."""
    rasterio = _rasterio()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            dataset = rasterio.open(path)
        with dataset:
            yield dataset
    except rasterio.errors.RasterioError as error:
        raise SourceError(
            "The raster cannot be read", where=path, value=error.__cause__ or error,
            hint="Check that it is whole and of a format that GDAL knows",
        ) from error  # fmt: skip


def find_band(source: LogicalSource) -> Band:
    """Give the band that a logical source names by `rml:iterator` (variable) and `egr:band`."""
    check_exists(source.file)
    path = variable_path(str(source.file.path), source.iterator)
    with opened_raster(path) as dataset:
        if dataset.driver in POINTERS and source.file.access.roots is not None:
            raise SourceError("The raster points at other files", where=path, value=dataset.driver,
                              hint="Read those instead")  # fmt: skip
        number = whole_number(source, "band", 1, range(1, dataset.count + 1))
    stated = source.option(EGR + "nodata") or ""
    try:
        return Band(path, number, tuple(map(float, stated.split())))
    except ValueError as error:
        raise MappingError("egr:nodata is not allowed here", where=source.where, value=stated,
                           hint="Give numbers, with spaces between them") from error  # fmt: skip


def variable_path(path: str, variable: str | None) -> str:
    """Give the path of a variable of a file that has several (NetCDF)."""
    with opened_raster(path) as dataset:
        names = {name.rpartition(":")[2].strip("/"): name for name in dataset.subdatasets}
        if dataset.count and variable is None:
            return path
    if variable in names:
        return str(names[variable])
    if not names:
        raise SourceError("The raster has no variables", where=path, value=variable,
                          hint="Leave rml:iterator out; egr:band names a band")  # fmt: skip
    raise SourceError(
        "The raster has several variables" if variable is None else "There is no such variable",
        where=path, value=variable, hint=f"rml:iterator names one of {', '.join(names)}",
    )  # fmt: skip


def whole_number(
    source: LogicalSource, name: str, default: int, allowed: Sequence[int] | None = None
) -> int:
    """Read an option that is a whole number."""
    stated = source.option(EGR + name)
    if stated is None:
        return default
    number = int(stated) if stated.isdecimal() else -1
    if number < 0 or (allowed is not None and number not in allowed):
        hint = (
            "Give a whole number"
            if allowed is None
            else f"Give one of {', '.join(map(str, allowed))}"
        )
        raise MappingError(
            f"egr:{name} is not allowed here", where=source.where, value=stated, hint=hint
        )
    return number


def size(source: LogicalSource, name: str) -> float:
    """Read an option that is a number from 0."""
    stated = source.option(EGR + name)
    try:
        number = float(stated or 0)
    except ValueError:
        number = -1.0
    if not 0 <= number < np.inf:
        raise MappingError(f"egr:{name} is not allowed here", where=source.where, value=stated,
                           hint="Give a number from 0")  # fmt: skip
    return number


def check_place(dataset: Any) -> None:
    """Raise a SourceError where the raster does not say where its pixels lie."""
    if dataset.transform.is_identity:
        hint = "Give it a geotransform, for instance with a world file"
        if dataset.gcps[0]:
            hint = "It has ground control points only: warp it first, for instance with gdalwarp"
        raise SourceError("The raster has no place on the ground", where=dataset.name, hint=hint)


def raster_srid(dataset: Any, source: LogicalSource) -> int:
    """Give the SRID of a raster: what the file says, else what the mapping says."""
    stated = source.option(EGR + "crs")
    if stated is not None and not dataset.crs:
        return srid_of(stated)
    if not dataset.crs:
        raise CRSError("The raster does not state its CRS", where=dataset.name,
                       hint="Add egr:crs with a CRS IRI to the logical source")  # fmt: skip
    try:
        return srid_of_crs(pyproj.CRS.from_wkt(dataset.crs.to_wkt()))
    except (CRSError, ProjCRSError):
        if stated is not None:
            return srid_of(stated)
        raise


def strip_windows(dataset: Any, multiple: int = 1) -> Iterator[Any]:
    """Give windows of whole rows and blocks, a multiple of rows, of some four million pixels."""
    from rasterio.windows import Window

    unit = int(np.lcm(dataset.block_shapes[0][0], multiple))
    if unit * dataset.width > 4 * STRIP_PIXELS:
        unit = multiple
    rows = max(1, STRIP_PIXELS // dataset.width // unit) * unit
    for first in range(0, dataset.height, rows):
        yield Window(0, first, dataset.width, min(rows, dataset.height - first))


def _whole_numbers(
    classes: npt.NDArray[Any], valid: npt.NDArray[np.bool_], path: str
) -> npt.NDArray[Any]:
    if classes.dtype in (np.uint8, np.int16, np.uint16, np.int32):
        return classes
    held = classes[valid]
    limits = np.iinfo(np.int32)
    if held.size and (
        np.any(held != np.floor(held)) or held.min() < limits.min or held.max() > limits.max
    ):
        raise SourceError(
            "The band has values that are no classes", where=path, value=classes.dtype,
            hint="Classes are whole numbers of 32 bits",
        )  # fmt: skip
    return np.where(valid, classes, 0).astype(np.int32)

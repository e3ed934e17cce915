"""Ranges of the features of a layer, for formats that come to a feature without those before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sqlglot import exp

PART_ROWS = 1 << 16
SPLITTABLE = frozenset({"ESRI Shapefile", "GPKG", "FlatGeobuf", "OpenFileGDB"})
"""Drivers that skip to a feature without reading those before it."""

Part = tuple[int, int | None]
"""The place of the first feature, and how many; None: all others."""
WHOLE: Part = (0, None)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The column of row ids without gaps, and the first of them."""

    column: str
    first: int


def parts_of(info: Mapping[str, Any]) -> list[Part]:
    """Give the ranges of a layer by what pyogrio tells of it; one where it is small."""
    features = info["features"]
    if info["driver"] not in SPLITTABLE or features <= PART_ROWS:
        return [WHOLE]
    starts = range(0, features, PART_ROWS)
    return [*((start, PART_ROWS) for start in starts[:-1]), (starts[-1], None)]


def numbers_of(pyogrio: ModuleType, path: str, info: Mapping[str, Any]) -> Numbers | None:
    """Give the row ids of a GeoPackage, where they find a part: skipping reads what is skipped."""
    if info["driver"] != "GPKG" or not info["fid_column"]:
        return None
    column = exp.column(info["fid_column"], quoted=True)
    table = exp.table_(info["layer_name"], quoted=True)
    ends = (exp.alias_(end(this=column.copy()), end.__name__) for end in (exp.Min, exp.Max))
    sql = exp.select(*ends).from_(table).sql("sqlite")
    _, _, _, found = pyogrio.raw.read(path, sql=sql, read_geometry=False)
    first, last = (int(values[0]) for values in found)
    return Numbers(info["fid_column"], first) if last - first + 1 == info["features"] else None


def selection(part: Part, numbers: Numbers | None, where: str | None) -> dict[str, Any]:
    """Give what `pyogrio.open_arrow` is told of a part; `where` filters layers of one part."""
    start, count = part
    if numbers is None:
        return {"skip_features": start, "where": where}
    column, first = exp.column(numbers.column, quoted=True), numbers.first + start
    condition: exp.Expr = exp.GTE(this=column, expression=exp.convert(first))
    if count is not None:
        before = exp.LT(this=column.copy(), expression=exp.convert(first + count))
        condition = exp.and_(condition, before)
    return {"skip_features": 0, "where": condition.sql("sqlite")}

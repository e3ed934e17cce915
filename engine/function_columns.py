"""Arrow arrays as the columns that functions take, each value parsed once where it repeats.

Engines hand a constant over as a column that repeats it, batch after batch. Such a
column becomes one row; a geometry is then kept, parsed and prepared, for the next
batch of the same thread (a prepared geometry must not be used by two threads).
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geosparql.functions.rows import Column

ARROW_TYPES = {
    "geometry": pa.binary(),
    "double": pa.float64(),
    "integer": pa.int64(),
    "string": pa.string(),
    "iri": pa.string(),
}
_SAMPLE = 128
_PREPARED_FROM_REPEATS = 8


def numpy_column(array: pa.Array) -> Column:
    """Give texts (object array) or numbers (null is NaN); one row where all are the same."""
    array = array.slice(0, 1) if is_constant(array) else array
    if pa.types.is_integer(array.type) and array.null_count:
        return np.array(array.to_pylist(), dtype=object)
    return array.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def geometries_of(array: pa.Array) -> Column:
    """Give the geometries of EWKB; one row where all are the same, None where unreadable."""
    if len(array) == 1 or is_constant(array):
        value = array[0].as_py()
        column = np.empty(1, dtype=object)
        column[0] = None if value is None else _constant(value, threading.get_ident())
        return column
    if _repeats(array):
        encoded = array.dictionary_encode()
        distinct = _from_wkb(encoded.dictionary)
        if len(array) >= _PREPARED_FROM_REPEATS * len(distinct):
            shapely.prepare(distinct)
        rows = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        found = np.full(len(distinct) + 1, None, dtype=object)
        found[:-1] = distinct
        return found[rows]  # type: ignore[no-any-return]
    return _from_wkb(array)


def to_ewkb(geometries: Any) -> Any:
    """Write geometries as EWKB; None stays None."""
    return shapely.to_wkb(geometries, include_srid=True)


def is_constant(array: pa.Array) -> bool:
    """Tell whether an array of more than one row repeats one value (or null) in all of them."""
    count = len(array)
    if count < 2 or 0 < array.null_count < count:
        return False
    if array.null_count == count:
        return True
    first = array[0]
    if first != array[count - 1] or first != array[count // 2]:
        return False
    return bool(pc.all(pc.equal(array, first)).as_py())


def _repeats(array: pa.Array) -> bool:
    """Tell by a sample whether at least half of the values stand more than once."""
    sample = array.slice(0, _SAMPLE)
    return len(array) > _SAMPLE and len(sample.unique()) * 2 < len(sample)


def _from_wkb(array: pa.Array) -> Column:
    values = array.to_numpy(zero_copy_only=False)
    return shapely.from_wkb(values, on_invalid="ignore")  # type: ignore[no-any-return]


@lru_cache(maxsize=32)
def _constant(wkb: bytes, thread: int) -> Any:
    """Parse a constant, and let what prepares it find it prepared the next time."""
    return shapely.from_wkb(wkb, on_invalid="ignore")

"""A Python function over Arrow arrays: null-safe, the error of each row beside its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from engine.function_columns import geometries_of, to_ewkb
from geotriples.functions.function import ARROW_TYPES, ERROR, Kind, output_field

_PYTHON_TYPES: dict[Kind, tuple[type, ...]] = {
    "string": (str,), "integer": (int, np.integer), "double": (float, int, np.number),
    "boolean": (bool, np.bool_), "geometry": (shapely.Geometry,), "strings": (list, tuple),
}  # fmt: skip
_Columns = tuple[list[pa.Array], list[str | None]]
"""An array for each output, and the error of each row."""

_NOTHING: dict[Kind, Any] = {"strings": [None]}
"""What a row has that failed: a list keeps one element, lest the row be lost with its error."""


@dataclass(frozen=True, slots=True)
class PythonCall:
    """A function of values, or of arrays where `vectorized`, as one that engines call.

    Gives a struct: a field for each output, and `ERROR`.
    """

    function: Callable[..., Any]
    kinds: tuple[Kind, ...]
    outputs: tuple[Kind, ...]
    vectorized: bool
    takes_null: bool

    def __call__(self, *arrays: pa.Array) -> pa.Array:
        """Call the function for each row, or once for all of them."""
        count = len(arrays[0]) if arrays else 1
        present = np.ones(count, dtype=bool)
        if not self.takes_null:
            for array in arrays:
                present &= array.is_valid().to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(present)
        if self.vectorized:
            columns, errors = self._of_arrays([array.take(pa.array(rows)) for array in arrays])
        else:
            columns, errors = self._of_rows([array.take(pa.array(rows)) for array in arrays], rows)
        places = np.full(count, -1)
        places[rows] = np.arange(len(rows))
        index = pa.array(places, mask=places < 0)
        fields = [column.take(index) for column in (*columns, pa.array(errors, pa.string()))]
        names = [*(output_field(n) for n in range(len(self.outputs))), ERROR]
        return pa.StructArray.from_arrays(fields, names)

    def _of_rows(self, arrays: Sequence[pa.Array], rows: Any) -> _Columns:
        columns = [_values(array, kind) for array, kind in zip(arrays, self.kinds, strict=False)]
        results: list[tuple[Any, ...]] = []
        errors: list[str | None] = []
        for row in zip(*columns, strict=True) if columns else ((),) * len(rows):
            try:
                results.append(self._checked(self.function(*row)))
                errors.append(None)
            except Exception as error:
                results.append(self._failed())
                errors.append(f"{type(error).__name__}: {error}")
        parts = list(zip(*results, strict=True)) or [()] * len(self.outputs)
        return [_array(part, kind) for part, kind in zip(parts, self.outputs, strict=True)], errors

    def _of_arrays(self, arrays: list[pa.Array]) -> _Columns:
        """Call once; where it raises, halve the rows until those to blame are alone."""
        count = len(arrays[0]) if arrays else 1
        if count == 0:
            return [pa.array([], ARROW_TYPES[kind]) for kind in self.outputs], []
        try:
            found = self.function(*arrays)
            several = found if len(self.outputs) > 1 else (found,)
            pairs = zip(several, self.outputs, strict=True)
            return [_vector(column, kind, count) for column, kind in pairs], [None] * count
        except Exception as error:
            if count == 1:
                failed = zip(self._failed(), self.outputs, strict=True)
                columns = [_array([value], kind) for value, kind in failed]
                return columns, [f"{type(error).__name__}: {error}"]
        half = count // 2
        left, errors = self._of_arrays([array[:half] for array in arrays])
        right, more = self._of_arrays([array[half:] for array in arrays])
        pairs = zip(left, right, strict=True)
        return [pa.concat_arrays([a, b]) for a, b in pairs], errors + more

    def _checked(self, result: Any) -> tuple[Any, ...]:
        """Give a result as one value an output, each of the kind that is declared."""
        values = tuple(result) if len(self.outputs) > 1 else (result,)
        for value, kind in zip(values, self.outputs, strict=True):
            is_number = kind in ("integer", "double")
            right = isinstance(value, _PYTHON_TYPES[kind]) and not (
                is_number and isinstance(value, bool)
            )
            if value is not None and not right:
                raise TypeError(f"it gave {type(value).__name__} {value!r} for a {kind}")
            if kind == "integer" and value is not None and not -(1 << 63) <= value < 1 << 63:
                raise OverflowError(f"{value} is no 64-bit integer")
        return values

    def _failed(self) -> tuple[Any, ...]:
        return tuple(_NOTHING.get(kind) for kind in self.outputs)


def _values(array: pa.Array, kind: Kind) -> Sequence[Any]:
    if kind != "geometry":
        return array.to_pylist()  # type: ignore[no-any-return]
    shapes = geometries_of(array)
    return np.broadcast_to(shapes, len(array)).tolist()  # type: ignore[no-any-return]


def _array(values: Sequence[Any], kind: Kind) -> pa.Array:
    if kind == "geometry":
        column = np.empty(len(values), dtype=object)
        column[:] = values
        values = to_ewkb(column)
    return pa.array(values, ARROW_TYPES[kind])


def _vector(column: Any, kind: Kind, count: int) -> pa.Array:
    """Give an array of results the type and the length that are wanted."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    array = column if isinstance(column, pa.Array) else pa.array(column, from_pandas=True)
    if len(array) != count:
        raise ValueError(f"it gave {len(array)} values for {count} rows")
    return pc.cast(array, ARROW_TYPES[kind])

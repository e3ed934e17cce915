"""Functions of single values over arrays: row by row where Arrow has no kernel of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from engine.function_columns import is_constant
from geotriples.functions.function import ARROW_TYPES, Kind


@dataclass(frozen=True, slots=True)
class EachRow:
    """A function of plain values as one of arrays.

    A row with a null argument is null and is not called. A ValueError of a row
    makes it null.
    """

    function: Callable[..., Any]
    kind: Kind = "string"

    def __call__(self, *arrays: pa.Array) -> pa.Array:
        """Call the function once for each row."""
        rows = zip(*(array.to_pylist() for array in arrays), strict=True)
        return pa.array(self._values(rows), ARROW_TYPES[self.kind])

    def _values(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[Any]:
        for row in rows:
            if None in row:
                yield None
                continue
            try:
                yield self.function(*row)
            except (ValueError, ArithmeticError, LookupError):
                yield None


@dataclass(frozen=True, slots=True)
class FixedArguments:
    """A kernel of Arrow for which all arguments but the first are constants.

    Where they are none, `otherwise` works row by row.
    """

    kernel: Callable[..., pa.Array]
    otherwise: EachRow

    def __call__(self, values: pa.Array, *rest: pa.Array) -> pa.Array:
        """Call the kernel once where it can be."""
        if all(len(array) == 1 or is_constant(array) for array in rest):
            fixed = [array[0].as_py() for array in rest]
            if None not in fixed:
                return self.kernel(values, *fixed)
        return self.otherwise(values, *rest)

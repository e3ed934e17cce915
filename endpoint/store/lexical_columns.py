"""What is asked of a column of lexical forms, as numpy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Integers = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


def numpy_of(values: pa.Array | pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """Give an Arrow column without nulls as a numpy array, copied only where it must be."""
    one = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    result: np.ndarray[Any, Any] = one.to_numpy(zero_copy_only=False)
    return result


def matches(text: pa.StringArray, pattern: str) -> Flags:
    """Tell which texts are matched as a whole by an RE2 pattern."""
    return numpy_of(pc.match_substring_regex(text, rf"\A(?:{pattern})\z"))


def integers(text: pa.StringArray) -> Integers:
    """Read decimal digits with an optional minus sign; none may pass 64 bits."""
    return numpy_of(text.cast(pa.int64()))


def rows_of(text: pa.StringArray, rows: Integers) -> pa.StringArray:
    """Give the texts of some rows."""
    return text.take(pa.array(rows))

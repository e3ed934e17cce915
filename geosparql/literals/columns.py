"""Columns of lexical forms as Arrow and numpy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def text_columns(lexicals: Any) -> tuple[pa.Array, Any]:
    """Give strings (sequence, numpy or Arrow array) as a large_string and as an object array."""
    if isinstance(lexicals, pa.ChunkedArray):
        lexicals = lexicals.combine_chunks()
    if isinstance(lexicals, pa.Array):
        column = lexicals.cast(pa.large_string())
        return column, column.to_numpy(zero_copy_only=False)
    texts = np.array(lexicals, dtype=object)
    return pa.array(texts, pa.large_string()), texts


def mask(booleans: pa.BooleanArray) -> Any:
    """Give an Arrow boolean array as a numpy one, null as False."""
    return pc.fill_null(booleans, False).to_numpy(zero_copy_only=False)

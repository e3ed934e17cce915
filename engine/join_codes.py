"""DE-9IM matrices as numbers, and which relations a matrix says to hold.

A code has three bits for each of the nine letters. Beside the letters of a
matrix there is T: not empty, of a dimension that nobody asked for. No code is
zero, which stands for a matrix that could not be computed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from geosparql.relations import holds

Codes = npt.NDArray[np.int32]
Matrices = npt.NDArray[np.bytes_]

UNDECIDED = 0
_LETTERS = b"?F012T"
_SHIFTS = 3 * np.arange(9)
_TRANSPOSE = (0, 3, 6, 1, 4, 7, 2, 5, 8)


def codes_of(matrices: npt.NDArray[np.generic]) -> Codes:
    """Give (n,) nine-letter matrices as codes; an empty text is undecided."""
    numbers = np.zeros(256, dtype=np.int32)
    numbers[list(_LETTERS[1:])] = np.arange(1, len(_LETTERS))
    letters = matrices.astype("S9").view(np.uint8).reshape(-1, 9)
    codes: Codes = (numbers[letters] << _SHIFTS).sum(axis=1, dtype=np.int32)
    return codes


def code_of(matrix: str) -> int:
    """Give one matrix as a code."""
    return int(codes_of(np.array([matrix]))[0])


def texts_of(codes: Codes) -> Matrices:
    """Give codes as nine-letter matrices; an undecided one is an empty text."""
    letters = np.frombuffer(_LETTERS, dtype=np.uint8)
    matrices: Matrices = letters[codes[:, None] >> _SHIFTS & 7].view("S9").reshape(-1)
    return np.where(codes == UNDECIDED, b"", matrices)


def transposed(codes: Codes) -> Codes:
    """Turn the codes of (a, b) into those of (b, a)."""
    fields = codes[:, None] >> _SHIFTS & 7
    turned: Codes = (fields[:, _TRANSPOSE] << _SHIFTS).sum(axis=1, dtype=np.int32)
    return turned


def generalized(codes: Codes) -> Codes:
    """Put T for the dimensions that no relation asks for: all but that of both interiors."""
    fields = codes[:, None] >> _SHIFTS & 7
    fields[:, 1:] = np.where(fields[:, 1:] > 1, 5, fields[:, 1:])
    general: Codes = (fields << _SHIFTS).sum(axis=1, dtype=np.int32)
    return general


def relation_bits(
    codes: Codes, dim_left: npt.NDArray[np.int_], dim_right: npt.NDArray[np.int_],
    names: tuple[str, ...],
) -> npt.NDArray[np.int64]:  # fmt: skip
    """Tell which relations hold: bit i of a number stands for `names[i]`."""

    def bits(kinds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        matrices, both = texts_of((kinds >> 4).astype(np.int32)), kinds & 15
        result = np.zeros(len(kinds), dtype=np.int64)
        for place, name in enumerate(names):
            held = holds(matrices, (both >> 2) - 1, (both & 3) - 1, name)
            result |= held.astype(np.int64) << place
        return result

    dimensions = ((dim_left + 1) << 2) + dim_right + 1
    return _once_each((codes.astype(np.int64) << 4) + dimensions, bits)


def _once_each(
    values: npt.NDArray[np.int64],
    function: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]],
) -> npt.NDArray[np.int64]:
    """Apply a function to each distinct value once."""
    distinct, place = np.unique(values, return_inverse=True)
    return function(distinct)[place]

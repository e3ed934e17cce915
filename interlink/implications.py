"""Which topological relations say others too: read off every DE-9IM matrix there can be.

For each pair of dimensions all matrices of nine letters are listed that shapes of these
dimensions can have. A relation implies another one where it holds of no matrix of
which the other does not. Nothing is written down by hand: contains implies
intersects for any dimensions, `eh_covers` implies `sf_contains`, and between areas
`rcc8_ntpp` and `eh_inside` imply each other.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt

from geosparql.relations import holds

Booleans = npt.NDArray[np.bool_]


def reduced(held: Booleans, relations: tuple[str, ...], dim_a: int, dim_b: int) -> Booleans:
    """Leave out what follows from what stays.

    Parameters
    ----------
    held
        (n, k): which of the k relations hold of each pair.
    relations
        Their names. Of relations that imply each other the first one stays.
    dim_a, dim_b
        Topological dimensions of all the pairs.

    Returns
    -------
    ndarray of bool
        (n, k): the relations that no other one which holds implies.
    """
    implied = implications(relations, dim_a, dim_b)
    order = np.arange(len(relations))
    stronger = implied & (~implied.T | (order[:, None] < order[None, :]))
    return held & ~_following(held, stronger)


def closed(held: Booleans, relations: tuple[str, ...], dim_a: int, dim_b: int) -> Booleans:
    """Add what follows: the inverse of `reduced`."""
    implied = implications(relations, dim_a, dim_b)
    return held | _following(held, implied)


def _following(held: Booleans, implied: Booleans) -> Booleans:
    """Tell which relations follow from some that hold."""
    found: Booleans = (held.astype(np.int64) @ implied.astype(np.int64)) > 0
    return found


@lru_cache(maxsize=256)
def implications(relations: tuple[str, ...], dim_a: int, dim_b: int) -> Booleans:
    """Tell which relations imply which others, for shapes of two dimensions.

    Returns
    -------
    ndarray of bool
        (k, k): true where the relation of the row implies that of the column. A
        relation that shapes of these dimensions cannot have implies nothing, and
        none implies itself.
    """
    matrices = possible_matrices(dim_a, dim_b)
    holding = np.array([holds(matrices, dim_a, dim_b, name) for name in relations])
    exceptions = holding.astype(np.int64) @ (~holding).astype(np.int64).T
    implied: Booleans = np.equal(exceptions, 0) & holding.any(axis=1, keepdims=True)
    np.fill_diagonal(implied, False)
    return implied


@lru_cache(maxsize=9)
def possible_matrices(dim_a: int, dim_b: int) -> npt.NDArray[np.bytes_]:
    """List the matrices of shapes of two dimensions; some of them no two shapes have.

    A cell has at most the dimension of either part; interiors are not empty; both
    exteriors meet. That suffices for every implication between the patterns.
    """
    parts_a, parts_b = (dim_a, dim_a - 1, 2), (dim_b, dim_b - 1, 2)
    cells = [["F", *map(str, range(min(a, b) + 1))] for a, b in product(parts_a, parts_b)]
    cells[-1] = ["2"]
    every = np.array(["".join(letters) for letters in product(*cells)], dtype="S9")
    letters = every.view("S1").reshape(-1, 9)
    sizes = np.where(letters == b"F", b"/", letters).view(np.uint8).astype(int) - ord("0")
    largest_a, largest_b = sizes[:, :3].max(axis=1), sizes[:, ::3].max(axis=1)
    return every[(largest_a == dim_a) & (largest_b == dim_b)]  # type: ignore[no-any-return]

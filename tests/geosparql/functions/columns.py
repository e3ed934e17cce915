"""Short ways to make columns of one kind or another."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geosparql.vocabulary import UOM

METRE, DEGREE, KILOMETRE = UOM + "metre", UOM + "degree", UOM + "kilometre"


def geometries(*texts: Any, srid: int = 0) -> np.ndarray:
    """Make a geometry column of WKT texts, geometries and None."""
    column = np.full(len(texts), None, dtype=object)
    for row, text in enumerate(texts):
        if text is not None:
            geometry = shapely.from_wkt(text) if isinstance(text, str) else text
            column[row] = shapely.set_srid(geometry, srid)
    return column


def texts(*values: str | None) -> np.ndarray:
    """Make a text column."""
    column = np.full(len(values), None, dtype=object)
    column[:] = values
    return column


def listed(outcome: Any) -> list[Any]:
    """Give the values of an outcome as Python values."""
    return outcome.values.tolist()

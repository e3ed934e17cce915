"""The geometry among the columns of a solution batch, read for formats that are about maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geosparql.crs import CRS84, transform
from geosparql.literals.table import GEOMETRY_DATATYPES, parse_literals


def geometry_column(batch: pa.RecordBatch) -> str | None:
    """Give the name of the first column that holds geometry literals."""
    for name in batch.schema.names:
        datatypes = pc.unique(pc.struct_field(batch.column(name), "datatype")).to_pylist()
        if GEOMETRY_DATATYPES.intersection(datatypes):
            return str(name)
    return None


def geometries_crs84(column: pa.StructArray) -> Any:
    """Read a column of cells: (n,) geometries in CRS84, None for what is none or unreadable."""
    geometries = np.full(len(column), None, dtype=object)
    datatypes = pc.struct_field(column, "datatype")
    for datatype in GEOMETRY_DATATYPES.intersection(pc.unique(datatypes).to_pylist()):
        rows = np.flatnonzero(pc.fill_null(pc.equal(datatypes, datatype), False).to_numpy(False))
        lexical = pc.struct_field(column, "value").take(pa.array(rows))
        read = np.asarray(parse_literals(lexical, datatype).values)
        geometries[rows] = transform(read, CRS84).values
    return geometries

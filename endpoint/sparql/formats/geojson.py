"""Solutions as a GeoJSON FeatureCollection (RFC 7946): one feature per solution.

The geometry is the first column that holds geometry literals; other bindings
are properties. Coordinates are CRS84 longitude and latitude.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
import pyarrow as pa

from endpoint.sparql.answer import Answer
from endpoint.sparql.formats.geometry_column import geometries_crs84, geometry_column
from endpoint.sparql.functions.encoding import Cell, encode_cell
from endpoint.sparql.functions.numerics import RANKS, term_double
from geosparql.literals.table import write_literals
from geosparql.terms import XSD
from geosparql.vocabulary import GEO_GEOJSON_LITERAL


def write(answer: Answer, stream: IO[bytes]) -> int:
    """Write solutions as features; see `endpoint.sparql.results.write_results`."""
    stream.write(b'{"type":"FeatureCollection","features":[')
    written, chosen = 0, None
    for batch in answer.batches():
        chosen = chosen or geometry_column(batch)
        shapes = _shapes(batch, chosen)
        lines = [
            f'{{"type":"Feature","geometry":{shape},"properties":{_properties(solution, chosen)}}}'
            for shape, solution in zip(shapes, batch.to_pylist(), strict=True)
        ]
        if lines:
            stream.write(((",\n" if written else "\n") + ",\n".join(lines)).encode())
        written += batch.num_rows
    stream.write(b"\n]}\n")
    return written


def _shapes(batch: pa.RecordBatch, chosen: str | None) -> Sequence[str]:
    """Give the geometries of a column as GeoJSON texts, ``null`` where there is none."""
    if chosen is None:
        return ["null"] * batch.num_rows
    geometries = geometries_crs84(batch.column(chosen))
    texts = write_literals(geometries, GEO_GEOJSON_LITERAL).values
    return [text or "null" for text in texts]


def _properties(solution: dict[str, Any], geometry: str | None) -> str:
    cells = {
        name: _property((cell["value"], cell["datatype"], cell["language"]))
        for name, cell in solution.items()
        if cell is not None and name != geometry
    }
    return json.dumps(cells, ensure_ascii=False)


def _property(cell: Cell) -> str | int | float | bool:
    value, datatype, _ = cell
    if datatype == XSD + "boolean" and value in ("true", "false"):
        return value == "true"
    if datatype in RANKS:
        number = term_double(encode_cell(cell))
        if number is not None and np.isfinite(number):
            return int(value) if RANKS[datatype] == 1 else number
    return value

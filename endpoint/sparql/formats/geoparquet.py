"""Solutions as GeoParquet 1.1: one row a solution, the first geometry column as WKB in CRS84.

What type a column has is known only when all of it was read, so that the solutions
are kept in a temporary file first; memory stays bounded.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from typing import IO, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from endpoint.sparql.answer import Answer
from endpoint.sparql.formats.arrow import write as write_arrow
from endpoint.sparql.formats.geometry_column import geometries_crs84, geometry_column
from geosparql.terms import XSD

_TYPES = {
    XSD + "integer": pa.int64(),
    XSD + "int": pa.int64(),
    XSD + "long": pa.int64(),
    XSD + "decimal": pa.float64(),
    XSD + "double": pa.float64(),
    XSD + "float": pa.float64(),
    XSD + "boolean": pa.bool_(),
}
_WIDER = {frozenset({pa.int64(), pa.float64()}): pa.float64()}


def write(answer: Answer, stream: IO[bytes]) -> int:
    """Write solutions; see `endpoint.sparql.results.write_results`.

    A column of numbers or truth values alone is typed; any other is text.
    """
    with tempfile.TemporaryFile() as solutions, tempfile.TemporaryFile() as document:
        rows = write_arrow(answer, solutions)
        geometry, types = _look_through(solutions, answer.variables)
        schema = pa.schema([pa.field(n, types.get(n, pa.string())) for n in answer.variables])
        seen: _Seen = (set(), [])
        with pq.ParquetWriter(document, schema, compression="zstd") as writer:
            for batch in _batches(solutions):
                writer.write_batch(_typed(batch, schema, geometry, seen))
            if geometry is not None:
                writer.add_key_value_metadata({"geo": _metadata(geometry, seen)})
        document.seek(0)
        shutil.copyfileobj(document, stream, 1 << 20)
    return rows


_Seen = tuple[set[str], list[tuple[float, float, float, float]]]
"""Geometry types, and a box for each batch."""


def _batches(solutions: IO[bytes]) -> Iterator[pa.RecordBatch]:
    solutions.seek(0)
    with pa.ipc.open_stream(solutions) as reader:
        yield from cast(Iterator[pa.RecordBatch], reader)


def _look_through(
    solutions: IO[bytes], names: tuple[str, ...]
) -> tuple[str | None, dict[str, pa.DataType]]:
    """Find the geometry column and the types that every cell of a column has."""
    geometry, datatypes = None, {name: set[str | None]() for name in names}
    for batch in _batches(solutions):
        geometry = geometry or geometry_column(batch)
        for name in names:
            cells = batch.column(name).drop_null()
            datatypes[name].update(pc.unique(pc.struct_field(cells, "datatype")).to_pylist())
    types = {name: _type(found) for name, found in datatypes.items()}
    return geometry, types | ({} if geometry is None else {geometry: pa.binary()})


def _type(datatypes: set[str | None]) -> pa.DataType:
    types = frozenset(_TYPES.get(each or "", pa.string()) for each in datatypes)
    if len(types) == 1:
        return next(iter(types))
    return _WIDER.get(types, pa.string())


def _typed(
    batch: pa.RecordBatch, schema: pa.Schema, geometry: str | None, seen: _Seen
) -> pa.RecordBatch:
    columns = []
    for name, kind in zip(schema.names, schema.types, strict=True):
        if name == geometry:
            shapes = geometries_crs84(batch.column(name))
            columns.append(pa.array(shapely.to_wkb(shapes), pa.binary()))
            _look_at(shapes, seen)
        else:
            columns.append(_values(pc.struct_field(batch.column(name), "value"), kind))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _values(texts: Any, kind: pa.DataType) -> pa.Array:
    """Cast lexical forms; one that is none of its type's is null."""
    if kind == pa.string():
        return texts
    texts = pc.ascii_trim_whitespace(texts)
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        return pa.array([_value(text, kind) for text in texts.to_pylist()], kind)


def _value(text: str | None, kind: pa.DataType) -> Any:
    try:
        return None if text is None else pa.scalar(text).cast(kind).as_py()
    except pa.ArrowInvalid:
        return None


def _look_at(shapes: Any, seen: _Seen) -> None:
    types, boxes = seen
    present = shapes[[shape is not None and not shape.is_empty for shape in shapes]]
    if len(present):
        types |= {
            f"{shape.geom_type}{' Z' if shape.has_z else ''}" for shape in _one_of_each(present)
        }
        boxes.append(tuple(shapely.total_bounds(present).tolist()))


def _one_of_each(shapes: Any) -> Any:
    kinds = shapely.get_type_id(shapes) * 2 + shapely.has_z(shapes)
    return shapes[np.unique(kinds, return_index=True)[1]]


def _metadata(geometry: str, seen: _Seen) -> str:
    types, boxes = seen
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": sorted(types)}
    if boxes:
        sides = np.array(boxes)
        column["bbox"] = [*sides[:, :2].min(axis=0).tolist(), *sides[:, 2:].max(axis=0).tolist()]
    return json.dumps(
        {"version": "1.1.0", "primary_column": geometry, "columns": {geometry: column}}
    )

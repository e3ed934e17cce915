"""Answers as a page for browsers: a table, IRIs as links, and geometries drawn beside it."""

from __future__ import annotations

from html import escape
from typing import IO, Any

import numpy as np
import pyarrow as pa
import shapely

from endpoint.sparql.answer import Answer
from endpoint.sparql.formats.cells import written_cells
from endpoint.sparql.formats.geometry_column import geometries_crs84, geometry_column
from endpoint.sparql.functions.encoding import Cell

DRAWN_SHAPES = 2_000
DRAWN_VERTICES = 200
_HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Answer</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 1rem }
table { border-collapse: collapse } th { text-align: left }
td, th { border: 1px solid #ccc; padding: .2rem .5rem; max-width: 40rem; overflow-wrap: anywhere }
td { vertical-align: top; max-height: 6rem } small { color: #666 }
svg { width: 100%; max-height: 28rem; background: #f4f6f8 }
path { fill: #2a7; fill-opacity: .3; stroke: #164; vector-effect: non-scaling-stroke }
</style>
"""


def write(answer: Answer, stream: IO[bytes]) -> int:
    """Write an answer as HTML; nothing is loaded from elsewhere by the page."""
    stream.write(_HEAD.encode())
    if answer.form == "ask":
        stream.write(f"<p>{'Yes' if answer.boolean else 'No'}</p></html>\n".encode())
        return 1
    if answer.form == "select":
        names, batches = list(answer.variables), answer.batches()
    else:
        names = ["subject", "predicate", "object"]
        batches = (_cells_of(batch) for batch in answer.triples())
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    stream.write(f"<table><tr>{head}</tr>\n".encode())
    rows = 0
    shapes: list[Any] = []
    for batch in batches:
        rows += batch.num_rows
        columns = [
            [text or "" for text in written_cells(column, _term)] for column in batch.columns
        ]
        solutions = zip(*columns, strict=True) if columns else [()] * batch.num_rows
        lines = (f"<tr><td>{'</td><td>'.join(solution)}</td></tr>\n" for solution in solutions)
        stream.write("".join(lines).encode())
        shapes += _shapes(batch, DRAWN_SHAPES - len(shapes))
    stream.write(f"</table>\n<p>{rows} rows</p>\n{_map(shapes)}</html>\n".encode())
    return rows


def _cells_of(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give a triple batch as a batch of cells."""
    nothing = pa.nulls(batch.num_rows, pa.string())
    names = ["value", "datatype", "language"]
    parts = [
        [batch.column("subject"), nothing, nothing],
        [batch.column("predicate"), nothing, nothing],
        [batch.column("object"), batch.column("datatype"), batch.column("language")],
    ]
    columns = [pa.StructArray.from_arrays(part, names) for part in parts]
    return pa.RecordBatch.from_arrays(columns, ["subject", "predicate", "object"])


def _term(cell: Cell) -> str:
    value, datatype, language = cell
    text = escape(value)
    if datatype is None:
        # Only addresses that a browser opens harmlessly: no javascript:
        linked = value.startswith(("http://", "https://"))
        return f'<a href="{text}" rel="noreferrer">{text}</a>' if linked else text
    mark = language or datatype.rpartition("#")[2].rpartition("/")[2]
    return text if mark == "string" else f"{text} <small>{escape(mark)}</small>"


def _shapes(batch: pa.RecordBatch, wanted: int) -> list[Any]:
    name = geometry_column(batch) if wanted > 0 else None
    if name is None:
        return []
    shapes = geometries_crs84(batch.column(name).slice(0, wanted))
    return [shape for shape in shapes if shape is not None and not shape.is_empty]


def _map(shapes: list[Any]) -> str:
    if not shapes:
        return ""
    min_x, min_y, max_x, max_y = shapely.total_bounds(shapes).tolist()
    width, height = max(max_x - min_x, 1e-6), max(max_y - min_y, 1e-6)
    margin = max(width, height) / 50
    box = (min_x - margin, -max_y - margin, width + 2 * margin, height + 2 * margin)
    paths = "".join(f'<path d="{_path(shape, margin / 10)}"/>\n' for shape in shapes)
    return f'<svg viewBox="{" ".join(f"{side:.6g}" for side in box)}">\n{paths}</svg>\n'


def _path(shape: Any, radius: float) -> str:
    """Draw a geometry, north up; a point is a small square, a long line is thinned."""
    lines = []
    for part in shapely.get_parts(shapely.get_parts([shape])):
        if part.geom_type == "Point":
            lines.append(_square(part, radius))
            continue
        rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for ring in rings:
            positions = shapely.get_coordinates(ring)
            step = np.linspace(0, len(positions) - 1, min(len(positions), DRAWN_VERTICES))
            lines.append(" L".join(f"{x:.7g} {-y:.7g}" for x, y in positions[step.astype(int)]))
    return "".join(f"M{line}" for line in lines)


def _square(point: Any, radius: float) -> str:
    side = 2 * radius
    corner = f"{point.x - radius:.7g} {-point.y - radius:.7g}"
    return f"{corner} h{side:.7g} v{side:.7g} h{-side:.7g} Z"

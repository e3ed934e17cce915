"""Solutions as an Arrow IPC stream: one struct column (value, datatype, language) a variable."""

from __future__ import annotations

from typing import IO

import pyarrow as pa

from endpoint.sparql.answer import CELL, Answer


def write(answer: Answer, stream: IO[bytes]) -> int:
    """Write solutions batch by batch; see `endpoint.sparql.results.write_results`.

    Nothing is lost: a column is of `endpoint.sparql.answer.CELL`, a null is unbound.
    """
    schema = pa.schema([pa.field(name, CELL) for name in answer.variables])
    rows = 0
    with pa.ipc.new_stream(pa.PythonFile(stream, mode="w"), schema) as writer:
        for batch in answer.batches():
            rows += batch.num_rows
            if schema.names:
                writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
    return rows

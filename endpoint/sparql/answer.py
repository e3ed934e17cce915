"""What a query answers: solutions, a truth value or triples, streamed as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Literal

import pyarrow as pa

from endpoint.sparql.functions.encoding import decode
from endpoint.sparql.plan import Output
from endpoint.store.dataset import Dataset, EphemeralTerms
from endpoint.store.decode import decode_terms
from geosparql.errors import QueryError

AnswerForm = Literal["select", "ask", "construct", "describe"]

CELL = pa.struct([("value", pa.string()), ("datatype", pa.string()), ("language", pa.string())])
"""A term in a solution batch, as the object of a triple batch: `datatype` null for IRIs and blank
nodes (``_:label``). An unbound variable is a null struct."""

_LEAST_ROWS, _MOST_ROWS, _GROWTH = 2048, 32_768, 4
_PORTION_BYTES = 8 << 20


@dataclass(slots=True)
class Answer:
    """The answer to one query, to be read once.

    Parameters
    ----------
    form
        Which kind of query it answers.
    variables
        Names of the head, in order; none for other forms than SELECT.
    warnings
        What the asker should know; complete when all was read.
    """

    form: AnswerForm
    variables: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)
    _boolean: bool | None = None
    _batches: Callable[[], Iterator[pa.RecordBatch]] | None = None
    _close: Callable[[], None] = lambda: None

    @property
    def boolean(self) -> bool:
        """The answer to an ASK query."""
        if self._boolean is None:
            raise QueryError("Only ASK is answered by yes or no", value=self.form)
        return self._boolean

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Stream the solutions of a SELECT query: one column of `CELL` per variable.

        Raises
        ------
        EngineError, CancelledError, LimitError
            While it is read, what the engine raises.
        """
        return self._stream("select")

    def triples(self) -> Iterator[pa.RecordBatch]:
        """Stream the triples of a CONSTRUCT or DESCRIBE query as `geosparql.triples` batches."""
        return self._stream("construct", "describe")

    def _stream(self, *forms: AnswerForm) -> Iterator[pa.RecordBatch]:
        if self.form not in forms or self._batches is None:
            raise QueryError("The query does not answer in this form", value=self.form)
        return self._batches()

    def close(self) -> None:
        """Free what the query holds; reading to the end does so too."""
        self._close()

    def __enter__(self) -> Answer:
        """Give the answer itself."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


def bounded(answer: Answer, max_rows: int) -> Answer:
    """Give an answer that ends with an error behind so many rows: half an answer is none.

    The error is a QueryError, for to ask for less is the asker's to do.
    """

    def batches() -> Iterator[pa.RecordBatch]:
        rows = 0
        for batch in answer._batches() if answer._batches else ():
            rows += batch.num_rows
            if rows > max_rows:
                raise QueryError(
                    f"The answer has more than {max_rows} rows, the most that is given here",
                    hint="Narrow the query or write LIMIT",
                )
            yield batch

    return replace(answer, _batches=batches)


@dataclass(slots=True)
class Portion:
    """How many rows are decoded together: more and more, as long as their terms are small.

    Each time costs a look-up in the dictionary; but the first rows should come soon, and
    what writes an answer holds a portion several times over.
    """

    rows: int = _LEAST_ROWS

    def took(self, columns: Sequence[pa.Array]) -> None:
        """Choose the rows of the next portion by what those of this one have become."""
        rows, size = len(columns[0]) if columns else 0, sum(column.nbytes for column in columns)
        if rows >= self.rows:
            fitting = _PORTION_BYTES * rows // max(size, 1)
            self.rows = max(_LEAST_ROWS, min(_GROWTH * rows, _MOST_ROWS, fitting))


def decoded_columns(
    batch: pa.RecordBatch,
    outputs: list[Output | None],
    dataset: Dataset,
    ephemeral: EphemeralTerms,
) -> list[pa.StructArray]:
    """Give the terms of some outputs of a batch as columns of `CELL`; None is never bound.

    All ids of the batch are looked up together.
    """
    by_id = [o for o in outputs if o is not None and o.form == "id"]
    found: dict[str, pa.StructArray] = {}
    if by_id:
        ids = pa.chunked_array([batch.column(output.column).cast(pa.int64()) for output in by_id])
        terms = decode_terms(dataset, ids, ephemeral=ephemeral)
        cells = _cells(terms.lexical, terms.datatype, terms.language)
        for place, known in enumerate(by_id):
            found[known.column] = cells.slice(place * batch.num_rows, batch.num_rows)
    columns = []
    for output in outputs:
        if output is None:
            columns.append(pa.nulls(batch.num_rows, CELL))
        elif output.form == "text":
            columns.append(_decoded_texts(batch.column(output.column)))
        else:
            columns.append(found[output.column])
    return columns


def _decoded_texts(texts: pa.Array) -> pa.StructArray:
    encoded = texts.dictionary_encode()
    cells = [decode(text) for text in encoded.dictionary.to_pylist()]
    columns = [pa.array([cell[place] for cell in cells], pa.string()) for place in range(3)]
    return _cells(*columns).take(encoded.indices)


def _cells(value: pa.Array, datatype: pa.Array, language: pa.Array) -> pa.StructArray:
    columns = [
        c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c
        for c in (value, datatype, language)
    ]
    return pa.StructArray.from_arrays(columns, fields=list(CELL), mask=columns[0].is_null())

"""Leaves of a federated query: what members answered, as relations of term ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from endpoint.sparql import algebra as al
from endpoint.sparql.engine import QueryOptions, answer_query
from endpoint.store.dataset import Dataset, EphemeralTerms
from engine.protocol import Control, Relation
from federation.fetch import Rows
from geosparql.term_columns import term_of
from geosparql.terms import Term


@dataclass(slots=True)
class Leaves:
    """The rows that one query fetched, in the engine and the ids of the data set at home.

    It must be closed; then its relations are gone.
    """

    dataset: Dataset
    terms: EphemeralTerms
    control: Control
    _relations: list[Relation] = field(default_factory=list)

    def close(self) -> None:
        """Forget the relations."""
        self.terms.close()
        while self._relations:
            self.dataset.engine.drop(self._relations.pop())

    def relation(self, variables: Sequence[al.Variable], answers: Iterable[Rows]) -> al.Pattern:
        """Bring rows in as a leaf that binds `variables`.

        A variable that every row binds is a column that is not nullable.
        """
        columns: list[list[pa.Array]] = [[] for _ in variables]
        count = 0
        for rows in answers:
            count += rows.count
            ids = np.append(self.terms.encode(rows.terms).to_numpy(zero_copy_only=False), -1)
            for column, codes in zip(columns, rows.codes, strict=True):
                column.append(pa.array(ids[codes].astype(np.int64), mask=codes < 0))
        if count == 0:
            return al.Values(tuple(variables), ())
        if not variables:
            return al.Values((), ((),) * count)
        whole = [pa.chunked_array(column, pa.int64()) for column in columns]
        fields = [
            pa.field(variable.name, pa.int64(), nullable=column.null_count > 0)
            for variable, column in zip(variables, whole, strict=True)
        ]
        relation = self.dataset.engine.relation(pa.table(whole, schema=pa.schema(fields)))
        self._relations.append(relation)
        return al.Relation(relation, tuple(variables))

    def solutions(
        self, pattern: al.Pattern, variables: tuple[al.Variable, ...], options: QueryOptions
    ) -> Iterator[tuple[Term | None, ...]]:
        """Work out a pattern of what is at home and already fetched."""
        asked = al.ParsedQuery(al.Select(pattern, variables))
        with answer_query(
            self.dataset, asked, control=self.control, options=options, ephemeral=self.terms
        ) as answer:
            for batch in answer.batches():
                columns = [column.to_pylist() for column in batch.columns]
                for row in zip(*columns, strict=True):
                    yield tuple(None if cell is None else term_of(**_parts(cell)) for cell in row)


def _parts(cell: Mapping[str, str | None]) -> dict[str, Any]:
    return {"text": cell["value"], "datatype": cell["datatype"], "language": cell["language"]}

"""Members that are stores of ours but not the one at home: asked in this process."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from endpoint.sparql import algebra as al
from endpoint.sparql.engine import QueryOptions, answer_query
from endpoint.store.dataset import Dataset
from endpoint.store.encode import TermColumns, distinct_terms
from engine.protocol import Control
from federation.fetch import Question, Rows


def answer_locally(dataset: Dataset, question: Question, control: Control) -> Rows:
    """Answer a question from a store in this process, as an endpoint would over HTTP.

    Blank node labels get the member's name, for labels of two stores may be the same.
    """
    pattern = question.pattern
    if question.bindings is not None:
        pattern = al.Join(question.bindings, pattern)
    asked = al.Select(al.Project(pattern, question.variables), question.variables)
    graph = question.member.graph
    options = QueryOptions(default_graphs=(graph,) if graph else ())
    with answer_query(dataset, al.ParsedQuery(asked), control=control, options=options) as answer:
        batches = list(answer.batches())
    count = sum(batch.num_rows for batch in batches)
    columns = [_terms(batches, place) for place in range(len(question.variables))]
    if not columns:
        return Rows(count, _terms([], 0), ())
    terms, codes = distinct_terms(columns)
    return Rows(count, _scoped(terms, question.member.name), tuple(map(np.asarray, codes)))


def _terms(batches: list[pa.RecordBatch], place: int) -> TermColumns:
    cells = [batch.column(place) for batch in batches]
    parts = [[cell.flatten()[part] for cell in cells] for part in range(3)]
    return TermColumns(*(pa.chunked_array(part, pa.string()).combine_chunks() for part in parts))


def _scoped(terms: TermColumns, name: str) -> TermColumns:
    lexical = [
        f"_:{name}_{text[2:]}" if datatype is None and text.startswith("_:") else text
        for text, datatype in zip(
            terms.lexical.to_pylist(), terms.datatype.to_pylist(), strict=True
        )
    ]
    return TermColumns(pa.array(lexical, pa.string()), terms.datatype, terms.language)

"""Triples made of solutions: CONSTRUCT templates (SPARQL 1.1, section 16.2) and DESCRIBE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from endpoint.sparql.algebra import Constant, Slot, TriplePattern, Variable
from endpoint.sparql.answer import CELL
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.context import GraphScope
from endpoint.sparql.functions.encoding import decode, encode
from endpoint.store.dataset import Dataset
from endpoint.store.decode import decode_terms
from endpoint.store.ids import KIND_BY_NAME, KIND_SHIFT
from engine.protocol import Control
from geosparql.triples import TRIPLES_SCHEMA

Cells = dict[Variable, pa.StructArray]


def template_variables(template: Sequence[TriplePattern]) -> tuple[Variable, ...]:
    """Give the variables of a template that solutions bind; blank nodes are not among them."""
    slots = (
        slot for triple in template for slot in (triple.subject, triple.predicate, triple.object)
    )
    return tuple(dict.fromkeys(s for s in slots if isinstance(s, Variable) and not s.is_hidden))


def made_triples(
    template: Sequence[TriplePattern], cells: Cells, rows: int, first_row: int
) -> pa.RecordBatch:
    """Give the triples of a template for n solutions; what would be no triple is left out.

    Parameters
    ----------
    template
        Its blank nodes are hidden variables: a fresh node per solution.
    cells
        (n,) columns of `CELL` for each variable.
    rows, first_row
        n, and how many solutions came before: it makes blank nodes different.
    """
    parts = [_triples_of(triple, cells, rows, first_row) for triple in template]
    empty = TRIPLES_SCHEMA.empty_table()
    table = pa.concat_tables([empty, *parts])
    kept = table.select(["subject", "predicate", "object", "datatype", "language"])
    distinct = kept.group_by(kept.column_names, use_threads=False).aggregate([])
    return _batch(distinct)


def _batch(table: pa.Table) -> pa.RecordBatch:
    nothing = {
        name: pa.nulls(table.num_rows, TRIPLES_SCHEMA.field(name).type)
        for name in ("graph", "geometry")
    }
    columns = [
        nothing[n] if n in nothing else table[n].combine_chunks() for n in TRIPLES_SCHEMA.names
    ]
    return pa.RecordBatch.from_arrays(columns, schema=TRIPLES_SCHEMA)


def _triples_of(triple: TriplePattern, cells: Cells, rows: int, first_row: int) -> pa.Table:
    slots = (triple.subject, triple.predicate, triple.object)
    subject, predicate, object_ = (_column(slot, cells, rows, first_row) for slot in slots)
    values = {"subject": subject, "predicate": predicate, "object": object_}
    columns = {name: pc.struct_field(column, "value") for name, column in values.items()}
    columns["datatype"] = pc.struct_field(object_, "datatype")
    columns["language"] = pc.struct_field(object_, "language")
    valid = pc.and_(_is_resource(subject), _is_resource(predicate))
    valid = pc.and_(valid, pc.invert(pc.starts_with(columns["predicate"], "_:")))
    valid = pc.and_(valid, pc.is_valid(columns["object"]))
    for name in ("graph", "geometry"):
        columns[name] = pa.nulls(rows, TRIPLES_SCHEMA.field(name).type)
    table = pa.table({name: columns[name] for name in TRIPLES_SCHEMA.names})
    return table.filter(valid).cast(TRIPLES_SCHEMA)


def _is_resource(column: pa.StructArray) -> pa.Array:
    is_literal = pc.is_valid(pc.struct_field(column, "datatype"))
    return pc.and_(pc.is_valid(pc.struct_field(column, "value")), pc.invert(is_literal))


def _column(slot: Slot, cells: Cells, rows: int, first_row: int) -> pa.StructArray:
    if isinstance(slot, Constant):
        value, datatype, language = decode(encode(slot.term))
        scalar = pa.scalar({"value": value, "datatype": datatype, "language": language}, CELL)
        return pa.repeat(scalar, rows)
    if slot.is_hidden:
        label = "".join(c if c.isalnum() else "x" for c in slot.name[2:])
        numbers = pa.array(np.arange(first_row, first_row + rows)).cast(pa.string())
        labels = pc.binary_join_element_wise(f"_:c{label}", numbers, "n")
        nothing = pa.nulls(rows, pa.string())
        return pa.StructArray.from_arrays([labels, nothing, nothing], fields=list(CELL))
    return cells.get(slot, pa.nulls(rows, CELL))


def described_triples(
    resources: set[int], dataset: Dataset, graphs: GraphScope, control: Control | None
) -> Iterator[pa.RecordBatch]:
    """Give the concise bounded description of resources in all graphs that a query reads.

    All triples with the resource as subject and, where an object is a blank node,
    its description too (W3C member submission CBD, 2005).
    """
    blank = KIND_BY_NAME["blank"].code
    seen: set[int] = set()
    while resources:
        seen |= resources
        quads = _triples_from(resources, dataset, graphs, control)
        if quads.num_rows:
            yield _described(quads, dataset)
        objects = quads["object"].to_pylist()
        resources = {o for o in objects if o >> KIND_SHIFT == blank} - seen


def _triples_from(
    subjects: set[int], dataset: Dataset, graphs: GraphScope, control: Control | None
) -> pa.Table:
    wanted = dataset.engine.relation(pa.table({"id": pa.array(sorted(subjects), pa.int64())}))
    places = [sql.column(name, "q") for name in ("subject", "predicate", "object")]
    on = sql.equal(sql.column("subject", "q"), sql.column("id", "w"))
    query = exp.select(*places).from_(dataset.quads_spo.table("q")).join(wanted.table("w"), on=on)
    if (readable := graphs.readable()) is not None:
        query = query.where(sql.one_of(sql.column("graph", "q"), readable))
    try:
        with dataset.engine.run(query.distinct(), control=control) as rows:
            return rows.read_all()
    finally:
        dataset.engine.drop(wanted)


def _described(quads: pa.Table, dataset: Dataset) -> pa.RecordBatch:
    columns = {name: decode_terms(dataset, quads[name]) for name in quads.column_names}
    table = pa.table(
        {
            **{name: terms.lexical for name, terms in columns.items()},
            "datatype": columns["object"].datatype,
            "language": columns["object"].language,
        }
    )
    return _batch(table)

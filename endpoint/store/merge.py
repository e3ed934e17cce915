"""Staged rows into the clustered tables, and the tables put in order anew.

New rows are appended as one sorted run. Every run makes a look-up read one more
row group, so when the appended rows pass a share of the whole, all tables are
written anew in order. That costs a constant per row loaded, however many loads.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from sqlglot import exp

from endpoint.store.hilbert import hilbert_index
from endpoint.store.lexical_columns import numpy_of
from endpoint.store.schema import (
    DATA_TABLES,
    GEOMETRIES,
    QUADS_POS,
    QUADS_SPO,
    STORE_INFO,
    TERM_HASHES,
    TERMS,
    Table,
    column,
    ordered,
)
from endpoint.store.staging import Staging
from endpoint.store.statistics import add_statistics, rebuild_statistics
from engine.protocol import Control, DatabaseEngine, Relation

APPENDED_SHARE = 0.25
"""Appended quads beyond this share of all have the tables written anew."""
APPENDED_ROWS = 122_880
"""Fewer of them than a row group are left: they make a look-up read one more, however many runs."""


def merge(engine: DatabaseEngine, staging: Staging, control: Control) -> int:
    """Put staged rows into the tables, inside a transaction; return the quads added."""
    stored = count_rows(engine, QUADS_SPO.name)
    fresh = _fresh_quads(engine, staging.quads, control)
    added = count_rows(engine, fresh.name)
    sources = (
        (TERMS, staging.terms.name, TERMS.order),
        (TERM_HASHES, staging.terms.name, TERM_HASHES.order),
        (GEOMETRIES, staging.geometries.name, ("hilbert",)),
        (QUADS_SPO, fresh.name, QUADS_SPO.order),
        (QUADS_POS, fresh.name, QUADS_POS.order),
    )
    for done, (table, source, order) in enumerate(sources):
        control.report("merge", done, len(sources), "tables")
        rows = ordered(table.select(source), order)
        engine.execute(exp.insert(rows, exp.to_table(table.name)), control=control)
    if stored == 0:
        rebuild_statistics(engine, control)
        _set_clustered(engine, added)
        return added
    add_statistics(engine, fresh, control)
    keep_clustered(engine, stored + added, _clustered(engine), control)
    return added


def keep_clustered(
    engine: DatabaseEngine, quads: int, clustered_quads: int, control: Control
) -> None:
    """Write the tables anew where too many of their quads were appended, inside a transaction."""
    if quads - clustered_quads > max(APPENDED_ROWS, APPENDED_SHARE * quads):
        recluster(engine, control)


def recluster(engine: DatabaseEngine, control: Control) -> None:
    """Write all data tables anew in their order, inside a transaction; count the statistics."""
    places = engine.relation(_places(engine))
    try:
        for done, table in enumerate(DATA_TABLES):
            control.report("recluster", done, len(DATA_TABLES), "tables")
            _rewrite(engine, table, places, control)
    finally:
        engine.drop(places)
    rebuild_statistics(engine, control)
    _set_clustered(engine, count_rows(engine, QUADS_SPO.name))


def _rewrite(engine: DatabaseEngine, table: Table, places: Relation, control: Control) -> None:
    along_curve = table is GEOMETRIES
    rows = _along_curve(places) if along_curve else ordered(table.select(), table.order)
    made = exp.to_table(f"{table.name}_ordered")
    for statement in (
        table.create(made.name),
        exp.insert(rows, made.copy()),
        table.drop(),
        exp.rename_table(made, exp.to_table(table.name)),
    ):
        engine.execute(statement, control=control)


def count_rows(engine: DatabaseEngine, name: str) -> int:
    """Count the rows of a table."""
    counted = exp.alias_(exp.Count(this=exp.Star()), "rows")
    table = engine.run(exp.select(counted).from_(exp.to_table(name))).read_all()
    return int(table["rows"][0].as_py())


def _fresh_quads(engine: DatabaseEngine, staged: Relation, control: Control) -> Relation:
    """Keep each staged quad once, and only those that the store does not hold: a graph is a set."""
    same = exp.and_(
        *(
            exp.EQ(this=column(name, "stored"), expression=column(name, "staged"))
            for name in QUADS_SPO.columns
        )
    )
    held = exp.select("1").from_(exp.to_table(QUADS_SPO.name, alias="stored")).where(same)
    query = (
        exp.select(*(column(name, "staged") for name in QUADS_SPO.columns))
        .distinct()
        .from_(staged.table("staged"))
        .where(exp.not_(exp.Exists(this=held)))
    )
    return engine.materialize(query, name="fresh_quads", control=control)


def _places(engine: DatabaseEngine) -> pa.Table:
    """Give the place of each stored geometry along the Hilbert curve."""
    sides = ("min_x", "min_y", "max_x", "max_y")
    boxes = engine.run(exp.select(*map(column, ("id", *sides))).from_(GEOMETRIES.name)).read_all()
    corners = [numpy_of(boxes[side].fill_null(np.nan)) for side in sides]
    place = hilbert_index(np.column_stack(corners))
    return pa.table({"located": boxes["id"], "hilbert": place})


def _along_curve(places: Relation) -> exp.Select:
    """Give the rows of the geometries table sorted by their places."""
    same = exp.EQ(this=column("id", "g"), expression=column("located", "p"))
    return (
        exp.select(*(column(name, "g") for name in GEOMETRIES.columns))
        .from_(exp.to_table(GEOMETRIES.name, alias="g"))
        .join(places.table("p"), on=same)
        .order_by(column("hilbert", "p"))
    )


def _clustered(engine: DatabaseEngine) -> int:
    rows = engine.run(STORE_INFO.select()).read_all()
    return int(rows["clustered_quads"][0].as_py())


def _set_clustered(engine: DatabaseEngine, quads: int) -> None:
    engine.execute(exp.update(STORE_INFO.name, {"clustered_quads": quads}))

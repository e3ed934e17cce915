"""The statements by which a change moves rows, written once: small changes are many.

What goes in or out stands in a relation called `CHANGED_ROWS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from endpoint.store.schema import (
    GEOMETRIES,
    QUADS_POS,
    QUADS_SPO,
    TERM_HASHES,
    TERMS,
    Table,
    column,
    ordered,
)
from engine.protocol import DatabaseEngine, Prepared

CHANGED_ROWS = "changed_rows"


@dataclass(frozen=True, slots=True)
class ChangeStatements:
    """Each reads `CHANGED_ROWS`; those that change a table stand by its name.

    Parameters
    ----------
    held, lacking
        Give the quads, each once, that the store has and that it lacks.
    insert
        Put the rows into a table, in its order.
    delete
        Take the quads out of a table, which has them.
    """

    held: Prepared
    lacking: Prepared
    insert: Mapping[str, Prepared]
    delete: Mapping[str, Prepared]


def change_statements(engine: DatabaseEngine) -> ChangeStatements:
    """Write the statements for an engine."""
    changed = exp.to_table(CHANGED_ROWS)
    staged = exp.select(*map(column, QUADS_SPO.columns)).from_(changed)
    # Not as an anti-join: that would read every stored quad.
    lacking = exp.except_(staged, _held())
    inserts = {
        QUADS_SPO: QUADS_SPO.order,
        QUADS_POS: QUADS_POS.order,
        TERMS: TERMS.order,
        TERM_HASHES: TERM_HASHES.order,
        GEOMETRIES: ("hilbert",),
    }
    return ChangeStatements(
        engine.prepare(_held().distinct()),
        engine.prepare(lacking),
        {
            table.name: engine.prepare(
                exp.insert(ordered(table.select(CHANGED_ROWS), order), exp.to_table(table.name))
            )
            for table, order in inserts.items()
        },
        {table.name: engine.prepare(_delete(table)) for table in (QUADS_SPO, QUADS_POS)},
    )


def _held() -> exp.Select:
    columns = (column(name, "q") for name in QUADS_SPO.columns)
    stored, changed = exp.to_table(QUADS_SPO.name, alias="q"), exp.to_table(CHANGED_ROWS, alias="c")
    return exp.select(*columns).from_(stored).join(changed, on=_same_quad("q", "c"))


def _delete(table: Table) -> exp.Delete:
    changed = exp.select("1").from_(exp.to_table(CHANGED_ROWS, alias="c"))
    among = exp.Exists(this=changed.where(_same_quad(table.name, "c")))
    return exp.delete(table.name).where(among)


def _same_quad(left: str, right: str) -> exp.Condition:
    return exp.and_(
        *(
            exp.EQ(this=column(name, left), expression=column(name, right))
            for name in QUADS_SPO.columns
        )
    )

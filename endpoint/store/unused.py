"""Terms that no quad uses any more: deleting quads leaves them, `optimize` drops them."""

from __future__ import annotations

from sqlglot import exp

from endpoint.store.ids import id_kind
from endpoint.store.schema import GEOMETRIES, QUADS_SPO, TERM_HASHES, TERMS, column
from engine.protocol import Control, DatabaseEngine, Relation


def drop_unused_terms(engine: DatabaseEngine, control: Control) -> int:
    """Drop them from the dictionary, inside a transaction; return how many.

    The last term of each kind stays even so: ids go on from there, and none is ever
    given twice.
    """
    kept = engine.materialize(_kept_ids(), control=control)
    try:
        dropped = 0
        for table in (TERM_HASHES, GEOMETRIES, TERMS):
            statement = exp.delete(table.name).where(exp.not_(_is_among(table.name, kept)))
            dropped = engine.execute(statement, control=control)
    finally:
        engine.drop(kept)
    return dropped


def _kept_ids() -> exp.Query:
    """Give the ids in use and the last one of each kind; union leaves each once."""
    used = [
        exp.select(exp.alias_(column(name), "kept")).from_(QUADS_SPO.name)
        for name in QUADS_SPO.columns
    ]
    last = exp.alias_(exp.Max(this=column("id")), "kept")
    return exp.union(*used, exp.select(last).from_(TERMS.name).group_by(id_kind("id")))


def _is_among(table: str, kept: Relation) -> exp.Exists:
    same = exp.EQ(this=column("kept", "k"), expression=column("id", table))
    return exp.Exists(this=exp.select("1").from_(kept.table("k")).where(same))

"""Which ids the terms of a dictionary have: found by hash, then compared letter for letter."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from endpoint.store.encode import TermColumns
from endpoint.store.hashes import term_hash, term_hash_expression
from endpoint.store.lexical_columns import Flags, Integers, numpy_of
from endpoint.store.schema import TERM_HASHES, TERMS, column
from engine.protocol import Engine

NOT_FOUND = -1
"""Stands for an id where a dictionary does not hold the term."""

FETCHED = pa.schema(
    [TERMS.schema.field(name) for name in ("id", "lexical", "datatype", "language")]
)
_SINGLE = 4  # so many terms are found faster one by one than through a join
_FEW = 64  # so many hashes are faster one by one than through an engine


def hashes_of(engine: Engine, terms: TermColumns) -> Integers:
    """Give the hashes of n terms; none may be null."""
    if len(terms) <= _FEW:
        return np.array([term_hash(*row) for row in terms.rows()], dtype=np.int64)
    table = pa.table({"row": np.arange(len(terms)), **_columns(terms)})
    source = engine.relation(table)
    names = (column(name) for name in ("lexical", "datatype", "language"))
    hashed = term_hash_expression(*names, engine=engine.name)
    try:
        found = _read(
            engine, exp.select(column("row"), exp.alias_(hashed, "hash")).from_(source.table())
        )
    finally:
        engine.drop(source)
    result = np.empty(len(terms), dtype=np.int64)
    result[numpy_of(found["row"])] = numpy_of(found["hash"])
    return result


def dictionary_ids(
    engine: Engine,
    terms: TermColumns,
    hashes: Integers,
    *,
    relations: tuple[str, str] = (TERM_HASHES.name, TERMS.name),
) -> Integers:
    """Give the ids under which a dictionary holds terms.

    Parameters
    ----------
    engine
        Runs the two look-ups.
    terms, hashes
        n terms and their hashes.
    relations
        Names of a relation with the columns ``hash``, ``id``, and of one with those of
        the terms table.

    Returns
    -------
    ndarray
        n ids; `NOT_FOUND` where the dictionary does not hold the term.
    """
    if len(terms) <= _SINGLE:
        return _single_ids(engine, terms, hashes, relations)
    result = np.full(len(terms), NOT_FOUND, dtype=np.int64)
    rows, ids = _candidates(engine, hashes, relations[0])
    if len(ids):
        found = fetch_terms(engine, np.unique(ids), relations[1]).sort_by("id")
        places = np.searchsorted(numpy_of(found["id"]), ids)
        equal = _equal(terms.take(rows), term_columns(found).take(places))
        result[rows[equal]] = ids[equal]
    return result


def _single_ids(
    engine: Engine, terms: TermColumns, hashes: Integers, relations: tuple[str, str]
) -> Integers:
    """Do as `dictionary_ids` for a few terms: one look-up each, all in one query."""
    if not len(terms):
        return np.empty(0, dtype=np.int64)
    by_hash, by_id = (exp.to_table(name, alias=a) for name, a in zip(relations, "ht", strict=True))
    lookups = [
        exp.select(*(column(name, "t") for name in FETCHED.names))
        .from_(by_hash.copy())
        .join(by_id.copy(), on=_equals(("id", "t"), ("id", "h")))
        .where(exp.EQ(this=column("hash", "h"), expression=exp.Literal.number(number)))
        for number in np.unique(hashes).tolist()
    ]
    query = exp.union(*lookups, distinct=False) if len(lookups) > 1 else lookups[0]
    found = _read(engine, query).cast(FETCHED)
    ids = dict(zip(term_columns(found).rows(), found["id"].to_pylist(), strict=True))
    return np.array([ids.get(term, NOT_FOUND) for term in terms.rows()], dtype=np.int64)


def fetch_terms(engine: Engine, ids: Integers, term_relation: str = TERMS.name) -> pa.Table:
    """Give the rows of a terms relation that have these (different) ids, in any order."""
    if not len(ids):
        return FETCHED.empty_table()
    source = engine.relation(pa.table({"wanted": ids}))
    query = (
        exp.select(*(column(name, "t") for name in FETCHED.names))
        .from_(source.table("w"))
        .join(exp.to_table(term_relation, alias="t"), on=_equals(("id", "t"), ("wanted", "w")))
    )
    try:
        return _read(engine, query).cast(FETCHED)
    finally:
        engine.drop(source)


def _candidates(engine: Engine, hashes: Integers, relation: str) -> tuple[Integers, Integers]:
    """Give the rows of `hashes` that a dictionary knows, and the id that goes with each."""
    source = engine.relation(pa.table({"row": np.arange(len(hashes)), "wanted": hashes}))
    query = (
        exp.select(column("row", "w"), column("id", "h"))
        .from_(source.table("w"))
        .join(exp.to_table(relation, alias="h"), on=_equals(("hash", "h"), ("wanted", "w")))
    )
    try:
        found = _read(engine, query)
    finally:
        engine.drop(source)
    return numpy_of(found["row"]), numpy_of(found["id"])


def _equals(left: tuple[str, str], right: tuple[str, str]) -> exp.Expression:
    return exp.EQ(this=column(*left), expression=column(*right))


def _read(engine: Engine, query: exp.Query) -> pa.Table:
    return engine.run(query).read_all()


def _columns(terms: TermColumns) -> dict[str, pa.StringArray]:
    return {"lexical": terms.lexical, "datatype": terms.datatype, "language": terms.language}


def term_columns(found: pa.Table) -> TermColumns:
    """Give the terms of fetched rows."""
    names = ("lexical", "datatype", "language")
    return TermColumns(*(found[name].combine_chunks() for name in names))


def _equal(left: TermColumns, right: TermColumns) -> Flags:
    """Tell which rows of two term columns hold the same term."""
    same = np.ones(len(left), dtype=bool)
    for mine, other in zip(_columns(left).values(), _columns(right).values(), strict=True):
        both_null = pc.and_(mine.is_null(), other.is_null())
        same &= numpy_of(pc.if_else(both_null, True, pc.fill_null(pc.equal(mine, other), False)))
    return same

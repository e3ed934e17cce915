"""One hash in Python, DuckDB and Spark."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from endpoint.store.hashes import term_hash, term_hash_expression
from endpoint.store.schema import column
from engine.protocol import Engine
from geosparql.terms import RDF_LANG_STRING, XSD_STRING
from tests.endpoint.store.literals import literals

Row = tuple[str, str | None, str | None]


def hashed(engine: Engine, rows: list[Row]) -> list[int]:
    names = ("lexical", "datatype", "language")
    columns = {
        name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(names)
    }
    source = engine.relation(pa.table({"row": list(range(len(rows))), **columns}))
    expression = term_hash_expression(*map(column, names), engine=engine.name)
    try:
        query = exp.select("row", exp.alias_(expression, "hash")).from_(source.table())
        result: list[int] = engine.run(query).read_all().sort_by("row")["hash"].to_pylist()
        return result
    finally:
        engine.drop(source)


def test_engines_hash_as_python_does(engine: Engine) -> None:
    rows: list[Row] = [
        ("http://example.org/ä", None, None),
        ("_:b1", None, None),
        ("", XSD_STRING, None),
        ("a\n\t\"\\'\x00\u2028😀", XSD_STRING, None),
        ("_:b1", XSD_STRING, None),
        ("chat", RDF_LANG_STRING, "en-US"),
        ("chat", RDF_LANG_STRING, "en-us"),
    ]
    assert hashed(engine, rows) == [term_hash(*row) for row in rows]


@given(st.lists(literals, max_size=20))
def test_any_literal(duckdb_engine: Engine, terms: list) -> None:  # type: ignore[type-arg]
    rows = [(term.lexical, term.datatype, term.language) for term in terms]
    assert hashed(duckdb_engine, rows) == [term_hash(*row) for row in rows]


def test_the_same_text_as_iri_blank_node_string_and_tagged_string_are_four_terms() -> None:
    hashes = {
        term_hash("_:a", None, None),
        term_hash("a", None, None),
        term_hash("a", XSD_STRING, None),
        term_hash("a", RDF_LANG_STRING, "en"),
        term_hash("a", RDF_LANG_STRING, "EN"),
    }
    assert len(hashes) == 5

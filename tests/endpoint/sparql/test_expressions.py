"""Operators and functions, by tables: as constants, as terms with ids, as computed terms."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from endpoint.sparql import algebra
from endpoint.sparql.engine import QueryOptions, query
from endpoint.sparql.parse import parse_query
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from geosparql.term_columns import to_oxigraph
from tests.endpoint.sparql import expression_cases, string_cases, term_cases, time_cases
from tests.endpoint.sparql.expression_cases import Cases
from tests.endpoint.sparql.solutions import dataset_of, our_solutions

TABLES: dict[str, Cases] = {
    "arithmetic": expression_cases.ARITHMETIC,
    "comparison of numbers": expression_cases.NUMBER_COMPARISON,
    "truth and equality": expression_cases.TRUTH,
    "dates and times": time_cases.TIMES,
    "casts": time_cases.CASTS,
    "strings": string_cases.STRINGS,
    "regular expressions": string_cases.PATTERNS,
    "terms": term_cases.TERMS,
}
PREFIXES = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
BASE = "http://base/dir/doc"
OPERAND = re.compile(
    r'"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^\w*:\w+)?'  # a literal
    r"|(?<![\w?])[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"  # a number
    r"|\b(?:true|false)\b|(?<![\w^]):\w+"  # a truth value, an IRI
)


def _as_constants(cases: Iterable[str]) -> str:
    return " ".join(f"BIND({case} AS ?x{i})" for i, case in enumerate(cases))


def _as_variables(cases: Iterable[str], *, computed: bool) -> str:
    """Take the operands out of the expressions, into inline data, or beside computed terms."""
    parts: list[str] = []
    for number, case in enumerate(cases):
        operands: list[str] = []

        def taken(match: re.Match[str], known: list[str] = operands, number: int = number) -> str:
            known.append(match[0])
            return f"?v{number}_{len(known) - 1}"

        expression = OPERAND.sub(taken, case)
        for place, operand in enumerate(operands):
            name = f"?v{number}_{place}"
            data = f"VALUES {name} {{ {operand} }}"
            if computed:  # a UNION of ids with a computed string stands as texts
                data = f'{{ {data} }} UNION {{ BIND(UCASE("a") AS {name}) FILTER(false) }}'
            parts.append(data)
        parts.append(f"BIND({expression} AS ?x{number})")
    return " ".join(parts)


FORMS = {
    "constants": _as_constants,
    "ids": lambda cases: _as_variables(cases, computed=False),
    "texts": lambda cases: _as_variables(cases, computed=True),
}
BLOCK_SIZES = {"constants": 25, "ids": 3, "texts": 3}
"""How many expressions one query asks for: an engine plans long ones slowly."""


def _term(text: str) -> object:
    parsed = parse_query(f"{PREFIXES} SELECT * {{ VALUES ?x {{ {text} }} }}").query.pattern
    assert isinstance(parsed, algebra.Project)
    assert isinstance(parsed.pattern, algebra.Values)
    ((term,),) = parsed.pattern.rows
    return to_oxigraph(term)


@pytest.mark.parametrize("table", TABLES)
def test_values_of_constants(table: str, duckdb_engine: Engine) -> None:
    check(table, "constants", duckdb_engine)


@pytest.mark.spark
@pytest.mark.parametrize("table", ["arithmetic", "regular expressions"])
def test_values_on_spark(table: str, spark_engine: Engine) -> None:
    check(table, "constants", spark_engine)


@pytest.mark.full
@pytest.mark.spark
@pytest.mark.parametrize("table", TABLES)
def test_all_values_on_spark(table: str, spark_engine: Engine) -> None:
    check(table, "constants", spark_engine)


@pytest.mark.parametrize("table", ["casts", "regular expressions", "terms"])
def test_values_of_ids(table: str, duckdb_engine: Engine) -> None:
    check(table, "ids", duckdb_engine)


@pytest.mark.full
@pytest.mark.parametrize("form", ["ids", "texts"])
@pytest.mark.parametrize("table", TABLES)
def test_values_of_variables(table: str, form: str, duckdb_engine: Engine) -> None:
    check(table, form, duckdb_engine)


def check(table: str, form: str, engine: Engine) -> None:
    cases = TABLES[table]
    names, wrong = list(cases), {}
    dataset = dataset_of(engine, "")
    try:
        for start in range(0, len(names), BLOCK_SIZES[form]):
            block = names[start : start + BLOCK_SIZES[form]]
            text = f"{PREFIXES} SELECT * {{ {FORMS[form](block)} }}"
            (solution,) = our_solutions(query(dataset, text, options=QueryOptions(base=BASE)))
            for number, name in enumerate(block):
                wanted, found = cases[name], solution.get(f"x{number}")
                if found != (None if wanted is None else _term(wanted)):
                    wrong[name] = (found, wanted)
    finally:
        drop_dataset(dataset)
    assert not wrong

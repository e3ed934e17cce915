"""What an entry of the suite is, and the text of its query.

A query holds a table of cases, so that one file says much and a failing case can still
be named. Each row is a case: its name, its arguments, what is expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import indent, wrap

GEOF = "http://www.opengis.net/def/function/geosparql/"
GEO = "http://www.opengis.net/ont/geosparql#"
REQ_10 = "http://www.opengis.net/spec/geosparql/1.0/req/"
REQ_11 = "http://www.opengis.net/spec/geosparql/1.1/req/"
PREFIXES = {
    "geo": GEO,
    "geof": GEOF,
    "sf": "http://www.opengis.net/ont/sf#",
    "gml": "http://www.opengis.net/ont/gml#",
    "uom": "http://www.opengis.net/def/uom/OGC/1.0/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "ex": "http://example.org/",
}
XSD = PREFIXES["xsd"]

Json = dict[str, str]
"""A term as SPARQL JSON results write it."""
Expected = bool | Sequence[dict[str, Json]]


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer to a question that the standard leaves open, or answers in two ways."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a manifest.

    Parameters
    ----------
    name
        Name of its files; unique in its conformance class.
    comment
        Why it is there, in a sentence.
    requirement
        IRI of the requirement of the standard.
    tests
        IRIs of the functions, properties or classes it is about.
    query
        The SPARQL text.
    expected
        The solutions, or for ASK a truth value.
    data
        Turtle of the default graph; None where the query needs no data.
    regime
        ``RDFS`` or ``RIF``: the entailment regime that the query is asked under.
    reading
        The answer to an open question that the entry expects.
    """

    name: str
    comment: str
    requirement: str
    tests: tuple[str, ...]
    query: str
    expected: Expected
    data: str | None = None
    regime: str | None = None
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One case of a table: arguments as SPARQL text, and the expected term or None for unbound."""

    name: str
    arguments: tuple[str, ...]
    expected: Json | None = field(default_factory=lambda: boolean(True))


@dataclass(frozen=True, slots=True)
class ConformanceClass:
    """A folder of the suite: a conformance class of the standard and its entries."""

    folder: str
    iri: str
    label: str
    entries: tuple[Entry, ...]


def boolean(value: bool) -> Json:
    """Give a truth value as a term."""
    return literal(str(value).lower(), "boolean")


def integer(value: int) -> Json:
    """Give an integer as a term."""
    return literal(str(value), "integer")


def literal(text: str, datatype: str | None = None) -> Json:
    """Give a literal as a term; `datatype` is a local name of XML Schema."""
    term = {"type": "literal", "value": text}
    return term | {"datatype": XSD + datatype} if datatype else term


def iri(value: str) -> Json:
    """Give an IRI, or a name with a prefix, as a term."""
    prefix, _, local = value.partition(":")
    return {"type": "uri", "value": PREFIXES[prefix] + local if prefix in PREFIXES else value}


def table(
    name: str,
    comment: str,
    rows: Iterable[Row],
    *,
    variables: str,
    binds: Sequence[str],
    requirement: str,
    tests: Sequence[str] = (),
    reading: Reading | None = None,
) -> Entry:
    """Make an entry of a table of cases: each row binds `variables`, then `binds` are worked out.

    The last bind must give ``?result``.
    """
    cases = tuple(rows)
    names = " ".join(f"?{variable}" for variable in variables.split())
    values = "".join(f"    ( {text(row.name)} {' '.join(row.arguments)} )\n" for row in cases)
    body = f"  VALUES ( ?case {names} ) {{\n{values}  }}\n"
    body += "".join(f"  BIND( {bind} )\n" for bind in binds)
    expected = [
        {"case": literal(row.name)} | ({"result": row.expected} if row.expected else {})
        for row in cases
    ]
    return Entry(
        name, comment, requirement, tuple(tests),
        query_text(comment, f"SELECT ?case ?result WHERE {{\n{body}}}\n"), expected,
        reading=reading,
    )  # fmt: skip


def calls(
    name: str,
    comment: str,
    cases: dict[str, str],
    *,
    requirement: str,
    tests: Sequence[str],
    expected: Mapping[str, Json | None] | None = None,
) -> Entry:
    """Make an entry of expressions without arguments; each is true where nothing else is said."""
    wanted = dict.fromkeys(cases, boolean(True)) | dict(expected or {})
    body = " UNION\n".join(
        f"  {{ BIND( {text(case)} AS ?case ) BIND( {expression} AS ?result ) }}"
        for case, expression in cases.items()
    )
    rows = [
        {"case": literal(case)} | ({"result": term} if (term := wanted[case]) else {})
        for case in cases
    ]
    query = query_text(comment, f"SELECT ?case ?result WHERE {{\n{body}\n}}\n")
    return Entry(name, comment, requirement, tuple(tests), query, rows)


def function_table(
    function: str,
    name: str,
    comment: str,
    rows: Iterable[Row],
    *,
    variables: str,
    check: str = "?value",
    requirement: str,
    arguments: str | None = None,
    reading: Reading | None = None,
) -> Entry:
    """Make a table whose first step calls ``geof:function`` and whose second checks ``?value``."""
    given = ", ".join(f"?{v}" for v in (arguments or variables).split())
    return table(
        name, comment, rows, variables=variables, requirement=requirement, reading=reading,
        binds=(f"geof:{function}({given}) AS ?value", f"{check} AS ?result"),
        tests=(GEOF + function,),
    )  # fmt: skip


def query_text(comment: str, body: str) -> str:
    """Give a query with its comment and the prefixes it uses."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", body)
    used = "".join(
        f"PREFIX {p}: <{iri}>\n" for p, iri in PREFIXES.items() if re.search(rf"\b{p}:", bare)
    )
    return indent("\n".join(wrap(comment, 90)), "# ") + "\n" + used + body


def text(value: str) -> str:
    """Give a string as SPARQL text; single quotes where it holds double ones."""
    escaped = value.replace("\\", "\\\\").replace("\n", "\\n")
    if '"' in escaped and "'" not in escaped:
        return f"'{escaped}'"
    return '"' + escaped.replace('"', '\\"') + '"'

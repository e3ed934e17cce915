"""Sources and targets of YARRRML as statements of RML."""

from __future__ import annotations

from geosparql.errors import MappingError
from geosparql.terms import IRI, Literal, Term
from geotriples.mapping.vocabulary import (
    CALLERS_DATABASE,
    CLASS_RASTER,
    CSVW,
    D2RQ,
    EGR,
    FORMATS,
    RML,
    SPARQL_CSV,
    SPARQL_ENDPOINT,
    SQL_QUERY,
    VECTOR,
)
from geotriples.mapping.yaml_nodes import Node
from geotriples.mapping.yarrrml_terms import Statements

SOURCE_KEYS = {
    key: key
    for key in (
        "access", "type", "credentials", "queryFormulation", "query", "encoding", "delimiter",
        "referenceFormulation", "iterator",
    )
}  # fmt: skip
TARGET_KEYS = {key: key for key in ("access", "type", "serialization", "compression")}
FORMULATIONS = {
    "csv": RML + "CSV",
    "jsonpath": RML + "JSONPath",
    "xpath": RML + "XPath",
    "shapefile": RML + "Shapefile",
    "geoparquet": RML + "GeoParquet",
    "vector": VECTOR,
    "raster": CLASS_RASTER,
}
FILE_TYPES = frozenset({"localfile", "remotefile"})
SERIALIZATIONS = {
    "jsonld": "JSON-LD",
    "n3": "N3",
    "ntriples": "N-Triples",
    "nquads": "N-Quads",
    "rdfjson": "RDF_JSON",
    "rdfxml": "RDF_XML",
    "turtle": "Turtle",
    "trig": "TriG",
}
COMPRESSIONS = {"gzip": "gzip", "zip": "zip", "targzip": "targz", "tarxz": "tarxz"}


def add_source(statements: Statements, node: Node) -> Term:
    """Say a source in its long form, or as ``[access~formulation, iterator]``.

    Raises
    ------
    MappingError
        Where a key or the reference formulation is unknown or missing.
    """
    made = statements.blank(node)
    entries = _source_entries(node)
    for key in [key for key in entries if ":" in key]:
        statements.add(made, _option(statements, key, entries[key]), _value(entries[key]))
    database = _database(statements, entries)
    if database is not None:
        statements.add(made, "source", database)
        is_sparql = SPARQL_ENDPOINT in statements.found.get(database, {})
        statements.add(made, "referenceFormulation", IRI(SPARQL_CSV if is_sparql else SQL_QUERY))
        statements.add(made, "iterator", Literal(_needed(entries, "query", node).text))
        return made
    statements.add(made, "source", _file(statements, entries, node))
    formulation = _needed(entries, "referenceFormulation", node)
    name = FORMULATIONS.get(formulation.text.lower()) or statements.iri(formulation).value
    statements.add(made, "referenceFormulation", IRI(name))
    iterator = entries.get("iterator") or entries.get("query")
    if iterator is not None:
        statements.add(made, "iterator", Literal(iterator.text))
    return made


def _source_entries(node: Node) -> dict[str, Node]:
    if not isinstance(node.value, tuple):
        return node.entries(SOURCE_KEYS)
    access, _, formulation = node.items[0].text.rpartition("~")
    if not access or len(node.items) > 2:
        raise MappingError("A short source is [file~formulation, iterator]", where=node.where)
    first = node.items[0]
    found = {
        "access": Node(access, first.line, first.file),
        "referenceFormulation": Node(formulation, first.line, first.file),
    }
    return found | ({"iterator": node.items[1]} if len(node.items) == 2 else {})


def _option(statements: Statements, key: str, node: Node) -> str:
    """Give the IRI of a further property of a source: one of ours."""
    iri = statements.expand(key, node)
    if iri.startswith(EGR):
        return iri
    raise MappingError("The key is unknown", where=node.where, value=key,
                       hint="Further properties of a source are in egr:")  # fmt: skip


def _value(node: Node) -> Term:
    is_iri = node.text.startswith(("http://", "https://", "urn:"))
    return IRI(node.text) if is_iri else Literal(node.text)


def _database(statements: Statements, entries: dict[str, Node]) -> Term | None:
    """Say a database: by its type and place, or the caller's where there is only a query."""
    access, kind = entries.get("access"), entries.get("type")
    if access is None and "query" in entries:
        return IRI(CALLERS_DATABASE)
    if access is None or kind is None or kind.text in FILE_TYPES:
        return None
    made = statements.blank(access)
    if kind.text == "sparql":
        statements.add(made, SPARQL_ENDPOINT, IRI(access.text))
        return made
    place = access.text.partition("://")[2]
    address = f"//{place}" if place else access.text
    statements.add(made, D2RQ + "jdbcDSN", Literal(f"jdbc:{kind.text}:{address}"))
    if "credentials" in entries:
        known = {"username": "username", "password": "password"}
        for name, value in entries["credentials"].entries(known).items():
            statements.add(made, D2RQ + name, Literal(value.text))
    return made


def _file(statements: Statements, entries: dict[str, Node], node: Node) -> Term:
    access = _needed(entries, "access", node)
    made = statements.blank(access)
    statements.add(made, "path", Literal(access.text))
    if "encoding" in entries:
        statements.add(made, "encoding", Literal(entries["encoding"].text))
    if "delimiter" in entries:
        dialect = statements.blank(entries["delimiter"])
        statements.add(made, CSVW + "dialect", dialect)
        statements.add(dialect, CSVW + "delimiter", Literal(entries["delimiter"].text))
    return made


def _needed(entries: dict[str, Node], key: str, node: Node) -> Node:
    if key in entries:
        return entries[key]
    raise MappingError(f"A source needs {key}", where=node.where)


def is_short_file(node: Node) -> bool:
    """Tell whether a text is ``file~formulation`` or ``file~type``, the first of a short form."""
    return isinstance(node.value, str) and "~" in node.value


def add_targets(statements: Statements, node: Node, named: dict[str, Node]) -> list[Term]:
    """Say targets: names of `named` ones, in their long form, or as ``[access~type, …]``.

    Raises
    ------
    MappingError
        Where a name, a key, the serialization or the compression is unknown.
    """
    is_short = isinstance(node.value, tuple) and is_short_file(node.items[0])
    return [_target(statements, one, named) for one in ((node,) if is_short else node.items)]


def _target(statements: Statements, node: Node, named: dict[str, Node]) -> Term:
    if isinstance(node.value, str):
        if node.value not in named:
            raise MappingError("There is no such target", where=node.where, value=node.value,
                               hint=f"There are: {', '.join(named)}")  # fmt: skip
        return _target(statements, named[node.value], {})
    if isinstance(node.value, tuple):
        keys = ("access", "serialization", "compression")
        entries = dict(zip(keys, node.items, strict=False))
    else:
        entries = node.entries(TARGET_KEYS)
    access = _needed(entries, "access", node)
    made, place = statements.blank(node), statements.blank(access)
    statements.add(made, "target", place)
    statements.add(place, "path", Literal(access.text.partition("~")[0]))
    words = (("serialization", SERIALIZATIONS, FORMATS), ("compression", COMPRESSIONS, RML))
    for key, table, namespace in words:
        if key in entries:
            given = entries[key]
            word = table.get(given.text)
            if word is None:
                raise MappingError(f"The {key} is unknown", where=given.where, value=given.text,
                                   hint=f"Known: {', '.join(table)}")  # fmt: skip
            statements.add(made, key, IRI(namespace + word))
    return made

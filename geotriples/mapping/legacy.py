"""Older languages brought to current RML: legacy RML, R2RML, and GeoTriples' own `rrx:`.

A table says what each IRI is called now. Three structures have another shape as
well and are rebuilt: tables of a database, function values, and `rrx:` functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from geosparql.errors import MappingError
from geosparql.terms import IRI, BlankNode, Literal, Term
from geosparql.vocabulary import RDF_TYPE
from geotriples.mapping.document import Document
from geotriples.mapping.vocabulary import (
    CALLERS_DATABASE,
    EGR,
    RML,
    SPARQL_CSV,
    SPARQL_ENDPOINT,
    SQL_QUERY,
    SQL_TABLE,
)

RR = "http://www.w3.org/ns/r2rml#"
LEGACY_RML = "http://semweb.mmlab.be/ns/rml#"
QL = "http://semweb.mmlab.be/ns/ql#"
FNML = "http://semweb.datasciencelab.be/ns/fnml#"
RMLT = "http://semweb.mmlab.be/ns/rml-target#"
COMPRESSION = "http://semweb.mmlab.be/ns/rml-compression#"
RRX = "http://www.w3.org/ns/r2rml-ext#"

NAMESPACES = (RR, LEGACY_RML, QL, FNML, RMLT, COMPRESSION)
"""Their terms are in current RML under the same local name, but for those of `RENAMED`."""

RENAMED = {
    RR + "logicalTable": RML + "logicalSource",
    RR + "LogicalTable": RML + "LogicalSource",
    RR + "BaseTableOrView": RML + "LogicalSource",
    RR + "R2RMLView": RML + "LogicalSource",
    RR + "column": RML + "reference",
    RR + "sqlQuery": RML + "query",
    RR + "TermMap": RML + "ExpressionMap",
    FNML + "functionValue": RML + "functionExecution",
    FNML + "FunctionTermMap": RML + "TermMap",
    LEGACY_RML + "starMap": RML + "objectMap",
    COMPRESSION + "targzip": RML + "targz",
}

DROPPED = frozenset({RR + "sqlVersion", RR + "inverseExpression"})
"""What only helps a processor that queries backwards."""

WORD_VALUED = frozenset(
    RML + name for name in ("termType", "referenceFormulation", "compression", "graph", "constant")
) | {RDF_TYPE}
"""Properties whose objects may be words of the vocabulary; others' objects are data."""

EXECUTES = frozenset(
    f"{scheme}://w3id.org/function/ontology#executes" for scheme in ("http", "https")
)

_DELIMITED = re.compile(r'^["`](?P<name>.+)["`]$')
_DELIMITED_IN_TEMPLATE = re.compile(r'(?<!\\)\{["`](?P<name>[^"`{}]+)["`]\}')

Statements = dict[Term, dict[str, list[Term]]]


def modernized(document: Document) -> Document:
    """Translate the older vocabularies of a document; one that has none comes back as it is.

    Parameters
    ----------
    document
        A mapping in any mixture of vocabularies.

    Returns
    -------
    Document
        The same mapping in the vocabulary of http://w3id.org/rml/.

    Raises
    ------
    MappingError
        Where a function value names no function, or a list is none.
    """
    used = {name for properties in document.statements.values() for name in properties}
    if not any(name.startswith((*NAMESPACES, RRX)) for name in used):
        return document
    statements = {node: _renamed(properties) for node, properties in document.statements.items()}
    translated = Document(document.path, document.text, statements)
    transformations = {
        value
        for properties in statements.values()
        for value in properties.get(RRX + "transformation", ())
    }
    for node in list(statements):
        _rebuild_query(translated, node)
        for value in statements[node].get(RML + "functionExecution", ()):
            _rebuild_function_value(translated, value)
    for node in list(statements):
        if node not in transformations:
            _rebuild_rrx_function(translated, node)
    return translated


def _current(iri: str) -> str:
    """Give the current name of an IRI of the vocabularies; any other stays as it is."""
    namespace = next((one for one in NAMESPACES if iri.startswith(one)), None)
    return iri if namespace is None else RENAMED.get(iri, RML + iri.removeprefix(namespace))


def _renamed(properties: Mapping[str, list[Term]]) -> dict[str, list[Term]]:
    made: dict[str, list[Term]] = {}
    for predicate, values in properties.items():
        if predicate in DROPPED:
            continue
        current = _current(predicate)
        words = [_word(value, current) for value in values] if current in WORD_VALUED else values
        if predicate.startswith(RR):
            words = [_without_delimiters(value, current) for value in words]
        made.setdefault(current, []).extend(words)
    return made


def _word(value: Term, predicate: str) -> Term:
    """Translate an object that may be a word; among constants only the default graph is one."""
    is_data = predicate in (RML + "graph", RML + "constant")
    if not isinstance(value, IRI) or (is_data and value.value != RR + "defaultGraph"):
        return value
    return IRI(_current(value.value))


def _without_delimiters(value: Term, predicate: str) -> Term:
    """Take the quotes off SQL's delimited identifiers: references are column names."""
    if not isinstance(value, Literal):
        return value
    if predicate in (RML + "reference", RML + "child", RML + "parent"):
        return Literal(_DELIMITED.sub(r"\g<name>", value.lexical))
    if predicate == RML + "template":
        return Literal(_DELIMITED_IN_TEMPLATE.sub(r"{\g<name>}", value.lexical))
    return value


def _rebuild_query(document: Document, node: Term) -> None:
    """Turn ``rr:tableName``, ``rr:sqlQuery`` or ``rml:query`` into an iterator and its language."""
    properties = document.statements[node]
    tables = properties.pop(RML + "tableName", [])
    texts = [_without_delimiters(name, RML + "reference") for name in tables]
    texts += properties.pop(RML + "query", [])
    if not texts:
        return
    sources = properties.setdefault(RML + "source", [IRI(CALLERS_DATABASE)])
    is_sparql = any(document.values(source, SPARQL_ENDPOINT) for source in sources)
    formulation = SPARQL_CSV if is_sparql else SQL_TABLE if tables else SQL_QUERY
    properties[RML + "iterator"] = texts
    properties[RML + "referenceFormulation"] = [IRI(formulation)]


def _rebuild_function_value(document: Document, node: Term) -> None:
    """Turn the triples map of a function value into a function and its inputs."""
    properties = document.statements.get(node, {})
    maps = properties.pop(RML + "predicateObjectMap", None)
    if maps is None:
        return
    properties.pop(RML + "logicalSource", None)
    where = document.place("functionValue", "function value")
    for number, entry in enumerate(maps):
        parameter = _constant(document, entry, "predicate", where)
        if parameter.value in EXECUTES:
            properties[RML + "function"] = [_constant(document, entry, "object", where)]
            continue
        values = document.values(entry, RML + "object")
        value_maps = document.values(entry, RML + "objectMap")
        for position, value in enumerate((*values, *value_maps)):
            key = "inputValue" if position < len(values) else "inputValueMap"
            made = BlankNode(f"{_label(node)}i{number}p{position}")
            document.statements[made] = {
                RML + "parameter": [parameter], RML + key: [value],
            }  # fmt: skip
            properties.setdefault(RML + "input", []).append(made)


def _constant(document: Document, node: Term, role: str, where: str) -> IRI:
    """Give the IRI of ``rr:predicate``, or of ``rr:predicateMap [ rr:constant … ]``."""
    value = document.value(node, RML + role, where)
    if value is None:
        inner = document.value(node, f"{RML}{role}Map", where)
        value = None if inner is None else document.value(inner, RML + "constant", where)
    if isinstance(value, IRI):
        return value
    raise MappingError(
        f"A function value needs the IRI of each {role}", where=where,
        hint="Name the function with fno:executes and each parameter by its IRI",
    )  # fmt: skip


def _rebuild_rrx_function(document: Document, node: Term) -> None:
    """Turn ``rrx:function`` and the list of ``rrx:argumentMap`` into a function execution."""
    properties = document.statements[node]
    where = document.place("rrx:", "rrx:function")
    transformation = document.value(node, RRX + "transformation", where)
    holder = properties if transformation is None else document.statements.get(transformation, {})
    if RRX + "function" not in holder:
        return
    functions = holder.pop(RRX + "function")
    lists = holder.pop(RRX + "argumentMap", [])
    properties.pop(RRX + "transformation", None)
    made = BlankNode(f"{_label(node)}f")
    inputs: list[Term] = []
    for number, argument in enumerate(document.list_of(lists[0], where) if lists else ()):
        entry = BlankNode(f"{_label(node)}a{number + 1}")
        key = "inputValueMap" if argument in document.statements else "inputValue"
        document.statements[entry] = {
            RML + "parameter": [IRI(f"{EGR}p{number + 1}")], RML + key: [argument],
        }  # fmt: skip
        inputs.append(entry)
    document.statements[made] = {RML + "function": functions, RML + "input": inputs}
    properties[RML + "functionExecution"] = [made]


def _label(node: Term) -> str:
    """Give the beginning of blank node labels made for a node."""
    return "legacy" + re.sub(r"[^A-Za-z0-9]", "", str(node))

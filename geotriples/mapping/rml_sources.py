"""Logical sources of RML (RML-IO): which file, how its bytes become text, what one row is."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from geosparql.errors import MappingError
from geosparql.terms import IRI, Literal, Term
from geosparql.vocabulary import RDF_TYPE
from geotriples.mapping.document import Document
from geotriples.mapping.logical_source import PACKED, DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.vocabulary import (
    CALLERS_DATABASE,
    CSVW,
    CURRENT_WORKING_DIRECTORY,
    D2RQ,
    DCAT,
    EGR,
    MAPPING_DIRECTORY,
    NAMESPACE,
    RML,
    SPARQL_ENDPOINT,
    XPATH,
)

ZONES = EGR + "zones"
FILE_DATABASES = ("sqlite", "duckdb")
XPATH_FORMULATION = IRI(RML + "XPathReferenceFormulation")

COMPRESSIONS = {RML + name: name for name in ("gzip", "zip", "targz", "tarxz")} | {
    RML + "none": None
}
ENCODINGS = {RML + "UTF-8": "utf-8", RML + "UTF-16": "utf-16"}
DIALECT = frozenset(
    CSVW + name
    for name in ("delimiter", "quoteChar", "doubleQuote", "header", "encoding", "skipRows")
)


def read_logical_source(
    document: Document, node: Term, where: str, database: str | None = None
) -> LogicalSource:
    """Read a logical source.

    Parameters
    ----------
    document
        The mapping file; relative paths start at its folder, or at the working
        directory where `rml:root` says so.
    node
        The logical source.
    where
        File, line and triples map, for messages.
    database
        URL of the database that `egr:Database` stands for.

    Returns
    -------
    LogicalSource
        Path, reference formulation, iterator and further properties.

    Raises
    ------
    MappingError
        Where the source or the reference formulation is missing or not understood.
    """
    inner = f"{where}, logical source"
    source = document.value(node, RML + "source", inner)
    formulation, spaces = _formulation(document, node, inner)
    if source is None or formulation is None:
        missing = "rml:source" if source is None else "rml:referenceFormulation"
        raise MappingError("A logical source is not complete", where=inner, hint=f"Give {missing}")
    options = {
        predicate: value
        for predicate in document.statements.get(node, {})
        if predicate.startswith(EGR)
        and predicate != ZONES
        and (value := document.text_of(node, predicate, inner)) is not None
    }
    for path_option in (EGR + "classTable",):
        if path_option in options:
            options[path_option] = str(document.path.parent / options[path_option])
    zones = document.value(node, ZONES, inner)
    dialect = _dialect(document, source, inner)
    options |= dialect | spaces
    return LogicalSource(
        source=_database_source(document, source, database, inner)
        or _file_source(document, source, dialect.get(CSVW + "encoding"), inner),
        formulation=formulation,
        where=inner,
        iterator=document.text_of(node, RML + "iterator", inner),
        options=tuple(sorted(options.items())),
        zones=None
        if zones is None
        else read_logical_source(document, zones, f"{inner}, zones", database),
    )


def _database_source(
    document: Document, node: Term, callers: str | None, where: str
) -> DatabaseSource | None:
    """Read a D2RQ description or the caller's database; None where the source is neither."""
    if node == IRI(CALLERS_DATABASE):
        if callers is None:
            raise MappingError("The mapping reads a database and none is named", where=where,
                               hint="Give its URL: --database postgresql://host/name")  # fmt: skip
        return DatabaseSource(callers)
    endpoint = document.text_of(node, SPARQL_ENDPOINT, where)
    if endpoint is not None:
        return DatabaseSource(endpoint)
    address = _from_environment(document.text_of(node, D2RQ + "jdbcDSN", where), where)
    if address is None:
        return None
    scheme, _, rest = address.removeprefix("jdbc:").partition(":")
    place = rest.removeprefix("//") if rest.startswith("//") else "/" + rest
    user, password = (
        _from_environment(document.text_of(node, D2RQ + name, where), where)
        for name in ("username", "password")
    )
    login = ":".join(quote(part, safe="") for part in (user, password) if part)
    if scheme in FILE_DATABASES:
        place = f"/{document.path.parent / place.removeprefix('/')}"
    return DatabaseSource(f"{scheme}://{login}{'@' if login else ''}{place}")


def _from_environment(text: str | None, where: str) -> str | None:
    """Give the value of the environment variable that ``$NAME`` names; other text as it is."""
    if text is None or not text.startswith("$"):
        return text
    value = os.environ.get(text[1:])
    if value is None:
        raise MappingError("An environment variable is not set", where=where, value=text,
                           hint=f"export {text[1:]}=…")  # fmt: skip
    return value


def _formulation(document: Document, node: Term, where: str) -> tuple[str | None, dict[str, str]]:
    """Read the reference formulation, and the namespaces that one for XPath declares."""
    formulation = document.value(node, RML + "referenceFormulation", where)
    if formulation is None or XPATH_FORMULATION not in document.values(formulation, RDF_TYPE):
        return document.text_of(node, RML + "referenceFormulation", where), {}
    spaces = {}
    for namespace in document.values(formulation, RML + "namespace"):
        prefix = document.text_of(namespace, RML + "namespacePrefix", where)
        iri = document.text_of(namespace, RML + "namespaceURL", where)
        if prefix is None or iri is None:
            raise MappingError("A namespace is not complete", where=where,
                               hint="Give rml:namespacePrefix and rml:namespaceURL")  # fmt: skip
        spaces[NAMESPACE + prefix] = iri
    return XPATH, spaces


def _file_source(document: Document, node: Term, encoding: str | None, where: str) -> FileSource:
    address = _address(document, node, where)
    if address is None:
        root = document.text_of(node, RML + "root", where) or MAPPING_DIRECTORY
        path = _root_folder(document, root) / path_text(document, node, where)
    else:
        path = Path(unquote(urlsplit(address).path.rpartition("/")[2]) or "index")
    encoding = document.text_of(node, RML + "encoding", where) or encoding or "utf-8"
    return FileSource(
        path=path,
        encoding=ENCODINGS.get(encoding, encoding),
        compression=read_compression(document, node, where)
        if document.values(node, RML + "compression")
        else PACKED.get(path.suffix.lower()),
        nulls=tuple(
            term.lexical
            for term in document.values(node, RML + "null")
            if isinstance(term, Literal)
        ),
        url=address,
    )


def _address(document: Document, node: Term, where: str) -> str | None:
    """Give the address of a file that stands elsewhere: ``https://…``, ``s3://…``."""
    given = [node, *document.values(node, RML + "path", CSVW + "url", DCAT + "downloadURL")]
    texts = [term.lexical if isinstance(term, Literal) else str(getattr(term, "value", ""))
             for term in given[1:] or given if isinstance(term, (Literal, IRI))]  # fmt: skip
    address = next((text for text in texts if "://" in text and "file:" not in text), None)
    if address is not None and node in document.statements and not given[1:]:
        return None
    return address


def read_compression(document: Document, node: Term, where: str) -> str | None:
    """Give what the bytes of a source or target are compressed with; unknown ones are an error."""
    compression = document.text_of(node, RML + "compression", where) or RML + "none"
    if compression not in COMPRESSIONS:
        raise MappingError("The compression is unknown", where=where, value=compression,
                           hint=f"Known: {', '.join(sorted(COMPRESSIONS))}")  # fmt: skip
    return COMPRESSIONS[compression]


def _root_folder(document: Document, root: str) -> Path:
    if root == MAPPING_DIRECTORY:
        return document.path.parent
    return Path() if root == CURRENT_WORKING_DIRECTORY else document.path.parent / root


def path_text(document: Document, node: Term, where: str) -> str:
    """Give the path that a source or target says; one that is no file is an error."""
    if isinstance(node, Literal):
        return node.lexical
    path = document.text_of(node, RML + "path", where) or document.text_of(
        node, CSVW + "url", where
    )
    if path is None and isinstance(node, IRI) and node.value.startswith("file:"):
        path = unquote(urlsplit(node.value).path)
    if path is None:
        raise MappingError(
            "The source is not a file", where=where, value=node,
            hint="Give a path as text, or a node with rml:path or csvw:url",
        )  # fmt: skip
    return path


def _dialect(document: Document, source: Term, where: str) -> dict[str, str]:
    """Read the CSVW dialect of a table."""
    dialect = document.value(source, CSVW + "dialect", where)
    if dialect is None:
        return {}
    given = {
        iri: document.text_of(dialect, iri, where)
        for iri in document.statements.get(dialect, {})
        if iri.startswith(CSVW)
    }
    unknown = set(given) - DIALECT
    if unknown:
        raise MappingError(
            "This part of a CSV dialect is not understood", where=where, value=min(unknown),
            hint=f"Understood: {', '.join(sorted(DIALECT))}",
        )  # fmt: skip
    return {iri: value for iri, value in given.items() if value is not None}

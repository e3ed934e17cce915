"""Words of a draft in Turtle: names, texts, and where a logical source is."""

from __future__ import annotations

import os
import re
from pathlib import Path

from geosparql.errors import shorten
from geosparql.terms import XSD
from geosparql.vocabulary import GEO
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import CSVW, EGR, NAMESPACE, RML, SPARQL_ENDPOINT

PREFIXES = """\
@prefix csvw: <http://www.w3.org/ns/csvw#> .
@prefix egr: <https://w3id.org/earthgraph/rml#> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix geof: <http://www.opengis.net/def/function/geosparql/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rml: <http://w3id.org/rml/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

PREFIXED = (("rml", RML), ("egr", EGR), ("csvw", CSVW), ("xsd", XSD), ("geo", GEO))


def pom(predicates: str, value: str) -> str:
    """Write a predicate-object map with one object map."""
    return f"[ rml:predicate {predicates} ; rml:objectMap [ {value} ] ]"


def options_of(source: LogicalSource) -> list[tuple[str, str]]:
    """Give what a logical source says in our own vocabulary."""
    return [(iri, value) for iri, value in source.options if iri.startswith(EGR)]


def place_of(source: LogicalSource, folder: Path) -> str:
    """Write where the bytes of a source are; a database is left to the caller to name."""
    if not isinstance(source.source, FileSource):
        is_endpoint = source.source.url.startswith("http")
        endpoint = f"[ <{SPARQL_ENDPOINT}> <{source.source.url}> ]"
        return endpoint if is_endpoint else "egr:Database"
    file = source.source
    if file.url is not None:
        return quoted(file.url)
    path = os.path.relpath(file.path, folder)
    words = [
        "a rml:RelativePathSource",
        "rml:root rml:MappingDirectory",
        f"rml:path {quoted(path)}",
    ]
    if file.compression:
        words.append(f"rml:compression {short(RML + file.compression)}")
    if file.encoding != "utf-8":
        words.append(f"rml:encoding {quoted(file.encoding)}")
    words += [f"rml:null {quoted(text)}" for text in file.nulls]
    dialect = [
        f"{short(iri)} {quoted(value)}" for iri, value in source.options if iri.startswith(CSVW)
    ]
    if dialect:
        words.append(f"csvw:dialect [ {' ; '.join(dialect)} ]")
    return f"[ {' ; '.join(words)} ]"


def formulation_of(source: LogicalSource) -> str:
    """Write the reference formulation, with the namespaces of XPaths."""
    spaces = [
        f"[ rml:namespacePrefix {quoted(iri.removeprefix(NAMESPACE))} ; "
        f"rml:namespaceURL {quoted(value)} ]"
        for iri, value in source.options
        if iri.startswith(NAMESPACE)
    ]
    if not spaces:
        return short(source.formulation)
    return f"[ a rml:XPathReferenceFormulation ; rml:namespace {', '.join(spaces)} ]"


def option_value(value: str) -> str:
    """Write a text, or an IRI as such."""
    return f"<{value}>" if re.match(r"https?://", value) else quoted(value)


def one_line(text: str) -> str:
    """Give a text as it may stand in a comment."""
    return shorten(" ".join(text.split()))


def short(iri: str) -> str:
    """Give an IRI as a prefixed name."""
    for prefix, namespace in PREFIXED:
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return f"<{iri}>"


def quoted(text: str) -> str:
    """Write a text as Turtle."""
    for plain, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"),
                           ("\t", "\\t")):  # fmt: skip
        text = text.replace(plain, written)
    return f'"{text}"'

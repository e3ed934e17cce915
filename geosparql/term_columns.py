"""Terms as the three columns of a triple batch, as values, and as pyoxigraph's nodes."""

from __future__ import annotations

import pyoxigraph as ox

from geosparql.errors import InputError
from geosparql.terms import (
    IRI,
    RDF_DIR_LANG_STRING,
    RDF_LANG_STRING,
    BlankNode,
    Literal,
    Term,
    TripleTerm,
)
from geosparql.triples import TRIPLE_TERM


def term_columns(term: Term) -> tuple[str, str | None, str | None]:
    """Give (text, datatype, language) of a term as a triple batch's object columns hold them."""
    match term:
        case IRI(value):
            return value, None, None
        case BlankNode(label):
            return f"_:{label}", None, None
        case Literal(lexical, datatype, language):
            return lexical, datatype, language
        case TripleTerm():
            return str(term), TRIPLE_TERM, None


def term_of(text: str, datatype: str | None = None, language: str | None = None) -> Term:
    """Give the term of the object columns of a triple batch; inverse of `term_columns`.

    Raises
    ------
    InputError
        The datatype says triple term, and the text is none.
    """
    if datatype is None:
        return BlankNode(text[2:]) if text.startswith("_:") else IRI(text)
    if datatype == TRIPLE_TERM:
        return _triple_term_of(text)
    if language is not None and datatype not in (RDF_LANG_STRING, RDF_DIR_LANG_STRING):
        datatype = RDF_DIR_LANG_STRING if "--" in language else RDF_LANG_STRING
    return Literal(text, datatype, language)


def _triple_term_of(text: str) -> TripleTerm:
    try:
        (quad,) = ox.parse(f"_:s <s:p> {text} .".encode(), ox.RdfFormat.N_TRIPLES)
    except SyntaxError as error:
        raise InputError("not a triple term", value=text) from error
    term = from_oxigraph(quad.object)
    if not isinstance(term, TripleTerm):
        raise InputError("not a triple term", value=text)
    return term


def from_oxigraph(
    node: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple, blank_prefix: str = ""
) -> Term:
    """Give the term of a pyoxigraph node; `blank_prefix` goes before blank node labels."""
    if isinstance(node, ox.NamedNode):
        return IRI(node.value)
    if isinstance(node, ox.BlankNode):
        return BlankNode(blank_prefix + node.value)
    if isinstance(node, ox.Literal):
        return Literal(node.value, node.datatype.value, language_tag(node))
    return TripleTerm(
        from_oxigraph(node.subject, blank_prefix),
        IRI(node.predicate.value),
        from_oxigraph(node.object, blank_prefix),
    )


def language_tag(node: ox.Literal) -> str | None:
    """Give the language tag of a literal, its base direction behind two hyphens."""
    language: str | None = node.language
    if language is None or node.direction is None:
        return language
    return f"{language}--{node.direction.value}"


def to_oxigraph(term: Term) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple:
    """Give the pyoxigraph node of a term.

    Raises
    ------
    ValueError
        The IRI, label or tag is not well formed.
    """
    match term:
        case IRI(value):
            return ox.NamedNode(value)
        case BlankNode(label):
            return ox.BlankNode(label)
        case Literal(lexical, _, language) if language is not None:
            tag, _, direction = language.partition("--")
            return ox.Literal(
                lexical, language=tag, direction=ox.BaseDirection(direction) if direction else None
            )
        case Literal(lexical, datatype):
            return ox.Literal(lexical, datatype=ox.NamedNode(datatype))
        case TripleTerm(subject, predicate, item):
            node = resource_node(term_columns(subject)[0])
            return ox.Triple(node, ox.NamedNode(predicate.value), to_oxigraph(item))


def resource_node(text: str) -> ox.NamedNode | ox.BlankNode:
    """Give the pyoxigraph node of a subject or graph column.

    Raises
    ------
    ValueError
        The IRI or label is not well formed.
    """
    return ox.BlankNode(text[2:]) if text.startswith("_:") else ox.NamedNode(text)

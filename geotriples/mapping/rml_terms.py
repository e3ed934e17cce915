"""Term maps of RML: their expression, their term type, and what each role allows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from geosparql.errors import MappingError
from geosparql.terms import IRI, BlankNode, Literal, Term
from geotriples.mapping.document import Document, local_name
from geotriples.mapping.model import (
    Constant,
    Expression,
    FunctionExecution,
    Reference,
    TermMap,
    TermType,
)
from geotriples.mapping.rml_targets import read_targets
from geotriples.mapping.template import parse_template
from geotriples.mapping.vocabulary import RML

IRI_TYPES = frozenset(kind for kind in TermType if kind.is_iri)
RESOURCES = IRI_TYPES | {TermType.BLANK_NODE}

LANGUAGE_TAG = re.compile(
    r"(?:(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4}|[A-Za-z]{5,8})"
    r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    r"(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*"
    r"(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?|[xX](?:-[A-Za-z0-9]{1,8})+)"
)
"""A well-formed language tag (RFC 5646, section 2.1; the grandfathered ones left out)."""


@dataclass(frozen=True, slots=True)
class Role:
    """Where a term map stands: what it is called, which term types it allows and defaults to."""

    name: str
    allowed: frozenset[TermType]
    default: TermType

    def reference(self, name: str, where: str) -> TermMap:
        """Give a term map of a reference alone."""
        return TermMap(Reference(name), self.default, where)


SUBJECT = Role("subject map", RESOURCES, TermType.IRI)
PREDICATE = Role("predicate map", IRI_TYPES, TermType.IRI)
OBJECT = Role("object map", frozenset(TermType), TermType.LITERAL)
GRAPH = Role("graph map", RESOURCES, TermType.IRI)
DATATYPE = Role("datatype map", IRI_TYPES, TermType.IRI)
LANGUAGE = Role("language map", frozenset({TermType.LITERAL}), TermType.LITERAL)
JOIN = Role("join condition", frozenset(TermType), TermType.LITERAL)
INPUT = Role("function input", frozenset(TermType), TermType.LITERAL)
FIELD = Role("expression", frozenset({TermType.LITERAL}), TermType.LITERAL)
CONDITION = Role("condition", frozenset({TermType.LITERAL}), TermType.LITERAL)

EXPRESSIONS = ("constant", "reference", "template", "functionExecution")
TERM_TYPES = {RML + kind.value: kind for kind in TermType}


def constant_map(term: Term, role: Role, where: str) -> TermMap:
    """Give the term map of a constant; one that the role does not allow is a MappingError."""
    inner = f"{where}, {role.name}"
    kind = _type_of(term)
    if kind not in role.allowed:
        raise MappingError(f"A {role.name} cannot make this constant", where=inner, value=term)
    if role is LANGUAGE:
        check_language(term, inner)
    return TermMap(Constant(term), kind, inner)


def check_language(term: Term, where: str) -> None:
    """Refuse a constant that is not a well-formed language tag."""
    if not isinstance(term, Literal) or not LANGUAGE_TAG.fullmatch(term.lexical):
        raise MappingError(
            "The language tag is not well-formed", where=where, value=term,
            hint="Write a BCP 47 tag such as en or pt-BR",
        )  # fmt: skip


def read_term_map(document: Document, node: Term, role: Role, where: str) -> TermMap:
    """Read a term map.

    Parameters
    ----------
    document
        The mapping file.
    node
        The term map.
    role
        Where it stands.
    where
        File, line and triples map, for messages.

    Returns
    -------
    TermMap
        The term map, its datatype, language and condition included.

    Raises
    ------
    MappingError
        Where it has no or several expressions, or a term type, datatype or
        language that does not fit.
    """
    inner = document.at(node, f"{where}, {role.name}")
    expression = _expression(document, node, inner)
    datatype = _part(document, node, "datatype", DATATYPE, inner)
    language = _part(document, node, "language", LANGUAGE, inner)
    condition = document.value(node, RML + "condition", inner)
    kind = _term_type(document, node, expression, role, inner, bool(datatype or language))
    if expression is None and kind is not TermType.BLANK_NODE:
        raise MappingError(
            f"A {role.name} needs an expression", where=inner,
            hint="Give rml:constant, rml:reference, rml:template or rml:functionExecution",
        )  # fmt: skip
    if datatype and language:
        raise MappingError("A literal has a datatype or a language, not both", where=inner)
    if (datatype or language) and kind is not TermType.LITERAL:
        raise MappingError("Only a literal has a datatype or a language", where=inner)
    return TermMap(
        expression, kind, inner, datatype, language,
        None if condition is None else read_term_map(document, condition, CONDITION, inner),
        read_targets(document, node, inner),
    )  # fmt: skip


def _part(document: Document, node: Term, name: str, role: Role, where: str) -> TermMap | None:
    """Read ``rml:datatype`` or ``rml:datatypeMap``, ``rml:language`` or ``rml:languageMap``."""
    constant = document.value(node, RML + name, where)
    inner = document.value(node, RML + name + "Map", where)
    if constant is not None and inner is not None:
        raise MappingError(f"rml:{name} and rml:{name}Map exclude each other", where=where)
    if constant is not None:
        return constant_map(constant, role, where)
    return None if inner is None else read_term_map(document, inner, role, where)


def _expression(document: Document, node: Term, where: str) -> Expression | None:
    given = [kind for kind in EXPRESSIONS if document.values(node, RML + kind)]
    if not given:
        return None
    if len(given) > 1:
        raise MappingError(
            "A term map has several expressions", where=where, value=", ".join(given)
        )
    value = document.value(node, RML + given[0], where)
    assert value is not None
    match given[0], value:
        case "constant", _:
            return Constant(value)
        case "reference", Literal(text):
            return Reference(text)
        case "template", Literal(text):
            return parse_template(text, document.nearer(where, text))
        case "functionExecution", _:
            _check_nesting(document, value, (), where)
            return _function_execution(document, value, node, where)
    raise MappingError(f"rml:{given[0]} must be a text", where=where, value=value)


def _check_nesting(document: Document, node: Term, around: tuple[Term, ...], where: str) -> None:
    """Refuse an execution that is, at whatever depth, an input of itself."""
    if node in around:
        raise MappingError("A function execution is an input of itself", where=where, value=node)
    for entry in document.values(node, RML + "input"):
        for value_map in document.values(entry, RML + "inputValueMap"):
            for inner in document.values(value_map, RML + "functionExecution"):
                _check_nesting(document, inner, (*around, node), where)


def _function_execution(
    document: Document, node: Term, term_map: Term, where: str
) -> FunctionExecution:
    """Read an execution, and which of its outputs a term map takes."""
    function = _constant_or_shortcut(document, node, "function", where)
    inner = f"{where}, function {local_name(function)}"
    inputs = []
    for entry in document.values(node, RML + "input"):
        parameter = _constant_or_shortcut(document, entry, "parameter", inner)
        constant = document.value(entry, RML + "inputValue", inner)
        value_map = document.value(entry, RML + "inputValueMap", inner)
        if (constant is None) == (value_map is None):
            raise MappingError("A function input needs one value", where=inner, value=parameter,
                               hint="Give rml:inputValue or rml:inputValueMap")  # fmt: skip
        value = (
            constant_map(constant, INPUT, inner)
            if constant is not None
            else read_term_map(document, value_map, INPUT, inner)  # type: ignore[arg-type]
        )
        inputs.append((parameter, value))
    returns = any(document.values(term_map, RML + "return", RML + "returnMap"))
    return FunctionExecution(
        function, tuple(inputs),
        _constant_or_shortcut(document, term_map, "return", inner) if returns else None,
    )  # fmt: skip


def _constant_or_shortcut(document: Document, node: Term, name: str, where: str) -> str:
    """Give the IRI of ``rml:name`` or of ``rml:nameMap [ rml:constant … ]``."""
    term = document.value(node, RML + name, where)
    if term is None:
        inner = document.value(node, RML + name + "Map", where)
        term = None if inner is None else document.value(inner, RML + "constant", where)
    if isinstance(term, IRI):
        return term.value
    raise MappingError(
        f"A function execution needs the IRI of a {name}", where=where, hint=f"Give rml:{name}"
    )


def _term_type(
    document: Document,
    node: Term,
    expression: Expression | None,
    role: Role,
    where: str,
    tagged: bool,
) -> TermType:
    """Give the term type as stated, else the default of RML-Core for role and expression."""
    stated = document.text_of(node, RML + "termType", where)
    if stated is not None and stated not in TERM_TYPES:
        raise MappingError("The term type is unknown", where=where, value=stated,
                           hint=f"Known: {', '.join(kind.value for kind in TermType)}")  # fmt: skip
    kind = None if stated is None else TERM_TYPES[stated]
    if isinstance(expression, Constant):
        natural = _type_of(expression.term)
        if kind is not None and not (kind is natural or (kind.is_iri and natural.is_iri)):
            raise MappingError(
                f"The constant is no {kind.value}", where=where, value=expression.term
            )
        if role is LANGUAGE:
            check_language(expression.term, where)
        kind = kind or natural
    elif kind is None:
        is_template = role is OBJECT and expression is not None and hasattr(expression, "parts")
        kind = TermType.IRI if is_template and not tagged else role.default
    if kind not in role.allowed:
        raise MappingError(f"A {role.name} cannot have term type {kind.value}", where=where)
    return kind


def _type_of(term: Term) -> TermType:
    match term:
        case IRI():
            return TermType.IRI
        case BlankNode():
            return TermType.BLANK_NODE
        case _:
            return TermType.LITERAL

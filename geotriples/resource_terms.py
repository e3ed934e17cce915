"""Term maps that make IRIs and blank nodes: encoded, put behind the base, checked."""

from __future__ import annotations

import hashlib
import re

import pyarrow as pa
from sqlglot import exp

from geosparql.errors import MappingError
from geosparql.rdf import term_columns
from geosparql.terms import XSD
from geotriples.iris import ABSOLUTE_IRI, ILLEGAL_IN_IRI, NOT_UNRESERVED
from geotriples.mapping.model import Constant, Reference, Template, TermMap, TermType
from geotriples.sources.source import ROW
from geotriples.term_columns import TermColumns
from geotriples.values import (
    Check,
    Rows,
    call,
    concat,
    is_null,
    not_null,
    null,
    plain,
    text,
    text_of,
    typed_value,
)

ENCODERS = {TermType.IRI: "rml_iri_encode", TermType.URI: "rml_uri_encode"}
SAFE_DATATYPES = frozenset(XSD + name for name in ("integer", "double", "boolean", "date"))
"""Datatypes whose natural lexical forms have no character that an IRI must encode."""


def resource_term(term_map: TermMap, rows: Rows) -> TermColumns:
    """Compile an IRI or a blank node."""
    checks: tuple[Check, ...] = ()
    is_blank = term_map.term_type is TermType.BLANK_NODE
    match term_map.expression:
        case None:
            assert rows.triples_map is not None
            digest = hashlib.sha256(rows.triples_map.name.encode()).hexdigest()[:8]
            number = exp.cast(exp.column(ROW, quoted=True), "TEXT")
            value = concat([text(f"_:b{digest}r"), number])
        case Constant(term):
            value = text(term_columns(term)[0])
        case _ if is_blank:
            raw = text_of(typed_value(term_map, rows))
            value = concat([text("_:"), call("rml_blank_label", raw)])
        case Template() as template:
            value, checks = _iri_of_template(template, term_map, rows)
        case _:
            value, checks = _resolved(text_of(typed_value(term_map, rows)), term_map, rows)
    if is_blank:
        plain(value, "blank")
    elif term_map.term_type in ENCODERS and not isinstance(value, exp.Literal):
        plain(value, "iri")
    return TermColumns(value, null(), null(), null("BINARY"), checks)


def _iri_of_template(
    template: Template, term_map: TermMap, rows: Rows
) -> tuple[exp.Expr, tuple[Check, ...]]:
    """Encode the values, and put the base before what is not absolute."""
    fixed = [part for part in template.parts if isinstance(part, str)]
    is_safe = term_map.term_type in ENCODERS
    for part in fixed:
        if is_safe and (bad := re.search(ILLEGAL_IN_IRI, part)):
            raise MappingError(
                "The template makes illegal IRIs", where=term_map.where, value=part,
                hint=f"Percent-encode {bad[0]!r} in it",
            )  # fmt: skip
    parts = [
        text(part) if isinstance(part, str) else _encoded(part, term_map, rows)
        for part in template.parts
    ]
    first = template.parts[0]
    if isinstance(first, str) and re.match(ABSOLUTE_IRI, first):
        return concat(parts), ()
    if is_safe and not any(":" in part for part in fixed):
        return concat([text(_base(term_map, rows)), *parts]), ()
    return _resolved(concat(parts), term_map, rows)


def _encoded(reference: Reference, term_map: TermMap, rows: Rows) -> exp.Expr:
    value = rows.value(reference.name)
    if pa.types.is_binary(value.kind):
        raise MappingError(
            "A geometry cannot stand in an IRI", where=term_map.where, value=reference.name
        )
    encoder = ENCODERS.get(term_map.term_type)
    is_plain = isinstance(value.datatype, exp.Literal) and value.datatype.this in SAFE_DATATYPES
    if encoder is None or is_plain:
        return value.value
    needy = exp.RegexpLike(this=value.value.copy(), expression=text(NOT_UNRESERVED))
    encoded = exp.If(this=needy, true=call(encoder, value.value))
    return exp.Case(ifs=[encoded], default=value.value)


def _resolved(raw: exp.Expr, term_map: TermMap, rows: Rows) -> tuple[exp.Expr, tuple[Check, ...]]:
    """Make an IRI of any text; text that makes none is a problem of its row."""
    if term_map.term_type not in ENCODERS:
        return raw, ()
    value = call("rml_iri_resolve", raw, text(rows.base_iri or ""))
    hint = "Percent-encode the value, for instance with a template, or mend it"
    if rows.base_iri is None:
        hint += "; a relative IRI needs rml:baseIRI"
    problem = rows.problem(term_map.where, "The value makes no legal IRI", hint)
    return value, (Check(problem, exp.and_(not_null(raw), is_null(value)), raw),)


def _base(term_map: TermMap, rows: Rows) -> str:
    if rows.base_iri is None:
        raise MappingError(
            "The template makes relative IRIs and there is no base IRI", where=term_map.where,
            hint="Let the template begin with a scheme, or give rml:baseIRI",
        )  # fmt: skip
    return rows.base_iri

"""Term maps to expressions: each gives the columns of a triple batch for a row of its source."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

import pyarrow as pa
from sqlglot import exp

from geosparql.errors import MappingError
from geosparql.literals.table import GEOMETRY_DATATYPES
from geosparql.rdf import term_columns
from geosparql.terms import RDF_LANG_STRING, XSD, XSD_STRING
from geosparql.triples import TRIPLE_TERM
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.calls import checks_of
from geotriples.iris import ABSOLUTE_IRI, ILLEGAL_IN_IRI, NOT_UNRESERVED
from geotriples.mapping.contents import quoted_triple
from geotriples.mapping.model import (
    Collection,
    Constant,
    Joined,
    QuotedTriple,
    Reference,
    Template,
    TermMap,
    TermType,
)
from geotriples.mapping.rml_terms import LANGUAGE_TAG
from geotriples.sources.source import ROW
from geotriples.values import (
    Check,
    Rows,
    Typed,
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


@dataclass(frozen=True, slots=True)
class TermColumns:
    """The expressions of a term: its text, what else a literal has, and what can be wrong."""

    value: exp.Expr
    datatype: exp.Expr
    language: exp.Expr
    geometry: exp.Expr
    checks: tuple[Check, ...] = ()

    @property
    def parts(self) -> tuple[exp.Expr, exp.Expr, exp.Expr, exp.Expr]:
        """The four expressions."""
        return self.value, self.datatype, self.language, self.geometry


TERM_PARTS = ("term", "datatype", "language", "geometry")
"""Names of the columns in which a term that was made before stands."""


def compile_term(term_map: TermMap, rows: Rows) -> TermColumns:
    """Compile a term map.

    Parameters
    ----------
    term_map
        The term map.
    rows
        The source whose rows it reads.

    Returns
    -------
    TermColumns
        Expressions over the columns of the source; a null value makes no triple.

    Raises
    ------
    MappingError
        Where the term map does not fit what it reads.
    """
    match term_map.expression:
        case Joined() | Collection():
            value, datatype, language, geometry = (
                exp.column(f"{rows.role}_{part}", quoted=True) for part in TERM_PARTS
            )
            term = TermColumns(value, datatype, language, geometry)
        case QuotedTriple() as triple:
            term = _triple(triple, rows)
        case _ if term_map.term_type is TermType.LITERAL:
            term = _literal(term_map, rows)
        case _:
            term = _resource(term_map, rows)
    checks = (*term.checks, *checks_of(term_map, rows))
    if term_map.condition is None:
        return replace(term, checks=checks)
    holds = exp.EQ(this=text_of(typed_value(term_map.condition, rows)), expression=text("true"))
    held = exp.Case(ifs=[exp.If(this=holds, true=term.value)])
    checks = tuple(
        replace(check, condition=exp.and_(holds.copy(), check.condition)) for check in checks
    )
    return replace(term, value=held, checks=(*checks, *checks_of(term_map.condition, rows)))


def subject_term(term_map: TermMap, term: TermColumns) -> TermColumns:
    """Give what stands for a term as a subject: RDF 1.2 has a reifier there for a triple term."""
    triple = quoted_triple(term_map)
    if triple is None or triple.star:
        return replace(term, datatype=null(), language=null(), geometry=null("BINARY"))
    reifier = concat([text("_:t"), exp.MD5(this=term.value.copy())])
    return TermColumns(reifier, null(), null(), null("BINARY"), term.checks)


def _triple(triple: QuotedTriple, rows: Rows) -> TermColumns:
    """Write the terms of a quoted triple as one."""
    places = zip("spo", (triple.subject, triple.predicate, triple.object), strict=True)
    owners = {"s": triple.triples_map, "p": triple.triples_map, "o": triple.object_of}
    subject, predicate, value = (
        compile_term(part, replace(rows, role=f"{rows.role}_{name}", triples_map=owners[name]))
        for name, part in places
    )
    subject = subject_term(triple.subject, subject)
    name = "rml_quoted_triple" if triple.star else "rml_triple_term"
    parts = (subject.value, predicate.value, value.value, value.datatype, value.language)
    checks = (*subject.checks, *predicate.checks, *value.checks)
    return TermColumns(call(name, *parts), text(TRIPLE_TERM), null(), null("BINARY"), checks)


def _resource(term_map: TermMap, rows: Rows) -> TermColumns:
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


def _literal(term_map: TermMap, rows: Rows) -> TermColumns:
    if isinstance(term_map.expression, Constant):
        lexical, natural, language = term_columns(term_map.expression.term)
        value = Typed(text(lexical), pa.string(), null() if natural is None else text(natural))
        if language is not None:
            tag = text(language.lower())
            return TermColumns(value.value, value.datatype, tag, null("BINARY"))
    else:
        value = typed_value(term_map, rows)
    if pa.types.is_binary(value.kind):
        return _geometry_literal(value, term_map, rows)
    if term_map.language is not None:
        return _language_literal(value, term_map, rows)
    if term_map.datatype is None:
        return TermColumns(text_of(value), value.datatype, null(), null("BINARY"))
    datatype = compile_term(term_map.datatype, rows)
    found = _in_form_of(datatype.value, value)
    if datatype.value.find(exp.Column):
        # A datatype that depends on the row and is missing makes no literal
        found = exp.Case(ifs=[exp.If(this=not_null(datatype.value), true=found)])
    return TermColumns(found, datatype.value, null(), null("BINARY"), datatype.checks)


def _in_form_of(datatype: exp.Expr, value: Typed) -> exp.Expr:
    """Give the text of a number in the form that another datatype wants.

    The natural form of a double has an exponent, which no decimal may have, and an
    integer that is to be a double gets one.
    """
    found = text_of(value)
    if value.datatype == text(XSD_STRING) or not isinstance(datatype, exp.Literal):
        return found
    match datatype.this.removeprefix(XSD):
        case "decimal":
            natural, changed = XSD + "double", call("rml_decimal_text", found)
        case "double":
            number = exp.TryCast(this=found.copy(), to=exp.DataType.build("DOUBLE"))
            natural, changed = XSD + "integer", call("rml_double_text", number)
        case _:
            return found
    is_natural = exp.EQ(this=value.datatype.copy(), expression=text(natural))
    return exp.Case(ifs=[exp.If(this=is_natural, true=changed)], default=found)


def _language_literal(value: Typed, term_map: TermMap, rows: Rows) -> TermColumns:
    assert term_map.language is not None
    tag = text_of(typed_value(term_map.language, rows))
    if isinstance(tag, exp.Literal) and LANGUAGE_TAG.fullmatch(tag.this):
        return TermColumns(
            text_of(value), text(RDF_LANG_STRING), text(tag.this.lower()), null("BINARY")
        )
    checked = call("rml_language_tag", tag)
    problem = rows.problem(
        term_map.language.where,
        "The value is no language tag",
        "Mend it to a BCP 47 tag such as en",
    )
    found = exp.Case(ifs=[exp.If(this=not_null(checked), true=text_of(value))])
    check = Check(problem, exp.and_(not_null(tag), is_null(checked)), tag)
    return TermColumns(
        found, text(RDF_LANG_STRING), exp.Lower(this=checked), null("BINARY"), (check,)
    )


def _geometry_literal(value: Typed, term_map: TermMap, rows: Rows) -> TermColumns:
    """Serialise a geometry as the datatype says, WKT by default."""
    datatype = GEO_WKT_LITERAL
    if term_map.datatype is not None:
        stated = term_map.datatype.expression
        datatype = term_columns(stated.term)[0] if isinstance(stated, Constant) else ""
    if datatype not in GEOMETRY_DATATYPES or term_map.language is not None:
        raise MappingError(
            "A geometry must become a geometry literal", where=term_map.where, value=datatype,
            hint=f"Constant datatypes that do: {', '.join(sorted(GEOMETRY_DATATYPES))}",
        )  # fmt: skip
    literal = call("geometry_to_literal", value.value, text(datatype))
    if datatype == GEO_WKT_LITERAL:
        plain(literal, "literal")
    missing = rows.problem(term_map.where, "The row has no geometry", is_error=False)
    unwritable = rows.problem(
        term_map.where, "The geometry cannot be written as this datatype",
        "Mend the geometry, transform it, or choose another datatype", is_error=False,
    )  # fmt: skip
    checks = [
        Check(missing, is_null(value.value), null()),
        Check(unwritable, exp.and_(not_null(value.value), is_null(literal)), null()),
    ]
    if isinstance(term_map.expression, Reference):
        column = rows.source.column(term_map.expression.name)
        if column.matter is not None:
            what = rows.problem(
                term_map.where, "Something is the matter with the geometry",
                "egr:invalid says what is done with invalid ones", is_error=False,
            )  # fmt: skip
            said = exp.column(column.matter, quoted=True)
            checks.append(Check(what, not_null(said), said))
    return TermColumns(literal, text(datatype), null(), value.value, tuple(checks))

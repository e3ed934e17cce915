"""Term maps to expressions: each gives the columns of a triple batch for a row of its source."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from geosparql.triples import TRIPLE_TERM
from geotriples.calls import checks_of
from geotriples.literal_terms import literal_term
from geotriples.mapping.contents import quoted_triple
from geotriples.mapping.model import Collection, Joined, QuotedTriple, TermMap, TermType
from geotriples.resource_terms import resource_term
from geotriples.term_columns import TERM_PARTS, TermColumns
from geotriples.values import Rows, call, concat, null, text, text_of, typed_value


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
            datatype_map = term_map.datatype
            compiled = None if datatype_map is None else compile_term(datatype_map, rows)
            term = literal_term(term_map, rows, compiled)
        case _:
            term = resource_term(term_map, rows)
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

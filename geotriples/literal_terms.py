"""Term maps that make literals: plain, typed, with a language tag, of a geometry."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from geosparql.errors import MappingError
from geosparql.literals.table import GEOMETRY_DATATYPES
from geosparql.rdf import term_columns
from geosparql.terms import RDF_LANG_STRING, XSD, XSD_STRING
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.mapping.model import Constant, Reference, TermMap
from geotriples.mapping.rml_terms import LANGUAGE_TAG
from geotriples.term_columns import TermColumns
from geotriples.values import (
    Check,
    Rows,
    Typed,
    call,
    is_null,
    not_null,
    null,
    plain,
    text,
    text_of,
    typed_value,
)


def literal_term(term_map: TermMap, rows: Rows, datatype: TermColumns | None) -> TermColumns:
    """Compile a literal; `datatype` is its compiled datatype map."""
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
    if datatype is None:
        return TermColumns(text_of(value), value.datatype, null(), null("BINARY"))
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

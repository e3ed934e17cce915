"""SPARQL's built-in functions over values, as one table (SPARQL 1.1, section 17.4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlglot import exp

from endpoint.sparql.compile import sql
from endpoint.sparql.compile.arithmetic import absolute, rounded
from endpoint.sparql.compile.made_values import (
    boolean_value,
    double_value,
    integer_value,
    iri_value,
    string_value,
)
from endpoint.sparql.compile.sql import Expr, Thunk
from endpoint.sparql.compile.text_values import TextValue
from endpoint.sparql.compile.triples import PLACE_FAMILIES, PLACES
from endpoint.sparql.compile.values import (
    BLANK,
    IRI_KIND,
    LITERAL,
    LITERAL_FAMILIES,
    TRIPLE_KIND,
    Text,
    Value,
)
from geosparql.terms import DIRECTIONS, XSD

_NO_TEXT = Text(lambda: sql.null("VARCHAR"))


def _text(value: Value) -> Text:
    return value.string() or _NO_TEXT


def _language(text: Text) -> Expr:
    return sql.null("VARCHAR") if text.language is None else text.language()


def _plain(value: Value) -> Expr:
    """Give the characters of a string without language tag, null for others."""
    text = _text(value)
    if text.language is None:
        return text.lexical()
    return sql.case((sql.is_null(text.language()), text.lexical()))


def _compatible(first: Text, second: Text) -> Expr:
    """Tell whether two strings are argument compatible (17.4.3.1.2)."""
    if second.language is None:
        return sql.boolean(True)
    same = sql.equal(_language(first), _language(second)) if first.language else None
    return sql.either(sql.is_null(_language(second)), *([] if same is None else [same]))


def _with_language(text: Text, lexical: Thunk) -> Value:
    return string_value(lexical, text.language)


def _double_of(value: Value) -> Expr:
    number = value.number()
    return sql.null("DOUBLE") if number is None else number.double()


# Terms (17.4.2)


def _is_kind(code: int, value: Value) -> Value:
    return boolean_value(lambda: sql.case((value.bound(), _matches(value, code))))


def _matches(value: Value, code: int) -> Expr:
    return sql.coalesce(sql.equal(value.kind(), sql.integer(code)), sql.boolean(False))


def _is_numeric(value: Value) -> Value:
    return boolean_value(lambda: sql.case((value.bound(), sql.is_present(_double_of(value)))))


def _str(value: Value) -> Value:
    return string_value(value.lexical)


def _lang(value: Value) -> Value:
    return string_value(lambda: _tag_part(1, value.language()))


def _langdir(value: Value) -> Value:
    return string_value(lambda: _tag_part(2, value.language()))


def _tag_part(number: int, tag: Expr) -> Expr:
    """Give the language (1) or base direction (2) of a tag: ``ar--rtl`` has both."""
    return exp.SplitPart(this=tag, delimiter=sql.string("--"), part_index=sql.integer(number))


def _has_tag_part(number: int, value: Value) -> Value:
    def present() -> Expr:
        given = sql.compare("!=", _tag_part(number, value.language()), sql.string(""))
        return sql.case((value.bound(), sql.coalesce(given, sql.boolean(False))))

    return boolean_value(present)


def _datatype(value: Value) -> Value:
    return iri_value(value.datatype)


def _iri(value: Value, base: Value) -> Value:
    def iri() -> Expr:
        is_iri = sql.equal(value.kind(), sql.integer(IRI_KIND))
        made = sql.call("sparql_resolve_iri", base.lexical(), _plain(value))
        if value.families == {"iri"}:
            return value.lexical()
        return (
            made
            if "iri" not in value.families
            else sql.case((is_iri, value.lexical()), default=made)
        )

    return iri_value(iri)


def _strdt(value: Value, datatype: Value) -> Value:
    def text() -> Expr:
        is_iri = sql.equal(datatype.kind(), sql.integer(IRI_KIND))
        name = (
            datatype.lexical()
            if datatype.families == {"iri"}
            else sql.case((is_iri, datatype.lexical()))
        )
        typed = sql.concat(sql.string("^"), name, sql.string(" "), _plain(value))
        plain = sql.concat(sql.string('"'), _plain(value))
        is_string = sql.equal(name.copy(), sql.string(XSD + "string"))
        return sql.case((is_string, plain), default=typed)

    return TextValue(text, LITERAL_FAMILIES)


def _strlang(value: Value, tag: Value) -> Value:
    def lexical() -> Expr:
        return sql.case((sql.compare("!=", _plain(tag), sql.string("")), _plain(value)))

    return string_value(lexical, lambda: _lower_tag(tag))


def _lower_tag(tag: Value) -> Expr:
    # The data set holds tags in lower case, as their value space is (RDF 1.1 Concepts, 3.3).
    return exp.Lower(this=_plain(tag))


def _strlangdir(value: Value, tag: Value, direction: Value) -> Value:
    def lexical() -> Expr:
        known = sql.any_of(_plain(direction), [sql.string(name) for name in DIRECTIONS])
        named = sql.compare("!=", _plain(tag), sql.string(""))
        return sql.case((sql.both(known, named), _plain(value)))

    return string_value(
        lexical, lambda: sql.concat(_lower_tag(tag), sql.string("--"), _plain(direction))
    )


def _uuid() -> Value:
    made = sql.concat(sql.string("urn:uuid:"), sql.call("sparql_uuid", exp.Rand()))
    return iri_value(made.copy)


def _struuid() -> Value:
    return string_value(lambda: sql.call("sparql_uuid", exp.Rand()))


# Triple terms (SPARQL 1.2 drafts)


def _triple(subject: Value, predicate: Value, object_: Value) -> Value:
    parts = (subject, predicate, object_)
    return TextValue(
        lambda: sql.call("sparql_triple", *(part.term() for part in parts)), frozenset({"triple"})
    )


def _triple_part(part: str, value: Value) -> Value:
    return TextValue(
        lambda: sql.call("sparql_triple_part", sql.string(part), value.term()), PLACE_FAMILIES[part]
    )


# Strings (17.4.3)


def _strlen(value: Value) -> Value:
    return integer_value(lambda: sql.call("sparql_strlen", _text(value).lexical()))


def _substr(value: Value, start: Value, length: Value | None = None) -> Value:
    text = _text(value)

    def cut() -> Expr:
        count = sql.double(float("inf")) if length is None else _double_of(length)
        return sql.call("sparql_substr", text.lexical(), _double_of(start), count)

    return _with_language(text, cut)


def _mapped(name: str, value: Value) -> Value:
    text = _text(value)
    return _with_language(text, lambda: sql.call(name, text.lexical()))


def _tested(node: Callable[[Expr, Expr], Expr], value: Value, part: Value) -> Value:
    first, second = _text(value), _text(part)

    def truth() -> Expr:
        tested = node(first.lexical(), second.lexical())
        if second.language is None:
            return tested
        return sql.case((_compatible(first, second), tested))

    return boolean_value(truth)


def _contains(text: Expr, part: Expr) -> Expr:
    return sql.compare(">", exp.StrPosition(this=text, substr=part), sql.integer(0))


def _starts(text: Expr, part: Expr) -> Expr:
    return exp.StartsWith(this=text, expression=part)


def _ends(text: Expr, part: Expr) -> Expr:
    return exp.EndsWith(this=text, expression=part)


def _split(name: str, value: Value, part: Value) -> Value:
    first, second = _text(value), _text(part)

    def found() -> Expr:
        return sql.call(name, first.lexical(), second.lexical())

    def lexical() -> Expr:
        given = sql.both(
            sql.is_present(first.lexical()),
            sql.is_present(second.lexical()),
            _compatible(first, second),
        )
        return sql.case((given, sql.coalesce(found(), sql.string(""))))

    if first.language is None:
        return string_value(lexical)
    return string_value(lexical, lambda: sql.case((sql.is_present(found()), _language(first))))


def _concat(*values: Value) -> Value:
    texts = [_text(value) for value in values]
    if not texts:
        return string_value(lambda: sql.string(""))

    def lexical() -> Expr:
        return sql.call("sparql_concat", exp.array(*(text.lexical() for text in texts)))

    if any(text.language is None for text in texts):
        return string_value(lexical)

    def language() -> Expr:
        first = _language(texts[0])
        same = [sql.equal(first.copy(), _language(text)) for text in texts[1:]]
        return sql.case((sql.both(*same), first)) if same else first

    return string_value(lexical, language)


def _langmatches(tag: Value, language_range: Value) -> Value:
    return boolean_value(
        lambda: sql.call("sparql_langmatches", _plain(tag), _plain(language_range))
    )


def _regex(value: Value, pattern: Value, flags: Value | None = None) -> Value:
    def truth() -> Expr:
        letters = sql.string("") if flags is None else _plain(flags)
        return sql.call("sparql_regex", _text(value).lexical(), _plain(pattern), letters)

    return boolean_value(truth)


def _replace(value: Value, pattern: Value, replacement: Value, flags: Value | None = None) -> Value:
    text = _text(value)

    def replaced() -> Expr:
        letters = sql.string("") if flags is None else _plain(flags)
        return sql.call(
            "sparql_replace", text.lexical(), _plain(pattern), _plain(replacement), letters
        )

    return _with_language(text, replaced)


def _encode(value: Value) -> Value:
    return string_value(lambda: sql.call("sparql_encode_for_uri", _text(value).lexical()))


def _digest(name: str, value: Value) -> Value:
    return string_value(lambda: sql.call("sparql_digest", sql.string(name), _plain(value)))


# Dates and times (17.4.5)


def _date_part(part: str, value: Value) -> Value:
    def whole() -> Expr:
        return sql.cast(sql.call("sparql_date_part", sql.string(part), value.term()), "BIGINT")

    return integer_value(whole)


def _seconds(value: Value) -> Value:
    def text() -> Expr:
        seconds = sql.call("sparql_date_part", sql.string("seconds"), value.term())
        return sql.concat(sql.string(f"^{XSD}decimal "), seconds)

    return TextValue(text, frozenset({"numeric"}))


def _timezone(value: Value) -> Value:
    return TextValue(lambda: sql.call("sparql_zone_duration", value.term()), frozenset({"other"}))


def _tz(value: Value) -> Value:
    return string_value(lambda: sql.call("sparql_zone_name", value.term()))


def _rand() -> Value:
    return double_value(exp.Rand)


BUILT_INS: dict[str, Callable[..., Value]] = {
    "ISIRI": partial(_is_kind, IRI_KIND),
    "ISBLANK": partial(_is_kind, BLANK),
    "ISLITERAL": partial(_is_kind, LITERAL),
    "ISNUMERIC": _is_numeric,
    "ISTRIPLE": partial(_is_kind, TRIPLE_KIND),
    "TRIPLE": _triple,
    **{name.upper(): partial(_triple_part, name) for name in PLACES},
    "STR": _str,
    "LANG": _lang,
    "LANGDIR": _langdir,
    "HASLANG": partial(_has_tag_part, 1),
    "HASLANGDIR": partial(_has_tag_part, 2),
    "DATATYPE": _datatype,
    "IRI": _iri,
    "STRDT": _strdt,
    "STRLANG": _strlang,
    "STRLANGDIR": _strlangdir,
    "UUID": _uuid,
    "STRUUID": _struuid,
    "STRLEN": _strlen,
    "SUBSTR": _substr,
    "UCASE": partial(_mapped, "sparql_upper"),
    "LCASE": partial(_mapped, "sparql_lower"),
    "STRSTARTS": partial(_tested, _starts),
    "STRENDS": partial(_tested, _ends),
    "CONTAINS": partial(_tested, _contains),
    "STRBEFORE": partial(_split, "sparql_strbefore"),
    "STRAFTER": partial(_split, "sparql_strafter"),
    "ENCODE_FOR_URI": _encode,
    "CONCAT": _concat,
    "LANGMATCHES": _langmatches,
    "REGEX": _regex,
    "REPLACE": _replace,
    "ABS": absolute,
    "ROUND": partial(rounded, "round"),
    "CEIL": partial(rounded, "ceil"),
    "FLOOR": partial(rounded, "floor"),
    "RAND": _rand,
    "YEAR": partial(_date_part, "year"),
    "MONTH": partial(_date_part, "month"),
    "DAY": partial(_date_part, "day"),
    "HOURS": partial(_date_part, "hours"),
    "MINUTES": partial(_date_part, "minutes"),
    "SECONDS": _seconds,
    "TIMEZONE": _timezone,
    "TZ": _tz,
    **{
        name: partial(_digest, name.lower())
        for name in ("MD5", "SHA1", "SHA256", "SHA384", "SHA512")
    },
}
"""Upper-case name to a function of values."""

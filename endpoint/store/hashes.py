"""The hash by which the id of a term is found: 60 bits of MD5, equal in Python, DuckDB and Spark.

Hashed is the UTF-8 of the term's N-Triples form without escapes (``<iri>``,
``_:label``, ``"lexical"@tag``, ``"lexical"^^<datatype>``). Two terms may share a
hash, so whoever looks one up compares the term itself too. Terms are equal
when they are the same letter for letter, language tags included (RDF 1.1
Concepts, 3.3).
"""

from __future__ import annotations

from hashlib import md5

from sqlglot import exp

HASH_DIGITS = 15
"""Leading hexadecimal digits of the MD5: what fits a BIGINT without its sign."""


def term_hash(lexical: str, datatype: str | None, language: str | None) -> int:
    """Give the hash of a term in the form of a triple batch's object."""
    if language is not None:
        text = f'"{lexical}"@{language}'
    elif datatype is not None:
        text = f'"{lexical}"^^<{datatype}>'
    else:
        text = lexical if lexical.startswith("_:") else f"<{lexical}>"
    return int(md5(text.encode(), usedforsecurity=False).hexdigest()[:HASH_DIGITS], 16)


def term_hash_expression(
    lexical: exp.Expression, datatype: exp.Expression, language: exp.Expression, *, engine: str
) -> exp.Expression:
    """Give `term_hash` as an expression over term columns; `engine` is ``duckdb`` or ``spark``."""
    text = (
        exp.case()
        .when(_present(language), _joined('"', lexical, '"@', language))
        .when(_present(datatype), _joined('"', lexical, '"^^<', datatype, ">"))
        .when(exp.func("STARTS_WITH", lexical.copy(), exp.Literal.string("_:")), lexical.copy())
        .else_(_joined("<", lexical, ">"))
    )
    digits = exp.Substring(
        this=exp.MD5(this=text),
        start=exp.Literal.number(1),
        length=exp.Literal.number(HASH_DIGITS),
    )
    # Reading hexadecimal digits is the one thing here that the two engines say differently.
    number = (
        _joined("0x", digits)
        if engine == "duckdb"
        else exp.func("CONV", digits, exp.Literal.number(16), exp.Literal.number(10))
    )
    return exp.cast(number, "BIGINT")


def _present(value: exp.Expression) -> exp.Expression:
    return exp.not_(exp.Is(this=value.copy(), expression=exp.null()))


def _joined(*parts: exp.Expression | str) -> exp.Expression:
    """Give the parts one after the other; none of them is null."""
    texts = [exp.Literal.string(part) if isinstance(part, str) else part.copy() for part in parts]
    result: exp.Expression = texts[0]
    for text in texts[1:]:
        result = exp.DPipe(this=result, expression=text, safe=True)
    return result

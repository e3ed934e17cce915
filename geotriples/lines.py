"""Wide rows to lines of N-Quads: the engine puts the text of all statements of a row together.

No triple becomes a row of its own and no column is escaped twice, which is several
times faster than writing triple batches. The lines are those that
`geosparql.ntriples_writing` gives of the same triples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from engine.protocol import EngineFunction
from geosparql.ntriples_writing import IRI_SPECIAL, LEXICAL_SPECIAL
from geosparql.terms import XSD_STRING, escape_iri, escape_lexical
from geosparql.text_columns import escaped
from geosparql.triples import TRIPLE_TERM
from geotriples.expand import MAP, NULLS, PROBLEM, PROBLEM_ROW, PROBLEM_VALUE, Expansion
from geotriples.values import call, is_null, not_null, null, text

LINES = "lines"
BLANK, QUOTED = "_:", "<<"
"""What blank nodes and quoted triples begin with; they stand as they are."""

Pieces = list[str | exp.Expr]
Row = Mapping[str, exp.Expr]


def _iri_text(values: pa.Array) -> pa.Array:
    return escaped(values, IRI_SPECIAL, escape_iri)


def _lexical_text(values: pa.Array) -> pa.Array:
    return escaped(values, LEXICAL_SPECIAL, escape_lexical)


LINE_FUNCTIONS: tuple[EngineFunction, ...] = (
    EngineFunction("rdf_iri_text", _iri_text, (pa.string(),), pa.string()),
    EngineFunction("rdf_lexical_text", _lexical_text, (pa.string(),), pa.string()),
)
"""What `lines_query` calls, for the few values that need it."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A statement as pieces of text, and the values without which there is none."""

    outlet: exp.Expr
    pieces: Pieces
    needed: tuple[exp.Expr, ...]

    @property
    def made(self) -> exp.Expr:
        """Whether a row makes the statement."""
        return _all_there(self.needed)


def triples_name(outlet: int) -> str:
    """Name the column with the number of triples that a row makes for an outlet."""
    return f"triples{outlet}"


def lines_query(expansion: Expansion, outlets: int) -> exp.Select:
    """Give one row for each wide row.

    Parameters
    ----------
    expansion
        The statements and checks of a wide row.
    outlets
        How many outlets the statements' numbers come from.

    Returns
    -------
    exp.Select
        `LINES`; for each outlet `triples_name`; where something is checked, for each
        check ``problem…`` and ``problem_value…``, and `PROBLEM_ROW`.
    """
    checks = [entry for entry in expansion.entries if PROBLEM in entry]
    lines = [_line(entry, expansion) for entry in expansion.entries if PROBLEM not in entry]
    columns = [exp.alias_(_text_of_row(lines), LINES, quoted=True)]
    columns += [
        exp.alias_(_count(lines, outlet), triples_name(outlet), quoted=True)
        for outlet in range(outlets)
    ]
    for number, check in enumerate(checks):
        is_wrong = not_null(check[PROBLEM])
        shown = exp.Case(ifs=[exp.If(this=is_wrong, true=check[PROBLEM_VALUE].copy())])
        columns += [
            exp.alias_(check[PROBLEM].copy(), f"{PROBLEM}{number}", quoted=True),
            exp.alias_(exp.cast(shown, "TEXT"), f"{PROBLEM_VALUE}{number}", quoted=True),
        ]
    if checks:
        columns.append(exp.alias_(checks[0][PROBLEM_ROW].copy(), PROBLEM_ROW, quoted=True))
    return exp.select(*columns).from_(expansion.wide.copy().subquery("terms"))


def _text_of_row(lines: Sequence[_Line]) -> exp.Expr:
    """Give the text of all lines: at once where no value is missing, else line by line."""
    if not lines:
        return text("")
    needed = {value.sql(): value for line in lines for value in line.needed}
    together = _put_together(piece for line in lines for piece in line.pieces)
    apart = [
        exp.func(
            "COALESCE",
            exp.Case(ifs=[exp.If(this=line.made, true=_put_together(line.pieces))]),
            text(""),
        )
        for line in lines
    ]
    if not needed:
        return together
    return exp.Case(
        ifs=[exp.If(this=_all_there(needed.values()), true=together)],
        default=_put_together(apart),
    )


def _count(lines: Sequence[_Line], outlet: int) -> exp.Expr:
    number = exp.Literal.number
    ones: exp.Expr = number(0)
    for line in lines:
        if line.outlet == exp.cast(number(outlet), NULLS[MAP]):
            one = exp.Case(ifs=[exp.If(this=line.made, true=number(1))], default=number(0))
            ones = exp.Add(this=ones, expression=one)
    return exp.cast(ones, "BIGINT")


def _all_there(values: Iterable[exp.Expr]) -> exp.Expr:
    conditions = [not_null(value) for value in values]
    return exp.and_(*conditions) if conditions else exp.true()


def _put_together(pieces: Iterable[str | exp.Expr]) -> exp.Expr:
    """Join pieces; neighbouring constants are one."""
    merged: Pieces = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        elif piece != "":
            merged.append(piece)
    parts = [text(piece) if isinstance(piece, str) else piece.copy() for piece in merged]
    # `coalesce` makes it one call of CONCAT (no part is null where it is asked for); without,
    # DuckDB gets a chain of ||, which copies the text of the row again at every part
    return parts[0] if len(parts) == 1 else exp.Concat(expressions=parts, safe=True, coalesce=True)


def _line(entry: Row, expansion: Expansion) -> _Line:
    pieces = [
        *_resource(entry["subject"], expansion), " ",
        *_resource(entry["predicate"], expansion), " ",
        *_object(entry, expansion),
    ]  # fmt: skip
    graph = entry["graph"]
    if not _is_nothing(graph):
        pieces += [" ", *_resource(graph, expansion)]
    terms = (entry[name] for name in ("subject", "predicate", "object"))
    needed = tuple(term for term in terms if not isinstance(term, exp.Literal))
    return _Line(entry[MAP], [*pieces, " .\n"], needed)


def _is_nothing(value: exp.Expr) -> bool:
    return value.sql() == null().sql()


def _object(entry: Row, expansion: Expansion) -> Pieces:
    value, datatype, language = entry["object"], entry["datatype"], entry["language"]
    if _is_nothing(datatype):
        return _resource(value, expansion)
    if isinstance(datatype, exp.Literal):
        if datatype.this == TRIPLE_TERM:
            return [value]
        return ['"', *_escaped(value, LEXICAL_SPECIAL, expansion), *_suffix(datatype, language)]
    literal = _put_together(
        ['"', *_escaped(value, LEXICAL_SPECIAL, expansion), *_suffix(datatype, language)]
    )
    resource = _put_together(_resource(value, expansion))
    is_triple = exp.EQ(this=datatype.copy(), expression=text(TRIPLE_TERM))
    return [
        exp.Case(
            ifs=[
                exp.If(this=is_null(datatype), true=resource),
                exp.If(this=is_triple, true=value.copy()),
            ],
            default=literal,
        )
    ]


def _suffix(datatype: exp.Expr, language: exp.Expr) -> Pieces:
    """Give the closing quote of a literal with its language tag or datatype."""
    if isinstance(datatype, exp.Literal):
        iri = datatype.this
        typed: Pieces = ['"' if iri == XSD_STRING else f'"^^<{escape_iri(iri)}>']
    else:
        named = _put_together(['"^^<', call("rdf_iri_text", datatype), ">"])
        is_string = exp.EQ(this=datatype.copy(), expression=text(XSD_STRING))
        typed = [exp.Case(ifs=[exp.If(this=is_string, true=text('"'))], default=named)]
    if _is_nothing(language):
        return typed
    if isinstance(language, exp.Literal):
        return [f'"@{language.this}']
    tagged = _put_together(['"@', language])
    by_datatype = _put_together(typed)
    return [exp.Case(ifs=[exp.If(this=not_null(language), true=tagged)], default=by_datatype)]


def _resource(value: exp.Expr, expansion: Expansion) -> Pieces:
    if isinstance(value, exp.Literal):
        return [value.this if value.this.startswith(BLANK) else f"<{escape_iri(value.this)}>"]
    match expansion.kind_of(value):
        case "iri":
            return ["<", value, ">"]
        case "blank":
            return [value]
    begins = exp.or_(
        *(exp.StartsWith(this=value.copy(), expression=text(mark)) for mark in (BLANK, QUOTED))
    )
    iri = _put_together(["<", *_escaped(value, IRI_SPECIAL, expansion), ">"])
    return [exp.Case(ifs=[exp.If(this=begins, true=value.copy())], default=iri)]


def _escaped(value: exp.Expr, special: str, expansion: Expansion) -> Pieces:
    function, escape = _ESCAPES[special]
    if isinstance(value, exp.Literal):
        return [escape(value.this)]
    if expansion.kind_of(value) is not None:
        return [value]
    needy = exp.RegexpLike(this=value.copy(), expression=text(special))
    return [exp.Case(ifs=[exp.If(this=needy, true=call(function, value))], default=value.copy())]


_ESCAPES = {
    IRI_SPECIAL: ("rdf_iri_text", escape_iri),
    LEXICAL_SPECIAL: ("rdf_lexical_text", escape_lexical),
}

"""Algebra as SPARQL text: the one place where a query for another endpoint is written.

Terms come in as bound values and are written in their N-Triples form; no text
of a caller is ever put into a query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from endpoint.sparql import algebra as al
from geosparql.errors import QueryError
from geosparql.terms import BlankNode, Term, escape_lexical

_INFIX = frozenset({"||", "&&", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/"})
_PREFIX = frozenset({"!", "-", "+"})
_MEMBERSHIP = frozenset({"IN", "NOT IN"})


def select_text(
    pattern: al.Pattern,
    variables: Sequence[al.Variable],
    *,
    bindings: al.Values | None = None,
    distinct: bool = False,
) -> str:
    """Write ``SELECT variables WHERE { pattern }``.

    Parameters
    ----------
    pattern
        What to match.
    variables
        What to return, hidden ones (blank nodes of the query) among them; none at
        all gives one row without columns per solution.
    bindings
        Rows that the solutions must join with; they stand first in the group, so
        their variables must be bound in every solution of `pattern`.
    distinct
        Whether to ask for each solution once.

    Raises
    ------
    QueryError
        Where the pattern holds what has no SPARQL text, as rows already fetched.
    """
    text = _text(pattern)
    head = _head(variables, text)
    if bindings is not None:
        safe = isinstance(pattern, al.BGP | al.Filter)
        text = f"{_text(bindings)} {text if safe else '{ ' + text + ' }'}"
    return f"SELECT {'DISTINCT ' if distinct else ''}{head} WHERE {{ {text} }}"


def variable_text(variable: al.Variable) -> str:
    """Write a variable; a hidden one becomes an ordinary variable that no other becomes."""
    if variable.is_hidden:
        name = re.sub(r"[^A-Za-z0-9]", lambda m: f"_{ord(m.group()):x}_", variable.name[2:])
        return f"?_hidden_b_{name}"
    return f"?{variable.name.replace('_hidden_', '_hidden_v_')}"


# Patterns. `_text` is a group from its start; `_opening` may be followed by more
# of the same group; `_part` may follow others in a group (section 18.2.2.6).


def _text(pattern: al.Pattern) -> str:
    match pattern:
        case al.BGP() | al.PathPattern() | al.Values():
            return _leaf(pattern)
        case al.Join(left, right):
            return f"{_opening(left)} {_part(right)}"
        case al.LeftJoin(left, right, condition):
            test = "" if condition is None else f" FILTER ({expression_text(condition)})"
            return f"{_opening(left)} OPTIONAL {{ {_opening(right)}{test} }}"
        case al.Union(left, right):
            return f"{{ {_text(left)} }} UNION {{ {_text(right)} }}"
        case al.Minus(left, right):
            return f"{_opening(left)} MINUS {{ {_text(right)} }}"
        case al.Filter(condition, inner) | al.SpatialSelect(inner, _, _, condition):
            return f"{_text(inner)} FILTER ({expression_text(condition)})"
        case al.Extend(inner, variable, value):
            return f"{_opening(inner)} BIND ({expression_text(value)} AS {variable_text(variable)})"
        case al.Graph(name, inner):
            return f"GRAPH {_slot(name)} {{ {_text(inner)} }}"
        case al.Service(name, inner, silent):
            return f"SERVICE {'SILENT ' if silent else ''}{_slot(name)} {{ {_text(inner)} }}"
        case al.Group() | al.OrderBy() | al.Project() | al.Distinct() | al.Slice():
            return f"{{ {_subselect(pattern)} }}"
        case _:
            raise QueryError("This has no SPARQL text", value=type(pattern).__name__)


def _leaf(pattern: al.BGP | al.PathPattern | al.Values) -> str:
    match pattern:
        case al.BGP(triples):
            return " ".join(map(_triple, triples))
        case al.PathPattern(subject, path, obj):
            return f"{_slot(subject)} {_path(path)} {_slot(obj)} ."
        case al.Values(variables, rows):
            return _values(variables, rows)


def _opening(pattern: al.Pattern) -> str:
    """Brace what would reach over the rest of the group: a filter."""
    if isinstance(pattern, al.Filter | al.SpatialSelect):
        return f"{{ {_text(pattern)} }}"
    return _text(pattern)


def _part(pattern: al.Pattern) -> str:
    """Brace what would reach back over the beginning of the group."""
    closed = al.BGP | al.PathPattern | al.Union | al.Graph | al.Service | al.Values
    modified = al.Group | al.OrderBy | al.Project | al.Distinct | al.Slice
    text = _text(pattern)
    return text if isinstance(pattern, closed | modified) else f"{{ {text} }}"


def _subselect(pattern: al.Pattern) -> str:
    """Write the solution modifiers around a pattern as one SELECT (section 18.2.5)."""
    tail, distinct, head, variables = "", "", "*", None
    if isinstance(pattern, al.Slice):
        tail += f" LIMIT {pattern.limit}" if pattern.limit is not None else ""
        tail += f" OFFSET {pattern.offset}" if pattern.offset else ""
        pattern = pattern.pattern
    if isinstance(pattern, al.Distinct):
        distinct, pattern = "DISTINCT ", pattern.pattern
    if isinstance(pattern, al.Project):
        variables, pattern = pattern.variables, pattern.pattern
    if isinstance(pattern, al.OrderBy):
        tail = f" ORDER BY {' '.join(map(_order_key, pattern.keys))}{tail}"
        pattern = pattern.pattern
    if isinstance(pattern, al.Group) and variables is None:
        head = " ".join([*map(variable_text, pattern.keys), *map(_bound, pattern.aggregates)])
        keys = " ".join(map(variable_text, pattern.keys))
        tail = f"{f' GROUP BY {keys}' if keys else ''}{tail}"
        pattern = pattern.pattern
    text = _text(pattern)
    if variables is not None:
        head = _head(variables, text)
    return f"SELECT {distinct}{head} WHERE {{ {text} }}{tail}"


def _head(variables: Iterable[al.Variable], text: str) -> str:
    """Write what a SELECT over `text` returns; SPARQL has no SELECT of nothing."""
    return " ".join(map(variable_text, variables)) or f"(1 AS ?_row{text.count('?_row')})"


def _bound(aggregate: tuple[al.Variable, al.Aggregate]) -> str:
    return f"({expression_text(aggregate[1])} AS {variable_text(aggregate[0])})"


def _order_key(key: al.OrderKey) -> str:
    return f"{'DESC' if key.descending else 'ASC'}({expression_text(key.expression)})"


def _values(variables: Iterable[al.Variable], rows: Iterable[tuple[Term | None, ...]]) -> str:
    head = " ".join(map(variable_text, variables))
    body = " ".join(
        f"({' '.join('UNDEF' if term is None else term_text(term) for term in row)})"
        for row in rows
    )
    return f"VALUES ({head}) {{ {body} }}"


def _triple(triple: al.TriplePattern) -> str:
    return f"{_slot(triple.subject)} {_slot(triple.predicate)} {_slot(triple.object)} ."


def _slot(slot: al.Slot) -> str:
    return variable_text(slot) if isinstance(slot, al.Variable) else term_text(slot.term)


def term_text(term: Term) -> str:
    """Write a term.

    Raises
    ------
    QueryError
        For a blank node, which no query can name.
    """
    if isinstance(term, BlankNode):
        raise QueryError("A blank node cannot be named in a query", value=term)
    return str(term)


def _path(path: al.Path) -> str:
    match path:
        case al.Link(iri):
            return f"<{iri}>"
        case al.Inverse(inner):
            return f"^({_path(inner)})"
        case al.Sequence(first, second):
            return f"({_path(first)}/{_path(second)})"
        case al.Alternative(first, second):
            return f"({_path(first)}|{_path(second)})"
        case al.Repeat(inner, least, unbounded):
            return f"({_path(inner)}){'?' if not unbounded else '+' if least else '*'}"
        case al.NegatedSet(iris, inverse_iris):
            forwards = [f"<{iri}>" for iri in iris or ()]
            backwards = [f"^<{iri}>" for iri in inverse_iris or ()]
            return f"!({'|'.join(forwards + backwards)})"


# Expressions


def expression_text(expression: al.Expression) -> str:
    """Write an expression, every operator in parentheses."""
    match expression:
        case al.Variable():
            return variable_text(expression)
        case al.Constant(term):
            return term_text(term)
        case al.Exists(pattern, negated):
            return f"{'NOT ' if negated else ''}EXISTS {{ {_text(pattern)} }}"
        case al.Aggregate():
            return _aggregate(expression)
        case al.Call():
            return _call(expression)


def _call(call: al.Call) -> str:
    arguments = [expression_text(argument) for argument in call.arguments]
    if call.is_iri:
        return f"<{call.name}>({'DISTINCT ' if call.distinct else ''}{', '.join(arguments)})"
    if call.name in _MEMBERSHIP:
        return f"({arguments[0]} {call.name} ({', '.join(arguments[1:])}))"
    if call.name in _INFIX and len(arguments) == 2:
        return f"({arguments[0]} {call.name} {arguments[1]})"
    if call.name in _PREFIX and len(arguments) == 1:
        return f"({call.name} {arguments[0]})"
    return f"{call.name}({', '.join(arguments)})"


def _aggregate(aggregate: al.Aggregate) -> str:
    given = [] if aggregate.argument is None else [aggregate.argument]
    arguments = [expression_text(argument) for argument in (*given, *aggregate.arguments)]
    inside = ("DISTINCT " if aggregate.distinct else "") + (", ".join(arguments) or "*")
    if aggregate.name == "GROUP_CONCAT":
        inside += f'; SEPARATOR="{escape_lexical(aggregate.separator)}"'
    name = f"<{aggregate.name}>" if ":" in aggregate.name else aggregate.name
    return f"{name}({inside})"

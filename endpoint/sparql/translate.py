"""From the parts of a query text to algebra (SPARQL 1.1 Query, section 18.2).

The parser hands over what it read as the small values below; nothing here knows
the parser library.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from endpoint.sparql.algebra import (
    BGP,
    Aggregate,
    Call,
    Distinct,
    Expression,
    Extend,
    Filter,
    Group,
    LeftJoin,
    Minus,
    OrderBy,
    OrderKey,
    Pattern,
    Project,
    Slice,
    Slot,
    Values,
    Variable,
)
from endpoint.sparql.scope import has_exists, in_scope, mentioned, visible
from endpoint.sparql.triple_blocks import Names, Triples, join, with_triples
from geosparql.errors import QueryError
from geosparql.functions.table import FUNCTION_BY_IRI


@dataclass(frozen=True, slots=True)
class Constraint:
    """FILTER."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class Optional:
    """OPTIONAL."""

    group: GroupPattern


@dataclass(frozen=True, slots=True)
class Without:
    """MINUS."""

    group: GroupPattern


@dataclass(frozen=True, slots=True)
class Assignment:
    """BIND, or ``expression AS variable``; the variable may be missing in GROUP BY."""

    expression: Expression
    variable: Variable | None


Element = Triples | Constraint | Optional | Without | Assignment | Pattern


@dataclass(frozen=True, slots=True)
class GroupPattern:
    """A group: its pattern, and its filters apart, for OPTIONAL takes them as its condition."""

    pattern: Pattern
    condition: Expression | None = None

    def closed(self) -> Pattern:
        """Give the group as one pattern."""
        return self.pattern if self.condition is None else Filter(self.condition, self.pattern)


@dataclass(frozen=True, slots=True)
class Head:
    """A SELECT clause; `items` None is ``*``."""

    items: tuple[Variable | Assignment, ...] | None
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What follows the WHERE clause."""

    keys: tuple[Assignment, ...] | None = None
    having: tuple[Expression, ...] = ()
    order: tuple[OrderKey, ...] = ()
    offset: int = 0
    limit: int | None = None
    values: Values | None = None

    def with_values(self, values: Values | None) -> Modifiers:
        """Give the modifiers with the VALUES clause that ends a query."""
        return replace(self, values=values)


def conjunction(conditions: Iterable[Expression]) -> Expression | None:
    """Put conditions together with ``&&``."""
    result: Expression | None = None
    for condition in conditions:
        result = condition if result is None else Call("&&", (result, condition))
    return result


def group_pattern(elements: Iterable[Element], names: Names) -> GroupPattern:
    """Translate the elements of a group (18.2.2.5 to 18.2.2.7)."""
    pattern: Pattern = BGP()
    conditions: list[Expression] = []
    names.used += 1
    block = names.used
    for element in elements:
        match element:
            case Triples(triples):
                names.claim(triples, block)
                pattern = with_triples(pattern, triples, names)
                continue
            case Constraint(condition):
                _refuse_aggregates(condition)
                conditions.append(condition)
                continue
            case Optional(group):
                pattern = LeftJoin(pattern, group.pattern, group.condition)
            case Without(group):
                pattern = Minus(pattern, group.closed())
            case Assignment(expression, variable):
                assert variable is not None
                _refuse_aggregates(expression)
                pattern = _bind(pattern, variable, expression)
            case _:
                pattern = join(pattern, element)
        names.used += 1
        block = names.used  # a filter does not end a basic graph pattern, all else does
    return GroupPattern(pattern, conjunction(conditions))


def _refuse_aggregates(expression: Expression) -> None:
    aggregates = _Aggregates(Names())
    aggregates.replace(expression)
    for aggregate in aggregates.found:
        raise QueryError(
            "An aggregate stands where there is no group",
            value=aggregate.name,
            hint="It may stand in SELECT, HAVING and ORDER BY",
        )


def _bind(pattern: Pattern, variable: Variable, expression: Expression) -> Extend:
    if variable in in_scope(pattern):
        raise QueryError(
            f"?{variable.name} already has a value where it is assigned",
            hint="Assign to a new variable (SPARQL 1.1, section 18.2.1)",
        )
    return Extend(pattern, variable, expression)


def select_pattern(head: Head, where: Pattern, modifiers: Modifiers, names: Names) -> Pattern:
    """Translate a SELECT with its modifiers (18.2.4 and 18.2.5)."""
    pattern, rewritten = _grouped(head, where, modifiers, names)
    if modifiers.values is not None:
        pattern = join(pattern, modifiers.values)
    if head.items is None:
        variables = visible(pattern)
    else:
        variables = _head_variables(head.items)
        for assignment in rewritten.assignments:
            assert assignment.variable is not None
            pattern = _bind(pattern, assignment.variable, assignment.expression)
    if rewritten.order:
        pattern = OrderBy(pattern, rewritten.order)
    pattern = Project(pattern, variables)
    if head.distinct:
        pattern = Distinct(pattern)
    return sliced(pattern, modifiers)


def modified(where: Pattern, modifiers: Modifiers, names: Names) -> Pattern:
    """Translate the modifiers of CONSTRUCT, ASK and DESCRIBE."""
    pattern, rewritten = _grouped(Head(()), where, modifiers, names)
    if modifiers.values is not None:
        pattern = join(pattern, modifiers.values)
    if rewritten.order:
        pattern = OrderBy(pattern, rewritten.order)
    return sliced(pattern, modifiers)


def sliced(pattern: Pattern, modifiers: Modifiers) -> Pattern:
    """Apply OFFSET and LIMIT."""
    if modifiers.limit is None and modifiers.offset == 0:
        return pattern
    return Slice(pattern, modifiers.offset, modifiers.limit)


def _head_variables(items: Sequence[Variable | Assignment]) -> tuple[Variable, ...]:
    variables = tuple(i if isinstance(i, Variable) else i.variable for i in items)
    known: list[Variable] = []
    for item, variable in zip(items, variables, strict=True):
        assert variable is not None
        if variable in known and isinstance(item, Assignment):
            raise QueryError(f"?{variable.name} is selected twice")
        known.append(variable)
    return tuple(dict.fromkeys(known))


@dataclass(frozen=True, slots=True)
class _Rewritten:
    """Expressions after aggregates were replaced by variables."""

    assignments: tuple[Assignment, ...]
    order: tuple[OrderKey, ...]


@dataclass(slots=True)
class _Aggregates:
    """Replaces each different aggregate by one variable."""

    names: Names
    found: dict[Aggregate, Variable] = field(default_factory=dict)

    def replace(self, expression: Expression) -> Expression:
        match expression:
            case Aggregate(argument=argument):
                if argument is not None:
                    _refuse_aggregates(argument)
                if expression not in self.found:
                    self.found[expression] = self.names.fresh("aggregate")
                return self.found[expression]
            case Call(name, arguments, is_iri=True) if is_aggregate(name):
                first, *rest = arguments
                named = Aggregate(name, first, expression.distinct, arguments=tuple(rest))
                return self.replace(named)
            case Call(arguments=arguments):
                return replace(expression, arguments=tuple(map(self.replace, arguments)))
            case _:
                return expression


def is_aggregate(iri: str) -> bool:
    """Tell whether a function is one of GeoSPARQL's aggregates."""
    function = FUNCTION_BY_IRI.get(iri)
    return function is not None and function.aggregate


def _grouped(
    head: Head, where: Pattern, modifiers: Modifiers, names: Names
) -> tuple[Pattern, _Rewritten]:
    """Translate grouping and HAVING (18.2.4.1), and name the aggregates in what follows."""
    items = head.items or ()
    aggregates = _Aggregates(names)
    assignments = tuple(
        replace(item, expression=aggregates.replace(item.expression))
        for item in items
        if isinstance(item, Assignment)
    )
    having = tuple(aggregates.replace(condition) for condition in modifiers.having)
    order = tuple(
        replace(key, expression=aggregates.replace(key.expression)) for key in modifiers.order
    )
    rewritten = _Rewritten(assignments, order)
    if modifiers.keys is None and not aggregates.found:
        condition = conjunction(having)
        return (where if condition is None else Filter(condition, where)), rewritten
    pattern, keys = _grouping_keys(where, modifiers.keys or (), names)
    _check_grouped(head, assignments, keys, aggregates)
    found = tuple((variable, aggregate) for aggregate, variable in aggregates.found.items())
    pattern = Group(pattern, keys, found)
    condition = conjunction(having)
    return (pattern if condition is None else Filter(condition, pattern)), rewritten


def _grouping_keys(
    where: Pattern, keys: Iterable[Assignment], names: Names
) -> tuple[Pattern, tuple[Variable, ...]]:
    variables: list[Variable] = []
    for key in keys:
        if key.variable is None and isinstance(key.expression, Variable):
            variables.append(key.expression)
            continue
        variable = key.variable or names.fresh("key")
        where = _bind(where, variable, key.expression)
        variables.append(variable)
    return where, tuple(dict.fromkeys(variables))


def _check_grouped(
    head: Head,
    assignments: Iterable[Assignment],
    keys: tuple[Variable, ...],
    aggregates: _Aggregates,
) -> None:
    """Refuse a variable that has more than one value in a group (grammar note 12)."""
    if head.items is None:
        raise QueryError("SELECT * cannot stand with GROUP BY", hint="Name the variables")
    known = {*keys, *aggregates.found.values()}
    for item in head.items:
        if isinstance(item, Variable) and item not in known:
            raise QueryError(
                f"?{item.name} is selected but is neither grouped by nor aggregated",
                hint="Add it to GROUP BY or use an aggregate such as SAMPLE",
            )
        if isinstance(item, Assignment) and item.variable is not None:
            assignment = next(a for a in assignments if a.variable == item.variable)
            for variable in mentioned(assignment.expression):
                if variable not in known and not has_exists(assignment.expression):
                    raise QueryError(
                        f"?{variable.name} stands outside an aggregate but is not grouped by",
                        hint="Add it to GROUP BY or use an aggregate such as SAMPLE",
                    )
            known.add(item.variable)


def head_of(pattern: Pattern) -> tuple[Variable, ...]:
    """Give the variables of a translated SELECT, in the order of its head."""
    while not isinstance(pattern, Project):
        assert isinstance(pattern, Distinct | Slice)
        pattern = pattern.pattern
    return pattern.variables


def described(subjects: tuple[Slot, ...] | None, pattern: Pattern) -> tuple[Slot, ...]:
    """Give what a DESCRIBE asks for; ``*`` is every variable of its pattern."""
    return visible(pattern) if subjects is None else subjects

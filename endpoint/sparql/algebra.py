"""The SPARQL algebra as frozen values (SPARQL 1.1 Query, section 18.2).

`endpoint.sparql.parse` makes these nodes, the rules of `endpoint.sparql.rewrite`
turn nodes into nodes, `endpoint.sparql.compile` turns them into relations. A
blank node of a query pattern is a `Variable` whose name begins with ``_:`` and
which no one can select.

Some nodes are never parsed: `Relation` (rows that already stand in the engine,
put there by the federation), and what the rewrite rules make: `SpatialSelect`,
`SpatialJoin` and `NearestSelect` of spatial filters and orders, and `Once`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from typing import Literal as OneOf

from engine import protocol
from geosparql.terms import Term

if TYPE_CHECKING:
    from endpoint.sparql.rewrite.boxes import Around
    from geosparql.units import Unit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Variable:
    """A query variable, by its name without ``?``."""

    name: str

    @property
    def is_hidden(self) -> bool:
        """Whether it stands for a blank node or was made up by the parser."""
        return self.name.startswith("_:")


@dataclass(frozen=True, slots=True)
class Constant:
    """An RDF term in an expression or a pattern."""

    term: Term

    @property
    def value(self) -> Term:
        """The term, for a reading."""
        return self.term

    def read(self, reading: Reading[T]) -> T:
        """Give what a reading gives of it, for this query alone."""
        return reading(self)

    def fact(self, reading: Reading[T]) -> T:
        """Give what a reading gives of it, for a plan to depend on."""
        return reading(self)


Reading = Callable[[Constant], T]
"""Gives a side of a constant, or a fact about it, of its `value`; may be hashed and compared."""


class Parameter(Constant):
    """A constant for which others may stand in a plan (`endpoint.sparql.plan_cache`).

    The plan may depend on the facts that were asked of it, and serves only constants of
    which they are the same. To read its `term`, as everything does that takes it for a
    `Constant`, is to ask for the term itself. What puts a placeholder for it into the
    plan gives the reading that the placeholder stands for.
    """

    __slots__ = ("_facts", "_read", "number")
    _facts: dict[Reading[Any], None]
    _read: dict[Reading[Any], Any]
    number: int

    def __init__(self, term: Term, number: int) -> None:
        _TERM.__set__(self, term)
        for name, value in (("number", number), ("_facts", {}), ("_read", {})):
            object.__setattr__(self, name, value)

    @property
    def term(self) -> Term:
        """The term, on which the plan depends from now on."""
        return self.fact(term_of)

    @property
    def value(self) -> Term:
        """The term of the query at hand."""
        term: Term = _TERM.__get__(self)
        return term

    def read(self, reading: Reading[T]) -> T:
        """See `Constant`; a reading is made once."""
        if reading not in self._read:
            self._read[reading] = reading(self)
        found: T = self._read[reading]
        return found

    def fact(self, reading: Reading[T]) -> T:
        """See `Constant`."""
        self._facts[reading] = None
        return self.read(reading)

    @property
    def facts(self) -> tuple[Reading[Any], ...]:
        """The facts that were asked."""
        return tuple(self._facts)


def term_of(constant: Constant) -> Term:
    """Give the term: a reading."""
    return constant.value


_TERM = vars(Constant)["term"]
"""Where a constant keeps its term."""

Slot = Variable | Constant


# Property paths (section 18.1.7; the eight forms of 18.2.2.4)


@dataclass(frozen=True, slots=True)
class Link:
    """A path of one predicate."""

    iri: str


@dataclass(frozen=True, slots=True)
class Inverse:
    """A path walked from object to subject."""

    path: Path


@dataclass(frozen=True, slots=True)
class Sequence:
    """One path after the other."""

    first: Path
    second: Path


@dataclass(frozen=True, slots=True)
class Alternative:
    """Either path."""

    first: Path
    second: Path


@dataclass(frozen=True, slots=True)
class Repeat:
    """A path walked at least `least` times and, where `unbounded` is false, at most once."""

    path: Path
    least: OneOf[0, 1]
    unbounded: bool


@dataclass(frozen=True, slots=True)
class NegatedSet:
    """Any predicate but these, forwards (`iris`), backwards (`inverse_iris`); None: not so."""

    iris: tuple[str, ...] | None
    inverse_iris: tuple[str, ...] | None


Path = Link | Inverse | Sequence | Alternative | Repeat | NegatedSet


# Expressions


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or built-in by its upper-case name (``+``, ``REGEX``), or a function by IRI."""

    name: str
    arguments: tuple[Expression, ...] = ()
    is_iri: bool = False
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Exists:
    """EXISTS, or NOT EXISTS where `negated`."""

    pattern: Pattern
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate by its upper-case name (or function IRI); no argument: ``COUNT(*)``."""

    name: str
    argument: Expression | None
    distinct: bool = False
    separator: str = " "
    arguments: tuple[Expression, ...] = ()
    """Further arguments of an aggregate function named by IRI."""


Expression = Variable | Constant | Call | Exists | Aggregate


# Patterns


@dataclass(frozen=True, slots=True)
class TriplePattern:
    """A triple with variables; the predicate may not be a path here."""

    subject: Slot
    predicate: Slot
    object: Slot


@dataclass(frozen=True, slots=True)
class BGP:
    """A basic graph pattern; without triples it has one empty solution."""

    triples: tuple[TriplePattern, ...] = ()


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A property path between two slots."""

    subject: Slot
    path: Path
    object: Slot


@dataclass(frozen=True, slots=True)
class Join:
    """Compatible solutions of both."""

    left: Pattern
    right: Pattern


@dataclass(frozen=True, slots=True)
class LeftJoin:
    """OPTIONAL; `condition` None is true."""

    left: Pattern
    right: Pattern
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """Solutions of either."""

    left: Pattern
    right: Pattern


@dataclass(frozen=True, slots=True)
class Minus:
    """Solutions of `left` with no compatible one in `right` that shares a variable.

    To share a variable of `outer` does not count: inside an EXISTS it stands for a
    value of the solution around, and is no variable any more.
    """

    left: Pattern
    right: Pattern
    outer: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Solutions for which the expression is true."""

    condition: Expression
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Extend:
    """BIND and AS: an error leaves the variable unbound."""

    pattern: Pattern
    variable: Variable
    expression: Expression


@dataclass(frozen=True, slots=True)
class Graph:
    """Match inside a named graph."""

    name: Slot
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Service:
    """Match at another endpoint."""

    name: Slot
    pattern: Pattern
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Values:
    """Inline data; None is UNDEF."""

    variables: tuple[Variable, ...]
    rows: tuple[tuple[Term | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """GROUP BY: `keys` are variables of `pattern`; each aggregate is bound to its variable."""

    pattern: Pattern
    keys: tuple[Variable, ...]
    aggregates: tuple[tuple[Variable, Aggregate], ...]


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One ORDER BY condition."""

    expression: Expression
    descending: bool = False


@dataclass(frozen=True, slots=True)
class OrderBy:
    """Solutions in order."""

    pattern: Pattern
    keys: tuple[OrderKey, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """Solutions cut to some variables; one that the pattern lacks is unbound."""

    pattern: Pattern
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Distinct:
    """Each solution once (also REDUCED)."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Slice:
    """OFFSET and LIMIT."""

    pattern: Pattern
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """Solutions that stand in the engine: one BIGINT term-id column per variable, of its name."""

    relation: protocol.Relation
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class SpatialSelect:
    """Solutions whose geometry `variable` meets the box of `around` and passes `condition`.

    The box is a necessary condition of `condition`, which stays the exact test; but
    where `sure` the constant is a rectangle, and of geometries in WGS 84 whose box
    lies inside it the condition is true.
    """

    pattern: Pattern
    variable: Variable
    around: Around
    condition: Expression
    sure: bool = False


@dataclass(frozen=True, slots=True)
class SpatialJoin:
    """Pairs of solutions of two patterns without a common variable, near as `condition` says."""

    left: Pattern
    right: Pattern
    left_variable: Variable
    right_variable: Variable
    condition: protocol.Related | protocol.WithinDistance
    strict: bool = False
    """Whether a pair at exactly the distance is left out (``<``)."""
    fewer: OneOf["left", "right"] | None = None
    """The side that has far fewer solutions: its extent narrows the other."""


@dataclass(frozen=True, slots=True)
class NearestSelect:
    """Solutions among which are the `count` with the least `distance`, and all that have none.

    `distance` is that of the geometry `variable` from the constant `around`, in `unit`.
    """

    pattern: Pattern
    variable: Variable
    distance: Expression
    around: Around
    unit: Unit
    count: int


@dataclass(frozen=True, slots=True)
class Once:
    """The solutions of a pattern that stands in several places, worked out once."""

    pattern: Pattern


Pattern = (
    BGP
    | PathPattern
    | Join
    | LeftJoin
    | Union
    | Minus
    | Filter
    | Extend
    | Graph
    | Service
    | Values
    | Group
    | OrderBy
    | Project
    | Distinct
    | Slice
    | Relation
    | SpatialSelect
    | SpatialJoin
    | NearestSelect
    | Once
)


# Queries


@dataclass(frozen=True, slots=True)
class DatasetClause:
    """FROM and FROM NAMED."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT query; `variables` in the order of the head."""

    pattern: Pattern
    variables: tuple[Variable, ...]
    dataset: DatasetClause | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """An ASK query."""

    pattern: Pattern
    dataset: DatasetClause | None = None


@dataclass(frozen=True, slots=True)
class Construct:
    """A CONSTRUCT query: one copy of the template per solution (section 16.2)."""

    pattern: Pattern
    template: tuple[TriplePattern, ...]
    dataset: DatasetClause | None = None


@dataclass(frozen=True, slots=True)
class Describe:
    """A DESCRIBE query: constants, and what variables of the pattern are bound to."""

    pattern: Pattern
    subjects: tuple[Slot, ...]
    dataset: DatasetClause | None = None


Query = Select | Ask | Construct | Describe


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query with what its text declared."""

    query: Query
    base: str | None = None
    prefixes: tuple[tuple[str, str], ...] = field(default=())


PATTERN_TYPES: tuple[type, ...] = Pattern.__args__

"""What one compilation knows and collects: data set, names, constants, steps."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlglot import exp

from endpoint.sparql.algebra import Constant, Parameter, Pattern, Reading, Service, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.id_values import PART_KINDS, Part
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.plan import Diagnosis, Materialize, Slot, Step
from endpoint.store.ids import DEFAULT_GRAPH, of_kinds
from geosparql.terms import IRI, XSD, Literal, Term

if TYPE_CHECKING:
    from endpoint.sparql.compile.solutions import Columns
    from endpoint.sparql.rewrite.counts import Counts
    from endpoint.sparql.schema import Schema
    from endpoint.store.dataset import Dataset, EphemeralTerms

ServiceHook = Callable[[Service], Pattern]
"""Answers a SERVICE: gives the pattern (most often a `Relation`) to stand in its place."""

LinkHook = Callable[[str], Pattern | None]
"""Gives what computes the triples of a predicate, from `START` to `END`; None: they are stored."""

START, END = Variable("_:start"), Variable("_:end")

_GRAPH_PREFIX = "_:graph/"


def is_graph(variable: Variable) -> bool:
    """Tell whether a variable was made by `Context.graph_variable`."""
    return variable.name.startswith(_GRAPH_PREFIX)


@dataclass(frozen=True, slots=True)
class GraphScope:
    """Which graphs a pattern matches in (SPARQL 1.1, section 13).

    `default` holds the graphs that make up the default graph, None all of them;
    `named` the graphs that GRAPH may name, None all but the default graph.
    `active` is what the pattern stands in: None is the default graph, an id one
    graph. A variable stands for each named graph in turn: it is a hidden one, which
    every operator inside carries along, for the name that the query gives to the
    graph has no value there (section 18.6).
    """

    default: tuple[int, ...] | None = (DEFAULT_GRAPH,)
    named: tuple[int, ...] | None = None
    active: int | Variable | None = None

    def inside(self, active: int | Variable) -> GraphScope:
        """Give the scope inside GRAPH."""
        return replace(self, active=active)

    def readable(self) -> tuple[int, ...] | None:
        """Give the graphs that the query may read at all; None: every one."""
        if self.default is None or self.named is None:
            return None
        return tuple(dict.fromkeys((*self.default, *self.named)))


@dataclass(slots=True)
class Context:
    """State of one compilation."""

    dataset: Dataset
    ephemeral: EphemeralTerms
    base: str | None = None
    service: ServiceHook | None = None
    computed_link: LinkHook | None = None
    counts: Counts | None = None
    """What rewrite rules ask, for patterns that come up while compiling."""
    schema: Schema | None = None
    """Given: patterns match under RDFS entailment."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    steps: list[Step] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    diagnoses: list[Diagnosis] = field(default_factory=list)
    kept: dict[tuple[Pattern, GraphScope], tuple[str, Columns]] = field(default_factory=dict)
    """Patterns that were materialized: the name of the step, and its columns."""
    slots: dict[str, Slot] = field(default_factory=dict)
    """The placeholders given out, by name."""
    _places: dict[Slot, str] = field(default_factory=dict)
    _is_momentary: bool = False
    _names: dict[Variable, str] = field(default_factory=dict)
    _constants: dict[Term, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def graph_variable(self) -> Variable:
        """Give a variable for the graphs that a GRAPH with a variable goes through."""
        return Variable(self.fresh(_GRAPH_PREFIX))

    def name(self, variable: Variable) -> str:
        """Give the column name of a variable; engines do not tell ``?a`` from ``?A``."""
        if variable not in self._names:
            self._names[variable] = f"v{len(self._names)}_{variable.name.lower()}"
        return self._names[variable]

    def fresh(self, prefix: str) -> str:
        """Give an alias or a relation name that was not given before."""
        return f"{prefix}{next(self._numbers)}"

    def step_name(self) -> str:
        """Give the name of a step; the engine gives the relation its own in its place."""
        return self.fresh("step_")

    def materialized(self, query: exp.Query) -> str:
        """Add a step that runs a query once; give the name of its rows."""
        name = self.step_name()
        self.steps.append(Materialize(name, query))
        return name

    def constant(self, term: Term) -> int:
        """Give the id of a constant that may stand in a column: the data set's, or this query's."""
        known = self.match(term)
        return known if known >= 0 else self.ephemeral.id(term)

    def constants(self, terms: Iterable[Term]) -> dict[Term, int]:
        """Give the ids of many constants that may stand in a column, as `constant` gives one."""
        different = list(dict.fromkeys(terms))
        self.know(different)
        new = [term for term in different if self._constants[term] < 0]
        return {term: self._constants[term] for term in different} | dict(
            zip(new, self.ephemeral.ids(new), strict=True)
        )

    def match(self, term: Term) -> int:
        """Give the id of a constant that is compared with ids.

        One that the data set does not hold has a negative id, as no row has; so that
        it need not be added to the dictionary of this query.
        """
        if term not in self._constants:
            self.know([term])
        return self._constants[term]

    def matched(self, constant: Constant) -> Expr:
        """Give what ids are compared with to be this constant's."""
        if isinstance(constant, Parameter):
            return self.placeholder(constant, None)
        return sql.integer(self.match(constant.term))

    def placeholder(self, parameter: Parameter, reading: Reading[object] | None) -> Expr:
        """Give the place where a reading of a constant is to stand; None: its id."""
        slot = Slot(parameter.number, reading)
        name = self._places.setdefault(slot, f"p{len(self._places)}")
        self.slots[name] = slot
        return exp.Placeholder(this=name)

    @property
    def is_lasting(self) -> bool:
        """Whether what was compiled may be run again."""
        return not (self._is_momentary or self.schema or self.ephemeral.is_used)

    def answered(self, service: ServiceHook, pattern: Service) -> Pattern:
        """Give what answers a SERVICE now."""
        self._is_momentary = True
        return service(pattern)

    def know(self, terms: Iterable[Term]) -> None:
        """Find the ids of many constants at once."""
        wanted = [term for term in dict.fromkeys(terms) if term not in self._constants]
        for term, found in zip(wanted, self.dataset.find(wanted), strict=True):
            self._constants[term] = -next(self._numbers) if found is None else found

    def under(self, schema: Schema) -> None:
        """Match under the entailment of a schema, whose terms have ids although no quad may."""
        self.schema = schema
        self._constants |= {IRI(iri): term_id for iri, term_id in schema.ids.items()}

    def part(self, part: Part, ids: Expr, alias: str) -> tuple[Expr, Expr]:
        """Give a dictionary part to join and the condition on which it joins a column of ids."""
        condition = sql.equal(sql.column("id", alias), ids)
        if part in PART_KINDS:
            condition = sql.both(of_kinds(sql.column("id", alias), *PART_KINDS[part]), condition)
        table = "geometries" if part == "geometries" else "terms"
        return self.ephemeral.source(table, alias), condition

    def lacks(self, part: Part) -> bool:
        """Tell whether a dictionary part is known to hold nothing: a join would be for naught."""
        kinds = PART_KINDS.get(part, ())
        return bool(kinds) and not (self.ephemeral.is_used or self.dataset.may_have(*kinds))

    def may_have_triple_terms(self) -> bool:
        """Tell whether a term that is stored, or of this query alone, may be a triple term."""
        return self.ephemeral.is_used or self.dataset.may_have("triple")

    def now_literal(self) -> Literal:
        """Give NOW(): one moment for the whole query."""
        self._is_momentary = True
        return Literal(self.now.strftime("%Y-%m-%dT%H:%M:%SZ"), XSD + "dateTime")

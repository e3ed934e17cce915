"""A federated query resolved: what members hold is fetched, and relations stand in its place.

The walk goes through the pattern in the order in which rows become known, so
that a member is asked with the values of the rows found so far wherever these
are few (a bound join), and else for everything that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from endpoint.sparql import algebra as al
from endpoint.sparql.engine import QueryOptions
from endpoint.sparql.rewrite.walk import conjuncts
from endpoint.sparql.scope import certain, has_exists, in_scope, mentioned, visible
from federation import plan
from federation.extent import within_extent
from federation.fetch import Question, Rows
from federation.leaves import Leaves
from federation.members import Member, Members
from geosparql.errors import FederationError, MemberError, QueryError
from geosparql.terms import IRI, BlankNode, Term

BOUND_ROWS = 2_000
"""With more rows than this a member is asked for everything instead."""

Answers = Callable[[Sequence[Question]], Iterable[Rows]]
Sources = Callable[[plan.Basic, al.Slot | None], tuple[Member, ...]]
Tests = tuple[al.Expression, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a query a pattern stands.

    Parameters
    ----------
    graph
        The name of the GRAPH around it.
    known
        Rows already found that its solutions will be joined with; None: not any.
    tests
        Filters that every solution of use passes.
    """

    graph: al.Slot | None = None
    known: al.Pattern | None = None
    tests: Tests = ()


@dataclass(slots=True)
class Resolver:
    """Resolves the pattern of one query.

    Parameters
    ----------
    members, home
        The members, and the one whose data stand in the engine already, if one does.
    sources
        Which members can match which pattern.
    leaves
        Takes what is fetched.
    answers
        Asks members.
    options
        How what is at home is asked.
    """

    members: Members
    home: Member | None
    sources: Sources
    leaves: Leaves
    answers: Answers
    options: QueryOptions
    warnings: list[str] = field(default_factory=list)

    def resolve(self, pattern: al.Pattern, place: Place) -> al.Pattern:
        """Give a pattern of the same solutions over what is at home and what was fetched."""
        member = self._only_member(pattern, place.graph)
        if member is not None:
            return self._from(member, pattern, in_scope(pattern), place)
        match pattern:
            case al.BGP() | al.PathPattern() | al.Join():
                return self._join(pattern, place)
            case al.Filter(condition, inner):
                return self._filter(condition, inner, place)
            case al.LeftJoin() | al.Minus() | al.Union():
                return self._pair(pattern, place)
            case al.Graph(name, inner):
                return self.resolve(inner, replace(place, graph=name))
            case al.Service():
                return self._service(pattern, place)
            case al.Values() | al.Relation():
                return pattern
            case al.Extend(inner, _, value):
                found = self.resolve(inner, place)
                value = self._expression(value, replace(place, known=found))
                return replace(pattern, pattern=found, expression=value)
            case al.Group() | al.OrderBy() | al.Project() | al.Distinct() | al.Slice():
                return self._modified(pattern, place)
            case _:
                raise QueryError("This is not offered here", value=type(pattern).__name__)

    def _only_member(self, pattern: al.Pattern, graph: al.Slot | None) -> Member | None:
        """Give the member that alone can match the whole of a pattern and computes all of it."""
        basics = plan.basic_patterns(pattern, graph)
        members = {self.sources(*basic) for basic in basics}
        if len(members) != 1 or plan.keeps_order(pattern):
            return None
        (found,) = members
        if len(found) != 1 or any(_is_loose_path(basic) for basic, _ in basics):
            return None
        for inner, _ in plan.placed(pattern):
            if isinstance(inner, al.Service | al.Relation):
                return None
            for expression in plan.own_expressions(inner):
                if not plan.may_send(expression, found[0], exists=True):
                    return None
        return found[0]

    # Joins

    def _join(self, pattern: al.Pattern, place: Place) -> al.Pattern:
        basics: list[plan.Basic] = []
        others: list[al.Pattern] = []
        for operand in plan.operands(pattern):
            if isinstance(operand, al.BGP):
                basics += operand.triples
            elif isinstance(operand, al.PathPattern):
                basics.append(operand)
            else:
                others.append(operand)
        sourced = [plan.Sourced(basic, self.sources(basic, place.graph)) for basic in basics]
        sourced = within_extent(sourced, place.tests)
        waiting = list(plan.units(sourced, place.tests))
        done = plan.joined(each for each in others if isinstance(each, al.Values))
        while waiting:
            here = self._inside(place, done)
            bound = frozenset(certain(here.known) if here.known is not None else ())
            unit = plan.next_unit(waiting, bound, self._guess)
            waiting.remove(unit)
            done = plan.joined((done, self._unit(unit, here)))
        for other in sorted(others, key=_waits):
            if not isinstance(other, al.Values):
                done = plan.joined((done, self.resolve(other, self._inside(place, done))))
        return done or al.BGP()

    def _inside(self, place: Place, done: al.Pattern | None) -> Place:
        """Add rows found so far to what is known, less those that a filter drops."""
        if done is None:
            return place
        bound = set(certain(done))
        passed = [test for test in place.tests if bound.issuperset(mentioned(test))]
        kept = [test for test in passed if not has_exists(test)]
        return replace(place, known=plan.joined((place.known, plan.filtered(done, kept))))

    def _guess(self, unit: plan.Unit) -> float:
        """Guess the rows of a unit; what is at home costs no request."""
        if not unit.members:
            return 0.0
        rows = plan.guess_rows(unit)
        return rows / 1_000 if unit.members == (self.home,) else rows

    def _unit(self, unit: plan.Unit, place: Place) -> al.Pattern:
        """Ask the members of one unit, and put their rows together."""
        if isinstance(unit.pattern, al.PathPattern):
            return self._path(unit.pattern, unit, place)
        return self._matched(unit, place)

    def _matched(self, unit: plan.Unit, place: Place) -> al.Pattern:
        variables = in_scope(plan.in_graph(unit.pattern, place.graph))
        if not unit.members:
            return al.Values(variables, ())
        parts: list[al.Pattern] = []
        questions: list[Question] = []
        keys = self._keys(plan.in_graph(unit.pattern, place.graph), place, unit.members)
        for member in unit.members:
            if member == self.home:
                parts.append(plan.in_graph(unit.pattern, place.graph))
            else:
                asked = plan.in_graph(unit.asked(member), place.graph)
                questions.append(Question(member, asked, variables, keys))
        if questions:
            parts.append(self._fetched(questions))
        whole = reduce(al.Union, parts)
        # A triple that two members hold is one triple.
        return whole if len(unit.members) == 1 else al.Distinct(al.Project(whole, variables))

    def _path(self, path: al.PathPattern, unit: plan.Unit, place: Place) -> al.Pattern:
        if len(unit.members) > 1:
            raise QueryError(
                "A path whose predicates stand in several members is not offered",
                value=", ".join(member.name for member in unit.members),
                hint="Write the steps of the path as triples, or name one member with SERVICE",
            )
        found = self._matched(unit, place)
        if not plan.may_match_empty(path.path):
            return found
        variables = in_scope(found)
        both = al.Union(found, self._empty_path(path, place))
        return al.Distinct(al.Project(both, variables))

    def _empty_path(self, path: al.PathPattern, place: Place) -> al.Pattern:
        """Lead from a term to itself, whoever holds it (section 18.4, ZeroLengthPath)."""
        match path.subject, path.object:
            case al.Constant(first), al.Constant(second):
                return al.Values((), ((),) if first == second else ())
            case (al.Constant(term), al.Variable() as end) | (
                al.Variable() as end,
                al.Constant(term),
            ):
                return al.Values((end,), ((term,),))
            case al.Variable() as start, al.Variable() as end if place.known is not None:
                for one, other in ((start, end), (end, start)):
                    if one in certain(place.known):
                        rows = al.Distinct(al.Project(place.known, (one,)))
                        return rows if one == other else al.Extend(rows, other, one)
        raise QueryError(
            "A path that may have no length needs one end that is bound before it",
            hint="Bind its subject or object in a pattern beside it",
        )

    # Other patterns

    def _filter(self, condition: al.Expression, inner: al.Pattern, place: Place) -> al.Pattern:
        tests = conjuncts(condition)
        found = self.resolve(inner, replace(place, tests=(*place.tests, *tests)))
        condition = self._expression(condition, replace(place, known=found, tests=()))
        return al.Filter(condition, found)

    def _pair(self, pattern: al.LeftJoin | al.Minus | al.Union, place: Place) -> al.Pattern:
        left = self.resolve(pattern.left, place)
        if isinstance(pattern, al.Union):
            return al.Union(left, self.resolve(pattern.right, place))
        if isinstance(pattern, al.Minus):
            beside = Place(place.graph, left)
            return al.Minus(left, self.resolve(pattern.right, beside))
        # Only what the left side binds may narrow the right side: a solution that
        # lost its match to a row from further out would be kept without it.
        known = self._inside(place, left).known or left
        tests = () if pattern.condition is None else conjuncts(pattern.condition)
        beside = Place(place.graph, al.Project(known, certain(left)), tests)
        right = self.resolve(pattern.right, beside)
        condition = pattern.condition
        if condition is not None:
            condition = self._expression(condition, replace(place, known=None, tests=()))
        return al.LeftJoin(left, right, condition)

    def _modified(
        self,
        pattern: al.Group | al.OrderBy | al.Project | al.Distinct | al.Slice,
        place: Place,
    ) -> al.Pattern:
        """Go into a pattern that other names or other rows hold inside of."""
        match pattern:
            case al.Slice():
                inside = Place(place.graph)
            case al.Group(_, keys, _):
                inside = _seen(place, keys)
            case al.Project(_, variables):
                inside = _seen(place, variables)
            case _:
                inside = place
        if isinstance(place.graph, al.Variable) and isinstance(pattern, al.Group | al.Project):
            raise QueryError("A sub-query inside GRAPH with a variable is not offered here")
        return replace(pattern, pattern=self.resolve(pattern.pattern, inside))

    def _expression(self, expression: al.Expression, place: Place) -> al.Expression:
        """Resolve the patterns of EXISTS inside an expression."""
        match expression:
            case al.Exists(pattern):
                return replace(expression, pattern=self.resolve(pattern, replace(place, tests=())))
            case al.Call(arguments=arguments):
                given = tuple(self._expression(each, place) for each in arguments)
                return replace(expression, arguments=given)
            case _:
                return expression

    # SERVICE

    def _service(self, service: al.Service, place: Place) -> al.Pattern:
        if isinstance(service.name, al.Constant):
            return self._at(str(getattr(service.name.term, "value", "")), service, place)
        name = service.name
        keys = self._keys(al.BGP((al.TriplePattern(name, name, name),)), place, ())
        if keys is None:
            raise QueryError(
                "The endpoint of a SERVICE is not bound, or to too many values",
                value=f"?{name.name}",
                hint="Bind it in a pattern before the SERVICE",
            )
        found: list[al.Pattern] = []
        for (term,) in keys.rows:
            at = al.Values((name,), ((term,),))
            address = term.value if isinstance(term, IRI) else str(term)
            found.append(al.Join(at, self._at(address, service, place)))
        return reduce(al.Union, found) if found else al.Values((name,), ())

    def _at(self, address: str, service: al.Service, place: Place) -> al.Pattern:
        """Ask one endpoint with the group of a SERVICE."""
        inner = service.pattern
        try:
            member = self.members.at(address)
            if member is None:
                raise FederationError(
                    "SERVICE asks members only",
                    value=address,
                    hint="Name the endpoint in the members file",
                )
            here = replace(place, graph=None)
            if any(isinstance(each, al.Service) for each, _ in plan.placed(inner)):
                # Members are never asked to ask others for us.
                alone = replace(self, sources=lambda _basic, _graph: (member,))
                return al.Project(alone.resolve(inner, here), visible(inner))
            return self._from(member, inner, visible(inner), here)
        except (FederationError, MemberError) as error:
            if not service.silent:
                raise
            self.warnings.append(f"SERVICE SILENT gave nothing: {error}")
            return al.BGP()

    # Members

    def _from(
        self,
        member: Member,
        pattern: al.Pattern,
        variables: tuple[al.Variable, ...],
        place: Place,
    ) -> al.Pattern:
        """Let one member match a whole pattern."""
        whole = plan.in_graph(pattern, place.graph)
        if member == self.home:
            return whole
        wanted = tuple(dict.fromkeys((*variables, *_graph_variable(place.graph))))
        keys = self._keys(whole, place, (member,))
        bound = set(certain(pattern))
        tests = [t for t in place.tests if mentioned(t) and bound.issuperset(mentioned(t))]
        sent = [test for test in tests if plan.may_send(test, member)]
        asked = plan.in_graph(plan.filtered(pattern, sent), place.graph)
        return self._fetched([Question(member, asked, wanted, keys)])

    def _fetched(self, questions: Sequence[Question]) -> al.Pattern:
        variables = questions[0].variables
        asked = [q for q in questions if q.bindings is None or q.bindings.rows]
        return self.leaves.relation(variables, self.answers(asked) if asked else ())

    def _keys(
        self, pattern: al.Pattern, place: Place, members: Sequence[Member]
    ) -> al.Values | None:
        """Give the values that shared variables have in the known rows, where they are few."""
        if place.known is None:
            return None
        shared = set(certain(pattern)) & set(certain(place.known))
        variables = tuple(v for v in in_scope(place.known) if v in shared)
        if not variables:
            return None
        rows = al.Distinct(al.Project(place.known, variables))
        found = list(
            self.leaves.solutions(al.Slice(rows, limit=BOUND_ROWS + 1), variables, self.options)
        )
        if len(found) > BOUND_ROWS:
            return None
        if any(map(_has_blank_node, found)):
            if any(member.stable_blank_nodes for member in members):
                return None
            for member in members:
                if any(_is_of(member, term) for row in found for term in row):
                    self.warnings.append(
                        f"Member {member.name} has blank nodes that its other answers may name "
                        "otherwise; they were not joined. If its labels are stable, say "
                        "stable_blank_nodes = true in the members file"
                    )
            found = [row for row in found if not _has_blank_node(row)]
        return al.Values(variables, tuple(found))


def _is_loose_path(basic: plan.Basic) -> bool:
    """Say whether a path matches terms that stand in no triple of its member."""
    return isinstance(basic, al.PathPattern) and plan.may_match_empty(basic.path)


def _has_blank_node(row: Iterable[Term | None]) -> bool:
    return any(isinstance(term, BlankNode) for term in row)


def _is_of(member: Member, term: Term | None) -> bool:
    """Say whether a term is a blank node of a member."""
    return isinstance(term, BlankNode) and term.label.startswith(f"{member.name}_")


def _graph_variable(graph: al.Slot | None) -> tuple[al.Variable, ...]:
    return (graph,) if isinstance(graph, al.Variable) else ()


def _seen(place: Place, variables: Sequence[al.Variable]) -> Place:
    """Keep of a place what is known under the same names inside a sub-query."""
    names = set(variables)
    known = None
    if place.known is not None and not names.isdisjoint(in_scope(place.known)):
        kept = tuple(v for v in in_scope(place.known) if v in names)
        known = al.Project(place.known, kept)
    tests = tuple(test for test in place.tests if names.issuperset(mentioned(test)))
    return Place(place.graph, known, tests)


def _waits(pattern: al.Pattern) -> int:
    """Order what is joined: a SERVICE last, for it gains most from rows that are known."""
    if not isinstance(pattern, al.Service):
        return 0
    return 2 if isinstance(pattern.name, al.Variable) else 1

"""Plans that serve again: for a query of the same shape with other constants.

The shape of a query is its pattern with every constant taken out. While a pattern
is rewritten and compiled, its constants are `algebra.Parameter`s: what reads the
term of one, or asks a fact of it, makes the plan depend on that. What only needs a
place in the SQL where the constant's id, number, text or geometry is to stand takes
a placeholder. A plan serves every query of its shape with the same facts.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, cast

from endpoint.sparql.algebra import Constant, Parameter, Pattern, Reading
from endpoint.sparql.compile.constants import number_class
from endpoint.sparql.plan import BoundPlan, Plan, Slot, filled
from endpoint.store.dataset import Dataset
from engine.protocol import Prepared
from geosparql.terms import IRI, Literal, Term

_KEPT = 128
Key = Any
"""Something hashable."""
Fact = tuple[int, Reading[Any]]
"""The number of a constant, and what was asked of it."""

Find = Callable[[Sequence[Term]], Sequence[int | None]]


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern without its constants, and these in their order."""

    key: Key
    pattern: Pattern
    parameters: tuple[Parameter, ...]

    def facts(self) -> tuple[Fact, ...]:
        """Give what was asked of the constants."""
        return tuple((p.number, reading) for p in self.parameters for reading in p.facts)


@dataclass(frozen=True, slots=True)
class CachedPlan:
    """A plan and, where it has no steps, its query as the engine wrote it."""

    plan: Plan
    prepared: Prepared | None = None

    def bound(self, shape: Shape, find: Find) -> BoundPlan:
        """Put the constants of a query into the plan; `find` gives their ids."""
        values = _values(self.plan.slots, shape.parameters, find)
        if self.prepared is None:
            return BoundPlan(filled(self.plan, values))
        own = {name: values[name] for name in self.prepared.places}
        plan = filled(self.plan, values) if self.plan.diagnoses else self.plan
        return BoundPlan(plan, self.prepared, own)


class PlanCache:
    """The plans of one answerer; may be used by several threads.

    A plan holds for one state of the data: when its statistics are others, all are
    forgotten.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: OrderedDict[Key, CachedPlan] = OrderedDict()
        self._facts: dict[Key, tuple[Fact, ...]] = {}
        self._state: object = None

    def get(self, shape: Shape, dataset: Dataset) -> CachedPlan | None:
        """Give a plan that serves a shape with its constants."""
        with self._lock:
            if self._state is not dataset.statistics:
                self._plans.clear()
                self._facts.clear()
                self._state = dataset.statistics
            facts = self._facts.get(shape.key)
            if facts is None:
                return None
            key = _key(shape, facts)
            found = self._plans.get(key)
            if found is not None:
                self._plans.move_to_end(key)
            return found

    def put(self, shape: Shape, plan: Plan, dataset: Dataset) -> CachedPlan:
        """Keep the plan that was made for a shape."""
        prepared = None if plan.steps else dataset.engine.prepare(plan.query)
        made = CachedPlan(plan, prepared)
        with self._lock:
            if self._state is dataset.statistics:
                facts = tuple(dict.fromkeys((*self._facts.get(shape.key, ()), *shape.facts())))
                self._facts[shape.key] = facts
                self._plans[_key(shape, facts)] = made
                while len(self._plans) > _KEPT:
                    self._plans.popitem(last=False)
                while len(self._facts) > _KEPT:
                    self._facts.pop(next(iter(self._facts)))
        return made


def _key(shape: Shape, facts: tuple[Fact, ...]) -> Key:
    return shape.key, tuple(shape.parameters[number].read(reading) for number, reading in facts)


def shape_of(pattern: Pattern, *options: Key) -> Shape:
    """Take the constants out of a pattern; `options` are what else its plan depends on."""
    parameters: list[Parameter] = []
    key, made = _taken(pattern, parameters)
    return Shape((key, options), cast(Pattern, made), tuple(parameters))


def _taken(part: Any, parameters: list[Parameter]) -> tuple[Key, Any]:
    """Give the key of a part of the algebra, and the part with parameters in it."""
    kind: Key = type(part)
    if kind is Constant:
        parameter = Parameter(part.term, len(parameters))
        parameters.append(parameter)
        return _class_of(part.term), parameter
    if kind is tuple:
        pairs = [_taken(member, parameters) for member in part]
        return tuple(key for key, _ in pairs), tuple(made for _, made in pairs)
    names = _field_names(kind)
    if not names:
        return part, part
    pairs = [_taken(getattr(part, name), parameters) for name in names]
    return (kind, *(key for key, _ in pairs)), kind(*(made for _, made in pairs))


@functools.cache
def _field_names(kind: Key) -> tuple[str, ...]:
    """Give the fields of a node of the algebra; none for terms and plain values."""
    is_node = is_dataclass(kind) and kind.__module__ == Constant.__module__
    return tuple(each.name for each in fields(kind)) if is_node else ()


def _class_of(term: Term) -> Key:
    """Give what every plan may depend on of a constant: two of a class compile alike."""
    if isinstance(term, Literal):
        return term.datatype, term.language, number_class(term)
    return IRI if isinstance(term, IRI) else type(term)


def _values(
    slots: Mapping[str, Slot], parameters: tuple[Parameter, ...], find: Find
) -> dict[str, object]:
    """Give the values of placeholders."""
    wanted = [name for name, slot in slots.items() if slot.reading is None]
    ids = zip(wanted, find([parameters[slots[name].number].value for name in wanted]), strict=True)
    found: dict[str, object] = {name: -1 if i is None else i for name, i in ids}
    for name, slot in slots.items():
        if slot.reading is not None:
            found[name] = parameters[slot.number].read(slot.reading)
    return found

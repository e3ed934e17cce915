"""The operations of SPARQL 1.1 Update as frozen values (W3C Recommendation of 21 March 2013).

`endpoint.sparql.parse_update` makes them, `endpoint.sparql.update` carries them out.
The default graph is None wherever a graph is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal as OneOf

import pyarrow as pa

from endpoint.sparql.algebra import DatasetClause, Pattern, Slot, Variable
from endpoint.sparql.triple_terms import Node, node_variables


@dataclass(frozen=True, slots=True)
class Quad:
    """A quad of a template or of data; a blank node is a hidden `Variable`."""

    subject: Slot
    predicate: Slot
    object: Node
    graph: Slot | None = None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """What stands in it."""
        triple = (self.subject, self.predicate, self.object)
        return triple if self.graph is None else (*triple, self.graph)


def template_variables(quads: Iterable[Quad]) -> dict[Variable, None]:
    """Give the variables of templates in order, those of blank nodes and triple terms too."""
    nodes = (node for quad in quads for node in quad.nodes)
    return dict.fromkeys(variable for node in nodes for variable in node_variables(node))


@dataclass(frozen=True, slots=True)
class Load:
    """LOAD (section 3.1.4)."""

    source: str
    graph: str | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Clear:
    """CLEAR and DROP (3.1.3 and 3.2.2), which are one where empty graphs are not recorded."""

    graphs: OneOf["DEFAULT", "NAMED", "ALL"] | None = None
    graph: str | None = None
    """The one graph, where `graphs` is None."""


@dataclass(frozen=True, slots=True)
class Create:
    """CREATE (3.2.1)."""

    graph: str
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Transfer:
    """ADD, MOVE or COPY (3.2.3 to 3.2.5)."""

    kind: OneOf["ADD", "MOVE", "COPY"]
    source: str | None
    target: str | None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Modify:
    """DELETE and INSERT templates for each solution of a pattern (3.1.3).

    DELETE WHERE is one too; INSERT DATA and DELETE DATA (but long ones: `Data`) are those
    whose `pattern` is empty, so that there is one solution.
    """

    delete: tuple[Quad, ...]
    insert: tuple[Quad, ...]
    pattern: Pattern
    graph: str | None = None
    """Of WITH: where quads go that name no graph, and the default graph of `pattern`."""
    using: DatasetClause | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """INSERT DATA, or DELETE DATA where it `removes`, of many quads: as triple batches."""

    batches: tuple[pa.RecordBatch, ...]
    removes: bool


Operation = Load | Clear | Create | Transfer | Modify | Data


@dataclass(frozen=True, slots=True)
class ParsedUpdate:
    """The operations of a request, in order, and the base IRI that its text declared last."""

    operations: tuple[Operation, ...]
    base: str | None = None

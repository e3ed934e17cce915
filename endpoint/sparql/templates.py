"""Quads that templates give for solutions, as rows of ids (SPARQL 1.1 Update, section 3.1.3)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from endpoint.sparql.algebra import Constant, Slot, Variable
from endpoint.sparql.functions.encoding import decode
from endpoint.sparql.operations import Quad
from endpoint.sparql.plan import Output
from endpoint.store.change import Change
from endpoint.store.dataset import EphemeralTerms
from endpoint.store.dictionary import NOT_FOUND
from endpoint.store.encode import TermColumns
from endpoint.store.ids import DEFAULT_GRAPH, EPHEMERAL_BIT, KIND_BY_NAME, KIND_SHIFT, KINDS
from endpoint.store.lexical_columns import Flags, Integers, numpy_of
from endpoint.store.schema import QUADS_SPO

_IRI, _BLANK = KIND_BY_NAME["iri"].code, KIND_BY_NAME["blank"].code
_INLINE = np.array([kind.code for kind in KINDS if kind.layout != "dictionary"])


@dataclass(slots=True)
class Instances:
    """Makes the quads of templates for the same n solutions.

    Parameters
    ----------
    rows
        The solutions, as a plan gives them.
    outputs
        In which column each variable stands; one that is missing is unbound.
    ephemeral
        Holds the terms of the query that the store lacks.
    change
        Knows the ids of terms.
    adding
        Whether terms that the store lacks are added to it; else quads with them are
        left out.
    blank_prefix
        Put before the labels of new blank nodes.
    """

    rows: pa.Table
    outputs: Sequence[Output]
    ephemeral: EphemeralTerms
    change: Change
    adding: bool
    blank_prefix: str = ""
    _known: dict[Slot, Integers] = field(default_factory=dict)

    def quads(self, template: Iterable[Quad], graph: int) -> pa.Table:
        """Give the quads of a template, repeated ones too; `graph` is for those that name none.

        What would be no quad is left out: something unbound, a literal as subject or
        graph, a predicate that is no IRI.
        """
        quads = tuple(template)
        self._learn(quads)
        parts = [QUADS_SPO.schema.empty_table()]
        for quad in quads:
            triple = (quad.subject, quad.predicate, quad.object)
            columns = [self._known[slot] for slot in triple]
            subject, predicate, value = columns
            named = (
                np.full(len(self.rows), graph) if quad.graph is None else self._known[quad.graph]
            )
            valid = _resource(subject) & _is_kind(predicate, _IRI) & (value != NOT_FOUND)
            if quad.graph is None:
                valid &= named != NOT_FOUND
            else:
                valid &= _resource(named)
            arrays = [pa.array(ids[valid]) for ids in (named, *columns)]
            parts.append(pa.table(arrays, schema=QUADS_SPO.schema))
        return pa.concat_tables(parts)

    def _learn(self, template: Sequence[Quad]) -> None:
        """Find the ids of all slots of a template, those of constants and new nodes at once."""
        slots = dict.fromkeys(s for q in template for s in slots_of(q))
        bound = {output.variable: output for output in self.outputs}
        constants = [s for s in slots if isinstance(s, Constant)]
        blanks = [s for s in slots if isinstance(s, Variable) and s.is_hidden]
        count = len(self.rows)
        if self.adding:
            ids = self.change.term_ids([s.term for s in constants], self._labels(len(blanks)))
        else:
            ids = self.change.find_terms([s.term for s in constants])
        alone, new = np.split(ids, [len(constants)])
        self._known |= {s: np.full(count, i) for s, i in zip(constants, alone, strict=True)}
        nodes = zip(blanks, np.split(new, len(blanks)) if blanks else (), strict=True)
        self._known |= dict(nodes)
        for slot in slots.keys() - self._known.keys():
            assert isinstance(slot, Variable)
            known = slot in bound
            self._known[slot] = self._bound(bound[slot]) if known else np.full(count, NOT_FOUND)

    def _labels(self, nodes: int) -> pa.StringArray:
        """Give labels for some new blank nodes for each solution, one node after the other."""
        places = itertools.product(range(nodes), range(len(self.rows)))
        return pa.array([f"_:{self.blank_prefix}{n}_{row}" for n, row in places], pa.string())

    def _bound(self, output: Output) -> Integers:
        column = self.rows[output.column].combine_chunks()
        if output.form == "text":
            return self._through(column, lambda texts: _terms_of_texts(texts, self.blank_prefix))
        ids: Integers = numpy_of(pc.fill_null(column.cast(pa.int64()), NOT_FOUND)).copy()
        own = _is_ephemeral(ids)
        if own.any():
            ids[own] = self._through(pa.array(ids[own]), self._fetched)
        return ids

    def _through(self, column: pa.Array, terms_of: Callable[[pa.Array], TermColumns]) -> Integers:
        """Give the ids of the terms that the different values of a column stand for."""
        encoded = column.dictionary_encode()
        terms = terms_of(encoded.dictionary)
        ids = self.change.ids(terms) if self.adding else self.change.find(terms)
        codes = numpy_of(pc.fill_null(encoded.indices, NOT_FOUND))
        return np.where(codes == NOT_FOUND, NOT_FOUND, np.append(ids, NOT_FOUND)[codes])

    def _fetched(self, ids: pa.Array) -> TermColumns:
        numbers = numpy_of(ids)
        found = self.ephemeral.fetch(numbers)
        place = np.searchsorted(numpy_of(found["id"]), numbers)
        columns = (found[name].combine_chunks() for name in ("lexical", "datatype", "language"))
        return TermColumns(*columns).take(place)


def _terms_of_texts(texts: pa.Array, blank_prefix: str) -> TermColumns:
    """Give the terms of texts; a computed blank node is a new one of this operation."""
    cells = [decode(text) for text in texts.to_pylist()]
    renamed = [
        (f"_:{blank_prefix}{value[2:]}" if datatype is None and value[:2] == "_:" else value)
        for value, datatype, _ in cells
    ]
    columns = (renamed, [cell[1] for cell in cells], [cell[2] for cell in cells])
    return TermColumns(*(pa.array(values, pa.string()) for values in columns))


def _is_ephemeral(ids: Integers) -> Flags:
    kinds = ids >> KIND_SHIFT
    flags: Flags = (ids > DEFAULT_GRAPH) & (ids & EPHEMERAL_BIT != 0) & ~np.isin(kinds, _INLINE)
    return flags


def _is_kind(ids: Integers, *codes: int) -> Flags:
    flags: Flags = np.isin(ids >> KIND_SHIFT, codes)
    return flags


def _resource(ids: Integers) -> Flags:
    return _is_kind(ids, _IRI, _BLANK)


def slots_of(quad: Quad) -> Iterator[Slot]:
    """Give what stands in a quad of a template."""
    yield from (quad.subject, quad.predicate, quad.object)
    if quad.graph is not None:
        yield quad.graph


def template_variables(quads: Iterable[Quad]) -> set[Variable]:
    """Give the variables of templates, those of their blank nodes too."""
    return {slot for quad in quads for slot in slots_of(quad) if isinstance(slot, Variable)}

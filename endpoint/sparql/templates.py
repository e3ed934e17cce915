"""Quads that templates give for solutions, as rows of ids (SPARQL 1.1 Update, section 3.1.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from endpoint.sparql.algebra import Constant, Slot, Variable
from endpoint.sparql.functions.encoding import decode
from endpoint.sparql.operations import Quad
from endpoint.sparql.plan import Output
from endpoint.store.dataset import EphemeralTerms
from endpoint.store.dictionary import NOT_FOUND
from endpoint.store.encode import TermColumns, resources, terms_of_values
from endpoint.store.ids import DEFAULT_GRAPH, EPHEMERAL_BIT, KIND_BY_NAME, KIND_SHIFT, KINDS
from endpoint.store.lexical_columns import Flags, Integers, numpy_of
from endpoint.store.schema import QUADS_SPO

IdsOf = Callable[[TermColumns], Integers]
"""Gives the ids of terms: those the store has, or new ones too."""

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
    ids_of
        Gives the ids of terms that are not stored ids yet; `NOT_FOUND` drops the quad.
    blank_prefix
        Put before the labels of new blank nodes.
    """

    rows: pa.Table
    outputs: Sequence[Output]
    ephemeral: EphemeralTerms
    ids_of: IdsOf
    blank_prefix: str = ""
    _known: dict[Slot, Integers] = field(default_factory=dict)

    def quads(self, template: Iterable[Quad], graph: int) -> pa.Table:
        """Give the quads of a template, repeated ones too; `graph` is for those that name none.

        What would be no quad is left out: something unbound, a literal as subject or
        graph, a predicate that is no IRI.
        """
        parts = [QUADS_SPO.schema.empty_table()]
        for quad in template:
            columns = [self._ids(s) for s in (quad.subject, quad.predicate, quad.object)]
            subject, predicate, value = columns
            named = np.full(len(self.rows), graph) if quad.graph is None else self._ids(quad.graph)
            valid = _resource(subject) & _is_kind(predicate, _IRI) & (value != NOT_FOUND)
            if quad.graph is None:
                valid &= named != NOT_FOUND
            else:
                valid &= _resource(named)
            arrays = [pa.array(ids[valid]) for ids in (named, *columns)]
            parts.append(pa.table(arrays, schema=QUADS_SPO.schema))
        return pa.concat_tables(parts)

    def _ids(self, slot: Slot) -> Integers:
        if slot not in self._known:
            self._known[slot] = self._made(slot)
        return self._known[slot]

    def _made(self, slot: Slot) -> Integers:
        count = len(self.rows)
        if isinstance(slot, Constant):
            return np.full(count, self.ids_of(terms_of_values([slot.term]))[0])
        output = next((each for each in self.outputs if each.variable == slot), None)
        if output is not None:
            return self._bound(output)
        return self._new_blanks() if slot.is_hidden else np.full(count, NOT_FOUND)

    def _new_blanks(self) -> Integers:
        """Give a new blank node for each solution."""
        first = len(self._known)  # another number for each blank node of the template
        labels = [f"_:{self.blank_prefix}{first}_{row}" for row in range(len(self.rows))]
        return self.ids_of(resources(pa.array(labels, pa.string())))

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
        ids = self.ids_of(terms_of(encoded.dictionary))
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


def template_variables(quads: Iterable[Quad]) -> set[Variable]:
    """Give the variables of templates, those of their blank nodes too."""
    slots = (slot for q in quads for slot in (q.subject, q.predicate, q.object, q.graph))
    return {slot for slot in slots if isinstance(slot, Variable)}

"""Quads that templates give for solutions, as rows of ids (SPARQL 1.1 Update, section 3.1.3)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from endpoint.sparql.algebra import Constant, Slot, Variable
from endpoint.sparql.functions.encoding import Cell, decode
from endpoint.sparql.operations import Quad, template_variables
from endpoint.sparql.plan import Output
from endpoint.sparql.triple_terms import Node, TripleNode
from endpoint.store.change import Change
from endpoint.store.chunks import renamed
from endpoint.store.dataset import EphemeralTerms
from endpoint.store.decode import decode_terms
from endpoint.store.dictionary import NOT_FOUND
from endpoint.store.encode import TermColumns, resources, terms_of_values
from endpoint.store.ids import DEFAULT_GRAPH, EPHEMERAL_BIT, KIND_BY_NAME, KIND_SHIFT, KINDS
from endpoint.store.lexical_columns import Flags, Integers, numpy_of
from endpoint.store.schema import QUADS_SPO
from geosparql.ntriples_writing import term_texts
from geosparql.term_columns import term_columns, term_of
from geosparql.triples import TRIPLE_TERM

_IRI, _BLANK = KIND_BY_NAME["iri"].code, KIND_BY_NAME["blank"].code
_INLINE = np.array([kind.code for kind in KINDS if kind.layout != "dictionary"])
_COMPUTED = "b"
"""With what labels that BNODE gives begin; stored ones begin with the scope, d and a number."""


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
    _known: dict[Node, Integers] = field(default_factory=dict)
    _numbers: dict[Variable, int] = field(default_factory=dict)
    """Of the blank nodes."""

    def quads(self, template: Iterable[Quad], graph: int) -> pa.Table:
        """Give the quads of a template, repeated ones too; `graph` is for those that name none.

        What would be no quad is left out: something unbound, a literal as subject or
        graph, a predicate that is no IRI; a triple term with such a part.
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
        nodes = dict.fromkeys(node for quad in template for node in quad.nodes)
        hidden = (v for v in template_variables(template) if v.is_hidden)
        self._numbers |= {variable: number for number, variable in enumerate(hidden)}
        constants = [n for n in nodes if isinstance(n, Constant)]
        blanks = [n for n in nodes if isinstance(n, Variable) and n.is_hidden]
        count = len(self.rows)
        if self.adding:
            ids = self.change.term_ids([s.term for s in constants], self._labels(*blanks))
        else:
            ids = self.change.find_terms([s.term for s in constants])
        alone, new = np.split(ids, [len(constants)])
        self._known |= {s: np.full(count, i) for s, i in zip(constants, alone, strict=True)}
        made = zip(blanks, np.split(new, len(blanks)) if blanks else (), strict=True)
        self._known |= dict(made)
        for node in nodes.keys() - self._known.keys():
            self._known[node] = self._found(node)

    def _found(self, node: Node) -> Integers:
        """Find the ids of what a variable or a triple term is in each solution."""
        if isinstance(node, TripleNode):
            return self._through(self._terms(node).lexical, _triple_terms)
        output = self._output(node)
        return np.full(len(self.rows), NOT_FOUND) if output is None else self._bound(output)

    def _output(self, slot: Slot) -> Output | None:
        return next((output for output in self.outputs if output.variable == slot), None)

    def _terms(self, node: Node) -> TermColumns:
        """Give what a part of a triple term is in each solution, in letters: it may have no id."""
        match node:
            case TripleNode():
                return _triple_terms(_texts_of(*(self._terms(part) for _, part in node.parts)))
            case Constant(term):
                return terms_of_values([term]).take(np.zeros(len(self.rows), dtype=np.int64))
            case Variable() if node.is_hidden:
                return resources(self._labels(node))
        output = self._output(node)
        if output is None:
            return resources(pa.nulls(len(self.rows), pa.string()))
        column = self.rows[output.column].combine_chunks()
        if output.form == "text":
            return _terms_of_texts(column, self.blank_prefix)
        ids = column.cast(pa.int64())
        return decode_terms(self.change.dataset, ids, ephemeral=self.ephemeral)

    def _labels(self, *nodes: Variable) -> pa.StringArray:
        """Give labels for some new blank nodes for each solution, one node after the other."""
        numbers = (self._numbers[node] for node in nodes)
        places = itertools.product(numbers, range(len(self.rows)))
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
    """Give the terms of texts or nulls; a computed blank node is a new one of this operation."""
    cells = [
        (None, None, None) if text is None else _cell_of(text, blank_prefix)
        for text in texts.to_pylist()
    ]
    columns = zip(*cells, strict=True) if cells else ((), (), ())
    return TermColumns(*(pa.array(values, pa.string()) for values in columns))


def _cell_of(text: str, blank_prefix: str) -> Cell:
    cell = decode(text)
    if f"_:{_COMPUTED}" not in text:
        return cell
    return term_columns(renamed(term_of(*cell), blank_prefix, _COMPUTED))


def _texts_of(subject: TermColumns, predicate: TermColumns, item: TermColumns) -> pa.StringArray:
    """Give the texts of triple terms, null where something is unbound or makes no triple."""
    texts = term_texts(
        *(subject.lexical, predicate.lexical, item.lexical, item.datatype, item.language),
        opening="<<( ", closing=" )>>",
    )  # fmt: skip
    literal = pc.or_(pc.is_valid(subject.datatype), pc.is_valid(predicate.datatype))
    wrong = pc.or_kleene(literal, pc.starts_with(predicate.lexical, "_:"))
    return pc.if_else(wrong, pa.scalar(None, pa.string()), texts)


def _triple_terms(texts: pa.StringArray) -> TermColumns:
    datatypes = pa.repeat(pa.scalar(TRIPLE_TERM), len(texts))
    return TermColumns(texts, datatypes, pa.nulls(len(texts), pa.string()))


def _is_ephemeral(ids: Integers) -> Flags:
    kinds = ids >> KIND_SHIFT
    flags: Flags = (ids > DEFAULT_GRAPH) & (ids & EPHEMERAL_BIT != 0) & ~np.isin(kinds, _INLINE)
    return flags


def _is_kind(ids: Integers, *codes: int) -> Flags:
    flags: Flags = np.isin(ids >> KIND_SHIFT, codes)
    return flags


def _resource(ids: Integers) -> Flags:
    return _is_kind(ids, _IRI, _BLANK)

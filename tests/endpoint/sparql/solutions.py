"""Solutions and graphs of ours and of others, made comparable: as multisets, up to blank nodes."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

import pyoxigraph as ox

from endpoint.sparql.answer import Answer
from endpoint.store.dataset import Dataset
from endpoint.store.export import export_batches
from endpoint.store.memory import memory_dataset
from endpoint.store.store import Store
from engine.protocol import Engine
from geosparql.rdf import read_triples
from geosparql.term_columns import term_of, to_oxigraph
from geosparql.terms import XSD

Solution = Mapping[str, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]
_INEXACT = {XSD + "double", XSD + "float"}


def dataset_of(engine: Engine, text: str, format: str = "trig") -> Dataset:
    """Make a data set of an RDF document."""
    return memory_dataset(engine, read_triples(io.BytesIO(text.encode()), format=format))


def our_solutions(answer: Answer) -> list[dict[str, object]]:
    """Read the solutions of an answer as pyoxigraph terms; unbound variables are left out."""
    return [
        {
            name: to_oxigraph(term_of(cell["value"], cell["datatype"], cell["language"]))
            for name, cell in row.items()
            if cell is not None
        }
        for batch in answer.batches()
        for row in batch.to_pylist()
    ]


def our_graph(answer: Answer) -> list[ox.Triple]:
    """Read the triples of an answer."""
    return [
        ox.Triple(
            to_oxigraph(term_of(row["subject"])),
            to_oxigraph(term_of(row["predicate"])),
            to_oxigraph(term_of(row["object"], row["datatype"], row["language"])),
        )
        for batch in answer.triples()
        for row in batch.to_pylist()
    ]


def normal(term: object) -> object:
    """Give equal numbers one lexical form."""
    if isinstance(term, ox.Literal):
        datatype = term.datatype.value
        try:
            if datatype in _INEXACT:
                return ox.Literal(f"{float(term.value):.12g}", datatype=term.datatype)
            if datatype == XSD + "decimal":
                value = Decimal(term.value).quantize(Decimal("1e-15")).normalize()
                return ox.Literal(format(value, "f"), datatype=term.datatype)
        except (ArithmeticError, ValueError):
            return term
        if term.language is not None:
            return ox.Literal(term.value, language=term.language.lower())
    return term


def canonical(rows: Iterable[Solution]) -> Counter[str]:
    """Give solutions in canonical form: equal for equal multisets, up to blank nodes."""
    found: Counter[str] = Counter()
    dataset = ox.Dataset()
    row_type = ox.NamedNode("x:row")
    for row in rows:
        terms = [(name, normal(row[name])) for name in sorted(row)]
        if not any(_has_blank(term) for _, term in terms):
            found[str([(name, str(term)) for name, term in terms])] += 1
            continue
        node = ox.BlankNode()
        dataset.add(ox.Quad(node, row_type, row_type))
        for name, term in terms:
            dataset.add(ox.Quad(node, ox.NamedNode(f"x:{name}"), term))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    found.update(str(quad) for quad in dataset)
    return found


def _has_blank(term: object) -> bool:
    return isinstance(term, ox.BlankNode) or (isinstance(term, ox.Triple) and "_:" in str(term))


def canonical_graph(triples: Iterable[ox.Triple]) -> set[str]:
    """Give a graph in canonical form."""
    quads = (ox.Quad(t.subject, t.predicate, normal(t.object)) for t in triples)
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in dataset}


def canonical_quads(quads: Iterable[ox.Quad]) -> set[str]:
    """Give a set of quads in canonical form."""
    dataset = ox.Dataset(
        ox.Quad(q.subject, q.predicate, normal(q.object), q.graph_name) for q in quads
    )
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in dataset}


def our_quads(store: Store) -> list[ox.Quad]:
    """Read the quads of a store."""
    return [
        ox.Quad(
            to_oxigraph(term_of(row["subject"])),
            to_oxigraph(term_of(row["predicate"])),
            to_oxigraph(term_of(row["object"], row["datatype"], row["language"])),
            None if row["graph"] is None else to_oxigraph(term_of(row["graph"])),
        )
        for batch in export_batches(store.dataset())
        for row in batch.to_pylist()
    ]

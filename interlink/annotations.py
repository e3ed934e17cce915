"""Links with their values as triples: alone, or annotated in one of three ways.

===============  ========================================================================
annotate         a link ``s p o`` with a value ``v``
===============  ========================================================================
``none``         ``s p o``
``star``         ``s p o . << s p o >> egl:score v`` (RDF-star, N-Triples and N-Quads only)
``triple_term``  ``s p o . L rdf:reifies <<( s p o )>> ; egl:score v`` (RDF 1.2)
``resource``     ``s p o . L a rdf:Statement ; rdf:subject s ; … ; egl:score v`` (RDF 1.1)
===============  ========================================================================

``L`` is a name-based UUID of the link, so that runs and engines name it alike and
loading it twice says nothing new. Lengths and areas are rounded to a
micrometre and a square micrometre, shares and scores to nine digits.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from sqlglot import exp

from engine.protocol import Relation
from geosparql.ntriples_writing import term_texts
from geosparql.terms import RDF, XSD_STRING
from geosparql.triples import TRIPLE_TERM, TRIPLES_SCHEMA
from geosparql.vocabulary import EGL, RDF_TYPE
from interlink.measures.table import VALUE_BY_NAME, VALUES
from interlink.rules.model import Annotate, LinkRule

MATRIX = "matrix"
EGL_MATRIX = EGL + "de9im"

ANNOTATING = (
    *(RDF + name for name in ("reifies", "type", "subject", "predicate", "object")),
    EGL_MATRIX,
    *(value.iri for value in VALUES),
)
"""Predicates of what is said of links."""

_NAMES = uuid.UUID("5b6e3f52-6c0a-5d1e-9f0e-2a6f1f0c7d11")  # of links; its value means nothing


def statements(
    rule: LinkRule, annotate: Annotate, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Yield the triples of links.

    Parameters
    ----------
    rule
        Which values there are, and the graph.
    annotate
        How they stand with their links.
    batches
        Of `interlink.links.link_schema`.

    Yields
    ------
    RecordBatch
        Of `TRIPLES_SCHEMA`: the links of each batch first. A missing value is not said.
    """
    for links in batches:
        if not links.num_rows:
            continue
        subject, predicate, item = (links[name] for name in ("subject", "predicate", "object"))
        yield _triples(rule, subject, predicate, item)
        if annotate == "none" or not (rule.values or rule.matrix):
            continue
        node = _quoted(links, "<< ", " >>") if annotate == "star" else _named(links)
        if annotate == "triple_term":
            term = _quoted(links, "<<( ", " )>>")
            yield _triples(rule, node, RDF + "reifies", term, TRIPLE_TERM)
        elif annotate == "resource":
            yield _triples(rule, node, RDF_TYPE, RDF + "Statement")
            for name in ("subject", "predicate", "object"):
                yield _triples(rule, node, RDF + name, links[name])
        yield from _values(rule, node, links)


def best_values(triples: Relation) -> exp.Query:
    """Leave each link one value of a kind: the best of those that several geometries gave it.

    Which is best, the least or the greatest, `interlink.measures.table.VALUES` says.
    """
    number = exp.cast(exp.column("object"), "DOUBLE")
    least = [exp.Literal.string(value.iri) for value in VALUES if value.best == "min"]
    order = (
        exp.case().when(exp.column("predicate").isin(*least), number).else_(exp.Neg(this=number))
    )
    valued = exp.column("predicate").isin(*(exp.Literal.string(value.iri) for value in VALUES))
    place = exp.Window(
        this=exp.RowNumber(),
        partition_by=[exp.column(name) for name in ("subject", "predicate", "graph")],
        order=exp.Order(expressions=[exp.Ordered(this=order)]),
    )
    names = TRIPLES_SCHEMA.names
    ranked = exp.select(*names, place.as_("place")).from_(triples.table()).where(valued)
    best = exp.select(*names).from_(ranked.subquery("ranked")).where(exp.column("place").eq(1))
    rest = exp.select(*names).from_(triples.table()).where(exp.Not(this=valued))
    return exp.union(best, rest, distinct=False)


def _values(rule: LinkRule, node: Any, links: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    if rule.matrix:
        yield _triples(rule, node, EGL_MATRIX, links[MATRIX], XSD_STRING)
    for name in rule.values:
        value = VALUE_BY_NAME[name]
        there = links[name].is_valid()
        numbers = np.round(np.asarray(links[name].filter(there)), value.digits)
        texts = pa.array([repr(number) for number in numbers.tolist()], pa.string())
        yield _triples(rule, node.filter(there), value.iri, texts, value.datatype)


def _named(links: pa.RecordBatch) -> pa.Array:
    """Name each link."""
    return pa.array(map(_urn, _quoted(links, "", "").to_pylist()), pa.string())


def _urn(text: str) -> str:
    """Give ``uuid.uuid5(_NAMES, text).urn``, three times as fast."""
    h = hashlib.sha1(_NAMES.bytes + text.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(h[16], 16) % 4]
    return f"urn:uuid:{h[:8]}-{h[8:12]}-5{h[13:16]}-{variant}{h[17:20]}-{h[20:32]}"


def _quoted(links: pa.RecordBatch, opening: str, closing: str) -> pa.Array:
    nothing = pa.nulls(links.num_rows, pa.string())
    subject, predicate, item = (links[name] for name in ("subject", "predicate", "object"))
    return term_texts(subject, predicate, item, nothing, nothing, opening=opening, closing=closing)


def _triples(
    rule: LinkRule, subject: Any, predicate: Any, item: Any, datatype: str | None = None
) -> pa.RecordBatch:
    """Give triples of columns; a text stands for all rows."""
    rows = len(subject)
    given = {"subject": subject, "predicate": predicate, "object": item,
             "datatype": datatype, "graph": rule.graph}  # fmt: skip
    columns = [
        given[field.name].cast(field.type)
        if isinstance(given.get(field.name), pa.Array | pa.ChunkedArray)
        else pa.repeat(pa.scalar(given.get(field.name), field.type), rows)
        for field in TRIPLES_SCHEMA
    ]
    return pa.RecordBatch.from_arrays(columns, schema=TRIPLES_SCHEMA)

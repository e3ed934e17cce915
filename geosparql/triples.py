"""The triple batch: the Arrow form in which triples travel between stages.

One row is one triple or quad. The columns are those of `TRIPLES_SCHEMA`; the
same columns in a Parquet folder are "triple Parquet", which the store and
Spark read with no parsing.

==========  ======================================================================
column      holds
==========  ======================================================================
subject     an IRI as it is, or a blank node as ``_:label``
predicate   an IRI
object      an IRI, a blank node as ``_:label``, or the lexical form of a literal
datatype    datatype IRI of a literal (xsd:string too); null for IRI and blank node
language    language tag of an rdf:langString in lower case, else null; an
            rdf:dirLangString's base direction stands behind it (``ar--rtl``)
graph       IRI or ``_:label`` of a named graph; null for the default graph
geometry    EWKB of a geometry literal where the producer had it at hand, else null
==========  ======================================================================

No absolute IRI begins with ``_:`` (a scheme begins with a letter), so the two
kinds of resource share a column. Where the object is an RDF 1.2 triple term its
N-Triples text stands in `object` and `datatype` is `TRIPLE_TERM`.

Between a reader and the store the columns of text may be dictionary-encoded, and
those that may be null may be missing; `decoded` gives the plain form.
"""

from __future__ import annotations

import pyarrow as pa

TRIPLE_TERM = "http://www.w3.org/1999/02/22-rdf-syntax-ns#tripleTerm"

TRIPLES_SCHEMA = pa.schema(
    [
        pa.field("subject", pa.string(), nullable=False),
        pa.field("predicate", pa.string(), nullable=False),
        pa.field("object", pa.string(), nullable=False),
        pa.field("datatype", pa.string()),
        pa.field("language", pa.string()),
        pa.field("graph", pa.string()),
        pa.field("geometry", pa.binary()),
    ]
)


def decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give a batch of exactly `TRIPLES_SCHEMA`: no column encoded, none missing."""
    columns = []
    for field in TRIPLES_SCHEMA:
        if field.name in batch.schema.names or not field.nullable:
            columns.append(batch.column(field.name).cast(field.type))
        else:
            columns.append(pa.nulls(batch.num_rows, field.type))
    return pa.record_batch(columns, schema=TRIPLES_SCHEMA)

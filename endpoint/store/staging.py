"""What a load has read so far, in temporary tables: ids are given here, no table is changed yet."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from endpoint.store.chunks import Chunk
from endpoint.store.classify import classify
from endpoint.store.dictionary import NOT_FOUND, dictionary_ids, hashes_of
from endpoint.store.encode import TermColumns, quad_rows
from endpoint.store.ids import KIND_BY_NAME, PAYLOAD_MASK, id_kind
from endpoint.store.lexical_columns import Integers, numpy_of
from endpoint.store.load_report import Findings
from endpoint.store.new_terms import NewTerms, examine
from endpoint.store.schema import GEOMETRIES, QUADS_SPO, TERM_HASHES, TERMS, column
from engine.protocol import Control, DatabaseEngine, Relation

_WKT_LIKE = (
    r"(?i)\A\s*(?:<[^>]*>\s*)?(?:POINT|LINESTRING|LINEARRING|POLYGON|TRIANGLE|TIN"
    r"|POLYHEDRALSURFACE|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION)"
    r"\s*(?:Z|M|ZM)?\s*(?:\(\s*(?:[-+.(0-9]|(?:POINT|LINE|POLY|MULTI|GEO)[A-Z]*\s*\()|EMPTY\b)"
)
_STRING = KIND_BY_NAME["string"].code

_STAGED_TERMS = TERMS.schema.append(pa.field("hash", pa.int64()))
_STAGED_GEOMETRIES = GEOMETRIES.schema.append(pa.field("hilbert", pa.int64()))


class Staging:
    """The temporary tables of one load, to be closed.

    They stand outside the store's file and its transactions: a load that fails has
    touched nothing, and Arrow input is freed at once (inside a transaction DuckDB
    would keep all of it to the end). `quads` has repetitions; `terms` (with their
    `hash`) and `geometries` (with their place `hilbert` along the curve) are those
    that the store does not hold.
    """

    def __init__(self, engine: DatabaseEngine, control: Control, findings: Findings) -> None:
        self._engine = engine
        self._control = control
        self._next_payload = next_payloads(engine)
        self.findings = findings
        self.quads = self._table(QUADS_SPO.schema)
        self.terms = self._table(_STAGED_TERMS)
        stored = [(TERM_HASHES.name, TERMS.name)] if self._next_payload else []
        self._dictionaries = [*stored, (self.terms.name, self.terms.name)]
        self.geometries = self._table(_STAGED_GEOMETRIES)

    def close(self) -> None:
        """Drop the tables."""
        for relation in (self.quads, self.terms, self.geometries):
            self._engine.drop(relation)

    def add(self, chunk: Chunk) -> None:
        """Give the terms of a chunk their ids and keep its triples."""
        ids = self._ids(chunk.terms, chunk, chunk.codes[2])
        self._insert(self.quads, quad_rows(ids, chunk.codes))
        self.findings.counts["triples"] += len(chunk.triples)
        self.findings.documents.update(chunk.rows_by_document())

    def _ids(self, terms: TermColumns, chunk: Chunk, object_codes: Integers) -> Integers:
        """Give the ids of different terms: inline, stored, staged before, or new."""
        classified = classify(terms.lexical, terms.datatype, terms.language)
        ids: Integers = classified.ids.filled(NOT_FOUND)
        rows = np.flatnonzero(ids == NOT_FOUND)
        hashes = hashes_of(self._engine, terms.take(rows))
        for relations in self._dictionaries:
            found = dictionary_ids(self._engine, terms.take(rows), hashes, relations=relations)
            ids[rows] = found
            rows, hashes = rows[found == NOT_FOUND], hashes[found == NOT_FOUND]
        known = _known_geometries(chunk, object_codes, rows)
        new = examine(terms.take(rows), classified.take(rows), known)
        self._note(new, chunk, object_codes, rows)
        ids[rows] = self._add_terms(new, hashes)
        return ids

    def _add_terms(self, new: NewTerms, hashes: Integers) -> Integers:
        """Give new terms their ids and keep them, with the geometries of those that have one."""
        ids = new.ids(self._next_payload)
        rows = new.term_rows(ids).append_column("hash", pa.array(hashes))
        geometries = new.geometry_rows(ids)
        self._insert(self.terms, rows)
        self._insert(self.geometries, geometries)
        self.findings.counts.update(terms=len(rows), geometries=len(geometries))
        return ids

    def _note(self, new: NewTerms, chunk: Chunk, object_codes: Integers, codes: Integers) -> None:
        """Note unreadable geometry literals and strings that look like WKT."""
        for place, reason in sorted(new.read.reasons.items()):
            row = int(new.located[place])
            first_row = int(np.argmax(object_codes == codes[row]))
            self.findings.unreadable(
                new.terms.lexical[row].as_py(),
                new.terms.datatype[row].as_py(),
                reason,
                chunk.document_of(first_row),
            )
        strings = new.terms.lexical.filter(pa.array(new.classified.kinds == _STRING))
        likely = strings.filter(pc.match_substring_regex(strings, _WKT_LIKE))
        if len(likely):
            self.findings.untyped(len(likely), likely[0].as_py())

    def _table(self, schema: pa.Schema) -> Relation:
        empty = self._engine.relation(schema.empty_table())
        try:
            return self._engine.materialize(empty.select())
        finally:
            self._engine.drop(empty)

    def _insert(self, target: Relation, rows: pa.Table) -> None:
        if not len(rows):
            return
        source = self._engine.relation(rows)
        try:
            statement = exp.insert(source.select(), target.table())
            self._engine.execute(statement, control=self._control)
        finally:
            self._engine.drop(source)


def _known_geometries(chunk: Chunk, object_codes: Integers, codes: Integers) -> pa.BinaryArray:
    """Give the EWKB that the producer sent along with terms; null where it sent none."""
    geometry = chunk.triples["geometry"].combine_chunks()
    sent = np.flatnonzero(numpy_of(geometry.is_valid()))
    sent_codes, first = np.unique(object_codes[sent], return_index=True)
    if not len(sent_codes):
        return pa.nulls(len(codes), pa.binary())
    places = np.minimum(np.searchsorted(sent_codes, codes), len(sent_codes) - 1)
    missing = sent_codes[places] != codes
    return geometry.take(pa.array(sent[first[places]], mask=missing))


def next_payloads(engine: DatabaseEngine) -> dict[int, int]:
    """Give the first free payload of each kind that the dictionary has."""
    kind, last = exp.alias_(id_kind("id"), "kind"), exp.alias_(exp.Max(this=column("id")), "last")
    query = exp.select(kind, last).from_(exp.to_table(TERMS.name)).group_by(id_kind("id"))
    rows = engine.run(query).read_all().to_pylist()
    return {row["kind"]: (row["last"] & PAYLOAD_MASK) + 1 for row in rows}

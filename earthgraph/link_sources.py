"""What link rules read beside RDF files: stores, answers to queries, layers of vector files.

Each is given as parts that an engine reads where it runs, Spark's workers too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from earthgraph.answering import StoreAnswerer
from endpoint.store.export import export_selected
from endpoint.store.store import open_store
from engine.protocol import Parts
from geosparql.errors import SourceError
from geosparql.terms import IRI
from geosparql.triples import TRIPLES_SCHEMA
from geotriples.iris import ABSOLUTE_IRI, ILLEGAL_IN_IRI, iri_encode
from geotriples.mapping.logical_source import DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.model import Reference
from geotriples.mapping.template import parse_template
from geotriples.mapping.vocabulary import EGR, FORMATS, VECTOR
from geotriples.sources.source import ROW, Source
from geotriples.sources.table import PARQUET_SUFFIXES, open_source
from interlink.rules.model import FeatureSet, QuerySource, StoreSource, VectorSource
from interlink.sources import ROW_FIELDS

_FEATURE, _GEOMETRY, _FID = "feature", "geometry", "fid"


class LinkReaders:
    """Opens stores, queries and vector files for link rules; see `interlink.sources.Readers`."""

    def triples(self, source: StoreSource, predicates: Sequence[str]) -> Parts:
        """Give the triples of a store that a set needs, geometries with them."""
        read = partial(_store_triples, graph=source.graph, predicates=tuple(predicates))
        return Parts(TRIPLES_SCHEMA, [str(source.store)], read)

    def rows(self, chosen: FeatureSet, references: Sequence[str]) -> Parts:
        """Give the rows of a query or layer."""
        source, names = chosen.source, tuple(references)
        schema = pa.schema(
            [*ROW_FIELDS, *(pa.field(f"r{i}", pa.string()) for i in range(len(names)))]
        )
        if isinstance(source, VectorSource):
            return _layer(source, names, chosen.crs_iri, schema)
        assert isinstance(source, QuerySource)
        if source.endpoint is not None:
            return _asked(source.endpoint, source.query, names, schema)
        read = partial(_store_rows, query=source.query, names=names, schema=schema)
        return Parts(schema, [str(source.store)], read)


def _store_triples(
    path: str, *, graph: str | None, predicates: tuple[str, ...]
) -> Iterator[pa.RecordBatch]:
    with open_store(Path(path), read_only=True) as store:
        named = None if graph is None else IRI(graph)
        yield from export_selected(store.dataset(), [IRI(p) for p in predicates], graph=named)


def _store_rows(
    path: str, *, query: str, names: tuple[str, ...], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    with (
        open_store(Path(path), read_only=True) as store,
        StoreAnswerer(store).query(query) as answer,
    ):
        _check_variables(answer.variables, names, path)
        for batch in answer.batches():
            cells = [batch.column(name) for name in (_FEATURE, _GEOMETRY, *names)]
            named = _named(cells[0].field("value"), cells[0].field("datatype"))
            yield _row_batch(named, cells[1], [c.field("value") for c in cells[2:]], schema)


def _check_variables(known: Sequence[str], names: Sequence[str], where: str) -> None:
    for name in (_FEATURE, _GEOMETRY, *names):
        if name not in known:
            raise SourceError("The query of the set does not bind a variable", where=where,
                              value=f"?{name}", hint=f"It binds: {', '.join(known)}")  # fmt: skip


def _asked(endpoint: str, query: str, names: tuple[str, ...], schema: pa.Schema) -> Parts:
    """Give the solutions of an endpoint."""
    logical = LogicalSource(
        DatabaseSource(endpoint), FORMATS + "SPARQL_Results_JSON", endpoint, iterator=query
    )
    opened = open_source(logical, tuple(dict.fromkeys((_FEATURE, _GEOMETRY, *names))))
    columns = [opened.column(name).name for name in (_FEATURE, _GEOMETRY, *names)]
    read = partial(_solution_rows, read=opened.parts.read, columns=columns, schema=schema)
    return Parts(schema, opened.parts.parts, read)


def _solution_rows(
    part: Any,
    *,
    read: Callable[[Any], Iterator[pa.RecordBatch]],
    columns: Sequence[str],
    schema: pa.Schema,
) -> Iterator[pa.RecordBatch]:
    for batch in read(part):
        cells = [batch.column(name) for name in columns]
        values = [cell.field("lexical") for cell in cells]
        literal = pa.StructArray.from_arrays(
            [values[1], cells[1].field("datatype")], names=["value", "datatype"]
        )
        yield _row_batch(_named(values[0]), literal, values[2:], schema)


def _row_batch(
    feature: pa.Array, literal: pa.StructArray, values: Sequence[pa.Array], schema: pa.Schema
) -> pa.RecordBatch:
    """Give rows whose geometry is a literal."""
    nothing = pa.nulls(len(feature), pa.binary())
    columns = [feature, nothing, literal.field("value"), literal.field("datatype"), *values]
    return pa.record_batch(columns, schema=schema)


def _layer(
    source: VectorSource, names: tuple[str, ...], crs: str | None, schema: pa.Schema
) -> Parts:
    """Give the features of a vector file."""
    options = () if crs is None else ((EGR + "crs", crs),)
    logical = LogicalSource(
        FileSource(source.path), VECTOR, str(source.path), iterator=source.layer, options=options
    )
    parts = _iri_parts(source)
    asked = [part.name for part in parts if isinstance(part, Reference) and part.name != ROW]
    opened = open_source(logical, tuple(dict.fromkeys((*asked, _GEOMETRY, *names))))
    _refuse_lists(opened, (*asked, *names), source)
    columns = {column.reference: column.name for column in opened.columns} | {ROW: ROW}
    template = tuple(
        (columns[part.name], True) if isinstance(part, Reference) else (part, False)
        for part in parts
    )
    read = partial(
        _layer_rows, read=opened.parts.read, template=template, geometry=columns[_GEOMETRY],
        columns=[columns[name] for name in names], schema=schema,
    )  # fmt: skip
    return Parts(schema, opened.parts.parts, read)


def _iri_parts(source: VectorSource) -> tuple[str | Reference, ...]:
    """Give the parts of the template of IRIs: without one, base, file, layer and number."""
    if source.iri is not None:
        return parse_template(source.iri, str(source.path)).parts
    layer = "" if source.layer is None else quote(source.layer, safe="") + "/"
    stem = quote(source.path.name.split(".")[0], safe="")
    key = ROW if source.path.suffix.lower() in PARQUET_SUFFIXES else _FID
    return f"{source.base}{stem}/{layer}", Reference(key)


def _refuse_lists(opened: Source, names: Sequence[str], source: VectorSource) -> None:
    for name in names:
        if opened.column(name).repeated:
            raise SourceError("A column of lists has no one value for a feature",
                              where=str(source.path), value=name)  # fmt: skip


def _layer_rows(
    part: Any,
    *,
    read: Callable[[Any], Iterator[pa.RecordBatch]],
    template: tuple[tuple[str, bool], ...],
    geometry: str,
    columns: Sequence[str],
    schema: pa.Schema,
) -> Iterator[pa.RecordBatch]:
    for batch in read(part):
        feature = _named(_filled(template, batch))
        nothing = pa.nulls(batch.num_rows, pa.string())
        values = [batch.column(name) for name in columns]
        row = [feature, batch.column(geometry), nothing, nothing, *values]
        yield pa.record_batch(row, schema=schema)


def _filled(template: tuple[tuple[str, bool], ...], batch: pa.RecordBatch) -> pa.Array:
    """Fill a template row by row; one that is a column alone holds IRIs as they are."""
    texts = [
        batch.column(text).cast(pa.string()) if is_column else pa.repeat(text, batch.num_rows)
        for text, is_column in template
    ]
    if len(template) == 1:
        return texts[0]
    safe = [
        iri_encode(text) if is_column else text
        for text, (_, is_column) in zip(texts, template, strict=True)
    ]
    return reduce(lambda one, other: pc.binary_join_element_wise(one, other, ""), safe)


def _named(names: pa.Array, datatypes: pa.Array | None = None) -> pa.Array:
    """Give IRIs as they are; anything else as the label of a blank node, which links leave out."""
    absolute = pc.match_substring_regex(names, ABSOLUTE_IRI)
    legal = pc.and_(absolute, pc.invert(pc.match_substring_regex(names, ILLEGAL_IN_IRI)))
    if datatypes is not None:
        legal = pc.and_(legal, pc.is_null(datatypes))
    plain = pc.fill_null(names, "")
    label = pc.if_else(
        pc.starts_with(plain, "_:"), plain, pc.binary_join_element_wise("_:", plain, "")
    )
    return pc.if_else(pc.fill_null(legal, False), plain, label)

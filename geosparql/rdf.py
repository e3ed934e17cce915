"""RDF syntaxes to and from triple batches, through pyoxigraph, on binary streams.

N-Triples and N-Quads are written by `geosparql.ntriples_writing`. Blank node labels are
those of the document; callers that read several documents give each its
`blank_prefix`, because a label means nothing outside its document. Language tags
come out in lower case, their value space (RDF 1.1, 3.3); a base direction
stands behind the tag as in N-Triples 1.2 (``ar--rtl``).
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, cast

import pyarrow as pa
import pyoxigraph as ox

from geosparql.errors import InputError, RDFSyntaxError, SourceError, TermLengthError
from geosparql.ntriples_reading import read_chunk, read_lines
from geosparql.ntriples_writing import ntriples_text
from geosparql.term_columns import (
    from_oxigraph,
    language_tag,
    resource_node,
    term_columns,
    term_of,
    to_oxigraph,
)
from geosparql.triples import TRIPLES_SCHEMA, decoded

__all__ = [
    "LINE_FORMATS",
    "RDF_FORMATS",
    "RDF_FORMAT_BY_NAME",
    "RDFFormat",
    "format_of",
    "open_rdf",
    "read_triples",
    "term_columns",
    "term_of",
    "write_triples",
]


@dataclass(frozen=True, slots=True)
class RDFFormat:
    """One RDF syntax, and whether it has named graphs."""

    name: str
    oxigraph: ox.RdfFormat
    media_type: str
    extensions: tuple[str, ...]
    has_graphs: bool


RDF_FORMATS: tuple[RDFFormat, ...] = (
    RDFFormat("nt", ox.RdfFormat.N_TRIPLES, "application/n-triples", (".nt",), False),
    RDFFormat("nq", ox.RdfFormat.N_QUADS, "application/n-quads", (".nq",), True),
    RDFFormat("ttl", ox.RdfFormat.TURTLE, "text/turtle", (".ttl", ".turtle"), False),
    RDFFormat("trig", ox.RdfFormat.TRIG, "application/trig", (".trig",), True),
    RDFFormat("rdf", ox.RdfFormat.RDF_XML, "application/rdf+xml", (".rdf", ".owl", ".xml"), False),
    RDFFormat("jsonld", ox.RdfFormat.JSON_LD, "application/ld+json", (".jsonld", ".json"), True),
)
RDF_FORMAT_BY_NAME = {row.name: row for row in RDF_FORMATS}
LINE_FORMATS = ("nt", "nq")
_BUFFER_FULL = "Reached the buffer maximal size"  # what pyoxigraph says of too long a term
_LINES = RDF_FORMAT_BY_NAME["nq"].oxigraph
_FORMAT_BY_EXTENSION = {ext: row.name for row in RDF_FORMATS for ext in row.extensions}
_COMPRESSION_BY_EXTENSION = {".gz": "gz", ".bz2": "bz2", ".xz": "xz", ".zst": "zst"}


def format_of(path: Path) -> tuple[str, str | None]:
    """Give the RDF format name and the compression of a file from its name.

    Raises
    ------
    SourceError
        The extension is not that of an RDF syntax.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compression = _COMPRESSION_BY_EXTENSION.get(suffixes[-1]) if suffixes else None
    if compression:
        suffixes.pop()
    name = _FORMAT_BY_EXTENSION.get(suffixes[-1]) if suffixes else None
    if name is None:
        raise SourceError(
            "not the extension of an RDF syntax", value=path.name,
            hint=f"Use one of {' '.join(_FORMAT_BY_EXTENSION)}, with or without .gz .bz2 .xz .zst",
        )  # fmt: skip
    return name, compression


def open_rdf(path: Path, mode: Literal["rb", "wb"] = "rb") -> IO[bytes]:
    """Open an RDF file as a binary stream, decompressed or compressed by its extension.

    Raises
    ------
    SourceError
        The file cannot be opened.
    """
    compression = _COMPRESSION_BY_EXTENSION.get(path.suffix.lower())
    try:
        match compression:
            case "gz":
                return cast(IO[bytes], gzip.open(path, mode, compresslevel=6))
            case "bz2":
                return cast(IO[bytes], bz2.open(path, mode))
            case "xz":
                return cast(IO[bytes], lzma.open(path, mode))
            case "zst":
                stream = pa.input_stream if mode == "rb" else pa.output_stream
                return cast(IO[bytes], stream(str(path), compression="zstd"))
            case _:
                return path.open(mode)
    except OSError as error:
        raise SourceError("cannot be opened", where=str(path), value=error.strerror) from error


def read_triples(
    stream: IO[bytes],
    *,
    format: str,
    base_iri: str | None = None,
    where: str | None = None,
    batch_rows: int = 65536,
    blank_prefix: str = "",
    encoded: bool = False,
) -> Iterator[pa.RecordBatch]:
    """Read an RDF document into triple batches.

    Parameters
    ----------
    stream
        Open for reading bytes; read as far as the batches are taken.
    format
        Name of a row of `RDF_FORMATS`.
    base_iri
        What relative IRIs are resolved against.
    where
        Name of the document for error messages.
    batch_rows
        Rows per batch at most.
    blank_prefix
        Put before each blank node label.
    encoded
        Give what is read as it is at hand, in the freer form of `geosparql.triples`.

    Yields
    ------
    pyarrow.RecordBatch
        Of `TRIPLES_SCHEMA`; `geometry` is null.

    Raises
    ------
    RDFSyntaxError
        The document does not parse; with file, line and column.
    TermLengthError
        A term is longer than pyoxigraph takes (16 MiB); lines of N-Triples and N-Quads
        of the canonical shape do not go through it and may have terms of any length.
    SourceError
        The stream cannot be read or decompressed.
    """
    row = _format(format)

    def batch_of(quads: list[ox.Quad]) -> pa.RecordBatch:
        return _batch(quads, "_:" + blank_prefix)

    with _errors_of(where or "document"):
        if row.name in LINE_FORMATS:
            batches = read_lines(stream, row.name, blank_prefix, batch_of)
        else:
            written = _as_lines(ox.parse(stream, row.oxigraph, base_iri=base_iri), batch_rows)
            batches = (read_chunk(text, 1, "nq", blank_prefix, batch_of) for text in written)
        for batch in batches if encoded else map(decoded, batches):
            for start in range(0, batch.num_rows, batch_rows):
                yield batch.slice(start, batch_rows)


def _format(name: str) -> RDFFormat:
    row = RDF_FORMAT_BY_NAME.get(name)
    if row is None:
        raise InputError(
            "not an RDF format", value=name, hint=f"Use one of {', '.join(RDF_FORMAT_BY_NAME)}"
        )
    return row


@contextmanager
def _errors_of(where: str) -> Iterator[None]:
    """Turn the parser's errors into ours."""
    try:
        yield
    except SyntaxError as error:
        at = f", line {error.lineno}, column {error.offset}" if error.lineno else ""
        what = str(error.msg).partition(": ")[2] if error.lineno else str(error.msg)
        raise RDFSyntaxError(what or str(error.msg), where=where + at) from error
    except MemoryError as error:
        if not str(error).startswith(_BUFFER_FULL):
            raise
        raise TermLengthError(
            "a term is longer than 16 MiB", where=where,
            hint="Write it as N-Triples or N-Quads: one space between terms, no escapes",
        ) from error  # fmt: skip
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise SourceError(f"cannot be read: {error}", where=where) from error


def _as_lines(quads: Iterator[ox.Quad], rows: int) -> Iterator[bytes]:
    """Write quads as N-Quads, some at a time: columns are sooner cut from lines than from terms."""
    return iter(lambda: cast(bytes, ox.serialize(islice(quads, rows), format=_LINES)), b"")


def _batch(quads: list[ox.Quad], blank: str) -> pa.RecordBatch:
    """Build the columns of one batch of quads whose lines are not of the canonical shape."""
    named, literal = ox.NamedNode, ox.Literal
    subjects: list[str] = []
    predicates: list[str] = []
    objects: list[str] = []
    datatypes: list[str | None] = []
    languages: list[str | None] = []
    graphs: list[str | None] = []
    for subject, predicate, item, graph in quads:
        subjects.append(subject.value if type(subject) is named else blank + subject.value)
        predicates.append(predicate.value)
        kind = type(item)
        if kind is named:
            objects.append(item.value)
            datatypes.append(None)
            languages.append(None)
        elif kind is literal:
            objects.append(item.value)
            datatypes.append(item.datatype.value)
            languages.append(language_tag(item))
        else:
            lexical, datatype, _ = term_columns(from_oxigraph(item, blank[2:]))
            objects.append(lexical)
            datatypes.append(datatype)
            languages.append(None)
        graphs.append(_graph_column(graph, blank))
    columns = [subjects, predicates, objects, datatypes, languages, graphs]
    arrays = [pa.array(column, pa.string()) for column in columns]
    return pa.record_batch([*arrays, pa.nulls(len(quads), pa.binary())], schema=TRIPLES_SCHEMA)


def _graph_column(graph: Any, blank: str) -> str | None:
    if type(graph) is ox.DefaultGraph:
        return None
    return cast(str, graph.value if type(graph) is ox.NamedNode else blank + graph.value)


def write_triples(
    batches: Iterable[pa.RecordBatch],
    stream: IO[bytes],
    *,
    format: str,
    prefixes: Mapping[str, str] | None = None,
) -> int:
    """Write triple batches as an RDF document.

    Parameters
    ----------
    batches
        Of `TRIPLES_SCHEMA`.
    stream
        Open for writing bytes; not closed.
    format
        Name of a row of `RDF_FORMATS`.
    prefixes
        Prefix to namespace, for the syntaxes that have them.

    Returns
    -------
    int
        How many triples were written.

    Raises
    ------
    InputError
        A row has a named graph and the format has none, or a term that the format
        cannot write.
    """
    row = _format(format)
    written = 0

    def checked() -> Iterator[pa.RecordBatch]:
        nonlocal written
        for batch in batches:
            graphs = batch.column("graph")
            if not row.has_graphs and graphs.null_count < len(graphs):
                raise InputError(
                    f"{row.name} has no named graphs", value=graphs.drop_null()[0],
                    hint="Write nq, trig or jsonld",
                )  # fmt: skip
            yield batch
            written += batch.num_rows

    if row.name in LINE_FORMATS:
        for batch in checked():
            stream.write(ntriples_text(batch))
    else:
        _serialize(checked(), stream, row, prefixes)
    return written


def _serialize(
    batches: Iterator[pa.RecordBatch],
    stream: IO[bytes],
    row: RDFFormat,
    prefixes: Mapping[str, str] | None,
) -> None:
    statements = (statement for batch in batches for statement in _statements(batch, row))
    try:
        ox.serialize(statements, stream, row.oxigraph, prefixes=dict(prefixes or {}))
    except InputError:
        raise
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the stream, not the format
        raise InputError(f"cannot be written as {row.name}", value=error) from error


def _statements(batch: pa.RecordBatch, row: RDFFormat) -> Iterator[Any]:
    """Give pyoxigraph's triples, or its quads where the format has graphs."""
    columns = (batch.column(name).to_pylist() for name in TRIPLES_SCHEMA.names[:6])
    for subject, predicate, text, datatype, language, graph in zip(*columns, strict=True):
        node = to_oxigraph(term_of(text, datatype, language))
        if row.has_graphs:
            named = None if graph is None else resource_node(graph)
            yield ox.Quad(resource_node(subject), ox.NamedNode(predicate), node, named)
        else:
            yield ox.Triple(resource_node(subject), ox.NamedNode(predicate), node)

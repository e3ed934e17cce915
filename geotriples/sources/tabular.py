"""CSV files: streamed, with the basics of a CSVW dialect; every value is text (RML-IO, CSV)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

from engine.protocol import Parts
from geosparql.errors import MappingError, SourceError
from geosparql.terms import XSD_STRING
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import CSVW
from geotriples.sources.csv_parts import WHOLE, Range, ranges_of
from geotriples.sources.files import check_exists, opened
from geotriples.sources.source import (
    Column,
    Source,
    column_names,
    missing_reference,
    row_numbers,
    schema_of,
)

HEADER_BYTES = 1 << 16
BLOCK_BYTES = 1 << 20
"""Arrow reads 32 blocks ahead, so that small ones bound memory."""
LONG_BLOCK_BYTES = 16 << 20
"""For files with rows that do not fit into the others."""
TABBED = frozenset({".tsv", ".tab"})
FALSE = ("false", "0")


class _LongRowError(SourceError):
    """A row does not fit into a block."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the text of a table is cut into cells."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    header: bool = True
    skip_rows: int = 0


@dataclass(frozen=True, slots=True)
class _Table:
    """What is read of a file: some or all of its columns, in a span of its rows."""

    source: FileSource
    dialect: Dialect
    references: tuple[str, ...] | None = None
    """None: all columns."""
    names: tuple[str, ...] | None = None
    """Those of its columns; None: as the first row says, or as Arrow calls them."""
    span: Range = WHOLE


def open_csv(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a CSV file.

    Parameters
    ----------
    source
        The logical source; its options may hold a CSVW dialect.
    references
        Column names. Without a header columns are ``_col.1``, ``_col.2`` … (CSVW).

    Returns
    -------
    Source
        A large file that is not compressed is cut into parts where that is certain to
        be between rows; an empty cell is an empty text unless `rml:null` lists it.

    Raises
    ------
    SourceError
        Where the file or a column is missing or the header is not unique.
    """
    dialect = _dialect(source)
    known = _header(source.file, dialect)
    doubled = {name for name in known if known.count(name) > 1} & set(references)
    if doubled:
        raise SourceError("A column name stands twice in the header", where=str(source.file.path),
                          value=min(doubled))  # fmt: skip
    for reference in references:
        if reference not in known:
            raise missing_reference(reference, known, source.file.path)
    names = column_names(references)
    columns = tuple(Column(reference, names[reference], XSD_STRING) for reference in references)
    schema = schema_of(columns)
    table = _Table(source.file, dialect, tuple(references), tuple(known))
    parts = _ranges(source.file, dialect)
    return Source(Parts(schema, parts, partial(_read, table=table, schema=schema)), columns)


def header_of(source: LogicalSource) -> list[str]:
    """Give the columns that a CSV file has, as `open_csv` knows them."""
    return _header(source.file, _dialect(source))


def _dialect(source: LogicalSource) -> Dialect:
    is_tabbed = TABBED & {suffix.lower() for suffix in source.file.path.suffixes}
    delimiter = source.option(CSVW + "delimiter") or ("\t" if is_tabbed else ",")
    if len(delimiter) != 1:
        raise MappingError(
            "The delimiter must be one character", where=source.where, value=delimiter
        )
    quote = source.option(CSVW + "quoteChar")
    return Dialect(
        delimiter=delimiter,
        quote='"' if quote is None else quote or None,
        escape="\\" if source.option(CSVW + "doubleQuote") in FALSE else None,
        header=source.option(CSVW + "header") not in FALSE,
        skip_rows=int(source.option(CSVW + "skipRows") or 0),
    )


def _header(source: FileSource, dialect: Dialect) -> list[str]:
    names = _arrow_names(source, dialect)
    return names if dialect.header else [f"_col.{n}" for n in range(1, len(names) + 1)]


def _arrow_names(
    source: FileSource, dialect: Dialect, block_bytes: int = HEADER_BYTES
) -> list[str]:
    """Give the columns as Arrow names them."""
    try:
        with _reader(_Table(source, dialect), block_bytes) as reader:
            names: list[str] = reader.schema.names
            return names
    except _LongRowError:
        if block_bytes == LONG_BLOCK_BYTES:
            raise
        return _arrow_names(source, dialect, LONG_BLOCK_BYTES)


def _ranges(source: FileSource, dialect: Dialect) -> list[Range]:
    """Cut a file into parts."""
    if source.compression or dialect.escape or dialect.skip_rows:
        return [WHOLE]
    return ranges_of(
        source.path, source.encoding, dialect.delimiter, dialect.quote, header=dialect.header
    )


@contextmanager
def _reader(table: _Table, block_bytes: int) -> Iterator[Any]:
    """Open the streaming reader. Its errors become SourceErrors."""
    source, dialect, columns = table.source, table.dialect, table.references
    check_exists(source)
    has_names = dialect.header and not table.span.start
    types = None if columns is None else dict.fromkeys(columns, pa.string())
    try:
        with _stream(source, table.span) as file:
            yield pacsv.open_csv(
                file,
                pacsv.ReadOptions(
                    block_size=block_bytes, encoding=source.encoding, skip_rows=dialect.skip_rows,
                    autogenerate_column_names=not dialect.header and table.names is None,
                    column_names=None if has_names else table.names,
                ),
                pacsv.ParseOptions(
                    delimiter=dialect.delimiter, quote_char=dialect.quote or False,
                    escape_char=dialect.escape or False, newlines_in_values=True
                ),
                pacsv.ConvertOptions(
                    column_types=types, include_columns=columns,
                    null_values=list(source.nulls), strings_can_be_null=bool(source.nulls),
                    quoted_strings_can_be_null=False,
                ),
            )  # fmt: skip
    except (pa.ArrowInvalid, UnicodeError, LookupError) as error:
        if "straddling object" in str(error):
            raise _LongRowError(
                "A row is too long", where=str(source.path), value=f"over {block_bytes:,} bytes",
                hint="A quote is perhaps never closed; csvw:quoteChar says which character quotes",
            ) from error  # fmt: skip
        raise SourceError(
            "The CSV file cannot be read", where=str(source.path), value=str(error).split("\n")[0],
            hint=f"It is read as {source.encoding} with {dialect.delimiter!r} between cells: "
            "state rml:encoding or a csvw:dialect, or mend the row",
        ) from error  # fmt: skip


@contextmanager
def _stream(source: FileSource, span: Range) -> Iterator[Any]:
    """Open a file for Arrow."""
    if source.compression is not None:
        with opened(source) as stream:
            yield stream
    elif span == WHOLE:
        yield str(source.path)
    else:
        with pa.OSFile(str(source.path)) as file:
            yield file.get_stream(span.start, (span.end or file.size()) - span.start)


def _read(span: Range, *, table: _Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Read a span of rows."""
    assert table.names is not None
    wanted = table.references or ()
    row = span.row
    for batch in _batches(replace(table, references=wanted or table.names[:1], span=span)):
        arrays = batch.columns[: len(wanted)]
        yield pa.record_batch([*arrays, row_numbers(row, batch.num_rows)], schema=schema)
        row += batch.num_rows
    if span == WHOLE:
        _check_quotes(table.source, table.dialect)


def _batches(table: _Table) -> Iterator[pa.RecordBatch]:
    """Read columns; where a row does not fit into a block, anew with long ones."""
    given = 0
    try:
        with _reader(table, BLOCK_BYTES) as reader:
            for batch in reader:
                given += batch.num_rows
                yield batch
    except _LongRowError:
        with _reader(table, LONG_BLOCK_BYTES) as reader:
            for batch in reader:
                yield batch.slice(min(given, batch.num_rows))
                given = max(0, given - batch.num_rows)


def _check_quotes(source: FileSource, dialect: Dialect) -> None:
    """Refuse a file that ends inside quotes: Arrow takes all that follows them as one cell."""
    quote = (dialect.quote or "").encode()
    if not quote or dialect.escape:
        return
    with opened(source) as stream:
        quotes = sum(block.count(quote) for block in iter(lambda: stream.read(BLOCK_BYTES), b""))
    if quotes % 2:
        raise SourceError(
            "A quote is never closed", where=str(source.path), value=dialect.quote,
            hint="Close it, double a quote that stands for itself (RFC 4180), or state another "
            "csvw:quoteChar",
        )  # fmt: skip

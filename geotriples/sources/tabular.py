"""CSV files: streamed, with the basics of a CSVW dialect; every value is text (RML-IO, CSV)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

from engine.protocol import Parts
from geosparql.errors import MappingError, SourceError
from geosparql.terms import XSD_STRING
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import CSVW
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
        One part; an empty cell is an empty text unless `rml:null` lists it.

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
    read = partial(_read, dialect=dialect, references=tuple(references), schema=schema)
    return Source(Parts(schema, [source.file], read), columns)


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
        with _reader(source, dialect, None, block_bytes) as reader:
            names: list[str] = reader.schema.names
            return names
    except _LongRowError:
        if block_bytes == LONG_BLOCK_BYTES:
            raise
        return _arrow_names(source, dialect, LONG_BLOCK_BYTES)


@contextmanager
def _reader(
    source: FileSource, dialect: Dialect, columns: Sequence[str] | None, block_bytes: int
) -> Iterator[Any]:
    """Open the streaming reader; `columns` None reads all. Its errors become SourceErrors."""
    check_exists(source)
    stream: AbstractContextManager[Any] = (
        nullcontext(str(source.path)) if source.compression is None else opened(source)
    )
    types = None if columns is None else dict.fromkeys(columns, pa.string())
    try:
        with stream as file:
            yield pacsv.open_csv(
                file,
                pacsv.ReadOptions(
                    block_size=block_bytes, encoding=source.encoding, skip_rows=dialect.skip_rows,
                    autogenerate_column_names=not dialect.header,
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


def _read(
    source: FileSource, *, dialect: Dialect, references: tuple[str, ...], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Read one file."""
    wanted: Sequence[str] = references
    if not dialect.header:
        wanted = [f"f{int(reference.removeprefix('_col.')) - 1}" for reference in references]
    row = 0
    columns = wanted or _arrow_names(source, dialect)[:1]
    for batch in _batches(source, dialect, columns):
        arrays = batch.columns[: len(wanted)]
        yield pa.record_batch([*arrays, row_numbers(row, batch.num_rows)], schema=schema)
        row += batch.num_rows
    _check_quotes(source, dialect)


def _batches(
    source: FileSource, dialect: Dialect, columns: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Read columns; where a row does not fit into a block, anew with long ones."""
    given = 0
    try:
        with _reader(source, dialect, columns, BLOCK_BYTES) as reader:
            for batch in reader:
                given += batch.num_rows
                yield batch
    except _LongRowError:
        with _reader(source, dialect, columns, LONG_BLOCK_BYTES) as reader:
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

"""Triple batches written as N-Triples and N-Quads, a whole column at a time.

The text of a batch is put together by Arrow's string kernels and leaves as one
buffer; no Python object is made per triple.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from geosparql.terms import XSD_STRING, escape_iri, escape_lexical
from geosparql.text_columns import end_to_end, escaped, joined
from geosparql.triples import TRIPLE_TERM

IRI_SPECIAL = r'[\x00-\x20<>"{}|^`\\]'
LEXICAL_SPECIAL = r'[\x00-\x1f\x7f"\\\x{fffe}\x{ffff}]'


def ntriples_text(batch: pa.RecordBatch) -> pa.Buffer:
    """Give the N-Triples text of a triple batch; N-Quads lines where a row has a graph.

    Parameters
    ----------
    batch
        Columns of `geosparql.triples.TRIPLES_SCHEMA`; `geometry` is not looked at.

    Returns
    -------
    pyarrow.Buffer
        UTF-8, one line per row, in row order.
    """
    pieces = [
        *_resource(batch.column("subject")),
        " ",
        *_resource(batch.column("predicate")),
        " ",
        *_object(batch.column("object"), batch.column("datatype"), batch.column("language")),
        *_graph(batch.column("graph")),
        " .\n",
    ]
    return end_to_end(joined(*pieces))


def term_texts(
    subject: Any,
    predicate: Any,
    item: Any,
    datatype: Any,
    language: Any,
    *,
    opening: str,
    closing: str,
) -> pa.Array:
    """Give triples as terms of another triple; null where a part is null.

    Parameters
    ----------
    subject, predicate, item, datatype, language
        Columns of a triple batch.
    opening, closing
        What stands around them.
    """
    whole = pc.and_(pc.and_(subject.is_valid(), predicate.is_valid()), item.is_valid())
    pieces = [
        opening,
        *_resource(pc.fill_null(subject, "")),
        " ",
        *_resource(pc.fill_null(predicate, "")),
        " ",
        *_object(pc.fill_null(item, ""), datatype, language),
        closing,
    ]
    return pc.if_else(whole, joined(*pieces).cast(pa.string()), pa.scalar(None, pa.string()))


def _resource(column: Any) -> tuple[Any, Any, Any]:
    """Give opening, text and closing of IRIs; blank nodes and quoted triples stand as they are."""
    blank = pc.match_substring_regex(column, "^(?:_:|<<)")
    if not pc.any(blank).as_py():
        return "<", escaped(column, IRI_SPECIAL, escape_iri), ">"
    text = pc.if_else(blank, column, escaped(column, IRI_SPECIAL, escape_iri))
    return pc.if_else(blank, "", "<"), text, pc.if_else(blank, "", ">")


def _object(column: Any, datatype: Any, language: Any) -> tuple[Any, Any, Any]:
    is_literal = datatype.is_valid()
    is_triple = pc.fill_null(pc.equal(datatype, TRIPLE_TERM), False)
    is_bare = pc.or_(is_triple, pc.and_(pc.invert(is_literal), pc.starts_with(column, "_:")))
    text = pc.if_else(
        is_literal,
        escaped(_only(column, is_literal), LEXICAL_SPECIAL, escape_lexical),
        escaped(_only(column, pc.invert(is_literal)), IRI_SPECIAL, escape_iri),
    )
    opening = pc.if_else(is_literal, '"', "<")
    closing = pc.if_else(is_literal, _suffix(datatype, language), ">")
    return (
        pc.if_else(is_bare, "", opening),
        pc.if_else(is_bare, column, text),
        pc.if_else(is_bare, "", closing),
    )


def _only(column: Any, rows: Any) -> Any:
    """Empty the other rows, so that their characters are not looked at."""
    return pc.if_else(rows, column, "")


def _suffix(datatype: Any, language: Any) -> Any:
    """Give the closing quote of each literal with its language tag or datatype."""
    codes = datatype.dictionary_encode()
    endings = [
        '"' if iri in (None, XSD_STRING) else f'"^^<{escape_iri(iri)}>'
        for iri in codes.dictionary.to_pylist()
    ]
    by_datatype = pc.take(pa.array(endings, pa.string()), codes.indices)
    if language.null_count == len(language):
        return by_datatype
    by_language = pc.binary_join_element_wise('"@', language, "")
    return pc.if_else(language.is_valid(), by_language, by_datatype)


def _graph(column: Any) -> tuple[Any, ...]:
    if column.null_count == len(column):
        return ()
    present = column.is_valid()
    opening, text, closing = _resource(pc.fill_null(column, "_:"))
    return (
        pc.if_else(present, pc.binary_join_element_wise(" ", opening, ""), ""),
        pc.if_else(present, text, ""),
        pc.if_else(present, closing, ""),
    )

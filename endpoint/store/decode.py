"""Ids back to terms, letter for letter, whole columns at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from endpoint.store.dataset import Dataset, EphemeralTerms
from endpoint.store.encode import TermColumns
from endpoint.store.ids import (
    DAY_OFFSET,
    EPHEMERAL_BIT,
    INTEGER_OFFSET,
    KIND_BY_CODE,
    KIND_SHIFT,
    KINDS,
    MANTISSA_BITS,
    MANTISSA_MASK,
    MANTISSA_OFFSET,
    PAYLOAD_MASK,
    SECOND_OFFSET,
    Kind,
)
from endpoint.store.lexical_columns import Integers, numpy_of

_IS_INLINE = np.isin(np.arange(128), [k.code for k in KINDS if k.layout != "dictionary"])
_TERM = pa.schema([("lexical", pa.string()), ("datatype", pa.string()), ("language", pa.string())])


def decode_terms(
    dataset: Dataset,
    ids: pa.Array | pa.ChunkedArray,
    *,
    ephemeral: EphemeralTerms | None = None,
) -> TermColumns:
    """Give the terms of ids.

    Parameters
    ----------
    dataset
        Holds the dictionary terms.
    ids
        (n,) int64, in any order, with repetitions and nulls.
    ephemeral
        Holds the terms of the query that the data set does not.

    Returns
    -------
    TermColumns
        (n,) terms; `lexical` is null where the id is null, 0 (the default graph) or unknown.
    """
    encoded = pa.chunked_array([ids]) if isinstance(ids, pa.Array) else ids
    encoded = encoded.combine_chunks().dictionary_encode()

    def fetch(wanted: Integers) -> pa.Table:
        if ephemeral is None:
            return dataset.fetch_terms(wanted)
        own = wanted & EPHEMERAL_BIT != 0
        stored = dataset.fetch_terms(wanted[~own])
        return pa.concat_tables([stored, ephemeral.fetch(wanted[own])]) if own.any() else stored

    found = _different_terms(fetch, numpy_of(encoded.dictionary).astype(np.int64))
    rows = found.rows.take(encoded.indices)
    return TermColumns(*(found.terms[name].combine_chunks().take(rows) for name in _TERM.names))


class _Found(NamedTuple):
    """Terms in any order, and for each id the row that its term has there; null: it has none."""

    terms: pa.Table
    rows: pa.Int64Array


def _different_terms(fetch: Callable[[Integers], pa.Table], ids: Integers) -> _Found:
    codes = ids >> KIND_SHIFT
    inline = _IS_INLINE[codes]
    known, parts = [np.array([], dtype=np.int64)], [_TERM.empty_table()]
    for code in np.unique(codes[inline]):
        known.append(ids[codes == code])
        parts.append(_inline_terms(KIND_BY_CODE[int(code)], known[-1]))
    wanted = ids[~inline & (ids != 0)]
    if len(wanted):
        read = fetch(wanted)
        known.append(numpy_of(read["id"]))
        parts.append(read.select(_TERM.names).cast(_TERM))
    rows = pc.index_in(pa.array(ids), pa.array(np.concatenate(known)))
    return _Found(pa.concat_tables(parts), rows)


def _inline_terms(kind: Kind, ids: Integers) -> pa.Table:
    lexical, datatype = inline_lexicals(kind, ids), pa.repeat(kind.datatype, len(ids))
    return pa.table([lexical, datatype, pa.nulls(len(ids), pa.string())], _TERM)


def inline_lexicals(kind: Kind, ids: Integers) -> pa.StringArray:
    """Give what `ids.inline_lexical` gives, for n ids of one inline kind."""
    payload = ids & PAYLOAD_MASK
    match kind.layout:
        case "integer":
            return pa.array(payload - INTEGER_OFFSET).cast(pa.string())
        case "scaled":
            return _scaled_lexicals(payload)
        case "boolean":
            return pc.if_else(pa.array(payload == 1), "true", "false")
        case "day":
            days = pa.array((payload - DAY_OFFSET).astype(np.int32))
            return days.cast(pa.date32()).cast(pa.string())
        case "second":
            moments = pa.array(payload - SECOND_OFFSET).cast(pa.timestamp("s")).cast(pa.string())
            written = pc.replace_substring(moments, " ", "T")
            zone = "Z" if kind.name == "dateTime_utc" else ""
            return pc.binary_join_element_wise(written, zone, "")
        case "dictionary":
            raise ValueError(f"{kind.name} ids are not inline")


def _scaled_lexicals(payload: Integers) -> pa.StringArray:
    scales, mantissas = payload >> MANTISSA_BITS, (payload & MANTISSA_MASK) - MANTISSA_OFFSET
    parts, rows = [], []
    for scale in np.unique(scales):
        rows.append(np.flatnonzero(scales == scale))
        part = mantissas[rows[-1]]
        digits = pa.array(np.abs(part)).cast(pa.string())
        if scale:
            digits = pc.ascii_lpad(digits, int(scale) + 1, padding="0")
            whole = pc.utf8_slice_codeunits(digits, 0, -int(scale))
            fraction = pc.utf8_slice_codeunits(digits, -int(scale))
            digits = pc.binary_join_element_wise(whole, fraction, ".")
        sign = pc.if_else(pa.array(part < 0), "-", "")
        parts.append(pc.binary_join_element_wise(sign, digits, ""))
    back = np.argsort(np.concatenate(rows)) if rows else np.array([], dtype=np.int64)
    return pa.concat_arrays([pa.array([], pa.string()), *parts]).take(pa.array(back))

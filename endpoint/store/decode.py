"""Ids back to terms, letter for letter, whole columns at once."""

from __future__ import annotations

from collections.abc import Callable

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

_INLINE = np.array([kind.code for kind in KINDS if kind.layout != "dictionary"])
_TERM = pa.struct([("lexical", pa.string()), ("datatype", pa.string()), ("language", pa.string())])


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
        if not own.any():
            return stored
        return pa.concat_tables([stored, ephemeral.fetch(wanted[own])]).sort_by("id")

    terms = _decode_distinct(fetch, numpy_of(encoded.dictionary).astype(np.int64))
    chosen = terms.take(encoded.indices)
    return TermColumns(*(pc.struct_field(chosen, field.name) for field in _TERM))


def _decode_distinct(fetch: Callable[[Integers], pa.Table], ids: Integers) -> pa.StructArray:
    codes = ids >> KIND_SHIFT
    inline = np.isin(codes, _INLINE)
    parts = [
        _inline_terms(KIND_BY_CODE[int(code)], ids[codes == code])
        for code in np.unique(codes[inline])
    ]
    rows = [np.flatnonzero(codes == code) for code in np.unique(codes[inline])]
    wanted = np.flatnonzero(~inline & (ids != 0))
    if len(wanted):
        found = fetch(np.sort(ids[wanted]))
        by_id = wanted[np.argsort(ids[wanted])]
        rows.append(by_id[np.isin(ids[by_id], numpy_of(found["id"]))])
        parts.append(_struct(*(found[field.name].combine_chunks() for field in _TERM)))
    return _scattered(parts, rows, len(ids))


def _scattered(parts: list[pa.StructArray], rows: list[Integers], length: int) -> pa.StructArray:
    """Put each part's terms into its rows; null in the rows that none has."""
    places = np.full(length, -1, dtype=np.int64)
    if rows:
        chosen = np.concatenate(rows)
        places[chosen] = np.arange(len(chosen))
    terms = pa.concat_arrays([pa.array([], _TERM), *parts])
    return terms.take(pa.array(places, mask=places < 0))


def _struct(lexical: pa.Array, datatype: pa.Array, language: pa.Array) -> pa.StructArray:
    columns = [values.cast(pa.string()) for values in (lexical, datatype, language)]
    return pa.StructArray.from_arrays(columns, fields=list(_TERM))


def _inline_terms(kind: Kind, ids: Integers) -> pa.StructArray:
    lexical = inline_lexicals(kind, ids)
    return _struct(lexical, pa.repeat(kind.datatype, len(ids)), pa.nulls(len(ids)))


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

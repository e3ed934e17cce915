"""The table of the Arrow functions that compiled queries call by name."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from endpoint.sparql.functions import (
    casts,
    dates,
    numerics,
    regular_expressions,
    strings,
    triple_terms,
)
from endpoint.sparql.functions.encoding import encode_literal
from endpoint.store.ids import KIND_SHIFT, KINDS, inline_lexical, kind_of
from engine.protocol import EngineFunction

_TEXT, _DOUBLE, _INT, _ID, _BOOL = pa.string(), pa.float64(), pa.int32(), pa.int64(), pa.bool_()
_INLINE_CODES = pa.array([kind.code for kind in KINDS if kind.layout != "dictionary"], pa.int64())


def inline_text(ids: pa.Array) -> pa.Array:
    """Give the lexical forms of inline ids; null for other ids."""
    return _of_inline(ids, inline_lexical)


def inline_term(ids: pa.Array) -> pa.Array:
    """Give inline ids as term texts; null for other ids."""
    return _of_inline(ids, lambda i: encode_literal(inline_lexical(i), kind_of(i).datatype or ""))


def _of_inline(ids: pa.Array, write: Callable[[int], str]) -> pa.Array:
    kinds = pc.shift_right(ids, KIND_SHIFT)
    inline = pc.if_else(pc.is_in(kinds, _INLINE_CODES), ids, None).dictionary_encode()
    written = pa.array([write(i) for i in inline.dictionary.to_pylist()], _TEXT)
    return written.take(inline.indices)


def _by_row(
    name: str,
    call: Callable[..., Any],
    arguments: tuple[pa.DataType, ...],
    returns: pa.DataType,
    *,
    nulls: bool = False,
) -> EngineFunction:
    """Make an engine function of a function of one row; a null gives null unless `nulls`."""

    def over_arrays(*arrays: pa.Array) -> pa.Array:
        rows = zip(*(array.to_pylist() for array in arrays), strict=True)
        return pa.array([call(*row) if nulls or None not in row else None for row in rows], returns)

    return EngineFunction(f"sparql_{name}", over_arrays, arguments, returns)


def _number_term(rank: int | None, exact: str | None, value: float | None) -> str | None:
    return None if rank is None else numerics.number_term(rank, exact, value)


@functools.cache
def sparql_functions() -> tuple[EngineFunction, ...]:
    """Give every function, to be registered with an engine: the same ones each time."""
    return (
        EngineFunction("sparql_inline_text", inline_text, (_ID,), _TEXT),
        EngineFunction("sparql_inline_term", inline_term, (_ID,), _TEXT),
        EngineFunction("sparql_regex", regular_expressions.regex, (_TEXT,) * 3, _BOOL),
        EngineFunction("sparql_replace", regular_expressions.replace, (_TEXT,) * 4, _TEXT),
        EngineFunction("sparql_upper", strings.upper, (_TEXT,), _TEXT),
        EngineFunction("sparql_lower", strings.lower, (_TEXT,), _TEXT),
        EngineFunction("sparql_to_float", numerics.to_floats, (_DOUBLE,), _DOUBLE),
        EngineFunction("sparql_concat", strings.concat, (pa.list_(_TEXT),), _TEXT),
        EngineFunction("sparql_strlen", _strlen, (_TEXT,), _ID),
        _by_row("substr", strings.substr, (_TEXT, _DOUBLE, _DOUBLE), _TEXT),
        _by_row("strbefore", strings.strbefore, (_TEXT, _TEXT), _TEXT),
        _by_row("strafter", strings.strafter, (_TEXT, _TEXT), _TEXT),
        _by_row("encode_for_uri", strings.encode_for_uri, (_TEXT,), _TEXT),
        _by_row("digest", strings.digest, (_TEXT, _TEXT), _TEXT),
        _by_row("langmatches", strings.langmatches, (_TEXT, _TEXT), _BOOL),
        _by_row("resolve_iri", strings.resolve_iri, (_TEXT, _TEXT), _TEXT),
        _by_row("uuid", lambda _: str(uuid.uuid4()), (_DOUBLE,), _TEXT),
        _by_row("cast", casts.cast_term, (_TEXT, _TEXT), _TEXT),
        _by_row("term_rank", numerics.term_rank, (_TEXT,), _INT),
        _by_row("term_double", numerics.term_double, (_TEXT,), _DOUBLE),
        _by_row("term_exact", numerics.term_exact, (_TEXT,), _TEXT),
        _by_row("lexical_exact", numerics.lexical_exact, (_TEXT,), _TEXT),
        _by_row("multiply", numerics.multiply, (_TEXT, _TEXT), _TEXT),
        _by_row("divide", numerics.divide, (_TEXT, _TEXT), _TEXT),
        _by_row("divide_double", numerics.divide_double, (_DOUBLE, _DOUBLE), _DOUBLE),
        _by_row("round_exact", numerics.round_exact, (_TEXT, _TEXT), _TEXT),
        _by_row("round_double", numerics.round_double, (_TEXT, _DOUBLE), _DOUBLE),
        _by_row("triple", triple_terms.triple, (_TEXT,) * 3, _TEXT),
        _by_row("triple_part", triple_terms.triple_part, (_TEXT, _TEXT), _TEXT),
        _by_row("triple_equal", triple_terms.triple_equal, (_TEXT, _TEXT), _BOOL),
        _by_row("number_term", _number_term, (_INT, _TEXT, _DOUBLE), _TEXT, nulls=True),
        _by_row("term_instant", dates.term_instant, (_TEXT,), _ID),
        _by_row("term_zoned", dates.term_zoned, (_TEXT,), _BOOL),
        _by_row("date_part", dates.date_part, (_TEXT, _TEXT), _TEXT),
        _by_row("zone_name", dates.zone_name, (_TEXT,), _TEXT),
        _by_row("zone_duration", dates.zone_duration, (_TEXT,), _TEXT),
    )


def _strlen(texts: pa.Array) -> pa.Array:
    return pc.utf8_length(texts).cast(_ID)

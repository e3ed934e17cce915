"""Texts to the numbers and booleans that functions take, the same on every engine."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engine.protocol import EngineFunction
from geotriples.functions.function import Kind

_NUMBER = r"^[+\-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+\-]?[0-9]+)?$"
_INTEGER = r"^[+\-]?[0-9]{1,18}$"
_EXACT = 1 << 53


def numbers(values: pa.Array) -> pa.Array:
    """Give the doubles that texts write; null where one writes none."""
    return _parsed(values, _NUMBER, pa.float64())


def integers(values: pa.Array) -> pa.Array:
    """Give the integers that texts write, ``5`` or ``5.0``; null where one writes none."""
    exact = _parsed(values, _INTEGER, pa.int64())
    if exact.null_count == values.null_count:
        return exact
    wide = numbers(values)
    whole = pc.and_(pc.equal(wide, pc.floor(wide)), pc.less(pc.abs(wide), _EXACT))
    return pc.coalesce(exact, pc.cast(_where(whole, wide), pa.int64()))


def booleans(values: pa.Array) -> pa.Array:
    """Give the booleans that texts write: true, 1, false or 0 in any case; else null."""
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(values))
    is_true = pc.is_in(lower, pa.array(["true", "1"]))
    known = pc.or_(is_true, pc.is_in(lower, pa.array(["false", "0"])))
    return pc.if_else(known, is_true, pa.scalar(None, pa.bool_()))


def texts_of(lists: pa.Array) -> pa.Array:
    """Give the texts of lists of values that bring their datatypes along."""
    lexical = pc.struct_field(lists.flatten(), "lexical")
    lengths = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    offsets = pa.array([0, *lengths.cumsum().tolist()], pa.int32())
    return pa.ListArray.from_arrays(offsets, lexical, mask=lists.is_null())


def _parsed(values: pa.Array, pattern: str, kind: pa.DataType) -> pa.Array:
    trimmed = pc.utf8_ltrim(pc.utf8_trim_whitespace(values), characters="+")
    return pc.cast(_where(pc.match_substring_regex(trimmed, pattern), trimmed), kind)


def _where(condition: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(condition, values, pa.scalar(None, values.type))


_TEXT = pa.string()
CONVERSIONS: dict[Kind, EngineFunction] = {
    "double": EngineFunction("rml_number", numbers, (_TEXT,), pa.float64()),
    "integer": EngineFunction("rml_integer", integers, (_TEXT,), pa.int64()),
    "boolean": EngineFunction("rml_boolean", booleans, (_TEXT,), pa.bool_()),
}
"""What turns a text into an argument of each kind."""

_TAGGED = pa.struct([pa.field("lexical", pa.string()), pa.field("datatype", pa.string())])
TEXTS_OF = EngineFunction("rml_texts", texts_of, (pa.list_(_TAGGED),), pa.list_(_TEXT))

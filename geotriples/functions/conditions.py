"""Functions of truth and of choice; they say themselves what a null gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from geotriples.functions.conversions import booleans
from geotriples.functions.function import Function
from geotriples.functions.names import (
    ANY_OUT,
    BOOLEAN_OUT,
    STRING_OUT,
    VALUE,
    VALUE_2,
    grel,
    idlab,
    morph,
    of_grel,
    of_idlab,
)

_TRUTH = of_grel("param_b", "bool_b", kind="boolean")
_TRUTHS = of_grel("bool_array_b", "param_rep_b", kind="strings")
_IF_TRUE = of_grel("param_true", "any_true")
_IF_FALSE = of_grel("param_false", "any_false", optional=True)
_STR = of_idlab("str")
_UNTRUE = pa.array(["", "false", "no", "off", "0"])


def _choose(truth: pa.Array, if_true: pa.Array, if_false: pa.Array | None = None) -> pa.Array:
    other = pa.scalar(None, pa.string()) if if_false is None else if_false
    return pc.if_else(pc.fill_null(truth, False), if_true, other)


def _choose_by_text(value: pa.Array, *choices: pa.Array) -> pa.Array:
    return _choose(pc.and_(value.is_valid(), pc.invert(pc.is_in(pc.utf8_lower(value), _UNTRUE))),
                   *choices)  # fmt: skip


def _over_rows(decide: Callable[[list[bool | None]], bool | None]) -> Callable[[pa.Array], Any]:
    """Give a function of lists of truths as one of arrays of lists of texts."""

    def call(lists: pa.Array) -> pa.Array:
        truths = iter(booleans(lists.flatten()).to_pylist())
        rows = [[next(truths) for _ in range(n or 0)] for n in lists.value_lengths().to_pylist()]
        return pa.array([decide(row) for row in rows], pa.bool_())

    return call


def _all(truths: list[bool | None]) -> bool | None:
    return False if False in truths else None if None in truths else True


def _any(truths: list[bool | None]) -> bool | None:
    return True if True in truths else None if None in truths else False


def _odd(truths: list[bool | None]) -> bool | None:
    return None if None in truths else truths.count(True) % 2 == 1


def _first_value(lists: pa.Array) -> pa.Array:
    rows = lists.to_pylist()
    found = (next((v for v in row or () if v is not None), None) for row in rows)
    return pa.array(found, pa.string())


def _within(value: pa.Array, start: pa.Array, end: pa.Array | None = None) -> pa.Array:
    above = pc.fill_null(pc.greater_equal(value, start), True)
    below = pc.fill_null(pc.less(value, end), True) if end is not None else True
    return pc.if_else(value.is_valid(), pc.and_(above, below), pa.scalar(None, pa.bool_()))


def _combined(name: str, decide: Any, description: str, example: Any) -> Function:
    return Function(grel(name), _over_rows(decide), (_TRUTHS,), (BOOLEAN_OUT,), description,
                    example, takes_null=True)  # fmt: skip


CONDITION_FUNCTIONS: tuple[Function, ...] = (
    _combined("boolean_and", _all, "Tells whether all truths hold; false wins over null.",
              ((("true", "false"),), "false")),
    _combined("boolean_or", _any, "Tells whether one of its truths holds; true wins over null.",
              ((("true", "false"),), "true")),
    _combined("boolean_xor", _odd, "Tells whether an odd number of truths holds.",
              ((("true", "false"),), "true")),
    Function(grel("boolean_not"), pc.invert, (_TRUTH,), (BOOLEAN_OUT,), "Tells the opposite.",
             (("true",), "false")),
    Function(grel("controls_if"), _choose, (_TRUTH, _IF_TRUE, _IF_FALSE), (ANY_OUT,),
             "Gives the first value where a truth holds, else the second or null.",
             (("true", "a", "b"), "a"), takes_null=True, gives_null="as answer"),
    Function(morph("controls_if_cast"), _choose_by_text,
             (of_grel("param_b", "bool_b"), _IF_TRUE, _IF_FALSE), (ANY_OUT,),
             "Gives the second value or null where a text is empty, false, no, off or 0, else the "
             "first.", (("no", "a", "b"), "b"), takes_null=True, gives_null="as answer"),
    Function(grel("other_coalesce"), _first_value,
             (of_grel("param_any_rep_e", "p_any_rep_e", kind="strings"),), (ANY_OUT,),
             "Gives the first of its values that is not null.", ((("a", "b"),), "a"),
             takes_null=True, gives_null="as answer"),
    Function(idlab("equal"), pc.equal, (VALUE, VALUE_2), (BOOLEAN_OUT,),
             "Tells whether two texts are equal.", (("a", "a"), "true")),
    Function(idlab("notEqual"), pc.not_equal, (VALUE, VALUE_2), (BOOLEAN_OUT,),
             "Tells whether two texts differ.", (("a", "a"), "false")),
    Function(idlab("isNull"), pc.is_null, (_STR,), (BOOLEAN_OUT,),
             "Tells whether a value is null.", (("a",), "false"), takes_null=True),
    Function(idlab("isNotNull"), pc.is_valid, (_STR,), (BOOLEAN_OUT,),
             "Tells whether a value is there.", (("a",), "true"), takes_null=True),
    Function(idlab("trueCondition"), _choose, (of_idlab("strBoolean", "boolean"), _STR),
             (STRING_OUT,), "Gives a value where a truth holds, else null.",
             (("true", "a"), "a"), takes_null=True, gives_null="as answer"),
    Function(idlab("decide"), lambda value, expected, result: _choose(
             pc.equal(value, expected), result),
             (_STR, of_idlab("expectedStr"), of_idlab("result")), (STRING_OUT,),
             "Gives a value where two texts are equal, else null.", (("a", "a", "b"), "b"),
             takes_null=True, gives_null="as answer"),
    Function(idlab("inRange"), _within,
             (of_idlab("test", "double"), of_idlab("from", "double"),
              of_idlab("to", "double", optional=True)), (BOOLEAN_OUT,),
             "Tells whether a number is at least a first and below a second; a null is no bound.",
             (("5", "1", "5"), "false"), takes_null=True),
)  # fmt: skip

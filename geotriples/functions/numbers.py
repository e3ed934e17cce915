"""Functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geosparql.terms import XSD
from geotriples.functions.function import Function, Output
from geotriples.functions.names import INTEGER_OUT, NUMBER, grel, of_grel
from geotriples.functions.rows import EachRow

_NUMBER_2 = of_grel("param_dec_n2", "param_n2", kind="double")
_EXPONENT = of_grel("param_dec_n_exp", "p_any_exp", kind="double")
_INTEGER = of_grel("param_int_i", "p_int_i", kind="integer")
_INTEGER_2 = of_grel("param_int_i2", "p_int_i2", kind="integer")
_DECIMAL_OUT = Output(grel("output_decimal", "o_decimal"), "double", XSD + "decimal")
_DECIMAL_NUMBER_OUT = Output(grel("output_number", "o_number"), "double", XSD + "decimal")
_SAFE = float(1 << 63)


def _decimals(kernel: Callable[..., Any]) -> Callable[..., pa.Array]:
    """Give a numpy kernel over arrays; what is no finite number is null."""

    def call(*arrays: pa.Array) -> pa.Array:
        with np.errstate(all="ignore"):
            found = kernel(*(array.to_numpy(zero_copy_only=False) for array in arrays))
        return pa.array(np.where(np.isfinite(found), found, np.nan), from_pandas=True)

    return call


def _integers(kernel: Callable[..., Any]) -> Callable[..., pa.Array]:
    """Give a numpy kernel whose results are whole; what no 64-bit integer holds is null."""

    def call(*arrays: pa.Array) -> pa.Array:
        found = _decimals(kernel)(*arrays)
        fits = pc.less(pc.abs(found), _SAFE)
        return pc.cast(pc.if_else(fits, found, pa.scalar(None, pa.float64())), pa.int64())

    return call


def _towards(parity: int) -> Callable[[Any], Any]:
    """Round up to the next integer that is even (0) or odd (1)."""
    return lambda values: np.ceil((values - parity) / 2) * 2 + parity


def _decimal(name: str, kernel: Any, description: str, example: Any, *more: Any) -> Function:
    parameters = (NUMBER, *more)
    call = _decimals(kernel)
    return Function(grel(name), call, parameters, (_DECIMAL_OUT,), description, example,
                    gives_null="on failure")  # fmt: skip


def _rounded(name: str, kernel: Any, description: str, example: Any) -> Function:
    call = _integers(kernel)
    return Function(grel(name), call, (NUMBER,), (INTEGER_OUT,), description, example,
                    gives_null="on failure")  # fmt: skip


def _whole(name: str, function: Any, description: str, example: Any, *more: Any) -> Function:
    parameters = (_INTEGER, *more)
    call = EachRow(_within_64_bits(function), "integer")
    return Function(grel(name), call, parameters, (INTEGER_OUT,), description, example,
                    gives_null="on failure")  # fmt: skip


def _within_64_bits(function: Callable[..., int]) -> Callable[..., int]:
    def call(*values: int) -> int:
        found = function(*values)
        if abs(found) >= 1 << 63:
            raise OverflowError
        return found

    return call


def _remainder(number: int, divisor: int) -> int:
    return abs(number) % abs(divisor) * (-1 if number < 0 else 1)


def _factorial(number: int) -> int:
    if number > 20:
        raise OverflowError
    return math.factorial(number)


def _choices(number: int, chosen: int) -> int:
    few = min(chosen, number - chosen)
    if few > 66:  # of so many there are more than 64 bits can count
        raise OverflowError
    return math.comb(number, few) if few >= 0 else 0


_OF_ONE: tuple[tuple[str, Any, str, str, str], ...] = (
    ("acos", np.arccos, "arc cosine, in radians, of a number", "1", "0"),
    ("asin", np.arcsin, "arc sine, in radians, of a number", "0", "0"),
    ("cos", np.cos, "cosine of an angle in radians", "0", "1"),
    ("sin", np.sin, "sine of an angle in radians", "0", "0"),
    ("tan", np.tan, "tangent of an angle in radians", "0", "0"),
    ("cosh", np.cosh, "hyperbolic cosine of a number", "0", "1"),
    ("sinh", np.sinh, "hyperbolic sine of a number", "0", "0"),
    ("tanh", np.tanh, "hyperbolic tangent of a number", "0", "0"),
    ("exp", np.exp, "power of e to a number", "0", "1"),
    ("ln", np.log, "natural logarithm of a number", "1", "0"),
    ("log", np.log10, "logarithm of a number to base 10", "1000", "3"),
    ("abs", np.abs, "absolute value of a number", "-2.5", "2.5"),
    ("degrees", np.degrees, "degrees of an angle in radians", "0", "0"),
    ("radians", np.radians, "radians of an angle in degrees", "0", "0"),
)
"""Name, kernel, what it gives, and an example."""

NUMBER_FUNCTIONS: tuple[Function, ...] = (
    *(_decimal(f"math_{name}", kernel, f"Gives the {what}.", ((given,), gives))
      for name, kernel, what, given, gives in _OF_ONE),
    Function(grel("math_atan"), _decimals(lambda y, x=1.0: np.arctan2(y, x)),
             (NUMBER, of_grel("param_dec_n2", "param_n2", kind="double", optional=True)),
             (_DECIMAL_OUT,), "Gives the arc tangent, in radians, of a number or of y and x.",
             (("0",), "0"), gives_null="on failure"),
    _decimal("math_max", np.fmax, "Gives the greater of two numbers.", (("1", "2.5"), "2.5"),
             _NUMBER_2),
    _decimal("math_min", np.fmin, "Gives the smaller of two numbers.", (("1", "2.5"), "1"),
             _NUMBER_2),
    _decimal("math_pow", np.power, "Gives a number to the power of another.", (("2", "3"), "8"),
             _EXPONENT),
    _decimal("math_quotient", lambda a, b: np.trunc(a / b), "Gives the whole part of a quotient.",
             (("9", "2"), "4"), _NUMBER_2),
    _rounded("math_ceil", np.ceil, "Rounds a number up.", (("3.2",), "4")),
    _rounded("math_floor", np.floor, "Rounds a number down.", (("3.7",), "3")),
    _rounded("math_round", lambda values: np.floor(values + 0.5),
             "Rounds a number to the nearest integer, halves up.", (("2.5",), "3")),
    _rounded("math_even", _towards(0), "Rounds a number up to an even integer.", (("2.1",), "4")),
    _rounded("math_odd", _towards(1), "Rounds a number up to an odd integer.", (("3.1",), "5")),
    _whole("math_mod", _remainder,
           "Gives the remainder of a division, with the sign of the first number.",
           (("7", "4"), "3"), _INTEGER_2),
    _whole("math_gcd", math.gcd, "Gives the greatest common divisor.", (("12", "8"), "4"),
           _INTEGER_2),
    _whole("math_lcm", math.lcm, "Gives the least common multiple.", (("4", "6"), "12"),
           _INTEGER_2),
    _whole("math_fact", _factorial, "Gives the factorial of a number.", (("5",), "120")),
    _whole("math_combin", _choices, "Gives the number of ways to choose some of a number.",
           (("5", "2"), "10"), _INTEGER_2),
    Function(grel("string_toNumber"), lambda values: values,
             (of_grel("param_any_e", "p_any_e", kind="double"),), (_DECIMAL_NUMBER_OUT,),
             "Gives the number that a text writes.", (("0.50",), "0.5")),
)  # fmt: skip

"""Functions of lists of texts; in a mapping, every element of a result makes a term."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby, pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from geosparql.terms import XSD
from geotriples.functions.conversions import numbers
from geotriples.functions.function import Function, Output
from geotriples.functions.names import (
    ARRAY_OUT,
    BOOLEAN_OUT,
    FROM,
    INTEGER_OUT,
    SEPARATOR,
    STRING_OUT,
    TO,
    VALUE,
    grel,
    idlab,
    morph,
    of_grel,
    of_idlab,
)
from geotriples.functions.rows import EachRow, FixedArguments

_ARRAY = of_grel("param_a", "p_array_a", kind="strings")
_FRAGMENT = of_grel("param_fragment", "p_fragment")
_DROP = of_grel("param_bool_opt_b", "p_bool_opt_b", kind="boolean", optional=True)
_LENGTHS = of_grel("param_int_i", "p_int_i", "param_int_rep_i", "p_rep_i", kind="strings")
_ABC = ("a", "b", "c")


def _element(values: list[str], start: int, end: int | None = None) -> list[str]:
    return values[start:end] if end is not None else [values[start]]


def _lengths_cut(text: str, lengths: list[str]) -> list[str]:
    ends = [0]
    for length in lengths:
        ends.append(ends[-1] + int(length))
    return [text[start:end] for start, end in pairwise(ends)]


def _partition(text: str, fragment: str, drop: bool = False, *, last: bool = False) -> list[str]:
    before, found, after = text.rpartition(fragment) if last else text.partition(fragment)
    if not found:
        return [text]
    return [before, after] if drop else [before, found, after]


def _character_type(character: str) -> str:
    if character.isalpha():
        return "upper" if character.isupper() else "lower"
    return "digit" if character.isdigit() else "space" if character.isspace() else "other"


def _by_character_type(text: str) -> list[str]:
    return ["".join(run) for _, run in groupby(text, _character_type)]


def _groups(text: str, pattern: str) -> list[str]:
    try:
        found = re.fullmatch(pattern, text)
    except re.error as error:
        raise ValueError(str(error)) from error
    return [] if found is None else [group or "" for group in found.groups() or (found[0],)]


def _sums(lists: pa.Array) -> pa.Array:
    flat, parents = numbers(lists.flatten()), pc.list_parent_indices(lists)
    sums = pa.table({"row": parents, "n": flat}).group_by("row").aggregate([("n", "sum")])
    found = pc.index_in(pa.array(range(len(lists)), parents.type), sums.column("row"))
    total = pc.take(sums.column("n_sum").combine_chunks(), found)
    return pc.if_else(lists.is_valid(), pc.coalesce(total, 0.0), pa.scalar(None, pa.float64()))


def _split(iris: tuple[str, ...], description: str) -> Function:
    split = FixedArguments(pc.split_pattern, EachRow(str.split, "strings"))
    example = (("a;b;c", ";"), _ABC)
    return Function(iris, split, (VALUE, SEPARATOR), (ARRAY_OUT,), description, example)


def _lists(
    name: str, function: Callable[..., Any], description: str, example: Any, *more: Any
) -> Function:
    """Give the row of a function from a list to a list."""
    return Function(grel(name), EachRow(function, "strings"), (_ARRAY, *more), (ARRAY_OUT,),
                    description, example, gives_null="on failure")  # fmt: skip


def _pieces(name: str, function: Any, description: str, example: Any, *more: Any) -> Function:
    """Give the row of a function that takes a text apart."""
    return Function(grel(name), EachRow(function, "strings"), (VALUE, *more), (ARRAY_OUT,),
                    description, example, gives_null="on failure")  # fmt: skip


ARRAY_FUNCTIONS: tuple[Function, ...] = (
    _split((*grel("string_split"), *morph("string_split_explode")),
           "Splits a text at a separator."),
    _pieces("string_splitByLengths", _lengths_cut, "Cuts a text into parts of given lengths.",
            (("internet", ("2", "3")), ("in", "ter")), _LENGTHS),
    _pieces("string_splitByCharType", _by_character_type,
            "Splits a text where letters, digits, white space and other characters meet.",
            (("B52 bomber",), ("B", "52", " ", "bomber"))),
    _pieces("string_partition", _partition,
            "Splits a text around the first occurrence of a fragment, which stays unless dropped.",
            (("internet", "ter"), ("in", "ter", "net")), _FRAGMENT, _DROP),
    _pieces("string_rpartition", lambda *given: _partition(*given, last=True),
            "Splits a text around the last occurrence of a fragment, which stays unless dropped.",
            (("parallel", "a", "true"), ("par", "llel")), _FRAGMENT, _DROP),
    _pieces("string_match", _groups,
            "Gives the groups of a regular expression that matches the whole text, or the text "
            "where it has none; nothing where it does not match.",
            (("230.22398, 12.3480", r"[0-9]+(\.[0-9]+), [0-9]+(\.[0-9]+)"),
             (".22398", ".3480")), of_grel("param_regex", "p_string_regex")),
    _lists("array_get", _element,
           "Gives the element at a place, counted from 0 (negative: from the end), or a slice.",
           ((_ABC, "1"), ("b",)), FROM, TO),
    _lists("array_slice", lambda values, start, end=None: values[start:end],
           "Gives the elements from a place up to another.", ((_ABC, "1"), ("b", "c")), FROM, TO),
    _lists("array_reverse", lambda values: values[::-1], "Gives a list backwards.",
           ((_ABC,), ("c", "b", "a"))),
    _lists("array_sort", sorted, "Gives a list in order of its texts.",
           ((("b", "a"),), ("a", "b"))),
    _lists("array_uniques", lambda values: list(dict.fromkeys(values)),
           "Gives a list without duplicates.", ((("a", "b", "a"),), ("a", "b"))),
    Function(grel("array_join"), pc.binary_join, (_ARRAY, SEPARATOR), (STRING_OUT,),
             "Joins a list with a separator.", ((_ABC, "-"), "a-b-c")),
    Function(grel("array_length"), pc.list_value_length, (_ARRAY,), (INTEGER_OUT,),
             "Gives the number of elements of a list.", ((_ABC,), "3")),
    Function(grel("array_sum"), _sums, (_ARRAY,),
             (Output(grel("output_number", "o_number"), "double", XSD + "decimal"),),
             "Gives the sum of a list of numbers.", ((("1", "2.5"),), "3.5")),
    Function(idlab("concatSequence"), lambda lists, separator=None:
             pc.binary_join(lists, "" if separator is None else separator),
             (of_idlab("seq", "strings"), of_idlab("delimiter", optional=True)), (STRING_OUT,),
             "Joins all its texts, with a delimiter where one is given.", ((_ABC,), "abc")),
    Function(idlab("listContainsElement"),
             EachRow(lambda values, text: text in values, "boolean"),
             (of_idlab("list", "strings"), of_idlab("str")), (BOOLEAN_OUT,),
             "Tells whether a list has an element.", ((_ABC, "b"), "true")),
    Function(idlab("stringContainsOtherString"),
             EachRow(lambda text, other, delimiter: other in text.split(delimiter), "boolean"),
             (of_idlab("str"), of_idlab("otherStr"), of_idlab("delimiter")), (BOOLEAN_OUT,),
             "Tells whether a text is among the parts of a delimited one.",
             (("a,b,c", "b", ","), "true")),
)  # fmt: skip

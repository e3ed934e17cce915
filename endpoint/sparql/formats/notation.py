"""Columns of solution cells written as columns of text, by what a format puts around each term."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geosparql.text_columns import escaped, joined
from geosparql.triples import TRIPLE_TERM

Around = tuple[str, str]
"""What stands before and after the text of a term."""


@dataclass(frozen=True, slots=True)
class Escape:
    """Which texts a format cannot write as they are (a regular expression), and how it does."""

    special: str
    write: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Notation:
    """How a format writes terms.

    Parameters
    ----------
    iri, blank
        What stands around an IRI and around the label of a blank node.
    literal
        Gives what stands around a literal, from its datatype and language.
    text, iri_text
        Escapes of lexical forms and of IRIs.
    triple
        Writes an RDF 1.2 triple term from its N-Triples text.
    bare
        Datatype to the lexical forms (RE2) that stand alone, with nothing around them.
    """

    iri: Around
    blank: Around
    literal: Callable[[str, str | None], Around]
    text: Escape
    iri_text: Escape
    triple: Callable[[str], str]
    bare: Mapping[str, str] = field(default_factory=dict)


def written(column: pa.StructArray, notation: Notation) -> Any:
    """Write a column of `endpoint.sparql.answer.CELL`: large strings, null where unbound."""
    value, datatype, language = (pc.struct_field(column, i) for i in range(3))
    value = value.cast(pa.large_string())
    is_literal = datatype.is_valid()
    is_blank = pc.fill_null(pc.and_(pc.invert(is_literal), pc.starts_with(value, "_:")), False)
    text = _texts(value, is_literal, notation)
    if pc.any(is_blank).as_py():
        text = pc.if_else(is_blank, pc.utf8_slice_codeunits(value, 2), text)
    before, after = _around(datatype, language, is_blank, notation)
    cells = joined(before, text, after)
    return _exceptions(cells, value, datatype, notation)


def _texts(value: Any, is_literal: Any, notation: Notation) -> Any:
    literals = pc.sum(is_literal).as_py() or 0
    if literals == 0:
        return _escaped(value, notation.iri_text)
    if literals == len(value) - value.null_count or notation.text is notation.iri_text:
        return _escaped(value, notation.text)
    # Empty the other rows, so that their characters are not looked at
    lexical = _escaped(pc.if_else(is_literal, value, ""), notation.text)
    iris = _escaped(pc.if_else(is_literal, "", value), notation.iri_text)
    return pc.if_else(is_literal, lexical, iris)


def _escaped(column: Any, escape: Escape) -> Any:
    return escaped(column, escape.special, escape.write)


def _around(datatype: Any, language: Any, is_blank: Any, notation: Notation) -> tuple[Any, Any]:
    """Give what stands before and after each row; each sort of term is worked out once."""
    types, languages = datatype.dictionary_encode(), language.dictionary_encode()
    type_codes, language_codes = (
        pc.fill_null(each.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
        for each in (types, languages)
    )
    width = len(languages.dictionary) + 1
    codes = (type_codes * width + language_codes) * 2 + is_blank.to_numpy(zero_copy_only=False)
    different, places = np.unique(codes, return_inverse=True)
    type_names = [None, *types.dictionary.to_pylist()]
    language_names = [None, *languages.dictionary.to_pylist()]
    arounds = [
        _of_sort(type_names[code // 2 // width], language_names[code // 2 % width], code, notation)
        for code in different.tolist()
    ]
    if len(arounds) == 1:
        return arounds[0]
    columns = (pa.array(texts, pa.large_string()) for texts in zip(*arounds, strict=True))
    before, after = (pc.take(texts, pa.array(places.reshape(-1))) for texts in columns)
    return before, after


def _of_sort(datatype: str | None, language: str | None, code: int, notation: Notation) -> Around:
    if datatype is None:
        return notation.blank if code % 2 else notation.iri
    return notation.literal(datatype, language)


def _exceptions(cells: Any, value: Any, datatype: Any, notation: Notation) -> Any:
    """Put in the cells that are written in another way: triple terms and bare numbers."""
    if pc.any(pc.equal(datatype, TRIPLE_TERM)).as_py():
        rows = pc.fill_null(pc.equal(datatype, TRIPLE_TERM), False)
        texts = [notation.triple(text) for text in value.filter(rows).to_pylist()]
        cells = pc.replace_with_mask(cells, rows, pa.array(texts, cells.type))
    for iri, pattern in notation.bare.items():
        rows = pc.equal(datatype, iri)
        if pc.any(rows).as_py():
            bare = pc.and_(rows, pc.match_substring_regex(value, f"^(?:{pattern})$"))
            cells = pc.if_else(pc.fill_null(bare, False), value, cells)
    return cells

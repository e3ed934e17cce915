"""Columns of solution cells as columns of text, each different term written once."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from endpoint.sparql.functions.encoding import Cell


def written_cells(column: pa.StructArray, write: Callable[[Cell], str]) -> list[str | None]:
    """Write the terms of a column; None where the variable is unbound.

    Parameters
    ----------
    column
        (n,) of `endpoint.sparql.answer.CELL`.
    write
        Gives the text of a term from its value, datatype and language.
    """
    value = pc.struct_field(column, "value").dictionary_encode()
    datatype, language = (
        pc.struct_field(column, name).dictionary_encode() for name in ("datatype", "language")
    )
    values = value.dictionary.to_pylist()
    datatypes, languages = datatype.dictionary.to_pylist(), language.dictionary.to_pylist()
    memory: dict[tuple[int | None, int | None, int | None], str] = {}
    texts: list[str | None] = []
    codes = (part.indices.to_pylist() for part in (value, datatype, language))
    for key in zip(*codes, strict=True):
        if key[0] is None:
            texts.append(None)
            continue
        text = memory.get(key)
        if text is None:
            text = memory[key] = write(
                (
                    values[key[0]],
                    None if key[1] is None else datatypes[key[1]],
                    None if key[2] is None else languages[key[2]],
                )
            )
        texts.append(text)
    return texts

"""Terms that a dictionary does not hold yet: their final kinds, ids and rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from endpoint.store.classify import Classified
from endpoint.store.encode import TermColumns
from endpoint.store.geometry_rows import ReadGeometries, read_geometries
from endpoint.store.ids import KIND_BY_NAME, KIND_SHIFT
from endpoint.store.lexical_columns import Integers, numpy_of
from endpoint.store.schema import TERMS

_GEOMETRY = KIND_BY_NAME["geometry"].code
_UNREADABLE = KIND_BY_NAME["unreadable_geometry"].code


@dataclass(frozen=True, slots=True)
class NewTerms:
    """n different dictionary terms, their geometry literals read."""

    terms: TermColumns
    classified: Classified
    """Kinds are final: a geometry literal is ``geometry`` or ``unreadable_geometry``."""
    located: Integers
    """Rows of the geometry literals."""
    read: ReadGeometries
    """What the rows `located` hold."""

    def ids(self, next_payloads: dict[int, int]) -> Integers:
        """Give the terms the next ids of their kinds; `next_payloads` moves on.

        Terms that appear together so stand together in the dictionary, and geometries
        that lie together: what a map asks for is then read from few places.
        """
        ids = np.empty(len(self.terms), dtype=np.int64)
        for code in np.unique(self.classified.kinds).tolist():
            rows = np.flatnonzero(self.classified.kinds == code)
            if code == _GEOMETRY:
                rows = rows[np.argsort(numpy_of(self.read.rows["hilbert"]), kind="stable")]
            first = next_payloads.get(code, 1)
            ids[rows] = code << KIND_SHIFT | np.arange(first, first + len(rows))
            next_payloads[code] = first + len(rows)
        return ids

    def term_rows(self, ids: Integers) -> pa.Table:
        """Give rows of the terms table."""
        terms, values = self.terms, self.classified
        columns = [pa.array(ids), terms.lexical, terms.datatype, terms.language]
        columns += [pa.array(values.numbers), pa.array(values.instants)]
        return pa.table(columns, schema=TERMS.schema)

    def geometry_rows(self, ids: Integers) -> pa.Table:
        """Give rows of the geometries table, with `hilbert`."""
        return self.read.table(ids[self.located])


def examine(
    terms: TermColumns, classified: Classified, known: pa.BinaryArray | None = None
) -> NewTerms:
    """Read the geometry literals among n different dictionary terms.

    Parameters
    ----------
    terms, classified
        The terms and what `classify` found out.
    known
        n EWKB that came along with the terms; null where the literal is to be read.
    """
    kinds = classified.kinds.copy()
    located = np.flatnonzero(kinds == _GEOMETRY)
    known = pa.nulls(len(terms), pa.binary()) if known is None else known
    read = read_geometries(terms.take(located), known.take(pa.array(located)))
    kinds[located[~read.readable]] = _UNREADABLE
    final = Classified(kinds, classified.ids, classified.numbers, classified.instants)
    return NewTerms(terms, final, located, read)

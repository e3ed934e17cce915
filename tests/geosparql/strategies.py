"""Hypothesis generators of geometries, RDF terms and triple batches."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import shapely
from hypothesis import strategies as st

from geosparql.rdf import term_columns
from geosparql.terms import (
    IRI,
    RDF_LANG_STRING,
    XSD,
    XSD_STRING,
    BlankNode,
    Literal,
    Term,
    TripleTerm,
)
from geosparql.triples import TRIPLES_SCHEMA

finite = st.floats(allow_nan=False, allow_infinity=False)
"""Any finite double, the extremes too."""

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)


def positions(x: Any = longitudes, y: Any = latitudes, more: int = 0) -> st.SearchStrategy[Any]:
    """Positions of 2 + `more` numbers."""
    return st.tuples(x, y, *([finite] * more))


@st.composite
def geometries(draw: st.DrawFn, x: Any = longitudes, y: Any = latitudes) -> shapely.Geometry:
    """Any geometry of any type, 2D or Z, valid or not, possibly with empty parts."""
    more = draw(st.sampled_from((0, 1)))
    point = positions(x, y, more)
    kind = draw(st.sampled_from(tuple(_BUILDERS)))
    return _BUILDERS[kind](draw, point)


def _point(draw: Any, point: Any) -> shapely.Geometry:
    return shapely.Point() if draw(st.integers(0, 9)) == 0 else shapely.Point(draw(point))


def _line(draw: Any, point: Any) -> shapely.Geometry:
    return shapely.LineString(draw(st.lists(point, min_size=2, max_size=6)))


def _polygon(draw: Any, point: Any) -> shapely.Geometry:
    return shapely.Polygon(draw(st.lists(point, min_size=3, max_size=6)))


def _many(build: Any, collect: Any) -> Any:
    def many(draw: Any, point: Any) -> shapely.Geometry:
        return collect([build(draw, point) for _ in range(draw(st.integers(0, 3)))])

    return many


_BUILDERS = {
    "Point": _point,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": _many(_point, lambda parts: shapely.multipoints(parts or [None])),
    "MultiLineString": _many(_line, shapely.MultiLineString),
    "MultiPolygon": _many(_polygon, shapely.MultiPolygon),
    "GeometryCollection": _many(
        lambda draw, point: draw(st.sampled_from((_point, _line, _polygon)))(draw, point),
        shapely.GeometryCollection,
    ),
}

# RDF terms

_any_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
iris = st.builds(
    lambda start, end: IRI(start + end),
    st.sampled_from(("http://example.org/", "urn:example:", "https://é.example/ü/", "mailto:a")),
    st.sampled_from(("", "b", "x/y.z~1", "?q=1&r=%20", "#part", "-_;=!$'()*+,@:")),
)
blank_nodes = st.builds(BlankNode, st.sampled_from(("a", "b7", "A_b", "x.y-z", "0")))
literals = st.one_of(
    st.builds(Literal, _any_text, st.sampled_from((XSD_STRING, XSD + "integer", "urn:example:d"))),
    st.builds(
        Literal, _any_text, st.just(RDF_LANG_STRING), st.sampled_from(("en", "de-at", "zh-hans"))
    ),
)


def terms(depth: int = 1) -> st.SearchStrategy[Term]:
    """Terms that may stand as an object, triple terms nested `depth` deep at most."""
    plain = st.one_of(iris, blank_nodes, literals)
    if depth == 0:
        return plain
    return st.one_of(
        plain, st.builds(TripleTerm, st.one_of(iris, blank_nodes), iris, terms(depth - 1))
    )


@st.composite
def triple_batches(draw: st.DrawFn, graphs: bool = True) -> pa.RecordBatch:
    """Triple batches of up to four rows, named graphs among them where `graphs`."""
    rows = []
    resources = st.one_of(iris, blank_nodes)
    for _ in range(draw(st.integers(0, 4))):
        graph = draw(st.one_of(st.none(), resources)) if graphs else None
        rows.append(
            (
                term_columns(draw(resources))[0],
                draw(iris).value,
                *term_columns(draw(terms())),
                None if graph is None else term_columns(graph)[0],
                None,
            )
        )
    columns = list(zip(*rows, strict=True)) or [()] * len(TRIPLES_SCHEMA)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, TRIPLES_SCHEMA, strict=True)]
    return pa.record_batch(arrays, schema=TRIPLES_SCHEMA)

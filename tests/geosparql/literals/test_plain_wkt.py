"""What is read without a geometry object is byte for byte what GEOS makes of the text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosparql.bounds import bounds_crs84
from geosparql.literals.plain_wkt import read_plain
from geosparql.literals.wkt import parse_array

numbers = st.one_of(
    st.integers(-180, 180).map(str),
    st.decimals(-90, 90, allow_nan=False, places=7).map(lambda number: f"{number:f}"),
    st.floats(-200, 200).map(lambda number: f"{number:.17f}"),
    st.sampled_from(["-0", "0.0", "007", "1e3", ".5", "5.", "+1", "1 2", "", "nan"]),
)
positions = st.tuples(numbers, numbers).map(" ".join)
sequences = st.lists(positions, min_size=1, max_size=6)
bodies = st.one_of(
    positions.map("POINT ({})".format),
    sequences.map(lambda found: f"LINESTRING ({', '.join(found)})"),
    sequences.map(lambda found: f"POLYGON (({', '.join(found)}))"),
    sequences.map(lambda found: f"POLYGON (({', '.join([*found, found[0]])}))"),
    sequences.map(lambda found: f"POLYGON(({','.join([*found, found[0]])}))"),
    st.sampled_from(
        ["POINT EMPTY", "", "MULTIPOINT ((1 2))", "POINT Z (1 2 3)", "é", " POINT (1 2)"]
    ),
)


@given(st.lists(bodies, max_size=12), st.integers(0, 3))
def test_plain_texts_are_read_as_by_geos(texts: list[str], start: int) -> None:
    column = pa.array(["POINT (9 9)"] * start + texts, pa.string()).slice(start)
    read = read_plain(column)
    geometries = parse_array(column).values[read.rows]
    assert not shapely.is_missing(geometries).any()
    assert read.wkb.to_pylist() == list(shapely.to_wkb(geometries, include_srid=True))
    assert np.array_equal(read.boxes_lonlat, bounds_crs84(geometries))
    assert np.array_equal(read.dimensions, shapely.get_dimensions(geometries))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("POINT (-1.5 2)", True),
        ("LINESTRING (0 0, 1 1)", True),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0))", True),
        ("POINT (181 0)", False),
        ("LINESTRING (0 0)", False),
        ("POLYGON ((0 0, 1 0, 0 0))", False),
        ("POLYGON ((0 0, 1 0, 1 1, 0 1))", False),
        ("POLYGON ((0 0, 9 0, 9 9, 0 0), (2 1, 3 1, 3 2, 2 1))", False),
        ("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT (1 2)", False),
    ],
)
def test_what_is_plain(text: str, plain: bool) -> None:
    assert len(read_plain(pa.array([text])).rows) == plain

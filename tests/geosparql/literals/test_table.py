"""The table of literal types: one contract for all five."""

from __future__ import annotations

import pyarrow as pa
import pytest
import shapely

from geosparql import vocabulary as v
from geosparql.errors import LiteralError
from geosparql.literals.table import (
    GEOMETRY_DATATYPES,
    LITERAL_TYPES,
    LiteralType,
    parse_literal,
    parse_literals,
    write_literal,
    write_literals,
)

by_name = pytest.mark.parametrize("row", LITERAL_TYPES, ids=lambda row: row.module)


def test_the_five_types() -> None:
    assert len(GEOMETRY_DATATYPES) == 5
    assert {row.datatype for row in LITERAL_TYPES} == GEOMETRY_DATATYPES
    assert {row.serialization_property for row in LITERAL_TYPES} <= {
        lower for lower, upper in v.SUB_PROPERTIES if upper == v.GEO_HAS_SERIALIZATION
    }


@by_name
def test_empty_text_is_an_empty_geometry(row: LiteralType) -> None:
    assert parse_literal("", row.datatype).is_empty
    outcome = parse_literals(["", None, " "], row.datatype)
    assert outcome.values[0].is_empty
    assert outcome.values[1] is None
    assert outcome.values[2].is_empty
    assert not outcome.reasons


@by_name
def test_malformed_text_is_null_with_its_reason(row: LiteralType) -> None:
    outcome = parse_literals(pa.array([None, "<<no geometry>>"]), row.datatype)
    assert list(outcome.values) == [None, None]
    assert list(outcome.reasons) == [1]
    with pytest.raises(LiteralError):
        parse_literal("<<no geometry>>", row.datatype)


@pytest.mark.parametrize("name", ["wkt", "gml", "geojson", "kml"])
def test_scalar_and_column_agree(name: str) -> None:
    row = next(row for row in LITERAL_TYPES if row.module == name)
    shape = shapely.Polygon([(5.1, 52.2), (5.3, 52.2), (5.3, 52.4)])
    text = write_literal(shape, row.datatype)
    assert list(write_literals([shape, None], row.datatype).values) == [text, None]
    back = parse_literal(text, row.datatype)
    assert back.equals_exact(shape, tolerance=0)
    assert parse_literals([text], row.datatype).values[0].equals_exact(back, tolerance=0)


def test_other_datatype() -> None:
    with pytest.raises(LiteralError, match="not a geometry literal type"):
        parse_literal("POINT (1 2)", "http://www.w3.org/2001/XMLSchema#string")

"""Geometries as literals: what is written reads back, in the CRS that the literal has."""

from __future__ import annotations

import pytest
import shapely

from geosparql.functions.serializers import as_dggs, as_gml, as_literal
from geosparql.literals.table import parse_literal
from geosparql.vocabulary import (
    GEO_DGGS_LITERAL,
    GEO_GEOJSON_LITERAL,
    GEO_GML_LITERAL,
    GEO_KML_LITERAL,
    GEO_WKT_LITERAL,
)
from tests.geosparql.functions.columns import geometries, listed, texts

SQUARE = "POLYGON ((5 52, 5.5 52, 5.5 52.5, 5 52.5, 5 52))"


@pytest.mark.parametrize(
    ("datatype", "srid"),
    [
        (GEO_WKT_LITERAL, 4326),
        (GEO_GML_LITERAL, 4326),
        (GEO_GEOJSON_LITERAL, 0),
        (GEO_KML_LITERAL, 0),
    ],
)
def test_what_is_written_reads_back(datatype: str, srid: int) -> None:
    column = geometries(SQUARE, None, srid=4326)
    first, second = listed(as_literal(column, datatype=datatype))
    assert second is None
    back = parse_literal(first, datatype)
    assert shapely.get_srid(back) == srid
    assert back.equals(column[0])


def test_what_cannot_be_written_is_a_null_with_a_reason() -> None:
    outcome = as_literal(geometries("POINT M (1 2 3)", "POINT (1 2)"), datatype=GEO_GML_LITERAL)
    assert listed(outcome)[0] is None
    assert listed(outcome)[1] is not None
    assert set(outcome.reasons) == {0}


@pytest.mark.parametrize("profile", ["3.2", "3.2.1", "GML3.2", "gml 3.2.2"])
def test_gml_profile(profile: str) -> None:
    column = geometries(SQUARE, SQUARE)
    assert listed(as_gml(column, texts(profile))) == listed(as_gml(column))


def test_gml_profile_that_is_not_written() -> None:
    outcome = as_gml(geometries(SQUARE, SQUARE, None), texts("2.1.2", "3.2", "2.1.2"))
    assert listed(outcome)[0] is None
    assert listed(outcome)[1].startswith("<gml:Polygon")
    assert "not written" in outcome.reasons[0]
    outcome = as_gml(geometries("POINT M (1 2 3)"), texts("3.2"))
    assert set(outcome.reasons) == {0}


def test_dggs() -> None:
    column = geometries("POINT (5 52)", None, "LINESTRING (0 0, 1 1)")
    outcome = as_dggs(column, texts("https://w3id.org/dggs/auspix"))
    first, second, third = listed(outcome)
    assert shapely.intersects(parse_literal(first, GEO_DGGS_LITERAL), column[0])
    assert (second, third) == (None, None)
    assert set(outcome.reasons) == {2}
    assert listed(as_dggs(column[:1], texts(GEO_DGGS_LITERAL))) == [first]
    outcome = as_dggs(column[:1], texts("urn:grid", None))
    assert listed(outcome) == [None, None]
    assert set(outcome.reasons) == {0}

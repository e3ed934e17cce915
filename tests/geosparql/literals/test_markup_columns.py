"""GML, KML and DGGS literals as columns, through the table of literal types."""

from __future__ import annotations

import pytest
import shapely

from geosparql import vocabulary as v
from geosparql.literals.table import parse_literals, write_literals

POLYGON = shapely.set_srid(shapely.box(16, 48, 17, 49), 0)


@pytest.mark.parametrize("datatype", [v.GEO_GML_LITERAL, v.GEO_KML_LITERAL, v.GEO_DGGS_LITERAL])
def test_a_bad_row_is_null_with_its_reason_and_the_others_stand(datatype):
    text = write_literals([POLYGON], datatype).values[0]
    outcome = parse_literals([text, None, "nonsense", "\ud800", ""], datatype)
    assert shapely.get_srid(outcome.values[0]) == 0
    assert shapely.intersects(outcome.values[0], POLYGON)
    assert list(outcome.values[1:4]) == [None, None, None]
    assert set(outcome.reasons) == {2, 3}
    assert outcome.values[4].is_empty


@pytest.mark.parametrize("datatype", [v.GEO_GML_LITERAL, v.GEO_KML_LITERAL, v.GEO_DGGS_LITERAL])
def test_what_a_type_cannot_show_is_null_with_its_reason(datatype):
    measured = shapely.from_wkt("LINESTRING M (0 0 1, 1 1 2)")
    outcome = write_literals([POLYGON, measured, None], datatype)
    assert outcome.values[0]
    assert list(outcome.values[1:]) == [None, None]
    assert set(outcome.reasons) == {1}

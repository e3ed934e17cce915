"""DGGS literals: grids against their reference packages, and the laws of cells and covers."""

from __future__ import annotations

import sys

import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geosparql import crs
from geosparql.errors import EngineUnavailableError, LiteralError
from geosparql.literals import dggs, rhealpix
from tests.geosparql.literals.shapes import same

AUSPIX = "https://w3id.org/dggs/auspix"
H3 = "https://w3id.org/dggs/h3"
GEOD = pyproj.Geod(ellps="WGS84")

cell_names = st.builds(
    lambda face, digits: face + "".join(digits),
    st.sampled_from("NOPQRS"),
    st.lists(st.sampled_from("012345678"), max_size=6),
)
places = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


def written(iri: str, names: list[str]) -> str:
    inner = names[0] if len(names) == 1 else f"({' '.join(names)})"
    return f"<{iri}> {'CELL' if len(names) == 1 else 'CELLLIST'} ({inner})"


# rHEALPix


@pytest.fixture(scope="module")
def reference():
    package = pytest.importorskip(
        "rhealpixdggs.dggs", reason="rhealpixdggs (LGPL) is the oracle, not a dependency"
    )
    return package.WGS84_003


def _reference_cell(reference, name):
    return reference.cell([name[0], *(int(digit) for digit in name[1:])])


@given(names=st.lists(cell_names, min_size=1, max_size=5))
@settings(max_examples=60)
def test_centres_and_corners_are_those_of_the_reference(reference, names):
    for name in names:
        cell = _reference_cell(reference, name)
        (centre,) = rhealpix.centres(rhealpix.cells_of([name]))
        _same_place((centre.x, centre.y), cell.nucleus(plane=False))
        corners = shapely.get_coordinates(rhealpix.outlines(rhealpix.cells_of([name])))
        for corner in cell.vertices(plane=False, trim_dart=False):
            gaps = [GEOD.inv(*corner, *other)[2] for other in corners.tolist()]
            assert min(gaps) < 0.01


def _same_place(one, other):
    assert GEOD.inv(*one, *other)[2] < 0.01  # metres


@given(place=places, resolution=st.integers(0, 9))
@settings(max_examples=150)
def test_the_cell_of_a_point_is_that_of_the_reference(reference, place, resolution):
    (name,) = rhealpix.cell_at([shapely.Point(place)], resolution)
    cell = reference.cell_from_point(resolution, place, plane=False)
    if str(cell) != name:  # on an edge both are right
        outline = rhealpix.geometry_of([name])
        assert outline.distance(shapely.Point(place)) < 1e-7


@given(cell_names)
def test_cells_of_a_resolution_have_equal_areas(name):
    globe_m2 = 510_065_621_724_088.0
    outline = shapely.segmentize(rhealpix.geometry_of([name]), 0.5)
    parts = shapely.get_parts(outline)
    area_m2 = sum(abs(GEOD.geometry_area_perimeter(part)[0]) for part in parts)
    assert area_m2 == pytest.approx(globe_m2 / 6 / 9 ** (len(name) - 1), rel=5e-3)


def test_the_six_faces_fill_the_globe():
    globe = dggs.parse(written(AUSPIX, list("NOPQRS")))
    assert globe.area == pytest.approx(360 * 180, rel=1e-9)
    assert globe.geom_type == "Polygon"


@given(cell_names.filter(lambda name: len(name) < 6))
def test_children_fill_their_parent(name):
    parent = rhealpix.geometry_of([name])
    whole = rhealpix.geometry_of([name + digit for digit in "012345678"])
    assert whole.symmetric_difference(parent).area <= 1e-3 * parent.area
    parts = [rhealpix.geometry_of([name + digit]) for digit in "012345678"]
    assert sum(part.area for part in parts) == pytest.approx(parent.area, rel=2e-3)


@given(st.lists(cell_names.filter(lambda name: len(name) <= 5), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_cells_to_geometry_to_the_same_cells(names):
    text = written(AUSPIX, rhealpix.compacted(names))
    assert dggs.write(dggs.parse(text)) == text


@given(st.lists(cell_names, min_size=1, max_size=12))
def test_compaction_is_stable_and_keeps_what_is_covered(names):
    once = rhealpix.compacted(names)
    assert rhealpix.compacted(once) == once
    assert all(any(name.startswith(kept) for kept in once) for name in names)
    assert not any(a != b and b.startswith(a) for a in once for b in once)


def test_nine_children_become_their_parent():
    assert rhealpix.compacted([f"R3{digit}" for digit in "012345678"] + ["R4", "R41"]) == [
        "R3",
        "R4",
    ]


# H3


@pytest.fixture(scope="module")
def h3():
    return pytest.importorskip("h3", reason="H3 literals need the extra `dggs`")


@given(
    place=places,
    resolution=st.integers(0, 12),
    near=st.integers(0, 3),
    picks=st.lists(st.integers(0, 36), min_size=1, max_size=20),
)
@settings(max_examples=40, deadline=None)
def test_h3_cells_to_geometry_to_the_same_cells(h3, place, resolution, near, picks):
    disk = h3.grid_disk(h3.latlng_to_cell(place[1], place[0], resolution), near)
    names = sorted(h3.compact_cells({disk[pick % len(disk)] for pick in picks}))
    geometry = dggs.parse(written(H3, names))
    assert geometry.is_valid
    assert dggs.write(geometry, H3) == written(H3, names)


def test_h3_cells_of_resolution_0_fill_the_globe(h3):
    globe = dggs.parse(written(H3, sorted(h3.get_res0_cells())))
    assert globe.area == pytest.approx(360 * 180, rel=1e-9)


def test_a_compacted_h3_list_stands_for_its_finest_cells(h3):
    parent = h3.latlng_to_cell(48.2, 16.4, 5)
    children = sorted(h3.cell_to_children(parent, 6))
    assert dggs.write(dggs.parse(written(H3, children)), H3) == written(H3, [parent])


# Both


@pytest.mark.parametrize("iri", [AUSPIX, H3])
@given(place=places)
@settings(max_examples=60, deadline=None)
def test_a_point_lies_in_the_cell_that_it_is_written_as(iri, place):
    point = shapely.Point(place)
    cell = dggs.parse(dggs.write(point, iri, 6))
    assert cell.distance(point) < 1e-6


@pytest.mark.parametrize("iri", [AUSPIX, H3])
@pytest.mark.parametrize(
    "polygon",
    [
        shapely.Point(16.4, 48.2).buffer(0.01),
        shapely.box(-30, 60, 40, 88),
        shapely.multipolygons([shapely.box(170, 60, 180, 65), shapely.box(-180, 60, -170, 65)]),
        shapely.box(-180, -90, 180, -75),
        shapely.box(0, 0, 10, 10).difference(shapely.box(2, 2, 7, 7)),
    ],
    ids=["small", "high", "antimeridian", "pole", "hole"],
)
def test_a_cover_has_about_the_shape_of_its_polygon(iri, polygon):
    covered = dggs.parse(dggs.write(polygon, iri))
    assert covered.symmetric_difference(polygon).area < 0.12 * polygon.area
    assert covered.area == pytest.approx(polygon.area, rel=0.05)


@pytest.mark.parametrize("iri", [AUSPIX, H3])
def test_a_finer_resolution_fits_better(iri):
    polygon = shapely.Point(5, 50).buffer(1)
    gaps = [
        dggs.parse(dggs.write(polygon, iri, resolution)).symmetric_difference(polygon).area
        for resolution in (4, 5, 6)
    ]
    assert gaps == sorted(gaps, reverse=True)


def test_a_polygon_without_a_centre_in_it_is_the_cell_it_lies_in():
    small = shapely.box(16.4, 48.2, 16.4001, 48.2001)
    assert dggs.write(small, AUSPIX, 2).startswith(f"<{AUSPIX}> CELL (N2")


def test_other_crs_is_transformed():
    square = shapely.set_srid(shapely.box(155000, 463000, 156000, 464000), 28992)
    (expected,) = crs.transform([square], crs.CRS84).values
    assert dggs.write(square) == dggs.write(expected)


@pytest.mark.parametrize(
    "text",
    [
        f"<{AUSPIX}> CELLLIST ((R3 R4))",
        f"<{AUSPIX}> CellList (R3 R4)",
        f" <{AUSPIX}>  OrderedCellList(( R4, R3 ))\n",
        "<http://w3id.org/dggs/tb16pix/> celllist ((R3 R4 R41))",
    ],
)
def test_forms_of_a_list(text):
    assert same(dggs.parse(text), dggs.parse(f"<{AUSPIX}> CELLLIST ((R3 R4))"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CELL (R3)", "character 1"),
        ("<https://example.org/grid> CELL (R3)", "not known"),
        (f"<{AUSPIX}> POLYGON ((R3))", "character 32"),
        (f"<{AUSPIX}> CELLLIST ((R3 R9))", "character 46"),
        (f"<{AUSPIX}> CELLLIST ((R3)", "no DGGS literal"),
        (f"<{AUSPIX}> CELL ({'R' + '0' * 16})", "no cell"),
        (f"<{H3}> CELL (R3)", "no cell"),
    ],
)
def test_refused(text, message):
    with pytest.raises(LiteralError) as error:
        dggs.parse(text)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        (shapely.LineString([(0, 0), (1, 1)]), "Only points or polygons"),
        (
            shapely.from_wkt("GEOMETRYCOLLECTION (POINT (1 1), POLYGON ((0 0, 1 0, 1 1, 0 0)))"),
            "Only",
        ),
        (shapely.box(170, 0, 190, 10), "leaves"),
    ],
)
def test_what_cannot_be_written(geometry, message):
    with pytest.raises(LiteralError, match=message):
        dggs.write(geometry)


def test_too_many_cells_are_an_error():
    with pytest.raises(LiteralError, match="too many"):
        dggs.write(shapely.box(0, -30, 80, 30), AUSPIX, 15)
    with pytest.raises(LiteralError, match="too many"):
        dggs.write(shapely.box(0, -30, 80, 30), H3, 15)


def test_empty():
    assert same(dggs.parse(""), shapely.GeometryCollection())
    assert same(dggs.parse(dggs.write(shapely.Polygon())), shapely.Polygon())
    assert same(dggs.parse(f"<{H3}> CELLLIST (())"), shapely.Polygon())


def test_without_the_h3_package_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "h3", None)
    with pytest.raises(EngineUnavailableError, match=r"earthgraph\[dggs\]"):
        dggs.parse(f"<{H3}> CELL (85283473fffffff)")
    assert not dggs.parse(f"<{AUSPIX}> CELL (R3)").is_empty

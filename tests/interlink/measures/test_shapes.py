"""Measures of shapes against known geodesic lengths, planar GEOS and the laws of a measure."""

import numpy as np
import pyproj
import pytest
import shapely

from geosparql.crs import srid_of
from interlink.measures.shapes import distances_m, hausdorff_m, overlaps

METRIC = srid_of("http://www.opengis.net/def/crs/EPSG/0/32633")
GEOD = pyproj.Geod(ellps="WGS84")


def column(*shapes: shapely.Geometry, srid: int = 0) -> np.ndarray:
    return shapely.set_srid(np.array(shapes, dtype=object), srid)


def test_overlap_of_projected_squares() -> None:
    found = overlaps(
        column(shapely.box(0, 0, 10, 10), srid=METRIC),
        column(shapely.box(5, 0, 25, 10), srid=METRIC),
    )
    assert found.area_m2.tolist() == pytest.approx([50.0])
    assert found.share_left.tolist() == pytest.approx([0.5])
    assert found.share_right.tolist() == pytest.approx([0.25])
    assert found.iou.tolist() == pytest.approx([50 / 250])


def test_overlap_of_degrees_is_geodesic() -> None:
    a, b = shapely.box(10, 60, 11, 61), shapely.box(10.5, 60, 12, 61)
    found = overlaps(column(a), column(b))
    half = abs(GEOD.geometry_area_perimeter(shapely.box(10.5, 60, 11, 61))[0])
    assert found.area_m2[0] == pytest.approx(half, rel=1e-9)
    assert found.share_left[0] == pytest.approx(0.5, rel=1e-4)


def test_what_has_no_area_has_no_share() -> None:
    line, square = shapely.LineString([(0, 0), (1, 1)]), shapely.box(0, 0, 1, 1)
    found = overlaps(column(line, square, square), column(square, shapely.box(5, 5, 6, 6), None))
    assert found.area_m2[:2].tolist() == [0.0, 0.0]
    assert np.isnan(found.share_left[0])
    assert found.share_right[0] == found.iou[0] == found.iou[1] == 0.0
    assert np.isnan([part[2] for part in found]).all()


def test_overlap_across_crs() -> None:
    square = shapely.box(500_000, 0, 500_100, 100)
    degrees = shapely.transform(
        square,
        lambda xy: np.column_stack(
            pyproj.Transformer.from_crs(32633, 4326, always_xy=True).transform(*xy.T)
        ),
    )
    found = overlaps(column(square, srid=METRIC), column(degrees))
    assert found.iou[0] == pytest.approx(1.0, abs=1e-6)


def test_distance_is_geodesic_or_planar() -> None:
    a, b = shapely.Point(0, 70), shapely.Point(1, 70)
    assert distances_m(column(a), column(b))[0] == pytest.approx(GEOD.inv(0, 70, 1, 70)[2])
    assert distances_m(column(a, srid=METRIC), column(b, srid=METRIC)).tolist() == [1.0]
    assert np.isnan(distances_m(column(a, None), column(shapely.Point(), b))).all()


def test_planar_hausdorff_is_that_of_geos() -> None:
    a, b = shapely.box(0, 0, 10, 10), shapely.LineString([(1, 1), (30, 1)])
    assert hausdorff_m(column(a, srid=METRIC), column(b, srid=METRIC))[0] == pytest.approx(
        shapely.hausdorff_distance(a, b)
    )


def _ragged(rng: np.random.Generator, kind: int, vertices: int = 7) -> shapely.Geometry:
    angles = np.sort(rng.uniform(0, 2 * np.pi, vertices))
    radii = rng.uniform(0.5, 1.0, vertices)
    ring = np.column_stack([radii * np.cos(angles), radii * np.sin(angles)]) + rng.uniform(-1, 1, 2)
    shapes = (shapely.MultiPoint(ring), shapely.LineString(ring), shapely.Polygon(ring))
    return shapes[kind]


def test_geodesic_hausdorff_is_that_of_geos_where_the_globe_is_flat() -> None:
    # A hundredth of a degree at the equator is flat to 1e-6 once latitudes are scaled.
    rng = np.random.default_rng(5)
    shapes = [(_ragged(rng, k), _ragged(rng, m)) for k in range(3) for m in range(3)]
    hole = shapely.Polygon(
        shapely.box(-1, -1, 1, 1).exterior, [shapely.box(0, 0, 0.5, 0.5).exterior]
    )
    shapes += [
        (hole, shapely.box(-1, -1, 1, 1)),
        (shapely.GeometryCollection([hole]), hole.exterior),
    ]
    lon_m, lat_m = GEOD.inv(0, 0, 1, 0)[2], GEOD.inv(0, -0.5, 0, 0.5)[2]
    a, b = ([shapely.transform(pair[k], lambda xy: xy / 100) for pair in shapes] for k in (0, 1))
    flat = [
        shapely.hausdorff_distance(
            *(shapely.transform(x, lambda xy: xy * [lon_m, lat_m]) for x in p)
        )
        for p in zip(a, b, strict=True)
    ]
    assert hausdorff_m(column(*a), column(*b)).tolist() == pytest.approx(flat, rel=1e-5)


def test_hausdorff_of_many_vertices_equals_that_of_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from interlink.measures import shapes as module

    rng = np.random.default_rng(6)
    a = column(*(_ragged(rng, k % 3, 40) for k in range(9)))
    b = column(*(_ragged(rng, k // 3, 40) for k in range(9)))
    expected = hausdorff_m(a, b)
    monkeypatch.setattr(module, "_LARGE", 100)
    assert hausdorff_m(a, b).tolist() == pytest.approx(expected.tolist())
    monkeypatch.setattr(module, "_LARGE", 10**9)
    monkeypatch.setattr(module, "_AT_ONCE", 50)
    assert hausdorff_m(a, b).tolist() == pytest.approx(expected.tolist())
    assert hausdorff_m(b, a).tolist() == pytest.approx(expected.tolist())
    assert hausdorff_m(a, a).tolist() == pytest.approx([0.0] * 9, abs=1e-6)


@pytest.mark.parametrize("lat", [0.0, -45.0, 72.0])
@pytest.mark.parametrize("size", [0.01, 0.7, 2.0])
def test_hausdorff_looks_at_every_vertex_that_may_be_the_farthest(
    monkeypatch: pytest.MonkeyPatch, lat: float, size: float
) -> None:
    from interlink.measures import shapes as module

    rng = np.random.default_rng(7)
    a, b = (
        shapely.transform(
            column(*(_ragged(rng, kind, 25) for kind in kinds)), lambda xy: xy * size + [179.5, lat]
        )
        for kinds in (np.arange(30) % 3, np.arange(30) // 10)
    )
    found = hausdorff_m(a, b)
    monkeypatch.setattr(module, "_NARROW_DEG", 0.0)  # all vertices
    assert found.tolist() == pytest.approx(hausdorff_m(a, b).tolist(), rel=1e-9)


def test_hausdorff_of_nothing_is_none() -> None:
    point = shapely.Point(0, 0)
    found = hausdorff_m(column(point, None, point), column(shapely.Point(), point, point))
    assert np.isnan(found[:2]).all()
    assert found[2] == 0.0
